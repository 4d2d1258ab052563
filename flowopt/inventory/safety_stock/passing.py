"""Message passing on one grid: sweeps in pieces, so that a search can be stopped between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.inventory.safety_stock.kernels import messages, trees

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.inventory.safety_stock.layout import Layout, Variables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WORK_AT_ONCE = 3e7
"""Pairs of labels looked at between two looks at the clock: some tens of milliseconds."""

LABELS_AT_ONCE = 2e6
"""Labels whose messages are taken over between two looks at the clock."""


class Passing:
    """The messages of one layout.

    Parameters
    ----------
    variables, layout
        The variables, and their labels and costs.
    """

    def __init__(self, variables: Variables, layout: Layout) -> None:
        self.variables, self.layout = variables, layout
        down, up = layout.num_messages
        self.down, self.up = np.zeros(down), np.zeros(up)
        self.choice = np.zeros(variables.count, dtype=np.int64)
        self.spread = np.zeros((variables.count, 2), dtype=np.int64)
        self._pieces = _pieces(variables, layout)

    def take_over(self, other: Passing, ratio: float, run: Run) -> None:
        """Start from the messages of a coarser grid; those that there is no time for stay 0.

        Parameters
        ----------
        other
            The passing there.
        ratio
            Ticks of its grid in one of this.
        run
            Clock and cancel.
        """
        coarse, fine = other.layout, self.layout
        for mine, theirs, end in ((self.down, other.down, 1), (self.up, other.up, 0)):
            begin, finer_begin = _begins(coarse, end), _begins(fine, end)
            low, finer_low = coarse.low[coarse.edges[:, end]], fine.low[fine.edges[:, end]]
            for first, last in runs_of(np.diff(finer_begin).astype(np.float64), LABELS_AT_ONCE):
                if run.cancelled or run.remaining() <= 0:
                    return
                trees.stretch(
                    begin[first : last + 1],
                    low[first:last],
                    theirs,
                    finer_begin[first : last + 1],
                    finer_low[first:last],
                    ratio,
                    mine,
                )

    def sweep(self, backward: bool, run: Run) -> float | None:
        """Pass all messages on in one direction; return the bound, None when stopped on the way.

        Parameters
        ----------
        backward
            Whether they go up; only then the bound is one.
        run
            Clock and cancel.
        """
        layout, bound = self.layout, self.layout.constant
        for begin, end in reversed(self._pieces) if backward else self._pieces:
            if run.cancelled or run.remaining() <= 0:
                return None
            bound += messages.sweep(
                begin,
                end,
                backward,
                layout.unary,
                layout.offset,
                self.variables.incidence,
                self.variables.first,
                layout.edges,
                layout.table,
                self.down,
                self.up,
                self.choice,
                self.spread,
            )
        return bound


def _begins(layout: Layout, end: int) -> Ints:
    width = (layout.high - layout.low + 1)[layout.edges[:, end]]
    return np.concatenate([[0], np.cumsum(width)])


def _pieces(variables: Variables, layout: Layout) -> list[tuple[int, int]]:
    """Return runs of variables that take about the same time."""
    width = (layout.high - layout.low + 1).astype(np.float64)
    pairs = width[variables.earlier] * width[variables.later]
    pairs = np.where(pairs > messages.PLAIN, 300.0 * (width[variables.earlier] + 1), pairs)
    work = np.where(variables.stage >= 0, pairs, 4 * width[variables.earlier])
    per_variable = np.bincount(variables.earlier, work, variables.count)
    per_variable += np.bincount(variables.later, work, variables.count)
    return runs_of(np.asarray(per_variable, dtype=np.float64), WORK_AT_ONCE)


def runs_of(work: Floats, most: float) -> list[tuple[int, int]]:
    """Return the begins and ends of runs of entries whose work adds up to about the most.

    Parameters
    ----------
    work
        (n,) work of each entry.
    most
        About what the work of a run may come to.

    Examples
    --------
    >>> runs_of(np.ones(4), 2.0)
    [(0, 1), (1, 3), (3, 4)]
    """
    begins = np.flatnonzero(np.diff((np.cumsum(work) / most).astype(np.int64), prepend=-1))
    ends = [*begins[1:].tolist(), len(work)]
    return list(zip(begins.tolist(), ends[: len(begins)], strict=True))
