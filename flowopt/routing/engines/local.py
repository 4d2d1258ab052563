"""The penalised local search of one thread, between the plans of the threads."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flowopt.routing.engines.kernel_data import mean_edge
from flowopt.routing.engines.route_list import RouteList
from flowopt.routing.kernels.layout import PER_DISTANCE, TYPE, Data, Plan
from flowopt.routing.kernels.local_layout import (
    BEST,
    BEST_BEGIN,
    BEST_KIND,
    BEST_ROUTES,
    BEST_SIZE,
    LOADS,
    OVER_DISTANCE,
    OVER_DURATION,
    TINY,
    WARP,
    WHOLE,
    new_local,
    new_room,
)
from flowopt.routing.kernels.local_routes import set_routes
from flowopt.routing.kernels.local_search import improve
from flowopt.routing.kernels.records import as_record

ITERATIONS_A_STEP = 20
"""Iterations of the string removals that take about as long as one of the local search."""
MOST_REMOVED = 40
"""Most clients that an iteration takes out."""
_TINY = 1e-7  # of a mean edge: a change too small to count
_WARP = 2.0  # edges that an edge of time warp costs

Floats = npt.NDArray[np.float64]


class LocalSearch:
    """A penalised local search that goes on from call to call.

    Parameters
    ----------
    data
        The problem.
    plan
        The plan whose clients and vehicles it has, to begin with.
    routes
        The routes of that plan.
    seed
        Of its random numbers.
    """

    def __init__(self, data: Data, plan: Plan, routes: RouteList, seed: int) -> None:
        available = np.bincount(plan.route[:, TYPE], minlength=data.vehicle.shape[0])
        self.local = as_record(new_local(data, available, plan.members, seed, MOST_REMOVED))
        self.room = as_record(new_room(len(data.client), len(plan.route)))
        edge = mean_edge(data, [plan])
        self.local.total[TINY] = _TINY * edge
        self.local.usual[:] = _usual_penalties(data, edge)
        self.local.penalty[:] = self.local.usual
        self.load(data, routes)

    def load(self, data: Data, routes: RouteList) -> None:
        """Go on from a plan that breaks no limit."""
        set_routes(data, self.local, *routes)
        self.local.total[BEST] = self.local.total[WHOLE]
        self.local.counts[BEST_ROUTES] = 0

    def run(self, data: Data, iterations: int, temperature: float) -> RouteList | None:
        """Search; return the routes of the best plan if there is a new one."""
        before = float(self.local.total[BEST])
        steps = max(1, iterations // ITERATIONS_A_STEP)
        improve(data, self.local, self.room, steps, temperature)
        return self._best() if self.local.total[BEST] < before else None

    def _best(self) -> RouteList:
        rows = self.local.best_route[: self.local.counts[BEST_ROUTES]]
        begin = np.append(rows[:, BEST_BEGIN], rows[:, BEST_SIZE].sum()).astype(np.int64)
        visits = self.local.best_node[: begin[-1]].astype(np.int32)
        return RouteList(visits, begin, rows[:, BEST_KIND].astype(np.int32))


def _usual_penalties(data: Data, edge: float) -> Floats:
    """Return prices of what is too much, by which it is dearer than a way round it."""
    usual = np.empty(LOADS + data.demand.shape[1])
    per_distance = max(float(data.vehicle[:, PER_DISTANCE].max()), 1e-9)
    usual[WARP] = usual[OVER_DURATION] = _WARP * per_distance
    usual[OVER_DISTANCE] = _WARP * per_distance
    mean = np.abs(data.demand).mean(axis=0)
    usual[LOADS:] = edge / np.where(mean > 0, mean, 1.0)
    return usual
