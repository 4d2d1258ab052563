"""Measures how routing grows with the number of clients: memory, first answer, cost.

``python -m benchmarks.routing_scale`` solves generated instances of 1000 to 100 000 clients, and
the published ones of Arnold, Gendreau & Sörensen in the folder that ``--folder`` or the environment
variable ``FLOWOPT_INSTANCES`` names. Each is solved in a process of its own, so that its peak of
memory is that of one problem. The kernels are compiled beforehand.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.routing.machine import describe_machine
from benchmarks.routing.markdown import table
from flowopt.core.options import Progress
from flowopt.io import read, read_sol
from flowopt.routing import RoutingProblem

SIZES = (1000, 3000, 6000, 10_000, 30_000, 100_000)
PUBLISHED = ("Leuven1", "Antwerp1", "Antwerp2", "Ghent1", "Flanders2")
HEAD = (
    "instance",
    "clients",
    "ways",
    "limit, s",
    "first answer, s",
    "answer, s",
    "iterations",
    "first cost",
    "cost",
    "gap, %",
    "memory, MB",
    "checked",
)
_SIDE = 100_000.0  # of the square in which clients are generated
_TOWNS, _TOWN_SIZE = 60, 3000.0
_LIMITS = ((1000, 30.0), (7000, 60.0), (30_000, 120.0), (math.inf, 300.0))


@dataclass(frozen=True)
class Measure:
    """What was measured of one instance.

    Parameters
    ----------
    instance
        Its name, or ``"generated"``.
    clients
        Number of clients.
    ways
        ``"matrix"`` or ``"computed"``.
    limit
        Time limit in seconds.
    first_seconds, first_cost
        When the first answer was known, and its cost.
    seconds, cost
        When the answer was returned, and its cost.
    iterations
        Iterations of each thread.
    best_known
        Best known cost; None when there is none.
    memory
        Peak of the process in MB.
    checked
        Whether the answer serves all, and passes the check.
    """

    instance: str
    clients: int
    ways: str
    limit: float
    first_seconds: float | None
    first_cost: float | None
    seconds: float
    cost: float
    iterations: int
    best_known: float | None
    memory: float
    checked: bool

    @property
    def gap(self) -> float | None:
        """Gap to the best known cost, in percent."""
        return None if self.best_known is None else 100.0 * (self.cost / self.best_known - 1.0)


def generate(num_clients: int, seed: int = 0) -> RoutingProblem:
    """Return a problem with clients half in towns, half anywhere, and about 75 visits a route.

    Parameters
    ----------
    num_clients
        How many.
    seed
        Of the random numbers.

    Examples
    --------
    >>> generate(50).num_clients
    50
    """
    rng = np.random.default_rng(seed)
    towns = rng.uniform(0, _SIDE, (_TOWNS, 2))
    in_town = towns[rng.integers(0, _TOWNS, num_clients)]
    in_town = in_town + rng.normal(0, _TOWN_SIZE, (num_clients, 2))
    anywhere = rng.uniform(0, _SIDE, (num_clients, 2))
    places = np.where(rng.random((num_clients, 1)) < 0.5, in_town, anywhere)
    depot = np.full((1, 2), _SIDE / 2)
    return RoutingProblem.from_arrays(
        {"demand": rng.integers(1, 4, num_clients)},
        {"num_available": num_clients, "capacity": 150},
        coordinates=np.concatenate([depot, places]).round(),
        metric="euclidean_rounded",
    )


def usual_limit(num_clients: int) -> float:
    """Return the time limit of that many clients, in seconds.

    Examples
    --------
    >>> [usual_limit(n) for n in (1000, 6000, 30_000, 100_000)]
    [30.0, 60.0, 120.0, 300.0]
    """
    return next(limit for most, limit in _LIMITS if num_clients <= most)


def measure(name: str, options: argparse.Namespace) -> Measure:
    """Solve one instance in this process, and return what was measured.

    Parameters
    ----------
    name
        A number of clients, or the path of a published instance.
    options
        Time limit, seed and workers.
    """
    path = None if name.isdigit() else Path(name)
    problem = generate(int(name)) if path is None else read(path)
    assert isinstance(problem, RoutingProblem)
    best_known = None if path is None else read_sol(path.with_suffix(".sol")).cost
    seconds = options.time_limit or usual_limit(problem.num_clients)
    first: list[Progress] = []

    def note(progress: Progress) -> None:
        if progress.cost is not None and not first:
            first.append(progress)

    began = time.perf_counter()
    solution = problem.solve(
        time_limit=seconds, seed=options.seed, workers=options.workers, on_progress=note
    )
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Measure(
        instance="generated" if path is None else path.stem,
        clients=problem.num_clients,
        ways="computed" if "Computed" in type(problem.travel).__name__ else "matrix",
        limit=seconds,
        first_seconds=first[0].elapsed if first else None,
        first_cost=first[0].cost if first else None,
        seconds=took,
        cost=float(solution.cost),
        iterations=int(solution.outcome.details.get("iterations", 0)),
        best_known=best_known,
        memory=peak / (2**20 if sys.platform == "darwin" else 2**10),
        checked=solution.is_complete and solution.check().ok,
    )


def in_a_process(name: str, options: argparse.Namespace) -> Measure:
    """Return what `measure` finds in a process of its own.

    Parameters
    ----------
    name, options
        As in `measure`.
    """
    words = [sys.executable, "-m", "benchmarks.routing_scale", "--one", name]
    words += ["--seed", str(options.seed), "--workers", str(options.workers)]
    if options.time_limit:
        words += ["--time-limit", str(options.time_limit)]
    root = Path(__file__).parents[1]
    result = subprocess.run(words, cwd=root, stdout=subprocess.PIPE, text=True, check=True)
    return Measure(**json.loads(result.stdout.splitlines()[-1]))


def report(measures: Iterable[Measure]) -> str:
    """Return a table of what was measured, as Markdown.

    Parameters
    ----------
    measures
        One a row.

    Examples
    --------
    >>> one = Measure("generated", 9, "matrix", 1.0, 0.5, 20.0, 1.0, 10.0, 5, 8.0, 99.6, True)
    >>> print(report([one]).splitlines()[2])
    | generated | 9 | matrix | 1 | 0.50 | 1.00 | 5 | 20 | 10 | 25.00 | 100 | yes |
    """
    return "\n".join(table(HEAD, map(_cells, measures))) + "\n"


def _cells(one: Measure) -> list[str]:
    return [
        one.instance,
        str(one.clients),
        one.ways,
        f"{one.limit:g}",
        "–" if one.first_seconds is None else f"{one.first_seconds:.2f}",
        f"{one.seconds:.2f}",
        str(one.iterations),
        "–" if one.first_cost is None else f"{one.first_cost:.10g}",
        f"{one.cost:.10g}",
        "–" if one.gap is None else f"{one.gap:.2f}",
        f"{one.memory:.0f}",
        "yes" if one.checked else "no",
    ]


def find(folder: Path, name: str) -> Path:
    """Return the file of a published instance, in a folder or anywhere below it.

    Parameters
    ----------
    folder, name
        Where it is, and its name without ending.
    """
    found = sorted(folder.rglob(f"{name}.vrp"))
    if not found:
        raise SystemExit(f"there is no instance {name} in {folder}")
    return found[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, and save it; return 1 when an answer does not hold.

    Parameters
    ----------
    arguments
        Of the command line; None takes those of the process.
    """
    options = _options(arguments)
    if options.one:
        print(json.dumps(asdict(measure(options.one, options))))
        return 0
    from flowopt.routing.engines.ruin_recreate import load_kernels

    load_kernels()
    load_kernels(computed=True)
    measures = []
    for name in _names(options):
        measures.append(in_a_process(name, options))
        print(report(measures).splitlines()[-1], flush=True)
    print(report(measures), end="")
    if options.out:
        _save(measures, Path(options.out))
    return 0 if all(one.checked for one in measures) else 1


def _names(options: argparse.Namespace) -> list[str]:
    home = str(options.folder or os.environ.get("FLOWOPT_INSTANCES") or "")
    published = options.instances
    if published is None:
        published = PUBLISHED if home else ()
    if published and not home:
        raise SystemExit("name the instances' folder: --folder or FLOWOPT_INSTANCES")
    sizes = SIZES if options.sizes is None else options.sizes
    return [*map(str, sizes), *(str(find(Path(home), name).resolve()) for name in published)]


def _save(measures: Sequence[Measure], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    machine = describe_machine()
    content = {"machine": machine, "measures": [asdict(one) for one in measures]}
    text = json.dumps(content, indent=2) + "\n"
    (folder / "routing_scale.json").write_text(text, encoding="utf-8")
    where = f"{machine['date']}, commit {machine['commit']}, {machine['processor']}"
    where += f", {machine['cores']} cores, load {machine['load_at_start']}"
    page = f"# Routing: from a thousand clients to a hundred thousand\n\n{where}\n\n"
    page += report(measures)
    (folder / "routing_scale.md").write_text(page, encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.routing_scale", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--sizes", type=int, nargs="*", help="numbers of clients to generate")
    parser.add_argument("--instances", nargs="*", help="published ones, by name without ending")
    parser.add_argument("--folder", help="where they are; default: FLOWOPT_INSTANCES")
    parser.add_argument("--time-limit", type=float, help="seconds each; default: by size")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", help="folder for routing_scale.json and routing_scale.md")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
