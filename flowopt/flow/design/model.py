"""The mixed-integer model of a `DesignProblem`, as arrays.

Columns and rows come in named blocks, each of which knows what its entries stand for, so that the
values find their way back, the readable model gets its names, and what cannot be met has one.

The formulation is strong: each flow is linked to what it needs open by the most it can be itself,
``x ≤ min(demand, capacity) · y`` (Balinski 1965; Crainic, Frangioni, Gendron 2001), and piecewise
costs choose one line (multiple choice; Croxton, Gendron, Magnanti 2003).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.solvers.linear import LinearModel

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Block:
    """Columns, or rows, of one kind.

    Parameters
    ----------
    start
        Position of the first.
    keys
        What each stands for: equally long arrays of positions (site, lane, commodity, …).
    size
        How many there are.
    """

    start: int
    keys: tuple[IndexArray, ...]
    size: int

    @property
    def places(self) -> slice:
        """Where they are."""
        return slice(self.start, self.start + self.size)


@dataclass(frozen=True, eq=False)
class DesignModel:
    """The arrays of a problem, and what they stand for.

    Parameters
    ----------
    linear
        The model.
    columns
        Name → block: ``flow`` (lane, commodity, period), ``unmet`` (site, commodity, period),
        ``open`` (site), ``use`` (lane), ``module`` (row), ``step`` and ``part`` (row, period).
    rows
        Name → block.
    """

    linear: LinearModel
    columns: dict[str, Block]
    rows: dict[str, Block]

    def part(self, values: FloatArray, name: str) -> FloatArray:
        """Return the values of one block of columns."""
        return values[self.columns[name].places]


def build(problem: DesignProblem, links: bool = True) -> DesignModel:
    """Return the mixed-integer model of a problem.

    Parameters
    ----------
    problem
        What to model.
    links
        Whether each flow is linked by itself to what it needs open; without, only all flows of a
        facility together are, which is weaker and smaller.
    """
    from flowopt.flow.design.builder import Builder

    return Builder(problem, links).build()
