"""Says a report's plain data in a language: the functions that the template calls."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flowopt.report.flows import KIND_ORDER
from flowopt.report.language import Language
from flowopt.report.view import UNNAMED_CURRENCY

if TYPE_CHECKING:
    from flowopt.kpi import Indicator
    from flowopt.report.indicators import Card
    from flowopt.report.maps import Tick
    from flowopt.report.rounds import Missed
    from flowopt.report.view import Action, View

PERIODS = ("period", "hour", "day", "week", "month")
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_SPACE = "\u00a0"
_MOST_PARTS = 4  # of an indicator that are shown


@dataclass(frozen=True)
class Words:
    """Everything that the template says.

    Parameters
    ----------
    view
        What the report shows.
    language
        In which language.
    currency
        Code or sign of the currency; empty takes that of the recorded costs, if any.
    period
        One of `PERIODS`.
    """

    view: View
    language: Language
    currency: str
    period: str

    def functions(self) -> dict[str, Callable[..., Any] | str]:
        """Return the functions by the names that the template has for them."""
        speech = self.language
        return {
            "t": self.text,
            "headline": self.headline,
            "say": self.action,
            "said": self.said,
            "warn": self.warning,
            "reason": self.reason,
            "remedy": self.remedy,
            "names": self.names,
            "because": self.because,
            "note": self.note,
            "trend_words": self.trend_words,
            "figure_of": self.figure_of,
            "figure": lambda one: self.figure_of(one, one.value),
            "unit": self.unit,
            "basis": self.basis,
            "parts": self.parts,
            "money": self.money,
            "price": self.price,
            "number": speech.number,
            "short": speech.short,
            "percent": speech.percent,
            "hours": speech.hours,
            "clock": speech.clock,
            "limit": self.limit,
            "date": self.date,
            "word": self.word,
            "degrees": self.degrees,
            "part": self.part,
            "gap": self.gap,
            "per_period": self.per_period,
        }

    # ---- words

    def text(self, key: str, **values: Any) -> str:
        """Return a text of the catalogue, which may name the period."""
        values |= {
            "period": self.language.text(f"period.{self.period}"),
            "periods": self.language.text(f"periods.{self.period}"),
        }
        return self.language.text(key, **values)

    @property
    def per_period(self) -> str:
        """``units per day``."""
        return self.text("units_per_period")

    def headline(self) -> str:
        """Return one sentence on the size of the network and what it delivers."""
        kinds = [
            self.text(f"kind.{kind}", count=self.view.kinds[kind])
            for kind in KIND_ORDER
            if kind in self.view.kinds
        ]
        items = self.text("items", count=len(self.view.item_ids))
        flow = self.view.flows
        share = flow.served / flow.demand if flow.demand else None
        whole = share is not None and share > 1 - 1e-12
        said = self.text(
            "headline",
            network=", ".join([*kinds, items]),
            served=self.language.number(flow.served),
            share=self.language.percent(share, 0 if whole else 1),
        )
        left = sum(row.depot is not None for row in self.view.missed)
        return said if not left else f"{said} {self.text('headline.missed', count=left)}"

    def action(self, action: Action) -> str:
        """Return what to do as a sentence."""
        values = dict(action.values)
        if "value" in values:
            values["value"] = self.money(values["value"])
        if "sites" in values:
            values["names"] = self.names(values.pop("sites"))
        if "lane" in values:
            lane = values.pop("lane")
            values["source"] = self.view.site_names[lane.source]
            values["target"] = self.view.site_names[lane.target]
            values["mode"] = self.word(self.view.modes[lane.mode])
            values["saving"] = self.price(lane.saving)
        if "worst" in values:
            worst = values.pop("worst")
            values["item"] = self.view.item_names[worst.item]
            values["site"] = self.view.site_names[worst.site]
            values["cover"] = self.language.number(worst.cover, 1)
        return self.text(action.key, **values)

    def said(self, key: str, message: str) -> str:
        """Return a sentence of a solver in the reader's language where that knows it."""
        name = f"said.{key}"
        return self.text(name) if self.language.has(name) else message

    def warning(self, code: str, what: list[str], message: str) -> str:
        """Return a note: what it is about and what is wrong, or as the solver says it."""
        key = f"reason.{code}"
        if not self.language.has(f"said.{key}"):
            return message
        colon = f"{_SPACE}:" if self.language.code == "fr" else ":"
        said = self.said(key, message)
        return f"{self.language.listing(what)}{colon} {said}" if what else said

    def reason(self, missed: Missed) -> str:
        """Return why a customer is not delivered to."""
        return self.said(f"reason.{missed.reason}", missed.message)

    def remedy(self, missed: Missed) -> str:
        """Return what would help a customer that is not delivered to."""
        said = []
        for name, column, value in missed.changes:
            if not self.language.has(f"change.{column}"):
                break
            said.append(self.text(f"change.{column}", id=name, value=self._limit_of(column, value)))
        if not said or len(said) < len(missed.changes):
            return self.said(f"fix.{missed.reason}", missed.fix)
        return f" {self.text('and')} ".join(said)

    def because(self, indicator: Indicator) -> str:
        """Return why an indicator is unknown."""
        return self.note(indicator) or self.text("no_data")

    def note(self, indicator: Indicator) -> str:
        """Return what a reader should know of an indicator, in the reader's language if known."""
        parts = filter(None, indicator.note.split("; "))
        return " ; ".join(map(self._note, parts)) if self.language.code == "fr" else indicator.note

    def _note(self, said: str) -> str:
        for pattern, text in self.language.texts.get("notes", {}).items():
            found = re.fullmatch(pattern, said)
            if found:
                return str(text).format(*map(self._figure, found.groups()))
        return said

    def _figure(self, word: str) -> str:
        try:
            return self.language.short(float(word.replace(",", "")))
        except ValueError:
            return word

    def names(self, sites: Sequence[int]) -> str:
        """Return the names of sites, the first ones when there are many."""
        unique = list(dict.fromkeys(self.view.site_names[site] for site in sites))
        return self.language.listing(unique)

    def word(self, word: str) -> str:
        """Return a mode of transport as the language calls it, or as the input does."""
        key = f"mode.{word}"
        return self.text(key) if self.language.has(key) else word

    def part(self, name: str) -> str:
        """Return a part of the plan: the kind of problem, and the depot by its name."""
        kind, _, depot = name.partition(" ")
        shown = self.text(f"part.{kind}") if self.language.has(f"part.{kind}") else kind
        ids = self.view.site_ids
        known = self.view.site_names[ids.index(depot)] if depot in ids else depot
        return f"{shown} {known}".strip()

    def date(self, day: dt.date) -> str:
        """Return a day, the month in words."""
        month = self.text(f"month.{day.month}")
        return f"{day.day}{_SPACE}{month}{_SPACE}{day.year}"

    # ---- figures

    def money(self, amount: float | None) -> str:
        """Return an amount of money, without cents."""
        return self._in_currency(self.language.number(amount))

    def price(self, amount: float | None) -> str:
        """Return the price of one unit, with cents."""
        return self._in_currency(self.language.number(amount, 2))

    def limit(self, amount: float) -> str:
        """Return a capacity."""
        return self.text("no_limit") if math.isinf(amount) else self.language.number(amount)

    def degrees(self, tick: Tick) -> str:
        """Return the name of a line of latitude or longitude."""
        side = {"lat": "NS", "lon": "EW"}[tick.axis][tick.degrees < 0]
        size = self.language.number(
            abs(tick.degrees), 0 if tick.degrees == int(tick.degrees) else 2
        )
        return f"{size}°" if tick.degrees == 0 else f"{size}°{self.text(f'compass.{side}')}"

    def gap(self, step: Any) -> str:
        """Return how far at most the cost of a solve is from the best possible."""
        if step.cost is None or step.bound is None:
            return self.text("gap_unknown")
        size = abs(step.cost - step.bound) / max(abs(step.cost), 1e-10)
        return self.language.percent(size, 2)

    def figure_of(self, indicator: Indicator, value: float) -> str:
        """Return a value in the form of an indicator: a share in percent."""
        if indicator.unit == "1":
            return self.language.percent(value, 1)
        if indicator.key == "cost_per_unit":
            return self.language.number(value, 2)
        return self.language.short(value)

    def unit(self, indicator: Indicator) -> str:
        """Return the unit of an indicator, as the language calls it."""
        if indicator.unit == "1":
            return ""
        words = indicator.unit.split("/")
        return "/".join(
            self._unit(word, 1 if rank else indicator.value) for rank, word in enumerate(words)
        )

    def basis(self, indicator: Indicator) -> str:
        """Return what an indicator counts: level, date, window."""
        shown = []
        for name, value in indicator.basis.items():
            key = f"basis.{name}"
            if name == "window":
                shown.append(self._window(*value))
            elif self.language.has(key):
                shown.append(self.text(key, value=self._value(value)))
        colon = f"{_SPACE}:" if self.language.code == "fr" else ":"
        return f"{colon} {', '.join(shown)}" if shown else ""

    def parts(self, indicator: Indicator) -> list[tuple[str, str]]:
        """Return the largest parts of an indicator, or its companions: label, value."""
        known = [
            (name, value)
            for name, value in indicator.breakdown.items()
            if math.isfinite(value) and value and name != indicator.basis.get("measure")
        ]
        if indicator.key in ("cost_per_unit", "non_conformity_rate"):
            known.sort(key=lambda pair: -abs(pair[1]))
        else:
            known = [pair for pair in known if self.language.has(f"part_of.{pair[0]}")]
        shown = known[:_MOST_PARTS]
        if indicator.key == "cost_per_unit" and len(known) > _MOST_PARTS:  # so that they add up
            shown.append(("other", sum(value for _, value in known[_MOST_PARTS:])))
        return [
            (self._known(f"part_of.{name}", name), self._part_value(indicator, name, value))
            for name, value in shown
        ]

    def trend_words(self, card: Card) -> str:
        """Return a trend in words, for who cannot see its line."""
        assert card.spark is not None
        parts = [
            f"{label} {self.figure_of(card.main, value)}" for label, value in card.spark.values
        ]
        return self.text("trend", values="; ".join(parts))

    def _part_value(self, indicator: Indicator, name: str, value: float) -> str:
        if name == "value":
            return self.money(value)
        if name == "days_of_supply":
            return f"{self.language.number(value, 1)} {self.text('unit.days', count=value)}"
        return self.figure_of(indicator, value)

    def _limit_of(self, column: str, value: float) -> str:
        if column == "max_duration":
            return self.language.hours(60 * math.ceil(value / 60 - 1e-6))
        if column == "tw_late":
            return self.language.clock(60 * math.ceil(value / 60 - 1e-6))
        return self.money(value) if column == "prize" else self.language.short(math.ceil(value))

    def _unit(self, word: str, count: float) -> str:
        """Return a unit: money as the sign of its currency, where that is known."""
        code = (self._money_code if word == UNNAMED_CURRENCY else word) or word
        return _SIGNS.get(code) or self._known(f"unit.{code}", code, count)

    def _window(self, early: float, late: float) -> str:
        if early == 0 and late == 0:
            return self.text("basis.window_exact")
        return self.text("basis.window", early=self.limit(early), late=self.limit(late))

    def _value(self, value: Any) -> str:
        if isinstance(value, str):
            return self._known(f"value.{value}", value)
        return self.language.short(float(value)) if isinstance(value, (int, float)) else str(value)

    def _known(self, key: str, word: str, count: float = 1) -> str:
        return self.text(key, count=count) if self.language.has(key) else word

    @property
    def _money_code(self) -> str:
        return self.currency or self.view.currency

    def _in_currency(self, amount: str) -> str:
        sign = _SIGNS.get(self._money_code, self._money_code)
        if not sign or amount in ("–", "∞"):
            return amount
        if self.language.code == "en" and len(sign) == 1:
            return f"{sign}{amount}"
        return f"{amount}{_SPACE}{sign}"
