"""The ways between locations as callers give them: matrices of any kind, tables, coordinates."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from flowopt.core.columns import REQUIRED, Table
from flowopt.core.errors import Failures
from flowopt.core.tables import Columns, column_names, positions, read_table, refuse_dates
from flowopt.routing.computed import ComputedTravel, in_two_measures, travel_between
from flowopt.routing.labels import in_table_order
from flowopt.routing.metrics import distances
from flowopt.routing.parts import Floats
from flowopt.routing.spec import WAYS
from flowopt.routing.travel import MatrixTravel, Points, Travel
from flowopt.routing.validate import read_matrix

DEFAULT_SPEED = 60.0
"""Speed in km/h on great-circle distances, where the caller gives none."""

SECONDS_PER_HOUR = 3600.0
_ENDS = {"source", "target"}


class Formula(NamedTuple):
    """How ways are computed for which no matrix is given.

    Parameters
    ----------
    points
        Where the locations lie; None when that is not known.
    metric
        One of `flowopt.routing.metrics.METRICS`.
    detour_factor
        Length of a way over the straight line; None: as usual for the metric.
    speed
        In km/h; None: durations are the distances.
    """

    points: Points | None
    metric: str
    detour_factor: float | None
    speed: float | None

    @property
    def pace(self) -> float:
        """Duration of a way over its distance."""
        return 1.0 if self.speed is None else SECONDS_PER_HOUR / self.speed


def read_travel(
    ids: Sequence[Any], formula: Formula, distance: Any, duration: Any, failures: Failures
) -> Travel:
    """Return the ways between all locations; harmless ones where the input has faults.

    Parameters
    ----------
    ids
        Ids of the locations, the depots first.
    formula
        How ways are computed for which no matrix is given.
    distance, duration
        What the caller gave: a matrix, or a table of ways, or None.
    failures
        Where faults are collected.
    """
    lengths: Floats | None = None
    stated: Floats | None = None
    if distance is not None:
        lengths, stated = _read_ways("distance_matrix", distance, ids, failures)
    elif formula.points is not None and not len(failures):
        if duration is None:
            return travel_between(
                formula.points, formula.metric, formula.detour_factor, formula.pace
            )
        lengths = distances(formula.points, formula.metric, formula.detour_factor)
        lengths.setflags(write=False)
    if duration is not None:
        stated, _ = _read_ways("duration_matrix", duration, ids, failures, "duration")
    if lengths is None or len(failures):
        nowhere = np.zeros(len(ids))
        return ComputedTravel(Points(nowhere, nowhere), "euclidean")
    return _two_matrices(lengths, stated, formula)


def _two_matrices(lengths: Floats, durations: Floats | None, formula: Formula) -> Travel:
    if durations is None:
        return in_two_measures(lengths, formula.pace)
    return MatrixTravel(lengths, durations)


def read_profiles(
    profiles: Mapping[str, Any],
    ids: Sequence[Any],
    base: Travel,
    formula: Formula,
    failures: Failures,
) -> tuple[Travel, ...]:
    """Return the ways of each profile: those of all where it has no matrix.

    Parameters
    ----------
    profiles
        Name → a matrix of distances, or a pair of distances and durations, or None.
    ids
        Ids of the locations, the depots first.
    base
        The ways of all.
    formula
        How durations follow from distances where only these are given.
    failures
        Where faults are collected.
    """
    travels: list[Travel] = []
    for name, given in profiles.items():
        if given is None:
            travels.append(base)
            continue
        distance, duration = (
            given if isinstance(given, tuple) and len(given) == 2 else (given, None)
        )
        title = f"profiles[{name!r}]"
        lengths, stated = _read_ways(title, distance, ids, failures)
        if duration is not None:
            title = f"{title}, durations"
            stated, _ = _read_ways(title, duration, ids, failures, "duration")
        travels.append(base if len(failures) else _two_matrices(lengths, stated, formula))
    return tuple(travels)


def states_durations(values: Any) -> bool:
    """Return whether what is given for distances is a table that states durations as well.

    Examples
    --------
    >>> states_durations({"source": ["a"], "target": ["b"], "distance": [7], "duration": [90]})
    True
    """
    return "duration" in _columns_of_ways(values)


# ---- one matrix


def _read_ways(
    name: str, values: Any, ids: Sequence[Any], failures: Failures, wanted: str = "distance"
) -> tuple[Floats, Floats | None]:
    """Return a matrix in the order of the ids, and the durations that a table states beside."""
    if _columns_of_ways(values):
        return _from_rows(name, values, ids, failures, wanted)
    if type(values).__module__.startswith("scipy.sparse"):
        values = _dense(values)
    matrix = read_matrix(name, values, len(ids), failures)
    if not _ids_are_faulty(failures):  # of ids that are wrong themselves nothing more need be said
        matrix = in_table_order(name, matrix, values, ids, failures)
    matrix.setflags(write=False)
    return matrix, None


def _ids_are_faulty(failures: Failures) -> bool:
    faulty = {fault.table for fault in failures if fault.column in (None, "id")}
    return bool(faulty & {"depots", "clients"})


def _dense(values: Any) -> Any:
    """Return a sparse matrix as an array: inf where it has no entry, 0 from a place to itself."""
    entries = values.tocoo(copy=True)
    entries.sum_duplicates()
    if entries.dtype.kind not in "iuf" or entries.ndim != 2:
        return entries.toarray()  # which is refused for its type or shape
    matrix = np.full(entries.shape, np.inf)
    np.fill_diagonal(matrix, 0.0)
    matrix[entries.row, entries.col] = entries.data
    matrix.setflags(write=False)
    return matrix


# ---- tables of ways


def _columns_of_ways(values: Any) -> set[str]:
    """Return the names of the columns of a table of ways; none of what is no such table."""
    names: Any
    if isinstance(values, list):
        names = column_names(values) if values and isinstance(values[0], Mapping) else []
    elif isinstance(values, Mapping):
        names = list(values)
    elif hasattr(values, "collect_schema"):  # polars, lazy or not
        names = values.collect_schema().names()
    else:
        names = getattr(values, "column_names", getattr(values, "columns", ()))
    if callable(names):
        return set()
    found = {str(name) for name in names}
    if not found >= _ENDS:
        return set()
    labels: Any = getattr(values, "index", None)
    if np.ndim(labels) == 1 and {str(label) for label in labels} >= _ENDS:
        return set()  # a matrix between places that are called like this
    return found


def _from_rows(
    name: str, values: Any, ids: Sequence[Any], failures: Failures, wanted: str
) -> tuple[Floats, Floats | None]:
    """Return the matrix that a table of ways states: inf for pairs without a row."""
    known, size = len(failures), len(ids)
    own = [str(one) for one in ids]
    refs = {} if _ids_are_faulty(failures) else {WAYS["source"].refers_to: own}
    table = read_table(_spec(name, wanted), values, failures, refs)
    refuse_dates(table, ["duration"], failures)
    if refs and len(set(own)) < size:
        message, fix = "a depot and a client have the same id", "rename one, or give a matrix"
        failures.add(name, None, None, None, "duplicate_id", message, fix)
    matrices = {}
    for column in (wanted, "duration"):
        if column in _columns_of_ways(values):
            _refuse_unknown(name, column, table, failures)
            matrices[column] = np.full((size, size), np.inf)
    if len(failures) == known:
        rows, columns = (positions(table[end], own) for end in ("source", "target"))
        for column, matrix in matrices.items():
            np.fill_diagonal(matrix, 0.0)
            matrix[rows, columns] = table[column]
            matrix.setflags(write=False)
    else:
        matrices = {column: np.zeros((size, size)) for column in matrices}
    other = matrices.get("duration") if wanted != "duration" else None
    return matrices.get(wanted, np.zeros((size, size))), other


def _spec(name: str, wanted: str) -> Table:
    """Return what a table of ways must hold under the name of its argument."""
    columns = tuple(
        column
        if column.name in _ENDS
        else dataclasses.replace(column, default=REQUIRED if column.name == wanted else np.nan)
        for column in WAYS.columns
    )
    return dataclasses.replace(WAYS, name=name, columns=columns)


def _refuse_unknown(name: str, column: str, table: Columns, failures: Failures) -> None:
    faulty = {fault.row for fault in failures if (fault.table, fault.column) == (name, column)}
    for row in np.flatnonzero(np.isnan(table[column])).tolist():
        if row in faulty:
            continue
        fix = "fill it, or leave the row out where there is no way"
        failures.add(name, column, row, None, "missing", "the cell is empty", fix)
