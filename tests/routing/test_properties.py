"""Whatever the problem: a checked answer, never better than the best one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowopt import RoutingProblem
from flowopt.routing.alone import alone, hopeless
from flowopt.routing.explain import Reason
from flowopt.routing.insertion import OpenPlan
from flowopt.routing.schedule import holds, schedule_route

SETTINGS = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def numbers(count, *choices):
    return st.lists(st.sampled_from(choices), min_size=count, max_size=count)


@st.composite
def problems(draw, most=5):
    """Draw a problem with any mixture of all features."""
    n, m = draw(st.integers(0, most)), draw(st.integers(1, 2))
    k, d = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    size = n + m
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    kind = draw(st.sampled_from(["plane", "any", "gaps"]))
    if kind == "plane":
        places = rng.integers(0, 25, (size, 2)).astype(float)
        ways = np.linalg.norm(places[:, None] - places[None, :], axis=2)
    else:
        ways = rng.integers(0, 30, (size, size)).astype(float)
        if kind == "gaps":
            ways[rng.random((size, size)) < 0.15] = np.inf
    clients = {"demand": rng.choice([0.0, 1.0, 2.5, 1 / 3, 5.0], (n, d))}
    if draw(st.booleans()):
        clients["tw_early"] = np.array(draw(numbers(n, 0.0, 4.0, 20.5, 45.0)))
        width = np.array(draw(numbers(n, 0.0, 7.0, 30.0, np.inf)))
        clients["tw_late"] = clients["tw_early"] + width
    if draw(st.booleans()):
        clients["service_duration"] = np.array(draw(numbers(n, 0.0, 3.0, 9.5)))
    if draw(st.booleans()):
        clients["required"] = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)), bool)
        clients["prize"] = np.array(draw(numbers(n, 0.0, 5.0, 40.0)))
    names = [f"d{i}" for i in range(m)]
    fleet = {
        "num_available": np.array(draw(numbers(k, 1, 2, 3))),
        "capacity": np.array(draw(numbers(k * d, 0.0, 5.0, 9.0, np.inf))).reshape(k, d),
        "start_depot": draw(numbers(k, *names)),
        "end_depot": draw(numbers(k, *names)),
    }
    for column, choices in {
        "fixed_cost": (0.0, 12.5),
        "unit_distance_cost": (0.0, 1.0, 1.7),
        "unit_duration_cost": (0.0, 0.25, 1 / 3),
        "tw_late": (60.0, 120.0, np.inf),
        "max_duration": (40.0, 70.5, np.inf),
        "max_distance": (40.0, 66.6, np.inf),
    }.items():
        if draw(st.booleans()):
            fleet[column] = np.array(draw(numbers(k, *choices)))
    depots = {"id": names}
    if draw(st.booleans()):
        depots["tw_early"] = np.array(draw(numbers(m, 0.0, 10.0)))
    factor = draw(st.sampled_from([1.0, 0.5, 2.0]))
    return RoutingProblem.from_arrays(
        clients, fleet, depots, distance_matrix=ways, duration_matrix=ways * factor
    )


def value(solution):
    required = solution.problem.clients.required
    missing = sum(bool(required[entry.client]) for entry in solution.unserved)
    return missing, solution.cost


@settings(SETTINGS, max_examples=100)
@given(problem=problems(most=4))
def test_construction_answers_every_problem_and_is_no_better_than_the_best(problem, brute_force):
    solution = problem.solve(engine="construct")
    assert solution.check().ok
    missing, cost = brute_force(problem)
    assert value(solution) >= (missing, cost - 1e-6)
    assert all(entry.reason is not Reason.NOT_PLACED for entry in solution.unserved)


@settings(SETTINGS, max_examples=50)
@given(problem=problems(most=8))
def test_the_search_answers_every_problem(problem):
    start = problem.solve(engine="construct")
    solution = problem.solve(engine="ortools", iteration_limit=3000)
    assert solution.check().ok
    assert value(solution) <= (value(start)[0], value(start)[1] + 1e-6) or (
        value(solution)[0] < value(start)[0]
    )


@settings(SETTINGS, max_examples=100)
@given(problem=problems(most=4))
def test_every_place_of_a_client_is_judged_as_the_walk_along_the_route_does(problem, route_costs):
    """Insertion, schedule and the tests of a client alone agree with brute force."""
    costs = route_costs(problem)
    everyone = np.arange(problem.num_clients)
    available = problem.vehicle_types.num_available
    holding = {(k, order) for (k, order), cost in costs.items() if cost < np.inf and available[k]}
    lost = hopeless(problem, everyone)
    assert not any(lost[client] for _, order in holding for client in order)
    there = alone(problem, everyone)
    for (k, order), cost in costs.items():
        schedule = schedule_route(problem, k, np.array(order))
        assert holds(problem, k, schedule) == (cost < np.inf)
        if cost < np.inf:
            assert schedule.cost == pytest.approx(cost)
        if len(order) == 1:
            assert there.feasible[order[0], k] == (cost < np.inf)
    for k, order in holding:
        open_plan = OpenPlan(problem, [(k, order)])
        open_plan.spare[:] = 0
        for client in set(everyone.tolist()) - set(order):
            options = [(*order[:p], client, *order[p:]) for p in range(len(order) + 1)]
            cheapest = min(costs[k, option] for option in options)
            place = open_plan.best(client)
            if place is None:
                assert cheapest == np.inf
            else:
                assert place.cost == pytest.approx(cheapest - costs[k, order], abs=1e-9)
                assert costs[k, options[place.place]] == pytest.approx(cheapest)


@settings(SETTINGS, max_examples=40)
@given(problem=problems(), shift=st.sampled_from([-1000.0, 500.0, 86400.0]))
def test_the_plan_does_not_depend_on_the_origin_of_time(problem, shift):
    moved = problem.replace(
        **{
            part: type(columns)(
                **(
                    vars(columns)
                    | {name: getattr(columns, name) + shift for name in ("tw_early", "tw_late")}
                )
            )
            for part in ("clients", "vehicle_types", "depots")
            for columns in [getattr(problem, part)]
        }
    )
    first, second = (each.solve(engine="construct") for each in (problem, moved))
    assert value(second) == pytest.approx(value(first))


@settings(SETTINGS, max_examples=40)
@given(problem=problems(), data=st.data())
def test_a_planted_fault_is_found(problem, data):
    """A route with one visit less, more, or in another place does not pass for the old one."""
    import dataclasses

    solution = problem.solve(engine="construct")
    if not solution.routes:
        return
    number = data.draw(st.integers(0, len(solution.routes) - 1))
    route = solution.routes[number]
    kind = data.draw(st.sampled_from(["drop", "twice", "cost"]))
    changed = {
        "drop": lambda: {"visits": route.visits[1:]},
        "twice": lambda: {"visits": np.append(route.visits, route.visits[0])},
        "cost": lambda: {"schedule": dataclasses.replace(route.schedule, cost=route.cost + 1)},
    }[kind]()
    routes = list(solution.routes)
    routes[number] = dataclasses.replace(route, **changed)
    assert not dataclasses.replace(solution, routes=tuple(routes)).check().ok
