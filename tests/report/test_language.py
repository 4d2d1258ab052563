import json
import re
import string
from importlib.resources import files

import pytest

from flowopt import Network
from flowopt.report.language import LANGUAGES, language

FOLDER = files("flowopt.report") / "languages"


def texts(code):
    return json.loads((FOLDER / f"{code}.json").read_text("utf-8"))


def placeholders(entry):
    forms = entry.values() if isinstance(entry, dict) else [entry]
    return [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in forms]


def test_both_languages_have_the_same_texts_with_the_same_placeholders():
    english, french = texts("en"), texts("fr")
    plain = {key for key in english if not key.startswith("said.")}
    assert plain == {key for key in french if not key.startswith("said.") and key != "notes"}
    for key in plain:
        assert isinstance(english[key], dict) == isinstance(french[key], dict), key
        every = [*placeholders(english[key]), *placeholders(french[key])]
        assert all(names - {"periods"} == every[0] - {"periods"} for names in every) or key in (
            "unit.periods",
            "todo.short",
        ), key
    assert {key for key in english if key.startswith("said.")} <= set(french)


def test_every_reason_of_an_unserved_client_has_words():
    from flowopt.routing.explain import Reason

    for code in LANGUAGES:
        for reason in Reason:
            assert language(code).has(f"said.reason.{reason}"), (code, reason)
    for reason in Reason:
        assert language("fr").has(f"said.fix.{reason}")


def test_every_finding_of_a_network_and_note_of_a_plan_has_french_words():
    codes = set(re.findall(r"``(\w+)``", Network.check.__doc__.split("Examples")[0]))
    notes = (files("flowopt.planning") / "notes.py").read_text("utf-8")
    codes |= set(re.findall(r"Note\(\s*\"(\w+)\"", notes))
    assert {"unreached_customer", "isolated_site", "no_vehicles", "no_stock"} <= codes
    for code in codes - {"lane_full", "site_full", "runs_out"}:  # in tables of their own
        assert language("fr").has(f"said.reason.{code}"), code
        assert language("fr").has(f"said.fix.{code}"), code


def test_every_indicator_status_and_limit_has_words():
    from flowopt.core import Limit, Status
    from flowopt.kpi import KEYS

    for code in LANGUAGES:
        for status in Status:
            assert language(code).has(f"status.{status}")
        for limit in Limit:
            assert language(code).has(f"limit.{limit}")
        for key in KEYS:
            assert language(code).has(f"indicator.{key}")


@pytest.mark.parametrize(
    ("value", "digits", "english", "french"),
    [
        (1234567.891, 1, "1,234,567.9", "1\u202f234\u202f567,9"),
        (-0.04, 1, "0.0", "0,0"),
        (-12.5, 1, "−12.5", "−12,5"),
        (float("nan"), 0, "–", "–"),
        (None, 0, "–", "–"),
        (float("inf"), 0, "∞", "∞"),
    ],
)
def test_numbers_are_written_the_language_s_way(value, digits, english, french):
    assert language("en").number(value, digits) == english
    assert language("fr").number(value, digits) == french


def test_short_figures_keep_three_digits():
    english = language("en")
    shown = [english.short(value) for value in (12345.6, 123.4, 12.34, 1.234, 0.1234, 7.0)]
    assert shown == ["12,346", "123", "12.3", "1.23", "0.123", "7"]


def test_shares_durations_and_times_of_day():
    english, french = language("en"), language("fr")
    assert english.percent(0.9834, 1) == "98.3%"
    assert french.percent(0.9834, 1) == "98,3\u00a0%"
    assert english.hours(3 * 3600 + 119) == "3\u00a0h\u00a002"
    assert english.clock(5.5 * 3600) == "05:30"
    assert english.clock(25 * 3600) == "01:00 +1"


def test_french_counts_zero_as_one():
    assert language("fr").text("kind.plant", count=0) == "0 usine"
    assert language("en").text("kind.plant", count=0) == "0 plants"


def test_a_long_list_of_names_is_cut():
    assert language("en").listing(["a", "b", "c"], most=2) == "a, b and 1 more"
