"""The policies of all items and the orders of today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.inventory.replenishment.problem import ReplenishmentProblem
from flowopt.inventory.replenishment.spec import POLICIES
from flowopt.inventory.replenishment.status import PolicyStatus

if TYPE_CHECKING:
    from flowopt.inventory.distributions import Floats
    from flowopt.inventory.simulation.backtest import Backtest
    from flowopt.inventory.simulation.result import Simulation


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ReplenishmentSolution(Solution[ReplenishmentProblem]):
    """The least stock that meets each item's target, and what to order today.

    All columns have one row an item, in the order of the input. NaN stands where a policy has no
    such level, and where nothing can be expected (see the status of the item).

    Parameters
    ----------
    reorder_point
        (n,) r of the policy (r,Q), s of (R,s,S), units; -1 for an item without demand.
    order_up_to_level
        (n,) S of the policies (R,S) and (R,s,S), units.
    order_quantity
        (n,) Q of the policy (r,Q), units, as the supplier accepts it.
    safety_stock
        (n,) level less the mean demand of the protection interval, units.
    expected_fill_rate
        (n,) share of demand that the policy meets from stock; packs and minimum, which round the
        orders of (R,S) up, add to it and to the next.
    expected_cycle_service_level
        (n,) probability of no stock-out in a review cycle.
    average_stock
        (n,) mean stock on hand at the end of a period, units, with what packs and minimum add to
        (R,S) (see `flowopt.inventory.positions`).
    orders_per_period
        (n,) mean number of orders placed in a period.
    average_backorders
        (n,) mean demand that waits for stock at the end of a period, units; 0 with lost sales.
    policy_status
        (n,) see `flowopt.inventory.replenishment.status.PolicyStatus`.
    order
        (n,) what to order today, units.
    order_status
        (n,) see `flowopt.inventory.replenishment.status.OrderStatus`.

    Examples
    --------
    >>> solution = ReplenishmentProblem.from_arrays(
    ...     demand_mean=10.0, demand_sd=4.0, lead_time=2, fill_rate=0.95, on_hand=12).solve()
    >>> solution.order_up_to_level.round(2), solution.order
    (array([36.94]), array([25.]))
    >>> solution.policy_status.tolist()
    ['optimal']
    """

    reorder_point: Floats
    order_up_to_level: Floats
    order_quantity: Floats
    safety_stock: Floats
    expected_fill_rate: Floats
    expected_cycle_service_level: Floats
    average_stock: Floats
    orders_per_period: Floats
    average_backorders: Floats
    policy_status: npt.NDArray[np.str_]
    order: Floats
    order_status: npt.NDArray[np.str_]

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def holding_cost(self) -> Floats:
        """(n,) expected cost of holding stock, money per period."""
        cost: Floats = self.problem.items["holding_cost"] * self.average_stock
        return cost

    @property
    def ordering_cost(self) -> Floats:
        """(n,) expected cost of placing orders, money per period."""
        cost: Floats = self.problem.items["fixed_cost"] * self.orders_per_period
        return cost

    @property
    def stockout_cost(self) -> Floats:
        """(n,) expected cost of being short, money per period; 0 where it has no cost."""
        return np.nan_to_num(self.problem.items["stockout_cost"]) * self.average_backorders

    @cached_property
    def flags(self) -> npt.NDArray[np.object_]:
        """(n,) warnings about the item, with ``;`` between: see `FLAGS` in the module ``flags``."""
        from flowopt.inventory.replenishment.flags import flags

        return flags(self)

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables ``policies``, ``orders`` and ``explanations``."""
        from flowopt.inventory.replenishment.explain import explanations

        names = {"item": self.problem.items["item"], "site": self.problem.items["site"]}
        return {
            "policies": names | self._policies(),
            "orders": names | self._orders(),
            "explanations": explanations(self),
        }

    def _policies(self) -> dict[str, Any]:
        return {
            "policy": np.select(
                [self.problem.items["policy"] == word for word in POLICIES],
                [*POLICIES.values()],
                default="",
            ),
            "distribution": self.problem.distribution,
            "reorder_point": self.reorder_point,
            "order_up_to_level": self.order_up_to_level,
            "order_quantity": self.order_quantity,
            "safety_stock": self.safety_stock,
            "expected_fill_rate": self.expected_fill_rate,
            "expected_cycle_service_level": self.expected_cycle_service_level,
            "average_stock": self.average_stock,
            "orders_per_period": self.orders_per_period,
            "average_backorders": self.average_backorders,
            "holding_cost": self.holding_cost,
            "ordering_cost": self.ordering_cost,
            "stockout_cost": self.stockout_cost,
            "status": self.policy_status,
            "flags": self.flags,
        }

    def _orders(self) -> dict[str, Any]:
        return {
            "inventory_position": self.problem.inventory_position,
            "quantity": self.order,
            "value": self.order * self.problem.items["unit_cost"],
            "status": self.order_status,
        }

    def check(self) -> Report:
        """Recompute service, least levels, orders and cost from the problem alone."""
        from flowopt.inventory.replenishment.check import check

        return check(self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        items = self.problem.items
        known = ~np.isnan(self.expected_fill_rate)
        demand = items["demand_mean"][known]
        figures = super().summary() | {
            "items": self.problem.num_items,
            "average_stock": float(np.nansum(self.average_stock)),
            "stock_value": float(np.nansum(self.average_stock * items["unit_cost"])),
            "orders": int(np.count_nonzero(self.order)),
            "order_value": float((self.order * items["unit_cost"]).sum()),
        }
        if demand.sum() > 0:
            share = self.expected_fill_rate[known] @ demand / demand.sum()
            figures["expected_fill_rate"] = float(share)
        for status in PolicyStatus:
            count = int(np.count_nonzero(self.policy_status == status))
            if count and status != PolicyStatus.OPTIMAL:
                figures[f"{status}_items"] = count
        return figures

    def simulate(
        self,
        demand: npt.ArrayLike | None = None,
        *,
        periods: int = 1000,
        replications: int = 10,
        warmup: int | None = None,
        confidence: float = 0.95,
        seed: int = 0,
        workers: int | None = None,
    ) -> Simulation:
        """Play the policies and return what they achieve, beside what they promise.

        The stock of today is left aside: all items begin with a full inventory position.

        Parameters
        ----------
        demand
            (n, T) demand of each period, units, in the order of the items, played once as it is;
            None draws it from the distributions that the policies were made for.
        periods, replications, warmup, confidence, seed, workers
            See `flowopt.inventory.simulate_policy`.

        Returns
        -------
        Simulation
            Fill rate, cycle service, ready rate, stock, orders and costs with their confidence
            intervals; ``.plot()`` draws the stock of an item over time.

        Examples
        --------
        >>> solution = ReplenishmentProblem.from_arrays(
        ...     demand_mean=3.0, demand_sd=3.0, lead_time=2, fill_rate=0.95).solve()
        >>> solution.expected_fill_rate.round(2)
        array([0.96])
        >>> solution.simulate(periods=20_000).fill_rate.round(2)
        array([0.96])
        """
        from flowopt.inventory.simulation.build import Length
        from flowopt.inventory.simulation.of_solution import simulate_solution

        length = Length(periods, replications, warmup, confidence, seed)
        return simulate_solution(self, demand, length, workers)

    def backtest(
        self, history: Any, *, test_periods: int | None = None, refit_every: int | None = None
    ) -> Backtest:
        """Fit policies on the past, and play them on what came after; see the problem's method.

        Parameters
        ----------
        history, test_periods, refit_every
            See `ReplenishmentProblem.backtest`.
        """
        return self.problem.backtest(history, test_periods=test_periods, refit_every=refit_every)

    def plot(self, ax: Any = None, most: int = 30) -> Any:
        """Draw stock against levels, today's orders on top.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes a figure.
        most
            Number of items to show: those with the largest orders.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        from flowopt.inventory.replenishment.chart import plot_orders

        return plot_orders(self, ax, most)
