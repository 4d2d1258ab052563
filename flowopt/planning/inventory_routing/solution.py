"""Visits, routes and stock of an inventory routing plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.planning.inventory_routing import outcome, shortage
from flowopt.planning.inventory_routing.outcome import Levels, Visits
from flowopt.planning.inventory_routing.problem import InventoryRoutingProblem


def no_visits() -> Visits:
    """Return the visits of a plan that has none."""
    none = np.zeros(0, dtype=np.int64)
    return Visits(none, none.copy(), none.copy(), np.zeros(0))


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class InventoryRoutingSolution(Solution[InventoryRoutingProblem]):
    """Whom to visit when, with how much, and by which routes.

    A plan that cannot keep all customers above their minimum says so: its table ``shortages`` names
    customer, period, quantity and, as far as sums tell, the reason. What is lacking is not brought
    later, and the cost does not count it: with shortages, the cost is not that of a full plan.

    Parameters
    ----------
    visits
        The visits.

    Examples
    --------
    >>> import flowopt as fo
    >>> problem = fo.InventoryRoutingProblem.from_frames(
    ...     customers={"id": ["Ada"], "x": [3], "y": [4], "initial_stock": [4], "max_stock": [12],
    ...                "demand": [4], "holding_cost": [0.5]},
    ...     depot={"x": 0, "y": 0, "initial_stock": 40},
    ...     vehicles={"num_available": 1, "capacity": 20},
    ...     periods=3)
    >>> solution = problem.solve(iteration_limit=100, workers=1)
    >>> solution.costs["distance_cost"], solution.shortage
    (10.0, 0.0)
    """

    visits: Visits = field(default_factory=no_visits)

    @cached_property
    def levels(self) -> Levels:
        """Stock over time."""
        self.require_solution()
        return outcome.levels(self.problem, self.visits)

    @property
    def costs(self) -> dict[str, float]:
        """Parts of the cost: distance, routes, stock of the customers and of the depot."""
        self.require_solution()
        return outcome.costs(self.problem, self.visits)

    @property
    def shortage(self) -> float:
        """What customers lack in all, units; 0 where the plan keeps all in stock."""
        return float(self.levels.shortage.sum())

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return ``visits``, ``routes``, ``stock`` and ``shortages``."""
        self.require_solution()
        return {
            "visits": self._visits(),
            "routes": self._routes(),
            "stock": self._stock(),
            "shortages": self._shortages(),
        }

    def _visits(self) -> dict[str, Any]:
        problem, visits, now = self.problem, self.visits, self.levels
        begins = np.flatnonzero(visits.first)
        size = np.diff(np.append(begins, len(visits)))
        cell = visits.customer, visits.period
        return {
            "period": problem.period_id[visits.period],
            "vehicle": visits.vehicle,
            "position": np.arange(len(visits)) - np.repeat(begins, size),
            "customer": problem.customers["id"][visits.customer],
            "quantity": visits.quantity,
            "stock_after": (now.customers - now.shortage + problem.demand)[cell],
        }

    def _routes(self) -> dict[str, Any]:
        problem, visits = self.problem, self.visits
        begins = np.flatnonzero(visits.first)
        route = np.cumsum(visits.first) - 1
        source, target = outcome.route_ends(visits)
        of_leg = np.concatenate([route, np.arange(len(begins))])
        length = np.bincount(of_leg, problem.distance[source, target], len(begins))
        fleet = problem.vehicles
        cost = fleet["unit_distance_cost"][0] * length + fleet["fixed_cost"][0]
        return {
            "period": problem.period_id[visits.period[begins]],
            "vehicle": visits.vehicle[begins],
            "visits": np.bincount(route, minlength=len(begins)),
            "load": np.bincount(route, visits.quantity, len(begins)),
            "distance": length,
            "cost": cost,
        }

    def _stock(self) -> dict[str, Any]:
        problem, now = self.problem, self.levels
        num, periods = problem.demand.shape
        sites = np.concatenate([problem.depot["id"].astype(np.str_), _text(problem)])
        level = np.concatenate([now.depot[None, :], now.customers])
        sent = -now.delivered.sum(axis=0)
        return {
            "site": np.repeat(sites, periods),
            "period": np.tile(problem.period_id, num + 1),
            "received": np.concatenate([sent[None, :], now.delivered]).ravel(),
            "level": level.ravel(),
        }

    def _shortages(self) -> dict[str, Any]:
        problem, short = self.problem, self.levels.shortage
        customer, period = np.nonzero(short)
        why = shortage.reasons(problem)[customer, period]
        return {
            "customer": problem.customers["id"][customer],
            "period": problem.period_id[period],
            "quantity": short[customer, period],
            "reason": why,
            "message": np.array([shortage.MESSAGES[reason] for reason in why], dtype=np.str_),
        }

    def check(self) -> Report:
        """Recompute the cost and every rule from the problem alone."""
        from flowopt.planning.inventory_routing.check import check_inventory_routing

        return check_inventory_routing(self.problem, self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        figures = super().summary()
        if not self.status.has_solution:
            return figures
        figures |= {"routes": int(self.visits.first.sum()), "visits": len(self.visits)}
        return figures | ({"shortage": self.shortage} if self.shortage else {})

    def plot(self, ax: Any = None) -> Any:
        """Draw the stock of the depot and of the customers over time, and what is brought.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes a figure.
        """
        from flowopt.planning.inventory_routing.chart import plot_stock

        return plot_stock(self, ax)


def _text(problem: InventoryRoutingProblem) -> Any:
    return problem.customers["id"].astype(np.str_)
