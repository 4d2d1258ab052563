"""Linear and mixed-integer models as arrays, and what a solver says of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.status import Limit, Status

FloatArray = npt.NDArray[np.float64]

_PROVEN = 1e-9  # relative distance of cost and bound at which they are the same


@dataclass(frozen=True, eq=False)
class LinearModel:
    """Minimise ``cost @ x + offset`` with ``row_lower ≤ matrix @ x ≤ row_upper`` and bounds on x.

    Parameters
    ----------
    cost, lower, upper
        (n,) columns; bounds may be infinite.
    matrix
        (m, n) `scipy.sparse` array in compressed columns (CSC).
    row_lower, row_upper
        (m,) bounds of the rows; equal for an equation.
    integer
        (n,) which columns must be whole; None for none.
    offset
        A constant of the objective.

    Raises
    ------
    ValidationError
        When lengths differ, numbers are NaN, or costs or coefficients are infinite.
    """

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    matrix: Any
    row_lower: FloatArray
    row_upper: FloatArray
    integer: npt.NDArray[np.bool_] | None = None
    offset: float = 0.0

    def __post_init__(self) -> None:
        failures = Failures()
        rows, columns = self.matrix.shape
        for name, length in (
            ("cost", columns),
            ("lower", columns),
            ("upper", columns),
            ("row_lower", rows),
            ("row_upper", rows),
        ):
            values = getattr(self, name)
            if values.shape != (length,):
                message = f"has shape {values.shape}, the matrix has {rows} rows, {columns} columns"
                fix = f"give {length} numbers"
                failures.add("model", name, None, None, "wrong_length", message, fix)
            _collect(name, np.isnan(values), values, failures)
        _collect("cost", np.isinf(self.cost), self.cost, failures)
        _collect("matrix", ~np.isfinite(self.matrix.data), self.matrix.data, failures)
        failures.raise_if_any()

    @property
    def is_mip(self) -> bool:
        """Whether some columns must be whole."""
        return self.integer is not None and bool(self.integer.any())

    def objective(self, values: FloatArray) -> float:
        """Return the objective of the columns' values, summed exactly."""
        return math.fsum((self.cost * values).tolist()) + self.offset

    def rounded(self, values: FloatArray) -> FloatArray:
        """Return the values with those of whole columns made whole."""
        if self.integer is None:
            return values
        return np.where(self.integer, np.rint(values), values)


def _collect(
    name: str, mask: npt.NDArray[np.bool_], values: FloatArray, failures: Failures
) -> None:
    for row in np.flatnonzero(mask):
        value, fix = float(values[row]), "write a finite number"
        failures.add("model", name, int(row), value, "nan", "is no number to use", fix)


@dataclass(frozen=True, eq=False)
class LinearResult:
    """What a solver says of a `LinearModel`.

    Parameters
    ----------
    status
        OPTIMAL only when the bound proves it.
    limit
        What stopped the solver, None when it ended by itself.
    values
        (n,) values of the columns, None when there are none.
    objective, bound
        Cost of the values, and the lower bound that is proven; None when unknown.
    row_duals
        (m,) change of the objective with each row's bound; None for a MIP.
    iterations
        Simplex iterations, or nodes of the search tree.
    """

    status: Status
    limit: Limit | None = None
    values: FloatArray | None = None
    objective: float | None = None
    bound: float | None = None
    row_duals: FloatArray | None = None
    iterations: int = 0


def with_values(
    model: LinearModel, values: FloatArray, bound: float | None, limit: Limit | None
) -> LinearResult:
    """Return the result of values whose bound decides whether they are proven optimal.

    Parameters
    ----------
    model
        What was solved.
    values
        (n,) values of the columns.
    bound
        Proven lower bound; None, or infinite, when there is none.
    limit
        What stopped the solver.
    """
    values = model.rounded(values)
    objective = model.objective(values)
    known = bound is not None and math.isfinite(bound)
    lowest = min(bound, objective) if known and bound is not None else None
    gap = math.inf if lowest is None else (objective - lowest) / max(1.0, abs(objective))
    if gap <= _PROVEN:
        return LinearResult(Status.OPTIMAL, None, values, objective, objective)
    return LinearResult(Status.FEASIBLE, limit or Limit.GAP, values, objective, lowest)
