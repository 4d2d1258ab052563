"""Published networks that can ship all they must: their largest flow is all of it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from flowopt import MaxFlowProblem, ShortestPathProblem
from flowopt.io.dimacs import FlowInstance
from flowopt.io.reader import read_instance

NETWORKS = ("netgen_8_08a", "netgen_sr_08a", "netgen_8_12a", "goto_8_12a", "road_flow_01_DC_a")


@pytest.fixture
def network(request: pytest.FixtureRequest) -> FlowInstance:
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if not folder:
        pytest.skip("FLOWOPT_INSTANCES does not name the folder of published instances")
    instance = read_instance(Path(folder) / "flow" / "dimacs_mcf" / f"{request.param}.min.gz")
    assert isinstance(instance, FlowInstance)
    return instance


@pytest.mark.parametrize("network", NETWORKS, indirect=True)
def test_all_that_is_given_can_go(network: FlowInstance) -> None:
    flow = network.to_problem()
    problem = MaxFlowProblem(
        site_id=flow.site_id,
        source=flow.source,
        target=flow.target,
        capacity=flow.capacity,
        supply=flow.supply,
        demand=flow.demand,
    )
    assert problem.solve().value == flow.supply.sum()
    more = problem.replace(supply=np.where(flow.supply > 0, np.inf, 0.0))
    solution = more.replace(demand=np.where(flow.demand > 0, np.inf, 0.0)).solve()
    assert solution.value >= flow.supply.sum()
    assert solution.cut.capacity == solution.value


@pytest.mark.parametrize("network", ["road_flow_01_DC_a"], indirect=True)
def test_both_engines_find_the_same_ways_on_a_road_network(network: FlowInstance) -> None:
    flow = network.to_problem()
    problem = ShortestPathProblem(
        site_id=flow.site_id,
        source=flow.source,
        target=flow.target,
        unit_cost=flow.unit_cost,
        origins=np.flatnonzero(flow.supply > 0)[:5],
        destinations=np.arange(flow.num_sites),
    )
    one, other = (problem.solve(engine=engine) for engine in ("dijkstra", "scipy"))
    assert (one.distance == other.distance).all()
