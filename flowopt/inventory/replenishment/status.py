"""What is known about the policy and the order of one item."""

from enum import StrEnum


class PolicyStatus(StrEnum):
    """What is known about the policy of one item."""

    OPTIMAL = "optimal"
    """The least level that meets the target."""
    DETERMINISTIC = "deterministic"
    """Demand and lead time are certain: the level covers demand, service is 1."""
    NO_DEMAND = "no_demand"
    """There is nothing to hold stock for."""
    CAPPED = "capped"
    """The least level, but the maximum order cuts more than one review in 100."""
    OVERLOADED = "overloaded"
    """The maximum order is less than demand: no level meets a target."""
    INFEASIBLE = "infeasible"
    """No order quantity obeys minimum, pack and maximum."""
    NOT_SOLVED = "not_solved"
    """The search was stopped before this item."""


class OrderStatus(StrEnum):
    """What is known about the order of one item today."""

    ORDER = "order"
    """Order the quantity."""
    NONE = "none"
    """Nothing is needed."""
    CAPPED = "capped"
    """Order the quantity; the maximum order keeps it below what is needed."""
    INFEASIBLE = "infeasible"
    """Something is needed, but no order quantity is possible."""
    NOT_SOLVED = "not_solved"
    """The search was stopped before this item."""
