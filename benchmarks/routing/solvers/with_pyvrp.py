"""PyVRP: iterated local search, one thread a process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from benchmarks.routing.answers import Activities, Answer
from benchmarks.routing.case import Loaded
from benchmarks.routing.solvers.base import ALL_VARIANTS, Search

if TYPE_CHECKING:
    from benchmarks.routing.integer_model import IntegerModel


class PyVRP:
    """PyVRP with its default parameters."""

    variants: ClassVar[frozenset[str]] = ALL_VARIANTS
    processes: ClassVar[int] = 2
    seeded: ClassVar[bool] = True
    package: ClassVar[str] = "pyvrp"

    def prepare(self, loaded: Loaded, search: Search) -> IntegerModel:
        """Return the model in integers, which is PyVRP's own."""
        return loaded.model

    def solve(self, prepared: IntegerModel, search: Search) -> Answer:
        """Search until the limit; its neighbours and its first plan are made within it."""
        from pyvrp import IteratedLocalSearchParams, SolveParams, solve

        began = time.perf_counter()
        record = _record(began)
        result = solve(
            prepared.data,
            lambda best: time.perf_counter() - began > search.limit,
            seed=search.seed,
            collect_stats=False,
            params=SolveParams(ils=IteratedLocalSearchParams(callbacks=record)),
        )
        trace = [(seconds, cost * prepared.unit) for seconds, cost in record.trace]
        details = {"iterations": result.num_iterations, "model": prepared.source}
        details |= {"unit": prepared.unit, "exact": prepared.exact}
        if not result.is_feasible():
            return Answer(trace=trace, details=details)
        routes = Activities(prepared).routes(result.best)
        return Answer(routes, trace=trace, details=details)


def _record(began: float) -> Any:
    """Return callbacks that note each better plan that holds."""
    from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks

    class Record(IteratedLocalSearchCallbacks):
        def __init__(self) -> None:
            self.trace: list[tuple[float, int]] = []
            self.best: Any = None

        def on_iteration(self, current: Any, candidate: Any, best: Any, costs: Any) -> None:
            if best is not self.best:
                self.best = best
                if best.is_feasible():
                    self.trace.append((time.perf_counter() - began, costs.cost(best)))

    return Record()
