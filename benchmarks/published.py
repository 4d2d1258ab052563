"""Solves published instances and prints how far each answer is from the best known one.

``python benchmarks/published.py --time-limit 10 X-n200-k36 C101 netgen_8_10a`` looks for the
instances in the folder that the environment variable ``FLOWOPT_INSTANCES`` names. Each is solved by
``flowopt solve`` in a process of its own, so that its time is what a caller waits, start-up and
all. The best known cost is that of the ``.sol`` beside the instance, or of ``optimal.csv`` there.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flowopt.io import read_sol

ENDINGS = (".vrp", ".txt", ".min", ".min.gz", ".vrp.gz", ".txt.gz")
COLUMNS = ("instance", "engine", "status", "cost", "best known", "gap", "checked", "seconds")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one row an instance; return 1 when one has no checked answer."""
    options = _options(arguments)
    folder = options.folder or os.environ.get("FLOWOPT_INSTANCES")
    if not folder or not Path(folder).is_dir():
        print("name the instances' folder: --folder or FLOWOPT_INSTANCES", file=sys.stderr)
        return 2
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + "---|" * len(COLUMNS))
    good = True
    for name in options.instances:
        row = _row(find(Path(folder), name), options)
        print("| " + " | ".join(str(row[column]) for column in COLUMNS) + " |", flush=True)
        good &= row["checked"] == "yes"
    return 0 if good else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("instances", nargs="+", help="names of instances, without their ending")
    parser.add_argument("--folder", help="where they are; default: FLOWOPT_INSTANCES")
    parser.add_argument("--time-limit", type=float, default=10.0, help="seconds each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--engine", default="auto")
    return parser.parse_args(arguments)


def find(folder: Path, name: str) -> Path:
    """Return the file of an instance, in the folder or anywhere below it."""
    found = sorted(path for ending in ENDINGS for path in folder.rglob(name + ending))
    if not found:
        raise SystemExit(f"there is no instance {name} in {folder}")
    return found[0]


def best_known(path: Path) -> float | None:
    """Return the published cost of an instance; None when there is none beside it."""
    name = path.name.split(".")[0]
    solution = path.with_name(f"{name}.sol")
    if solution.exists():
        return read_sol(solution).cost
    table = path.with_name("optimal.csv")
    if table.exists():
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["instance"] == name:
                    return float(row["optimal"])
    return None


def _row(path: Path, options: argparse.Namespace) -> dict[str, str]:
    best = best_known(path)
    command = [sys.executable, "-m", "flowopt", "solve", str(path), "--json"]
    command += ["--time-limit", str(options.time_limit), "--seed", str(options.seed)]
    command += ["--workers", str(options.workers), "--engine", options.engine]
    command += [] if best is None else ["--best-known", str(best)]
    start = time.perf_counter()
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    answer: dict[str, Any] = json.loads(result.stdout)
    if "error" in answer:
        raise SystemExit(f"{path}: {answer['error']}\n{result.stderr}")
    gap = answer["gap_to_best_known"]
    return {
        "instance": path.name.split(".")[0],
        "engine": answer["engine"],
        "status": answer["status"],
        "cost": "" if answer["cost"] is None else f"{answer['cost']:.10g}",
        "best known": "" if best is None else f"{best:.10g}",
        "gap": "" if gap is None else f"{gap:.2%}",
        "checked": "yes" if answer["checked"] else "no",
        "seconds": f"{seconds:.1f}",
    }


if __name__ == "__main__":
    raise SystemExit(main())
