"""The service times of all stages and the safety stock that keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.inventory.safety_stock.problem import SafetyStockProblem
from flowopt.inventory.safety_stock.times import net_times, safety_stock

if TYPE_CHECKING:
    from flowopt.core.options import Outcome
    from flowopt.inventory.safety_stock.times import Times

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SafetyStockSolution(Solution[SafetyStockProblem]):
    """Where safety stock is held, and how much.

    All columns have one row a stage, in the order of the input.

    Parameters
    ----------
    inbound_service_time
        (n,) time after which a stage has all its inputs, periods.
    service_time
        (n,) time after which a stage serves those it supplies, periods.

    Examples
    --------
    >>> solution = SafetyStockProblem.from_frames(
    ...     {"stage": ["a"], "stage_time": [9], "holding_cost": [2], "demand_mean": [10],
    ...      "demand_sd": [4], "safety_factor": [1.5]}).solve()
    >>> solution.cost, solution.safety_stock, solution.base_stock_level
    (36.0, array([18.]), array([108.]))
    """

    inbound_service_time: Floats
    service_time: Floats

    def __post_init__(self) -> None:
        for array in (self.inbound_service_time, self.service_time):
            array.setflags(write=False)

    @classmethod
    def of(cls, problem: SafetyStockProblem, times: Times, outcome: Outcome) -> SafetyStockSolution:
        """Return the solution of times that an engine found.

        Parameters
        ----------
        problem
            What was solved.
        times
            The times.
        outcome
            How the search ended.
        """
        return cls(
            problem=problem,
            outcome=outcome,
            inbound_service_time=times.inbound,
            service_time=times.service,
        )

    @property
    def net_replenishment_time(self) -> Floats:
        """(n,) time over which a stage covers demand from stock, periods."""
        self.require_solution()
        return net_times(self.problem, self.inbound_service_time, self.service_time)

    @property
    def safety_stock(self) -> Floats:
        """(n,) safety stock, units."""
        return safety_stock(self.problem, self.net_replenishment_time)

    @property
    def base_stock_level(self) -> Floats:
        """(n,) demand that is covered over the net replenishment time, units."""
        mean = self.problem.demand.mean * self.net_replenishment_time
        return np.asarray(mean + self.safety_stock)

    @property
    def pipeline_stock(self) -> Floats:
        """(n,) mean stock that is being worked on, or on its way over the stage's links, units.

        It does not depend on the service times.
        """
        problem = self.problem
        stock = problem.demand.mean * problem.stages["stage_time"]
        under_way = problem.demand.mean[problem.target] * problem.links["quantity"]
        np.add.at(stock, problem.source, under_way * problem.links["lead_time"])
        return np.asarray(stock)

    @property
    def holding_cost(self) -> Floats:
        """(n,) cost of holding each stage's safety stock."""
        return np.asarray(self.problem.holding_cost * self.safety_stock)

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables ``stages`` and ``links``."""
        self.require_solution()
        problem = self.problem
        stages = {
            "stage": problem.stages["stage"],
            "inbound_service_time": self.inbound_service_time,
            "stage_time": problem.stages["stage_time"],
            "service_time": self.service_time,
            "net_replenishment_time": self.net_replenishment_time,
            "demand_mean": problem.demand.mean,
            "safety_stock": self.safety_stock,
            "base_stock_level": self.base_stock_level,
            "pipeline_stock": self.pipeline_stock,
            "unit_holding_cost": problem.holding_cost,
            "holding_cost": self.holding_cost,
        }
        arrival = self.service_time[problem.source] + problem.links["lead_time"]
        needed = self.inbound_service_time[problem.target]
        links = {
            "source": problem.links["source"],
            "target": problem.links["target"],
            "arrival": arrival,
            "needed": needed,
            "wait": np.maximum(needed - arrival, 0.0),
        }
        return {"stages": stages, "links": links}

    def check(self) -> Report:
        """Recompute the cost and every constraint from the problem alone."""
        from flowopt.inventory.safety_stock.check import check

        return check(self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        figures = super().summary()
        if not self.status.has_solution:
            return figures
        return figures | {
            "stages": self.problem.num_stages,
            "stages_with_stock": int(np.count_nonzero(self.safety_stock)),
            "safety_stock": float(self.safety_stock.sum()),
            "pipeline_stock": float(self.pipeline_stock.sum()),
        }

    def plot(self, ax: Any = None, most: int = 30) -> Any:
        """Draw the cost of safety stock by stage, the dearest on top, and return the axes.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes new ones.
        most
            Number of stages to show.
        """
        from flowopt.inventory.safety_stock.chart import draw_stages

        return draw_stages(self, ax, most)
