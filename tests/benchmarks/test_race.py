"""Processes race side by side; whatever one of them does, the race ends with a reply for each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.routing import worker
from benchmarks.routing.case import Case
from benchmarks.routing.race import Crew, Patience
from benchmarks.routing.solvers.base import Search
from benchmarks.routing.worker import Job, Reply

SOLVERS = """
import os, time
from benchmarks.routing.answers import Answer
from benchmarks.routing.case import Unsupported

class Base:
    variants = frozenset({"cvrp"})
    processes, seeded, package = 1, True, "flowopt"

    def prepare(self, loaded, search):
        return loaded.problem

class Sound(Base):
    def solve(self, problem, search):
        print("solvers may print")
        routes = [[client] for client in range(problem.num_clients)]
        solution = problem.solution_from_routes(routes)
        return Answer(solution=solution, trace=[(0.0, solution.cost)], details={"pid": os.getpid()})

class Wrong(Base):
    def solve(self, problem, search):
        return Answer(solution=problem.solution_from_routes([range(problem.num_clients)]))

class Partial(Base):
    def solve(self, problem, search):
        return Answer(solution=problem.solution_from_routes([[0]]))

class Empty(Base):
    def solve(self, problem, search):
        return Answer()

class Unable(Base):
    def prepare(self, loaded, search):
        raise Unsupported("no windows")

class Raising(Base):
    def solve(self, problem, search):
        raise ArithmeticError("lost count")

class Crashing(Base):
    def solve(self, problem, search):
        os.abort()

class Crashing_while_loading(Base):
    def prepare(self, loaded, search):
        os._exit(3)

class Endless(Base):
    def solve(self, problem, search):
        while True:
            time.sleep(1)

class Greedy(Base):
    def solve(self, problem, search):
        self.much = bytearray(os.urandom(1)) * (400 * 2**20)
        time.sleep(60)

class Timed(Base):
    def prepare(self, loaded, search):
        time.sleep(0.5 * search.process)
        return time.time()

    def solve(self, ready, search):
        return Answer(details={"ready": ready, "began": time.time()})
"""
CASE = Case("brute_force", "G3", 15, number=3)
SEARCH = Search(limit=0.2, seed=1, process=0, threads=1)
PATIENCE = Patience(grace=0.5, loading=60.0)


@pytest.fixture(scope="module", autouse=True)
def _solvers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("solvers")
    (folder / "racing_solvers.py").write_text(SOLVERS, encoding="utf-8")
    sys.path.append(str(folder))  # the processes have it from here
    yield
    sys.path.remove(str(folder))


def job(name: str, **changes: object) -> Job:
    return Job(CASE, f"racing_solvers.{name}", replace(SEARCH, **changes))


def race(name: str, patience: Patience = PATIENCE) -> Reply:
    """Return what becomes of a job in a process of its own."""
    (reply,) = Crew(patience).race([job(name)])
    return reply


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    """One process for all tests that leave it whole."""
    kept = Crew(PATIENCE, keep=True)
    yield kept
    kept.close()


@pytest.fixture(scope="module")
def pair() -> Iterator[Crew]:
    """Two processes for the tests of two."""
    kept = Crew(PATIENCE, keep=True)
    yield kept
    kept.close()


def test_an_answer_that_holds_is_checked_and_timed(crew: Crew) -> None:
    (reply,) = crew.race([job("Sound")])
    assert (reply.status, reply.message, reply.checked_by) == (worker.ANSWERED, "", "flowopt")
    assert reply.cost == reply.trace[0][1]
    assert reply.seconds is not None
    assert reply.peak_memory is not None


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("Wrong", worker.INVALID, "capacity"),
        ("Partial", worker.INCOMPLETE, "14 visits are left out"),
        ("Empty", worker.NO_ANSWER, "no plan that holds"),
        ("Unable", worker.UNSUPPORTED, "no windows"),
        ("Raising", worker.ERROR, "ArithmeticError: lost count (solve, line"),
    ],
)
def test_a_failure_is_a_reply_that_says_why(
    crew: Crew, name: str, status: str, message: str
) -> None:
    (reply,) = crew.race([job(name)])
    assert reply.status == status
    assert message in reply.message


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("Crashing", worker.CRASHED, "by signal 6 while searching"),
        ("Crashing_while_loading", worker.CRASHED, "with exit code 3 while loading"),
        ("Endless", worker.KILLED, "of searching, with a limit of 0.2 s"),
    ],
)
def test_a_process_that_does_not_end_well_is_a_reply_too(
    name: str, status: str, message: str
) -> None:
    reply = race(name)
    assert reply.status == status
    assert message in reply.message


def test_a_process_that_takes_too_much_memory_is_ended() -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("the system does not say what a process holds")
    patience = replace(PATIENCE, grace=30.0, memory=300.0)
    reply = race("Greedy", patience)
    assert (reply.status, reply.message) == (worker.OUT_OF_MEMORY, "more than 300 MB in all")


def test_both_processes_begin_when_the_last_one_is_ready(pair: Crew) -> None:
    first, second = pair.race([job("Timed", process=0), job("Timed", process=1)])
    assert first.details["began"] >= second.details["ready"]


def test_a_process_that_fails_does_not_hold_up_the_other(pair: Crew) -> None:
    replies = pair.race([job("Sound"), job("Unable")])
    assert [reply.status for reply in replies] == [worker.ANSWERED, worker.UNSUPPORTED]


def test_kept_processes_go_on_to_the_next_run_unless_they_died() -> None:
    crew = Crew(PATIENCE, keep=True)
    try:
        first, again = (crew.race([job("Sound")])[0].details["pid"] for _ in range(2))
        assert first == again
        assert crew.race([job("Crashing")])[0].status == worker.CRASHED
        assert crew.race([job("Sound")])[0].details["pid"] != first
    finally:
        crew.close()
