"""The best quantities of given visits, all together: a linear program.

The search sets quantities customer by customer, on a grid. What two customers could gain by sharing
a vehicle in another way, it may miss.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.status import Limit
from flowopt.planning.inventory_routing.outcome import Visits, costs, levels
from flowopt.planning.inventory_routing.requirements import most_received, needed, whole_numbers
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearModel

if TYPE_CHECKING:
    from flowopt.planning.inventory_routing.problem import InventoryRoutingProblem

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SECONDS_A_VISIT = 3e-4
"""About what it takes."""
_MOST_VISITS = 20_000
_NODES = 100  # of a search for whole quantities; mostly the first is enough
_NOTHING = 1e-9  # of the largest quantity


def best_quantities(problem: InventoryRoutingProblem, visits: Visits, run: Run) -> Visits:
    """Return the visits with the quantities of least cost; as they are where that is not known.

    Parameters
    ----------
    problem
        The problem.
    visits
        Visits that keep all rules and leave no shortage.
    run
        Clock and cancel token.
    """
    filling = problem.policy == "order_up_to"
    if filling or not 0 < len(visits) <= _MOST_VISITS or run.stopped() is Limit.CANCELLED:
        return visits
    if levels(problem, visits).shortage.any():
        return visits
    result = solve_linear(_model(problem, visits), run, nodes=_NODES)
    if result.values is None:
        return visits
    quantity = np.maximum(result.values, 0.0)
    kept = quantity > _NOTHING * quantity.max()
    better = dataclasses.replace(visits, quantity=quantity)
    better = Visits(*(values[kept] for values in vars(better).values()))
    before, after = (math.fsum(costs(problem, plan).values()) for plan in (visits, better))
    return better if after < before and not levels(problem, better).shortage.any() else visits


def _model(problem: InventoryRoutingProblem, visits: Visits) -> LinearModel:
    """Return the model whose columns are the quantities of the visits."""
    from scipy.sparse import coo_array, vstack

    periods = problem.demand.shape[1]
    by_customer, least, most = _levels(problem, visits)
    route = np.cumsum(visits.first) - 1
    places = np.arange(len(visits))
    by_route = coo_array((np.ones(len(visits)), (route, places)))
    sent = np.arange(periods)[:, None] >= visits.period[None, :]
    limited = np.isfinite(problem.available)
    matrix = vstack([by_customer, by_route, coo_array(sent[limited].astype(np.float64))])
    upper = [most, np.full(route[-1] + 1, problem.capacity), problem.available[limited]]
    rate = problem.customers["holding_cost"] - problem.depot["holding_cost"][0]
    rows = matrix.shape[0]
    return LinearModel(
        cost=rate[visits.customer] * (periods - visits.period),
        lower=np.zeros(len(visits)),
        upper=np.full(len(visits), np.inf),
        matrix=matrix.tocsc(),
        row_lower=np.concatenate([least, np.full(rows - len(least), -np.inf)]),
        row_upper=np.concatenate(upper),
        integer=np.full(len(visits), whole_numbers(problem)),
    )


def _levels(problem: InventoryRoutingProblem, visits: Visits) -> tuple[object, Floats, Floats]:
    """Return which visits count up to each one of a customer, and the least and most they bring."""
    from scipy.sparse import coo_array

    order = np.lexsort((visits.period, visits.customer))
    customer, period = visits.customer[order], visits.period[order]
    last = np.append(customer[1:] != customer[:-1], True)
    until = np.where(last, problem.demand.shape[1], np.append(period[1:], 0)) - 1
    first = np.flatnonzero(np.append(True, last[:-1]))
    number = np.arange(len(order)) - first[np.cumsum(np.append(True, last[:-1])) - 1] + 1
    row = np.repeat(np.arange(len(order)), number)
    back = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    entries = (np.ones(len(row)), (row, order[row - back]))
    size = (len(order), len(order))
    least = needed(problem)[customer, until]
    return coo_array(entries, shape=size), least, most_received(problem)[customer, period]
