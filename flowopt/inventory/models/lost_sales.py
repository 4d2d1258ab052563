"""The optimal policies of continuous review when unmet demand is lost, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.inventory.arguments import Arguments
from flowopt.inventory.cycle import MOST_COUNTED
from flowopt.inventory.models.columns import read, status_column
from flowopt.inventory.models.status import ModelStatus


@dataclass(frozen=True)
class LostSalesStock:
    """Base-stock levels, and what they sell and cost.

    Parameters
    ----------
    base_stock_level
        (n,) S, units; 0: it is cheaper to sell nothing.
    fill_rate
        (n,) share of the demand that is met.
    cost
        (n,) money per period: holding and lost sales.
    status
        (n,) of `ModelStatus`.
    """

    base_stock_level: Any
    fill_rate: Any
    cost: Any
    status: Any


@dataclass(frozen=True)
class LostSalesBatches:
    """Policies (r,Q), and what they sell and cost.

    Parameters
    ----------
    reorder_point
        (n,) r, units; -1: it is cheaper to sell nothing.
    order_quantity
        (n,) Q, units.
    fill_rate
        (n,) share of the demand that is met.
    cost
        (n,) money per period: ordering, holding and lost sales.
    status
        (n,) of `ModelStatus`.
    """

    reorder_point: Any
    order_quantity: Any
    fill_rate: Any
    cost: Any
    status: Any


def lost_sales_base_stock(
    holding_cost: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    lead_time: npt.ArrayLike,
    base_stock_level: npt.ArrayLike | None = None,
    *,
    on_bad_items: str = "raise",
) -> LostSalesStock:
    r"""Return the optimal base stock for Poisson demand that does not wait, and its cost.

    Each sale is ordered at once. What is on order are the busy servers of Erlang's loss system with
    S servers and the load :math:`a = \lambda L`, whatever the distribution of lead times around
    their mean L: the share B(S, a) is lost, and the cost is
    :math:`h (S - a (1 - B)) + p \lambda B` (Karush 1957; Zipkin, *Foundations of Inventory
    Management*, section 7.2.3).

    Parameters
    ----------
    holding_cost
        h, cost of holding a unit for a period; above 0.
    stockout_cost
        p, cost of a unit lost; above 0.
    demand_mean
        λ, mean demand of a period, units.
    lead_time
        L, mean lead time, periods.
    base_stock_level
        S, units, where its cost is asked for, a whole number; None: the best one.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    LostSalesStock
        ``base_stock_level`` in units, ``fill_rate``, ``cost`` in money per period, and ``status``.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    A load of 2 on 3 servers loses 4 of 19:

    >>> now = lost_sales_base_stock(1, 10, demand_mean=1, lead_time=2, base_stock_level=3)
    >>> round(1 - now.fill_rate, 6) == round(4 / 19, 6)
    True
    >>> best = lost_sales_base_stock(1, 10, demand_mean=1, lead_time=[2, 0])
    >>> best.base_stock_level.tolist(), best.cost.round(4).tolist()
    ([4.0, 1.0], [3.1429, 1.0])
    """
    given = read(
        "lost_sales_base_stock",
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        demand_mean=demand_mean,
        lead_time=lead_time,
        base_stock_level=base_stock_level,
    )
    level = given["base_stock_level"]
    message, fix = "is no whole number, 0 or more", "round it: demand is counted"
    whole = np.isnan(level) | ((level == np.floor(level)) & (level >= 0) & (level <= MOST_COUNTED))
    given.require("base_stock_level", whole, message, fix)
    ahead = given["demand_mean"] * given["lead_time"]
    message = f"is too much to count: more than {MOST_COUNTED:g} over the lead time"
    given.require("demand_mean", ahead <= MOST_COUNTED, message, "count in packs")
    given = given.sound(on_bad_items)

    from flowopt.inventory.kernels.lost_sales import best_one_for_one

    mean, wanted = given["demand_mean"], given["base_stock_level"]
    level, lost, cost = best_one_for_one(
        given["holding_cost"], given["stockout_cost"], mean, mean * given["lead_time"], wanted
    )
    idle = mean == 0
    return given.answer(
        LostSalesStock,
        base_stock_level=level,
        fill_rate=np.where(idle, 1.0, 1 - lost),
        cost=cost,
        status=status_column(
            given.num_items,
            (ModelStatus.EVALUATED, ~np.isnan(wanted)),
            (ModelStatus.NO_DEMAND, idle),
        ),
    )


def lost_sales_continuous_review(
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    lead_time: npt.ArrayLike = 0.0,
    *,
    reorder_point: npt.ArrayLike | None = None,
    order_quantity: npt.ArrayLike | None = None,
    on_bad_items: str = "raise",
) -> LostSalesBatches:
    r"""Return the optimal policy (r,Q) with Q > r for Poisson demand that does not wait.

    With Q > r one order at most is on its way. D is the demand of a lead time, n(r) = E[(D - r)^+]
    is lost in a cycle of :math:`(Q + n(r)) / \lambda` periods, and the stock falls from
    :math:`Y = Q + (r - D)^+` to r one by one, and on while an order is awaited:

    .. math::
        g(r,Q) = \frac{\lambda (K + p\,n(r)) + h \left(\frac{E[Y (Y + 1)] - r (r + 1)}{2}
        + \sum_{k<r} (r - k) P(D > k)\right)}{Q + n(r)}

    (Hadley & Whitin, *Analysis of Inventory Systems*, 1963, section 4.9). All r are searched up to
    a bound, each with its best Q.

    Parameters
    ----------
    fixed_cost
        K, cost of placing an order.
    holding_cost
        h, cost of holding a unit for a period; above 0.
    stockout_cost
        p, cost of a unit lost; above 0.
    demand_mean
        λ, mean demand of a period, units.
    lead_time
        L, periods.
    reorder_point, order_quantity
        r and Q, whole numbers, where their cost is asked for; None: the best ones.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    LostSalesBatches
        ``reorder_point`` and ``order_quantity`` in units, ``fill_rate``, ``cost`` in money per
        period, and ``status``.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    >>> best = lost_sales_continuous_review(50, 1, 20, demand_mean=10, lead_time=1)
    >>> best.reorder_point, best.order_quantity, round(best.fill_rate, 4), round(best.cost, 3)
    (13.0, 33.0, 0.9903, 37.066)
    """
    given = read(
        "lost_sales_continuous_review",
        fixed_cost=fixed_cost,
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        demand_mean=demand_mean,
        lead_time=lead_time,
        reorder_point=reorder_point,
        order_quantity=order_quantity,
    )
    _check_batches(given)
    given = given.sound(on_bad_items)

    from flowopt.inventory.kernels.lost_sales import best_lost_batches

    mean, asked = given["demand_mean"], ~np.isnan(given["reorder_point"])
    r, q, lost, cost = best_lost_batches(
        given["holding_cost"],
        given["stockout_cost"],
        given["fixed_cost"],
        mean,
        mean * given["lead_time"],
        given["reorder_point"],
        given["order_quantity"],
    )
    idle = mean == 0
    held = given["holding_cost"] * np.where(asked, r + q, 0.0)
    return given.answer(
        LostSalesBatches,
        reorder_point=r,
        order_quantity=q,
        fill_rate=np.where(idle, 1.0, 1 - lost),
        cost=np.where(idle, held, cost),
        status=status_column(
            given.num_items, (ModelStatus.EVALUATED, asked), (ModelStatus.NO_DEMAND, idle)
        ),
    )


def _check_batches(given: Arguments) -> None:
    """Collect halves of policies, parts of units, several orders on their way, endless counts."""
    point, quantity = given["reorder_point"], given["order_quantity"]
    for name, other in (("reorder_point", quantity), ("order_quantity", point)):
        message, fix = "is empty beside the other half of the policy", "give both, or none"
        given.require(name, ~np.isnan(given[name]) | np.isnan(other), message, fix)
        whole = np.isnan(given[name]) | (given[name] == np.floor(given[name]))
        given.require(name, whole, "is no whole number", "round it: demand is counted")
    inside = np.isnan(point) | ((point >= 0) & (point <= MOST_COUNTED))
    given.require("reorder_point", inside, "is out of range", f"write 0 to {MOST_COUNTED:g}")
    single = np.isnan(point) | np.isnan(quantity) | (quantity > point)
    message = "does not exceed reorder_point: several orders may be on their way"
    given.require("order_quantity", single, message, "order more")
    ahead = given["demand_mean"] * given["lead_time"]
    message = f"is too much to count: more than {MOST_COUNTED:g} over the lead time"
    given.require("demand_mean", ahead <= MOST_COUNTED, message, "count in packs")
