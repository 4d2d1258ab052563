"""Published problems of several commodities: their known least costs are met and proven."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowopt.core import CancelToken, Limit, Status
from flowopt.flow.multicommodity import MultiCommodityProblem

ROOT = Path(__file__).parents[3]
SMALL = ("planar50", "planar80", "planar100", "grid1", "grid3", "grid5")
LARGE = ("grid8", "planar300", "SUBWAY-308-0", "Winnipeg")


@pytest.fixture
def published() -> Any:
    """The readers of published problems, which the benchmarks have."""
    if not (ROOT / "benchmarks" / "flow").is_dir():
        pytest.skip("there is no source tree around the tests")
    import sys

    sys.path.insert(0, str(ROOT))
    from benchmarks.flow import published_commodities

    sys.path.remove(str(ROOT))
    return published_commodities


@pytest.fixture
def read(instances: Path, published: Any) -> Callable[..., MultiCommodityProblem]:
    """Return a published problem by its name."""

    def _read(name: str, **more: Any) -> MultiCommodityProblem:
        problem: MultiCommodityProblem = published.read(instances, name, **more)
        return problem

    return _read


@pytest.mark.parametrize(
    "name", [*SMALL, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGE)]
)
def test_the_known_least_cost_is_met_and_proven(
    name: str, read: Any, published: Any, instances: Path
) -> None:
    solution = read(name).solve()
    assert solution.status is Status.OPTIMAL
    assert solution.engine == "column_generation"
    assert solution.cost == pytest.approx(published.optima(instances)[name], rel=2e-6)
    assert solution.gap == pytest.approx(0.0, abs=1e-6)
    assert solution.check().ok


@pytest.mark.parametrize("name", ["planar50", "grid1"])
def test_the_arc_program_agrees(name: str, read: Any, published: Any, instances: Path) -> None:
    solution = read(name).solve(engine="arc_lp")
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(published.optima(instances)[name], rel=1e-6)


def test_a_wider_gap_ends_earlier_and_is_kept(read: Any) -> None:
    rough, exact = read("planar100", target_gap=1e-2).solve(), read("planar100").solve()
    assert rough.outcome.details["rounds"] < exact.outcome.details["rounds"]
    assert rough.status is Status.FEASIBLE
    assert rough.limit is Limit.GAP
    assert 0 < rough.gap <= 1e-2
    assert rough.bound <= exact.cost <= rough.cost


def test_the_answer_does_not_depend_on_the_number_of_workers(read: Any) -> None:
    problem = read("grid5")
    one, two = (problem.solve(workers=workers, seed=3).to_dict() for workers in (1, 2))
    assert one["tables"] == two["tables"]
    assert one["cost"] == two["cost"]


def test_rounds_can_be_limited_and_give_the_same_answer_again(read: Any) -> None:
    problem = read("planar100")
    one, two = (problem.solve(iteration_limit=8, seed=1) for _ in range(2))
    assert one.limit is Limit.ITERATIONS
    assert one.cost == two.cost
    assert one.bound == two.bound < one.cost


def test_a_large_problem_is_left_at_the_time_limit(read: Any) -> None:
    solution = read("grid8").solve(time_limit=0.3)
    assert solution.limit is Limit.TIME
    assert solution.check().ok


def test_a_large_problem_can_be_cancelled(read: Any) -> None:
    token = CancelToken()
    solution = read("grid8").solve(cancel=token, on_progress=lambda _: token.cancel())
    assert solution.limit is Limit.CANCELLED
    assert solution.check().ok


def test_more_demand_than_roads_carry_is_explained_with_a_proof(read: Any) -> None:
    problem = read("planar50")
    solution = problem.replace(demand=problem.demand * 3).solve()
    assert solution.status is Status.INFEASIBLE
    why = solution.relaxation
    assert 0 < why.proven <= why.shortage * (1 + 1e-6)
    assert why.extra >= why.shortage * (1 - 1e-6)  # a unit needs one lane at least
    assert solution.check().ok
