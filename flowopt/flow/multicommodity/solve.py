"""Picks an engine for a `MultiCommodityProblem`, runs it, checks the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowopt.core.engines import Engine, solve_with
from flowopt.core.options import Run

if TYPE_CHECKING:
    from flowopt.flow.multicommodity.problem import MultiCommodityProblem
    from flowopt.flow.multicommodity.solution import MultiCommoditySolution

_FEATURES = frozenset({"unmet_demand", "own_lanes", "groups", "site_capacities"})
_SMALL = 2_000  # lanes times commodities up to which one linear program is as quick

_BY_PATHS = Engine(
    "column_generation", "flowopt.flow.multicommodity.engines.column_generation", _FEATURES
)
_BY_LANES = Engine("arc_lp", "flowopt.flow.multicommodity.engines.arc_lp", _FEATURES)
ENGINES = (_BY_PATHS, _BY_LANES)
"""The engines of multi-commodity flow."""


def preferred(problem: MultiCommodityProblem) -> tuple[Engine, ...]:
    """Return the engines, the one for problems of this size first.

    Parameters
    ----------
    problem
        What to solve.
    """
    small = problem.num_lanes * problem.num_commodities <= _SMALL
    return (_BY_LANES, _BY_PATHS) if small else ENGINES


def solve(problem: MultiCommodityProblem, run: Run) -> MultiCommoditySolution:
    """Return the checked answer to a problem.

    Parameters
    ----------
    problem
        What to solve.
    run
        The live options.
    """
    return solve_with(preferred(problem), problem, run)
