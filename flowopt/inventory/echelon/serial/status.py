"""What is known about the levels of one system."""

from enum import StrEnum


class SystemStatus(StrEnum):
    """What is known about the levels of one system."""

    OPTIMAL = "optimal"
    """The levels of least cost."""
    DETERMINISTIC = "deterministic"
    """Demand is certain: the levels cover it, nothing waits."""
    NO_DEMAND = "no_demand"
    """There is nothing to hold stock for: the levels are 0."""
    NOT_SOLVED = "not_solved"
    """The search was stopped before this system."""
