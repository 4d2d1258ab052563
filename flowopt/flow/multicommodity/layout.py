"""A problem as arrays for the engines: blocks of commodities, and rows of joint capacity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.flow.check import summed

if TYPE_CHECKING:
    from flowopt.flow.multicommodity.problem import MultiCommodityProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

KINDS = ("lane", "group", "site", "site_supply", "own_lane", "supply")
"""What a row of joint capacity belongs to: to a lane, a group, what goes through a site, what a
site gives in all, a row of `own_lane`, a row of `supply`."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Blocks, the ways in which they may flow, and the rows that limit them.

    N sites, A lanes, B blocks, D demands above 0, R rows. A block is all that is carried from one
    origin by commodities that are alike, or else one commodity.

    Parameters
    ----------
    source, target
        (A,) ends of the lanes.
    lane_cost
        (P, A) cost of a unit by profile, handling at the target included; inf where forbidden.
    profile, size
        (B,) the block's profile, and what a unit takes of joint capacity.
    lane_row_start, lane_row
        (A + 1,) and the rows that all blocks on a lane share.
    own_start, own_lane, own_row
        (B + 1,) and the lanes on which a block has a row of its own.
    seed_start, seed_site, seed_cost
        (B + 1,) and the sites that supply a block, and the cost of a unit there.
    seed_row_start, seed_row, seed_use
        (seeds + 1,) and the rows that a unit supplied there uses, and how much of them.
    demand_start, demand_row
        (B + 1,) and (D,) the rows of the problem's demand, in the order of the blocks.
    demand_site, quantity, unmet_cost
        (D,) columns of them.
    row_kind, row_item
        (R,) what a row belongs to: a position in `KINDS`, and one in that table.
    capacity
        (R,) most that a row takes.
    num_sites
        Number of sites.
    """

    source: IndexArray
    target: IndexArray
    lane_cost: FloatArray
    profile: IndexArray
    size: FloatArray
    lane_row_start: IndexArray
    lane_row: IndexArray
    own_start: IndexArray
    own_lane: IndexArray
    own_row: IndexArray
    seed_start: IndexArray
    seed_site: IndexArray
    seed_cost: FloatArray
    seed_row_start: IndexArray
    seed_row: IndexArray
    seed_use: FloatArray
    demand_start: IndexArray
    demand_row: IndexArray
    demand_site: IndexArray
    quantity: FloatArray
    unmet_cost: FloatArray
    row_kind: IndexArray
    row_item: IndexArray
    capacity: FloatArray
    num_sites: int

    @property
    def num_blocks(self) -> int:
        """Number of blocks."""
        return len(self.profile)

    def without_costs(self, unmet_cost: FloatArray) -> Layout:
        """Return the same ways at no cost, with prices of unmet demand.

        Parameters
        ----------
        unmet_cost
            (D,) price of one unit of each demand.
        """
        return replace(
            self,
            lane_cost=np.where(np.isfinite(self.lane_cost), 0.0, np.inf),
            seed_cost=np.zeros(len(self.seed_cost)),
            unmet_cost=unmet_cost,
        )


def layout_of(problem: MultiCommodityProblem) -> Layout:
    """Return the arrays of a problem.

    Parameters
    ----------
    problem
        What is to be solved.

    Examples
    --------
    Two commodities that start at site 0 are one block:

    >>> from flowopt.flow.multicommodity import MultiCommodityProblem
    >>> problem = MultiCommodityProblem.from_arrays(
    ...     [0, 0], [1, 2], capacity=[5, np.inf],
    ...     origin=[0, 0], destination=[1, 2], quantity=[4, 3])
    >>> layout = layout_of(problem)
    >>> layout.num_blocks, layout.capacity
    (1, array([5.]))
    """
    profile_of, lane_cost = _profiles(problem)
    limited = _own_limits(problem)
    block_of, num_blocks = _blocks(problem, profile_of, limited)
    rows = _Rows(problem, limited, block_of)
    first = np.full(num_blocks, -1)  # a commodity of each block
    used = block_of >= 0
    first[block_of[used][::-1]] = np.flatnonzero(used)[::-1]
    seeds = _seeds(problem, block_of, num_blocks, rows)
    wanted = np.flatnonzero(problem.demand > 0)
    of_block = block_of[problem.demand_commodity[wanted]]
    order = np.argsort(of_block, kind="stable")
    wanted, of_block = wanted[order], of_block[order]
    own = limited[np.argsort(block_of[problem.own_commodity[limited]], kind="stable")]
    own = own[block_of[problem.own_commodity[own]] >= 0]
    return Layout(
        source=problem.source,
        target=problem.target,
        lane_cost=lane_cost,
        profile=profile_of[first],
        size=problem.size[first],
        lane_row_start=rows.lane_row_start,
        lane_row=rows.lane_row,
        own_start=starts(block_of[problem.own_commodity[own]], num_blocks),
        own_lane=problem.own_lane[own],
        own_row=rows.of("own_lane", own),
        **seeds,
        demand_start=starts(of_block, num_blocks),
        demand_row=wanted,
        demand_site=problem.demand_site[wanted],
        quantity=problem.demand[wanted],
        unmet_cost=problem.unmet_cost[wanted],
        row_kind=rows.kind,
        row_item=rows.item,
        capacity=rows.capacity,
        num_sites=problem.num_sites,
    )


def starts(sorted_keys: IndexArray, count: int) -> IndexArray:
    """Return where each of `count` keys begins among sorted ones, and where the last ends."""
    found: IndexArray = np.searchsorted(sorted_keys, np.arange(count + 1)).astype(np.int64)
    return found


def _profiles(problem: MultiCommodityProblem) -> tuple[IndexArray, FloatArray]:
    """Return the profile of each commodity, and each profile's costs, inf where forbidden."""
    shut = problem.capacity == 0
    shut[problem.member_lane[problem.group_capacity[problem.member_group] == 0]] = True
    shut |= problem.site_capacity[problem.target] == 0
    usual = problem.unit_cost + problem.handling_cost[problem.target]
    usual = np.where(shut, np.inf, usual)
    profile_of = np.zeros(problem.num_commodities, dtype=np.int64)
    known, costs = {usual.tobytes(): 0}, [usual]
    own_order = np.argsort(problem.own_commodity, kind="stable")
    begin = starts(problem.own_commodity[own_order], problem.num_commodities)
    for commodity in np.flatnonzero(np.diff(begin)):
        rows = own_order[begin[commodity] : begin[commodity + 1]]
        lanes, cost = problem.own_lane[rows], usual.copy()
        handling = problem.handling_cost[problem.target[lanes]]
        special = problem.own_cost[rows] + handling
        cost[lanes] = np.where(np.isnan(special), cost[lanes], special)
        cost[lanes[problem.own_capacity[rows] == 0]] = np.inf
        cost[shut] = np.inf
        profile = known.setdefault(cost.tobytes(), len(costs))
        if profile == len(costs):
            costs.append(cost)
        profile_of[commodity] = profile
    return profile_of, np.array(costs)


def _own_limits(problem: MultiCommodityProblem) -> IndexArray:
    """Return the rows of `own_lane` that limit a commodity."""
    limit = problem.own_capacity
    return np.flatnonzero(np.isfinite(limit) & (limit > 0))


def _blocks(
    problem: MultiCommodityProblem, profile_of: IndexArray, limited: IndexArray
) -> tuple[IndexArray, int]:
    """Return the block of each commodity, -1 when nobody wants it, and their number."""
    goods = problem.num_commodities
    total = summed(problem.demand_commodity, problem.demand, goods)
    num_seeds = np.bincount(problem.supply_commodity, minlength=goods)
    origin, given = np.full(goods, -1), np.zeros(goods)
    origin[problem.supply_commodity] = problem.supply_site
    given[problem.supply_commodity] = problem.supply
    alike = (num_seeds == 1) & (given >= total)
    alike[problem.own_commodity[limited]] = False
    key = np.column_stack(
        [
            np.where(alike, -1, np.arange(goods)),
            np.where(alike, origin, -1),
            np.where(alike, profile_of, -1),
            np.where(alike, np.unique(problem.size, return_inverse=True)[1], -1),
        ]
    )
    block_of = np.full(goods, -1)
    wanted = total > 0
    found, block_of[wanted] = np.unique(key[wanted], axis=0, return_inverse=True)
    return block_of, len(found)


class _Rows:
    """The rows of joint capacity: those that have a limit, kind after kind."""

    def __init__(
        self, problem: MultiCommodityProblem, limited: IndexArray, block_of: IndexArray
    ) -> None:
        self.problem = problem
        goods = problem.num_commodities
        total = summed(problem.demand_commodity, problem.demand, goods)
        binds = problem.supply < total[problem.supply_commodity]
        limits = {
            "lane": problem.capacity,
            "group": problem.group_capacity,
            "site": problem.site_capacity,
            "site_supply": problem.site_supply,
            "own_lane": np.full(len(problem.own_lane), np.inf),
            "supply": np.where(binds, problem.supply, np.inf),
        }
        limits["own_lane"][limited] = problem.own_capacity[limited]
        self.first: dict[str, int] = {}
        self.place: dict[str, IndexArray] = {}
        kinds, items, capacities, count = [], [], [], 0
        for kind, name in enumerate(KINDS):
            limit = limits[name]
            found = np.flatnonzero(np.isfinite(limit) & (limit > 0))
            self.place[name] = np.full(len(limit), -1)
            self.place[name][found] = count + np.arange(len(found))
            kinds.append(np.full(len(found), kind))
            items.append(found)
            capacities.append(limit[found])
            count += len(found)
        self.kind, self.item = np.concatenate(kinds), np.concatenate(items)
        self.capacity = np.concatenate(capacities)
        self.lane_row_start, self.lane_row = self._rows_of_lanes()

    def of(self, kind: str, items: IndexArray) -> IndexArray:
        """Return the rows of items of a kind, -1 for those without a limit."""
        return self.place[kind][items]

    def _rows_of_lanes(self) -> tuple[IndexArray, IndexArray]:
        problem, every = self.problem, np.arange(self.problem.num_lanes)
        lane = np.concatenate([every, problem.member_lane, every])
        row = np.concatenate(
            [
                self.of("lane", every),
                self.of("group", problem.member_group),
                self.of("site", problem.target),
            ]
        )
        lane, row = lane[row >= 0], row[row >= 0]
        order = np.argsort(lane, kind="stable")
        return starts(lane[order], problem.num_lanes), row[order]


def _seeds(
    problem: MultiCommodityProblem, block_of: IndexArray, num_blocks: int, rows: _Rows
) -> dict[str, Any]:
    """Return the sites that supply each block, with the rows that a unit from there uses."""
    site = problem.supply_site
    block = block_of[problem.supply_commodity]
    shut = (problem.supply == 0) | (problem.site_supply[site] == 0)
    shut |= problem.site_capacity[site] == 0
    kept = np.flatnonzero((block >= 0) & ~shut)
    _, once = np.unique(np.column_stack([block[kept], site[kept]]), axis=0, return_index=True)
    seed = kept[once]  # in the order of blocks; commodities of one block share the site
    size = problem.size[problem.supply_commodity[seed]]
    row = np.column_stack(
        [
            rows.of("site", site[seed]),
            rows.of("site_supply", site[seed]),
            rows.of("supply", seed),
        ]
    )
    use = np.column_stack([size, size, np.ones(len(seed))])
    there = row >= 0
    return {
        "seed_start": starts(block[seed], num_blocks),
        "seed_site": site[seed],
        "seed_cost": problem.handling_cost[site[seed]],
        "seed_row_start": np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int64),
        "seed_row": row[there],
        "seed_use": use[there],
    }
