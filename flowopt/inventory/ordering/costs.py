"""What an order is expected to cost until the next one can take its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowopt.inventory.cycle import CycleDemand
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.search import least_level
from flowopt.inventory.selection.demand import demand_groups

if TYPE_CHECKING:
    from flowopt.inventory.ordering.problem import OrderProblem


def expected_cost(problem: OrderProblem, rows: Rows, quantity: Floats) -> Floats:
    """Return the expected cost of orders.

    Parameters
    ----------
    problem
        What to order.
    rows
        (k,) rows of the items, which may stand several times.
    quantity
        (k,) units ordered.
    """
    items = problem.items
    level = problem.inventory_position[rows] + quantity
    cost = np.where(quantity > 0, items["fixed_cost"][rows], 0.0)
    for places, demand in demand_groups(items, problem.distribution, rows):
        part = rows[places]
        cost[places] += _stock_and_shortage(
            demand,
            level[places],
            items["holding_cost"][part],
            items["stockout_cost"][part],
        )
    return cost


def _stock_and_shortage(
    demand: CycleDemand, level: Floats, holding: Floats, stockout: Floats
) -> Floats:
    """Return the cost of stock and shortages over the review period that a level serves."""
    count = np.maximum(np.ceil(demand.review_period), 1.0)
    total = np.zeros_like(level)
    for point in range(int(count.max(initial=0))):
        rows = np.flatnonzero(point < count)
        part = demand.take(rows)
        length = part.lead_time + part.review_period * (point + 1) / count[rows]
        since = part.from_order_on(length)
        whole = np.floor(level[rows]) if demand.counted else level[rows]
        tail = since.tail(whole)
        short = tail.loss - (level[rows] - whole) * tail.survival  # linear between whole units
        stock = level[rows] - since.mean + short
        total[rows] += holding[rows] * stock + stockout[rows] * short
    return np.asarray(total * demand.review_period / count)


def best_levels(problem: OrderProblem, rows: Rows) -> Floats:
    """Return the levels that stock and shortages cost least at, for each item by itself.

    It is the newsvendor's: demand exceeds it in a share of h / (h + p) of the periods served.

    Parameters
    ----------
    problem
        What to order.
    rows
        (k,) rows of the items.
    """
    items = problem.items
    level = np.empty(len(rows))
    for places, demand in demand_groups(items, problem.distribution, rows):
        part = rows[places]
        holding, stockout = items["holding_cost"][part], items["stockout_cost"][part]
        level[places] = _newsvendor(demand, holding / (holding + stockout))
    return level


def _newsvendor(demand: CycleDemand, exceeded: Floats) -> Floats:
    """Return the least level that demand exceeds in a share of the periods served."""
    count = np.maximum(np.ceil(demand.review_period), 1.0)

    def shortage(rows: Rows, level: Floats) -> tuple[Floats, Floats]:
        survival, density = np.zeros_like(level), np.zeros_like(level)
        for point in range(int(count[rows].max(initial=0))):
            due = np.flatnonzero(point < count[rows])
            part = demand.take(rows[due])
            length = part.lead_time + part.review_period * (point + 1) / count[rows[due]]
            tail = part.from_order_on(length).tail(level[due])
            survival[due] += tail.survival
            density[due] += tail.density
        return survival / count[rows], -density / count[rows]

    protected = demand.protected
    sd = np.sqrt(protected.variance)
    scale = np.maximum(sd, np.maximum(1e-3 * protected.mean, 1e-9))
    return least_level(shortage, exceeded, protected.mean, scale, demand.counted)
