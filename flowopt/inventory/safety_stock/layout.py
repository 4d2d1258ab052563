"""A problem on a grid as the arrays that the kernels of `kernels.messages` take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.grid import Grid
    from flowopt.inventory.safety_stock.problem import SafetyStockProblem

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Variables:
    """Which times are variables, and the edges between them; the same on every grid.

    Only stages that are supplied have an inbound service time to choose, only those that supply a
    service time: that of the others is best as long as it may be.

    Parameters
    ----------
    inbound, service
        (n,) variable of each stage's times, -1 where there is none.
    earlier, later
        (F,) variables at the ends of each edge; variables are numbered suppliers first.
    stage
        (F,) stage of each edge, -1 for a link.
    link
        (F,) link of each edge, -1 for a stage.
    incidence, first
        Edges at each variable, and where those of a variable begin.
    """

    inbound: Ints
    service: Ints
    earlier: Ints
    later: Ints
    stage: Ints
    link: Ints
    incidence: Ints
    first: Ints

    @property
    def count(self) -> int:
        """Number of variables."""
        return len(self.first) - 1


def variables_of(problem: SafetyStockProblem) -> Variables:
    """Return the variables of a problem.

    Parameters
    ----------
    problem
        The stages and their links.
    """
    num_stages = problem.num_stages
    supplied = np.bincount(problem.target, minlength=num_stages) > 0
    supplies = np.bincount(problem.source, minlength=num_stages) > 0
    order = np.array(problem.order, dtype=np.int64)
    wanted = np.stack([supplied[order], supplies[order]], axis=1)
    numbers = np.where(wanted, np.cumsum(wanted.ravel()).reshape(wanted.shape) - 1, -1)
    inbound, service = np.full(num_stages, -1), np.full(num_stages, -1)
    inbound[order], service[order] = numbers[:, 0], numbers[:, 1]
    both = order[supplied[order] & supplies[order]]
    links = np.arange(problem.links.num_rows)
    earlier = np.concatenate([inbound[both], service[problem.source]])
    later = np.concatenate([service[both], inbound[problem.target]])
    stage = np.concatenate([both, np.full(len(links), -1)])
    link = np.concatenate([np.full(len(both), -1), links])
    ends = np.concatenate([earlier, later])
    by_end = np.argsort(ends, kind="stable")
    first = np.searchsorted(ends[by_end], np.arange(int(wanted.sum()) + 1))
    incidence = by_end % max(1, len(earlier))
    return Variables(inbound, service, earlier, later, stage, link, incidence, first)


@dataclass(frozen=True)
class Layout:
    """The labels of all variables on a grid, or on a part of it, and what they cost.

    Parameters
    ----------
    low, high
        (V,) lowest and highest label of each variable, in ticks.
    offset
        (V + 1,) where the labels of each variable begin.
    unary
        (labels,) costs of the labels.
    edges
        (F, 6) see `kernels.messages.sweep`.
    table
        Costs of stages by their net replenishment time.
    constant
        Cost of stages without variables.
    """

    low: Ints
    high: Ints
    offset: Ints
    unary: Floats
    edges: Ints
    table: Floats
    constant: float

    @property
    def num_messages(self) -> tuple[int, int]:
        """Numbers of labels in all messages to later, and to earlier ends."""
        width = self.high - self.low + 1
        return int(width[self.edges[:, 1]].sum()), int(width[self.edges[:, 0]].sum())


def domains(problem: SafetyStockProblem, grid: Grid, variables: Variables) -> tuple[Ints, Ints]:
    """Return the lowest and highest labels that can be of use.

    Parameters
    ----------
    problem, grid, variables
        The problem, its times in ticks, and its variables.
    """
    inbound, service = grid.inbound.copy(), np.zeros(problem.num_stages, dtype=np.int64)
    shortest = grid.inbound.copy()
    np.maximum.at(shortest, problem.target, grid.lead_time)
    by_source = np.argsort(problem.source, kind="stable")
    first = np.searchsorted(problem.source[by_source], np.arange(problem.num_stages + 1))
    for stage in problem.order:
        service[stage] = min(grid.limit[stage], inbound[stage] + grid.stage_time[stage])
        for link in by_source[first[stage] : first[stage + 1]]:
            target = problem.target[link]
            inbound[target] = max(inbound[target], service[stage] + grid.lead_time[link])
    low, high = np.zeros(variables.count, np.int64), np.zeros(variables.count, np.int64)
    chosen, quoted = variables.inbound >= 0, variables.service >= 0
    low[variables.inbound[chosen]], high[variables.inbound[chosen]] = (
        shortest[chosen],
        inbound[chosen],
    )
    high[variables.service[quoted]] = service[quoted]
    return low, high


def layout_of(
    problem: SafetyStockProblem, grid: Grid, variables: Variables, low: Ints, high: Ints
) -> Layout:
    """Return the arrays for labels from `low` to `high`.

    Parameters
    ----------
    problem, grid, variables
        The problem, its times in ticks, and its variables.
    low, high
        (V,) labels.
    """
    width = high - low + 1
    offset = np.concatenate([[0], np.cumsum(width)])
    earlier, later = variables.earlier, variables.later
    is_stage = variables.stage >= 0
    gap = np.where(is_stage, 0, grid.lead_time[variables.link] if len(grid.lead_time) else 0)
    gap[is_stage] = grid.stage_time[variables.stage[is_stage]]
    gap = gap + low[earlier] - low[later]
    lengths = np.where(is_stage, width[earlier] + gap, 0)
    start = np.concatenate([[0], np.cumsum(lengths)])
    table = np.zeros(start[-1])
    for edge in np.flatnonzero(is_stage):
        ages = np.arange(lengths[edge])
        table[start[edge] : start[edge + 1]] = _costs(problem, grid, variables.stage[edge], ages)
    begin_down = np.concatenate([[0], np.cumsum(width[later])])[:-1]
    begin_up = np.concatenate([[0], np.cumsum(width[earlier])])[:-1]
    starts = np.where(is_stage, start[:-1], -1)
    edges = np.stack([earlier, later, starts, gap, begin_down, begin_up], axis=1)
    unary, constant = _unary(problem, grid, variables, low, offset)
    return Layout(low, high, offset, unary, np.ascontiguousarray(edges), table, constant)


def _costs(problem: SafetyStockProblem, grid: Grid, stage: int, net: Ints) -> Floats:
    """Return the costs of a stage for net replenishment times in ticks."""
    demand = problem.demand
    square = demand.spread[stage] ** 2 * grid.periods(net) + demand.time_spread[stage] ** 2
    return np.asarray(problem.holding_cost[stage] * np.sqrt(square))


def _unary(
    problem: SafetyStockProblem, grid: Grid, variables: Variables, low: Ints, offset: Ints
) -> tuple[Floats, float]:
    """Return the costs of labels of stages with one variable, and that of stages with none."""
    unary, constant = np.zeros(offset[-1]), 0.0
    for stage in range(problem.num_stages):
        one, other = variables.inbound[stage], variables.service[stage]
        if one >= 0 and other >= 0:
            continue
        time, limit = grid.stage_time[stage], grid.limit[stage]
        if other >= 0:
            labels = low[other] + np.arange(offset[other + 1] - offset[other])
            net = grid.inbound[stage] + time - labels
            unary[offset[other] : offset[other + 1]] = _costs(problem, grid, stage, net)
        elif one >= 0:
            labels = low[one] + np.arange(offset[one + 1] - offset[one])
            net = np.maximum(0, labels + time - limit)
            unary[offset[one] : offset[one + 1]] = _costs(problem, grid, stage, net)
        else:
            net = np.maximum(0, grid.inbound[stage : stage + 1] + time - limit)
            constant += float(_costs(problem, grid, stage, net)[0])
    return unary, constant
