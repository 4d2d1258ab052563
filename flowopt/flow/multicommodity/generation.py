"""Column generation: shortest paths at the prices of joint capacity, and the best mix of paths."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.status import Limit
from flowopt.flow.multicommodity.kernels import master, pricing
from flowopt.flow.multicommodity.kernels.basis import fill_basis, inverted
from flowopt.flow.multicommodity.kernels.state import (
    BASIC,
    KEY,
    NUM_ENTRIES,
    NUM_FREE,
    TIGHT_COUNT,
    WAITING,
    Master,
    adopt,
    key_prices,
)
from flowopt.flow.multicommodity.layout import Layout
from flowopt.flow.multicommodity.room import (
    empty_master,
    forget,
    graph_of,
    room_for_paths,
    with_places,
    with_room,
)

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

_SHIFT = 1e-8  # by how much capacities differ, relatively, so that few paths become empty together
_FEWEST_LISTED = 100  # paths that enter before all that wait are looked at again
_LOOKS_AT_ONE = 30  # entries of a listed path that are looked at for one of those that wait
_ROUNDS_KEPT = 4  # after which a path that is not used is forgotten
_WORTH = 0.1  # of the average saving that is possible: what a path must save to enter
_PIVOTS_BETWEEN_INVERSIONS = 1000
_WORK_BETWEEN_LOOKS = 2e7  # numbers of the inverse that change before the clock is looked at
_WORK_OF_A_THREAD = 2e5  # lanes to look at, below which threads cost more than they save
_STEEPER = 2.0  # the penalty's growth
_ALMOST = 1e-2  # of the cost: what paths may still save when the penalty grows
_HIGHEST = 256.0  # times the first penalty: there we ask whether there is a solution at all
_HOPELESS = 1e8  # times that: what is short still is so by rounding
_STALLED = 20  # rounds in which neither cost nor bound changed, so that none will
_DENSE = 400  # tight rows from which a library inverts the working basis faster
_ROUNDING = 1e-11


@dataclass(frozen=True, eq=False)
class Routing:
    """Paths, what flows on them, and prices of the rows.

    P paths, R rows, D demands of the layout.

    Parameters
    ----------
    demand
        (P,) demand that each path serves.
    origin
        (P,) site where it begins.
    start, lane
        (P + 1,) and the lanes of the paths, from their origin.
    flow
        (P,) units on each.
    unmet
        (D,) demand left unmet.
    excess
        (R,) capacity that is used though it is not there.
    price
        (R,) prices of the rows, 0 or more, that prove `bound`.
    cost, bound
        Cost of the paths and of unmet demand (and of the excess, where that has a price).
    """

    demand: IndexArray
    origin: IndexArray
    start: IndexArray
    lane: IndexArray
    flow: FloatArray
    unmet: FloatArray
    excess: FloatArray
    price: FloatArray
    cost: float
    bound: float


class Generation:
    """One search.

    Parameters
    ----------
    layout
        What is to be solved.
    run
        Clock, seed, workers, cancel.
    penalty
        Price of a unit of capacity that is not there; None when there must be none in the end.
    """

    def __init__(self, layout: Layout, run: Run, penalty: float | None = None) -> None:
        self.layout, self.run, self.fixed = layout, run, penalty
        self.rounds, self.bound, self.price = 0, -math.inf, np.zeros(len(layout.capacity))
        self.graph = graph_of(layout)
        self.shortest = np.full(len(layout.quantity), np.inf)
        self.joint = np.zeros(len(layout.target))
        chance = np.random.default_rng(run.seed).random(len(layout.capacity))
        self.state = empty_master(layout, layout.capacity * (1 + _SHIFT * chance))
        work = layout.num_blocks * len(layout.target)
        count = min(run.workers, layout.num_blocks) if work > _WORK_OF_A_THREAD else 1
        self.threads = [_Thread(self.graph) for _ in range(count)]
        self.saving = math.inf
        self.since_inversion = 0
        self.known_feasible = False
        self.highest = math.inf
        self.stalled, self.last = 0, (math.nan, math.nan)

    def search(self, gap: float) -> Limit | str:
        """Search until the gap is reached; return why it ended.

        Parameters
        ----------
        gap
            Relative distance of cost and bound at which to end.

        Returns
        -------
        reason
            A limit, ``"done"``, ``"unreachable"`` (there is no way to some demand) or ``"over"``
            (capacity is still short at a high penalty).
        """
        stop = self.run.stopped(self.rounds)
        if stop:
            return stop
        if not self.rounds:
            limit = self._price(np.full(len(self.shortest), np.inf), 0.0)
            if limit:
                return limit
            if np.isinf(self.shortest).any():
                return "unreachable"
            self._begin()
        while True:
            limit = self._improve()
            self.rounds += 1
            self.run.report(self.cost if not self.over else None, self._known(), self.rounds)
            limit = limit or self.run.stopped(self.rounds)
            if limit:
                return limit
            keys = np.empty(len(self.shortest))
            key_prices(self.state, keys)
            before = self.state.counts[NUM_FREE]
            limit = self._price(keys, self._tolerance())
            if limit:
                return limit
            self._update_bound(keys)
            reason = self._ended(gap, before == self.state.counts[NUM_FREE])
            if reason:
                return reason

    def _ended(self, gap: float, nothing_new: bool) -> str | None:
        """Return why the search ends after a round, None when it goes on."""
        cost = self.cost
        smallest = max(abs(cost), _ROUNDING)
        if not self.over or self.fixed is not None:
            if cost - self.bound <= gap * smallest:
                return "done"
            if nothing_new and self.saving <= _ROUNDING * smallest:
                return "done"
        elif self.saving < _ALMOST * cost or nothing_new:
            most = self.highest * (_HOPELESS if self.known_feasible else 1.0)
            if self.state.penalty[0] >= most:
                return "over"
            self._raise_penalty()
        self.stalled = self.stalled + 1 if (cost, self.bound) == self.last else 0
        self.last = cost, self.bound
        if self.stalled == _STALLED // 2:
            self.invert()
        return "done" if self.stalled >= _STALLED else None

    # ---- the rounds

    def _begin(self) -> None:
        """Send each demand on its shortest path, and set the first penalty."""
        state, layout = self.state, self.layout
        first = np.flatnonzero(state.state == WAITING)
        state.key[state.demand[first]] = first
        state.state[first] = KEY
        self.bound = float(layout.quantity @ self.shortest)
        master.refresh(state)
        used = float(state.flow.sum())
        state.penalty[0] = self.bound / used if self.bound > 0 and used > 0 else 1.0
        if self.fixed is not None:
            state.penalty[0] = self.fixed
        self.highest = _HIGHEST * float(state.penalty[0])
        master.refresh(state)

    def _price(self, limit: FloatArray, tolerance: float) -> Limit | None:
        """Find the paths that are cheaper than a limit at the prices; None when all were priced."""
        master_state, blocks = self.state, self.layout.num_blocks
        pricing.joint_prices(self.graph, master_state.price, self.joint)
        parts = np.linspace(0, blocks, len(self.threads) + 1).astype(np.int64)

        def work(index: int) -> bool:
            return self.threads[index].price(
                self, limit, int(parts[index]), int(parts[index + 1]), tolerance
            )

        if len(self.threads) == 1:
            whole = [work(0)]
        else:
            with ThreadPoolExecutor(len(self.threads)) as pool:
                whole = list(pool.map(work, range(len(self.threads))))
        for thread in self.threads:  # in their order: the answer does not depend on their number
            for found in thread.batches:
                self.state = with_room(self.state, found)
                adopt(self.state, found, self.rounds)
            thread.batches = []
        return None if all(whole) else self.run.stopped() or Limit.TIME

    def _tolerance(self) -> float:
        """Return what a path must save per unit to be worth a step."""
        floor = _ROUNDING * float(self.shortest.max(initial=0.0))
        if math.isinf(self.saving):
            return floor
        return max(floor, _WORTH * self.saving / float(self.layout.quantity.sum()))

    def _improve(self) -> Limit | None:
        """Mix the paths that are known as well as is worth it."""
        entries = int(self.state.counts[NUM_ENTRIES])
        most_listed = max(_FEWEST_LISTED, math.isqrt(entries // _LOOKS_AT_ONE))
        listed, slopes = np.zeros(most_listed, dtype=np.int64), np.zeros(most_listed)
        waiting = np.flatnonzero(self.state.state == WAITING)
        limit = None
        while limit is None:
            size = int(self.state.counts[TIGHT_COUNT])
            if size + 2 >= len(self.state.tight) and size < len(self.state.capacity):
                self.state = with_places(self.state)
            most = max(
                10, min(_PIVOTS_BETWEEN_INVERSIONS, int(_WORK_BETWEEN_LOOKS / (size + 9) ** 2))
            )
            tolerance = self._tolerance()
            done = master.improve(
                self.state, waiting, len(waiting), tolerance, most, listed, slopes
            )
            self.since_inversion += done
            if self.since_inversion >= _PIVOTS_BETWEEN_INVERSIONS:
                self.invert()
            full = int(self.state.counts[TIGHT_COUNT]) + 1 >= len(self.state.tight)
            if done < most and not full:
                break
            limit = self.run.stopped()
        master.refresh(self.state)
        self.state.born[self.state.state >= BASIC] = self.rounds
        forget(self.state, self.rounds - _ROUNDS_KEPT)
        return limit

    def invert(self) -> None:
        """Compute the inverse of the working basis anew."""
        self.since_inversion = 0
        size = int(self.state.counts[TIGHT_COUNT])
        basis, inverse = np.zeros((size, size)), np.eye(size)
        fill_basis(self.state, basis)
        if size > _DENSE:  # below, the threads of a library wait longer than they work
            self.state.inverse[:size, :size] = np.linalg.inv(basis).T
        elif inverted(basis, inverse):
            self.state.inverse[:size, :size] = inverse.T
        master.refresh(self.state)

    def _update_bound(self, keys: FloatArray) -> None:
        """Keep the bound of the prices, when it is the best, and what paths may still save."""
        quantity = self.layout.quantity
        price = np.maximum(self.state.price, 0.0)
        bound = math.fsum((quantity * self.shortest).tolist())
        bound -= math.fsum((self.layout.capacity * price).tolist())
        if bound > self.bound:
            self.bound, self.price = bound, price
        self.saving = float(quantity @ np.maximum(keys - self.shortest, 0.0))

    def _raise_penalty(self) -> None:
        self.state.penalty[0] *= _STEEPER
        master.refresh(self.state)
        self.saving = math.inf

    # ---- what it knows

    @property
    def over(self) -> bool:
        """Whether more capacity is used than there is."""
        return bool(self.state.over.any())

    @property
    def excess(self) -> FloatArray:
        """(R,) capacity that is used though it is not there."""
        beyond = np.maximum(0.0, self.state.flow - self.layout.capacity)
        return np.where(self.state.over, beyond, 0.0)

    @property
    def cost(self) -> float:
        """Cost of the paths in use, and of the excess."""
        used = self.state.state >= BASIC
        paths = float(self.state.cost[used] @ self.state.value[used])
        return paths + float(self.state.penalty[0]) * float(self.excess.sum())

    def _known(self) -> float | None:
        return self.bound if math.isfinite(self.bound) else None

    def routing(self) -> Routing:
        """Return the paths in use."""
        state = self._settled()
        used = np.flatnonzero((state.state >= BASIC) & (state.value > 0))
        used = used[np.argsort(state.demand[used], kind="stable")]
        unmet = np.zeros(len(self.layout.quantity))
        skipped = used[state.seed[used] < 0]
        np.add.at(unmet, state.demand[skipped], state.value[skipped])
        paths = used[state.seed[used] >= 0]
        count = state.num_lanes[paths]
        begin = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        step = np.arange(begin[-1]) - np.repeat(begin[:-1], count)
        entry = np.repeat(state.first_lane[paths] + count - 1, count) - step
        return Routing(
            demand=state.demand[paths],
            origin=self.layout.seed_site[state.seed[paths]],
            start=begin,
            lane=state.lane[entry],
            flow=state.value[paths].copy(),
            unmet=unmet,
            excess=self.excess,
            price=self.price,
            cost=self.cost,
            bound=self.bound,
        )

    def _settled(self) -> Master:
        """Return the state at the exact capacities, where no path becomes negative by that."""
        exact = self.state._replace(capacity=self.layout.capacity)
        lowest = master.refresh(exact)
        if lowest < -_ROUNDING * float(self.layout.quantity.max(initial=1.0)):
            master.refresh(self.state)
            return self.state
        return exact


class _Thread:
    """What one thread searches shortest paths with."""

    def __init__(self, graph: pricing.Graph) -> None:
        sites, lanes = len(graph.start) - 1, len(graph.target)
        places = [np.zeros(sites, dtype=np.int64) for _ in range(4)]
        own = np.full(lanes, -1, dtype=np.int64)
        self.search = pricing.Search(
            np.zeros(lanes), np.zeros(sites), places[0], places[1], places[2], places[3], own
        )
        self.room = 4096
        self.batches: list[pricing.Found] = []

    def price(
        self, whole: Generation, limit: FloatArray, begin: int, end: int, tolerance: float
    ) -> bool:
        """Price some blocks into `batches`; return False when it was stopped."""
        block, lanes = begin, max(1, len(whole.graph.target))
        stride = max(1, int(5e6 / lanes))  # blocks between two looks at the clock
        found = room_for_paths(self.room)
        while block < end:
            until = min(end, block + stride)
            reached = pricing.price_blocks(
                whole.graph,
                self.search,
                found,
                whole.state.price,
                whole.joint,
                limit,
                whole.shortest,
                block,
                until,
                tolerance,
            )
            if reached < until:  # no room for the next block
                if reached == block and not found.counts[0]:
                    self.room *= 2
                else:
                    self.batches.append(found)
                found = room_for_paths(self.room)
            block = reached
            if block < end and whole.run.stopped():
                return False
        self.batches.append(found)
        return True
