"""The optimal (r,Q) policy of continuous review, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.inventory.arguments import Arguments
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.models.columns import read, status_column
from flowopt.inventory.models.moments import check_moments, excess_of, is_counted, variance_of
from flowopt.inventory.models.status import ModelStatus

_CALM = 1e-9  # of the order quantity: demand that spreads less is certain in every digit
_TAKEN = ("normal", "poisson", "negative_binomial")
MOST_LEVELS = 1e6
"""Levels of counted stock that a policy may run through; more take packs as the unit."""


@dataclass(frozen=True)
class BatchPolicy:
    """Policies (r,Q): order Q once the inventory position is down to r.

    Parameters
    ----------
    reorder_point
        (n,) r, units.
    order_quantity
        (n,) Q, units; 0 for a base stock of r, where ordering is free.
    cost
        (n,) money per period: ordering, holding and waiting.
    status
        (n,) of `ModelStatus`.
    """

    reorder_point: Any
    order_quantity: Any
    cost: Any
    status: Any


def continuous_review(
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    demand_sd: npt.ArrayLike | None = None,
    lead_time: npt.ArrayLike = 0.0,
    *,
    distribution: Any = "normal",
    order_quantity: npt.ArrayLike | None = None,
    reorder_point: npt.ArrayLike | None = None,
    on_bad_items: str = "raise",
) -> BatchPolicy:
    r"""Return the optimal policy (r,Q) under continuous review, and its cost.

    .. math::
        g(r,Q) = \frac{K \lambda + \int_r^{r+Q} g(y)\,dy}{Q}, \qquad
        g(y) = h\,E[(y - D_L)^+] + p\,E[(D_L - y)^+]

    with a sum over r + 1 … r + Q where demand is counted (Zipkin, *Foundations of Inventory
    Management*, section 6.3; Snyder & Shen, sections 5.2 and 5.7). The optimum is exact: for normal
    demand g(r) = g(r + Q) = g(r,Q), found by Newton's method from a bound of Zheng (1992); for
    counted demand by the algorithm of Federgruen & Zheng (1992).

    Parameters
    ----------
    fixed_cost
        K, cost of placing an order; 0 gives a base stock.
    holding_cost
        h, cost of holding a unit for a period; above 0.
    stockout_cost
        p, cost of a unit that waits for a period; above 0.
    demand_mean
        λ, mean demand of a period, units; 0 gives r = -1 and Q = 0.
    demand_sd
        Standard deviation of the demand of a period, units; None for Poisson demand. 0 gives the
        economic order quantity with backorders.
    lead_time
        L, periods.
    distribution
        ``"normal"``, ``"poisson"`` or ``"negative_binomial"``; customers of the counted ones take
        one unit at a time.
    order_quantity
        Q, units, where it is fixed: the best r for it is returned.
    reorder_point
        r, units, where the cost of a given r and Q is asked for.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    BatchPolicy
        ``reorder_point`` and ``order_quantity`` in units, ``cost`` in money per period, ``status``.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, example 5.1; the textbook's rules of thumb come within a millionth:

    >>> best = continuous_review(8, 0.225, 7.5, 1300, 150, lead_time=1 / 12)
    >>> round(best.reorder_point, 3), round(best.order_quantity, 3), round(best.cost, 4)
    (126.867, 328.449, 78.0711)

    Example 5.8, with Poisson demand, beside the cost of another policy:

    >>> best = continuous_review(100, 20, 150, 1.5, lead_time=2, distribution="poisson")
    >>> best.reorder_point, best.order_quantity, round(best.cost, 4)
    (3.0, 5.0, 107.9236)
    >>> other = continuous_review(100, 20, 150, 1.5, lead_time=2, distribution="poisson",
    ...                           reorder_point=4, order_quantity=5)
    >>> round(other.cost, 4), other.status
    (117.116, 'evaluated')
    """
    given = read(
        "continuous_review",
        fixed_cost=fixed_cost,
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        demand_mean=demand_mean,
        demand_sd=demand_sd,
        lead_time=lead_time,
        distribution=distribution,
        order_quantity=order_quantity,
        reorder_point=reorder_point,
    )
    _check(given)
    given = given.sound(on_bad_items)
    mean, counted = given["demand_mean"], is_counted(given)
    variance = variance_of(given) * given["lead_time"]
    certain = (variance == 0) & ~counted
    calm = certain | (variance < (_CALM * certain_quantity(given)) ** 2)
    r, q, cost = (np.empty(given.num_items) for _ in range(3))
    for rows, solve in (
        (np.flatnonzero(mean == 0), _without_demand),
        (np.flatnonzero((mean > 0) & counted), _counted),
        (np.flatnonzero((mean > 0) & ~counted & calm), _certain),
        (np.flatnonzero((mean > 0) & ~counted & ~calm), _normal),
    ):
        if len(rows):
            r[rows], q[rows], cost[rows] = solve(given, rows)
    status = status_column(
        given.num_items,
        (ModelStatus.DETERMINISTIC, certain),
        (ModelStatus.EVALUATED, ~np.isnan(given["reorder_point"])),
        (ModelStatus.NO_DEMAND, mean == 0),
    )
    return given.answer(BatchPolicy, reorder_point=r, order_quantity=q, cost=cost, status=status)


def _check(given: Arguments) -> None:
    """Collect the faults between the arguments."""
    check_moments(given, _TAKEN)
    quantity, point = given["order_quantity"], given["reorder_point"]
    message, fix = "is empty beside a reorder_point", "give both, or leave the reorder_point out"
    given.require("order_quantity", ~np.isnan(quantity) | np.isnan(point), message, fix)
    for name in ("order_quantity", "reorder_point"):
        whole = np.isnan(given[name]) | (given[name] == np.floor(given[name]))
        message, fix = "is no whole number", "round it: demand is counted"
        given.require(name, whole | ~is_counted(given), message, fix)
    with np.errstate(over="ignore"):
        levels = np.where(np.isnan(quantity), certain_quantity(given), quantity)
    message = f"makes stock run through more than {MOST_LEVELS:g} levels"
    given.require(
        "demand_mean", ~is_counted(given) | (levels <= MOST_LEVELS), message, "count in packs"
    )


def certain_quantity(given: Arguments, mean: Floats | None = None) -> Floats:
    """Return (n,) the economic order quantity with backorders; mean demand as given, or another."""
    holding, stockout = given["holding_cost"], given["stockout_cost"]
    rate = 2 * given["fixed_cost"] * (given["demand_mean"] if mean is None else mean)
    return np.asarray(np.sqrt(rate / holding + rate / stockout))


def _without_demand(given: Arguments, rows: Rows) -> tuple[Floats, Floats, Floats]:
    """Return r = -1, Q = 0; a policy that is given holds what it has."""
    point = given["reorder_point"][rows]
    quantity = np.where(np.isnan(point), 0.0, given["order_quantity"][rows])
    stock = np.where(np.isnan(point), 0.0, np.maximum(point + quantity, 0.0))
    return np.where(np.isnan(point), -1.0, point), quantity, stock * given["holding_cost"][rows]


def _certain(given: Arguments, rows: Rows) -> tuple[Floats, Floats, Floats]:
    """Return the economic order quantity with backorders, and r a lead time ahead."""
    holding, stockout = given["holding_cost"][rows], given["stockout_cost"][rows]
    ahead = given["demand_mean"][rows] * given["lead_time"][rows]
    wanted, point = given["order_quantity"][rows], given["reorder_point"][rows]
    best = certain_quantity(given)[rows]
    quantity = np.where(np.isnan(wanted), best, wanted)
    share = holding / (holding + stockout)  # of Q that waits
    low = np.where(np.isnan(point), -quantity * share, point - ahead)  # stock as an order arrives

    def area(stock: Floats) -> Floats:
        return np.where(stock > 0, holding, -stockout) * stock**2 / 2

    some = np.where(quantity > 0, quantity, 1.0)
    orders = given["fixed_cost"][rows] * given["demand_mean"][rows]
    cost = (orders + area(low + quantity) - area(low)) / some
    idle = np.where(low > 0, holding, -stockout) * low  # where each unit is ordered by itself
    return ahead + low, quantity, np.where(quantity > 0, cost, idle)


def _normal(given: Arguments, rows: Rows) -> tuple[Floats, Floats, Floats]:
    """Return the policies of items with normal demand."""
    from flowopt.inventory.kernels.batches import best_normal_batches, normal_costs

    length = given["lead_time"][rows]
    sd = np.sqrt(variance_of(given)[rows] * length)
    mean = given["demand_mean"][rows]
    costs = given["holding_cost"][rows], given["stockout_cost"][rows]
    set_up = given["fixed_cost"][rows] * mean / sd**2
    quantity, point = given["order_quantity"][rows], given["reorder_point"][rows]
    best = best_normal_batches(*costs, set_up, quantity / sd)
    r, q, cost = (column * sd for column in best)
    asked = ~np.isnan(point)
    if asked.any():
        z = (np.where(asked, point, 0.0) - mean * length) / sd
        evaluated = sd * normal_costs(*costs, set_up, z, best[1])
        return np.where(asked, point, mean * length + r), q, np.where(asked, evaluated, cost)
    return mean * length + r, q, cost


def _counted(given: Arguments, rows: Rows) -> tuple[Floats, Floats, Floats]:
    """Return the policies of items with counted demand."""
    from flowopt.inventory.kernels.batches import best_count_batches, count_costs

    mean = given["demand_mean"][rows]
    excess = excess_of(mean, variance_of(given)[rows])
    ahead = mean * given["lead_time"][rows]
    costs = given["holding_cost"][rows], given["stockout_cost"][rows]
    set_up = given["fixed_cost"][rows] * mean
    quantity, point = given["order_quantity"][rows], given["reorder_point"][rows]
    r, q, cost = best_count_batches(*costs, set_up, ahead, excess, quantity)
    asked = np.flatnonzero(~np.isnan(point))
    if len(asked):
        columns = (*costs, set_up, ahead, excess, point, quantity)
        cost[asked] = count_costs(*(column[asked] for column in columns))
        r[asked] = point[asked]
    return r, q, cost
