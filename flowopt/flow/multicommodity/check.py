"""Recomputes an answer from the problem alone: paths, limits, cost, and the bound of the prices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.report import Report, same
from flowopt.core.status import Status
from flowopt.flow.check import summed
from flowopt.flow.multicommodity.values import (
    FloatArray,
    IndexArray,
    JointPrices,
    MultiCommodityValues,
    lane_flows,
    path_of_lane,
    supplied,
    usage,
)

if TYPE_CHECKING:
    from flowopt.flow.multicommodity.problem import MultiCommodityProblem
    from flowopt.flow.multicommodity.solution import MultiCommoditySolution

_TOLERANCE = 1e-6  # of the larger of 1 and the numbers compared
_MOST_DISTANCES = 4_000_000  # held at once


def paths_cost(problem: MultiCommodityProblem, values: MultiCommodityValues) -> float:
    """Return the cost of an answer, summed exactly.

    Parameters
    ----------
    problem
        What was to be solved.
    values
        Its paths.
    """
    commodity, lane, flow = lane_flows(problem, values)
    costs = own_costs(problem, commodity, lane) + problem.handling_cost[problem.target[lane]]
    _, site, amount = supplied(problem, values)
    priced = values.unmet > 0  # a price of inf times 0 is no number
    terms = [
        costs * flow,
        problem.handling_cost[site] * amount,
        problem.unmet_cost[priced] * values.unmet[priced],
    ]
    return math.fsum(np.concatenate(terms).tolist())


def own_costs(
    problem: MultiCommodityProblem, commodity: IndexArray, lane: IndexArray
) -> FloatArray:
    """Return the cost of a unit of commodities on lanes.

    Parameters
    ----------
    problem
        What was to be solved.
    commodity, lane
        (n,) positions.
    """
    place = _own_rows(problem, commodity, lane)
    own = np.append(problem.own_cost, np.nan)[place]
    costs: FloatArray = np.where(np.isnan(own), problem.unit_cost[lane], own)
    return costs


def _own_rows(
    problem: MultiCommodityProblem, commodity: IndexArray, lane: IndexArray
) -> IndexArray:
    """Return the rows of `own_lane` of commodities on lanes, -1 where there is none."""
    lanes = max(1, problem.num_lanes)
    known = problem.own_commodity * lanes + problem.own_lane
    if not len(known):
        return np.full(len(lane), -1)
    order = np.argsort(known)
    key = commodity * lanes + lane
    place = np.searchsorted(known[order], key).clip(max=len(known) - 1)
    found: IndexArray = np.where(known[order][place] == key, order[place], -1)
    return found


def check_answer(problem: MultiCommodityProblem, solution: MultiCommoditySolution) -> Report:
    """Return what an answer breaks; empty when it holds, and is as good as its status says.

    Parameters
    ----------
    problem
        What was to be solved.
    solution
        Its answer; of one without values, the proof that there is none is checked.
    """
    report = Report()
    if solution.status is Status.INFEASIBLE and solution.relaxation is not None:
        proven = provably_unmet(problem, solution.relaxation.proof)
        if not proven > 0 or not same(proven, solution.relaxation.proven):
            stated = solution.relaxation.proven
            message = f"proves that {proven:.10g} must stay unmet, stated is {stated:.10g}"
            report.add("infeasibility", "proof", proven - stated, message)
    values = solution.values
    if values is None or not solution.status.has_solution:
        return report
    if not _whole(problem, values, report):
        return report
    _check_demand(problem, values, report)
    _check_limits(problem, values, report)
    cost = paths_cost(problem, values)
    if not same(cost, solution.cost):
        message = f"comes to {cost:.10g}, stated is {solution.cost:.10g}"
        report.add("cost", "total", cost - solution.cost, message)
    _check_bound(problem, solution, cost, report)
    return report


# ---- paths and limits


def _whole(problem: MultiCommodityProblem, values: MultiCommodityValues, report: Report) -> bool:
    """Check that all is finite, and that each path leads from its origin to its demand."""
    for name, array in (("path_flow", values.path_flow), ("unmet", values.unmet)):
        wrong = int((~(np.isfinite(array) & (array >= -_TOLERANCE))).sum())
        if wrong:
            report.add("finite", name, wrong, f"{wrong} values are not finite, or below 0")
    path, lane = path_of_lane(values), values.path_lane
    at = values.path_origin.copy()
    used = np.diff(values.path_start) > 0
    begin, end = values.path_start[:-1][used], values.path_start[1:][used] - 1
    broken = np.zeros(len(at), dtype=np.bool_)
    broken[used] = problem.source[lane[begin]] != at[used]
    breaks = (problem.target[lane[:-1]] != problem.source[lane[1:]]) & (path[:-1] == path[1:])
    broken[path[:-1][breaks]] = True
    at[used] = problem.target[lane[end]]
    broken |= at != problem.demand_site[values.path_demand]
    for wrong in np.flatnonzero(broken).tolist():
        name = problem.demand_name(int(values.path_demand[wrong]))
        message = "the lanes are no path from the origin to the demand"
        report.add("path", name, float(values.path_flow[wrong]), message)
    return report.ok


def _check_demand(
    problem: MultiCommodityProblem, values: MultiCommodityValues, report: Report
) -> None:
    served = summed(values.path_demand, values.path_flow, len(problem.demand))
    short = problem.demand - values.unmet - served
    for row in np.flatnonzero(np.abs(short) > _room(problem.demand)).tolist():
        message = f"{served[row]:.10g} arrives, {values.unmet[row]:.10g} is unmet"
        message += f", of {problem.demand[row]:.10g}"
        report.add("demand", problem.demand_name(row), abs(short[row]), message)
    allowed = np.where(np.isfinite(problem.unmet_cost), problem.demand, 0.0)
    _check_limit("unmet", values.unmet, allowed, problem.demand_name, report)


def _check_limits(
    problem: MultiCommodityProblem, values: MultiCommodityValues, report: Report
) -> None:
    used = usage(problem, values)
    site_name = problem.site_id.__getitem__
    for name, value, limit, naming in (
        ("capacity", used.lane, problem.capacity, problem.lane_name),
        ("group_capacity", used.group, problem.group_capacity, problem.group_id.__getitem__),
        ("site_capacity", used.site, problem.site_capacity, site_name),
        ("site_supply", used.site_supply, problem.site_supply, site_name),
    ):
        _check_limit(name, value, limit, naming, report)
    commodity, lane, flow = lane_flows(problem, values)
    own = np.append(problem.own_capacity, np.inf)[_own_rows(problem, commodity, lane)]

    def flow_name(row: int) -> str:
        return f"{problem.commodity_id[commodity[row]]} on {problem.lane_name(int(lane[row]))}"

    _check_limit("commodity_capacity", flow, own, flow_name, report)
    goods, site, amount = supplied(problem, values)
    given = np.zeros(len(goods))
    place = goods * problem.num_sites + site
    known = problem.supply_commodity * problem.num_sites + problem.supply_site
    row = np.searchsorted(place, known).clip(max=max(0, len(place) - 1))
    match = place[row] == known if len(place) else np.zeros(len(known), dtype=np.bool_)
    given[row[match]] = problem.supply[match]

    def supply_name(row: int) -> str:
        return f"{problem.commodity_id[goods[row]]} at {problem.site_id[site[row]]}"

    _check_limit("supply", amount, given, supply_name, report)


def _check_limit(
    constraint: str, value: FloatArray, limit: FloatArray, naming: object, report: Report
) -> None:
    for row in np.flatnonzero(value > limit + _room(limit)).tolist():
        message = f"{value[row]:.10g} is more than {limit[row]:.10g}"
        name = naming(row) if callable(naming) else row
        report.add(constraint, name, value[row] - limit[row], message)


def _room(limit: FloatArray) -> FloatArray:
    """Return by how much a limit may be passed."""
    room: FloatArray = _TOLERANCE * np.maximum(1.0, np.where(np.isfinite(limit), limit, 1.0))
    return room


# ---- the bound


def _check_bound(
    problem: MultiCommodityProblem, solution: MultiCommoditySolution, cost: float, report: Report
) -> None:
    stated = solution.bound
    if stated is None or solution.prices is None:
        if solution.status is Status.OPTIMAL:
            report.add("bound", "total", cost, "nothing proves that the cost is least")
        return
    proven = lagrangian_bound(problem, solution.prices)
    if proven < stated - _TOLERANCE * max(1.0, abs(stated)):
        message = f"the prices prove {proven:.10g} only, not {stated:.10g}"
        report.add("bound", "total", stated - proven, message)
    if solution.status is Status.OPTIMAL and not same(cost, proven):
        message = f"the prices prove {proven:.10g} only, the cost is {cost:.10g}"
        report.add("optimality", "total", cost - proven, message)


def lagrangian_bound(problem: MultiCommodityProblem, prices: JointPrices) -> float:
    r"""Return the lower bound on the cost that prices of the capacities prove.

    When each lane costs its price on top, no unit of demand :math:`d` can be served for less than
    its shortest path, or left unmet for less than its price; what is paid for capacities in all
    is at most their price:

    .. math:: \sum_d q_d \min(p_d, \text{dist}_d) - \sum_r \text{capacity}_r \, \text{price}_r

    (Ahuja, Magnanti, Orlin: Network Flows, 1993, section 17.4.)

    Parameters
    ----------
    problem
        What was to be solved.
    prices
        Any prices; those below 0 count as 0.
    """
    shortest = _distances(problem, prices, with_costs=True)
    return _bound(problem, prices, np.minimum(shortest, problem.unmet_cost))


def provably_unmet(problem: MultiCommodityProblem, prices: JointPrices) -> float:
    """Return how much demand must stay unmet, as prices of the capacities prove it.

    The metric inequality: with the prices as lengths, and a unit unmet at 1 (at 0 where demand has
    a price and may stay unmet), units of demand times
    their distances can be no more than the capacities times their lengths (Iri 1971; Onaga and
    Kakusho 1971).

    Parameters
    ----------
    problem
        What was to be solved.
    prices
        Any lengths; those below 0 count as 0.
    """
    shortest = _distances(problem, prices, with_costs=False)
    most = np.where(np.isinf(problem.unmet_cost), 1.0, 0.0)
    return _bound(problem, prices, np.minimum(shortest, most))


def _bound(problem: MultiCommodityProblem, prices: JointPrices, shortest: FloatArray) -> float:
    wanted = problem.demand > 0
    terms = [problem.demand[wanted] * shortest[wanted]]
    for price, capacity in (
        (prices.lane, problem.capacity),
        (prices.group, problem.group_capacity),
        (prices.site, problem.site_capacity),
        (prices.site_supply, problem.site_supply),
        (prices.own_lane, problem.own_capacity),
        (prices.supply, problem.supply),
    ):
        paid = price > 0
        terms.append(-price[paid] * capacity[paid])
    return math.fsum(np.concatenate(terms).tolist())


def _distances(problem: MultiCommodityProblem, prices: JointPrices, with_costs: bool) -> FloatArray:
    """Return what the cheapest unit of each demand costs at the prices, inf where none can come."""
    best = np.full(len(problem.demand), np.inf)
    handling = problem.handling_cost if with_costs else np.zeros(problem.num_sites)
    site = np.maximum(prices.site, 0.0) + np.maximum(prices.site_supply, 0.0)
    size = problem.size[problem.supply_commodity]
    seed = handling[problem.supply_site] + size * site[problem.supply_site]
    seed = seed + np.maximum(prices.supply, 0.0)
    shut = (problem.supply == 0) | (problem.site_supply[problem.supply_site] == 0)
    shut |= problem.site_capacity[problem.supply_site] == 0
    seed = np.where(shut, np.inf, seed)
    for goods, length in _alike(problem, prices, handling, with_costs):
        _add_distances(problem, goods, length, seed, best)
    return best


def _alike(
    problem: MultiCommodityProblem, prices: JointPrices, handling: FloatArray, with_costs: bool
) -> list[tuple[IndexArray, FloatArray]]:
    """Return the commodities for which lanes have the same lengths, with the lengths."""
    joint = np.maximum(prices.lane, 0.0) + np.maximum(prices.site, 0.0)[problem.target]
    np.add.at(joint, problem.member_lane, np.maximum(prices.group, 0.0)[problem.member_group])
    shut = (problem.capacity == 0) | (problem.site_capacity[problem.target] == 0)
    shut[problem.member_lane[problem.group_capacity[problem.member_group] == 0]] = True
    order = np.argsort(problem.own_commodity, kind="stable")
    begin = np.searchsorted(problem.own_commodity[order], np.arange(problem.num_commodities + 1))
    found: dict[tuple[float, bytes], list[int]] = {}
    lengths: dict[tuple[float, bytes], FloatArray] = {}
    usual = problem.unit_cost if with_costs else np.zeros(problem.num_lanes)
    wanted = np.unique(problem.demand_commodity[problem.demand > 0])
    for commodity in wanted.tolist():
        rows = order[begin[commodity] : begin[commodity + 1]]
        own = b""
        if len(rows) or (problem.size[commodity], own) not in lengths:
            length = usual + handling[problem.target] + problem.size[commodity] * joint
            lanes = problem.own_lane[rows]
            if with_costs:
                special = problem.own_cost[rows] - usual[lanes]
                length[lanes] += np.where(np.isnan(special), 0.0, special)
            length[lanes] += np.maximum(prices.own_lane[rows], 0.0)
            length[lanes[problem.own_capacity[rows] == 0]] = np.inf
            length[shut] = np.inf
            own = length.tobytes() if len(rows) else b""
            lengths[problem.size[commodity], own] = np.maximum(length, 0.0)
        found.setdefault((problem.size[commodity], own), []).append(commodity)
    return [(np.array(goods), lengths[key]) for key, goods in found.items()]


def _add_distances(
    problem: MultiCommodityProblem,
    goods: IndexArray,
    length: FloatArray,
    seed: FloatArray,
    best: FloatArray,
) -> None:
    """Lower `best` to the distances of the demand for some commodities, from all who give them."""
    from scipy.sparse.csgraph import dijkstra

    graph = _graph(problem, length)
    ours = np.zeros(problem.num_commodities, dtype=np.bool_)
    ours[goods] = True
    supply = np.flatnonzero(ours[problem.supply_commodity] & np.isfinite(seed))
    supply = supply[np.argsort(problem.supply_site[supply], kind="stable")]
    demand = np.flatnonzero(ours[problem.demand_commodity] & (problem.demand > 0))
    demand = demand[np.argsort(problem.demand_commodity[demand], kind="stable")]
    commodity = problem.demand_commodity[demand]
    origins = np.unique(problem.supply_site[supply])
    step = max(1, _MOST_DISTANCES // max(1, problem.num_sites))
    for begin in range(0, len(origins), step):
        some = origins[begin : begin + step]
        distance = dijkstra(graph, indices=some)
        sites = problem.supply_site[supply]
        rows = supply[(sites >= some[0]) & (sites <= some[-1])]
        first = np.searchsorted(commodity, problem.supply_commodity[rows])
        count = np.searchsorted(commodity, problem.supply_commodity[rows], side="right") - first
        pair = np.repeat(np.arange(len(rows)), count)
        inside = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        to = demand[np.repeat(first, count) + inside]
        at = np.searchsorted(some, problem.supply_site[rows])[pair]
        total = seed[rows][pair] + distance[at, problem.demand_site[to]]
        np.minimum.at(best, to, total)


def _graph(problem: MultiCommodityProblem, length: FloatArray) -> object:
    """Return the lengths as a sparse matrix, of parallel lanes the shortest."""
    from scipy.sparse import csr_array

    open_ = np.flatnonzero(np.isfinite(length))
    order = open_[np.lexsort((length[open_], problem.target[open_], problem.source[open_]))]
    source, target = problem.source[order], problem.target[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (source[1:] != source[:-1]) | (target[1:] != target[:-1])
    order = order[new]
    sites = problem.num_sites
    start = np.searchsorted(problem.source[order], np.arange(sites + 1))
    return csr_array((length[order], problem.target[order], start), shape=(sites, sites))
