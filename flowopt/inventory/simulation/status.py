"""What is known about the simulation of one item."""

from enum import StrEnum


class SimulationStatus(StrEnum):
    """What is known about the simulation of one item."""

    SIMULATED = "simulated"
    """Played, with confidence intervals."""
    TOO_SHORT = "too_short"
    """Played, but in too few periods to tell how sure the figures are."""
    NO_DEMAND = "no_demand"
    """Played, but nothing was demanded: there is no fill rate."""
    NOT_PLAYED = "not_played"
    """The item has no policy, or no period is left after the warm-up."""
