"""The fields of a `MultiCommodityProblem` from arrays, frames and networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.ids import key_positions
from flowopt.core.tables import Columns, positions, read_table
from flowopt.flow.multicommodity import tables as spec

if TYPE_CHECKING:
    from flowopt.network import Network

IndexArray = npt.NDArray[np.int64]
_NONE = np.zeros(0, dtype=np.int64)


def without_extras(num_sites: int) -> dict[str, Any]:
    """Return the fields of a problem without limits of sites, groups and commodities."""
    numbers = np.zeros(0)
    return {
        "site_capacity": np.full(num_sites, np.inf),
        "handling_cost": np.zeros(num_sites),
        "site_supply": np.full(num_sites, np.inf),
        "own_commodity": _NONE,
        "own_lane": _NONE,
        "own_cost": numbers,
        "own_capacity": numbers,
        "group_id": _NONE,
        "group_capacity": numbers,
        "member_group": _NONE,
        "member_lane": _NONE,
    }


def array_columns(
    ends: dict[str, Any],
    lanes: dict[str, Any],
    pairs: dict[str, Any],
    matrices: dict[str, Any],
    goods: dict[str, Any],
    num_sites: int | None,
    more: dict[str, Any],
) -> dict[str, Any]:
    """Return the fields of a problem given as arrays, single numbers spread over their column.

    Parameters
    ----------
    ends
        Positions of the lanes' ends.
    lanes, goods
        Columns of lanes and commodities, or one number for all.
    pairs, matrices
        Origin, destination and quantity, or supply and demand; None for those not given.
    num_sites
        Number of sites; None finds it.
    more
        Other fields.
    """
    _one_of_two(pairs, matrices)
    ends = {name: np.asarray(values) for name, values in ends.items()}
    by_pairs = pairs["origin"] is not None
    flows = _from_pairs(pairs) if by_pairs else _from_matrices(matrices)
    if num_sites is None:
        places = [*ends.values(), *(np.asarray(flows[n]) for n in ("demand_site", "supply_site"))]
        tops = [int(p.max()) + 1 for p in places if p.size and p.dtype.kind in "iu"]
        num_sites = max([*tops, flows.pop("num_sites"), np.size(more.get("site_id", ()))])
    flows.pop("num_sites", None)
    num_goods = flows.pop("num_commodities")
    price = np.inf if goods["unmet_cost"] is None else goods["unmet_cost"]
    return {
        "site_id": np.arange(num_sites),
        "commodity_id": np.arange(num_goods),
        **without_extras(num_sites),
        **ends,
        **{n: _spread(v, ends["source"].size) for n, v in lanes.items() if n != "mode"},
        "mode": lanes["mode"],
        "size": _spread(goods["size"], num_goods),
        "unmet_cost": _of_commodity(price, flows["demand_commodity"]),
        **flows,
        **more,
    }


def _one_of_two(pairs: dict[str, Any], matrices: dict[str, Any]) -> None:
    failures = Failures()
    for given, other in ((pairs, matrices), (matrices, pairs)):
        if any(v is not None for v in other.values()):
            continue
        for name, value in given.items():
            if value is None:
                fix = f"give {', '.join(pairs)}, or {' and '.join(matrices)}"
                failures.add("commodities", name, None, None, "missing_column", "is missing", fix)
        break
    else:
        fix = f"give either {', '.join(pairs)}, or {' and '.join(matrices)}"
        message = "is given in two ways"
        failures.add("commodities", "origin", None, None, "ambiguous", message, fix)
    failures.raise_if_any()


def _spread(values: Any, length: int) -> Any:
    return np.full(length, values) if np.ndim(values) == 0 else values


def _of_commodity(price: Any, commodity: Any) -> Any:
    prices = np.asarray(price)
    return np.full(np.size(commodity), price) if prices.ndim == 0 else prices[commodity]


def _from_pairs(pairs: dict[str, Any]) -> dict[str, Any]:
    origin, destination = np.asarray(pairs["origin"]), np.asarray(pairs["destination"])
    every = np.arange(origin.size)
    return {
        "demand_commodity": every,
        "demand_site": destination,
        "demand": _spread(pairs["quantity"], origin.size),
        "supply_commodity": every,
        "supply_site": origin,
        "supply": np.full(origin.size, np.inf),
        "num_sites": 0,
        "num_commodities": origin.size,
    }


def _from_matrices(matrices: dict[str, Any]) -> dict[str, Any]:
    flows: dict[str, Any] = {}
    failures = Failures()
    for name, values in matrices.items():
        matrix = np.asarray(values)
        if matrix.ndim != 2 or matrix.shape != np.shape(matrices["demand"]):
            message = f"has shape {matrix.shape}"
            fix = "give one row a commodity, one column a site, in both"
            failures.add("commodities", name, None, None, "wrong_length", message, fix)
            continue
        commodity, site = np.nonzero(matrix)
        flows |= {f"{name}_commodity": commodity, f"{name}_site": site, name: matrix[matrix != 0]}
    failures.raise_if_any()
    goods, sites = np.shape(matrices["demand"])
    return flows | {"num_sites": sites, "num_commodities": goods}


# ---- frames


def frame_columns(frames: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a problem given as frames.

    Parameters
    ----------
    frames
        Name of the table → frame of any library, or None.

    Raises
    ------
    ValidationError
        With every fault of all tables.
    """
    failures = Failures()
    refs: dict[str, Any] = {}
    read: dict[str, Columns] = {}
    needed = ("sites", "lanes", "commodities")
    for table in (
        spec.SITES,
        spec.LANES,
        spec.COMMODITIES,
        spec.DEMAND,
        spec.SUPPLY,
        spec.COMMODITY_LANES,
        spec.GROUPS,
        spec.GROUP_LANES,
    ):
        frame, required = frames[table.name], table.name in needed
        read[table.name] = read_table(table, frame, failures, refs, required=required)
        if "id" in table.names:
            refs[table.name] = read[table.name]["id"]
    _check_pairs(read, failures)
    failures.raise_if_any()
    columns = _lane_columns(read) | _flow_columns(read)
    columns |= _own_columns(read, failures) | _group_columns(read, failures)
    failures.raise_if_any()
    return columns


def _check_pairs(read: dict[str, Columns], failures: Failures) -> None:
    goods = read["commodities"]
    origin, destination = goods["origin"], goods["destination"]
    fix = "give both origin and destination, or neither"
    for row in np.flatnonzero((origin == "") != (destination == "")):
        column = "origin" if origin[row] == "" else "destination"
        message = "is missing"
        failures.add("commodities", column, int(row), None, "missing_value", message, fix)
    fix = "give origin and destination, or write it in the table of demand"
    for row in np.flatnonzero((origin == "") & (destination == "") & (goods["quantity"] > 0)):
        value, message = float(goods["quantity"][row]), "goes nowhere"
        failures.add("commodities", "quantity", int(row), value, "missing_value", message, fix)
    if len(failures):
        return
    for table, end in (("demand", destination), ("supply", origin)):
        rows = read[table]
        place = key_positions([rows["commodity"], rows["site"]], [goods["id"], end])
        for row in np.flatnonzero(place >= 0):
            pair = (rows["commodity"][row].item(), rows["site"][row].item())
            message = f"stands in commodities, row {place[row]}, too"
            fix = "say it in one of the two"
            failures.add(table, "commodity+site", int(row), pair, "duplicate_id", message, fix)


def _lane_columns(read: dict[str, Columns]) -> dict[str, Any]:
    sites, lanes = read["sites"], read["lanes"]
    return {
        "site_id": sites["id"],
        "site_capacity": sites["capacity"],
        "handling_cost": sites["handling_cost"],
        "site_supply": sites["supply"],
        "source": positions(lanes["source"], sites["id"]),
        "target": positions(lanes["target"], sites["id"]),
        "mode": lanes["mode"],
        "capacity": lanes["capacity"],
        "unit_cost": lanes["unit_cost"],
        "backend": lanes.backend,
    }


def _flow_columns(read: dict[str, Columns]) -> dict[str, Any]:
    """Return demand and supply: those of pairs first, then those of the tables."""
    sites, goods = read["sites"]["id"], read["commodities"]
    demand, supply = read["demand"], read["supply"]
    pairs = np.flatnonzero(goods["origin"] != "")
    commodity = positions(demand["commodity"], goods["id"])
    price = demand["unmet_cost"]
    price = np.where(np.isnan(price), goods["unmet_cost"][commodity], price)
    join = np.concatenate
    return {
        "commodity_id": goods["id"],
        "size": goods["size"],
        "demand_commodity": join([pairs, commodity]),
        "demand_site": join(
            [positions(goods["destination"][pairs], sites), positions(demand["site"], sites)]
        ),
        "demand": join([goods["quantity"][pairs], demand["demand"]]),
        "unmet_cost": join([goods["unmet_cost"][pairs], price]),
        "supply_commodity": join([pairs, positions(supply["commodity"], goods["id"])]),
        "supply_site": join(
            [positions(goods["origin"][pairs], sites), positions(supply["site"], sites)]
        ),
        "supply": join([np.full(len(pairs), np.inf), supply["supply"]]),
    }


def _matches(table: Columns, lanes: Columns, failures: Failures) -> tuple[IndexArray, IndexArray]:
    """Return the pairs of a row and a lane that it names; blanks name any."""
    rows, found = [_NONE], [_NONE]
    for row in range(table.num_rows):
        names = np.ones(lanes.num_rows, dtype=np.bool_)
        for column in ("source", "target", "mode"):
            if table[column][row] != "":
                names &= lanes[column] == table[column][row]
        matched = np.flatnonzero(names)
        if not len(matched):
            value = tuple(str(table[c][row]) for c in ("source", "target", "mode"))
            message, fix = "names no lane", "correct it, or leave cells blank that may be any"
            name = table.spec.name
            failures.add(name, "source+target+mode", row, value, "unknown_id", message, fix)
        found.append(matched)
        rows.append(np.full(len(matched), row))
    return np.concatenate(rows), np.concatenate(found)


def _own_columns(read: dict[str, Columns], failures: Failures) -> dict[str, Any]:
    table = read["commodity_lanes"]
    row, lane = _matches(table, read["lanes"], failures)
    commodity = positions(table["commodity"], read["commodities"]["id"])[row]
    key = commodity * (read["lanes"].num_rows + 1) + lane
    _, last = np.unique(key[::-1], return_index=True)  # of several rows the last counts
    kept = np.sort(len(key) - 1 - last)
    return {
        "own_commodity": commodity[kept],
        "own_lane": lane[kept],
        "own_cost": table["unit_cost"][row[kept]],
        "own_capacity": table["capacity"][row[kept]],
    }


def _group_columns(read: dict[str, Columns], failures: Failures) -> dict[str, Any]:
    table, groups = read["group_lanes"], read["groups"]
    row, lane = _matches(table, read["lanes"], failures)
    group = positions(table["group"], groups["id"])[row]
    member = np.unique(np.column_stack([group, lane]), axis=0)
    return {
        "group_id": groups["id"],
        "group_capacity": groups["capacity"],
        "member_group": member[:, 0],
        "member_lane": member[:, 1],
    }


# ---- networks


def network_columns(network: Network, size: Any, supply: Any, unmet_cost: Any) -> dict[str, Any]:
    """Return the fields of the problem of moving all commodities of a network.

    Parameters
    ----------
    network
        Sites, lanes, commodities and demand.
    size, supply, unmet_cost
        See `MultiCommodityProblem.from_network`.
    """
    site, lane, goods = network.sites, network.lanes, network.commodities
    failures = Failures()
    for row in np.flatnonzero(lane["min_flow"] > 0):
        value, fix = float(lane["min_flow"][row]), "take it away, or solve commodities one by one"
        message = "cannot be asked for by several commodities together"
        failures.add("lanes", "min_flow", int(row), value, "unsupported", message, fix)
    if isinstance(size, str) and size not in goods:
        fix = f"give numbers, or one of {', '.join(goods)}"
        failures.add("solve", "size", None, size, "unknown_column", "is no column", fix)
        size = 1.0
    given = _network_supply(network, supply, failures)
    failures.raise_if_any()
    price = np.inf if unmet_cost is None else unmet_cost
    return {
        **without_extras(site.num_rows),
        "site_id": site["id"],
        "site_capacity": site["capacity"],
        "handling_cost": site["handling_cost"],
        "site_supply": site["supply"],
        "source": network.lane_source,
        "target": network.lane_target,
        "mode": lane["mode"],
        "capacity": lane["capacity"],
        "unit_cost": lane["unit_cost"],
        "commodity_id": goods["id"],
        "size": goods[size] if isinstance(size, str) else _spread(size, goods.num_rows),
        "demand_commodity": network.demand_commodity,
        "demand_site": network.demand_site,
        "demand": network.demand["demand"],
        "unmet_cost": _of_commodity(price, network.demand_commodity),
        **given,
        "backend": network.backend,
    }


def _network_supply(network: Network, supply: Any, failures: Failures) -> dict[str, Any]:
    sites, goods = network.sites, network.commodities
    if supply is None:
        giving, count = np.flatnonzero(sites["supply"] > 0), goods.num_rows
        return {
            "supply_commodity": np.repeat(np.arange(count), len(giving)),
            "supply_site": np.tile(giving, count),
            "supply": np.full(count * len(giving), np.inf),
        }
    refs = {"sites": sites["id"], "commodities": goods["id"]}
    table = read_table(spec.SUPPLY, supply, failures, refs)
    return {
        "supply_commodity": positions(table["commodity"], goods["id"]),
        "supply_site": positions(table["site"], sites["id"]),
        "supply": table["supply"],
    }
