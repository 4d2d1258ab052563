"""Linear and mixed-integer models that a person reads: PuLP, solved by HiGHS or CBC.

A PuLP model is handed over whole, as arrays, by position: its names may collide, no files are left
behind, and a large model takes no time to build twice. The status is taken from the solver and its
bound, not from PuLP, which calls the answer of a search that ran out of time optimal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from flowopt.core.errors import Failures, UnsupportedFeatureError
from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.solvers.linear import LinearModel, LinearResult

if TYPE_CHECKING:
    import pulp

SOLVERS = ("highs", "cbc")
"""The solvers of `solve`, the preferred first."""

_ROWS_BETWEEN_LOOKS = 500


class WritingStopped(Exception):
    """The time ended, or the caller cancelled, before a model was written."""


@dataclass(frozen=True, slots=True)
class MilpResult:
    """How a model was solved; its values are in the variables of the model.

    Parameters
    ----------
    status
        OPTIMAL only when the bound proves it.
    limit
        What stopped the solver, None when it ended by itself.
    objective
        Objective of the values found, in the sense of the model; None when there are none.
    bound
        What no values can beat, None when unknown.
    solver
        Name of the solver.
    """

    status: Status
    limit: Limit | None
    objective: float | None
    bound: float | None
    solver: str


def solve(
    model: pulp.LpProblem,
    run: Run,
    *,
    solver: Literal["highs", "cbc"] = "highs",
    gap: float = 0.0,
) -> MilpResult:
    """Solve a PuLP model and set the values of its variables.

    Without a solution the variables' values are None.

    Parameters
    ----------
    model
        What to solve, to minimise or maximise.
    run
        Clock, seed, workers, cancel and progress of the search.
    solver
        ``"highs"`` or ``"cbc"``.
    gap
        Relative distance of objective and bound at which a search may end; the answer is then
        FEASIBLE with limit GAP.

    Raises
    ------
    ValidationError
        When the solver's name is unknown or the model holds NaN.
    UnsupportedFeatureError
        When the model has special ordered sets.

    Examples
    --------
    >>> import pulp
    >>> from flowopt.core.options import Options
    >>> model = pulp.LpProblem("knapsack", pulp.LpMaximize)
    >>> take = [model.add_variable(f"take_{i}", cat="Binary") for i in range(3)]
    >>> model += 5 * take[0] + 4 * take[1] + 3 * take[2]
    >>> model += 2 * take[0] + 3 * take[1] + take[2] <= 4
    >>> result = solve(model, Run(Options()))
    >>> result.status, result.objective, [variable.value() for variable in take]
    (<Status.OPTIMAL: 'OPTIMAL'>, 8.0, [1.0, 0.0, 1.0])
    """
    from flowopt.solvers import cbc, highs

    if solver not in SOLVERS:
        failures, fix = Failures(), f"use one of {', '.join(SOLVERS)}"
        failures.add("solve", "solver", None, solver, "unknown_engine", "is no solver", fix)
        failures.raise_if_any()
    variables, arrays = to_arrays(model)
    call = highs.solve_linear if solver == "highs" else cbc.solve_linear
    return _assigned(model, variables, call(arrays, run, gap=gap), solver)


def to_arrays(model: pulp.LpProblem, run: Run | None = None) -> tuple[list[Any], LinearModel]:
    """Return the variables of a PuLP model and its arrays, to minimise.

    Parameters
    ----------
    model
        A PuLP model; one to maximise has the sign of its objective turned.
    run
        Clock and cancel to heed meanwhile; None for none.

    Raises
    ------
    WritingStopped
        When the run ends before.
    """
    from scipy.sparse import csc_array

    if model.sos1 or model.sos2:
        raise UnsupportedFeatureError("special ordered sets are not supported; use binaries")
    rows: list[Any] = list(model._constraints.values())  # `constraints` is deprecated in PuLP 3.3
    variables, place = _variables(model, rows, run)
    sign = float(model.sense)  # PuLP: 1 to minimise, -1 to maximise
    cost = np.zeros(len(variables))
    objective: Any = model.objective
    for variable, coefficient in objective.items() if objective is not None else ():
        cost[place[id(variable)]] += sign * coefficient
    lengths = np.array([len(constraint) for constraint in rows], dtype=np.int32)
    keys = map(id, chain.from_iterable(constraint.keys() for constraint in _watched(rows, run)))
    column = np.fromiter(map(place.__getitem__, keys), np.int32, lengths.sum())
    coefficients = chain.from_iterable(constraint.values() for constraint in _watched(rows, run))
    values = np.fromiter(coefficients, np.float64, lengths.sum())
    row = np.repeat(np.arange(len(rows), dtype=np.int32), lengths)
    matrix = csc_array((values, (row, column)), shape=(len(rows), len(variables)))
    arrays = LinearModel(
        cost=cost,
        lower=_bounds([variable.lowBound for variable in variables], -np.inf),
        upper=_bounds([variable.upBound for variable in variables], np.inf),
        matrix=matrix,
        row_lower=_bounds([constraint.getLb() for constraint in rows], -np.inf),
        row_upper=_bounds([constraint.getUb() for constraint in rows], np.inf),
        integer=np.array([variable.cat == "Integer" for variable in variables], dtype=np.bool_),
        offset=sign * float(objective.constant) if objective is not None else 0.0,
    )
    return variables, arrays


def _watched(rows: list[Any], run: Run | None) -> Iterator[Any]:
    """Pass rows on while the run goes on."""
    for place, row in enumerate(rows):
        if run is not None and place % _ROWS_BETWEEN_LOOKS == 0 and run.stopped():
            raise WritingStopped
        yield row


def _variables(model: Any, rows: list[Any], run: Run | None) -> tuple[list[Any], dict[int, int]]:
    """Return the variables of a model, told apart by identity, and their positions.

    PuLP's own list is not asked for: it is sorted by name each time, and holds one a name.
    """
    found: dict[int, Any] = {}
    inside = (row.keys() for row in _watched(rows, run))
    for source in chain((model._variables, model.objective or ()), inside):
        found.update(zip(map(id, source), source, strict=True))
    return list(found.values()), dict(zip(found, range(len(found)), strict=True))


def _bounds(values: list[float | None], unlimited: float) -> np.ndarray[Any, Any]:
    return np.array([unlimited if value is None else value for value in values], dtype=np.float64)


def _assigned(model: Any, variables: list[Any], result: LinearResult, solver: str) -> MilpResult:
    """Set the variables' values and the model's status."""
    from pulp import constants

    values = [None] * len(variables) if result.values is None else result.values.tolist()
    for variable, value in zip(variables, values, strict=True):
        variable.varValue = value
    model.assignStatus(
        {
            Status.OPTIMAL: constants.LpStatusOptimal,
            Status.INFEASIBLE: constants.LpStatusInfeasible,
            Status.UNBOUNDED: constants.LpStatusUnbounded,
        }.get(result.status, constants.LpStatusNotSolved),
        {
            Status.OPTIMAL: constants.LpSolutionOptimal,
            Status.FEASIBLE: constants.LpSolutionIntegerFeasible,
            Status.INFEASIBLE: constants.LpSolutionInfeasible,
            Status.UNBOUNDED: constants.LpSolutionUnbounded,
        }.get(result.status, constants.LpSolutionNoSolutionFound),
    )
    sign = float(model.sense)
    objective, bound = (
        None if value is None else sign * value for value in (result.objective, result.bound)
    )
    return MilpResult(result.status, result.limit, objective, bound, solver)
