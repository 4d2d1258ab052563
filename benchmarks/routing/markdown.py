"""The tables of the benchmark as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from benchmarks.routing.rows import TENTHS, Row, with_references
from benchmarks.routing.sets import SETS
from benchmarks.routing.summary import (
    Duel,
    Figures,
    Part,
    duels,
    figures,
    gaps,
    gaps_at,
    parts,
    reached,
)

_UNKNOWN = "–"


def report(rows: Iterable[Row], machine: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Return the whole report.

    Parameters
    ----------
    rows
        All rows.
    machine
        On what it ran.
    settings
        How it was run.
    """
    every = parts(with_references(rows))
    solvers = list(dict.fromkeys(solver for part in every for solver in part.solvers))
    blocks = [
        "# Routing: flowopt beside its peers",
        _heading(machine, settings),
        "## Gap to the best known cost, mean (worst instance), %",
        "\n".join(_gap_table(every, solvers)),
        "## Answers: optimal or best known, of all runs",
        "\n".join(_answer_table(every, solvers)),
        "## flowopt against each peer",
        "\n".join(_duel_table(every)),
        "## Mean gap after each tenth of the limit, %",
        "\n".join(_curve_table(every)),
        "## Instances: mean gap over the seeds, %",
        "\n".join(_instance_table(every, solvers)),
    ]
    failures = list(_failures(every))
    if failures:
        blocks += ["## Runs without an answer", "\n".join(failures)]
    return "\n\n".join(blocks) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table.

    Parameters
    ----------
    head
        Titles of the columns.
    rows
        Cells.
    """
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in row) + " |"


def percent(value: float | None) -> str:
    """Return a gap as text.

    Parameters
    ----------
    value
        Percent.
    """
    return _UNKNOWN if value is None else f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"


def _heading(machine: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {text}" for name, text in settings["versions"].items())
    where = f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB"
    seeds = ", ".join(map(str, settings["seeds"]))
    return "\n".join(
        [
            f"- {machine['date']}, commit {machine['commit'] or 'unknown'}, on {where}, "
            f"{machine['system']}, Python {machine['python']}, load {machine['load_at_start']}",
            f"- {versions}",
            f"- seeds {seeds}; flowopt with {settings['workers']} threads, peers in two processes "
            "of which the better answer counts, VROOM with as many threads as flowopt",
        ]
    )


def _gap_table(every: Sequence[Part], solvers: Sequence[str]) -> Iterator[str]:
    head = ["set", "instances", "limit, s", "target", "reached", *solvers]
    yield from table(head, (_gap_row(part, solvers) for part in every))


def _gap_row(part: Part, solvers: Sequence[str]) -> list[str]:
    limits = ", ".join(f"{limit:g}" for limit in part.limits)
    cells = [_gap_cell(figures(part.of(solver))) for solver in solvers]
    return [part.title, str(len(part.instances)), limits, _target(part), reached(part), *cells]


def _gap_cell(found: Figures) -> str:
    if not found.runs:
        return ""
    if found.mean is None:
        return "no answer"
    missing = found.runs - found.answered
    without = f", {missing} of {found.runs} without" if missing else ""
    return f"{percent(found.mean)} ({percent(found.worst)}){without}"


def _target(part: Part) -> str:
    target = SETS[part.set_name]
    shown = [f"≤ {target.mean:g}"] if target.mean is not None else []
    shown += [f"each ≤ {target.worst:g}"] if target.worst is not None else []
    return ", ".join(shown)


def _answer_table(every: Sequence[Part], solvers: Sequence[str]) -> Iterator[str]:
    rows = ([part.title, *(_answer_cell(figures(part.of(s))) for s in solvers)] for part in every)
    yield from table(["set", *solvers], rows)


def _answer_cell(found: Figures) -> str:
    if not found.runs:
        return ""
    late = f", {found.late} late" if found.late else ""
    return f"{found.solved} of {found.runs}{late}"


def _duel_table(every: Sequence[Part]) -> Iterator[str]:
    head = ["set", "peer", "instances", "flowopt", "peer's", "better", "worse"]
    head += ["only flowopt answered", "only the peer answered", "ahead", "behind after"]
    rows = ([part.title, *_duel_cells(duel, part)] for part in every for duel in duels(part))
    yield from table(head, rows)


def _duel_cells(duel: Duel, part: Part) -> list[str]:
    limit = part.limits[-1]
    behind = ", ".join(f"{limit * tenth / TENTHS:g} s" for tenth in duel.behind)
    counts = (duel.better, duel.worse, duel.only_own, duel.only_other)
    ahead = {True: "yes", False: "no", None: _UNKNOWN}[duel.won]
    means = percent(duel.own), percent(duel.other)
    return [duel.peer, str(duel.common), *means, *map(str, counts), ahead, behind]


def _curve_table(every: Sequence[Part]) -> Iterator[str]:
    head = ["set", "solver", *(f"{10 * tenth} %" for tenth in range(1, TENTHS + 1))]
    yield from table(head, (row for part in every for row in _curve_rows(part)))
    yield ""
    yield (
        "A number in brackets counts the instances behind a mean that is not of all. Of VROOM only "
        "what it ended with by itself is known, unless it was also run at shorter limits."
    )


def _curve_rows(part: Part) -> Iterator[list[str]]:
    for solver in part.solvers:
        rows = part.of(solver)
        points = [gaps_at(rows, tenth) for tenth in range(1, TENTHS + 1)]
        if any(points):
            yield [part.title, solver, *(_point(point, part) for point in points)]


def _point(point: Mapping[str, float], part: Part) -> str:
    if not point:
        return _UNKNOWN
    some = f" [{len(point)}]" if len(point) < len(part.instances) else ""
    return percent(fmean(point.values())) + some


def _instance_table(every: Sequence[Part], solvers: Sequence[str]) -> Iterator[str]:
    head = ["set", "instance", "clients", "best known", *solvers]
    whole = [part for part in every if not part.group]
    yield from table(head, (row for part in whole for row in _instance_rows(part, solvers)))


def _instance_rows(part: Part, solvers: Sequence[str]) -> Iterator[list[str]]:
    if part.set_name == "brute_force":  # hundreds of rows of zeros
        return
    values = {solver: gaps(part.of(solver)) for solver in solvers}
    first = {row.instance: row for row in reversed(part.rows)}
    for instance in part.instances:
        row = first[instance]
        best = _UNKNOWN if row.best_cost is None else f"{row.best_cost:.10g}"
        if row.best_vehicles is not None:
            best += f", {row.best_vehicles} vehicles"
        cells = [percent(values[s][instance]) if instance in values[s] else "" for s in solvers]
        yield [part.title, instance, str(row.clients), best, *cells]


def _failures(every: Sequence[Part]) -> Iterator[str]:
    rows = [row for part in every if not part.group for row in part.rows if not row.answered]
    if rows:
        head = ["set", "instance", "solver", "seed", "status", "why"]
        yield from table(head, (_failure(row) for row in rows))


def _failure(row: Row) -> list[str]:
    return [row.set_name, row.instance, row.solver, str(row.seed), row.status, row.message]
