"""Cost against service distance, or against emissions: the ε-constraint method.

From the design of the least measure to the cheapest one, each design may have a little more of the
measure than the one before; so each is a start for the next. (Haimes, Lasdon, Wismer 1971.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.options import Options, Run
from flowopt.core.tables import make_frame
from flowopt.flow.design.engines.exact import solve_for

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem
    from flowopt.flow.design.solution import DesignSolution

_LIMIT_OF = {"distance": "max_mean_distance", "emissions": "max_emissions"}
_VALUE_OF = {"distance": "mean_distance", "emissions": "emissions"}
_ROOM = 1e-7  # by how much, relative, a limit may be passed that stems from an answer itself


@dataclass(frozen=True, eq=False)
class ParetoFront:
    """Designs from the cheapest to the one of the least measure.

    Parameters
    ----------
    measure
        ``"distance"`` or ``"emissions"``.
    solutions
        The designs, the cheapest first.
    """

    measure: str
    solutions: tuple[DesignSolution, ...]

    def columns(self) -> dict[str, Any]:
        """Return what makes up the frame: name → (n,) values."""
        found = self.solutions
        gaps = [np.nan if solution.gap is None else solution.gap for solution in found]
        return {
            "cost": np.array([solution.cost for solution in found]),
            self.measure: np.array([getattr(s, _VALUE_OF[self.measure]) for s in found]),
            "sites_open": np.array([len(solution.open_sites) for solution in found]),
            "status": np.array([str(solution.status) for solution in found]),
            "gap": np.array(gaps),
        }

    def to_frame(self) -> Any:
        """Return one row a design as a frame of the library that the input came in."""
        return make_frame(self.columns(), self.solutions[0].problem.backend)

    def plot(self, ax: Any = None) -> Any:
        """Draw cost against the measure, and return the axes.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes new ones.
        """
        from flowopt.flow.design.chart import draw_front

        return draw_front(self, ax)

    def __len__(self) -> int:
        return len(self.solutions)

    def __repr__(self) -> str:
        return f"<ParetoFront cost against {self.measure}, {len(self.solutions)} designs>"


def pareto(
    problem: DesignProblem,
    measure: Literal["distance", "emissions"],
    points: int,
    options: dict[str, Any],
) -> ParetoFront:
    """Return the trade-off between cost and a measure.

    Parameters
    ----------
    problem
        What to design.
    measure
        ``"distance"`` or ``"emissions"``.
    points
        Number of designs at most; those that turn out the same are told once.
    options
        The keywords of `DesignProblem.solve`.

    Raises
    ------
    ValidationError
        When the measure or the number of points cannot be used.
    NoSolutionError
        When there is no design at all.
    """
    _check_arguments(measure, points)
    with Run(Options(**options)) as run:
        cheapest = _solved(problem, run, run.options.initial, points + 1)
        cheapest.require_solution()
        least = solve_for(problem, measure, run.part(run.remaining() / points), cheapest)
        most_of = getattr(cheapest, _VALUE_OF[measure])
        least_of = getattr(least, _VALUE_OF[measure]) if least.status.has_solution else most_of
        found = [cheapest]
        start = least if least.status.has_solution else cheapest
        for place, limit in enumerate(np.linspace(least_of, most_of, points)[:-1].tolist()):
            if run.cancelled:
                break
            tight = problem.replace(**{_LIMIT_OF[measure]: limit + _ROOM * max(1.0, limit)})
            answer = _solved(tight, run, start, points - place)
            if answer.status.has_solution:
                found.append(answer)
                start = answer
    return ParetoFront(measure, _undominated(found, _VALUE_OF[measure]))


def _solved(problem: DesignProblem, run: Run, start: Any, left: int) -> DesignSolution:
    """Solve a problem from a start, in its share of the time that is left."""
    from flowopt.flow.design.solve import solve

    return solve(problem, run.part(run.remaining() / max(1, left), initial=start))


def _undominated(found: list[DesignSolution], name: str) -> tuple[DesignSolution, ...]:
    """Return designs by rising cost, each with less of the measure than those before."""
    best = np.inf
    kept = []
    for solution in sorted(found, key=lambda s: (s.cost, getattr(s, name))):
        value = getattr(solution, name)
        if value < best - _ROOM * max(1.0, abs(value)):
            kept.append(solution)
            best = value
    return tuple(kept)


def _check_arguments(measure: str, points: int) -> None:
    failures = Failures()
    if measure not in _LIMIT_OF:
        fix = f"write one of {', '.join(_LIMIT_OF)}"
        failures.add("pareto", "measure", None, measure, "unknown_choice", "is no measure", fix)
    if not isinstance(points, int) or isinstance(points, bool) or points < 2:
        fix = "give a whole number of 2 or more"
        failures.add("pareto", "points", None, points, "out_of_range", "cannot be used", fix)
    failures.raise_if_any()
