"""Makes read-only columns of what a `DesignProblem` is given, and collects every fault."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.flow.arrays import collect, own, read_ids, read_numbers, read_positions, sealed
from flowopt.flow.design.states import DECISIONS

LANE_COLUMNS = {
    "unit_cost": 0.0,
    "capacity": math.inf,
    "min_flow": 0.0,
    "fixed_cost": 0.0,
    "distance": 0.0,
    "lead_time": 0.0,
    "emissions": 0.0,
}
"""The columns of numbers of the lanes, and their defaults."""

SITE_COLUMNS = {
    "site_fixed_cost": 0.0,
    "site_capacity": math.inf,
    "min_throughput": 0.0,
    "handling_cost": 0.0,
    "unmet_cost": math.inf,
    "max_distance": math.inf,
    "max_lead_time": math.inf,
    "joint_supply": math.inf,
}
"""The columns of numbers of the sites, and their defaults."""

STEP_COLUMNS = ("step_from", "step_unit_cost", "step_fixed")
MODULE_COLUMNS = {"module_capacity": math.inf, "module_cost": 0.0, "module_limit": math.inf}
LIMITS = {
    "min_sites": None,
    "max_sites": None,
    "budget": math.inf,
    "max_emissions": math.inf,
    "carbon_price": 0.0,
    "max_mean_distance": math.inf,
}
"""The limits on the design as a whole, and what stands for none."""

_FINITE_LIMITS = ("carbon_price",)
_NO_COST = 1e15  # above it money no longer adds up to cents


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
    for name, table in (
        ("site_id", "sites"),
        ("commodity_id", "commodities"),
        ("period_id", "periods"),
    ):
        fields[name] = read_ids(table, given[name], failures)
    _read_lanes(fields, failures)
    _read_sites(fields, failures)
    _read_amounts(fields, failures)
    _read_rows(fields, failures)
    _read_limits(fields, failures)
    if not len(failures):
        _check_rules(fields, failures)
    return fields


def _read_lanes(fields: dict[str, Any], failures: Failures) -> None:
    count, num_sites = np.size(fields["source"]), len(fields["site_id"])
    for name in ("source", "target"):
        fields[name] = read_positions("lanes", name, fields[name], count, num_sites, failures)
    fields["lane_commodity"] = _commodities(fields, count, failures)
    for name, default in LANE_COLUMNS.items():
        infinite = default == math.inf
        column = read_numbers("lanes", name, fields[name], count, failures, infinite=infinite)
        fields[name] = column
    fields["decision"] = _words("lanes", "decision", fields["decision"], count, failures)
    if fields["mode"] is not None:
        mode = np.array(fields["mode"], dtype=np.str_)
        if mode.shape != (count,):
            message, fix = f"has shape {mode.shape}, not ({count},)", "give one value per lane"
            failures.add("lanes", "mode", None, None, "wrong_length", message, fix)
        fields["mode"] = sealed(mode)


def _commodities(fields: dict[str, Any], count: int, failures: Failures) -> npt.NDArray[Any]:
    """Return the commodity of each lane: read as positions among "all" and the commodities."""
    column = np.asarray(fields["lane_commodity"])
    shifted = column + 1 if column.dtype.kind in "iu" else column
    known, what = len(fields["commodity_id"]) + 1, "commodity"
    read = read_positions("lanes", "commodity", shifted, count, known, failures, what)
    return sealed(read - 1)


def _read_sites(fields: dict[str, Any], failures: Failures) -> None:
    count = len(fields["site_id"])
    for name, default in SITE_COLUMNS.items():
        column = name.removeprefix("site_")
        infinite = default == math.inf
        fields[name] = read_numbers(
            "sites", column, fields[name], count, failures, infinite=infinite
        )
    fields["site_decision"] = _words("sites", "decision", fields["site_decision"], count, failures)
    single = own(fields["single_source"])
    if single.shape != (count,) or single.dtype.kind != "b":
        message, fix = "is no column of truth values", "give True or False per site"
        failures.add("sites", "single_source", None, None, "wrong_type", message, fix)
        single = np.zeros(count, dtype=np.bool_)
    fields["single_source"] = sealed(single)


def _read_amounts(fields: dict[str, Any], failures: Failures) -> None:
    sites, commodities = len(fields["site_id"]), len(fields["commodity_id"])
    weight = fields["commodity_weight"]
    fields["commodity_weight"] = read_numbers(
        "commodities", "weight", weight, commodities, failures
    )
    shapes = {
        "supply": (sites, commodities),
        "demand": (sites, commodities, len(fields["period_id"])),
    }
    for name, shape in shapes.items():
        array = own(fields[name])
        if array.shape != shape:
            message = f"has shape {array.shape}, not {shape}"
            fix = "give one number per site, commodity" + (", period" if len(shape) == 3 else "")
            failures.add(name, name, None, None, "wrong_length", message, fix)
            array = np.zeros(shape)
        flat = read_numbers(
            name, name, array.reshape(-1), array.size, failures, infinite=name == "supply"
        )
        fields[name] = sealed(flat.reshape(shape).copy())


def _read_rows(fields: dict[str, Any], failures: Failures) -> None:
    facilities = len(fields["site_id"]) + len(fields["source"])
    count = np.size(fields["step_on"])
    fields["step_on"] = read_positions(
        "steps", "step_on", fields["step_on"], count, facilities, failures, "facility"
    )
    for name in STEP_COLUMNS:
        column = name.removeprefix("step_")
        fields[name] = read_numbers("steps", column, fields[name], count, failures)
    count = np.size(fields["module_on"])
    fields["module_on"] = read_positions(
        "modules", "module_on", fields["module_on"], count, facilities, failures, "facility"
    )
    for name in MODULE_COLUMNS:
        infinite = name == "module_limit"
        column = "max_count" if infinite else name.removeprefix("module_")
        fields[name] = read_numbers(
            "modules", column, fields[name], count, failures, infinite=infinite
        )


def _words(
    table: str, name: str, values: Any, count: int, failures: Failures
) -> npt.NDArray[np.str_]:
    words = np.array(values, dtype=np.str_)
    if words.shape != (count,):
        message, fix = f"has shape {words.shape}, not ({count},)", f"give one per {table[:-1]}"
        failures.add(table, name, None, None, "wrong_length", message, fix)
        return np.full(count, DECISIONS[0])
    strange = ~np.isin(words, DECISIONS)
    fault = ("unknown_choice", "is no decision", f"write one of {', '.join(DECISIONS)}")
    collect(table, name, strange, words, fault, failures)
    return sealed(words)


def _read_limits(fields: dict[str, Any], failures: Failures) -> None:
    for name, nothing in LIMITS.items():
        value = fields[name]
        if value is None:
            fields[name] = nothing
            continue
        number = _number(value)
        if math.isnan(number) or number < 0 or (name in _FINITE_LIMITS and math.isinf(number)):
            fix = "give a number of 0 or more, or None"
            failures.add("limits", name, None, value, "out_of_range", "is no limit", fix)
        elif nothing is not None:
            fields[name] = number
        elif number != int(number) if math.isfinite(number) else True:
            fix = "give a whole number, or None"
            failures.add("limits", name, None, value, "out_of_range", "is no number of sites", fix)
        else:
            fields[name] = int(number)
    low, high = fields["min_sites"], fields["max_sites"]
    if not len(failures) and low is not None and high is not None and low > high:
        fix = "lower it, or raise max_sites"
        failures.add("limits", "min_sites", None, low, "wrong_order", f"is more than {high}", fix)


def _number(value: Any) -> float:
    try:
        return math.nan if isinstance(value, (bool, str)) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _check_rules(fields: dict[str, Any], failures: Failures) -> None:
    """Collect what does not go together."""
    ids, source, target = fields["site_id"], fields["source"], fields["target"]
    fault = ("self_loop", "is both ends of the lane", "remove the lane")
    collect("lanes", "target", source == target, ids[target], fault, failures)
    for table, least, most in (
        ("lanes", "min_flow", "capacity"),
        ("sites", "min_throughput", "site_capacity"),
    ):
        on = fields["module_on"] - (len(ids) if table == "lanes" else 0)
        bought = np.isin(np.arange(len(fields[least])), on)
        tight = (fields[least] > fields[most]) & ~bought
        fault = ("wrong_order", "is more than the capacity", "lower it")
        collect(table, least, tight, fields[least], fault, failures)
    no_module = fields["module_capacity"] <= 0
    fault = ("out_of_range", "is no capacity", "write more than 0")
    collect("modules", "capacity", no_module, fields["module_capacity"], fault, failures)
    limit = fields["module_limit"]
    broken = np.isfinite(limit) & (limit != np.floor(limit))
    fault = ("out_of_range", "is no number of modules", "write a whole number")
    collect("modules", "max_count", broken, limit, fault, failures)
    for name in ("unit_cost", "fixed_cost", "site_fixed_cost", "handling_cost"):
        table = "sites" if name in SITE_COLUMNS else "lanes"
        fault = ("overflow", "is too large to calculate with", "use a larger unit of money")
        column = name.removeprefix("site_")
        collect(table, column, fields[name] > _NO_COST, fields[name], fault, failures)
    _check_steps(fields, failures)


def _check_steps(fields: dict[str, Any], failures: Failures) -> None:
    """Collect facilities whose steps do not begin at 0, and steps that stand twice."""
    on, start = fields["step_on"], fields["step_from"]
    order = np.lexsort((start, on))
    first = np.ones(len(on), dtype=np.bool_)
    first[1:] = on[order][1:] != on[order][:-1]
    late = np.zeros(len(on), dtype=np.bool_)
    late[order] = first & (start[order] > 0)
    fault = ("missing", "is where the first step begins", "add one from 0")
    collect("steps", "from", late, start, fault, failures)
    twice = np.zeros(len(on), dtype=np.bool_)
    twice[order[1:]] = ~first[1:] & (start[order][1:] == start[order][:-1])
    fault = ("duplicate_id", "begins another step of the same facility", "keep one row")
    collect("steps", "from", twice, start, fault, failures)
