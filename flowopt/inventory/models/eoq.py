"""The economic order quantity, and its kin: finite production, planned backorders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.inventory.arguments import Arguments
from flowopt.inventory.distributions import Floats
from flowopt.inventory.models.columns import read, status_column
from flowopt.inventory.models.status import ModelStatus


@dataclass(frozen=True)
class EconomicOrder:
    """Order quantities and what they cost.

    Parameters
    ----------
    order_quantity
        (n,) Q, units.
    cost
        (n,) money per period, ordering and holding together.
    status
        (n,) of `ModelStatus`.
    """

    order_quantity: Any
    cost: Any
    status: Any


@dataclass(frozen=True)
class BackorderedOrder:
    """Order quantities with planned backorders, and what they cost.

    Parameters
    ----------
    order_quantity
        (n,) Q, units.
    stockout_fraction
        (n,) share of the demand that waits for an order.
    cost
        (n,) money per period, ordering, holding and waiting together.
    status
        (n,) of `ModelStatus`.
    """

    order_quantity: Any
    stockout_fraction: Any
    cost: Any
    status: Any


def economic_order_quantity(
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    demand_rate: npt.ArrayLike,
    order_quantity: npt.ArrayLike | None = None,
    *,
    on_bad_items: str = "raise",
) -> EconomicOrder:
    r"""Return the order quantity that balances ordering against holding, and its cost.

    :math:`Q^* = \sqrt{2 K \lambda / h}` and :math:`g(Q) = K \lambda / Q + h Q / 2` (Harris 1913;
    Snyder & Shen, *Fundamentals of Supply Chain Theory*, section 3.2).

    Parameters
    ----------
    fixed_cost
        K, cost of placing an order; 0 gives Q = 0: order each unit when it is demanded.
    holding_cost
        h, cost of holding a unit for a period; above 0.
    demand_rate
        λ, demand of a period, units; 0 gives Q = 0.
    order_quantity
        Q, units, where its cost is asked for; None: the best one.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    EconomicOrder
        ``order_quantity`` in units, ``cost`` in money per period, and ``status``.

    Raises
    ------
    ValidationError
        When an argument is negative, not finite, or `holding_cost` is 0.

    Examples
    --------
    Snyder & Shen, example 3.1:

    >>> best = economic_order_quantity(fixed_cost=8, holding_cost=0.225, demand_rate=1300)
    >>> round(best.order_quantity, 4), round(best.cost, 4), best.status
    (304.0468, 68.4105, 'optimal')
    """
    given = read(
        "economic_order_quantity",
        fixed_cost=fixed_cost,
        holding_cost=holding_cost,
        demand_rate=demand_rate,
        order_quantity=order_quantity,
    ).sound(on_bad_items)
    return _answer(given, given["holding_cost"])


def economic_production_quantity(
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    demand_rate: npt.ArrayLike,
    production_rate: npt.ArrayLike,
    order_quantity: npt.ArrayLike | None = None,
    *,
    on_bad_items: str = "raise",
) -> EconomicOrder:
    r"""Return the best lot where stock comes in at a finite rate, and its cost.

    While a lot is made, demand takes its share :math:`\rho = \lambda / \mu`:
    :math:`Q^* = \sqrt{2 K \lambda / h (1 - \rho)}` and
    :math:`g(Q) = K \lambda / Q + h (1 - \rho) Q / 2` (Taft 1918; Snyder & Shen, section 3.4).

    Parameters
    ----------
    fixed_cost
        K, cost of setting up for a lot.
    holding_cost
        h, cost of holding a unit for a period; above 0.
    demand_rate
        λ, demand of a period, units.
    production_rate
        μ, what a period can produce, units; above the demand.
    order_quantity
        Q, units, where its cost is asked for; None: the best one.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    EconomicOrder
        ``order_quantity`` in units, ``cost`` in money per period, and ``status``.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    >>> best = economic_production_quantity(8, 0.225, 1300, production_rate=[1700, 1e9])
    >>> best.order_quantity.round(4).tolist(), best.cost.round(4).tolist()
    ([626.8085, 304.047], [33.184, 68.4105])
    """
    given = read(
        "economic_production_quantity",
        fixed_cost=fixed_cost,
        holding_cost=holding_cost,
        demand_rate=demand_rate,
        production_rate=production_rate,
        order_quantity=order_quantity,
    )
    enough = given["production_rate"] > given["demand_rate"]
    given.require("production_rate", enough, "does not exceed demand_rate", "produce more")
    given = given.sound(on_bad_items)
    share = given["demand_rate"] / given["production_rate"]
    return _answer(given, given["holding_cost"] * (1 - share))


def _answer(given: Arguments, holding_cost: Floats) -> EconomicOrder:
    """Return Q and the cost at a cost of holding a unit of a lot for a period."""
    fixed, rate, wanted = given["fixed_cost"], given["demand_rate"], given["order_quantity"]
    asked = ~np.isnan(wanted)
    best = economic_quantity(fixed, holding_cost, rate)
    quantity = np.where(asked, wanted, best)
    some = np.where(quantity > 0, quantity, 1.0)  # where Q = 0 there is nothing to pay
    cost = np.where(asked, fixed * rate / some + holding_cost * quantity / 2, holding_cost * best)
    marks = (ModelStatus.EVALUATED, asked), (ModelStatus.NO_DEMAND, rate == 0)
    status = status_column(given.num_items, *marks)
    return given.answer(EconomicOrder, order_quantity=quantity, cost=cost, status=status)


def economic_quantity(fixed_cost: Floats, holding_cost: Floats, demand: Floats) -> Floats:
    """Return the economic order quantity of validated columns; 0 where holding costs nothing."""
    safe = np.where(holding_cost > 0, holding_cost, np.inf)
    return np.asarray(np.sqrt(2 * fixed_cost * demand / safe))


def eoq_with_backorders(
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    demand_rate: npt.ArrayLike,
    order_quantity: npt.ArrayLike | None = None,
    stockout_fraction: npt.ArrayLike | None = None,
    *,
    on_bad_items: str = "raise",
) -> BackorderedOrder:
    r"""Return the best order quantity when customers may be kept waiting, and its cost.

    :math:`Q^* = \sqrt{2 K \lambda (h + p) / h p}`, :math:`x^* = h / (h + p)` and
    :math:`g(Q, x) = K \lambda / Q + h Q (1 - x)^2 / 2 + p Q x^2 / 2`
    (Snyder & Shen, section 3.5).

    Parameters
    ----------
    fixed_cost
        K, cost of placing an order.
    holding_cost
        h, cost of holding a unit for a period; above 0.
    stockout_cost
        p, cost of a unit that waits for a period; above 0.
    demand_rate
        λ, demand of a period, units.
    order_quantity
        Q, units, where its cost is asked for; None: the best one.
    stockout_fraction
        x, share of the demand that waits, where its cost is asked for; None: the best one.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    BackorderedOrder
        ``order_quantity`` in units, ``stockout_fraction``, ``cost`` in money per period, and
        ``status``. Either is the best for the other where only one is given.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, example 3.8:

    >>> best = eoq_with_backorders(8, 0.225, 5, 1300)
    >>> round(best.order_quantity, 4), round(best.stockout_fraction, 4), round(best.cost, 4)
    (310.8126, 0.0431, 66.9214)
    """
    given = read(
        "eoq_with_backorders",
        fixed_cost=fixed_cost,
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        demand_rate=demand_rate,
        order_quantity=order_quantity,
        stockout_fraction=stockout_fraction,
    ).sound(on_bad_items)
    holding, stockout, rate = (
        given[name] for name in ("holding_cost", "stockout_cost", "demand_rate")
    )
    wanted, waiting = given["order_quantity"], given["stockout_fraction"]
    share = np.where(np.isnan(waiting), holding / (holding + stockout), waiting)
    each = holding * (1 - share) ** 2 + stockout * share**2  # of a unit of Q, for half a period
    best = economic_quantity(given["fixed_cost"], each, rate)
    quantity = np.where(np.isnan(wanted), best, wanted)
    some = np.where(quantity > 0, quantity, 1.0)
    cost = given["fixed_cost"] * rate / some + each * quantity / 2
    marks = (
        (ModelStatus.EVALUATED, ~(np.isnan(wanted) & np.isnan(waiting))),
        (ModelStatus.NO_DEMAND, rate == 0),
    )
    return given.answer(
        BackorderedOrder,
        order_quantity=quantity,
        stockout_fraction=share,
        cost=cost,
        status=status_column(given.num_items, *marks),
    )
