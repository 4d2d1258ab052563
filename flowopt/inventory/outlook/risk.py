r"""The chance of being short in each period, and by how much.

With :math:`D_t` the demand of the periods up to t, and :math:`A_t` what there is to serve it, stock
now and all receipts up to t, there is a stock-out at the end of period t when :math:`D_t > A_t`.
Demand that is short waits, so that period t adds

.. math:: E[(D_t - A_t)^+] - E[(D_{t-1} - A_t)^+]

units short on arrival. Periods err each for itself; with sampled paths, nothing is assumed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from flowopt.inventory.cycle import choose_distribution
from flowopt.inventory.distributions import COUNTED, Floats, demand_of
from flowopt.inventory.outlook.reading import Inputs


class Risk(NamedTuple):
    """What is to be expected, (n, T) each; NaN where nothing is forecast.

    Parameters
    ----------
    stock
        Expected stock at the end of each period less what waits, units.
    probability
        Of a stock-out at the end of each period.
    short
        Units of the period's demand that are short on arrival, expected.
    """

    stock: Floats
    probability: Floats
    short: Floats


def assess(inputs: Inputs) -> Risk:
    """Return what is to be expected of each item in each period."""
    supply = inputs.available[:, None] + np.cumsum(inputs.receipts, axis=1)
    stock = supply - np.cumsum(inputs.mean, axis=1)
    if inputs.paths is not None:
        return Risk(stock, *_by_paths(inputs.paths, supply))
    probability, short = np.full_like(stock, np.nan), np.full_like(stock, np.nan)
    known = ~(np.isnan(inputs.mean) | np.isnan(inputs.sd)).any(axis=1)
    names = distributions(inputs)
    for name in np.unique(names[known]).tolist():
        rows = np.flatnonzero(known & (names == name))
        mean, variance = inputs.mean[rows], inputs.sd[rows] ** 2
        probability[rows], short[rows] = _by_moments(name, mean, variance, supply[rows])
    return Risk(stock, probability, short)


def distributions(inputs: Inputs) -> npt.NDArray[np.str_]:
    """Return (n,) the distribution of each item's demand; auto: by that of a mean period."""
    asked = inputs.stock["distribution"]
    if not inputs.mean.shape[1]:
        return np.where(asked == "auto", "normal", asked)
    mean = np.nan_to_num(inputs.mean.mean(axis=1))
    sd = np.sqrt(np.nan_to_num((inputs.sd**2).mean(axis=1)))
    return np.where(asked == "auto", choose_distribution(mean, sd), asked)


def _by_moments(name: str, mean: Floats, variance: Floats, supply: Floats) -> tuple[Floats, Floats]:
    """Return probability and units short, of items of one distribution."""
    probability, short = np.empty_like(supply), np.empty_like(supply)
    total, spread = np.cumsum(mean, axis=1), np.cumsum(variance, axis=1)
    if name in COUNTED:
        spread = np.maximum(spread, total)  # less than Poisson: taken as Poisson
    nothing = np.zeros(len(supply))
    for t in range(supply.shape[1]):
        level = supply[:, t]
        probability[:, t], after = _beyond(name, total[:, t], spread[:, t], level)
        if t == 0:
            before = np.maximum(-level, nothing)
        else:
            _, before = _beyond(name, total[:, t - 1], spread[:, t - 1], level)
        short[:, t] = np.clip(after - before, 0.0, mean[:, t])
    return probability, short


def _beyond(name: str, mean: Floats, variance: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Return the chance that demand is above a level, and the units expected above it."""
    demand = demand_of(name, mean, variance)
    whole = np.floor(level) if name in COUNTED else level
    tail = demand.tail(whole)
    loss = tail.loss - (level - whole) * tail.survival
    certain = variance == 0
    survival = np.where(certain, (mean > level).astype(np.float64), tail.survival)
    return survival, np.where(certain, np.maximum(mean - level, 0.0), loss)


def _by_paths(paths: Floats, supply: Floats) -> tuple[Floats, Floats]:
    demanded = np.cumsum(paths, axis=2)
    after = np.maximum(demanded - supply[:, None, :], 0.0)
    before = np.maximum(demanded - paths - supply[:, None, :], 0.0)
    probability = np.where(np.isnan(after), np.nan, after > 0).mean(axis=1)
    return probability, (after - before).mean(axis=1)
