"""Over random problems with any rules: schedule, check, insertion and explanation agree."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest

from flowopt.core.report import Report
from flowopt.routing.alone import alone, hopeless, trip_of
from flowopt.routing.checks.fit import would_hold
from flowopt.routing.checks.rules import check_distance, check_loads, check_rules
from flowopt.routing.checks.times import check_times
from flowopt.routing.checks.view import RouteView
from flowopt.routing.explain import Reason, explain
from flowopt.routing.insertion import OpenPlan
from flowopt.routing.ranking import rank
from flowopt.routing.rulebook import rulebook
from flowopt.routing.schedule import _under_rules, _without_rules, holds, schedule_route

QUICK, MANY = range(25), range(1000, 1100)


def seeds(few=QUICK, many=MANY):
    return [*few, *(pytest.param(seed, marks=pytest.mark.slow) for seed in many)]


def routes_of(problem, most=4):
    """Yield every route of few clients, with and without reloads, that vehicles could drive."""
    types = problem.vehicle_types
    for k in range(problem.num_vehicle_types):
        depots = [None, *range(problem.num_depots)] if types.max_reloads[k] > 0 else [None]
        for size in range(1, most + 1):
            for order in itertools.permutations(range(problem.num_clients), size):
                for choice in itertools.product(depots, repeat=size - 1):
                    stops = [order[0]]
                    for depot, client in zip(choice, order[1:], strict=True):
                        stops += [client] if depot is None else [~depot, client]
                    yield k, tuple(stops)


def report_of(problem, k, stops):
    """Return what the check says of the schedule of one route."""
    schedule = schedule_route(problem, k, np.array(stops))
    report, view = Report(), RouteView(problem, "route", k, stops)
    check_rules(report, view)
    check_loads(report, view, schedule)
    check_distance(report, view, schedule)
    check_times(report, view, schedule)
    return report, schedule, view


LIES = {"schedule", "load", "load_after", "distance", "duration", "overtime", "driving"} | {
    "breaks",
    "route_cost",
    "slack",
}


@pytest.mark.parametrize("seed", seeds())
def test_schedule_and_check_agree_on_every_route(seed, random_problem):
    problem = random_problem(np.random.default_rng(seed), 3)
    for k, stops in routes_of(problem):
        report, schedule, view = report_of(problem, k, stops)
        names = problem.clients.group[[s for s in stops if s >= 0]]
        one_a_group = len(set(names[names != ""])) == np.count_nonzero(names != "")
        fine = report.ok and one_a_group
        assert holds(problem, k, schedule) == fine, (k, stops, str(report), schedule.broken)
        assert would_hold(view) == report.ok
        assert not {violation.constraint for violation in report} & LIES, str(report)


@pytest.mark.parametrize("seed", seeds(range(40)))
def test_the_quick_way_and_the_way_under_rules_are_the_same(seed, random_problem):
    """Without rules both compute the same schedule, windows and limits broken or not."""
    problem = random_problem(np.random.default_rng(seed), 4)
    plain = without_rules(problem)
    for k, stops in itertools.islice(routes_of(plain, 3), 60):
        quick = _without_rules(plain, k, np.array(stops))
        full = _under_rules(plain, k, np.array(stops), slack=True)
        assert holds(plain, k, quick) == holds(plain, k, full)
        for field in dataclasses.fields(quick):
            if field.name != "broken" and math.isfinite(full.finish):
                one, other = getattr(quick, field.name), getattr(full, field.name)
                assert one == pytest.approx(other, nan_ok=True), field.name


def without_rules(problem):
    """Return a problem with its loads, windows and limits alone."""
    clients, types, depots = problem.clients, problem.vehicle_types, problem.depots
    plain = type(problem).from_arrays(
        {name: getattr(clients, name) for name in ("id", "demand", "service_duration")}
        | {name: getattr(clients, name) for name in ("tw_early", "tw_late")},
        {"id": types.id, "num_available": types.num_available, "capacity": types.capacity}
        | {
            name: getattr(types, name)
            for name in ("fixed_cost", "unit_distance_cost", "unit_duration_cost")
        }
        | {name: getattr(types, name) for name in ("tw_early", "tw_late", "max_distance")}
        | {"max_duration": types.max_duration, "unit_overtime_cost": types.unit_overtime_cost}
        | {name: depots.id[getattr(types, name)] for name in ("start_depot", "end_depot")},
        {name: getattr(depots, name) for name in ("id", "tw_early", "tw_late")},
        distance_matrix=problem.travel.distance,
        duration_matrix=problem.travel.duration,
    )
    assert not rulebook(plain).names
    return plain


@pytest.mark.parametrize("seed", seeds())
def test_every_place_for_a_client_is_found_and_priced(seed, random_problem):
    """Insertion finds the cheapest of all places, with a reload before it, after it, or both."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, 4)
    routes = [
        (k, stops)
        for k, stops in routes_of(problem, 3)
        if holds(problem, k, schedule_route(problem, k, np.array(stops)))
    ]
    rng.shuffle(routes)
    for k, stops in routes[:3]:
        plan = OpenPlan(problem, [(k, stops)])
        plan.spare[:] = 0
        for client in set(range(problem.num_clients)) - set(stops):
            costs = list(places(problem, k, stops, client))
            found = plan.best(client)
            if found is None:
                assert not costs
            else:
                assert found.cost == pytest.approx(min(costs))


def places(problem, k, stops, client):
    """Yield what each place for a client costs more, its shipment with it."""
    group = problem.group_of
    if group[client] >= 0 and any(group[s] == group[client] for s in stops if s >= 0):
        return
    before = schedule_route(problem, k, np.array(stops))
    trip = trip_of(problem, client)
    blocks = [tuple(trip)]
    for depot in range(problem.num_depots):
        blocks += [(~depot, *trip), (*trip, ~depot), (~depot, *trip, ~depot)]
    options = {
        (*stops[:gap], *block, *stops[gap:]) for block in blocks for gap in range(len(stops) + 1)
    }
    if len(trip) > 1:
        for first, last in itertools.combinations(range(len(stops) + 1), 2):
            options.add((*stops[:first], trip[0], *stops[first:last], trip[1], *stops[last:]))
    for option in options:
        edges = option[0] < 0 or option[-1] < 0
        if edges or any(a < 0 and b < 0 for a, b in itertools.pairwise(option)):
            continue
        report, schedule, _ = report_of(problem, k, option)
        if report.ok:
            balance = problem.longest_duration_cost * (schedule.duration - before.duration)
            yield schedule.cost - before.cost + balance


@pytest.mark.parametrize("seed", seeds())
def test_a_client_alone_is_judged_as_its_route_is(seed, random_problem):
    problem = random_problem(np.random.default_rng(seed))
    everyone = np.arange(problem.num_clients)
    there, lost = alone(problem, everyone), hopeless(problem, everyone)
    for k, client in itertools.product(range(problem.num_vehicle_types), everyone.tolist()):
        trip = tuple(trip_of(problem, client))
        report, schedule, _ = report_of(problem, k, trip)
        assert there.feasible[client, k] == report.ok
        if report.ok:
            assert there.cost[client, k] == pytest.approx(schedule.cost)
            assert not (lost[client] and problem.vehicle_types.num_available[k])


@pytest.mark.parametrize("seed", seeds(range(12)))
def test_whom_every_route_leaves_is_hopeless_at_most(seed, random_problem):
    problem = random_problem(np.random.default_rng(seed), 3)
    lost = hopeless(problem, np.arange(problem.num_clients))
    for k, stops in routes_of(problem):
        if problem.vehicle_types.num_available[k] and report_of(problem, k, stops)[0].ok:
            assert not lost[[stop for stop in stops if stop >= 0]].any()


@pytest.mark.parametrize("seed", seeds(range(8)))
def test_construction_is_no_better_than_the_best_plan(seed, random_problem, best_plan):
    problem = random_problem(np.random.default_rng(seed), 4)
    solution = problem.solve(engine="construct")
    assert solution.check().ok
    assert all(entry.reason is not Reason.NOT_PLACED for entry in solution.unserved)
    (missing, vehicles, cost), plan = best_plan(problem)
    found = rank(problem, [(route.vehicle_type, route.stops) for route in solution.routes])
    assert found >= (missing, vehicles, cost - 1e-6)
    best = problem.solution_from_routes([stops for _, stops in plan], [k for k, _ in plan])
    assert best.check().ok
    assert best.cost == pytest.approx(cost)
    assert all(entry.reason is not Reason.NOT_PLACED for entry in best.unserved)


@pytest.mark.parametrize("seed", seeds())
def test_schedules_do_not_depend_on_the_origin_of_time(seed, random_problem):
    problem = random_problem(np.random.default_rng(seed), 3)
    moments = {"tw_early", "tw_late", "release_time", "start"}
    parts = ("clients", "vehicle_types", "depots", "time_windows", "breaks", "traffic")
    later = problem.replace(
        **{
            name: type(part)(**{k: v + 640.0 if k in moments else v for k, v in vars(part).items()})
            for name in parts
            for part in [getattr(problem, name)]
        }
    )
    for k, stops in itertools.islice(routes_of(problem, 3), 40):
        one, other = (schedule_route(each, k, np.array(stops)) for each in (problem, later))
        assert one.broken == other.broken
        for field in ("cost", "duration", "slack", "driving_duration", "overtime", "wait"):
            first, second = getattr(one, field), getattr(other, field)
            assert first == pytest.approx(second, abs=1e-6, nan_ok=True), field


@pytest.mark.parametrize("seed", seeds([*range(40), 5418]))
def test_every_reason_is_confirmed_by_the_check(seed, random_problem):
    problem = random_problem(np.random.default_rng(seed))
    for solution in (problem.solution_from_routes([]), problem.solve(engine="construct")):
        report = solution.check()
        assert report.ok, str(report)


@pytest.mark.parametrize("seed", seeds(range(60)))
def test_the_change_that_is_named_makes_the_client_fit(seed, random_problem):
    problem = random_problem(np.random.default_rng(seed))
    solution = problem.solve(engine="construct")
    plan = [(route.vehicle_type, route.stops) for route in solution.routes]
    never = {Reason.CAPACITY, Reason.TIME_WINDOW, Reason.SHIFT}
    for entry in solution.unserved:
        if not entry.changes or " the skill " in entry.fix or entry.fix.startswith("let "):
            continue
        fixed = with_changes(problem, entry.changes)
        left = explain(fixed, [] if entry.reason in never else plan)
        reason = next(other.reason for other in left if other.client == entry.client)
        fits = {Reason.NOT_PLACED} | ({Reason.NOT_WORTH_IT} if entry.reason in never else set())
        if entry.reason is Reason.FLEET_EXHAUSTED:
            fits.add(Reason.NOT_WORTH_IT)
        assert reason in fits, (entry, reason)


def with_changes(problem, changes):
    """Return the problem with the values of the changes in its columns."""
    for change in changes:
        part = getattr(problem, change.table)
        name, cell = change.column, row_of(problem, part, change)
        value = change.value + (1e-6 * max(1.0, change.value) if name == "prize" else 0.0)
        if name.startswith("capacity"):
            load = name.removeprefix("capacity").removeprefix("_") or "load"
            name, cell = "capacity", (cell, problem.loads.index(load))
        column = getattr(part, name).copy()
        column[cell] = value
        problem = problem.replace(**{change.table: dataclasses.replace(part, **{name: column})})
    return problem


def row_of(problem, part, change):
    if change.table == "time_windows":
        rows = np.flatnonzero(problem.clients.id[part.client] == change.id)
        return rows[np.argmax(part.tw_late[rows])]
    if change.table == "breaks":
        rows = np.flatnonzero(problem.vehicle_types.id[part.vehicle_type] == change.id)
        late = [row for row in rows if part.tw_early[row] <= change.value]
        return max((row for row in late if part.tw_late[row] < change.value), default=late[-1])
    return part.id.tolist().index(change.id)
