"""What the named problems share: the answer's furniture and the ways to end a search."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.solution import Solution
from flowopt.core.status import Limit, Status
from flowopt.flow.explanation import Explanation

P = TypeVar("P")
V = TypeVar("V")
S = TypeVar("S", bound="NamedSolution[Any, Any]")

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SHOWN = 4  # names in a message; all are in the fields


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class NamedSolution(Solution[P], Generic[P, V]):
    """The base of the named problems' answers.

    Parameters
    ----------
    values
        The numbers; None when there is no solution.
    explanation
        Why there is none; None when there is one.
    """

    values: V | None = None
    explanation: Explanation | None = None

    def _values(self) -> V:
        self.require_solution()
        assert self.values is not None
        return self.values

    @abstractmethod
    def _figures(self) -> dict[str, Any]:
        """Return the headline figures of an answer that has values."""

    @abstractmethod
    def _draw(self, ax: Any) -> Any:
        """Draw an answer that has values, and return the axes."""

    def summary(self) -> dict[str, Any]:
        """Return the headline figures, or the reason why there are none."""
        figures = super().summary()
        if self.status.has_solution:
            return figures | self._figures()
        return (
            figures
            if self.explanation is None
            else figures | {"explanation": self.explanation.message}
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome, the explanation and all tables as plain Python values."""
        why = self.explanation
        return super().to_dict() | {"explanation": None if why is None else asdict(why)}

    def plot(self, ax: Any = None) -> Any:
        """Draw the answer as bars, and return the axes.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes new ones.
        """
        self.require_solution()
        return self._draw(ax)


def found(kind: Callable[..., S], problem: Any, run: Run, engine: str, **answer: Any) -> S:
    """Return an answer proven best, whose cost is its bound.

    Parameters
    ----------
    kind
        The class of the solution.
    problem, run, engine
        What was solved, under which options, by whom.
    answer
        ``cost`` and ``values``; all else is kept as details.
    """
    cost, values = answer.pop("cost"), answer.pop("values")
    run.report(cost, cost, 1)
    outcome = run.outcome(Status.OPTIMAL, engine, cost=cost, bound=cost, **answer)
    return kind(problem=problem, outcome=outcome, values=values)


def without(
    kind: Callable[..., S],
    problem: Any,
    run: Run,
    engine: str,
    status: Status = Status.NO_SOLUTION_FOUND,
    explanation: Explanation | None = None,
    **details: Any,
) -> S:
    """Return that there is no answer: proven, or for want of time.

    Parameters
    ----------
    kind
        The class of the solution.
    problem, run, engine
        What was to be solved, under which options, by whom.
    status
        What is known.
    explanation
        Why there is none.
    details
        What the engine wants on record.
    """
    stopped = status is Status.NO_SOLUTION_FOUND
    run.report(None, None, 1)
    limit = (run.stopped() or Limit.TIME) if stopped else None
    outcome = run.outcome(status, engine, limit=limit, **details)
    return kind(problem=problem, outcome=outcome, explanation=explanation)


def some(names: list[Any], count: int | None = None) -> str:
    """Return names as a list for people, with the number of those left out.

    Examples
    --------
    >>> some(["a", "b", "c", "d", "e", "f"]), some(["a"], 3)
    ('a, b, c, d and 2 more', 'a and 2 more')
    """
    total = len(names) if count is None else count
    shown = ", ".join(str(name) for name in names[:SHOWN])
    left = total - min(len(names), SHOWN)
    return f"{shown} and {left} more" if left else shown
