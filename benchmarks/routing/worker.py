"""What runs in a process of its own: load a case, let a solver search it, check its answer."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.routing.answers import Answer, Verdict, verify
from benchmarks.routing.case import Case, Loaded, Unsupported
from benchmarks.routing.solvers.base import Search

READY, GO, SOLVED = "ready", "go", "solved"

ANSWERED = "answered"
INCOMPLETE = "incomplete"
INVALID = "invalid"
NO_ANSWER = "no answer"
UNSUPPORTED = "unsupported"
ERROR = "error"
OUT_OF_MEMORY = "out of memory"
KILLED = "killed"
CRASHED = "crashed"


@dataclass(frozen=True)
class Job:
    """One search of one process.

    Parameters
    ----------
    case
        What is searched.
    solver
        Name of the solver.
    search
        Limit, seed and threads.
    """

    case: Case
    solver: str
    search: Search


@dataclass
class Reply:
    """What became of a job.

    Parameters
    ----------
    status
        ``"answered"``; ``"incomplete"`` when required clients are not served, ``"invalid"`` when a
        constraint is broken, ``"no answer"``, ``"unsupported"``, ``"error"``, ``"out of memory"``,
        ``"killed"`` after the limit, or ``"crashed"``.
    message
        Why there is no answer.
    seconds
        From the start of the search to the answer.
    cost, stated, vehicles, unserved, checked_by
        As in `Verdict`.
    trace, ended, details
        As in `Answer`.
    peak_memory
        Most memory of the process, in MB.
    """

    status: str
    message: str = ""
    seconds: float | None = None
    cost: float | None = None
    stated: float | None = None
    vehicles: int | None = None
    unserved: int = 0
    checked_by: str = ""
    trace: list[tuple[float, float]] = field(default_factory=list)
    ended: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    peak_memory: float | None = None


def serve(connection: Connection) -> None:
    """Do jobs until None comes, or nobody is there any more.

    Parameters
    ----------
    connection
        Jobs come in; `READY`, `SOLVED` and a `Reply` go out for each.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    _stay_silent()
    while True:
        try:
            job = connection.recv()
            if job is None:
                return
            reply = _tried(job, connection)
            reply.peak_memory = _peak_memory()
            connection.send(reply)
        except (EOFError, BrokenPipeError):
            return


def _stay_silent() -> None:
    """Lead what solvers print to nowhere: the plan and the table go out of the parent."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    sys.stdout = open(1, "w", closefd=False, encoding="utf-8")  # noqa: SIM115  open to the end


def _peak_memory() -> float:
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kilobytes / 1024, 1)


def _tried(job: Job, connection: Connection) -> Reply:
    """Return the reply to a job, or what went wrong as one."""
    try:
        return do(job, connection)
    except (EOFError, BrokenPipeError):
        raise
    except Unsupported as error:
        return Reply(UNSUPPORTED, str(error))
    except MemoryError as error:
        return Reply(OUT_OF_MEMORY, str(error))
    except Exception as error:  # whatever a peer raises is a result
        where = traceback.extract_tb(error.__traceback__)[-1]
        return Reply(ERROR, f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})")


def do(job: Job, connection: Connection) -> Reply:
    """Do one job: prepare, wait for the start, search, check.

    Parameters
    ----------
    job
        What to do.
    connection
        `READY` goes out before the search, which begins when `GO` comes; then `SOLVED`.
    """
    from benchmarks.routing.solvers import solver

    loaded = Loaded(job.case)
    chosen = solver(job.solver)
    prepared = chosen.prepare(loaded, job.search)
    connection.send(READY)
    assert connection.recv() == GO
    began = time.perf_counter()
    answer: Answer = chosen.solve(prepared, job.search)
    seconds = time.perf_counter() - began
    connection.send(SOLVED)
    reply = Reply(
        NO_ANSWER,
        "the search found no plan that holds",
        seconds,
        trace=[(float(moment), float(cost)) for moment, cost in answer.trace],
        ended=answer.ended,
        details=answer.details,
    )
    if answer.solution is not None or answer.routes:
        _judge(reply, verify(loaded, answer))
    return reply


def _judge(reply: Reply, verdict: Verdict) -> None:
    """Write into a reply what the check of its answer found."""
    reply.status, reply.message = ANSWERED, ""
    if verdict.faults:
        reply.status, reply.message = INVALID, "; ".join(verdict.faults)
    elif verdict.unserved:
        reply.status, reply.message = INCOMPLETE, f"{verdict.unserved} visits are left out"
    reply.cost, reply.stated, reply.vehicles = verdict.cost, verdict.stated, verdict.vehicles
    reply.unserved, reply.checked_by = verdict.unserved, verdict.checked_by
