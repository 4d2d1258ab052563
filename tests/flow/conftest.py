from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import OptimizeResult, linprog

from flowopt.flow import FlowProblem
from flowopt.flow.solve import ENGINES


@pytest.fixture(params=[engine.name for engine in ENGINES])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine of the room in turn."""
    return str(request.param)


@pytest.fixture
def triangle() -> FlowProblem:
    """A plant that serves a shop directly or through a depot: the way through is cheaper."""
    sites = {"id": ["plant", "depot", "shop"], "supply": [10, 0, 0], "demand": [0, 0, 6]}
    lanes = {
        "source": ["plant", "plant", "depot"],
        "target": ["depot", "shop", "shop"],
        "unit_cost": [1.5, 4.0, 1.0],
        "capacity": [4.0, np.inf, np.inf],
    }
    return FlowProblem.from_frames(sites, lanes)


@pytest.fixture
def changed(triangle: FlowProblem) -> Callable[..., FlowProblem]:
    """The triangle with some columns replaced, given as lists."""

    def _changed(**columns: Any) -> FlowProblem:
        return triangle.replace(**{name: np.array(values) for name, values in columns.items()})

    return _changed


@pytest.fixture
def instances() -> Path:
    """The folder of published instances, which is not part of the repository."""
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if not folder:
        pytest.skip("FLOWOPT_INSTANCES does not name the folder of published instances")
    return Path(folder) / "flow"


@pytest.fixture(scope="session")
def direct_program() -> Callable[..., OptimizeResult]:
    """Solve a problem as its docstring states it, or the range of a column's sum at a given cost.

    The columns are the flows, those of undirected lanes the other way, supplied and unmet.
    """

    def _solve(
        problem: FlowProblem, objective: Any = None, cost: float | None = None
    ) -> OptimizeResult:
        lanes, sites = problem.num_lanes, problem.num_sites
        either = np.flatnonzero(problem.undirected)
        backs = len(either)
        enters, leaves = np.zeros((2, sites, lanes + backs))
        source = np.concatenate([problem.source, problem.target[either]])
        target = np.concatenate([problem.target, problem.source[either]])
        enters[target, np.arange(lanes + backs)] = 1.0
        leaves[source, np.arange(lanes + backs)] = 1.0
        through = np.hstack([enters, np.eye(sites), np.zeros((sites, sites))])
        may_miss = np.isfinite(problem.unmet_cost)
        must_use = np.isinf(problem.unused_cost)
        limited = np.isfinite(problem.site_capacity)
        unused = np.where(must_use, 0.0, problem.unused_cost)
        costs = problem.handling_cost @ through + np.concatenate(
            [
                problem.unit_cost,
                problem.unit_cost[either],
                -unused,
                np.where(may_miss, problem.unmet_cost, 0.0),
            ]
        )
        rows, limits = [through[limited]], [problem.site_capacity[limited]]
        if backs:  # together no more than the capacity
            finite = np.isfinite(problem.capacity[either])
            shared = np.zeros((backs, through.shape[1]))
            shared[np.arange(backs), either] = 1.0
            shared[np.arange(backs), lanes + np.arange(backs)] = 1.0
            rows.append(shared[finite])
            limits.append(problem.capacity[either][finite])
        constant = float(unused[unused > 0] @ problem.supply[unused > 0])
        if cost is not None:
            rows.append(costs[None, :])
            limits.append(np.array([cost - constant]))
        result = linprog(
            costs if objective is None else objective,
            A_eq=through - np.hstack([leaves, np.zeros((sites, sites)), -np.eye(sites)]),
            b_eq=problem.demand,
            A_ub=np.vstack(rows),
            b_ub=np.concatenate(limits),
            bounds=np.column_stack(
                [
                    np.concatenate(
                        [
                            problem.min_flow,
                            np.zeros(backs),
                            np.where(must_use, problem.supply, 0.0),
                            np.zeros(sites),
                        ]
                    ),
                    np.concatenate(
                        [
                            problem.capacity,
                            problem.capacity[either],
                            problem.supply,
                            np.where(may_miss, problem.demand, 0.0),
                        ]
                    ),
                ]
            ),
        )
        if objective is None and result.fun is not None:
            result.fun += constant
        return result

    return _solve


@pytest.fixture(scope="session")
def random_network() -> Callable[[int], FlowProblem]:
    """A network of whole numbers with something of everything, from a seed."""

    def _network(seed: int) -> FlowProblem:
        rng = np.random.default_rng(seed)
        sites, lanes = int(rng.integers(2, 9)), int(rng.integers(1, 22))
        source = rng.integers(0, sites, lanes)
        either = rng.random(lanes) < 0.3 * rng.integers(0, 2)
        capacity = np.where(rng.random(lanes) < 0.2, np.inf, rng.integers(0, 7, lanes))
        return FlowProblem.from_arrays(
            source,
            (source + rng.integers(1, sites, lanes)) % sites,
            capacity=capacity,
            unit_cost=np.where(either, rng.integers(1, 4, lanes), rng.integers(-1, 4, lanes)),
            min_flow=np.where(~either & (capacity >= 1) & (rng.random(lanes) < 0.05), 1, 0),
            undirected=either,
            lead_time=rng.integers(1, 9, lanes),
            supply=rng.integers(0, 9, sites),
            demand=rng.integers(0, 6, sites),
            site_capacity=np.where(rng.random(sites) < 0.7, np.inf, rng.integers(3, 12, sites)),
            handling_cost=np.where(rng.random(sites) < 0.6, 0, rng.integers(0, 3, sites)),
            unmet_cost=np.where(rng.random(sites) < 0.3, np.inf, rng.integers(3, 12, sites)),
            unused_cost=np.where(rng.random(sites) < 0.8, 0, rng.integers(1, 3, sites)),
            num_sites=sites,
        )

    return _network
