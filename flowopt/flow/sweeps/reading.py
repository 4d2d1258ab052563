"""Reads a table of scenarios, and collects every fault in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.ids import key_codes
from flowopt.core.tables import positions, read_table
from flowopt.flow.arrays import LARGEST_NUMBER
from flowopt.flow.sweeps.scenarios import (
    CLOSINGS,
    KINDS,
    ON_LANES,
    SCENARIOS,
    FloatArray,
    IndexArray,
    Scenarios,
    lane_names,
)

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem

_MAY_BE_NEGATIVE = ("unit_cost",)
_MAY_BE_INFINITE = ("capacity", "supply", "site_capacity")


def read_scenarios(problem: FlowProblem, given: Any) -> Scenarios:
    """Return the scenarios of a frame, or those of `Scenarios`, checked against a problem.

    Parameters
    ----------
    problem
        Sites and lanes.
    given
        A frame with the columns of `SCENARIOS`, or `Scenarios`.

    Raises
    ------
    ValidationError
        With every fault.
    """
    from flowopt.flow.problem import FlowProblem

    if not isinstance(problem, FlowProblem):
        raise TypeError(f"a sweep takes a FlowProblem, not a {type(problem).__name__}")
    failures = Failures()
    if isinstance(given, Scenarios):
        scenarios = given
        _check_places(problem, scenarios, failures)
        names = scenarios.names.tolist()
        if len(set(map(str, names))) < len(names):
            message, fix = "names two scenarios", "give each a name of its own"
            failures.add("scenarios", "scenario", None, None, "duplicate_id", message, fix)
    else:
        scenarios = _of_frame(problem, given, failures)
    if not len(failures):
        _check_values(problem, scenarios, failures)
    failures.raise_if_any()
    return scenarios


def _of_frame(problem: FlowProblem, frame: Any, failures: Failures) -> Scenarios:
    table = read_table(SCENARIOS, frame, failures, required=True)
    kinds = table["kind"]
    kind = np.zeros(len(kinds), dtype=np.uint8)
    for code, name in enumerate(KINDS):
        kind[kinds == name] = code
    place = np.zeros(len(kinds), dtype=np.int64)
    if not len(failures):
        on_lane = np.isin(kinds, ON_LANES)
        place[on_lane] = _lanes(problem, table["id"], np.flatnonzero(on_lane), failures)
        place[~on_lane] = _sites(problem, table["id"], np.flatnonzero(~on_lane), failures)
    codes = key_codes(table["scenario"])
    names = table["scenario"][np.unique(codes, return_index=True)[1]]
    order = np.argsort(codes, kind="stable")
    if not len(failures):
        _check_twice(codes, kind, place, table["id"], failures)
        _check_table_values(kind, table["value"], failures)
    return Scenarios(
        names.astype(object), codes[order], kind[order], place[order], table["value"][order]
    )


def _sites(
    problem: FlowProblem, ids: npt.NDArray[Any], rows: IndexArray, failures: Failures
) -> IndexArray:
    place = positions(ids[rows], problem.site_id)
    for item in np.flatnonzero(place < 0).tolist():
        value, fix = ids[rows[item]].item(), "give the id of a site"
        failures.add("scenarios", "id", int(rows[item]), value, "unknown_id", "is no site", fix)
    return place


def site_positions(problem: FlowProblem, ids: npt.NDArray[Any]) -> IndexArray:
    """Return the positions of sites.

    Parameters
    ----------
    problem
        Sites and lanes.
    ids
        Ids of sites.

    Raises
    ------
    ValidationError
        With every id that is no site's.
    """
    failures = Failures()
    place = _sites(problem, ids, np.arange(len(ids)), failures)
    failures.raise_if_any()
    return place


def _lanes(
    problem: FlowProblem, ids: npt.NDArray[Any], rows: IndexArray, failures: Failures
) -> IndexArray:
    """Return the lanes that ids name; by position, or by name where it is the name of one only."""
    words = [str(word).replace("<->", "↔").replace("->", "→") for word in ids[rows].tolist()]
    place = np.full(len(words), -1, dtype=np.int64)
    named = []
    for item, word in enumerate(words):
        if word.isascii() and word.isdigit() and int(word) < problem.num_lanes:
            place[item] = int(word)
        else:
            named.append(item)
    by_name: dict[str, list[int]] = {}
    if named:
        for lane, name in enumerate(lane_names(problem)):
            by_name.setdefault(name, []).append(lane)
    for item in named:
        found = by_name.get(words[item], [])
        if len(found) == 1:
            place[item] = found[0]
            continue
        code, message = "unknown_id", "is no lane"
        fix = f"give a lane's name, as 'A -> B (road)', or its position, below {problem.num_lanes}"
        if found:
            code, message = "ambiguous", f"is the name of {len(found)} lanes"
            fix = f"give the position of one: {', '.join(map(str, found[:4]))}"
        failures.add("scenarios", "id", int(rows[item]), words[item], code, message, fix)
    return place


def _check_twice(
    codes: IndexArray,
    kind: npt.NDArray[np.uint8],
    place: IndexArray,
    ids: npt.NDArray[Any],
    failures: Failures,
) -> None:
    keys = key_codes(codes, kind, place)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    for row in np.flatnonzero(first[inverse] != np.arange(len(keys))).tolist():
        message = f"is changed in the same way in row {first[inverse[row]]} of this scenario"
        fix = "keep one of the rows"
        value = ids[row].item()
        failures.add("scenarios", "id", row, value, "duplicate_id", message, fix)


def _check_table_values(kind: npt.NDArray[np.uint8], value: FloatArray, failures: Failures) -> None:
    closing = np.isin(KINDS, CLOSINGS)[kind]
    surplus = closing & ~np.isnan(value)
    fault = ("not_empty", "says nothing: what is closed has no value", "leave the cell empty")
    _collect(surplus, value, fault, failures)
    missing = ~closing & np.isnan(value)
    _collect(missing, value, ("nan", "is not a number (NaN)", "give the new value"), failures)


def _check_places(problem: FlowProblem, scenarios: Scenarios, failures: Failures) -> None:
    on_lane = scenarios.of_kind(*ON_LANES)
    most = np.where(on_lane, problem.num_lanes, problem.num_sites)
    wrong = (scenarios.place < 0) | (scenarios.place >= most)
    for row in np.flatnonzero(wrong).tolist():
        message = "is no lane" if on_lane[row] else "is no site"
        fix = "make the scenarios from the problem that is swept"
        value = int(scenarios.place[row])
        failures.add("scenarios", "place", row, value, "unknown_id", message, fix)
    _check_table_values(scenarios.kind, scenarios.value, failures)


def _check_values(problem: FlowProblem, scenarios: Scenarios, failures: Failures) -> None:
    value, of = scenarios.value, scenarios.of_kind
    place = scenarios.place
    with_price = np.zeros(len(value), dtype=np.bool_)
    supply = scenarios.rows("supply")
    with_price[supply] = problem.unused_cost[place[supply]] > 0
    either_way = np.zeros(len(value), dtype=np.bool_)
    costs = scenarios.rows("unit_cost")
    either_way[costs] = problem.undirected[place[costs]]
    negative = (value < 0) & np.isfinite(value) & (~of(*_MAY_BE_NEGATIVE) | either_way)
    _collect(negative, value, ("negative", "is negative", "write 0 or more"), failures)
    limitless = (value > 0) & of(*_MAY_BE_INFINITE) & ~with_price
    infinite = np.isinf(value) & ~limitless
    _collect(infinite, value, ("inf", "is infinite", "write a finite number"), failures)
    huge = np.isfinite(value) & (np.abs(value) > LARGEST_NUMBER) & ~negative
    fault = ("overflow", "is too large to calculate with", "use a larger unit")
    _collect(huge, value, fault, failures)
    capacity = scenarios.rows("capacity")
    least = np.zeros(len(value))
    least[capacity] = problem.min_flow[place[capacity]]
    fault = ("out_of_range", "is less than the lane's minimum flow", "raise it, or close the lane")
    _collect(of("capacity") & (value < least) & ~negative, value, fault, failures)


def _collect(
    mask: npt.NDArray[np.bool_],
    value: FloatArray,
    fault: tuple[str, str, str],
    failures: Failures,
) -> None:
    for row in np.flatnonzero(mask).tolist():
        failures.add("scenarios", "value", row, float(value[row]), *fault)


def check_draws(count: int, spread: float, seed: int, decimals: int) -> None:
    """Raise with every number of `random_demand` that cannot be used.

    Parameters
    ----------
    count, spread, seed, decimals
        See `random_demand`.
    """
    failures = Failures()
    for name, number, least in (("count", count, 1), ("seed", seed, 0), ("decimals", decimals, 0)):
        if isinstance(number, bool) or not hasattr(number, "__index__") or number < least:
            fix = f"give a whole number of at least {least}"
            failures.add("random_demand", name, None, number, "out_of_range", "cannot be used", fix)
    if not (isinstance(spread, (int, float)) and 0 <= spread < math.inf):
        fix = "give a number of 0 or more"
        failures.add("random_demand", "spread", None, spread, "out_of_range", "cannot be used", fix)
    failures.raise_if_any()
