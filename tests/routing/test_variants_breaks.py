"""Breaks and driving rules, each switched off and on."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from flowopt.routing import RoutingProblem
from flowopt.routing.clockwork import TakenBreak
from flowopt.routing.explain import Reason


def codes(solution):
    return {violation.constraint for violation in solution.check()}


def only(entries):
    (entry,) = entries
    return entry


def lunch(early, late, duration=1.0, vehicle_type="vehicle"):
    columns = {"tw_early": early, "tw_late": late, "duration": duration}
    return {"vehicle_type": [vehicle_type]} | {name: [value] for name, value in columns.items()}


def scheduled(problem, stops):
    solution = problem.solution_from_routes([stops])
    assert solution.check().ok, str(solution.check())
    return solution.routes[0].schedule


# ---- breaks of the table


def test_a_break_interrupts_a_way(line):
    schedule = scheduled(line(breaks=lunch(2.5, 4.0, 2.0)), [1, 2])
    assert schedule.breaks == (TakenBreak(2.5, 2.0, 1),)
    assert schedule.arrival.tolist() == [2.0, 5.0]
    assert (schedule.finish, schedule.driving_duration) == (8.0, 6.0)


def test_a_break_makes_a_visit_late(line, solved):
    windows = {"tw_late": [99, 99, 3.5]}
    assert solved(line(windows)).is_complete
    late = solved(line(windows, breaks=lunch(1.5, 4.0)))
    assert not late.is_complete
    assert only(late.unserved).reason is Reason.TIME_WINDOW
    assert only(late.unserved).fix == "raise tw_late of 3 to 4"


def test_a_break_waits_for_the_end_of_a_service(line):
    clients = {"service_duration": [0, 3.0, 0]}
    problem = line(clients, breaks=lunch(3.0, 5.0))
    schedule = scheduled(problem, [1])
    assert schedule.breaks == (TakenBreak(5.0, 1.0, 1),)
    hasty = line(clients, {"id": ["van"]}, breaks=lunch(3.0, 4.5, vehicle_type="van"))
    assert codes(hasty.solution_from_routes([[1]])) == {"break"}
    entry = only(hasty.solution_from_routes([[0, 2]]).unserved)
    assert entry.reason is Reason.SHIFT
    assert entry.message == "the trip of van to it alone takes its break at 5, after 4.5"
    assert entry.fix == "raise tw_late of a break of van to 5"


def test_a_break_uses_the_wait_before_a_visit(line):
    clients = {"tw_early": [0, 0, 10.0], "tw_late": [1.0, 99, 99]}
    waiting = scheduled(line(clients), [0, 2])
    resting = scheduled(line(clients, breaks=lunch(5.0, 6.0, 4.0)), [0, 2])
    assert waiting.finish == resting.finish == 13.0
    assert resting.breaks == (TakenBreak(5.0, 4.0, 1),)
    long = scheduled(line(clients, breaks=lunch(5.0, 6.0, 6.5)), [0, 2])
    assert (long.start.tolist(), long.finish) == ([1.0, 11.5], 14.5)


def test_a_break_may_outlast_a_window(line):
    clients = {"tw_early": [0, 0, 10.0], "tw_late": [1.0, 99, 99]}
    two = {"client": [3, 3], "tw_early": [10, 20], "tw_late": [11, 22]}
    schedule = scheduled(line(clients, breaks=lunch(5.0, 6.0, 7.0), time_windows=two), [0, 2])
    assert schedule.start.tolist() == [1.0, 20.0]


@pytest.mark.parametrize(("early", "taken"), [(1.5, True), (5.9, True), (6.0, False)])
def test_a_break_is_taken_while_the_vehicle_is_under_way(line, early, taken):
    schedule = scheduled(line(breaks=lunch(early, 99.0)), [0, 2])
    assert bool(schedule.breaks) is taken


def test_who_departs_after_its_earliest_start_takes_no_break(line):
    clients = {"tw_early": [0, 0, 10.0]}
    schedule = scheduled(line(clients, breaks=lunch(5.0, 6.0)), [2])
    assert (schedule.departure, schedule.breaks) == (7.0, ())


def test_the_departure_stays_where_a_later_one_would_break_something(line):
    clients = {"tw_early": [0, 0, 10.0], "tw_late": [99, 10.5, 99]}
    schedule = scheduled(line(clients, breaks=lunch(8.0, 99.0, 2.0)), [2])
    assert (schedule.departure, schedule.breaks) == (0.0, (TakenBreak(8.0, 2.0, 0),))
    assert schedule.finish == 13.0  # from 7 on it would be 15


def test_several_breaks_come_in_their_order(line):
    two = {
        "vehicle_type": ["vehicle"] * 2,
        "tw_early": [2.2, 2.0],
        "tw_late": [9.0, 9.0],
        "duration": [3.0, 1.0],
    }
    schedule = scheduled(line(breaks=two), [0, 2])
    assert schedule.breaks == (TakenBreak(2.0, 1.0, 1), TakenBreak(3.0, 3.0, 1))


def test_a_vehicle_that_can_as_well_depart_after_its_break_does(line):
    schedule = scheduled(line(breaks=lunch(0.5, 99.0)), [2])
    assert (schedule.departure, schedule.finish, schedule.breaks) == (1.0, 7.0, ())


def test_each_vehicle_type_has_its_own_breaks(line, solved):
    fleet = {"id": ["early", "late"], "num_available": [1, 1], "capacity": [9, 9]}
    fleet |= {"unit_duration_cost": 1.0, "tw_late": 7.0}
    both = lunch(1.0, 9.0, 5.0, vehicle_type="early")
    solution = solved(line(vehicle_types=fleet, breaks=both))
    assert solution.to_frame("routes")["vehicle_type"].tolist() == ["late"]


def test_the_breaks_have_a_table(line):
    solution = line(breaks=lunch(2.5, 4.0, 2.0)).solution_from_routes([[1, 2]])
    (row,) = solution.to_frame("breaks").to_dict("records")
    assert row == {
        "route": 1,
        "vehicle_type": "vehicle",
        "start": 2.5,
        "duration": 2.0,
        "before_client": "3",
    }
    assert solution.to_frame("routes")["break_duration"].tolist() == [2.0]
    assert "breaks" not in line().solution_from_routes([[0]]).tables()


@pytest.mark.parametrize(
    "changed",
    [
        (),
        (TakenBreak(2.5, 1.0, 1),),
        (TakenBreak(3.5, 2.0, 1),),
        (TakenBreak(2.5, 2.0, 0),),
        (TakenBreak(2.5, 2.0, 1), TakenBreak(6.0, 2.0, 2)),
    ],
)
def test_breaks_that_lie_are_found(line, changed):
    solution = line(breaks=lunch(2.5, 4.0, 2.0)).solution_from_routes([[1, 2]])
    (route,) = solution.routes
    schedule = dataclasses.replace(route.schedule, breaks=changed)
    lie = dataclasses.replace(route, schedule=schedule)
    assert codes(dataclasses.replace(solution, routes=(lie,))) == {"breaks"}


# ---- driving rules


def long_way(kilometres=6.0, clients=None, fleet=None, **rules):
    ways = np.array([[0, kilometres], [kilometres, 0]])
    return RoutingProblem.from_arrays(
        {"id": ["far"], "demand": [1]} | (clients or {}),
        {"id": ["truck"], "num_available": 1, "capacity": 9} | (fleet or {}),
        distance_matrix=ways,
        **rules,
    )


EU = {"max_driving_before_break": 4.5, "driving_break_duration": 0.75}


def test_who_has_driven_long_enough_rests(solved):
    assert solved(long_way()).duration == 12.0
    solution = solved(long_way(fleet=EU))
    schedule = solution.routes[0].schedule
    assert schedule.breaks == (TakenBreak(4.5, 0.75, 0), TakenBreak(9.75, 0.75, 1))
    assert (schedule.duration, schedule.driving_duration) == (13.5, 12.0)


def test_driving_to_the_limit_and_not_beyond_takes_no_rest():
    assert scheduled(long_way(4.5, {"service_duration": [1.0]}, EU), [0]).breaks == (
        TakenBreak(5.5, 0.75, 1),
    )
    assert scheduled(long_way(2.25, fleet=EU), [0]).breaks == ()


def test_a_service_is_no_rest_and_a_long_wait_is_one(line):
    serving = long_way(3.0, {"service_duration": [5.0]}, EU)
    assert scheduled(serving, [0]).breaks == (TakenBreak(9.5, 0.75, 1),)
    clients = {"tw_early": [0, 0, 5.0], "tw_late": [1.0, 99, 99]}
    resting = line(clients, EU | {"max_driving_before_break": 3.0})
    assert scheduled(resting, [0, 2]).breaks == ()  # two hours of waiting before the third client


def test_a_long_break_of_the_table_is_a_rest_and_a_short_one_is_none():
    noon = {"vehicle_type": ["truck"], "tw_early": [4.0], "tw_late": [9.0]}
    long = scheduled(long_way(4.0, fleet=EU, breaks=noon | {"duration": [1.0]}), [0])
    assert long.breaks == (TakenBreak(4.0, 1.0, 1),)
    short = scheduled(long_way(4.0, fleet=EU, breaks=noon | {"duration": [0.5]}), [0])
    assert short.breaks == (TakenBreak(4.0, 0.5, 1), TakenBreak(5.0, 0.75, 1))


def test_where_both_fall_together_the_break_of_the_table_comes_first():
    noon = {"vehicle_type": ["truck"], "tw_early": [4.5], "tw_late": [9.0]}
    both = scheduled(long_way(fleet=EU, breaks=noon | {"duration": [2.0]}), [0])
    assert both.breaks[0] == TakenBreak(4.5, 2.0, 0)
    assert len(both.breaks) == 2


def test_the_longest_driving_of_a_route_is_kept(solved):
    assert solved(long_way(fleet={"max_driving_duration": 12.0})).is_complete
    entry = only(solved(long_way(fleet={"max_driving_duration": 11.0})).unserved)
    assert entry.reason is Reason.SHIFT
    assert entry.message == "the trip of truck to it alone drives 12 s, more than 11 s"
    assert entry.fix == "raise max_driving_duration of truck to 12"
    broken = long_way(fleet={"max_driving_duration": 11.0}).solution_from_routes([[0]])
    assert codes(broken) == {"max_driving_duration"}


def test_rests_on_the_road_count_in_time_not_in_driving():
    rush = {"start": [2.0], "speed_factor": [0.5]}
    schedule = scheduled(long_way(4.0, fleet=EU, traffic=rush), [0])
    assert schedule.breaks[0] == TakenBreak(4.5, 0.75, 0)
    assert schedule.arrival.tolist() == [6.75]
    assert schedule.driving_duration == 14.0


def test_a_limit_that_no_number_of_breaks_would_do_for_is_no_way():
    minute = {"max_driving_before_break": 1e-5, "driving_break_duration": 1.0}
    problem = long_way(fleet=minute)
    assert only(problem.solve(engine="construct").unserved).reason is Reason.UNREACHABLE


def test_a_driving_time_that_lies_is_found():
    solution = long_way(fleet=EU).solution_from_routes([[0]])
    (route,) = solution.routes
    schedule = dataclasses.replace(route.schedule, driving_duration=11.0)
    lie = dataclasses.replace(route, schedule=schedule)
    assert codes(dataclasses.replace(solution, routes=(lie,))) == {"driving"}


# ---- slack


def test_slack_counts_the_breaks_to_come(line):
    problem = line({"tw_late": [9, 9, 7.0]}, breaks=lunch(2.5, 9.0, 2.0))
    schedule = scheduled(problem, [1, 2])
    assert schedule.start.tolist() == [2.0, 5.0]
    assert schedule.slack.tolist() == [4.0, 2.0]  # put off by 4, the break is in the wait before
