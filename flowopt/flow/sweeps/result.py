"""The answer to a sweep: what each scenario costs, and what cannot be served in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failure, NoSolutionError, ValidationError
from flowopt.core.status import Limit, Status
from flowopt.core.tables import make_frame
from flowopt.flow.expansion import FloatArray, IndexArray
from flowopt.flow.sweeps.scenarios import Scenarios
from flowopt.flow.sweeps.translate import changed_problem

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem


@dataclass(frozen=True, eq=False)
class LaneChanges:
    """Lanes that carry something else than in the base, one row each, sorted by scenario.

    Parameters
    ----------
    scenario, lane
        (F,) positions of the scenario and of the lane.
    flow, change
        (F,) what the lane carries then, and by how much that differs, units per period.
    """

    scenario: IndexArray
    lane: IndexArray
    flow: FloatArray
    change: FloatArray


@dataclass(frozen=True, eq=False, repr=False)
class SweepResult:
    """What became of each scenario.

    Parameters
    ----------
    problem
        The problem that was swept.
    scenarios
        What changed.
    base_status, base_cost, base_flow
        The problem without a change: OPTIMAL, INFEASIBLE or UNBOUNDED; its cost, and what each of
        its lanes carries, both with as little as possible missed.
    status
        (S,) OPTIMAL; INFEASIBLE when not all that must be can be; UNBOUNDED; NO_SOLUTION_FOUND when
        the sweep ended before.
    cost
        (S,) cost; of an infeasible scenario, that of what can be done. NaN where there is none.
    delta
        (S,) by how much it is more than the base's.
    unmet
        (S,) demand left unmet, at a price or because it cannot be met, units per period.
    missed
        (S,) minimum flows not kept and supply not used that must be, units per period.
    lanes_changed
        (S,) number of lanes that carry something else than in the base.
    engine
        (S,) ``"skip"``, ``"reroute"`` or ``"simplex"``; empty where there is no answer.
    changes
        What these lanes carry, None unless asked for.
    limit
        What ended the sweep early, None when nothing did.
    runtime
        Seconds.
    details
        What is on record: the checks that were made, and how the method was chosen.

    Examples
    --------
    >>> from flowopt.flow import FlowProblem, every_lane, sweep
    >>> problem = FlowProblem.from_arrays([0, 0], [1, 1], capacity=[4, 9], unit_cost=[1, 2],
    ...                                   supply=[9, 0], demand=[0, 4])
    >>> result = sweep(problem, every_lane(problem), keep_flows=True)
    >>> result.base_cost, result.delta
    (4.0, array([4., 0.]))
    >>> result.flow("lane 0: 0 → 1 closed")
    array([0., 4.])
    """

    problem: FlowProblem
    scenarios: Scenarios
    base_status: Status
    base_cost: float
    base_flow: FloatArray
    status: npt.NDArray[np.str_]
    cost: FloatArray
    delta: FloatArray
    unmet: FloatArray
    missed: FloatArray
    lanes_changed: IndexArray
    engine: npt.NDArray[np.str_]
    changes: LaneChanges | None
    limit: Limit | None
    runtime: float
    details: dict[str, Any]

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __len__(self) -> int:
        return len(self.status)

    @property
    def num_answered(self) -> int:
        """Number of scenarios that have been answered."""
        return int((self.status != Status.NO_SOLUTION_FOUND).sum())

    def _table(self) -> dict[str, Any]:
        return {
            "scenario": self.scenarios.names,
            "status": self.status,
            "cost": self.cost,
            "delta": self.delta,
            "unmet": self.unmet,
            "missed": self.missed,
            "lanes_changed": self.lanes_changed,
            "engine": self.engine,
        }

    def to_frame(self, name: str = "scenarios") -> Any:
        """Return a table as a frame of the library that the problem came in.

        Parameters
        ----------
        name
            ``"scenarios"``, one row a scenario, in the order in which they were given; or
            ``"flows"``, one row a lane that carries something else, when flows were kept.

        Raises
        ------
        NoSolutionError
            When flows were not kept.
        KeyError
            When there is no table of this name.
        """
        if name == "scenarios":
            return make_frame(self._table(), self.problem.backend)
        if name != "flows":
            raise KeyError(f"no table {name!r}; there are scenarios, flows")
        changes, problem = self._changes(), self.problem
        modes = {} if problem.mode is None else {"mode": problem.mode[changes.lane]}
        columns = {
            "scenario": self.scenarios.names[changes.scenario],
            "lane": changes.lane,
            "source": problem.site_id[problem.source[changes.lane]],
            "target": problem.site_id[problem.target[changes.lane]],
            **modes,
            "flow": changes.flow,
            "change": changes.change,
        }
        return make_frame(columns, problem.backend)

    def worst(self, count: int = 10) -> Any:
        """Return the rows of the scenarios that miss most, and then cost most, as a frame.

        Parameters
        ----------
        count
            How many.
        """
        answered = np.flatnonzero(np.isfinite(self.cost))
        short = self.unmet[answered] + self.missed[answered]
        order = answered[np.lexsort((-self.cost[answered], -short))][:count]
        table = {name: column[order] for name, column in self._table().items()}
        return make_frame(table, self.problem.backend)

    def flow(self, scenario: str | int) -> FloatArray:
        """Return (A,) what each lane carries in a scenario.

        Parameters
        ----------
        scenario
            Name of the scenario.

        Raises
        ------
        NoSolutionError
            When flows were not kept, or the scenario has no answer.
        ValidationError
            When there is no such scenario.
        """
        changes, place = self._changes(), self._position(scenario)
        if not np.isfinite(self.cost[place]):
            raise NoSolutionError(f"scenario {scenario!r} has no flows: {self.status[place]}")
        first, last = np.searchsorted(changes.scenario, [place, place + 1])
        flow = self.base_flow.copy()
        flow[changes.lane[first:last]] = changes.flow[first:last]
        return flow

    def problem_of(self, scenario: str | int) -> FlowProblem:
        """Return the problem of a scenario, to be solved, explained or looked into by itself.

        Parameters
        ----------
        scenario
            Name of the scenario.

        Raises
        ------
        ValidationError
            When there is no such scenario.
        """
        return changed_problem(self.problem, self.scenarios, self._position(scenario))

    def _position(self, scenario: str | int) -> int:
        found = np.flatnonzero(self.scenarios.names.astype(np.str_) == str(scenario))
        if not len(found):
            fix = "give the name of one that was swept"
            fault = ("unknown_id", "is no scenario", fix)
            raise ValidationError([Failure("sweep", "scenario", None, scenario, *fault)])
        return int(found[0])

    def _changes(self) -> LaneChanges:
        if self.changes is None:
            raise NoSolutionError("the flows were not kept: sweep with keep_flows=True")
        return self.changes

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        engines = Counter(self.engine[self.engine != ""].tolist())
        statuses = Counter(self.status.tolist())
        figures: dict[str, Any] = {"scenarios": len(self), "base_cost": self.base_cost}
        figures |= {name.lower(): count for name, count in sorted(statuses.items())}
        if np.isfinite(self.delta).any():
            figures["largest_delta"] = float(np.nanmax(self.delta))
            figures["largest_unmet"] = float(np.nanmax(self.unmet))
        figures |= {f"by_{name}": count for name, count in sorted(engines.items())}
        if self.limit is not None:
            figures["limit"] = str(self.limit)
        return figures | {"runtime": round(self.runtime, 3)}

    def __repr__(self) -> str:
        figures = ", ".join(f"{name}={_shown(value)}" for name, value in self.summary().items())
        return f"<SweepResult {figures}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(_shown(value))}</td>"
            "</tr>"
            for name, value in self.summary().items()
        )
        return f"<table><caption>SweepResult</caption>{rows}</table>"


def _shown(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
