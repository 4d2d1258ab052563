"""Windows, release times, overtime, speeds and traffic, each switched off and on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from flowopt.routing import RoutingProblem
from flowopt.routing.explain import Reason
from flowopt.routing.traffic import Speeds


def codes(solution):
    return {violation.constraint for violation in solution.check()}


def only(entries):
    (entry,) = entries
    return entry


def schedule_of(problem, stops, **options):
    solution = problem.solution_from_routes([stops], **options)
    assert solution.check().ok, str(solution.check())
    return solution.routes[0].schedule


# ---- several windows


WINDOWS = {"client": [2, 2], "tw_early": [0, 10], "tw_late": [1, 12]}


def test_a_visit_starts_in_one_of_several_windows(line, solved):
    dear = {"unit_duration_cost": 1.0, "tw_early": 0, "num_available": 1}
    assert solved(line(vehicle_types=dear)).cost == 12.0
    problem = line({"tw_late": [3, 99, 99]}, dear, time_windows=WINDOWS)
    solution = solved(problem)
    (route,) = solution.routes
    start = dict(zip(route.visits.tolist(), route.schedule.start.tolist(), strict=True))
    assert 10.0 <= start[1] <= 12.0
    assert start[0] <= 3.0


def test_the_wait_for_the_next_window_is_as_short_as_the_departure_can_make_it(line):
    fleet = {"unit_duration_cost": 1.0, "tw_early": 2}
    schedule = schedule_of(line(vehicle_types=fleet, time_windows=WINDOWS), [1])
    assert (schedule.departure, schedule.finish) == (8.0, 12.0)  # from 2 on it comes after 1
    assert schedule.slack.tolist() == [2.0]
    wider = WINDOWS | {"tw_late": [2, 12]}
    early = schedule_of(line(vehicle_types=fleet | {"tw_early": 0}, time_windows=wider), [1])
    assert (early.start.tolist(), early.slack.tolist()) == ([2.0], [10.0])


def test_the_clients_own_window_holds_as_well(line):
    problem = line(
        {"tw_late": [9, 11, 9]}, time_windows=WINDOWS | {"tw_early": [4, 10]} | {"tw_late": [5, 30]}
    )
    assert schedule_of(problem, [1]).slack.tolist() == [7.0]  # from 4 until 11
    closed = line({"tw_late": [9, 0.5, 9]}, time_windows=WINDOWS | {"tw_early": [1, 10]})
    assert codes(closed.solution_from_routes([[0, 1, 2]])) == {"time_window"}


def test_a_visit_between_two_windows_is_found(line):
    problem = line(time_windows=WINDOWS)
    solution = problem.solution_from_routes([[1, 0, 2]])
    late = dataclasses.replace(problem.time_windows, tw_early=np.array([0.0, 11.0]))
    moved = dataclasses.replace(solution, problem=problem.replace(time_windows=late))
    assert "schedule" in codes(moved)


def test_after_the_last_window_the_last_is_named(line):
    problem = line(vehicle_types={"tw_early": 20}, time_windows=WINDOWS)
    solution = problem.solve(engine="construct")
    entry = only(solution.unserved)
    assert entry.reason is Reason.TIME_WINDOW
    assert entry.message == "a vehicle that goes straight to it starts at 22, after 12"
    assert entry.fix == "raise tw_late of the last window of 2 to 22"


# ---- release times


def test_a_trip_leaves_when_its_goods_are_there(line, solved):
    dear = {"num_available": 2, "unit_duration_cost": 1.0}
    assert solved(line({"tw_late": [1, 9, 99]}, dear)).routes[0].schedule.departure == 0.0
    problem = line({"tw_late": [1, 9, 99], "release_time": [np.nan, np.nan, 20]}, dear)
    solution = solved(problem)
    departures = sorted(route.schedule.departure for route in solution.routes)
    assert departures == [0.0, 20.0]
    together = problem.solution_from_routes([[0, 1, 2]])
    assert codes(together) == {"time_window"}


def test_a_departure_before_the_release_is_found(line):
    problem = line({"release_time": [5.0, np.nan, 7.0]})
    solution = problem.solution_from_routes([[0, 1, 2]])
    assert solution.check().ok
    (route,) = solution.routes
    early = dataclasses.replace(route.schedule, departure=6.0, duration=7.0)
    changed = dataclasses.replace(route, schedule=early)
    assert "release_time" in codes(dataclasses.replace(solution, routes=(changed,)))


def test_a_reload_waits_for_the_goods_of_the_next_trip(line):
    fleet = {"capacity": 2, "max_reloads": 1, "reload_duration": 1, "unit_duration_cost": 1.0}
    problem = line({"release_time": [np.nan, 10.0, np.nan]}, fleet)
    schedule = schedule_of(problem, [0, ~0, 1, 2])
    assert schedule.departure == 7.0  # so late that the reload ends with the release
    assert schedule.arrival.tolist() == [8.0, 12.0, 13.0]
    assert schedule.finish == 16.0


def test_goods_that_are_released_after_the_shift_are_a_matter_of_the_shift(line):
    problem = line({"release_time": [np.nan, np.nan, 30]}, {"id": ["van"], "tw_late": 20})
    entry = only(problem.solve(engine="construct").unserved)
    assert (entry.client, entry.reason) == (2, Reason.SHIFT)
    assert entry.fix == "raise tw_late of van to 36"


# ---- overtime


def test_overtime_is_worth_its_price_or_not(line, solved):
    shift = {"tw_late": 5.0, "num_available": 1}
    optional = {"required": [True, True, False], "prize": [0, 0, 4.5]}
    assert len(solved(line(optional, shift)).unserved) == 1
    paid = shift | {"max_overtime": 2.0, "unit_overtime_cost": 2.0}
    solution = solved(line(optional, paid))
    assert not solution.unserved
    assert solution.cost == 6.0 + 2.0
    assert solution.routes[0].schedule.overtime == 1.0
    assert solution.to_frame("routes")["overtime"].tolist() == [1.0]
    dear = solved(line(optional, paid | {"unit_overtime_cost": 3.0}))
    assert len(dear.unserved) == 1


def test_overtime_is_beyond_the_shift_or_the_longest_duration_whichever_is_more(line):
    fleet = {"tw_late": 5.5, "max_duration": 4.0, "max_overtime": 3.0, "unit_overtime_cost": 10.0}
    schedule = schedule_of(line(vehicle_types=fleet), [0, 1, 2])
    assert (schedule.overtime, schedule.cost) == (2.0, 6.0 + 20.0)
    tight = line(vehicle_types=fleet | {"max_overtime": 1.0})
    assert codes(tight.solution_from_routes([[0, 1, 2]])) == {"max_duration"}
    entry = only(
        line(vehicle_types=fleet | {"max_overtime": 1.0}).solve(engine="construct").unserved
    )
    assert entry.fix == "raise max_duration of vehicle to 5"


def test_an_overtime_that_lies_is_found(line):
    fleet = {"tw_late": 5.0, "max_overtime": 2.0}
    solution = line(vehicle_types=fleet).solution_from_routes([[0, 1, 2]])
    (route,) = solution.routes
    free = dataclasses.replace(route, schedule=dataclasses.replace(route.schedule, overtime=0.0))
    assert codes(dataclasses.replace(solution, routes=(free,))) == {"overtime"}


# ---- ways of their own, and speed


def ring(**options):
    """Clients a, b on a street; the bicycle has a short cut to b, the van has not."""
    street = np.array([[0, 1, 5], [1, 0, 4], [5, 4, 0]], float)
    path = np.array([[0, 1, 2], [1, 0, 4], [2, 4, 0]], float)
    fleet = {"id": ["van", "bike"], "num_available": [1, 1], "capacity": 9}
    fleet |= {"profile": ["", "path"]} if options.pop("own_ways", True) else {}
    fleet |= {"speed_factor": [1.0, options.pop("speed", 1.0)]}
    return RoutingProblem.from_arrays(
        {"id": ["a", "b"], "demand": [1, 1]} | options,
        fleet,
        distance_matrix=street,
        profiles={"path": path},
    )


def test_a_vehicle_type_takes_the_ways_of_its_profile(solved):
    assert solved(ring(own_ways=False)).cost == 10.0
    solution = solved(ring())
    assert solution.cost == 2.0 + 4.0
    assert solution.to_frame("visits")["vehicle_type"].tolist() in (["van", "bike"], ["bike"] * 2)


def test_a_slow_vehicle_takes_longer_but_goes_no_farther():
    problem = ring(speed=0.5)
    solution = problem.solution_from_routes([[1]], [1])
    assert codes(solution) == set()
    assert (solution.routes[0].distance, solution.routes[0].duration) == (4.0, 8.0)
    tight = ring(speed=0.5, tw_late=[9.0, 3.0])
    assert codes(tight.solution_from_routes([[1]], [1])) == {"time_window"}


# ---- traffic


RUSH = {"start": [2.0, 6.0], "speed_factor": [0.5, 1.0]}


@pytest.mark.parametrize(
    ("departure", "duration", "arrival"),
    [(0, 1, 1), (0, 2, 2), (0, 3, 4), (0, 5, 7), (1, 1, 2), (2, 2, 6), (3, 2, 6.5), (7, 2, 9)],
)
def test_a_way_takes_as_long_as_the_speed_needs_to_add_up(departure, duration, arrival):
    rush = Speeds(tuple(RUSH["start"]), tuple(RUSH["speed_factor"]))
    assert rush.arrival(departure, duration) == arrival
    assert rush.departure(arrival, duration) == departure
    assert rush.covered(departure, arrival) == duration


def test_who_departs_later_never_arrives_earlier():
    rng = np.random.default_rng(0)
    for _ in range(50):
        starts = tuple(np.sort(rng.uniform(0, 50, 4)).tolist())
        speeds = Speeds(starts, tuple(rng.uniform(0.1, 3.0, 4).tolist()))
        for duration in rng.uniform(0, 60, 5).tolist():
            departures = np.sort(rng.uniform(-10, 80, 20)).tolist()
            arrivals = [speeds.arrival(departure, duration) for departure in departures]
            assert arrivals == sorted(arrivals)
            back = [speeds.departure(arrival, duration) for arrival in arrivals]
            assert back == pytest.approx(departures)


def test_traffic_makes_the_way_back_long(line, solved):
    dear = {"unit_duration_cost": 1.0, "num_available": 1, "tw_late": 6.0}
    assert solved(line(vehicle_types=dear)).is_complete
    solution = solved(line(vehicle_types=dear, traffic=RUSH))
    assert not solution.is_complete
    assert only(solution.unserved).reason is Reason.SHIFT
    longer = dear | {"tw_late": 8.0}
    schedule = schedule_of(line(vehicle_types=longer, traffic=RUSH), [0, 1, 2])
    assert (schedule.departure, schedule.finish, schedule.duration) == (0.0, 8.0, 8.0)
    assert schedule.driving_duration == 8.0


def test_a_departure_goes_with_the_traffic(line):
    windows = {"tw_early": [0, 0, 7.0], "tw_late": [99, 99, 7.5]}
    schedule = schedule_of(line(windows, {"unit_duration_cost": 1.0}, traffic=RUSH), [2])
    assert schedule.departure == 2.0  # two kilometres until 6, one until 7
    assert schedule.start.tolist() == [7.0]


def test_traffic_may_be_that_of_a_profile_alone():
    street = np.array([[0, 4.0], [4.0, 0]])
    problem = RoutingProblem.from_arrays(
        {"demand": [1]},
        {"id": ["van", "bike"], "num_available": [1, 1], "capacity": 9, "profile": ["", "path"]},
        distance_matrix=street,
        profiles={"path": None},
        traffic={"start": [0, 0], "speed_factor": [0.5, 1.0], "profile": ["", "path"]},
    )
    durations = [problem.solution_from_routes([[0]], [k]).routes[0].duration for k in (0, 1)]
    assert durations == [16.0, 8.0]
