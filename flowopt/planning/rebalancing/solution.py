"""What to move where, and the stock after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.planning.rebalancing.outcome import Balance, Floats, balance, costs
from flowopt.planning.rebalancing.problem import RebalancingProblem


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RebalancingSolution(Solution[RebalancingProblem]):
    """What to move where now, and how much is then short and over.

    Parameters
    ----------
    quantity
        (K,) units of each of `RebalancingProblem.pairs`; empty without an answer.

    Examples
    --------
    >>> problem = RebalancingProblem.from_frames(
    ...     {"item": ["tea"] * 2, "site": ["A", "B"], "on_hand": [9, 0], "target": [5, 6],
    ...      "shortage_cost": 5},
    ...     {"source": ["A"], "target": ["B"], "unit_cost": [1.5]})
    >>> solution = problem.solve()
    >>> solution.to_frame("stock")[["site", "after", "shortage", "reason"]]
      site  after  shortage     reason
    0    A    5.0       0.0
    1    B    4.0       2.0  no_surplus
    >>> solution.cost, solution.saving
    (16.0, 14.0)
    """

    quantity: Floats

    def __post_init__(self) -> None:
        self.quantity.setflags(write=False)

    @cached_property
    def balance(self) -> Balance:
        """The stock after the transfers."""
        self.require_solution()
        return balance(self.problem, self.quantity)

    @property
    def saving(self) -> float:
        """What the transfers save, money: the cost of moving nothing less that of the answer."""
        idle = costs(self.problem, np.zeros_like(self.quantity))
        return sum(idle.values()) - self.cost

    def stock_name(self, row: int) -> str:
        """Return the item and the site of a row of the stock, for people."""
        return f"{self.problem.stock['item'][row]} at {self.problem.stock['site'][row]}"

    @cached_property
    def reasons(self) -> npt.NDArray[np.str_]:
        """(n,) why a site stays short; empty where it does not.

        ``no_lane``: no lane leads there; ``no_surplus``: what leads there has no whole pack left to
        give; ``not_worth_it``: more would cost more than it saves, or a limit of a lane is reached.
        """
        problem, pairs, now = self.problem, self.problem.pairs, self.balance
        num = problem.stock.num_rows
        left = problem.available - now.given
        room = 1e-9 * np.maximum(1.0, problem.available)
        least = np.where(pairs.pack_size > 0, pairs.pack_size, 0.0)
        able = left[pairs.giver] > np.maximum(least - room[pairs.giver], room[pairs.giver])
        lanes = np.bincount(pairs.taker, minlength=num)
        givers = np.bincount(pairs.taker, weights=able, minlength=num)
        why = np.where(lanes == 0, "no_lane", np.where(givers == 0, "no_surplus", "not_worth_it"))
        short = now.shortage > 1e-9 * np.maximum(1.0, problem.stock["target"])
        return np.where(short, why, "")

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables ``transfers`` (what moves) and ``stock`` (each item at each site)."""
        self.require_solution()
        problem, pairs, now = self.problem, self.problem.pairs, self.balance
        used = np.flatnonzero(self.quantity > 0)
        stock, lane, quantity = problem.stock, pairs.lane[used], self.quantity[used]
        pack = pairs.pack_size[used]
        packs = np.where(pack > 0, quantity / np.where(pack > 0, pack, 1.0), np.nan)
        transfers = {
            "item": stock["item"][pairs.giver[used]],
            "source": stock["site"][pairs.giver[used]],
            "target": stock["site"][pairs.taker[used]],
            "quantity": quantity,
            "packs": packs,
            "cost": problem.lanes["unit_cost"][lane] * quantity,
        }
        every = {
            "item": stock["item"],
            "site": stock["site"],
            "on_hand": stock["on_hand"],
            "target": stock["target"],
            "given": now.given,
            "received": now.received,
            "after": now.after,
            "shortage": now.shortage,
            "surplus": now.surplus,
            "reason": self.reasons,
        }
        return {"transfers": transfers, "stock": every}

    def check(self) -> Report:
        """Recompute the cost and every rule from the problem alone."""
        from flowopt.planning.rebalancing.check import check_rebalancing

        return check_rebalancing(self.problem, self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        figures = super().summary()
        if not self.status.has_solution:
            return figures
        before = balance(self.problem, np.zeros_like(self.quantity))
        return figures | {
            "saving": self.saving,
            "moved": float(self.quantity.sum()),
            "shortage_before": float(before.shortage.sum()),
            "shortage": float(self.balance.shortage.sum()),
        }

    def plot(self, ax: Any = None) -> Any:
        """Draw the stock of the sites that give or receive most, before and after, and targets.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes a figure.
        """
        from flowopt.planning.rebalancing.chart import plot_balance

        return plot_balance(self, ax)
