"""What is to be played, as columns; and playing it, in groups of items."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.options import available_cores
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.simulation.estimate import Estimates, estimated, joined
from flowopt.inventory.simulation.kernels import single as k
from flowopt.inventory.simulation.kernels.demand import COUNTED, HISTORY
from flowopt.inventory.simulation.lead_times import LeadTimeDraws
from flowopt.parallel import map_independent

ROWS_AT_ONCE = 4096
"""Items that are played between two looks at what else is to be done."""

ENOUGH = 10
"""Replications from which on each is one block; below, they are cut."""

BLOCKS = 16
"""Blocks of a replication that is cut."""

_SHORTEST = 2.0  # protection intervals in a block


@dataclass(frozen=True)
class Source:
    """Where the demand of (n,) items comes from.

    Parameters
    ----------
    kind
        (n,) see `flowopt.inventory.simulation.kernels.demand`.
    mean, variance
        (n,) of the demand of a period.
    samples, sample_start
        The samples of all items, and (n + 1,) where those of each begin.
    history
        (n, T) demand of each period; (0, 0) when all is random.
    """

    kind: Rows
    mean: Floats
    variance: Floats
    samples: Floats
    sample_start: Rows
    history: Floats

    @classmethod
    def played(cls, history: Floats) -> Source:
        """Return demand that has been."""
        num_items = len(history)
        none = np.zeros(num_items)
        kind = np.full(num_items, HISTORY)
        start = np.zeros(num_items + 1, dtype=np.int64)
        return cls(kind, none, none, np.empty(0), start, history)

    @property
    def whole(self) -> Floats:
        """(n,) whether demand comes in whole units."""
        if self.history.size:
            parts = range(0, len(self.history), ROWS_AT_ONCE)
            rows = (self.history[start : start + ROWS_AT_ONCE] for start in parts)
            return np.concatenate([(part == np.floor(part)).all(axis=1) for part in rows])
        return np.asarray(self.kind == COUNTED)


@dataclass(frozen=True)
class Setup:
    """All that is needed to play (n,) items.

    Parameters
    ----------
    source
        Their demand.
    policies, changes, rules
        (n, G, 3), (G,) and (n, 7); see `flowopt.inventory.simulation.kernels.single`.
    lead_times
        How long orders take.
    opening
        (n,) stock on hand at the beginning.
    warm, last
        (n,) the first period that counts, and the one after the last.
    costs
        (n, 12) cost of a unit of each figure.
    replications, seed, confidence
        How often, with which random numbers, and how sure the intervals shall be.
    """

    source: Source
    policies: Floats
    changes: Rows
    rules: Floats
    lead_times: LeadTimeDraws
    opening: Floats
    warm: Rows
    last: Rows
    costs: Floats
    replications: int
    seed: int
    confidence: float

    @property
    def num_items(self) -> int:
        """Number of items."""
        return len(self.opening)

    @property
    def num_blocks(self) -> int:
        """Blocks that a replication is cut in."""
        return 1 if self.replications >= ENOUGH else BLOCKS

    def run(self, workers: int | None = 1) -> Estimates:
        """Play all items in some threads, None: one a core, and return what happened."""
        num_threads = available_cores() if workers is None else workers
        if not _is_whole(num_threads) or num_threads < 1:
            fix = "give a whole number of at least 1, or None"
            _refuse("workers", workers, "cannot be used", fix)
        starts = range(0, max(self.num_items, 1), ROWS_AT_ONCE)
        return joined(map_independent(partial(_estimates, self), starts, num_threads, "threads"))

    def trace(self, item: int) -> Floats:
        """Return demand, net stock, position and order of each period of one item, played once."""
        if not _is_whole(item) or not 0 <= item < self.num_items:
            _refuse("item", item, "is the row of no item", f"give 0 to {self.num_items - 1}")
        periods = int(self.last[item])
        path = np.zeros((periods, 4))
        self._play(np.array([item]), replace(self, replications=1), path)
        return path

    def _play(self, rows: Rows, how: Setup, trace: Floats) -> Floats:
        """Play some neighbouring items and return what happened in each block."""
        lead, source = self.lead_times.take(rows), self.source
        blocks = how.num_blocks
        sums = np.zeros((len(rows), how.replications * blocks, k.NUM_FIGURES))
        first, end = int(rows[0]), int(rows[-1]) + 1
        starts = source.sample_start[first : end + 1]
        rules = self.rules[rows]
        rules[:, k.LEAD] = lead.fixed
        history = source.history[first:end]
        k.play(
            np.array(source.kind[rows], dtype=np.int64),
            np.array(source.mean[rows], dtype=np.float64),
            np.array(source.variance[rows], dtype=np.float64),
            np.array(source.samples[starts[0] : starts[-1]], dtype=np.float64),
            np.array(starts - starts[0], dtype=np.int64),
            np.require(history, np.float64, ["C", "W"]),
            self.policies[rows],
            self.changes,
            rules,
            lead.kind,
            lead.table,
            lead.start,
            self.opening[rows],
            self.warm[rows],
            self.last[rows],
            first,
            self.seed,
            how.replications,
            blocks,
            sums,
            trace,
        )
        return sums


def _estimates(setup: Setup, start: int) -> Estimates:
    rows = np.arange(start, min(start + ROWS_AT_ONCE, setup.num_items))
    sums = setup._play(rows, setup, np.empty((0, 4)))
    return estimated(sums, setup.costs[rows], _independent(setup, rows), setup.confidence)


def _independent(setup: Setup, rows: Rows) -> Floats:
    """Return how many blocks may be told apart, of how many periods each."""
    if setup.num_blocks == 1:
        return np.full(len(rows), float(setup.replications))
    rules, length = setup.rules[rows], (setup.last - setup.warm)[rows].astype(np.float64)
    least = _SHORTEST * (rules[:, k.LEAD] + rules[:, k.REVIEW])
    fit = np.clip(np.floor(length / np.maximum(least, 1.0)), 1, BLOCKS)
    count = 2.0 ** np.floor(np.log2(fit))
    return np.asarray(count * setup.replications)


def _is_whole(value: object) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def _refuse(argument: str, value: Any, message: str, fix: str) -> None:
    failures = Failures()
    failures.add("simulate", argument, None, value, "out_of_range", message, fix)
    failures.raise_if_any()
