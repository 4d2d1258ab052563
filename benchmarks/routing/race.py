"""Runs jobs in processes of their own, side by side, and ends those that do not end themselves."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from benchmarks.routing import worker
from benchmarks.routing.worker import Job, Reply

_SECONDS_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True)
class Patience:
    """How long a process may take, and how much memory.

    Parameters
    ----------
    grace, grace_share
        Seconds, and share of the limit, that an answer may come too late before its process is
        killed.
    loading
        Seconds for loading an instance, and again for checking an answer.
    memory
        MB that all processes of a run may hold together; None: no limit.
    """

    grace: float = 5.0
    grace_share: float = 0.1
    loading: float = 600.0
    memory: float | None = None

    def of(self, limit: float) -> float:
        """Return the seconds after which a search of some limit is killed."""
        return limit * (1.0 + self.grace_share) + self.grace


class _Stage(Enum):
    LOADING = auto()
    READY = auto()
    SEARCHING = auto()
    CHECKING = auto()
    DONE = auto()


class _Process:
    """A process that does one job after the other."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")  # nothing of the parent is in it
        ours, theirs = context.Pipe()
        self.connection: Connection = ours
        self.process: Any = context.Process(target=worker.serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self.reply: Reply | None = None
        self.stage = _Stage.DONE
        self.deadline = 0.0

    def begin(self, job: Job, patience: Patience) -> None:
        self.job, self.patience, self.reply = job, patience, None
        self._enter(_Stage.LOADING, patience.loading)
        try:
            self.connection.send(job)
        except (BrokenPipeError, ConnectionError):
            self._lost()

    def go(self) -> None:
        limit = self.job.search.limit
        self._enter(_Stage.SEARCHING, self.patience.of(limit))
        try:
            self.connection.send(worker.GO)
        except (BrokenPipeError, ConnectionError):
            self._lost()

    def listen(self) -> None:
        """Take in what has come."""
        try:
            message = self.connection.recv()
        except (EOFError, ConnectionError):
            self._lost()
            return
        if message == worker.READY:
            self._enter(_Stage.READY, float("inf"))
        elif message == worker.SOLVED:
            self._enter(_Stage.CHECKING, self.patience.loading)
        else:
            self.finish(message)

    def finish(self, reply: Reply) -> None:
        self.reply = reply
        self._enter(_Stage.DONE, float("inf"))

    def kill(self, status: str, message: str) -> None:
        """End the process, and say why."""
        self.process.kill()
        self.process.join()
        self.finish(Reply(status, message))

    def look(self) -> None:
        """Kill the process when its time is over."""
        if time.monotonic() < self.deadline or self.stage is _Stage.DONE:
            return
        what = {
            _Stage.LOADING: "loading the instance",
            _Stage.SEARCHING: f"searching, with a limit of {self.job.search.limit:g} s",
            _Stage.CHECKING: "checking the answer",
        }[self.stage]
        seconds = time.monotonic() - self.entered
        self.kill(worker.KILLED, f"killed after {seconds:.1f} s of {what}")

    @property
    def memory(self) -> float:
        """MB that the process holds; 0 where the system does not say."""
        try:
            text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        except OSError:
            return 0.0
        line = next((line for line in text.splitlines() if line.startswith("VmRSS:")), "VmRSS: 0")
        return int(line.split()[1]) / 1024

    @property
    def alive(self) -> bool:
        return bool(self.process.is_alive())

    def close(self) -> None:
        if self.alive and self.stage is _Stage.DONE:
            with contextlib.suppress(BrokenPipeError, ConnectionError):
                self.connection.send(None)
            self.process.join(2.0)
        if self.alive:
            self.process.kill()
        self.process.join()
        self.connection.close()

    def _enter(self, stage: _Stage, seconds: float) -> None:
        self.stage, self.entered = stage, time.monotonic()
        self.deadline = self.entered + seconds

    def _lost(self) -> None:
        self.process.join(5.0)
        code = self.process.exitcode
        reason = f"by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"
        where = self.stage.name.lower()
        self.kill(worker.CRASHED, f"the process ended {reason} while {where}")


class Crew:
    """The processes of the benchmark: new ones for each run, unless they are kept.

    Parameters
    ----------
    patience
        How long they may take.
    keep
        Whether processes go on to the next run: for many short searches.
    """

    def __init__(self, patience: Patience, keep: bool = False) -> None:
        self.patience, self.keep = patience, keep
        self._kept: list[_Process] = []

    def race(self, jobs: Sequence[Job]) -> list[Reply]:
        """Return what became of jobs that search at the same time.

        Each loads its instance; when all are ready they begin together. A process that is late by
        more than the grace is killed; one that crashes, or is short of memory, is so recorded.

        Parameters
        ----------
        jobs
            The jobs of one run.
        """
        processes = self._processes(len(jobs))
        try:
            for process, job in zip(processes, jobs, strict=True):
                process.begin(job, self.patience)
            while any(process.stage is not _Stage.DONE for process in processes):
                self._step(processes)
        except BaseException:
            self._dismiss(processes)
            raise
        replies = [process.reply for process in processes if process.reply is not None]
        self._kept = [process for process in processes if self.keep and process.alive]
        self._dismiss([process for process in processes if process not in self._kept])
        return replies

    def close(self) -> None:
        """End all processes that were kept."""
        self._dismiss(self._kept)
        self._kept = []

    def _processes(self, count: int) -> list[_Process]:
        kept, self._kept = self._kept[:count], self._kept[count:]
        self._dismiss(self._kept)
        return kept + [_Process() for _ in range(count - len(kept))]

    def _dismiss(self, processes: Sequence[_Process]) -> None:
        for process in processes:
            process.close()

    def _step(self, processes: Sequence[_Process]) -> None:
        """Hear who has news, start the search when all are ready, end who is too late."""
        working = [p for p in processes if p.stage is not _Stage.DONE]
        if all(process.stage is _Stage.READY for process in working):
            for process in working:
                process.go()
        news = wait([p.connection for p in working], timeout=_SECONDS_BETWEEN_LOOKS)
        for process in working:
            if process.connection in news and process.stage is not _Stage.DONE:
                process.listen()
            process.look()
        self._watch_memory([p for p in working if p.stage is not _Stage.DONE])

    def _watch_memory(self, working: Sequence[_Process]) -> None:
        most = self.patience.memory
        if most is None or sum(process.memory for process in working) <= most:
            return
        for process in working:
            process.kill(worker.OUT_OF_MEMORY, f"more than {most:.0f} MB in all")
