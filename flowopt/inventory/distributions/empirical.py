"""Demand as it was seen: values and their chances, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from flowopt.inventory.distributions.base import Floats, Rows, Span, Tail


@dataclass(frozen=True)
class EmpiricalDemand:
    """Demand that takes one of some values, each with its chance.

    The values of all items stand one after the other; an item has those from `begin` to `end`.

    Parameters
    ----------
    values
        (m,) values, ascending within an item, units.
    chances
        (m,) their chances, which sum to 1 for each item.
    begin
        (n,) place of the first value of each item.
    end
        (n,) place after its last value.
    counted
        Whether all values are whole numbers, and levels too.

    Examples
    --------
    >>> demand = EmpiricalDemand.of_samples([[3, 0, 1, 0], [10, 20]])
    >>> demand.mean.tolist(), demand.tail(np.array([0.0, 12.0])).loss.tolist()
    ([1.0, 15.0], [1.0, 4.0])
    """

    values: Floats
    chances: Floats
    begin: Rows
    end: Rows
    counted: bool = False

    @classmethod
    def of_samples(cls, samples: Sequence[npt.ArrayLike], counted: bool = False) -> EmpiricalDemand:
        """Return demand for which each sample of an item is as likely as the next.

        Parameters
        ----------
        samples
            For each item, its samples, at least one, units.
        counted
            Whether all are whole numbers.
        """
        counts = [
            np.unique(np.asarray(column, dtype=np.float64), return_counts=True)
            for column in samples
        ]
        chances = [times / times.sum() for _, times in counts]
        return cls.of_columns([values for values, _ in counts], chances, counted)

    @classmethod
    def of_columns(
        cls, values: Sequence[Floats], chances: Sequence[Floats], counted: bool = False
    ) -> EmpiricalDemand:
        """Return demand from the values, ascending, and chances of each item."""
        ends = np.cumsum([len(column) for column in values], dtype=np.int64)
        nothing = [np.empty(0)]
        return cls(
            np.concatenate([*values, *nothing]),
            np.concatenate([*chances, *nothing]),
            np.concatenate([[0], ends[:-1]]).astype(np.int64)[: len(ends)],
            ends,
            counted,
        )

    @cached_property
    def _places(self) -> Floats:
        """(m,) values less the middle of their item, so that squares lose no digits."""
        middle = np.zeros(len(self.values))
        for first, last in zip(self.begin, self.end, strict=True):
            middle[first:last] = self.values[(first + last) // 2]
        return self.values - middle

    @cached_property
    def _above(self) -> tuple[Floats, Floats, Floats]:
        """(m,) sums over the values from each on: of chances, of places, of squared places."""
        sums = []
        for power in range(3):
            terms = self.chances * self._places**power
            column = np.empty(len(terms))
            for first, last in zip(self.begin, self.end, strict=True):
                column[first:last] = np.cumsum(terms[first:last][::-1])[::-1]
            sums.append(column)
        return sums[0], sums[1], sums[2]

    @cached_property
    def mean(self) -> Floats:
        """(n,) expected demand."""
        return self._middle + self._above[1][self.begin]

    @cached_property
    def variance(self) -> Floats:
        """(n,) its variance."""
        _, first, second = (column[self.begin] for column in self._above)
        return np.maximum(second - first**2, 0.0)

    @cached_property
    def _middle(self) -> Floats:
        return self.values[self.begin] - self._places[self.begin]

    def take(self, rows: Rows) -> EmpiricalDemand:
        """Return the demand of some rows; they share the values."""
        part = EmpiricalDemand(
            self.values, self.chances, self.begin[rows], self.end[rows], self.counted
        )
        vars(part).update(_places=self._places, _above=self._above)  # summed up once for all
        return part

    def quantile(self, share: Floats) -> Floats:
        """Return the least value that demand exceeds with a chance of at most 1 - `share`."""
        left, right = self.begin.copy(), self.end - 1  # the last value is never exceeded
        allowed = (1 - share) + 1e-12
        while (left < right).any():
            middle = (left + right) // 2
            above = self._beyond(middle + 1, 0)
            met = above <= allowed
            left, right = np.where(met, left, middle + 1), np.where(met, middle, right)
            left = np.minimum(left, right)
        return self.values[left]

    def tail(self, level: Floats) -> Tail:
        """Return what lies above a level."""
        place = self._first_above(level)
        survival, first, second = (self._beyond(place, power) for power in range(3))
        x = level - self._middle
        loss = first - x * survival
        square = second - x * (2 * first - x * survival)
        summed = (square - loss if self.counted else square) / 2
        return Tail(
            self._chance_of(place, level),
            np.clip(survival, 0.0, 1.0),
            np.maximum(loss, 0.0),
            np.maximum(summed, 0.0),
        )

    def over_span(self, level: Floats, length: Floats) -> Span:
        """Return means over the levels from `level` (not itself, when counted) to `length` more."""
        low, high = self.tail(level), self.tail(level + length)
        return Span((low.loss - high.loss) / length, (low.second_loss - high.second_loss) / length)

    def _first_above(self, level: Floats) -> Rows:
        """Return the place of the first value above a level; the end where there is none."""
        left, right = self.begin.copy(), self.end.copy()
        while (left < right).any():
            middle = np.minimum((left + right) // 2, len(self.values) - 1)
            higher = self.values[middle] > level
            open_ = left < right
            right = np.where(open_ & higher, middle, right)
            left = np.where(open_ & ~higher, middle + 1, left)
        return left

    def _beyond(self, place: Rows, power: int) -> Floats:
        """Return a sum over the values from a place on; 0 behind the last."""
        inside = np.minimum(place, len(self.values) - 1)
        return np.where(place < self.end, self._above[power][inside], 0.0)

    def _chance_of(self, place: Rows, level: Floats) -> Floats:
        """Return the chance of the level itself, given the place of the first value above it."""
        before = np.maximum(place - 1, 0)
        hit = (place > self.begin) & (self.values[before] == level)
        return np.where(hit, self.chances[before], 0.0)
