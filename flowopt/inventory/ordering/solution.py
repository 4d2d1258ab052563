"""The orders of today, and what the shared limits are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.inventory.ordering.problem import OrderProblem
from flowopt.inventory.ordering.status import OrderingStatus

if TYPE_CHECKING:
    from flowopt.inventory.distributions import Floats


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class OrderSolution(Solution[OrderProblem]):
    """What to order now of each item, and what it is expected to save.

    The cost is that of all items, ordered or not; the bound holds for any orders within the limits.

    Parameters
    ----------
    quantity
        (n,) units to order.
    wanted
        (n,) units that would be ordered without shared limits.
    expected_cost
        (n,) cost of stock and shortages until the next order can arrive, and of ordering.
    cost_without_order
        (n,) the same without an order.
    shadow_price
        (m,) what one more unit of each limit would save; NaN where the engine does not tell.
    order_status
        (n,) see `flowopt.inventory.ordering.status.OrderingStatus`.

    Examples
    --------
    >>> solution = OrderProblem.from_frames({
    ...     "item": ["lamp", "cable"], "demand_mean": [10.0, 30.0], "demand_sd": [3.0, 6.0],
    ...     "lead_time": [0, 0], "unit_cost": [20.0, 2.0], "holding_cost": [0.2, 0.02],
    ...     "stockout_cost": [4.0, 0.5], "unit_volume": [0.02, 0.01],
    ... }, volume=0.4).solve()
    >>> solution.quantity
    array([12., 16.])
    >>> solution.status, round(solution.cost, 3)
    (<Status.OPTIMAL: 'OPTIMAL'>, 9.314)
    """

    quantity: Floats
    wanted: Floats
    expected_cost: Floats
    cost_without_order: Floats
    shadow_price: Floats
    order_status: npt.NDArray[np.str_]

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def saving(self) -> Floats:
        """(n,) what each order is expected to save."""
        return np.asarray(self.cost_without_order - self.expected_cost)

    @property
    def used(self) -> Floats:
        """(m,) what the orders take of each limit."""
        uses = [float(unit @ self.quantity) for unit in self.problem.unit_uses]
        return np.array(uses, dtype=np.float64)

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables ``orders`` and ``limits``."""
        items = self.problem.items
        names = {name: items[name] for name in ("item", "site", "supplier")}
        orders = names | {
            "inventory_position": self.problem.inventory_position,
            "quantity": self.quantity,
            "packs": np.rint(self.quantity / items["pack_size"]),
            "wanted": self.wanted,
            "value": self.quantity * items["unit_cost"],
            "expected_cost": self.expected_cost,
            "saving": self.saving,
            "status": self.order_status,
        }
        return {"orders": orders, "limits": self._limits()}

    def _limits(self) -> dict[str, Any]:
        limits, used = self.problem.limits, self.used
        size = limits["container_size"]
        known = ~np.isnan(size) & (size > 0)
        boxes = np.ceil(used / np.where(known, size, 1.0) - 1e-9)
        return {
            "limit": limits["limit"],
            "supplier": limits["supplier"],
            "capacity": self.problem.capacity,
            "used": used,
            "left": np.maximum(self.problem.capacity - used, 0.0),
            "containers": np.where(known, boxes, np.nan),
            "shadow_price": self.shadow_price,
        }

    def check(self) -> Report:
        """Recompute costs, quantities and limits from the problem alone."""
        from flowopt.inventory.ordering.check import check

        return check(self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        figures = super().summary() | {
            "orders": int(np.count_nonzero(self.quantity)),
            "order_value": float(self.quantity @ self.problem.items["unit_cost"]),
            "saving": float(self.saving.sum()),
        }
        for status in OrderingStatus:
            count = int(np.count_nonzero(self.order_status == status))
            if count and status not in (OrderingStatus.ORDER, OrderingStatus.NONE):
                figures[f"{status}_items"] = count
        return figures

    def plot(self, ax: Any = None, most: int = 30) -> Any:
        """Draw the largest orders beside what would be ordered without limits.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes a figure.
        most
            Number of items to show: those that would be ordered for the most money.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        from flowopt.inventory.ordering.chart import plot_orders

        return plot_orders(self, ax, most)
