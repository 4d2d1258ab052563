"""What is known about the order of one item."""

from enum import StrEnum


class OrderingStatus(StrEnum):
    """What is known about the order of one item."""

    ORDER = "order"
    """Order the quantity: the one that is best for the item by itself."""
    NONE = "none"
    """No order is best for the item by itself."""
    CUT = "cut"
    """The shared limits keep the order from the one that is best for the item."""
    CAPPED = "capped"
    """Order the quantity; more would be better, but the item's maximum or shelf space forbids."""
    NO_QUANTITY = "no_quantity"
    """More stock would be better, but no quantity obeys minimum, pack, maximum and shelf space."""
    NOT_ORDERABLE = "not_orderable"
    """The item cannot be ordered today."""
    NOT_SOLVED = "not_solved"
    """The search was stopped before this item."""
