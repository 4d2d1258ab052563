"""What a sweep changes: named scenarios, each of one or more changes of a problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Column, Table
from flowopt.core.errors import Failure, ValidationError
from flowopt.core.tables import DEFAULT_BACKEND, make_frame

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem

IndexArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

ON_LANES = ("lane_closed", "capacity", "unit_cost")
ON_SITES = ("site_closed", "demand", "supply", "site_capacity", "handling_cost")
KINDS = (*ON_LANES, *ON_SITES)
"""The kinds of changes: what is closed, or the column of the problem that gets a new value."""

CLOSINGS = ("lane_closed", "site_closed")

SCENARIOS = Table(
    "scenarios",
    "What changes in each scenario; rows of one name belong together.",
    (
        Column("scenario", "id", "name of the scenario"),
        Column("kind", "choice", "what changes", choices=KINDS),
        Column("id", "id", "the site; or the lane, by its name (`A → B (road)`) or its position"),
        Column(
            "value",
            "float",
            "new value of a column of the problem; empty for what is closed",
            default=float("nan"),
            infinite=True,
        ),
    ),
)
"""The table of scenarios of `sweep`."""


@dataclass(frozen=True, eq=False, repr=False)
class Scenarios:
    """Named scenarios of one problem.

    Parameters
    ----------
    names
        (S,) names, each once.
    scenario
        (R,) position of the scenario of each change, ascending.
    kind
        (R,) what changes: a position in `KINDS`.
    place
        (R,) position of the lane or the site that changes.
    value
        (R,) the new value; NaN for what is closed.

    Examples
    --------
    >>> from flowopt.flow import FlowProblem
    >>> problem = FlowProblem.from_arrays([0, 0], [1, 1], unit_cost=[2, 3], supply=[9, 0],
    ...                                   demand=[0, 4])
    >>> scenarios = every_lane(problem) + every_site(problem)
    >>> len(scenarios), scenarios.names[-1]
    (4, 'site 1 closed')
    """

    names: npt.NDArray[Any]
    scenario: IndexArray
    kind: npt.NDArray[np.uint8]
    place: IndexArray
    value: FloatArray

    def __post_init__(self) -> None:
        for array in (self.names, self.scenario, self.kind, self.place, self.value):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"<Scenarios {len(self.names):,} scenarios, {len(self.scenario):,} changes>"

    def __add__(self, other: Scenarios) -> Scenarios:
        """Return the scenarios of both, one after the other."""
        twice = np.intersect1d(self.names.astype(np.str_), other.names.astype(np.str_))
        if len(twice):
            fix, name = "rename one of them", twice[0].item()
            message = "names a scenario of both"
            fault = Failure("scenarios", "scenario", None, name, "duplicate_id", message, fix)
            raise ValidationError([fault])
        return Scenarios(
            np.concatenate([self.names.astype(object), other.names.astype(object)]),
            np.concatenate([self.scenario, other.scenario + len(self)]),
            np.concatenate([self.kind, other.kind]),
            np.concatenate([self.place, other.place]),
            np.concatenate([self.value, other.value]),
        )

    def of_kind(self, *kinds: str) -> npt.NDArray[np.bool_]:
        """Return which rows are changes of some kinds."""
        wanted = np.isin(KINDS, kinds)
        found: npt.NDArray[np.bool_] = wanted[self.kind]
        return found

    def rows(self, *kinds: str) -> IndexArray:
        """Return the rows of the changes of some kinds."""
        return np.flatnonzero(self.of_kind(*kinds))

    def places(self, *kinds: str) -> IndexArray:
        """Return the lanes or sites that changes of some kinds concern, row by row."""
        return self.place[self.of_kind(*kinds)]

    def values(self, *kinds: str) -> FloatArray:
        """Return the new values of the changes of some kinds, row by row."""
        return self.value[self.of_kind(*kinds)]

    def take(self, chosen: IndexArray) -> Scenarios:
        """Return some of the scenarios, in the order in which their positions are given."""
        first = np.searchsorted(self.scenario, chosen, side="left")
        count = np.searchsorted(self.scenario, chosen, side="right") - first
        before = np.cumsum(count) - count
        rows = np.arange(count.sum()) + np.repeat(first - before, count)
        scenario = np.repeat(np.arange(len(chosen)), count)
        columns = (column[rows] for column in (self.kind, self.place, self.value))
        return Scenarios(self.names[chosen], scenario, *columns)

    def to_frame(self, problem: FlowProblem, backend: str = DEFAULT_BACKEND) -> Any:
        """Return the table of scenarios, as `sweep` takes it.

        Parameters
        ----------
        problem
            The problem that the scenarios change; its lanes are given by position.
        backend
            Library of the frame.
        """
        on_lane = self.of_kind(*ON_LANES)
        ids = problem.site_id[np.where(on_lane, 0, self.place)].astype(object)
        ids[on_lane] = self.place[on_lane]
        columns = {
            "scenario": self.names[self.scenario],
            "kind": np.array(KINDS)[self.kind],
            "id": ids.astype(np.str_),
            "value": self.value,
        }
        return make_frame(columns, backend)


def lane_names(problem: FlowProblem, lanes: IndexArray | None = None) -> list[str]:
    """Return the names of lanes (see `FlowProblem.lane_name`), as many at once.

    Parameters
    ----------
    problem
        Sites and lanes.
    lanes
        Positions; None takes all.
    """
    chosen = range(problem.num_lanes) if lanes is None else lanes.tolist()
    if problem.mode is not None or getattr(problem, "undirected", np.zeros(1)).any():
        return [problem.lane_name(lane) for lane in chosen]
    site = [str(name) for name in problem.site_id.tolist()]
    source, target = problem.source.tolist(), problem.target.tolist()
    return [f"{site[source[lane]]} → {site[target[lane]]}" for lane in chosen]


def _closed(names: list[str], kind: str, place: IndexArray) -> Scenarios:
    count = len(place)
    return Scenarios(
        np.array(names, dtype=object),
        np.arange(count),
        np.full(count, KINDS.index(kind), dtype=np.uint8),
        place.astype(np.int64),
        np.full(count, np.nan),
    )


def every_lane(problem: FlowProblem) -> Scenarios:
    """Return a scenario for each lane, in which it is closed.

    Parameters
    ----------
    problem
        Sites and lanes.

    Examples
    --------
    >>> from flowopt.flow import FlowProblem
    >>> problem = FlowProblem.from_arrays([0], [1], supply=[1, 0], demand=[0, 1])
    >>> every_lane(problem).names.tolist()
    ['lane 0 → 1 closed']
    """
    plain = lane_names(problem)
    names = [f"lane {name} closed" for name in plain]
    if len(set(plain)) < len(plain):  # parallel lanes are told apart by their position
        seen: dict[str, int] = {}
        for name in plain:
            seen[name] = seen.get(name, 0) + 1
        for lane, name in enumerate(plain):
            if seen[name] > 1:
                names[lane] = f"lane {lane}: {name} closed"
    return _closed(names, "lane_closed", np.arange(problem.num_lanes))


def every_site(problem: FlowProblem, sites: npt.ArrayLike | None = None) -> Scenarios:
    """Return a scenario for each site, in which it is closed.

    Parameters
    ----------
    problem
        Sites and lanes.
    sites
        Ids of the sites; None takes all.

    Raises
    ------
    ValidationError
        With every id that is no site's.

    Examples
    --------
    >>> from flowopt.flow import FlowProblem
    >>> problem = FlowProblem.from_arrays([0], [1], supply=[1, 0], demand=[0, 1])
    >>> every_site(problem, [1]).names.tolist()
    ['site 1 closed']
    """
    from flowopt.flow.sweeps.reading import site_positions

    place = np.arange(problem.num_sites)
    if sites is not None:
        place = site_positions(problem, np.asarray(sites))
    names = [f"site {name} closed" for name in problem.site_id[place].tolist()]
    return _closed(names, "site_closed", place)


def random_demand(
    problem: FlowProblem, count: int, *, spread: float = 0.2, seed: int = 0, decimals: int = 0
) -> Scenarios:
    """Return scenarios in which every demand is drawn anew around what it is.

    Each demand is multiplied by a factor of its own from a lognormal distribution of mean 1, so
    that none falls below 0 and the mean stays.

    Parameters
    ----------
    problem
        Sites and lanes.
    count
        Number of scenarios.
    spread
        Coefficient of variation of the factor: standard deviation over mean.
    seed
        Seed of the draws; the same gives the same scenarios.
    decimals
        Decimals to which demands are rounded.

    Raises
    ------
    ValidationError
        When a number cannot be used.

    Examples
    --------
    >>> from flowopt.flow import FlowProblem
    >>> problem = FlowProblem.from_arrays([0], [1], supply=[200, 0], demand=[0, 100])
    >>> random_demand(problem, 3).value.tolist()
    [101.0, 96.0, 111.0]
    """
    from flowopt.flow.sweeps.reading import check_draws

    check_draws(count, spread, seed, decimals)
    sites = np.flatnonzero(problem.demand > 0)
    deviation = np.sqrt(np.log1p(spread**2))
    draws = np.random.default_rng(seed).normal(
        -(deviation**2) / 2, deviation, size=(count, len(sites))
    )
    value = np.round(problem.demand[sites] * np.exp(draws), decimals)
    width = len(str(count - 1))
    return Scenarios(
        np.array([f"demand {draw:0{width}d}" for draw in range(count)], dtype=object),
        np.repeat(np.arange(count), len(sites)),
        np.full(value.size, KINDS.index("demand"), dtype=np.uint8),
        np.tile(sites, count),
        value.ravel(),
    )
