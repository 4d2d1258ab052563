"""Recomputes an answer from the problem alone: service, least levels, orders, cost.

The formulas here are others than the engine's: losses from survival functions of shifted
distributions, and by their definition, where the engine takes densities and Mills' ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy import special

from flowopt.core.report import Report, same
from flowopt.core.status import Status
from flowopt.inventory.status import OrderStatus, PolicyStatus

if TYPE_CHECKING:
    from flowopt.inventory.problem import ReplenishmentProblem
    from flowopt.inventory.solution import ReplenishmentSolution

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_SERVICE = 1e-9  # a service rate may fall short of its target by this
_STEP = 1e-6  # of the standard deviation: a real level lowered by it must miss the target
_NOISE = 1e-12  # of the mean demand: two expected shortages are not more exact
_UNITS = 1e-6  # quantities agree to this, of the larger of 1 and themselves

_WITH_LEVEL = ("optimal", "deterministic", "capped", "overloaded")


def check(solution: ReplenishmentSolution) -> Report:
    """Return what an answer breaks; empty when every item holds and the cost is right.

    Parameters
    ----------
    solution
        The answer to be checked.
    """
    report = Report()
    labels = _labels(solution.problem)
    _check_statuses(solution, report, labels)
    _check_levels(solution, report, labels)
    _check_orders(solution, report, labels)
    _check_cost(solution, report)
    return report


def _labels(problem: ReplenishmentProblem) -> list[str]:
    pairs = zip(problem.items["item"].tolist(), problem.items["site"].tolist(), strict=True)
    return [f"{item} @ {site}" if site != "" else str(item) for item, site in pairs]


def _collect(
    report: Report, labels: list[str], rows: Any, constraint: str, amount: Floats, message: str
) -> None:
    """Add a violation for each row; `amount` is by how much, in the order of the rows."""
    for row, excess in zip(np.asarray(rows).tolist(), amount.tolist(), strict=True):
        report.add(constraint, labels[row], excess, f"{message} ({excess:g})")


# ---- what the input says of each item


@dataclass(frozen=True)
class _Rows:
    """Items that have a level, with what the formulas need of them."""

    rows: npt.NDArray[np.int64]
    counted: Mask
    batches: Mask
    mean: Floats
    sd: Floats
    lead_time: Floats
    lead_time_sd: Floats
    review: Floats
    quantity: Floats

    @classmethod
    def of(cls, solution: ReplenishmentSolution, rows: npt.NDArray[np.int64]) -> _Rows:
        items = solution.problem.items
        return cls(
            rows,
            solution.problem.distribution[rows] == "negative_binomial",
            items["policy"][rows] == "rq",
            items["demand_mean"][rows],
            items["demand_sd"][rows],
            items["lead_time"][rows],
            items["lead_time_sd"][rows],
            items["review_period"][rows],
            np.where(items["policy"] == "rq", solution.order_quantity, np.nan)[rows],
        )

    def take(self, keep: Any) -> _Rows:
        return _Rows(**{name: column[keep] for name, column in vars(self).items()})

    def tail(self, length: Floats, level: Floats, order: int) -> Floats:
        """Return P(D > x), E[(D-x)+] or its sum above x, by `order` 0, 1 or 2."""
        mean = self.mean * length
        variance = self.sd**2 * length + (self.mean * self.lead_time_sd) ** 2
        return _tail(self.counted, mean, variance, level, order)


def _tail(counted: Mask, mean: Floats, variance: Floats, level: Floats, order: int) -> Floats:
    result = np.empty_like(mean)
    certain = (variance == 0) | (mean == 0)
    for mask, formula in (
        (certain, _certain_tail),
        (~certain & ~counted, _normal_tail),
        (~certain & counted, _count_tail),
    ):
        if mask.any():
            result[mask] = formula(mean[mask], variance[mask], level[mask], order)
    discrete = certain & counted & (order == 2)
    below = np.maximum(mean - level, 0.0)
    return np.where(discrete, below * np.maximum(below - 1, 0.0) / 2, result)


def _certain_tail(mean: Floats, variance: Floats, level: Floats, order: int) -> Floats:
    short = np.maximum(mean - level, 0.0)
    return (np.sign(short), short, short**2 / 2)[order]


def _normal_tail(mean: Floats, variance: Floats, level: Floats, order: int) -> Floats:
    sd = np.sqrt(variance)
    z = (level - mean) / sd
    above, density = special.ndtr(-z), np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    if order == 0:
        return np.asarray(above)
    if order == 1:
        return np.asarray(sd * (density - z * above))
    return np.asarray(variance * ((z * z + 1) * above - z * density) / 2)


def _count_tail(mean: Floats, variance: Floats, level: Floats, order: int) -> Floats:
    """Losses of the negative binomial from x·p(x; n) = μ·p(x-1; n+1), survivals only."""
    excess = np.maximum(variance / mean - 1, 1e-12)
    n, q = mean / excess, excess / (1 + excess)

    def above(x: Floats, shift: int) -> Floats:
        inside = special.betainc(np.maximum(x + 1, 1.0), n + shift, q)
        return np.where(x < 0, 1.0, inside)

    first = above(level, 0)
    if order == 0:
        return first
    second = mean * above(level - 1, 1)
    if order == 1:
        return np.asarray(second - level * first)
    third = mean * (mean + excess) * above(level - 2, 2)
    return np.asarray((third - 2 * level * second + level * (level + 1) * first) / 2)


# ---- what a level achieves


def _fill_rate(items: _Rows, level: Floats) -> Floats:
    """Return the share of demand met from stock at a level (S, or the reorder point)."""
    result = np.empty_like(level)
    one, many = ~items.batches, items.batches & (items.review > 0)
    for mask, formula in (
        (one, _periodic_fill),
        (many, _batch_fill),
        (items.batches & ~many, _continuous_fill),
    ):
        if mask.any():
            result[mask] = formula(items.take(mask), level[mask])
    return result


def _periodic_fill(items: _Rows, level: Floats) -> Floats:
    late = items.tail(items.lead_time + items.review, level, 1)
    return 1 - (late - items.tail(items.lead_time, level, 1)) / (items.mean * items.review)


def _batch_fill(items: _Rows, level: Floats) -> Floats:
    late, top = items.lead_time + items.review, level + items.quantity
    short = items.tail(late, level, 2) - items.tail(late, top, 2)
    short -= items.tail(items.lead_time, level, 2) - items.tail(items.lead_time, top, 2)
    return 1 - short / (items.quantity * items.mean * items.review)


def _continuous_fill(items: _Rows, level: Floats) -> Floats:
    top = level + items.quantity
    short = items.tail(items.lead_time, level, 1) - items.tail(items.lead_time, top, 1)
    return 1 - short / items.quantity


def _cycle_service(items: _Rows, level: Floats) -> Floats:
    return 1 - items.tail(items.lead_time + items.review, level, 0)


def _average_stock(items: _Rows, level: Floats) -> Floats:
    """Return the mean of the stock on hand at the ends of the periods of a review cycle."""
    count = np.maximum(np.ceil(items.review), 1.0)
    total = np.zeros_like(level)
    for step in range(1, int(count.max(initial=0)) + 1):
        rows = np.flatnonzero(step <= count)
        part = items.take(rows)
        length = part.lead_time + part.review * step / count[rows]
        total[rows] += _stock_after(part, level[rows], length)
    return total / count


def _stock_after(items: _Rows, level: Floats, length: Floats) -> Floats:
    """Return the expected stock on hand `length` after an order."""
    plain = level - items.mean * length + items.tail(length, level, 1)
    top = level + np.where(items.batches, items.quantity, 0.0)
    spread = items.tail(length, level, 2) - items.tail(length, top, 2)
    batch = np.where(items.batches, items.quantity, 1.0)
    middle = level + (items.quantity + items.counted) / 2
    return np.where(items.batches, middle - items.mean * length + spread / batch, plain)


def _orders_per_period(items: _Rows) -> Floats:
    """Return the chance that a review orders, by period."""
    mean, variance = items.mean * items.review, items.sd**2 * items.review
    variance = np.where(items.counted, np.maximum(variance, mean), variance)
    zero = np.zeros_like(mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        some = _tail(items.counted, mean, variance, zero, 0) / items.review
        batch = np.where(items.batches, items.quantity, 1.0)
        ordered = np.maximum(mean - _tail(items.counted, mean, variance, batch, 1), 0.0)
        many = np.where(items.review > 0, ordered / items.review, items.mean) / batch
    return np.where(items.batches, many, some)


# ---- the constraints


def _check_statuses(solution: ReplenishmentSolution, report: Report, labels: list[str]) -> None:
    """Check that each status has its cause in the input."""
    problem, status = solution.problem, solution.policy_status
    items = problem.items
    mean = items["demand_mean"]
    pack = items["pack_size"]
    largest = np.where(np.isnan(items["max_order_quantity"]), np.inf, items["max_order_quantity"])
    packs = np.floor(largest / pack + 1e-6)
    too_small = packs * pack < items["min_order_quantity"] - _UNITS * pack
    too_small |= (items["policy"] == "rq") & (packs < 1)
    overloaded = packs * pack < mean * items["review_period"]
    certain = (items["demand_sd"] == 0) & (mean * items["lead_time_sd"] == 0)
    causes = {
        PolicyStatus.NO_DEMAND: mean == 0,
        PolicyStatus.INFEASIBLE: too_small & (mean > 0),
        PolicyStatus.OVERLOADED: overloaded & (mean > 0),
        PolicyStatus.DETERMINISTIC: certain & (mean > 0),
        PolicyStatus.CAPPED: np.isfinite(largest) & (mean > 0),
        PolicyStatus.NOT_SOLVED: np.full(len(mean), solution.limit is not None),
        PolicyStatus.OPTIMAL: (mean > 0) & ~certain & ~overloaded & ~too_small,
    }
    for word, cause in causes.items():
        wrong = np.flatnonzero((status == word) & ~cause)
        _collect(report, labels, wrong, "status", np.ones(len(wrong)), f"is not {word.value}")
    wrong = np.flatnonzero(~np.isin(status, [word.value for word in causes]))
    _collect(report, labels, wrong, "status", np.ones(len(wrong)), "has no known status")


def _check_levels(solution: ReplenishmentSolution, report: Report, labels: list[str]) -> None:
    """Check that every level meets its target, and that one step less would not."""
    items = _Rows.of(solution, np.flatnonzero(np.isin(solution.policy_status, _WITH_LEVEL)))
    level = np.where(
        items.batches, solution.reorder_point[items.rows], solution.order_up_to_level[items.rows]
    )
    usable = np.isfinite(level) & (~items.batches | (items.quantity > 0))
    bad = items.rows[~usable]
    _collect(report, labels, bad, "level", np.ones(len(bad)), "has no level")
    items, level = items.take(usable), level[usable]
    fill, cycle = _fill_rate(items, level), _cycle_service(items, level)
    random = _is_random(items)
    _check_deterministic(items.take(~random), level[~random], report, labels)
    table = solution.problem.items
    for name, achieved, service in (
        ("fill_rate", fill, _fill_rate),
        ("cycle_service_level", cycle, _cycle_service),
    ):
        target = table[name][items.rows]
        asked = random & ~np.isnan(target)
        short = np.flatnonzero(asked & (achieved < target - _SERVICE))
        gap = (target - achieved)[short]
        _collect(report, labels, items.rows[short], name, gap, "misses its target by")
        lowered = items.take(asked)
        below = _one_less(lowered, level[asked])
        excess = service(lowered, below) - target[asked] - _noise(lowered)
        spare = np.flatnonzero((excess > 0) & (level[asked] > 0))
        message = "would meet its target with less stock, by"
        _collect(report, labels, lowered.rows[spare], "least", excess[spare], message)
    _check_expected(solution, items, level, fill, cycle, report, labels)


def _is_random(items: _Rows) -> Mask:
    return (items.sd > 0) | (items.lead_time_sd > 0)


def _check_deterministic(items: _Rows, level: Floats, report: Report, labels: list[str]) -> None:
    need = items.mean * (items.lead_time + items.review)
    wrong = np.flatnonzero(~_agree(level, need))
    gap = (level - need)[wrong]
    _collect(report, labels, items.rows[wrong], "level", gap, "is not the demand to be covered, by")


def _one_less(items: _Rows, level: Floats) -> Floats:
    length = items.lead_time + items.review
    sd = np.sqrt(items.sd**2 * length + (items.mean * items.lead_time_sd) ** 2)
    return np.maximum(level - np.where(items.counted, 1.0, _STEP * sd), 0.0)


def _noise(items: _Rows) -> Floats:
    """Return how much of a service rate is rounding: errors of m² (batches) or m units."""
    mean = items.mean * (items.lead_time + items.review)
    per_cycle = np.where(items.review > 0, items.mean * items.review, items.mean)
    batch = np.where(items.batches, np.maximum(mean, 1.0) / np.nan_to_num(items.quantity, nan=1), 1)
    return _NOISE * (1 + mean / per_cycle) * np.maximum(batch, 1.0)


def _agree(left: Floats, right: Floats) -> Mask:
    scale = np.maximum(1.0, np.maximum(np.abs(left), np.abs(right)))
    return np.abs(left - right) <= _UNITS * scale


def _check_expected(
    solution: ReplenishmentSolution,
    items: _Rows,
    level: Floats,
    fill: Floats,
    cycle: Floats,
    report: Report,
    labels: list[str],
) -> None:
    """Check that what the answer promises of each policy is what its level achieves."""
    certain = ~_is_random(items)
    protected = items.mean * (items.lead_time + items.review)
    figures = {
        "safety_stock": level - protected,
        "expected_fill_rate": np.where(certain, 1.0, np.clip(fill, 0, 1)),
        "expected_cycle_service_level": np.where(certain, 1.0, cycle),
        "average_stock": _average_stock(items, level),
        "orders_per_period": _orders_per_period(items),
    }
    overloaded = solution.policy_status[items.rows] == PolicyStatus.OVERLOADED
    for name, expected in figures.items():
        claimed = getattr(solution, name)[items.rows]
        unknowable = overloaded & (name != "safety_stock")
        right = np.where(unknowable, np.isnan(claimed), _agree(claimed, expected))
        wrong = np.flatnonzero(~right.astype(np.bool_))
        gap = np.nan_to_num((claimed - expected)[wrong], nan=np.inf)
        _collect(report, labels, items.rows[wrong], name, gap, f"claims a wrong {name}, by")


def _check_orders(solution: ReplenishmentSolution, report: Report, labels: list[str]) -> None:
    """Check that orders are what is needed, at least the minimum, whole packs, not too many."""
    items, order = solution.problem.items, solution.order
    pack, least = items["pack_size"], items["min_order_quantity"]
    largest = np.where(np.isnan(items["max_order_quantity"]), np.inf, items["max_order_quantity"])
    slack = _UNITS * np.maximum(1.0, pack)
    placed = order > 0
    need = _need(solution)
    capped = solution.order_status == OrderStatus.CAPPED
    silent = np.isin(solution.order_status, (OrderStatus.INFEASIBLE, OrderStatus.NOT_SOLVED))
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
            capped & (order + pack <= largest - slack),
            largest - order,
            "orders less than the maximum allows",
        ),
    )
    for constraint, broken, amount, message in rules:
        rows = np.flatnonzero(broken)
        _collect(report, labels, rows, constraint, np.asarray(amount)[rows], message)


def _need(solution: ReplenishmentSolution) -> Floats:
    """Return what each policy wants today, before minimum, packs and maximum."""
    items = solution.problem.items
    position = items["on_hand"] + items["on_order"] - items["backorders"]
    batch = np.where(solution.order_quantity > 0, solution.order_quantity, np.inf)
    below = np.floor_divide(solution.reorder_point - position, batch)
    by_batch = np.where(solution.reorder_point >= position, (below + 1) * batch, 0.0)
    up_to = np.maximum(solution.order_up_to_level - position, 0.0)
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
        ]
    )
    cost = math.fsum(terms[~np.isnan(terms)].tolist())
    if not same(cost, solution.cost):
        report.add("cost", "all items", solution.cost - cost, f"is {cost:.9g}, not {solution.cost}")
    settled = np.isin(solution.policy_status, ("optimal", "deterministic", "no_demand"))
    if solution.status == Status.OPTIMAL and not settled.all():
        report.add("status", "all items", 1.0, "is not OPTIMAL: an item has no least policy")
