"""Writes a plan as one HTML file that opens anywhere, with nothing to fetch."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowopt.core.errors import Failures
from flowopt.report.language import Language, language
from flowopt.report.view import View, build
from flowopt.report.words import PERIODS, Words

if TYPE_CHECKING:
    from flowopt.planning import Plan

SECTIONS = ("indicators", "todo", "flows", "stock", "rounds", "unserved", "warnings", "trace")


def write(
    plan: Plan,
    path: str | Path,
    lang: str = "en",
    *,
    currency: str = "",
    period: str = "period",
    made_on: dt.date | None = None,
) -> Path:
    """Write the report of a plan to a file.

    Parameters
    ----------
    plan
        The plan.
    path
        The file, ``report.html``; its folder must be there.
    lang
        ``"en"`` or ``"fr"``.
    currency
        Of the costs, as ``"EUR"`` or a sign; empty takes that of the recorded costs, if any.
    period
        What a period of the network is: ``"period"``, ``"hour"``, ``"day"``, ``"week"`` or
        ``"month"``.
    made_on
        The day to print on it; None is today.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValidationError
        When the language or the period is not known.
    """
    file = Path(path)
    text = render(plan, lang, currency=currency, period=period, made_on=made_on)
    file.write_text(text, encoding="utf-8")
    return file


def render(
    plan: Plan,
    lang: str = "en",
    *,
    currency: str = "",
    period: str = "period",
    made_on: dt.date | None = None,
) -> str:
    """Return the report of a plan as HTML.

    Parameters
    ----------
    plan, lang, currency, period, made_on
        As in `write`.
    """
    words = language(lang)
    _check_period(period)
    view = build(plan, made_on or dt.date.today())
    return render_view(view, words, currency, period)


def render_view(view: View, words: Language, currency: str, period: str) -> str:
    """Return a report's plain data as HTML.

    Parameters
    ----------
    view
        What it shows.
    words
        The language.
    currency, period
        As in `write`.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    page = Environment(
        loader=PackageLoader("flowopt.report"), autoescape=True, undefined=StrictUndefined
    )
    speech = Words(view, words, currency, period).functions()
    page.filters |= {name: function for name, function in speech.items() if callable(function)}
    page.globals |= speech
    return page.get_template("report.html").render(
        view=view, lang=words.code, sections=SECTIONS, totals=_totals(view)
    )


def _check_period(period: str) -> None:
    if period not in PERIODS:
        failures = Failures()
        fix = f"use one of {', '.join(PERIODS)}"
        failures.add("report", "period", None, period, "unknown_choice", "is not known", fix)
        failures.raise_if_any()


def _totals(view: View) -> dict[str, Any]:
    """Return the sums of the rounds of all depots."""
    depots = view.depots
    sums = {
        name: sum(getattr(depot, name) for depot in depots)
        for name in ("available", "drops", "distance", "duration", "load", "cost")
    }
    return sums | {"rounds": sum(len(depot.rounds) for depot in depots)}
