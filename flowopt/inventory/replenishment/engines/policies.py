"""The policies of items of one kind: how much at once, the level for it, and what they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flowopt.inventory.cheapest import cheapest_levels, cheapest_quantities
from flowopt.inventory.cycle import CycleDemand
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.levels import least_levels
from flowopt.inventory.models.eoq import economic_quantity
from flowopt.inventory.orders import packed_quantity, whole_packs_down
from flowopt.inventory.performance import (
    Performance,
    batch_performance,
    periodic_performance,
    renewal_performance,
)
from flowopt.inventory.positions import (
    Layer,
    batch_layers,
    periodic_layers,
    renewal_layers,
)
from flowopt.inventory.renewal import Renewals, renewals
from flowopt.inventory.replenishment.problem import ReplenishmentProblem

_LOWEST_TARGET = 1e-6  # with lost sales, a lower target is met by no stock at all


@dataclass(frozen=True)
class Found:
    """Policies of some items: `level` is S of (R,S), else the reorder point.

    `searched` is where nothing proves the policy the cheapest: its quantity was searched for, or
    the cost of a minimum order under (R,S) is known nearly only.
    """

    level: Floats
    quantity: Floats
    searched: npt.NDArray[np.bool_]
    limited: npt.NDArray[np.bool_]
    reached: Performance
    protected_mean: Floats


def first_quantities(problem: ReplenishmentProblem, rows: Rows) -> Floats:
    """Return Q of (r,Q) and S - s of (R,s,S): given or economic, then made admissible."""
    items = problem.items
    given = items["order_quantity"][rows]
    costs = (items[name][rows] for name in ("fixed_cost", "holding_cost", "demand_mean"))
    pack = items["pack_size"][rows]
    wanted = np.maximum(np.where(np.isnan(given), economic_quantity(*costs), given), pack)
    quantity = packed_quantity(
        wanted, items["min_order_quantity"][rows], pack, problem.largest_at_once[rows]
    )
    return np.where(items["policy"][rows] == "rs", np.nan, quantity)


def solve_group(problem: ReplenishmentProblem, rows: Rows, quantity: Floats) -> Found:
    """Return the policies of items that share the policy, the kind of demand and that of target."""
    group = _Group(problem, rows, problem.cycle_demand(rows))
    searched = np.zeros(len(rows), dtype=np.bool_)
    if group.by_cost and group.policy != "rs":
        quantity, searched = group.cheapest_quantities(quantity)
    elif group.by_cost:
        searched = problem.least_order[rows] > problem.items["pack_size"][rows]
    found = group.renewals(quantity)
    level = group.level(quantity, found)
    most = problem.items["shelf_space"][rows]
    room = np.where(np.isnan(most), np.inf, most)
    room = np.floor(room) if group.demand.counted else room
    top = room if group.policy == "rs" else room - quantity
    limited = level > top + 1e-9 * np.abs(top)
    level = np.where(limited, top, level)
    reached = group.performance(level, quantity, found)
    return Found(level, quantity, searched, limited, reached, group.demand.protected.mean)


@dataclass(frozen=True)
class _Group:
    """Items that share the policy, the kind of demand, and whether costs or targets count."""

    problem: ReplenishmentProblem
    rows: Rows
    demand: CycleDemand

    def _of(self, column: str) -> Floats:
        values: Floats = self.problem.items[column][self.rows]
        return values

    @property
    def policy(self) -> str:
        return str(self.problem.items["policy"][self.rows[0]])

    @property
    def by_cost(self) -> bool:
        return not np.isnan(self.problem.items["stockout_cost"][self.rows[0]])

    def renewals(self, quantity: Floats) -> Renewals | None:
        """Return where reviews leave the position of (R,s,S); None for the other policies."""
        if self.policy != "rss":
            return None
        pack = self._of("pack_size")
        return renewals(self.demand.between_reviews, quantity, self.demand.counted, pack)

    def level(self, quantity: Floats, found: Renewals | None) -> Floats:
        """Return the levels that go with the quantities: cheapest, or least for the targets."""
        width = None if self.policy == "rs" else quantity
        if self.by_cost:
            costs = self._of("holding_cost"), self._of("stockout_cost")
            lowest = np.zeros_like(quantity) if width is None else -width
            return cheapest_levels(self.demand, *costs, self._layers(quantity, found), lowest)
        fill, cycle = self._of("fill_rate"), self._of("cycle_service_level")
        lost = self._of("unmet_demand") == "lost_sales"
        met = np.where(lost, np.maximum(2 - 1 / fill, _LOWEST_TARGET), fill)
        layers = self._layers(quantity, found) if self.policy == "rs" else None
        return least_levels(self.demand, met, cycle, width, found, layers)

    def _layers(self, quantity: Floats, found: Renewals | None) -> list[Layer]:
        """Return where reviews leave the position at a level of 0."""
        none, pack = np.zeros_like(quantity), self._of("pack_size")
        if self.policy == "rs":
            return periodic_layers(self.demand, none, pack, self.problem.least_order[self.rows])
        if found is None:
            return batch_layers(none, quantity)
        return renewal_layers(none, quantity, found)

    def performance(self, level: Floats, quantity: Floats, found: Renewals | None) -> Performance:
        """Return what the policies do."""
        pack = self._of("pack_size")
        if self.policy == "rs":
            least = self.problem.least_order[self.rows]
            return periodic_performance(self.demand, level, pack, least)
        if found is None:
            return batch_performance(self.demand, level, quantity)
        return renewal_performance(self.demand, level, quantity, found)

    def cheapest_quantities(self, first: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return the quantities of least cost where none is given, and where that is unproven."""
        given = ~np.isnan(self._of("order_quantity"))
        holding, stockout = self._of("holding_cost"), self._of("stockout_cost")
        pack = self._of("pack_size")
        least = np.maximum(self.problem.least_order[self.rows], pack)
        spread = np.sqrt(self.demand.protected.variance)
        wide = 3 * first * np.sqrt(1 + holding / stockout) + 6 * spread
        most_allowed = self.problem.largest_at_once[self.rows]
        most = whole_packs_down(wide + 2 * self.demand.between_reviews.mean, pack) + pack
        most = np.minimum(most, most_allowed)

        def cost(quantity: Floats) -> Floats:
            found = self.renewals(quantity)
            reached = self.performance(self.level(quantity, found), quantity, found)
            total: Floats = holding * reached.average_stock + stockout * reached.average_backorders
            return total + self._of("fixed_cost") * reached.orders_per_period

        if self.policy == "rss":
            first, exact = self._best_widths(first, ~given & (least <= 1) & np.isinf(most_allowed))
            given = given | exact
        open_ = ~given & (most > least)
        ends = np.where(open_, least, first), np.where(open_, most, first)
        continuous = self.demand.review_period == 0  # the cost has one valley
        return cheapest_quantities(cost, *ends, pack), open_ & ~continuous

    def _best_widths(
        self, first: Floats, free: npt.NDArray[np.bool_]
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return S - s of the optimal policies (s,S) where theory has them, and where it does."""
        demand = self.demand
        known = free & (demand.lead_time_sd == 0) & (demand.review_period == 1)
        plain = demand.samples is None and demand.lead_times is None
        rows = np.flatnonzero(known & demand.counted & plain)
        width = first.copy()
        if len(rows):
            from flowopt.inventory.kernels.order_up_to import best_levels

            names = ("holding_cost", "stockout_cost", "fixed_cost")
            holding, stockout, fixed = (self._of(name)[rows].copy() for name in names)
            mean, variance = demand.mean[rows], np.maximum(demand.sd**2, demand.mean)[rows]
            excess, periods = variance / mean - 1, demand.lead_time[rows] + 1
            low, high, _ = best_levels(holding, stockout, fixed, mean, excess, periods)
            width[rows] = high - low
        return width, np.isin(np.arange(len(first)), rows)
