"""The answer to a `MaxFlowProblem`: the flow, and the cut that limits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flowopt.core.report import Report
from flowopt.flow.explanation import LaneId
from flowopt.flow.named.base import FloatArray, Mask, NamedSolution
from flowopt.flow.named.chart import draw_bars
from flowopt.flow.named.max_flow.check import check_max_flow, cut_parts, throughput
from flowopt.flow.named.max_flow.problem import MaxFlowProblem


@dataclass(frozen=True, eq=False)
class MaxFlowValues:
    """The numbers of an answer.

    Parameters
    ----------
    flow
        (A,) flow on each lane, units per period; below 0 when it goes from target to source.
    supplied, delivered
        (N,) what each site gives and takes, units per period.
    entry_side, exit_side
        (N,) whether the way into each site, and the way out of it, lies on the sources' side of
        the cut; they differ where the cut goes through a site.
    """

    flow: FloatArray
    supplied: FloatArray
    delivered: FloatArray
    entry_side: Mask
    exit_side: Mask

    def __post_init__(self) -> None:
        for array in vars(self).values():
            array.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Cut:
    """What parts sources from sinks, in the caller's ids.

    Parameters
    ----------
    capacity
        The most that it lets through; units per period.
    lanes
        Lanes (source, target, mode) across it; all are full.
    site_capacities
        Sites whose own capacity is part of it.
    supplies, demands
        Sites whose supply, or demand, is part of it: all that they have is used.
    source_side, sink_side
        The sites on either side; one whose capacity is cut is on the sources' side.
    """

    capacity: float
    lanes: tuple[LaneId, ...]
    site_capacities: tuple[str | int, ...]
    supplies: tuple[str | int, ...]
    demands: tuple[str | int, ...]
    source_side: tuple[str | int, ...]
    sink_side: tuple[str | int, ...]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class MaxFlowSolution(NamedSolution[MaxFlowProblem, MaxFlowValues]):
    """How much goes from sources to sinks, over which lanes, and what stands in the way of more.

    `cost` is what is minimised: the flow with a minus sign.

    Examples
    --------
    >>> lanes = {"source": ["port", "port", "hub"], "target": ["hub", "city", "city"],
    ...          "capacity": [30, 10, 20]}
    >>> solution = MaxFlowProblem.from_frames(lanes, sources="port", sinks="city").solve()
    >>> cut = solution.cut
    >>> cut.capacity, cut.lanes, cut.sink_side
    (30.0, (('port', 'city', None), ('hub', 'city', None)), ('city',))
    """

    @property
    def value(self) -> float:
        """All that goes from sources to sinks, units per period."""
        return -self.cost + 0.0  # no minus before a zero

    @property
    def flow(self) -> FloatArray:
        """(A,) flow on each lane, units per period; below 0 when it goes from target to source."""
        return self._values().flow

    @property
    def supplied(self) -> FloatArray:
        """(N,) what each site gives, units per period."""
        return self._values().supplied

    @property
    def delivered(self) -> FloatArray:
        """(N,) what each site takes, units per period."""
        return self._values().delivered

    @property
    def cut(self) -> Cut:
        """The least cut nearest to the sources: to raise the flow, raise one of its parts."""
        problem, values = self.problem, self._values()
        parts = {name: mask for name, (mask, _) in cut_parts(problem, values).items()}

        def ids(mask: Mask) -> tuple[str | int, ...]:
            return tuple(problem.site_id[mask].tolist())

        return Cut(
            self.value,
            problem.lane_ids(np.flatnonzero(parts["lane"])),
            ids(parts["site"]),
            ids(parts["supply"]),
            ids(parts["demand"]),
            ids(values.entry_side),
            ids(~values.entry_side),
        )

    def tables(self) -> dict[str, dict[str, Any]]:
        """Return the tables "flows" (one row a lane), "sites", and "cut" (its lanes)."""
        problem, values = self.problem, self._values()
        flows = problem.lane_columns() | {"flow": values.flow, "capacity": problem.capacity}
        sites = {
            "site": problem.site_id,
            "supplied": values.supplied,
            "delivered": values.delivered,
            "through": throughput(problem, values),
            "capacity": problem.site_capacity,
            "side": np.where(values.entry_side, "source", "sink"),
            "is_cut": values.entry_side & ~values.exit_side,
        }
        lanes = np.flatnonzero(cut_parts(problem, values)["lane"][0])
        cut = problem.lane_columns(lanes) | {
            "flow": values.flow[lanes],
            "capacity": problem.capacity[lanes],
        }
        return {"flows": flows, "sites": sites, "cut": cut}

    def check(self) -> Report:
        """Recompute the flow, every limit, and that the cut lets no more through."""
        return check_max_flow(self.problem, self)

    def _figures(self) -> dict[str, Any]:
        lanes = int(np.count_nonzero(self.flow))
        return {"value": self.value, "lanes_used": lanes, "lanes_cut": len(self.cut.lanes)}

    def _draw(self, ax: Any) -> Any:
        names = [self.problem.lane_name(lane) for lane in range(self.problem.num_lanes)]
        return draw_bars(names, self.flow, "units per period", ax)
