"""The options of items, the limits they share, and what a selection of options costs and takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROUNDING = 1e-9
"""Part of a limit that may be overdrawn by rounding."""


@dataclass(frozen=True, eq=False)
class Options:
    """What each item can choose from, one item after another.

    Parameters
    ----------
    start
        (n + 1,) where each item's options begin; none is without one.
    amount
        (O,) amount of each option, 0 or more, rising within an item.
    cost
        (O,) its cost.
    """

    start: Ints
    amount: Floats
    cost: Floats

    @property
    def num_items(self) -> int:
        """Number of items."""
        return len(self.start) - 1

    @cached_property
    def item(self) -> Ints:
        """(O,) the item of each option."""
        return np.repeat(np.arange(self.num_items), np.diff(self.start))

    def take(self, keep: npt.NDArray[np.bool_]) -> Options:
        """Return the options of a mask; every item must keep one."""
        counts = np.bincount(self.item[keep], minlength=self.num_items)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Options(start, self.amount[keep], self.cost[keep])


@dataclass(frozen=True, eq=False)
class Sharing:
    """Limits on the sum, over the items, of rate times amount.

    Parameters
    ----------
    rate
        (n, m) `scipy.sparse.csr_array`: what a unit of an item's amount takes of a limit, ≥ 0.
    capacity
        (m,) the limits, 0 or more and finite.
    """

    rate: Any
    capacity: Floats

    @property
    def num_limits(self) -> int:
        """Number of limits."""
        return len(self.capacity)

    @cached_property
    def transposed(self) -> Any:
        """(m, n) the rates, limit by limit."""
        return self.rate.T.tocsr()

    @cached_property
    def grain(self) -> Floats:
        """(m,) what of each limit is rounding."""
        return ROUNDING * np.maximum(self.capacity, 1e-3)

    @cached_property
    def rows(self) -> tuple[Ints, Ints, Floats]:
        """The rates in compressed rows, for the kernels."""
        return (
            self.rate.indptr.astype(np.int64),
            self.rate.indices.astype(np.int64),
            self.rate.data.astype(np.float64),
        )

    def use(self, amount: Floats) -> Floats:
        """Return (m,) what the amounts of all items take of the limits."""
        return np.asarray(self.transposed @ amount, dtype=np.float64)

    def fits(self, amount: Floats) -> bool:
        """Return whether the amounts of all items keep to every limit."""
        return bool((self.use(amount) <= self.capacity + self.grain).all())


@dataclass(frozen=True, eq=False)
class Selection:
    """One option for each item.

    Parameters
    ----------
    chosen
        (n,) option of each item.
    cost
        Their cost.
    bound
        Proven lower bound on the cost of any selection within the limits; None when unknown.
    price
        (m,) price of a unit of each limit behind the bound: what one more would save.
    complete
        Whether the search came to its end.
    """

    chosen: Ints
    cost: float
    bound: float | None
    price: Floats
    complete: bool = True


def cost_of(options: Options, chosen: Ints) -> float:
    """Return the cost of one option for each item, summed exactly."""
    return math.fsum(options.cost[chosen].tolist())


def relative_gap(cost: float, bound: float) -> float:
    """Return the distance of cost and bound, relative to the cost."""
    return (cost - bound) / max(abs(cost), 1e-10)
