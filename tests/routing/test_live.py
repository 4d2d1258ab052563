"""The problem that is left of a plan: what is done stays done, the rest holds as it would have."""

from __future__ import annotations

import datetime as dt
import pickle

import numpy as np
import polars as pl
import pytest

import flowopt as fo
from flowopt.core.errors import ValidationError
from flowopt.routing import RoutingProblem
from flowopt.routing.clockwork import Clockwork
from flowopt.routing.loads import loads_along
from flowopt.routing.route_rules import broken_rules
from flowopt.routing.schedule import holds, schedule_route

FLEET = {"num_available": 2, "capacity": 10.0}


def on_a_line(places, clients=None, fleet=None, **rules):
    """Return a problem of clients on a line, the depot at 0; a second goes by on each unit."""
    names = [f"c{int(place)}" for place in places]
    return RoutingProblem.from_arrays(
        {"id": names, "demand": [1.0] * len(places)} | (clients or {}),
        FLEET | (fleet or {}),
        coordinates=[[0, 0], *([place, 0] for place in places)],
        **rules,
    )


def ids(problem):
    return problem.clients.id.tolist()


def routes_of(solution):
    names, types = solution.problem.clients.id, solution.problem.vehicle_types.id
    return {
        types[r.vehicle_type].item(): [names[s].item() if s >= 0 else "reload" for s in r.stops]
        for r in solution.routes
    }


@pytest.fixture
def plan():
    """Two vehicles: one to 10, 20, 30; one, held back by a window, to 5 from second 50 on."""
    problem = on_a_line((10, 20, 30, 5), {"tw_early": [0, 0, 0, 50], "service_duration": 2.0})
    return problem.solution_from_routes([[0, 1, 2], [3]])


# ---- what is done, and where vehicles stand


def test_before_all_departures_everything_may_change(plan):
    left = plan.remaining()
    assert ids(left) == ids(plan.problem)
    assert left.vehicle_types.num_available.tolist() == [2]
    assert left.plan().cost == plan.cost
    assert left.sunk_cost == 0


def test_visits_that_have_begun_are_no_longer_in_the_problem(plan):
    left = plan.remaining(11)
    assert ids(left) == ["c20", "c30", "c5"]
    assert left.history["client"].tolist() == ["c10"]
    assert left.history["start"].tolist() == [10.0]


def test_a_vehicle_under_way_is_a_type_of_its_own_where_it_will_be_free(plan):
    left = plan.remaining(11)
    assert left.vehicle_types.id.tolist() == ["vehicle", "vehicle 1"]
    assert left.vehicle_types.num_available.tolist() == [1, 1]
    assert left.depots.tw_early.tolist() == [0.0, 12.0]  # its service ends then
    assert left.travel.legs(1, [2, 3])[0].tolist() == [10.0, 20.0]  # from c10 to c20 and c30


def test_the_client_a_vehicle_drives_to_stays_its_next(plan):
    left = plan.remaining(13)
    assert ids(left) == ["c30", "c5"]
    assert left.history["client"].tolist() == ["c10", "c20"]
    assert left.depots.tw_early[1] == 24.0


def test_a_vehicle_that_waits_for_a_client_may_go_elsewhere():
    problem = on_a_line((10,), {"tw_early": 100.0}, {"tw_late": 130.0})
    plan = problem.solution_from_routes([[0]])
    late = problem.replace(depots=fo.routing.Depots(problem.depots.id, [0.0], [50.0]))
    waiting = late.solution_from_routes([[0]])
    assert waiting.routes[0].schedule.departure == 50.0
    left = waiting.remaining(70)
    assert ids(left) == ["c10"]
    assert left.depots.tw_early[1] == 70.0
    assert left.travel.legs(1, 2)[0] == 0.0
    assert plan.remaining(70).state.stands.tolist() == [False]  # not yet on its way


def test_vehicles_at_the_depot_depart_from_now_on(plan):
    left = plan.remaining(11)
    assert left.vehicle_types.tw_early[0] == 11.0
    assert left.plan().routes[1].schedule.start.tolist() == [50.0]


def test_a_vehicle_on_its_way_home_is_no_vehicle_any_more(plan):
    left = plan.remaining(47)  # the first is back at 66, the second departs at 45
    assert left.vehicle_types.num_available.tolist() == [0, 1]
    assert left.num_clients == 0


def test_a_vehicle_whose_shift_is_over_cannot_depart():
    problem = on_a_line((10, 20), {}, {"tw_late": 100.0})
    left = problem.solution_from_routes([[0]]).remaining(101)
    solution = left.solve(time_limit=1)
    assert [left.clients.id[entry.client] for entry in solution.unserved] == ["c20"]


def test_a_whole_day_can_be_replayed_from_moment_to_moment(plan):
    seen, current = [], plan
    for now in range(0, 70, 3):
        left = current.remaining(now)
        current = left.plan()
        seen.append(left.sunk_cost + current.cost)
        assert current.check().ok
    assert np.allclose(seen, plan.cost)
    assert sorted(left.history["client"]) == ["c10", "c20", "c30", "c5"]


def test_times_may_be_written_as_the_problem_writes_them():
    problem = RoutingProblem.from_frames(
        {"id": ["a"], "x": [60], "y": [0], "tw_early": ["2026-03-02T10:00"]},
        {"id": ["van"], "num_available": [1]},
        {"id": ["hub"], "x": [0], "y": [0]},
        metric="euclidean",
        speed=60,
    )
    plan = problem.solution_from_routes([[0]])
    left = plan.remaining(dt.datetime(2026, 3, 2, 10, 1))
    assert left.history["start"].tolist() == [dt.datetime(2026, 3, 2, 10, 0)]
    assert plan.remaining("09:30").now == 34200.0
    with pytest.raises(ValidationError, match="time zone"):
        plan.remaining(dt.datetime(2026, 3, 2, 10, 1, tzinfo=dt.UTC))


# ---- what vehicles carry


def test_what_is_on_board_stays_with_its_vehicle(plan):
    left = plan.remaining(11)
    allowed = {name: row.tolist() for name, row in zip(ids(left), left.may_serve, strict=True)}
    assert allowed["c20"] == allowed["c30"] == [False, True]
    assert allowed["c5"] == [True, False]  # its goods are at the depot


def test_a_new_delivery_goes_with_a_vehicle_that_is_still_at_the_depot(plan):
    new = {"id": ["n"], "x": [25], "y": [0], "demand": [1]}
    solution = plan.insert(new, now=11, engine="construct")
    assert solution.is_complete
    assert "n" not in routes_of(solution)["vehicle 1"]


def test_a_new_pickup_goes_with_a_vehicle_under_way(plan):
    new = {"id": ["n"], "x": [25], "y": [0], "pickup": [1]}
    solution = plan.insert(new, now=11, engine="construct")
    assert routes_of(solution)["vehicle 1"] in (["c20", "n", "c30"], ["c20", "c30", "n"])


def test_fuel_on_board_is_for_anyone(plan):
    new = {"id": ["n"], "x": [25], "y": [0], "demand": [1]}
    left = plan.remaining(11, new_clients=new, goods_for_anyone=True)
    assert left.may_serve.all()
    assert left.vehicle_types.capacity[1, 0] == 9.0  # one was delivered of what it may have had


def test_what_was_collected_takes_room():
    problem = on_a_line((10, 20), {"demand": 0.0, "pickup": [6.0, 4.0]})
    left = problem.solution_from_routes([[0, 1]]).remaining(10)
    assert left.vehicle_types.capacity[:, 0].tolist() == [10.0, 4.0]


def test_a_shipment_picked_up_is_delivered_by_the_same_vehicle():
    problem = on_a_line(
        (10, 20, 30),
        {"demand": 0.0},
        shipments={"id": ["s"], "pickup": ["c10"], "delivery": ["c30"], "demand": [7]},
    )
    left = problem.solution_from_routes([[0, 1, 2]]).remaining(10)
    assert len(left.shipments) == 0
    assert left.clients.demand[ids(left).index("c30")].tolist() == [7.0]
    assert left.may_serve[ids(left).index("c30")].tolist() == [False, True]
    assert left.may_serve[ids(left).index("c20")].all()


def test_a_vehicle_takes_new_deliveries_after_a_reload():
    problem = on_a_line((10, 12), {}, {"num_available": 1, "max_reloads": 1.0, "capacity": 2.0})
    plan = problem.solution_from_routes([[0, 1]])
    new = {"id": ["n"], "x": [11], "y": [0], "demand": [2]}
    left = plan.remaining(9, new_clients=new)
    straight = left.solution_from_routes([[0, 1]], [0])  # c12, then n: the goods are at the depot
    assert not straight.check().ok
    around = left.solution_from_routes([[0, ~0, 1]], [0])
    assert around.check().ok
    assert around.routes[0].schedule.start.tolist() == [12.0, 35.0]


def test_after_a_reload_there_is_room_for_all_again():
    problem = on_a_line(
        (10, 20, 30),
        {"demand": [0.0, 0.0, 8.0], "pickup": [6.0, 2.0, 0.0]},
        {"num_available": 1, "max_reloads": 1.0},
    )
    plan = problem.solution_from_routes([[0, 1, ~0, 2]])
    left = plan.remaining(10)
    kept = left.plan()
    assert kept.check().ok
    assert kept.routes[0].schedule.load_after[:, 0].tolist() == [8.0, 0.0]


def test_a_vehicle_that_is_back_may_go_again_if_it_may_reload():
    fleet = {"num_available": 1, "max_reloads": 1.0, "reload_duration": 5.0}
    plan = on_a_line((10,), {}, fleet).solution_from_routes([[0]])
    new = {"id": ["n"], "x": [4], "y": [0], "demand": [9]}
    solution = plan.insert(new, now=15, engine="construct")
    assert solution.routes[0].schedule.departure == 25.0
    assert solution.problem.sunk_cost + solution.cost == 28.0


# ---- limits and costs


def test_the_longest_duration_counts_from_the_departure():
    problem = on_a_line((10, 20), {}, {"max_duration": 45.0, "tw_late": 1000.0})
    left = problem.solution_from_routes([[0, 1]]).remaining(5)
    assert left.vehicle_types.tw_late.tolist() == [1000.0, 45.0]


def test_what_was_driven_and_visited_is_taken_off_the_limits():
    problem = on_a_line((10, 20), {}, {"max_distance": 50.0, "max_visits": 3.0})
    left = problem.solution_from_routes([[0, 1]]).remaining(5)
    assert left.vehicle_types.max_distance.tolist() == [50.0, 40.0]
    assert left.vehicle_types.max_visits.tolist() == [3.0, 2.0]


def test_the_way_home_of_a_vehicle_under_way_is_spent():
    problem = on_a_line((10, 20), {"demand": 0.0}, {"fixed_cost": 100.0})
    left = problem.solution_from_routes([[0, 1]]).remaining(5)
    assert left.vehicle_types.fixed_cost.tolist() == [100.0, -10.0]
    assert left.sunk_cost == 100.0 + 10.0 + 10.0
    assert left.plan().cost == 20.0  # to c20 and back to c10, on top


def test_a_client_is_cheapest_where_a_vehicle_passes_on_its_way_home():
    problem = on_a_line((10, 20), {"demand": 0.0}, {"fixed_cost": 100.0})
    plan = problem.solution_from_routes([[0, 1]])
    solution = plan.insert({"id": ["n"], "x": [3], "y": [0]}, now=20, engine="construct")
    assert solution.cost == 0.0


def test_breaks_that_were_taken_are_not_taken_again():
    problem = on_a_line(
        (10, 20),
        {},
        breaks={"vehicle_type": ["vehicle"] * 2, "tw_early": [4, 30], "duration": [3, 3]},
    )
    left = problem.solution_from_routes([[0, 1]]).remaining(6)
    rows = left.breaks.vehicle_type == 1
    assert left.breaks.tw_early[rows].tolist() == [30.0]


def test_a_break_that_is_due_after_so_much_driving_is_kept_in_mind():
    rules = {"max_driving_before_break": 25.0, "driving_break_duration": 5.0}
    problem = on_a_line((10, 20), {}, rules)
    plan = problem.solution_from_routes([[0, 1]])
    left = plan.remaining(5)
    assert left.plan().routes[0].schedule.finish == plan.routes[0].schedule.finish == 45.0


def test_the_order_of_a_sequence_goes_on():
    problem = on_a_line((10, 20, 30), {"demand": 0.0, "sequence": [2.0, 3.0, 1.0]})
    plan = problem.solution_from_routes([[0, 1], [2]])
    left = plan.remaining(5)
    row = left.vehicle_types.id.tolist().index("vehicle 1")
    assert left.may_serve[ids(left).index("c20"), row]
    assert "c30" not in ids(left) or not left.may_serve[ids(left).index("c30"), row]


def test_of_a_group_with_a_served_client_nobody_else_is_left():
    problem = on_a_line((10, 20, 30), {"group": ["g", "", "g"]})
    left = problem.solution_from_routes([[0, 1]]).remaining(5)
    assert ids(left) == ["c20"]


# ---- what is new


def test_new_clients_may_want_a_vehicle_type_and_skills(plan):
    new = {
        "id": ["n", "m"],
        "x": [25, 26],
        "y": [0, 0],
        "pickup": [1, 1],
        "vehicle_type": ["vehicle", ""],
        "skills": ["", "cooled"],
    }
    left = plan.remaining(11, new_clients=new)
    assert left.may_serve[ids(left).index("n")].all()  # whatever became of vehicles of that type
    assert not left.may_serve[ids(left).index("m")].any()


def test_new_shipments_and_windows_come_with_their_clients(plan):
    left = plan.remaining(
        11,
        new_clients={"id": ["p", "d"], "x": [1, 2], "y": [0, 0]},
        shipments={"id": ["s"], "pickup": ["p"], "delivery": ["d"], "demand": [2]},
        time_windows={"client": ["p", "p"], "tw_early": [20, 60], "tw_late": [30, 70]},
    )
    names = ids(left)
    assert [names[left.shipments.pickup[0]], names[left.shipments.delivery[0]]] == ["p", "d"]
    assert left.time_windows.tw_early.tolist() == [20.0, 60.0]


def test_a_cancelled_client_is_gone_and_its_goods_stay_on_board():
    problem = on_a_line((10, 20), {"demand": [1.0, 4.0]})
    left = problem.solution_from_routes([[0, 1]]).remaining(5, cancelled=["c20"])
    assert ids(left) == []
    assert left.vehicle_types.capacity[1, 0] == 6.0


def test_a_shipment_is_cancelled_whole():
    problem = on_a_line(
        (10, 20), {}, shipments={"id": ["s"], "pickup": ["c10"], "delivery": ["c20"], "demand": [1]}
    )
    assert ids(problem.solution_from_routes([[0, 1]]).remaining(cancelled=["c20"])) == []


def test_a_vehicle_learns_of_a_cancellation_where_it_was_going():
    plan = on_a_line((10, 20), {"service_duration": 5.0}).solution_from_routes([[0, 1]])
    left = plan.remaining(5, cancelled=["c10"])
    assert left.depots.tw_early[1] == 10.0  # no service
    assert left.history["client"].tolist() == []


def test_a_cancelled_client_may_come_anew():
    plan = on_a_line((10, 20)).solution_from_routes([[0, 1]])
    left = plan.remaining(cancelled=["c20"], new_clients={"id": ["c20"], "x": [7], "y": [0]})
    assert ids(left) == ["c10", "c20"]


def test_a_vehicle_starts_where_its_driver_reports(plan):
    where = {"route": [1], "x": [16], "y": [3], "clock": [20], "client": ["c10"]}
    left = plan.remaining(18, vehicle_positions=where)
    assert ids(left) == ["c20", "c30", "c5"]
    assert left.depots.tw_early[1] == 20.0
    assert left.travel.legs(1, 2)[0] == 5.0
    assert left.vehicle_types.max_distance[1] == np.inf


def test_a_late_vehicle_has_not_visited_whom_it_should_have(plan):
    left = plan.remaining(25, vehicle_positions={"route": [1], "client": ["c10"]})
    assert left.history["client"].tolist() == ["c10"]
    assert left.depots.tw_early[1] == 25.0


def test_the_load_as_reported_takes_room(plan):
    where = {"route": [1], "client": ["c10"], "load": [5]}
    left = plan.remaining(11, vehicle_positions=where)
    assert left.vehicle_types.capacity[1, 0] == 7.0  # 2 of the 5 are for c20 and c30


def test_matrices_take_a_vehicle_to_a_place_without_coordinates():
    problem = RoutingProblem.from_arrays(
        {"id": ["a", "b"]}, FLEET, distance_matrix=[[0, 4, 8], [4, 0, 4], [8, 4, 0]]
    )
    plan = problem.solution_from_routes([[0, 1]])
    matrix = np.arange(16.0).reshape(4, 4)
    left = plan.remaining(5, vehicle_positions={"route": [1], "clock": [6]}, distance_matrix=matrix)
    assert left.travel.legs(1, [0, 2])[0].tolist() == [12.0, 14.0]


def test_frozen_visits_stay_as_they_are(plan):
    assert ids(plan.remaining(11, frozen=1)) == ["c30", "c5"]
    assert ids(plan.remaining(11, frozen=["c30"])) == ["c5"]
    visits = plan.to_frame("visits")
    assert ids(plan.remaining(11, frozen=visits[visits.client == "c30"])) == ["c5"]


def test_visits_can_be_frozen_before_the_departure(plan):
    left = plan.remaining(frozen=["c20"])
    assert ids(left) == ["c30", "c5"]
    assert left.may_serve[0].tolist() == [True, True]  # nothing is loaded yet
    assert left.sunk_cost + left.plan().cost == plan.cost


def test_frozen_visits_follow_a_reported_position(plan):
    where = {"route": [1], "client": ["c10"], "clock": [30]}
    left = plan.remaining(25, vehicle_positions=where, frozen=["c20"])
    assert left.history["start"].tolist() == [10.0, 40.0]
    assert left.depots.tw_early[1] == 42.0


def test_stability_keeps_clients_with_their_vehicles():
    problem = on_a_line((10, 20, 30, 40), {"demand": 0.0})
    plan = problem.solution_from_routes([[0, 2], [1, 3]])
    free = plan.remaining().solve(time_limit=1)
    assert len(free.routes) == 1
    held = plan.remaining(stability_cost=100.0).solve(time_limit=1)
    assert sorted(map(sorted, routes_of(held).values())) == [["c10", "c30"], ["c20", "c40"]]
    assert plan.diff(held).summary()["moved"] == 0


def test_the_search_starts_from_what_is_left(plan):
    left = plan.remaining(11)
    solution = left.solve(iteration_limit=1)
    assert solution.cost <= left.plan().cost + 1e-9
    assert solution.check().ok


def test_what_is_left_is_a_problem_like_any_other(plan):
    left = plan.remaining(11)
    again = pickle.loads(pickle.dumps(left))
    assert again.fingerprint == left.fingerprint == plan.remaining(11).fingerprint
    assert again.replace(vehicles_first=True).now == 11.0
    assert again.solve(engine="construct").cost == left.solve(engine="construct").cost


def test_frames_of_the_callers_library_come_out():
    problem = RoutingProblem.from_frames(
        pl.DataFrame({"id": ["a", "b"], "x": [10, 20], "y": [0, 0]}),
        pl.DataFrame({"id": ["van"], "num_available": [1]}),
        pl.DataFrame({"id": ["hub"], "x": [0], "y": [0]}),
        metric="euclidean",
    )
    plan = problem.solution_from_routes([[0, 1]])
    left = plan.remaining(10, cancelled=pl.DataFrame({"client": ["b"]}))
    assert isinstance(left.history, pl.DataFrame)
    assert isinstance(plan.diff(left.plan()).to_frame(), pl.DataFrame)


# ---- bad input


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"now": "noon"}, "wrong_type"),
        ({"now": float("nan")}, "nan"),
        ({"now": dt.datetime(2026, 3, 2)}, "mixed_time_zones"),
        ({"cancelled": ["nobody"]}, "unknown_id"),
        ({"cancelled": "c20"}, "wrong_type"),
        ({"cancelled": ["c10"], "now": 11}, "too_late"),
        ({"frozen": -1}, "negative"),
        ({"frozen": ["nobody"]}, "unknown_id"),
        ({"stability_cost": -1.0}, "out_of_range"),
        ({"stability_cost": float("nan")}, "out_of_range"),
        ({"new_clients": {"id": ["c10"], "x": [1], "y": [0]}}, "duplicate_id"),
        ({"new_clients": {"id": ["n"]}}, "missing"),
        ({"new_clients": {"id": ["n"], "x": [1], "y": [0], "vehicle_type": ["?"]}}, "unknown_id"),
        ({"vehicle_positions": {"route": [1]}}, "missing"),
        ({"vehicle_positions": {"route": [9]}, "now": 11}, "unknown_id"),
        ({"vehicle_positions": {"route": [1, 1]}, "now": 11}, "duplicate_id"),
        ({"vehicle_positions": {"vehicle_type": ["vehicle"]}, "now": 11}, "unknown_id"),
        ({"vehicle_positions": {"route": [1], "client": ["c5"]}, "now": 11}, "unknown_id"),
        ({"vehicle_positions": {"route": [1], "load": [1]}, "now": 11}, "out_of_range"),
        ({"distance_matrix": [[0.0]]}, "wrong_shape"),
        ({"profiles": {"bike": [[0.0]]}}, "unknown_id"),
    ],
)
def test_a_fault_is_named_before_anything_is_made(plan, arguments, code):
    with pytest.raises(ValidationError) as caught:
        plan.remaining(**arguments)
    assert code in {failure.code for failure in caught.value.failures}


def test_ways_to_new_places_must_be_known():
    problem = RoutingProblem.from_arrays(
        {"id": ["a"]}, FLEET, distance_matrix=[[0, 1], [1, 0]], coordinates=[[0, 0], [1, 0]]
    )
    plan = problem.solution_from_routes([[0]])
    with pytest.raises(ValidationError, match="distance_matrix and duration_matrix of 3 places"):
        plan.remaining(new_clients={"id": ["n"], "x": [1], "y": [0]})
    with pytest.raises(ValidationError, match="name the client where it stands"):
        plan.remaining(0.5, vehicle_positions={"route": [1], "x": [1], "y": [0]})


def test_time_does_not_run_backwards(plan):
    later = plan.remaining(11).plan()
    with pytest.raises(ValidationError, match="is before 11"):
        later.remaining(10)


def test_a_fixed_cost_below_0_is_still_a_fault_of_the_caller(plan):
    types = plan.problem.vehicle_types
    with pytest.raises(ValidationError, match="fixed_cost"):
        plan.problem.replace(
            vehicle_types=fo.routing.VehicleTypes(**vars(types) | {"fixed_cost": np.array([-1.0])})
        )


# ---- random days


def random_problem(rng):
    """Return a problem with some of the rules that bear on vehicles under way."""
    n, kinds = int(rng.integers(3, 8)), int(rng.integers(1, 3))
    clients = {"demand": rng.integers(0, 4, n), "service_duration": rng.integers(0, 5, n)}
    types = {
        "num_available": rng.integers(1, 4, kinds),
        "capacity": rng.integers(5, 15, kinds),
        "fixed_cost": rng.integers(0, 20, kinds),
        "unit_duration_cost": rng.integers(0, 3, kinds) / 2,
        "max_reloads": rng.integers(0, 3, kinds),
        "reload_duration": rng.integers(0, 9, kinds),
    }
    rules = {}
    if rng.random() < 0.5:
        clients["pickup"] = rng.integers(0, 3, n)
    if rng.random() < 0.5:
        clients["tw_early"] = early = rng.integers(0, 120, n)
        clients["tw_late"] = early + rng.integers(50, 200, n)
    if rng.random() < 0.3:
        clients["release_time"] = np.where(rng.random(n) < 0.5, rng.integers(0, 50, n), np.nan)
    if rng.random() < 0.4:
        types |= {"max_duration": 150.0, "max_overtime": 150.0, "unit_overtime_cost": 2.0}
    if rng.random() < 0.3:
        rules["traffic"] = {"start": [20, 60, 120], "speed_factor": [0.5, 2, 1]}
    if rng.random() < 0.4 and n > 3:
        ends = rng.permutation(n)[:2] + 1
        rules["shipments"] = {"id": ["s"], "pickup": ends[:1], "delivery": ends[1:], "demand": [2]}
    places = rng.integers(0, 30, (n + 1, 2)).astype(float)
    return RoutingProblem.from_arrays(clients, types, coordinates=places, **rules)


def random_plan(problem, rng):
    """Return routes at random, some of which reload; all clients of shipments in their order."""
    left, todo = (
        problem.vehicle_types.num_available.copy(),
        list(rng.permutation(problem.num_clients)),
    )
    partner = dict(zip(problem.shipments.pickup, problem.shipments.delivery, strict=True))
    routes, kinds = [], []
    while todo and left.any():
        k = int(rng.choice(np.flatnonzero(left)))
        left[k] -= 1
        stops, reloads = [], 0
        for _ in range(int(rng.integers(1, 6))):
            client = todo.pop() if todo else None
            if client is None or client in partner.values():
                continue  # shipments go in when their pick-up comes up
            stops += [client, *([partner[client]] if client in partner else [])]
            if reloads < problem.vehicle_types.max_reloads[k] and rng.random() < 0.3:
                stops, reloads = [*stops, ~0], reloads + 1
        while stops and stops[-1] < 0:
            stops.pop()
        if stops:
            routes.append(stops)
            kinds.append(k)
    return problem.solution_from_routes(routes, kinds)


def all_hold(solution):
    return all(holds(solution.problem, r.vehicle_type, r.schedule) for r in solution.routes)


def starts(solution):
    names = solution.problem.clients.id
    return {
        str(names[client]): float(start)
        for route in solution.routes
        for client, start in zip(route.visits, route.schedule.start, strict=True)
    }


@pytest.mark.parametrize("seed", range(30))
def test_what_is_left_happens_and_costs_as_it_was_planned(seed):
    rng = np.random.default_rng(seed)
    problem = random_problem(rng)
    plan = random_plan(problem, rng)
    if not plan.routes:
        return
    held, end = all_hold(plan), max(route.schedule.finish for route in plan.routes)
    current = plan
    for now in sorted(rng.uniform(0, end, 4)):
        frozen = int(rng.integers(3)) if rng.random() < 0.4 else 0
        left = current.remaining(now, frozen=frozen, stability_cost=rng.choice([0.0, 5.0]))
        current = left.plan()
        planned = starts(plan)
        assert left.sunk_cost + current.cost == pytest.approx(plan.cost)
        assert all_hold(current) or not held
        assert starts(current) == pytest.approx(
            {client: planned[client] for client in starts(current)}
        )
        assert {*starts(current), *left.history["client"]} == set(planned)


@pytest.mark.parametrize("seed", range(30))
def test_what_holds_for_what_is_left_holds_for_the_whole_day(seed):
    """Any routes that hold, behind those visits that are made, keep the limits of the whole."""
    rng = np.random.default_rng(seed)
    problem = without_reloads(random_problem(rng))
    plan = random_plan(problem, rng)
    if not plan.routes or not all_hold(plan):
        return
    left = plan.remaining(rng.uniform(0, max(route.schedule.finish for route in plan.routes)))
    place = {str(name): number for number, name in enumerate(problem.clients.id)}
    history = left.history
    for k in np.flatnonzero(left.state.stands).tolist():
        name = left.vehicle_types.id[k]
        made = [place[c] for c in history["client"][history["vehicle_type"] == name]]
        route = next(r for r in plan.routes if made == r.visits[: len(made)].tolist() and made)
        on_board = np.flatnonzero(left.state.on_board == k).tolist()
        for _ in range(20):
            more = [c for c in range(left.num_clients) if c not in on_board and rng.random() < 0.4]
            stops = rng.permutation([*on_board, *more]).astype(np.int64)
            part = schedule_route(left, k, stops)
            if not holds(left, k, part):
                continue
            day = np.array([*made, *(place[str(left.clients.id[c])] for c in stops)])
            clock = Clockwork(problem, route.vehicle_type, day)
            line = clock.walk(route.schedule.departure)
            carried = loads_along(problem, day.tolist())[2]
            assert clock.earliest <= route.schedule.departure + 1e-6
            assert line.late <= 1e-6
            assert (carried <= problem.vehicle_types.capacity[route.vehicle_type] + 1e-6).all()
            assert not broken_rules(problem, route.vehicle_type, day)
            assert line.finish <= part.finish + 1e-6


def without_reloads(problem):
    fleet = vars(problem.vehicle_types) | {"max_reloads": np.zeros(problem.num_vehicle_types)}
    return problem.replace(vehicle_types=fo.routing.VehicleTypes(**fleet))
