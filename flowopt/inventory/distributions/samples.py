"""Demand of one period as it was seen, and its sum over several periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from flowopt.inventory.distributions.base import Floats, Rows
from flowopt.inventory.distributions.empirical import EmpiricalDemand

MOST_STEPS = 512
"""Steps of the grid from no demand to the largest sample: whole units, while they suffice."""

_NOISE = 1e-15  # chances that rounding may make


@dataclass(frozen=True)
class Samples:
    """Samples of the demand of one period, each as likely as the next.

    The demand of several periods is the sum of independent draws: what a bootstrap finds with
    endless draws. Samples stand on a grid: whole units, or a 512th of the largest sample, to the
    two neighbours of which it is shared so that the mean stays.

    Parameters
    ----------
    chances
        For each item, the chances of demand of 0, 1, 2, … steps.
    step
        (n,) units between two points of the grid.

    Examples
    --------
    >>> seen = Samples.of([[0, 0, 3], [1, 2]])
    >>> seen.over(np.array([2.0, 2.0])).mean.round(9).tolist()
    [2.0, 3.0]
    """

    chances: Sequence[Floats]
    step: Floats

    @classmethod
    def of(cls, samples: Sequence[npt.ArrayLike]) -> Samples:
        """Return the samples of each item, at least one, 0 or more units.

        Parameters
        ----------
        samples
            For each item, its samples, units.
        """
        grids = [_grid(np.asarray(column, dtype=np.float64)) for column in samples]
        return cls([chances for chances, _ in grids], np.array([step for _, step in grids]))

    @cached_property
    def mean(self) -> Floats:
        """(n,) mean demand of a period."""
        return np.array([c @ np.arange(len(c)) for c in self.chances]) * self.step

    @cached_property
    def variance(self) -> Floats:
        """(n,) its variance, on the grid."""
        squares = np.array([c @ np.arange(len(c)) ** 2.0 for c in self.chances]) * self.step**2
        return np.maximum(squares - self.mean**2, 0.0)

    @cached_property
    def whole(self) -> npt.NDArray[np.bool_]:
        """(n,) whether all samples are whole numbers, and the grid has a step of one."""
        return np.asarray(self.step == 1.0)

    def take(self, rows: Rows) -> Samples:
        """Return the samples of some rows."""
        return Samples([self.chances[row] for row in rows.tolist()], self.step[rows])

    def over(self, length: Floats) -> EmpiricalDemand:
        """Return the demand of `length` periods; a part of one is a whole one with that chance."""
        sums = [_summed(*pair) for pair in zip(self.chances, length.tolist(), strict=True)]
        steps = self.step.tolist()
        values = [
            np.arange(first, first + len(c)) * step
            for (first, c), step in zip(sums, steps, strict=True)
        ]
        whole = bool(self.whole.all())
        return EmpiricalDemand.of_columns(values, [chances for _, chances in sums], whole)


def _grid(samples: Floats) -> tuple[Floats, float]:
    """Return the chances of each step of the grid of an item, and the step."""
    largest = float(samples.max())
    whole = largest <= MOST_STEPS and bool((samples == np.floor(samples)).all())
    step = 1.0 if whole else largest / MOST_STEPS
    places = samples / step
    low = np.floor(places + 1e-9)
    share = np.maximum(places - low, 0.0)
    size = int(low.max()) + 2
    chances = np.bincount(low.astype(np.int64), 1 - share, size)
    chances += np.bincount(low.astype(np.int64) + 1, share, size)
    return np.trim_zeros(chances, "b") / len(samples), step


def _summed(chances: Floats, length: float) -> tuple[int, Floats]:
    """Return the first step and the chances from there on of a sum, by Fourier's transform."""
    whole = int(np.floor(length + 1e-9))
    part = max(length - whole, 0.0)
    size = (len(chances) - 1) * (whole + (part > 0)) + 1
    if size == 1:
        return 0, np.ones(1)
    points = 1 << (size - 1).bit_length()
    waves = np.fft.rfft(chances, points)
    sums = np.fft.irfft(waves**whole * (1 - part + part * waves), points)[:size]
    likely = np.flatnonzero(sums > _NOISE)
    first, last = int(likely[0]), int(likely[-1]) + 1
    kept = np.maximum(sums[first:last], 0.0)
    return first, kept / kept.sum()
