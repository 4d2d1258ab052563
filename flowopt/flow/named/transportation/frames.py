"""The tables and networks that a `TransportationProblem` is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.columns import REQUIRED, Column, Table
from flowopt.core.errors import Failures
from flowopt.core.tables import positions, read_table

if TYPE_CHECKING:
    from flowopt.network import Network

_NO_LIMIT = float("inf")


def _number(name: str, meaning: str, unit: str, default: Any, infinite: bool = True) -> Column:
    return Column(name, "float", meaning, unit, default, lower=0, infinite=infinite)


ORIGINS = Table(
    "origins",
    "Where goods come from.",
    (
        Column("id", "id", "name of the origin"),
        _number("supply", "most that it gives", "units/period", REQUIRED),
        _number("unused_cost", "price of supply left; inf when all must go", "money/unit", 0.0),
    ),
    key=("id",),
)
"""The table of origins of `TransportationProblem.from_frames`."""

DESTINATIONS = Table(
    "destinations",
    "Where goods go.",
    (
        Column("id", "id", "name of the destination"),
        _number("demand", "what it takes", "units/period", REQUIRED, infinite=False),
        _number(
            "unmet_cost",
            "price of demand left unmet; inf when all must be met",
            "money/unit",
            _NO_LIMIT,
        ),
    ),
    key=("id",),
)
"""The table of destinations of `TransportationProblem.from_frames`."""

PAIRS = Table(
    "pairs",
    "Who may ship to whom. A pair that is not named, or that costs inf, is forbidden.",
    (
        Column("origin", "ref", "where goods come from", refers_to="origins"),
        Column("destination", "ref", "where they go", refers_to="destinations"),
        Column("mode", "text", "how they go; a pair may have several", default=""),
        Column("unit_cost", "float", "cost of what goes", "money/unit", infinite=True),
        _number("capacity", "most that goes", "units/period", _NO_LIMIT),
    ),
    key=("origin", "destination", "mode"),
)
"""The table of pairs of `TransportationProblem.from_frames`."""


def frame_columns(origins: Any, destinations: Any, pairs: Any) -> dict[str, Any]:
    """Return the fields of a problem given as frames; see `TransportationProblem.from_frames`."""
    failures = Failures()
    origin = read_table(ORIGINS, origins, failures, required=True)
    destination = read_table(DESTINATIONS, destinations, failures, required=True)
    ids = {"origins": origin["id"], "destinations": destination["id"]}
    pair = read_table(PAIRS, pairs, failures, ids, required=True)
    failures.raise_if_any()
    return {
        "origin_id": origin["id"],
        "destination_id": destination["id"],
        "origin": positions(pair["origin"], origin["id"]),
        "destination": positions(pair["destination"], destination["id"]),
        "mode": pair["mode"] if (pair["mode"] != "").any() else None,
        **{name: origin[name] for name in ("supply", "unused_cost")},
        **{name: destination[name] for name in ("demand", "unmet_cost")},
        **{name: pair[name] for name in ("unit_cost", "capacity")},
        "backend": pair.backend,
    }


def network_columns(
    network: Network, commodity: Any, unmet_cost: float | None, unused_cost: float
) -> dict[str, Any]:
    """Return the fields of a network's problem; see `TransportationProblem.from_network`."""
    site, lane, demand = network.sites, network.lanes, network.total_demand(commodity)
    givers, takers = np.flatnonzero(site["supply"] > 0), np.flatnonzero(demand > 0)
    origin, destination = (np.full(len(demand), -1) for _ in range(2))
    origin[givers], destination[takers] = np.arange(len(givers)), np.arange(len(takers))
    _refuse_the_rest(network, origin, destination)
    return {
        "origin_id": site["id"][givers],
        "destination_id": site["id"][takers],
        "origin": origin[network.lane_source],
        "destination": destination[network.lane_target],
        "mode": lane["mode"],
        "unit_cost": lane["unit_cost"],
        "capacity": lane["capacity"],
        "supply": site["supply"][givers],
        "demand": demand[takers],
        "unmet_cost": np.full(len(takers), np.inf if unmet_cost is None else unmet_cost),
        "unused_cost": np.full(len(givers), float(unused_cost)),
        "backend": network.backend,
    }


def _refuse_the_rest(network: Network, origin: Any, destination: Any) -> None:
    """Raise for what a network has and a transportation problem has not."""
    failures = Failures()
    site, lane = network.sites, network.lanes
    through = (origin[network.lane_source] < 0) | (destination[network.lane_target] < 0)
    both = (origin >= 0) & (destination >= 0)
    for table, column, mask, values, what in (
        ("lanes", "target", through, lane["target"], "leads from no origin to a destination"),
        ("lanes", "min_flow", lane["min_flow"] > 0, lane["min_flow"], "is a minimum flow"),
        ("sites", "supply", both, site["supply"], "is of a site that has demand, too"),
        ("sites", "capacity", np.isfinite(site["capacity"]), site["capacity"], "limits a site"),
        ("sites", "handling_cost", site["handling_cost"] > 0, site["handling_cost"], "is a cost"),
    ):
        for row in np.flatnonzero(mask).tolist():
            message = f"{what}, which is no part of a transportation problem"
            fix, value = "take it out, or solve a FlowProblem", values[row].item()
            failures.add(table, column, row, value, "unsupported", message, fix)
    failures.raise_if_any()
