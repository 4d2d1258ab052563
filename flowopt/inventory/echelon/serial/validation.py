"""What the tables of serial systems must hold together, beyond each cell for itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns
from flowopt.inventory.cycle import MOST_COUNTED

MOST_DISPERSED = 1e6
"""Variance to mean of demand; beyond it, levels drown in rounding."""

WIDEST = 1e5
"""Counts that demand over all lead times may spread over; beyond, a convolution takes too long."""

SPREAD_OF_COUNTS = 16.0
"""Standard deviations over which counts matter, about."""


def check_systems(systems: Columns, num_stages: npt.NDArray[np.int64], failures: Failures) -> None:
    """Collect every fault between the columns of the two tables.

    Parameters
    ----------
    systems
        The table of systems.
    num_stages
        (n,) number of stages of each.
    failures
        The faults of single cells, which take no part here; more are added.
    """
    mean, sd = systems["demand_mean"], systems["demand_sd"]
    kind = systems["distribution"]
    unknown = np.isnan(sd)
    sound = np.full(len(mean), True)
    for failure in failures:
        if failure.table == "systems" and failure.row is not None:
            sound[failure.row] = False

    def collect(column: str, wrong: npt.NDArray[np.bool_], code: str, text: str, fix: str) -> None:
        for row in np.flatnonzero(wrong & sound).tolist():
            value = systems[column][row].item()
            shown = None if value != value else value
            failures.add("systems", column, row, shown, code, text, fix)

    fix = "add its stages to the table stages"
    collect("system", num_stages == 0, "no_stages", "has no stages", fix)
    missing = unknown & (kind != "poisson") & (mean > 0)
    fix = "give it, 0 for certain demand, or the distribution poisson"
    collect("demand_sd", missing, "missing_value", "is empty", fix)
    alone = (mean == 0) & (np.nan_to_num(sd) > 0)
    fix = "give the mean, or 0 for no demand"
    collect("demand_sd", alone, "sd_without_mean", "stands beside a demand_mean of 0", fix)
    variance = sd**2
    differs = (kind == "poisson") & ~unknown & (np.abs(variance - mean) > 1e-6 * (mean + variance))
    fix = "leave it empty, or take the distribution negative_binomial or normal"
    text = "is not the root of the mean, as under Poisson"
    collect("demand_sd", differs, "two_spreads", text, fix)
    narrow = (kind == "negative_binomial") & (variance < mean * (1 - 1e-9)) & (variance > 0)
    fix = "take auto or normal, or correct demand_sd"
    text = "needs a variance of demand of at least its mean"
    collect("distribution", narrow, "underdispersed", text, fix)
    wild = (mean > 0) & (variance > MOST_DISPERSED * np.maximum(mean, mean**2))
    fix = "correct it or the demand_mean"
    collect("demand_sd", wild, "out_of_range", "spreads demand too far beyond its mean", fix)


def too_wide(
    mean: npt.NDArray[np.float64], excess: npt.NDArray[np.float64], length: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Return where counted demand over a time spreads over too many counts, or is too large."""
    spread = SPREAD_OF_COUNTS * np.sqrt(mean * length * (1 + excess)) + 40 * excess
    wide: npt.NDArray[np.bool_] = (spread > WIDEST) | (mean * length > MOST_COUNTED)
    return wide
