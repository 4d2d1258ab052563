"""Published networks: a sweep over all lanes, against solving some of its scenarios anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flowopt.core import Status
from flowopt.flow import FlowProblem, SweepResult, every_lane, every_site, sweep
from flowopt.io.dimacs import FlowInstance
from flowopt.io.reader import read_instance

LOGISTICS = {"logi_s": 2483615, "logi_m": 14642288}


def published(instances: Path, name: str) -> FlowProblem:
    if name not in LOGISTICS:
        instance = read_instance(instances / "dimacs_mcf" / f"{name}.min.gz")
        assert isinstance(instance, FlowInstance)
        return instance.to_problem()
    data = np.load(instances / "logistics_synth" / f"{name}.npz")
    return FlowProblem.from_arrays(
        data["tail"],
        data["head"],
        capacity=data["cap"],
        unit_cost=data["cost"],
        supply=np.maximum(data["b"], 0),
        demand=np.maximum(-data["b"], 0),
    )


def assert_as_solved_anew(result: SweepResult, sample: int) -> None:
    """Solve scenarios that were not skipped again, by another engine."""
    busy = np.flatnonzero(result.engine != "skip")
    dear = float(np.abs(result.problem.unit_cost).max()) * result.problem.num_sites
    for place in np.random.default_rng(0).choice(busy, sample, replace=False).tolist():
        problem = result.problem_of(result.scenarios.names[place])
        cold = problem.replace(unmet_cost=dear).solve(engine="ortools")
        assert result.unmet[place] == cold.unmet.sum()
        assert result.cost[place] == cold.cost - dear * cold.unmet.sum()


@pytest.mark.parametrize("name", ["logi_s", "netgen_8_08a", "netgen_8_10a"])
def test_closing_each_lane_and_each_site_of_a_small_network(instances: Path, name: str) -> None:
    problem = published(instances, name)
    result = sweep(problem, every_lane(problem) + every_site(problem))
    assert result.num_answered == problem.num_lanes + problem.num_sites
    assert result.base_cost == LOGISTICS.get(name, problem.solve().cost)
    assert_as_solved_anew(result, 20)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["logi_m", "road_flow_01_DC_a"])
def test_closing_each_lane_of_a_large_network(instances: Path, name: str) -> None:
    problem = published(instances, name)
    result = sweep(problem, every_lane(problem))
    unused = problem.solve().flow == 0
    assert (result.engine[result.base_flow == 0] == "skip").all()
    assert unused.sum() > 0.7 * problem.num_lanes
    assert (result.delta >= 0)[result.status == Status.OPTIMAL].all()
    assert_as_solved_anew(result, 5)
