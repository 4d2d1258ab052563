"""The contract of problems, engines and solutions, on a toy: pick the cheapest of some offers."""

from __future__ import annotations

import json
import math
import sys
import time
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pytest

from flowopt.core import (
    EngineError,
    EngineNotAvailableError,
    Failures,
    Limit,
    NoSolutionError,
    Options,
    Outcome,
    Progress,
    Report,
    Run,
    Status,
    UnsupportedFeatureError,
    ValidationError,
)
from flowopt.core.engines import Engine, choose, solve_with
from flowopt.core.problem import Problem
from flowopt.core.solution import Solution

EXACT = Engine("exact", "toy_exact", frozenset({"offers", "ties"}))
QUICK = Engine("quick", "toy_quick", frozenset({"offers"}))
ENGINES = (QUICK, EXACT)


@dataclass(frozen=True, eq=False)
class Toy(Problem["ToySolution"]):
    offers: npt.NDArray[np.float64]
    backend: str = "pandas"

    def __post_init__(self) -> None:
        failures = Failures()
        for row in np.flatnonzero(~(self.offers >= 0)):
            failures.add(
                "toy", "offers", int(row), None, "negative", "is negative", "use 0 or more"
            )
        failures.raise_if_any()

    @property
    def features(self) -> frozenset[str]:
        ties = len(np.unique(self.offers)) < len(self.offers)
        return frozenset({"offers"} | ({"ties"} if ties else set()))

    def _solve(self, run: Run) -> ToySolution:
        return solve_with(ENGINES, self, run)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ToySolution(Solution[Toy]):
    pick: int | None = None

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        self.require_solution()
        names = np.array(["a", "b"])
        return {"picks": {"offer": [self.pick]}, "odd": {"x": [math.nan, 1.0], "name": names}}

    def check(self) -> Report:
        report = Report()
        cost = float(self.problem.offers[self.pick])
        if cost != self.cost:
            report.add("cost", self.pick, abs(cost - self.cost), f"is {self.cost}, not {cost}")
        return report


def solve_exact(problem: Toy, run: Run) -> ToySolution:
    if not len(problem.offers):
        return ToySolution(problem=problem, outcome=run.outcome(Status.INFEASIBLE, "exact"))
    pick = int(np.argmin(problem.offers))
    cost = float(problem.offers[pick])
    run.report(cost=cost, bound=cost, iterations=1)
    outcome = run.outcome(Status.OPTIMAL, "exact", cost=cost, bound=cost)
    return ToySolution(problem=problem, outcome=outcome, pick=pick)


def solve_wrong(problem: Toy, run: Run) -> ToySolution:
    outcome = run.outcome(Status.FEASIBLE, "quick", cost=0.5)
    return ToySolution(problem=problem, outcome=outcome, pick=0)


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, solve in (("toy_exact", solve_exact), ("toy_quick", solve_wrong)):
        module = types.ModuleType(name)
        module.solve = solve  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)


def toy(*offers: float, **more: Any) -> Toy:
    return Toy(np.array(offers, dtype=np.float64), **more)


def solution(
    status: Status, cost: float | None = None, bound: float | None = None, **more: Any
) -> ToySolution:
    outcome = Outcome(status, cost, bound, more.pop("limit", None), 1.25, "exact", 7, {})
    return ToySolution(problem=more.pop("problem", toy(3.0)), outcome=outcome, pick=0, **more)


# ---- choosing an engine


def test_auto_takes_the_first_engine_that_has_all_features() -> None:
    assert choose(ENGINES, frozenset({"offers"}), "auto") is QUICK
    assert choose(ENGINES, frozenset({"offers", "ties"}), "auto") is EXACT


def test_a_wish_is_granted() -> None:
    assert choose(ENGINES, frozenset({"offers"}), "exact") is EXACT


def test_a_wish_is_not_replaced_by_another_engine() -> None:
    with pytest.raises(UnsupportedFeatureError, match="quick cannot take: ties"):
        choose(ENGINES, frozenset({"offers", "ties"}), "quick")


def test_a_feature_that_no_engine_has_is_named_for_each() -> None:
    with pytest.raises(
        UnsupportedFeatureError, match="quick cannot take: magic, ties; exact cannot take: magic"
    ):
        choose(ENGINES, frozenset({"ties", "magic"}), "auto")


def test_an_unknown_engine_is_a_fault_that_lists_those_there_are() -> None:
    with pytest.raises(ValidationError) as error:
        toy(1.0).solve(engine="slow")
    (failure,) = error.value.failures
    assert (failure.column, failure.value, failure.code) == ("engine", "slow", "unknown_engine")
    assert failure.fix == "use one of auto, quick, exact"


def test_a_missing_package_names_the_extra_that_installs_it() -> None:
    engine = Engine("far", "a_package_that_is_not_there", frozenset(), extra="forecast")
    with pytest.raises(EngineNotAvailableError, match=r"pip install 'flowopt\[forecast\]'"):
        engine.load()


def test_a_broken_engine_of_the_base_is_not_passed_off_as_not_installed() -> None:
    with pytest.raises(ImportError) as error:
        Engine("far", "a_package_that_is_not_there", frozenset()).load()
    assert not isinstance(error.value, EngineNotAvailableError)


# ---- solving


def test_an_answer_that_holds_is_returned() -> None:
    found = toy(3.0, 2.0, 9.0).solve(engine="exact", seed=5)
    assert (found.status, found.cost, found.bound, found.gap) == (Status.OPTIMAL, 2.0, 2.0, 0.0)
    assert (found.pick, found.engine, found.seed, found.limit) == (1, "exact", 5, None)
    assert found.runtime >= 0


def test_the_first_import_of_an_engine_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    load = Engine.load

    def load_slowly(engine: Engine) -> Any:
        time.sleep(0.2)
        return load(engine)

    monkeypatch.setattr(Engine, "load", load_slowly)
    run = Run(Options(time_limit=0.1))
    assert solve_with((EXACT,), toy(5.0), run).status is Status.OPTIMAL
    assert run.stopped() is None


def test_an_answer_that_does_not_hold_is_an_error_of_the_engine() -> None:
    with pytest.raises(EngineError, match=r"'quick' does not hold:\ncost \[0\]: is 0.5, not 3.0"):
        toy(3.0, 2.0).solve()


def test_an_infeasible_answer_is_returned_unchecked() -> None:
    assert toy().solve(engine="exact").status is Status.INFEASIBLE


def test_bad_options_stop_before_any_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(problem: Toy, run: Run) -> ToySolution:
        raise AssertionError("solved")

    monkeypatch.setattr(sys.modules["toy_exact"], "solve", never)
    with pytest.raises(ValidationError) as error:
        toy(1.0).solve(engine="exact", time_limit=0, seed=-1)
    assert [failure.column for failure in error.value.failures] == ["time_limit", "seed"]


def test_progress_reaches_the_caller() -> None:
    seen: list[Progress] = []
    toy(3.0, 2.0).solve(engine="exact", on_progress=seen.append)
    assert [(p.cost, p.bound, p.iterations) for p in seen] == [(2.0, 2.0, 1)]


# ---- problems


def test_a_problem_is_valid_once_made_and_when_replaced() -> None:
    with pytest.raises(ValidationError):
        toy(1.0, -1.0, math.nan)
    problem = toy(1.0)
    assert problem.replace(offers=np.array([2.0])).offers.tolist() == [2.0]
    assert problem.offers.tolist() == [1.0]
    with pytest.raises(ValidationError):
        problem.replace(offers=np.array([-2.0]))


def test_a_problem_is_named_by_its_content() -> None:
    assert toy(1.0, 2.0).fingerprint == toy(1.0, 2.0).fingerprint
    assert toy(1.0, 2.0).fingerprint != toy(2.0, 1.0).fingerprint


# ---- solutions


@pytest.mark.parametrize("status", [Status.INFEASIBLE, Status.UNBOUNDED, Status.NO_SOLUTION_FOUND])
def test_values_that_do_not_exist_cannot_be_read(status: Status) -> None:
    empty = solution(status)
    for read in (lambda: empty.cost, empty.to_frame, empty.tables, empty.require_solution):
        with pytest.raises(NoSolutionError, match=str(status)):
            read()
    assert (empty.bound, empty.gap) == (None, None)
    assert "cost" not in empty.summary()
    assert empty.to_dict()["tables"] == {}
    assert str(status) in repr(empty)
    assert str(status) in empty._repr_html_()


@pytest.mark.parametrize(
    ("cost", "bound", "gap"),
    [
        (3.0, None, None),
        (3.0, 3.0, 0.0),
        (4.0, 3.0, 0.25),
        (0.0, 0.0, 0.0),
        (-2.0, -3.0, 0.5),
    ],
)
def test_a_gap_is_relative_to_the_cost_and_unknown_without_a_bound(
    cost: float, bound: float | None, gap: float | None
) -> None:
    assert solution(Status.FEASIBLE, cost, bound).gap == gap


def test_the_gap_of_a_cost_of_zero_is_finite() -> None:
    gap = solution(Status.FEASIBLE, 0.0, -1.0).gap
    assert gap is not None
    assert math.isfinite(gap)
    assert gap > 1


def test_a_summary_says_how_the_search_ended() -> None:
    stopped = solution(Status.FEASIBLE, 4.0, 3.0, limit=Limit.TIME)
    assert stopped.summary() == {
        "status": "FEASIBLE",
        "cost": 4.0,
        "gap": 0.25,
        "limit": "TIME",
        "engine": "exact",
        "runtime": 1.25,
    }
    assert repr(stopped).startswith("<ToySolution status=FEASIBLE, cost=4, gap=0.25")
    assert "<td>FEASIBLE</td>" in stopped._repr_html_()


def test_tables_come_out_in_the_library_of_the_input() -> None:
    assert isinstance(solution(Status.OPTIMAL, 3.0).to_frame(), pd.DataFrame)
    frame = solution(Status.OPTIMAL, 3.0, problem=toy(3.0, backend="polars")).to_frame("odd")
    assert isinstance(frame, pl.DataFrame)
    assert frame["name"].to_list() == ["a", "b"]


def test_a_table_that_there_is_not_is_named() -> None:
    with pytest.raises(KeyError, match="no table 'routes'; there are picks, odd"):
        solution(Status.OPTIMAL, 3.0).to_frame("routes")


def test_a_solution_is_ready_for_json() -> None:
    found = json.loads(json.dumps(solution(Status.FEASIBLE, 3.0).to_dict(), allow_nan=False))
    assert found == {
        "status": "FEASIBLE",
        "limit": None,
        "cost": 3.0,
        "bound": None,
        "gap": None,
        "runtime": 1.25,
        "engine": "exact",
        "seed": 7,
        "tables": {"picks": {"offer": [0]}, "odd": {"x": [None, 1.0], "name": ["a", "b"]}},
    }
