"""A row says how far the better answer of a run lies above the best known one, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.routing.case import BestKnown, Case
from benchmarks.routing.rows import Row, Task, curve, gap, lowest, row_of, with_references
from benchmarks.routing.worker import ANSWERED, INVALID, KILLED, Reply

CASE = Case("x", "X-n4", 3, best=BestKnown(100.0))
TASK = Task(CASE, "pyvrp", 1, 10.0)


def answer(cost: float, **changes: object) -> Reply:
    return replace(Reply(ANSWERED, seconds=10.0, cost=cost, vehicles=2), **changes)


def test_a_gap_is_percent_of_the_best_known_cost() -> None:
    assert gap(102.0, 5, BestKnown(100.0)) == pytest.approx(2.0)
    assert gap(99.0, 5, BestKnown(100.0)) == pytest.approx(-1.0)


def test_a_gap_within_the_rounding_of_floats_is_none() -> None:
    assert gap(100.0 + 1e-9, None, BestKnown(100.0)) == 0.0


def test_a_vehicle_too_many_counts_as_an_average_route() -> None:
    assert gap(980.0, 11, BestKnown(1000.0, 10)) == pytest.approx(10.0 - 2.0)


def test_the_better_answer_of_two_processes_counts() -> None:
    row = row_of(TASK, [answer(104.0), answer(103.0, seconds=9.0)], "0.14")
    assert (row.cost, row.gap, row.seconds, row.version) == (
        103.0,
        pytest.approx(3.0),
        10.0,
        "0.14",
    )
    assert [one["cost"] for one in row.processes] == [104.0, 103.0]


def test_an_answer_that_does_not_hold_never_beats_one_that_does() -> None:
    broken = replace(answer(90.0), status=INVALID, message="capacity")
    row = row_of(TASK, [broken, answer(103.0)], "")
    assert (row.status, row.cost) == (ANSWERED, 103.0)
    alone = row_of(TASK, [broken], "")
    assert (alone.status, alone.gap, alone.message) == (INVALID, None, "capacity")


def test_fewer_vehicles_win_where_vehicles_come_first() -> None:
    task = replace(TASK, case=replace(CASE, set_name="pdptw", best=BestKnown(100.0, 2)))
    row = row_of(task, [answer(90.0, vehicles=3), answer(103.0)], "")
    assert (row.vehicles, row.cost) == (2, 103.0)


def test_a_run_without_an_answer_is_a_row() -> None:
    row = row_of(TASK, [Reply(KILLED, "killed after 16 s")], "")
    assert (row.status, row.gap, row.curve, row.answered) == (KILLED, None, [None] * 10, False)


def test_an_answer_after_the_limit_is_late() -> None:
    assert not row_of(TASK, [answer(103.0, seconds=10.6)], "").late
    assert row_of(TASK, [answer(103.0, seconds=10.8)], "").late


def test_the_curve_has_the_best_cost_at_every_tenth() -> None:
    reply = answer(100.0, trace=[(0.5, 130.0), (2.0, 120.0), (2.5, 125.0), (9.5, 100.0)])
    assert curve(reply, 10.0) == [130.0, *[120.0] * 8, 100.0]


def test_the_curve_leaves_out_plans_cheaper_than_the_answer() -> None:
    reply = answer(100.0, trace=[(0.5, 40.0), (5.0, 110.0)])  # the first leaves clients out
    assert curve(reply, 10.0) == [None] * 4 + [110.0] * 5 + [100.0]


def test_a_search_that_ended_by_itself_stays_at_its_answer() -> None:
    assert curve(answer(100.0, seconds=3.0, ended=True), 10.0) == [None] * 2 + [100.0] * 8
    assert curve(answer(100.0, seconds=10.0), 10.0) == [None] * 9 + [100.0]


def test_the_curve_of_two_processes_is_the_lower_one() -> None:
    assert lowest([[None, 5.0, 3.0], [None, None, 4.0]]) == [None, 5.0, 3.0]


def test_an_instance_without_a_best_known_cost_is_compared_with_the_best_of_the_run() -> None:
    task = replace(TASK, case=replace(CASE, best=None))
    rows = [row_of(task, [answer(cost)], "") for cost in (110.0, 100.0)]
    assert [row.gap for row in rows] == [None, None]
    assert [row.gap for row in with_references(rows)] == [pytest.approx(10.0), 0.0]


def test_a_row_comes_back_from_json_as_it_was() -> None:
    row = row_of(TASK, [answer(103.0)], "")
    assert Row.from_dict(row.to_dict()) == row
    assert row.key == TASK.key
