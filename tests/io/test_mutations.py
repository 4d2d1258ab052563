"""Damaged files: whatever is changed, there is a problem or a list of faults, never a crash."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowopt.core import ValidationError
from flowopt.core.errors import Failures
from flowopt.io.reader import parse
from flowopt.io.text import TextFile

WORDS = st.sampled_from(
    [
        *("", "0", "-1", "1", "2", "99", "1.5", "1e400", "-1e-400", "nan", "inf", "x", "é", "١"),
        *(str(2**53), str(2**63), str(2**70), "1_0", "0x1", ":", "EOF", "c", "p", "n", "a", "#"),
        *("DEMAND_SECTION", "NODE_COORD_SECTION", "DEPOT_SECTION", "TYPE : VRPTW", "VEHICLE"),
        *("TIME_WINDOW_SECTION", "EDGE_WEIGHT_TYPE : EXPLICIT", "CUSTOMER", "Route #1: 1", "\v"),
        *("VEHICLES_DEPOT_SECTION", "BACKHAUL_SECTION", "TYPE : VRPB", "VEHICLES : 4", "-7", "16"),
        *("DIMENSION : 1000000000000000000000", "VEHICLES : 9007199254740992", "p min 1 0"),
    ]
)
FORMATS = [
    *("tiny_vrp", "tiny_fleet", "tiny_backhauls"),
    *("tiny_solomon", "tiny_lilim", "tiny_cordeau", "tiny_min"),
]
CHANGES = st.lists(
    st.tuples(st.sampled_from(["replace", "insert", "delete"]), st.floats(0, 0.999), WORDS),
    min_size=1,
    max_size=4,
)


def changed(text: str, changes: list[tuple[str, float, str]], splitter: str) -> str:
    parts = text.split(splitter)
    for what, where, word in changes:
        place = int(where * len(parts))
        if what == "insert":
            parts.insert(place, word)
        elif parts:
            parts[place : place + 1] = [word] if what == "replace" else []
    return splitter.join(parts)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=CHANGES, splitter=st.sampled_from([" ", "\n"]))
@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_file_is_a_problem_or_a_list_of_faults(
    request: pytest.FixtureRequest, name: str, changes: list[tuple[str, float, str]], splitter: str
) -> None:
    text = changed(request.getfixturevalue(name), changes, splitter)
    failures = Failures()
    lines = tuple((text or " x").split("\n"))
    instance = parse(TextFile(Path("input"), lines, failures))
    assert (instance is None) == (len(failures) > 0)
    for failure in failures:
        assert failure.fix
        assert failure.row is None or 1 <= failure.row <= len(lines)
    if instance is not None:
        with suppress(ValidationError):
            instance.to_problem()
