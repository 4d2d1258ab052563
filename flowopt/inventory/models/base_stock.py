"""The optimal base stock of periodic or continuous review where ordering is free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.inventory.arguments import Arguments
from flowopt.inventory.cycle import CycleDemand
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.models.columns import COUNTED, read, status_column
from flowopt.inventory.models.moments import check_moments, is_counted, variance_of
from flowopt.inventory.models.status import ModelStatus
from flowopt.inventory.search import least_level

TAKEN = ("normal", "poisson", "negative_binomial", "gamma")
"""The distributions that a base stock takes."""


@dataclass(frozen=True)
class BaseStock:
    """Base-stock levels, their cost and their service.

    Parameters
    ----------
    base_stock_level
        (n,) S, units, 0 or more.
    cost
        (n,) expected cost of a period: holding and waiting.
    fill_rate
        (n,) share of the demand that is met on arrival.
    cycle_service_level
        (n,) chance of no stock-out from one arrival to the next.
    status
        (n,) of `ModelStatus`.
    """

    base_stock_level: Any
    cost: Any
    fill_rate: Any
    cycle_service_level: Any
    status: Any


def base_stock(
    holding_cost: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    demand_sd: npt.ArrayLike | None = None,
    lead_time: npt.ArrayLike = 0.0,
    review_period: npt.ArrayLike = 1.0,
    *,
    lead_time_sd: npt.ArrayLike = 0.0,
    distribution: Any = "normal",
    base_stock_level: npt.ArrayLike | None = None,
    on_bad_items: str = "raise",
) -> BaseStock:
    r"""Return the optimal order-up-to level of (R,S) where ordering is free, its cost and service.

    S must last from an order until the next one arrives, and the cost of each period on the way is
    that of a newsvendor:

    .. math::
        g(S) = \frac{1}{R} \sum_{t=1}^{R} \left(h E[(S - D_{L+t})^+] + p E[(D_{L+t} - S)^+]\right)

    and :math:`D_L` under continuous review, where each unit is ordered as it is demanded (Zipkin,
    *Foundations of Inventory Management*, sections 6.2 and 9.4; Snyder & Shen, section 4.3.4).

    Parameters
    ----------
    holding_cost
        h, cost of a unit left over at the end of a period; above 0.
    stockout_cost
        p, cost of a unit that waits at the end of a period; above 0.
    demand_mean
        Mean demand of a period, units; 0 gives S = 0.
    demand_sd
        Standard deviation of the demand of a period, units; None for Poisson demand.
    lead_time
        L, periods.
    review_period
        R, periods, a whole number; 0 for continuous review.
    lead_time_sd
        Standard deviation of the lead time, periods.
    distribution
        ``"normal"``, ``"poisson"``, ``"negative_binomial"`` or ``"gamma"``.
    base_stock_level
        S, units, where its cost and service are asked for; None: the best one.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    BaseStock
        ``base_stock_level`` in units, ``cost`` in money per period, ``fill_rate``,
        ``cycle_service_level`` and ``status``.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, example 4.4; with fewer reviews more stock is held:

    >>> best = base_stock(0.18, 0.70, 50, 8, lead_time=4, review_period=[1, 4, 0])
    >>> best.base_stock_level.round(3).tolist(), best.cost.round(3).tolist()
    ([264.767, 383.798, 213.208], [4.467, 14.949, 3.995])
    """
    given = read(
        "base_stock",
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        demand_mean=demand_mean,
        demand_sd=demand_sd,
        lead_time=lead_time,
        review_period=review_period,
        lead_time_sd=lead_time_sd,
        distribution=distribution,
        base_stock_level=base_stock_level,
    )
    _check(given)
    given = given.sound(on_bad_items)
    mean, wanted = given["demand_mean"], given["base_stock_level"]
    level = np.where(np.isnan(wanted), 0.0, wanted)
    cost, met = given["holding_cost"] * np.maximum(level, 0.0), np.ones_like(level)
    safe = met.copy()
    certain = np.zeros(given.num_items, dtype=np.bool_)
    for rows, demand in _groups(given):
        model = _Levels(demand, given["holding_cost"][rows], given["stockout_cost"][rows])
        found = np.where(np.isnan(wanted[rows]), model.best(), wanted[rows])
        level[rows], cost[rows] = found, model.cost(found)
        met[rows], safe[rows] = model.service(found)
        certain[rows] = demand.protected.variance == 0
    marks = (
        (ModelStatus.DETERMINISTIC, certain),
        (ModelStatus.EVALUATED, ~np.isnan(wanted)),
        (ModelStatus.NO_DEMAND, mean == 0),
    )
    return given.answer(
        BaseStock,
        base_stock_level=level,
        cost=cost,
        fill_rate=met,
        cycle_service_level=safe,
        status=status_column(given.num_items, *marks),
    )


def _check(given: Arguments) -> None:
    """Collect the faults between the arguments."""
    check_moments(given, TAKEN)
    review, level = given["review_period"], given["base_stock_level"]
    message, fix = "is no whole number of periods", "round it; 0 is continuous review"
    given.require("review_period", review == np.floor(review), message, fix)
    whole = np.isnan(level) | (level == np.floor(level))
    message, fix = "is no whole number", "round it: demand is counted"
    given.require("base_stock_level", whole | ~is_counted(given), message, fix)
    alone = (given["lead_time_sd"] > 0) & (given["lead_time"] == 0)
    message, fix = "stands beside a lead_time of 0", "give the mean lead time, or 0 for both"
    given.require("lead_time_sd", ~alone, message, fix)


def _groups(given: Arguments) -> Iterator[tuple[Rows, CycleDemand]]:
    """Yield the items with demand, those of each distribution together."""
    sd = np.sqrt(variance_of(given))
    for kind in TAKEN:
        rows = np.flatnonzero((given["distribution"] == kind) & (given["demand_mean"] > 0))
        if len(rows):
            names = "lead_time", "lead_time_sd", "review_period"
            lead, lead_sd, review = (given[name][rows] for name in names)
            mean = given["demand_mean"][rows]
            yield rows, CycleDemand(kind, mean, sd[rows], lead, lead_sd, review)


class _Levels:
    """The cost of base-stock levels of items of one distribution, and the best ones."""

    def __init__(self, demand: CycleDemand, holding_cost: Floats, stockout_cost: Floats) -> None:
        self.demand, self.holding, self.stockout = demand, holding_cost, stockout_cost
        self.periods = np.maximum(demand.review_period, 1.0)

    def best(self) -> Floats:
        """Return the least levels that are exceeded at the end of few enough periods."""
        allowed = self.holding / (self.holding + self.stockout)
        protected = self.demand.protected
        scale = np.sqrt(protected.variance)
        level = protected.mean.copy()
        rows = np.flatnonzero(scale > 0)
        if not len(rows):
            return self._certain(level)

        def share(chosen: Rows, at: Floats) -> tuple[Floats, Floats]:
            return self._means(rows[chosen], at)[:2]

        counted = self.demand.distribution in COUNTED
        start, spread = protected.mean[rows], scale[rows]
        level[rows] = least_level(share, allowed[rows], start, spread, counted)
        return np.where(scale > 0, level, self._certain(level))

    def _certain(self, level: Floats) -> Floats:
        """Return the best levels where demand and lead time are certain."""
        share = self.stockout / (self.holding + self.stockout)
        ends = np.ceil(self.periods * share - 1e-9)  # of as many periods the end must be met
        length = np.where(self.demand.review_period > 0, np.maximum(ends, 1.0), 0.0)
        return self.demand.mean * (self.demand.lead_time + length)

    def cost(self, level: Floats) -> Floats:
        """Return the cost of a period."""
        _, _, short, mean = self._means(np.arange(len(level)), level)
        return self.holding * (level - mean) + (self.holding + self.stockout) * short

    def service(self, level: Floats) -> tuple[Floats, Floats]:
        """Return the fill rate and the cycle service level."""
        late, early = self.demand.protected.tail(level), self.demand.before_arrival.tail(level)
        reviewed = self.demand.review_period > 0
        per_cycle = self.demand.mean * self.periods
        waiting = early.survival  # under continuous review: a unit finds no stock
        if self.demand.distribution in COUNTED:
            waiting = waiting + early.density
        missed = np.where(reviewed, (late.loss - early.loss) / per_cycle, waiting)
        return np.clip(1 - missed, 0.0, 1.0), 1 - late.survival

    def _means(self, rows: Rows, level: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return, over the ends of periods: chance of more, its slope, units short, demand."""
        whole = self.demand.take(rows)
        sums = [np.zeros(len(rows)) for _ in range(4)]
        periods = self.periods[rows]
        continuous = whole.review_period == 0
        for end in range(1, int(periods.max()) + 1):
            on = np.flatnonzero(periods >= end)
            part = whole.take(on)
            length = part.lead_time + np.where(continuous[on], 0.0, float(end))
            demand = part.from_order_on(length)
            tail = demand.tail(level[on])
            terms = tail.survival, -tail.density, tail.loss, demand.mean
            for column, term in zip(sums, terms, strict=True):
                column[on] += term / periods[on]
        return sums[0], sums[1], sums[2], sums[3]
