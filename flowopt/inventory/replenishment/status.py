"""What is known about the policy and the order of one item."""

from enum import StrEnum


class PolicyStatus(StrEnum):
    """What is known about the policy of one item."""

    OPTIMAL = "optimal"
    """The least level that meets the target."""
    BEST_FOUND = "best_found"
    """The cheapest level for the cheapest quantity that a search found: another may cost less. So
    may another level of (R,S) with a minimum order, whose cost is known nearly, not exactly."""
    APPROXIMATE = "approximate"
    """Sales are lost, for which the formulas are near, not exact: the least level may be lower."""
    DETERMINISTIC = "deterministic"
    """Demand and lead time are certain: the level covers demand, service is 1."""
    NO_DEMAND = "no_demand"
    """There is nothing to hold stock for."""
    CAPPED = "capped"
    """The least level, but the maximum order cuts more than one review in 100."""
    OVERLOADED = "overloaded"
    """The maximum order is less than demand: no level meets a target."""
    SHELF_LIMITED = "shelf_limited"
    """The shelf holds less than the level: the level is what fits."""
    INFEASIBLE = "infeasible"
    """No order quantity obeys minimum, pack, maximum and shelf space."""
    INVALID = "invalid"
    """The row of the item has faults, and is left out."""
    NOT_SOLVED = "not_solved"
    """The search was stopped before this item."""


class OrderStatus(StrEnum):
    """What is known about the order of one item today."""

    ORDER = "order"
    """Order the quantity."""
    NONE = "none"
    """Nothing is needed."""
    CAPPED = "capped"
    """Order the quantity; maximum order or shelf space keep it below what is needed."""
    CLOSED = "closed"
    """Something is needed, but nothing can be ordered today."""
    INFEASIBLE = "infeasible"
    """Something is needed, but no order quantity is possible."""
    INVALID = "invalid"
    """The row of the item has faults, and is left out."""
    NOT_SOLVED = "not_solved"
    """The search was stopped before this item."""
