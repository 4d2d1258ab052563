"""Reads VRPLIB ``.vrp`` files: CVRP, VRPTW, and the variants that are published in PyVRP's dialect.

A further section of one row a node is a line in `_NODE_SECTIONS`; one of vehicles is read in
`flowopt.io.vrplib_fleet`; a further type is a line in `ROUNDINGS`. What a file holds and is not
known here is a fault, never passed over in silence.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.io import vrplib_fleet, vrplib_pairs
from flowopt.io.fleet import Fleet, Ints
from flowopt.io.instance import RoutingInstance
from flowopt.io.sections import Numbering, SectionFile
from flowopt.io.text import Floats, TextFile, to_number, to_numbers
from flowopt.io.vrplib_fleet import FleetReader
from flowopt.io.weights import (
    EDGE_WEIGHT_TYPES,
    ROUNDINGS,
    TRIANGLES,
    explicit_distances,
    num_weights,
)

TYPES = tuple(ROUNDINGS)
_NODE_SECTIONS = {
    "DEMAND_SECTION": ("demand",),
    "LINEHAUL_SECTION": ("demand",),
    "BACKHAUL_SECTION": ("pickup",),
    "SERVICE_TIME_SECTION": ("service_duration",),
    "TIME_WINDOW_SECTION": ("tw_early", "tw_late"),
    "RELEASE_TIME_SECTION": ("release_time",),
    "PRIZE_SECTION": ("prize",),
}
_COORDINATES = ("NODE_COORD_SECTION", "DISPLAY_DATA_SECTION")
_GROUPS = "MUTUALLY_EXCLUSIVE_GROUP_SECTION"
_SECTIONS = (
    *_COORDINATES,
    *_NODE_SECTIONS,
    vrplib_pairs.SECTION,
    _GROUPS,
    *vrplib_fleet.SECTIONS,
    "EDGE_WEIGHT_SECTION",
    "DEPOT_SECTION",
)
_HEADERS = (
    "NAME",
    "COMMENT",
    "TYPE",
    "DIMENSION",
    "SERVICE_TIME",
    *vrplib_fleet.HEADERS,
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
    "NODE_COORD_TYPE",
    "DISPLAY_DATA_TYPE",
)
_NEEDED = {  # part of the name of a type → the section that it announces
    "TW": "TIME_WINDOW_SECTION",
    "VRPB": "BACKHAUL_SECTION",
    "PC": "PRIZE_SECTION",
    "MTVRPTWR": "RELEASE_TIME_SECTION",
}
_ZERO_AT_DEPOTS = ("demand", "pickup", "service_duration", "prize")


def is_vrplib(file: TextFile) -> bool:
    """Return whether a file looks like VRPLIB: it has a header with a colon, or a section."""
    for line in file.lines[:1000]:
        keyword, colon, _ = line.partition(":")
        word = keyword.strip().upper()
        if word.endswith("_SECTION") or (colon and word in _HEADERS):
            return True
    return False


def parse_vrplib(file: TextFile) -> RoutingInstance | None:
    """Return the instance that a VRPLIB file states, or None when faults were collected.

    Parameters
    ----------
    file
        The text, and where its faults are collected.

    Examples
    --------
    >>> from pathlib import Path
    >>> from flowopt.core.errors import Failures
    >>> text = '''NAME : two clients
    ... TYPE : CVRP
    ... DIMENSION : 3
    ... CAPACITY : 10
    ... EDGE_WEIGHT_TYPE : EUC_2D
    ... NODE_COORD_SECTION
    ... 1 0 0
    ... 2 3 4
    ... 3 6 8
    ... DEMAND_SECTION
    ... 1 0
    ... 2 4
    ... 3 5
    ... DEPOT_SECTION
    ... 1
    ... -1
    ... EOF'''
    >>> file = TextFile(Path("two.vrp"), tuple(text.splitlines()), Failures())
    >>> parse_vrplib(file).distances()[0].tolist()
    [0.0, 5.0, 10.0]
    """
    return _Reader(file).read()


class _Reader:
    """Reads one file; each method a part of it."""

    def __init__(self, file: TextFile) -> None:
        self.file = file
        self.parts = SectionFile(file, _HEADERS, _SECTIONS)
        self.fields: dict[str, Any] = {}
        self.lines: dict[str, Ints] = {}
        self.service: float | None = None
        self.pairs: vrplib_pairs.Pairs | None = None

    def read(self) -> RoutingInstance | None:
        parts = self.parts
        kind = parts.text("TYPE", TYPES)
        weight_type = parts.text("EDGE_WEIGHT_TYPE", EDGE_WEIGHT_TYPES)
        self._require(kind, weight_type)
        self.service = parts.number("SERVICE_TIME", zero=True)
        vehicles = FleetReader(parts)
        size = int(parts.number("DIMENSION", whole=True) or self._num_rows())
        fleet = None
        if size:
            self._read_sections(size)
            depots = self.fields["depots"] = self._read_depots(size)
            fleet = vehicles.read(size, depots)
            if self.pairs is not None and len(self.pairs.values):
                self.fields |= self.pairs.shipments(depots)
            self._read_groups(size, depots)
            if kind == "VRPB":
                self._check_backhauls()
            if weight_type == "EXPLICIT":
                self._read_weights(size)
        if fleet is None or len(self.file.failures):
            return None
        return self._instance(kind, weight_type, size, fleet)

    def _require(self, kind: str, weight_type: str) -> None:
        """Collect what is missing, and the section that a type does not go with."""
        parts = self.parts
        needed = ["DIMENSION"]
        if not vrplib_pairs.require(parts, kind) and kind != vrplib_pairs.TYPE:
            needed += ["DEMAND_SECTION"] if "LINEHAUL_SECTION" not in parts.sections else []
            needed += [section for part, section in _NEEDED.items() if part in kind]
        needed += ["NODE_COORD_SECTION"] if weight_type not in ("", "EXPLICIT") else []
        for name in needed:
            parts.require(name)
        if not parts.has_end:  # a whole file without it has its depot at the first node
            parts.require("DEPOT_SECTION")
        name = "BACKHAUL_SECTION"
        if name in parts.sections and kind not in ("", "VRPB"):
            message, fix = f"is none of a {kind}", "give it the TYPE VRPB: backhauls come last then"
            line = parts.sections[name].line
            self.file.fail(None, line, name, "unsupported_section", message, fix)

    def _num_rows(self) -> int:
        """Return the number of nodes listed, to go on with where DIMENSION is at fault."""
        sections = self.parts.sections
        names = (*_NODE_SECTIONS, *_COORDINATES)
        return max((len(sections[s].rows) for s in names if s in sections), default=0)

    def _read_sections(self, size: int) -> None:
        sections = self.parts.sections
        if self.service is not None and "SERVICE_TIME_SECTION" in sections:
            line = self.parts.headers["SERVICE_TIME"][0]
            message, fix = "stands beside SERVICE_TIME_SECTION", "keep one of the two"
            self.file.fail("SERVICE_TIME", line, None, "duplicate_header", message, fix)
        if "DEMAND_SECTION" in sections and "LINEHAUL_SECTION" in sections:
            line, fix = sections["LINEHAUL_SECTION"].line, "keep one of the two"
            message = "stands beside DEMAND_SECTION"
            self.file.fail("LINEHAUL_SECTION", line, None, "duplicate_section", message, fix)
        nodes = Numbering(size)
        for name in _COORDINATES:
            if name in sections:
                self.fields.setdefault("coordinates", self.parts.columns(name, nodes, 2)[0])
        for name, columns in _NODE_SECTIONS.items():
            if name in sections:
                values, lines = self.parts.amounts(name, nodes, len(columns))
                self.fields |= {
                    column: numbers.copy()
                    for column, numbers in zip(columns, values.T, strict=True)
                }
                self.lines[columns[0]] = lines
                if columns == ("tw_early", "tw_late"):
                    self._check_windows(name, values, lines)
        if vrplib_pairs.SECTION in sections:
            self.pairs = vrplib_pairs.read_pairs(self.parts, size)
            self.fields |= self.pairs.fields
            self._check_windows(vrplib_pairs.SECTION, self.pairs.values[:, 1:3], self.pairs.lines)

    def _check_windows(self, name: str, windows: Floats, lines: Ints) -> None:
        for position in np.flatnonzero(windows[:, 0] > windows[:, 1]).tolist():
            window, line = windows[position].tolist(), lines[position].item()
            message, fix = "is a window that closes before it opens", "give the earlier time first"
            self.file.fail(name, line, window, "empty_window", message, fix)

    def _check_backhauls(self) -> None:
        columns = [self.fields.get(name, np.zeros(0)) for name in ("demand", "pickup")]
        if len(columns[0]) != len(columns[1]):
            return  # one of them has faults
        for position in np.flatnonzero((columns[0] > 0) & (columns[1] > 0)).tolist():
            line, value = self.lines["pickup"][position].item(), columns[1][position].item()
            message, fix = "is a backhaul of a node with a demand", "make it two nodes"
            self.file.fail("BACKHAUL_SECTION", line, value, "inconsistent", message, fix)

    # ---- depots and groups

    def _read_depots(self, size: int) -> Ints:
        """Read the depots: node numbers up to a -1, which may be missing at the end."""
        section = self.parts.sections.get("DEPOT_SECTION")
        if section is None:
            return np.zeros(1, dtype=np.int64)
        tokens = section.tokens
        ends = [place for place, (_, token) in enumerate(tokens) if to_number(token) == -1]
        if ends and ends[0] < len(tokens) - 1:
            line, token = tokens[ends[0] + 1]
            self._fail_depot(line, token, "stands after the -1 that ends the section")
        listed = tokens[: ends[0]] if ends else tokens
        found: list[int] = []
        for line, token in listed:
            depot = self._depot(line, token, size)
            if depot in found:
                self._fail_depot(line, token, "is a depot that stands twice")
            elif depot is not None:
                found.append(depot)
        if not listed:
            fix = "name the node of the depot"
            self.file.fail("DEPOT_SECTION", section.line, None, "depots", "names no depot", fix)
        return np.array(found, dtype=np.int64)

    def _depot(self, line: int, token: str, size: int) -> int | None:
        """Return the position of a depot among the nodes, None and a fault when it is none."""
        node = to_number(token)
        if node is None or node % 1 or not 1 <= node <= size:
            self._fail_depot(line, token, "is no node")
            return None
        for name in _ZERO_AT_DEPOTS:
            values = self.fields.get(name, ())
            if len(values) and values[int(node) - 1] != 0:
                self._fail_depot(line, token, f"is a depot, and has a {name}")
        return int(node) - 1

    def _fail_depot(self, line: int, token: str, message: str) -> None:
        fix = "name the nodes of the depots, then -1; their demand and service time are 0"
        self.file.fail("DEPOT_SECTION", line, token[:40], "depot", message, fix)

    def _read_groups(self, size: int, depots: Ints) -> None:
        """Read the groups of which one client is served; one client alone is no group."""
        if _GROUPS not in self.parts.sections:
            return
        numbering = Numbering(len(self.parts.sections[_GROUPS].rows), "group", "the last one")
        groups = np.zeros(size, dtype=np.int64)
        clients = np.setdiff1d(np.arange(size), depots) + 1.0
        for number, (line, nodes) in enumerate(self.parts.lists(_GROUPS, numbering), start=1):
            for node in nodes.tolist():
                if node not in clients:
                    message, fix = "is no client", "name nodes that are no depots"
                    self.file.fail(_GROUPS, line, f"{node:.15g}", "unknown_client", message, fix)
                elif groups[int(node) - 1]:
                    message, fix = "is in another group too", "keep it in one"
                    self.file.fail(_GROUPS, line, int(node), "duplicate_client", message, fix)
                elif len(nodes) > 1:
                    groups[int(node) - 1] = number
        self.fields["group"] = groups

    # ---- weights

    def _read_weights(self, size: int) -> None:
        weight_format = self.parts.text("EDGE_WEIGHT_FORMAT", ("FULL_MATRIX", *TRIANGLES))
        if not self.parts.require("EDGE_WEIGHT_SECTION") or not weight_format:
            return
        section = self.parts.sections["EDGE_WEIGHT_SECTION"]
        weights = to_numbers([token for _, token in section.tokens])
        wanted = num_weights(weight_format, size)
        if weights is None or (weights < 0).any():
            self._fail_weights()
        elif len(weights) != wanted:
            message = f"has {len(weights)} weights; {weight_format} of {size} nodes has {wanted}"
            fix = "complete it, or correct DIMENSION or EDGE_WEIGHT_FORMAT"
            name = "EDGE_WEIGHT_SECTION"
            self.file.fail(name, section.line, None, "wrong_size", message, fix)
        else:
            self.fields["weights"] = explicit_distances(weight_format, weights, size)

    def _fail_weights(self) -> None:
        name = "EDGE_WEIGHT_SECTION"
        for line, token in self.parts.sections[name].tokens:
            value = self.file.number(name, line, token)
            if value is not None and value < 0:
                self.file.fail(name, line, value, "negative", "is negative", "use 0 or more")

    def _instance(self, kind: str, weight_type: str, size: int, fleet: Fleet) -> RoutingInstance:
        _, name = self.parts.headers.get("NAME", (0, self.file.path.stem))
        service = np.full(size, self.service or 0.0)
        service[self.fields["depots"]] = 0.0
        columns: dict[str, Any] = {
            "tw_early": np.zeros(size),
            "tw_late": np.full(size, np.inf),
            "service_duration": service,
        }
        columns |= self.fields
        return RoutingInstance(
            name=name,
            type=kind,
            edge_weight_type=weight_type,
            node=np.arange(1, size + 1),
            fleet=fleet,
            **columns,
        )
