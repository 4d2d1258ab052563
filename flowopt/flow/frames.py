"""The tables, arrays and networks that a `FlowProblem` is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Column, Table
from flowopt.core.errors import Failures
from flowopt.core.tables import positions, read_table

if TYPE_CHECKING:
    from flowopt.network import Network

_NO_LIMIT = float("inf")
_UNKNOWN = float("nan")
_OF_LANES = ("capacity", "unit_cost", "min_flow", "lead_time")
_OF_SITES = ("supply", "demand", "handling_cost", "unmet_cost", "unused_cost")


def _quantity(name: str, meaning: str, default: float = 0.0, infinite: bool = False) -> Column:
    unit = "units/period"
    return Column(name, "float", meaning, unit, default, lower=0, infinite=infinite)


SITES = Table(
    "sites",
    "Places where goods are given, taken or pass through.",
    (
        Column("id", "id", "name of the site"),
        _quantity("supply", "most that it gives", infinite=True),
        _quantity("demand", "what it takes"),
        _quantity("capacity", "most that goes through it", _NO_LIMIT, infinite=True),
        Column("handling_cost", "float", "cost of what goes through it", "money/unit", 0.0, 0.0),
        Column(
            "unmet_cost",
            "float",
            "price of demand left unmet; inf when all must be met",
            "money/unit",
            _NO_LIMIT,
            0.0,
            infinite=True,
        ),
        Column(
            "unused_cost",
            "float",
            "price of supply left unused; inf when all must be used",
            "money/unit",
            0.0,
            0.0,
            infinite=True,
        ),
    ),
    key=("id",),
)
"""The table of sites of `FlowProblem.from_frames`."""

LANES = Table(
    "lanes",
    "Links along which goods move from one site to another.",
    (
        Column("source", "ref", "site where it begins", refers_to="sites"),
        Column("target", "ref", "site where it ends", refers_to="sites"),
        Column("mode", "text", "how goods move on it; parallel lanes differ in it", default="road"),
        Column("unit_cost", "float", "cost of what it carries", "money/unit", 0.0),
        _quantity("capacity", "most that it carries", _NO_LIMIT, infinite=True),
        _quantity("min_flow", "least that it carries"),
        Column(
            "undirected",
            "bool",
            "whether it carries either way, together up to its capacity",
            default=False,
        ),
        Column("lead_time", "float", "time from dispatch to arrival", "periods", _UNKNOWN, 0.0),
    ),
)
"""The table of lanes of `FlowProblem.from_frames`."""


def array_columns(
    ends: dict[str, npt.ArrayLike],
    lanes: dict[str, npt.ArrayLike],
    sites: dict[str, npt.ArrayLike],
    num_sites: int | None,
    site_id: npt.ArrayLike | None,
) -> dict[str, Any]:
    """Return the fields of a problem given as arrays, single numbers spread over their column.

    Parameters
    ----------
    ends
        Positions of the lanes' ends.
    lanes, sites
        Columns, or one number for all.
    num_sites
        Number of sites; None finds it.
    site_id
        (N,) ids; None numbers the sites from 0.
    """
    columns: dict[str, Any] = {name: np.asarray(values) for name, values in ends.items()}
    if site_id is None:
        site_id = np.arange(_number_of_sites(columns, sites, num_sites))
    num_lanes, count = np.size(columns["source"]), np.size(site_id)
    for names, length in ((lanes, num_lanes), (sites, count)):
        columns |= {
            name: np.full(length, values) if np.ndim(values) == 0 else values
            for name, values in names.items()
        }
    return columns | {"site_id": site_id}


def _number_of_sites(
    ends: dict[str, Any], sites: dict[str, npt.ArrayLike], num_sites: int | None
) -> int:
    if num_sites is not None:
        return num_sites
    lengths = [np.size(values) for values in sites.values() if np.ndim(values)]
    if lengths:
        return max(lengths)
    tops = [int(end.max()) + 1 for end in ends.values() if end.size and end.dtype.kind in "iu"]
    return max(tops, default=0)


def frame_columns(sites: Any, lanes: Any) -> dict[str, Any]:
    """Return the fields of a problem given as frames.

    Parameters
    ----------
    sites, lanes
        Frames of any library; see `SITES` and `LANES`.

    Raises
    ------
    ValidationError
        With every fault of both tables.
    """
    failures = Failures()
    site = read_table(SITES, sites, failures, required=True)
    lane = read_table(LANES, lanes, failures, {"sites": site["id"]}, required=True)
    failures.raise_if_any()
    return {
        "site_id": site["id"],
        "source": positions(lane["source"], site["id"]),
        "target": positions(lane["target"], site["id"]),
        "mode": lane["mode"],
        "site_capacity": site["capacity"],
        **{name: lane[name] for name in (*_OF_LANES, "undirected")},
        **{name: site[name] for name in _OF_SITES},
        "backend": lane.backend,
    }


def network_columns(
    network: Network, commodity: str | int | None, unmet_cost: npt.ArrayLike | None
) -> dict[str, Any]:
    """Return the fields of the problem of moving a network's demand.

    Parameters
    ----------
    network
        Sites, lanes and demand.
    commodity
        Id of the commodity to move; None adds up the units of all.
    unmet_cost
        Price of one unit of unmet demand, one for all sites or (N,); None when all must be met.
    """
    site, lane = network.sites, network.lanes
    return {
        "site_id": site["id"],
        "source": network.lane_source,
        "target": network.lane_target,
        "mode": lane["mode"],
        "site_capacity": site["capacity"],
        "demand": network.total_demand(commodity),
        "unmet_cost": unmet_cost,
        "unused_cost": 0.0,
        "undirected": np.zeros(len(network.lane_source), dtype=np.bool_),
        **{name: lane[name] for name in _OF_LANES},
        **{name: site[name] for name in ("supply", "handling_cost")},
        "backend": network.backend,
    }
