"""Plans for maps and notebooks: GeoJSON, HTML, and pictures with reloads and pick-ups."""

from __future__ import annotations

import datetime as dt
import json
from html.parser import HTMLParser

import numpy as np
import pytest

from flowopt import NoSolutionError, RoutingProblem, Status
from flowopt.core import Outcome
from flowopt.io import write
from flowopt.routing import RoutingSolution

DAY = dt.datetime(2026, 3, 2)
CLIENTS = {
    "id": ["Ada & Co", "Bob", "Cleo"],
    "lat": [45.8, 45.9, 45.75],
    "lon": [4.9, 4.8, 4.7],
    "demand": [4.0, 5.0, 60.0],
    "tw_early": [DAY.replace(hour=9)] * 3,
}
FLEET = {"id": ["van"], "num_available": [2], "capacity": [9.0]}
DEPOTS = {"id": ["Lyon"], "lat": [45.7], "lon": [4.8]}


@pytest.fixture
def solution():
    problem = RoutingProblem.from_frames(CLIENTS, FLEET, DEPOTS)
    return problem.solution_from_routes([[1, 0]])


@pytest.fixture
def nothing(solution):
    outcome = Outcome(Status.NO_SOLUTION_FOUND, None, None, None, 0.0, "none", 0, {})
    return RoutingSolution(problem=solution.problem, outcome=outcome, routes=(), unserved=())


# ---- GeoJSON


def assert_is_geojson(collection):
    """Assert what RFC 7946 asks of a collection of points and lines."""
    assert set(collection) == {"type", "features"}
    assert collection["type"] == "FeatureCollection"
    for feature in collection["features"]:
        assert set(feature) == {"type", "geometry", "properties"}
        assert feature["type"] == "Feature"
        geometry = feature["geometry"]
        places = geometry["coordinates"]
        if geometry["type"] == "Point":
            places = [places]
        else:
            assert geometry["type"] == "LineString"
            assert len(places) >= 2
        for longitude, latitude in places:
            assert -180 <= longitude <= 180
            assert -90 <= latitude <= 90
    json.dumps(collection, allow_nan=False)


def by_kind(collection, kind):
    features = collection["features"]
    return [feature for feature in features if feature["properties"]["kind"] == kind]


def test_a_plan_is_valid_geojson(solution):
    collection = solution.to_geojson()
    assert_is_geojson(collection)
    kinds = [feature["properties"]["kind"] for feature in collection["features"]]
    assert kinds == ["route", "visit", "visit", "unserved", "depot"]


def test_a_route_is_a_line_from_its_start_to_its_end(solution):
    (route,) = by_kind(solution.to_geojson(), "route")
    lyon, ada, bob = [4.8, 45.7], [4.9, 45.8], [4.8, 45.9]
    assert route["geometry"]["coordinates"] == [lyon, bob, ada, lyon]
    assert route["properties"]["vehicle_type"] == "van"
    assert route["properties"]["num_visits"] == 2
    assert route["properties"]["distance"] == solution.distance


def test_a_visit_is_a_point_with_its_row_of_the_table(solution):
    bob, ada = by_kind(solution.to_geojson(), "visit")
    assert ada["geometry"] == {"type": "Point", "coordinates": [4.9, 45.8]}
    assert (bob["properties"]["client"], bob["properties"]["position"]) == ("Bob", 1)
    assert bob["properties"]["arrival"] == "2026-03-02T09:00:00"
    assert bob["properties"]["load_after"] == 4.0
    assert bob["properties"]["slack"] is None  # no window closes: JSON has no infinity


def test_who_is_not_served_is_on_the_map_with_the_reason(solution):
    (cleo,) = by_kind(solution.to_geojson(), "unserved")
    assert cleo["geometry"]["coordinates"] == [4.7, 45.75]
    assert (cleo["properties"]["client"], cleo["properties"]["reason"]) == ("Cleo", "capacity")


def test_a_route_leads_through_the_depots_where_it_reloads():
    fleet = FLEET | {"max_reloads": [1], "reload_depots": ["Paris"]}
    depots = {"id": ["Lyon", "Paris"], "lat": [45.7, 48.9], "lon": [4.8, 2.4]}
    problem = RoutingProblem.from_frames(CLIENTS, fleet, depots)
    plan = problem.solution_from_routes([[0, ~1, 1]]).to_geojson()
    assert_is_geojson(plan)
    line = by_kind(plan, "route")[0]["geometry"]["coordinates"]
    assert line == [[4.8, 45.7], [4.9, 45.8], [2.4, 48.9], [4.8, 45.9], [4.8, 45.7]]
    assert [visit["properties"]["reload"] for visit in by_kind(plan, "visit")] == ["", "Paris"]


def test_geojson_is_written_where_it_is_asked(solution, tmp_path):
    collection = solution.to_geojson(tmp_path / "plan.geojson")
    text = (tmp_path / "plan.geojson").read_text(encoding="utf-8")
    assert json.loads(text) == collection
    write(solution, tmp_path / "again.geojson")
    assert (tmp_path / "again.geojson").read_text(encoding="utf-8") == text


def test_without_degrees_there_is_no_geojson(line, nothing, tmp_path):
    plane = line().solution_from_routes([[0]])
    with pytest.raises(NoSolutionError, match="the problem has x and y: give lat and lon"):
        plane.to_geojson(tmp_path / "plan.geojson")
    assert not (tmp_path / "plan.geojson").exists()
    matrix = RoutingProblem.from_arrays(
        {"demand": [1]}, {"num_available": 1, "capacity": 1}, distance_matrix=np.ones((2, 2))
    )
    with pytest.raises(NoSolutionError, match="no coordinates"):
        matrix.solution_from_routes([[0]]).to_geojson()
    with pytest.raises(NoSolutionError, match="no solution"):
        nothing.to_geojson()


# ---- HTML


class Cells(HTMLParser):
    """Collects the texts of an HTML page, and asserts that its tags are closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.cells = [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.cells.append(data)


def test_a_notebook_shows_figures_routes_and_who_is_left(solution):
    cells = Cells(solution._repr_html_()).cells
    assert "served" in cells
    assert "Bob → Ada & Co" in cells  # its markup is escaped, or it would be two cells
    assert "2026-03-02 09:00" not in solution._repr_html_()
    assert cells[cells.index("Cleo") + 1] == "capacity"


def test_a_notebook_shows_the_first_of_many_routes_and_stops(line):
    places = tuple(float(place) for place in range(1, 101))
    problem = line({"demand": [1.0] * 100}, {"num_available": 40}, places=places)
    solution = problem.solution_from_routes([[i] for i in range(30)])
    cells = Cells(solution._repr_html_()).cells
    assert "… and 15 more routes" in cells
    assert "… and 60 more clients" in cells
    long = problem.solution_from_routes([list(range(100))])
    (stops,) = (cell for cell in Cells(long._repr_html_()).cells if "→" in cell)
    assert "… 88 more …" in stops


def test_a_reload_is_named_among_the_stops(line):
    solution = line(None, {"max_reloads": 1}).solution_from_routes([[0, ~0, 1]])
    assert "1 → ⟲ depot → 2" in Cells(solution._repr_html_()).cells


def test_without_a_plan_a_notebook_shows_the_status(nothing):
    cells = Cells(nothing._repr_html_()).cells
    assert "NO_SOLUTION_FOUND" in cells


# ---- pictures


def test_the_picture_of_a_route_leads_through_its_reloads(line):
    axes = line(None, {"max_reloads": 1}).solution_from_routes([[0, ~0, 1]]).plot()
    assert axes.lines[0].get_xdata().tolist() == [0.0, 1.0, 0.0, 2.0, 0.0]


def test_pick_ups_are_marked_in_the_picture(line):
    problem = line({"demand": [1.0, 0.0, 2.0], "pickup": [0.0, 3.0, 4.0]})
    axes = problem.solution_from_routes([[0, 1, 2]]).plot()
    marked = {c.get_label(): c.get_offsets()[:, 0].tolist() for c in axes.collections}
    assert marked == {"pick-up": [2.0], "delivery and pick-up": [3.0], "depot": [0.0]}


def test_both_ends_of_a_shipment_are_told_apart_in_the_picture(line):
    problem = line({"demand": [0.0] * 3})
    shipment = {"id": ["s"], "pickup": [1], "delivery": [3], "demand": [1.0]}
    problem = RoutingProblem.from_arrays(
        {"demand": [0.0] * 3},
        {"num_available": 1, "capacity": 10.0},
        coordinates=[[0, 0], [1, 0], [2, 0], [3, 0]],
        shipments=shipment,
    )
    axes = problem.solution_from_routes([[0, 1, 2]]).plot()
    marked = {c.get_label(): c.get_offsets()[:, 0].tolist() for c in axes.collections}
    assert marked == {"pick-up": [1.0], "depot": [0.0]}
