"""The tables of serial systems for a network whose sites stand in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import make_frame, positions

if TYPE_CHECKING:
    from flowopt.network import Network

Rows = npt.NDArray[np.int64]


def chain_frames(network: Network, holding_cost: Any, columns: dict[str, Any]) -> tuple[Any, Any]:
    """Return the frames of systems and stages; see `SerialSystemProblem.from_network`.

    Parameters
    ----------
    network, holding_cost
        As there.
    columns
        Further columns of the systems.
    """
    failures = Failures()
    line, lanes = _line(network, failures)
    rates = _rates(network, holding_cost, line, failures)
    failures.raise_if_any()
    ids = network.commodities["id"]
    amount, spread = network.demand["demand"], network.demand["demand_sd"]
    mean = np.bincount(network.demand_commodity, amount, len(ids))
    variance = np.bincount(network.demand_commodity, spread**2, len(ids))
    systems = {
        "system": ids,
        "demand_mean": mean,
        "demand_sd": np.sqrt(variance),
        **{name: np.broadcast_to(np.asarray(v), len(ids)) for name, v in columns.items()},
    }
    if columns.get("distribution") == "poisson":
        del systems["demand_sd"]
    stages = {
        "system": np.repeat(ids, len(line)),
        "stage": np.tile(network.sites["id"][line], len(ids)),
        "holding_cost": np.tile(rates, len(ids)),
        "lead_time": np.tile(network.lanes["lead_time"][lanes], len(ids)),
    }
    return make_frame(systems, network.backend), make_frame(stages, network.backend)


def _line(network: Network, failures: Failures) -> tuple[Rows, Rows]:
    """Return the sites that hold stock, from the source on, and the lanes that supply them."""
    kind, ids = network.sites["kind"], network.sites["id"]
    stocked = kind != "customer"
    inner = np.flatnonzero(stocked[network.lane_target])
    source, target = network.lane_source[inner], network.lane_target[inner]
    many = np.bincount(target, minlength=len(ids)) > 1
    many |= np.bincount(source, minlength=len(ids)) > 1
    first = np.setdiff1d(np.flatnonzero(stocked), target)
    for site in np.flatnonzero(many).tolist():
        text, fix = "is where lines meet or part", "leave one lane in and one out"
        failures.add("sites", "id", site, ids[site].item(), "no_line", text, fix)
    for site in first[1:].tolist():
        text, fix = "begins a second line", "leave one site that no lane leads to"
        failures.add("sites", "id", site, ids[site].item(), "no_line", text, fix)
    nothing = np.zeros(0, dtype=np.int64)
    if len(failures) or not len(first) or not len(inner):
        if not len(failures):
            text, fix = "has no line of sites that hold stock", "add lanes between such sites"
            failures.add("lanes", None, None, None, "no_line", text, fix)
        return nothing, nothing
    steps = zip(target.tolist(), inner.tolist(), strict=True)
    after = dict(zip(source.tolist(), steps, strict=True))
    sites, lanes, at = [], [], int(first[0])
    while at in after:
        at, lane = after[at]
        sites.append(at)
        lanes.append(lane)
    for lane in np.setdiff1d(inner, lanes).tolist():
        text, fix = "is on no way from the first site of the line", "take its lane out"
        value = network.lanes["source"][lane].item()
        failures.add("lanes", "source", lane, value, "no_line", text, fix)
    _check_customers(network, sites, failures)
    return np.array(sites), np.array(lanes)


def _check_customers(network: Network, line: list[int], failures: Failures) -> None:
    """Collect demand that is not of the last site, or of customers that it supplies."""
    ids, last = network.sites["id"], line[-1]
    served = {last} | set(network.lane_target[network.lane_source == last].tolist())
    supplied = network.sites["kind"][network.lane_target] == "customer"
    for lane in np.flatnonzero(supplied & (network.lane_source != last)).tolist():
        text, fix = f"is not {ids[last]}, the last of the line", "let the last site serve customers"
        value = network.lanes["source"][lane].item()
        failures.add("lanes", "source", lane, value, "no_line", text, fix)
    wanting = network.demand["demand"] > 0
    for row in np.flatnonzero(wanting & ~np.isin(network.demand_site, list(served))).tolist():
        text, fix = f"is not served by {ids[last]}, the last of the line", "add a lane from there"
        value = network.demand["site"][row].item()
        failures.add("demand", "site", row, value, "no_line", text, fix)


def _rates(
    network: Network, holding_cost: Any, line: Rows, failures: Failures
) -> npt.NDArray[np.float64]:
    """Return the holding cost of each site of the line."""
    ids = network.sites["id"]
    rates = np.full(len(ids), np.nan)
    if isinstance(holding_cost, Mapping):
        places = positions(list(holding_cost), ids)
        for place, (site, rate) in zip(places.tolist(), holding_cost.items(), strict=True):
            if place < 0:
                text, fix = "is no site of the network", "give ids of sites"
                failures.add("network", "holding_cost", None, site, "unknown_id", text, fix)
            else:
                rates[place] = rate
    else:
        given = np.asarray(holding_cost)
        if given.dtype.kind not in "iuf" or given.shape not in ((), (len(ids),)):
            text, fix = "is no column of numbers", f"give {len(ids)} numbers, or site → cost"
            failures.add("network", "holding_cost", None, None, "wrong_type", text, fix)
            return rates[line]
        rates[:] = given
    for site in line[np.isnan(rates[line])].tolist():
        text, fix = "has no holding cost", "give one for each site of the line after its first"
        failures.add("network", "holding_cost", None, ids[site].item(), "missing_value", text, fix)
    return rates[line]
