"""What a check found: the constraints that an answer breaks, by how much, for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


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
