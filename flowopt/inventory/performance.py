"""What a policy does on average: its service, its stock, its orders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowopt.inventory.cycle import CycleDemand
from flowopt.inventory.distributions import Floats
from flowopt.inventory.levels import batch_shortage


@dataclass(frozen=True)
class Performance:
    """The long-run averages of policies, one row an item.

    Parameters
    ----------
    fill_rate
        (n,) share of demand met from stock on its arrival.
    cycle_service_level
        (n,) probability of no stock-out in a review cycle; for (r,Q) in the one with the least
        cover, which starts just above the reorder point.
    average_stock
        (n,) mean stock on hand at the end of a period, units.
    orders_per_period
        (n,) mean number of orders placed in a period.
    """

    fill_rate: Floats
    cycle_service_level: Floats
    average_stock: Floats
    orders_per_period: Floats


def periodic_performance(demand: CycleDemand, order_up_to_level: Floats) -> Performance:
    """Return what the policy (R,S) does."""
    level = order_up_to_level
    late, early = demand.protected.tail(level), demand.before_arrival.tail(level)
    short = (late.loss - early.loss) / (demand.mean * demand.review_period)
    total, count = np.zeros_like(level), _num_points(demand)
    for point in range(int(count.max(initial=0))):
        rows = np.flatnonzero(point < count)
        since_order = demand.take(rows).from_order_on(_point(demand, point, count)[rows])
        total[rows] += level[rows] - since_order.mean + since_order.tail(level[rows]).loss
    any_demand = demand.between_reviews.tail(np.zeros_like(level)).survival
    return Performance(
        np.clip(1 - short, 0, 1),
        1 - late.survival,
        np.maximum(total / count, 0.0),
        any_demand / demand.review_period,
    )


def batch_performance(demand: CycleDemand, reorder_point: Floats, quantity: Floats) -> Performance:
    """Return what the policy (r,Q) does."""
    level, count = reorder_point, _num_points(demand)
    mean_position = level + (quantity + demand.counted) / 2
    short, _ = batch_shortage(demand, quantity)(np.arange(len(level)), level)
    total = np.zeros_like(level)
    for point in range(int(count.max(initial=0))):
        rows = np.flatnonzero(point < count)
        since_order = demand.take(rows).from_order_on(_point(demand, point, count)[rows])
        low = since_order.tail(level[rows]).second_loss
        high = since_order.tail((level + quantity)[rows]).second_loss
        total[rows] += mean_position[rows] - since_order.mean + (low - high) / quantity[rows]
    return Performance(
        np.clip(1 - short, 0, 1),
        1 - demand.protected.tail(level).survival,
        np.maximum(total / count, 0.0),
        _batch_orders_per_period(demand, quantity),
    )


def _batch_orders_per_period(demand: CycleDemand, quantity: Floats) -> Floats:
    """Return the mean number of orders in a period: a review orders with chance E[min(D,Q)]/Q."""
    between = demand.between_reviews
    ordered = np.maximum(between.mean - between.tail(quantity).loss, 0.0)
    reviewed = demand.review_period > 0
    safe = np.where(reviewed, demand.review_period, 1.0)
    return np.where(reviewed, ordered / safe, demand.mean) / quantity


def _num_points(demand: CycleDemand) -> Floats:
    """Return at how many ends of periods within a review cycle the stock is looked at."""
    return np.maximum(np.ceil(demand.review_period), 1.0)


def _point(demand: CycleDemand, point: int, count: Floats) -> Floats:
    """Return the time from an order to the end of a period of the cycle that it serves."""
    return demand.lead_time + demand.review_period * (point + 1) / count
