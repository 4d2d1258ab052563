"""Where a minimum order leaves the position of (R,S), recomputed for `check` (see `recompute`).

Demand between reviews takes the overshoot of S from cell to cell of a grid; the shares of time that
it spends in each are those that one more review does not change.
"""

from __future__ import annotations

import numpy as np

from flowopt.inventory.replenishment.recompute import Floats, Rows

CELLS = 32
"""Most cells of the grid; a minimum of no more units has cells of single ones."""

_ANYWHERE = 1e-6  # chance of a new start, so that certain demand has one answer too


def overshoot(items: Rows) -> list[tuple[Floats, Floats, Floats]]:
    """Return weight, start above S and length of the spans that reviews leave the position in."""
    packs = np.rint(items.least / items.pack)
    few = items.counted & (items.least <= CELLS)
    in_pack = np.where(few, items.pack, np.maximum(np.floor(CELLS / packs), 1.0))
    count = np.minimum(packs * in_pack, float(CELLS))
    weights = np.zeros((CELLS + 1, len(count)))
    for cells in np.unique(count):
        for packed in np.unique(in_pack[count == cells]):
            rows = np.flatnonzero((count == cells) & (in_pack == packed))
            found = _shares(items.take(rows), int(cells), int(packed))
            weights[: int(cells), rows], weights[CELLS, rows] = found[:-1], found[-1]
    spans = []
    for cell, weight in enumerate(weights):
        low, high = (items.least * np.minimum(end / count, 1.0) for end in (cell, cell + 1))
        if cell == CELLS:
            low, high = np.zeros_like(weight), items.pack
        low, high = (np.where(items.counted, np.floor(end + 0.5), end) for end in (low, high))
        spans.append((weight, low, high - low))
    return spans


def _shares(items: Rows, cells: int, in_pack: int) -> Floats:
    """Return the shares of time of the cells, and of the first pack where it is less than one."""
    chances = _chances(items, items.least / cells, 2 * cells)
    balance = np.zeros((len(items.rows), cells + 1, cells))
    beyond = np.empty((len(items.rows), cells))
    for start in range(cells):
        column = balance[:, :, start]
        for steps in range(2 * cells):
            end = start - steps
            if end < -cells:
                end %= in_pack  # more than the minimum: whole packs
            elif end < 0:
                end += cells
            column[:, end] += chances[steps]
        far = 1 - chances.sum(axis=0)
        column[:, :in_pack] += np.maximum(far, 0.0)[:, None] / in_pack
        beyond[:, start] = 1 - chances[: start + cells + 1].sum(axis=0)
    balance *= 1 - _ANYWHERE
    balance[:, range(cells), range(cells)] -= 1.0
    right = np.full((len(items.rows), cells, 1), -_ANYWHERE / cells)
    shares = np.maximum(np.linalg.solve(balance[:, :cells], right)[:, :, 0], 0.0)
    shares /= shares.sum(axis=1)[:, None]
    by_packs = np.zeros(len(shares))
    if in_pack == 1:
        by_packs = np.minimum((shares * beyond).sum(axis=1), shares[:, 0])
        shares[:, 0] -= by_packs
    return np.concatenate([shares.T, by_packs[None]])


def _chances(items: Rows, step: Floats, count: int) -> Floats:
    """Return the chances of 0, 1, … steps down between reviews, whose mean stays."""
    losses = []
    for place in range(count + 1):
        level = place * step
        whole = np.where(items.counted, np.floor(level + 1e-9), level)
        above, loss = items.between_tails(whole, 1)
        losses.append(loss - (level - whole) * above)
    chances = [1 - (losses[0] - losses[1]) / step]
    for before, here, after in zip(losses, losses[1:], losses[2:], strict=False):
        chances.append((before - 2 * here + after) / step)
    return np.maximum(chances, 0.0)
