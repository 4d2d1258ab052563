"""The engine of one mixed-integer model over every quantity, solved by HiGHS."""

from __future__ import annotations

import numpy as np

from flowopt.core.options import Run
from flowopt.inventory.ordering.engines.answer import answer
from flowopt.inventory.ordering.engines.quantities import first_quantities, sharing_of
from flowopt.inventory.ordering.problem import OrderProblem
from flowopt.inventory.ordering.solution import OrderSolution
from flowopt.inventory.selection.model import select_by_model

NAME = "highs"


def solve(problem: OrderProblem, run: Run) -> OrderSolution:
    """Return the orders of least cost; where the search ends early, at worst no orders at all."""
    quantities = first_quantities(problem, run, every=True)
    complete = run.stopped() is None
    sharing = sharing_of(problem)
    found = select_by_model(quantities.options, sharing, run)
    chosen = quantities.options.start[:-1] if found.chosen is None else found.chosen
    unknown = np.full(sharing.num_limits, np.nan)
    bound = found.bound if complete else None
    return answer(problem, run, NAME, quantities, chosen, bound, unknown, found.limit)
