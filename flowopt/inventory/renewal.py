"""Where the policy (R,s,S) leaves the inventory position: the renewals of demand between orders.

After an order the position is S; each review then finds it lower by the demand since the last one,
until it is at or below s. A position is visited as often as sums of such demands come by it, the
renewal density, which is exact for counted demand on a grid of units, and else on a grid of
:data:`MOST_STEPS` steps from S to s (Silver, Pyke & Thomas, *Inventory and Production Management in
Supply Chains*, section 7.5; Zheng & Federgruen 1991, section 1).

Orders in whole packs lift the position to S or above, by less than a pack: by what S - s and the
undershoot of s leave of a pack. The undershoot is taken as that of many demands in a row, x with
the chance :math:`P(D > x) / E[D]` (Silver, Pyke & Thomas, section 7.5), up to a few packs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowopt.inventory.distributions import Demand, Floats, Rows

MOST_STEPS = 64
"""Steps of the grid from S to s; more only for counted demand, to keep to whole units."""

CELLS, PACKS = 32, 4
"""Parts of a pack that undershoots are told apart by, and packs up to which they are."""

_MOST_AT_ONCE = 1 << 18  # positions of all items together

MOST_UNITS = 256
"""Units from S to s up to which counted demand has a grid of single units."""


@dataclass(frozen=True)
class Renewals:
    """How often reviews leave the position at each point of a grid below S.

    Parameters
    ----------
    weights
        (n, m) share of reviews that leave it 0, 1, 2, … steps below the highest point.
    step
        (n,) units in a step.
    reviews
        (n,) mean number of reviews from one order to the next.
    raised
        (n,) units of the highest point above S.
    """

    weights: Floats
    step: Floats
    reviews: Floats
    raised: Floats

    def take(self, rows: Rows) -> Renewals:
        """Return those of some rows."""
        columns = (self.weights, self.step, self.reviews, self.raised)
        return Renewals(*(column[rows] for column in columns))

    def mean_over(
        self, rows: Rows, top: Floats, of_position: Callable[[Rows, Floats], tuple[Floats, Floats]]
    ) -> tuple[Floats, Floats]:
        """Return the means of two figures over the positions.

        Parameters
        ----------
        rows
            (k,) the items.
        top
            (k,) their S.
        of_position
            (places in `rows`, positions) → the two figures.
        """
        means = np.zeros(len(rows)), np.zeros(len(rows))
        at_once = max(1, _MOST_AT_ONCE // self.weights.shape[1])
        for start in range(0, len(rows), at_once):
            weights = self.weights[rows[start : start + at_once]]
            item, place = np.nonzero(weights > 0)
            weight, item = weights[item, place], item + start
            of_item = rows[item]
            position = top[item] + self.raised[of_item] - place * self.step[of_item]
            found = of_position(item, position)
            for mean, figure in zip(means, found, strict=True):
                mean += np.bincount(item, weight * figure, len(rows))
        return means


def grid_step(width: Floats, lift: Floats, counted: bool) -> Floats:
    """Return the step of the grid over S - s and a lift above S: odd units where counted."""
    whole = width + lift
    if not counted:
        return width / np.maximum(np.rint(MOST_STEPS * width / whole + 1e-6), 2.0)
    return np.where(whole <= MOST_UNITS, 1.0, 2 * np.ceil(whole / MOST_STEPS / 2) + 1)


def renewals(
    between_reviews: Demand, width: Floats, counted: bool, pack_size: Floats | None = None
) -> Renewals:
    """Return where reviews leave the position of the policy (R,s,S).

    Parameters
    ----------
    between_reviews
        Demand over the review period.
    width
        (n,) S - s, units, above 0.
    counted
        Whether demand is in whole units.
    pack_size
        (n,) units in a pack; None for orders of any size.
    """
    unit = float(counted)
    pack = np.full_like(width, unit) if pack_size is None else np.maximum(pack_size, unit)
    step = grid_step(width, pack - unit, counted)
    lowest = (step + unit) / 2  # above s: points are the middles of steps
    above = np.ceil((width + pack - unit - lowest) / step - 1e-9)
    raised = lowest + np.maximum(above, 0.0) * step - width
    num_steps = np.maximum(above, 0.0).astype(np.int64) + 1
    most = int(num_steps.max(initial=1))
    none, chances = _steps_down(between_reviews, step, num_steps, most)
    some = np.maximum(1 - none, 1e-12)
    visits = np.zeros((len(width), most))
    for chance, lift in _lifts(between_reviews, width, pack, unit):
        point, share = np.divmod(
            np.clip((raised - lift) / step, 0, num_steps - 1), 1.0
        )  # the two points of the grid next to it
        for more, part in ((0, 1 - share), (1, share)):
            first = np.minimum(point.astype(np.int64) + more, num_steps - 1)
            visits[np.arange(len(width)), first] += chance * part
    visits[:, 0] /= some
    for place in range(1, most):
        reached = np.einsum("ij,ij->i", chances[:, :place], visits[:, place - 1 :: -1][:, :place])
        visits[:, place] = (visits[:, place] + reached) / some
    visits[np.arange(most) >= num_steps[:, None]] = 0.0
    total = visits.sum(axis=1)
    return Renewals(visits / total[:, None], step, total, raised)


def _steps_down(between_reviews: Demand, step: Floats, num_steps: Rows, most: int) -> Any:
    """Return the chances of no step down and of 1, 2, … between reviews; the mean stays."""
    losses = np.zeros((len(step), most + 1))
    for place in range(most + 1):
        rows = np.flatnonzero(num_steps >= place)
        losses[rows, place] = between_reviews.take(rows).tail(step[rows] * place).loss
    falls = np.diff(losses, axis=1) / step[:, None]  # less the survival, step by step
    none = np.maximum(1 + falls[:, 0], 0.0)
    inside = np.arange(1, most) < num_steps[:, None]
    return none, np.where(inside, np.maximum(np.diff(falls, axis=1), 0.0), 0.0)


def _lifts(
    between_reviews: Demand, width: Floats, pack: Floats, unit: float
) -> Iterator[tuple[Floats, Floats]]:
    """Yield what orders lift the position above S by, and the chance of that."""
    if (pack <= unit).all():
        yield np.ones_like(width), np.zeros_like(width)
        return
    size = np.where(pack > unit, pack, 1.0)
    cell = np.ceil(size / CELLS) if unit else size / CELLS
    above = between_reviews.tail(np.zeros_like(width)).loss
    whole, rest = np.where(above > 0, above, 1.0), np.ones_like(width)
    for place in range(CELLS * PACKS):
        below = between_reviews.tail(cell * (place + 1)).loss
        chance, above = (above - below) / whole, below
        rest -= chance
        first = (1 / cell, 0.0) if unit else (0.5, cell / 4)  # a whole pack may end before a unit
        rest_of_it = (1 - first[0], cell / 2 if unit else 3 * cell / 4)
        for part, inside in (first, rest_of_it):
            below = width + cell * place + inside
            lift = np.maximum(np.ceil(below / size - 1e-9) * size - below, 0.0)
            yield chance * part, np.where(pack > unit, np.minimum(lift, size - unit), 0.0)
    for place in range(CELLS):  # further down, all parts of a pack are alike
        lift = (size - unit) * (place + 0.5) / CELLS
        yield rest / CELLS, np.where(pack > unit, lift, 0.0)
