"""Demand histories and samples, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.inventory.distributions import Floats
from flowopt.inventory.replenishment.spec import LARGEST

_MOST_SHOWN = 1000


def read_history(demand: npt.ArrayLike | None, failures: Failures, place: str) -> Floats | None:
    """Return a history as (n, T) floats, faults collected.

    Parameters
    ----------
    demand
        (T,) or (n, T); None for none.
    failures
        Where faults are collected.
    place
        Name of the function, for the failures.
    """
    if demand is None:
        return None
    try:
        values = np.asarray(demand, dtype=np.float64)
    except (TypeError, ValueError):
        fix = "give numbers, one row an item, one column a period"
        failures.add(place, "demand", None, None, "wrong_type", "cannot be read", fix)
        return None
    if values.ndim not in (1, 2) or values.size == 0:
        fix = "give (T,) or (n, T) units, of one period at least"
        failures.add(place, "demand", None, None, "empty", f"has the shape {values.shape}", fix)
        return None
    table = np.atleast_2d(values)
    check_cells(table, failures, place, "demand")
    return table


def check_cells(table: Floats, failures: Failures, place: str, column: str) -> None:
    """Collect the cells of a history that are no demand: negative, NaN or endless."""
    faulty = ~((table >= 0) & (table <= LARGEST))
    if not faulty.any():
        return
    fix = f"write 0 or more, up to {LARGEST:g}; 0 where nothing was demanded"
    for row, period in np.argwhere(faulty)[:_MOST_SHOWN].tolist():
        value = float(table[row, period])
        code = "negative" if value < 0 else "not_finite"
        message = f"in period {period} is no demand"
        failures.add(place, column, row, value, code, message, fix)


def read_samples(
    samples: Sequence[Any] | None, failures: Failures, place: str
) -> list[Floats] | None:
    """Return the samples of each item as floats, faults collected.

    Parameters
    ----------
    samples
        A list of samples for one item, or a list of such lists; None for none.
    failures
        Where faults are collected.
    place
        Name of the function, for the failures.
    """
    if samples is None:
        return None
    fix = "give for each item a list of units, 0 or more"
    try:
        single = len(samples) > 0 and all(np.ndim(part) == 0 for part in samples)
        parts = [samples] if single else samples
        columns = [np.array(part, dtype=np.float64).reshape(-1) for part in parts]
    except (TypeError, ValueError):
        failures.add(place, "samples", None, None, "wrong_type", "cannot be read", fix)
        return None
    if not columns:
        failures.add(place, "samples", None, None, "empty", "has no items", fix)
    for row, column in enumerate(columns):
        if not len(column):
            failures.add(place, "samples", row, None, "empty", "has no sample", fix)
        check_cells(column[None, :], failures, place, "samples")
    return columns
