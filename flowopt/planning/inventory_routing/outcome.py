"""What follows from visits: stock in each period, what is short, and what it all costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.planning.inventory_routing.problem import InventoryRoutingProblem

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TOLERANCE = 1e-6
"""Of the larger of 1 and the numbers compared."""


@dataclass(frozen=True, eq=False)
class Visits:
    """The visits of a plan, in the order of periods, vehicles, and places in the route.

    Parameters
    ----------
    period, vehicle, customer
        (V,) positions of the period and the customer, number of the vehicle, from 0.
    quantity
        (V,) what is brought, units.
    """

    period: Ints
    vehicle: Ints
    customer: Ints
    quantity: Floats

    def __post_init__(self) -> None:
        for array in vars(self).values():
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.period)

    @property
    def first(self) -> npt.NDArray[np.bool_]:
        """(V,) whether a visit is the first of its route."""
        begins = np.ones(len(self), dtype=np.bool_)
        same = (self.period[1:] == self.period[:-1]) & (self.vehicle[1:] == self.vehicle[:-1])
        begins[1:] = ~same
        return begins


@dataclass(frozen=True, eq=False)
class Levels:
    """Stock over time.

    Parameters
    ----------
    delivered
        (N, T) what each customer receives, units.
    customers
        (N, T) stock of each at the end of each period, units.
    shortage
        (N, T) what was lacking to keep the minimum; it counts as neither used nor owed.
    depot
        (T,) stock of the depot at the end of each period, units; inf where supply is never short.
    """

    delivered: Floats
    customers: Floats
    shortage: Floats
    depot: Floats


def levels(problem: InventoryRoutingProblem, visits: Visits) -> Levels:
    """Return stock over time.

    Parameters
    ----------
    problem
        The problem.
    visits
        Its visits.
    """
    shape = problem.demand.shape
    delivered, after, short = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(delivered, (visits.customer, visits.period), visits.quantity)
    stock, low = problem.customers["initial_stock"].copy(), problem.customers["min_stock"]
    near = TOLERANCE * np.maximum(1.0, problem.demand.max(axis=1, initial=0.0))
    for period in range(shape[1]):
        stock = stock + delivered[:, period] - problem.demand[:, period]
        lacking = np.where(low - stock > near, low - stock, 0.0)
        stock = stock + lacking
        after[:, period], short[:, period] = stock, lacking
    depot = problem.available - np.cumsum(delivered.sum(axis=0))
    return Levels(delivered, after, short, depot)


def route_ends(visits: Visits) -> tuple[Ints, Ints]:
    """Return places before and after each leg of all routes; the depot is 0.

    Parameters
    ----------
    visits
        The visits.
    """
    begins = visits.first
    place = visits.customer + 1
    before = np.where(begins, 0, np.concatenate([[0], place[:-1]]))
    last = np.concatenate([begins[1:], [True]])[: len(place)]
    source = np.concatenate([before, place[last]])
    target = np.concatenate([place, np.zeros(int(last.sum()), dtype=np.int64)])
    return source, target


def costs(problem: InventoryRoutingProblem, visits: Visits) -> dict[str, float]:
    """Return the parts of the cost of visits: distance, routes, customers' and the depot's stock.

    Parameters
    ----------
    problem
        The problem.
    visits
        Its visits.
    """
    source, target = route_ends(visits)
    fleet, now = problem.vehicles, levels(problem, visits)
    depot_rate = float(problem.depot["holding_cost"][0])
    held = now.customers * problem.customers["holding_cost"][:, None]
    lengths = problem.distance[source, target]
    return {
        "distance_cost": math.fsum((float(fleet["unit_distance_cost"][0]) * lengths).tolist()),
        "fixed_cost": float(fleet["fixed_cost"][0]) * int(visits.first.sum()),
        "customer_holding_cost": math.fsum(held.ravel().tolist()),
        "depot_holding_cost": math.fsum((depot_rate * now.depot).tolist()) if depot_rate else 0.0,
    }
