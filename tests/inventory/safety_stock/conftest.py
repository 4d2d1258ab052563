"""Random networks of stages, the best service times by enumeration, and published ones."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowopt import SafetyStockProblem

ROOT = Path(__file__).parents[3]


def _network(seed: int, num_stages: int, density: float, tick: float = 1.0) -> SafetyStockProblem:
    """Return stages in random order, with everything that a table can hold."""
    draw = np.random.default_rng(seed)
    names = [f"s{stage}" for stage in range(num_stages)]
    links: dict[str, list[Any]] = {"source": [], "target": [], "quantity": [], "lead_time": []}
    for one in range(num_stages):
        for other in range(one + 1, num_stages):
            if draw.random() < density:
                links["source"].append(names[one])
                links["target"].append(names[other])
                links["quantity"].append(float(draw.choice([0.5, 1.0, 2.0])))
                links["lead_time"].append(tick * float(draw.choice([0, 0, 1])))
    sold = [name not in links["source"] or draw.random() < 0.1 for name in names]
    stages: dict[str, list[Any]] = {
        "stage": names,
        "stage_time": (tick * draw.integers(0, 5, num_stages)).tolist(),
        "stage_time_sd": draw.choice([0.0, 0.0, 0.5], num_stages).tolist(),
        "inbound_service_time": (tick * draw.choice([0, 0, 1], num_stages)).tolist(),
        "added_cost": draw.integers(0, 20, num_stages).astype(float).tolist(),
        "risk_pooling": draw.choice([1.0, 2.0, 3.0, np.inf], num_stages).tolist(),
        "demand_mean": [5.0 if one else None for one in sold],
        "demand_sd": [float(draw.integers(0, 6)) if one else 0.0 for one in sold],
        "safety_factor": [1.5] * num_stages,
        "max_service_time": [
            None if draw.random() < 0.5 else tick * float(draw.integers(0, 4)) for _ in names
        ],
    }
    places = draw.permutation(num_stages)
    mixed = {name: [column[place] for place in places] for name, column in stages.items()}
    return SafetyStockProblem.from_frames(mixed, links, 1.0)


def _least_cost(problem: SafetyStockProblem, tick: float = 1.0) -> float:
    """Return the least cost over all service times that are whole ticks, one stage at a time."""
    suppliers: list[list[tuple[int, float]]] = [[] for _ in range(problem.num_stages)]
    ends = zip(problem.source, problem.target, problem.links["lead_time"], strict=True)
    for source, target, lead_time in ends:
        suppliers[target].append((source, lead_time))
    supplying = set(problem.source.tolist())
    service = [0.0] * problem.num_stages
    best = math.inf

    def cost(stage: int, net: float) -> float:
        demand = problem.demand
        stock = math.hypot(demand.spread[stage] * math.sqrt(net), demand.time_spread[stage])
        return float(problem.holding_cost[stage] * stock)

    def choose(place: int, paid: float) -> None:
        nonlocal best
        if paid >= best:
            return
        if place == problem.num_stages:
            best = paid
            return
        stage = problem.order[place]
        arrivals = [service[one] + lead for one, lead in suppliers[stage]]
        available = max([problem.stages["inbound_service_time"][stage], *arrivals])
        available += problem.stages["stage_time"][stage]
        longest = min(available, problem.max_service_time[stage])
        shortest = 0.0 if stage in supplying else longest
        for quoted in np.arange(shortest, longest + tick / 2, tick):
            service[stage] = float(quoted)
            choose(place + 1, paid + cost(stage, available - float(quoted)))

    choose(0, 0.0)
    return best


@pytest.fixture(scope="session")
def network() -> Callable[..., SafetyStockProblem]:
    """Return what makes a random network of a seed, a size, a density and a tick."""
    return _network


@pytest.fixture(scope="session")
def least_cost() -> Callable[..., float]:
    """Return what enumerates all service times."""
    return _least_cost


@pytest.fixture
def published() -> Any:
    """The readers of published chains, which the benchmarks have."""
    if not (ROOT / "benchmarks" / "inventory").is_dir():
        pytest.skip("there is no source tree around the tests")
    sys.path.insert(0, str(ROOT))
    from benchmarks.inventory import published_chains

    sys.path.remove(str(ROOT))
    return published_chains
