"""A plan as GeoJSON (RFC 7946), for maps and geographic information systems."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.errors import NoSolutionError
from flowopt.routing.stops import locations

if TYPE_CHECKING:
    from flowopt.routing.solution import RoutingSolution
    from flowopt.routing.travel import Points

_DECIMALS = 7  # of a degree: a centimetre

Feature = dict[str, Any]


def to_geojson(solution: RoutingSolution, path: str | PathLike[str] | None = None) -> Feature:
    """Return a plan as GeoJSON; see `RoutingSolution.to_geojson`.

    Parameters
    ----------
    solution
        A solution of a problem with latitudes and longitudes.
    path
        Where to write it as well; None: nowhere.
    """
    tables = solution.tables()
    points = _points(solution)
    features = [
        *_routes(solution, tables["routes"], points),
        *_visits(solution, tables["visits"], points),
        *_unserved(solution, tables["unserved"], points),
        *_depots(solution, points),
    ]
    collection = {"type": "FeatureCollection", "features": features}
    if path is not None:
        text = json.dumps(collection, allow_nan=False, ensure_ascii=False)
        Path(path).write_text(text + "\n", encoding="utf-8")
    return collection


def _points(solution: RoutingSolution) -> Points:
    """Return where the locations lie, in degrees."""
    points = solution.problem.points
    if points is None or not points.geographic:
        has = "no coordinates" if points is None else "x and y"
        raise NoSolutionError(
            f"GeoJSON takes latitudes and longitudes, and the problem has {has}: "
            "give lat and lon in the tables of clients and depots"
        )
    return points


def _routes(
    solution: RoutingSolution, table: Mapping[str, Any], points: Points
) -> Iterator[Feature]:
    """Yield each route as a line along its stops."""
    m = solution.problem.num_depots
    for row, route in enumerate(solution.routes):
        stops = [route.start_depot, *locations(route.stops, m).tolist(), route.end_depot]
        geometry = {"type": "LineString", "coordinates": [_place(points, at) for at in stops]}
        yield _feature("route", geometry, _properties(table, row))


def _visits(
    solution: RoutingSolution, table: Mapping[str, Any], points: Points
) -> Iterator[Feature]:
    m = solution.problem.num_depots
    visits = [client for route in solution.routes for client in route.visits.tolist()]
    for row, client in enumerate(visits):
        yield _feature("visit", _point(points, client + m), _properties(table, row))


def _unserved(
    solution: RoutingSolution, table: Mapping[str, Any], points: Points
) -> Iterator[Feature]:
    m = solution.problem.num_depots
    for row, entry in enumerate(solution.unserved):
        yield _feature("unserved", _point(points, entry.client + m), _properties(table, row))


def _depots(solution: RoutingSolution, points: Points) -> Iterator[Feature]:
    for place, name in enumerate(solution.problem.depots.id.tolist()):
        yield _feature("depot", _point(points, place), {"depot": name})


def _feature(kind: str, geometry: Feature, properties: Feature) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": {"kind": kind, **properties}}


def _point(points: Points, location: int) -> Feature:
    return {"type": "Point", "coordinates": _place(points, location)}


def _place(points: Points, location: int) -> list[float]:
    x, y = float(points.x[location]), float(points.y[location])
    return [round(x, _DECIMALS), round(y, _DECIMALS)]


def _properties(table: Mapping[str, Any], row: int) -> Feature:
    """Return a row of a table as values that JSON has: no NaN, no infinity, dates as texts."""
    return {name: _plain(values[row]) for name, values in table.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, dt.datetime) else value
