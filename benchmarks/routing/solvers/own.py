"""flowopt itself, with as many threads as there are cores for a solver."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from benchmarks.routing.answers import Answer
from benchmarks.routing.case import Loaded, Unsupported
from benchmarks.routing.solvers.base import ALL_VARIANTS, Search

if TYPE_CHECKING:
    from flowopt import Progress, RoutingProblem


class Flowopt:
    """flowopt.

    Parameters
    ----------
    engine
        Name of an engine.
    """

    variants: ClassVar[frozenset[str]] = ALL_VARIANTS
    processes: ClassVar[int] = 1
    seeded: ClassVar[bool] = True
    package: ClassVar[str] = "flowopt"

    def __init__(self, engine: str = "auto") -> None:
        self.engine = engine

    def prepare(self, loaded: Loaded, search: Search) -> RoutingProblem:
        """Return the problem; the kernels are loaded, as are the libraries of peers."""
        from flowopt.cli import main as flowopt

        if loaded.problem is None:
            raise Unsupported(loaded.refusal)
        flowopt(["warmup"])
        return loaded.problem

    def solve(self, prepared: RoutingProblem, search: Search) -> Answer:
        """Search, and note the cost as it is told."""
        from flowopt import UnsupportedFeatureError

        trace: list[tuple[float, float]] = []

        def note(progress: Progress) -> None:
            if progress.cost is not None:
                trace.append((progress.elapsed, progress.cost))

        try:
            solution = prepared.solve(
                time_limit=search.limit,
                seed=search.seed,
                engine=self.engine,
                workers=search.threads,
                on_progress=note,
            )
        except UnsupportedFeatureError as error:
            raise Unsupported(str(error)) from error
        details = {"engine": solution.engine, "limit": str(solution.limit or "")}
        if not solution.status.has_solution:
            return Answer(trace=trace, details=details)
        ended = solution.limit is None
        return Answer(solution=solution, trace=trace, ended=ended, details=details)
