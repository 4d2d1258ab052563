"""The tables, arrays and networks that a `MaxFlowProblem` is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.columns import Column, Table
from flowopt.core.errors import Failures
from flowopt.flow.named.base import FloatArray
from flowopt.flow.named.links import (
    MODE,
    SOURCE,
    TARGET,
    UNDIRECTED,
    find_sites,
    link_columns,
    read_frames,
)

if TYPE_CHECKING:
    from flowopt.network import Network

_NO_LIMIT = float("inf")


def _limit(name: str, meaning: str, default: float) -> Column:
    return Column(name, "float", meaning, "units/period", default, lower=0, infinite=True)


SITES = Table(
    "sites",
    "Places of a maximum flow.",
    (
        Column("id", "id", "name of the site"),
        _limit("supply", "most that it gives; sources have some", 0.0),
        _limit("demand", "most that it takes; sinks have some", 0.0),
        _limit("capacity", "most that goes through it", _NO_LIMIT),
    ),
    key=("id",),
)
"""The table of sites of `MaxFlowProblem.from_frames`."""

LANES = Table(
    "lanes",
    "Links of a maximum flow.",
    (SOURCE, TARGET, MODE, _limit("capacity", "most that it carries", _NO_LIMIT), UNDIRECTED),
)
"""The table of lanes of `MaxFlowProblem.from_frames`."""


def frame_columns(lanes: Any, sites: Any, sources: Any, sinks: Any) -> dict[str, Any]:
    """Return the fields of a problem given as frames; see `MaxFlowProblem.from_frames`."""
    failures = Failures()
    site, lane = read_frames(SITES, LANES, sites, lanes, failures)
    fields = {
        "capacity": lane["capacity"],
        "site_capacity": site["capacity"],
        "supply": _limits(site["supply"], "sources", sources, site["id"], failures),
        "demand": _limits(site["demand"], "sinks", sinks, site["id"], failures),
    }
    failures.raise_if_any()
    return fields | link_columns(site, lane)


def _limits(given: FloatArray, name: str, ids: Any, site_id: Any, failures: Failures) -> FloatArray:
    """Return the limits of the sites named, inf where a table gives none; all when none is."""
    if ids is None:
        return given
    places = find_sites(name, ids, site_id, failures)
    limits = np.zeros(len(site_id))
    known = places[places >= 0]
    limits[known] = np.where(given[known] > 0, given[known], np.inf)
    return limits


def network_columns(network: Network, sources: Any, sinks: Any, commodity: Any) -> dict[str, Any]:
    """Return the fields of a problem over a network; see `MaxFlowProblem.from_network`."""
    failures = Failures()
    site, lane = network.sites, network.lanes
    for row in np.flatnonzero(lane["min_flow"] > 0):
        fix = "set it to 0, or solve a FlowProblem, which keeps minimum flows"
        value, message = float(lane["min_flow"][row]), "is no part of a maximum flow"
        failures.add("lanes", "min_flow", int(row), value, "unsupported", message, fix)
    demand = network.total_demand(commodity)
    fields = {
        "site_id": site["id"],
        "source": network.lane_source,
        "target": network.lane_target,
        "mode": lane["mode"],
        "capacity": lane["capacity"],
        "site_capacity": site["capacity"],
        "supply": _limits(site["supply"], "sources", sources, site["id"], failures),
        "demand": _limits(demand, "sinks", sinks, site["id"], failures),
        "backend": network.backend,
    }
    failures.raise_if_any()
    return fields
