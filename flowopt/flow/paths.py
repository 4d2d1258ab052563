"""A flow as paths from those who give to those who take, and what it costs to serve each of these.

Paths are one way among many to tell who is served by whom. The cost to serve does not hang on it:
goods that meet at a site are mixed, and each unit that leaves it carries the average of their cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.flow.check import passing, summed

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem
    from flowopt.flow.solution import FlowValues

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

_NOISE = 2.0**-43  # of what passes through a site: less is left over by rounding


@dataclass(frozen=True, eq=False)
class Paths:
    """Paths, and cycles, that add up to a flow.

    Parameters
    ----------
    first, last
        (P,) sites where each begins and ends; a cycle ends where it begins.
    amount
        (P,) what takes it, units per period.
    offsets, lanes
        (P + 1,) and (L,): path p takes ``lanes[offsets[p] : offsets[p + 1]]``, in this order.
    straight
        (A,) what each lane carries that is not on a cycle, whichever way it goes.
    """

    first: IndexArray
    last: IndexArray
    amount: FloatArray
    offsets: IndexArray
    lanes: IndexArray
    straight: FloatArray

    @property
    def num_lanes(self) -> IndexArray:
        """(P,) number of lanes of each; 0 where a site takes what it gives itself."""
        return np.diff(self.offsets)

    @property
    def is_cycle(self) -> npt.NDArray[np.bool_]:
        """(P,) which are cycles: goods that go round without being taken by anyone."""
        cycle: npt.NDArray[np.bool_] = (self.first == self.last) & (self.num_lanes > 0)
        return cycle

    def per_path(self, values: FloatArray) -> FloatArray:
        """Return the sums of what each lane of each path has.

        Parameters
        ----------
        values
            (L,) a value for each lane of each path.
        """
        path = np.repeat(np.arange(len(self.amount)), self.num_lanes)
        return summed(path, values, len(self.amount))


def _directed(
    problem: FlowProblem, values: FlowValues
) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Return from where to where each lane carries how much."""
    turned = values.flow < 0
    source = np.where(turned, problem.target, problem.source)
    target = np.where(turned, problem.source, problem.target)
    return source, target, np.abs(values.flow)


def decomposition(problem: FlowProblem, values: FlowValues) -> Paths:
    """Return the paths and cycles of a flow, at most as many as lanes and sites that carry it.

    Parameters
    ----------
    problem
        Sites and lanes.
    values
        The answer.
    """
    from flowopt.flow.kernels.decomposition import cancel_cycles, follow_paths
    from flowopt.flow.kernels.residual import forward_star

    source, target, flow = _directed(problem, values)
    star = *forward_star(source, problem.num_sites), source, target
    noise, flow = _without_noise(problem, values, source, target, flow)
    around, circling, ends, cycle_lanes = cancel_cycles(*star, flow)
    straight = flow.copy()
    given, taken = values.supplied.copy(), problem.demand - values.unmet
    first, last, amount, offsets, lanes = follow_paths(*star, flow, given, taken, noise)
    return Paths(
        np.concatenate([first, around]),
        np.concatenate([last, around]),
        np.concatenate([amount, circling]),
        np.concatenate([offsets, offsets[-1] + ends[1:]]),
        np.concatenate([lanes, cycle_lanes]),
        straight,
    )


def _without_noise(
    problem: FlowProblem,
    values: FlowValues,
    source: IndexArray,
    target: IndexArray,
    flow: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return what rounding may leave over at each site, and the flow of lanes that carry more."""
    inflow, outflow = passing(problem, values.flow)
    taken = problem.demand - values.unmet
    noise = _NOISE * np.maximum(inflow + values.supplied, outflow + taken)
    quantities = (flow, values.supplied, taken)
    if all((numbers == np.rint(numbers)).all() for numbers in quantities):
        noise = np.zeros(problem.num_sites)  # whole numbers are subtracted without rounding
    return noise, np.where(flow > np.maximum(noise[source], noise[target]), flow, 0.0)


def path_tables(
    problem: FlowProblem, values: FlowValues, paths: Paths
) -> dict[str, dict[str, Any]]:
    """Return the tables "paths" (a row each) and "path_lanes" (a row for each lane of each).

    Parameters
    ----------
    problem
        Sites and lanes.
    values
        The answer.
    paths
        Its paths.
    """
    lanes = paths.lanes
    source, target, _ = _directed(problem, values)
    number = np.arange(len(paths.amount))
    unit_cost = paths.per_path(problem.unit_cost[lanes] + problem.handling_cost[target[lanes]])
    unit_cost += np.where(paths.is_cycle, 0.0, problem.handling_cost[paths.first])
    unknown = np.full(problem.num_lanes, np.nan)
    lead_time = unknown if problem.lead_time is None else problem.lead_time
    path = np.repeat(number, paths.num_lanes)
    mode = {} if problem.mode is None else {"mode": problem.mode[lanes]}
    return {
        "paths": {
            "path": number,
            "kind": np.where(paths.is_cycle, "cycle", "path"),
            "source": problem.site_id[paths.first],
            "target": problem.site_id[paths.last],
            "amount": paths.amount,
            "num_lanes": paths.num_lanes,
            "unit_cost": unit_cost,
            "cost": unit_cost * paths.amount,
            "lead_time": paths.per_path(lead_time[lanes]),
        },
        "path_lanes": {
            "path": path,
            "position": np.arange(len(lanes)) - paths.offsets[path],
            "source": problem.site_id[source[lanes]],
            "target": problem.site_id[target[lanes]],
            **mode,
            "lane": lanes,
            "amount": paths.amount[path],
        },
    }


def cost_to_serve(problem: FlowProblem, values: FlowValues, paths: Paths) -> dict[str, Any]:
    """Return the table "cost_to_serve": a row for each site with demand; the costs add up to all.

    What no customer causes (supply left unused, cycles) is shared by what each is served, or, where
    none is served, wants.

    Parameters
    ----------
    problem
        Sites and lanes.
    values
        The answer.
    paths
        Its paths.
    """
    cycles = _on_cycles(problem, paths)
    rates = _rates(problem, values, paths.straight)
    rows = np.flatnonzero(problem.demand > 0)
    served = (problem.demand - values.unmet)[rows]
    missed = values.unmet[rows] > 0
    unmet_cost = np.zeros(len(rows))
    unmet_cost[missed] = problem.unmet_cost[rows[missed]] * values.unmet[rows[missed]]
    share = served if served.any() else problem.demand[rows]
    common = _common_cost(problem, values, cycles) * share / (share.sum() or 1.0)
    transport, handling = rates[0, rows] * served, rates[1, rows] * served
    cost = transport + handling + unmet_cost + common
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(served > 0, cost / served, np.nan)
    times = {} if problem.lead_time is None else {"lead_time": rates[2, rows]}
    return {
        "site": problem.site_id[rows],
        "served": served,
        "unmet": values.unmet[rows],
        "transport_cost": transport,
        "handling_cost": handling,
        "unmet_cost": unmet_cost,
        "common_cost": common,
        "cost": cost,
        "unit_cost": each,
        **times,
    }


def _on_cycles(problem: FlowProblem, paths: Paths) -> FloatArray:
    """Return what each lane carries on cycles."""
    on_cycle = np.repeat(paths.is_cycle, paths.num_lanes)
    amount = np.repeat(paths.amount, paths.num_lanes)[on_cycle]
    return summed(paths.lanes[on_cycle], amount, problem.num_lanes)


def _rates(problem: FlowProblem, values: FlowValues, flow: FloatArray) -> FloatArray:
    """Return what a unit leaving each site has cost: transport, handling, lead time if known."""
    from flowopt.flow.kernels.decomposition import mixed_rates
    from flowopt.flow.kernels.residual import forward_star

    source, target, _ = _directed(problem, values)
    start, order = forward_star(source, problem.num_sites)
    no_lane, no_site = np.zeros(problem.num_lanes), np.zeros(problem.num_sites)
    lane_rates, site_rates = [problem.unit_cost, no_lane], [no_site, problem.handling_cost]
    if problem.lead_time is not None:
        lane_rates.append(problem.lead_time)
        site_rates.append(no_site)
    return mixed_rates(
        start, order, target, flow, values.supplied, np.array(lane_rates), np.array(site_rates)
    )


def _common_cost(problem: FlowProblem, values: FlowValues, cycles: FloatArray) -> float:
    """Return the cost that no customer causes: that of cycles and of unused supply."""
    _, target, _ = _directed(problem, values)
    priced = np.isfinite(problem.unused_cost) & (problem.unused_cost > 0)
    unused = problem.unused_cost[priced] @ (problem.supply - values.supplied)[priced]
    return float(cycles @ (problem.unit_cost + problem.handling_cost[target]) + unused)
