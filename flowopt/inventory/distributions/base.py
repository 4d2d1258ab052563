"""What every distribution of demand gives, and the types that its columns have."""

from __future__ import annotations

from typing import NamedTuple, Protocol, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

NOTHING = 1e-100
"""A smaller mean or spread is none: its ratios would overflow."""


class Tail(NamedTuple):
    """What lies above a level: see the module."""

    density: Floats
    survival: Floats
    loss: Floats
    second_loss: Floats


class Span(NamedTuple):
    """Means over the levels of a span: of the survival and of the loss."""

    survival: Floats
    loss: Floats


class Demand(Protocol):
    """Demand over an interval, one row an item."""

    @property
    def mean(self) -> Floats:
        """Expected demand."""

    @property
    def variance(self) -> Floats:
        """Variance of demand."""

    def tail(self, level: Floats) -> Tail:
        """Return what lies above a level."""

    def over_span(self, level: Floats, length: Floats) -> Span:
        """Return means over the levels from `level` (not itself, when counted) to `length` more."""

    def take(self, rows: Rows) -> Self:
        """Return the demand of some rows."""
