"""Linear and mixed-integer models by HiGHS, given whole as arrays.

HiGHS runs in a thread of its own and lets go of Python's lock, so that the time limit, Ctrl-C and
a cancel token are heeded while it searches.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.solvers.background import Background
from flowopt.solvers.linear import FloatArray, LinearModel, LinearResult, with_values

_SECONDS_BETWEEN_LOOKS = 0.02
_SECONDS_TO_STOP = 0.15


def solve_linear(
    model: LinearModel,
    run: Run,
    *,
    gap: float = 0.0,
    presolve: bool = True,
    start: FloatArray | None = None,
    nodes: int | None = None,
) -> LinearResult:
    """Solve a model by HiGHS.

    Parameters
    ----------
    model
        What to solve.
    run
        Clock, seed, workers, cancel and progress of the search.
    gap
        Relative distance of cost and bound at which a MIP search may end.
    presolve
        Whether HiGHS shrinks the model first. On pure networks that costs a hundred times what it
        saves (33 000 arcs: 12.8 s with, 0.1 s without).
    start
        (n,) values of the columns to start a MIP search from; None for none.
    nodes
        Number of nodes at which a MIP search ends, None for no limit.

    Examples
    --------
    >>> from scipy.sparse import csc_array
    >>> from flowopt.core.options import Options
    >>> row = csc_array([[1.0, 2.0]])
    >>> model = LinearModel(np.array([-1.0, -3.0]), np.zeros(2), np.full(2, np.inf), row,
    ...                     np.array([-np.inf]), np.array([5.0]), np.array([True, True]))
    >>> result = solve_linear(model, Run(Options()))
    >>> result.status, result.objective, result.values.tolist()
    (<Status.OPTIMAL: 'OPTIMAL'>, -7.0, [1.0, 2.0])
    """
    limit = run.stopped()
    if limit is not None:
        return LinearResult(Status.NO_SOLUTION_FOUND, limit)
    if not len(model.cost):
        return _without_columns(model)
    search = _Search(model, run, gap, presolve)
    if nodes is not None:
        search.solver.setOptionValue("mip_max_nodes", nodes)
    if start is not None:
        search.start_from(start)
    if not search.run_to_end():
        return search.best_so_far(run.stopped() or Limit.TIME)
    return search.result()


def _without_columns(model: LinearModel) -> LinearResult:
    if (model.row_lower > 0).any() or (model.row_upper < 0).any():
        return LinearResult(Status.INFEASIBLE)
    return with_values(model, np.zeros(0), model.offset, None)


def _highspy() -> Any:
    """Return the module, whose types are too incomplete to check against."""
    import highspy

    return highspy


@dataclass
class _Seen:
    """What the callbacks saw last."""

    values: FloatArray | None = None
    cost: float | None = None
    bound: float | None = None
    iterations: int = 0
    stop: bool = False


class _Search:
    """One run of HiGHS in its thread."""

    def __init__(self, model: LinearModel, run: Run, gap: float, presolve: bool) -> None:
        with run.off_the_clock():
            self.highspy = highspy = _highspy()
        self.model, self.run, self.seen = model, run, _Seen()
        self.solver: Any = highspy.Highs()
        options = {
            "output_flag": False,
            "threads": run.workers,
            "random_seed": run.seed % 2**31,
            "mip_rel_gap": gap,
            "mip_abs_gap": 0.0,
            "presolve": "on" if presolve else "off",
        }
        if run.time_limit is not None:
            options["time_limit"] = run.remaining()
        for name, value in options.items():
            self.solver.setOptionValue(name, value)
        _pass_model(highspy, self.solver, model)
        self._listen()

    def start_from(self, values: FloatArray) -> None:
        """Give HiGHS a first solution; it looks for itself whether it holds."""
        solution = self.highspy.HighsSolution()
        solution.col_value = values.tolist()
        self.solver.setSolution(solution)

    def _listen(self) -> None:
        seen = self.seen

        def look(event: Any) -> None:
            if seen.stop:
                event.interrupt()

        def note(event: Any) -> None:
            data = event.data_out
            seen.cost, seen.bound = data.mip_primal_bound, data.mip_dual_bound
            seen.iterations = data.mip_node_count
            look(event)

        def keep(event: Any) -> None:
            seen.values = np.array(event.data_out.mip_solution)

        self.solver.cbSimplexInterrupt.subscribe(look)
        self.solver.cbIpmInterrupt.subscribe(look)
        self.solver.cbMipInterrupt.subscribe(note)
        self.solver.cbMipImprovingSolution.subscribe(keep)

    def run_to_end(self) -> bool:
        """Run HiGHS; return whether it came to an end, and may be asked for its result."""
        work = Background("HiGHS", self.solver.run, self._stop)
        try:
            while not work.done(within=_SECONDS_BETWEEN_LOOKS):
                if self.run.stopped():
                    self._stop()
                    if not work.done(within=_SECONDS_TO_STOP):
                        return False  # deep in a step without a look at us: it will end unheard
                self.run.report(
                    _known(self.seen.cost), _known(self.seen.bound), self.seen.iterations
                )
        except BaseException:  # such as a second Ctrl-C
            self._stop()
            raise
        work.result()
        return True

    def _stop(self) -> None:
        self.seen.stop = True

    def best_so_far(self, limit: Limit) -> LinearResult:
        """Return the best values that the search showed before it was left."""
        bound = _known(self.seen.bound)
        if self.seen.values is None:
            return LinearResult(Status.NO_SOLUTION_FOUND, limit, bound=bound)
        return with_values(self.model, self.seen.values, bound, limit)

    def result(self) -> LinearResult:
        """Return what HiGHS says at its end."""
        ends = self.highspy.HighsModelStatus
        status, info = self.solver.getModelStatus(), self.solver.getInfo()
        if status in (ends.kInfeasible, ends.kUnbounded, ends.kUnboundedOrInfeasible):
            return self._unsolvable(status)
        limit = {
            ends.kTimeLimit: Limit.TIME,
            ends.kInterrupt: self.run.stopped() or Limit.CANCELLED,
            ends.kHighsInterrupt: self.run.stopped() or Limit.CANCELLED,
            ends.kIterationLimit: Limit.ITERATIONS,
            ends.kSolutionLimit: Limit.ITERATIONS,  # of nodes
        }.get(status)
        if status != ends.kOptimal and limit is None:
            raise EngineError(f"HiGHS ended with {status}")
        if self.model.is_mip:
            return self._mip_result(limit, info)
        if limit is not None:
            return LinearResult(Status.NO_SOLUTION_FOUND, limit)
        solution = self.solver.getSolution()
        values = np.array(solution.col_value)
        optimal = with_values(self.model, values, self.model.objective(values), None)
        duals = np.array(solution.row_dual)
        return replace(optimal, row_duals=duals, iterations=info.simplex_iteration_count)

    def _mip_result(self, limit: Limit | None, info: Any) -> LinearResult:
        bound = _known(info.mip_dual_bound)
        if info.primal_solution_status != 2:  # kSolutionStatusFeasible
            return LinearResult(Status.NO_SOLUTION_FOUND, limit, bound=bound)
        values = np.array(self.solver.getSolution().col_value)
        found = with_values(self.model, values, bound, limit)
        return replace(found, iterations=max(0, info.mip_node_count))

    def _unsolvable(self, status: Any) -> LinearResult:
        ends = self.highspy.HighsModelStatus
        if status == ends.kInfeasible:
            return LinearResult(Status.INFEASIBLE)
        if status == ends.kUnbounded and not self.model.is_mip:
            return LinearResult(Status.UNBOUNDED)
        # either: without an objective it cannot be unbounded
        free = replace(self.model, cost=np.zeros(len(self.model.cost)))
        feasible = solve_linear(free, self.run)
        if feasible.status.has_solution:
            return LinearResult(Status.UNBOUNDED)
        return LinearResult(feasible.status, feasible.limit)


class Resolver:
    """Solves a linear program again and again, each time from where the last one ended.

    Parameters
    ----------
    model
        What to solve; its columns are not whole.
    run
        Clock, seed, workers and cancel.

    Examples
    --------
    >>> from scipy.sparse import csc_array
    >>> from flowopt.core.options import Options
    >>> model = LinearModel(np.array([1.0, 2.0]), np.zeros(2), np.full(2, 9.0),
    ...                     csc_array([[1.0, 1.0]]), np.array([4.0]), np.array([np.inf]))
    >>> resolver = Resolver(model, Run(Options()))
    >>> resolver.solve().values.tolist(), resolver.solve(cost=np.array([3.0, 2.0])).values.tolist()
    ([4.0, 0.0], [0.0, 4.0])
    """

    def __init__(self, model: LinearModel, run: Run) -> None:
        self._search = _Search(model, run, 0.0, presolve=False)
        self._search.solver.setOptionValue("time_limit", np.inf)  # it is the run that stops it
        self._left = False

    def solve(
        self, cost: FloatArray | None = None, upper: FloatArray | None = None
    ) -> LinearResult:
        """Solve with other costs, or other upper bounds, than the last time.

        Parameters
        ----------
        cost, upper
            (n,) columns; None leaves them as they were.
        """
        search = self._search
        limit = search.run.stopped()
        if limit is not None or self._left:
            return LinearResult(Status.NO_SOLUTION_FOUND, limit)
        model = search.model
        if not len(model.cost):
            return _without_columns(model)
        every = np.arange(len(model.cost), dtype=np.int32)
        if cost is not None:
            search.model = model = replace(model, cost=cost)
            search.solver.changeColsCost(len(cost), every, cost)
        if upper is not None:
            search.model = model = replace(model, upper=upper)
            search.solver.changeColsBounds(len(upper), every, model.lower, upper)
        if not search.run_to_end():
            self._left = True
            return LinearResult(Status.NO_SOLUTION_FOUND, search.run.stopped())
        return search.result()


def _known(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) and abs(value) < 1e30 else None


def _pass_model(highspy: Any, solver: Any, model: LinearModel) -> None:
    """Hand a model over whole: arrays are copied as they are, ten times as fast as a `HighsLp`."""
    matrix, kinds = model.matrix, np.zeros(len(model.cost), dtype=np.int32)
    if model.integer is not None:
        kinds[model.integer] = int(highspy.HighsVarType.kInteger)
    status = solver.passModel(
        matrix.shape[1],
        matrix.shape[0],
        len(matrix.data),
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        model.offset,
        model.cost,
        model.lower,
        model.upper,
        model.row_lower,
        model.row_upper,
        matrix.indptr,
        matrix.indices,
        matrix.data,
        kinds,
    )
    if status == highspy.HighsStatus.kError:
        raise EngineError("HiGHS refuses the model")


def write_mps(model: LinearModel, path: str) -> None:
    """Write a model as an MPS file; its columns are called c0, c1, …, its rows r0, r1, ….

    Parameters
    ----------
    model
        What to write.
    path
        The file, ending in ``.mps``.
    """
    highspy = _highspy()
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    _pass_model(highspy, solver, model)
    if solver.writeModel(path) == highspy.HighsStatus.kError:
        raise EngineError(f"HiGHS cannot write {path}")
