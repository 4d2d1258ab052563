"""The tables and networks that a `ShortestPathProblem` is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.columns import Column, Table
from flowopt.core.errors import Failures
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

SITES = Table("sites", "Places of a shortest path.", (Column("id", "id", "its name"),), key=("id",))
"""The table of sites of `ShortestPathProblem.from_frames`."""

LANES = Table(
    "lanes",
    "Links of a shortest path.",
    (
        SOURCE,
        TARGET,
        MODE,
        Column("unit_cost", "float", "cost, length or time of using it", "money/unit"),
        UNDIRECTED,
    ),
)
"""The table of lanes of `ShortestPathProblem.from_frames`."""

MEASURES = ("unit_cost", "distance", "lead_time")
"""The columns of a network's lanes by which paths can be measured."""


def frame_columns(lanes: Any, sites: Any, origins: Any, destinations: Any) -> dict[str, Any]:
    """Return the fields of a problem given as frames; see `ShortestPathProblem.from_frames`."""
    failures = Failures()
    site, lane = read_frames(SITES, LANES, sites, lanes, failures)
    ends = ends_of(site["id"], origins, destinations, failures)
    failures.raise_if_any()
    return link_columns(site, lane) | ends | {"unit_cost": lane["unit_cost"]}


def network_columns(network: Network, origins: Any, destinations: Any, by: str) -> dict[str, Any]:
    """Return the fields of a network's problem; see `ShortestPathProblem.from_network`."""
    failures = Failures()
    if by not in MEASURES:
        fix = f"use one of {', '.join(MEASURES)}"
        failures.add("lanes", "by", None, by, "unknown_column", "is no measure of lanes", fix)
    ends = ends_of(network.sites["id"], origins, destinations, failures)
    failures.raise_if_any()
    return ends | {
        "site_id": network.sites["id"],
        "source": network.lane_source,
        "target": network.lane_target,
        "mode": network.lanes["mode"],
        "unit_cost": network.lanes[by],
        "backend": network.backend,
    }


def ends_of(site_id: Any, origins: Any, destinations: Any, failures: Failures) -> dict[str, Any]:
    """Return the positions of both ends; None stands for all sites."""
    given = {"origins": origins, "destinations": destinations}
    return {
        name: np.arange(len(site_id)) if ids is None else find_sites(name, ids, site_id, failures)
        for name, ids in given.items()
    }
