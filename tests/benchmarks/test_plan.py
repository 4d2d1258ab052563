"""The plan takes instances evenly, and keeps to a budget."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.routing.case import Case
from benchmarks.routing.plan import Wish, choose, describe, seconds, spread, tasks

FILE = Path("instance.vrp")


def cases(set_name: str, count: int) -> list[Case]:
    return [Case(set_name, f"R{1 + i % 2}_{i}", 100 + i, FILE) for i in range(count)]


def wish(**changes: object) -> Wish:
    return Wish(**({"solvers": ("flowopt", "vroom"), "seeds": (1, 2)} | changes))  # type: ignore[arg-type]


def test_every_beginning_of_the_order_is_spread_over_the_sizes() -> None:
    order = [case.clients - 100 for case in spread(cases("x", 7))]
    assert order == [3, 1, 5, 0, 2, 4, 6]


def test_the_groups_of_a_set_take_turns() -> None:
    order = spread(cases("gh", 6))
    assert [case.name[1] for case in order] == ["1", "2"] * 3


def test_a_solver_without_seeds_runs_once() -> None:
    runs = [(task.solver, task.seed) for task in tasks(cases("x", 1)[0], wish())]
    assert runs == [("flowopt", 1), ("vroom", 1), ("flowopt", 2)]


def test_a_solver_is_not_asked_for_what_it_does_not_take() -> None:
    case = cases("pcvrptw", 1)[0]
    assert {task.solver for task in tasks(case, wish())} == {"flowopt"}


def test_hundreds_of_small_problems_are_run_with_one_seed() -> None:
    case = Case("brute_force", "G0", 9)
    assert [task.seed for task in tasks(case, wish(solvers=("flowopt",)))] == [1]


def test_shorter_runs_stand_for_the_tenths_of_the_limit() -> None:
    case = cases("x", 1)[0]
    runs = list(tasks(case, wish(solvers=("vroom",), seeds=(1,), limit=20.0, shorter=("vroom",))))
    assert [(task.tenth, task.limit) for task in runs] == [
        (10, 20.0),
        *((tenth, 2.0 * tenth) for tenth in range(1, 10)),
    ]


def test_a_share_of_the_limit_shortens_every_search_but_not_below_a_second() -> None:
    assert wish(share=0.1).limit_of("x") == 3.0
    assert wish(share=0.01).limit_of("x") == 1.0
    assert wish(share=0.01, limit=0.5).limit_of("x") == 0.5
    assert wish(share=10.0).limit_of("x") == 300.0


def test_a_budget_is_kept_and_shared_evenly_over_the_sets() -> None:
    by_set = {"x": spread(cases("x", 40)), "gh": spread(cases("gh", 40))}
    chosen, kept = choose(dict(by_set), wish(), 1200.0)
    spent = {name: sum(sum(seconds(c, kept)) for c in some) for name, some in chosen.items()}
    assert 900.0 < sum(spent.values()) <= 1200.0
    assert abs(spent["x"] - spent["gh"]) < 250.0
    assert kept == wish()
    assert chosen["x"] == by_set["x"][: len(chosen["x"])]


def test_a_small_budget_shortens_all_limits_alike() -> None:
    by_set = {"x": cases("x", 3), "ags": cases("ags", 3)}
    chosen, kept = choose(dict(by_set), wish(), 120.0)
    assert [len(some) for some in chosen.values()] == [1, 1]
    assert kept.limit_of("ags") == pytest.approx(2 * kept.limit_of("x"), rel=0.05)
    total = sum(sum(seconds(case, kept)) for some in chosen.values() for case in some)
    assert total <= 120.0


def test_a_budget_for_nothing_is_refused_with_what_it_would_take() -> None:
    with pytest.raises(SystemExit, match="budget is too small"):
        choose({"x": cases("x", 1)}, wish(), 5.0)


def test_the_plan_says_how_long_it_takes() -> None:
    text = describe({"x": cases("x", 2)}, wish(limit=10.0))
    assert "2 instances, 6 runs of 10 s, 1.4 min: R1_0, R2_1" in text
    assert text.splitlines()[-1].startswith("in all about 1 minutes; solvers: flowopt, vroom")
