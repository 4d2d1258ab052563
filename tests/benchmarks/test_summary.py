"""Means, targets and duels say who is ahead, and the tables show it."""

from __future__ import annotations

import pytest

from benchmarks.routing.markdown import percent, report, table
from benchmarks.routing.rows import Row
from benchmarks.routing.summary import (
    Duel,
    Part,
    duels,
    figures,
    merge_shorter,
    parts,
    reached,
)


def row(solver: str, instance: str, gap: float | None, **changes: object) -> Row:
    cost = None if gap is None else 100.0 + gap
    values: dict[str, object] = {
        "set_name": "x",
        "group": "",
        "instance": instance,
        "clients": 100,
        "solver": solver,
        "version": "1",
        "seed": 1,
        "limit": 30.0,
        "tenth": 10,
        "status": "no answer" if gap is None else "answered",
        "cost": cost,
        "best_cost": 100.0,
        "gap": gap,
        "curve": [cost] * 10,
    }
    return Row(**(values | changes))  # type: ignore[arg-type]


def part(*rows: Row) -> Part:
    return Part("x", "", rows)


def duel(*rows: Row) -> Duel:
    (only,) = duels(part(*rows))
    return only


def test_the_mean_is_over_instances_of_the_means_over_seeds() -> None:
    found = figures([row("flowopt", "a", 1.0), row("flowopt", "a", 3.0), row("flowopt", "b", 0.0)])
    assert (found.mean, found.worst, found.solved) == (1.0, 2.0, 1)


def test_runs_without_an_answer_are_counted_beside_the_mean() -> None:
    found = figures([row("hgs", "a", 1.0, late=True), row("hgs", "b", None)])
    assert (found.mean, found.answered, found.runs, found.late) == (1.0, 1, 2, 1)
    assert figures([row("hgs", "b", None)]).mean is None


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [([0.2, 0.3], "yes"), ([0.1, 0.8], "no"), ([0.3, 0.3], "no"), ([0.1, None], "no")],
)
def test_a_target_asks_for_mean_and_worst_and_all_answers(
    gaps: list[float | None], expected: str
) -> None:
    rows = [row("flowopt", str(number), gap) for number, gap in enumerate(gaps)]
    assert reached(part(*rows)) == expected


def test_a_set_without_a_target_reaches_nothing() -> None:
    assert reached(Part("vrpb", "", (row("flowopt", "a", 9.0, set_name="vrpb"),))) == ""


def test_a_duel_is_fought_on_the_instances_that_both_answered() -> None:
    found = duel(
        row("flowopt", "a", 1.0),
        row("flowopt", "b", 5.0),
        row("pyvrp", "a", 2.0),
        row("pyvrp", "b", None, curve=[]),
    )
    assert (found.common, found.own, found.other) == (1, 1.0, 2.0)
    assert (found.better, found.worse, found.only_own, found.won) == (1, 0, 1, True)


def test_a_peer_that_alone_answers_is_not_beaten() -> None:
    found = duel(
        row("flowopt", "a", 1.0),
        row("flowopt", "b", None, curve=[]),
        row("pyvrp", "a", 2.0),
        row("pyvrp", "b", 2.0),
    )
    assert (found.only_other, found.won) == (1, False)


def test_nobody_is_ahead_where_nobody_answered() -> None:
    assert duel(row("flowopt", "a", None), row("hgs", "a", None)).won is None


def test_being_behind_counts_from_three_seconds_on() -> None:
    late = [None, None, *[104.0] * 4, *[101.0] * 4]
    found = duel(
        row("flowopt", "a", 1.0, limit=10.0, curve=late), row("pyvrp", "a", 2.0, limit=10.0)
    )
    assert found.behind == (3, 4, 5, 6)  # at 1 s and 2 s it would be behind, too
    found = duel(row("flowopt", "a", 1.0, curve=late), row("pyvrp", "a", 2.0))
    assert found.behind == (1, 2, 3, 4, 5, 6)


def test_shorter_runs_fill_the_curve_of_the_full_one() -> None:
    full = row("vroom", "a", 1.0, curve=[None] * 8 + [102.0, 101.0])
    short = row("vroom", "a", 7.0, tenth=2, limit=6.0)
    (merged,) = merge_shorter([full, short])
    assert merged.curve == [None, 107.0, *[None] * 6, 102.0, 101.0]


def test_groups_of_a_set_have_parts_of_their_own() -> None:
    rows = [
        row("flowopt", name, 1.0, set_name="gh", group=group)
        for name, group in (("R1_2_1", "type 1"), ("R2_2_1", "type 2"))
    ]
    found = parts(rows)
    assert [(one.group, one.instances) for one in found] == [
        ("", ["R1_2_1", "R2_2_1"]),
        ("type 1", ["R1_2_1"]),
        ("type 2", ["R2_2_1"]),
    ]


# ---- tables


def test_a_table_keeps_its_columns_whatever_a_cell_holds() -> None:
    lines = list(table(["a", "b"], [["x | y", "two\nlines"]]))
    assert lines == ["| a | b |", "|---|---|", "| x / y | two lines |"]


def test_small_gaps_have_three_decimals() -> None:
    assert [percent(value) for value in (0.1234, 12.3456, 0.0, None)] == [
        "0.123",
        "12.35",
        "0.000",
        "–",
    ]


def test_the_report_shows_every_set_and_every_failure() -> None:
    rows = [
        row("flowopt", "X-n4", 0.25),
        row("pyvrp", "X-n4", 1.5),
        row("hgs", "X-n4", None, status="killed", message="after 38 s", curve=[]),
    ]
    machine = {"processor": "chip", "cores": 2, "memory_gb": 8, "system": "S", "python": "3.13"}
    machine |= {"load_at_start": 0.1, "date": "2026-01-01", "commit": ""}
    settings = {"versions": {"flowopt": "0.1"}, "seeds": [1], "workers": 2}
    lines = report(rows, machine, settings).splitlines()
    assert (
        "| X, 100–1000 clients | 1 | 30 | ≤ 0.25, each ≤ 0.7 | yes | 0.250 (0.250) | 1.50 (1.50) "
        "| no answer |" in lines
    )
    assert "| X, 100–1000 clients | pyvrp | 1 | 0.250 | 1.50 | 1 | 0 | 0 | 0 | yes |  |" in lines
    assert "| X, 100–1000 clients | X-n4 | 100 | 100 | 0.250 | 1.50 |  |" in lines
    assert "| x | X-n4 | hgs | 1 | killed | after 38 s |" in lines
