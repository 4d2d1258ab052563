"""The echelon base-stock levels of serial systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.inventory.echelon.serial.performance import Floats, SerialPerformance, evaluate
from flowopt.inventory.echelon.serial.problem import SerialSystemProblem


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SerialSystemSolution(Solution[SerialSystemProblem]):
    """How much each stage of each system should hold, and what comes of it.

    Parameters
    ----------
    echelon_base_stock_level
        (m,) level to which each stage raises its echelon position; inf where it should ask for all
        that the stage before it has, since stock there costs as much.
    system_cost
        (n,) cost of each system, money per period.
    system_status
        (n,) see `flowopt.inventory.echelon.serial.status.SystemStatus`.

    Examples
    --------
    >>> solution = SerialSystemProblem.from_arrays(
    ...     holding_cost=[0.25, 0.5, 0.75, 1.0], lead_time=[0.25] * 4, demand_mean=16,
    ...     distribution="poisson", stockout_cost=9, review_period=0).solve()
    >>> solution.echelon_base_stock_level.tolist(), solution.base_stock_level.tolist()
    ([22.0, 18.0, 13.0, 8.0], [4.0, 5.0, 5.0, 8.0])
    >>> round(solution.cost, 4), solution.performance.fill_rate.round(4).tolist()
    (12.6879, [0.853])
    """

    echelon_base_stock_level: Floats
    system_cost: Floats
    system_status: npt.NDArray[np.str_]

    def __post_init__(self) -> None:
        for value in (self.echelon_base_stock_level, self.system_cost, self.system_status):
            value.setflags(write=False)

    @cached_property
    def base_stock_level(self) -> Floats:
        """(m,) level to which each stage raises its own position, which does the same.

        A stage orders what it is asked for: on hand + on order - owed to the next stage stays at
        this level. It is the echelon level, not above any level before it, less that of the next.
        """
        problem = self.problem
        order, first = problem.flow_order, problem.first
        kept = self.echelon_base_stock_level[order].copy()
        for stage in range(int(np.diff(first).max(initial=1)) - 2, -1, -1):
            rows = first[:-1][np.diff(first) > stage + 1] + stage
            kept[rows] = np.minimum(kept[rows], kept[rows + 1])
        before = np.append(0.0, kept[:-1])
        before[first[:-1]] = 0.0
        local = np.empty(len(order))
        local[order] = kept - before
        return local

    @cached_property
    def performance(self) -> SerialPerformance:
        """Stock, service and costs that the levels lead to."""
        self.require_solution()
        return evaluate(self.problem, self.echelon_base_stock_level)

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables ``stages`` and ``systems``."""
        self.require_solution()
        problem, found = self.problem, self.performance
        stages = {
            "system": problem.stages["system"],
            "stage": problem.stages["stage"],
            "echelon_base_stock_level": self.echelon_base_stock_level,
            "base_stock_level": self.base_stock_level,
            "mean_stock": found.mean_stock,
            "in_transit": found.in_transit,
        }
        systems = {
            "system": problem.systems["system"],
            "distribution": problem.distribution,
            "cost": self.system_cost,
            "holding_cost": found.holding_cost,
            "stockout_cost": found.stockout_cost,
            "backorders": found.backorders,
            "fill_rate": found.fill_rate,
            "no_stockout": found.no_stockout,
            "status": self.system_status,
        }
        return {"stages": stages, "systems": systems}

    def check(self) -> Report:
        """Recompute the cost of the levels from the problem alone."""
        from flowopt.inventory.echelon.serial.check import check_serial

        return check_serial(self.problem, self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        figures = super().summary()
        if not self.status.has_solution:
            return figures
        found = self.performance
        return figures | {
            "systems": self.problem.num_systems,
            "mean_stock": float(np.nansum(found.mean_stock)),
            "backorders": float(np.nansum(found.backorders)),
        }

    def plot(self, ax: Any = None, system: Any = None) -> Any:
        """Draw the mean stock at, and on the way to, each stage of a system.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes a figure.
        system
            Id of the system; None takes the first.
        """
        from flowopt.inventory.echelon.serial.chart import plot_stages

        return plot_stages(self, ax, system)
