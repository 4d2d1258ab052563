"""Reads the vehicles of a VRPLIB file: one value for all in a header, or a section of one row each.

The sections are those of PyVRP's dialect of VRPLIB, in which the sets with several vehicle types,
several depots, reloads and site-vehicle compatibility are published.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.io.fleet import Bools, Fleet, Ints, alike, make_fleet
from flowopt.io.sections import Numbering, SectionFile

_VALUES = {
    "capacity": "CAPACITY",
    "max_duration": "VEHICLES_MAX_DURATION",
    "max_distance": "VEHICLES_MAX_DISTANCE",
    "fixed_cost": "VEHICLES_FIXED_COST",
    "unit_distance_cost": "VEHICLES_UNIT_DISTANCE_COST",
    "max_reloads": "VEHICLES_MAX_RELOADS",
}
_MAY_BE_ZERO = ("fixed_cost", "unit_distance_cost", "max_reloads")
_DEPOT = "VEHICLES_DEPOT_SECTION"
_RELOAD = "VEHICLES_RELOAD_DEPOT_SECTION"
_ALLOWED = "VEHICLES_ALLOWED_CLIENTS_SECTION"
HEADERS = ("VEHICLES", "DISTANCE", *_VALUES.values())
SECTIONS = (*(f"{keyword}_SECTION" for keyword in _VALUES.values()), _DEPOT, _RELOAD, _ALLOWED)


class FleetReader:
    """Reads the vehicles of one file: the headers at once, the sections when nodes are known.

    Parameters
    ----------
    parts
        The file.
    """

    def __init__(self, parts: SectionFile) -> None:
        self.parts, self.fail = parts, parts.file.fail
        self.size, self.depots = 0, np.zeros(0, dtype=np.int64)
        self.columns: dict[str, Any] = {}
        number = parts.number("VEHICLES", whole=True)
        self.num_vehicles = None if number is None else int(number)
        if any(section in parts.sections for section in SECTIONS):
            parts.require("VEHICLES")
        if "CAPACITY_SECTION" not in parts.sections:
            parts.require("CAPACITY")
        values = {
            column: parts.number(
                keyword, zero=column in _MAY_BE_ZERO, whole=column == "max_reloads"
            )
            for column, keyword in _VALUES.items()
        }
        self.common: dict[str, Any] = {c: value for c, value in values.items() if value is not None}

    def read(self, size: int, depots: Ints) -> Fleet | None:
        """Return the vehicles, None when the file has faults.

        Parameters
        ----------
        size
            Number of nodes.
        depots
            Positions of the depots among the nodes.
        """
        self.size, self.depots = size, depots
        for column, keyword in _VALUES.items():
            self._read_values(column, keyword)
        self._read_longest()
        self._read_depots()
        self._read_lists()
        return None if len(self.parts.file.failures) else self._fleet()

    def _numbering(self) -> Numbering:
        return Numbering(self.num_vehicles or 0, "vehicle", "VEHICLES")

    def _read_values(self, column: str, keyword: str) -> None:
        parts, section = self.parts, f"{keyword}_SECTION"
        if section not in parts.sections:
            return
        if keyword in parts.headers:
            line, fix = parts.headers[keyword][0], "keep one of the two"
            self.fail(keyword, line, None, "duplicate_header", f"stands beside {section}", fix)
        if self.num_vehicles is not None:
            values, _ = parts.amounts(section, self._numbering(), zero=column in _MAY_BE_ZERO)
            self.columns[column] = values[:, 0]

    def _read_longest(self) -> None:
        """Read DISTANCE, which is what old files call the longest duration."""
        longest = self.parts.number("DISTANCE")
        if longest is not None:
            values = self.columns if "max_duration" in self.columns else self.common
            values["max_duration"] = np.minimum(values.get("max_duration", np.inf), longest)

    def _read_depots(self) -> None:
        parts = self.parts
        if _DEPOT not in parts.sections:
            if len(self.depots) > 1 and _RELOAD not in parts.sections:
                line = parts.sections["DEPOT_SECTION"].line
                message = f"names {len(self.depots)} depots, and nothing says who starts where"
                fix = f"name one, or add a {_DEPOT}"
                self.fail("DEPOT_SECTION", line, None, "depots", message, fix)
        elif self.num_vehicles is not None:
            values, lines = parts.columns(_DEPOT, self._numbering(), 1)
            at = [
                self._depot(_DEPOT, line, node)
                for node, line in zip(values[:, 0].tolist(), lines.tolist(), strict=True)
            ]
            self.columns["depot"] = np.array([place or 0 for place in at], dtype=np.int64)

    def _depot(self, section: str, line: int, node: float) -> int | None:
        """Return the position of a depot among the depots, None and a fault when it is none."""
        places = np.flatnonzero(self.depots + 1 == node)
        if len(places):
            return int(places[0])
        named = ", ".join(str(depot + 1) for depot in self.depots[:5].tolist())
        fix = f"name a depot of DEPOT_SECTION ({named})"
        self.fail(section, line, f"{node:.15g}", "unknown_depot", "is no depot", fix)
        return None

    def _read_lists(self) -> None:
        """Read where vehicles reload, and whom they may serve."""
        sections = self.parts.sections
        if self.num_vehicles is None:
            return
        if _RELOAD in sections:
            rows = self.parts.lists(_RELOAD, self._numbering())
            grid = np.zeros((len(rows), len(self.depots)), dtype=np.bool_)
            for row, (line, nodes) in enumerate(rows):
                places = [self._depot(_RELOAD, line, node) for node in nodes.tolist()]
                grid[row, [place for place in places if place is not None]] = True
            self.columns["reload_depots"] = grid
        if _ALLOWED in sections:
            self.columns["allowed"] = self._read_allowed()

    def _read_allowed(self) -> Bools:
        rows = self.parts.lists(_ALLOWED, self._numbering())
        grid = np.zeros((len(rows), self.size), dtype=np.bool_)
        is_client = np.ones(self.size, dtype=np.bool_)
        is_client[self.depots] = False
        for row, (line, nodes) in enumerate(rows):
            good = (nodes >= 1) & (nodes <= self.size) & (nodes % 1 == 0)
            good[good] = is_client[nodes[good].astype(np.int64) - 1]
            for node in nodes[~good].tolist():
                fix = "name nodes that are no depots"
                shown = f"{node:.15g}"
                self.fail(_ALLOWED, line, shown, "unknown_client", "is no client", fix)
            grid[row, nodes[good].astype(np.int64) - 1] = True
        return grid

    def _fleet(self) -> Fleet:
        number = None if self.num_vehicles is None else np.array([self.num_vehicles])
        values = dict(self.common)
        if self.columns:
            number, columns = alike(self.columns)
            values |= columns
        reload_depots, allowed = values.pop("reload_depots", None), values.pop("allowed", None)
        if reload_depots is None:
            values["max_reloads"] = 0.0
        else:
            values.setdefault("max_reloads", np.inf)
        num_clients = self.size - len(self.depots)
        return make_fleet(number, num_clients, values, reload_depots, allowed)
