"""OR-Tools routing: a first plan by one of two strategies, then guided local search."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from benchmarks.routing.answers import Answer
from benchmarks.routing.case import Loaded, Unsupported
from benchmarks.routing.solvers.base import ALL_VARIANTS, Search
from benchmarks.routing.solvers.fleet import vehicle_kinds

if TYPE_CHECKING:
    from pyvrp import ProblemData

    from benchmarks.routing.integer_model import IntegerModel

STRATEGIES = ("PATH_CHEAPEST_ARC", "PARALLEL_CHEAPEST_INSERTION")
"""How the first plan is made: one process each, of which the better answer counts."""

_HORIZON = 2**50
_NO_LIMIT = 2**62


@dataclass(frozen=True)
class _Prepared:
    model: IntegerModel
    built: _Routing


class ORTools:
    """OR-Tools routing."""

    variants: ClassVar[frozenset[str]] = ALL_VARIANTS - {"mtvrptwr"}
    processes: ClassVar[int] = len(STRATEGIES)
    seeded: ClassVar[bool] = False
    package: ClassVar[str] = "ortools"

    def prepare(self, loaded: Loaded, search: Search) -> _Prepared:
        """Return the model of OR-Tools, all constraints in it."""
        return _Prepared(loaded.model, _Routing(loaded.model.data))

    def solve(self, prepared: _Prepared, search: Search) -> Answer:
        """Search until the limit, and note the cost of each better plan."""
        from ortools.constraint_solver import pywrapcp, routing_enums_pb2

        built, unit = prepared.built, prepared.model.unit
        strategy = STRATEGIES[search.process]
        library: Any = pywrapcp  # it has no types
        parameters = library.DefaultRoutingSearchParameters()
        first, improving = (
            routing_enums_pb2.FirstSolutionStrategy,
            routing_enums_pb2.LocalSearchMetaheuristic,
        )
        parameters.first_solution_strategy = getattr(first, strategy)
        parameters.local_search_metaheuristic = improving.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMilliseconds(max(1, round(search.limit * 1000)))
        began = time.perf_counter()
        trace: list[tuple[float, float]] = []

        def note() -> None:
            cost = built.routing.CostVar().Max()
            trace.append((time.perf_counter() - began, cost * unit))

        built.routing.AddAtSolutionCallback(note)
        answer = built.routing.SolveWithParameters(parameters)
        details = {"first_plan": strategy, "model": prepared.model.source}
        if answer is None:
            return Answer(trace=trace, details=details)
        return Answer(built.routes(answer), trace=trace, details=details)


class _Routing:
    """A model of OR-Tools: nodes are the locations, vehicles those of all types in turn."""

    def __init__(self, data: ProblemData) -> None:
        from ortools.constraint_solver import pywrapcp

        _refuse(data)
        self.data, self.types = data, data.vehicle_types()
        self.kinds = vehicle_kinds(data)
        depots = [depot.location for depot in data.depots()]
        starts = [depots[self.types[k].start_depot] for k in self.kinds]
        ends = [depots[self.types[k].end_depot] for k in self.kinds]
        self.manager: Any = pywrapcp.RoutingIndexManager(
            data.num_locations, len(self.kinds), starts, ends
        )
        self.routing: Any = pywrapcp.RoutingModel(self.manager)
        self._add_costs()
        self._add_loads()
        self._add_distance()
        if self._timed:
            self._add_time()
        self._add_prizes()
        self._add_shipments()
        self._forbid_ways()

    def routes(self, answer: Any) -> list[tuple[int, list[int]]]:
        """Return the routes of an answer: vehicle type and locations."""
        found = []
        for vehicle, kind in enumerate(self.kinds):
            visits: list[int] = []
            index = answer.Value(self.routing.NextVar(self.routing.Start(vehicle)))
            while not self.routing.IsEnd(index):
                visits.append(self.manager.IndexToNode(index))
                index = answer.Value(self.routing.NextVar(index))
            if visits:
                found.append((kind, visits))
        return found

    @cached_property
    def _timed(self) -> bool:
        limits = [t.shift_duration for t in self.types]
        paid = any(t.unit_duration_cost for t in self.types)
        return self.data.has_time_windows() or min(limits) < _NO_LIMIT or paid

    def _matrix(self, values: Any) -> int:
        return int(self.routing.RegisterTransitMatrix(values.tolist()))

    def _by_kind(self, keys: list[Any], make: Any) -> list[int]:
        """Return what is registered for each vehicle, made once for types that are alike."""
        made: dict[Any, int] = {}
        for kind in set(self.kinds):
            if keys[kind] not in made:
                made[keys[kind]] = make(self.types[kind])
        return [made[keys[kind]] for kind in self.kinds]

    def _add_costs(self) -> None:
        def costs(kind: Any) -> int:
            distance = self.data.distance_matrix(kind.profile) * kind.unit_distance_cost
            return self._matrix(np.minimum(distance, _HORIZON))

        keys = [(t.profile, t.unit_distance_cost) for t in self.types]
        for vehicle, evaluator in enumerate(self._by_kind(keys, costs)):
            self.routing.SetArcCostEvaluatorOfVehicle(evaluator, vehicle)
            fixed = self.types[self.kinds[vehicle]].fixed_cost
            self.routing.SetFixedCostOfVehicle(fixed, vehicle)

    def _add_loads(self) -> None:
        """Add a dimension for what is delivered and one for what is collected.

        The two do not meet where all that is collected is collected after all that is delivered,
        as in the VRPB; shipments are loaded and unloaded in the first.
        """
        for d in range(self.data.num_load_dimensions):
            carried, collected = self._amounts(d)
            capacity = [self.types[kind].capacity[d] for kind in self.kinds]
            for name, amounts in (("carried", carried), ("collected", collected)):
                if any(amounts):
                    transit = self.routing.RegisterUnaryTransitVector(amounts)
                    self.routing.AddDimensionWithVehicleCapacity(
                        transit, 0, capacity, True, f"{name} {d}"
                    )

    def _amounts(self, d: int) -> tuple[list[int], list[int]]:
        carried = [0] * self.data.num_locations
        collected = [0] * self.data.num_locations
        for client in self.data.clients():
            carried[client.location] = client.delivery[d]
            collected[client.location] = client.pickup[d]
        for shipment in self.data.shipments():
            carried[shipment.pickup.location] = shipment.amount[d]
            carried[shipment.delivery.location] = -shipment.amount[d]
        return carried, collected

    def _add_distance(self) -> None:
        limits = [min(self.types[kind].max_distance, _NO_LIMIT) for kind in self.kinds]
        if min(limits) == _NO_LIMIT:
            return
        keys = [t.profile for t in self.types]
        made = self._by_kind(keys, lambda t: self._matrix(self.data.distance_matrix(t.profile)))
        self.routing.AddDimensionWithVehicleTransitAndCapacity(made, 0, limits, True, "distance")

    def _add_time(self) -> None:
        service = np.zeros(self.data.num_locations, dtype=np.int64)
        for step in self._steps():
            service[step.location] = step.service_duration

        def durations(kind: Any) -> int:
            matrix = self.data.duration_matrix(kind.profile) + service[:, None]
            np.fill_diagonal(matrix, 0)
            return self._matrix(np.minimum(matrix, _HORIZON))

        made = self._by_kind([t.profile for t in self.types], durations)
        self.routing.AddDimensionWithVehicleTransits(made, _HORIZON, _HORIZON, False, "time")
        clock = self.routing.GetDimensionOrDie("time")
        for step in self._steps():
            index = self.manager.NodeToIndex(step.location)
            clock.CumulVar(index).SetRange(step.tw_early, min(step.tw_late, _HORIZON))
        for vehicle, kind in enumerate(self.kinds):
            self._add_shift(clock, vehicle, self.types[kind])

    def _steps(self) -> list[Any]:
        """Return all visits: clients, and both ends of shipments."""
        ends = [end for s in self.data.shipments() for end in (s.pickup, s.delivery)]
        return [*self.data.clients(), *ends]

    def _add_shift(self, clock: Any, vehicle: int, kind: Any) -> None:
        starts, ends = self.routing.Start(vehicle), self.routing.End(vehicle)
        for index, place in ((starts, kind.start_depot), (ends, kind.end_depot)):
            depot = self.data.depot(place)
            late = min(kind.tw_late, depot.tw_late, _HORIZON)
            clock.CumulVar(index).SetRange(max(kind.tw_early, depot.tw_early), late)
        if kind.shift_duration < _HORIZON:
            clock.SetSpanUpperBoundForVehicle(kind.shift_duration, vehicle)
        if kind.unit_duration_cost:
            clock.SetSpanCostCoefficientForVehicle(kind.unit_duration_cost, vehicle)
            self.routing.AddVariableMaximizedByFinalizer(clock.CumulVar(starts))
            self.routing.AddVariableMinimizedByFinalizer(clock.CumulVar(ends))

    def _add_prizes(self) -> None:
        for client in self.data.clients():
            if not client.required:
                index = self.manager.NodeToIndex(client.location)
                self.routing.AddDisjunction([index], client.prize)

    def _add_shipments(self) -> None:
        solver, routing = self.routing.solver(), self.routing
        clock = routing.GetDimensionOrDie("time") if self._timed else None
        for shipment in self.data.shipments():
            pickup = self.manager.NodeToIndex(shipment.pickup.location)
            delivery = self.manager.NodeToIndex(shipment.delivery.location)
            routing.AddPickupAndDelivery(pickup, delivery)
            solver.Add(routing.VehicleVar(pickup) == routing.VehicleVar(delivery))
            if clock is not None:
                solver.Add(clock.CumulVar(pickup) <= clock.CumulVar(delivery))

    def _forbid_ways(self) -> None:
        """Take ways that there are not out of the model."""
        profiles = sorted({self.types[kind].profile for kind in self.kinds})
        absent = [_absent(self.data, profile) for profile in profiles]
        everywhere = np.logical_and.reduce(absent)
        depots = self.data.num_depots
        for i, j in np.argwhere(everywhere[depots:, depots:]) + depots:
            source, target = (self.manager.NodeToIndex(int(node)) for node in (i, j))
            self.routing.NextVar(source).RemoveValue(target)
        for vehicle, kind in enumerate(self.kinds):
            self._forbid_for(vehicle, kind, absent[profiles.index(self.types[kind].profile)])

    def _forbid_for(self, vehicle: int, kind: int, absent: Any) -> None:
        """Take first visits of a vehicle, and clients that it may not visit, out of the model."""
        start = self.data.depot(self.types[kind].start_depot).location
        first = self.routing.NextVar(self.routing.Start(vehicle))
        depots = self.data.num_depots
        never = absent.sum(axis=0) >= self.data.num_locations - 1
        for node in range(depots, self.data.num_locations):
            index = self.manager.NodeToIndex(node)
            if never[node]:
                self.routing.VehicleVar(index).RemoveValue(vehicle)
            elif absent[start, node]:
                first.RemoveValue(index)


def _absent(data: ProblemData, profile: int) -> npt.NDArray[np.bool_]:
    """Return where there is no way."""
    from benchmarks.routing.integer_model import NO_WAY

    return np.asarray(data.distance_matrix(profile)) >= NO_WAY


def _refuse(data: ProblemData) -> None:
    """Refuse what the model has no words for."""
    if any(t.reload_depots for t in data.vehicle_types()):
        raise Unsupported("reloading is not modelled")
    if any(c.release_time for c in data.clients()) or data.num_groups:
        raise Unsupported("release times and groups are not modelled")
    mixed = any(any(c.pickup) for c in data.clients())
    if mixed and not _absent(data, 0).any():
        raise Unsupported("pick-ups among deliveries are not modelled")
