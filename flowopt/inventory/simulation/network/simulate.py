"""Plays a network of stages that keep base stock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns, positions, read_table
from flowopt.inventory.cycle import choose_distribution
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.safety_stock.validation import check_links, topological_order
from flowopt.inventory.simulation.build import Length, random_source
from flowopt.inventory.simulation.history import read_history
from flowopt.inventory.simulation.kernels import network as k
from flowopt.inventory.simulation.network.result import NetworkSimulation
from flowopt.inventory.simulation.network.spec import PLAYED_LINKS, PLAYED_STAGES
from flowopt.inventory.simulation.setup import BLOCKS, ENOUGH, Source

_NAME = "simulate_network"


@dataclass(frozen=True)
class NetworkSetup:
    """All that is needed to play a network.

    Parameters
    ----------
    stages, links
        The validated tables.
    source
        The outside demand of each stage.
    length
        How long, how often, with what random numbers.
    """

    stages: Columns
    links: Columns
    source: Source
    length: Length

    @property
    def periods(self) -> int:
        """Number of periods, the warm-up included."""
        played = self.source.history.shape[1]
        return played or self.warmup + self.length.periods

    @property
    def warmup(self) -> int:
        """Number of periods before those that count: twice the longest way, unless given."""
        if self.length.warmup is not None:
            return int(self.length.warmup)
        times = self.stages["stage_time"] + self.stages["service_time"]
        longest = int(times.sum()) + int(self.links["lead_time"].sum())
        way = min(longest, _longest_way(self)) + 1
        played = self.source.history.shape[1]
        return min(way, played) if played else 2 * way

    @property
    def replications(self) -> int:
        """How often it is played; a history once."""
        return 1 if self.source.history.shape[1] else int(self.length.replications)

    @property
    def blocks(self) -> int:
        """Blocks that a replication is cut in."""
        return 1 if self.replications >= ENOUGH else BLOCKS

    def play(self, trace: Floats | None = None, replications: int | None = None) -> Floats:
        """Play and return what happened: (n, B, 9).

        Parameters
        ----------
        trace
            (T, n) filled with the net stock of the first replication.
        replications
            How often; None: as often as is to be.
        """
        stages, links = self.stages, self.links
        ends = {end: positions(links[end], stages["stage"]) for end in ("source", "target")}
        num_stages, count = stages.num_rows, replications or self.replications
        sums = np.zeros((num_stages, count * self.blocks, k.NUM_FIGURES))
        order = topological_order(num_stages, ends["source"], ends["target"])
        k.play_network(
            np.array(order, dtype=np.int64),
            ends["source"],
            ends["target"],
            np.array(links["quantity"], dtype=np.float64),
            np.array(links["lead_time"], dtype=np.int64),
            *_by_stage(ends["target"], num_stages),
            *_by_stage(ends["source"], num_stages),
            np.array(stages["base_stock_level"], dtype=np.float64),
            np.array(stages["stage_time"], dtype=np.int64),
            np.array(stages["service_time"], dtype=np.int64),
            np.array(self.source.kind, dtype=np.int64),
            np.array(self.source.mean, dtype=np.float64),
            np.array(self.source.variance, dtype=np.float64),
            np.require(self.source.history, np.float64, ["C", "W"]),
            min(self.warmup, self.periods),
            self.periods,
            int(self.length.seed),
            count,
            self.blocks,
            sums,
            np.empty((0, 0)) if trace is None else trace,
        )
        return sums


def simulate_network(
    stages: Any,
    links: Any = None,
    demand: Any = None,
    *,
    periods: int = 1000,
    replications: int = 10,
    warmup: int | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> NetworkSimulation:
    """Play a network of stages that keep base stock, period by period.

    In every period each stage raises its position, on hand + on order - owed, to its base-stock
    level, by an order for all inputs of as many units; an order goes on to the suppliers at once.
    Then, suppliers first, each stage receives what was sent a lead time ago, starts as many units
    as it has all inputs for, has them on hand a stage time later, and sends what is due, in
    proportion when stock does not suffice for all. Then customers come; what is short waits.

    Stock, and what was sent and is not yet on the next shelf, costs the stage's holding cost.

    Parameters
    ----------
    stages
        Any frame with the columns of `flowopt.inventory.simulation.network.spec.PLAYED_STAGES`.
    links
        Any frame with the columns of `flowopt.inventory.simulation.network.spec.PLAYED_LINKS`.
    demand
        (n, T) outside demand of each stage and period, units, played once as it is; None draws it.
    periods, replications, warmup, confidence, seed
        See `simulate_policy`.

    Returns
    -------
    NetworkSimulation
        Service, stock and costs of every stage, with confidence intervals.

    Raises
    ------
    ValidationError
        With every fault of the tables and arguments.

    Examples
    --------
    A plant, a hub and a shop in a line (Snyder & Shen, *Fundamentals of Supply Chain Theory*,
    example 6.1, whose cost under continuous review is 47.66; here orders wait for the next period):

    >>> played = simulate_network(
    ...     {"stage": ["plant", "hub", "shop"], "base_stock_level": [10.69, 5.53, 6.49],
    ...      "stage_time": [2, 0, 0], "service_time": [0, 0, 1], "holding_cost": [2, 4, 7],
    ...      "stockout_cost": [0, 0, 37.12], "demand_mean": [0, 0, 5], "demand_sd": [0, 0, 1]},
    ...     {"source": ["plant", "hub"], "target": ["hub", "shop"], "lead_time": [1, 1]},
    ...     periods=20_000)
    >>> bool(abs(played.cost_per_period.sum() - 47.66) < 0.3)
    True
    """
    failures = Failures()
    length = Length(periods, replications, warmup, confidence, seed)
    length.check(failures, _NAME)
    rows = read_table(PLAYED_STAGES, stages, failures, required=True)
    refs = {"stages": rows["stage"]}
    joints = read_table(PLAYED_LINKS, links, failures, refs)
    if not failures:
        check_links(joints, rows, failures)
        _check_demand(rows, failures)
    history = read_history(demand, failures, _NAME)
    if history is not None and len(history) != rows.num_rows:
        message = f"has {len(history)} rows, there are {rows.num_rows} stages"
        failures.add(_NAME, "demand", None, None, "shape", message, "give one row a stage")
    failures.raise_if_any()
    source = _random(rows) if history is None else Source.played(history)
    return NetworkSimulation.of(NetworkSetup(rows, joints, source, length))


def _random(stages: Columns) -> Source:
    mean, sd = stages["demand_mean"], np.nan_to_num(stages["demand_sd"])
    chosen = choose_distribution(mean, sd)
    asked = stages["distribution"]
    return random_source(np.where(asked == "auto", chosen, asked), mean, sd)


def _check_demand(stages: Columns, failures: Failures) -> None:
    """Collect outside demand that is told by half."""
    mean, sd = stages["demand_mean"], stages["demand_sd"]
    needed = (mean > 0) & np.isnan(sd) & (stages["distribution"] != "poisson")
    for row in np.flatnonzero(needed).tolist():
        fix = "give it, or take the distribution poisson"
        failures.add("stages", "demand_sd", row, None, "missing", "is not given", fix)
    for row in np.flatnonzero((mean == 0) & (sd > 0)).tolist():
        message, fix = "stands beside a demand_mean of 0", "give the mean, or 0 for no demand"
        value = float(sd[row])
        failures.add("stages", "demand_sd", row, value, "sd_without_mean", message, fix)


def _by_stage(end: Rows, num_stages: int) -> tuple[Rows, Rows]:
    """Return where the links of each stage begin, and the links in that order."""
    start = np.concatenate([[0], np.cumsum(np.bincount(end, minlength=num_stages))])
    return start.astype(np.int64), np.argsort(end, kind="stable").astype(np.int64)


def _longest_way(setup: NetworkSetup) -> int:
    """Return the longest time from the source to customers, periods."""
    stages, links = setup.stages, setup.links
    source, target = (positions(links[end], stages["stage"]) for end in ("source", "target"))
    own = stages["stage_time"] + stages["service_time"]
    reached = own.copy()
    into: dict[int, list[int]] = {}
    for link, stage in enumerate(target.tolist()):
        into.setdefault(stage, []).append(link)
    for stage in topological_order(stages.num_rows, source, target):
        ways = [reached[source[e]] + links["lead_time"][e] for e in into.get(stage, [])]
        reached[stage] = own[stage] + max(ways, default=0)
    return int(reached.max(initial=0))
