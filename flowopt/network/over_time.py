"""A network over periods: what may leave when, what waits where, and the graph of all that."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import DEFAULT_BACKEND, make_frame

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

LANE, THROUGH, STOCK = 0, 1, 2
"""Kinds of arcs: a lane used in a period, what comes into a site, what waits to the next period."""

_KINDS = np.array(["lane", "through", "stock"])
_LARGEST = 2.0**53
_LIMITS = frozenset({"capacity", "supply", "site_capacity", "storage_capacity"})
_LANES = ("capacity", "unit_cost", "min_flow")
_SITES = (
    "supply",
    "demand",
    "site_capacity",
    "handling_cost",
    "storage_capacity",
    "holding_cost",
    "receipts",
)
_ONCE = ("opening_stock", "final_stock")


@dataclass(frozen=True, eq=False)
class ExpandedArcs:
    """The graph of a network over periods.

    Node ``site · T + period`` holds what is at a site in a period; `entry` is where lanes and
    supply come in, another node where a site limits or charges that; `end` is the last node.

    Parameters
    ----------
    source, target
        (M,) nodes at the ends of each arc.
    kind
        (M,) `LANE`, `THROUGH` or `STOCK`.
    place
        (M,) the lane, or the site, that each arc stands for.
    period
        (M,) when it leaves; stock is that at the end of the period.
    capacity, unit_cost, min_flow
        (M,) as of lanes.
    entry
        (S, T) nodes at which flow comes into each site.
    num_nodes
        Number of nodes.
    """

    source: Indices
    target: Indices
    kind: Indices
    place: Indices
    period: Indices
    capacity: Floats
    unit_cost: Floats
    min_flow: Floats
    entry: Indices
    num_nodes: int

    @property
    def end(self) -> int:
        """The node to which stock at the end of the last period goes."""
        return self.num_nodes - 1


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TimeExpandedNetwork:
    """Sites and lanes over T periods; `Network.expand` makes one of tables.

    What leaves in period t arrives in period t + `lead_periods`; what would arrive after the last
    period is not sent, whatever its `min_flow`. Stock is what is at a site at the end of a period.
    One number, or a column, stands for all periods.

    Parameters
    ----------
    site_id, period_id
        (S,) and (T,) ids.
    source, target
        (A,) positions, in `site_id`, of the ends of each lane; parallel lanes are allowed.
    mode
        (A,) names of the lanes' modes, None when they have none.
    lead_periods
        (A,) whole periods from dispatch to arrival.
    capacity, min_flow
        (A, T) most and least that leaves over each lane in each period; units.
    unit_cost
        (A, T) cost of one unit that leaves.
    supply
        (S, T) most that a site gives in each period; units, may be inf.
    demand
        (S, T) what it takes; units.
    site_capacity
        (S, T) most that comes in (received and supplied); units, may be inf.
    handling_cost
        (S, T) cost of one unit that comes in.
    storage_capacity
        (S, T) most in stock at the end of each period; units, may be inf.
    holding_cost
        (S, T) cost of one unit in stock at the end of each period.
    receipts
        (S, T) what is on its way already and arrives; units.
    opening_stock
        (S,) stock before the first period; units.
    final_stock
        (S,) least stock at the end of the last period; units.
    backend
        Library of the frames that come out.

    Raises
    ------
    ValidationError
        With every fault of every column.

    Examples
    --------
    >>> network = TimeExpandedNetwork(
    ...     site_id=["mill", "shop"], period_id=["Mon", "Tue", "Wed"], source=[0], target=[1],
    ...     lead_periods=[1], unit_cost=2.0, supply=[[9, 9, 0], [0, 0, 0]],
    ...     demand=[[0, 0, 0], [0, 4, 5]], holding_cost=0.5,
    ... )
    >>> network
    <TimeExpandedNetwork 2 sites, 1 lane, 3 periods: 7 nodes, 8 arcs>
    """

    site_id: npt.NDArray[Any]
    period_id: npt.NDArray[Any]
    source: Indices
    target: Indices
    mode: npt.NDArray[np.str_] | None = None
    lead_periods: Indices
    capacity: Floats = np.inf  # type: ignore[assignment]  # spread over all lanes and periods
    min_flow: Floats = 0.0  # type: ignore[assignment]  # likewise, as all below
    unit_cost: Floats = 0.0  # type: ignore[assignment]
    supply: Floats = 0.0  # type: ignore[assignment]
    demand: Floats = 0.0  # type: ignore[assignment]
    site_capacity: Floats = np.inf  # type: ignore[assignment]
    handling_cost: Floats = 0.0  # type: ignore[assignment]
    storage_capacity: Floats = np.inf  # type: ignore[assignment]
    holding_cost: Floats = 0.0  # type: ignore[assignment]
    receipts: Floats = 0.0  # type: ignore[assignment]
    opening_stock: Floats = 0.0  # type: ignore[assignment]
    final_stock: Floats = 0.0  # type: ignore[assignment]
    backend: str = DEFAULT_BACKEND

    def __post_init__(self) -> None:
        failures = Failures()
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, value in _normalised(given, failures).items():
            object.__setattr__(self, name, value)
        failures.raise_if_any()

    @property
    def num_sites(self) -> int:
        """S."""
        return len(self.site_id)

    @property
    def num_lanes(self) -> int:
        """A."""
        return len(self.source)

    @property
    def num_periods(self) -> int:
        """T."""
        return len(self.period_id)

    def lane_name(self, lane: int) -> str:
        """Return the ends and the mode of a lane, for people."""
        ends = f"{self.site_id[self.source[lane]]} → {self.site_id[self.target[lane]]}"
        return ends if self.mode is None else f"{ends} ({self.mode[lane]})"

    @cached_property
    def arcs(self) -> ExpandedArcs:
        """The graph: each site in each period is a node, each lane in each period an arc."""
        return _arcs(self)

    def to_frame(self) -> Any:
        """Return the arcs as a frame: from which site and period to which, at which limits."""
        arcs, periods = self.arcs, self.num_periods
        site = np.full(arcs.num_nodes, "the end", dtype=object)
        when = np.full(arcs.num_nodes, "", dtype=object)
        for nodes in (np.arange(self.num_sites * periods).reshape(-1, periods), arcs.entry):
            site[nodes] = np.array(self.site_id.astype(str), dtype=object)[:, None]
            when[nodes] = np.array(self.period_id.astype(str), dtype=object)[None, :]
        columns = {
            "kind": _KINDS[arcs.kind],
            "source": site[arcs.source],
            "departure": when[arcs.source],
            "target": site[arcs.target],
            "arrival": when[arcs.target],
            "capacity": arcs.capacity,
            "unit_cost": arcs.unit_cost,
            "min_flow": arcs.min_flow,
        }
        return make_frame(columns, self.backend)

    def __repr__(self) -> str:
        lanes = f"{self.num_lanes:,} lane{'s' if self.num_lanes != 1 else ''}"
        size = f"{self.arcs.num_nodes:,} nodes, {len(self.arcs.source):,} arcs"
        parts = f"{self.num_sites:,} sites, {lanes}, {self.num_periods:,} periods: {size}"
        return f"<{type(self).__name__} {parts}>"


def _arcs(network: TimeExpandedNetwork) -> ExpandedArcs:
    sites, periods = network.num_sites, network.num_periods
    hold = np.arange(sites * periods).reshape(sites, periods)
    apart = (np.isfinite(network.site_capacity) | (network.handling_cost > 0)).any(axis=1)
    entry = hold.copy()
    entry[apart] = sites * periods + np.arange(apart.sum() * periods).reshape(-1, periods)
    end = sites * periods + int(apart.sum()) * periods
    arrival = np.arange(periods)[None, :] + network.lead_periods[:, None]
    lane, leaves = np.nonzero(arrival < periods)
    split = np.repeat(np.flatnonzero(apart), periods)
    enters = np.tile(np.arange(periods), int(apart.sum()))
    site, ends = np.nonzero(network.storage_capacity > 0)
    last = ends == periods - 1
    later = hold[site, np.minimum(ends + 1, periods - 1)]
    parts = (
        (
            LANE,
            lane,
            leaves,
            hold[network.source[lane], leaves],
            entry[network.target[lane], arrival[lane, leaves]],
            network.capacity[lane, leaves],
            network.unit_cost[lane, leaves],
            network.min_flow[lane, leaves],
        ),
        (
            THROUGH,
            split,
            enters,
            entry[split, enters],
            hold[split, enters],
            network.site_capacity[split, enters],
            network.handling_cost[split, enters],
            np.zeros(len(split)),
        ),
        (
            STOCK,
            site,
            ends,
            hold[site, ends],
            np.where(last, end, later),
            network.storage_capacity[site, ends],
            network.holding_cost[site, ends],
            np.where(last, network.final_stock[site], 0.0),
        ),
    )
    kind = np.repeat([part[0] for part in parts], [len(part[1]) for part in parts])
    place, period, source, target, capacity, unit_cost, min_flow = (
        np.concatenate([part[column] for part in parts]) for column in range(1, 8)
    )
    ends_of = (source.astype(np.int64), target.astype(np.int64))
    numbers = (capacity, unit_cost, min_flow)
    return ExpandedArcs(*ends_of, kind, place, period, *numbers, entry, end + 1)


# ---- what comes in


def _normalised(given: dict[str, Any], failures: Failures) -> dict[str, Any]:
    """Return the fields as read-only arrays; faults are collected."""
    read = dict(given)
    for table, name in (("sites", "site_id"), ("periods", "period_id")):
        read[name] = ids = np.array(given[name])
        if not ids.size:
            read[name] = ids = np.zeros(0, dtype=np.int64)
        if ids.ndim != 1 or ids.dtype.kind not in "iuU":
            fix = "give one name or whole number each"
            failures.add(table, name, None, None, "wrong_type", "is no column of ids", fix)
            read[name] = ids = np.zeros(0, dtype=np.int64)
        for row in _repeated(ids):
            fix, value = "keep one row, or rename one", ids[row].item()
            failures.add(table, name, row, value, "duplicate_id", "stands there again", fix)
    if not len(failures) and not len(read["period_id"]):
        failures.add("periods", "period_id", None, None, "empty_table", "is empty", "give one")
    sites, periods = len(read["site_id"]), len(read["period_id"])
    lanes = np.size(given["source"])
    for name, most, what in (
        ("source", sites, "a position of a site"),
        ("target", sites, "a position of a site"),
        ("lead_periods", 2**31, "a whole number of periods"),
    ):
        read[name] = _whole(name, given[name], lanes, most, what, failures)
    shapes = dict.fromkeys(_LANES, (lanes, periods)) | dict.fromkeys(_SITES, (sites, periods))
    for name, shape in (shapes | dict.fromkeys(_ONCE, (sites,))).items():
        read[name] = _grid(name, given[name], shape, failures)
    if given["mode"] is not None:
        read["mode"] = np.array(given["mode"], dtype=np.str_)
        if read["mode"].shape != (lanes,):
            fix = "give one per lane"
            failures.add("lanes", "mode", None, None, "wrong_length", "is of another length", fix)
    if not len(failures):
        _check(read, failures)
    for value in read.values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return read


def _repeated(ids: npt.NDArray[Any]) -> list[int]:
    _, first, inverse = np.unique(ids, return_index=True, return_inverse=True)
    return list(np.flatnonzero(first[inverse] != np.arange(len(ids))).tolist())


def _whole(
    name: str, values: Any, length: int, most: int, what: str, failures: Failures
) -> Indices:
    column = np.array(values)
    if not column.size and not length:
        return np.zeros(0, dtype=np.int64)
    if column.dtype.kind not in "iu" or column.shape != (length,):
        message = f"is an array of {column.dtype} of shape {column.shape}"
        failures.add("lanes", name, None, None, "wrong_type", message, f"give {what} per lane")
        return np.zeros(length, dtype=np.int64)
    for row in np.flatnonzero((column < 0) | (column >= most)).tolist():
        value, message, fix = column[row].item(), "is out of range", f"give {what}"
        code = "unknown_id" if what.endswith("site") else "out_of_range"
        failures.add("lanes", name, row, value, code, message, fix)
    return column.astype(np.int64)


def _grid(name: str, values: Any, shape: tuple[int, ...], failures: Failures) -> Floats:
    """Return numbers of a shape; a number, or one per row, stands for all periods."""
    table = "lanes" if name in _LANES else "sites"
    try:
        numbers = np.array(values, dtype=np.float64)
        if numbers.ndim == 1 and len(shape) == 2:
            numbers = numbers[:, None]
        numbers = np.array(np.broadcast_to(numbers, shape))
    except (TypeError, ValueError):
        message = f"is not of shape {shape}"
        fix = "give one number, one per row, or one per row and period"
        failures.add(table, name, None, None, "wrong_shape", message, fix)
        return np.zeros(shape)
    wrong = (
        ("nan", np.isnan(numbers), "is not a number (NaN)", "fill it"),
        ("negative", numbers < 0, "is negative", "write 0 or more"),
        ("inf", np.isposinf(numbers) & (name not in _LIMITS), "is infinite", "write a number"),
        (
            "overflow",
            np.isfinite(numbers) & (numbers > _LARGEST),
            "is too large",
            "use larger units",
        ),
    )
    for code, mask, message, fix in wrong:
        for place in np.argwhere(mask):
            value = float(numbers[tuple(place)])
            when = f" in period {place[1]}" if len(place) == 2 else ""
            failures.add(table, name, int(place[0]), value, code, message + when, fix)
    return numbers


def _check(read: dict[str, Any], failures: Failures) -> None:
    """Collect what does not fit together."""
    for row in np.flatnonzero(read["source"] == read["target"]).tolist():
        value = read["site_id"][read["source"][row]].item()
        fix = "remove the lane: stock is kept without one"
        failures.add("lanes", "target", row, value, "self_loop", "is both ends of the lane", fix)
    for row, period in np.argwhere(read["min_flow"] > read["capacity"]).tolist():
        value = float(read["min_flow"][row, period])
        when = read["period_id"][period].item()
        message, fix = f"is more than the capacity in period {when}", "lower it"
        failures.add("lanes", "min_flow", row, value, "out_of_range", message, fix)
    last = read["storage_capacity"][:, -1]
    for row in np.flatnonzero(read["final_stock"] > last).tolist():
        value, message = (
            float(read["final_stock"][row]),
            f"is more than can be stored ({last[row]:g})",
        )
        fix = "lower it, or raise storage_capacity"
        failures.add("sites", "final_stock", row, value, "out_of_range", message, fix)
