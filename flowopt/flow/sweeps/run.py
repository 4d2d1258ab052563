"""Answers the scenarios of a sweep, a few at a time on every thread."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.flow.expansion import IndexArray
from flowopt.flow.simplex import Basis, Simplex
from flowopt.flow.sweeps.base import Start
from flowopt.flow.sweeps.kernels.layout import (
    CAPACITY,
    COST,
    DEMAND,
    FAILED,
    REROUTED,
    STOPPED,
    Answers,
    Changes,
    Flows,
    State,
    new_answers,
    new_flows,
    new_state,
    part_of,
)
from flowopt.flow.sweeps.kernels.reroute import adopt, answer, holds, trace
from flowopt.flow.sweeps.scenarios import Scenarios
from flowopt.parallel import map_independent

_AT_ONCE = 64  # scenarios that a thread takes
_SCENARIOS_AT_ONCE = 16_384  # scenarios that are translated together,
_CHANGES_AT_ONCE = 250_000  # and what they may come to
_PILOTS = 16  # scenarios with something to do, on which the methods are compared
_MOST_LOOKED_AT = 1024  # scenarios, to find these
_SECONDS_BETWEEN_LOOKS = 0.05
_NO_LIMIT = 2**62
_NEVER = -1  # work allowed to a method that is not to be used
_LEAST_WORK = 50_000  # arcs looked at while the simplex method would get under way


def _spread(count: int) -> list[int]:
    """Return scenarios from all over a sweep, in an order that covers it from the first on."""
    places = np.linspace(0, count - 1, min(count, _MOST_LOOKED_AT)).astype(np.int64)
    step = max(1, round(0.618 * len(places)))
    while math.gcd(step, len(places)) > 1:
        step += 1
    order: list[int] = places[np.arange(len(places)) * step % len(places)].tolist()
    return order


@dataclass(eq=False)
class Searcher:
    """What one thread works with: the network as the scenario at hand has it.

    Parameters
    ----------
    start
        The base of the sweep.
    """

    start: Start
    state: State = field(init=False)
    simplex: Simplex | None = None
    basis: Basis | None = None

    def __post_init__(self) -> None:
        self.state = new_state(self.start.base)

    def solve(
        self, changes: Changes, scenario: int, run: Run
    ) -> tuple[IndexArray, IndexArray] | None:
        """Return flow and prices by the network simplex, from the base's basis; None if stopped.

        Parameters
        ----------
        changes
            What some scenarios change.
        scenario
            Position of the scenario among them.
        run
            The live options.
        """
        if self.simplex is None:
            self.simplex = self.start.simplex.copy()
            self.basis = self.start.simplex.basis()
        base, simplex, basis = self.start.base, self.simplex, self.basis
        assert basis is not None
        rows = slice(*changes.start[scenario : scenario + 2].tolist())
        kind, place, value = changes.kind[rows], changes.place[rows], changes.whole[rows]
        arcs, dear, nodes = place[kind == CAPACITY], place[kind == COST], place[kind == DEMAND]
        simplex.change_capacity(arcs, value[kind == CAPACITY])
        simplex.change_cost(dear, value[kind == COST])
        if len(nodes):
            demand = base.demand.copy()
            demand[nodes] = value[kind == DEMAND]  # of those that stand there twice, the last
            demand[base.root] = 0
            demand[base.root] = -demand.sum()
            simplex.change_balance(-demand)
        simplex.solve(run.stopped)
        found = None if run.stopped() else (simplex.flow, simplex.potential)
        simplex.change_capacity(arcs, base.capacity[arcs])
        simplex.change_cost(dear, base.cost[dear])
        if len(nodes):
            simplex.change_balance(-base.demand)
        simplex.restore(basis)
        return found

    def reroute(self, changes: Changes, scenario: int) -> tuple[IndexArray, IndexArray]:
        """Return flow and prices by rerouting.

        Parameters
        ----------
        changes
            What some scenarios change.
        scenario
            Position of the scenario among them.
        """
        base = self.start.base
        flow, potential = np.empty_like(base.capacity), np.empty_like(base.potential)
        going_on = np.zeros(1, dtype=np.uint8)
        trace(base, changes, scenario, self.state, going_on, flow, potential)
        return flow, potential


@dataclass(frozen=True, eq=False)
class _Block:
    """Scenarios that have been translated together.

    Parameters
    ----------
    first
        Position of the first of them.
    changes
        What they change.
    answers
        Their part of the answers.
    """

    first: int
    changes: Changes
    answers: Answers

    def __len__(self) -> int:
        return len(self.changes.start) - 1


@dataclass(eq=False)
class Sweeping:
    """A sweep under way.

    Parameters
    ----------
    start
        The base of the sweep.
    scenarios
        What changes.
    translate
        Returns what some scenarios change of the network.
    run
        The live options.
    keep_flows
        Whether to keep which lanes carry something else.
    """

    start: Start
    scenarios: Scenarios
    translate: Callable[[Scenarios], Changes]
    run: Run
    keep_flows: bool
    answers: Answers = field(init=False)
    flows: list[Flows] = field(default_factory=list)
    most_work: int = field(init=False)
    details: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.answers = new_answers(len(self.scenarios))
        self._stop = np.zeros(1, dtype=np.uint8)
        self._lock = threading.Lock()
        self._block, self._next = _Block(0, self.translated([]), new_answers(0)), 0
        engine = self.run.options.engine
        most = len(self.start.base.capacity) // 2 + _LEAST_WORK
        self.most_work = {"reroute": _NO_LIMIT, "simplex": _NEVER}.get(engine, most)

    def translated(self, chosen: Sequence[int] | IndexArray) -> Changes:
        """Return what some scenarios change of the network.

        Parameters
        ----------
        chosen
            Positions of the scenarios.
        """
        return self.translate(self.scenarios.take(np.asarray(chosen, dtype=np.int64)))

    def go(self) -> None:
        """Answer all scenarios, or as many as there is time for.

        Raises
        ------
        EngineError
            When the base, or the answer of a scenario, does not pass the audit.
        """
        if not holds(self.start.base, new_state(self.start.base)):
            raise EngineError("the base of the sweep does not pass the audit")
        workers = self.run.workers
        with self._watched():
            if self.run.options.engine == "auto":
                self._compare()
            for first, last in self._blocks():
                if self._stop[0]:
                    return
                changes = self.translated(np.arange(first, last))
                part = part_of(self.answers, first, last)
                self._block, self._next = _Block(first, changes, part), 0
                map_independent(self._work, range(workers), workers, "threads")

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Yield first and last of scenarios that do not come to too many changes."""
        count, first = len(self.scenarios), 0
        ends = np.searchsorted(self.scenarios.scenario, np.arange(count), side="right")
        while first < count:
            before = int(ends[first - 1]) if first else 0
            last = int(np.searchsorted(ends, before + _CHANGES_AT_ONCE, side="right"))
            last = min(max(last, first + 1), first + _SCENARIOS_AT_ONCE, count)
            yield first, last
            first = last

    # ---- which method

    def _compare(self) -> None:
        """Try rerouting on some scenarios, and leave it where the simplex method takes less work.

        What counts is work, not time: the same scenarios have the same answers on any machine. A
        scenario in which rerouting takes more than the simplex method would is given up; what that
        costs is set against always taking the simplex method.
        """
        if len(self.scenarios) < 4 * _PILOTS:
            return
        searcher, order = Searcher(self.start), _spread(len(self.scenarios))
        work: list[int] = []
        for some in range(0, len(order), _PILOTS):
            work += self._try(searcher, order[some : some + _PILOTS])
            if len(work) >= _PILOTS or self._stop[0]:
                break
        given_up = sum(spent >= self.most_work for spent in work)
        self.details |= {"compared": len(work), "given_up": given_up}
        if sum(work) + given_up * self.most_work > len(work) * self.most_work:
            self.most_work = _NEVER

    def _try(self, searcher: Searcher, chosen: list[int]) -> list[int]:
        """Return the work of rerouting scenarios, of those that have something to do."""
        answers, flows = new_answers(len(chosen)), new_flows(0)
        common = self.start.base, self.translated(chosen)
        written = searcher.state, answers, flows
        answer(*common, 0, len(chosen), *written, self._stop, self.most_work)
        busy = np.isin(answers.how, (REROUTED, FAILED))
        found: list[int] = np.minimum(answers.work[busy], self.most_work).tolist()
        return found

    # ---- on each thread

    def _work(self, _: int) -> None:
        searcher, block = Searcher(self.start), self._block
        while True:
            with self._lock:
                first = self._next
                last = min(first + _AT_ONCE, len(block))
                self._next = last
            if first == last or not self._answer(searcher, block, first, last):
                return

    def _answer(self, searcher: Searcher, block: _Block, first: int, last: int) -> bool:
        """Answer some scenarios of a block; return whether to go on."""
        flows = new_flows(self._rows(1))
        while first < last:
            common = self.start.base, block.changes, first, last
            written = searcher.state, block.answers, flows
            ended = answer(*common, *written, self._stop, self.most_work)
            failed = first + np.flatnonzero(block.answers.how[first:ended] == FAILED)
            for scenario in failed.tolist():
                flows_left = self._solve(searcher, block, scenario, flows)
                if flows_left is None:
                    block.answers.how[failed[failed >= scenario]] = STOPPED
                    self._keep(block, flows)
                    return False
                flows = flows_left
            self._keep(block, flows)
            if ended < last and self._stop[0]:
                return False
            first, flows = ended, new_flows(self._rows(2))
        return True

    def _solve(
        self, searcher: Searcher, block: _Block, scenario: int, flows: Flows
    ) -> Flows | None:
        """Answer a scenario by the simplex method; return the flows to go on with, None if stopped.

        Raises
        ------
        EngineError
            When the answer does not pass the audit.
        """
        found = searcher.solve(block.changes, scenario, self.run)
        if found is None:
            return None
        common = self.start.base, block.changes, scenario, searcher.state, block.answers
        while not adopt(*common, flows, *found):  # there is no room
            self._keep(block, flows)
            flows = new_flows(self._rows(2))
        if block.answers.how[scenario] == FAILED:
            name = self.scenarios.names[block.first + scenario]
            raise EngineError(f"the answer of scenario {name!r} does not pass the audit")
        return flows

    def _rows(self, times: int) -> int:
        return times * len(self.start.base.capacity) if self.keep_flows else 0

    def _keep(self, block: _Block, flows: Flows) -> None:
        used = int(flows.used[0])
        if used:
            scenario, lane, change = (column[:used].copy() for column in flows[1:])
            flows.used[0] = 0
            with self._lock:
                self.flows.append(Flows(flows.used, scenario + block.first, lane, change))

    # ---- beside the threads

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Look at clock and cancel beside the kernels, and tell how far they are."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(_SECONDS_BETWEEN_LOOKS):
                self.run.report(iterations=self._block.first + self._next)
                if self.run.stopped():
                    self._stop[0] = 1
                    return

        watcher = threading.Thread(target=watch, name="flowopt-sweep", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._stop[0] = 1  # whatever has happened, no thread goes on
            done.set()
            watcher.join()
            self.run.report(iterations=self._block.first + self._next)
