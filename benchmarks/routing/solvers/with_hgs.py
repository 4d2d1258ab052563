"""HGS-CVRP through hygese: hybrid genetic search, one thread a process, capacities only."""

from __future__ import annotations

import ctypes
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from benchmarks.routing.answers import Answer
from benchmarks.routing.case import Loaded, Unsupported
from benchmarks.routing.solvers.base import Search

_LINE = re.compile(r"T\(s\) ([\d.]+) \| Feas \d+ ([\d.]+)")
_ITERATIONS_A_LINE = 100  # of its log, from which the curve is read


@dataclass(frozen=True)
class _Prepared:
    data: dict[str, Any]
    unit: float


class HGS:
    """HGS-CVRP with its default parameters."""

    variants: ClassVar[frozenset[str]] = frozenset({"cvrp"})
    processes: ClassVar[int] = 2
    seeded: ClassVar[bool] = True
    package: ClassVar[str] = "hygese"

    def prepare(self, loaded: Loaded, search: Search) -> _Prepared:
        """Return the instance as hygese takes it."""
        import hygese  # noqa: F401  loaded before the clock starts

        model = loaded.model
        data = model.data
        types, clients = data.vehicle_types(), data.clients()
        if len(types) > 1 or data.num_depots > 1 or data.has_time_windows() or data.num_shipments:
            raise Unsupported("it takes one depot, one vehicle type, and no windows")
        distance = data.distance_matrix(0)
        if not np.array_equal(distance, distance.T):
            raise Unsupported("it takes ways that are as long in both directions")
        places = np.array([[location.x, location.y] for location in data.locations()])
        places -= places.min(axis=0)  # it wants no negative coordinates
        instance = {
            "x_coordinates": places[:, 0],
            "y_coordinates": places[:, 1],
            "distance_matrix": distance,
            "demands": np.array([0, *(client.delivery[0] for client in clients)]),
            "vehicle_capacity": types[0].capacity[0],
        }
        if types[0].num_available < len(clients):
            instance["num_vehicles"] = types[0].num_available
        return _Prepared(instance, model.unit)

    def solve(self, prepared: _Prepared, search: Search) -> Answer:
        """Search until the limit, which it holds against its processor time."""
        import hygese

        parameters = hygese.AlgorithmParameters(
            timeLimit=search.limit, seed=search.seed, nbIterTraces=_ITERATIONS_A_LINE
        )
        with _printed() as path:
            result = hygese.Solver(parameters, verbose=True).solve_cvrp(prepared.data)
            ctypes.CDLL(None).fflush(None)  # C keeps what it prints
            log = path.read_text(encoding="utf-8", errors="replace")
        trace = [
            (float(seconds), float(cost) * prepared.unit) for seconds, cost in _LINE.findall(log)
        ]
        if not result.routes:
            return Answer(trace=trace)
        return Answer([(0, route) for route in result.routes if route], trace=trace)


@contextmanager
def _printed() -> Iterator[Path]:
    """Lead what C prints into a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        kept = os.dup(1)
        with path.open("wb") as file:
            os.dup2(file.fileno(), 1)
        try:
            yield path
        finally:
            os.dup2(kept, 1)
            os.close(kept)
