"""Makes the solution of the options that were chosen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.inventory.distributions import Floats
from flowopt.inventory.ordering.engines.quantities import Quantities
from flowopt.inventory.ordering.problem import OrderProblem
from flowopt.inventory.ordering.solution import OrderSolution
from flowopt.inventory.ordering.status import OrderingStatus
from flowopt.inventory.selection.options import Ints, cost_of, relative_gap

_PROVEN = 1e-9
_DUST = 1e-9


def answer(
    problem: OrderProblem,
    run: Run,
    engine: str,
    quantities: Quantities,
    chosen: Ints,
    bound: float | None,
    shadow_price: Floats,
    stopped: Limit | None = None,
) -> OrderSolution:
    """Return the solution of the chosen options.

    Parameters
    ----------
    problem
        What to order.
    run
        Clock and seed of the search.
    engine
        Name of the engine.
    quantities
        What there was to choose from.
    chosen
        (n,) the option of each item.
    bound
        Proven lower bound on the cost; None when unknown.
    shadow_price
        (m,) what one more unit of each limit would save; NaN where unknown.
    stopped
        The limit that stopped the engine, where it knows.
    """
    options = quantities.options
    quantity, cost = options.amount[chosen], cost_of(options, chosen)
    if bound is not None:
        bound = min(bound, cost)
        bound = cost if relative_gap(cost, bound) <= _PROVEN else bound
    status = Status.OPTIMAL if bound == cost else Status.FEASIBLE
    limit = stopped or run.stopped()
    if status is Status.OPTIMAL:
        limit = None
    elif limit is None:
        limit = Limit.GAP
    run.report(cost, bound, 1)
    return OrderSolution(
        problem=problem,
        outcome=run.outcome(status, engine, cost=cost, bound=bound, limit=limit),
        quantity=quantity,
        wanted=quantities.wanted.copy(),
        expected_cost=options.cost[chosen],
        cost_without_order=options.cost[options.start[:-1]],
        shadow_price=shadow_price.copy(),
        order_status=_statuses(quantities, quantity),
    )


def _statuses(quantities: Quantities, quantity: Floats) -> npt.NDArray[np.str_]:
    """Return what is known about the order of each item."""
    problem, wanted = quantities.problem, quantities.wanted
    pack = problem.items["pack_size"]
    dust = _DUST * np.maximum(pack, problem.inventory_position)
    capped = quantities.need > problem.largest_order + dust
    conditions = [
        (np.isnan(quantities.need), OrderingStatus.NOT_SOLVED),
        (~problem.items["orderable"], OrderingStatus.NOT_ORDERABLE),
        (~problem.can_order & (quantities.need > dust), OrderingStatus.NO_QUANTITY),
        (quantity < wanted - dust, OrderingStatus.CUT),
        (wanted == 0, OrderingStatus.NONE),
        (capped, OrderingStatus.CAPPED),
    ]
    return np.select(
        [mask for mask, _ in conditions],
        [status.value for _, status in conditions],
        default=OrderingStatus.ORDER.value,
    )
