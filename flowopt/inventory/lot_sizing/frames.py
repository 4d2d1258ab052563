"""The arrays and tables that a `LotSizingProblem` is made from."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns, positions, read_table
from flowopt.inventory.lot_sizing import spec
from flowopt.inventory.lot_sizing.validation import SHAPES, column_of

Array = npt.NDArray[Any]

_OWN = (
    "fixed_cost",
    "holding_cost",
    "unit_cost",
    "backorder_cost",
    "lost_sale_cost",
    "min_stock",
    "max_stock",
)
"""The columns of items that `demand` may hold, too."""

_PLAIN = ("initial_stock", "min_order_quantity", "max_order_quantity", "pack_size", "lead_time")


# ---- arrays


def array_columns(demand: npt.ArrayLike, given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a problem given as arrays, each spread to its whole shape.

    Parameters
    ----------
    demand
        (N, T) or (T,) demand.
    given
        Fields as they came.
    """
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem

    strange = set(given) - set(inspect.signature(LotSizingProblem).parameters)
    if strange:
        raise TypeError(f"there is no column {', '.join(sorted(strange))}")
    table = np.asarray(demand)
    table = table[None, :] if table.ndim == 1 else table
    if table.ndim != 2:
        failures, fix = Failures(), "give (items, periods) numbers, or (periods,) of one item"
        message = f"has shape {table.shape}"
        failures.add("demand", "demand", None, None, "wrong_length", message, fix)
        failures.raise_if_any()
    fields: dict[str, Any] = {
        "item_id": given.get("item_id", np.arange(table.shape[0])),
        "period_id": given.get("period_id", np.arange(table.shape[1])),
        "resource_id": given.get("resource_id", np.arange(_number_of_resources(given))),
    }
    lengths = {name: np.size(values) for name, values in fields.items()}
    for name, axes in SHAPES.items():
        shape = tuple(lengths[axis] for axis in axes)
        values = table if name == "demand" else given.get(name, column_of(name).default)
        fields[name] = _spread(values, shape)
    return fields | _components(given) | {k: given[k] for k in ("backend",) if k in given}


def _number_of_resources(given: dict[str, Any]) -> int:
    for name, axis in (("unit_time", 1), ("setup_time", 1), ("capacity", 0), ("overtime_cost", 0)):
        if np.ndim(given.get(name, 0)) == 2:
            return int(np.shape(given[name])[axis])
    return 1 if "capacity" in given else 0


def _spread(values: Any, shape: tuple[int, ...]) -> Array:
    """Return values spread to a shape; as they are when they do not fit, to be refused."""
    array = np.asarray(values)
    if array.ndim == 1 and len(shape) == 2 and array.shape != shape[1:]:
        array = array[:, None]  # a column of items, or resources
    elif array.ndim == 1 and len(shape) == 2 and shape[0] == shape[1]:
        array = array[:, None]
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        return np.asarray(values)


def _components(given: dict[str, Any]) -> dict[str, Any]:
    rows = np.asarray(given.get("component", ()))
    empty = np.zeros(0, dtype=np.int64)
    quantity = given.get("component_quantity", 1.0)
    return {
        "component": rows if rows.size else empty,
        "component_of": given.get("component_of", empty),
        "component_quantity": np.full(rows.shape, quantity) if np.ndim(quantity) == 0 else quantity,
    }


# ---- frames


def frame_columns(frames: dict[str, Any], periods: Any) -> dict[str, Any]:
    """Return the fields of a problem given as tables.

    Parameters
    ----------
    frames
        Table name → frame; see `flowopt.inventory.lot_sizing.spec`.
    periods
        The periods in their order; None takes those of `demand`, sorted.

    Raises
    ------
    ValidationError
        With every fault of all tables.
    """
    failures = Failures()
    items = read_table(spec.LOT_ITEMS, frames["items"], failures, required=True)
    known = {"items": items["item"]}
    demand = read_table(spec.LOT_DEMAND, frames["demand"], failures, known, required=True)
    capacity = read_table(spec.LOT_CAPACITY, frames["capacity"], failures)
    usage = read_table(spec.LOT_USAGE, frames["usage"], failures, known)
    components = read_table(spec.LOT_COMPONENTS, frames["components"], failures, known)
    names = _periods(demand, periods, failures)
    _check_periods(demand, capacity, names, failures)
    resources = _resources(capacity, items, usage, failures)
    failures.raise_if_any()
    fields: dict[str, Any] = {
        "item_id": items["item"],
        "period_id": names,
        "resource_id": resources,
        **{name: items[name] for name in _PLAIN},
        "component_of": positions(components["item"], items["item"]),
        "component": positions(components["component"], items["item"]),
        "component_quantity": components["quantity"],
        "backend": items.backend,
    }
    fields |= _demand_fields(items, demand, names)
    fields |= _capacity_fields(capacity, resources, names)
    return fields | _usage_fields(items, usage, resources)


def _periods(demand: Columns, periods: Any, failures: Failures) -> Array:
    if periods is not None:
        return np.asarray(periods)
    return np.unique(demand["period"])


def _check_periods(demand: Columns, capacity: Columns, names: Array, failures: Failures) -> None:
    for table in (demand, capacity):
        cells = table["period"]
        unknown = (positions(cells, names) < 0) & (cells.astype(np.str_) != "")
        for row in np.flatnonzero(unknown):
            message, fix = "is no period", "add it to periods, or correct it"
            value = cells[row].item()
            failures.add(table.spec.name, "period", int(row), value, "unknown_id", message, fix)


def _resources(capacity: Columns, items: Columns, usage: Columns, failures: Failures) -> Array:
    """Return the resources with a capacity; the others are not limited, which may be a slip."""
    names = np.array(list(dict.fromkeys(capacity["resource"].tolist())), dtype=np.str_)
    for table in (items, usage):
        cells = table["resource"].astype(np.str_)
        for row in np.flatnonzero((positions(cells, names) < 0) & (cells != "")):
            message, fix = "has no row in capacity", "add one (inf when it is not limited)"
            value = cells[row].item()
            failures.add(table.spec.name, "resource", int(row), value, "unknown_id", message, fix)
    return names


def _demand_fields(items: Columns, demand: Columns, names: Array) -> dict[str, Any]:
    shape = (items.num_rows, len(names))
    cell = positions(demand["item"], items["item"]), positions(demand["period"], names)
    wanted = np.zeros(shape)
    wanted[cell] = demand["demand"]
    fields: dict[str, Any] = {"demand": wanted}
    for name in _OWN:
        table = np.repeat(items[name][:, None], shape[1], axis=1)
        own = demand[name]
        table[cell] = np.where(np.isnan(own), table[cell], own)
        fields[name] = table
    return fields


def _capacity_fields(capacity: Columns, resources: Array, names: Array) -> dict[str, Any]:
    shape = (len(resources), len(names))
    fields = {"capacity": np.full(shape, np.inf), "overtime_cost": np.full(shape, np.inf)}
    row = positions(capacity["resource"], resources)
    period = positions(capacity["period"], names)
    every = capacity["period"].astype(np.str_) == ""
    for name, table in fields.items():
        table[row[every]] = capacity[name][every][:, None]
        table[row[~every], period[~every]] = capacity[name][~every]
    return fields


def _usage_fields(items: Columns, usage: Columns, resources: Array) -> dict[str, Any]:
    shape = (items.num_rows, len(resources))
    fields = {"unit_time": np.zeros(shape), "setup_time": np.zeros(shape)}
    own = positions(items["resource"], resources)
    has = np.flatnonzero(own >= 0)
    cell = positions(usage["item"], items["item"]), positions(usage["resource"], resources)
    for name, table in fields.items():
        table[has, own[has]] = items[name][has]
        table[cell] = usage[name]
    return fields
