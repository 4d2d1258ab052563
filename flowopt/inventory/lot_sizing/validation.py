"""Makes read-only columns of what a `LotSizingProblem` is given, and collects every fault."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.cells import ColumnReader
from flowopt.core.columns import Column
from flowopt.core.errors import Failures
from flowopt.inventory.lot_sizing.needs import levels
from flowopt.inventory.lot_sizing.spec import LOT_CAPACITY, LOT_COMPONENTS, LOT_DEMAND, LOT_ITEMS

Array = npt.NDArray[Any]

IDS = {"item_id": "items", "period_id": "periods", "resource_id": "capacity"}
SHAPES = {
    "demand": ("item_id", "period_id"),
    "fixed_cost": ("item_id", "period_id"),
    "holding_cost": ("item_id", "period_id"),
    "unit_cost": ("item_id", "period_id"),
    "backorder_cost": ("item_id", "period_id"),
    "lost_sale_cost": ("item_id", "period_id"),
    "initial_stock": ("item_id",),
    "min_stock": ("item_id", "period_id"),
    "max_stock": ("item_id", "period_id"),
    "min_order_quantity": ("item_id",),
    "max_order_quantity": ("item_id",),
    "pack_size": ("item_id",),
    "lead_time": ("item_id",),
    "unit_time": ("item_id", "resource_id"),
    "setup_time": ("item_id", "resource_id"),
    "capacity": ("resource_id", "period_id"),
    "overtime_cost": ("resource_id", "period_id"),
}
"""Field → what its axes count."""


def column_of(name: str) -> Column:
    """Return what a field may hold."""
    if name == "demand":
        return LOT_DEMAND["demand"]
    return (LOT_CAPACITY if name in LOT_CAPACITY.names else LOT_ITEMS)[name]


def normalised(given: dict[str, Any], failures: Failures) -> dict[str, Any]:
    """Return the fields of a problem as read-only arrays; faults are collected.

    Parameters
    ----------
    given
        Field → value as it came; nothing of it is changed.
    failures
        Where faults are collected; the result is safe to use only when there are none.
    """
    fields = dict(given)
    for name, table in IDS.items():
        fields[name] = _ids(table, given[name], failures)
    for name, axes in SHAPES.items():
        fields[name] = _numbers(name, given[name], tuple(fields[axis] for axis in axes), failures)
    _read_components(fields, failures)
    if not len(failures):
        _check_rules(fields, failures)
    return fields


def _sealed(array: Array) -> Array:
    array.setflags(write=False)
    return array


def _ids(table: str, values: Any, failures: Failures) -> Array:
    ids = np.array(values)
    if ids.ndim != 1 or ids.dtype.kind not in "iuUO":
        message, fix = "is no column of ids", "give names or whole numbers"
        failures.add(table, "id", None, None, "wrong_type", message, fix)
        return np.zeros(0, dtype=np.int64)
    ids = ids.astype(np.str_) if ids.dtype.kind == "O" else ids
    _, first = np.unique(ids, return_index=True)
    for row in np.setdiff1d(np.arange(len(ids)), first):
        message, fix = "stands there again", "keep one, or rename one"
        failures.add(table, "id", int(row), ids[row].item(), "duplicate_id", message, fix)
    return _sealed(ids)


def _numbers(name: str, values: Any, axes: tuple[Array, ...], failures: Failures) -> Array:
    """Return one field, every number of which is within its column's domain."""
    column = column_of(name)
    table = name if name in ("demand", "capacity") else _table_of(name)
    shape = tuple(len(axis) for axis in axes)
    array = np.array(values)
    if array.shape != shape:
        message, fix = f"has shape {array.shape}, not {shape}", "give one number for each"
        failures.add(table, name, None, None, "wrong_length", message, fix)
        array = np.zeros(shape)
    found = Failures()
    cells = array.reshape(-1)
    blank = np.zeros(len(cells), dtype=np.bool_)
    if cells.dtype.kind == "O":
        blank = np.array([cell is None for cell in cells], dtype=np.bool_)
    read = ColumnReader(table, column, found).read(cells, blank)
    width = shape[1] if len(shape) == 2 else 1
    for fault in found:
        row = None if fault.row is None else fault.row // width
        where = ""
        if fault.row is not None and len(shape) == 2:
            where = f" ({axes[1][fault.row % width]})"
        failures.add(
            table, name, row, fault.value, fault.code, f"{fault.message}{where}", fault.fix
        )
    return _sealed(read.reshape(shape).copy())


def _table_of(name: str) -> str:
    return "capacity" if name in LOT_CAPACITY.names else "items"


def _read_components(fields: dict[str, Any], failures: Failures) -> None:
    count, num_items = np.size(fields["component"]), len(fields["item_id"])
    for name in ("component_of", "component"):
        places = np.array(fields[name])
        places = places.astype(np.int64) if places.size == 0 else places
        if places.shape != (count,) or places.dtype.kind not in "iu":
            message, fix = "is no column of positions", "give whole numbers, one a row"
            failures.add("components", name, None, None, "wrong_type", message, fix)
            places = np.zeros(count, dtype=np.int64)
        for row in np.flatnonzero((places < 0) | (places >= num_items)):
            value, fix = places[row].item(), f"write a position from 0 to {num_items - 1}"
            failures.add("components", name, int(row), value, "unknown_id", "is no item", fix)
        fields[name] = _sealed(places.astype(np.int64))
    quantity = np.array(fields["component_quantity"])
    if quantity.shape != (count,):
        message, fix = f"has shape {quantity.shape}, not ({count},)", "give one number a row"
        failures.add("components", "quantity", None, None, "wrong_length", message, fix)
        quantity = np.ones(count)
    reader = ColumnReader("components", LOT_COMPONENTS["quantity"], failures)
    blank = np.zeros(count, dtype=np.bool_)
    fields["component_quantity"] = _sealed(reader.read(quantity, blank).astype(np.float64))


def _check_rules(fields: dict[str, Any], failures: Failures) -> None:
    """Collect what does not go together."""
    if not fields["demand"].size:
        message, fix = "is empty", "give at least one item and one period"
        failures.add("demand", None, None, None, "empty", message, fix)
        return
    _check_order(fields, "min_stock", "max_stock", failures)
    _check_order(fields, "min_order_quantity", "max_order_quantity", failures)
    _check_packs(fields, failures)
    inner = np.zeros(len(fields["item_id"]), dtype=np.bool_)
    inner[fields["component"]] = True
    for name, table in (("backorder_cost", "items"), ("lost_sale_cost", "items")):
        for row in np.flatnonzero(np.isnan(fields[name]).any(axis=1)):
            failures.add(table, name, int(row), None, "nan", "is not a number (NaN)", "fill it")
    _check_loops(fields, failures)


def _check_order(fields: dict[str, Any], least: str, most: str, failures: Failures) -> None:
    low, high = fields[least], fields[most]
    wrong = low > high
    if least == "min_order_quantity":
        wrong &= high > 0  # 0 says that none can be made
    rows = np.flatnonzero(wrong.any(axis=1) if wrong.ndim == 2 else wrong)
    for row in rows:
        place = int(wrong[row].argmax()) if wrong.ndim == 2 else 0
        value = float(low[row, place] if wrong.ndim == 2 else low[row])
        message, fix = f"is more than {most}", f"lower it, or raise {most}"
        failures.add("items", least, int(row), value, "wrong_order", message, fix)


def _check_packs(fields: dict[str, Any], failures: Failures) -> None:
    """Collect items for which no whole number of packs lies between least and largest lot."""
    pack, low, high = (
        fields[f"{n}"] for n in ("pack_size", "min_order_quantity", "max_order_quantity")
    )
    size = np.where(pack > 0, pack, 1.0)
    least = np.maximum(np.ceil(low / size - 1e-9), 1.0) * size
    wrong = (pack > 0) & (high > 0) & (least > high * (1 + 1e-9)) & (low <= high)
    for row in np.flatnonzero(wrong):
        message = "has no multiple between the smallest and the largest lot"
        fix = "correct it, min_order_quantity or max_order_quantity"
        value = float(pack[row])
        failures.add("items", "pack_size", int(row), value, "out_of_range", message, fix)


def _check_loops(fields: dict[str, Any], failures: Failures) -> None:
    """Collect components that go, by some way, into themselves."""
    level = levels(len(fields["item_id"]), fields["component_of"], fields["component"])
    of, component = fields["component_of"], fields["component"]
    for row in np.flatnonzero((level[of] < 0) & (level[component] < 0)):
        value = fields["item_id"][component[row]].item()
        message, fix = "is part of a loop: an item that goes into itself", "break the loop"
        failures.add("components", "component", int(row), value, "loop", message, fix)
