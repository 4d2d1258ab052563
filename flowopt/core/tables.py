"""Frames in, validated NumPy columns inside, frames of the same library out."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import narwhals as nw
import numpy as np
import numpy.typing as npt

from flowopt.core.cells import ColumnReader
from flowopt.core.columns import Column, Table
from flowopt.core.errors import Failures, FlowoptWarning
from flowopt.core.ids import Array, key_codes, positions
from flowopt.core.times import Clock

__all__ = ["DEFAULT_BACKEND", "Columns", "make_frame", "positions", "read_table"]

DEFAULT_BACKEND: Any = "pandas"


@dataclass(frozen=True, eq=False)
class Columns(Mapping[str, Array]):
    """The validated columns of one table, read-only.

    Parameters
    ----------
    spec
        What the table should hold.
    arrays
        Name → (n,) array, for every column of the specification.
    extras
        Name → (n,) array, for the caller's other columns; kept, not used.
    backend
        The library of the caller's frame: ``"pandas"``, ``"polars"``, ``"pyarrow"``, ….
    clocks
        Name → what the times of a column of kind ``time`` are counted on: ``"seconds"``,
        ``"naive"`` (dates without a time zone) or ``"aware"``; empty columns are left out.
    """

    spec: Table
    arrays: dict[str, Array]
    extras: dict[str, Array] = field(default_factory=dict)
    backend: str = DEFAULT_BACKEND
    clocks: dict[str, Clock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for array in (*self.arrays.values(), *self.extras.values()):
            array.setflags(write=False)

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.arrays.values())))

    def to_frame(self, backend: str | None = None) -> Any:
        """Return the table, the caller's own columns included, as a frame of their library."""
        return make_frame(self.arrays | self.extras, backend or self.backend)


def refuse_dates(table: Columns, names: Sequence[str], failures: Failures) -> None:
    """Collect the columns of times that came as dates where times of the day are meant.

    Parameters
    ----------
    table
        The table.
    names
        Columns of kind ``time``.
    failures
        Where faults are collected.
    """
    for name in names:
        if table.clocks.get(name) in ("naive", "aware"):
            message, fix = "holds dates", "write times of the day, as 08:30, or seconds"
            failures.add(table.spec.name, name, None, None, "wrong_type", message, fix)


def make_frame(columns: Mapping[str, Any], backend: str = DEFAULT_BACKEND) -> Any:
    """Return columns as a frame of the library named by `backend`.

    Examples
    --------
    >>> make_frame({"id": ["a", "b"], "cost": [1.0, 2.5]})
      id  cost
    0  a   1.0
    1  b   2.5
    """
    data = {name: _plain(values) for name, values in columns.items()}
    return nw.from_dict(data, backend=cast(Any, backend)).to_native()


def _plain(values: Any) -> Any:
    """Return values as every frame library takes them: numbers as arrays, texts as lists."""
    array = np.asarray(values)
    return array.tolist() if array.dtype.kind in "USO" else np.array(array)


def read_table(
    spec: Table,
    frame: Any,
    failures: Failures,
    refs: Mapping[str, npt.ArrayLike] | None = None,
    *,
    required: bool = False,
) -> Columns:
    """Read any frame into the columns of a specification, collecting every fault.

    Parameters
    ----------
    spec
        What the table should hold.
    frame
        A frame of any library that narwhals reads, a dict of columns, a list of dicts, `Columns`,
        or None for a table without rows.
    failures
        Where faults are collected; the result is safe to look at, not to use, when there are any.
    refs
        Table name → its ids, for the columns of kind ``ref``.
    required
        Whether None is a fault.

    Returns
    -------
    Columns
        Every column of the specification. The caller's data are not changed.

    Examples
    --------
    >>> from flowopt.core.columns import Column
    >>> spec = Table("sites", "Places.", (Column("id", "id", "name"),
    ...              Column("capacity", "float", "limit", default=0.0, lower=0)), key=("id",))
    >>> faults = Failures()
    >>> read_table(spec, {"id": ["a", "a"], "capacity": [1, -2]}, faults)["capacity"]
    array([1., 0.])
    >>> [fault.code for fault in faults]
    ['negative', 'duplicate_id']
    """
    known_faults = len(failures)
    if required and frame is None:
        failures.add(spec.name, None, None, None, "missing_table", "is missing", "give it")
    native = _to_narwhals(spec, frame, failures)
    readable = frame is not None and len(failures) == known_faults
    num_rows = len(native)
    arrays: dict[str, Array] = {}
    clocks: dict[str, Clock] = {}
    validated = frame if isinstance(frame, Columns) else None
    if validated is None:  # the author of validated columns has been told
        _warn_of_strangers(spec, native.columns, failures)
    for column in spec.columns:
        reader = ColumnReader(spec.name, column, failures)
        if column.name in native.columns:
            series = native[column.name]
            cells, blank = _moments(series, reader) if column.kind == "time" else _cells(series)
            if validated is not None:
                reader.clock = validated.clocks.get(column.name)
            arrays[column.name] = reader.read(cells, blank)
            if reader.clock:
                clocks[column.name] = reader.clock
        else:
            if column.required and readable:
                fix = f"add it: {column.meaning}"
                failures.add(spec.name, column.name, None, None, "missing_column", "missing", fix)
            arrays[column.name] = _absent(column, num_rows)
    _check_unique(spec, arrays, failures)
    _check_refs(spec, arrays, refs or {}, failures)
    extras = {c: _cells(native[c])[0] for c in native.columns if c not in arrays}
    return Columns(spec, arrays, extras, native.implementation.value, clocks)


def column_names(frame: Any) -> list[str]:
    """Return the names of the columns of what `read_table` reads; none of what it cannot read.

    Examples
    --------
    >>> column_names([{"id": "van", "capacity": 4}])
    ['id', 'capacity']
    """
    return list(_to_narwhals(Table("", "", ()), frame, Failures()).columns)


def _absent(column: Column, num_rows: int) -> Array:
    """Return the default of a column that the caller left out."""
    one = ColumnReader("", column, Failures())
    return np.repeat(one.read(np.full(1, None), np.ones(1, dtype=np.bool_)), num_rows)


def _to_narwhals(spec: Table, frame: Any, failures: Failures) -> nw.DataFrame[Any]:
    empty = nw.from_dict({}, backend=DEFAULT_BACKEND)
    if frame is None:
        return empty
    if isinstance(frame, Columns):
        return nw.from_native(frame.to_frame(), eager_only=True)
    try:
        if isinstance(frame, Mapping):
            return nw.from_dict(
                {str(name): _listed(values) for name, values in frame.items()},
                backend=DEFAULT_BACKEND,
            )
        if isinstance(frame, list):
            names = list(dict.fromkeys(name for row in frame for name in row))
            columns = {str(name): _listed([row.get(name) for row in frame]) for name in names}
            return nw.from_dict(columns, backend=DEFAULT_BACKEND)
        read = nw.from_native(frame)
        return read.collect() if isinstance(read, nw.LazyFrame) else read
    except (TypeError, ValueError, AttributeError) as error:
        kind = type(frame).__name__
        message = f"cannot be read from a {kind} ({str(error).splitlines()[0][:100]})"
        fix = "give a pandas, polars or pyarrow frame, or a dict of columns of one length"
        failures.add(spec.name, None, None, None, "not_a_frame", message, fix)
        return empty


def _listed(values: Any) -> Any:
    """Return a column for `nw.from_dict`: None and mixed types survive as objects."""
    if isinstance(values, np.ndarray):
        return values
    series = nw.from_native(values, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):  # of any library: a frame of mixed ones is none
        cells, blank = _cells(series)
        if blank.any():
            cells[blank] = None  # which only object columns have
        return cells
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise TypeError(f"{values!r} is no column")
    plain = all(type(v) is float for v in values) or all(type(v) is int for v in values)
    if plain:
        return np.array(values) if values else np.array([], dtype=object)
    return _objects(values)


def _cells(series: nw.Series[Any]) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Return the cells of a column, and which are empty.

    NaN in a column of floats is a fault of the data, not an empty cell, in every library; pandas
    alone does not tell the two apart, so there its float columns have no empty cells.
    """
    native = series.to_native()
    dtype = getattr(native, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind in "iufb":
        return np.array(native), np.zeros(len(series), dtype=np.bool_)
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        objects = np.array(native, dtype=object)
        return objects, _blanks(objects.tolist())
    blank = np.array(series.is_null().to_list(), dtype=np.bool_)
    if series.dtype == nw.String:
        empty = (series.str.strip_chars() == "").fill_null(value=True)
        return np.array(series.to_list(), dtype=object), blank | np.array(empty, dtype=np.bool_)
    if not blank.any() and series.dtype.is_numeric():
        return np.array(series.to_numpy()), blank
    cells = _objects(series.to_list())
    return cells, blank | _blanks(cells.tolist())


def _objects(values: Sequence[Any]) -> Array:
    """Return cells one by one as they are: NumPy would make a table of a list of lists."""
    cells = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):
        cells[row] = value
    return cells


def _blanks(cells: list[Any]) -> npt.NDArray[np.bool_]:
    if set(map(type, cells)) == {str}:  # as of a file: quicker
        return np.array([not text or text.isspace() for text in cells], dtype=np.bool_)
    return np.array([_is_blank(value) for value in cells], dtype=np.bool_)


def _moments(series: nw.Series[Any], reader: ColumnReader) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Return the cells of a column of times; a column of dates comes as datetime64, in UTC."""
    dtype = series.dtype
    if not isinstance(dtype, nw.Datetime):
        return _cells(series)
    blank = np.array(series.is_null().to_numpy(), dtype=np.bool_)
    ticks = np.array(series.dt.timestamp("us").fill_null(0).to_numpy(), dtype=np.int64)
    reader.clock = "aware" if dtype.time_zone else "naive"
    return ticks.view("datetime64[us]"), blank


def _is_blank(value: Any) -> bool:
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    if isinstance(value, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(value))
    return type(value).__name__ in ("NAType", "NaTType")


def _warn_of_strangers(spec: Table, names: Sequence[str], failures: Failures) -> None:
    """Fail on a column that looks like a misspelt one; warn of all others that are not used."""
    free = [name for name in spec.names if name not in names]
    strangers = [name for name in names if name not in spec.names]
    unused = []
    for name in strangers:
        word = name.strip().lower()
        swapped = [known for known in free if sorted(known) == sorted(word)]
        meant = swapped or difflib.get_close_matches(word, free, n=1, cutoff=0.85)
        if meant:
            message, fix = "is not a column of this table", f"rename it to {meant[0]!r}"
            failures.add(spec.name, name, None, None, "unknown_column", message, fix)
        else:
            unused.append(name)
    if unused:
        text = f"{spec.name}: columns {', '.join(unused)} are kept but not used"
        warnings.warn(text, FlowoptWarning, stacklevel=2)


def _check_unique(spec: Table, arrays: Mapping[str, Array], failures: Failures) -> None:
    """Collect the rows whose key stands in an earlier row."""
    if not spec.key:
        return
    codes = key_codes(*(arrays[name] for name in spec.key))
    if codes.max(initial=-1) + 1 == len(codes):
        return
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    for row in np.flatnonzero(first[inverse] != np.arange(len(codes))):
        key = tuple(arrays[name][row].item() for name in spec.key)
        if any(part == "" and spec[n].required for n, part in zip(spec.key, key, strict=True)):
            continue  # an empty id is a fault already
        value = key[0] if len(key) == 1 else key
        name = spec.key[0] if len(key) == 1 else "+".join(spec.key)
        message = f"stands in row {first[inverse[row]]} too"
        fix = "keep one row, or rename one"
        failures.add(spec.name, name, int(row), value, "duplicate_id", message, fix)


def _check_refs(
    spec: Table, arrays: Mapping[str, Array], refs: Mapping[str, npt.ArrayLike], failures: Failures
) -> None:
    """Collect the references to ids that their table does not have."""
    for column in spec.columns:
        if column.kind != "ref" or column.refers_to not in refs:
            continue
        names = arrays[column.name]
        for row in np.flatnonzero(positions(names, refs[column.refers_to]) < 0):
            value = names[row].item()
            if value == "":  # an empty cell: a fault already, or a default that means none
                continue
            message = f"is not an id of {column.refers_to}"
            fix = f"add it to {column.refers_to}, or correct it"
            failures.add(spec.name, column.name, int(row), value, "unknown_id", message, fix)
