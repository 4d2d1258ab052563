"""A problem as the arrays that the kernels take, and plans there and back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.planning.inventory_routing.kernels.layout import Data, Plan
from flowopt.planning.inventory_routing.outcome import Visits
from flowopt.planning.inventory_routing.requirements import most_received, needed, whole_numbers
from flowopt.routing.kernels.records import as_record

if TYPE_CHECKING:
    from flowopt.planning.inventory_routing.problem import InventoryRoutingProblem

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEAREST = 80
"""So many neighbours of a customer are looked at."""
_STEPS = 250  # amounts of a grid from nothing up to the maximum stock
_MOST_STEPS = 4000  # amounts of a grid in all
_DEAR = 10.0  # ways to the farthest customer and back that the least demand is worth
_DUST = 1e-9


def kernel_data(problem: InventoryRoutingProblem) -> Data:
    """Return a problem as a record for the kernels.

    Parameters
    ----------
    problem
        The problem.
    """
    num = len(problem.demand)
    way = _ways(problem)
    far = way[num, :num] + way[:num, num]
    grid, size, low, high = _grids(problem)
    depot_rate = float(problem.depot["holding_cost"][0])
    rate = problem.customers["holding_cost"] - depot_rate
    both = way[:num, :num] + way[:num, :num].T
    np.fill_diagonal(both, np.nan)  # last, behind those without a way
    near = np.argsort(both, axis=1, kind="stable")[:, : min(NEAREST, num - 1)]
    return as_record(
        Data(
            way=way,
            near=near.astype(np.int32),
            grid=grid,
            size=size,
            low=low,
            high=high,
            rate=rate,
            far=far,
            used=problem.demand.sum(axis=1),
            available=problem.available.copy(),
            number=np.array(
                [
                    problem.capacity,
                    _price(problem, far),
                    depot_rate,
                    _dust(problem),
                    _leaning(problem, far),
                ]
            ),
            fills=problem.policy == "order_up_to",
        )
    )


def _ways(problem: InventoryRoutingProblem) -> Floats:
    """Return the cost of ways, the depot last."""
    order = np.append(np.arange(1, len(problem.distance)), 0)
    way: Floats = problem.vehicles["unit_distance_cost"][0] * problem.distance[np.ix_(order, order)]
    way[np.isnan(way)] = np.inf  # no way, for nothing
    way[-1] += problem.vehicles["fixed_cost"][0]
    np.fill_diagonal(way, 0.0)
    return way


def _dust(problem: InventoryRoutingProblem) -> float:
    customers = problem.customers
    largest = max(problem.demand.max(initial=0.0), customers["initial_stock"].max(initial=0.0))
    return float(_DUST * max(largest, 1e-6))


def _price(problem: InventoryRoutingProblem, far: Floats) -> float:
    """Return what a unit that is lacking costs the search: more than any way round it."""
    wanted = problem.demand[problem.demand > 0]
    least = float(np.quantile(wanted, 0.05)) if wanted.size else 1.0
    held = problem.customers["holding_cost"].max(initial=0.0) + problem.depot["holding_cost"][0]
    ways = far[np.isfinite(far)].max(initial=0.0)
    return float(_DEAR * ways / least + 2.0 * problem.demand.shape[1] * held + 1e-6)


def _leaning(problem: InventoryRoutingProblem, far: Floats) -> float:
    """Return a cost of a unit a period that makes room in vehicles worth something."""
    room = problem.capacity if np.isfinite(problem.capacity) else max(problem.demand.sum(), 1.0)
    ways = far[np.isfinite(far)]
    return float(ways.mean() / room / problem.demand.shape[1]) if ways.size else 0.0


# ---- what a customer may have received in all


def _grids(problem: InventoryRoutingProblem) -> tuple[Floats, Ints, Ints, Ints]:
    """Return the grids of all customers, their sizes, and the places of least and most."""
    num, periods = problem.demand.shape
    least, most, whole = needed(problem), most_received(problem), whole_numbers(problem)
    grids = [_grid(problem, i, least[i], most[i], whole) for i in range(num)]
    size = np.array([len(grid) for grid in grids], dtype=np.int64)
    table = np.full((num, int(size.max(initial=1))), np.inf)
    low, high = np.zeros((num, periods), dtype=np.int64), np.zeros((num, periods), dtype=np.int64)
    for i, grid in enumerate(grids):
        table[i, : len(grid)] = grid
        low[i] = np.searchsorted(grid, least[i])
        high[i] = np.searchsorted(grid, most[i], side="right") - 1
    return table, size, low, high


def _grid(
    problem: InventoryRoutingProblem, i: int, least: Floats, most: Floats, whole: bool
) -> Floats:
    """Return the amounts that a customer may have received in all, rising from 0."""
    special = np.concatenate([[0.0], least, most[np.isfinite(most)]])
    if problem.policy == "order_up_to":
        return np.unique(special)
    rate = problem.customers["holding_cost"][i] - problem.depot["holding_cost"][0]
    end = least[-1] if rate >= 0 or not np.isfinite(most).all() else most[-1]
    end = max(end, least[-1])
    room = min(problem.customers["max_stock"][i], end)
    step = max(room / _STEPS, end / _MOST_STEPS)
    step = max(1.0, np.ceil(step)) if whole else step
    regular = np.arange(0.0, end, step) if step > 0 else np.zeros(0)
    return np.unique(np.concatenate([special[special <= end], regular]))


def unavoidable(problem: InventoryRoutingProblem) -> float:
    """Return the cost of stock if nothing were brought, which the kernels leave out.

    Parameters
    ----------
    problem
        The problem.
    """
    stock = problem.customers["initial_stock"][:, None] - np.cumsum(problem.demand, axis=1)
    held = math.fsum((problem.customers["holding_cost"][:, None] * stock).ravel().tolist())
    rate = float(problem.depot["holding_cost"][0])
    return held + (math.fsum((rate * problem.available).tolist()) if rate else 0.0)


# ---- plans


def to_visits(num: int, plan: Plan) -> Visits:
    """Return the visits of a plan of the kernels.

    Parameters
    ----------
    num
        Number of customers.
    plan
        The plan.
    """
    rows = []
    for t, after in enumerate(plan.next):
        used = 0
        for head in range(num, len(after)):
            node = int(after[head])
            while node < num:
                rows.append((t, used, node))
                node = int(after[node])
            used += int(after[head]) < num
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    period, vehicle, customer = (column.copy() for column in table.T)
    return Visits(period, vehicle, customer, plan.amount[period, customer])
