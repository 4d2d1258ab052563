"""The newsvendor: one order, or a base stock, for demand that is uncertain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.inventory.arguments import Arguments
from flowopt.inventory.distributions import EmpiricalDemand, Floats
from flowopt.inventory.models.columns import DISTRIBUTIONS, read, status_column
from flowopt.inventory.models.critical import Covered
from flowopt.inventory.models.moments import check_moments, is_counted, variance_of
from flowopt.inventory.models.status import ModelStatus
from flowopt.inventory.models.tables import (
    check_chances,
    for_items,
    read_rows,
    refuse_shared_faults,
)


@dataclass(frozen=True)
class Newsvendor:
    """Base-stock levels and what they cost.

    Parameters
    ----------
    base_stock_level
        (n,) S, units, 0 or more.
    cost
        (n,) expected cost of a period: of units left over and of units short.
    critical_ratio
        (n,) p / (h + p): the chance of no stock-out that is worth its cost.
    status
        (n,) of `ModelStatus`.
    """

    base_stock_level: Any
    cost: Any
    critical_ratio: Any
    status: Any


@dataclass(frozen=True)
class PricedNewsvendor:
    """Base-stock levels and what they earn.

    Parameters
    ----------
    base_stock_level
        (n,) S, units, 0 or more.
    profit
        (n,) expected profit of a period.
    critical_ratio
        (n,) the chance of no stock-out that is worth its cost.
    status
        (n,) of `ModelStatus`.
    """

    base_stock_level: Any
    profit: Any
    critical_ratio: Any
    status: Any


def newsvendor(
    holding_cost: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    demand_mean: npt.ArrayLike | None = None,
    demand_sd: npt.ArrayLike | None = None,
    lead_time: npt.ArrayLike = 0.0,
    *,
    distribution: Any = "normal",
    demand_samples: Any = None,
    demand_probabilities: Any = None,
    base_stock_level: npt.ArrayLike | None = None,
    on_bad_items: str = "raise",
) -> Newsvendor:
    r"""Return the base-stock level that balances units left over against units short.

    S is the least level with :math:`P(D \le S) \ge p / (h + p)`, and costs
    :math:`h E[(S - D)^+] + p E[(D - S)^+]` a period (Arrow, Harris & Marschak 1951; Snyder & Shen,
    *Fundamentals of Supply Chain Theory*, section 4.3). D is the demand of L + 1 periods: with a
    lead time, S is the optimal base stock of periodic review without fixed cost (section 4.3.4).

    Parameters
    ----------
    holding_cost
        h, cost of a unit left over at the end of a period; above 0.
    stockout_cost
        p, cost of a unit short at the end of a period; above 0.
    demand_mean
        Mean demand of a period, units; 0 gives S = 0.
    demand_sd
        Standard deviation of the demand of a period, units; None for Poisson demand. 0 gives
        S = the demand.
    lead_time
        L, periods.
    distribution
        ``"normal"``, ``"poisson"``, ``"negative_binomial"``, ``"gamma"`` or ``"lognormal"``; over
        a lead time, a lognormal is matched by mean and variance.
    demand_samples
        Instead of mean and deviation: (m,) or (n, m) samples of the demand that S must cover, each
        as likely as the next; rows may differ in length.
    demand_probabilities
        Chances of the samples, or, without samples, of a demand of 0, 1, 2, … units.
    base_stock_level
        S, units, where its cost is asked for; None: the best one.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    Newsvendor
        ``base_stock_level`` in units, ``cost`` in money per period, ``critical_ratio``, ``status``.
        The level is never below 0, though a normal demand of a large deviation would ask for that.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, example 4.3, and problem 4.8(a) with Poisson demand:

    >>> best = newsvendor(0.18, 0.70, 50, 8)
    >>> round(best.base_stock_level, 4), round(best.cost, 4)
    (56.604, 1.9976)
    >>> best = newsvendor(200, 270, [18, 0], distribution="poisson")
    >>> best.base_stock_level.tolist(), best.status.tolist()
    ([19.0, 0.0], ['optimal', 'no_demand'])

    From what was sold on six days:

    >>> newsvendor(1, 3, demand_samples=[4, 0, 7, 5, 5, 9]).base_stock_level
    7.0
    """
    values: dict[str, Any] = {
        "holding_cost": holding_cost,
        "stockout_cost": stockout_cost,
        "lead_time": lead_time,
        "base_stock_level": base_stock_level,
    }
    seen = demand_samples, demand_probabilities
    moments: dict[str, Any] = {"demand_mean": demand_mean, "demand_sd": demand_sd}
    moments["distribution"] = distribution
    given, table = _read("newsvendor", values, moments, seen)
    given = given.sound(on_bad_items)
    demand = _covered(given, table)
    over, under = given["holding_cost"], given["stockout_cost"]
    ratio = under / (over + under)
    level, short = demand.level_and_shortage(over / (over + under), given["base_stock_level"])
    return given.answer(
        Newsvendor,
        base_stock_level=level,
        cost=over * (level - demand.mean) + (over + under) * short,
        critical_ratio=ratio,
        status=_status(given, demand),
    )


def newsvendor_with_prices(
    price: npt.ArrayLike,
    unit_cost: npt.ArrayLike,
    demand_mean: npt.ArrayLike | None = None,
    demand_sd: npt.ArrayLike | None = None,
    lead_time: npt.ArrayLike = 0.0,
    *,
    salvage_value: npt.ArrayLike = 0.0,
    holding_cost: npt.ArrayLike = 0.0,
    stockout_cost: npt.ArrayLike = 0.0,
    distribution: Any = "normal",
    demand_samples: Any = None,
    demand_probabilities: Any = None,
    base_stock_level: npt.ArrayLike | None = None,
    on_bad_items: str = "raise",
) -> PricedNewsvendor:
    r"""Return the base-stock level with the highest profit, from prices.

    A unit left over costs :math:`h + c - v`, a unit short :math:`p + r - c`, of what is earned on
    the mean demand, :math:`(r - c) \mu` (Snyder & Shen, section 4.3.2.4).

    Parameters
    ----------
    price
        r, what a unit sells for.
    unit_cost
        c, what it costs; where nothing is earned by it, the best level is 0.
    demand_mean, demand_sd, lead_time, distribution, demand_samples, demand_probabilities
        The demand: see `newsvendor`.
    salvage_value
        v, what a unit left over still brings; below the unit cost, or there is no best level.
    holding_cost
        h, cost of a unit left over beyond that.
    stockout_cost
        p, cost of a unit short beyond the sale lost.
    base_stock_level
        S, units, where its profit is asked for; None: the best one.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    PricedNewsvendor
        ``base_stock_level`` in units, ``profit`` in money per period, ``critical_ratio``, and
        ``status``.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, example 4.2:

    >>> best = newsvendor_with_prices(1, 0.3, 50, 8, salvage_value=0.12)
    >>> round(best.base_stock_level, 4), round(best.profit, 4)
    (56.604, 33.0024)
    """
    values: dict[str, Any] = {
        "price": price,
        "unit_cost": unit_cost,
        "salvage_value": salvage_value,
        "extra_holding_cost": holding_cost,
        "extra_stockout_cost": stockout_cost,
        "lead_time": lead_time,
        "base_stock_level": base_stock_level,
    }
    moments: dict[str, Any] = {"demand_mean": demand_mean, "demand_sd": demand_sd}
    moments["distribution"] = distribution
    seen = demand_samples, demand_probabilities
    given, table = _read("newsvendor_with_prices", values, moments, seen)
    over = given["extra_holding_cost"] + given["unit_cost"] - given["salvage_value"]
    message, fix = "lets a unit left over earn money", "lower it below the unit_cost"
    given.require("salvage_value", over > 0, message, fix)
    given = given.sound(on_bad_items)
    demand = _covered(given, table)
    over = given["extra_holding_cost"] + given["unit_cost"] - given["salvage_value"]
    margin = given["price"] - given["unit_cost"]
    under = given["extra_stockout_cost"] + margin
    ratio = np.maximum(under, 0.0) / (over + np.maximum(under, 0.0))
    level, short = demand.level_and_shortage(1 - ratio, given["base_stock_level"])
    left = level - demand.mean + short
    return given.answer(
        PricedNewsvendor,
        base_stock_level=level,
        profit=margin * demand.mean - over * left - under * short,
        critical_ratio=ratio,
        status=_status(given, demand),
    )


def _read(
    function: str, values: dict[str, Any], moments: dict[str, Any], seen: tuple[Any, Any]
) -> tuple[Arguments, tuple[Floats, Floats] | None]:
    """Return the arguments, and the values and chances of demand where they are given."""
    if seen[0] is None and seen[1] is None:
        given = read(function, **values, **moments)
        check_moments(given, DISTRIBUTIONS)
        whole = np.isnan(given["base_stock_level"])
        whole |= given["base_stock_level"] == np.floor(given["base_stock_level"])
        message, fix = "is no whole number", "round it: demand is counted"
        given.require("base_stock_level", whole | ~is_counted(given), message, fix)
        return given, None
    failures = Failures()
    table = _read_seen(function, *seen, failures)
    for name in ("demand_mean", "demand_sd"):
        if moments[name] is not None:
            message, fix = "stands beside samples or chances of the demand", "leave one of them out"
            failures.add(function, name, None, None, "two_demands", message, fix)
    given = read(function, num_rows=len(table[0]) if len(table[0]) > 1 else None, **values)
    given.failures.extend(failures)
    message, fix = (
        "stands beside demand that is seen",
        "give samples of the demand of L + 1 periods",
    )
    given.require("lead_time", given["lead_time"] == 0, message, fix)
    names = "demand_samples", "demand_probabilities"
    refuse_shared_faults(given, dict(zip(names, table, strict=True)))
    return given, table


def _read_seen(
    function: str, samples: Any, chances: Any, failures: Failures
) -> tuple[Floats, Floats]:
    """Return (n, m) values of the demand and their chances, NaN and 0 behind the last."""
    name = "demand_probabilities"
    if samples is None:
        table = read_rows(function, name, chances, failures)
        check_chances(function, name, table, failures)
        values = np.where(np.isnan(table), np.nan, np.arange(table.shape[1], dtype=np.float64))
        return values, np.nan_to_num(table)
    values = read_rows(function, "demand_samples", samples, failures)
    if chances is None:
        present = ~np.isnan(values)
        return values, present / np.maximum(present.sum(axis=1, keepdims=True), 1)
    table = read_rows(function, name, chances, failures)
    if (np.isnan(table) != np.isnan(values)).any() if table.shape == values.shape else True:
        message, fix = "has other rows than demand_samples", "give a chance for each sample"
        failures.add(function, name, None, None, "shape", message, fix)
        failures.raise_if_any()
    check_chances(function, name, table, failures)
    return values, np.nan_to_num(table)


def _covered(given: Arguments, table: tuple[Floats, Floats] | None) -> Covered:
    """Return the demand that the level must cover."""
    if table is None:
        length = given["lead_time"] + 1
        mean, variance = given["demand_mean"] * length, variance_of(given) * length
        return Covered(given["distribution"], mean, variance)
    values, chances = (for_items(part, given.rows, given.num_items) for part in table)
    order = np.argsort(values, axis=1)
    values, chances = (np.take_along_axis(part, order, 1) for part in (values, chances))
    kept = ~np.isnan(values)
    ends = np.cumsum(kept.sum(axis=1))
    begins = np.concatenate([[0], ends[:-1]]).astype(np.int64)
    seen = EmpiricalDemand(values[kept], chances[kept], begins, ends.astype(np.int64))
    return Covered(np.full(given.num_items, "empirical"), seen.mean, seen.variance, seen)


def _status(given: Arguments, demand: Covered) -> npt.NDArray[np.str_]:
    return status_column(
        given.num_items,
        (ModelStatus.DETERMINISTIC, demand.certain),
        (ModelStatus.EVALUATED, ~np.isnan(given["base_stock_level"])),
        (ModelStatus.NO_DEMAND, demand.mean == 0),
    )
