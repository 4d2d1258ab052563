"""First plans by annealing: where lots are a flow once the set-ups are known, and how long to look.

Lots are that on one level, in any quantity, with all demand met sooner or later, each item on one
resource at most. Quantities flow as the time that they take.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.inventory.lot_sizing.needs import needs_of

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.kernels.annealing import Pattern
    from flowopt.inventory.lot_sizing.kernels.network_basis import Network
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

_STEPS_EACH = 4000  # steps for a lot that can be, after which another annealing is worth more
_CHUNK, _EASY = 500, 500  # steps between looks at the clock, with so many lots that can be
_MOST_LOTS = 5_000  # of more, a step takes too long for enough of them
_HOT, _COLD = 0.19, 0.07  # temperatures at first and last, in fixed costs
_PRICE_OF_TIME = 7.0  # of time that is not there, in holding costs over all periods
_MOST_PUSHES = 1_000_000


def fits(problem: LotSizingProblem) -> bool:
    """Return whether lots are a flow once the set-ups are known, and not too many.

    Parameters
    ----------
    problem
        The problem.
    """
    used = (problem.unit_time > 0) | (problem.setup_time > 0)
    waits = problem.waits
    return not (
        len(problem.component)
        or (used.sum(axis=1) > 1).any()
        or problem.loses.any()
        or np.isfinite(problem.max_stock).any()
        or (problem.min_stock[waits] > 0).any()
        or (problem.min_order_quantity > 0).any()
        or (problem.pack_size > 0).any()
        or problem.demand.size > _MOST_LOTS
    )


def annealed(problem: LotSizingProblem, run: Run, steps: int | None = None) -> IndexArray | None:
    """Return the best set-ups found, (N, T) of 0 and 1; None when none of those seen suffice.

    Parameters
    ----------
    problem
        One that `fits`.
    run
        The live options; the time limit is used up.
    steps
        How many to take; None takes what the time allows.
    """
    from flowopt.inventory.lot_sizing.kernels.annealing import anneal
    from flowopt.inventory.lot_sizing.kernels.network_basis import copied
    from flowopt.inventory.simulation.kernels.random import begin

    layout = _Layout(problem)
    if not (layout.lot >= 0).any():
        return None
    best, state = np.zeros(problem.shape, dtype=np.int64), np.array([np.inf])
    random, lots = np.zeros(2, dtype=np.uint64), int((layout.lot >= 0).sum())
    most, chunk = _STEPS_EACH * lots, max(1, _CHUNK * _EASY // max(lots, _EASY))
    cycle, done = 0, 0.0
    while done < 1.0 and not run.stopped():
        begin(random, run.seed, cycle, 0, 0)
        network, pattern = layout.start()
        kept = copied(network)
        schedule = _Schedule(run, most, steps, done, chunk)
        while schedule.goes_on():
            heat = layout.cost * _HOT * (_COLD / _HOT) ** schedule.share
            anneal(network, kept, pattern, best, state, random, chunk, heat)
        cycle, done = cycle + 1, schedule.done
    return best if np.isfinite(state[0]) else None


class _Schedule:
    """How far one annealing is, by steps or by the clock.

    Parameters
    ----------
    run
        The live options.
    most
        Steps of one annealing.
    steps
        Steps of all; None: as the time allows.
    done
        Share of all that is done.
    chunk
        Steps from one question whether it goes on to the next.
    """

    def __init__(self, run: Run, most: int, steps: int | None, done: float, chunk: int) -> None:
        self.run, self.most, self.steps, self.chunk = run, most, steps, chunk
        self.first = self.done = done
        self.began, self.count, self.share = run.elapsed, -1, 0.0

    def goes_on(self) -> bool:
        """Return whether there are steps to take, and note how far the annealing is."""
        self.count += 1
        taken = self.count * self.chunk
        if self.steps is not None:
            self.done = self.first + taken / self.steps
            length = min(self.most, self.steps) / self.steps
        else:
            limit = self.run.time_limit or 1.0
            self.done = self.run.elapsed / limit
            speed = taken / max(self.run.elapsed - self.began, 1e-9)
            left = 1.0 - self.began / limit
            parts = max(1.0, round(left * limit * speed / self.most))
            length = left / parts
            self.first = self.began / limit
        self.share = (self.done - self.first) / max(length, 1e-9)
        return self.share < 1.0 and not self.run.stopped()


@dataclass(frozen=True)
class _Ends:
    """Arcs as they are laid: their ends and what a unit on them costs."""

    tail: list[int]
    head: list[int]
    money: list[float]

    def add(self, tail: int, head: int, money: float) -> int:
        """Lay an arc; return its number."""
        self.tail.append(tail)
        self.head.append(head)
        self.money.append(float(money))
        return len(self.tail) - 1


class _Layout:
    """The network of a problem: time of resources through lots into stock.

    Parameters
    ----------
    problem
        One that `fits`.
    """

    def __init__(self, problem: LotSizingProblem) -> None:
        self.problem = problem
        items, periods = problem.shape
        resources = len(problem.resource_id)
        self.unit = problem.unit_time.sum(axis=1)
        used = (problem.unit_time > 0) | (problem.setup_time > 0)
        self.resource = np.full(items, -1)
        if resources:
            self.resource[:] = np.where(used.any(axis=1), used.argmax(axis=1), -1)
        self.setup_time = problem.setup_time.sum(axis=1)
        self.factor = np.where(self.unit > 0, self.unit, 1.0)
        self.need = needs_of(problem).amount
        priced = np.cumsum(problem.holding_cost / self.factor[:, None], axis=1)
        self.held = np.concatenate([np.zeros((items, 1)), priced[:, :-1]], axis=1)
        self.ends, self.top = _Ends([], [], []), 1 + resources * periods
        self.first, self.beyond = (np.zeros((resources, periods), np.int64) for _ in range(2))
        self.lot = np.full((items, periods), -1)
        self.most: dict[int, float] = {}
        self._time()
        for item in range(items):
            self._stock(item)
            self._lots(item)
        self._prices()

    def _prices(self) -> None:
        """Set the prices of what must not be, and the cost that tells warm from cold."""
        problem, periods = self.problem, self.problem.shape[1]
        fixed = problem.fixed_cost[self.lot >= 0]
        holding = float((problem.holding_cost / self.factor[:, None]).mean())
        wanted = (self.need * self.factor[:, None])[self.need > 0]
        mean = float(wanted.mean()) if wanted.size else 1.0
        least = float(wanted.min()) if wanted.size else 1.0
        cost = float(fixed.mean()) if fixed.size else 0.0
        time = self.setup_time
        self.price_of_time = max(_PRICE_OF_TIME * periods * holding, cost / mean, 1e-3)
        self.cost = cost if cost > 0 else max(self.price_of_time * float(time.mean()), 1e-6)
        dearest = self.price_of_time * (1.0 + float(time.max(initial=0.0)))
        self.wall = 10.0 * (dearest + float(fixed.max(initial=0.0)) / least)

    def _node(self, item: int, period: int) -> int:
        return self.top + item * self.problem.shape[1] + period

    def _time(self) -> None:
        for resource, period in np.ndindex(self.first.shape):
            node = 1 + resource * self.first.shape[1] + period
            price = self.problem.overtime_cost[resource, period]
            self.first[resource, period] = self.ends.add(0, node, 0.0)
            money = float(price) if np.isfinite(price) else 0.0
            self.beyond[resource, period] = self.ends.add(0, node, money)

    def _stock(self, item: int) -> None:
        problem, factor = self.problem, self.factor[item]
        periods = problem.shape[1]
        for period in range(periods):
            here = self._node(item, period)
            after = self._node(item, period + 1) if period + 1 < periods else 0
            self.ends.add(here, after, problem.holding_cost[item, period] / factor)
            late = problem.backorder_cost[item, period]
            if after and np.isfinite(late):
                self.ends.add(after, here, late / factor)

    def _lots(self, item: int) -> None:
        problem, factor = self.problem, self.factor[item]
        periods, lead = problem.shape[1], int(problem.lead_time[item])
        if problem.max_order_quantity[item] <= 0:
            return
        for period in range(periods - lead):
            since = 0 if problem.waits[item] else period + lead
            if self.need[item, since:].sum() <= 0:
                break  # nothing is left to make
            start = 0
            if self.unit[item] > 0:
                start = 1 + int(self.resource[item]) * periods + period
            money = problem.unit_cost[item, period] / factor
            arc = self.ends.add(start, self._node(item, period + lead), money)
            self.lot[item, period] = arc
            self.most[arc] = problem.max_order_quantity[item] * factor

    def start(self) -> tuple[Network, Pattern]:
        """Return the network and the pattern with all set-ups that can be, and its best flow."""
        from flowopt.inventory.lot_sizing.kernels.annealing import Pattern
        from flowopt.inventory.lot_sizing.kernels.network_basis import cheapen, star

        problem, periods = self.problem, self.problem.shape[1]
        supply = np.zeros(self.top + self.need.size)
        supply[self.top :] = -(self.need * self.factor[:, None]).ravel()
        tail, head = (np.array(ends, dtype=np.int64) for ends in (self.ends.tail, self.ends.head))
        network = star(tail, head, supply, 10.0 * self.wall)
        money = np.zeros(len(network.tail))
        money[: len(tail)] = self.ends.money
        network.cost[: len(tail)] = money[: len(tail)]
        setup = (self.lot >= 0).astype(np.int64)
        taken = np.zeros((len(problem.resource_id), periods))
        made = self.resource >= 0
        np.add.at(taken, self.resource[made], setup[made] * self.setup_time[made, None])
        left = problem.capacity - taken
        network.cost[self.beyond[np.isinf(problem.overtime_cost)]] += self.price_of_time
        network.capacity[self.first] = np.maximum(left, 0.0)
        for arc, most in self.most.items():
            network.capacity[arc] = most
        pattern = Pattern(
            setup, left, self.wall, self.lot, self.first, self.beyond,
            self.resource, self.setup_time, problem.fixed_cost.copy(), money,
            self.need * self.factor[:, None], self.held,
        )  # fmt: skip
        cheapen(network, 0, _MOST_PUSHES)
        return network, pattern


@cache
def _compiled() -> None:
    from flowopt.core.options import Options
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem

    problem = LotSizingProblem.from_arrays([[1.0, 2.0]], fixed_cost=1, holding_cost=1, capacity=9)
    annealed(problem, Run(Options()), _CHUNK)


def load_kernels() -> float:
    """Compile the kernels, or load them from the cache; return the seconds that it took."""
    began = time.perf_counter()
    _compiled()
    return time.perf_counter() - began
