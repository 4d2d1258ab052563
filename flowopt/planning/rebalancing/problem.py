"""Stock in the wrong places, and what moving it costs."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.problem import Problem
from flowopt.core.tables import Columns, read_table
from flowopt.planning.rebalancing.pairs import Pairs, make_pairs
from flowopt.planning.rebalancing.spec import LANES, STOCK

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.inventory import ReplenishmentSolution
    from flowopt.network import Network
    from flowopt.planning.rebalancing.solution import RebalancingSolution

Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class RebalancingProblem(Problem["RebalancingSolution"]):
    r"""Which stock to move between sites now, so that what is short, over and moved costs least.

    With what goes :math:`x_{kl}` of an item over a lane, in whole packs, and stock
    :math:`s_i` that becomes :math:`s_i' = s_i + \sum_{in} x - \sum_{out} x`:

    .. math::

        \min \sum c_l x_{kl} + \sum_l f_l [\text{lane } l \text{ is used}]
        + \sum_i p_i (t_i - s_i')^+ + \sum_i q_i (s_i' - t_i)^+

    A site gives only what is there now and above its ``min_stock``. Where each item goes in packs
    of one size and no lane is shared, has a fixed cost or a minimum, this is a minimum-cost flow,
    since shortage and surplus are convex, pack by pack; else it is a mixed-integer model.

    Parameters
    ----------
    stock, lanes
        The validated tables; their columns are those of `flowopt.planning.rebalancing.spec`.

    Raises
    ------
    ValidationError
        With every fault of the tables.

    Examples
    --------
    >>> problem = RebalancingProblem.from_frames(
    ...     stock={"item": ["tea"] * 3, "site": ["Lyon", "Nice", "Brest"], "on_hand": [50, 4, 2],
    ...            "target": [20, 15, 10], "shortage_cost": 6.0, "pack_size": 4},
    ...     lanes={"source": ["Lyon", "Lyon"], "target": ["Nice", "Brest"], "unit_cost": [1, 2]},
    ... )
    >>> solution = problem.solve()
    >>> solution.to_frame("transfers")[["item", "source", "target", "quantity", "packs"]]
      item source target  quantity  packs
    0  tea   Lyon   Nice      12.0    3.0
    1  tea   Lyon  Brest       8.0    2.0
    >>> solution.cost
    28.0
    """

    stock: Columns
    lanes: Columns

    def __post_init__(self) -> None:
        failures = Failures()
        _check_lanes(self.stock, self.lanes, failures)
        failures.raise_if_any()

    @classmethod
    def from_frames(cls, stock: Any, lanes: Any) -> Self:
        """Read the tables from any frames.

        Parameters
        ----------
        stock, lanes
            Pandas, polars or pyarrow frames, dicts of columns, or lists of dicts; the columns are
            those of `flowopt.planning.rebalancing.spec`. In a dict, one value stands for all rows.

        Raises
        ------
        ValidationError
            With every fault of both tables.
        """
        failures = Failures()
        read = read_table(STOCK, _even(stock), failures, required=True)
        refs = {"stock": read["site"]}
        links = read_table(LANES, _even(lanes), failures, refs, required=True)
        if len(failures):
            _check_lanes(read, links, failures)
            failures.raise_if_any()
        return cls(read, links)

    @classmethod
    def from_network(cls, network: Network, stock: Any) -> Self:
        """Return the problem on the lanes of a network.

        Parameters
        ----------
        network
            Its lanes between sites that have stock may be used, with their cost, fixed cost,
            minimum flow and capacity; of several modes the cheapest is taken.
        stock
            The table of stock.
        """
        failures = Failures()
        read = read_table(STOCK, _even(stock), failures, required=True)
        failures.raise_if_any()
        lane = network.lanes
        usable = np.isin(lane["source"].astype(str), read["site"].astype(str))
        usable &= np.isin(lane["target"].astype(str), read["site"].astype(str))
        ends = np.stack([network.lane_source, network.lane_target])
        order = np.lexsort((lane["unit_cost"], *ends))
        order = order[usable[order]]
        kept = np.ones(len(order), dtype=np.bool_)
        kept[1:] = (ends[:, order[1:]] != ends[:, order[:-1]]).any(axis=0)
        rows = np.sort(order[kept])
        names = ("source", "target", "unit_cost", "fixed_cost", "capacity")
        columns = {name: lane[name][rows] for name in names}
        return cls.from_frames(read, columns | {"min_transfer": lane["min_flow"][rows]})

    @classmethod
    def from_replenishment(
        cls,
        solution: ReplenishmentSolution,
        lanes: Any,
        *,
        shortage_cost: npt.ArrayLike,
        surplus_cost: npt.ArrayLike = 0.0,
    ) -> Self:
        """Return the problem of items whose policies are known.

        The target of an item is the level that its policy orders up to (S, or r + Q); its stock is
        the inventory position, of which only what is on hand can be given away.

        Parameters
        ----------
        solution
            Policies, with one row an item and site.
        lanes
            The table of lanes.
        shortage_cost, surplus_cost
            A number or (n,): cost of a unit below and above the target.
        """
        items = solution.problem.items
        up_to = solution.order_up_to_level
        batch = solution.reorder_point + solution.order_quantity
        target = np.maximum(np.where(np.isnan(up_to), batch, up_to), 0.0)
        position = solution.problem.inventory_position
        given = np.maximum(np.minimum(items["on_hand"], position - target), 0.0)
        stock = {
            "item": items["item"],
            "site": items["site"],
            "on_hand": position,
            "target": target,
            "min_stock": np.maximum(position - given, 0.0),
            "shortage_cost": shortage_cost,
            "surplus_cost": surplus_cost,
            "pack_size": items["pack_size"],
        }
        return cls.from_frames(stock, lanes)

    def replace(self, **changes: Any) -> Self:
        """Return a copy with another table, or other columns of the stock, validated again.

        Parameters
        ----------
        changes
            ``stock`` or ``lanes`` → another table; or a column of the stock → a value for all rows
            or (n,) values.
        """
        stock, lanes = changes.pop("stock", None), changes.pop("lanes", self.lanes)
        failures = Failures()
        for name in changes:
            if name not in STOCK.names:
                fix = f"use stock, lanes, or one of {', '.join(STOCK.names)}"
                failures.add("stock", name, None, None, "unknown_column", "is no column", fix)
        failures.raise_if_any()
        if changes:
            stock = dict((self.stock if stock is None else stock).items()) | changes
            stock["min_stock"] = _or_none(stock["min_stock"])
        return type(self).from_frames(self.stock if stock is None else stock, lanes)

    def __repr__(self) -> str:
        rows, lanes = self.stock.num_rows, self.lanes.num_rows
        return f"<RebalancingProblem stock={rows:,}, lanes={lanes:,}, pairs={len(self.pairs):,}>"

    @property
    def backend(self) -> str:
        """The library of the caller's frame."""
        return self.stock.backend

    @cached_property
    def pairs(self) -> Pairs:
        """Each item on each lane that it may take."""
        return make_pairs(self.stock, self.lanes)

    @cached_property
    def available(self) -> Floats:
        """(n,) units that each site may give away."""
        kept = self.stock["min_stock"]
        kept = np.where(np.isnan(kept), self.stock["target"], kept)
        free: Floats = np.maximum(self.stock["on_hand"] - kept, 0.0)
        return free

    @cached_property
    def lane_of_several(self) -> npt.NDArray[np.bool_]:
        """(L,) whether several items may take each lane."""
        return np.bincount(self.pairs.lane, minlength=self.lanes.num_rows) > 1

    @property
    def features(self) -> frozenset[str]:
        """What an engine must support: packs, shared lanes, fixed costs, minimums."""
        lanes, pairs = self.lanes, self.pairs
        last = np.full(self.stock.num_rows, np.nan)
        last[pairs.giver] = pairs.pack_size
        last[pairs.taker] = pairs.pack_size
        one_size = (last[pairs.giver] == pairs.pack_size) & (last[pairs.taker] == pairs.pack_size)
        found = {
            "packs": bool((pairs.pack_size > 0).any()),
            "mixed_packs": not one_size.all(),
            "shared_lanes": bool((np.isfinite(lanes["capacity"]) & self.lane_of_several).any()),
            "fixed_costs": bool((lanes["fixed_cost"] > 0).any()),
            "minimums": bool((lanes["min_transfer"] > 0).any()),
        }
        return frozenset(name for name, there in found.items() if there)

    def _solve(self, run: Run) -> RebalancingSolution:
        from flowopt.planning.rebalancing.solve import solve

        return solve(self, run)


def _check_lanes(stock: Columns, lanes: Columns, failures: Failures) -> None:
    """Collect lanes that lead nowhere, hold nothing, or are for items that their ends have not."""
    known = set(zip(stock["item"].astype(str), stock["site"].astype(str), strict=True))
    sites = {site for _, site in known}
    same = lanes["source"].astype(str) == lanes["target"].astype(str)
    fix = "take the row out"
    for row in np.flatnonzero(same).tolist():
        value, text = lanes["target"][row].item(), "is also where the lane starts"
        failures.add("lanes", "target", row, value, "self_loop", text, fix)
    for row in np.flatnonzero(lanes["item"] != "").tolist():
        item = str(lanes["item"][row])
        for end in ("source", "target"):
            site = str(lanes[end][row])
            if site in sites and (item, site) not in known:
                text, fix = f"has no row in stock at {site}", "add one, or take the lane out"
                value = lanes["item"][row].item()
                failures.add("lanes", "item", row, value, "unknown_id", text, fix)
    for row in np.flatnonzero(lanes["min_transfer"] > lanes["capacity"]).tolist():
        text, fix = "is above the capacity of the lane", "correct one of the two"
        value = lanes["min_transfer"][row].item()
        failures.add("lanes", "min_transfer", row, value, "out_of_range", text, fix)


def _even(table: Any) -> Any:
    """Return a dict of columns with its single values repeated."""
    if not isinstance(table, dict):
        return table
    single = {
        name: isinstance(value, str)
        or not hasattr(value, "__len__")
        or getattr(value, "ndim", 1) == 0
        for name, value in table.items()
    }
    lengths = [len(value) for name, value in table.items() if not single[name]]
    num = max(lengths, default=1)
    return {name: [value] * num if single[name] else value for name, value in table.items()}


def _or_none(values: Any) -> Any:
    """Return a column with None where it is NaN: unknown."""
    cells = np.array(values, dtype=object, ndmin=1)
    blank = np.array([isinstance(cell, float) and cell != cell for cell in cells], dtype=np.bool_)
    cells[blank] = None
    return cells if np.ndim(values) else cells[0]
