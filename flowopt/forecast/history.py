"""Demand of the past, of many items at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.ids import row_of
from flowopt.core.tables import DEFAULT_BACKEND, Columns, make_frame
from flowopt.forecast.calendar import Calendar
from flowopt.forecast.reading import (
    Floats,
    Index,
    Ragged,
    faulty_items,
    read_lists,
    read_long,
    read_wide,
    without,
)
from flowopt.forecast.spec import LARGEST

if TYPE_CHECKING:
    from flowopt.forecast.classes import Classes
    from flowopt.forecast.result import DemandForecast

OnBad = Literal["raise", "status"]


@dataclass(frozen=True, eq=False, repr=False)
class DemandHistory:
    """Demand of the past of many items, one after another in one array.

    Make it by `from_frame`, `from_array` or `from_lists`.

    Parameters
    ----------
    items
        (n,) ids of the items.
    sites
        (n,) where each is asked for; empty texts where that is not said.
    values
        (N,) demand of each period, units; item ``i`` has
        ``values[starts[i]:starts[i + 1]]``.
    starts
        (n + 1,) where each history begins.
    bad
        (n,) whether the item's history could not be used, and so is left empty.
    end
        Number of the period after the last; all histories end there.
    calendar
        How periods are counted.
    backend
        The library of the caller's frame.

    Examples
    --------
    >>> history = DemandHistory.from_frame({
    ...     "unique_id": ["bolt", "bolt", "pump", "bolt"],
    ...     "ds": ["2026-01-01", "2026-02-01", "2026-02-01", "2026-04-01"],
    ...     "y": [30, 25, 1, 41],
    ... })
    >>> history
    <DemandHistory items=2, periods=7, period=month>
    >>> history["bolt"], history["pump"]
    (array([30., 25.,  0., 41.]), array([1., 0., 0.]))
    >>> history.forecast("ses", alpha=0.2).to_frame("items")[["item", "demand_mean"]]
       item  demand_mean
    0  bolt    24.000000
    1  pump     0.333333
    """

    items: npt.NDArray[Any]
    sites: npt.NDArray[Any]
    values: Floats
    starts: Index
    bad: npt.NDArray[np.bool_]
    end: int
    calendar: Calendar
    backend: str = DEFAULT_BACKEND

    def __post_init__(self) -> None:
        for array in (self.items, self.sites, self.values, self.starts, self.bad):
            array.setflags(write=False)

    # ---- ways in

    @classmethod
    def from_frame(
        cls, frame: Any, *, period: str | None = None, on_bad_items: OnBad = "raise"
    ) -> Self:
        """Read a long frame with the columns ``unique_id``, ``ds``, ``y`` and perhaps ``site``.

        A history begins at the item's first row. Periods without a row after it had no demand;
        all histories end in the last period of the frame.

        Parameters
        ----------
        frame
            A pandas, polars or pyarrow frame, a dict of columns, or a list of dicts; see
            `flowopt.forecast.spec.HISTORY`.
        period
            ``"hour"``, ``"day"``, ``"week"`` (from Monday), ``"month"``, ``"quarter"`` or
            ``"year"``: the rows of a period are added up, as single sales are. None: the dates say
            it (see `flowopt.forecast.calendar.infer_calendar`), one row a period.
        on_bad_items
            ``"raise"``, or ``"status"`` to leave out the histories that cannot be used and to say
            so in the status of their items.

        Raises
        ------
        ValidationError
            With every fault of the table.
        """
        failures = Failures()
        strict = _raises(on_bad_items, failures)
        ragged, table = read_long(frame, period, failures, lenient=not strict)
        if strict and not len(failures):
            _collect_bad_rows(table, period, failures)
        failures.raise_if_any()
        names = (table["unique_id"][ragged.rows], table["site"][ragged.rows])
        return cls._checked(ragged, names, on_bad_items, table.backend)

    @classmethod
    def from_array(cls, values: Any, items: Any = None, *, on_bad_items: OnBad = "raise") -> Self:
        """Read an array with one row an item, the newest period last.

        Parameters
        ----------
        values
            (n, T) demand, units; NaN in periods before an item's first.
        items
            (n,) ids; None numbers the rows from 0.
        on_bad_items
            As in `from_frame`.

        Examples
        --------
        >>> DemandHistory.from_array([[3, 0, 4], [float("nan"), 1, 2]])[1]
        array([1., 2.])
        """
        failures = Failures()
        ragged = read_wide(values, failures)
        return cls._named(ragged, items, failures, on_bad_items)

    @classmethod
    def from_lists(
        cls, histories: Any, items: Any = None, *, on_bad_items: OnBad = "raise"
    ) -> Self:
        """Read lists of any lengths, all of which end in the same period.

        Parameters
        ----------
        histories
            One list or array of demand an item, the newest period last; or a dict of them by id.
        items
            (n,) ids; None numbers the lists from 0, or takes the keys of the dict.
        on_bad_items
            As in `from_frame`.

        Examples
        --------
        >>> DemandHistory.from_lists({"bolt": [3, 0, 4], "pump": [1]}).lengths
        array([3, 1])
        """
        if isinstance(histories, dict):
            items = list(histories) if items is None else items
            histories = list(histories.values())
        failures = Failures()
        return cls._named(read_lists(histories, failures), items, failures, on_bad_items)

    @classmethod
    def _named(cls, ragged: Ragged, items: Any, failures: Failures, on_bad: Any) -> Self:
        num_items = len(ragged.starts) - 1
        ids = np.arange(num_items) if items is None else np.asarray(items)
        if ids.dtype.kind not in "iu":
            ids = ids.astype(np.str_)
        if not len(failures):
            _check_ids(ids, num_items, failures)
        _raises(on_bad, failures)
        failures.raise_if_any()
        return cls._checked(ragged, (ids, np.full(num_items, "")), on_bad, DEFAULT_BACKEND)

    @classmethod
    def _checked(
        cls,
        ragged: Ragged,
        names: tuple[npt.NDArray[Any], npt.NDArray[Any]],
        on_bad: OnBad,
        backend: str,
    ) -> Self:
        """Return the history, without what cannot be used, or raise because of it."""
        bad = faulty_items(ragged)
        if bad.any():
            failures = Failures()
            for row in np.flatnonzero(bad) if on_bad == "raise" else ():
                _say_bad(ragged, int(row), names[0][row].item(), failures)
            failures.raise_if_any()
            ragged = without(ragged, bad)
        values = np.ascontiguousarray(ragged.values)
        return cls(*names, values, ragged.starts, bad, ragged.end, ragged.calendar, backend)

    # ---- what it holds

    @property
    def num_items(self) -> int:
        """Number of items."""
        return len(self.items)

    @cached_property
    def lengths(self) -> Index:
        """(n,) number of periods of each history."""
        return np.diff(self.starts)

    def __len__(self) -> int:
        return self.num_items

    def __getitem__(self, item: Any) -> Floats:
        """Return the history of an item, by its id or (id, site)."""
        row = row_of(item, self.items, self.sites)
        return self.values[self.starts[row] : self.starts[row + 1]]

    def __repr__(self) -> str:
        periods, period = len(self.values), self.calendar.period
        return f"<DemandHistory items={self.num_items}, periods={periods}, period={period}>"

    def to_frame(self) -> Any:
        """Return the history as a long frame: ``unique_id``, ``ds``, ``y``, and ``site`` if any."""
        item = np.repeat(np.arange(self.num_items), self.lengths)
        period = self.end + np.arange(len(self.values)) - np.repeat(self.starts[1:], self.lengths)
        names = {"unique_id": self.items[item]}
        if (self.sites != "").any():
            names["site"] = self.sites[item]
        columns = {**names, "ds": self.calendar.labels(period), "y": self.values}
        return make_frame(columns, self.backend)

    def until(self, num_periods: int) -> DemandHistory:
        """Return the history without its last periods, to test forecasts on those.

        Parameters
        ----------
        num_periods
            How many of the last periods to leave out, 0 or more.

        Raises
        ------
        ValidationError
            When it is no such number.

        Examples
        --------
        >>> DemandHistory.from_lists([[1, 2, 3]]).until(1)[0]
        array([1., 2.])
        """
        if not isinstance(num_periods, (int, np.integer)) or num_periods < 0:
            failures = Failures()
            message, fix = "is no number of periods", "give a whole number, 0 or more"
            failures.add("history", "num_periods", None, num_periods, "out_of_range", message, fix)
            failures.raise_if_any()
        left = np.maximum(self.lengths - num_periods, 0)
        starts = np.concatenate([[0], np.cumsum(left)]).astype(np.int64)
        place = np.arange(starts[-1]) + np.repeat(self.starts[:-1] - starts[:-1], left)
        end = self.end - num_periods
        return replace(self, values=self.values[place], starts=starts, end=end)

    def take(self, rows: Index) -> DemandHistory:
        """Return the histories of some items, by their places."""
        left = self.lengths[rows]
        starts = np.concatenate([[0], np.cumsum(left)]).astype(np.int64)
        place = np.arange(starts[-1]) + np.repeat(self.starts[:-1][rows] - starts[:-1], left)
        return replace(
            self,
            items=self.items[rows],
            sites=self.sites[rows],
            bad=self.bad[rows],
            values=self.values[place],
            starts=starts,
        )

    @cached_property
    def counted(self) -> npt.NDArray[np.bool_]:
        """(n,) whether the demand of every period is a whole number."""
        whole = self.values == np.floor(self.values)
        return np.asarray(self._each(np.logical_and, whole, True))

    @cached_property
    def largest(self) -> Floats:
        """(n,) largest demand of a period; 0 for a history without periods."""
        return np.asarray(self._each(np.maximum, self.values, 0.0))

    @cached_property
    def totals(self) -> Floats:
        """(n,) demand of all periods."""
        return np.asarray(self._each(np.add, self.values, 0.0))

    @cached_property
    def first_demand(self) -> Index:
        """(n,) periods before the first one with demand; all where there is none."""
        place = np.arange(len(self.values)) - np.repeat(self.starts[:-1], self.lengths)
        far = np.where(self.values > 0, place, np.repeat(self.lengths, self.lengths))
        return np.asarray(self._each(np.minimum, far, 0))

    def _each(self, reduction: np.ufunc, values: npt.NDArray[Any], empty: Any) -> Any:
        """Return (n,) a reduction over the periods of each history."""
        out = np.full(self.num_items, empty, dtype=values.dtype)
        some = self.lengths > 0
        if some.any():
            out[some] = reduction.reduceat(values, self.starts[:-1][some])
        return out

    # ---- what follows from it

    def classes(self) -> Classes:
        """Return how the demand of each item comes; see `flowopt.forecast.classes`."""
        from flowopt.forecast.classes import classify

        return classify(self)

    def forecast(self, method: str = "auto", **options: Any) -> DemandForecast:
        """Forecast all items; the parameters are those of `flowopt.forecast.forecast_demand`."""
        from flowopt.forecast.solve import forecast_demand

        return forecast_demand(self, method, **options)


def _raises(on_bad_items: Any, failures: Failures) -> bool:
    """Return whether bad items raise; collect a word that is not known."""
    if on_bad_items not in ("raise", "status"):
        fix = 'use "raise" or "status"'
        failures.add(
            "history", "on_bad_items", None, on_bad_items, "unknown_choice", "is not known", fix
        )
    return bool(on_bad_items == "raise")


def _check_ids(ids: npt.NDArray[Any], num_items: int, failures: Failures) -> None:
    if ids.shape != (num_items,):
        message, fix = f"do not name {num_items} histories", "give one id for each"
        failures.add("history", "items", None, None, "shape", message, fix)
        return
    _, first, inverse = np.unique(ids, return_index=True, return_inverse=True)
    for row in np.flatnonzero(first[inverse] != np.arange(num_items)):
        message, fix = f"stands in row {first[inverse[row]]} too", "keep one, or rename one"
        failures.add("history", "items", int(row), ids[row].item(), "duplicate_id", message, fix)


def _collect_bad_rows(table: Columns, period: str | None, failures: Failures) -> None:
    """Collect the rows whose demand is no demand; returns may be netted within a period."""
    y = table["y"]
    wrong = ~(np.abs(y) <= LARGEST) if period else ~((y >= 0) & (y <= LARGEST))
    for row in np.flatnonzero(wrong):
        code, message = _fault(y[row])
        failures.add("history", "y", int(row), y[row].item(), code, message, _FIX)


def _say_bad(ragged: Ragged, row: int, item: Any, failures: Failures) -> None:
    values = ragged.values[ragged.starts[row] : ragged.starts[row + 1]]
    worst = values[~((values >= 0) & (values <= LARGEST))][0]
    code, message = _fault(worst)
    text = f"{message} (item {item!r})"
    failures.add("history", "y", row, worst.item(), code, text, _FIX)


_FIX = 'correct it, or use on_bad_items="status"'


def _fault(value: float) -> tuple[str, str]:
    if np.isnan(value):
        return "nan", "is not a number (NaN)"
    return ("negative", "is negative") if value < 0 else ("out_of_range", "is too large")
