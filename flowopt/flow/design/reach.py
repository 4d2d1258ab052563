"""Which flows there can be at all, and how large each can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.flow.design.states import CLOSED

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]
_ROUNDS = 3  # of leaving out dead ends; what is left over does no harm


@dataclass(frozen=True, eq=False)
class Reach:
    """The flows that there can be.

    Parameters
    ----------
    lane, commodity, period
        (F,) what each flow is.
    most
        (F,) most that it can be: what is wanted behind it, what can come, what the lane carries.
    num_flows
        (A,) flows on each lane.
    """

    lane: IndexArray
    commodity: IndexArray
    period: IndexArray
    most: FloatArray
    num_flows: IndexArray

    def through(self, problem: DesignProblem) -> FloatArray:
        """Return the most that can go through each facility in one period, (N + A,)."""
        periods = len(problem.period_id)
        sites, lanes = problem.num_sites, problem.num_lanes
        key = problem.source[self.lane] * periods + self.period
        out = np.bincount(key, self.most, sites * periods).reshape(sites, periods)
        through = (out + problem.demand.sum(axis=1)).max(axis=1, initial=0.0)
        on_lane = np.bincount(self.lane * periods + self.period, self.most, lanes * periods)
        most = np.concatenate([through, on_lane.reshape(lanes, periods).max(axis=1, initial=0.0)])
        result: FloatArray = np.minimum(most, problem.demand.sum(axis=(0, 1)).max(initial=0.0))
        return result


def reach_of(problem: DesignProblem) -> Reach:
    """Return the flows that there can be.

    Parameters
    ----------
    problem
        What to look at.
    """
    lane, commodity = np.nonzero(_allowed(problem))
    periods = len(problem.period_id)
    lane, commodity = np.repeat(lane, periods), np.repeat(commodity, periods)
    period = np.tile(np.arange(periods), len(lane) // periods if periods else 0)
    most = _most(problem, lane, commodity, period)
    kept = most > 0
    lane, commodity, period, most = lane[kept], commodity[kept], period[kept], most[kept]
    counts = np.bincount(lane, minlength=problem.num_lanes)
    return Reach(lane, commodity, period, most, counts)


def _allowed(problem: DesignProblem) -> npt.NDArray[np.bool_]:
    """Return which lanes can carry which commodities, (A, K)."""
    shut = problem.site_states == CLOSED
    commodities = np.arange(len(problem.commodity_id))
    only = problem.lane_commodity[:, None]
    allowed: npt.NDArray[np.bool_] = allowed_lanes(problem)[:, None] & (
        (only < 0) | (only == commodities)
    )
    gives: npt.NDArray[np.bool_] = (problem.supply > 0) & ~shut[:, None]
    allowed = allowed & ~_returns(problem)
    takes: npt.NDArray[np.bool_] = problem.demand.max(axis=2, initial=0.0) > 0
    for _ in range(_ROUNDS):
        come, go = gives.copy(), takes.copy()
        lane, commodity = np.nonzero(allowed)
        come[problem.target[lane], commodity] = True
        go[problem.source[lane], commodity] = True
        live = allowed & come[problem.source] & go[problem.target]
        if live.sum() == allowed.sum():
            break
        allowed = live
    return allowed


def _returns(problem: DesignProblem) -> npt.NDArray[np.bool_]:
    """Return which flows only go round, (A, K): to where all is given, on from where all is taken.

    Where some least must flow they may be wanted for that.
    """
    if problem.min_flow.any() or problem.min_throughput.any():
        return np.zeros((problem.num_lanes, len(problem.commodity_id)), dtype=np.bool_)
    wanted = problem.demand.sum(axis=0).max(axis=1, initial=0.0)
    gives_all = (problem.supply >= wanted) & np.isinf(problem.joint_supply)[:, None]
    takes: npt.NDArray[np.bool_] = problem.demand.max(axis=2, initial=0.0) > 0
    takes_all = takes & (takes.sum(axis=0) == 1) & ~problem.supply.astype(np.bool_)
    result: npt.NDArray[np.bool_] = gives_all[problem.target] | takes_all[problem.source]
    return result


def allowed_lanes(problem: DesignProblem) -> npt.NDArray[np.bool_]:
    """Return the lanes that are not closed, too long or too slow, and whose ends are not closed.

    Parameters
    ----------
    problem
        What to look at.
    """
    shut = problem.site_states == CLOSED
    allowed = (problem.lane_states != CLOSED) & ~shut[problem.source] & ~shut[problem.target]
    allowed &= problem.distance <= problem.max_distance[problem.target]
    result: npt.NDArray[np.bool_] = allowed & (
        problem.lead_time <= problem.max_lead_time[problem.target]
    )
    return result


def _most(
    problem: DesignProblem, lane: IndexArray, commodity: IndexArray, period: IndexArray
) -> FloatArray:
    """Return the most that each flow can be."""
    source, target = problem.source[lane], problem.target[lane]
    wanted = problem.demand.sum(axis=0)[commodity, period]
    passes = np.zeros((problem.num_sites, len(problem.commodity_id)), dtype=np.bool_)
    passes[source, commodity] = True
    ends = ~passes[target, commodity]
    most = np.where(ends, problem.demand[target, commodity, period], wanted)
    entered = np.zeros_like(passes)
    entered[target, commodity] = True
    begins = ~entered[source, commodity]
    most = np.where(begins, np.minimum(most, problem.supply[source, commodity]), most)
    capacity = np.concatenate([problem.site_capacity, problem.capacity])
    capacity[problem.module_on] = np.inf  # more can be bought
    for facility in (source, target, problem.num_sites + lane):
        most = np.minimum(most, capacity[facility])
    result: FloatArray = most
    return result
