"""The ways between the places of a plan and new ones: new clients, vehicles on the road."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns
from flowopt.routing.computed import ComputedTravel, travel_between
from flowopt.routing.labels import in_table_order
from flowopt.routing.traffic import speeds_of
from flowopt.routing.travel import MatrixTravel, Points, Travel
from flowopt.routing.validate import read_matrix

if TYPE_CHECKING:
    from flowopt.routing.news import News
    from flowopt.routing.parts import Bools, Ints
    from flowopt.routing.problem import RoutingProblem


@dataclass(frozen=True, eq=False)
class Ways:
    """The ways between places: the locations of a problem, new clients, reported positions.

    Parameters
    ----------
    problem
        The problem.
    travel
        The ways of each profile, that of all first; of those that coordinates make only a formula.
    points
        Where the places lie; None where that is not known of all.
    """

    problem: RoutingProblem
    travel: tuple[Travel, ...]
    points: Points | None

    def leg(self, vehicle_type: int, source: int, target: int) -> tuple[float, float]:
        """Return how far a vehicle type goes between two places, and how long, traffic aside."""
        types = self.problem.vehicle_types
        travel = self.travel[int(types.profile[vehicle_type])]
        distance, duration = travel.legs([source], [target])
        return float(distance[0]), float(duration[0] / types.speed_factor[vehicle_type])

    def arrival(self, vehicle_type: int, source: int, target: int, departure: float) -> float:
        """Return when a vehicle type arrives that departs at a moment, breaks aside."""
        speeds = speeds_of(self.problem, vehicle_type)
        return speeds.arrival(departure, self.leg(vehicle_type, source, target)[1])

    def among(self, places: Ints) -> dict[str, Any]:
        """Return ``travel``, ``profiles`` and ``points`` of a problem with some of the places.

        Parameters
        ----------
        places
            (l,) the place of each location: the depots first, then the clients.
        """
        old = (self.problem.travel, *self.problem.profiles)
        made: dict[int, Travel] = {}  # profiles that take the ways of all stay the same object
        for before, now in zip(old, self.travel, strict=True):
            if id(before) not in made:
                made[id(before)] = _among(before, now, places)
        travels = [made[id(before)] for before in old]
        points = None if self.points is None else _some(self.points, places)
        return {"travel": travels[0], "profiles": tuple(travels[1:]), "points": points}


def _some(points: Points, places: Ints) -> Points:
    return Points(points.x[places], points.y[places], points.geographic)


def _among(before: Travel, now: Travel, places: Ints) -> Travel:
    """Return the ways between some places, in matrices as before or by their formula."""
    if isinstance(now, ComputedTravel):
        if isinstance(before, MatrixTravel) and places.max(initial=0) < before.num_locations:
            formula = ComputedTravel(
                _some(now.points, places), now.metric, now.detour_factor, now.pace
            )
            return _picked(before, places, formula)
        return travel_between(_some(now.points, places), now.metric, now.detour_factor, now.pace)
    assert isinstance(now, MatrixTravel)
    return _picked(now, places, None)


def _picked(travel: MatrixTravel, places: Ints, formula: Travel | None) -> MatrixTravel:
    """Return the rows and columns of some places; from a place to itself there is no way to go."""
    square = np.ix_(places, places)
    same = places[:, None] == places[None, :]
    np.fill_diagonal(same, False)
    matrices = []
    for matrix in (travel.distance, travel.duration)[: 1 if travel.one_measure else 2]:
        picked = matrix[square]
        picked[same] = 0.0
        picked.setflags(write=False)
        matrices.append(picked)
    return MatrixTravel(matrices[0], matrices[-1], formula)


def ways_to(
    problem: RoutingProblem,
    news: News,
    distance_matrix: Any,
    duration_matrix: Any,
    profiles: Mapping[str, Any] | None,
    failures: Failures,
) -> Ways:
    """Return the ways between the locations of a problem, new clients and reported positions.

    Parameters
    ----------
    problem
        The problem.
    news
        What has happened.
    distance_matrix, duration_matrix, profiles
        The caller's matrices between all places, where coordinates do not make them.
    failures
        Where faults are collected.
    """
    points = _points(problem, news)
    given = {"": (distance_matrix, duration_matrix)} | _pairs(profiles or {})
    names = ("", *problem.profile_names)
    for name in given:
        if name not in names:
            fix = f"name one of {', '.join(names[1:])}" if len(names) > 1 else "leave it out"
            failures.add("remaining", "profiles", None, name, "unknown_id", "is no profile", fix)
    travels: list[Travel] = []
    for name, travel in zip(names, (problem.travel, *problem.profiles), strict=True):
        pair = given.get(name, (None, None))
        told_none = pair[0] is None and pair[1] is None
        if name and travel is problem.travel and told_none:
            travels.append(travels[0])
        elif told_none:
            travels.append(_without_matrices(problem, name, travel, points, news, failures))
        else:
            travels.append(_with_matrices(problem, name, travel, pair, news, failures))
    known = points is not None and np.isfinite(points.x).all() and np.isfinite(points.y).all()
    return Ways(problem, tuple(travels), points if known else None)


def _pairs(profiles: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: given if isinstance(given, tuple) and len(given) == 2 else (given, None)
        for name, given in profiles.items()
    }


def _points(problem: RoutingProblem, news: News) -> Points | None:
    """Return where all places lie, NaN where that is not told."""
    here = problem.points
    if here is None:
        travel = problem.travel
        formula = travel.formula if isinstance(travel, MatrixTravel) else travel
        if not isinstance(formula, ComputedTravel):
            return None
        here = formula.points
    x, y = ("lon", "lat") if here.geographic else ("x", "y")
    return Points(
        np.concatenate([here.x, news.clients[x], news.positions[x]]),
        np.concatenate([here.y, news.clients[y], news.positions[y]]),
        here.geographic,
    )


def told(news: News, problem: RoutingProblem) -> Bools:
    """Return of which rows of positions the coordinates are told."""
    here = problem.points
    x, y = ("lon", "lat") if here is not None and here.geographic else ("x", "y")
    where = news.positions
    return ~(np.isnan(where[x]) | np.isnan(where[y]))


def _without_matrices(
    problem: RoutingProblem,
    name: str,
    travel: Travel,
    points: Points | None,
    news: News,
    failures: Failures,
) -> Travel:
    """Return the ways of a profile by its formula; as they are where there is no new place."""
    formula = travel.formula if isinstance(travel, MatrixTravel) else travel
    if isinstance(formula, ComputedTravel) and points is not None:
        _check_coordinates(problem, news.clients, failures)
        return ComputedTravel(points, formula.metric, formula.detour_factor, formula.pace)
    of_profile = f" of the profile {name}" if name else ""
    what = f'profiles={{"{name}": …}}' if name else "distance_matrix and duration_matrix"
    size = problem.travel.num_locations + news.clients.num_rows + news.positions.num_rows
    fix = f"give {what} of {size} places: the depots, the clients, the new clients, the positions"
    if news.clients.num_rows:
        message = f"are new, and the ways{of_profile} to them are not known"
        failures.add("new_clients", None, None, None, "missing", message, fix)
    for row in np.flatnonzero(told(news, problem)).tolist():
        message = f"is a place from which the ways{of_profile} are not known"
        fix = f"name the client where it stands, or {fix}"
        failures.add("vehicle_positions", None, row, None, "missing", message, fix)
    return travel


def _check_coordinates(problem: RoutingProblem, clients: Columns, failures: Failures) -> None:
    geographic = problem.points is not None and problem.points.geographic
    for column in ("lat", "lon") if geographic else ("x", "y"):
        for row in np.flatnonzero(np.isnan(clients[column])).tolist():
            message = "is missing, and the ways to the client are made from coordinates"
            failures.add("new_clients", column, row, None, "missing", message, "fill it")


def _with_matrices(
    problem: RoutingProblem,
    name: str,
    travel: Travel,
    pair: tuple[Any, Any],
    news: News,
    failures: Failures,
) -> Travel:
    """Return the ways of a profile from the caller's matrices between all places."""
    ids = [
        *problem.depots.id.tolist(),
        *problem.clients.id.tolist(),
        *news.clients["id"].tolist(),
        *(f"position {row + 1}" for row in range(news.positions.num_rows)),
    ]
    label = f"profiles[{name!r}]" if name else "distance_matrix"
    if pair[0] is None or (pair[1] is None and not travel.one_measure):
        missing = "distance_matrix" if pair[0] is None else "duration_matrix"
        message = "is missing beside the other" if not name else "is missing of a profile"
        fix = "give both" if not name else "give a pair of distances and durations"
        failures.add("remaining", missing, None, name or None, "missing", message, fix)
        return travel
    distance = _matrix(label, pair[0], ids, failures)
    if pair[1] is None:
        return MatrixTravel(distance, distance)
    label = f"{label}, durations" if name else "duration_matrix"
    return MatrixTravel(distance, _matrix(label, pair[1], ids, failures))


def _matrix(name: str, values: Any, ids: Sequence[Any], failures: Failures) -> Any:
    found = len(failures)
    matrix = read_matrix(name, values, len(ids), failures)
    if len(failures) == found:
        matrix = in_table_order(name, matrix, values, ids, failures)
    return matrix
