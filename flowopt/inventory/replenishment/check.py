"""Recomputes an answer from the problem alone: service, least levels, orders, cost.

The formulas are those of `flowopt.inventory.replenishment.recompute`, not the engine's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.report import Report, same
from flowopt.core.status import Status
from flowopt.inventory.replenishment.achieved import (
    Standing,
    cycle_service,
    fill_rate,
    orders_per_period,
    owed_share,
    standing,
    stock_and_backorders,
)
from flowopt.inventory.replenishment.recompute import Floats, Mask, Rows
from flowopt.inventory.replenishment.status import OrderStatus, PolicyStatus

if TYPE_CHECKING:
    from flowopt.inventory.replenishment.problem import ReplenishmentProblem
    from flowopt.inventory.replenishment.solution import ReplenishmentSolution

_SERVICE = 1e-9  # a service rate may fall short of its target by this
_STEP = 1e-6  # of the standard deviation: a real level lowered by it must miss the target
_NOISE = 1e-12  # of the mean demand: two expected shortages are not more exact
_SELDOM = 0.01  # a maximum order that cuts more reviews than this must be reported
_LARGE, _LARGE_NOISE = 1000.0, 1e-9  # sums over large counts are less exact
_UNITS = 1e-6  # quantities agree to this, of the larger of 1 and themselves

_CAPPED = ("capped", "overloaded", "shelf_limited")
_WITH_LEVEL = ("optimal", "best_found", "approximate", "deterministic", *_CAPPED)


def check(solution: ReplenishmentSolution) -> Report:
    """Return what an answer breaks; empty when every item holds and the cost is right.

    Parameters
    ----------
    solution
        The answer to be checked.
    """
    report = Report()
    labels = _Labels(solution.problem)
    _check_statuses(solution, report, labels)
    _check_levels(solution, report, labels)
    _check_orders(solution, report, labels)
    _check_cost(solution, report)
    return report


class _Labels:
    """Names the items that are spoken of, which are few of many."""

    def __init__(self, problem: ReplenishmentProblem) -> None:
        self._items = problem.items

    def __getitem__(self, row: int) -> str:
        item, site = self._items["item"][row], self._items["site"][row]
        return f"{item} @ {site}" if site != "" else str(item)


def _collect(
    report: Report, labels: _Labels, rows: Any, constraint: str, amount: Floats, message: str
) -> None:
    """Add a violation for each row; `amount` is by how much, in the order of the rows."""
    for row, excess in zip(np.asarray(rows).tolist(), amount.tolist(), strict=True):
        report.add(constraint, labels[row], excess, f"{message} ({excess:g})")


def _check_statuses(solution: ReplenishmentSolution, report: Report, labels: _Labels) -> None:
    """Check that each status has its cause in the input."""
    problem, status = solution.problem, solution.policy_status
    items = problem.items
    mean = items["demand_mean"]
    invalid = problem.invalid
    pack = items["pack_size"]
    largest = _unlimited(items["max_order_quantity"])
    packs = np.floor(largest / pack + 1e-6)
    fitting = np.minimum(packs, np.floor(_unlimited(items["shelf_space"]) / pack + 1e-6))
    too_small = fitting * pack < items["min_order_quantity"] - _UNITS * pack
    too_small |= (items["policy"] != "rs") & (fitting < 1)
    overloaded = packs * pack < mean * items["review_period"]
    spread = items["demand_sd"] ** 2 * (items["lead_time"] + items["review_period"])
    certain = spread + (mean * items["lead_time_sd"]) ** 2 == 0
    certain &= np.isnan(items["stockout_cost"])
    searched = np.isnan(items["order_quantity"]) & (items["review_period"] > 0)
    rounded_up = solution.problem.least_order > items["pack_size"]  # its cost is known nearly
    searched = np.where(items["policy"] == "rs", rounded_up, searched)
    searched &= ~np.isnan(items["stockout_cost"])
    lost = items["unmet_demand"] == "lost_sales"
    often_cut = _share_cut(solution, packs * pack) > _SELDOM
    plain = (mean > 0) & ~certain & ~overloaded & ~too_small & ~often_cut
    causes = {
        PolicyStatus.INVALID: invalid,
        PolicyStatus.NO_DEMAND: (mean == 0) & ~invalid,
        PolicyStatus.INFEASIBLE: too_small & (mean > 0),
        PolicyStatus.OVERLOADED: overloaded & (mean > 0),
        PolicyStatus.DETERMINISTIC: certain & (mean > 0),
        PolicyStatus.CAPPED: often_cut,
        PolicyStatus.SHELF_LIMITED: _fills_shelf(solution),
        PolicyStatus.NOT_SOLVED: np.full(len(mean), solution.limit is not None),
        PolicyStatus.BEST_FOUND: searched & ~overloaded & ~too_small & ~often_cut,
        PolicyStatus.APPROXIMATE: lost & plain,
        PolicyStatus.OPTIMAL: ~lost & plain,
    }
    for word, cause in causes.items():
        wrong = np.flatnonzero((status == word) & ~cause)
        _collect(report, labels, wrong, "status", np.ones(len(wrong)), f"is not {word.value}")
    wrong = np.flatnonzero(~np.isin(status, [word.value for word in causes]))
    _collect(report, labels, wrong, "status", np.ones(len(wrong)), "has no known status")


def _unlimited(limit: Floats) -> Floats:
    """Return a limit with inf where there is none."""
    return np.where(np.isnan(limit), np.inf, limit)


def _top(solution: ReplenishmentSolution) -> Floats:
    """Return the highest position that each policy aims at: S, or r + Q."""
    batches = solution.reorder_point + solution.order_quantity
    return np.where(np.isnan(solution.order_up_to_level), batches, solution.order_up_to_level)


def _fills_shelf(solution: ReplenishmentSolution) -> Mask:
    """Return the policies that aim at a full shelf, to the unit where demand is counted."""
    shelf = solution.problem.items["shelf_space"]
    full = np.where(solution.problem.counted, np.floor(shelf), shelf)
    return _agree(np.nan_to_num(_top(solution)), np.where(np.isnan(full), np.inf, full))


def _share_cut(solution: ReplenishmentSolution, largest: Floats) -> Floats:
    """Return the probability that the demand between reviews exceeds the largest order."""
    limited = np.isfinite(largest) & (solution.problem.items["demand_mean"] > 0)
    items = Rows.of(solution, np.flatnonzero(limited))
    share = np.zeros(len(largest))
    if limited.any():
        share[limited] = items.between_tails(np.floor(largest[limited]), 0)[0]
    return share


@dataclass(frozen=True)
class _Achieved:
    """What the levels of an answer achieve, recomputed, and how exact that is."""

    items: Rows
    standing: Standing
    level: Floats
    fill: Floats
    fill_below: Floats  # with one unit less, or a small step
    cycle: Floats
    cycle_below: Floats
    rounding: Floats  # of expected shortages, in units

    @classmethod
    def by(cls, items: Rows, level: Floats) -> _Achieved:
        sd = np.sqrt(items.variance(items.lead_time + items.review))
        lower = np.maximum(level - np.where(items.counted, 1.0, _STEP * sd), 0.0)
        places = standing(items)
        fill, cycle = fill_rate(items, places, level), cycle_service(items, level)
        below, real = fill.share - fill.last_unit, ~items.counted
        below[real] = fill_rate(items.take(real), places.take(real), lower[real]).share
        rounding = _rounding(items, level, 1 - cycle)
        cycle_below = cycle_service(items, lower)
        return cls(items, places, level, fill.share, below, cycle, cycle_below, rounding)

    @property
    def random(self) -> Mask:
        return _is_random(self.items)

    @property
    def fill_rounding(self) -> Floats:
        """Rounding of a fill rate: of the shortages, as a share of demand."""
        items = self.items
        per_cycle = np.where(items.review > 0, items.mean * items.review, items.mean)
        return np.asarray(_NOISE + self.rounding / per_cycle)

    @property
    def cycle_rounding(self) -> Floats:
        """Rounding of a cycle service level: of the level, in standard deviations."""
        length = self.items.lead_time + self.items.review
        sd = np.maximum(np.sqrt(self.items.variance(length)), 1e-100)
        return np.asarray(_NOISE + 1e-15 * np.abs(self.level) / sd)


def _rounding(items: Rows, level: Floats, chance: Floats) -> Floats:
    """Return how exact expected shortages are: to digits of m units, over a span to those of m².

    Means over a span are differences of second-order losses, unless the span is narrow.
    """
    late = items.lead_time + items.review
    reach = items.mean * late + np.sqrt(items.variance(late)) + np.abs(level) * np.sqrt(chance)
    span = np.where(items.batches, items.quantity, np.maximum(items.pack, 1.0))
    narrow = items.narrow(late, level, span) & items.narrow(items.lead_time, level, span)
    narrow &= items.batches | (items.least <= items.pack)
    large = items.counted & (np.maximum(reach, np.abs(level)) > _LARGE)
    digits = np.where(large, _LARGE_NOISE, _NOISE)
    digits = np.where(items.empirical | items.triggers, 1e3 * _NOISE, digits)  # long sums
    return np.asarray(digits * reach * np.where(narrow, 100.0, np.maximum(reach / span, 1.0)))


def _orders_rounding(items: Rows) -> Floats:
    """Return how exact orders per period are: packs in a difference of expected demands."""
    review = np.where(items.review > 0, items.review, 1.0)
    return np.asarray(1e-14 * (items.mean + items.sd / np.sqrt(review)) / items.pack)


def _is_random(items: Rows) -> Mask:
    return items.variance(items.lead_time + items.review) > 0


def _check_levels(solution: ReplenishmentSolution, report: Report, labels: _Labels) -> None:
    """Check that every level meets its target, that one step less would not, and the promises."""
    items = Rows.of(solution, np.flatnonzero(np.isin(solution.policy_status, _WITH_LEVEL)))
    level = np.where(
        items.batches | items.triggers,
        solution.reorder_point[items.rows],
        solution.order_up_to_level[items.rows],
    )
    plain = ~items.batches & ~items.triggers
    usable = np.isfinite(level) & (plain | (items.quantity > 0))
    bad = items.rows[~usable]
    _collect(report, labels, bad, "level", np.ones(len(bad)), "has no level")
    if not usable.all():
        items, level = items.take(usable), level[usable]
    achieved = _Achieved.by(items, level)
    _check_shelf(solution, report, labels)
    _check_targets(solution, achieved, report, labels)
    _check_cheapest(solution, achieved, report, labels)
    _check_deterministic(solution, achieved, report, labels)
    _check_expected(solution, achieved, report, labels)


def _check_shelf(solution: ReplenishmentSolution, report: Report, labels: _Labels) -> None:
    """Check that no policy aims at more than the shelf holds."""
    excess = np.nan_to_num(_top(solution) - _unlimited(solution.problem.items["shelf_space"]))
    settled = np.isin(solution.policy_status, (*_WITH_LEVEL, "no_demand"))
    rows = np.flatnonzero(settled & (excess > _UNITS * np.maximum(1.0, _top(solution))))
    _collect(report, labels, rows, "shelf_space", excess[rows], "aims at more than the shelf holds")


def _check_targets(
    solution: ReplenishmentSolution, achieved: _Achieved, report: Report, labels: _Labels
) -> None:
    """Check that levels meet their targets, and that lower ones would not."""
    rows = achieved.items.rows
    lost = solution.problem.items["unmet_demand"][rows] == "lost_sales"
    cut = solution.policy_status[rows] == PolicyStatus.SHELF_LIMITED
    fill, fill_below = (
        np.where(lost, 1 / (2 - share), share) for share in (achieved.fill, achieved.fill_below)
    )
    for name, share, below, exactness in (
        ("fill_rate", fill, fill_below, achieved.fill_rounding),
        ("cycle_service_level", achieved.cycle, achieved.cycle_below, achieved.cycle_rounding),
    ):
        target = solution.problem.items[name][rows]
        asked = achieved.random & ~np.isnan(target)
        short = np.flatnonzero(asked & ~cut & (share < target - _SERVICE - exactness))
        gap = (target - share)[short]
        _collect(report, labels, rows[short], name, gap, "misses its target by")
        excess = below - target - exactness
        spare = np.flatnonzero(asked & (excess > 0) & (achieved.level > 0))
        message = "would meet its target with less stock, by"
        _collect(report, labels, rows[spare], "least", excess[spare], message)


def _check_cheapest(
    solution: ReplenishmentSolution, achieved: _Achieved, report: Report, labels: _Labels
) -> None:
    """Check that one unit more would cost more than it saves, and the last one less."""
    rows = achieved.items.rows
    stockout = solution.problem.items["stockout_cost"][rows]
    chosen = np.flatnonzero(~np.isnan(stockout))
    if not len(chosen):
        return
    items, level = achieved.items.take(chosen), achieved.level[chosen]
    places = achieved.standing.take(chosen)
    holding = solution.problem.items["holding_cost"][rows[chosen]]
    allowed = holding / (holding + stockout[chosen])
    step = np.where(items.counted, 1.0, _STEP * np.sqrt(items.variance(items.lead_time)) + _STEP)
    exactness = _SERVICE + achieved.fill_rounding[chosen] + achieved.cycle_rounding[chosen]
    short = owed_share(items, places, level) - allowed - exactness
    cut = solution.policy_status[rows[chosen]] == PolicyStatus.SHELF_LIMITED
    bad = np.flatnonzero((short > 0) & ~cut)
    _collect(report, labels, rows[chosen][bad], "cheapest", short[bad], "holds too little, by")
    floor = np.where(items.batches | items.triggers, -items.quantity, 0.0)
    spare = allowed - exactness - owed_share(items, places, level - step)
    bad = np.flatnonzero((spare > 0) & (level > floor))
    _collect(report, labels, rows[chosen][bad], "cheapest", spare[bad], "holds too much, by")


def _check_deterministic(
    solution: ReplenishmentSolution, achieved: _Achieved, report: Report, labels: _Labels
) -> None:
    """Check that levels of certain demand are the demand to be covered."""
    items = achieved.items
    gap = achieved.level - items.mean * (items.lead_time + items.review)
    free = solution.policy_status[items.rows] == PolicyStatus.SHELF_LIMITED
    free |= ~np.isnan(solution.problem.items["stockout_cost"][items.rows])
    wrong = ~achieved.random & ~free & ~_agree(achieved.level, achieved.level - gap)
    rows = np.flatnonzero(wrong)
    message = "is not the demand to be covered, by"
    _collect(report, labels, items.rows[rows], "level", gap[rows], message)


def _agree(left: Floats, right: Floats) -> Mask:
    scale = np.maximum(1.0, np.maximum(np.abs(left), np.abs(right)))
    return np.abs(left - right) <= _UNITS * scale


def _check_expected(
    solution: ReplenishmentSolution, achieved: _Achieved, report: Report, labels: _Labels
) -> None:
    """Check that what the answer promises of each policy is what its level achieves."""
    items, level = achieved.items, achieved.level
    status = solution.policy_status[items.rows]
    certain = ~achieved.random & (status == PolicyStatus.DETERMINISTIC)
    nothing = np.zeros_like(level)
    lost = solution.problem.items["unmet_demand"][items.rows] == "lost_sales"
    fill = np.where(certain, 1.0, np.clip(achieved.fill, 0, 1))
    fill = np.where(lost, 1 / (2 - fill), fill)
    stock, owed = stock_and_backorders(items, achieved.standing, level)
    figures = {
        "safety_stock": (level - items.mean * (items.lead_time + items.review), nothing),
        "expected_fill_rate": (fill, achieved.fill_rounding),
        "expected_cycle_service_level": (np.where(certain, 1.0, achieved.cycle), nothing),
        "average_stock": (np.maximum(stock, 0.0), achieved.rounding),
        "average_backorders": (np.where(lost, 0.0, owed), 100 * achieved.rounding),
        "orders_per_period": (orders_per_period(items, achieved.standing), _orders_rounding(items)),
    }
    overloaded = status == PolicyStatus.OVERLOADED
    for name, (expected, exactness) in figures.items():
        claimed = getattr(solution, name)[items.rows]
        unknowable = overloaded & (name != "safety_stock")
        close = _agree(claimed, expected) | (np.abs(claimed - expected) <= exactness)
        wrong = np.flatnonzero(np.where(unknowable, ~np.isnan(claimed), ~close))
        gap = np.nan_to_num((claimed - expected)[wrong], nan=np.inf)
        _collect(report, labels, items.rows[wrong], name, gap, f"claims a wrong {name}, by")


def _check_orders(solution: ReplenishmentSolution, report: Report, labels: _Labels) -> None:
    """Check that orders are what is needed, at least the minimum, whole packs, not too many."""
    items, order = solution.problem.items, solution.order
    pack, least = items["pack_size"], items["min_order_quantity"]
    shelf = np.maximum(_unlimited(items["shelf_space"]) - items["on_hand"] - items["on_order"], 0)
    largest = np.minimum(_unlimited(items["max_order_quantity"]), shelf)
    slack = _UNITS * np.maximum(1.0, pack)
    placed = order > 0
    need = _need(solution)
    capped = solution.order_status == OrderStatus.CAPPED
    silent = np.isin(
        solution.order_status,
        (OrderStatus.INFEASIBLE, OrderStatus.NOT_SOLVED, OrderStatus.CLOSED, OrderStatus.INVALID),
    )
    fits = np.floor(largest / pack + 1e-6) * pack >= least - slack
    rules = (
        ("order", ~np.isfinite(order) | (order < 0), np.abs(order), "is no quantity"),
        ("min_order_quantity", placed & (order < least - slack), least - order, "orders too few"),
        (
            "pack_size",
            np.abs(order / pack - np.round(order / pack)) > _UNITS * np.maximum(1.0, order / pack),
            order,
            "orders a broken pack",
        ),
        ("max_order_quantity", order > largest + slack, order - largest, "orders too many"),
        ("need", ~capped & ~silent & (order < need - slack), need - order, "orders less than need"),
        ("need", placed & (need <= 0), order, "orders without a need"),
        (
            "need",
            placed & (order - pack > np.maximum(need, least) + slack),
            order - need,
            "orders more than a pack above what is needed",
        ),
        (
            "need",
            capped & fits & (order + pack <= largest - slack),
            largest - order,
            "orders less than maximum and shelf allow",
        ),
        (
            "orderable",
            placed & ~items["orderable"].astype(np.bool_),
            order,
            "orders today, when nothing can be ordered",
        ),
    )
    for constraint, broken, amount, message in rules:
        rows = np.flatnonzero(broken)
        _collect(report, labels, rows, constraint, np.asarray(amount)[rows], message)


def _need(solution: ReplenishmentSolution) -> Floats:
    """Return what each policy wants today, before minimum, packs and maximum."""
    items = solution.problem.items
    position = items["on_hand"] + items["on_order"] - items["backorders"] - items["reserved"]
    wait = np.nan_to_num(items["next_order_in"] - items["review_period"])
    wait = np.maximum(wait, 0.0) * items["demand_mean"]
    point, top = solution.reorder_point + wait, solution.order_up_to_level + wait
    batch = np.where(solution.order_quantity > 0, solution.order_quantity, 1.0)
    below = np.floor_divide(point - position, batch)
    by_batch = np.where(point >= position, (below + 1) * batch, 0.0)
    up_to = np.where(point < position, 0.0, np.maximum(top - position, 0.0))
    periodic = ~np.isnan(solution.order_up_to_level)
    need = np.where(periodic, up_to, by_batch)
    unable = np.isnan(solution.reorder_point) & ~periodic
    return np.where(unable, np.maximum(-position, 0.0), need)


def _check_cost(solution: ReplenishmentSolution, report: Report) -> None:
    """Check that the cost is that of holding and ordering, and that a proof has every item."""
    if not solution.status.has_solution:
        return
    items = solution.problem.items
    terms = np.concatenate(
        [
            items["holding_cost"] * solution.average_stock,
            items["fixed_cost"] * solution.orders_per_period,
            np.nan_to_num(items["stockout_cost"]) * solution.average_backorders,
        ]
    )
    cost = math.fsum(terms[~np.isnan(terms)].tolist())
    if not same(cost, solution.cost):
        report.add("cost", "all items", solution.cost - cost, f"is {cost:.9g}, not {solution.cost}")
    settled = np.isin(solution.policy_status, ("optimal", "deterministic", "no_demand"))
    if solution.status == Status.OPTIMAL and not settled.all():
        report.add("status", "all items", 1.0, "is not OPTIMAL: an item has no least policy")
