"""The integer model of the peers says the same as flowopt's problem, and as the published file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowopt import RoutingProblem

pyvrp = pytest.importorskip("pyvrp")

from benchmarks.routing.answers import (  # noqa: E402  only where PyVRP is installed
    Activities,
    Answer,
    as_sol,
    by_pyvrp,
    cost_of,
    verify,
)
from benchmarks.routing.case import Case, Loaded  # noqa: E402
from benchmarks.routing.integer_model import (  # noqa: E402
    NO_LIMIT,
    NO_WAY,
    IntegerModel,
    covers,
    from_li_lim,
    from_problem,
    whole_scale,
)
from benchmarks.routing.solvers.fleet import vehicle_kinds  # noqa: E402

WAYS = [[0, 10, 12, 7], [10, 0, 3, 8], [12, 3, 0, 6], [7, 8, 6, 0]]


def problem(**changes: Any) -> RoutingProblem:
    clients = {"demand": [2.0, 3.0, 1.0]} | changes.pop("clients", {})
    fleet = {"num_available": 2, "capacity": 5.0} | changes.pop("vehicle_types", {})
    return RoutingProblem.from_arrays(clients, fleet, **({"distance_matrix": WAYS} | changes))


def loaded(one: RoutingProblem) -> Loaded:
    result = Loaded(Case("brute_force", "tiny", 3))
    result.problem = one
    return result


def costs(one: RoutingProblem, routes: list[tuple[int, list[int]]]) -> tuple[float, float]:
    """Return the cost of routes of clients by flowopt, and by the integer model."""
    model = from_problem(one)
    visits = [(kind, [client + one.num_depots for client in where]) for kind, where in routes]
    solution = Activities(model).solution(visits)
    assert solution.is_feasible()
    own = one.solution_from_routes([where for _, where in routes], [kind for kind, _ in routes])
    assert own.check().ok
    return own.cost, cost_of(solution) * model.unit


def test_capacities_and_distances_are_those_of_the_problem() -> None:
    own, model = costs(problem(), [(0, [0, 1]), (0, [2])])
    assert own == model == 10 + 3 + 12 + 14


def test_a_fleet_of_several_types_keeps_its_prices() -> None:
    fleet = {
        "num_available": [1, 2],
        "capacity": [4.0, 6.0],
        "fixed_cost": [5.0, 8.5],
        "unit_distance_cost": [1.0, 1.25],
    }
    own, model = costs(problem(vehicle_types=fleet), [(0, [0]), (1, [1, 2])])
    assert own == model


def test_the_price_of_time_is_the_same_in_the_model() -> None:
    clients = {"tw_early": [0, 50, 0], "tw_late": [100, 100, 100], "service_duration": 4.0}
    fleet = {"num_available": 2, "capacity": 9.0, "unit_duration_cost": 0.5}
    own, model = costs(problem(clients=clients, vehicle_types=fleet), [(0, [0, 1, 2])])
    assert own == model


def test_prizes_of_those_who_are_left_out_are_lost_in_both() -> None:
    clients = {"required": [True, False, False], "prize": [0.0, 7.5, 2.0]}
    own, model = costs(problem(clients=clients), [(0, [0, 2])])
    assert own == model


def test_vehicles_start_at_their_own_depots() -> None:
    one = RoutingProblem.from_arrays(
        {"demand": [1.0, 1.0]},
        {"num_available": [1, 1], "capacity": 5.0, "depot": ["depot 1", "depot 2"]},
        {"id": ["depot 1", "depot 2"]},
        distance_matrix=[[0, 9, 2, 8], [9, 0, 8, 3], [2, 8, 0, 7], [8, 3, 7, 0]],
    )
    own, model = costs(one, [(0, [0]), (1, [1])])
    assert own == model == 4 + 6


def test_numbers_are_scaled_by_the_power_of_ten_that_makes_them_whole() -> None:
    assert whole_scale([np.array([1.0, math.inf]), np.array([2.5])]) == (10.0, True)
    assert whole_scale([np.array([1 / 3])]) == (1000.0, False)


def test_times_that_are_not_whole_are_rounded_to_the_safe_side() -> None:
    third = [[0, 1 / 3], [1 / 3, 0]]
    one = RoutingProblem.from_arrays(
        {"demand": [1.0], "tw_early": 2 / 3, "tw_late": 4 / 3},
        {"num_available": 1, "capacity": 5.0, "max_duration": 2 / 3},
        distance_matrix=third,
    )
    model = from_problem(one)
    client, vehicle = model.data.client(0), model.data.vehicle_type(0)
    assert not model.exact
    assert model.data.distance_matrix(0)[0, 1] == 333
    assert model.data.duration_matrix(0)[0, 1] == 334
    assert (client.tw_early, client.tw_late, vehicle.shift_duration) == (667, 1333, 666)


def test_what_has_no_limit_has_none_in_the_model() -> None:
    ways = [[0, 5, math.inf], [5, 0, 1], [4, 1, 0]]
    one = problem(
        clients={"demand": [1.0, 2.0]},
        vehicle_types={"num_available": 9, "capacity": math.inf},
        distance_matrix=ways,
    )
    data = from_problem(one).data
    assert data.distance_matrix(0)[0, 2] == NO_WAY
    assert data.vehicle_type(0).capacity == [3]
    assert data.vehicle_type(0).num_available == 2
    assert data.client(0).tw_late == NO_LIMIT


def test_a_problem_with_rules_that_the_model_lacks_is_not_translated() -> None:
    assert covers(problem())
    assert not covers(problem(clients={"pickup": [0.0, 1.0, 0.0]}))


def test_an_answer_is_judged_by_flowopts_check() -> None:
    case = loaded(problem())
    good = verify(case, Answer([(0, [1, 2]), (0, [3])]))
    assert (good.checked_by, good.cost, good.stated, good.faults) == ("flowopt", 39.0, 39.0, ())
    heavy = verify(case, Answer([(0, [1, 2, 3])]))
    assert any("capacity" in fault for fault in heavy.faults)
    partial = verify(case, Answer([(0, [1, 2])]))
    assert (partial.unserved, partial.faults) == (1, ())


def test_an_answer_is_judged_by_pyvrp_where_flowopt_does_not_read_the_instance() -> None:
    case = loaded(problem())
    heavy = by_pyvrp(case, [(0, [1, 2, 3])])
    assert heavy.faults == ("excess load: 1",)
    assert by_pyvrp(case, [(0, [1, 2])]).unserved == 1


# ---- files

PAIRS = """2 10 1
0 0 0 0 0 100 0 0 0
1 3 4 5 0 50 2 0 2
2 6 8 -5 10 60 3 1 0
"""


def test_an_instance_of_li_and_lim_has_a_shipment_for_each_pair(tmp_path: Path) -> None:
    path = tmp_path / "pair.txt"
    path.write_text(PAIRS, encoding="utf-8")
    model = from_li_lim(path)
    (shipment,) = model.data.shipments()
    assert (shipment.pickup.location, shipment.delivery.location, shipment.amount) == (1, 2, [5])
    assert (shipment.delivery.tw_early, shipment.delivery.service_duration) == (10_000, 3_000)
    assert model.data.distance_matrix(0)[0].tolist() == [0, 5_000, 10_000]
    case = Loaded(Case("pdptw", "pair", 2, path))
    verdict = by_pyvrp(case, [(0, [1, 2])])
    assert (verdict.cost, verdict.vehicles, verdict.faults) == (20.0, 1, ())
    assert by_pyvrp(case, []).unserved == 2


def test_routes_are_written_beside_the_numbers_of_their_vehicles() -> None:
    data = from_problem(problem(vehicle_types={"num_available": [2, 1], "capacity": 9.0})).data
    named = [
        kind.replace(name=name)
        for kind, name in zip(data.vehicle_types(), ("0,2", "1"), strict=True)
    ]
    model = IntegerModel(data.replace(vehicle_types=named), 1.0, True, "file")
    text = as_sol(model, [(0, [1]), (0, [3]), (1, [2])])
    assert text.splitlines() == ["Route #1: 1", "Route #2: 2", "Route #3: 3"]
    assert as_sol(model, [(1, [2])]).splitlines() == ["Route #1:", "Route #2: 2"]


def test_a_fleet_without_limit_is_modelled_with_what_the_loads_ask_for() -> None:
    data = from_problem(problem(vehicle_types={"num_available": 99})).data
    assert len(vehicle_kinds(data)) == 3  # no more than clients
    limited = from_problem(problem(vehicle_types={"num_available": 1})).data
    assert vehicle_kinds(limited) == [0]
