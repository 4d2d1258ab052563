"""Rebalancing as a mixed-integer model of arrays.

Its columns are the packs (or units) of each pair, what each row of the stock is short and over, and
whether each lane with a fixed cost or a minimum is used. Its rows say what a site may give, what is
short and over, and what a lane carries.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.planning.rebalancing.engines.answer import answer
from flowopt.planning.rebalancing.engines.first_plan import first_plan
from flowopt.planning.rebalancing.outcome import balance, costs
from flowopt.solvers.linear import LinearModel, LinearResult

if TYPE_CHECKING:
    from flowopt.planning.rebalancing.problem import RebalancingProblem
    from flowopt.planning.rebalancing.solution import RebalancingSolution

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

_DUST = 1e-9  # of a pack
_SHARE_OF_FIRST_PLAN = 0.3  # of the time, at most
_SECONDS_PER_PAIR = 1e-6  # to write the model and to hand it over


def solve_model(
    problem: RebalancingProblem,
    run: Run,
    name: str,
    solver: Callable[[RebalancingModel, Floats], LinearResult],
) -> RebalancingSolution:
    """Solve a problem by branch and bound, from a first plan, which is the answer at worst.

    Where the time is too short to write the model, it all goes to the first plan.

    Parameters
    ----------
    problem
        Stock and lanes.
    run
        The live options.
    name
        Name of the solver.
    solver
        The model and the values of a first plan → what the solver says of it.
    """
    run.report()
    if run.stopped():
        return answer(problem, run, name, None, Status.FEASIBLE, run.stopped(), None)
    share = _SHARE_OF_FIRST_PLAN
    in_time = (1 - share) * run.remaining() >= _SECONDS_PER_PAIR * len(problem.pairs)
    plan = first_plan(problem, run, share if in_time else 1.0)
    if run.stopped() or not in_time:
        limit = run.stopped() or Limit.TIME
        return answer(problem, run, name, plan, Status.FEASIBLE, limit, None)
    built = RebalancingModel(problem)
    result = solver(built, built.values(plan))
    status, quantity = result.status, plan
    if result.values is not None:
        found = built.quantity(result.values)
        if status is Status.OPTIMAL or _cost(problem, found) <= _cost(problem, plan):
            quantity = found
    status = status if status.has_solution else Status.FEASIBLE
    return answer(problem, run, name, quantity, status, result.limit, result.bound)


def _cost(problem: RebalancingProblem, quantity: Floats) -> float:
    return sum(costs(problem, quantity).values())


class RebalancingModel:
    """The model of a problem, and the meaning of its columns.

    Parameters
    ----------
    problem
        Stock and lanes.
    """

    def __init__(self, problem: RebalancingProblem) -> None:
        self.problem, pairs, lanes = problem, problem.pairs, problem.lanes
        self._whole = pairs.pack_size > 0
        self._unit = np.where(self._whole, pairs.pack_size, 1.0)
        most = np.minimum(problem.available[pairs.giver], lanes["capacity"][pairs.lane])
        most = most / self._unit
        self._most: Floats = np.where(self._whole, np.floor(most + _DUST), most)
        self.touched = np.unique(np.concatenate([pairs.giver, pairs.taker]))
        carrying = np.bincount(pairs.lane, minlength=lanes.num_rows) > 0
        decided = (lanes["fixed_cost"] > 0) | (lanes["min_transfer"] > 0)
        self.decided = np.flatnonzero(decided & carrying)
        shared = np.isfinite(lanes["capacity"]) & problem.lane_of_several & ~decided
        self.shared = np.flatnonzero(shared)

    @cached_property
    def linear(self) -> LinearModel:
        """The model as arrays."""
        stock, lanes, pairs = self.problem.stock, self.problem.lanes, self.problem.pairs
        count, rows, used = len(pairs), len(self.touched), len(self.decided)
        blocks = [*self._stock_rows(), *self._lane_rows()]
        offsets = np.cumsum([0, *(len(low) for _, _, _, low, _ in blocks)])
        places = [row + offset for (row, *_), offset in zip(blocks, offsets[:-1], strict=True)]
        columns, values = (np.concatenate([block[k] for block in blocks]) for k in (1, 2))
        low, high = (np.concatenate([block[k] for block in blocks]) for k in (3, 4))
        gap = stock["target"] - stock["on_hand"]
        idle = np.ones(stock.num_rows, dtype=np.bool_)
        idle[self.touched] = False
        idle_cost = stock["shortage_cost"] * np.maximum(gap, 0.0)
        idle_cost += stock["surplus_cost"] * np.maximum(-gap, 0.0)
        size = count + 2 * rows + used
        return LinearModel(
            cost=np.concatenate(
                [
                    lanes["unit_cost"][pairs.lane] * self._unit,
                    stock["shortage_cost"][self.touched],
                    stock["surplus_cost"][self.touched],
                    lanes["fixed_cost"][self.decided],
                ]
            ),
            lower=np.zeros(size),
            upper=np.concatenate([self._most, np.full(2 * rows, np.inf), np.ones(used)]),
            matrix=csc_array(
                (values, (np.concatenate(places), columns)), shape=(int(offsets[-1]), size)
            ),
            row_lower=low,
            row_upper=high,
            integer=np.concatenate(
                [self._whole, np.zeros(2 * rows, dtype=np.bool_), np.ones(used, dtype=np.bool_)]
            ),
            offset=float(idle_cost[idle].sum()),
        )

    def values(self, quantity: Floats) -> Floats:
        """Return the values of the columns that a plan means.

        Parameters
        ----------
        quantity
            (K,) units of each pair.
        """
        now, lanes = balance(self.problem, quantity), self.problem.lanes
        sent = np.bincount(self.problem.pairs.lane, quantity, lanes.num_rows)
        used = (sent[self.decided] > 0).astype(np.float64)
        short, over = now.shortage[self.touched], now.surplus[self.touched]
        return np.concatenate([quantity / self._unit, short, over, used])

    def quantity(self, values: Floats) -> Floats:
        """Return the units of each pair; nothing on a lane that is not used.

        Parameters
        ----------
        values
            Of the columns.
        """
        pairs = self.problem.pairs
        packs = values[: len(pairs)]
        packs = np.maximum(np.where(self._whole, np.rint(packs), packs), 0.0)
        running = np.ones(self.problem.lanes.num_rows, dtype=np.bool_)
        if len(self.decided):
            running[self.decided] = values[-len(self.decided) :] > 0.5
        quantity: Floats = np.where(running[pairs.lane], packs * self._unit, 0.0)
        return quantity

    def _stock_rows(self) -> list[tuple[Any, ...]]:
        """Return (row, column, value, low, high) of what sites give, and of what is short there."""
        problem, pairs = self.problem, self.problem.pairs
        count, rows = len(pairs), len(self.touched)
        givers, giver = np.unique(pairs.giver, return_inverse=True)
        free = np.full(len(givers), -np.inf)
        gives = (giver, np.arange(count), self._unit, free, problem.available[givers])
        place = np.zeros(problem.stock.num_rows, dtype=np.int64)
        place[self.touched] = np.arange(rows)
        each = np.arange(rows)
        gap = (problem.stock["target"] - problem.stock["on_hand"])[self.touched]
        balance = (
            np.concatenate([place[pairs.taker], place[pairs.giver], each, each]),
            np.concatenate([np.tile(np.arange(count), 2), count + each, count + rows + each]),
            np.concatenate([self._unit, -self._unit, np.ones(rows), -np.ones(rows)]),
            gap,
            gap,
        )
        return [gives, balance]

    def _lane_rows(self) -> list[tuple[Any, ...]]:
        """Return (row, column, value, low, high) of shared lanes and of those that are decided."""
        pairs, lanes = self.problem.pairs, self.problem.lanes
        place = np.full(lanes.num_rows, -1)
        place[self.shared] = np.arange(len(self.shared))
        on = np.flatnonzero(place[pairs.lane] >= 0)
        free = np.full(len(self.shared), -np.inf)
        room = lanes["capacity"][self.shared]
        blocks = [(place[pairs.lane[on]], on, self._unit[on], free, room)]
        place[:] = -1
        place[self.decided] = np.arange(len(self.decided))
        on = np.flatnonzero(place[pairs.lane] >= 0)
        lane, used = place[pairs.lane[on]], np.arange(len(self.decided))
        switch = len(pairs) + 2 * len(self.touched)
        most = self._most * self._unit
        total = np.bincount(pairs.lane, most, lanes.num_rows)[self.decided]
        room = np.minimum(lanes["capacity"][self.decided], total)
        both = np.concatenate([lane, used]), np.concatenate([on, switch + used])
        for limit, low, high in (
            (room, -np.inf, 0.0),
            (lanes["min_transfer"][self.decided], 0.0, np.inf),
        ):
            values = np.concatenate([self._unit[on], -limit])
            ends = np.full(len(used), low), np.full(len(used), high)
            blocks.append((*both, values, *ends))
        own = np.arange(len(on))  # tighter than their sum: no pair without its lane
        values = np.concatenate([self._unit[on], -most[on]])
        places = np.concatenate([own, own]), np.concatenate([on, switch + lane])
        blocks.append((*places, values, np.full(len(on), -np.inf), np.zeros(len(on))))
        return blocks
