"""What is known about the answer of a textbook model for one item."""

from enum import StrEnum

from flowopt.inventory.arguments import INVALID as _INVALID


class ModelStatus(StrEnum):
    """What is known about the answer of a textbook model for one item."""

    OPTIMAL = "optimal"
    """No decision costs less."""
    DETERMINISTIC = "deterministic"
    """Optimal, and demand is certain."""
    APPROXIMATE = "approximate"
    """The decision of a rule of thumb."""
    EVALUATED = "evaluated"
    """The cost of the decision that was given."""
    NO_DEMAND = "no_demand"
    """There is nothing to order."""
    UNBOUNDED = "unbounded"
    """The more is ordered, the better: there is no best decision."""
    INVALID = _INVALID
    """An argument of the item is faulty: call without ``on_bad_items`` to read how."""
