"""Sums of demand samples for `check`: by direct convolution, where the engine has waves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.inventory.replenishment.problem import ReplenishmentProblem

Floats = npt.NDArray[np.float64]

_STEPS = 512  # of the grid, up to the largest sample, where units do not suffice


class Sums:
    """The demand of one item over some periods, from samples of one.

    Parameters
    ----------
    samples
        (m,) demand of single periods, units.
    """

    def __init__(self, samples: Floats) -> None:
        largest = float(samples.max())
        self.whole = largest <= _STEPS and bool((samples % 1 == 0).all())
        self.step = 1.0 if self.whole else largest / _STEPS
        points = np.arange(int(np.ceil(largest / self.step - 1e-9)) + 1) * self.step
        self._one = np.array(  # each sample shared between its neighbours on the grid
            [np.maximum(1 - np.abs(samples - point) / self.step, 0.0).mean() for point in points]
        )
        self._known: dict[float, Floats] = {}

    def tails(self, length: float, level: float, order: int) -> list[float]:
        """Return the tails above a level of the demand of some periods."""
        chances = self._over(float(length))
        above = np.arange(len(chances)) * self.step - level
        short = np.where(above > 0, above, 0.0)
        found = [float(chances[above > 0].sum()), float(chances @ short)]
        second = short * (short - 1) if self.whole else short**2
        return [*found, float(chances @ second) / 2][: order + 1]

    def _over(self, length: float) -> Floats:
        if length not in self._known:
            whole = int(np.floor(length + 1e-9))
            part = max(length - whole, 0.0)
            chances = self._power(whole)
            if part > 0:
                longer = np.convolve(chances, self._one)
                chances = part * longer + (1 - part) * np.pad(chances, (0, len(self._one) - 1))
            self._known[length] = chances
        return self._known[length]

    def _power(self, periods: int) -> Floats:
        """Return the chances of the sum of whole periods, by squares."""
        result, square = np.ones(1), self._one
        while periods:
            if periods % 2:
                result = np.convolve(result, square)
            periods //= 2
            square = np.convolve(square, square) if periods else square
        return result


def sums_of_samples(
    problem: ReplenishmentProblem, rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.object_]:
    """Return the sums of the samples of each item whose distribution is empirical; else None."""
    found: npt.NDArray[np.object_] = np.full(len(rows), None, dtype=object)
    empirical = np.flatnonzero(problem.distribution[rows] == "empirical")
    if len(empirical):
        seen: dict[tuple[str, Any], list[float]] = {}
        table, items = problem.demand_samples, problem.items
        columns = (table[name].tolist() for name in ("item", "site", "demand"))
        for item, site, demand in zip(*columns, strict=True):
            seen.setdefault((str(item), site), []).append(demand)
        for place in empirical:
            key = str(items["item"][rows[place]]), items["site"][rows[place]].item()
            found[place] = Sums(np.array(seen[key]))
    return found
