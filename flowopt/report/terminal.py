"""A plan in a few lines, for a terminal."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flowopt.report.language import language
from flowopt.report.view import build
from flowopt.report.words import Words

if TYPE_CHECKING:
    from flowopt.planning import Plan
    from flowopt.planning.notes import Note


_MOST_NOTES = 3


def summary_lines(
    plan: Plan, lang: str = "en", *, currency: str = "", period: str = "period"
) -> list[str]:
    """Return what the report says first: the headline, the five indicators, what to do.

    Parameters
    ----------
    plan
        The plan.
    lang, currency, period
        As in `flowopt.report.write`.
    """
    speech = language(lang)
    view = build(plan, dt.date.today())
    words = Words(view, speech, currency, period)
    lines = [words.headline(), ""]
    for card in view.cards:
        shown = f"{words.figure_of(card.main, card.main.value)} {words.unit(card.main)}".rstrip()
        source = speech.text(f"source.{card.main.source}")
        label = words.text(f"indicator.{card.key}")
        lines.append(
            f"  {label:<28} {shown}  ({source})" if card.main.known else f"  {label:<28} –"
        )
    lines += ["", *(f"  • {words.action(action)}" for action in view.actions)]
    grave = [note for note in plan.notes if _is_grave(note)]
    for note in grave[:_MOST_NOTES]:
        said = words.warning(note.code, list(note.ids), note.message)
        lines.append(f"  • {said[:1].upper()}{said[1:]}.")
    if len(grave) > _MOST_NOTES:
        lines.append(f"  • {speech.text('and_more', count=len(grave) - _MOST_NOTES)}")
    return lines


def _is_grave(note: Note) -> bool:
    """Return whether a note says that a part of the plan is one in name only."""
    nothing_at_all = note.code == "no_demand" and not note.ids
    return nothing_at_all or note.code in ("no_vehicles", "cancelled")
