"""Published multi-commodity problems, read from the folder of instances.

The formats are those of the CommaLab collection (counts, then lanes, then commodities) and of the
Transportation Networks (a net and a table of trips).
"""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path

import numpy as np

from flowopt import MultiCommodityProblem

TRIPS_DIVIDED_BY = {"Winnipeg": 2000.0}
"""By what the trips of a road network are divided, so that its least cost is the known one."""


def read(folder: Path, name: str, target_gap: float = 1e-7) -> MultiCommodityProblem:
    """Return a published problem.

    Parameters
    ----------
    folder
        The published instances of flow.
    name
        Such as ``"planar100"``, ``"grid8"``, ``"SUBWAY-308-0"`` or ``"Winnipeg"``.
    target_gap
        Where the search may end.
    """
    if name in TRIPS_DIVIDED_BY:
        return _read_roads(folder / "transportation_networks" / name, name, target_gap)
    home = folder / "mcf_commalab" / "data"
    if name.startswith("SUBWAY"):
        text = gzip.decompress((home / "intermodal" / f"{name}.txt.gz").read_bytes()).decode()
    else:
        text = (home / "commalab" / name.rstrip("0123456789") / name).read_text()
    return _of_counts(text, target_gap)


def optima(folder: Path) -> dict[str, float]:
    """Return the published least cost of each problem.

    Parameters
    ----------
    folder
        The published instances of flow.
    """
    known = {}
    for path in sorted((folder / "mcf_commalab" / "data").rglob("optimal.csv")):
        with path.open() as file:
            known |= {row["instance"]: float(row["optimal"]) for row in csv.DictReader(file)}
    return known


def _of_counts(text: str, target_gap: float) -> MultiCommodityProblem:
    """Read counts of sites, lanes and commodities, then a line each; capacity -1 is no limit."""
    numbers = np.array(text.split(), dtype=np.float64)
    sites, lanes, goods = numbers[:3].astype(int)
    lane = numbers[3 : 3 + 4 * lanes].reshape(lanes, 4)
    commodity = numbers[3 + 4 * lanes :][: 3 * goods].reshape(goods, 3)
    return MultiCommodityProblem.from_arrays(
        lane[:, 0].astype(int) - 1,
        lane[:, 1].astype(int) - 1,
        unit_cost=lane[:, 2],
        capacity=np.where(lane[:, 3] < 0, np.inf, lane[:, 3]),
        origin=commodity[:, 0].astype(int) - 1,
        destination=commodity[:, 1].astype(int) - 1,
        quantity=commodity[:, 2],
        num_sites=int(sites),
        target_gap=target_gap,
    )


def _read_roads(folder: Path, name: str, target_gap: float) -> MultiCommodityProblem:
    """Read a road network: the cost of a road is its free-flow time."""
    head, _, body = (folder / f"{name}_net.tntp").read_text().partition("<END OF METADATA>")
    lines = [line.strip() for line in body.splitlines()]
    road = np.array([line.split()[:5] for line in lines if line and line[0] != "~"], dtype=float)
    _, _, trips = (folder / f"{name}_trips.tntp").read_text().partition("<END OF METADATA>")
    rows = []
    for part in trips.split("Origin")[1:]:
        origin, _, rest = part.strip().partition("\n")
        pairs = re.finditer(r"(\d+)\s*:\s*([\d.eE+-]+)", rest)
        rows += [(int(origin), int(pair[1]), float(pair[2])) for pair in pairs]
    trip = np.array([row for row in rows if row[0] != row[1] and row[2] > 0])
    count = re.search(r"NUMBER OF NODES>\s*(\d+)", head)
    assert count is not None
    return MultiCommodityProblem.from_arrays(
        road[:, 0].astype(int) - 1,
        road[:, 1].astype(int) - 1,
        unit_cost=road[:, 4],
        capacity=road[:, 2],
        origin=trip[:, 0].astype(int) - 1,
        destination=trip[:, 1].astype(int) - 1,
        quantity=trip[:, 2] / TRIPS_DIVIDED_BY[name],
        num_sites=int(count[1]),
        target_gap=target_gap,
    )
