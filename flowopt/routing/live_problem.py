"""The problem that is left of a plan at a moment, with what was done until then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.tables import make_frame
from flowopt.routing.parts import Bools, Floats, Ints
from flowopt.routing.problem import RoutingProblem

if TYPE_CHECKING:
    from flowopt.routing.solution import RoutingSolution

NOBODY = -1
"""Stands where no vehicle has the goods of a client on board."""


@dataclass(frozen=True, eq=False)
class LiveState:
    """What is known of the vehicles of a problem beside its tables.

    Parameters
    ----------
    num_depots
        Number of depots that are depots; those after them are where vehicles stand.
    origin
        (k,) id of the vehicle type that each was before it was under way.
    stands
        (k,) whether it is one vehicle under way, standing somewhere.
    free_from
        (k,) when it can go on from there, in seconds; NaN for those in no such place.
    loaded
        (k,) whether it takes deliveries that it has not on board only after a reload.
    at_depot
        (k,) whether it stands at a depot, and what it loads there is open.
    back
        (k,) whether it is back at its end depot, and goes again only if that pays.
    released
        (k,) until when clients must be released to be on its trip; inf: that is open.
    on_board
        (n,) position of the vehicle type that has the goods of a client on board; `NOBODY`: none.
    """

    num_depots: int
    origin: npt.NDArray[Any]
    stands: Bools
    free_from: Floats
    loaded: Bools
    at_depot: Bools
    back: Bools
    released: Floats
    on_board: Ints


@dataclass(frozen=True, eq=False, repr=False)
class LiveProblem(RoutingProblem):
    """What is left to do of a plan; made by `RoutingSolution.remaining`.

    Vehicles under way are vehicle types of their own: one vehicle, which starts where it stands,
    when it is free. Its ``fixed_cost`` is what it saves not to go straight to its end depot:
    below 0, since it goes there anyway. So the cost of a plan of this problem and `sunk_cost` are
    that of the whole day. What is not named below is as in `RoutingProblem`.

    Parameters
    ----------
    now
        The moment, in seconds.
    routes
        The plan as far as it is left: vehicle type and stops of each route, as positions. `solve`
        starts from it.
    sunk_cost
        What was spent until now, and what vehicles under way cost on their way home without
        another visit.
    done
        Visits made, or that may not change: columns ``client``, ``vehicle_type``, ``start``.
    state
        What is known of the vehicles.
    """

    now: float = field(default=-np.inf, kw_only=True)
    routes: tuple[tuple[int, tuple[int, ...]], ...] = field(default=(), kw_only=True)
    sunk_cost: float = field(default=0.0, kw_only=True)
    done: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict, kw_only=True)
    state: LiveState = field(kw_only=True)

    @property
    def history(self) -> Any:
        """Visits that are made or fixed, as a frame: client, vehicle, start of the service."""
        from flowopt.routing.moments import to_moments

        columns = {**self.done, "start": to_moments(self.done["start"], self.time_origin)}
        return make_frame(columns, self.backend)

    def plan(self) -> RoutingSolution:
        """Return the plan as far as it is left, new clients not in it; not checked."""
        stops = [list(route) for _, route in self.routes]
        return self.solution_from_routes(stops, [k for k, _ in self.routes])

    def _solve(self, run: Run) -> RoutingSolution:
        if run.options.initial is None and self.routes:
            run.options = replace(run.options, initial=self.plan())
        return super()._solve(run)


def state_of(problem: RoutingProblem) -> LiveState:
    """Return what is known of the vehicles of a problem; none is under way in most."""
    if isinstance(problem, LiveProblem):
        return problem.state
    k = problem.num_vehicle_types
    return LiveState(
        num_depots=problem.num_depots,
        origin=problem.vehicle_types.id,
        stands=np.zeros(k, dtype=np.bool_),
        free_from=np.full(k, np.nan),
        loaded=np.zeros(k, dtype=np.bool_),
        at_depot=np.zeros(k, dtype=np.bool_),
        back=np.zeros(k, dtype=np.bool_),
        released=np.full(k, np.inf),
        on_board=np.full(problem.num_clients, NOBODY),
    )
