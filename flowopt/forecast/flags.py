"""What a planner should know before trusting a forecast; see `flowopt.forecast.status.Flag`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.forecast.status import Flag

if TYPE_CHECKING:
    from flowopt.forecast.classes import Classes
    from flowopt.forecast.result import Past

Mask = npt.NDArray[np.bool_]

_SHORT, _FEW = 12, 4
_LONG_SINCE, _INTERVALS_SINCE = 6, 4
_LEANING = 3.0


def fading(classes: Classes) -> Mask:
    """Return (n,) whether demand may have come to its end."""
    usual = np.where(np.isfinite(classes.interval), classes.interval, np.inf)
    since = classes.since_demand
    return (classes.num_demands > 0) & (since > _INTERVALS_SINCE * usual) & (since >= _LONG_SINCE)


def flags_of(past: Past) -> npt.NDArray[np.str_]:
    """Return (n,) the flags of each item, with ``;`` between them."""
    found = {
        Flag.SHORT_HISTORY: past.history.lengths < _SHORT,
        Flag.FEW_DEMANDS: past.classes.num_demands < _FEW,
        Flag.FADING: fading(past.classes),
        Flag.NEW: _new(past),
        Flag.BIASED: _biased(past),
        Flag.OUTLIER: _outlier(past),
    }
    texts = np.full(past.history.num_items, "", dtype=object)
    for flag, rows in found.items():
        texts[rows] = texts[rows] + np.where(texts[rows] == "", "", ";").astype(object) + str(flag)
    return texts.astype(np.str_)


def _new(past: Past) -> Mask:
    history = past.history
    first = history.first_demand
    return (
        (history.lengths >= _SHORT) & (4 * first >= 3 * history.lengths) & (first < history.lengths)
    )


def _biased(past: Past) -> Mask:
    usual = np.sqrt(past.error_squares)  # that of a sum of errors that lean to no side
    return (past.num_errors >= _SHORT) & (np.abs(past.error_sum) > _LEANING * usual)


def _outlier(past: Past) -> Mask:
    history = past.history
    return (past.classes.num_demands >= _FEW) & (history.largest > history.totals / 2)
