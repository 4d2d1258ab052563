"""What the problems over sites and lanes share: ids, ends of lanes, and how they are read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Column, Table
from flowopt.core.errors import Failures
from flowopt.core.tables import Columns, positions, read_table
from flowopt.flow.arrays import collect, has_length, read_ids, read_numbers, read_positions, sealed
from flowopt.flow.explanation import LaneId
from flowopt.flow.named.base import SHOWN, IndexArray, Mask, some

SOURCE = Column("source", "ref", "site where it begins", refers_to="sites")
TARGET = Column("target", "ref", "site where it ends", refers_to="sites")
MODE = Column("mode", "text", "how goods move on it; parallel lanes differ in it", default="")
UNDIRECTED = Column("undirected", "bool", "whether it can be used both ways", default=False)
"""Columns of lanes that the named problems share."""


class OverLanes:
    """The names of a problem's lanes, for people and for tables."""

    site_id: npt.NDArray[Any]
    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    mode: npt.NDArray[np.str_] | None

    @property
    def num_sites(self) -> int:
        """Number of sites."""
        return len(self.site_id)

    @property
    def num_lanes(self) -> int:
        """Number of lanes."""
        return len(self.source)

    def lane_name(self, lane: int) -> str:
        """Return the ends and the mode of a lane, for people."""
        ends = f"{self.site_id[self.source[lane]]} → {self.site_id[self.target[lane]]}"
        mode = "" if self.mode is None else str(self.mode[lane])
        return f"{ends} ({mode})" if mode else ends

    def lane_ids(self, lanes: IndexArray) -> tuple[LaneId, ...]:
        """Return lanes as (source, target, mode)."""
        modes = [None] * len(lanes) if self.mode is None else self.mode[lanes].tolist()
        ends = self.site_id[self.source[lanes]].tolist(), self.site_id[self.target[lanes]].tolist()
        return tuple(zip(*ends, modes, strict=True))

    def lane_names(self, lanes: IndexArray) -> str:
        """Return lanes as a list for people."""
        return some([self.lane_name(lane) for lane in lanes[:SHOWN].tolist()], len(lanes))

    def lane_columns(self, lanes: IndexArray | None = None) -> dict[str, Any]:
        """Return the columns of a table that name its lanes; None takes all."""
        rows = slice(None) if lanes is None else lanes
        columns = {
            "source": self.site_id[self.source[rows]],
            "target": self.site_id[self.target[rows]],
        }
        return columns if self.mode is None else columns | {"mode": self.mode[rows]}


def read_links(
    given: dict[str, Any],
    lanes: dict[str, dict[str, bool]],
    sites: dict[str, dict[str, bool]],
    failures: Failures,
) -> dict[str, Any]:
    """Return the fields of a problem over lanes as read-only arrays; faults are collected.

    Parameters
    ----------
    given
        Field → value as it came: ``site_id``, ``source``, ``target``, ``mode``, ``undirected``
        and the columns of numbers.
    lanes, sites
        Column of numbers → what may stand there, as for `flowopt.flow.arrays.read_numbers`.
    failures
        Where faults are collected; the result is safe to use only when there are none.
    """
    fields = dict(given)
    fields["site_id"] = ids = read_ids("sites", given["site_id"], failures)
    num_lanes, num_sites = np.size(given["source"]), len(ids)
    for name in ("source", "target"):
        fields[name] = read_positions("lanes", name, given[name], num_lanes, num_sites, failures)
    for table, columns, length in (("lanes", lanes, num_lanes), ("sites", sites, num_sites)):
        for name, allowed in columns.items():
            values = spread(given[name], length)
            fields[name] = read_numbers(table, name, values, length, failures, **allowed)
    if given.get("mode") is not None:
        fields["mode"] = sealed(np.array(given["mode"], dtype=np.str_))
        has_length("lanes", "mode", fields["mode"], num_lanes, failures)
    fields["undirected"] = read_flags(given["undirected"], num_lanes, failures)
    if not len(failures):
        source, target = fields["source"], fields["target"]
        fault = ("self_loop", "is both ends of the lane", "remove the lane")
        loops = source == target
        if loops.any():  # names of all targets are long to gather
            collect("lanes", "target", loops, ids[target], fault, failures)
    return fields


def spread(values: Any, length: int) -> Any:
    """Return a column, of one number when that is all there is."""
    if np.ndim(values):
        return values
    return np.full(length, values, dtype=None if isinstance(values, (int, float)) else object)


def read_flags(values: Any, length: int, failures: Failures) -> Mask:
    """Return which lanes can be used both ways; anything but bools is a fault."""
    column = np.full(length, values) if np.ndim(values) == 0 else np.array(values)
    if column.size and column.dtype.kind != "b":
        message, fix = f"is a column of {column.dtype}", "give True or False"
        failures.add("lanes", "undirected", None, None, "wrong_type", message, fix)
    elif has_length("lanes", "undirected", column, length, failures):
        return sealed(column.astype(np.bool_))
    return np.zeros(length, dtype=np.bool_)


def number_of_sites(*ends: npt.ArrayLike) -> int:
    """Return one more than the largest position; faulty ones are found later."""
    arrays = [np.asarray(end) for end in ends]
    return max((int(a.max()) + 1 for a in arrays if a.size and a.dtype.kind in "iu"), default=0)


def read_frames(
    site_table: Table, lane_table: Table, sites: Any, lanes: Any, failures: Failures
) -> tuple[Columns, Columns]:
    """Return the tables of sites and lanes; without sites there is one for each end of a lane.

    Parameters
    ----------
    site_table, lane_table
        What the tables should hold.
    sites, lanes
        Frames of any library; `sites` may be None.
    failures
        Where faults are collected.
    """
    if sites is None:
        lane = read_table(lane_table, lanes, failures, required=True)
        ends = [name for name in [*lane["source"].tolist(), *lane["target"].tolist()] if name != ""]
        return read_table(site_table, {"id": list(dict.fromkeys(ends))}, Failures()), lane
    site = read_table(site_table, sites, failures)
    return site, read_table(lane_table, lanes, failures, {"sites": site["id"]}, required=True)


def link_columns(site: Columns, lane: Columns) -> dict[str, Any]:
    """Return the fields that name the sites and lanes of two tables that were read."""
    return {
        "site_id": site["id"],
        "source": positions(lane["source"], site["id"]),
        "target": positions(lane["target"], site["id"]),
        "mode": lane["mode"] if (lane["mode"] != "").any() else None,
        "undirected": lane["undirected"],
        "backend": lane.backend,
    }


def find_sites(name: str, ids: Any, site_id: npt.NDArray[Any], failures: Failures) -> IndexArray:
    """Return the positions of sites named by one id or by several; faults are collected.

    Parameters
    ----------
    name
        Name of the argument.
    ids
        One id or (n,) ids.
    site_id
        (N,) ids of all sites.
    failures
        Where faults are collected.
    """
    wanted = np.atleast_1d(np.asarray(ids))
    if wanted.dtype.kind not in "iuU":
        wanted = wanted.astype(np.str_)
    places = positions(wanted, site_id)
    fault = ("unknown_id", "is not an id of sites", "add it to sites, or correct it")
    collect("sites", name, places < 0, wanted, fault, failures)
    return places
