"""The result: an indicator that carries what it was computed from, and the set of five."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, Literal

from flowopt.core.errors import Failures
from flowopt.core.tables import DEFAULT_BACKEND, make_frame

KEYS = (
    "service_rate",
    "stock_level",
    "delivery_lead_time",
    "cost_per_unit",
    "non_conformity_rate",
)
"""The five indicators, in the order in which they are shown."""

NAN = math.nan


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One indicator: a ratio of sums, and what it was computed from.

    Parameters
    ----------
    key
        One of `KEYS`.
    value
        Its value; NaN when it is unknown, as with no demand, never a flattering 100 %.
    unit
        The unit of `value`: ``"1"`` (a share), ``"days"``, a unit of measure, ``"EUR/unit"``.
    numerator, denominator
        The sums that `value` divides; NaN when there are none.
    basis
        What was counted and how: level, date, window, as_of, …; equal bases can be compared.
    source
        ``"records"`` or ``"plan"``.
    note
        Why it is unknown, or what a reader should know of it.
    breakdown
        Parts or companions of the value: causes, kinds of cost, percentiles.
    target
        What it should be; None when nobody said.
    trend
        (label of the period, value) from the first period to the last; NaN in an empty one.

    Examples
    --------
    >>> rate = Indicator(key="service_rate", value=0.9, unit="1", source="records", target=0.95)
    >>> rate.known, rate.on_target
    (True, False)
    """

    key: str
    value: float
    unit: str
    source: Literal["records", "plan"]
    numerator: float = NAN
    denominator: float = NAN
    basis: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    breakdown: Mapping[str, float] = field(default_factory=dict)
    target: float | None = None
    trend: tuple[tuple[str, float], ...] = ()

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return not math.isnan(self.value)

    @property
    def on_target(self) -> bool | None:
        """Whether the target is met: at least it for the service rate, at most it for others.

        None without a value or a target.
        """
        if self.target is None or not self.known:
            return None
        higher_is_better = self.key == "service_rate"
        return self.value >= self.target if higher_is_better else self.value <= self.target

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain Python values, ready for JSON: NaN and inf become None."""
        return {
            "key": self.key,
            "value": _plain(self.value),
            "unit": self.unit,
            "numerator": _plain(self.numerator),
            "denominator": _plain(self.denominator),
            "basis": _plain(self.basis),
            "source": self.source,
            "note": self.note,
            "breakdown": _plain(self.breakdown),
            "target": _plain(self.target),
            "on_target": self.on_target,
            "trend": _plain(self.trend),
        }


def unknown(key: str, unit: str, source: Literal["records", "plan"], note: str) -> Indicator:
    """Return an indicator without a value, and the reason."""
    return Indicator(key=key, value=NAN, unit=unit, source=source, note=note)


@dataclass(frozen=True, repr=False)
class Indicators(Mapping[str, Indicator]):
    """The five indicators, by key and in the order of `KEYS`.

    Parameters
    ----------
    items_in_order
        One `Indicator` for each of `KEYS`, in that order.
    backend
        The library that `to_frame` makes its frame with.
    """

    items_in_order: tuple[Indicator, ...]
    backend: str = DEFAULT_BACKEND

    def __post_init__(self) -> None:
        keys = tuple(item.key for item in self.items_in_order)
        if keys != KEYS:
            failures = Failures()
            message, fix = "are not the five indicators", f"give {', '.join(KEYS)}"
            failures.add("indicators", None, None, keys, "wrong_keys", message, fix)
            failures.raise_if_any()

    def __getitem__(self, key: str) -> Indicator:
        if key not in KEYS:
            raise KeyError(f"no indicator {key!r}; there are {', '.join(KEYS)}")
        return self.items_in_order[KEYS.index(key)]

    def __iter__(self) -> Iterator[str]:
        return iter(KEYS)

    def __len__(self) -> int:
        return len(KEYS)

    def summary(self) -> dict[str, float]:
        """Return the values: key → value, NaN when unknown."""
        return {item.key: item.value for item in self.items_in_order}

    def with_targets(self, targets: Mapping[str, float]) -> Indicators:
        """Return them with targets.

        Parameters
        ----------
        targets
            Key → target.

        Raises
        ------
        ValidationError
            When a key is not one of the five, or a target is no finite number.
        """
        check_targets(targets)
        items = tuple(
            replace(item, target=float(targets[item.key])) if item.key in targets else item
            for item in self.items_in_order
        )
        return Indicators(items, self.backend)

    def to_frame(self, backend: str | None = None) -> Any:
        """Return `table` as a frame.

        Parameters
        ----------
        backend
            Name of the frame library; None takes that of the records.
        """
        return make_frame(self.table(), backend or self.backend)

    def table(self) -> dict[str, Any]:
        """Return one row an indicator: column → (5,) values."""
        items = self.items_in_order
        columns: dict[str, Any] = {
            name: [getattr(item, name) for item in items]
            for name in ("key", "value", "unit", "numerator", "denominator")
        }
        columns["target"] = [NAN if item.target is None else item.target for item in items]
        columns["basis"] = [_words(item.basis) for item in items]
        columns["source"] = [item.source for item in items]
        columns["note"] = [item.note for item in items]
        return columns

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain Python values, ready for JSON: NaN and inf become None."""
        return {item.key: item.to_dict() for item in self.items_in_order}

    def __repr__(self) -> str:
        figures = ", ".join(f"{key}={value:,.6g}" for key, value in self.summary().items())
        return f"<Indicators {figures}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(item.key)}</th>"
            f"<td>{item.value:,.6g}</td><td>{escape(item.unit)}</td>"
            f"<td>{escape(_words(item.basis))}</td><td>{escape(item.note)}</td></tr>"
            for item in self.items_in_order
        )
        return f"<table><caption>Indicators</caption>{rows}</table>"


def check_targets(targets: Mapping[str, float]) -> None:
    """Raise `ValidationError` when a target has no indicator, or is no finite number."""
    failures = Failures()
    for key, value in targets.items():
        if key not in KEYS:
            fix = f"use one of {', '.join(KEYS)}"
            failures.add("targets", str(key), None, key, "unknown_id", "is no indicator", fix)
        elif isinstance(value, (bool, str)) or not _is_finite(value):
            fix = "give a finite number"
            failures.add("targets", key, None, value, "wrong_type", "is no target", fix)
    failures.raise_if_any()


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except TypeError:
        return False


def _words(basis: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in basis.items())


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
