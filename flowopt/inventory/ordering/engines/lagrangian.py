"""The engine of prices: what each limit is worth, orders that keep the limits, and how good.

See `flowopt.inventory.selection`.
"""

from __future__ import annotations

from flowopt.core.options import Run
from flowopt.inventory.ordering.engines.answer import answer
from flowopt.inventory.ordering.engines.quantities import first_quantities, sharing_of
from flowopt.inventory.ordering.problem import OrderProblem
from flowopt.inventory.ordering.solution import OrderSolution
from flowopt.inventory.selection.prices import Hull, best_prices
from flowopt.inventory.selection.search import select
from flowopt.inventory.selection.warmup import load_selection_kernels

NAME = "lagrangian"

_MOST_ROUNDS = 40


def solve(problem: OrderProblem, run: Run) -> OrderSolution:
    """Return the orders of least cost that were found, with a bound."""
    run.discount(load_selection_kernels())
    quantities, sharing = first_quantities(problem, run), sharing_of(problem)
    exact = quantities.complete
    priced, near, settled = None, None, exact and not run.stopped()
    for done in range(_MOST_ROUNDS):
        if exact or run.stopped(iterations=done):
            break
        priced, _ = best_prices(Hull(quantities.options, sharing), run, near)
        if run.stopped():
            break
        near = priced.price
        more = quantities.around(near, sharing, run)
        if run.stopped():
            break
        settled = more is None
        if more is None:
            break
        quantities, priced = more, None  # whose prices are others
    found = select(quantities.options, sharing, run, priced, exact=exact)
    assert found is not None, "no order at all always keeps the limits"
    bound = found.bound if settled else None
    return answer(problem, run, NAME, quantities, found.chosen, bound, found.price)
