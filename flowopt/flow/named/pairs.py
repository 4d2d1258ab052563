"""What the problems of two sides share: who may go with whom, and at what cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.ids import positions
from flowopt.flow.arrays import LARGEST_NUMBER, Array, collect, read_ids
from flowopt.flow.named.base import FloatArray, IndexArray


def labels_of(matrix: Any, axis: int, given: Any) -> Any:
    """Return the ids of a matrix' rows or columns: those given, its own, or numbers from 0.

    Parameters
    ----------
    matrix
        An array, a sparse array, or a frame with labels.
    axis
        0 for rows, 1 for columns.
    given
        The caller's ids, None when there are none.
    """
    if given is not None:
        return np.asarray(given)
    if hasattr(matrix, "to_numpy") and hasattr(matrix, "index"):
        return np.asarray((matrix.index, matrix.columns)[axis])
    try:
        shape = matrix.shape if hasattr(matrix, "shape") else np.shape(matrix)
    except ValueError:  # rows of several lengths: found when the matrix is read
        shape = ()
    return np.arange(shape[axis] if len(shape) > axis else 0)


def read_matrix(table: str, name: str, matrix: Any, failures: Failures, worst: float) -> FloatArray:
    """Return a matrix of costs, an own copy; faults are collected.

    Parameters
    ----------
    table, name
        Where it stands, for the failures.
    matrix
        (n, m) numbers.
    failures
        Where faults are collected.
    worst
        inf or -inf: what forbids a pair.
    """
    try:
        numbers = np.array(matrix, dtype=np.float64)
    except (TypeError, ValueError):
        failures.add(table, name, None, None, "wrong_type", "is no matrix of numbers", _ROWS)
        return np.zeros((0, 0))
    if numbers.ndim != 2:
        message = f"has {numbers.ndim} dimensions"
        failures.add(table, name, None, None, "wrong_shape", message, _ROWS)
        return np.zeros((0, 0))
    collect_bad_costs(table, name, numbers, failures, worst)
    numbers.setflags(write=False)
    return numbers


_ROWS = "give one row per origin and one column per destination"


def collect_bad_costs(
    table: str, name: str, costs: FloatArray, failures: Failures, worst: float
) -> None:
    """Collect costs that cannot be used: NaN, infinite the good way, too large."""
    lowest, highest = costs.min(initial=0.0), costs.max(initial=0.0)
    if lowest >= -LARGEST_NUMBER and highest <= LARGEST_NUMBER:  # neither holds of NaN
        return
    sign = "-" if worst < 0 else ""
    for mask, code, message, fix in (
        (np.isnan(costs), "nan", "is not a number (NaN)", f"fill it; {sign}inf forbids a pair"),
        (costs == -worst, "inf", "is infinitely good", f"write a finite number, or {sign}inf"),
        (
            np.isfinite(costs) & (np.abs(costs) > LARGEST_NUMBER),
            "overflow",
            "is too large to calculate with",
            f"use a larger unit; {sign}inf forbids a pair",
        ),
    ):
        for place in np.argwhere(mask):
            row, value = int(place[0]), float(costs[tuple(place)])
            where = f"{name}[{', '.join(map(str, place.tolist()))}]" if costs.ndim > 1 else name
            failures.add(table, where, row, value, code, message, fix)


def in_order(values: Any, ids: Any, table: str, name: str, failures: Failures) -> Array:
    """Return a value per id, in the order of the ids; labels that a pandas series has are heeded.

    Parameters
    ----------
    values
        (n,) array or series. A series whose labels are the ids comes in their order; where either
        are row numbers, they say nothing.
    ids
        (n,) ids, as the caller gave them.
    table, name
        Where the values stand, for the failures.
    failures
        Where labels that are no ids are collected.
    """
    from pandas import RangeIndex

    labels = getattr(values, "index", None)
    names, known = np.asarray(labels), np.asarray(ids)
    numbered = isinstance(labels, RangeIndex) or np.array_equal(known, np.arange(len(known)))
    if not hasattr(values, "to_numpy") or labels is None or numbered:
        return np.asarray(values)
    place = positions(known, names)
    if len(names) == len(known) and (place >= 0).all():
        return np.asarray(values)[place]
    if names.dtype.kind in "OU" and known.dtype.kind in "OU":
        message, fix = "is the label of a value, but no id", "give each id its value"
        fault = ("unknown_id", message, fix)
        collect(table, name, positions(names, known) < 0, names.astype(np.str_), fault, failures)
    return np.asarray(values)


def matrix_pairs(matrix: Any, failures: Failures) -> tuple[IndexArray, IndexArray, Array]:
    """Return the rows, columns and values of a matrix, of its stored entries when it is sparse.

    Parameters
    ----------
    matrix
        (n, m) array, sparse array or frame.
    failures
        Where it is collected that it is no matrix.
    """
    if hasattr(matrix, "tocoo"):
        entries = matrix.tocoo()
        return entries.row.astype(np.int64), entries.col.astype(np.int64), entries.data
    try:
        values = np.asarray(matrix)
        message = f"has {values.ndim} dimensions"
    except ValueError:
        values, message = np.zeros(0), "has rows of several lengths"
    if values.ndim != 2:
        failures.add("pairs", "unit_cost", None, None, "wrong_shape", message, _ROWS)
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    rows, columns = np.indices(values.shape)
    return rows.ravel(), columns.ravel(), values.ravel()


def read_sides(
    fields: dict[str, Any], sides: dict[str, str], failures: Failures
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the ids of both sides.

    Parameters
    ----------
    fields
        Field → value as it came.
    sides
        Field of ids → table, for the failures.
    failures
        Where faults are collected.
    """
    first, second = (read_ids(table, fields[name], failures) for name, table in sides.items())
    return first, second


def collect_repeated(
    table: str, first: IndexArray, second: IndexArray, width: int, failures: Failures
) -> None:
    """Collect pairs that stand there twice.

    Parameters
    ----------
    table
        Where they stand.
    first, second
        (K,) positions of the two.
    width
        Number of things that `second` may name.
    failures
        Where faults are collected.
    """
    codes = first * max(width, 1) + second
    _, earliest, inverse = np.unique(codes, return_index=True, return_inverse=True)
    fault = ("duplicate_id", "stands there again", "keep one row")
    again = earliest[inverse] != np.arange(len(codes))
    collect(table, "pair", again, codes, fault, failures)
