"""Who serves whom, in which order, and whom at all: each rule switched off and on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from flowopt.routing.explain import Reason, Unserved
from flowopt.routing.ranking import rank


def codes(solution):
    return {violation.constraint for violation in solution.check()}


def reasons(solution):
    return {entry.client: str(entry.reason) for entry in solution.unserved}


def fix_of(solution, client):
    return next(entry.fix for entry in solution.unserved if entry.client == client)


TWO = {"id": ["car", "truck"], "num_available": [1, 1], "capacity": [9, 9]}


# ---- skills, compatibility, assignment costs


def test_a_client_is_served_by_a_vehicle_with_its_skills(line, solved):
    clients = {"skills": ["", "cold;lift", ""]}
    dear = TWO | {"fixed_cost": [0, 50]}
    assert solved(line(vehicle_types=dear)).cost == 6.0
    solution = solved(line(clients, dear | {"skills": ["cold", "cold; lift"]}))
    assert solution.to_frame("routes")["vehicle_type"].tolist() == ["truck"]
    wrong = line(clients, dear | {"skills": ["cold", "cold; lift"]}).solution_from_routes([[0, 1]])
    assert str(wrong.check()) == "compatibility [route 1: 2]: car has no lift"


def test_a_client_without_the_skill_is_named(line):
    fleet = TWO | {"skills": ["cold", ""]}
    solution = line({"skills": ["", "cold;lift", ""]}, fleet).solve(engine="construct")
    assert reasons(solution) == {1: "skill"}
    (entry,) = solution.unserved
    assert entry.message == "it needs cold and lift, and car has no lift"
    assert entry.fix == "give car the skill lift"


def test_a_fix_names_the_skill_and_what_else_is_wanting(line):
    clients = {"skills": ["", "cold", ""], "demand": [1, 30, 1]}
    solution = line(clients, {"id": ["van"]}).solve(engine="construct")
    assert fix_of(solution, 1) == "give van the skill cold and raise capacity of van to 30"


def test_a_client_is_served_by_the_types_that_may(line, solved):
    dear = TWO | {"fixed_cost": [0, 50]}
    table = {"client": [2], "vehicle_type": ["truck"]}
    assert solved(line(vehicle_types=dear, compatibility=table)).cost == 56.0
    pinned = line({"vehicle_type": ["", "truck", ""]}, dear)
    assert solved(pinned).cost == 56.0
    assert codes(pinned.solution_from_routes([[1]], [0])) == {"compatibility"}


def test_whom_no_type_may_serve_is_named(line):
    gone = {"id": ["van", "old"], "num_available": [1, 0], "capacity": [9, 9]}
    table = {"client": [2], "vehicle_type": ["old"]}
    solution = line(vehicle_types=gone, compatibility=table).solve(engine="construct")
    (entry,) = solution.unserved
    assert (entry.client, entry.reason) == (1, Reason.SKILL)
    assert entry.message == "it may not be served by any vehicle type that has vehicles"
    assert entry.fix == "let van serve it"


def test_an_assignment_has_its_cost(line, solved):
    table = {
        "client": [1, 1, 2, 2, 3, 3],
        "vehicle_type": ["car", "truck"] * 3,
        "assignment_cost": [0, 1, 5, 0, 0, 1.0],
    }
    assert solved(line(vehicle_types=TWO)).cost == 6.0
    solution = solved(line(vehicle_types=TWO, compatibility=table))
    assert solution.cost == 6.0 + 2.0  # all by truck
    together = line(vehicle_types=TWO, compatibility=table).solution_from_routes([[0, 1, 2]])
    assert together.cost == 6.0 + 5.0
    assert together.check().ok


# ---- number of visits, order of visits


def test_no_more_clients_are_on_a_route_than_allowed(line, solved):
    fleet = {"num_available": 2}
    assert len(solved(line(vehicle_types=fleet)).routes) == 1
    solution = solved(line(vehicle_types=fleet | {"max_visits": 2}))
    assert sorted(len(route) for route in solution.routes) == [1, 2]
    wrong = line(vehicle_types={"max_visits": 2}).solution_from_routes([[0, 1, 2]])
    assert codes(wrong) == {"max_visits"}
    none = line(vehicle_types={"max_visits": 0, "id": ["van"]}).solve(engine="construct")
    assert set(reasons(none).values()) == {"shift"}
    assert fix_of(none, 0) == "raise max_visits of van to 1"


def test_visits_follow_their_numbers(line, solved):
    ring = {"sequence": [2.0, np.nan, 1.0]}
    fleet = {"unit_duration_cost": 1.0}
    free = solved(line({"tw_late": [1.0, 99, 99]}, fleet))
    assert free.routes[0].visits.tolist()[0] == 0
    ordered = solved(line(ring, fleet))
    visits = ordered.routes[0].visits.tolist()
    assert visits.index(2) < visits.index(0)
    wrong = line(ring, fleet).solution_from_routes([[0, 1, 2]])
    assert codes(wrong) == {"sequence"}
    both = solved(line(ring | {"tw_late": [1.0, 99, 99]}, fleet))
    assert len(both.unserved) == 1


# ---- priorities


def test_whom_the_fleet_cannot_serve_is_a_matter_of_priority(line, solved):
    full = {"num_available": 1, "capacity": 2}
    cheap = solved(line({"required": [True] * 3}, full))
    assert reasons(cheap) == {2: "fleet_exhausted"}
    solution = solved(line({"priority": [0, 1, 2]}, full))
    assert reasons(solution) == {0: "fleet_exhausted"}
    two = solved(line({"priority": [1, 1, 3], "demand": [1, 1, 2]}, full))
    assert list(reasons(two)) in ([0, 1], [2])  # 2 + 2 against 4
    assert rank(two.problem, [(0, [0, 1])]).missing == 4


# ---- groups


def groups(required, **clients):
    columns = {"group": ["", "either", "either"], "required": [True, required, required]}
    return columns | clients


def test_of_a_group_one_is_served(line, solved):
    assert solved(line()).cost == 6.0
    solution = solved(line(groups(True)))
    assert solution.cost == 4.0
    assert solution.is_complete
    assert not solution.unserved  # the other one of the group is not missed
    both = line(groups(True)).solution_from_routes([[0, 1, 2]])
    assert codes(both) == {"group"}
    apart = line(groups(True), {"num_available": 2}).solution_from_routes([[0, 1], [2]])
    assert codes(apart) == {"group"}


def test_a_group_that_is_not_served_is_named_with_all_its_clients(line, solved):
    heavy = groups(True, demand=[1, 20, 30])
    solution = solved(line(heavy, {"capacity": 5}))
    assert reasons(solution) == {1: "capacity", 2: "capacity"}
    assert not solution.is_complete
    assert rank(solution.problem, [(0, [0])]).missing == 1
    hidden = dataclasses.replace(solution, unserved=solution.unserved[:1])
    assert codes(hidden) == {"served"}


def test_of_an_optional_group_the_largest_prize_is_lost_once(line, solved):
    left = solved(line(groups(False, prize=[0, 1.0, 1.5])))
    assert left.cost == 2.0 + 1.5
    assert reasons(left) == {1: "not_worth_it", 2: "not_worth_it"}
    assert fix_of(left, 1) == "raise prize of 2 to 2"
    assert fix_of(left, 2) == "raise prize of 3 to 4"
    served = solved(line(groups(False, prize=[0, 1.0, 2.5])))
    assert served.cost == 4.0  # the nearer one will do for the larger prize
    assert served.routes[0].visits.tolist() in ([0, 1], [1, 0])


def test_a_member_of_a_served_group_is_not_to_be_named(line):
    solution = line(groups(True)).solution_from_routes([[0, 1]])
    assert solution.check().ok
    extra = Unserved(2, Reason.NOT_PLACED, "", "")
    assert codes(dataclasses.replace(solution, unserved=(extra,))) == {"served"}


# ---- the fewest vehicles, the longest route


def test_the_fewest_vehicles_come_first_when_asked(line, solved):
    """Two short trips are cheaper in time than one that waits for the last window."""
    clients = {"tw_late": [1.0, 99, 99], "tw_early": [0, 0, 50.0]}
    fleet = {"num_available": 3, "unit_duration_cost": 1.0}
    assert len(solved(line(clients, fleet)).routes) == 2
    assert len(solved(line(clients, fleet, vehicles_first=True)).routes) == 1


def test_no_prize_is_worth_one_more_vehicle(line, solved):
    clients = {"required": [True, True, False], "prize": [0, 0, 500.0]}
    fleet = {"num_available": 2, "capacity": 2}
    assert not solved(line(clients, fleet)).unserved
    solution = solved(line(clients, fleet, vehicles_first=True))
    assert reasons(solution) == {2: "not_worth_it"}
    (entry,) = solution.unserved
    assert entry.message == "to serve it takes one more vehicle, and the fewest vehicles come first"
    assert solution.cost == 4.0 + 500.0


def test_the_longest_route_has_its_price(line, solved):
    fleet = {"num_available": 3, "fixed_cost": 1.0}
    clients = {"service_duration": [10.0, 10.0, 10.0]}
    assert len(solved(line(clients, fleet)).routes) == 1
    solution = solved(line(clients, fleet, longest_duration_cost=2.0))
    assert len(solution.routes) == 3
    assert solution.cost == 3 * 1.0 + (2.0 + 4.0 + 6.0) + 2.0 * 16.0
    lie = dataclasses.replace(solution.outcome, cost=solution.cost - 32.0)
    assert codes(dataclasses.replace(solution, outcome=lie)) == {"cost"}


def test_a_client_that_makes_the_longest_route_longer_is_not_worth_its_prize(line, solved):
    clients = {"required": [True, True, False], "prize": [0, 0, 3.0]}
    assert not solved(line(clients)).unserved
    solution = solved(line(clients, longest_duration_cost=1.0))
    (entry,) = solution.unserved
    assert entry.message == "to serve it in route 1 costs 4 for a prize of 3"


@pytest.mark.parametrize("rule", ["vehicles_first", "longest_duration_cost"])
def test_the_rank_of_a_plan_shows_what_it_is_compared_by(line, rule):
    problem = line(vehicle_types={"num_available": 3}, **{rule: 1})
    one, three = rank(problem, [(0, [0, 1, 2])]), rank(problem, [(0, [i]) for i in range(3)])
    assert (one.missing, three.missing) == (0, 0)
    if rule == "vehicles_first":
        assert (one.vehicles, three.vehicles) == (1, 3)
    else:
        assert (one.cost, three.cost) == (12.0, 12.0 + 6.0)
