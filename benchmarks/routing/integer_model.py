"""One model in integers that every peer is built from: PyVRP's own ``ProblemData``.

It is made from flowopt's problem where that has nothing the model lacks, else from the published
file, so that the figures of peers do not hang on what flowopt reads.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from pyvrp import Client, Depot, Location, ProblemData, Shipment, VehicleType
from pyvrp import read as pyvrp_read
from pyvrp.constants import MAX_VALUE
from pyvrp.exceptions import ScalingWarning

from benchmarks.routing.case import Unsupported

if TYPE_CHECKING:
    from flowopt.routing import RoutingProblem
    from flowopt.routing.travel import Travel

Floats = npt.NDArray[np.float64]
Ints: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

NO_WAY = MAX_VALUE
"""The distance of a way that there is not."""

NO_LIMIT = int(np.iinfo(np.int64).max)
UNITS = {"round": 1.0, "dimacs": 0.1, "exact": 0.001}
"""What an integer of PyVRP's roundings is worth, in the units of the file."""

_COVERED = frozenset(
    {
        "capacity",
        "time_windows",
        "shifts",
        "max_duration",
        "max_distance",
        "several_loads",
        "several_depots",
        "several_vehicle_types",
        "optional_clients",
        "unreachable_pairs",
        "many_clients",
        "huge_numbers",
    }
)
_SCALES = (1.0, 10.0, 100.0, 1000.0)
_ROWS = 512  # of a matrix at a time, to spare memory
_WHOLE = 1e-6
_VEHICLE_IN_WAYS = 10  # a vehicle less is worth so many of the longest way


@dataclass(frozen=True)
class IntegerModel:
    """A problem in integers.

    Parameters
    ----------
    data
        The problem. Its locations are the depots, then the clients in the order of the instance.
    unit
        What a cost of 1 is worth in the units of the problem.
    exact
        Whether nothing had to be rounded beyond what the published costs round.
    source
        ``"problem"`` when it was made from flowopt's problem, ``"file"`` when from the file.
    """

    data: ProblemData
    unit: float
    exact: bool
    source: str


def covers(problem: RoutingProblem) -> bool:
    """Return whether the model can say all that a problem of flowopt says."""
    return problem.features <= _COVERED


# ---- from flowopt's problem


def from_problem(problem: RoutingProblem) -> IntegerModel:
    """Return flowopt's problem in integers.

    Lengths, times and money are multiplied by the power of ten that makes them whole, of 1000 where
    none does; then times and demands are rounded up and limits down, so that what holds in integers
    holds in the problem.

    Parameters
    ----------
    problem
        A problem that `covers` takes.
    """
    types, clients, m = problem.vehicle_types, problem.clients, problem.num_depots
    rates = np.concatenate([types.unit_distance_cost, types.unit_duration_cost])
    length, whole_lengths = _length_scale(problem)
    rate, whole_rates = whole_scale([rates])
    money, whole_money = whole_scale([types.fixed_cost, clients.prize], least=length * rate)
    distance, duration = _matrices(problem.travel, length, whole_lengths)
    hours = zip(problem.depots.tw_early, problem.depots.tw_late, strict=True)
    data = ProblemData(
        locations=_locations(problem),
        clients=_clients(problem, length, money),
        depots=[Depot(i, _up(e, length), _down(t, length)) for i, (e, t) in enumerate(hours)],
        vehicle_types=[_vehicle_type(problem, k, length, money) for k in range(len(types))],
        distance_matrices=[distance],
        duration_matrices=[duration],
    )
    assert data.num_locations == m + problem.num_clients
    exact = whole_lengths and whole_rates and whole_money
    return IntegerModel(data, 1.0 / money, exact, "problem")


def _length_scale(problem: RoutingProblem) -> tuple[float, bool]:
    """Return the scale of distances and times, and whether it makes them whole."""
    times = _times(problem)
    for scale in _SCALES:
        ways = (part for _, both in _tiles(problem.travel) for part in both)
        if all(_is_whole(part, scale) for part in itertools.chain(times, ways)):
            return scale, True
    return _SCALES[-1], False


def _tiles(travel: Travel) -> Iterator[tuple[slice, tuple[Floats, ...]]]:
    """Yield rows of the ways: distances, and durations where these differ."""
    size = travel.num_locations
    targets = np.arange(size)[None, :]
    for begin in range(0, size, _ROWS):
        rows = slice(begin, min(begin + _ROWS, size))
        distance, duration = travel.legs(np.arange(rows.start, rows.stop)[:, None], targets)
        yield rows, (distance,) if travel.one_measure else (distance, duration)


def _matrices(travel: Travel, scale: float, whole: bool) -> tuple[Ints, Ints]:
    """Return distances and durations as integers; one array where they are the same."""
    size = travel.num_locations
    distance = np.empty((size, size), dtype=np.int64)
    duration = distance if travel.one_measure and whole else np.empty_like(distance)
    for rows, ways in _tiles(travel):
        distance[rows] = _integers(ways[0], scale, np.rint)
        if duration is not distance:
            duration[rows] = _integers(ways[-1], scale, np.ceil)
    np.fill_diagonal(distance, 0)
    np.fill_diagonal(duration, 0)
    return distance, duration


def _integers(values: Floats, scale: float, rounding: Any) -> Ints:
    """Return ways as integers; `NO_WAY` where there is none."""
    scaled = values * scale
    near = np.rint(scaled)
    with np.errstate(invalid="ignore"):  # infinity less itself
        scaled = np.where(np.abs(scaled - near) <= _WHOLE, near, rounding(scaled))
    return np.where(np.isfinite(scaled), scaled, NO_WAY).astype(np.int64)


def _times(problem: RoutingProblem) -> list[Floats]:
    clients, types, depots = problem.clients, problem.vehicle_types, problem.depots
    windows = [part.tw_early for part in (clients, types, depots)]
    windows += [part.tw_late for part in (clients, types, depots)]
    if min(float(w.min(initial=0.0)) for w in windows) < 0:
        raise Unsupported("times before 0")
    return [*windows, clients.service_duration, types.max_duration, types.max_distance]


def whole_scale(arrays: Iterable[Floats], least: float = 1.0) -> tuple[float, bool]:
    """Return the power of ten that makes numbers whole, and whether it does.

    Parameters
    ----------
    arrays
        Numbers; infinite ones do not count.
    least
        The least factor; it is multiplied by 1, 10, 100 or 1000.
    """
    every = list(arrays)
    for scale in _SCALES:
        if all(_is_whole(array, least * scale) for array in every):
            return least * scale, True
    return least * _SCALES[-1], False


def _is_whole(values: Floats, scale: float) -> bool:
    scaled = values[np.isfinite(values)] * scale
    return bool(np.abs(scaled - np.rint(scaled)).max(initial=0.0) <= _WHOLE)


def _up(value: float, scale: float) -> int:
    return math.ceil(value * scale - _WHOLE)


def _down(value: float, scale: float) -> int:
    return math.floor(value * scale + _WHOLE) if math.isfinite(value) else NO_LIMIT


def _locations(problem: RoutingProblem) -> list[Location]:
    points = problem.points
    if points is None:
        return [Location(0, 0) for _ in range(problem.num_depots + problem.num_clients)]
    return [Location(x, y) for x, y in zip(points.x.tolist(), points.y.tolist(), strict=True)]


def _load_scales(problem: RoutingProblem) -> list[float]:
    demand, capacity = problem.clients.demand, problem.vehicle_types.capacity
    return [whole_scale([demand[:, d], capacity[:, d]])[0] for d in range(demand.shape[1])]


def _clients(problem: RoutingProblem, length: float, money: float) -> list[Client]:
    at, m = problem.clients, problem.num_depots
    scales = _load_scales(problem)
    return [
        Client(
            m + i,
            delivery=[_up(float(q), s) for q, s in zip(at.demand[i], scales, strict=True)],
            service_duration=_up(float(at.service_duration[i]), length),
            tw_early=_up(float(at.tw_early[i]), length),
            tw_late=_down(float(at.tw_late[i]), length),
            prize=0 if at.required[i] else round(float(at.prize[i]) * money),
            required=bool(at.required[i]),
        )
        for i in range(problem.num_clients)
    ]


def _vehicle_type(problem: RoutingProblem, k: int, length: float, money: float) -> VehicleType:
    types, n = problem.vehicle_types, problem.num_clients
    scales = _load_scales(problem)
    most = np.ceil(problem.clients.demand.sum(axis=0))  # what has no limit holds everything
    capacity = np.where(np.isfinite(types.capacity[k]), types.capacity[k], most)
    return VehicleType(
        num_available=max(1, min(int(types.num_available[k]), n)),
        capacity=[_down(float(q), s) for q, s in zip(capacity, scales, strict=True)],
        start_depot=int(types.start_depot[k]),
        end_depot=int(types.end_depot[k]),
        fixed_cost=round(float(types.fixed_cost[k]) * money),
        tw_early=_up(float(types.tw_early[k]), length),
        tw_late=_down(float(types.tw_late[k]), length),
        shift_duration=_down(float(types.max_duration[k]), length),
        max_distance=_down(float(types.max_distance[k]), length),
        unit_distance_cost=round(float(types.unit_distance_cost[k]) * money / length),
        unit_duration_cost=round(float(types.unit_duration_cost[k]) * money / length),
    )


# ---- from published files


def from_vrplib(path: Path, rounding: str) -> IntegerModel:
    """Return what PyVRP reads from a ``.vrp``, in any of its variants.

    Parameters
    ----------
    path
        The file.
    rounding
        ``"round"``, ``"dimacs"`` or ``"exact"``, as the published costs want it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScalingWarning)  # forbidden ways are long ones
        data = pyvrp_read(path, rounding)
    return IntegerModel(data, UNITS[rounding], True, "file")


def from_li_lim(path: Path) -> IntegerModel:
    """Return an instance of Li and Lim: paired pick-ups and deliveries within windows.

    Distances are in thousandths, times rounded up; a vehicle costs more than it can save, so that
    fewer of them come first.

    Parameters
    ----------
    path
        The file: a line of number, capacity and speed of the vehicles, then a line a place:
        number, x, y, demand, earliest, latest, service, its pick-up, its delivery.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    vehicles, capacity, _ = (int(word) for word in lines[0].split())
    table = np.array([line.split() for line in lines[1:] if line.strip()], dtype=np.float64)
    scale = 1 / UNITS["exact"]
    way = np.hypot(*(table[:, None, 1:3] - table[None, :, 1:3]).transpose(2, 0, 1))
    distance, duration = _integers(way, scale, np.rint), _integers(way, scale, np.ceil)
    early, late, service = (table[:, column] * scale for column in (4, 5, 6))
    times = np.stack([early, late, service], axis=1).astype(np.int64).tolist()
    delivery_of = table[:, 8].astype(np.int64).tolist()
    shipments = [
        _shipment(pickup, delivery, times, int(table[pickup, 3]))
        for pickup, delivery in enumerate(delivery_of)
        if delivery
    ]
    fleet = VehicleType(
        num_available=vehicles,
        capacity=[capacity],
        fixed_cost=_VEHICLE_IN_WAYS * int(distance.max()),
        tw_early=times[0][0],
        tw_late=times[0][1],
    )
    data = ProblemData(
        locations=[Location(x, y) for x, y in table[:, 1:3].tolist()],
        clients=[],
        depots=[Depot(0)],
        vehicle_types=[fleet],
        distance_matrices=[distance],
        duration_matrices=[duration],
        shipments=shipments,
    )
    return IntegerModel(data, UNITS["exact"], False, "file")


def _shipment(pickup: int, delivery: int, times: list[list[int]], amount: int) -> Shipment:
    """Return a shipment between two places; the times of a place: earliest, latest, service."""
    return Shipment(
        pickup_location=pickup,
        delivery_location=delivery,
        pickup_tw_early=times[pickup][0],
        pickup_tw_late=times[pickup][1],
        pickup_service_duration=times[pickup][2],
        delivery_tw_early=times[delivery][0],
        delivery_tw_late=times[delivery][1],
        delivery_service_duration=times[delivery][2],
        amount=[amount],
    )
