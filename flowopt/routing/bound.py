"""A lower bound on the cost of a plan that serves every client who can be served.

Three relaxations, of which the largest counts. Every visit has one way to it and one from it, and a
vehicle one from its depot and one back: half of the cheapest of each. A trip is no cheaper than
there and back to any of its clients, of which each bears the share that it takes of the vehicle
(Haimovich & Rinnooy Kan, Mathematics of Operations Research 10, 1985). And without its last way
every trip is a path from the depots, so that all paths together are no cheaper than a minimum
spanning tree, and the last ways no cheaper than the cheapest from as many clients; multipliers
move these towards two ways a client (Held & Karp, Operations Research 18, 1970; for vehicle routing
Fisher, Operations Research 42, 1994).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.routing.alone import hopeless
from flowopt.routing.traffic import speeds_of

if TYPE_CHECKING:
    from flowopt.routing.parts import Floats, Ints
    from flowopt.routing.problem import RoutingProblem

MOST_LOCATIONS = 3000
"""Beyond it the bound is not cheap any more."""

_WORK = 2e7  # squared clients times steps: about half a second
_MOST_STEPS = 300
_FEWEST_STEPS = 10
_PATIENCE = 5  # steps without a gain before they get shorter
_NOISE = 1e-9  # relative, of the sums of floats


def lower_bound(problem: RoutingProblem, target: float | None = None) -> float | None:
    """Return a cost that no plan of all clients who can be served is below.

    Parameters
    ----------
    problem
        The problem.
    target
        The cost of such a plan, to which the steps of the multipliers are measured.

    Returns
    -------
    float or None
        None where there are too many clients for it to be cheap, or no vehicles.

    Examples
    --------
    >>> from flowopt.routing import RoutingProblem
    >>> problem = RoutingProblem.from_arrays({"demand": [4, 5]}, {"num_available": 2,
    ...     "capacity": 5, "fixed_cost": 10}, distance_matrix=[[0, 1, 2], [1, 0, 1], [2, 1, 0]])
    >>> lower_bound(problem), problem.solve(time_limit=1).cost
    (26.0, 26.0)
    """
    types = np.flatnonzero(problem.vehicle_types.num_available > 0)
    size = problem.num_clients + problem.num_depots
    if not len(types) or size > MOST_LOCATIONS:
        return None
    able = np.flatnonzero(~hopeless(problem, np.arange(problem.num_clients)))
    if not len(able):
        return _savings(problem)
    costs = _costs(problem, types, able)
    best = max(_by_nearest(problem, costs), _by_share(problem, costs))
    clients = problem.clients
    if clients.required[able].all() and (problem.group_of[able] < 0).all():
        best = max(best, _by_tree(problem, costs, target))
    bound = best + _savings(problem)
    return bound if math.isfinite(bound) else None


def _savings(problem: RoutingProblem) -> float:
    """Return what vehicles save that are used, where their fixed cost is below 0."""
    types = problem.vehicle_types
    return float((np.minimum(types.fixed_cost, 0.0) * types.num_available).sum())


@dataclass(frozen=True, eq=False)
class _Costs:
    """What the ways cost at least, whoever drives.

    Parameters
    ----------
    able
        (c,) positions of the clients who can be served.
    between
        (c, c) from client to client; inf from one to itself.
    out, home
        (k, c) from the start or a reload depot of each vehicle type, and back to its ends.
    visit
        (c,) of the service and the assignment.
    types
        (k,) positions of the vehicle types in use.
    """

    able: Ints
    between: Floats
    out: Floats
    home: Floats
    visit: Floats
    types: Ints


def _costs(problem: RoutingProblem, types: Ints, able: Ints) -> _Costs:
    fleet, places = problem.vehicle_types, able + problem.num_depots
    between = np.full((len(able), len(able)), math.inf)
    visit = np.full(len(able), math.inf)
    out, home = [], []
    seen: dict[tuple[Any, ...], Floats] = {}
    for k in types.tolist():
        rates = float(fleet.unit_distance_cost[k]), _cost_of_driving(problem, k)
        key = (id(problem.travel_of(k)), *rates)
        if key not in seen:  # types that cost the same are one
            seen[key] = _ways(problem, k, rates, places[:, None], places[None, :])
            np.minimum(between, seen[key], out=between)
        may = problem.may_serve[able, k]
        service = float(fleet.unit_duration_cost[k]) * problem.clients.service_duration[able]
        cost = service + problem.clients.assignment_cost[able, k]
        visit = np.minimum(visit, np.where(may, cost, math.inf))
        reloads = np.flatnonzero(fleet.reload_depots[k] & (fleet.max_reloads[k] >= 1))
        starts = np.unique(np.append(reloads, fleet.start_depot[k]))
        ends = np.unique(np.append(reloads, fleet.end_depot[k]))
        ways = _ways(problem, k, rates, starts[:, None], places[None, :]).min(axis=0)
        back = _ways(problem, k, rates, places[:, None], ends[None, :]).min(axis=1)
        out.append(np.where(may, ways, math.inf))
        home.append(np.where(may, back, math.inf))
    np.fill_diagonal(between, math.inf)
    return _Costs(able, between, np.array(out), np.array(home), visit, types)


def _cost_of_driving(problem: RoutingProblem, k: int) -> float:
    """Return what a second of the durations costs at least: at the highest speed of all times."""
    types = problem.vehicle_types
    speed = float(types.speed_factor[k]) * speeds_of(problem, k).fastest
    return float(types.unit_duration_cost[k]) / speed


def _ways(
    problem: RoutingProblem, k: int, rates: tuple[float, float], source: Any, target: Any
) -> Floats:
    distance, duration = problem.travel_of(k).legs(source, target)
    reached = np.isfinite(distance) & np.isfinite(duration)
    cost = np.zeros(distance.shape)
    for rate, amount in zip(rates, (distance, duration), strict=True):
        if rate:
            cost += rate * np.where(reached, amount, 0.0)
    return np.where(reached, cost, math.inf)


# ---- vehicles


def _amounts(problem: RoutingProblem, costs: _Costs) -> list[tuple[float, Floats]]:
    """Return what required clients ask for, and what a trip of each vehicle type has of it."""
    at, fleet = problem.clients, problem.vehicle_types
    required = costs.able[at.required[costs.able] & (problem.group_of[costs.able] < 0)]
    pairs = [
        (float(moved[required, d].sum()), fleet.capacity[costs.types, d])
        for d in range(len(problem.loads))
        for moved in (at.demand, at.pickup)
    ]
    return [*pairs, (1.0 if at.required[costs.able].any() else 0.0, np.ones(len(costs.types)))]


def _fewest(amount: float, holds: Floats, available: Floats) -> int:
    """Return how many of the largest it takes to hold an amount; all there are, if too few."""
    left, count = amount - _NOISE * max(1.0, amount), 0.0
    for k in np.argsort(-holds, kind="stable").tolist():
        if left <= 0:
            break
        if holds[k] <= 0:
            continue
        if math.isinf(holds[k]) and available[k] > 0:
            return int(count + 1)
        used = min(float(available[k]), math.ceil(left / holds[k]))
        count, left = count + used, left - used * holds[k]
    return int(count)


def _cheapest(count: int, cost: Floats, available: Floats) -> float:
    """Return what the cheapest so many vehicles cost."""
    total = 0.0
    for k in np.argsort(cost, kind="stable").tolist():
        used = min(float(available[k]), count)
        total, count = total + (used * float(cost[k]) if used else 0.0), count - int(used)
    return total


def _vehicles(problem: RoutingProblem, costs: _Costs, cost: Floats) -> float:
    """Return what the vehicles cost at least that the required clients take.

    Parameters
    ----------
    problem
        The problem.
    costs
        What the ways cost.
    cost
        (k,) cost of a vehicle of each type, 0 or more.
    """
    fleet = problem.vehicle_types
    available = fleet.num_available[costs.types].astype(np.float64)
    trips = 1.0 + np.where(
        fleet.reload_depots[costs.types].any(axis=1), _reloads(problem, costs), 0
    )
    visits = fleet.max_visits[costs.types]
    required = float(problem.clients.required[costs.able].sum())
    needs = [(amount, holds * trips) for amount, holds in _amounts(problem, costs)]
    if (problem.group_of[costs.able] < 0).all():
        needs.append((required, visits))
    least = 0.0
    for amount, holds in needs:
        count = _fewest(amount, holds, available)
        least = max(least, _cheapest(count, cost, available), _covered(amount, holds, cost))
    return least


def _reloads(problem: RoutingProblem, costs: _Costs) -> Floats:
    return np.floor(problem.vehicle_types.max_reloads[costs.types])


def _covered(amount: float, holds: Floats, cost: Floats) -> float:
    """Return what it costs to hold an amount, could vehicles be split."""
    useful = holds > 0
    if amount <= 0 or not useful.any():
        return 0.0
    return amount * float((cost[useful] / holds[useful]).min())


# ---- two halves of a way at each client


def _by_nearest(problem: RoutingProblem, costs: _Costs) -> float:
    arriving = np.minimum(costs.between.min(axis=0), costs.out.min(axis=0))
    leaving = np.minimum(costs.between.min(axis=1), costs.home.min(axis=0))
    value = (arriving + leaving) / 2 + costs.visit
    ends = (costs.out.min(axis=1) + costs.home.min(axis=1)) / 2
    fixed = np.maximum(problem.vehicle_types.fixed_cost[costs.types], 0.0)
    usable = np.where(np.isfinite(ends), fixed + ends, 0.0)
    return _of_clients(problem, costs, value) + _vehicles(problem, costs, usable)


def _of_clients(problem: RoutingProblem, costs: _Costs, value: Floats) -> float:
    """Return what clients cost that cost so much each if they are served, else their prize."""
    clients, group = problem.clients, problem.group_of[costs.able]
    required, prize = clients.required[costs.able], clients.prize[costs.able]
    alone = group < 0
    total = float(value[required & alone].sum())
    total += float(np.minimum(value, prize)[~required & alone].sum())
    for number in np.unique(group[~alone]).tolist():
        members = group == number
        least = float(value[members].min())
        total += least if required[members][0] else min(least, float(prize[members].max()))
    return total


# ---- there and back


def _by_share(problem: RoutingProblem, costs: _Costs) -> float:
    """Return what clients cost that bear the share of a trip which they take of its vehicle."""
    at, fleet = problem.clients, problem.vehicle_types
    trips = np.array([_there_and_back(problem, k, costs.able) for k in costs.types.tolist()])
    trips = np.where(problem.may_serve[costs.able][:, costs.types].T, trips, math.inf)
    resources = [
        (moved[costs.able, d], fleet.capacity[costs.types, d])
        for d in range(len(problem.loads))
        for moved in (at.demand, at.pickup)
    ]
    resources.append((np.ones(len(costs.able)), fleet.max_visits[costs.types]))
    best = 0.0
    for amount, holds in resources:
        with np.errstate(divide="ignore", invalid="ignore"):  # nothing of nothing is no share
            share = np.where(amount > 0, amount / holds[:, None], 0.0)
            value = np.where(share > 0, share * trips, 0.0).min(axis=0)
        best = max(best, _of_clients(problem, costs, costs.visit + value))
    return best


def _there_and_back(problem: RoutingProblem, k: int, clients: Ints) -> Floats:
    """Return what a trip costs at least that visits each client, with its part of the vehicle."""
    fleet, places = problem.vehicle_types, clients + problem.num_depots
    reloads = np.flatnonzero(fleet.reload_depots[k] & (fleet.max_reloads[k] >= 1))
    rates = float(fleet.unit_distance_cost[k]), _cost_of_driving(problem, k)
    trips = 1.0 + (float(fleet.max_reloads[k]) if len(reloads) else 0.0)
    cost = np.full(len(clients), max(0.0, float(fleet.fixed_cost[k])) / trips)
    for end, back in ((fleet.start_depot[k], False), (fleet.end_depot[k], True)):
        ways = []
        for depot in np.unique(np.append(reloads, end)).tolist():
            least = problem.travel_of(k).least(depot, back)
            parts = [
                rate * amount[places] for rate, amount in zip(rates, least, strict=True) if rate
            ]
            ways.append(np.sum(parts, axis=0) if parts else np.zeros(len(places)))
        cost += np.min(ways, axis=0)
    return cost


# ---- trees


def _by_tree(problem: RoutingProblem, costs: _Costs, target: float | None) -> float:
    fleet = problem.vehicle_types
    fixed = np.maximum(fleet.fixed_cost[costs.types], 0.0)
    rest = float(costs.visit.sum()) + _vehicles(problem, costs, fixed)
    available = fleet.num_available[costs.types] * (1.0 + _reloads(problem, costs))
    needs = (_fewest(amount, holds, available) for amount, holds in _amounts(problem, costs))
    trips = min(max(needs), len(costs.able))
    between = np.minimum(costs.between, costs.between.T)
    trees = _Trees(between, costs.out.min(axis=0), costs.home.min(axis=0), trips)
    return rest + trees.highest(None if target is None else target - rest - _savings(problem))


class _Trees:
    """Spanning trees from the depots, with the last ways of the trips.

    Parameters
    ----------
    between
        (c, c) cost of the way between clients in the cheaper direction.
    out, home
        (c,) cost from the depots, and to them.
    trips
        The fewest trips.
    """

    def __init__(self, between: Floats, out: Floats, home: Floats, trips: int) -> None:
        self.between, self.out, self.home, self.trips = between, out, home, trips

    def highest(self, target: float | None) -> float:
        """Return the highest cost that the steps of the multipliers come to.

        The last multiplier is that of the depots, from which as many ways go as there are trips.
        """
        size = len(self.out)
        steps = int(min(_MOST_STEPS, max(_FEWEST_STEPS, _WORK / max(1, size) ** 2)))
        price = np.zeros(size + 1)
        best, eager, idle = -math.inf, 1.5, 0
        for _ in range(steps):
            cost, excess = self._cost(price)
            idle = 0 if cost > best else idle + 1
            best = max(best, cost)
            if not math.isfinite(cost) or not excess.any():
                break
            if idle >= _PATIENCE:
                eager, idle = eager * 0.7, 0
            aim = best + 0.05 * abs(best) if target is None else target
            price += eager * max(aim - cost, 0.0) / float(excess @ excess) * excess
            price[-1] = max(0.0, price[-1])
        return best

    def _cost(self, price: Floats) -> tuple[float, Floats]:
        """Return the cost of the cheapest tree and last ways at a price, and how far they are off.

        Too many ways at a client, and too few from the depots, are above 0.
        """
        clients, depots = price[:-1], float(price[-1])
        total, degree, roots = self._tree(clients, self.out + clients - depots)
        last = self.home + clients
        order = np.argsort(last, kind="stable")
        chosen = order[: max(self.trips, int((last < 0).sum()))]
        degree[chosen] += 1.0
        total += float(last[chosen].sum()) - 2.0 * float(clients.sum()) + depots * self.trips
        return total, np.append(degree - 2.0, self.trips - roots)

    def _tree(self, price: Floats, cost: Floats) -> tuple[float, Floats, int]:
        """Return the cost of a minimum spanning tree, the ways a client, those from the depots.

        By Prim's algorithm: `cost` is that of the ways from the depots at first.
        """
        size = len(price)
        nearest = np.full(size, -1)  # -1: the depots
        outside = np.ones(size, dtype=np.bool_)
        degree = np.ones(size)
        total, roots = 0.0, 0
        for _ in range(size):
            client = int(cost.argmin())
            total += float(cost[client])
            if nearest[client] >= 0:
                degree[nearest[client]] += 1.0
            else:
                roots += 1
            outside[client] = False
            cost[client] = math.inf
            ways = self.between[client] + (price + price[client])
            closer = (ways < cost) & outside
            cost[closer] = ways[closer]
            nearest[closer] = client
        return total, degree, roots
