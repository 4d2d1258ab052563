"""What the report says of the five indicators."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowopt.kpi import Indicator, Indicators

SPARK_WIDTH, SPARK_HEIGHT = 150.0, 36.0
_EDGE = 4.0


@dataclass(frozen=True)
class Spark:
    """A trend as a small line.

    Parameters
    ----------
    path
        Of the line, broken where a value is unknown.
    end
        The last known point.
    target
        Height of the target's line; None without a target, or where it lies off the picture.
    first, last
        Labels of the first and the last period.
    values
        (label, value) of each period.
    """

    path: str
    end: tuple[float, float]
    target: float | None
    first: str
    last: str
    values: list[tuple[str, float]]


@dataclass(frozen=True)
class Card:
    """One indicator, as planned and as recorded.

    Parameters
    ----------
    key
        Its key.
    main
        The one that is written large: the plan's where it is known.
    other
        The other one; None when it is unknown too, or there are no records.
    target
        What it should be; None when nobody said.
    on_target
        Whether the large one meets it; None when that cannot be said.
    spark
        The trend of the records; None when there is none.
    """

    key: str
    main: Indicator
    other: Indicator | None
    target: float | None
    on_target: bool | None
    spark: Spark | None


def cards(planned: Indicators, recorded: Indicators | None) -> list[Card]:
    """Return the five indicators.

    Parameters
    ----------
    planned
        As the plan has them.
    recorded
        As the records have them; None without records.
    """
    return [_card(planned[key], None if recorded is None else recorded[key]) for key in planned]


def _card(planned: Indicator, recorded: Indicator | None) -> Card:
    both = [planned] if recorded is None else [planned, recorded]
    main = next((one for one in both if one.known), planned)
    other = next((one for one in both if one is not main and one.known), None)
    target = next((one.target for one in both if one.target is not None), None)
    trend = next((one.trend for one in reversed(both) if one.trend), ())
    met = replace(main, target=target).on_target
    return Card(planned.key, main, other, target, met, sparkline(list(trend), target))


def sparkline(trend: list[tuple[str, float]], target: float | None) -> Spark | None:
    """Return a trend as a line; None with fewer than two known values.

    Parameters
    ----------
    trend
        (label, value) of each period; NaN where unknown.
    target
        To be drawn across it.

    Examples
    --------
    >>> sparkline([("Jan", 1.0), ("Feb", 2.0)], None).path
    'M4.0 32.0L146.0 4.0'
    """
    known = [value for _, value in trend if math.isfinite(value)]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    if target is not None and low - (high - low) <= target <= high + (high - low):
        low, high = min(low, target), max(high, target)
    span = (high - low) or 1.0

    def height(value: float) -> float:
        return SPARK_HEIGHT - _EDGE - (SPARK_HEIGHT - 2 * _EDGE) * (value - low) / span

    step = (SPARK_WIDTH - 2 * _EDGE) / (len(trend) - 1)
    path, pen, end = "", "M", (0.0, 0.0)
    for place, (_, value) in enumerate(trend):
        if math.isfinite(value):
            end = (_EDGE + place * step, height(value))
            path, pen = f"{path}{pen}{end[0]:.1f} {end[1]:.1f}", "L"
        else:
            pen = "M"
    shown = target is not None and low <= target <= high
    line = height(target) if shown and target is not None else None
    return Spark(path, end, line, trend[0][0], trend[-1][0], trend)
