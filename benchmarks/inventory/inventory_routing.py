"""Inventory routing: published instances against their best known cost.

A sample of the instances of the 12th DIMACS Implementation Challenge, with 5 to 200 customers, is
read from the folder that ``FLOWOPT_INSTANCES`` names, and left out without it. Each is solved once,
on one core, with as many iterations as take 15 s of the processor, by the pace of the first ones:
so other processes on the machine change nothing. ``gap`` is the distance to the best known cost, in
percent, which many hours of other methods found.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flowopt.planning import InventoryRoutingProblem
from flowopt.planning.inventory_routing.engines.reinsertion import load_kernels

_SECONDS = 15.0
_SMALL = "S_abs1n5_2_H3"
_SAMPLE = (
    *("S_abs1n10_3_H3", "S_abs5n10_3_L3", "S_abs4n15_4_L3", "S_abs1n20_4_H6", "S_abs5n20_3_L6"),
    *("S_abs4n25_2_H6", "S_abs5n25_4_L6", "S_abs4n30_2_H3", "S_abs5n30_3_L6", "S_abs4n35_4_H6"),
    *("S_abs5n35_3_L6", "S_abs4n40_3_H6", "S_abs5n40_2_L3", "S_abs5n45_4_L6", "S_abs4n50_2_H6"),
    *("S_abs5n50_5_L6", "L_abs1n50_5_L", "L_abs3n50_4_H", "L_abs9n50_2_H", "L_abs4n100_3_H"),
    *("L_abs5n100_4_L", "L_abs8n100_3_H", "L_abs10n100_2_L", "L_abs1n200_4_H", "L_abs3n200_5_H"),
    *("L_abs6n200_3_L", "L_abs9n200_2_L"),
)


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each instance, and their mean.

    Parameters
    ----------
    rounds
        Not used: each instance is solved once.
    small
        Whether to take little, as tests do.
    """
    folder = Path(os.environ.get("FLOWOPT_INSTANCES", "")) / "inv" / "irp_dimacs"
    if not folder.is_dir():
        return
    load_kernels()
    known = best_known(folder / "bounds.txt")
    found = []
    for name in (_SMALL,) if small else _SAMPLE:
        found.append(_solved(folder / f"{name}.dat", known[name], 0.2 if small else _SECONDS))
        yield found[-1]
    if not small:
        yield _mean(found)


def best_known(path: Path) -> dict[str, float]:
    """Return instance → best known cost.

    Parameters
    ----------
    path
        A file with a line an instance: name, lower bound, best known cost.
    """
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {words[0]: float(words[2]) for words in lines if len(words) == 3}


def _solved(path: Path, known: float, seconds: float) -> dict[str, Any]:
    problem = InventoryRoutingProblem.from_file(path)
    few = 200 if seconds < 1 else 1500
    began = time.process_time()
    problem.solve(iteration_limit=few, workers=1)
    pace = few / (time.process_time() - began)
    began = time.process_time()
    solution = problem.solve(iteration_limit=max(1, int(pace * seconds)), workers=1)
    taken = time.process_time() - began
    return _row(path.stem, taken, solution.cost, known, solution.shortage)


def _row(name: str, seconds: float, cost: float, known: float, shortage: float) -> dict[str, Any]:
    return {
        "set": "inventory_routing",
        "instance": name,
        "method": "flowopt",
        "seconds": seconds,
        "ratio": None,
        "cost": cost,
        "known": known,
        "gap": 100 * (cost - known) / known,
        "target": None,
        "agrees": shortage == 0 and cost > 0,
    }


def _mean(found: list[dict[str, Any]]) -> dict[str, Any]:
    seconds = statistics.mean(row["seconds"] for row in found)
    return {
        "set": "inventory_routing",
        "instance": f"mean of {len(found)}",
        "method": "flowopt",
        "seconds": seconds,
        "ratio": None,
        "cost": None,
        "known": None,
        "gap": statistics.mean(row["gap"] for row in found),
        "target": "gap ≤ 1.6 %",
        "agrees": all(row["agrees"] for row in found),
    }
