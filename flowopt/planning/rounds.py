"""Makes the delivery rounds of each depot: drops out of the allocation, one problem a depot."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Table
from flowopt.core.tables import Columns
from flowopt.parallel import map_independent, shared_cancel
from flowopt.routing.spec import DEFAULT_LOAD, VEHICLE_TYPES, load_column, with_loads

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.network import Network
    from flowopt.planning.item_flow import ItemFlow
    from flowopt.routing import RoutingProblem, RoutingSolution

Floats = npt.NDArray[np.float64]

LOADS = {DEFAULT_LOAD: "unit_weight", "volume": "unit_volume"}
"""Load dimension of the vehicles → the commodities' column that fills it."""

_HOLD_GIL = ("ortools", "construct")  # engines that need processes of their own to run at once
_NOTHING = 1e-9  # of a customer's demand: below it a share is the rounding of a flow


def fleet_table(names: Sequence[str]) -> Table:
    """Return the specification of the vehicle types of a plan.

    Parameters
    ----------
    names
        The columns of the caller's frame: with ``capacity_volume``, volume is a load of its own.
    """
    loads = [
        load for load in LOADS if load == DEFAULT_LOAD or load_column("capacity", load) in names
    ]
    table = with_loads(VEHICLE_TYPES, loads)
    columns = (  # the depots of a plan are its sites
        replace(column, refers_to="sites") if column.refers_to == "depots" else column
        for column in table.columns
    )
    return replace(table, columns=tuple(columns))


@dataclass(frozen=True)
class Drops:
    """What one depot delivers in a period: a customer larger than a vehicle gets several drops.

    Parameters
    ----------
    depot
        Position of the depot in the network's sites.
    client
        (n,) id of each drop: the customer's id, further drops with a number behind it.
    site
        (n,) position of the customer in the network's sites.
    load
        (n, d) what is delivered, in the dimensions of the fleet: kg, and m³ when it has volumes.
    """

    depot: int
    client: tuple[str, ...]
    site: npt.NDArray[np.int64]
    load: Floats


@dataclass(frozen=True)
class Rounds:
    """The rounds of one depot.

    Parameters
    ----------
    drops
        What is to be delivered.
    solution
        Who delivers it, in which order.
    """

    drops: Drops
    solution: RoutingSolution


@dataclass(frozen=True)
class _Task:
    """One depot's problem and how to solve it, in one piece for a worker process."""

    problem: RoutingProblem
    options: dict[str, Any]


def plan_rounds(
    network: Network,
    items: ItemFlow,
    fleet: Columns,
    *,
    mode: str,
    time_limit: float | None,
    run: Run,
    engine: str,
) -> dict[Any, Rounds]:
    """Route every depot that has vehicles and customers, each on its own, in parallel.

    Parameters
    ----------
    network
        The network.
    items
        The allocation's throughput by commodity.
    fleet
        The vehicle types, of the specification `fleet_table`.
    mode
        Mode of transport whose speed and detour factor the vehicles have.
    time_limit
        Seconds for all depots together; None leaves each to the engine.
    run
        The live options: how many depots at once, the seed, and whether to stop.
    engine
        Name of the engine.

    Returns
    -------
    dict
        Id of the depot → its rounds.
    """
    share = _delivered_shares(network, items, mode)
    serving = np.unique(network.lane_source[share > _NOTHING]).tolist()
    depots = [site for site in serving if len(_own_types(network, fleet, site))]
    if not depots:
        return {}
    workers = min(run.workers, len(depots))
    waves = -(-len(depots) // workers)
    limit = time_limit and time_limit / waves
    options = {"time_limit": limit, "workers": 1, "seed": run.seed, "engine": engine}
    drops = [make_drops(network, items, share, fleet, depot) for depot in depots]
    problems = [_problem(network, fleet, mode, drop) for drop in drops]
    with shared_cancel(lambda: run.cancelled) as token:
        tasks = [_Task(problem, options | {"cancel": token}) for problem in problems]
        prefer: Literal["threads", "processes"] = "processes" if engine in _HOLD_GIL else "threads"
        solutions = map_independent(_route, tasks, workers, prefer)
    ids = network.sites["id"][depots].tolist()
    rounds = map(Rounds, drops, solutions)
    return dict(zip(ids, rounds, strict=True))


def _route(task: _Task) -> RoutingSolution:
    return task.problem.solve(**task.options)


def _delivered_shares(network: Network, items: ItemFlow, mode: str) -> Floats:
    """Return (A,) the share of a customer's goods that a lane brings, 0 where no vehicle does."""
    target = network.lane_target
    rounds = (network.sites["kind"][target] == "customer") & (items.met[target].sum(axis=1) > 0)
    rounds &= network.lanes["mode"] == mode
    return np.where(rounds, items.lane_share, 0.0)


def _own_types(network: Network, fleet: Columns, depot: int) -> npt.NDArray[np.int64]:
    """Return the vehicle types that a depot has; a blank depot stands for every warehouse."""
    named = fleet["depot"].astype(np.str_)
    own = named == str(network.sites["id"][depot])
    if network.sites["kind"][depot] in ("warehouse", "crossdock"):
        own |= named == ""
    return np.flatnonzero(own & (fleet["num_available"] > 0))


def make_drops(
    network: Network, items: ItemFlow, lane_share: Floats, fleet: Columns, depot: int
) -> Drops:
    """Turn the flow from a depot to its customers into drops that fit on its largest vehicle.

    Parameters
    ----------
    network
        The network.
    items
        The allocation's throughput by commodity.
    lane_share
        (A,) share of a customer's goods that a lane brings by vehicle.
    fleet
        The vehicle types.
    depot
        Position of the depot.
    """
    ours = network.lane_source == depot
    share = np.zeros(network.sites.num_rows)
    np.add.at(share, network.lane_target[ours], lane_share[ours])
    per_unit = np.column_stack([network.commodities[LOADS[load]] for load in _loads(fleet)])
    total = share[:, None] * (items.met @ per_unit)
    own = _own_types(network, fleet, depot)
    largest = _largest_vehicle(fleet, own, total.sum(axis=0))
    most = int(fleet["num_available"][own].sum())
    clients: list[str] = []
    sites: list[int] = []
    loads: list[Floats] = []
    taken = set(network.sites["id"].astype(np.str_).tolist())
    for site in np.flatnonzero(share > _NOTHING):
        parts = _parts(total[site], largest, most)
        clients += _names(str(network.sites["id"][site]), len(parts), taken)
        sites += [int(site)] * len(parts)
        loads += parts
    return Drops(depot, tuple(clients), np.array(sites, dtype=np.int64), np.array(loads))


def _loads(fleet: Columns) -> list[str]:
    return [load for load in LOADS if load_column("capacity", load) in fleet]


def _largest_vehicle(fleet: Columns, rows: npt.NDArray[np.int64], wanted: Floats) -> Floats:
    """Return the capacity, in each dimension, of the type that takes the most of what is wanted."""
    capacity = np.column_stack(
        [fleet[load_column("capacity", load)][rows] for load in _loads(fleet)]
    )
    fits = np.divide(capacity, wanted, out=np.full_like(capacity, np.inf), where=wanted > 0)
    largest: Floats = capacity[int(np.argmax(fits.min(axis=1)))]
    return largest


def _names(site: str, count: int, taken: set[str]) -> list[str]:
    """Return the ids of the drops at a site: its own, then numbered ones that no site has."""
    numbered = (f"{site} #{number}" for number in itertools.count(2))
    free = (name for name in numbered if name not in taken)
    return [site, *itertools.islice(free, count - 1)]


def _parts(load: Floats, largest: Floats, most: int) -> list[Floats]:
    """Cut a load into full vehicles, `most` of them, and a rest; what fits in none stays whole."""
    used = np.divide(load, largest, out=np.zeros_like(load), where=load > 0)
    vehicles = float(used.max(initial=0.0))
    if not 1.0 < vehicles < np.inf:
        return [load]
    full = int(min(most, np.floor(vehicles * (1 - 1e-12))))
    rest = load * (1.0 - full / vehicles)
    return [*(load / vehicles for _ in range(full)), rest]


def _problem(network: Network, fleet: Columns, mode: str, drops: Drops) -> RoutingProblem:
    from flowopt.routing import RoutingProblem

    sites, modes = network.sites, network.modes
    rows = _own_types(network, fleet, drops.depot)
    clients = {
        "id": list(drops.client),
        **{name: sites[name][drops.site] for name in ("lat", "lon", *_VISIT)},
    }
    for dimension, load in enumerate(_loads(fleet)):
        clients[load_column("demand", load)] = drops.load[:, dimension]
    places = ("depot", "start_depot", "end_depot")
    types = {name: values[rows] for name, values in fleet.items() if name not in places}
    depot = {name: [sites[name][drops.depot].item()] for name in ("id", "lat", "lon")}
    row = modes["id"].tolist().index(mode)
    problem = RoutingProblem.from_frames(
        clients,
        types,
        depot,
        speed=float(modes["speed"][row]),
        detour_factor=float(modes["detour_factor"][row]),
    )
    return problem.replace(backend=network.backend)


_VISIT = ("service_duration", "tw_early", "tw_late")
