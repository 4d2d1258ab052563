"""A first design in seconds: slope scaling, then closing and opening sites.

Fixed costs are spread over the flows of the last round, ``ρ = fixed cost / flow``, the flows are
routed anew, and what is used is paid in full, until the flows repeat (Kim and Pardalos 1999;
Crainic, Gendron, Hernu 2004). Then single sites are closed, or opened, as long as that helps
(Kuehn and Hamburger 1963).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.flow.design.check import step_costs, throughput
from flowopt.flow.design.engines.pipeline import cost_of, holds, values_of
from flowopt.flow.design.model import DesignModel
from flowopt.flow.design.solution import DesignValues
from flowopt.flow.design.states import CLOSED, FREE, OPEN
from flowopt.solvers.highs import Resolver
from flowopt.solvers.linear import LinearModel

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

_ROUNDS = 25
_MOVES = 200
_HARD_ROWS = (
    "balance",
    "joint_supply",
    "site_capacity",
    "lane_capacity",
    "max_emissions",
    "max_mean_distance",
)
_USED = 1e-7  # of the most that a flow can be


class SlopeScaling:
    """One search for a first design.

    Parameters
    ----------
    problem
        What to design.
    model
        Its model.
    run
        The live options.
    """

    def __init__(self, problem: DesignProblem, model: DesignModel, run: Run) -> None:
        self.problem, self.model, self.run = problem, model, run
        self.best: DesignValues | None = None
        self.best_cost = np.inf
        self.rounds = 0
        self.wide = self._widest()
        self.slopes = self._first_slopes()
        self.flows, self.kept = _relaxation(model)
        self.resolver = Resolver(self.flows, run)
        self.seen = np.zeros(len(self.flows.cost), dtype=np.bool_)
        """Which flows were used in some round."""

    def _widest(self) -> FloatArray:
        """Return the most that can go through each facility in a period, (N + A,)."""
        lane, _, _ = self.model.columns["flow"].keys
        most = self.model.linear.upper[self.model.columns["flow"].places]
        problem = self.problem
        wide = np.concatenate(
            [
                np.bincount(problem.source[lane], most, problem.num_sites),
                np.bincount(lane, most, problem.num_lanes),
            ]
        )
        capacity = problem.base_capacity.copy()
        capacity[problem.module_on] = np.inf
        total = max(float(problem.demand.sum(axis=(0, 1)).max(initial=0.0)), 1e-9)
        result: FloatArray = np.minimum(np.minimum(wide, capacity), total)
        return result

    def _first_slopes(self) -> FloatArray:
        """Return what one unit costs beside its lane when a facility is used to the full."""
        through = np.repeat(self.wide[:, None], self.problem.demand.shape[2], axis=1)
        return _per_unit(self._paid(through), through, np.zeros(len(self.wide)))

    def _paid(self, through: FloatArray) -> FloatArray:
        """Return what each facility costs when so much goes through it, (N + A,)."""
        problem = self.problem
        states = np.concatenate([problem.site_states, problem.lane_states])
        fixed = np.concatenate([problem.site_fixed_cost, problem.fixed_cost])
        modules = modules_for(problem, through)
        bought = np.bincount(problem.module_on, problem.module_cost * modules, len(fixed))
        running = through.max(axis=1, initial=0.0) > 0
        paid: FloatArray = np.where((states == FREE) & running, fixed, 0.0) + bought
        return paid + step_costs(problem, through)

    def search(self) -> DesignValues | None:
        """Return the best design found, None when there is none."""
        last = None
        for _ in range(_ROUNDS):
            flows = self._route()
            if flows is None:
                break
            used = flows > _USED * self.flows.upper
            self.seen |= used
            self._keep(self._design(flows))
            repeats = last is not None and np.array_equal(used, last)
            if repeats or self.run.stopped(self.rounds):
                break
            last = used
        if self.best is not None:
            self._close_and_open()
        return self.best

    def _route(self, upper: FloatArray | None = None) -> FloatArray | None:
        """Return the flows of least cost with fixed costs spread as they are now."""
        problem = self.problem
        lane, _, _ = self.model.columns["flow"].keys
        cost = self.flows.cost.copy()
        rho = self.slopes[problem.num_sites + lane] + self.slopes[problem.source[lane]]
        cost[: len(lane)] = self.base_cost[: len(lane)] + rho
        self.rounds += 1
        return self.resolver.solve(cost=cost, upper=upper).values

    @property
    def base_cost(self) -> FloatArray:
        """The costs of flows themselves."""
        return self.model.linear.cost[self.kept]

    def _design(self, flows: FloatArray) -> DesignValues:
        """Return the design in which all that is used is paid, and spread its costs anew."""
        problem, model = self.problem, self.model
        columns = np.zeros(len(model.linear.cost))
        columns[self.kept] = flows
        for name in ("open", "use"):
            columns[model.columns[name].places] = 1.0
        routed = values_of(problem, model, columns)
        through = throughput(problem, routed)
        states = np.concatenate([problem.site_states, problem.lane_states])
        running = through.max(axis=1, initial=0.0) > _USED * np.maximum(1.0, self.wide)
        is_open = ((states != FREE) & (states != CLOSED)) | ((states == FREE) & running)
        is_open = self._enough_sites(is_open)
        self.slopes = _per_unit(self._paid(through), through, self.slopes)
        sites = problem.num_sites
        return replace(
            routed,
            open=is_open[:sites],
            used=is_open[sites:],
            modules=modules_for(problem, through),
        )

    def _enough_sites(self, is_open: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Open the cheapest sites as well when too few are."""
        problem = self.problem
        decided = np.isin(problem.site_states, (FREE, OPEN))
        missing = (problem.min_sites or 0) - int((is_open[: problem.num_sites] & decided).sum())
        shut = np.flatnonzero((problem.site_states == FREE) & ~is_open[: problem.num_sites])
        if missing > 0:
            cheap = np.argsort(problem.site_fixed_cost[shut], kind="stable")[:missing]
            is_open[shut[cheap]] = True
        return is_open

    def _keep(self, values: DesignValues) -> bool:
        """Keep a design when it is the best that holds; return whether it is."""
        cost = cost_of(self.problem, values)
        if cost >= self.best_cost - 1e-9 * max(1.0, abs(cost)) or not holds(self.problem, values):
            return False
        self.best, self.best_cost = values, cost
        self.run.report(cost, None, self.rounds)
        return True

    def _close_and_open(self) -> None:
        """Close, or open, single sites as long as that helps and there is time."""
        free = self.problem.site_states == FREE
        better, moves = True, _MOVES
        while better:
            assert self.best is not None
            through = throughput(self.problem, self.best)[: self.problem.num_sites].sum(axis=1)
            shut = np.flatnonzero(free & ~self.best.open)
            busy = np.flatnonzero(free & self.best.open)
            cheap = shut[np.argsort(self.problem.site_fixed_cost[shut], kind="stable")]
            better = False
            for site in [*busy[np.argsort(through[busy], kind="stable")].tolist(), *cheap.tolist()]:
                moves -= 1
                if moves < 0 or self.run.stopped(self.rounds):
                    return
                better |= self._try(self.best.open, site)

    def _try(self, is_open: npt.NDArray[np.bool_], site: int) -> bool:
        """Try a design with one site closed, or opened; what is open costs nothing more."""
        assert self.best is not None
        lane, _, _ = self.model.columns["flow"].keys
        source, target = self.problem.source[lane], self.problem.target[lane]
        chosen = is_open.copy()
        chosen[site] = not chosen[site]
        upper = self.model.linear.upper[self.kept].copy()
        upper[: len(lane)] *= chosen[source] & chosen[target]
        slopes = self.slopes.copy()
        self.slopes[: self.problem.num_sites] = 0.0
        flows = self._route(upper)
        better = flows is not None and self._keep(self._design(flows))
        self.slopes = slopes
        return better


def _relaxation(model: DesignModel) -> tuple[LinearModel, IndexArray]:
    """Return the flows' own linear program, with all open and all modules bought; its columns."""
    linear = model.linear
    kept = np.concatenate(
        [np.arange(len(linear.cost))[model.columns[name].places] for name in ("flow", "unmet")]
    )
    rows = [
        np.arange(len(linear.row_lower))[model.rows[name].places]
        for name in _HARD_ROWS
        if name in model.rows
    ]
    row = np.concatenate(rows)
    matrix = linear.matrix.tocsr()[row].tocsc()
    most = np.where(np.isfinite(linear.upper), linear.upper, 0.0)
    most[kept] = 0.0
    shift = matrix @ most
    return LinearModel(
        linear.cost[kept],
        linear.lower[kept],
        linear.upper[kept],
        matrix[:, kept],
        linear.row_lower[row] - shift,
        linear.row_upper[row] - shift,
    ), kept


def _per_unit(paid: FloatArray, through: FloatArray, before: FloatArray) -> FloatArray:
    """Return cost per unit; what carries nothing keeps what it was before."""
    total = through.sum(axis=1)
    return np.where(total > 0, paid / np.where(total > 0, total, 1.0), before)


def modules_for(problem: DesignProblem, through: FloatArray) -> FloatArray:
    """Return how many modules let so much through, cheap ones first; not always the cheapest.

    Parameters
    ----------
    problem
        The problem.
    through
        (N + A, T) what goes through each facility.
    """
    bought = np.zeros(len(problem.module_on))
    need = through.max(axis=1, initial=0.0) - problem.base_capacity
    price = problem.module_cost / problem.module_capacity
    for facility in np.unique(problem.module_on):
        missing = float(need[facility])
        rows = np.flatnonzero(problem.module_on == facility)
        for row in rows[np.argsort(price[rows], kind="stable")].tolist():
            whole = np.floor(missing / problem.module_capacity[row] + 1e-9)
            bought[row] = min(max(whole, 0.0), problem.module_limit[row])
            missing -= bought[row] * problem.module_capacity[row]
        room = rows[bought[rows] < problem.module_limit[rows]]
        for row in room[np.argsort(problem.module_cost[room], kind="stable")].tolist():
            if missing <= 1e-9 * max(1.0, through[facility].max()):
                break
            if problem.module_capacity[row] >= missing or row == room[-1]:
                bought[row] += 1
                missing -= problem.module_capacity[row]
    return bought
