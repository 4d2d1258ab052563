"""What a planner should look at: warnings about single items, beside their status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.inventory.replenishment.solution import ReplenishmentSolution

Mask = npt.NDArray[np.bool_]

FLAGS = {
    "out_of_stock": "no stock on hand that is not promised, and there is demand",
    "short_before_arrival": "stock on hand and on order is less than the mean demand of the lead "
    "time: an order of today may come too late",
    "overstock": "the inventory position is above the highest level by more than the demand of "
    "the protection interval",
    "large_order": "the least order, or Q, covers more than ten protection intervals",
    "normal_below_zero": "normal demand of the protection interval with a standard deviation above "
    "a third of its mean: levels are unsure, take auto or gamma",
    "few_samples": "fewer demand samples than tell the target apart from none short",
    "orders_may_cross": "the lead time varies by more than the time between orders: a later order "
    "may come first, which the formulas leave out",
    "lost_sales": "with lost sales, service and stock are approximate",
    "no_order_cost": "fixed_cost is 0 and no order_quantity given: the least order is taken",
}
"""The flags, and what each means."""

_WILD = 1 / 3
_MANY = 10.0


def flags(solution: ReplenishmentSolution) -> npt.NDArray[np.object_]:
    """Return the flags of each item, with ``;`` between; empty where there are none.

    Parameters
    ----------
    solution
        The answer.
    """
    masks = {**_of_stock(solution), **_of_policy(solution), **_of_demand(solution)}
    unused = solution.problem.invalid | (solution.problem.items["demand_mean"] == 0)
    codes = np.zeros(solution.problem.num_items, dtype=np.int64)
    for place, name in enumerate(FLAGS):
        codes += (masks[name] & ~unused).astype(np.int64) << place
    used, inverse = np.unique(codes, return_inverse=True)
    texts = [
        ";".join(name for place, name in enumerate(FLAGS) if code >> place & 1)
        for code in used.tolist()
    ]
    return np.array(texts, dtype=object)[inverse]


def _of_stock(solution: ReplenishmentSolution) -> dict[str, Mask]:
    """Return the flags about the stock of today."""
    items, position = solution.problem.items, solution.problem.inventory_position
    top = np.where(
        np.isnan(solution.order_up_to_level),
        solution.reorder_point + solution.order_quantity,
        solution.order_up_to_level,
    )
    covered = items["demand_mean"] * (items["lead_time"] + items["review_period"])
    return {
        "out_of_stock": items["on_hand"] <= items["reserved"] + items["backorders"],
        "short_before_arrival": position < items["demand_mean"] * items["lead_time"],
        "overstock": position > np.nan_to_num(top, nan=np.inf) + covered,
    }


def _of_policy(solution: ReplenishmentSolution) -> dict[str, Mask]:
    """Return the flags about quantities and costs."""
    problem, items = solution.problem, solution.problem.items
    covered = items["demand_mean"] * (items["lead_time"] + items["review_period"])
    given = np.nan_to_num(solution.order_quantity)
    batches = items["policy"] != "rs"
    unpriced = (items["fixed_cost"] == 0) & np.isnan(items["order_quantity"])
    return {
        "large_order": np.maximum(problem.least_order, given) > _MANY * covered,
        "no_order_cost": batches & unpriced,
        "lost_sales": np.asarray(items["unmet_demand"] == "lost_sales"),
    }


def _of_demand(solution: ReplenishmentSolution) -> dict[str, Mask]:
    """Return the flags about the distribution of demand and of the lead time."""
    problem, items = solution.problem, solution.problem.items
    length = items["lead_time"] + items["review_period"]
    variance = items["demand_sd"] ** 2 * length
    variance = variance + (items["demand_mean"] * items["lead_time_sd"]) ** 2
    wild = variance > (_WILD * items["demand_mean"] * length) ** 2
    few = np.zeros(problem.num_items, dtype=np.bool_)
    if (problem.distribution == "empirical").any():
        targets = np.fmax(items["fill_rate"], items["cycle_service_level"])
        allowed = 1 - np.where(np.isnan(targets), 0.0, targets)
        few = (problem.distribution == "empirical") & (problem.num_samples * allowed < 1)
    between = np.where(
        items["review_period"] > 0,
        items["review_period"],
        np.nan_to_num(solution.order_quantity) / np.maximum(items["demand_mean"], 1e-100),
    )
    return {
        "normal_below_zero": (problem.distribution == "normal") & wild & ~problem.certain,
        "few_samples": few,
        "orders_may_cross": items["lead_time_sd"] > between,
    }
