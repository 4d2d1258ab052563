"""The arc formulation as one linear program by HiGHS: a flow of each block on each lane.

Commodities that start at one site and are alike are one flow (aggregated by source), which is
taken apart into paths in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.flow.multicommodity.generation import FloatArray, IndexArray, Routing
from flowopt.flow.multicommodity.layout import Layout, layout_of, starts
from flowopt.flow.multicommodity.pieces import joined, paths_of_block
from flowopt.flow.multicommodity.pipeline import answered, by_kind, explained, stopped
from flowopt.flow.multicommodity.warmup import load_path_kernels
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearModel

if TYPE_CHECKING:
    from flowopt.flow.multicommodity.problem import MultiCommodityProblem
    from flowopt.flow.multicommodity.solution import MultiCommoditySolution

NAME = "arc_lp"


def solve(problem: MultiCommodityProblem, run: Run) -> MultiCommoditySolution:
    """Solve a problem.

    Parameters
    ----------
    problem
        Sites, lanes, commodities.
    run
        The live options.
    """
    from flowopt.flow.multicommodity.check import lagrangian_bound

    limit = run.stopped()
    if limit:
        return stopped(problem, run, NAME, limit)
    run.discount(load_path_kernels())
    layout = layout_of(problem)
    program = _Program(layout)
    result = solve_linear(program.model(), run, presolve=False)
    details = {"simplex_iterations": result.iterations, "blocks": layout.num_blocks}
    if result.status is Status.INFEASIBLE:
        answer = explained(problem, layout, run, NAME, **details)
        return answer or stopped(problem, run, NAME, Limit.GAP, **details)
    if result.values is None:
        limit = result.limit or run.stopped() or Limit.TIME
        return stopped(problem, run, NAME, limit, **details)
    duals = np.zeros(0) if result.row_duals is None else result.row_duals
    price = np.zeros(len(layout.capacity))
    price[:] = np.maximum(0.0, -duals[: len(price)]) if len(duals) else 0.0
    bound = lagrangian_bound(problem, by_kind(problem, layout, price))
    routing = program.routing(result.values, price, bound)
    return answered(problem, layout, routing, run, NAME, None, **details)


class _Program:
    """The columns: flows of blocks on lanes, what seeds give, what demands leave unmet."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        cost = layout.lane_cost[layout.profile]
        self.block, self.lane = np.nonzero(np.isfinite(cost))
        self.flow_cost = cost[self.block, self.lane]
        self.seed_block = np.repeat(np.arange(layout.num_blocks), np.diff(layout.seed_start))
        self.demand_block = np.repeat(np.arange(layout.num_blocks), np.diff(layout.demand_start))
        self.soft = np.flatnonzero(np.isfinite(layout.unmet_cost))

    def model(self) -> LinearModel:
        """Return the program: rows of joint capacity, then a balance of each block and site."""
        from scipy.sparse import coo_array

        layout, flows, seeds = self.layout, len(self.lane), len(self.seed_block)
        rows, sites = len(layout.capacity), layout.num_sites
        row, column, use = self._uses()
        balance = rows + self.block * sites
        row += [balance + layout.target[self.lane], balance + layout.source[self.lane]]
        column += [np.arange(flows)] * 2
        use += [np.ones(flows), -np.ones(flows)]
        row.append(rows + self.seed_block * sites + layout.seed_site)
        column.append(flows + np.arange(seeds))
        use.append(np.ones(seeds))
        demand = rows + self.demand_block * sites + layout.demand_site
        row.append(demand[self.soft])
        column.append(flows + seeds + np.arange(len(self.soft)))
        use.append(np.ones(len(self.soft)))
        count = flows + seeds + len(self.soft)
        wanted = np.zeros(rows + layout.num_blocks * sites)
        np.add.at(wanted, demand, layout.quantity)
        entries = (np.concatenate(use), (np.concatenate(row), np.concatenate(column)))
        matrix = coo_array(entries, shape=(len(wanted), count)).tocsc()
        upper, lower = wanted.copy(), wanted
        upper[:rows], lower[:rows] = layout.capacity, -np.inf
        return LinearModel(
            np.concatenate([self.flow_cost, layout.seed_cost, layout.unmet_cost[self.soft]]),
            np.zeros(count),
            np.concatenate([np.full(flows + seeds, np.inf), layout.quantity[self.soft]]),
            matrix,
            lower,
            upper,
        )

    def _uses(self) -> tuple[list[IndexArray], list[IndexArray], list[FloatArray]]:
        """Return what the columns use of the rows of joint capacity."""
        layout, flows = self.layout, len(self.lane)
        per_lane = np.diff(layout.lane_row_start)[self.lane]
        column = np.repeat(np.arange(flows), per_lane)
        inside = np.arange(len(column)) - np.repeat(np.cumsum(per_lane) - per_lane, per_lane)
        row = layout.lane_row[layout.lane_row_start[self.lane[column]] + inside]
        own_block = np.repeat(np.arange(layout.num_blocks), np.diff(layout.own_start))
        lanes = max(1, len(layout.target))
        key = self.block * lanes + self.lane
        place = np.searchsorted(key, own_block * lanes + layout.own_lane)
        place = place.clip(max=max(0, flows - 1))
        there = np.zeros(len(place), dtype=np.bool_)
        if flows:
            there = key[place] == own_block * lanes + layout.own_lane
        seed = np.repeat(np.arange(len(self.seed_block)), np.diff(layout.seed_row_start))
        return (
            [row, layout.own_row[there], layout.seed_row],
            [column, place[there], flows + seed],
            [layout.size[self.block[column]], np.ones(int(there.sum())), layout.seed_use],
        )

    def routing(self, values: FloatArray, price: FloatArray, bound: float) -> Routing:
        """Return the flows of the blocks as paths.

        Parameters
        ----------
        values
            (n,) the columns.
        price
            (R,) prices of the rows.
        bound
            What they prove.
        """
        layout, flows, seeds = self.layout, len(self.lane), len(self.seed_block)
        unmet = np.zeros(len(layout.quantity))
        unmet[self.soft] = np.clip(values[flows + seeds :], 0.0, layout.quantity[self.soft])
        begin = starts(self.block, layout.num_blocks)
        parts = []
        for block in range(layout.num_blocks):
            columns = slice(begin[block], begin[block + 1])
            flow = np.zeros(len(layout.target))
            flow[self.lane[columns]] = np.maximum(values[columns], 0.0)
            given = np.zeros(layout.num_sites)
            ours = slice(layout.seed_start[block], layout.seed_start[block + 1])
            amounts = values[flows:][ours]
            np.add.at(given, layout.seed_site[ours], np.maximum(amounts, 0.0))
            parts.append(paths_of_block(layout, block, flow, given, unmet))
        return joined(layout, parts, unmet, price, bound)
