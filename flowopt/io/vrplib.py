"""Reads VRPLIB ``.vrp`` files: CVRP and VRPTW.

A further section of one row a node is a line in `_NODE_SECTIONS`; a further type, one in `TYPES`.
What a file holds and is not known here is a fault, never passed over in silence.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.io.instance import RoutingInstance
from flowopt.io.sections import SectionFile
from flowopt.io.text import Floats, TextFile, to_number, to_numbers
from flowopt.io.weights import EDGE_WEIGHT_TYPES, TRIANGLES, explicit_distances, num_weights

TYPES = ("CVRP", "ACVRP", "DCVRP", "VRPTW", "CVRPTW")
_NODE_SECTIONS = {
    "NODE_COORD_SECTION": ("x", "y"),
    "DISPLAY_DATA_SECTION": ("x", "y"),
    "DEMAND_SECTION": ("demand",),
    "SERVICE_TIME_SECTION": ("service_duration",),
    "TIME_WINDOW_SECTION": ("tw_early", "tw_late"),
}
_SECTIONS = (*_NODE_SECTIONS, "EDGE_WEIGHT_SECTION", "DEPOT_SECTION")
_MAX_DURATION = ("DISTANCE", "VEHICLES_MAX_DURATION")
_HEADERS = (
    "NAME",
    "COMMENT",
    "TYPE",
    "DIMENSION",
    "CAPACITY",
    "VEHICLES",
    "SERVICE_TIME",
    *_MAX_DURATION,
    "VEHICLES_MAX_DISTANCE",
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
    "NODE_COORD_TYPE",
    "DISPLAY_DATA_TYPE",
)


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
        self.service: float | None = None

    def read(self) -> RoutingInstance | None:
        parts = self.parts
        kind = parts.text("TYPE", TYPES)
        weight_type = parts.text("EDGE_WEIGHT_TYPE", EDGE_WEIGHT_TYPES)
        needed = ["DIMENSION", "CAPACITY", "DEMAND_SECTION", "DEPOT_SECTION"]
        needed += ["TIME_WINDOW_SECTION"] if "TW" in kind else []
        needed += ["NODE_COORD_SECTION"] if weight_type not in ("", "EXPLICIT") else []
        for name in needed:
            parts.require(name)
        self._read_headers()
        size = int(parts.number("DIMENSION", whole=True) or self._num_rows())
        if size:
            self._read_sections(size)
            self._read_depots(size)
            if weight_type == "EXPLICIT":
                self._read_weights(size)
        if len(self.file.failures):
            return None
        return self._instance(kind, weight_type, size)

    def _num_rows(self) -> int:
        """Return the number of nodes listed, to go on with where DIMENSION is at fault."""
        sections = self.parts.sections
        return max((len(sections[s].rows) for s in _NODE_SECTIONS if s in sections), default=0)

    def _read_headers(self) -> None:
        parts = self.parts
        if "VEHICLES" in parts.headers:
            self.fields["num_vehicles"] = int(parts.number("VEHICLES", whole=True) or 0)
        self.fields["capacity"] = parts.number("CAPACITY")
        self.service = parts.number("SERVICE_TIME", zero=True)
        limits = [parts.number(name) for name in _MAX_DURATION]
        self.fields["max_duration"] = min([x for x in limits if x is not None], default=math.inf)
        self.fields["max_distance"] = parts.number("VEHICLES_MAX_DISTANCE") or math.inf

    def _read_sections(self, size: int) -> None:
        if self.service is not None and "SERVICE_TIME_SECTION" in self.parts.sections:
            line = self.parts.headers["SERVICE_TIME"][0]
            message, fix = "stands beside SERVICE_TIME_SECTION", "keep one of the two"
            self.file.fail("SERVICE_TIME", line, None, "duplicate_header", message, fix)
        for name, columns in _NODE_SECTIONS.items():
            if name not in self.parts.sections:
                continue
            values, lines = self.parts.columns(name, size, len(columns))
            if columns == ("x", "y"):
                self.fields.setdefault("coordinates", values)
                continue
            for column, numbers in zip(columns, values.T, strict=True):
                self._check_positive(name, numbers, lines)
                self.fields[column] = numbers.copy()
            if columns == ("tw_early", "tw_late"):
                self._check_windows(values, lines)

    def _check_positive(self, name: str, values: Floats, lines: npt.NDArray[np.int64]) -> None:
        for position in np.flatnonzero(values < 0).tolist():
            value, line = values[position].item(), lines[position].item()
            self.file.fail(name, line, value, "negative", "is negative", "use 0 or more")

    def _check_windows(self, windows: Floats, lines: npt.NDArray[np.int64]) -> None:
        for position in np.flatnonzero(windows[:, 0] > windows[:, 1]).tolist():
            window, line = windows[position].tolist(), lines[position].item()
            message, fix = "is a window that closes before it opens", "give the earlier time first"
            self.file.fail("TIME_WINDOW_SECTION", line, window, "empty_window", message, fix)

    def _read_depots(self, size: int) -> None:
        """Read the depots: node numbers up to a -1, which may be missing at the end."""
        section = self.parts.sections.get("DEPOT_SECTION")
        if section is None:
            return
        tokens = section.tokens
        ends = [place for place, (_, token) in enumerate(tokens) if to_number(token) == -1]
        if ends and ends[0] < len(tokens) - 1:
            line, token = tokens[ends[0] + 1]
            self._fail_depot(line, token, "stands after the -1 that ends the section")
        listed = tokens[: ends[0]] if ends else tokens
        depots = [self._depot(line, token, size) for line, token in listed]
        found = [depot for depot in depots if depot is not None]
        if len(depots) != 1:
            message = f"names {len(depots)} depots"
            fix = f"name one; types {', '.join(TYPES)} have one depot"
            self.file.fail("DEPOT_SECTION", section.line, None, "depots", message, fix)
        self.fields["depots"] = np.array(found, dtype=np.int64)

    def _depot(self, line: int, token: str, size: int) -> int | None:
        """Return the position of a depot among the nodes, None and a fault when it is none."""
        node = to_number(token)
        if node is None or node % 1 or not 1 <= node <= size:
            self._fail_depot(line, token, "is no node")
            return None
        for name in ("demand", "service_duration"):
            values = self.fields.get(name, ())
            if len(values) and values[int(node) - 1] != 0:
                self._fail_depot(line, token, f"is a depot, and has a {name}")
        return int(node) - 1

    def _fail_depot(self, line: int, token: str, message: str) -> None:
        fix = "name the node of the depot, then -1; its demand and service time are 0"
        self.file.fail("DEPOT_SECTION", line, token[:40], "depot", message, fix)

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

    def _instance(self, kind: str, weight_type: str, size: int) -> RoutingInstance:
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
            **columns,
        )
