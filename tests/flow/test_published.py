"""Published networks: their known optima are met exactly."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from flowopt.core import CancelToken, Limit, Status
from flowopt.flow import FlowProblem
from flowopt.io.dimacs import FlowInstance
from flowopt.io.reader import read_instance

SMALL = ("netgen_8_08a", "netgen_8_10a", "netgen_sr_08a")
LARGE = ("netgen_8_12a", "netgen_8_14a", "road_flow_01_DC_a")
HARD = ("goto_8_12a", "goto_8_13a")
LOGISTICS = {"logi_s": 2483615, "logi_m": 14642288}


def optimum_of(instances: Path, name: str) -> int:
    with (instances / "dimacs_mcf" / "optimal.csv").open() as file:
        return next(int(row["optimal"]) for row in csv.DictReader(file) if row["instance"] == name)


def read(instances: Path, name: str) -> FlowProblem:
    instance = read_instance(instances / "dimacs_mcf" / f"{name}.min.gz")
    assert isinstance(instance, FlowInstance)
    return instance.to_problem()


@pytest.mark.parametrize("name", SMALL)
def test_small_networks(instances: Path, name: str, engine: str) -> None:
    solution = read(instances, name).solve(engine=engine)
    assert solution.status is Status.OPTIMAL
    assert solution.cost == solution.bound == optimum_of(instances, name)


@pytest.mark.parametrize(
    "name", [*LARGE, *(pytest.param(name, marks=pytest.mark.slow) for name in HARD)]
)
def test_large_networks(instances: Path, name: str) -> None:
    solution = read(instances, name).solve()
    assert solution.status is Status.OPTIMAL
    assert solution.cost == optimum_of(instances, name)
    assert (solution.flow == np.rint(solution.flow)).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["netgen_8_12a", "netgen_8_14a", "goto_8_12a"])
def test_large_networks_as_linear_programs(instances: Path, name: str) -> None:
    assert read(instances, name).solve(engine="highs").cost == optimum_of(instances, name)


@pytest.mark.parametrize("name", LOGISTICS)
def test_logistics_networks(instances: Path, name: str, engine: str) -> None:
    data = np.load(instances / "logistics_synth" / f"{name}.npz")
    problem = FlowProblem.from_arrays(
        data["tail"],
        data["head"],
        capacity=data["cap"],
        unit_cost=data["cost"],
        min_flow=data["lo"],
        supply=np.maximum(data["b"], 0),
        demand=np.maximum(-data["b"], 0),
    )
    assert problem.solve(engine=engine).cost == LOGISTICS[name]


def test_a_published_network_with_too_little_supply_says_where(instances: Path) -> None:
    problem = read(instances, "netgen_8_10a")
    demand = problem.demand.copy()
    most = int(demand.argmax())
    demand[most] += 10
    solution = problem.replace(demand=demand).solve()
    assert solution.status is Status.INFEASIBLE
    assert solution.explanation is not None
    assert solution.explanation.shortage == 10.0
    assert problem.site_id[most] in solution.explanation.sites


@pytest.mark.parametrize("engine", ["ortools", "highs"])
def test_a_hard_network_is_left_at_the_time_limit(instances: Path, engine: str) -> None:
    solution = read(instances, "goto_8_13a").solve(engine=engine, time_limit=0.5)
    assert solution.status is Status.NO_SOLUTION_FOUND
    assert solution.limit is Limit.TIME


def test_the_flow_found_so_far_is_returned_when_the_network_simplex_is_stopped(
    instances: Path,
) -> None:
    token = CancelToken()
    problem = read(instances, "goto_8_13a")
    solution = problem.solve(
        engine="network_simplex", cancel=token, on_progress=lambda _: token.cancel()
    )
    assert (solution.status, solution.limit) == (Status.FEASIBLE, Limit.CANCELLED)
    assert solution.bound is None
    assert solution.cost > optimum_of(instances, "goto_8_13a")
    finished = problem.solve(engine="network_simplex", initial=solution)
    assert finished.outcome.details["warm_start"]
    assert finished.cost == optimum_of(instances, "goto_8_13a")


def test_a_hard_network_can_be_cancelled(instances: Path, engine: str) -> None:
    token = CancelToken()
    solution = read(instances, "goto_8_13a").solve(
        engine=engine, cancel=token, on_progress=lambda _: token.cancel()
    )
    assert solution.limit is Limit.CANCELLED
