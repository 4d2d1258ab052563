"""Demand that has one of several distributions, each with its chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from flowopt.inventory.distributions.base import Demand, Floats, Rows, Span, Tail


@dataclass(frozen=True)
class MixtureDemand:
    """Demand of one of several distributions, as over a lead time of one of several lengths.

    Parameters
    ----------
    parts
        The distributions, each of all (n,) items.
    weights
        (n,) chances of each, which sum to 1 for each item.
    """

    parts: Sequence[Demand]
    weights: Sequence[Floats]

    @cached_property
    def mean(self) -> Floats:
        """(n,) expected demand."""
        return self._mean_of([part.mean for part in self.parts])

    @cached_property
    def variance(self) -> Floats:
        """(n,) its variance, of the parts and between them."""
        squares = [part.variance + (part.mean - self.mean) ** 2 for part in self.parts]
        return self._mean_of(squares)

    def take(self, rows: Rows) -> MixtureDemand:
        """Return the demand of some rows."""
        return MixtureDemand(
            [part.take(rows) for part in self.parts], [weight[rows] for weight in self.weights]
        )

    def tail(self, level: Floats) -> Tail:
        """Return what lies above a level."""
        tails = [part.tail(level) for part in self.parts]
        return Tail(*(self._mean_of(columns) for columns in zip(*tails, strict=True)))

    def over_span(self, level: Floats, length: Floats) -> Span:
        """Return means over the levels from `level` (not itself, when counted) to `length` more."""
        spans = [part.over_span(level, length) for part in self.parts]
        return Span(*(self._mean_of(columns) for columns in zip(*spans, strict=True)))

    def _mean_of(self, columns: Sequence[Floats]) -> Floats:
        weighed = [weight * column for weight, column in zip(self.weights, columns, strict=True)]
        return np.asarray(np.sum(weighed, axis=0))
