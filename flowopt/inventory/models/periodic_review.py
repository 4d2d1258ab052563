"""The optimal (s,S) policy of periodic review, exactly, and by a rule of thumb."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.inventory.arguments import Arguments
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.models.columns import COUNTED, read, status_column
from flowopt.inventory.models.continuous_review import certain_quantity
from flowopt.inventory.models.moments import check_moments, excess_of, variance_of
from flowopt.inventory.models.status import ModelStatus
from flowopt.inventory.models.tables import (
    check_chances,
    for_items,
    read_rows,
    refuse_shared_faults,
)

MOST_LEVELS = 1e5
"""Levels between s and S; more take packs as the unit."""

_MOST_CHANCES = 1e5  # of the demand over lead time + 1


@dataclass(frozen=True)
class OrderUpToPolicy:
    """Policies (s,S): a review that finds a position of s or less orders up to S.

    Parameters
    ----------
    reorder_point
        (n,) s, units.
    order_up_to_level
        (n,) S, units.
    cost
        (n,) money per period: ordering, holding and waiting.
    status
        (n,) of `ModelStatus`.
    """

    reorder_point: Any
    order_up_to_level: Any
    cost: Any
    status: Any


def periodic_review(
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    demand_mean: npt.ArrayLike | None = None,
    demand_sd: npt.ArrayLike | None = None,
    lead_time: npt.ArrayLike = 0.0,
    *,
    distribution: Any = "poisson",
    demand_probabilities: Any = None,
    reorder_point: npt.ArrayLike | None = None,
    order_up_to_level: npt.ArrayLike | None = None,
    on_bad_items: str = "raise",
) -> OrderUpToPolicy:
    r"""Return the optimal policy (s,S) under periodic review, and its cost.

    No policy costs less where an order has a fixed cost and unmet demand waits (Scarf 1960). With
    the probability p(j) of a demand of j in a period,

    .. math::
        g(s,S) = \frac{K + \sum_{j=0}^{S-s-1} m(j) G(S-j)}{\sum_{j=0}^{S-s-1} m(j)}, \qquad
        m(j) = [j = 0] + \sum_{l=0}^{j} p(l) m(j-l),

    where :math:`G(y) = h E[(y - D_{L+1})^+] + p E[(D_{L+1} - y)^+]`. The best s and S are found by
    the algorithm of Zheng & Federgruen (1991), exactly. In a period, an order is placed, that of L
    periods ago arrives, demand falls, and then costs are charged.

    Parameters
    ----------
    fixed_cost
        K, cost of placing an order; 0 gives a base stock, s = S - 1.
    holding_cost
        h, cost of a unit left over at the end of a period; above 0.
    stockout_cost
        p, cost of a unit that waits at the end of a period; above 0.
    demand_mean
        Mean demand of a period, units; 0 gives s = -1, S = 0.
    demand_sd
        Standard deviation of the demand of a period, units; None for Poisson demand.
    lead_time
        L, periods; whole numbers beside `demand_probabilities`.
    distribution
        ``"poisson"`` or ``"negative_binomial"``.
    demand_probabilities
        Instead of the three above: (m,) or (n, m) chances of a demand of 0, 1, 2, … in a period;
        rows may differ in length.
    reorder_point, order_up_to_level
        s and S where the cost of a given policy is asked for, whole numbers.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    OrderUpToPolicy
        ``reorder_point`` and ``order_up_to_level`` in units, ``cost`` in money per period, and
        ``status``.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, example 4.7, and the first rows of the table of Zheng & Federgruen:

    >>> best = periodic_review(5, 1, 4, demand_mean=6)
    >>> best.reorder_point, best.order_up_to_level, round(best.cost, 4)
    (4.0, 10.0, 8.0341)
    >>> table = periodic_review(64, 1, 9, demand_mean=[10, 15, 20, 25])
    >>> table.reorder_point.tolist(), table.order_up_to_level.tolist()
    ([6.0, 10.0, 14.0, 19.0], [40.0, 49.0, 62.0, 56.0])
    >>> table.cost.round(3).tolist()
    [35.022, 42.698, 49.173, 54.262]

    Demand of 0, 1 or 4 units a period, three periods ahead:

    >>> odd = periodic_review(10, 1, 9, demand_probabilities=[0.6, 0.3, 0, 0, 0.1], lead_time=2)
    >>> odd.reorder_point, odd.order_up_to_level, round(odd.cost, 4)
    (3.0, 6.0, 6.2176)
    """
    values: dict[str, Any] = {
        "fixed_cost": fixed_cost,
        "holding_cost": holding_cost,
        "stockout_cost": stockout_cost,
        "lead_time": lead_time,
        "reorder_point": reorder_point,
        "order_up_to_level": order_up_to_level,
    }
    if demand_probabilities is None:
        moments: dict[str, Any] = {"demand_mean": demand_mean, "demand_sd": demand_sd}
        given = read("periodic_review", **values, **moments, distribution=distribution)
        return _from_moments(given, on_bad_items)
    return _from_table(values, demand_probabilities, demand_mean, demand_sd, on_bad_items)


def _from_moments(given: Arguments, on_bad_items: str) -> OrderUpToPolicy:
    """Return the policies of items with Poisson or negative binomial demand."""
    check_moments(given, COUNTED)
    _check_number(given, "demand_mean", given["demand_mean"], variance_of(given))
    _check_levels(given)
    given = given.sound(on_bad_items)
    mean = given["demand_mean"]
    excess = excess_of(mean, variance_of(given))

    def solve(rows: Rows) -> tuple[Floats, Floats, Floats]:
        from flowopt.inventory.kernels.order_up_to import best_levels, costs_of_levels

        costs = _costs(given, rows)
        demand = mean[rows], excess[rows], given["lead_time"][rows] + 1
        if _is_asked(given)[rows[0]]:
            pair = given["reorder_point"][rows], given["order_up_to_level"][rows]
            return *pair, costs_of_levels(*costs, *demand, *pair)
        return best_levels(*costs, *demand)

    return _answer(given, mean == 0, solve)


def _from_table(
    values: dict[str, Any], probabilities: Any, mean: Any, sd: Any, on_bad_items: str
) -> OrderUpToPolicy:
    """Return the policies of items with the chances of each demand."""
    from flowopt.core.errors import Failures

    name, failures = "periodic_review", Failures()
    table = read_rows(name, "demand_probabilities", probabilities, failures)
    check_chances(name, "demand_probabilities", table, failures)
    for column, value in (("demand_mean", mean), ("demand_sd", sd)):
        if value is not None:
            message, fix = "stands beside demand_probabilities", "leave one of them out"
            failures.add(name, column, None, None, "two_demands", message, fix)
    given = read(name, num_rows=len(table) if len(table) > 1 else None, **values)
    given.failures.extend(failures)
    length = given["lead_time"]
    given.require("lead_time", length == np.floor(length), "is no whole number", "round it")
    message = "is too long for the demand it must cover"
    few = (length + 1) * table.shape[1] <= _MOST_CHANCES
    given.require("lead_time", few, message, "count demand in packs, or take a distribution")
    _check_number(given, "fixed_cost", *_moments_of(table, given.num_items))
    _check_levels(given)
    refuse_shared_faults(given, {"demand_probabilities": table})
    given = given.sound(on_bad_items)
    chances = np.nan_to_num(for_items(table, given.rows, given.num_items))

    def solve(rows: Rows) -> tuple[Floats, Floats, Floats]:
        from flowopt.inventory.kernels import order_up_to

        costs, periods = _costs(given, rows), given["lead_time"][rows] + 1
        demand = np.ascontiguousarray(chances[rows]), periods
        if _is_asked(given)[rows[0]]:
            pair = given["reorder_point"][rows], given["order_up_to_level"][rows]
            return *pair, order_up_to.costs_of_levels_of_tables(*costs, *demand, *pair)
        return order_up_to.best_levels_of_tables(*costs, *demand)

    return _answer(given, np.asarray((chances[:, 1:] == 0).all(axis=1)), solve)


def _check_levels(given: Arguments) -> None:
    """Collect levels that are given by halves, are no whole numbers, or not in order."""
    s, big = given["reorder_point"], given["order_up_to_level"]
    for name, other in (("reorder_point", big), ("order_up_to_level", s)):
        message, fix = "is empty beside the other level", "give both, or none"
        given.require(name, ~np.isnan(given[name]) | np.isnan(other), message, fix)
        whole = np.isnan(given[name]) | (given[name] == np.floor(given[name]))
        given.require(name, whole, "is no whole number", "round it: demand is counted")
    ordered = np.isnan(s) | np.isnan(big) | (s < big)
    given.require("order_up_to_level", ordered, "does not exceed reorder_point", "raise it")
    near = np.isnan(s) | np.isnan(big) | (big - s <= MOST_LEVELS)
    message = f"is more than {MOST_LEVELS:g} levels above reorder_point"
    given.require("order_up_to_level", near, message, "count in packs")


def _check_number(given: Arguments, name: str, mean: Floats, variance: Floats) -> None:
    """Collect items for which about too many levels lie between the least s and the largest S."""
    spread = np.sqrt(variance * (given["lead_time"] + 1))
    ratio = given["stockout_cost"] / given["holding_cost"]
    levels = certain_quantity(given, mean) + spread * np.sqrt(ratio + 1 / ratio) + mean
    message = f"sets more than {MOST_LEVELS:g} levels between s and S"
    given.require(name, (levels <= MOST_LEVELS) | (mean == 0), message, "count in packs")


def _moments_of(table: Floats, num_items: int) -> tuple[Floats, Floats]:
    """Return (n,) mean and variance of chances of 0, 1, … units, NaN behind the last."""
    chances = for_items(np.nan_to_num(np.maximum(table, 0.0)), None, num_items)
    units = np.arange(table.shape[1], dtype=np.float64)
    mean = chances @ units
    return mean, np.maximum(chances @ units**2 - mean**2, 0.0)


def _is_asked(given: Arguments) -> npt.NDArray[np.bool_]:
    return np.asarray(~np.isnan(given["reorder_point"]))


def _costs(given: Arguments, rows: Rows) -> tuple[Floats, Floats, Floats]:
    return given["holding_cost"][rows], given["stockout_cost"][rows], given["fixed_cost"][rows]


def _answer(given: Arguments, idle: npt.NDArray[np.bool_], solve: Any) -> OrderUpToPolicy:
    """Return the answer; without demand it is s = -1 and S = 0, or what is given, held."""
    asked = _is_asked(given)
    s = np.where(asked, given["reorder_point"], -1.0)
    big = np.where(asked, given["order_up_to_level"], 0.0)
    cost = np.maximum(big, 0.0) * given["holding_cost"]
    for rows in (np.flatnonzero(~idle & asked), np.flatnonzero(~idle & ~asked)):
        if len(rows):
            s[rows], big[rows], cost[rows] = solve(rows)
    status = status_column(
        given.num_items, (ModelStatus.EVALUATED, asked), (ModelStatus.NO_DEMAND, idle)
    )
    return given.answer(
        OrderUpToPolicy, reorder_point=s, order_up_to_level=big, cost=cost, status=status
    )
