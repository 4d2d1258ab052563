"""The tables of safety stock for the sites of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import make_frame, positions

if TYPE_CHECKING:
    from flowopt.network import Network

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def network_frames(
    network: Network,
    commodity: str | int | None,
    flow: npt.ArrayLike | None,
    holding_rate: float | None,
    columns: dict[str, Any],
) -> tuple[Any, Any]:
    """Return the frames of stages and links; see `SafetyStockProblem.from_network`.

    Parameters
    ----------
    network, commodity, flow, holding_rate, columns
        As there.
    """
    failures = Failures()
    rows = _demand_rows(network, commodity, failures)
    carried = _carried(network, flow, failures)
    failures.raise_if_any()
    links = _links(network, carried)
    stages = _stages(network, rows, holding_rate, links) | {
        name: np.full(network.sites.num_rows, value) if np.ndim(value) == 0 else value
        for name, value in columns.items()
    }
    return make_frame(stages, network.backend), make_frame(links, network.backend)


def _demand_rows(network: Network, commodity: str | int | None, failures: Failures) -> Mask:
    """Return (D,) which rows of demand are meant."""
    if commodity is None:
        return np.ones(network.demand.num_rows, dtype=np.bool_)
    place = int(positions([commodity], network.commodities["id"])[0])
    if place < 0:
        message, fix = "is no commodity of the network", "give one of its commodities"
        failures.add("network", "commodity", None, commodity, "unknown_id", message, fix)
    return np.asarray(network.demand_commodity == place)


def _carried(network: Network, flow: npt.ArrayLike | None, failures: Failures) -> Floats:
    """Return (A,) what each lane carries; 1 where that is not known."""
    num_lanes = network.lanes.num_rows
    if flow is None:
        return np.ones(num_lanes)
    given = np.asarray(flow, dtype=np.float64)
    if given.shape != (num_lanes,) or not (np.isfinite(given) & (given >= 0)).all():
        message = f"is no column of {num_lanes} amounts of 0 or more"
        fix = "give what each lane carries, in the order of lanes"
        failures.add("network", "flow", None, None, "wrong_length", message, fix)
        return np.ones(num_lanes)
    return given


def _links(network: Network, carried: Floats) -> dict[str, Any]:
    """Return the columns of links: shares of what arrives, the slowest of parallel lanes."""
    lanes, ids = network.lanes, network.sites["id"]
    used = np.flatnonzero(carried > 0)
    source = positions(lanes["source"][used], ids)
    target = positions(lanes["target"][used], ids)
    pairs, pair = np.unique(source * len(ids) + target, return_inverse=True)
    arriving = np.bincount(target, carried[used], len(ids))
    quantity = np.bincount(pair, carried[used] / arriving[target], len(pairs))
    lead_time = np.zeros(len(pairs))
    np.maximum.at(lead_time, pair, lanes["lead_time"][used])
    return {
        "source": ids[pairs // max(1, len(ids))],
        "target": ids[pairs % max(1, len(ids))],
        "quantity": quantity,
        "lead_time": lead_time,
    }


def _stages(
    network: Network, rows: Mask, holding_rate: float | None, links: dict[str, Any]
) -> dict[str, Any]:
    """Return the columns of stages that the network holds."""
    ids, site = network.sites["id"], network.demand_site[rows]
    mean = np.bincount(site, network.demand["demand"][rows], len(ids))
    variance = np.bincount(site, network.demand["demand_sd"][rows] ** 2, len(ids))
    stages: dict[str, Any] = {
        "stage": ids,
        "stage_time": np.zeros(len(ids)),
        "demand_mean": mean,
        "demand_sd": np.sqrt(variance),
    }
    if holding_rate is None:
        return stages | {"holding_cost": np.full(len(ids), _mean(network, rows, "holding_cost"))}
    first = ~np.isin(ids, links["target"])
    return stages | {"added_cost": np.where(first, _mean(network, rows, "unit_value"), 0.0)}


def _mean(network: Network, rows: Mask, column: str) -> float:
    """Return the mean of a column of commodities, weighed by their demand."""
    values = network.commodities[column][network.demand_commodity[rows]]
    weight = network.demand["demand"][rows]
    return float(values @ weight / weight.sum()) if weight.sum() > 0 else 0.0
