"""Published designs: their known optima are met, and proven."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from flowopt.core import CancelToken, Limit, Status
from flowopt.flow.design import DesignProblem, DesignSolution

slow = pytest.mark.slow

QUICK_CAP = ("cap71", "cap72", "cap73", "cap101", "cap102", "cap104", "cap132", "cap134")
LARGE_CAP = ("capa", "capb", "capc")
QUICK_SINGLE_SOURCE = (1, 4, 5, 10)
SLOW_SINGLE_SOURCE = (20, 30, 41, 45, 70)

Read = Callable[[str, str], DesignProblem]


def proven(problem: DesignProblem, optimum: float, engine: str = "auto") -> DesignSolution:
    solution = problem.solve(engine=engine, workers=1)
    assert solution.status is Status.OPTIMAL
    assert solution.bound == solution.cost == pytest.approx(optimum, rel=1e-8, abs=1e-3)
    assert solution.check().ok
    return solution


def best(published: ModuleType, kind: str, name: str) -> float:
    optimum: float = published.OPTIMA[kind][name]
    return optimum


@pytest.mark.parametrize(
    "name", [*QUICK_CAP, *(pytest.param(name, marks=slow) for name in LARGE_CAP)]
)
def test_warehouses_without_capacity(published: ModuleType, read: Read, name: str) -> None:
    proven(read("cap", name), best(published, "cap", name))


def test_warehouses_by_cbc(published: ModuleType, read: Read) -> None:
    proven(read("cap", "cap71"), best(published, "cap", "cap71"), "cbc")


@pytest.mark.parametrize(
    "number",
    [*QUICK_SINGLE_SOURCE, *(pytest.param(number, marks=slow) for number in SLOW_SINGLE_SOURCE)],
)
def test_each_customer_from_one_place(published: ModuleType, instances: Path, number: int) -> None:
    optimum = published.single_source_optima(instances)[number]
    solution = proven(published.read_single_source(instances, number), optimum)
    assert (solution.tables()["assignments"]["share"] == 1.0).all()


@pytest.mark.parametrize(
    "name", ["c33", pytest.param("r06.1", marks=slow), pytest.param("c36", marks=slow)]
)
def test_many_commodities_on_lanes_with_fixed_costs(
    published: ModuleType, read: Read, name: str
) -> None:
    proven(read("canad", name), best(published, "canad", name))


@pytest.mark.parametrize(
    "name",
    [
        "sp100x200",
        *(pytest.param(n, marks=slow) for n in ("g40x132", "g50x170", "r20x100", "p50x288")),
    ],
)
def test_one_commodity_on_lanes_with_fixed_costs(
    published: ModuleType, read: Read, name: str
) -> None:
    proven(read("fixed_charge", name), best(published, "fixed_charge", name))


@pytest.mark.parametrize(("name", "optimum", "gap"), [("c33", 423848, 0.03), ("c36", 643036, 0.06)])
def test_slope_scaling_is_near_the_optimum_and_knows_a_bound(
    read: Read, name: str, optimum: float, gap: float
) -> None:
    solution = read("canad", name).solve(engine="slope_scaling", workers=1)
    assert solution.status is Status.FEASIBLE
    assert solution.bound is not None
    assert solution.bound <= optimum <= solution.cost <= optimum * (1 + gap)
    assert solution.gap is not None
    assert solution.gap <= 2 * gap


def test_a_hard_design_is_left_at_the_time_limit(
    read: Read,
) -> None:
    solution = read("canad", "c36").solve(time_limit=1.0, workers=1)
    assert solution.limit is Limit.TIME
    if solution.status.has_solution:
        assert solution.cost >= 643036


def test_a_hard_design_can_be_cancelled(read: Read) -> None:
    token = CancelToken()
    solution = read("canad", "c36").solve(
        cancel=token, on_progress=lambda _: token.cancel(), workers=1
    )
    assert solution.limit is Limit.CANCELLED
