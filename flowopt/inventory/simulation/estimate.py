"""From what happened in blocks of periods to figures and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from flowopt.inventory.distributions import Floats
from flowopt.inventory.simulation.kernels import single as k

FIGURES = (
    "fill_rate",
    "cycle_service_level",
    "order_cycle_service_level",
    "ready_rate",
    "average_stock",
    "average_backorders",
    "orders_per_period",
    "cost_per_period",
)
"""The figures of an item, as they are called everywhere."""

_SHARES = FIGURES[:4]


@dataclass(frozen=True)
class Estimates:
    """The figures of (n,) items.

    Parameters
    ----------
    value, half_width
        Figure → (n,) estimate, and half the length of its confidence interval; NaN where unknown.
    demand
        (n,) mean demand of a period.
    periods
        (n,) number of periods that count, over all replications.
    """

    value: dict[str, Floats]
    half_width: dict[str, Floats]
    demand: Floats
    periods: Floats


def estimated(sums: Floats, costs: Floats, num_independent: Floats, confidence: float) -> Estimates:
    """Return the figures of items, with intervals from the spread between blocks.

    Blocks are replications, or parts of them long enough to be all but independent (the method of
    batch means; Law, *Simulation Modeling and Analysis*, section 9.5.3). Each figure is a ratio of
    two sums, its variance that of the linearised ratio. Where no cycle was short, or all were,
    there is no spread: see `never_seen`.

    Parameters
    ----------
    sums
        (n, B, 12) what happened in each block; B a power of two, or replications.
    costs
        (n, 12) cost of a unit of each.
    num_independent
        (n,) number of blocks that may be told apart: B, or a power of two below, for which
        neighbours are joined.
    confidence
        Of the intervals.
    """
    total = sums.sum(axis=1)
    spent = np.einsum("nbf,nf->nb", sums, costs)
    parts = {
        "fill_rate": (sums[..., k.DEMAND] - sums[..., k.SHORT], sums[..., k.DEMAND]),
        "cycle_service_level": (sums[..., k.CLEAN], sums[..., k.CYCLES]),
        "order_cycle_service_level": (sums[..., k.CLEAN_ORDERS], sums[..., k.ORDER_CYCLES]),
        "ready_rate": (sums[..., k.READY], sums[..., k.PERIODS]),
        "average_stock": (sums[..., k.STOCK], sums[..., k.PERIODS]),
        "average_backorders": (sums[..., k.BACKORDERS], sums[..., k.PERIODS]),
        "orders_per_period": (sums[..., k.ORDERS], sums[..., k.PERIODS]),
        "cost_per_period": (spent, sums[..., k.PERIODS]),
    }
    value, half_width = {}, {}
    for name, (part, whole) in parts.items():
        value[name], half_width[name] = ratio_of(part, whole, num_independent, confidence)
        if name in _SHARES:
            value[name] = np.clip(value[name], 0.0, 1.0)
            unseen = (value[name] == 0) | (value[name] == 1)
            widest = never_seen(total[:, k.CYCLES], confidence)
            half_width[name] = np.where(
                unseen, np.maximum(half_width[name], widest), half_width[name]
            )
    periods = total[:, k.PERIODS]
    demand = total[:, k.DEMAND] / np.maximum(periods, 1.0)
    return Estimates(value, half_width, demand, periods)


def never_seen(trials: Floats, confidence: float) -> Floats:
    """Return the largest chance of what was never seen: about 3 / n at 95 % (the rule of three).

    It is the one-sided limit of Clopper and Pearson (Hanley & Lippman-Hand: If nothing goes wrong,
    is everything all right?, JAMA 249, 1983).

    Parameters
    ----------
    trials
        How often it was looked for.
    confidence
        Of the limit.

    Examples
    --------
    >>> never_seen(np.array([100.0]), 0.95).round(4)
    array([0.0295])
    """
    return np.asarray(-np.expm1(np.log1p(-confidence) / np.maximum(trials, 1.0)))


def ratio_of(
    part: Floats, whole: Floats, num_independent: Floats, confidence: float
) -> tuple[Floats, Floats]:
    """Return the ratio of two sums, and half its confidence interval.

    Parameters
    ----------
    part, whole
        (n, B) what is divided by what, block by block.
    num_independent, confidence
        See `estimated`.
    """
    base = whole.sum(axis=1)
    some = base > 0
    safe = np.where(some, base, 1.0)
    ratio = np.where(some, part.sum(axis=1) / safe, np.nan)
    error = part - ratio[:, None] * whole
    half = np.full(len(ratio), np.nan)
    for count in np.unique(num_independent[num_independent >= 2]).astype(int):
        rows = np.flatnonzero(num_independent == count)
        joined = error[rows].reshape(len(rows), count, -1).sum(axis=2)
        spread = np.sqrt((joined**2).sum(axis=1) * count / (count - 1)) / safe[rows]
        half[rows] = special.stdtrit(count - 1, (1 + confidence) / 2) * spread
    return ratio, half


def joined(parts: list[Estimates]) -> Estimates:
    """Return the figures of several groups of items as one."""

    def column(name: str, of: str) -> Floats:
        return np.concatenate([getattr(part, of)[name] for part in parts])

    return Estimates(
        {name: column(name, "value") for name in FIGURES},
        {name: column(name, "half_width") for name in FIGURES},
        np.concatenate([part.demand for part in parts]),
        np.concatenate([part.periods for part in parts]),
    )
