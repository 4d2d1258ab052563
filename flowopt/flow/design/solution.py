"""The answer to a `DesignProblem`: what is open, what flows, or the least that would help."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.flow.design import check
from flowopt.flow.design.problem import DesignProblem
from flowopt.flow.design.states import FREE, OPEN

if TYPE_CHECKING:
    from flowopt.flow.design.explanation import Relaxation

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DesignValues:
    """The numbers of a design.

    Parameters
    ----------
    flow
        (A, K, T) flow on each lane, units per period.
    unmet
        (N, K, T) demand left unmet, units per period.
    open
        (N,) whether a site is there to be used.
    used
        (A,) whether a lane is there to be used.
    modules
        (M,) how many of each module are bought.
    """

    flow: FloatArray
    unmet: FloatArray
    open: npt.NDArray[np.bool_]
    used: npt.NDArray[np.bool_]
    modules: FloatArray

    def __post_init__(self) -> None:
        for array in vars(self).values():
            array.setflags(write=False)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DesignSolution(Solution[DesignProblem]):
    """Which sites are open, which lanes are used, what flows; or what keeps it from being so.

    Parameters
    ----------
    values
        The numbers; None when there is no solution.
    explanation
        The least relaxation that would make it feasible; None when there is a solution.

    Examples
    --------
    >>> problem = DesignProblem.from_arrays([0, 1], [2, 2], unit_cost=[1, 2], demand=[0, 0, 4],
    ...                                     site_fixed_cost=[9, 8, 0], site_capacity=[3, 2, 9])
    >>> solution = problem.solve()
    >>> solution.to_frame("sites")[["site", "open", "throughput", "fixed_cost"]]
       site  open  throughput  fixed_cost
    0     0  True         3.0         9.0
    1     1  True         1.0         8.0
    2     2  True         4.0         0.0
    >>> print(problem.replace(demand=[[[0]], [[0]], [[6]]]).solve().explanation)
    No design meets every rule. Each of these alone would help:
    - demand of 2 unmet by 1
    - capacity of site 0 raised by 1
    """

    values: DesignValues | None = None
    explanation: Relaxation | None = None

    def _values(self) -> DesignValues:
        self.require_solution()
        assert self.values is not None
        return self.values

    @property
    def flow(self) -> FloatArray:
        """(A, K, T) flow on each lane, units per period."""
        return self._values().flow

    @property
    def unmet(self) -> FloatArray:
        """(N, K, T) demand left unmet, units per period."""
        return self._values().unmet

    @property
    def open_sites(self) -> tuple[Any, ...]:
        """Ids of the sites that are open by decision, not those that are simply there."""
        decided = np.isin(self.problem.site_states, (FREE, OPEN))
        return tuple(self.problem.site_id[self._values().open & decided].tolist())

    @property
    def used_lanes(self) -> tuple[tuple[Any, Any, str | None], ...]:
        """Source, target and mode of the lanes that carry something."""
        problem = self.problem
        lanes = np.flatnonzero(self.flow.any(axis=(1, 2)))
        ends = zip(
            problem.site_id[problem.source[lanes]].tolist(),
            problem.site_id[problem.target[lanes]].tolist(),
            lanes.tolist(),
            strict=True,
        )
        mode = problem.mode
        return tuple((s, t, None if mode is None else str(mode[lane])) for s, t, lane in ends)

    @property
    def costs(self) -> dict[str, float]:
        """Parts of the cost: transport, handling, sites, lanes, modules, steps, unmet, carbon."""
        return check.design_costs(self.problem, self._values())

    @property
    def emissions(self) -> float:
        """Emissions of all flows in all periods."""
        return check.emissions(self.problem, self._values())

    @property
    def mean_distance(self) -> float:
        """Mean length of the last lanes to demand, km."""
        return check.mean_distance(self.problem, self._values())

    def tables(self) -> dict[str, dict[str, Any]]:
        """Return "sites", "lanes", "flows", "assignments", "modules" and "periods"."""
        from flowopt.flow.design.report import design_tables

        return design_tables(self.problem, self._values())

    def check(self) -> Report:
        """Recompute the cost and every rule."""
        return check.check_design(self.problem, self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures, or what keeps it from being feasible."""
        figures = super().summary()
        if self.explanation is not None:
            return figures | {"explanation": self.explanation.message}
        if not self.status.has_solution:
            return figures
        return figures | {
            "sites_open": len(self.open_sites),
            "lanes_used": int(self.flow.any(axis=(1, 2)).sum()),
            "unmet": float(self.unmet.sum()),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome, the explanation and all tables as plain Python values."""
        why = self.explanation
        return super().to_dict() | {"explanation": None if why is None else asdict(why)}

    def plot(self, ax: Any = None) -> Any:
        """Draw what goes through the sites that are open, and return the axes.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes new ones.
        """
        from flowopt.flow.design.chart import draw_sites

        return draw_sites(self, ax)
