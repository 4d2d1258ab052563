"""The arrays, tables and networks that a `DesignProblem` is made from."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns, positions, read_table
from flowopt.flow.design import tables
from flowopt.flow.design.validation import (
    LANE_COLUMNS,
    LIMITS,
    MODULE_COLUMNS,
    SITE_COLUMNS,
    STEP_COLUMNS,
)

if TYPE_CHECKING:
    from flowopt.network import Network

Array = npt.NDArray[Any]
DEFAULT_COMMODITY = "goods"
_WHOLE_NAMES = ("site_id", "commodity_id", "period_id", "mode", "backend", *LIMITS)


# ---- arrays


def array_columns(
    source: npt.ArrayLike, target: npt.ArrayLike, given: dict[str, Any]
) -> dict[str, Any]:
    """Return the fields of a problem given as arrays, single numbers spread over their column.

    Parameters
    ----------
    source, target
        Positions of the lanes' ends.
    given
        Fields as they came.
    """
    _refuse_strangers(given)
    ends: dict[str, Any] = {"source": np.asarray(source), "target": np.asarray(target)}
    fields = {name: given[name] for name in _WHOLE_NAMES if name in given}
    demand, supply = _amounts(given)
    site_id = given.get("site_id")
    if site_id is None:
        site_id = np.arange(_number_of_sites(ends, given, demand))
    sites, lanes = np.size(site_id), np.size(ends["source"])
    demand = np.broadcast_to(demand, (sites, *demand.shape[1:])) if demand.ndim == 3 else demand
    counts = demand.shape if demand.ndim == 3 else (sites, 1, 1)
    fields |= ends | {"site_id": site_id, "demand": demand}
    fields.setdefault("commodity_id", _ids(given.get("commodity_id"), counts[1]))
    fields.setdefault("period_id", _ids(given.get("period_id"), counts[2]))
    fields["commodity_weight"] = _spread(given.get("commodity_weight", 1.0), (counts[1],))
    shape = (sites, counts[1])
    fields["supply"] = _sources(ends, shape) if supply is None else _spread(supply, shape)
    site_columns = SITE_COLUMNS | {"single_source": False, "site_decision": "auto"}
    lane_columns = LANE_COLUMNS | {"lane_commodity": -1, "decision": "auto"}
    for columns, length in ((site_columns, sites), (lane_columns, lanes)):
        for name, default in columns.items():
            fields[name] = _spread(given.get(name, default), (length,))
    return fields | _rows(given)


def _refuse_strangers(given: dict[str, Any]) -> None:
    from flowopt.flow.design.problem import DesignProblem

    strange = set(given) - set(inspect.signature(DesignProblem).parameters)
    if strange:
        raise TypeError(f"there is no column {', '.join(sorted(strange))}")


def _amounts(given: dict[str, Any]) -> tuple[Array, Any]:
    """Return demand with three dimensions where its shape allows, and supply with two."""
    demand = np.asarray(given.get("demand", 0.0))
    if demand.ndim == 0:
        demand = demand.reshape(1, 1, 1)
    while demand.ndim < 3:
        demand = demand[..., None]
    supply = given.get("supply")
    if supply is not None:
        supply = np.asarray(supply)
        supply = supply[:, None] if supply.ndim == 1 else supply
    return demand, supply


def _number_of_sites(ends: dict[str, Array], given: dict[str, Any], demand: Array) -> int:
    lengths = [np.size(given[name]) for name in SITE_COLUMNS if np.ndim(given.get(name, 0))]
    if len(demand) > 1:
        lengths.append(len(demand))
    tops = [int(end.max()) + 1 for end in ends.values() if end.size and end.dtype.kind in "iu"]
    return max([*lengths, *tops], default=0)


def _ids(ids: Any, count: int) -> Any:
    return np.arange(count) if ids is None else ids


def _spread(values: Any, shape: tuple[int, ...]) -> Any:
    """Return a single value as a whole column, and a column as it is."""
    return np.full(shape, values) if np.ndim(values) == 0 else values


def _sources(ends: dict[str, Any], shape: tuple[int, int]) -> Array:
    """Return supply without limit for each site that no lane leads to."""
    supply = np.full(shape, np.inf)
    target = ends["target"]
    if target.dtype.kind in "iu":
        supply[target[(target >= 0) & (target < shape[0])]] = 0.0
    return supply


def _rows(given: dict[str, Any]) -> dict[str, Any]:
    """Return the rows of steps and modules; their columns may be single numbers."""
    fields: dict[str, Any] = {}
    for on, names in (("step_on", dict.fromkeys(STEP_COLUMNS, 0.0)), ("module_on", MODULE_COLUMNS)):
        rows = np.asarray(given.get(on, ()))
        fields[on] = rows if rows.size else np.zeros(0, dtype=np.int64)
        for name, default in names.items():
            fields[name] = _spread(given.get(name, default), (rows.size,))
    return fields


# ---- frames


def frame_columns(frames: dict[str, Any], limits: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a problem given as tables.

    Parameters
    ----------
    frames
        Table name → frame; see `flowopt.flow.design.tables`.
    limits
        The limits on the design as a whole.

    Raises
    ------
    ValidationError
        With every fault of all tables.
    """
    strange = set(limits) - set(LIMITS)
    if strange:
        raise TypeError(f"there is no limit {', '.join(sorted(strange))}")
    failures = Failures()
    sites = read_table(tables.DESIGN_SITES, frames["sites"], failures, required=True)
    known: dict[str, Any] = {"sites": sites["id"]}
    demand = read_table(tables.DESIGN_DEMAND, frames["demand"], failures, known, required=True)
    supply = read_table(tables.DESIGN_SUPPLY, frames.get("supply"), failures, known)
    known["commodities"] = _names(demand["commodity"], supply["commodity"])
    lanes = read_table(tables.DESIGN_LANES, frames["lanes"], failures, known, required=True)
    rows = {
        name: read_table(table, frames.get(name), failures, known)
        for name, table in (("steps", tables.DESIGN_STEPS), ("modules", tables.DESIGN_MODULES))
    }
    on = {name: _facilities(table, sites, lanes, failures) for name, table in rows.items()}
    commodities = known["commodities"]
    for table in (demand, supply):
        _check_commodity(table, commodities, failures)
    failures.raise_if_any()
    fields = _lane_fields(sites, lanes, commodities) | _site_fields(sites) | limits
    fields |= _demand_fields(demand, sites["id"], commodities)
    fields |= _supply_fields(supply, sites, lanes, commodities)
    fields |= {f"step_{name}": rows["steps"][name] for name in ("from", "unit_cost", "fixed")}
    fields |= {f"module_{name}": rows["modules"][name] for name in ("capacity", "cost")}
    fields |= {"module_limit": rows["modules"]["max_count"]}
    return fields | {"step_on": on["steps"], "module_on": on["modules"], "backend": lanes.backend}


def _names(*columns: Array) -> Array:
    """Return the distinct names of columns, in order; one of its own when there is none."""
    names = [name for column in columns for name in column.astype(np.str_).tolist() if name]
    return np.array(list(dict.fromkeys(names)) or [DEFAULT_COMMODITY])


def _check_commodity(table: Columns, commodities: Array, failures: Failures) -> None:
    if len(commodities) < 2:
        return
    for row in np.flatnonzero(table["commodity"].astype(np.str_) == ""):
        fix = f"name one of {', '.join(commodities[:5].tolist())}"
        message = "is missing, and there are several"
        failures.add(table.spec.name, "commodity", int(row), None, "missing", message, fix)


def _facilities(table: Columns, sites: Columns, lanes: Columns, failures: Failures) -> Array:
    """Return the facility that each row of steps or modules names."""
    on = positions(table["site"], sites["id"])
    lane_of: dict[tuple[str, str], list[int]] = {}
    ends = zip(lanes["source"].tolist(), lanes["target"].tolist(), strict=True)
    for lane, (source, target) in enumerate(ends):
        lane_of.setdefault((str(source), str(target)), []).append(lane)
    for row in np.flatnonzero(table["site"].astype(np.str_) == ""):
        source, target, mode = (str(table[name][row]) for name in ("source", "target", "mode"))
        found = lane_of.get((source, target), [])
        found = [lane for lane in found if not mode or str(lanes["mode"][lane]) == mode]
        if len(found) == 1:
            on[row] = sites.num_rows + found[0]
            continue
        value = f"{source} → {target}" if source or target else None
        message = "is no site and no lane" if not found else "is more than one lane"
        fix = "name a site, or a lane by source, target and mode"
        failures.add(table.spec.name, "site", int(row), value, "unknown_id", message, fix)
    return on


def _lane_fields(sites: Columns, lanes: Columns, commodities: Array) -> dict[str, Any]:
    return {
        "source": positions(lanes["source"], sites["id"]),
        "target": positions(lanes["target"], sites["id"]),
        "mode": lanes["mode"],
        "lane_commodity": positions(lanes["commodity"], commodities),
        "decision": lanes["decision"],
        **{name: lanes[name] for name in LANE_COLUMNS},
    }


def _site_fields(sites: Columns) -> dict[str, Any]:
    names = ("min_throughput", "handling_cost", "unmet_cost", "max_distance", "max_lead_time")
    return {
        "site_id": sites["id"],
        "single_source": sites["single_source"],
        **{f"site_{name}": sites[name] for name in ("fixed_cost", "capacity", "decision")},
        **{name: sites[name] for name in names},
    }


def _demand_fields(demand: Columns, ids: Array, commodities: Array) -> dict[str, Any]:
    """Return demand by site, commodity and period; a row without a period counts in each."""
    named = demand["period"].astype(np.str_)
    periods = np.array(list(dict.fromkeys(name for name in named.tolist() if name)) or ["1"])
    amounts = np.zeros((len(ids), len(commodities), len(periods)))
    site, commodity = positions(demand["site"], ids), _which(demand["commodity"], commodities)
    period = positions(named, periods)
    for row, amount in enumerate(demand["demand"].tolist()):
        when = slice(None) if period[row] < 0 else int(period[row])
        amounts[site[row], commodity[row], when] += amount
    weight = np.ones(len(commodities))
    names = {"commodity_id": commodities, "period_id": periods, "commodity_weight": weight}
    return {"demand": amounts} | names


def _which(names: Array, commodities: Array) -> npt.NDArray[np.int64]:
    return np.maximum(positions(names, commodities), 0)  # empty: the only one


def _supply_fields(
    supply: Columns, sites: Columns, lanes: Columns, commodities: Array
) -> dict[str, Any]:
    """Return supply by site and commodity, and that of all commodities together."""
    shape = (sites.num_rows, len(commodities))
    joint = np.full(shape[0], np.inf)
    told = ~np.isnan(sites["supply"])
    if not told.any() and not supply.num_rows:
        ends = {"target": positions(lanes["target"], sites["id"])}
        return {"supply": _sources(ends, shape), "joint_supply": joint}
    amounts = np.zeros(shape)
    amounts[told] = sites["supply"][told, None]
    if shape[1] > 1:
        joint[told] = sites["supply"][told]
    site, commodity = (
        positions(supply["site"], sites["id"]),
        _which(supply["commodity"], commodities),
    )
    amounts[site, commodity] = supply["supply"]
    return {"supply": amounts, "joint_supply": joint}


# ---- networks


def network_columns(network: Network, joint: bool) -> dict[str, Any]:
    """Return the fields of the problem of designing a network.

    Parameters
    ----------
    network
        Sites, lanes and demand.
    joint
        Whether its commodities are added up to one.
    """
    site, lane, goods = network.sites, network.lanes, network.commodities
    ids = np.array([DEFAULT_COMMODITY]) if joint else goods["id"]
    demand = np.zeros((site.num_rows, len(ids), 1))
    place = network.demand_commodity * (not joint)
    np.add.at(demand[:, :, 0], (network.demand_site, place), network.demand["demand"])
    supply = np.repeat(site["supply"][:, None], len(ids), axis=1)
    given = {
        "mode": lane["mode"],
        "site_id": site["id"],
        "commodity_id": ids,
        "demand": demand,
        "supply": supply,
        "joint_supply": site["supply"] if len(ids) > 1 else np.inf,
        "commodity_weight": _weights(network, joint),
        "emissions": lane["emission_factor"] * lane["distance"] / 1000.0,  # per kg
        "site_fixed_cost": site["fixed_cost"],
        "site_capacity": site["capacity"],
        "handling_cost": site["handling_cost"],
        "backend": network.backend,
    }
    names = ("unit_cost", "capacity", "min_flow", "fixed_cost", "distance", "lead_time")
    given |= {name: lane[name] for name in names}
    return array_columns(network.lane_source, network.lane_target, given)


def _weights(network: Network, joint: bool) -> Array:
    """Return kg of one unit of each commodity; of all together, of what is wanted on average."""
    weight: Array = network.commodities["unit_weight"]
    if not joint:
        return weight
    wanted = network.demand["demand"]
    total = wanted.sum()
    mean = (wanted * weight[network.demand_commodity]).sum() / total if total else 0.0
    return np.array([mean])
