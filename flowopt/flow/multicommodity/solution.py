"""The answer to a `MultiCommodityProblem`: paths, flows and prices, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.flow.check import summed
from flowopt.flow.multicommodity.check import check_answer, own_costs
from flowopt.flow.multicommodity.problem import MultiCommodityProblem
from flowopt.flow.multicommodity.relaxation import Relaxation
from flowopt.flow.multicommodity.values import (
    FloatArray,
    JointPrices,
    MultiCommodityValues,
    lane_flows,
    path_of_lane,
    usage,
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MultiCommoditySolution(Solution[MultiCommodityProblem]):
    """How much of what moves on which lane, what capacity is worth; or why nothing can.

    Parameters
    ----------
    values
        The paths; None when there is no solution.
    prices
        Prices of the capacities, which prove the bound; None when there is none.
    relaxation
        Why the problem is infeasible, and what would mend it; None when it is not.

    Examples
    --------
    >>> problem = MultiCommodityProblem.from_arrays(
    ...     [0], [1], capacity=[5], unit_cost=[2],
    ...     origin=[0, 0], destination=[1, 1], quantity=[4, 3])
    >>> print(problem.solve().relaxation)
    2 units of demand must stay unmet, at best 0 at 1 (2 of 4); all can be met by raising the
    capacity of lane 0 → 1 by 2.
    """

    values: MultiCommodityValues | None = None
    prices: JointPrices | None = None
    relaxation: Relaxation | None = None

    def _values(self) -> MultiCommodityValues:
        self.require_solution()
        assert self.values is not None
        return self.values

    @property
    def unmet(self) -> FloatArray:
        """(D,) demand left unmet, units per period."""
        return self._values().unmet

    @property
    def lane_flow(self) -> FloatArray:
        """(A,) joint capacity used of each lane, per period."""
        return usage(self.problem, self._values()).lane

    @property
    def lane_prices(self) -> FloatArray:
        """(A,) what one more unit of each lane's joint capacity would save."""
        return self._prices().lane

    @property
    def group_prices(self) -> FloatArray:
        """(G,) what one more unit of each group's capacity would save."""
        return self._prices().group

    def _prices(self) -> JointPrices:
        self.require_solution()
        assert self.prices is not None
        return self.prices

    def tables(self) -> dict[str, dict[str, Any]]:
        """Return the tables "flows", "lanes", "groups", "sites", "paths", "path_lanes", "demand".

        "flows" has a row wherever a commodity flows, "path_lanes" one a lane of a path.
        """
        self._values()
        return {
            "flows": self._flows(),
            "lanes": self._lanes(),
            "groups": self._groups(),
            "sites": self._sites(),
            "paths": self._paths(),
            "path_lanes": self._path_lanes(),
            "demand": self._demand(),
        }

    def _ends(self, lane: npt.NDArray[np.int64]) -> dict[str, Any]:
        problem = self.problem
        modes = {} if problem.mode is None else {"mode": problem.mode[lane]}
        return {
            "source": problem.site_id[problem.source[lane]],
            "target": problem.site_id[problem.target[lane]],
            **modes,
        }

    def _flows(self) -> dict[str, Any]:
        commodity, lane, flow = lane_flows(self.problem, self._values())
        unit_cost = own_costs(self.problem, commodity, lane)
        return {
            "commodity": self.problem.commodity_id[commodity],
            **self._ends(lane),
            "flow": flow,
            "unit_cost": unit_cost,
            "cost": flow * unit_cost,
        }

    def _lanes(self) -> dict[str, Any]:
        problem, used = self.problem, self.lane_flow
        return {
            **self._ends(np.arange(problem.num_lanes)),
            "used": used,
            "capacity": problem.capacity,
            "price": self.lane_prices,
        }

    def _groups(self) -> dict[str, Any]:
        problem = self.problem
        return {
            "group": problem.group_id,
            "used": usage(problem, self._values()).group,
            "capacity": problem.group_capacity,
            "price": self.group_prices,
        }

    def _sites(self) -> dict[str, Any]:
        problem, used, prices = self.problem, usage(self.problem, self._values()), self._prices()
        return {
            "site": problem.site_id,
            "through": used.site,
            "capacity": problem.site_capacity,
            "price": prices.site,
            "supplied": used.site_supply,
            "supply": problem.site_supply,
            "supply_price": prices.site_supply,
        }

    def _paths(self) -> dict[str, Any]:
        problem, values = self.problem, self._values()
        commodity = problem.demand_commodity[values.path_demand]
        path, lane = path_of_lane(values), values.path_lane
        costs = own_costs(problem, commodity[path], lane)
        costs = costs + problem.handling_cost[problem.target[lane]]
        unit_cost = summed(path, costs, len(commodity))
        unit_cost = unit_cost + problem.handling_cost[values.path_origin]
        return {
            "path": np.arange(len(commodity)),
            "commodity": problem.commodity_id[commodity],
            "origin": problem.site_id[values.path_origin],
            "destination": problem.site_id[problem.demand_site[values.path_demand]],
            "flow": values.path_flow,
            "unit_cost": unit_cost,
            "num_lanes": np.diff(values.path_start),
        }

    def _path_lanes(self) -> dict[str, Any]:
        values = self._values()
        path = path_of_lane(values)
        place = np.arange(len(path)) - values.path_start[path]
        return {"path": path, "place": place, **self._ends(values.path_lane)}

    def _demand(self) -> dict[str, Any]:
        problem, unmet = self.problem, self.unmet
        return {
            "commodity": problem.commodity_id[problem.demand_commodity],
            "site": problem.site_id[problem.demand_site],
            "demand": problem.demand,
            "unmet": unmet,
        }

    def check(self) -> Report:
        """Recompute the cost, every limit, and the bound or the proof that there is no answer."""
        return check_answer(self.problem, self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures, or the reason why there are none."""
        figures = super().summary()
        if self.relaxation is not None:
            return figures | {"explanation": self.relaxation.message}
        if not self.status.has_solution:
            return figures
        unmet = float(self.unmet.sum())
        return figures | {
            "shipped": float(self.problem.demand.sum()) - unmet,
            "unmet": unmet,
            "paths": len(self._values().path_flow),
            "full_lanes": int((self.lane_prices > 0).sum()),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome, the explanation and all tables as plain Python values."""
        why = None if self.relaxation is None else self.relaxation.message
        return super().to_dict() | {"explanation": why}

    def plot(self, ax: Any = None) -> Any:
        """Draw the lanes whose capacity costs most, as bars, and return the axes.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes new ones.
        """
        from flowopt.flow.multicommodity.chart import draw_lanes

        return draw_lanes(self, ax)
