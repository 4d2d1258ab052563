"""The textbook functions of replenishment policies: levels for a target, service of a level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.tables import Columns
from flowopt.inventory.arguments import Arguments, read_arguments
from flowopt.inventory.cycle import CycleDemand, choose_distribution
from flowopt.inventory.distributions import COUNTED, Floats, Rows
from flowopt.inventory.levels import least_levels
from flowopt.inventory.performance import Performance, batch_performance, periodic_performance
from flowopt.inventory.renewal import renewals
from flowopt.inventory.replenishment.spec import ITEMS
from flowopt.inventory.replenishment.validation import Rules


def periodic_order_up_to(
    demand_mean: npt.ArrayLike,
    demand_sd: npt.ArrayLike,
    lead_time: npt.ArrayLike,
    review_period: npt.ArrayLike = 1.0,
    *,
    fill_rate: npt.ArrayLike | None = None,
    cycle_service_level: npt.ArrayLike | None = None,
    distribution: Any = "normal",
    lead_time_sd: npt.ArrayLike = 0.0,
) -> Any:
    r"""Return the least order-up-to level S of the policy (R,S) that meets a target.

    Demand :math:`D_t` of :math:`t` periods has mean :math:`\mu t` and variance
    :math:`\sigma^2 t + \mu^2 \sigma_L^2`. A level S has the fill rate
    :math:`1 - (E[(D_{L+R}-S)^+] - E[(D_L-S)^+]) / \mu R` and the cycle service level
    :math:`P(D_{L+R} \le S)` (Silver, Pyke & Thomas, *Inventory and Production Management in
    Supply Chains*, section 6.9).

    Parameters
    ----------
    demand_mean
        μ, mean demand of a period, units; 0 gives S = 0.
    demand_sd
        σ, standard deviation of the demand of a period, units; 0 gives the demand of L + R.
    lead_time
        L, periods.
    review_period
        R, periods, above 0.
    fill_rate
        Target: share of demand to be met from stock.
    cycle_service_level
        Target: probability of no stock-out in a review cycle. Exactly one of the two is given.
    distribution
        ``"normal"``, ``"gamma"``, ``"poisson"`` (whose standard deviation is known),
        ``"negative_binomial"`` or ``"auto"`` (see `choose_distribution`).
    lead_time_sd
        :math:`\sigma_L`, standard deviation of the lead time, periods.

    Returns
    -------
    numpy.ndarray or float
        S, units; a whole number under the negative binomial.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    A newsvendor orders for a critical ratio of 0.7 / (0.7 + 0.18) (Snyder & Shen, example 4.3):

    >>> round(periodic_order_up_to(50, 8, 0, cycle_service_level=0.7 / 0.88), 4)
    56.604

    >>> periodic_order_up_to([10, 100], [4, 20], lead_time=2, fill_rate=0.95).round(2).tolist()
    [37.43, 324.04]
    """
    given = _read(
        "periodic_order_up_to",
        policy="rs",
        demand_mean=demand_mean,
        demand_sd=demand_sd,
        lead_time=lead_time,
        review_period=review_period,
        fill_rate=fill_rate,
        cycle_service_level=cycle_service_level,
        distribution=distribution,
        lead_time_sd=lead_time_sd,
    )
    level = np.zeros(len(given["demand_mean"]))
    for rows, demand in _groups(given):
        targets = given["fill_rate"][rows], given["cycle_service_level"][rows]
        level[rows] = least_levels(demand, *targets)
    return given.shaped(level)


def reorder_point(
    demand_mean: npt.ArrayLike,
    demand_sd: npt.ArrayLike,
    lead_time: npt.ArrayLike,
    order_quantity: npt.ArrayLike,
    review_period: npt.ArrayLike = 1.0,
    *,
    fill_rate: npt.ArrayLike | None = None,
    cycle_service_level: npt.ArrayLike | None = None,
    distribution: Any = "normal",
    lead_time_sd: npt.ArrayLike = 0.0,
) -> Any:
    r"""Return the least reorder point of the policy (r,Q) that meets a target.

    A review that finds the inventory position at or below the reorder point orders the least
    multiple of Q that lifts it above. The position after a review is then uniform over the Q above
    the reorder point, so the fill rate is the mean of that of (R,S) over these levels, without
    neglecting how far the position undershoots (Zipkin, *Foundations of Inventory Management*,
    section 6.2.3; Johansen & Thorstenson 1998). Under continuous review (R = 0) customers are
    taken to buy one unit at a time, so nothing undershoots: the fill rate is
    :math:`1 - (E[(D_L-r)^+] - E[(D_L-r-Q)^+]) / Q`. The cycle service level is that of the cycle
    with the least cover, :math:`P(D_{L+R} \le r)`.

    Parameters
    ----------
    demand_mean
        μ, mean demand of a period, units; 0 gives -1.
    demand_sd
        σ, standard deviation of the demand of a period, units; 0 gives the demand of L + R.
    lead_time
        L, periods.
    order_quantity
        Q, units; a whole number under the negative binomial.
    review_period
        R, periods; 0 for continuous review.
    fill_rate
        Target: share of demand to be met from stock.
    cycle_service_level
        Target: probability of no stock-out in a cycle. Exactly one of the two is given.
    distribution
        ``"normal"``, ``"gamma"``, ``"poisson"`` (whose standard deviation is known),
        ``"negative_binomial"`` or ``"auto"`` (see `choose_distribution`).
    lead_time_sd
        :math:`\sigma_L`, standard deviation of the lead time, periods.

    Returns
    -------
    numpy.ndarray or float
        The reorder point, units, not below 0 where there is demand.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    The larger the orders, the more rarely stock is near its end:

    >>> reorder_point(10, 4, 3, [10, 50, 200], 0, fill_rate=0.98).round(2).tolist()
    [40.39, 34.81, 27.8]
    """
    given = _read(
        "reorder_point",
        policy="rq",
        demand_mean=demand_mean,
        demand_sd=demand_sd,
        lead_time=lead_time,
        order_quantity=order_quantity,
        review_period=review_period,
        fill_rate=fill_rate,
        cycle_service_level=cycle_service_level,
        distribution=distribution,
        lead_time_sd=lead_time_sd,
    )
    _require_whole(given, "order_quantity")
    level = np.full(len(given["demand_mean"]), -1.0)
    for rows, demand in _groups(given):
        targets = given["fill_rate"][rows], given["cycle_service_level"][rows]
        level[rows] = least_levels(demand, *targets, given["order_quantity"][rows])
    return given.shaped(level)


def periodic_reorder_point(
    demand_mean: npt.ArrayLike,
    demand_sd: npt.ArrayLike,
    lead_time: npt.ArrayLike,
    order_quantity: npt.ArrayLike,
    review_period: npt.ArrayLike = 1.0,
    *,
    fill_rate: npt.ArrayLike | None = None,
    cycle_service_level: npt.ArrayLike | None = None,
    distribution: Any = "normal",
    lead_time_sd: npt.ArrayLike = 0.0,
) -> Any:
    r"""Return the least reorder point s of the policy (R,s,S) that meets a target.

    A review that finds the inventory position at or below s orders up to S. The fill rate is the
    mean of that of (R,S) over the positions that reviews leave, which are visited as often as the
    sums of demands between reviews come by them (Silver, Pyke & Thomas, *Inventory and Production
    Management in Supply Chains*, section 7.5): exact for whole units, on a grid of 64 steps else.

    Parameters
    ----------
    demand_mean
        μ, mean demand of a period, units; 0 gives -1.
    demand_sd
        σ, standard deviation of the demand of a period, units.
    lead_time
        L, periods.
    order_quantity
        S - s, the least that is ordered, units; a whole number where demand is counted.
    review_period
        R, periods, above 0.
    fill_rate
        Target: share of demand to be met from stock.
    cycle_service_level
        Target: probability of no stock-out in the cycle with the least cover. Exactly one of the
        two is given.
    distribution
        ``"normal"``, ``"gamma"``, ``"poisson"``, ``"negative_binomial"`` or ``"auto"``.
    lead_time_sd
        :math:`\sigma_L`, standard deviation of the lead time, periods.

    Returns
    -------
    numpy.ndarray or float
        s, units, not below 0 where there is demand; S is `order_quantity` more.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    >>> periodic_reorder_point(4, 3, 3, [1, 20, 60], fill_rate=0.95,
    ...                        distribution="negative_binomial").tolist()
    [25.0, 18.0, 14.0]
    """
    given = _read(
        "periodic_reorder_point",
        policy="rss",
        demand_mean=demand_mean,
        demand_sd=demand_sd,
        lead_time=lead_time,
        order_quantity=order_quantity,
        review_period=review_period,
        fill_rate=fill_rate,
        cycle_service_level=cycle_service_level,
        distribution=distribution,
        lead_time_sd=lead_time_sd,
    )
    _require_whole(given, "order_quantity")
    level = np.full(len(given["demand_mean"]), -1.0)
    for rows, demand in _groups(given):
        targets = given["fill_rate"][rows], given["cycle_service_level"][rows]
        width = given["order_quantity"][rows]
        found = renewals(demand.between_reviews, width, demand.counted)
        level[rows] = least_levels(demand, *targets, width, found)
    return given.shaped(level)


def order_up_to_performance(
    order_up_to_level: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    demand_sd: npt.ArrayLike,
    lead_time: npt.ArrayLike,
    review_period: npt.ArrayLike = 1.0,
    *,
    distribution: Any = "normal",
    lead_time_sd: npt.ArrayLike = 0.0,
) -> Performance:
    """Return the service, stock and orders of a given policy (R,S).

    Parameters
    ----------
    order_up_to_level
        S, units; a whole number under the negative binomial.
    demand_mean
        Mean demand of a period, units.
    demand_sd
        Standard deviation of the demand of a period, units.
    lead_time
        L, periods.
    review_period
        R, periods, above 0.
    distribution
        ``"normal"``, ``"gamma"``, ``"poisson"`` (whose standard deviation is known),
        ``"negative_binomial"`` or ``"auto"`` (see `choose_distribution`).
    lead_time_sd
        Standard deviation of the lead time, periods.

    Returns
    -------
    Performance
        Fill rate, cycle service level, average stock and orders per period.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    >>> now = order_up_to_performance([30, 40], 10, 4, 2)
    >>> now.fill_rate.round(4).tolist(), now.average_stock.round(2).tolist()
    ([0.7324, 0.977], [2.76, 10.23])
    """
    given = _read(
        "order_up_to_performance",
        policy="rs",
        order_up_to_level=order_up_to_level,
        demand_mean=demand_mean,
        demand_sd=demand_sd,
        lead_time=lead_time,
        review_period=review_period,
        distribution=distribution,
        lead_time_sd=lead_time_sd,
    )
    _require_whole(given, "order_up_to_level")
    level = given["order_up_to_level"]
    parts = [(rows, periodic_performance(demand, level[rows])) for rows, demand in _groups(given)]
    return _joined(given, parts, level)


def reorder_point_performance(
    reorder_point: npt.ArrayLike,
    order_quantity: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    demand_sd: npt.ArrayLike,
    lead_time: npt.ArrayLike,
    review_period: npt.ArrayLike = 1.0,
    *,
    distribution: Any = "normal",
    lead_time_sd: npt.ArrayLike = 0.0,
) -> Performance:
    """Return the service, stock and orders of a given policy (r,Q).

    Parameters
    ----------
    reorder_point
        r, units; a whole number under the negative binomial.
    order_quantity
        Q, units; a whole number under the negative binomial.
    demand_mean
        Mean demand of a period, units.
    demand_sd
        Standard deviation of the demand of a period, units.
    lead_time
        L, periods.
    review_period
        R, periods; 0 for continuous review.
    distribution
        ``"normal"``, ``"gamma"``, ``"poisson"`` (whose standard deviation is known),
        ``"negative_binomial"`` or ``"auto"`` (see `choose_distribution`).
    lead_time_sd
        Standard deviation of the lead time, periods.

    Returns
    -------
    Performance
        Fill rate, cycle service level, average stock and orders per period.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Under certain demand and continuous review, half of Q is on hand on average:

    >>> now = reorder_point_performance(20, 50, 10, 0, 2, 0)
    >>> now.fill_rate, now.average_stock, now.orders_per_period
    (1.0, 25.0, 0.2)
    """
    given = _read(
        "reorder_point_performance",
        policy="rq",
        reorder_point=reorder_point,
        order_quantity=order_quantity,
        demand_mean=demand_mean,
        demand_sd=demand_sd,
        lead_time=lead_time,
        review_period=review_period,
        distribution=distribution,
        lead_time_sd=lead_time_sd,
    )
    _require_whole(given, "order_quantity")
    _require_whole(given, "reorder_point")
    level, batch = given["reorder_point"], given["order_quantity"]
    parts = [
        (rows, batch_performance(demand, level[rows], batch[rows]))
        for rows, demand in _groups(given)
    ]
    return _joined(given, parts, level)


_DISTRIBUTIONS = ("normal", "gamma", "poisson", "negative_binomial")


def _read(function: str, *, policy: str, **values: Any) -> Arguments:
    """Return the arguments, valid each for itself and together."""
    given = read_arguments(function, **values)
    rules = Rules(_as_items(given, policy), given.failures)
    if "fill_rate" in values:
        rules.check_targets()
    rules.check_demand()
    rules.check_times()
    known = given["distribution"] != "empirical"
    wanting = "has no samples here", "use ReplenishmentProblem with demand_samples"
    given.require("distribution", known, *wanting)
    if "order_quantity" in values:
        wanting = "is empty", "give the order quantity, e.g. of economic_order_quantity"
        given.require("order_quantity", ~np.isnan(given["order_quantity"]), *wanting)
    given.failures.raise_if_any()
    return given


def _as_items(given: Arguments, policy: str) -> Columns:
    """Return the arguments as a table of items, so that the same rules read them."""
    num_items = len(given["demand_mean"])
    defaults = {
        column.name: np.full(num_items, column.default)
        for column in ITEMS.columns
        if not column.required
    }
    spec = replace(ITEMS, name=given.function)
    return Columns(spec, {**defaults, **given.columns, "policy": np.full(num_items, policy)})


def _require_whole(given: Arguments, name: str) -> None:
    """Raise where counted demand meets a level or quantity that is no whole number."""
    counted = np.isin(given["distribution"], COUNTED)
    whole = given[name] == np.floor(given[name])
    given.require(name, ~counted | whole, "is no whole number", "round it: demand is counted")
    given.failures.raise_if_any()


def _groups(given: Arguments) -> Iterator[tuple[Rows, CycleDemand]]:
    """Yield the items that have demand, those of each distribution together."""
    mean, sd, lead_sd = given["demand_mean"], given["demand_sd"], given["lead_time_sd"]
    chosen = choose_distribution(mean, sd, given["lead_time"] + given["review_period"], lead_sd)
    for name in ("order_up_to_level", "reorder_point", "order_quantity"):
        if name in given.columns:  # a broken quantity is a sign of continuous demand
            chosen = np.where(given[name] == np.floor(given[name]), chosen, "normal")
    kind = np.where(given["distribution"] == "auto", chosen, given["distribution"])
    sd = np.where(kind == "poisson", np.sqrt(mean), sd)  # whatever was given
    certain = sd**2 * (given["lead_time"] + given["review_period"]) + (mean * lead_sd) ** 2 == 0
    kind = np.where(certain, "normal", kind)
    for distribution in _DISTRIBUTIONS:
        rows = np.flatnonzero((kind == distribution) & (mean > 0))
        if len(rows):
            lead, review = given["lead_time"][rows], given["review_period"][rows]
            yield rows, CycleDemand(distribution, mean[rows], sd[rows], lead, lead_sd[rows], review)


def _joined(given: Arguments, parts: list[tuple[Rows, Performance]], level: Floats) -> Performance:
    """Return the performance of all items; without demand, stock stays and nobody is refused."""
    whole = Performance(
        np.ones_like(level),
        np.ones_like(level),
        np.maximum(level, 0.0),
        np.zeros_like(level),
        np.zeros_like(level),
    )
    for rows, part in parts:
        for name, column in vars(part).items():
            getattr(whole, name)[rows] = column
    return Performance(**{name: given.shaped(column) for name, column in vars(whole).items()})
