"""The economic order quantity under quantity discounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.inventory.arguments import Arguments, require_choice
from flowopt.inventory.distributions import Floats
from flowopt.inventory.models.columns import read, status_column
from flowopt.inventory.models.status import ModelStatus
from flowopt.inventory.models.tables import for_items, read_rows, refuse_shared_faults

KINDS = ("all_units", "incremental")
"""What a discount applies to: all units of an order, or those beyond the break."""


@dataclass(frozen=True)
class DiscountedOrder:
    """Order quantities under quantity discounts, and what they cost.

    Parameters
    ----------
    order_quantity
        (n,) Q, units.
    price_level
        (n,) number of the price that it reaches, from 0.
    unit_cost
        (n,) what a unit of the order costs on average.
    cost
        (n,) money per period: buying, ordering and holding together.
    status
        (n,) of `ModelStatus`.
    """

    order_quantity: Any
    price_level: Any
    unit_cost: Any
    cost: Any
    status: Any


def eoq_with_discounts(
    fixed_cost: npt.ArrayLike,
    holding_cost_rate: npt.ArrayLike,
    demand_rate: npt.ArrayLike,
    breakpoints: Any,
    unit_costs: Any,
    *,
    kind: str = "all_units",
    on_bad_items: str = "raise",
) -> DiscountedOrder:
    r"""Return the best order quantity when large orders are cheaper by the unit, and its cost.

    With :math:`C(Q)` the price of an order, the cost of a period is
    :math:`(K + C(Q)) \lambda / Q + i\, C(Q) / 2`. Each price has its own economic order quantity;
    the cheapest of those that reach their price, and of the breakpoints, is the best (Hadley &
    Whitin 1963; Snyder & Shen, *Fundamentals of Supply Chain Theory*, section 3.3).

    Parameters
    ----------
    fixed_cost
        K, cost of placing an order.
    holding_cost_rate
        i, cost of holding stock for a period, as a share of its value; above 0.
    demand_rate
        λ, demand of a period, units.
    breakpoints
        (m,) or (n, m) least order quantity of each price, ascending from 0; rows may differ in
        length.
    unit_costs
        The prices, in the shape of `breakpoints`, each below the one before.
    kind
        ``"all_units"``: the price is that of each unit of the order; ``"incremental"``: of the
        units from its breakpoint to the next.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    DiscountedOrder
        ``order_quantity`` in units, ``price_level`` from 0, ``unit_cost``, ``cost`` in money per
        period, and ``status``.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, examples 3.5 and 3.6:

    >>> prices = [0, 400, 800], [0.75, 0.72, 0.68]
    >>> best = eoq_with_discounts(8, 0.3, 1300, *prices)
    >>> best.order_quantity, best.price_level, round(best.cost, 3)
    (800.0, 2, 978.6)
    >>> best = eoq_with_discounts(8, 0.3, 1300, *prices, kind="incremental")
    >>> round(best.order_quantity, 3), best.price_level, round(best.cost, 3)
    (304.047, 0, 1043.411)
    """
    name, failures = "eoq_with_discounts", Failures()
    require_choice(name, "kind", kind, KINDS, failures)
    breaks = read_rows(name, "breakpoints", breakpoints, failures)
    prices = read_rows(name, "unit_costs", unit_costs, failures)
    tables = breaks, prices
    num_rows = max(len(table) for table in tables)
    given = read(
        name,
        num_rows=num_rows if num_rows > 1 else None,
        fixed_cost=fixed_cost,
        holding_cost_rate=holding_cost_rate,
        demand_rate=demand_rate,
    )
    given.failures.extend(failures)
    if breaks.shape[1] == prices.shape[1]:
        breaks, prices = np.broadcast_arrays(*tables) if num_rows > 1 else tables
        _check_prices(given, breaks, prices)
    else:
        message, fix = "differs in length from unit_costs", "give a price for each breakpoint"
        given.failures.add(name, "breakpoints", None, None, "shape", message, fix)
    refuse_shared_faults(given, dict(zip(("breakpoints", "unit_costs"), tables, strict=True)))
    given = given.sound(on_bad_items)
    breaks, prices = (for_items(table, given.rows, given.num_items) for table in (breaks, prices))
    return _cheapest(given, breaks, prices, kind)


def _check_prices(given: Arguments, breaks: Floats, prices: Floats) -> None:
    """Collect rows whose breakpoints do not ascend from 0, or whose prices do not fall."""
    with np.errstate(invalid="ignore"):
        faults = (
            ("breakpoints", breaks[:, 0] != 0, "does not begin with 0", "let the first be 0"),
            ("breakpoints", (np.diff(breaks) <= 0).any(axis=1), "does not ascend", "sort it"),
            ("unit_costs", (prices == 0).any(axis=1), "holds a 0", "give prices above 0"),
            ("unit_costs", (np.diff(prices) >= 0).any(axis=1), "does not fall", "leave out breaks"),
            (
                "unit_costs",
                (np.isnan(breaks) != np.isnan(prices)).any(axis=1),
                "differs in length from breakpoints",
                "give a price for each breakpoint",
            ),
        )
    faulty = {(failure.row, failure.column) for failure in given.failures}
    for name, rows, message, fix in faults:
        for row in np.flatnonzero(rows).tolist():
            if (row, name) not in faulty:
                place = given.function, name, row, None
                given.failures.add(*place, "out_of_range", message, fix)


def _cheapest(given: Arguments, breaks: Floats, prices: Floats, kind: str) -> DiscountedOrder:
    """Return the cheapest of the economic quantities within their prices, and of the breaks."""
    fixed, rate, share = (
        given[name][:, None] for name in ("fixed_cost", "demand_rate", "holding_cost_rate")
    )
    offset = np.zeros_like(prices)  # what an order costs beyond Q at the last price
    if kind == "incremental":
        saved = np.nan_to_num(breaks[:, 1:] * (prices[:, :-1] - prices[:, 1:]))
        offset = np.concatenate([offset[:, :1], np.cumsum(saved, axis=1)], axis=1)
    best = np.sqrt(2 * (fixed + offset) * rate / (share * prices))
    upper = np.concatenate([breaks[:, 1:], np.full((len(breaks), 1), np.nan)], axis=1)
    upper = np.where(np.isnan(upper), np.inf, upper)
    quantity = np.concatenate([np.clip(best, breaks, upper), breaks], axis=1)
    level = np.tile(np.arange(breaks.shape[1]), 2)[None, :]
    price, extra = np.tile(prices, 2), np.tile(offset, 2)
    some = np.where(quantity > 0, quantity, 1.0)
    paid = np.where(quantity > 0, (fixed + extra) * rate / some, np.where(fixed > 0, np.inf, 0.0))
    cost = price * rate + paid + share * (price * quantity + extra) / 2
    reached = np.concatenate([best < upper, np.ones_like(best, dtype=np.bool_)], axis=1)
    cost = np.where(reached & ~np.isnan(cost), cost, np.inf)
    chosen = np.argmin(cost, axis=1)[:, None]
    chosen[given["demand_rate"] == 0] = 0
    q, price, extra, cost = (
        np.take_along_axis(column, chosen, 1)[:, 0] for column in (quantity, price, extra, cost)
    )
    idle = given["demand_rate"] == 0
    q = np.where(idle, 0.0, q)
    return given.answer(
        DiscountedOrder,
        order_quantity=q,
        price_level=np.where(idle, 0, level[0, chosen[:, 0]]),
        unit_cost=price + np.where(q > 0, extra / np.where(q > 0, q, 1.0), 0.0),
        cost=np.where(idle, 0.0, cost),
        status=status_column(given.num_items, (ModelStatus.NO_DEMAND, idle)),
    )
