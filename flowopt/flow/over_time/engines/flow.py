"""Flow over time as a minimum-cost flow of the time-expanded network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.options import Run
from flowopt.flow.over_time.check import plan_cost
from flowopt.flow.over_time.problem import FlowOverTimeProblem
from flowopt.flow.over_time.solution import FlowOverTimeSolution
from flowopt.flow.over_time.values import FlowOverTimeValues
from flowopt.flow.problem import FlowProblem
from flowopt.flow.solve import solve as solve_flow
from flowopt.network.over_time import LANE, STOCK

if TYPE_CHECKING:
    from flowopt.flow.solution import FlowSolution
    from flowopt.network.over_time import TimeExpandedNetwork


def solve(problem: FlowOverTimeProblem, run: Run) -> FlowOverTimeSolution:
    """Solve a problem as one minimum-cost flow.

    Parameters
    ----------
    problem
        Sites and lanes over periods.
    run
        The live options.
    """
    flow = solve_flow(as_flow(problem), run)
    if not flow.status.has_solution:
        outcome, why = flow.outcome, flow.explanation
        return FlowOverTimeSolution(problem=problem, outcome=outcome, explanation=why)
    values = _values(problem.expanded, flow)
    cost = plan_cost(problem, values)
    outcome = run.outcome(
        flow.status, flow.engine, cost=cost, bound=cost, limit=flow.limit, **flow.outcome.details
    )
    return FlowOverTimeSolution(problem=problem, outcome=outcome, values=values)


def as_flow(problem: FlowOverTimeProblem) -> FlowProblem:
    """Return the minimum-cost flow over nodes of sites and periods.

    Stock at the start and what is on its way come from nodes of their own, which must give all they
    have. The end takes any stock that is left: its demand is more than there can be, and free to
    leave unmet.

    Parameters
    ----------
    problem
        Sites and lanes over periods.
    """
    network = problem.expanded
    arcs, (sites, periods) = network.arcs, network.demand.shape
    hold = np.arange(sites * periods).reshape(sites, periods)
    opening = np.flatnonzero(network.opening_stock > 0)
    site, period = np.nonzero(network.receipts > 0)
    fixed = np.concatenate([network.opening_stock[opening], network.receipts[site, period]])
    enters = np.concatenate([hold[opening, 0], arcs.entry[site, period]])
    nodes = arcs.num_nodes + len(fixed)
    supply, demand, unused = np.zeros(nodes), np.zeros(nodes), np.zeros(nodes)
    unmet = np.full(nodes, np.inf)
    supply[arcs.entry] = network.supply
    demand[hold], unmet[hold] = network.demand, problem.unmet_cost
    supply[arcs.num_nodes :], unused[arcs.num_nodes :] = fixed, np.inf
    forced = fixed.sum() + network.min_flow.sum() + network.final_stock.sum()
    demand[arcs.end], unmet[arcs.end] = np.ceil(1.0 + forced), 0.0
    none = np.zeros(len(fixed))
    return FlowProblem.from_arrays(
        np.concatenate([arcs.source, arcs.num_nodes + np.arange(len(fixed))]),
        np.concatenate([arcs.target, enters]),
        capacity=np.concatenate([arcs.capacity, fixed]),
        unit_cost=np.concatenate([arcs.unit_cost, none]),
        min_flow=np.concatenate([arcs.min_flow, none]),
        supply=supply,
        demand=demand,
        unmet_cost=unmet,
        unused_cost=unused,
        site_id=_names(network, len(opening), site, period, opening),
    )


def _names(
    network: TimeExpandedNetwork,
    num_opening: int,
    site: np.ndarray,
    period: np.ndarray,
    opening: np.ndarray,
) -> np.ndarray:
    """Return a name for each node, by which an explanation names sites and periods."""
    sites, periods = network.site_id.tolist(), network.period_id.tolist()
    every = [f"{name} in {when}" for name in sites for when in periods]
    names = np.array([*every, *[""] * (network.arcs.num_nodes - len(every))], dtype=object)
    hold = np.arange(len(every)).reshape(len(sites), len(periods))
    apart = network.arcs.entry != hold
    names[network.arcs.entry[apart]] = [f"{name}, inbound" for name in names[hold[apart]]]
    names[network.arcs.end] = "stock at the end"
    fixed = [f"opening stock of {sites[place]}" for place in opening]
    ends = zip(site.tolist(), period.tolist(), strict=True)
    fixed += [f"receipt of {sites[place]} in {periods[when]}" for place, when in ends]
    labels = np.array([*names.tolist(), *fixed])
    return labels if len(np.unique(labels)) == len(labels) else np.arange(len(labels))


def _values(network: TimeExpandedNetwork, solution: FlowSolution) -> FlowOverTimeValues:
    arcs, shape = network.arcs, network.demand.shape
    hold = np.arange(network.demand.size).reshape(shape)
    carried = solution.flow[: len(arcs.source)]
    flow = np.zeros((network.num_lanes, network.num_periods))
    stock = np.zeros(shape)
    for kind, grid in ((LANE, flow), (STOCK, stock)):
        rows = arcs.kind == kind
        grid[arcs.place[rows], arcs.period[rows]] = carried[rows]
    price = solution.prices
    return FlowOverTimeValues(
        flow,
        solution.supplied[arcs.entry],
        solution.unmet[hold],
        stock,
        price[hold],
        price[arcs.entry],
    )
