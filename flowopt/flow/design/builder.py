"""Builds the mixed-integer model of a `DesignProblem`, kind of rule by kind of rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.flow.design.limits import add_limits
from flowopt.flow.design.links import add_links, add_single_sources
from flowopt.flow.design.model import Block, DesignModel
from flowopt.flow.design.reach import Reach, reach_of
from flowopt.flow.design.states import CLOSED, FREE
from flowopt.flow.design.steps import add_steps
from flowopt.solvers.linear import LinearModel

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@dataclass
class Rows:
    """Collects rows and their entries."""

    blocks: dict[str, Block] = field(default_factory=dict)
    entries: list[tuple[IndexArray, IndexArray, FloatArray]] = field(default_factory=list)
    lower: list[FloatArray] = field(default_factory=list)
    upper: list[FloatArray] = field(default_factory=list)
    size: int = 0

    def add(
        self,
        name: str,
        keys: tuple[Any, ...],
        count: int,
        lower: Any,
        upper: Any,
        *entries: tuple[Any, Any, Any],
    ) -> None:
        """Add a block of rows; entries are (row in the block, column, coefficient)."""
        self.blocks[name] = Block(self.size, tuple(np.asarray(key) for key in keys), count)
        self.lower.append(np.broadcast_to(np.asarray(lower, dtype=float), (count,)))
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=float), (count,)))
        for row, column, value in entries:
            rows = np.asarray(row, dtype=np.int64) + self.size
            values = np.broadcast_to(np.asarray(value, dtype=float), rows.shape)
            self.entries.append((rows, np.asarray(column, dtype=np.int64), values))
        self.size += count


class Builder:
    """Builds the model of one problem, kind of rule by kind of rule.

    Parameters
    ----------
    problem
        What to model.
    links
        Whether each flow is linked by itself to what it needs open.
    reach
        The flows that there can be; None finds them.
    undivided
        Whether what must come over one lane comes over it whole, as an equation.
    """

    def __init__(
        self,
        problem: DesignProblem,
        links: bool,
        reach: Reach | None = None,
        *,
        undivided: bool = True,
    ) -> None:
        self.problem, self.links, self.undivided = problem, links, undivided
        self.reach = reach_of(problem) if reach is None else reach
        self.rows = Rows()
        self.columns: dict[str, Block] = {}
        self.cost: list[FloatArray] = []
        self.lower: list[FloatArray] = []
        self.upper: list[FloatArray] = []
        self.whole: list[npt.NDArray[np.bool_]] = []
        self.size = 0
        self.offset = 0.0
        self._columns()
        self._balances()
        self._sites()
        self._lanes()
        add_single_sources(self)
        self._modules()
        add_steps(self)
        add_limits(self)

    # ---- columns

    def add(
        self,
        name: str,
        keys: tuple[Any, ...],
        cost: Any,
        lower: Any,
        upper: Any,
        whole: bool = False,
    ) -> IndexArray:
        """Add a block of columns and return where they are."""
        count = len(keys[0])
        self.columns[name] = Block(self.size, tuple(np.asarray(key) for key in keys), count)
        for parts, values in ((self.cost, cost), (self.lower, lower), (self.upper, upper)):
            parts.append(np.broadcast_to(np.asarray(values, dtype=float), (count,)))
        self.whole.append(np.full(count, whole))
        self.size += count
        return np.arange(self.size - count, self.size)

    def _columns(self) -> None:
        problem, reach = self.problem, self.reach
        lane, commodity = reach.lane, reach.commodity
        emitted = problem.emissions[lane] * problem.commodity_weight[commodity]
        cost = problem.unit_cost + problem.handling_cost[problem.source]
        price = cost[lane] + problem.carbon_price * emitted
        self.flow = self.add("flow", (lane, commodity, reach.period), price, 0.0, reach.most)
        priced = np.isfinite(problem.unmet_cost)[:, None, None] & (problem.demand > 0)
        site, goods, period = np.nonzero(priced)
        amount = problem.demand[site, goods, period]
        cost = problem.unmet_cost[site] - problem.handling_cost[site]
        self.unmet = self.add("unmet", (site, goods, period), cost, 0.0, amount)
        self.unmet_site, self.unmet_period = site, period
        self.offset += float((problem.handling_cost * problem.demand.sum(axis=(1, 2))).sum())
        self._gates()

    def _gates(self) -> None:
        """Add what is decided of sites and lanes."""
        problem = self.problem
        free = np.flatnonzero(problem.site_states == FREE)
        must = np.isinf(problem.unmet_cost) & problem.wanting
        cost = problem.site_fixed_cost
        opened = self.add("open", (free,), cost[free], must[free], 1.0, whole=True)
        self.open_of = np.full(problem.num_sites, -1)
        self.open_of[free] = opened
        single = problem.single_source[problem.target]
        used = (problem.lane_states == FREE) | (single & (problem.lane_states != CLOSED))
        used &= np.isin(np.arange(problem.num_lanes), self.reach.lane)
        gated = np.flatnonzero(used)
        decided = problem.lane_states[gated] == FREE
        use = self.add("use", (gated,), problem.fixed_cost[gated] * decided, 0.0, 1.0, whole=True)
        self.use_of = np.full(problem.num_lanes, -1)
        self.use_of[gated] = use
        for states, costs in (
            (problem.site_states, cost),
            (problem.lane_states, problem.fixed_cost),
        ):
            self.offset += float(costs[np.isin(states, (FREE, CLOSED), invert=True)].sum())

    # ---- rows

    def _balances(self) -> None:
        """Add flow conservation: what a site supplies is between 0 and its supply."""
        problem, reach = self.problem, self.reach
        _, goods, periods = problem.demand.shape
        key = np.ravel_multi_index
        source, target = problem.source[reach.lane], problem.target[reach.lane]
        shape = problem.demand.shape
        out = key((source, reach.commodity, reach.period), shape)
        into = key((target, reach.commodity, reach.period), shape)
        supply = np.where((problem.site_states == CLOSED)[:, None], 0.0, problem.supply)
        most = np.repeat(supply[:, :, None], periods, axis=2).reshape(-1)
        demand = problem.demand.reshape(-1)
        exhausted = self._exhausted(supply).reshape(-1)
        entered = np.zeros(len(demand), dtype=np.bool_)
        entered[into] = True
        left = np.zeros(len(demand), dtype=np.bool_)
        left[out] = True
        wanting = demand > 0
        idle = np.isinf(most) & ~entered  # whatever leaves, it can give
        kept = (entered | (left & ~np.isinf(most)) | (wanting & np.isfinite(most))) & ~idle
        row_of = np.cumsum(kept) - 1
        rows = np.flatnonzero(kept)
        where = np.unravel_index(rows, shape)
        unmet = key(self.columns["unmet"].keys, shape)
        parts = [
            (row_of[place][kept[place]], column[kept[place]], sign)
            for place, column, sign in (
                (out, self.flow, 1.0),
                (into, self.flow, -1.0),
                (unmet, self.unmet, -1.0),
            )
        ]
        high = most[rows] - demand[rows]
        low = np.where(exhausted[rows], high, -demand[rows])
        self.rows.add("balance", where, len(rows), low, high, *parts)
        limited = np.flatnonzero(np.isfinite(problem.joint_supply) & (goods > 1))
        self._joint_supply(limited)

    def _exhausted(self, supply: FloatArray) -> npt.NDArray[np.bool_]:
        """Return where all supply is given because it is no more than what must be met."""
        problem = self.problem
        wanted = problem.demand.sum(axis=0)
        met = ~(np.isfinite(problem.unmet_cost)[:, None, None] & (problem.demand > 0)).any(axis=0)
        tight = met & (supply.sum(axis=0)[:, None] == wanted)
        return np.broadcast_to(tight, problem.demand.shape)

    def _joint_supply(self, sites: IndexArray) -> None:
        """Add what a site supplies of all commodities together."""
        problem, reach = self.problem, self.reach
        periods = problem.demand.shape[2]
        row_of = self.row_numbers(sites, problem.num_sites)
        wanted = problem.demand.sum(axis=1)[sites].reshape(-1)
        high = np.repeat(problem.joint_supply[sites], periods) - wanted
        parts = [
            self.entries(row_of, site, period, column, sign)
            for site, period, column, sign in (
                (problem.source[reach.lane], reach.period, self.flow, 1.0),
                (problem.target[reach.lane], reach.period, self.flow, -1.0),
                (self.unmet_site, self.unmet_period, self.unmet, -1.0),
            )
        ]
        self.rows.add("joint_supply", self.each_period(sites), len(high), -np.inf, high, *parts)

    def row_numbers(self, members: IndexArray, total: int) -> IndexArray:
        """Return where each of a total stands among members, -1 where it does not."""
        numbers = np.full(total, -1)
        numbers[members] = np.arange(len(members))
        return numbers

    def each_period(self, members: IndexArray) -> tuple[IndexArray, IndexArray]:
        """Return each member with each period."""
        periods = self.problem.demand.shape[2]
        return np.repeat(members, periods), np.tile(np.arange(periods), len(members))

    def entries(
        self,
        row_of: IndexArray,
        member: IndexArray,
        period: IndexArray,
        column: IndexArray,
        value: Any,
    ) -> tuple[IndexArray, IndexArray, FloatArray]:
        """Return the entries of columns in rows of (member, period), of those that have one."""
        row = row_of[member]
        kept = row >= 0
        values = np.broadcast_to(np.asarray(value, dtype=float), row.shape)[kept]
        return row[kept] * self.problem.demand.shape[2] + period[kept], column[kept], values

    def throughput(self, facilities: IndexArray) -> list[tuple[Any, Any, Any]]:
        """Return the entries of what goes through facilities, without constant demand."""
        problem, reach = self.problem, self.reach
        row_of = self.row_numbers(facilities, problem.num_sites + problem.num_lanes)
        source = problem.source[reach.lane]
        return [
            self.entries(row_of, source, reach.period, self.flow, 1.0),
            self.entries(row_of, self.unmet_site, self.unmet_period, self.unmet, -1.0),
            self.entries(row_of, problem.num_sites + reach.lane, reach.period, self.flow, 1.0),
        ]

    def taken(self, facilities: IndexArray) -> FloatArray:
        """Return for facilities and periods what sites take themselves: it goes through, too."""
        problem = self.problem
        taken = np.zeros((problem.num_sites + problem.num_lanes, problem.demand.shape[2]))
        taken[: problem.num_sites] = problem.demand.sum(axis=1)
        result: FloatArray = taken[facilities].reshape(-1)
        return result

    def gate_entries(self, facilities: IndexArray, value: Any) -> tuple[Any, Any, Any]:
        """Return the entries of what must be open for facilities, in rows of each period."""
        gate = np.concatenate([self.open_of, self.use_of])[facilities]
        rows = np.arange(len(facilities) * self.problem.demand.shape[2])
        gates = np.repeat(gate, self.problem.demand.shape[2])
        kept = gates >= 0
        values = np.broadcast_to(np.asarray(value, dtype=float), rows.shape)[kept]
        return rows[kept], gates[kept], values

    def _capacities(self, name: str, facilities: IndexArray, capacity: FloatArray) -> None:
        """Add the capacity of what is open, and of the modules bought."""
        problem, periods = self.problem, self.problem.demand.shape[2]
        gate = np.concatenate([self.open_of, self.use_of])[facilities]
        room = np.repeat(capacity, periods)
        high = np.where(np.repeat(gate, periods) >= 0, 0.0, room) - self.taken(facilities)
        row_of = self.row_numbers(facilities, problem.num_sites + problem.num_lanes)
        rows = row_of[problem.module_on]
        kept = np.flatnonzero(rows >= 0)
        self.module_rows[name] = (
            np.repeat(rows[kept] * periods, periods) + np.tile(np.arange(periods), len(kept)),
            np.repeat(kept, periods),
        )
        self.rows.add(
            name,
            self.each_period(facilities),
            len(high),
            -np.inf,
            high,
            *self.throughput(facilities),
            self.gate_entries(facilities, -room),
        )

    def _minima(self, name: str, facilities: IndexArray, least: FloatArray) -> None:
        """Add the least that goes through what is open."""
        periods = self.problem.demand.shape[2]
        gate = np.concatenate([self.open_of, self.use_of])[facilities]
        floor = np.repeat(least, periods)
        low = np.where(np.repeat(gate, periods) >= 0, 0.0, floor) - self.taken(facilities)
        self.rows.add(
            name,
            self.each_period(facilities),
            len(low),
            low,
            np.inf,
            *self.throughput(facilities),
            self.gate_entries(facilities, -floor),
        )

    module_rows: dict[str, tuple[IndexArray, IndexArray]]

    def _sites(self) -> None:
        """Add what an open site lets through, and must."""
        problem = self.problem
        self.module_rows = {}
        total = problem.num_sites
        sites, states = np.arange(total), problem.site_states
        bought = np.isin(sites, problem.module_on)
        self.through_most = self.reach.through(problem)
        capacity = np.minimum(problem.base_capacity[:total], self.through_most[:total])
        narrow = problem.base_capacity[:total] < self.through_most[:total]
        limited = ((states != CLOSED) & (narrow | bought)) | ((states == FREE) & (not self.links))
        kept = np.flatnonzero(limited)
        self._capacities("site_capacity", kept, capacity[kept])
        least = np.flatnonzero((states != CLOSED) & (problem.min_throughput > 0))
        self._minima("min_throughput", least, problem.min_throughput[least])
        self._own_demand()

    def _own_demand(self) -> None:
        """Add that a site that is not opened does not serve itself: its demand is unmet."""
        site, goods, period = self.columns["unmet"].keys
        gate = self.open_of[site]
        kept = np.flatnonzero(gate >= 0)
        amount = self.problem.demand[site, goods, period][kept]
        rows = np.arange(len(kept))
        keys = (site[kept], goods[kept], period[kept])
        self.rows.add(
            "served_when_open",
            keys,
            len(kept),
            amount,
            np.inf,
            (rows, self.unmet[kept], 1.0),
            (rows, gate[kept], amount),
        )

    def _lanes(self) -> None:
        """Add what a lane in use carries, and must; and what each flow needs open."""
        problem, reach = self.problem, self.reach
        total = problem.num_sites
        lanes = np.arange(problem.num_lanes)
        bought = np.isin(lanes + total, problem.module_on)
        base = problem.base_capacity[total:]
        most = self.through_most[total:]
        narrow = base < most  # not when its one flow has the limit as its own bound
        limited = narrow | bought | ((self.use_of >= 0) & (not self.links))
        kept = np.flatnonzero(limited & (reach.num_flows > 0))
        self._capacities("lane_capacity", kept + total, np.minimum(base, most)[kept])
        idle = (problem.lane_states == FREE) & (self.use_of < 0)  # leads nowhere: never used
        least = np.flatnonzero((problem.min_flow > 0) & (problem.lane_states != CLOSED) & ~idle)
        self._minima("min_flow", least + total, problem.min_flow[least])
        add_links(self)
        for name, ends in (("use_source", problem.source), ("use_target", problem.target)):
            gated = np.flatnonzero((self.use_of >= 0) & (self.open_of[ends] >= 0))
            rows = np.arange(len(gated))
            self.rows.add(
                name,
                (gated,),
                len(gated),
                -np.inf,
                0.0,
                (rows, self.use_of[gated], 1.0),
                (rows, self.open_of[ends[gated]], -1.0),
            )

    def _modules(self) -> None:
        """Add how many modules are bought, of what is open."""
        problem = self.problem
        count = len(problem.module_on)
        most = self.through_most[problem.module_on]
        enough = np.ceil(most / np.maximum(problem.module_capacity, 1e-300) - 1e-9)
        states = np.concatenate([problem.site_states, problem.lane_states])[problem.module_on]
        upper = np.where(states == CLOSED, 0.0, np.minimum(problem.module_limit, enough))
        self.module = self.add(
            "module", (np.arange(count),), problem.module_cost, 0.0, upper, whole=True
        )
        for name, (rows, module) in self.module_rows.items():
            start = self.rows.blocks[name].start
            self.rows.entries.append(
                (rows + start, self.module[module], -problem.module_capacity[module])
            )
        gate = np.concatenate([self.open_of, self.use_of])[problem.module_on]
        kept = np.flatnonzero(gate >= 0)
        rows = np.arange(len(kept))
        self.rows.add(
            "module_open",
            (kept,),
            len(kept),
            -np.inf,
            0.0,
            (rows, self.module[kept], 1.0),
            (rows, gate[kept], -upper[kept]),
        )

    def build(self) -> DesignModel:
        """Return the model."""
        from scipy.sparse import coo_array

        parts = [np.concatenate(part) for part in zip(*self.rows.entries, strict=True)]
        row, column, value = parts
        places = row.astype(np.int32), column.astype(np.int32)  # as solvers take them
        matrix = coo_array((value, places), shape=(self.rows.size, self.size)).tocsc()
        linear = LinearModel(
            cost=np.concatenate(self.cost),
            lower=np.concatenate(self.lower),
            upper=np.concatenate(self.upper),
            matrix=matrix,
            row_lower=np.concatenate(self.rows.lower),
            row_upper=np.concatenate(self.rows.upper),
            integer=np.concatenate(self.whole),
            offset=self.offset,
        )
        return DesignModel(linear, self.columns, self.rows.blocks)
