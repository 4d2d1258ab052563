"""The least levels of the policies that meet a service target."""

from __future__ import annotations

import numpy as np
from scipy import special

from flowopt.inventory.cycle import CycleDemand
from flowopt.inventory.distributions import (
    CountDemand,
    EmpiricalDemand,
    Floats,
    NormalDemand,
    Rows,
)
from flowopt.inventory.positions import Layer, pieces
from flowopt.inventory.renewal import Renewals
from flowopt.inventory.search import Shortage, least_level

NARROW = 1 / 32
"""Span of real positions, in standard deviations of demand, that is as good as its middle."""

MANY = 500
"""Items from which on the compiled kernel is worth loading."""


def least_levels(
    demand: CycleDemand,
    fill_rate: Floats,
    cycle_service_level: Floats,
    quantity: Floats | None = None,
    renewals: Renewals | None = None,
    layers: list[Layer] | None = None,
) -> Floats:
    """Return S of the policy (R,S), or the reorder point of (r,Q) where there is a quantity.

    Where demand and lead time are certain, it is the demand of the protection interval.

    Parameters
    ----------
    demand
        Demand of (n,) items.
    fill_rate
        (n,) target, NaN where the other is meant.
    cycle_service_level
        (n,) target.
    quantity
        (n,) Q of the policy (r,Q), S - s of (R,s,S); None for (R,S).
    renewals
        Where reviews leave the position of (R,s,S); None for the others.
    layers
        Where they leave that of (R,S) at S = 0; None where that is S always.
    """
    level = demand.protected.mean.copy()
    random = demand.protected.variance > 0
    by_fill = random & ~np.isnan(fill_rate)
    rows = np.flatnonzero(random & ~by_fill)
    if len(rows):
        level[rows] = least_level_for_cycles(demand.take(rows), cycle_service_level[rows])
    rows = np.flatnonzero(by_fill)
    if not len(rows):
        return level
    part, target = demand.take(rows), fill_rate[rows]
    if quantity is None:
        above = None if layers is None else [layer.take(rows) for layer in layers]
        level[rows] = least_order_up_to(part, target, above)
    elif renewals is None:
        level[rows] = least_reorder_point(part, quantity[rows], target)
    else:
        level[rows] = least_trigger(part, quantity[rows], renewals.take(rows), target)
    return level


def least_order_up_to(
    demand: CycleDemand, fill_rate: Floats, layers: list[Layer] | None = None
) -> Floats:
    """Return the least S of the policy (R,S) for a fill rate.

    Parameters
    ----------
    demand
        Demand of (n,) items.
    fill_rate
        (n,) target.
    layers
        Where reviews leave the position at S = 0; None where that is S always.
    """
    counted = _counted_order_up_to(demand, fill_rate, layers)
    rows = np.flatnonzero(np.isnan(counted))
    part, target = demand.take(rows), fill_rate[rows]
    shortage = _periodic_shortage(part)
    if layers is not None:
        shortage = layered_shortage(part, [layer.take(rows) for layer in layers])
    counted[rows] = least_level(
        shortage, 1 - target, _guess(part, target), _scale(part), part.counted
    )
    return counted


def _counted_order_up_to(
    demand: CycleDemand, fill_rate: Floats, layers: list[Layer] | None
) -> Floats:
    """Return the levels that the compiled kernel can tell: those whose position is S always."""
    level = _counted_levels(demand, fill_rate, np.zeros_like(fill_rate))
    if layers is not None:
        level[(layers[0].weight < 1) | (layers[0].span > 0)] = np.nan
    return level


def least_reorder_point(demand: CycleDemand, quantity: Floats, fill_rate: Floats) -> Floats:
    """Return the least reorder point, 0 or more, of the policy (r,Q) for a fill rate."""
    counted = _counted_levels(demand, fill_rate, quantity)
    rows = np.flatnonzero(np.isnan(counted))
    part, target, batch = demand.take(rows), fill_rate[rows], quantity[rows]
    counted[rows] = least_level(
        batch_shortage(part, batch),
        1 - target,
        np.maximum(_guess(part, target) - batch / 2, 0.0),
        _scale(part),
        part.counted,
    )
    return counted


def _counted_levels(demand: CycleDemand, fill_rate: Floats, quantity: Floats) -> Floats:
    """Return the levels of many items that the compiled kernel can tell; NaN for the others."""
    lead, protected = demand.before_arrival, demand.protected
    many = len(fill_rate) >= MANY
    if not (many and isinstance(lead, CountDemand) and isinstance(protected, CountDemand)):
        return np.full(len(fill_rate), np.nan)
    from flowopt.inventory.kernels.fill_rate import least_levels_for_fill

    moments = lead.mean, lead.excess, protected.mean, protected.excess
    columns = (*moments, demand.mean * demand.review_period, 1 - fill_rate, quantity)
    a, b, c, d, e, f, g = (np.array(column, dtype=np.float64) for column in columns)
    return least_levels_for_fill(a, b, c, d, e, f, g)


def least_trigger(
    demand: CycleDemand, width: Floats, renewals: Renewals, fill_rate: Floats
) -> Floats:
    """Return the least reorder point, 0 or more, of the policy (R,s,S) for a fill rate."""
    return least_level(
        renewal_shortage(demand, width, renewals),
        1 - fill_rate,
        np.maximum(_guess(demand, fill_rate) - width / 2, 0.0),
        _scale(demand),
        demand.counted,
    )


def least_level_for_cycles(demand: CycleDemand, cycle_service_level: Floats) -> Floats:
    """Return the least level that demand exceeds in few enough protection intervals.

    It is S of the policy (R,S) and the reorder point of (r,Q): the quantile of demand.
    """
    protected = demand.protected
    if isinstance(protected, EmpiricalDemand):
        return protected.quantile(cycle_service_level)
    if isinstance(protected, NormalDemand):
        z = special.ndtri(cycle_service_level)
        level: Floats = np.maximum(protected.mean + z * np.sqrt(protected.variance), 0.0)
        return level

    def shortage(rows: Rows, level: Floats) -> tuple[Floats, Floats]:
        tail = protected.take(rows).tail(level)
        return tail.survival, -tail.density

    guess = _guess(demand, cycle_service_level)
    return least_level(shortage, 1 - cycle_service_level, guess, _scale(demand), demand.counted)


def _periodic_shortage(demand: CycleDemand) -> Shortage:
    """Return the shortage of (R,S): units short in a review cycle, as a share of its demand.

    From the arrival of one order to that of the next, stock falls short of
    :math:`E[(D_{L+R}-S)^+] - E[(D_L-S)^+]` units (Silver, Pyke & Thomas, *Inventory and
    Production Management in Supply Chains*, section 6.9; exact while demand is backordered).
    """
    per_cycle = demand.mean * demand.review_period

    def shortage(rows: Rows, level: Floats) -> tuple[Floats, Floats]:
        late = demand.protected.take(rows).tail(level)
        early = demand.before_arrival.take(rows).tail(level)
        share = per_cycle[rows]
        return (late.loss - early.loss) / share, (early.survival - late.survival) / share

    return shortage


def batch_shortage(demand: CycleDemand, quantity: Floats) -> Shortage:
    """Return the shortage of (r,Q), the mean of that of (R,S) over the levels r to r + Q.

    After a review the inventory position is uniform above r and up to r + Q (Zipkin, *Foundations
    of Inventory Management*, section 6.2.3), so no overshoot or undershoot is neglected. Under
    continuous review, the units short are :math:`(G^1(r) - G^1(r+Q)) / Q` of those demanded,
    where customers take one unit at a time.
    """

    def shortage(rows: Rows, level: Floats) -> tuple[Floats, Floats]:
        return _short_over_span(demand, rows, level, quantity[rows])

    return shortage


def _short_over_span(
    demand: CycleDemand, rows: Rows, level: Floats, span: Floats
) -> tuple[Floats, Floats]:
    """Return the shortage of rows whose positions are uniform above a level, and its slope."""
    share = (demand.mean * demand.review_period)[rows]
    lead = demand.before_arrival.take(rows)
    early = lead.over_span(level, span)
    continuous = share == 0
    late = demand.protected.take(rows).over_span(level, span)
    safe = np.where(continuous, 1.0, share)
    short, slope = (late.loss - early.loss) / safe, (early.survival - late.survival) / safe
    if continuous.any():
        ends = lead.tail(level + span).survival - lead.tail(level).survival
        short = np.where(continuous, early.survival, short)
        slope = np.where(continuous, ends / span, slope)
    return short, slope


def layered_shortage(demand: CycleDemand, layers: list[Layer]) -> Shortage:
    """Return the shortage of (R,S): the mean of that at S over where reviews leave the position.

    Parameters
    ----------
    demand
        Demand of (n,) items.
    layers
        Where reviews leave the position at S = 0, (n,) each.
    """
    at_point = _periodic_shortage(demand)
    narrow = np.sqrt(demand.protected.variance) * NARROW
    if demand.counted:
        narrow = np.ones_like(narrow)  # a single unit

    def shortage(rows: Rows, level: Floats) -> tuple[Floats, Floats]:
        totals = np.zeros(len(rows)), np.zeros(len(rows))
        for place, weight, base, span in pieces(layers, rows):
            item, start = rows[place], level[place] + base
            point = span <= narrow[item]
            found = np.empty((2, len(place)))
            middle = start + np.where(span > 0, (span + demand.counted) / 2, 0.0)
            found[:, point] = at_point(item[point], middle[point])
            spread = item[~point], start[~point], span[~point]
            found[:, ~point] = _short_over_span(demand, *spread)
            for total, figure in zip(totals, found, strict=True):
                total += np.bincount(place, weight * figure, len(rows))
        return totals

    return shortage


def renewal_shortage(demand: CycleDemand, width: Floats, renewals: Renewals) -> Shortage:
    """Return the shortage of (R,s,S) at s: the mean of that of (R,S) over its positions."""
    of_position = _periodic_shortage(demand)

    def shortage(rows: Rows, level: Floats) -> tuple[Floats, Floats]:
        def at(item: Rows, position: Floats) -> tuple[Floats, Floats]:
            return of_position(rows[item], position)

        return renewals.mean_over(rows, level + width[rows], at)

    return shortage


def _guess(demand: CycleDemand, share: Floats) -> Floats:
    """Return a quantile of demand over the protection interval, corrected for its skewness."""
    protected = demand.protected
    sd = np.sqrt(protected.variance)
    z = special.ndtri(share)
    quantile = protected.mean + sd * z
    if demand.counted:  # sd > 0 and mean > 0, or there would be nothing to search for
        skewness = (2 * protected.variance / protected.mean - 1) / sd
        quantile += sd * (z * z - 1) * skewness / 6
    elif demand.distribution == "gamma":
        quantile += sd * (z * z - 1) * (2 * sd / protected.mean) / 6
    return np.asarray(np.maximum(quantile, 0.0))


def _scale(demand: CycleDemand) -> Floats:
    return np.sqrt(demand.protected.variance)
