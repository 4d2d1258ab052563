"""Order quantities and base stocks where what arrives is not what was ordered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flowopt.inventory.arguments import Arguments, require_choice
from flowopt.inventory.distributions import Floats
from flowopt.inventory.models.columns import read, status_column
from flowopt.inventory.models.critical import Covered
from flowopt.inventory.models.eoq import EconomicOrder
from flowopt.inventory.models.newsvendor import Newsvendor
from flowopt.inventory.models.status import ModelStatus

KINDS = ("additive", "multiplicative")
"""What a yield does to the order: it adds to it, or takes a share of it."""


def eoq_with_yield(
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    demand_rate: npt.ArrayLike,
    yield_mean: npt.ArrayLike,
    yield_sd: npt.ArrayLike,
    order_quantity: npt.ArrayLike | None = None,
    *,
    kind: str = "multiplicative",
    on_bad_items: str = "raise",
) -> EconomicOrder:
    r"""Return the best order quantity when what arrives varies, and its cost.

    An additive yield Y makes an order of Q arrive as Q + Y, a multiplicative Z as Q Z; only mean
    and deviation matter:

    .. math::
        Q^* = \left(\sqrt{2 K d / h + \mathrm{Var}\,Y} - E[Y]\right)^+, \qquad
        Q^* = \sqrt{\frac{2 K d}{h\,(\mathrm{Var}\,Z + E[Z]^2)}}

    (Snyder & Shen, *Fundamentals of Supply Chain Theory*, section 9.3.1).

    Parameters
    ----------
    fixed_cost
        K, cost of placing an order.
    holding_cost
        h, cost of holding a unit for a period; above 0.
    demand_rate
        d, demand of a period, units.
    yield_mean
        Mean of the yield: units of Y, most often below 0, or the share Z, above 0.
    yield_sd
        Its standard deviation.
    order_quantity
        Q, units, where its cost is asked for; None: the best one.
    kind
        ``"additive"`` or ``"multiplicative"``.
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
    Snyder & Shen, examples 9.4 and 9.5:

    >>> best = eoq_with_yield(18500, 0.06, 75000, -15000, 9000, kind="additive")
    >>> round(best.order_quantity, 2), round(best.cost, 2)
    (230246.37, 12914.78)
    >>> best = eoq_with_yield(18500, 0.06, 75000, 0.8333, 0.0198**0.5)
    >>> round(best.order_quantity, 2), round(best.cost, 2)
    (254477.46, 13086.16)
    """
    given = read(
        "eoq_with_yield",
        fixed_cost=fixed_cost,
        holding_cost=holding_cost,
        demand_rate=demand_rate,
        yield_mean=yield_mean,
        yield_sd=yield_sd,
        order_quantity=order_quantity,
    )
    _check_yield(given, kind)
    given = given.sound(on_bad_items)
    mean, variance = given["yield_mean"], given["yield_sd"] ** 2
    holding, wanted = given["holding_cost"], given["order_quantity"]
    idle, asked = given["demand_rate"] == 0, ~np.isnan(wanted)
    orders = given["fixed_cost"] * given["demand_rate"]
    if kind == "additive":  # what arrives has the mean Q + E[Y], and the variance of Y
        best = np.maximum(np.sqrt(2 * orders / holding + variance) - mean, 0.0)
        arriving = np.where(asked, wanted, best) + mean
        square = variance + arriving**2
    else:
        best = np.sqrt(2 * orders / (holding * (variance + mean**2)))
        share = np.where(asked, wanted, best)
        arriving, square = share * mean, share**2 * (variance + mean**2)
    cost = (orders + holding * square / 2) / np.where(arriving > 0, arriving, 1.0)
    nothing = idle & ~asked
    marks = (ModelStatus.EVALUATED, asked), (ModelStatus.NO_DEMAND, idle)
    return given.answer(
        EconomicOrder,
        order_quantity=np.where(nothing, 0.0, np.where(asked, wanted, best)),
        cost=np.where(nothing, 0.0, cost),
        status=status_column(given.num_items, *marks),
    )


def _check_yield(given: Arguments, kind: str) -> None:
    """Collect an unknown kind, shares that are none, and orders of which nothing arrives."""
    require_choice(given.function, "kind", kind, KINDS, given.failures)
    if isinstance(kind, str) and kind == "additive":
        wanted = given["order_quantity"]
        arrives = np.isnan(wanted) | (wanted + given["yield_mean"] > 0)
        message, fix = "brings nothing on average, with the yield_mean", "order more"
        given.require("order_quantity", arrives, message, fix)
    else:
        message, fix = "is no share above 0", "give the share of an order that arrives"
        given.require("yield_mean", given["yield_mean"] > 0, message, fix)


def newsvendor_with_yield(
    holding_cost: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    demand_rate: npt.ArrayLike,
    yield_mean: npt.ArrayLike,
    yield_sd: npt.ArrayLike,
    *,
    yield_distribution: str = "normal",
    base_stock_level: npt.ArrayLike | None = None,
    on_bad_items: str = "raise",
) -> Newsvendor:
    r"""Return the base stock for certain demand d when Y units more arrive than were ordered.

    :math:`S^* = d - F_Y^{-1}(h / (h + p))`, and S costs
    :math:`h E[(S + Y - d)^+] + p E[(d - S - Y)^+]` (Snyder & Shen, section 9.3.2).

    Parameters
    ----------
    holding_cost
        h, cost of a unit left over at the end of a period; above 0.
    stockout_cost
        p, cost of a unit short at the end of a period; above 0.
    demand_rate
        d, demand of a period, units.
    yield_mean
        Mean of Y, units; below 0 where less arrives than was ordered.
    yield_sd
        Standard deviation of Y, units.
    yield_distribution
        ``"normal"`` or ``"uniform"`` (from √3 deviations below the mean to √3 above).
    base_stock_level
        S, units, where its cost is asked for; None: the best one.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    Newsvendor
        ``base_stock_level`` in units, ``cost`` in money per period, ``critical_ratio``, ``status``.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, example 9.6:

    >>> best = newsvendor_with_yield(15, 75, 1.5e6, 0, 1e6 / 12**0.5, yield_distribution="uniform")
    >>> round(best.base_stock_level, 2), round(best.cost, 2)
    (1833333.33, 6250000.0)
    """
    given = read(
        "newsvendor_with_yield",
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        demand_rate=demand_rate,
        yield_mean=yield_mean,
        yield_sd=yield_sd,
        base_stock_level=base_stock_level,
    )
    kinds = {"normal": _normal_shortage, "uniform": _uniform_shortage}
    place = given.function, "yield_distribution"
    require_choice(*place, yield_distribution, kinds, given.failures)
    given = given.sound(on_bad_items)
    over, under, sd = (given[name] for name in ("holding_cost", "stockout_cost", "yield_sd"))
    mean = given["demand_rate"] - given["yield_mean"]  # of d - Y, which S must cover
    level, short = kinds[yield_distribution](
        mean, sd, over / (over + under), given["base_stock_level"]
    )
    return given.answer(
        Newsvendor,
        base_stock_level=level,
        cost=over * (level - mean) + (over + under) * short,
        critical_ratio=under / (over + under),
        status=status_column(
            given.num_items,
            (ModelStatus.DETERMINISTIC, sd == 0),
            (ModelStatus.EVALUATED, ~np.isnan(given["base_stock_level"])),
        ),
    )


def _normal_shortage(
    mean: Floats, sd: Floats, allowed: Floats, wanted: Floats
) -> tuple[Floats, Floats]:
    kind = np.full(len(mean), "normal")
    return Covered(kind, mean, sd**2).level_and_shortage(allowed, wanted)


def _uniform_shortage(
    mean: Floats, sd: Floats, allowed: Floats, wanted: Floats
) -> tuple[Floats, Floats]:
    half = np.sqrt(3) * sd
    best = np.maximum(mean + half - 2 * half * allowed, 0.0)
    level = np.where(np.isnan(wanted), best, wanted)
    inside = np.clip(mean + half - level, 0.0, 2 * half)
    short = inside**2 / np.where(half > 0, 4 * half, 1.0)
    return level, short + np.maximum(mean - half - level, 0.0)
