"""Why a client is not served, by exact tests, and the smallest change that would make it fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from flowopt.routing.alone import Alone, alone
from flowopt.routing.insertion import NEW_ROUTE, Insertion, OpenPlan
from flowopt.routing.misfits import alone_reason, misfit
from flowopt.routing.ranking import prize_of
from flowopt.routing.reasons import Change, Reason, Unserved

if TYPE_CHECKING:
    from flowopt.routing.parts import Bools, Ints
    from flowopt.routing.problem import RoutingProblem

__all__ = ["Change", "Reason", "Unserved", "alone_reason", "explain", "unserved_clients"]


def explain(
    problem: RoutingProblem, plan: Sequence[tuple[int, Sequence[int] | Ints]]
) -> tuple[Unserved, ...]:
    """Return the clients in no route of a plan, each with the reason.

    A client of whose group another is served is not among them.

    Parameters
    ----------
    problem
        The problem.
    plan
        Vehicle type and stops of each route, as positions.

    Examples
    --------
    >>> from flowopt.routing import RoutingProblem
    >>> problem = RoutingProblem.from_arrays({"demand": [9, 1]}, {"num_available": 1,
    ...     "capacity": 5}, distance_matrix=[[0, 1, 2], [1, 0, 1], [2, 1, 0]])
    >>> for entry in explain(problem, [(0, [1])]):
    ...     print(entry.reason, "|", entry.message, "|", entry.fix)
    capacity | its demand is 9, and vehicle holds 5 | raise capacity of vehicle to 9
    """
    served = np.zeros(problem.num_clients, dtype=np.bool_)
    for _, stops in plan:
        places = np.asarray(stops, dtype=np.int64)
        served[places[places >= 0]] = True
    clients = unserved_clients(problem, served)
    if not len(clients):
        return ()
    there = alone(problem, clients)
    fits = np.any(there.feasible & (problem.vehicle_types.num_available > 0), axis=1)
    open_plan = OpenPlan(problem, plan) if fits.any() else None
    entries = []
    for row, client in enumerate(clients.tolist()):
        if open_plan is None or not fits[row]:
            entries.append(misfit(problem, client, there, row))
        else:
            entries.append(_explain_in_plan(problem, client, one_client(there, row), open_plan))
    return tuple(entries)


def unserved_clients(problem: RoutingProblem, served: Bools) -> Ints:
    """Return the clients that count as unserved: not those of whose group one is served.

    Parameters
    ----------
    problem
        The problem.
    served
        (n,) whether each client is served.
    """
    group = problem.group_of
    excused = (group >= 0) & np.isin(group, group[served])
    return np.flatnonzero(~served & ~excused)


def one_client(there: Alone, row: int) -> Alone:
    """Return `alone` of one client out of that of many, given by its row."""
    return Alone(*(getattr(there, name)[row : row + 1] for name in Alone.__dataclass_fields__))


def _explain_in_plan(
    problem: RoutingProblem, client: int, there: Alone, plan: OpenPlan
) -> Unserved:
    """Return the reason of a client that a vehicle could serve alone."""
    types, required = problem.vehicle_types, problem.clients.required[client]
    feasible = there.feasible[0] & (types.num_available > 0)
    if required and (feasible & (plan.spare > 0)).any():
        return _not_placed(client, "a vehicle that is not in use could serve it")
    place = plan.best(client, there)
    if place is None:
        k = int(np.argmin(np.where(feasible, there.cost[0], math.inf)))
        one_more = float(types.num_available[k] + 1)
        change = Change("vehicle_types", types.id[k].item(), "num_available", one_more)
        message = "every vehicle that could serve it is in use, and no route has room for it"
        reason = Reason.FLEET_EXHAUSTED
        return Unserved(client, reason, message, f"raise {change}", (change,))
    where = "a new route" if place.route == NEW_ROUTE else f"route {place.route + 1}"
    if not required and (
        place.cost >= prize_of(problem, client) or _takes_one_more(problem, place)
    ):
        return _not_worth_it(problem, client, place, where)
    return _not_placed(client, f"it fits into {where} for {place.cost:.10g}")


def _takes_one_more(problem: RoutingProblem, place: Insertion) -> bool:
    """Return whether a place takes one more vehicle where fewer vehicles are worth any prize."""
    return problem.vehicles_first and place.route == NEW_ROUTE


def _not_worth_it(problem: RoutingProblem, client: int, place: Insertion, where: str) -> Unserved:
    reason, name = Reason.NOT_WORTH_IT, problem.clients.id[client].item()
    if _takes_one_more(problem, place):
        message = "to serve it takes one more vehicle, and the fewest vehicles come first"
        return Unserved(client, reason, message, "make it required")
    prize = prize_of(problem, client)
    message = f"to serve it in {where} costs {place.cost:.10g} for a prize of {prize:.10g}"
    others = 0.0 if problem.group_of[client] >= 0 else prize - float(problem.clients.prize[client])
    change = Change("clients", name, "prize", place.cost - others)
    return Unserved(client, reason, message, f"raise {change}", (change,))


def _not_placed(client: int, message: str) -> Unserved:
    text = f"{message}: the search ended before it was placed"
    return Unserved(client, Reason.NOT_PLACED, text, "give the search more time")
