"""Reads the section of VRPLIB files of which clients are in pairs of pick-up and delivery.

A row has the number of the node, its demand (negative where it is delivered), earliest and latest
start, service time, and the node of the pick-up (of a delivery) or of the delivery (of a pick-up),
else 0: as in the files of LKH-3 and PyVRP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flowopt.io.fleet import Ints
from flowopt.io.pairs import deliveries
from flowopt.io.sections import Numbering, SectionFile
from flowopt.io.text import Floats

SECTION = "PICKUP_AND_DELIVERY_SECTION"
TYPE = "PDPTW"
REPLACED = ("DEMAND_SECTION", "TIME_WINDOW_SECTION", "SERVICE_TIME_SECTION")
"""The sections that it stands for."""

_WIDTH = 6
_ROW = "demand, earliest, latest, service, pick-up, delivery"


def require(parts: SectionFile, kind: str) -> bool:
    """Return whether a file has the section as it should; collect a fault when it should not.

    Parameters
    ----------
    parts
        The file.
    kind
        Type of the instance; empty when it is at fault.
    """
    if kind == TYPE:
        parts.require(SECTION)
    if SECTION not in parts.sections:
        return False
    if kind not in ("", TYPE):
        message, fix = f"is none of a {kind}", f"give it the TYPE {TYPE}"
        line = parts.sections[SECTION].line
        parts.file.fail(None, line, SECTION, "unsupported_section", message, fix)
    for name in REPLACED:
        if name in parts.sections:
            line, fix = parts.sections[name].line, f"keep one of the two; {SECTION} has {_ROW}"
            message = f"stands beside {SECTION}"
            parts.file.fail(name, line, None, "duplicate_section", message, fix)
    return True


@dataclass(frozen=True)
class Pairs:
    """The rows of the section.

    Parameters
    ----------
    parts
        The file.
    values
        (n, 6) as in the file; empty when there are faults.
    lines
        (n,) the line of each row.
    """

    parts: SectionFile
    values: Floats
    lines: Ints

    @property
    def fields(self) -> dict[str, Floats]:
        """Columns of the nodes: what is delivered, windows, service."""
        names = ("demand", "tw_early", "tw_late", "service_duration")
        return dict(zip(names, self.values.T[:4].copy(), strict=True))

    def shipments(self, depots: Ints) -> dict[str, Any]:
        """Return the columns of the shipments, and those of nodes that they change.

        Parameters
        ----------
        depots
            (d,) positions of the depots, which are in no pair.
        """
        demand, pickup, delivery = self.values[:, 0], self.values[:, 4], self.values[:, 5]
        number = np.arange(1.0, len(demand) + 1)
        free = np.isin(number - 1, depots) & (pickup == 0) & (delivery == 0)
        file, lines = self.parts.file, self.lines.tolist()
        columns = demand, pickup, delivery
        rows, ends = deliveries(file, SECTION, "node", np.where(free, 0.0, number), columns, lines)
        return {
            "demand": np.zeros(len(demand)),
            "shipments": np.column_stack([rows, ends]),
            "shipment_demand": demand[rows],
        }


def read_pairs(parts: SectionFile, size: int) -> Pairs:
    """Return the rows of the section; collect faults.

    Parameters
    ----------
    parts
        The file, which has the section.
    size
        Number of nodes.
    """
    values, lines = parts.columns(SECTION, Numbering(size), _WIDTH)
    for row in np.flatnonzero((values[:, 1:] < 0).any(axis=1)).tolist():
        value, line = values[row, 1:].min().item(), lines[row].item()
        parts.file.fail(SECTION, line, value, "negative", "is negative", "use 0 or more")
    return Pairs(parts, values, lines)
