"""The least relaxations that would make a design possible, in the caller's own ids."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Relaxed:
    """One rule that gives way.

    Parameters
    ----------
    rule
        ``"demand"``, ``"supply"``, ``"capacity"``, ``"minimum"``, ``"max_sites"``, ``"budget"``, …
    subject
        Ids of whose rule it is; empty for the design as a whole.
    amount
        By how much it gives way, in the unit of the rule.
    period
        Id of the period, None when there is one or the rule is for all.
    commodity
        Id of the commodity, None when there is one or the rule is for all.
    """

    rule: str
    subject: str
    amount: float
    period: str | int | None = None
    commodity: str | int | None = None

    def __str__(self) -> str:
        where = [f"of {self.subject}"] if self.subject else []
        where += [f"for {self.commodity}"] if self.commodity is not None else []
        where += [f"in {self.period}"] if self.period is not None else []
        rule, verb = WORDS.get(self.rule, (self.rule, "relaxed by"))
        return " ".join([rule, *where, f"{verb} {self.amount:.6g}"])


@dataclass(frozen=True)
class Relaxation:
    """Why there is no design, as what would have to give way.

    Parameters
    ----------
    message
        A sentence and a list for people.
    alternatives
        Each alone would make a design possible: the rules of one kind that give way, by the least
        amount in all. Empty when rules of several kinds must give way together.
    together
        Rules of several kinds that give way, by the least amount relative to their limits.
    """

    message: str
    alternatives: tuple[tuple[Relaxed, ...], ...] = ()
    together: tuple[Relaxed, ...] = ()

    def __str__(self) -> str:
        return self.message


WORDS = {
    "demand": ("demand", "unmet by"),
    "supply": ("supply", "raised by"),
    "joint_supply": ("joint supply", "raised by"),
    "site_capacity": ("capacity", "raised by"),
    "lane_capacity": ("capacity", "raised by"),
    "min_throughput": ("minimum throughput", "lowered by"),
    "min_flow": ("minimum flow", "lowered by"),
    "max_sites": ("max_sites", "raised by"),
    "min_sites": ("min_sites", "lowered by"),
    "budget": ("budget", "raised by"),
    "max_emissions": ("max_emissions", "raised by"),
    "max_mean_distance": ("max_mean_distance", "raised by"),
    "single_source": ("single sourcing", "given up, lanes more:"),
}
"""How a rule is called, and how it gives way."""


def message_of(alternatives: tuple[tuple[Relaxed, ...], ...], together: tuple[Relaxed, ...]) -> str:
    """Return what would help, for people.

    Examples
    --------
    >>> print(message_of(((Relaxed("max_sites", "", 1.0),),), ()))
    No design meets every rule. This would help:
    - max_sites raised by 1
    """
    if alternatives:
        many = "Each of these alone" if len(alternatives) > 1 else "This"
        lines = [f"No design meets every rule. {many} would help:"]
        return "\n".join([*lines, *(f"- {_some(group)}" for group in alternatives)])
    if together:
        return f"No design meets every rule. Together these would help:\n- {_some(together)}"
    return "No design meets every rule: what is closed, or where lanes lead, does not allow one."


def _some(group: tuple[Relaxed, ...], most: int = 5) -> str:
    more = f"; and {len(group) - most} more" if len(group) > most else ""
    return "; ".join(map(str, group[:most])) + more
