"""Demand given by mean and standard deviation: what each distribution asks of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from flowopt.inventory.arguments import Arguments
from flowopt.inventory.cycle import MOST_COUNTED
from flowopt.inventory.distributions import Floats
from flowopt.inventory.models.columns import COUNTED
from flowopt.inventory.replenishment.validation import MOST_DISPERSED

_ROUNDING = 1e-9
MOST_WIDE = 2e6
"""Units from the least to the largest count that a table of counted demand may have."""


def check_moments(given: Arguments, taken: Sequence[str]) -> None:
    """Collect standard deviations that are missing or do not fit the distribution.

    A Poisson demand needs none; a negative binomial has a variance of at least its mean.

    Parameters
    ----------
    given
        Arguments with `demand_mean`, `demand_sd`, `distribution`, `lead_time`.
    taken
        The distributions that the model takes.
    """
    message, fix = "is not taken here", f"take one of {', '.join(taken)}"
    given.require("distribution", np.isin(given["distribution"], taken), message, fix)
    mean, sd, kind = given["demand_mean"], given["demand_sd"], given["distribution"]
    length = given["lead_time"] + 1
    none, poisson = np.isnan(sd), kind == "poisson"
    message, fix = "is empty", "give the standard deviation, or take distribution='poisson'"
    given.require("demand_sd", ~none | poisson | (mean == 0), message, fix)
    message, fix = "stands beside a demand_mean of 0", "give the mean, or 0 for no demand"
    given.require("demand_sd", (mean > 0) | none | (sd == 0), message, fix)
    narrow = (kind == "negative_binomial") & (sd**2 < mean * (1 - _ROUNDING))
    message, fix = "is less than that of a Poisson, √mean", "take poisson, normal or gamma"
    given.require("demand_sd", ~narrow, message, fix)
    vast = np.isin(kind, COUNTED) & (mean * length > MOST_COUNTED)
    message = f"is too much to count: more than {MOST_COUNTED:g} over lead_time + 1"
    given.require("demand_mean", ~vast, message, "take normal or gamma")
    wild = (kind == "negative_binomial") & (sd**2 > MOST_DISPERSED * mean)
    message = "spreads demand too far beyond its mean to set a level for it"
    given.require("demand_sd", ~wild, message, "correct it, or the demand_mean")
    wide = sd * np.sqrt(length) + 3 * sd**2 / np.where(mean > 0, mean, 1.0)  # and its long tail
    message = f"spreads demand over more than {MOST_WIDE:g} units"
    given.require(
        "demand_sd",
        (kind != "negative_binomial") | ~(wide > MOST_WIDE / 20),
        message,
        "take gamma or normal",
    )
    uneven = (kind == "poisson") & ~none & (np.abs(sd**2 - mean) > 0.01 * mean)
    message, fix = "is not that of a Poisson, √mean", "leave it out, or take negative_binomial"
    given.require("demand_sd", ~uneven, message, fix)


def variance_of(given: Arguments) -> Floats:
    """Return (n,) variance of the demand of a period; the mean for Poisson."""
    mean, sd = given["demand_mean"], given["demand_sd"]
    counted = given["distribution"] == "poisson"
    return np.where(counted, mean, np.where(np.isnan(sd), 0.0, sd) ** 2)


def excess_of(mean: Floats, variance: Floats) -> Floats:
    """Return (n,) variance / mean - 1 of counted demand, 0 for Poisson."""
    return np.maximum(variance / np.where(mean > 0, mean, 1.0) - 1, 0.0) * (mean > 0)


def is_counted(given: Arguments) -> npt.NDArray[np.bool_]:
    """Return (n,) whether demand comes in whole units."""
    return np.isin(given["distribution"], COUNTED)
