"""Plans of problems with any rules go out, and `.sol` files come back the same."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from flowopt import ValidationError
from flowopt.io import read_solution
from flowopt.io.sol import format_sol


def random_routes(rng, problem):
    """Return routes that serve each client once at most, with reloads where vehicles may."""
    left = rng.permutation(problem.num_clients).tolist()
    routes, types = [], []
    for k, number in enumerate(problem.vehicle_types.num_available.tolist()):
        for _ in range(int(rng.integers(0, number + 1))):
            clients = [left.pop() for _ in range(min(len(left), int(rng.integers(0, 4))))]
            stops = clients[:1]
            for client in clients[1:]:
                if problem.vehicle_types.max_reloads[k] > 0 and rng.random() < 0.4:
                    stops.append(~int(rng.integers(problem.num_depots)))
                stops.append(client)
            routes.append(stops)
            types.append(k)
    return routes, types


@pytest.fixture
def plans(random_problem):
    """Many problems of any rules, each with a plan that may break them."""
    made = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        made.append(problem.solution_from_routes(*random_routes(rng, problem)))
    return made


def test_a_sol_file_comes_back_with_the_same_vehicles_stops_and_cost(plans, tmp_path):
    reloaded = 0
    for number, plan in enumerate(plans):
        path = tmp_path / f"{number}.sol"
        path.write_text(format_sol(plan))
        again = read_solution(path, plan.problem)
        theirs = [(route.vehicle_type, route.stops.tolist()) for route in again.routes]
        assert theirs == [(route.vehicle_type, route.stops.tolist()) for route in plan.routes]
        assert again.cost == plan.cost
        reloaded += any(stop < 0 for _, stops in theirs for stop in stops)
    assert reloaded > 10


def test_every_plan_can_be_shown(plans):
    for plan in plans:
        html = plan._repr_html_()
        assert html.count("<table>") == html.count("</table>") >= 2
        json.dumps(plan.to_dict(), allow_nan=False)


def test_a_plan_of_another_problem_is_refused_or_another_plan(plans, tmp_path):
    faults = []
    for plan, other in itertools.pairwise(plans):
        (tmp_path / "a.sol").write_text(format_sol(plan))
        try:
            read_solution(tmp_path / "a.sol", other.problem).check()
        except ValidationError as error:
            faults += error.failures
    assert len(faults) > 10
    assert all(fault.fix for fault in faults)
