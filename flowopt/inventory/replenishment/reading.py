"""Reads the tables of a replenishment problem, and fills in what one says of the other."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Column
from flowopt.core.errors import Failure, Failures
from flowopt.core.ids import key_positions
from flowopt.core.tables import Columns, read_table
from flowopt.inventory.cycle import LeadTimes
from flowopt.inventory.distributions import Samples
from flowopt.inventory.replenishment.spec import DEMAND_SAMPLES, ITEMS, LEAD_TIMES, POLICIES
from flowopt.inventory.replenishment.validation import check_items

if TYPE_CHECKING:
    from flowopt.core.columns import Table

Mask = npt.NDArray[np.bool_]

ON_BAD_ITEMS = ("raise", "status")

_MISSING = ("missing", "missing_column", "nan")


@dataclasses.dataclass(frozen=True)
class Tables:
    """The tables of a problem, valid and filled in.

    Parameters
    ----------
    items, lead_times, demand_samples
        The tables.
    faults
        The faults of the rows of items that are left out.
    """

    items: Columns
    lead_times: Columns
    demand_samples: Columns
    faults: tuple[Failure, ...] = ()


def read_tables(
    items: Any, lead_times: Any, demand_samples: Any, policy: Any, on_bad_items: str
) -> Tables:
    """Return the tables; raise all their faults, or leave out the rows of items that have some.

    Parameters
    ----------
    items, lead_times, demand_samples
        Any frames; None for a table without rows.
    policy
        The policy of items that name none.
    on_bad_items
        ``"raise"`` or ``"status"``.

    Raises
    ------
    ValidationError
        With every fault.
    """
    failures = Failures()
    if on_bad_items not in ON_BAD_ITEMS:
        fix = 'give "raise" or "status"'
        place = "items", "on_bad_items", None, on_bad_items
        failures.add(*place, "unknown_choice", "is not known", fix)
    columns = read_table(_spec_with(policy, failures), items, failures, required=True)
    columns = dataclasses.replace(columns, spec=ITEMS)
    times, samples = (
        read_table(spec, frame, failures, None if frame is None else {"items": columns["item"]})
        for spec, frame in ((LEAD_TIMES, lead_times), (DEMAND_SAMPLES, demand_samples))
    )
    for table in (times, samples):
        _check_keys(columns, table, failures)
    columns, failures = _fill(columns, times, samples, failures)
    check_items(columns, failures, lead_times_of(columns, times)[0])
    if on_bad_items == "raise":
        failures.raise_if_any()
        return Tables(columns, times, samples)
    return _left_out(columns, times, samples, failures)


def item_rows(items: Columns, table: Columns) -> npt.NDArray[np.int64]:
    """Return the row of items that each row of another table is about; -1 where there is none."""
    if not table.num_rows:  # as mostly; the items may be many
        return np.empty(0, dtype=np.int64)
    return key_positions([table["item"], table["site"]], [items["item"], items["site"]])


def lead_times_of(items: Columns, table: Columns) -> tuple[Mask, LeadTimes]:
    """Return which items have a table of lead times, and those of all (n, m); 0 elsewhere."""
    rows = item_rows(items, table)
    order = np.argsort(rows, kind="stable")
    counts = np.bincount(rows[rows >= 0], minlength=items.num_rows)
    order = order[np.count_nonzero(rows < 0) :]
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    shape = items.num_rows, int(counts.max(initial=0))
    periods, chances = np.zeros(shape), np.zeros(shape)
    periods[rows[order], place] = table["lead_time"][order]
    chances[rows[order], place] = table["probability"][order]
    return counts > 0, LeadTimes(periods, chances)


def samples_of(items: Columns, table: Columns, wanted: Mask) -> Samples:
    """Return the samples of the items that are wanted; each has some."""
    rows = item_rows(items, table)
    order = np.argsort(rows, kind="stable")
    ends = np.searchsorted(rows[order], np.arange(items.num_rows), side="right")
    starts = np.searchsorted(rows[order], np.arange(items.num_rows), side="left")
    demand = table["demand"][order]
    return Samples.of([demand[starts[row] : ends[row]] for row in np.flatnonzero(wanted)])


def _spec_with(policy: Any, failures: Failures) -> Table:
    """Return the specification of items with another default policy."""
    word = policy.strip().lower() if isinstance(policy, str) else policy
    if word not in POLICIES:
        known = ", ".join(f'"{name}"' for name in POLICIES.values())
        fix = f"give one of {known}, or a column policy in items"
        failures.add("items", "policy", None, policy, "unknown_choice", "is not known", fix)
        return ITEMS
    columns = tuple(
        dataclasses.replace(column, default=word) if column.name == "policy" else column
        for column in ITEMS.columns
    )
    return dataclasses.replace(ITEMS, columns=columns)


def _check_keys(items: Columns, table: Columns, failures: Failures) -> None:
    """Collect the rows about an item at a site where it is not kept."""
    known = np.isin(table["item"], items["item"]) if table.num_rows else np.empty(0, np.bool_)
    for row in np.flatnonzero(known & (item_rows(items, table) < 0)):
        value = table["site"][row].item()
        message, fix = "is no site of this item in items", "correct it, or add the item there"
        failures.add(table.spec.name, "site", int(row), value, "unknown_id", message, fix)


# ---- what the other tables and the distribution say of an item


def _fill(
    items: Columns, times: Columns, samples: Columns, failures: Failures
) -> tuple[Columns, Failures]:
    """Return the items with the figures that follow from elsewhere, and the faults that remain."""
    arrays = dict(items.arrays)
    excused: dict[str, Mask] = {}
    if times.num_rows:
        excused["lead_time"] = _fill_lead_times(items, times, arrays, failures)
    poisson = arrays["distribution"] == "poisson"
    if samples.num_rows or (arrays["distribution"] == "empirical").any():
        seen = _fill_demand(items, samples, arrays, failures)
        excused["demand_mean"], excused["demand_sd"] = seen, seen
    if poisson.any():
        arrays["demand_sd"] = np.where(poisson, np.sqrt(arrays["demand_mean"]), arrays["demand_sd"])
        excused["demand_sd"] = excused.get("demand_sd", poisson) | poisson
    kept = Failures()
    kept.extend(fault for fault in failures if not _is_excused(fault, excused))
    return dataclasses.replace(items, arrays=arrays), kept


def _is_excused(fault: Failure, excused: dict[str, Mask]) -> bool:
    """Return whether the fault is a cell left empty that is known from elsewhere."""
    if fault.table != ITEMS.name or fault.code not in _MISSING or fault.column not in excused:
        return False
    rows = excused[fault.column]
    return bool(rows.all() if fault.row is None else rows[fault.row])


def _fill_lead_times(
    items: Columns, times: Columns, arrays: dict[str, Any], failures: Failures
) -> Mask:
    """Set mean and standard deviation of lead times from their table; return whose."""
    given, table = lead_times_of(items, times)
    total = table.chances.sum(axis=1)
    for row in np.flatnonzero(given & (np.abs(total - 1) > 1e-6)):
        name, value = items["item"][row], float(total[row])
        message = f"is the sum for item {name}"
        first = int(np.flatnonzero(item_rows(items, times) == row)[0])
        place = LEAD_TIMES.name, "probability", first, value
        failures.add(*place, "wrong_sum", message, "write probabilities that sum to 1")
    mean = (table.periods * table.chances).sum(axis=1)
    spread = (table.chances * (table.periods - mean[:, None]) ** 2).sum(axis=1)
    arrays["lead_time"] = np.where(given, mean, arrays["lead_time"])
    arrays["lead_time_sd"] = np.where(given, np.sqrt(spread), arrays["lead_time_sd"])
    return given


def _fill_demand(
    items: Columns, samples: Columns, arrays: dict[str, Any], failures: Failures
) -> Mask:
    """Set distribution, mean and standard deviation of items from samples; return whose."""
    seen = np.zeros(items.num_rows, dtype=np.bool_)
    rows = item_rows(items, samples)
    seen[rows[rows >= 0]] = True
    asked = arrays["distribution"]
    for row in np.flatnonzero((asked == "empirical") & ~seen):
        message, fix = "has no demand_samples of this item", "add some, or name another one"
        place = ITEMS.name, "distribution", int(row), "empirical"
        failures.add(*place, "no_samples", message, fix)
    taken = seen & np.isin(asked, ("auto", "empirical"))
    arrays["distribution"] = np.where(taken, "empirical", asked)
    filled = taken | (seen & _without(("demand_mean", "demand_sd"), items.num_rows, failures))
    found = samples_of(items, samples, filled)
    for name, values in (("demand_mean", found.mean), ("demand_sd", np.sqrt(found.variance))):
        column = arrays[name].copy()
        column[filled] = values
        arrays[name] = column
    whole = np.zeros(items.num_rows, dtype=np.bool_)
    whole[filled] = found.whole
    _check_whole_packs(arrays, whole & taken, failures)
    return filled


def _without(columns: tuple[str, ...], num_items: int, failures: Failures) -> Mask:
    """Return the rows in which one of some columns is missing or empty."""
    missing = [f.row for f in failures if f.column in columns and f.code in _MISSING]
    if None in missing:
        return np.ones(num_items, dtype=np.bool_)
    return np.isin(np.arange(num_items), [row for row in missing if row is not None])


def _check_whole_packs(arrays: dict[str, Any], whole: Mask, failures: Failures) -> None:
    pack = arrays["pack_size"]
    for row in np.flatnonzero(whole & (pack != np.floor(pack))):
        message = "is no whole number, but the demand_samples are whole units"
        place = ITEMS.name, "pack_size", int(row), float(pack[row])
        failures.add(*place, "broken_pack", message, "write a whole number")


# ---- rows with faults, left out


def _left_out(items: Columns, times: Columns, samples: Columns, failures: Failures) -> Tables:
    """Return the tables with harmless values in the rows that have faults; raise all others."""
    bad = np.zeros(items.num_rows, dtype=np.bool_)
    faults, others = [], Failures()
    for failure in failures:
        row = _row_of(failure, items, times, samples)
        if row is None:
            others.extend([failure])
        else:
            bad[row] = True
            faults.append(dataclasses.replace(failure, table=ITEMS.name, row=row))
    others.raise_if_any()
    if not faults:
        return Tables(items, times, samples)
    arrays = dict(items.arrays)
    for column in ITEMS.columns:
        if column.name not in ("item", "site"):
            kind = arrays[column.name].dtype
            arrays[column.name] = np.where(bad, _harmless(column), arrays[column.name]).astype(kind)
    return Tables(
        dataclasses.replace(items, arrays=arrays),
        _of_items(items, times, ~bad),
        _of_items(items, samples, ~bad),
        tuple(faults),
    )


def _row_of(failure: Failure, items: Columns, times: Columns, samples: Columns) -> int | None:
    """Return the row of items that a fault is about; None where it is about none."""
    if failure.row is None:
        return None
    for table in (times, samples):
        if failure.table == table.spec.name:
            row = int(item_rows(items, table)[failure.row])
            return row if row >= 0 else None
    return failure.row


def _harmless(column: Column) -> Any:
    """Return a value with which no rule is broken: of an item without demand."""
    if column.name == "fill_rate":
        return 0.5
    return 0.0 if column.required else column.default


def _of_items(items: Columns, table: Columns, kept: Mask) -> Columns:
    """Return the rows of a table that are about items that are kept."""
    rows = np.flatnonzero(kept[item_rows(items, table)]) if table.num_rows else slice(0)
    arrays = {name: values[rows] for name, values in table.arrays.items()}
    return dataclasses.replace(table, arrays=arrays, extras={})
