"""What is known about the level of one item of a service mix."""

from enum import StrEnum


class MixStatus(StrEnum):
    """What is known about the level of one item."""

    STOCKED = "stocked"
    """The item is ordered before customers wait for it: its reorder point is 0 or more."""
    ON_DEMAND = "on_demand"
    """The item is ordered when customers wait for it: its reorder point is below 0."""
    NO_DEMAND = "no_demand"
    """There is nothing to hold stock for."""
