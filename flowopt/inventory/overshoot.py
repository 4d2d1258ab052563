"""Where a minimum order leaves the inventory position of (R,S): the overshoot of S in the long run.

An order is the minimum M or, where more is needed, that in whole packs. The overshoot of S after a
review is thus a Markov chain below M: demand D takes it from z to z - D where that is 0 or more,
else to z - D + M, and beyond that to what a whole pack leaves. Its stationary distribution is found
on a grid of cells, each uniform; exact for counted demand where M has few units.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flowopt.inventory.distributions import Demand, Floats

CELLS = 32
"""Most cells of the grid."""

_RESTART = 1e-6  # chance of a new start anywhere: one answer even where demand is certain
_MOST_AT_ONCE = 1 << 21  # numbers in the matrices of all items together


def overshoot(between_reviews: Demand, least: Floats, pack: Floats, counted: bool) -> Floats:
    """Return the weights of the cells from 0 to the minimum order, (n, :data:`CELLS` + 1).

    The last weight is that of a pack from 0 on, where whole packs narrower than a cell leave it.

    Parameters
    ----------
    between_reviews
        Demand over the review period, of n items.
    least
        (n,) minimum order, units, of two or more whole packs.
    pack
        (n,) units in a pack.
    counted
        Whether demand is in whole units.
    """
    weights = np.zeros((len(least), CELLS + 1))
    in_pack = cells_in_pack(least, pack, counted)
    count = num_cells(least, pack, counted)
    for cells, packed in np.unique(np.stack([count, in_pack]), axis=1).T.tolist():
        rows = np.flatnonzero((count == cells) & (in_pack == packed))
        at_once = max(1, _MOST_AT_ONCE // cells**2)
        for start in range(0, len(rows), at_once):
            some = rows[start : start + at_once]
            down = _steps_down(between_reviews.take(some), least[some] / cells, cells, counted)
            found = _stationary(_transitions(down, cells, packed))
            if packed == 1:
                beyond = 1 - np.cumsum(down, axis=1)[:, cells:]
                by_packs = np.minimum((found * beyond).sum(axis=1), found[:, 0])
                found[:, 0] -= by_packs
                weights[some, CELLS] = by_packs
            weights[some, :cells] = found
    return weights


def cells_in_pack(least: Floats, pack: Floats, counted: bool) -> npt.NDArray[np.int64]:
    """Return the cells in a pack: single units where they are few."""
    packs = np.rint(least / pack)
    few = counted & (least <= CELLS)
    cells: Floats = np.where(few, pack, np.maximum(CELLS // packs, 1))
    return cells.astype(np.int64)


def num_cells(least: Floats, pack: Floats, counted: bool) -> npt.NDArray[np.int64]:
    """Return the number of cells: whole packs of them, unless packs are too many."""
    packs = np.rint(least / pack).astype(np.int64)
    count: npt.NDArray[np.int64] = np.minimum(packs * cells_in_pack(least, pack, counted), CELLS)
    return count


def _steps_down(between: Demand, step: Floats, cells: int, counted: bool) -> Floats:
    """Return the chances of 0, 1, … 2·cells - 1 steps down between reviews; their mean stays."""
    losses = np.empty((len(step), 2 * cells + 1))
    for place in range(2 * cells + 1):
        level = place * step
        whole = np.floor(level + 1e-9) if counted else level
        tail = between.tail(whole)
        losses[:, place] = tail.loss - (level - whole) * tail.survival
    falls = np.diff(losses, axis=1) / step[:, None]
    return np.concatenate(
        [np.maximum(1 + falls[:, :1], 0.0), np.maximum(np.diff(falls, axis=1), 0.0)], axis=1
    )


def _transitions(down: Floats, cells: int, in_pack: int) -> Floats:
    """Return the chances (n, from, to) that one review's overshoot becomes the next one's."""
    matrix = np.zeros((len(down), cells, cells))
    place = np.arange(cells)
    for steps, chance in enumerate(down.T):
        after = place - steps
        by_minimum = np.where(after < 0, after + cells, after)
        landed = np.where(by_minimum < 0, np.mod(after, in_pack), by_minimum)
        matrix[:, place, landed] += chance[:, None]
    matrix[:, :, :in_pack] += np.maximum(1 - matrix.sum(axis=2), 0.0)[:, :, None] / in_pack
    return matrix


def _stationary(matrix: Floats) -> Floats:
    """Return the shares of time of the states of Markov chains."""
    cells = matrix.shape[1]
    balance = np.eye(cells) - (1 - _RESTART) * np.swapaxes(matrix, 1, 2)
    start = np.full((len(matrix), cells, 1), _RESTART / cells)
    weights = np.maximum(np.linalg.solve(balance, start)[:, :, 0], 0.0)
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares
