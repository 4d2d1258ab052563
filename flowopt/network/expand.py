"""From a network and calendars to a network over periods."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures, FlowoptWarning
from flowopt.core.ids import day_name, key_positions
from flowopt.core.tables import Columns, positions, read_table
from flowopt.network.expand_spec import DEMAND_CALENDAR, LANE_CALENDAR, RECEIPTS, SITE_CALENDAR
from flowopt.network.over_time import TimeExpandedNetwork

if TYPE_CHECKING:
    from flowopt.network.network import Network

Floats = npt.NDArray[np.float64]

_ROUNDING = 1e-9  # periods: a lead time this little above a whole number is that number


def expand(
    network: Network,
    periods: int | Sequence[str | int],
    *,
    commodity: str | int | None = None,
    demand_calendar: Any = None,
    lane_calendar: Any = None,
    site_calendar: Any = None,
    receipts: Any = None,
    opening_stock: npt.ArrayLike | None = None,
    final_stock: npt.ArrayLike = 0.0,
    storage_capacity: npt.ArrayLike | None = None,
    holding_cost: npt.ArrayLike | None = None,
) -> TimeExpandedNetwork:
    """Return a network over periods; see `flowopt.Network.expand`."""
    if commodity is not None:
        network.total_demand(commodity)  # which knows whether there is such a commodity
    failures = Failures()
    period_id = _period_ids(periods, failures)
    tables = {
        table.name: read_table(
            table, frame, failures, {"sites": network.sites["id"], "periods": period_id}
        )
        for table, frame in (
            (DEMAND_CALENDAR, demand_calendar),
            (LANE_CALENDAR, lane_calendar),
            (SITE_CALENDAR, site_calendar),
            (RECEIPTS, receipts),
        )
    }
    holding = _holding_cost(network, commodity, holding_cost, failures)
    lane_rows = _lane_rows(network, tables["lane_calendar"], failures)
    failures.raise_if_any()
    grids = _grids(network, len(period_id), holding, storage_capacity)
    if demand_calendar is None:
        grids["demand"] += network.total_demand(commodity)[:, None]
    places = {name: _places(network, period_id, table) for name, table in tables.items()}
    _set(grids, tables["demand_calendar"], places["demand_calendar"], {"demand": "demand"})
    _set(grids, tables["receipts"], places["receipts"], {"receipts": "quantity"})
    names = ("supply", "handling_cost", "storage_capacity", "holding_cost")
    changed = dict(zip(names, names, strict=True)) | {"site_capacity": "capacity"}
    _set(grids, tables["site_calendar"], places["site_calendar"], changed)
    _set_lanes(grids, tables["lane_calendar"], period_id, *lane_rows)
    if opening_stock is None:
        opening_stock = _opening_stock(network, commodity, receipts is not None)
    return TimeExpandedNetwork(
        site_id=network.sites["id"],
        period_id=period_id,
        source=network.lane_source,
        target=network.lane_target,
        mode=network.lanes["mode"],
        lead_periods=np.ceil(network.lanes["lead_time"] - _ROUNDING).astype(np.int64),
        opening_stock=opening_stock,  # type: ignore[arg-type]  # spread when the network is made
        final_stock=final_stock,  # type: ignore[arg-type]  # likewise
        backend=network.backend,
        **grids,
    )


def _period_ids(periods: Any, failures: Failures) -> npt.NDArray[Any]:
    if isinstance(periods, (int, np.integer)) and not isinstance(periods, bool):
        if periods >= 1:
            return np.arange(periods)
        fix = "give 1 or more"
        failures.add("expand", "periods", None, periods, "out_of_range", "are too few", fix)
        return np.arange(1)
    names = list(periods) if np.iterable(periods) and not isinstance(periods, str) else []
    ids = [day_name(name) if isinstance(name, date) else name for name in names]
    kinds = {isinstance(name, str) for name in ids}
    whole = all(isinstance(name, (str, int, np.integer)) for name in ids)
    if not ids or len(kinds) > 1 or not whole:
        fix = "give a number, or a list of names, of dates or of whole numbers"
        failures.add("expand", "periods", None, None, "wrong_type", "are no periods", fix)
        return np.arange(1)
    return np.array(ids)


def _grids(
    network: Network, periods: int, holding: Any, storage: npt.ArrayLike | None
) -> dict[str, Floats]:
    """Return what is the same in all periods, as grids that a calendar can change."""
    sites, lanes = network.sites, network.lanes
    if storage is None:  # a cross-dock passes goods on
        storage = np.where(sites["kind"] == "crossdock", 0.0, np.inf)
    columns: dict[str, Any] = {
        **{name: lanes[name] for name in ("capacity", "unit_cost", "min_flow")},
        **{name: sites[name] for name in ("supply", "handling_cost")},
        "site_capacity": sites["capacity"],
        "storage_capacity": storage,
        "holding_cost": holding,
        "demand": 0.0,
        "receipts": 0.0,
    }
    grids = {}
    for name, values in columns.items():
        rows = lanes.num_rows if name in ("capacity", "unit_cost", "min_flow") else sites.num_rows
        numbers = np.asarray(values, dtype=np.float64)
        wide = numbers[:, None] if numbers.ndim == 1 else numbers
        fits = wide.ndim < 2 or wide.shape in ((rows, 1), (rows, periods))
        grids[name] = np.array(np.broadcast_to(wide, (rows, periods))) if fits else numbers
    return grids


def _places(network: Network, period_id: npt.NDArray[Any], table: Columns) -> Any:
    """Return (site, period) of each row of a table; None for one without sites."""
    if "site" not in table:
        return None
    return positions(table["site"], network.sites["id"]), positions(table["period"], period_id)


def _set(grids: dict[str, Floats], table: Columns, places: Any, columns: dict[str, str]) -> None:
    """Write what a table knows into the grids."""
    for name, column in columns.items():
        known = ~np.isnan(table[column])
        if known.any():
            grids[name][places[0][known], places[1][known]] = table[column][known]


def _set_lanes(
    grids: dict[str, Floats],
    table: Columns,
    period_id: npt.NDArray[Any],
    rows: npt.NDArray[np.int64],
    lanes: npt.NDArray[np.int64],
) -> None:
    """Write what rows of a lane calendar know of lanes into the grids."""
    when = positions(table["period"], period_id)[rows]
    for name in ("capacity", "unit_cost", "min_flow"):
        values = table[name][rows]
        known = ~np.isnan(values)
        grids[name][lanes[known], when[known]] = values[known]


def _lane_rows(
    network: Network, table: Columns, failures: Failures
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return rows of a lane calendar and the lanes they mean: one without a mode means all."""
    ids, lanes, mode = network.sites["id"], network.lanes, table["mode"]
    rows: list[int] = []
    found: list[int] = []
    named = np.flatnonzero(mode != "")
    ends = [table["source"], table["target"]]
    exact = key_positions(
        [ends[0][named], ends[1][named], mode[named]],
        [lanes["source"], lanes["target"], lanes["mode"]],
    )
    rows += named.tolist()
    found += exact.tolist()
    pairs = positions(ends[0], ids) * len(ids) + positions(ends[1], ids)
    known = network.lane_source * len(ids) + network.lane_target
    for row in np.flatnonzero(mode == "").tolist():
        places = np.flatnonzero(known == pairs[row])
        rows += [row] * max(len(places), 1)
        found += places.tolist() or [-1]
    for row, lane in zip(rows, found, strict=True):
        if lane < 0:
            name = f"{ends[0][row]} → {ends[1][row]}" + (f" ({mode[row]})" if mode[row] else "")
            fix = "add it to lanes, or correct it"
            message = "is no lane of the network"
            failures.add("lane_calendar", "source", row, name, "unknown_id", message, fix)
    return np.array(rows, dtype=np.int64), np.array(found, dtype=np.int64)


def _holding_cost(network: Network, commodity: Any, given: Any, failures: Failures) -> Any:
    """Return the cost of stock: as given, or that of the commodity."""
    if given is not None:
        return given
    costs = network.commodities["holding_cost"]
    if commodity is not None:
        return costs[positions([commodity], network.commodities["id"])[0]]
    if len(np.unique(costs)) > 1:
        message, fix = "differs between commodities", "name a commodity, or give holding_cost"
        failures.add("commodities", "holding_cost", None, None, "ambiguous", message, fix)
    return costs[0]


def _opening_stock(network: Network, commodity: Any, has_receipts: bool) -> Floats:
    """Return what the network says is in stock."""
    stock = network.stock
    if not stock.num_rows and (commodity is None or network.commodities.num_rows == 1):
        opening: Floats = network.sites["opening_stock"]
        return opening
    meant = np.ones(stock.num_rows, dtype=np.bool_)
    if commodity is not None:
        meant = network.stock_commodity == positions([commodity], network.commodities["id"])[0]
    if (stock["on_order"][meant] > 0).any() and not has_receipts:
        text = "stock.on_order has no period of arrival and is left out; give it as receipts"
        warnings.warn(text, FlowoptWarning, stacklevel=4)
    totals = np.zeros(network.sites.num_rows)
    np.add.at(totals, network.stock_site[meant], stock["on_hand"][meant])
    return totals
