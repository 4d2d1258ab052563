"""One row a run: what a solver made of an instance with a seed, and how far from the best known."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.routing.case import BestKnown, Case
from benchmarks.routing.worker import ANSWERED, Reply

TENTHS = 10
_SAME = 1e-6


@dataclass(frozen=True)
class Task:
    """One run: a solver, an instance, a seed.

    Parameters
    ----------
    case
        The instance.
    solver
        Name of the solver.
    seed
        The seed; the processes of the run make theirs of it.
    limit
        Seconds for the search.
    tenth
        10; less for a run that stands for the answer after so many tenths of the limit.
    """

    case: Case
    solver: str
    seed: int
    limit: float
    tenth: int = TENTHS

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it from other runs."""
        return self.case.set_name, self.case.name, self.solver, self.seed, self.limit, self.tenth


@dataclass
class Row:
    """What became of a task: the better answer of its processes.

    Parameters
    ----------
    set_name, group, instance, clients
        Which instance.
    solver, version, seed, limit, tenth
        As in `Task`.
    status, message
        As in `Reply`.
    cost, vehicles, checked_by
        As in `Verdict`.
    best_cost, best_vehicles
        The best known answer.
    gap
        Percent above it; see `gap`.
    seconds, late
        When the answer came, and whether that was more than 5 % + 0.2 s after the limit.
    peak_memory
        MB of all processes.
    curve
        Cost after each tenth of the limit; None where that is not known.
    processes
        What each process found, and its details.
    """

    set_name: str
    group: str
    instance: str
    clients: int
    solver: str
    version: str
    seed: int
    limit: float
    tenth: int
    status: str
    message: str = ""
    cost: float | None = None
    vehicles: int | None = None
    best_cost: float | None = None
    best_vehicles: int | None = None
    gap: float | None = None
    checked_by: str = ""
    seconds: float | None = None
    late: bool = False
    peak_memory: float | None = None
    curve: list[float | None] = field(default_factory=list)
    processes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def key(self) -> tuple[Any, ...]:
        """As that of its task."""
        return self.set_name, self.instance, self.solver, self.seed, self.limit, self.tenth

    @property
    def answered(self) -> bool:
        """Whether there is an answer that holds."""
        return self.status == ANSWERED

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON has it."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Row:
        """Return a row of what `to_dict` gave."""
        return cls(**values)


def gap(cost: float, vehicles: int | None, best: BestKnown) -> float:
    """Return how far an answer lies above the best known one, in percent.

    Where vehicles count first, one too many counts as much as an average route of the best known
    answer.

    Parameters
    ----------
    cost, vehicles
        Of the answer.
    best
        The best known one.
    """
    above = (cost - best.cost) / best.cost if best.cost else math.copysign(cost > 0, cost)
    if best.vehicles is not None and vehicles is not None:
        above += (vehicles - best.vehicles) / best.vehicles
    return 100.0 * above if abs(above) > _SAME else 0.0


def row_of(task: Task, replies: Sequence[Reply], version: str) -> Row:
    """Return the row of a task from what its processes replied.

    Parameters
    ----------
    task
        The task.
    replies
        One a process; the better answer counts.
    version
        Of the solver.
    """
    case, best = task.case, task.case.best
    reply = min(replies, key=lambda one: _rank(one, case.set.vehicles_first))
    row = Row(
        set_name=case.set_name,
        group=case.set.group(case.name),
        instance=case.name,
        clients=case.clients,
        solver=task.solver,
        version=version,
        seed=task.seed,
        limit=task.limit,
        tenth=task.tenth,
        status=reply.status,
        message=reply.message,
        cost=reply.cost,
        vehicles=reply.vehicles,
        checked_by=reply.checked_by,
        best_cost=None if best is None else best.cost,
        best_vehicles=None if best is None else best.vehicles,
        processes=[_of_process(one) for one in replies],
    )
    if row.answered and best is not None and row.cost is not None:
        row.gap = gap(row.cost, row.vehicles, best)
    seconds = [one.seconds for one in replies if one.seconds is not None]
    row.seconds = round(max(seconds), 3) if seconds else None
    row.late = bool(seconds) and max(seconds) > 1.05 * task.limit + 0.2
    memory = [one.peak_memory for one in replies if one.peak_memory is not None]
    row.peak_memory = sum(memory) if memory else None
    if not case.set.vehicles_first:  # there the cost alone does not say which plan is better
        row.curve = lowest([curve(one, task.limit) for one in replies])
    return row


def _rank(reply: Reply, vehicles_first: bool) -> tuple[bool, int, int, float]:
    """Return the order of replies: answers before others, the better before the worse."""
    cost = math.inf if reply.cost is None else reply.cost
    vehicles = reply.vehicles if vehicles_first and reply.vehicles is not None else 0
    return reply.status != ANSWERED, reply.unserved, vehicles, cost


def _of_process(reply: Reply) -> dict[str, Any]:
    figures = {"status": reply.status, "message": reply.message, "cost": reply.cost}
    figures |= {"stated": reply.stated, "vehicles": reply.vehicles, "seconds": reply.seconds}
    return figures | reply.details


def curve(reply: Reply, limit: float) -> list[float | None]:
    """Return the cost of the best answer after each tenth of the limit.

    An incumbent cheaper than the final answer is no answer: it leaves clients out.

    Parameters
    ----------
    reply
        With its trace, in the units of the problem.
    limit
        Seconds of the whole search.
    """
    if reply.status != ANSWERED or reply.cost is None or reply.seconds is None:
        return [None] * TENTHS
    least = reply.cost - _SAME * max(1.0, abs(reply.cost))
    known = [(moment, cost) for moment, cost in reply.trace if cost >= least]
    if reply.ended:
        known.append((reply.seconds, reply.cost))
    found: list[float | None] = []
    for tenth in range(1, TENTHS):
        costs = [cost for moment, cost in known if moment <= limit * tenth / TENTHS]
        found.append(min(costs, default=None))
    return [*found, reply.cost]


def lowest(curves: Iterable[Sequence[float | None]]) -> list[float | None]:
    """Return the least of several curves at each point where one is known."""
    points = zip(*curves, strict=True)
    return [min((cost for cost in point if cost is not None), default=None) for point in points]


def with_references(rows: Iterable[Row]) -> list[Row]:
    """Return the rows, those without a best known cost against the best cost among them.

    Parameters
    ----------
    rows
        All rows.
    """
    every = list(rows)
    best: dict[tuple[str, str], float] = {}
    for row in every:
        if row.best_cost is None and row.answered and row.cost is not None:
            place = row.set_name, row.instance
            best[place] = min(row.cost, best.get(place, math.inf))
    return [_against(row, best.get((row.set_name, row.instance))) for row in every]


def _against(row: Row, cost: float | None) -> Row:
    if cost is None or row.best_cost is not None or row.cost is None or not row.answered:
        return row
    return dataclasses.replace(row, gap=gap(row.cost, None, BestKnown(cost)))
