"""How a search ended: the status of an answer and the limit that stopped the search."""

from enum import StrEnum


class Status(StrEnum):
    """What is known about an answer.

    Examples
    --------
    >>> Status.OPTIMAL.has_solution, Status.INFEASIBLE.has_solution
    (True, False)
    """

    OPTIMAL = "OPTIMAL"
    FEASIBLE = "FEASIBLE"
    INFEASIBLE = "INFEASIBLE"
    UNBOUNDED = "UNBOUNDED"
    NO_SOLUTION_FOUND = "NO_SOLUTION_FOUND"

    @property
    def has_solution(self) -> bool:
        """Whether values can be read from the answer."""
        return self in (Status.OPTIMAL, Status.FEASIBLE)


class Limit(StrEnum):
    """Why a search stopped before it was done.

    Examples
    --------
    >>> Limit("TIME") is Limit.TIME
    True
    """

    TIME = "TIME"
    ITERATIONS = "ITERATIONS"
    CANCELLED = "CANCELLED"
    GAP = "GAP"
