"""The constructive engine: a good plan at once, for every problem, without a search.

Savings join clients into chains, the fleet is handed out, clients left over are inserted where
they cost least, optional clients that do not pay are dropped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.routing.alone import hopeless
from flowopt.routing.engines.chains import Chain, Fitter
from flowopt.routing.engines.optional import drop_what_does_not_pay
from flowopt.routing.engines.savings import savings
from flowopt.routing.engines.sweep import sweep
from flowopt.routing.initial import initial_routes
from flowopt.routing.insertion import NEW_ROUTE, OpenPlan
from flowopt.routing.parts import Ints
from flowopt.routing.problem import RoutingProblem
from flowopt.routing.ranking import prize_of, rank
from flowopt.routing.rulebook import rulebook
from flowopt.routing.schedule import holds, schedule_route
from flowopt.routing.solution import RoutingSolution, make_solution

Plan = list[tuple[int, list[int]]]
Stop = Callable[[], bool]

MANY_CLIENTS = 5000
"""Plans of more are constructed by compiled kernels, in a time that grows with their number."""

_SAMPLED = 50  # routes whose schedules tell how long those of all take
_TO_CHECK = 12.0  # times as long as schedules alone take a solution and its check


def solve(problem: RoutingProblem, run: Run) -> RoutingSolution:
    """Return a plan by construction alone."""
    if problem.num_clients > MANY_CLIENTS and not rulebook(problem).names:
        from flowopt.routing.engines.ruin_recreate import make_ready

        make_ready(problem, run)
    plan = start_plan(problem, run)
    solution = finished(problem, plan, run, "construct", run.stopped())
    run.report(solution.cost)
    return solution


def start_plan(problem: RoutingProblem, run: Run) -> Plan:
    """Return the plan that a search starts from: the caller's own, or a new one if it is better.

    Parameters
    ----------
    problem, run
        The problem and its live options.
    """

    def stop() -> bool:
        return run.stopped() is not None

    initial = run.options.initial
    if initial is None:
        return construct(problem, stop)
    own = adapted(problem, initial_routes(problem, initial), stop)  # first: time may be short
    plans = [own] if stop() else [own, construct(problem, stop)]
    return min(plans, key=lambda candidate: rank(problem, candidate))


def finished(
    problem: RoutingProblem,
    plan: Plan,
    run: Run,
    engine: str,
    limit: Limit | None,
    **details: Any,
) -> RoutingSolution:
    """Return a plan as the solution of an engine.

    Parameters
    ----------
    problem, run
        The problem and its live options.
    plan
        The best plan found.
    engine
        Name of the engine.
    limit
        What stopped it.
    details
        What it wants on record.
    """
    outcome = run.outcome(Status.FEASIBLE, engine, cost=0.0, limit=limit, **details)
    solution = make_solution(problem, plan, outcome)
    proven = limit is None and problem.num_clients <= 1 and solution.is_complete
    cost = solution.outcome.cost
    outcome = run.outcome(
        Status.OPTIMAL if proven else Status.FEASIBLE,
        engine,
        cost=cost,
        bound=cost if proven else None,
        limit=limit,
        **details,
    )
    return RoutingSolution(
        problem=problem, outcome=outcome, routes=solution.routes, unserved=solution.unserved
    )


def seconds_to_finish(problem: RoutingProblem, plan: Plan) -> float:
    """Return how long it takes to make a solution of a plan and to check it, by some routes of it.

    The clock is that of the thread: on a busy machine a wait for a core would count many times.

    Parameters
    ----------
    problem
        The problem.
    plan
        A plan of about that many visits a route.
    """
    some = [(k, np.array(stops, dtype=np.int64)) for k, stops in plan[: _SAMPLED + 1]]
    began = 0.0
    for number, (vehicle_type, stops) in enumerate(some):
        if number == 1:  # the first time something may have to be loaded
            began = time.thread_time()
        schedule_route(problem, vehicle_type, stops)
    sampled = sum(len(stops) for _, stops in some[1:])
    share = problem.num_clients / sampled if sampled else 0.0
    return _TO_CHECK * share * (time.thread_time() - began)


def construct(problem: RoutingProblem, stop: Stop) -> Plan:
    """Return a plan: vehicle type and stops of each route, as positions.

    Chains are joined by windows, loads and limits alone; under further rules clients are inserted
    one by one.

    Parameters
    ----------
    problem
        The problem.
    stop
        Whether to end; what there is by then is returned.
    """
    clients = candidates(problem)
    if rulebook(problem).names:
        return insert_left_over(problem, [], clients, stop)
    if problem.num_clients > MANY_CLIENTS:
        from flowopt.routing.engines.quick_start import quick_plan

        return _with_all_that_pays(problem, quick_plan(problem, clients), clients, stop)
    fitter = Fitter(problem)
    singles = [fitter.single(client) for client in clients.tolist()]
    alone_there = [chain for chain in singles if chain is not None]
    able = np.array([chain.visits[0] for chain in alone_there], dtype=np.int64)
    plans = []
    by_cost = not (problem.vehicles_first or problem.longest_duration_cost)
    for chains in savings(problem, fitter, alone_there, stop):
        plan, cost = _hand_out_fleet(problem, fitter, chains)
        complete = sum(len(visits) for _, visits in plan) == len(able)
        if not complete:
            plan = insert_left_over(problem, plan, able, stop)
        plans.append(((0, 0, cost) if complete and by_cost else rank(problem, plan), plan))
    if stop():
        swept = sweep(problem, fitter, able)
        plans.append((rank(problem, swept) if plans else (0, 0, 0.0), swept))
    plan = min(plans, key=lambda ranked: ranked[0])[1]
    return _with_all_that_pays(problem, plan, clients, stop)


def _with_all_that_pays(problem: RoutingProblem, plan: Plan, clients: Ints, stop: Stop) -> Plan:
    """Return a plan with the clients that it leaves out, and without those that do not pay."""
    if not problem.clients.required.all():
        plan = drop_what_does_not_pay(problem, plan, stop)
    return insert_left_over(problem, plan, clients, stop)


def candidates(problem: RoutingProblem) -> Ints:
    """Return the positions of the clients that some vehicle may serve, alone or between others.

    Parameters
    ----------
    problem
        The problem.
    """
    return np.flatnonzero(~hopeless(problem, np.arange(problem.num_clients)))


def kept(problem: RoutingProblem, plan: Plan) -> Plan:
    """Return the routes of a plan that hold.

    Parameters
    ----------
    problem
        The problem.
    plan
        Vehicle type and stops of each route.
    """
    result = []
    for k, stops in plan:
        schedule = schedule_route(problem, k, np.array(stops, dtype=np.int64), slack=False)
        if holds(problem, k, schedule):
            result.append((k, stops))
    return result


def _hand_out_fleet(
    problem: RoutingProblem, fitter: Fitter, chains: list[Chain]
) -> tuple[Plan, float]:
    """Return the chains for which a vehicle is left, each on the cheapest one, and their cost."""
    left = problem.vehicle_types.num_available.copy()
    required = problem.clients.required
    capacity = problem.vehicle_types.capacity.max(axis=0, initial=0.0)
    size = np.where((capacity > 0) & np.isfinite(capacity), capacity, 1.0)

    def hardest_first(chain: Chain) -> tuple[float, float]:
        filled = max((np.array(chain.load) / size).tolist(), default=0.0)
        return -float(required[chain.visits].sum()), -filled

    plan, cost = [], 0.0
    for chain in sorted(chains, key=hardest_first):
        if fitter.settle(chain, among=left):
            left[chain.vehicle_type] -= 1
            plan.append((chain.vehicle_type, chain.visits))
            cost += chain.cost
    return plan, cost


def insert_left_over(problem: RoutingProblem, plan: Plan, clients: Ints, stop: Stop) -> Plan:
    """Return a plan with clients in no route inserted where they cost least.

    Parameters
    ----------
    problem
        The problem.
    plan
        Vehicle type and stops of each route.
    clients
        Positions of the clients that can be served; an optional one is inserted when it pays.
    stop
        Whether to end early.
    """
    at = problem.clients
    served = np.zeros(len(at), dtype=np.bool_)
    for _, stops in plan:
        served[[place for place in stops if place >= 0]] = True
    waiting = clients[~served[clients]]
    if not len(waiting) or stop():
        return plan
    demand = at.demand[waiting].sum(axis=1)
    keys = (-at.prize[waiting], -demand, -at.priority[waiting], ~at.required[waiting])
    order = np.lexsort(keys)  # the last key counts most
    open_plan = OpenPlan(problem, plan)
    queue = waiting[order].tolist()
    while queue:
        left = [client for client in queue if not _inserted(open_plan, client, stop)]
        if len(left) == len(queue) or stop():
            break
        queue = left  # where a detour is the shorter way, one client may let in another
    return open_plan.plan


def _inserted(plan: OpenPlan, client: int, stop: Stop) -> bool:
    """Insert a client where it costs least, if it fits and pays; return whether it was."""
    problem = plan.problem
    where = None if stop() else plan.best(client)
    if where is None:
        return False
    if not problem.clients.required[client]:
        one_more = problem.vehicles_first and where.route == NEW_ROUTE
        if one_more or where.cost >= prize_of(problem, client):
            return False
    plan.insert(where)
    return True


def adapted(problem: RoutingProblem, routes: Plan, stop: Stop) -> Plan:
    """Return given routes as a plan of this problem that holds.

    Clients of routes that do not hold, and those in none, are inserted where they cost least.

    Parameters
    ----------
    problem
        The problem.
    routes
        Vehicle type and stops of each route, as of `initial_routes`.
    stop
        Whether to end early.
    """
    return insert_left_over(problem, admitted(problem, routes), candidates(problem), stop)


def admitted(problem: RoutingProblem, routes: Plan) -> Plan:
    """Return those of given routes that hold together, for the first of which there are vehicles.

    Parameters
    ----------
    problem
        The problem.
    routes
        Vehicle type and stops of each route, as of `initial_routes`.
    """
    left = problem.vehicle_types.num_available.copy()
    plan: Plan = []
    groups: set[int] = set()
    for k, stops in kept(problem, routes):
        named = {int(group) for group in problem.group_of[[s for s in stops if s >= 0]]} - {-1}
        if left[k] > 0 and not named & groups:
            left[k] -= 1
            groups |= named
            plan.append((k, stops))
    return plan
