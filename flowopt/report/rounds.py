"""What the report says of the delivery rounds, and of who is not delivered to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.report.flows import NOTHING

if TYPE_CHECKING:
    from flowopt.planning import Plan


@dataclass(frozen=True)
class RoundRow:
    """One round of one vehicle.

    Parameters
    ----------
    depot
        Position of the site that it starts from.
    number
        Of the round, from 1, within its depot.
    vehicle
        Id of the vehicle type.
    departure, finish, duration
        Seconds.
    distance
        km.
    load, use
        Weight, kg, and the fullest dimension of the vehicle as a share; None without a limit.
    cost
        In money.
    stops
        Positions of the customers, in order.
    latitudes, longitudes
        From depot to depot, degrees.
    """

    depot: int
    number: int
    vehicle: str
    departure: float
    finish: float
    duration: float
    distance: float
    load: float
    use: float | None
    cost: float
    stops: list[int]
    latitudes: list[float]
    longitudes: list[float]


@dataclass(frozen=True)
class DepotRow:
    """All rounds of one depot.

    Parameters
    ----------
    depot, colour
        Position of its site, and how it is drawn.
    rounds
        Its rounds.
    available
        Vehicles that it has.
    drops
        Deliveries made.
    status
        Of the search.
    """

    depot: int
    colour: str
    rounds: list[RoundRow]
    available: int
    drops: int
    status: str

    @property
    def distance(self) -> float:
        """Of all rounds, km."""
        return sum(row.distance for row in self.rounds)

    @property
    def duration(self) -> float:
        """Of all rounds, seconds."""
        return sum(row.duration for row in self.rounds)

    @property
    def load(self) -> float:
        """Of all rounds, kg."""
        return sum(row.load for row in self.rounds)

    @property
    def cost(self) -> float:
        """Of all rounds, in money."""
        return sum(row.cost for row in self.rounds)

    @property
    def use(self) -> float | None:
        """Mean share of the vehicles that is filled; None where one has no limit."""
        shares = [row.use for row in self.rounds if row.use is not None]
        return sum(shares) / len(shares) if shares and len(shares) == len(self.rounds) else None


@dataclass(frozen=True)
class Missed:
    """A delivery that no round makes, or demand that no flow meets.

    Parameters
    ----------
    site
        Position of the customer.
    depot
        Position of the site that should deliver; None for demand that no flow meets.
    client
        Id of the delivery.
    amount
        kg of the delivery, or units per period of the demand.
    reason
        A short stable name: of the routing's reasons, or ``"unmet_demand"``.
    message, fix
        As the solver says it.
    changes
        What would help: id, column, and the value that it would have to have.
    """

    site: int
    depot: int | None
    client: str
    amount: float
    reason: str
    message: str
    fix: str
    changes: tuple[tuple[str, str, float], ...] = ()


def describe(plan: Plan, colour: dict[int, str]) -> list[DepotRow]:
    """Return what the report says of the rounds of a plan, one row a depot.

    Parameters
    ----------
    plan
        The plan.
    colour
        Site's position → colour.
    """
    rows = []
    for part in plan.rounds.values():
        solution, depot = part.solution, part.drops.depot
        if not solution.status.has_solution:
            continue
        rounds = [
            _round(plan, part, route, number) for number, route in enumerate(solution.routes, 1)
        ]
        rows.append(
            DepotRow(
                depot,
                colour.get(depot, "#1e293b"),
                rounds,
                int(solution.problem.vehicle_types.num_available.sum()),
                sum(len(row.stops) for row in rounds),
                str(solution.status),
            )
        )
    return rows


def missed(plan: Plan) -> list[Missed]:
    """Return everything that is wanted and not delivered: unmet demand, then unserved clients.

    Parameters
    ----------
    plan
        The plan.
    """
    sites, flow = plan.network.sites, plan.flow
    notes = {note.ids[0]: note for note in plan.notes if note.code == "unmet_demand"}
    rows = []
    for site in np.flatnonzero(flow.unmet > NOTHING).tolist():
        name = str(sites["id"][site])
        note = notes.get(name)
        message, fix = (note.message, note.fix) if note else ("", "")
        amount = float(flow.unmet[site])
        rows.append(Missed(site, None, name, amount, "unmet_demand", message, fix))
    for part in plan.rounds.values():
        drops = part.drops
        for entry in part.solution.unserved:
            client = int(entry.client)
            rows.append(
                Missed(
                    int(drops.site[client]),
                    drops.depot,
                    str(drops.client[client]),
                    float(drops.load[client, 0]),
                    str(entry.reason),
                    entry.message,
                    entry.fix,
                    tuple((str(c.id), c.column, float(c.value)) for c in entry.changes),
                )
            )
    return rows


def _round(plan: Plan, part: Any, route: Any, number: int) -> RoundRow:
    """Return one route with the network's positions in the place of the problem's."""
    types = part.solution.problem.vehicle_types
    schedule, kind = route.schedule, route.vehicle_type
    stops = [int(part.drops.site[visit]) for visit in route.visits]
    way = [part.drops.depot, *stops, part.drops.depot]
    sites = plan.network.sites
    return RoundRow(
        part.drops.depot,
        number,
        str(types.id[kind]),
        float(schedule.departure),
        float(schedule.finish),
        float(schedule.duration),
        float(schedule.distance),
        float(schedule.load[0]),
        _use(schedule.load, types.capacity[kind]),
        float(schedule.cost),
        stops,
        sites["lat"][way].tolist(),
        sites["lon"][way].tolist(),
    )


def _use(load: Sequence[float], capacity: Sequence[float]) -> float | None:
    """Return the share of the dimension that is fullest; None when none has a limit."""
    shares = [
        part / whole if whole > 0 else 0.0
        for part, whole in zip(load, capacity, strict=True)
        if np.isfinite(whole)
    ]
    return float(max(shares)) if shares else None
