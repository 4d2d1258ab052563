"""What a solver answers, and its check apart from the solver."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.routing.case import Loaded

if TYPE_CHECKING:
    from pyvrp import Solution

    from benchmarks.routing.integer_model import IntegerModel
    from flowopt import RoutingSolution

Routes = Sequence[tuple[int, Sequence[int]]]
"""Vehicle type of the integer model and locations of each route; a depot within is a reload."""

Trace = Sequence[tuple[float, float]]
"""Seconds and costs of better and better answers, in the units of the problem."""

_MOST_FAULTS = 5


@dataclass(frozen=True)
class Answer:
    """What a solver found.

    Parameters
    ----------
    routes
        The routes; None when it found none that holds.
    solution
        The answer of flowopt itself, in place of routes.
    trace
        How the cost fell; empty when that is not known.
    ended
        Whether the solver ended by itself, not by the limit: more time would have changed nothing.
    details
        What is worth recording.
    """

    routes: Routes | None = None
    solution: RoutingSolution | None = None
    trace: Trace = ()
    ended: bool = False
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What the check of an answer found.

    Parameters
    ----------
    checked_by
        ``"flowopt"``, or ``"pyvrp"`` while flowopt cannot read the instance.
    cost
        Its cost in the units of the problem; the distance, where vehicles count first.
    vehicles
        Its number of vehicles.
    unserved
        Number of clients that had to be served, and are not.
    faults
        What it breaks; empty when all holds.
    stated
        Its cost in the model that the solver was given, in the same units.
    """

    checked_by: str
    cost: float
    vehicles: int
    unserved: int
    faults: tuple[str, ...]
    stated: float


def verify(loaded: Loaded, answer: Answer) -> Verdict:
    """Check an answer that has routes, by flowopt's check wherever flowopt reads the instance.

    Parameters
    ----------
    loaded
        The case.
    answer
        The answer.
    """
    if answer.solution is not None:
        return by_flowopt(loaded, answer.solution)
    assert answer.routes is not None
    told = by_pyvrp(loaded, answer.routes)
    if loaded.problem is None:
        return told
    from flowopt import FlowoptError

    try:
        verdict = by_flowopt(loaded, as_solution(loaded, answer.routes))
    except FlowoptError as error:  # its reader of answers lacks something
        first = str(error).splitlines()[-1].strip()
        return dataclasses.replace(told, checked_by=f"pyvrp (flowopt: {first})")
    return dataclasses.replace(verdict, stated=told.stated)


def by_flowopt(loaded: Loaded, solution: RoutingSolution) -> Verdict:
    """Return what flowopt's check says of a solution."""
    report = solution.check()
    required = solution.problem.clients.required
    missing = sum(bool(required[entry.client]) for entry in solution.unserved)
    cost = solution.distance if loaded.case.set.vehicles_first else solution.cost
    faults = tuple(str(fault) for fault in list(report)[:_MOST_FAULTS])
    used = len(solution.routes)
    return Verdict("flowopt", float(cost), used, missing, faults, float(cost))


def as_solution(loaded: Loaded, routes: Routes) -> RoutingSolution:
    """Return routes of the integer model as a solution of flowopt's problem."""
    problem = loaded.problem
    assert problem is not None
    if loaded.model.source == "problem":
        visits = [[location - problem.num_depots for location in where] for _, where in routes]
        return problem.solution_from_routes(visits, [kind for kind, _ in routes])
    from flowopt.io import read_solution

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.sol"
        path.write_text(as_sol(loaded.model, routes), encoding="utf-8")
        return read_solution(path, problem)


def as_sol(model: IntegerModel, routes: Routes) -> str:
    """Return routes as the text of a ``.sol``, each beside its vehicle's number.

    Parameters
    ----------
    model
        The model, read from a file: the name of a vehicle type lists the numbers of its vehicles.
    routes
        The routes.
    """
    numbers = [_vehicles(kind.name, kind.num_available) for kind in model.data.vehicle_types()]
    lines: dict[int, str] = {}
    for kind, locations in routes:
        lines[numbers[kind].pop(0)] = " ".join(map(str, locations))
    last = max(lines, default=-1)
    text = [f"Route #{i + 1}: {lines.get(i, '')}".rstrip() for i in range(last + 1)]
    return "\n".join([*text, ""])


def _vehicles(name: str, available: int) -> list[int]:
    return [int(word) for word in name.split(",")] if name else list(range(available))


def by_pyvrp(loaded: Loaded, routes: Routes) -> Verdict:
    """Return what PyVRP says of routes of any solver, once made a solution of its own."""
    model = loaded.model
    solution = Activities(model).solution(routes)
    faults = [
        f"{name}: {amount}"
        for name, amount in (
            ("excess load", sum(solution.excess_load())),
            ("time warp", solution.time_warp()),
            ("excess distance", solution.excess_distance()),
        )
        if amount
    ]
    missing = solution.num_missing_clients() + 2 * solution.num_missing_shipments()
    if not faults and not missing and not solution.is_feasible():
        faults = ["the plan does not hold"]
    whole = solution.distance() if loaded.case.set.vehicles_first else cost_of(solution)
    cost = whole * model.unit
    return Verdict("pyvrp", cost, solution.num_routes(), missing, tuple(faults), cost)


def cost_of(solution: Solution) -> int:
    """Return the cost of a solution of PyVRP, whether it holds or not."""
    parts = (solution.distance_cost(), solution.duration_cost(), solution.fixed_vehicle_cost())
    return int(sum(parts) + solution.uncollected_prizes())


class Activities:
    """The activities of a model by location, and the locations by activity.

    Parameters
    ----------
    model
        The model; each of its locations is a depot or has one activity.
    """

    def __init__(self, model: IntegerModel) -> None:
        self.model = model

    @cached_property
    def at(self) -> dict[int, Any]:
        """Location → its activity."""
        from pyvrp import Activity, ActivityType

        data = self.model.data
        found = {d.location: Activity(ActivityType.DEPOT, i) for i, d in enumerate(data.depots())}
        for i, client in enumerate(data.clients()):
            found[client.location] = Activity(ActivityType.CLIENT, i)
        for i, shipment in enumerate(data.shipments()):
            found[shipment.pickup.location] = Activity(ActivityType.PICKUP, i)
            found[shipment.delivery.location] = Activity(ActivityType.DELIVERY, i)
        return found

    @cached_property
    def location(self) -> dict[tuple[Any, int], int]:
        """Type and number of an activity → its location."""
        return {(activity.type, activity.idx): where for where, activity in self.at.items()}

    def solution(self, routes: Routes) -> Solution:
        """Return routes as a solution of PyVRP."""
        from pyvrp import Route
        from pyvrp import Solution as Solution_

        data = self.model.data
        return Solution_(
            data,
            [Route(data, [self.at[i] for i in where], kind) for kind, where in routes if where],
        )

    def routes(self, solution: Solution) -> Routes:
        """Return a solution of PyVRP as routes."""
        return [
            (route.vehicle_type(), [self.location[a.type, a.idx] for a in list(route)[1:-1]])
            for route in solution.routes()
        ]
