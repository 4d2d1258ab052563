"""The words for clients that are not served: a reason, a message, the change that would help."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a client is not served."""

    SKILL = "skill"
    """No vehicle type may serve it, or has the skills that it needs."""
    CAPACITY = "capacity"
    """Its demand is more than any vehicle holds that may serve it."""
    UNREACHABLE = "unreachable"
    """There is no way there and back, for any vehicle that holds its demand."""
    TIME_WINDOW = "time_window"
    """Every vehicle that can carry it comes after its window, even if it goes straight there."""
    SHIFT = "shift"
    """The trip there and back alone exceeds every shift, longest duration, distance or driving."""
    FLEET_EXHAUSTED = "fleet_exhausted"
    """A vehicle could serve it, but all are in use, and no route of the plan has room for it."""
    NOT_WORTH_IT = "not_worth_it"
    """It is optional, and serving it costs more than its prize."""
    NOT_PLACED = "not_placed"
    """It would fit into the plan: the search ended before it was placed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value of the input that would have to be another.

    Parameters
    ----------
    table, id, column
        Which: the table, the id of the row, the column. In the tables of windows and breaks the id
        is that of the client, whose last window it is, and of the vehicle type.
    value
        What it would have to be at least (or, of costs and prizes, more than).
    text
        The same in words, where it is a time: a clock time, a duration, a date and time.
    """

    table: str
    id: Any
    column: str
    value: float
    text: str = ""

    def __str__(self) -> str:
        what = {"time_windows": "the last window of ", "breaks": "a break of "}.get(self.table, "")
        return f"{self.column} of {what}{self.id} to {self.text or f'{self.value:.10g}'}"


@dataclass(frozen=True, slots=True)
class Unserved:
    """A client that is not served.

    Parameters
    ----------
    client
        Its position.
    reason
        Why.
    message
        One sentence with the numbers.
    fix
        The smallest change that would make it fit, in words.
    changes
        The same as values; empty when no value of a table would help.
    """

    client: int
    reason: Reason
    message: str
    fix: str
    changes: tuple[Change, ...] = ()
