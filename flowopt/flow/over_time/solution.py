"""The answer to a `FlowOverTimeProblem`: what leaves when, what is in stock, what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flowopt.core.report import Report
from flowopt.flow.named.base import FloatArray, NamedSolution
from flowopt.flow.over_time.check import check_over_time
from flowopt.flow.over_time.problem import FlowOverTimeProblem
from flowopt.flow.over_time.values import FlowOverTimeValues, arrived, inbound, left


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FlowOverTimeSolution(NamedSolution[FlowOverTimeProblem, FlowOverTimeValues]):
    """What leaves over which lane in which period, and what waits where; or why nothing can.

    Examples
    --------
    >>> problem = FlowOverTimeProblem.from_arrays(
    ...     site_id=["mill", "shop"], period_id=[1, 2], source=[0], target=[1], lead_periods=[1],
    ...     supply=[[9, 9], [0, 0]], demand=[[0, 0], [2, 5]], opening_stock=[0, 3])
    >>> solution = problem.solve()
    >>> solution.flow.tolist(), solution.stock.tolist()
    ([[4.0, 0.0]], [[0.0, 0.0], [1.0, 0.0]])
    """

    @property
    def flow(self) -> FloatArray:
        """(A, T) what leaves over each lane in each period, units."""
        return self._values().flow

    @property
    def stock(self) -> FloatArray:
        """(S, T) what is at each site at the end of each period, units."""
        return self._values().stock

    @property
    def supplied(self) -> FloatArray:
        """(S, T) what each site gives in each period, units."""
        return self._values().supplied

    @property
    def unmet(self) -> FloatArray:
        """(S, T) demand left unmet, units."""
        return self._values().unmet

    @property
    def prices(self) -> FloatArray:
        """(S, T) what one more unit demanded at a site in a period would cost."""
        return self._values().prices

    def tables(self) -> dict[str, dict[str, Any]]:
        """Return "flows" (a row a lane and period in use), "stock" and "sites" (a row a period).

        "stock" has a row for each site and period in which there is some.
        """
        return {"flows": self._flows(), "stock": self._stock(), "sites": self._sites()}

    def check(self) -> Report:
        """Recompute the cost, each limit, the stock of each site and period, and the proof."""
        return check_over_time(self.problem, self)

    def _flows(self) -> dict[str, Any]:
        network, flow = self.problem.expanded, self.flow
        lane, period = np.nonzero(flow)
        amount, cost = flow[lane, period], network.unit_cost[lane, period]
        return {
            "source": network.site_id[network.source[lane]],
            "target": network.site_id[network.target[lane]],
            **({} if network.mode is None else {"mode": network.mode[lane]}),
            "departure": network.period_id[period],
            "arrival": network.period_id[period + network.lead_periods[lane]],
            "flow": amount,
            "unit_cost": cost,
            "cost": amount * cost,
        }

    def _stock(self) -> dict[str, Any]:
        network, stock = self.problem.expanded, self.stock
        site, period = np.nonzero(stock)
        amount = stock[site, period]
        return {
            "site": network.site_id[site],
            "period": network.period_id[period],
            "stock": amount,
            "storage_capacity": network.storage_capacity[site, period],
            "cost": amount * network.holding_cost[site, period],
        }

    def _sites(self) -> dict[str, Any]:
        problem, values = self.problem, self._values()
        network = problem.expanded
        grids = {
            "opening_stock": np.hstack([network.opening_stock[:, None], values.stock[:, :-1]]),
            "supplied": values.supplied,
            "arrived": arrived(network, values.flow) + network.receipts,
            "inbound": inbound(network, values),
            "sent": left(network, values.flow),
            "demand": network.demand,
            "unmet": values.unmet,
            "stock": values.stock,
            "price": values.prices,
        }
        return {
            "site": np.repeat(network.site_id, network.num_periods),
            "period": np.tile(network.period_id, network.num_sites),
            **{name: grid.ravel() for name, grid in grids.items()},
        }

    def _figures(self) -> dict[str, Any]:
        return {
            "shipped": float(self.flow.sum()),
            "unmet": float(self.unmet.sum()),
            "largest_stock": float(self.stock.sum(axis=0).max(initial=0.0)),
        }

    def _draw(self, ax: Any) -> Any:
        from flowopt.flow.over_time.chart import draw_periods

        return draw_periods(self, ax)
