"""VROOM through pyvroom: heuristics and local search in as many threads as it is given."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from benchmarks.routing.answers import Answer
from benchmarks.routing.case import Loaded, Unsupported
from benchmarks.routing.solvers.base import Search
from benchmarks.routing.solvers.fleet import vehicle_kinds

if TYPE_CHECKING:
    from pyvrp import ProblemData

    from benchmarks.routing.integer_model import IntegerModel

_MOST_EXPLORATION = 5
_KM = 1000  # of distance: what VROOM prices
_LARGEST = 2**32 - 1
_SPARE = 0.98  # of the limit: an answer before it is one that ended by itself


@dataclass(frozen=True)
class _Prepared:
    model: IntegerModel
    problem: Any
    kinds: list[int]


class Vroom:
    """VROOM at its highest level of exploration."""

    variants: ClassVar[frozenset[str]] = frozenset({"cvrp", "vrptw", "mdvrp", "hfvrp", "pdptw"})
    processes: ClassVar[int] = 1
    seeded: ClassVar[bool] = False
    package: ClassVar[str] = "pyvroom"

    def prepare(self, loaded: Loaded, search: Search) -> _Prepared:
        """Return the input of VROOM: jobs, shipments, vehicles, and a matrix."""
        import vroom

        model = loaded.model
        data = model.data
        _refuse(data)
        problem = vroom.Input()
        problem.set_durations_matrix("car", data.duration_matrix(0).astype("uint32"))
        problem.set_distances_matrix("car", data.distance_matrix(0).astype("uint32"))
        kinds = vehicle_kinds(data)
        for vehicle, kind in enumerate(kinds):
            problem.add_vehicle(_vehicle(vroom, data, vehicle, kind))
        for client in data.clients():
            problem.add_job(_job(vroom, client))
        for shipment in data.shipments():
            problem.add_job(_shipment(vroom, shipment))
        return _Prepared(model, problem, kinds)

    def solve(self, prepared: _Prepared, search: Search) -> Answer:
        """Search until it ends or the limit comes."""
        began = time.perf_counter()
        found = prepared.problem.solve(
            exploration_level=_MOST_EXPLORATION,
            nb_threads=search.threads,
            timeout=dt.timedelta(seconds=search.limit),
        )
        ended = time.perf_counter() - began < _SPARE * search.limit
        details = {"model": prepared.model.source, "unassigned": len(found.unassigned)}
        return Answer(_routes(found.routes, prepared.kinds), ended=ended, details=details)


def _refuse(data: ProblemData) -> None:
    """Refuse what VROOM has no words for."""
    if data.num_profiles > 1 or int(data.distance_matrix(0).max()) > _LARGEST:
        raise Unsupported("forbidden ways are not modelled")
    types, clients = data.vehicle_types(), data.clients()
    if any(t.reload_depots or t.unit_duration_cost for t in types):
        raise Unsupported("reloading and costs of duration are not modelled")
    if any(not c.required or c.release_time or any(c.pickup) for c in clients):
        raise Unsupported("prizes, release times and pick-ups are not modelled")
    if data.has_time_windows() and any(t.shift_duration < _LARGEST for t in types):
        raise Unsupported("longest durations beside windows are not modelled")


def _vehicle(vroom: Any, data: ProblemData, number: int, kind: int) -> Any:
    vehicle = data.vehicle_types()[kind]
    ends = data.depot(vehicle.start_depot), data.depot(vehicle.end_depot)
    late = min(vehicle.tw_late, ends[0].tw_late, ends[1].tw_late)
    early = max(vehicle.tw_early, ends[0].tw_early, ends[1].tw_early)
    if vehicle.shift_duration < _LARGEST:  # without windows every vehicle may depart at once
        late = min(late, early + vehicle.shift_duration)
    costs = {"fixed": vehicle.fixed_cost, "per_km": _KM * vehicle.unit_distance_cost}
    return vroom.Vehicle(
        number,
        start=ends[0].location,
        end=ends[1].location,
        capacity=list(vehicle.capacity),
        time_window=(early, late) if late < _LARGEST else None,
        costs=vroom.VehicleCosts(per_hour=0, **costs),
        **({"max_distance": vehicle.max_distance} if vehicle.max_distance < _LARGEST else {}),
    )


def _window(step: Any) -> list[tuple[int, int]]:
    return [(step.tw_early, step.tw_late)] if step.tw_late < _LARGEST else []


def _job(vroom: Any, client: Any) -> Any:
    return vroom.Job(
        client.location,
        location=client.location,
        default_service=client.service_duration,
        delivery=list(client.delivery),
        time_windows=_window(client),
    )


def _shipment(vroom: Any, shipment: Any) -> Any:
    ends = [
        vroom.ShipmentStep(
            end.location,
            location=end.location,
            default_service=end.service_duration,
            time_windows=_window(end),
        )
        for end in (shipment.pickup, shipment.delivery)
    ]
    return vroom.Shipment(*ends, amount=list(shipment.amount))


def _routes(frame: Any, kinds: list[int]) -> list[tuple[int, list[int]]]:
    """Return VROOM's table of steps as routes."""
    visits = frame[frame["type"].isin(["job", "pickup", "delivery"])]
    return [
        (kinds[int(vehicle)], [int(i) for i in steps["location_index"]])
        for vehicle, steps in visits.groupby("vehicle_id", sort=True)
    ]
