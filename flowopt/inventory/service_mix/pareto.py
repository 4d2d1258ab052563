"""What service costs: the cheapest stock for each of many targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.errors import EngineError, Failures, NoSolutionError
from flowopt.core.options import Options, Run
from flowopt.core.tables import make_frame
from flowopt.inventory.service_mix.engines.lagrangian import solve_among
from flowopt.inventory.service_mix.engines.levels import levels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flowopt.inventory.service_mix.problem import ServiceMixProblem
    from flowopt.inventory.service_mix.solution import ServiceMixSolution

_MOST_SHORT, _LEAST_SHORT = 0.3, 0.005  # of the curve that is drawn when no targets are given


@dataclass(frozen=True, eq=False)
class ServiceCurve:
    """The cheapest stock for each of many targets, beside what one target for all items costs.

    Parameters
    ----------
    solutions
        The mixes, by rising target.
    uniform_cost
        (n,) value of the stock when every item has the same fill rate as its target, and all
        together reach the aggregate; NaN where that is out of reach.
    """

    solutions: tuple[ServiceMixSolution, ...]
    uniform_cost: tuple[float, ...]

    def columns(self) -> dict[str, Any]:
        """Return what makes up the frame: name → (n,) values."""
        found = self.solutions
        return {
            "target": np.array([solution.problem.fill_rate for solution in found]),
            "fill_rate": np.array([solution.fill_rate for solution in found]),
            "cost": np.array([solution.cost for solution in found]),
            "bound": np.array([solution.bound for solution in found], dtype=np.float64),
            "uniform_cost": np.array(self.uniform_cost),
            "units": np.array([float(solution.average_stock.sum()) for solution in found]),
            "status": np.array([str(solution.status) for solution in found]),
        }

    def to_frame(self) -> Any:
        """Return one row a target as a frame of the library that the input came in."""
        return make_frame(self.columns(), self.solutions[0].problem.backend)

    def plot(self, ax: Any = None) -> Any:
        """Draw the value of stock against service, and return the axes.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes a figure.
        """
        from flowopt.inventory.service_mix.chart import draw_curve

        return draw_curve(self, ax)

    def __len__(self) -> int:
        return len(self.solutions)

    def __repr__(self) -> str:
        return f"<ServiceCurve {len(self.solutions)} targets>"


def pareto(
    problem: ServiceMixProblem,
    targets: Sequence[float] | None,
    points: int,
    options: dict[str, Any],
) -> ServiceCurve:
    """Return the trade-off between service and the value of stock.

    Parameters
    ----------
    problem
        The items; its own target plays no part.
    targets
        The targets; None for `points` of them.
    points
        How many, when they are not given.
    options
        Keywords of `flowopt.core.options.Options`.

    Raises
    ------
    ValidationError
        When a target or option cannot be used.
    NoSolutionError
        When there was no time for a single point.
    """
    wanted = _targets(targets, points)
    problems = [problem.replace(fill_rate=target) for target in wanted]
    found, uniform = [], []
    with Run(Options(**options)) as run:
        levels = levels_of(problem, wanted[-1], run)
        for part in problems if levels is not None else []:
            if run.stopped():
                break
            assert levels is not None
            solution = solve_among(part, levels, run.part(run.remaining()))
            if not solution.status.has_solution:
                break
            report = solution.check()
            if not report.ok:
                raise EngineError(f"a point of the curve does not hold:\n{report}")
            found.append(solution)
            cost = levels.uniform_cost(part)
            uniform.append(np.nan if cost is None else cost)
    if not found:
        raise NoSolutionError("there was no time for a point of the curve, or no service to reach")
    return ServiceCurve(tuple(found), tuple(uniform))


def _targets(targets: Sequence[float] | None, points: int) -> list[float]:
    """Return the targets, rising, each once."""
    failures = Failures()
    if not isinstance(points, int) or isinstance(points, bool) or points < 2:
        fix = "give a whole number of 2 or more"
        failures.add("pareto", "points", None, points, "out_of_range", "cannot be used", fix)
    given = None if targets is None else np.asarray(targets)
    if given is not None:
        if given.ndim != 1 or not given.size or given.dtype.kind not in "iuf":
            fix = "give a list of numbers above 0 and below 1"
            failures.add("pareto", "targets", None, None, "wrong_type", "are no targets", fix)
        else:
            for row in np.flatnonzero(~((given > 0) & (given < 1))).tolist():
                message, fix = "is no target", "give a number above 0 and below 1"
                value = given[row].item()
                failures.add("pareto", "targets", row, value, "out_of_range", message, fix)
    failures.raise_if_any()
    if given is not None:
        return sorted(set(given.astype(np.float64).tolist()))
    short = np.geomspace(_MOST_SHORT, _LEAST_SHORT, points)
    return [round(float(1 - share), 6) for share in short]
