"""One instance with its best known answer: found in a folder, and read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.routing.sets import SETS, InstanceSet

if TYPE_CHECKING:
    from benchmarks.routing.integer_model import IntegerModel
    from flowopt.routing import RoutingProblem

_DIMENSION = re.compile(r"^\s*DIMENSION\s*:?\s*(\d+)", re.MULTILINE)
_SHOWN_LINES = 2  # of why flowopt does not read a file
_HEAD = 4096  # characters of a file, among which its dimension stands


class Unsupported(Exception):
    """A solver cannot take an instance, or it cannot be read."""


@dataclass(frozen=True)
class BestKnown:
    """The best answer that is published.

    Parameters
    ----------
    cost
        Its cost in the units of the problem; the distance, where vehicles count first.
    vehicles
        Its number of vehicles, where these count first.
    """

    cost: float
    vehicles: int | None = None


@dataclass(frozen=True)
class Case:
    """One instance of a set.

    Parameters
    ----------
    set_name, name
        Names of the set and of the instance.
    clients
        Number of its clients, or nearly; for the choice of instances.
    path
        Its file; None when it is generated.
    number
        What it is generated from.
    best
        The best known answer; None when there is none.
    """

    set_name: str
    name: str
    clients: int
    path: Path | None = None
    number: int = 0
    best: BestKnown | None = None

    @property
    def set(self) -> InstanceSet:
        """The set that it belongs to."""
        return SETS[self.set_name]


def find_cases(instance_set: InstanceSet, folder: Path | None) -> list[Case]:
    """Return the cases of a set, the smaller first.

    Parameters
    ----------
    instance_set
        The set.
    folder
        The folder of all published instances, or of those of routing; None when there is none.
    """
    if not instance_set.folder:
        from benchmarks.routing.brute_force import generated_cases

        return generated_cases(instance_set)
    home = _home(instance_set, folder)
    if home is None:
        return []
    found = [
        Case(instance_set.name, path.stem, size(path), path, best=best_known(instance_set, path))
        for path in _files(home)
        if instance_set.names is None or path.stem in instance_set.names
    ]
    return sorted(found, key=lambda case: (case.clients, case.name))


def _home(instance_set: InstanceSet, folder: Path | None) -> Path | None:
    if folder is None:
        return None
    homes = (folder / "vrp" / instance_set.folder, folder / instance_set.folder)
    return next((home for home in homes if home.is_dir()), None)


def _files(home: Path) -> Iterator[Path]:
    for ending in ("*.vrp", "*.txt"):
        yield from home.glob(ending)


def size(path: Path) -> int:
    """Return the number of clients of an instance, or nearly: depots may be among them."""
    text = path.read_text(encoding="utf-8")
    named = _DIMENSION.search(text[:_HEAD])
    return int(named[1]) - 1 if named else len(text.splitlines()) - 2


def best_known(instance_set: InstanceSet, path: Path) -> BestKnown | None:
    """Return the best known answer: of the ``.sol`` beside the file, or of ``BKS.json`` there."""
    from flowopt.io import read_sol

    solution, table = path.with_suffix(".sol"), path.with_name("BKS.json")
    if solution.exists():
        cost = read_sol(solution).cost
        return None if cost is None else BestKnown(instance_set.unit(cost))
    if not table.exists():
        return None
    entries: dict[str, Any] = json.loads(table.read_text(encoding="utf-8"))
    entry = next((e for name, e in entries.items() if name.lower() == path.stem.lower()), None)
    if entry is None:
        return None
    vehicles = entry["solved_with_vehicles"] if instance_set.vehicles_first else None
    return BestKnown(float(entry["best_known_cost"]), vehicles)


class Loaded:
    """A case in memory: as flowopt's problem where flowopt reads it, and as integers for peers.

    Parameters
    ----------
    case
        The case.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.problem, self.refusal = _read(case)

    @cached_property
    def model(self) -> IntegerModel:
        """The case as integers: made from flowopt's problem, else from the published file."""
        from benchmarks.routing import integer_model

        if self.problem is not None and integer_model.covers(self.problem):
            return integer_model.from_problem(self.problem)
        path = self.case.path
        if path is not None and self.case.set.variant == "pdptw":
            return integer_model.from_li_lim(path)
        if path is not None and path.suffix == ".vrp":
            return integer_model.from_vrplib(path, self.case.set.rounding)
        raise Unsupported(self.refusal or "the problem has features that the peers' models lack")


def _read(case: Case) -> tuple[RoutingProblem | None, str]:
    """Return flowopt's problem, or why there is none."""
    from flowopt import FlowoptError, RoutingProblem, read

    if case.path is None:
        from benchmarks.routing.brute_force import generated_problem

        return generated_problem(case.number), ""
    try:
        problem = read(case.path)
    except FlowoptError as error:
        return None, "; ".join(str(error).splitlines()[:_SHOWN_LINES])
    except Exception as error:  # peers go on with the published file
        return None, f"{type(error).__name__}: {error}"
    if not isinstance(problem, RoutingProblem):
        return None, "the file holds no routing problem"
    return problem, ""
