"""Where the policy (R,s,S) leaves the inventory position: the renewals of demand between orders.

After an order the position is S; each review then finds it lower by the demand since the last one,
until it is at or below s. A position is visited as often as sums of such demands come by it, the
renewal density, which is exact for counted demand on a grid of units, and else on a grid of
:data:`MOST_STEPS` steps from S to s (Silver, Pyke & Thomas, *Inventory and Production Management in
Supply Chains*, section 7.5; Zheng & Federgruen 1991, section 1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from flowopt.inventory.distributions import Demand, Floats, Rows

MOST_STEPS = 64
"""Steps of the grid from S to s; more only for counted demand, to keep to whole units."""

_MOST_AT_ONCE = 1 << 18  # positions of all items together

MOST_UNITS = 256
"""Units from S to s up to which counted demand has a grid of single units."""


@dataclass(frozen=True)
class Renewals:
    """How often reviews leave the position at each point of a grid below S.

    Parameters
    ----------
    weights
        (n, m) share of reviews that leave it 0, 1, 2, … steps below S.
    step
        (n,) units in a step.
    reviews
        (n,) mean number of reviews from one order to the next.
    """

    weights: Floats
    step: Floats
    reviews: Floats

    def take(self, rows: Rows) -> Renewals:
        """Return those of some rows."""
        return Renewals(self.weights[rows], self.step[rows], self.reviews[rows])

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
            found = of_position(item, top[item] - place * self.step[rows[item]])
            for mean, figure in zip(means, found, strict=True):
                mean += np.bincount(item, weight * figure, len(rows))
        return means


def grid_step(width: Floats, counted: bool) -> Floats:
    """Return the step of the grid over S - s: whole units where demand is counted."""
    if not counted:
        return width / MOST_STEPS
    return np.where(width <= MOST_UNITS, 1.0, np.ceil(width / MOST_STEPS))


def renewals(between_reviews: Demand, width: Floats, counted: bool) -> Renewals:
    """Return where reviews leave the position of the policy (R,s,S).

    Parameters
    ----------
    between_reviews
        Demand over the review period.
    width
        (n,) S - s, units, above 0.
    counted
        Whether demand is in whole units.
    """
    step = grid_step(width, counted)
    num_steps = np.ceil(width / step - 1e-9).astype(np.int64)
    most = int(num_steps.max(initial=1))
    losses = np.zeros((len(width), most + 1))
    for place in range(most + 1):
        rows = np.flatnonzero(num_steps >= place)
        losses[rows, place] = between_reviews.take(rows).tail(step[rows] * place).loss
    falls = np.diff(losses, axis=1) / step[:, None]  # less the survival, step by step
    none = np.maximum(1 + falls[:, 0], 0.0)  # the chance of no step at all
    inside = np.arange(1, most) < num_steps[:, None]
    chances = np.where(inside, np.maximum(np.diff(falls, axis=1), 0.0), 0.0)
    some = np.maximum(1 - none, 1e-12)
    visits = np.zeros((len(width), most))
    visits[:, 0] = 1 / some
    for place in range(1, most):
        reached = np.einsum("ij,ij->i", chances[:, :place], visits[:, place - 1 :: -1][:, :place])
        visits[:, place] = reached / some
    visits[np.arange(most) >= num_steps[:, None]] = 0.0
    total = visits.sum(axis=1)
    return Renewals(visits / total[:, None], step, total)
