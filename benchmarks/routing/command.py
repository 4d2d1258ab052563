"""``python -m benchmarks routing``: chooses the runs, makes them, writes the tables.

All solvers have the same machine and the same seconds on the wall for an instance. flowopt searches
with two threads; a peer of one thread runs in two processes with different seeds, and its better
answer counts. Libraries, kernels and models are loaded before the clock starts. Every answer is
checked by flowopt's own check, which knows nothing of solvers.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.routing.case import Case, find_cases
from benchmarks.routing.machine import describe_machine, memory, versions
from benchmarks.routing.plan import Wish, choose, describe, spread, tasks
from benchmarks.routing.race import Crew, Patience
from benchmarks.routing.rows import Row, Task, row_of
from benchmarks.routing.sets import SETS
from benchmarks.routing.solvers import NAMES, solver
from benchmarks.routing.solvers.base import Search
from benchmarks.routing.store import Store
from benchmarks.routing.summary import OWN
from benchmarks.routing.worker import Job

_MEMORY_SHARE = 0.85  # of the machine's, for all processes of a run
_SEEDS = (1, 2, 3)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0, or 1 when an answer breaks a constraint."""
    options = _parser().parse_args(arguments)
    wish = _wish(options)
    chosen, wish = _chosen(options, wish)
    print(describe(chosen, wish))
    if options.plan:
        return 0
    store = _store(options, wish)
    todo = [task for cases in chosen.values() for case in cases for task in tasks(case, wish)]
    todo = [task for task in todo if task.key not in store.keys]
    if any(task.solver.startswith(OWN) for task in todo):
        _warm_up()
    try:
        _run(todo, store, options)
    except KeyboardInterrupt:
        print("stopped; --resume goes on from here", file=sys.stderr)
    store.save()
    print(f"\nwritten: {store.write_report()}")
    return int(any(row.status == "invalid" and row.solver.startswith(OWN) for row in store.rows))


# ---- what is asked for


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks routing",
        description=(__doc__ or "").replace("``", ""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--sets", default=",".join(SETS), help="comma-separated (default: all)")
    add(
        "--solvers",
        default=",".join(NAMES),
        help="comma-separated; also flowopt:ENGINE, or package.module.Class of a solver of yours",
    )
    add("--instances", help="comma-separated names; only these (default: all of the sets)")
    add("--instances-per-set", type=int, metavar="N", help="so many, spread over their sizes")
    add("--seeds", help="comma-separated (default: 1,2,3; 1 with a budget)")
    add("--limit", type=float, help="seconds for each search (default: those of each set)")
    add("--share-of-limit", type=float, default=1.0, help="what each limit is multiplied by")
    add("--budget-minutes", type=float, help="run only what fits, evenly over the sets")
    add("--shorter-runs", default="", help="solvers to run at every tenth of the limit, too")
    add("--workers", type=int, default=2, help="threads of flowopt (default: 2)")
    add("--folder", help="published instances (default: that of FLOWOPT_INSTANCES)")
    add("--out", default="routing-benchmark", help="folder of the results (default: %(default)s)")
    add("--resume", action="store_true", help="go on with what the folder holds")
    add("--plan", action="store_true", help="only print what would run")
    add("--grace", type=float, default=5.0, help="seconds beyond 110 %% of the limit (default: 5)")
    add("--memory-gb", type=float, help="most for a run (default: 85 %% of the machine's)")
    return parser


def _wish(options: argparse.Namespace) -> Wish:
    solvers = _words(options.solvers)
    unknown = [n for n in solvers if n.partition(":")[0] not in NAMES and "." not in n]
    if unknown:
        raise SystemExit(f"unknown solvers: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    installed = tuple(name for name, text in versions(solvers).items() if text)
    for name in solvers:
        if name not in installed:
            print(f"{name} is not installed: pip install '.[bench]'", file=sys.stderr)
    seeds = _words(options.seeds) if options.seeds else map(str, _SEEDS)
    numbers = tuple(int(seed) for seed in seeds)
    if not options.seeds and options.budget_minutes:
        numbers = numbers[:1]
    shorter = _words(options.shorter_runs)
    return Wish(installed, numbers, options.limit, options.share_of_limit, shorter)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _chosen(options: argparse.Namespace, wish: Wish) -> tuple[dict[str, list[Case]], Wish]:
    """Return set → the cases to run, the smaller first, and with what limits."""
    orders = {name: spread(cases) for name, cases in _found(options).items()}
    if options.instances_per_set:
        orders = {name: order[: options.instances_per_set] for name, order in orders.items()}
    if options.budget_minutes:
        chosen, wish = choose(dict(orders), wish, 60 * options.budget_minutes)
    else:
        chosen = orders
    sizes = {
        name: sorted(cases, key=lambda c: (c.clients, c.name)) for name, cases in chosen.items()
    }
    return {name: cases for name, cases in sizes.items() if cases}, wish


def _found(options: argparse.Namespace) -> dict[str, list[Case]]:
    names = [name.replace("-", "_") for name in _words(options.sets)]
    unknown = [name for name in names if name not in SETS]
    if unknown:
        raise SystemExit(f"unknown sets: {', '.join(unknown)}; there are {', '.join(SETS)}")
    place = options.folder or os.environ.get("FLOWOPT_INSTANCES")
    folder = Path(place) if place else None
    found = {name: find_cases(SETS[name], folder) for name in names}
    if options.instances:
        wanted = _words(options.instances)
        found = {name: [c for c in cases if c.name in wanted] for name, cases in found.items()}
    missing = [name for name, cases in found.items() if not cases]
    if missing and not options.instances:
        hint = "name the folder: --folder or FLOWOPT_INSTANCES"
        print(f"no instances of {', '.join(missing)}; {hint}", file=sys.stderr)
    return found


def _store(options: argparse.Namespace, wish: Wish) -> Store:
    settings = dataclasses.asdict(wish) | {"versions": versions(wish.solvers)}
    settings |= {"workers": options.workers, "grace": options.grace}
    store = Store(Path(options.out), describe_machine(), settings)
    if store.exists and not options.resume:
        raise SystemExit(f"{options.out} holds results: give --resume, or another --out")
    store.load()
    return store


# ---- the runs


def _warm_up() -> None:
    """Compile flowopt's kernels, which is done once on a machine and is no part of a search."""
    subprocess.run([sys.executable, "-m", "flowopt", "warmup"], check=True, capture_output=True)


def _run(todo: Sequence[Task], store: Store, options: argparse.Namespace) -> None:
    most = options.memory_gb * 1024 if options.memory_gb else None
    whole = memory()
    if most is None and whole is not None:
        most = _MEMORY_SHARE * whole
    patience = Patience(grace=options.grace, memory=most)
    crews = {keep: Crew(patience, keep) for keep in (False, True)}
    solvers = store.settings["solvers"]
    order = sorted(todo, key=lambda task: (task.case.path is None, _turn(task, solvers)))
    try:
        for place, task in enumerate(order, start=1):
            row = run_task(task, crews[task.case.path is None], options.workers)
            store.add([row])
            print(f"{place}/{len(order)} {_line(row)}", flush=True)
    finally:
        for crew in crews.values():
            crew.close()


def _turn(task: Task, solvers: Sequence[str]) -> int:
    """Keep the small generated problems of a solver together: its processes go on."""
    return 0 if task.case.path else solvers.index(task.solver)


def run_task(task: Task, crew: Crew, workers: int) -> Row:
    """Run one task and return its row.

    Parameters
    ----------
    task
        The task.
    crew
        The processes.
    workers
        Threads of a solver that takes them.
    """
    chosen = solver(task.solver)
    jobs = [
        Job(
            task.case,
            task.solver,
            Search(task.limit, task.seed * chosen.processes + process, process, workers),
        )
        for process in range(chosen.processes)
    ]
    return row_of(task, crew.race(jobs), versions([task.solver])[task.solver])


def _line(row: Row) -> str:
    """Return a row for who watches."""
    head = f"{row.set_name} {row.instance} {row.solver}, seed {row.seed}, {row.limit:g} s: "
    if not row.answered:
        return f"{head}{row.status}: {row.message}"[:200]
    figures: list[Any] = [f"{row.cost:.10g}"]
    figures += [] if row.gap is None else [f"gap {row.gap:.3f} %"]
    figures += [f"{row.seconds:.1f} s", f"checked by {row.checked_by}"]
    return head + ", ".join(figures)
