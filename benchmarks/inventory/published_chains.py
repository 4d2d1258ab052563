"""Published networks of stages: 38 real chains (Willems, M&SOM 10, 2008), and small textbook ones.

The files have one row a stage: id, stage time, longest service time, added cost, exponent of risk
pooling, mean, standard deviation and safety factor of outside demand, then pairs of supplier and
quantity.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from flowopt.inventory import SafetyStockProblem

HOLDING_RATE = 0.35
"""Share of the cumulative cost that holding costs, for which the costs are reported."""

REPORTED_SCALE = {2: 1.0, 4: 1.0, 13: 1.0, 18: 0.01, 19: 0.1, 23: 1.0, 25: 1.0, 35: 1.0}
"""Chains whose reported cost holds for the stored times, and what it must be multiplied with.

Those of the others hold for stage times that vary, which the stored tables do not tell; 18 and 19
are listed 100 and 10 times too high; 27 is unexplained.
"""

_COLUMNS = ("stage", "stage_time", "max_service_time", "added_cost", "risk_pooling")
_DEMAND = ("demand_mean", "demand_sd", "safety_factor")


def read_chain(path: Path, holding_rate: float = HOLDING_RATE) -> SafetyStockProblem:
    """Return the problem of a file.

    Parameters
    ----------
    path
        The file.
    holding_rate
        Share of the cumulative cost that holding costs.
    """
    stages: dict[str, list[Any]] = {name: [] for name in _COLUMNS + _DEMAND}
    links: dict[str, list[Any]] = {"source": [], "target": [], "quantity": []}
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    for row in rows:
        if not row or not row[0]:
            continue
        stages["stage"].append(row[0])
        for name, cell in zip((_COLUMNS + _DEMAND)[1:], row[1:8], strict=True):
            stages[name].append(float(cell) if cell else None)
        for supplier, quantity in zip(row[8::2], row[9::2], strict=False):
            if supplier:
                links["source"].append(supplier)
                links["target"].append(row[0])
                links["quantity"].append(float(quantity))
    return SafetyStockProblem.from_frames(stages, links, holding_rate)


def chains(instances: Path) -> dict[int, Path]:
    """Return number → file of the real chains that are there, 4 from among the textbook ones.

    Parameters
    ----------
    instances
        The folder of published instances.
    """
    folder = instances / "inv" / "willems38"
    found = {int(path.stem[-2:]): path for path in sorted(folder.glob("willems_*.csv"))}
    toys = instances / "inv" / "gsm_snc" / "toys.txt"
    if 4 not in found and toys.exists():
        found[4] = toys
    return dict(sorted(found.items()))


def reported(instances: Path) -> dict[int, float]:
    """Return number → reported cost of the chains for which it can be compared.

    Parameters
    ----------
    instances
        The folder of published instances.
    """
    text = (instances / "inv" / "willems38" / "reported_optimal_cost.txt").read_text()
    costs = dict(enumerate(map(float, text.split()), start=1))
    return {chain: costs[chain] * scale for chain, scale in REPORTED_SCALE.items()}
