"""Texts and figures in the reader's language."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flowopt.core.errors import Failures

LANGUAGES = ("en", "fr")
_FOLDER = Path(__file__).parent / "languages"
_NARROW_SPACE = "\u202f"  # the French thousands separator, which does not break a line
_SPACE = "\u00a0"
_MISSING = "–"


@dataclass(frozen=True)
class Language:
    """The words of one language, and how it writes figures.

    Parameters
    ----------
    code
        ``"en"`` or ``"fr"``.
    texts
        Key → text, or key → form of the plural (``"one"``, ``"other"``) → text; with
        placeholders in braces.

    Examples
    --------
    >>> language("en").number(1234.5, 1), language("fr").number(1234.5, 1)
    ('1,234.5', '1\u202f234,5')
    """

    code: str
    texts: dict[str, Any]

    def text(self, key: str, **values: Any) -> str:
        """Return a text with its placeholders filled.

        Parameters
        ----------
        key
            Which text.
        values
            Placeholder → value. Whole and decimal numbers are written the language's way; `count`
            picks the form of the plural.
        """
        entry = self.texts[key]
        if isinstance(entry, dict):
            entry = entry[self._plural(values["count"])]
        return str(entry).format(**{name: self._shown(value) for name, value in values.items()})

    def has(self, key: str) -> bool:
        """Whether there is a text of this key."""
        return key in self.texts

    def number(self, value: float | None, digits: int = 0) -> str:
        """Return a figure with separators; a dash for none, ∞ for no limit.

        Parameters
        ----------
        value
            The figure.
        digits
            How many after the decimal point.
        """
        if value is None or math.isnan(value):
            return _MISSING
        if math.isinf(value):
            return "∞" if value > 0 else "−∞"
        shown = f"{value:,.{digits}f}"
        if float(shown.replace(",", "")) == 0:
            shown = shown.lstrip("-")
        if self.code == "fr":
            shown = shown.replace(",", _NARROW_SPACE).replace(".", ",")
        return shown.replace("-", "−")

    def short(self, value: float | None) -> str:
        """Return a figure with about three significant digits, none lost before the point."""
        if value is None or not math.isfinite(value):
            return self.number(value)
        size = abs(value)
        if size == round(size) and size < 1e15:
            return self.number(value)
        digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
        return self.number(value, digits)

    def percent(self, share: float | None, digits: int = 0) -> str:
        """Return a share, 0 to 1, in percent."""
        shown = self.number(None if share is None else 100 * share, digits)
        return shown if shown == _MISSING else f"{shown}{_SPACE if self.code == 'fr' else ''}%"

    def hours(self, seconds: float | None) -> str:
        """Return a duration in hours and minutes."""
        if seconds is None or not math.isfinite(seconds):
            return self.number(seconds)
        minutes = round(seconds / 60)
        return f"{minutes // 60}{_SPACE}h{_SPACE}{minutes % 60:02d}"

    def clock(self, seconds: float | None) -> str:
        """Return a time of day, in the 24-hour way; ``+1`` stands for the day after."""
        if seconds is None or not math.isfinite(seconds):
            return self.number(seconds)
        days, minutes = divmod(round(seconds / 60), 24 * 60)
        shown = f"{minutes // 60:02d}:{minutes % 60:02d}"
        return shown if days == 0 else f"{shown} {days:+d}"

    def listing(self, names: list[str], most: int = 5) -> str:
        """Return names with commas between them, the first ones only when there are many."""
        shown = ", ".join(names[:most])
        more = len(names) - most
        return shown if more <= 0 else f"{shown} {self.text('and_more', count=more)}"

    def _plural(self, count: float) -> str:
        single = abs(count) < 2 if self.code == "fr" else count == 1
        return "one" if single else "other"

    def _shown(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return str(value)
        return self.short(value)


@cache
def language(code: str) -> Language:
    """Return a language by its code.

    Parameters
    ----------
    code
        ``"en"`` or ``"fr"``.

    Raises
    ------
    ValidationError
        When there is no such language.
    """
    if code not in LANGUAGES:
        faults = Failures()
        fix = f"use one of {', '.join(LANGUAGES)}"
        faults.add("report", "lang", None, code, "unknown_choice", "is not a known language", fix)
        faults.raise_if_any()
    path = _FOLDER / f"{code}.json"
    return Language(code, json.loads(path.read_text(encoding="utf-8")))
