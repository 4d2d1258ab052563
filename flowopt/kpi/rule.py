"""When an order counts as served: level, date, window. There is no standard, so all are said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from flowopt.core.errors import Failures

Level = Literal["order", "line", "unit"]
Due = Literal["requested", "promised"]
Measure = Literal["otif", "on_time", "in_full", "perfect_order"]
Timing = Literal["day", "moment"]
Window = tuple[float, float]

LEVELS = ("order", "line", "unit")
DATES = ("requested", "promised")
MEASURES: tuple[Measure, ...] = ("otif", "on_time", "in_full", "perfect_order")
TIMINGS = ("day", "moment")


@dataclass(frozen=True)
class Rule:
    """When an order counts as served.

    Parameters
    ----------
    level
        What is counted: ``"order"``, ``"line"`` or ``"unit"``.
    date
        Against which date: ``"requested"`` or ``"promised"``.
    window
        (days early, days late) that are still on time.
    measure
        ``"otif"`` (on time in full), ``"on_time"``, ``"in_full"`` or ``"perfect_order"``.
    timing
        ``"day"`` compares calendar days, ``"moment"`` the exact times.
    """

    level: Level
    date: Due
    window: Window
    measure: Measure = "otif"
    timing: Timing = "day"

    @property
    def basis(self) -> dict[str, Any]:
        """The rule, as it stands in an indicator."""
        return {
            "measure": self.measure,
            "level": self.level,
            "date": self.date,
            "window": self.window,
            "timing": self.timing,
        }


def read_rule(
    failures: Failures,
    *,
    level: Any,
    date: Any,
    window: Any,
    measure: Any = "otif",
    timing: Any = "day",
) -> Rule:
    """Return the rule; collect what cannot be used of it."""
    read_choice(failures, "level", level, LEVELS)
    read_choice(failures, "date", date, DATES)
    read_choice(failures, "measure", measure, MEASURES)
    read_choice(failures, "timing", timing, TIMINGS)
    return Rule(level, date, _read_window(window, failures), measure, timing)


def read_choice(failures: Failures, name: str, value: Any, allowed: tuple[str, ...]) -> None:
    """Collect an argument that is none of the values that it may have."""
    if value not in allowed:
        fix = f"use one of {', '.join(allowed)}"
        failures.add("kpi", name, None, value, "unknown_choice", "is not known", fix)


def _read_window(window: Any, failures: Failures) -> Window:
    try:
        early, late = (float(days) for days in window)
        if isinstance(window, str) or not (early >= 0 and late >= 0):
            raise ValueError
    except (TypeError, ValueError):
        fix = "give (days early allowed, days late allowed), both 0 or more"
        failures.add("kpi", "window", None, window, "wrong_type", "is no window", fix)
        return 0.0, 0.0
    return early, late
