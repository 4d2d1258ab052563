"""Pick-ups, shipments and reloads, each on a tiny named problem, switched off and on."""

from __future__ import annotations

import numpy as np
import pytest

from flowopt import ValidationError
from flowopt.routing import RoutingProblem
from flowopt.routing.explain import Reason


def stops(solution):
    return [route.stops.tolist() for route in solution.routes]


def codes(solution):
    return {violation.constraint for violation in solution.check()}


def only(entries):
    (entry,) = entries
    return entry


# ---- pick-ups


def test_a_delivery_makes_room_for_a_pickup(line, solved):
    """Three units out and three in need no more room than three, in the right order."""
    apart = {"demand": [3, 0, 0], "pickup": [0, 0, 3]}
    solution = solved(line(apart, {"capacity": 3}))
    assert solution.cost == 6.0
    assert stops(solution)[0].index(0) < stops(solution)[0].index(2)
    (route,) = solution.routes
    assert route.schedule.load.tolist() == [3.0]
    assert route.schedule.load_after[:, 0].max() == 3.0
    assert codes(line(apart, {"capacity": 3}).solution_from_routes([[2, 1, 0]])) == {"capacity"}


def test_what_is_picked_up_stays_on_board_until_the_end(line, solved):
    out = {"demand": [1, 1, 1]}
    both = out | {"pickup": [1, 1, 2]}
    fleet = {"capacity": 3, "num_available": 2}
    assert len(solved(line(out, fleet)).routes) == 1
    assert len(solved(line(both, fleet)).routes) == 2


def test_backhauls_after_linehauls_are_a_matter_of_room(line):
    problem = line({"demand": [0, 2, 0], "pickup": [2, 0, 0]}, {"capacity": 2})
    assert problem.solution_from_routes([[1, 0, 2]]).check().ok
    assert codes(problem.solution_from_routes([[0, 1, 2]])) == {"capacity"}


def test_a_pickup_heavier_than_every_vehicle_is_named(line):
    problem = line({"demand": [1, 1, 1], "pickup": [0, 9, 0]}, {"id": ["van"], "capacity": 5})
    entry = only(problem.solve(engine="construct").unserved)
    assert (entry.client, entry.reason) == (1, Reason.CAPACITY)
    assert entry.message == "its pickup is 9, and van holds 5"
    assert entry.fix == "raise capacity of van to 9"


# ---- shipments


SHIPMENT = {"id": ["parcel"], "pickup": [3], "delivery": [1], "demand": [2]}


def test_a_shipment_is_picked_up_before_it_is_delivered(line, solved):
    none = {"demand": [0, 0, 0], "tw_late": [1, 9, 9]}
    free = solved(line(none, {"num_available": 2}))
    assert (free.cost, len(free.routes)) == (6.0, 1)
    shipped = solved(line(none, {"num_available": 2}, shipments=SHIPMENT))
    assert not shipped.is_complete  # at the client near the depot, its window is over by then
    late = solved(line({"demand": [0, 0, 0]}, shipments=SHIPMENT))
    visits = late.routes[0].visits.tolist()
    assert visits.index(2) < visits.index(0)
    assert late.cost == 6.0


def test_the_order_of_a_shipment_is_checked(line):
    problem = line({"demand": [0, 0, 0]}, {"num_available": 2}, shipments=SHIPMENT)
    assert problem.solution_from_routes([[2, 1, 0]]).check().ok
    wrong = problem.solution_from_routes([[0, 1, 2]])
    assert codes(wrong) == {"shipment"}
    assert str(wrong.check()) == (
        "shipment [route 1: 1]: shipment parcel is delivered before it is picked up"
    )
    apart = problem.solution_from_routes([[2, 1], [0]])
    assert codes(apart) == {"shipment"}
    assert codes(problem.solution_from_routes([[2, 1]])) == {"shipment"}


def test_a_shipment_takes_room_between_its_ends_only(line):
    fleet = {"capacity": 2}
    problem = line({"demand": [0, 1, 0]}, fleet, shipments=SHIPMENT)
    assert codes(problem.solution_from_routes([[2, 1, 0]])) == {"capacity"}
    after = problem.solution_from_routes([[1, 2, 0]])
    assert after.check().ok
    assert after.routes[0].schedule.load_after[:, 0].tolist() == [0.0, 2.0, 0.0]
    assert codes(problem.solution_from_routes([[2, 0, 1]])) == {
        "capacity"
    }  # the load from the depot


def test_both_ends_of_a_shipment_are_left_for_the_reason_of_the_pair(line):
    heavy = SHIPMENT | {"demand": [7]}
    problem = line({"demand": [0, 0, 0]}, {"id": ["van"], "capacity": 5}, shipments=heavy)
    solution = problem.solve(engine="construct")
    assert [entry.client for entry in solution.unserved] == [0, 2]
    assert {entry.reason for entry in solution.unserved} == {Reason.CAPACITY}
    assert {entry.fix for entry in solution.unserved} == {"raise capacity of van to 7"}


def test_the_late_end_of_a_shipment_is_named(line):
    windows = {"demand": [0, 0, 0], "tw_late": [4, 9, 9]}
    solution = line(windows, shipments=SHIPMENT).solve(engine="construct")
    first, second = solution.unserved
    assert first.reason is second.reason is Reason.TIME_WINDOW
    assert first.message == "a vehicle that goes straight to it starts at 5, after 4"
    assert second.message.startswith("a vehicle that goes straight to 1, the other end of its")
    assert first.fix == second.fix == "raise tw_late of 1 to 5"


def test_an_optional_shipment_is_served_when_its_two_prizes_pay(line, solved):
    clients = {"demand": [0, 0, 0], "required": [False, True, False]}
    fleet = {"num_available": 1}
    worth = solved(line(clients | {"prize": [1, 0, 1.5]}, fleet, shipments=SHIPMENT))
    assert not worth.unserved
    left = solved(line(clients | {"prize": [1, 0, 0.5]}, fleet, shipments=SHIPMENT))
    assert [entry.reason for entry in left.unserved] == [Reason.NOT_WORTH_IT] * 2
    assert left.cost == 4.0 + 1.5
    assert left.unserved[0].fix == "raise prize of 1 to 1.5"  # what the way to 3 costs, less 0.5


def test_a_shipment_of_two_loads_fits_in_both(line):
    clients = {"demand": [[0, 0]] * 3}
    ways = {"id": ["a"], "pickup": [2], "delivery": [3], "demand_1": [1], "demand_2": [5]}
    assert (
        line(clients, {"capacity": [[1, 5]]}, shipments=ways).solve(engine="construct").is_complete
    )
    tight = line(clients, {"capacity": [[1, 4]]}, shipments=ways).solve(engine="construct")
    assert {entry.changes[0].column for entry in tight.unserved} == {"capacity_2"}


def test_the_table_of_visits_names_shipments(line):
    problem = line({"demand": [0, 0, 0]}, shipments=SHIPMENT)
    frame = problem.solution_from_routes([[2, 1, 0]]).to_frame("visits")
    assert frame["shipment"].tolist() == ["parcel", "", "parcel"]


# ---- reloads


RELOADING = {"capacity": 2, "max_reloads": 2, "reload_duration": 4}


def test_a_vehicle_reloads_where_one_trip_does_not_do(line, solved):
    assert not solved(line(vehicle_types={"capacity": 2})).is_complete
    solution = solved(line(vehicle_types=RELOADING))
    assert solution.is_complete
    assert solution.cost == 6.0 + 2.0
    (route,) = solution.routes
    assert route.num_reloads == 1
    assert route.schedule.load_after.max() <= 2


def test_a_reload_takes_its_time_and_pickups_leave_the_vehicle(line):
    clients = {"demand": [1, 1, 1], "pickup": [2, 0, 1]}
    problem = line(clients, RELOADING | {"unit_duration_cost": 1.0})
    solution = problem.solution_from_routes([[0, ~0, 2, 1]])
    assert solution.check().ok
    schedule = solution.routes[0].schedule
    assert schedule.reload_start.tolist() == [2.0]
    assert schedule.arrival.tolist() == [1.0, 9.0, 10.0]
    assert schedule.load_after[:, 0].tolist() == [2.0, 2.0, 1.0]
    assert (schedule.distance, schedule.duration) == (8.0, 12.0)
    assert codes(problem.solution_from_routes([[0, 2, ~0, 1]])) == {"capacity"}


def test_reloads_are_where_and_as_often_as_allowed(line):
    fleet = {"capacity": 1, "max_reloads": 1, "depot": ["a"], "reload_depots": ["b"]}
    x = np.array([0.0, 3.0, 1.0, 2.0])
    problem = RoutingProblem.from_arrays(
        {"demand": [1, 1]},
        fleet | {"num_available": 1},
        {"id": ["a", "b"]},
        distance_matrix=np.abs(x[:, None] - x[None, :]),
    )
    assert problem.solution_from_routes([[0, ~1, 1]]).check().ok
    assert codes(problem.solution_from_routes([[0, ~0, 1]])) == {"reload"}
    none = problem.replace(
        vehicle_types=type(problem.vehicle_types)(
            **(vars(problem.vehicle_types) | {"max_reloads": np.array([0.0])})
        )
    )
    assert codes(none.solution_from_routes([[0, ~1, 1]])) == {"reload"}


def test_a_depot_that_closes_ends_its_reloads(line):
    problem = line(vehicle_types=RELOADING, depots={"tw_late": [12.0]})
    assert problem.solution_from_routes([[0, ~0, 1]]).check().ok
    late = line({"service_duration": 12}, RELOADING, {"tw_late": [12.0]})
    assert codes(late.solution_from_routes([[0, ~0, 1]])) == {"reload", "shift"}


def test_a_shipment_does_not_pass_a_reload(line):
    problem = line({"demand": [0, 0, 0]}, RELOADING, shipments=SHIPMENT)
    assert codes(problem.solution_from_routes([[2, ~0, 0, 1]])) == {"shipment"}


def test_a_reload_stands_between_two_visits(line):
    problem = line(vehicle_types=RELOADING)
    for routes in ([[~0, 0]], [[0, ~0]], [[0, ~0, ~0, 1]], [[0, ~3, 1]]):
        with pytest.raises(ValidationError):
            problem.solution_from_routes(routes)


def test_reloads_are_in_the_tables_and_can_be_started_from(line):
    problem = line(vehicle_types=RELOADING)
    solution = problem.solution_from_routes([[0, ~0, 2, 1]])
    visits = solution.to_frame("visits")
    assert visits["reload"].tolist() == ["", "depot", ""]
    assert solution.to_frame("routes")["num_reloads"].tolist() == [1]
    for initial in (solution, visits):
        again = problem.solve(engine="construct", initial=initial)
        assert stops(again) == [[0, ~0, 2, 1]]
    fewer = line({"demand": [1, 1]}, RELOADING, places=(1.0, 2.0))
    assert fewer.solve(engine="construct", initial=solution).is_complete


def test_a_reload_before_the_first_visit_is_a_fault_of_a_start(line):
    table = {"route": [1], "client": [1], "reload": ["depot"]}
    with pytest.raises(ValidationError, match="before the first visit"):
        line(vehicle_types=RELOADING).solve(engine="construct", initial=table)
