"""The numbers of an answer to a `MultiCommodityProblem`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.flow.check import summed

if TYPE_CHECKING:
    from flowopt.flow.multicommodity.problem import MultiCommodityProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


def _seal(holder: object) -> None:
    for array in vars(holder).values():
        array.setflags(write=False)


@dataclass(frozen=True, eq=False)
class JointPrices:
    """What one more unit of each capacity is worth, 0 or more; 0 where there is no limit.

    Parameters
    ----------
    lane
        (A,) per unit of a lane's joint capacity.
    group
        (G,) per unit of a group's.
    site
        (N,) per unit of what may go through a site.
    site_supply
        (N,) per unit of what a site may give in all.
    own_lane
        (X,) per unit of what may flow of a commodity on a lane.
    supply
        (S,) per unit that a site may give of a commodity.
    """

    lane: FloatArray
    group: FloatArray
    site: FloatArray
    site_supply: FloatArray
    own_lane: FloatArray
    supply: FloatArray

    def __post_init__(self) -> None:
        _seal(self)


@dataclass(frozen=True, eq=False)
class MultiCommodityValues:
    """Paths, what flows on them, what stays unmet, and the prices that prove the bound.

    P paths, D rows of demand.

    Parameters
    ----------
    path_demand
        (P,) row of demand that each path serves.
    path_origin
        (P,) site where it begins.
    path_start, path_lane
        (P + 1,) and its lanes, from the origin on.
    path_flow
        (P,) units on it per period.
    unmet
        (D,) demand left unmet, units per period.
    """

    path_demand: IndexArray
    path_origin: IndexArray
    path_start: IndexArray
    path_lane: IndexArray
    path_flow: FloatArray
    unmet: FloatArray

    def __post_init__(self) -> None:
        _seal(self)


def path_of_lane(values: MultiCommodityValues) -> IndexArray:
    """Return the path to which each entry of `path_lane` belongs."""
    return np.repeat(np.arange(len(values.path_flow)), np.diff(values.path_start))


def lane_flows(
    problem: MultiCommodityProblem, values: MultiCommodityValues
) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Return commodity, lane and flow wherever a commodity flows, in their order.

    Parameters
    ----------
    problem
        Sites, lanes, commodities.
    values
        The paths.
    """
    path = path_of_lane(values)
    commodity = problem.demand_commodity[values.path_demand[path]]
    key = commodity * problem.num_lanes + values.path_lane
    found, place = np.unique(key, return_inverse=True)
    flow = summed(place, values.path_flow[path], len(found))
    lanes = max(1, problem.num_lanes)
    return found // lanes, found % lanes, flow


def supplied(
    problem: MultiCommodityProblem, values: MultiCommodityValues
) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Return commodity, site and amount wherever a commodity is given, in their order.

    Parameters
    ----------
    problem
        Sites, lanes, commodities.
    values
        The paths.
    """
    commodity = problem.demand_commodity[values.path_demand]
    key = commodity * problem.num_sites + values.path_origin
    found, place = np.unique(key, return_inverse=True)
    amount = summed(place, values.path_flow, len(found))
    sites = max(1, problem.num_sites)
    return found // sites, found % sites, amount


@dataclass(frozen=True, eq=False)
class Usage:
    """How much of each capacity is used.

    Parameters
    ----------
    lane
        (A,) joint capacity used of each lane.
    group
        (G,) of each group.
    site
        (N,) joint capacity that goes through each site.
    site_supply
        (N,) joint capacity that each site gives.
    """

    lane: FloatArray
    group: FloatArray
    site: FloatArray
    site_supply: FloatArray


def usage(problem: MultiCommodityProblem, values: MultiCommodityValues) -> Usage:
    """Return how much of each capacity the paths use.

    Parameters
    ----------
    problem
        Sites, lanes, commodities.
    values
        The paths.
    """
    size = problem.size[problem.demand_commodity[values.path_demand]] * values.path_flow
    lane = summed(values.path_lane, size[path_of_lane(values)], problem.num_lanes)
    given = summed(values.path_origin, size, problem.num_sites)
    group = summed(problem.member_group, lane[problem.member_lane], len(problem.group_id))
    through = summed(problem.target, lane, problem.num_sites) + given
    return Usage(lane, group, through, given)
