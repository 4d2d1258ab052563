"""What a check found: the constraints that an answer breaks, by how much, for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Violation:
    """One constraint that does not hold.

    Parameters
    ----------
    constraint
        A short stable name (``"capacity"``, ``"balance"``, ``"cost"``).
    subject
        Ids of what breaks it, in the user's own words.
    amount
        By how much, in the unit of the constraint.
    message
        One sentence.
    """

    constraint: str
    subject: str
    amount: float
    message: str

    def __str__(self) -> str:
        return f"{self.constraint} [{self.subject}]: {self.message}"


@dataclass
class Report:
    """The violations of one answer; empty when all holds.

    Examples
    --------
    >>> report = Report()
    >>> report.ok
    True
    >>> report.add("capacity", "Lyon", 3.0, "carries 13 where 10 fit")
    >>> print(report)
    capacity [Lyon]: carries 13 where 10 fit
    """

    violations: list[Violation] = field(default_factory=list)

    def add(self, constraint: str, subject: object, amount: float, message: str) -> None:
        """Add one violation; the parameters are those of `Violation`."""
        self.violations.append(Violation(constraint, str(subject), float(amount), message))

    def add_rows(
        self,
        constraint: str,
        subjects: npt.NDArray[Any],
        wrong: npt.NDArray[np.bool_],
        amounts: npt.NDArray[np.float64],
        message: str,
    ) -> None:
        """Add a violation for each row that is wrong, its amount behind the message.

        Parameters
        ----------
        constraint
            See `Violation`.
        subjects, wrong, amounts
            (n,) name of each row, whether it breaks the constraint, and by how much.
        message
            What is wrong with such a row.

        Examples
        --------
        >>> report = Report()
        >>> names, over = np.array(["Lyon", "Nice"]), np.array([0.0, 3.0])
        >>> report.add_rows("capacity", names, over > 0, over, "carries too much")
        >>> print(report)
        capacity [Nice]: carries too much (3)
        """
        for row in np.flatnonzero(wrong).tolist():
            self.add(constraint, subjects[row], amounts[row], f"{message} ({amounts[row]:g})")

    @property
    def ok(self) -> bool:
        """Whether every constraint holds."""
        return not self.violations

    def __len__(self) -> int:
        return len(self.violations)

    def __iter__(self) -> Iterator[Violation]:
        return iter(self.violations)

    def __str__(self) -> str:
        return "\n".join(map(str, self.violations)) or "all constraints hold"


def same(left: float, right: float, tolerance: float = 1e-6) -> bool:
    """Return whether two numbers agree to a relative (above 1) or absolute tolerance.

    Examples
    --------
    >>> same(1e9, 1e9 + 1), same(0.1, 0.2)
    (True, False)
    """
    return abs(left - right) <= tolerance * max(1.0, abs(left), abs(right))
