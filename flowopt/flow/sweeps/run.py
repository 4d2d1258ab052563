"""Answers the scenarios of a sweep, a few at a time on every thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.flow.expansion import IndexArray
from flowopt.flow.simplex import Basis, Simplex
from flowopt.flow.sweeps.base import Start
from flowopt.flow.sweeps.kernels.layout import (
    COST,
    DEMAND,
    FAILED,
    SKIPPED,
    STOPPED,
    Answers,
    Changes,
    Flows,
    State,
    new_answers,
    new_flows,
    new_state,
)
from flowopt.flow.sweeps.kernels.reroute import adopt, answer, trace
from flowopt.parallel import map_independent

_AT_ONCE = 64  # scenarios that a thread takes
_PILOTS = 16  # scenarios with something to do, on which the methods are compared
_SECONDS_BETWEEN_LOOKS = 0.05
_NO_LIMIT = 2**62
_NEVER = -1  # work allowed to a method that is not to be used
_LEAST_WORK = 20_000  # arcs looked at while the simplex method would get under way


@dataclass(eq=False)
class Searcher:
    """What one thread works with: the network as the scenario at hand has it.

    Parameters
    ----------
    start
        The base of the sweep.
    changes
        What each scenario changes.
    """

    start: Start
    changes: Changes
    state: State = field(init=False)
    simplex: Simplex | None = None
    basis: Basis | None = None

    def __post_init__(self) -> None:
        self.state = new_state(self.start.base)

    def solve(self, scenario: int, run: Run) -> tuple[IndexArray, IndexArray] | None:
        """Return flow and prices by the network simplex, from the base's basis; None if stopped.

        Parameters
        ----------
        scenario
            Position of the scenario.
        run
            The live options.
        """
        base = self.start.base
        if self.simplex is None:
            self.simplex = self.start.simplex.copy()
            self.basis = self.start.simplex.basis()
        simplex, basis = self.simplex, self.basis
        assert basis is not None
        first, last = self.changes.start[scenario : scenario + 2]
        kind, place = self.changes.kind[first:last], self.changes.place[first:last]
        value = self.changes.whole[first:last]
        arcs, dear, nodes = place[kind < COST], place[kind == COST], place[kind == DEMAND]
        simplex.change_capacity(arcs, value[kind < COST])
        simplex.change_cost(dear, value[kind == COST])
        if len(nodes):
            demand = base.demand.copy()
            for node, amount in zip(nodes, value[kind == DEMAND], strict=True):
                demand[node] = amount
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

    def reroute(self, scenario: int) -> tuple[IndexArray, IndexArray]:
        """Return flow and prices by rerouting.

        Parameters
        ----------
        scenario
            Position of the scenario.
        """
        base = self.start.base
        flow, potential = np.empty_like(base.capacity), np.empty_like(base.potential)
        going_on = np.zeros(1, dtype=np.uint8)
        trace(base, self.changes, scenario, self.state, going_on, flow, potential)
        return flow, potential


@dataclass(eq=False)
class Sweeping:
    """A sweep under way.

    Parameters
    ----------
    start
        The base of the sweep.
    changes
        What each scenario changes.
    run
        The live options.
    keep_flows
        Whether to keep which lanes carry something else.
    """

    start: Start
    changes: Changes
    run: Run
    keep_flows: bool
    answers: Answers = field(init=False)
    flows: list[Flows] = field(default_factory=list)
    most_work: int = field(init=False)
    details: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.answers = new_answers(self.num_scenarios)
        self._stop = np.zeros(1, dtype=np.uint8)
        self._lock = threading.Lock()
        self._next = 0
        engine = self.run.options.engine
        most = len(self.start.base.capacity) + _LEAST_WORK
        self.most_work = {"reroute": _NO_LIMIT, "simplex": _NEVER}.get(engine, most)

    @property
    def num_scenarios(self) -> int:
        """Number of scenarios."""
        return len(self.changes.start) - 1

    def go(self) -> None:
        """Answer all scenarios, or as many as there is time for."""
        with self._watched():
            if self.run.options.engine == "auto":
                self._compare()
            map_independent(self._work, range(self.run.workers), self.run.workers, "threads")

    # ---- which method

    def _compare(self) -> None:
        """Let rerouting answer the first scenarios, within the work that the simplex method takes.

        Where most of them take more, the others go to the simplex method at once. What counts is
        work, not time: so the same scenarios have the same answers on any machine.
        """
        searcher, given_up, tried = Searcher(self.start, self.changes), 0, 0
        while tried < _PILOTS and self._next < min(self.num_scenarios, 4096):
            first = self._next
            last = min(first + _PILOTS, self.num_scenarios)
            self._next = last
            outcome = self._answer(searcher, first, last)
            if outcome is None:
                return
            tried += int((self.answers.how[first:last] != SKIPPED).sum())
            given_up += outcome
        self.details |= {"compared": tried, "given_up": given_up}
        if 2 * given_up > tried:
            self.most_work = _NEVER

    # ---- on each thread

    def _work(self, _: int) -> None:
        searcher = Searcher(self.start, self.changes)
        while True:
            with self._lock:
                first = self._next
                last = min(first + _AT_ONCE, self.num_scenarios)
                self._next = last
            if first == last or self._answer(searcher, first, last) is None:
                return

    def _answer(self, searcher: Searcher, first: int, last: int) -> int | None:
        """Answer some scenarios; return how many needed the simplex method, None when stopped."""
        common = self.start.base, self.changes
        flows, begin = new_flows(self._rows(1)), first
        while begin < last:
            written = searcher.state, self.answers, flows
            ended = answer(*common, begin, last, *written, self._stop, self.most_work)
            if ended < last:
                if self._stop[0]:
                    self._keep(flows)
                    return None
                flows = self._more_room(flows)
            begin = ended
        failed = first + np.flatnonzero(self.answers.how[first:last] == FAILED)
        for scenario in failed.tolist():
            found = searcher.solve(scenario, self.run)
            if found is None:
                self.answers.how[failed[failed >= scenario]] = STOPPED
                self._keep(flows)
                return None
            while not adopt(
                *common, scenario, searcher.state, self.answers, flows, *found
            ):  # no room
                flows = self._more_room(flows)
            if self.answers.how[scenario] == FAILED:
                raise EngineError(f"the answer of scenario {scenario} does not pass the audit")
        self._keep(flows)
        return len(failed)

    def _rows(self, times: int) -> int:
        return times * len(self.start.base.capacity) if self.keep_flows else 0

    def _more_room(self, flows: Flows) -> Flows:
        self._keep(flows)
        return new_flows(self._rows(2))

    def _keep(self, flows: Flows) -> None:
        used = int(flows.used[0])
        if used:
            kept = (column[:used].copy() for column in flows[1:])
            with self._lock:
                self.flows.append(Flows(flows.used, *kept))

    # ---- beside the threads

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Look at clock and cancel beside the kernels, and tell how far they are."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(_SECONDS_BETWEEN_LOOKS):
                self.run.report(iterations=self._next)
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
            self.run.report(iterations=self._next)
