"""Rebalancing as a mixed-integer model that a person can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.status import Status
from flowopt.planning.rebalancing.engines.answer import answer
from flowopt.solvers import milp

if TYPE_CHECKING:
    from flowopt.planning.rebalancing.problem import RebalancingProblem
    from flowopt.planning.rebalancing.solution import RebalancingSolution

Floats = npt.NDArray[np.float64]

_DUST = 1e-9  # of a pack


def solve_model(
    problem: RebalancingProblem, run: Run, solver: Literal["highs", "cbc"]
) -> RebalancingSolution:
    """Solve a problem by branch and bound.

    Parameters
    ----------
    problem
        Stock and lanes.
    run
        The live options.
    solver
        Name of the solver.
    """
    run.report()
    if run.stopped():
        return answer(problem, run, solver, None, Status.FEASIBLE, run.stopped(), None)
    built = RebalancingModel(problem)
    result = milp.solve(built.model, run, solver=solver)
    quantity = built.quantity() if result.status.has_solution else None
    return answer(problem, run, solver, quantity, result.status, result.limit, result.bound)


class RebalancingModel:
    """The model of a problem, and the meaning of its variables.

    Parameters
    ----------
    problem
        Stock and lanes.
    """

    def __init__(self, problem: RebalancingProblem) -> None:
        import pulp

        self.problem, self._pulp = problem, _untyped(pulp)
        self.model = self._pulp.LpProblem("rebalancing", self._pulp.LpMinimize)
        pairs, lanes = problem.pairs, problem.lanes
        self._whole = pairs.pack_size > 0
        self._unit = np.where(self._whole, pairs.pack_size, 1.0)
        most = np.minimum(problem.available[pairs.giver], lanes["capacity"][pairs.lane])
        most = most / self._unit
        self._most: Floats = np.where(self._whole, np.floor(most + _DUST), most)
        kinds = ["Integer" if whole else "Continuous" for whole in self._whole.tolist()]
        self.packs = [
            self.model.add_variable(f"packs_{k}", 0, float(self._most[k]), kind)
            for k, kind in enumerate(kinds)
        ]
        self._sent = [float(self._unit[k]) * packs for k, packs in enumerate(self.packs)]
        self.used: dict[int, Any] = {}
        priced = lanes["unit_cost"][pairs.lane].tolist()
        self._cost = [price * sent for price, sent in zip(priced, self._sent, strict=True)]
        self._add_stock()
        self._add_lanes()
        self.model.setObjective(self._pulp.lpSum(self._cost) + self._cost_of_idle_stock())

    def quantity(self) -> Floats:
        """Return the units of each pair in the solved model; nothing on a lane that is not used."""
        found = np.array([packs.value() for packs in self.packs], dtype=np.float64)
        found = np.maximum(np.where(self._whole, np.rint(found), found), 0.0)
        lane = self.problem.pairs.lane
        for row, used in self.used.items():
            if used.value() < 0.5:
                found[lane == row] = 0.0
        quantity: Floats = found * self._unit
        return quantity

    def _add_stock(self) -> None:
        """Add what a site may give, and what is then short and over."""
        problem, stock, total = self.problem, self.problem.stock, self._pulp.lpSum
        given: dict[int, list[Any]] = {}
        self._net: dict[int, list[Any]] = {}
        ends = zip(problem.pairs.giver.tolist(), problem.pairs.taker.tolist(), strict=True)
        for sent, (giver, taker) in zip(self._sent, ends, strict=True):
            given.setdefault(giver, []).append(sent)
            self._net.setdefault(giver, []).append(-1.0 * sent)
            self._net.setdefault(taker, []).append(sent)
        for row, parts in given.items():
            self.model += total(parts) <= float(problem.available[row])
        for row, parts in self._net.items():
            short = self.model.add_variable(f"short_{row}", 0)
            over = self.model.add_variable(f"over_{row}", 0)
            gap = float(stock["target"][row] - stock["on_hand"][row])
            self.model += total(parts) + short - over == gap
            self._cost.append(float(stock["shortage_cost"][row]) * short)
            self._cost.append(float(stock["surplus_cost"][row]) * over)

    def _add_lanes(self) -> None:
        """Add the capacity, the fixed cost and the minimum of the lanes that have one."""
        lanes, most = self.problem.lanes, self._most * self._unit
        pairs_of: dict[int, list[int]] = {}
        for pair, lane in enumerate(self.problem.pairs.lane.tolist()):
            pairs_of.setdefault(lane, []).append(pair)
        for lane, rows in pairs_of.items():
            sent = self._pulp.lpSum(self._sent[pair] for pair in rows)
            room = min(float(lanes["capacity"][lane]), float(most[rows].sum()))
            fixed, least = float(lanes["fixed_cost"][lane]), float(lanes["min_transfer"][lane])
            if fixed > 0 or least > 0:
                used = self.used[lane] = self.model.add_variable(f"used_{lane}", cat="Binary")
                self.model += sent <= room * used
                for pair in rows:  # tighter than their sum
                    self.model += self._sent[pair] <= float(most[pair]) * used
                self.model += sent >= least * used
                self._cost.append(fixed * used)
            elif np.isfinite(lanes["capacity"][lane]):
                self.model += sent <= room

    def _cost_of_idle_stock(self) -> float:
        """Return the cost of the rows of the stock that no lane touches."""
        stock = self.problem.stock
        idle = np.ones(stock.num_rows, dtype=np.bool_)
        idle[list(self._net)] = False
        gap = np.where(idle, stock["target"] - stock["on_hand"], 0.0)
        short = stock["shortage_cost"] * np.maximum(gap, 0.0)
        return float((short + stock["surplus_cost"] * np.maximum(-gap, 0.0)).sum())


def _untyped(module: Any) -> Any:
    return module  # PuLP has types for some of its functions only
