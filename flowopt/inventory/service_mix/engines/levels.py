"""The reorder points that each item can have, with the service and stock of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from flowopt.core.options import Run
from flowopt.inventory.cycle import CycleDemand
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.levels import least_reorder_point
from flowopt.inventory.performance import batch_performance
from flowopt.inventory.selection.demand import demand_groups
from flowopt.inventory.selection.options import Ints, Options, Sharing
from flowopt.inventory.service_mix.problem import ServiceMixProblem

_NEGLIGIBLE = 0.01  # of the shortage allowed to all: no item is held to less
_ROWS_AT_ONCE = 512  # between two looks at the clock
_DENSER_BELOW = 1.5  # power by which levels are closer together at the lower end


@dataclass(frozen=True, eq=False)
class Levels:
    """What each item can choose from.

    Parameters
    ----------
    reorder_point
        (O,) of each option.
    fill_rate
        (O,) share of demand met.
    average_stock
        (O,) mean stock on hand at the end of a period.
    options
        The options: amounts are units short in a period, costs the value of the stock.
    """

    reorder_point: Floats
    fill_rate: Floats
    average_stock: Floats
    options: Options

    def uniform_cost(self, problem: ServiceMixProblem) -> float | None:
        """Return the cost of one target for every item that reaches the aggregate service.

        It is the cheapest fill rate for all items alike, each at its least level that gives it.
        None when no item-wise target among the levels reaches it.
        """
        sharing = sharing_of(problem)
        low, high = 0.0, 1.0
        best = None
        for _ in range(40):
            target = (low + high) / 2
            chosen = self.least_with(target)
            if sharing.fits(self.options.amount[chosen]):
                best, high = chosen, target
            else:
                low = target
        return None if best is None else float(self.options.cost[best].sum())

    def least_with(self, fill_rate: float) -> Ints:
        """Return each item's option of the least level that reaches a fill rate, or its highest.

        The options of an item come with falling levels.
        """
        reached = np.add.reduceat(self.fill_rate >= fill_rate, self.options.start[:-1])
        return np.asarray(self.options.start[:-1] + np.maximum(reached - 1, 0))


def sharing_of(problem: ServiceMixProblem) -> Sharing:
    """Return the shortages allowed, as shares of the demand of all and of each class."""
    demand, weight = problem.weighted_demand, problem.weight
    targets = [problem.fill_rate, *problem.classes["fill_rate"].tolist()]
    members = [np.ones(problem.num_items, dtype=np.bool_)]
    members += [problem.items["class"] == name for name in problem.classes["class"].tolist()]
    columns = []
    for mask in members:
        total = float(demand[mask].sum())
        columns.append(np.where(mask, weight, 0.0) / (total if total > 0 else 1.0))
    rate = csr_array(np.column_stack(columns))
    rate.eliminate_zeros()
    return Sharing(rate, 1.0 - np.array(targets))


def levels_of(problem: ServiceMixProblem, highest_target: float, run: Run) -> Levels | None:
    """Return the levels to choose from; None when the search was stopped before they were known.

    Parameters
    ----------
    problem
        The items.
    highest_target
        The highest aggregate service that they are to suffice for.
    run
        Clock and cancel of the search.
    """
    rows = np.flatnonzero(problem.items["demand_mean"] > 0)
    idle = np.flatnonzero(problem.items["demand_mean"] == 0)
    none = np.zeros(len(idle))
    parts = [(idle, none - 1, none + 1, none)]  # item, reorder point, fill rate, stock
    for begin in range(0, len(rows), _ROWS_AT_ONCE):
        if run.stopped():
            return None
        part = rows[begin : begin + _ROWS_AT_ONCE]
        for places, demand in demand_groups(problem.items, problem.distribution, part):
            parts.append(_levels_of_group(problem, part[places], demand, highest_target))
    item, level, fill, stock = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((-level, item))  # the least shortage first
    item, level, fill, stock = (column[order] for column in (item, level, fill, stock))
    start = np.concatenate([[0], np.cumsum(np.bincount(item, minlength=problem.num_items))])
    short = np.maximum(1 - fill, 0.0) * problem.items["demand_mean"][item]
    cost = stock * problem.items["unit_cost"][item]
    return Levels(level, fill, stock, Options(start.astype(np.int64), short, cost))


def _levels_of_group(
    problem: ServiceMixProblem, rows: Rows, demand: CycleDemand, highest_target: float
) -> tuple[Ints, Floats, Floats, Floats]:
    """Return item, reorder point, fill rate and stock of the levels of items of one distribution.

    They go from the least to where the item's shortages, were they those of all, would be a small
    part of what is allowed; those below the item's own least fill rate are left out.
    """
    quantity = problem.order_quantity[rows]
    floor = problem.items["min_fill_rate"][rows]
    allowed = np.minimum(1 - highest_target, 1 - floor)
    if problem.classes.num_rows:
        allowed = np.minimum(allowed, 1 - problem.classes["fill_rate"].max())
    low = problem.least_level[rows]
    high = np.maximum(_level_for(demand, quantity, 1 - _NEGLIGIBLE * allowed), low)
    place, level = _spread(low, high, problem.num_levels, demand.counted)
    reached = batch_performance(demand.take(place), level, quantity[place])
    keep = reached.fill_rate >= floor[place]
    keep |= level >= high[place]
    return (
        rows[place[keep]],
        level[keep],
        reached.fill_rate[keep],
        reached.average_stock[keep],
    )


def _level_for(demand: CycleDemand, quantity: Floats, fill_rate: Floats) -> Floats:
    """Return the least reorder point for a fill rate; where demand is certain, what covers it."""
    level = demand.protected.mean.copy()
    rows = np.flatnonzero(demand.protected.variance > 0)
    if len(rows):
        level[rows] = least_reorder_point(demand.take(rows), quantity[rows], fill_rate[rows])
    return level


def _spread(low: Floats, high: Floats, most: int, counted: bool) -> tuple[Ints, Floats]:
    """Return places of items and levels from low to high, each once, closer together below."""
    share = np.linspace(0.0, 1.0, most) ** _DENSER_BELOW
    levels = low[:, None] + share * (high - low)[:, None]
    if counted:
        few = (high - low + 1 <= most)[:, None]
        steps = np.minimum(np.arange(most), (high - low)[:, None])
        levels = np.where(few, low[:, None] + steps, np.rint(levels))
    levels[:, -1] = high
    new = np.ones(levels.shape, dtype=np.bool_)
    new[:, 1:] = levels[:, 1:] > levels[:, :-1]
    place, _ = np.nonzero(new)
    return place, levels[new]
