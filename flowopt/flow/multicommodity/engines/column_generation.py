"""Paths as columns: compiled shortest paths and a compiled restricted master.

(Ford and Fulkerson, Management Science 5 (1958) 97–101; Tomlin, Operations Research 14 (1966)
45–51.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.options import Run
from flowopt.core.status import Limit
from flowopt.flow.multicommodity.generation import Generation
from flowopt.flow.multicommodity.kernels.state import NUM_PIVOTS, TIGHT_COUNT
from flowopt.flow.multicommodity.layout import layout_of
from flowopt.flow.multicommodity.pipeline import answered, explained, stopped
from flowopt.flow.multicommodity.warmup import load_kernels

if TYPE_CHECKING:
    from flowopt.flow.multicommodity.problem import MultiCommodityProblem
    from flowopt.flow.multicommodity.solution import MultiCommoditySolution

NAME = "column_generation"


def solve(problem: MultiCommodityProblem, run: Run) -> MultiCommoditySolution:
    """Solve a problem.

    Parameters
    ----------
    problem
        Sites, lanes, commodities.
    run
        The live options.
    """
    limit = run.stopped()
    if limit:
        return stopped(problem, run, NAME, limit)
    run.discount(load_kernels())
    layout = layout_of(problem)
    search = Generation(layout, run)
    reason = search.search(problem.target_gap)
    if reason in ("unreachable", "over"):
        answer = explained(problem, layout, run, NAME, **_details(search))
        if answer is not None:
            return answer
        search.known_feasible = True
        reason = search.search(problem.target_gap)
    limit = reason if isinstance(reason, Limit) else None
    if search.over or not search.rounds:
        return stopped(problem, run, NAME, limit or Limit.GAP, **_details(search))
    return answered(problem, layout, search.routing(), run, NAME, limit, **_details(search))


def _details(search: Generation) -> dict[str, int]:
    counts = search.state.counts
    return {
        "rounds": search.rounds,
        "pivots": int(counts[NUM_PIVOTS]),
        "blocks": search.layout.num_blocks,
        "tight_rows": int(counts[TIGHT_COUNT]),
    }
