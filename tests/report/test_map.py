import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.report.geometry import bow, fit, graticule, round_step
from flowopt.report.labels import Box, Name, write_names
from flowopt.report.maps import (
    MOST_LINES,
    Places,
    Stream,
    delivery_lines,
    draw,
    project,
    shade,
    stream_lines,
)

LATITUDES = st.floats(-80, 80)
LONGITUDES = st.floats(-180, 180)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(LATITUDES, LONGITUDES), min_size=1, max_size=12))
def test_every_place_lies_on_the_map_within_its_margin(places):
    lat, lon = np.array(places).T
    chart = fit(lat, lon, 640, 760, 30)
    x, y = chart.place(lat, lon)
    slack = 1e-6 * chart.unit + 1e-6
    assert (x >= 30 - slack).all()
    assert (x <= chart.width - 30 + slack).all()
    assert (y >= 30 - slack).all()
    assert (y <= chart.height - 30 + slack).all()
    assert chart.height <= 760 + 1e-6


def test_a_network_across_the_date_line_stays_in_one_piece():
    lat, lon = np.array([-18.1, -13.8, -21.1]), np.array([178.4, -171.8, -175.2])
    x, _ = fit(lat, lon, 640, 760, 30).place(lat, lon)
    assert x[0] < x[2] < x[1]


def test_a_degree_east_is_as_long_as_it_is_on_the_ground():
    lat, lon = np.array([59.0, 61.0]), np.array([10.0, 14.0])
    chart = fit(lat, lon, 640, 760, 30)
    (x0, x1), (y0, y1) = chart.place([60, 60], [11, 12])
    assert y0 == y1
    assert x1 - x0 == pytest.approx(0.5 * chart.unit, rel=1e-3)  # cos 60°


def test_the_graticule_has_round_degrees_inside_the_page():
    chart = fit(np.array([41.9, 51.0]), np.array([-4.5, 9.5]), 640, 760, 30)
    lines = graticule(chart)
    assert {axis for axis, _, _ in lines} == {"lat", "lon"}
    for axis, degrees, at in lines:
        assert degrees % 2 == 0
        assert 0 <= at <= (chart.height if axis == "lat" else chart.width)


@given(st.floats(1e-3, 1e6), st.integers(1, 8))
def test_steps_are_round_and_near_what_was_asked_for(extent, parts):
    step = round_step(extent, parts)
    digit = float(f"{step:.6e}".split("e")[0])
    assert digit in (1.0, 2.0, 5.0)
    assert 0.4 <= step * parts / extent <= 2.5


NAMES = st.builds(
    Name,
    st.text("abcdefg ", min_size=1, max_size=14),
    st.floats(0, 300),
    st.floats(0, 200),
    st.floats(1, 8),
    st.floats(8, 14),
    st.booleans(),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(NAMES, max_size=15))
def test_no_name_covers_another_or_leaves_the_page(names):
    labels = write_names(names, [], 300, 200, 10)
    assert len(labels) <= 10
    boxes = []
    for label in labels:
        wide = len(label.text) * label.size * 0.5
        left = {"start": 0.0, "end": wide, "middle": wide / 2}[label.anchor]
        x, y = label.x - left, label.y
        boxes.append(Box(x, y - 0.8 * label.size, x + wide, y + 0.1 * label.size))
    for number, box in enumerate(boxes):
        assert box.inside(300.01, 200.01)
        assert not any(box.meets(other) for other in boxes[:number])


def test_a_name_keeps_off_what_is_marked():
    blocked = [Box(52, 0, 200, 100)]
    label = write_names([Name("Lyon", 50, 50, 3, 12)], blocked, 300, 200, 9)[0]
    assert label.anchor == "end"


def places(number=4, missed=()):
    kinds = ["plant", "warehouse", *["customer"] * (number - 2)]
    return Places(
        [f"site {n}" for n in range(number)],
        kinds,
        np.linspace(48, 49, number),
        np.linspace(2, 4, number),
        np.arange(number, dtype=float),
        {1: "#0067a5"},
        frozenset(missed),
    )


def test_the_width_of_a_flow_follows_its_volume_and_a_second_mode_bends_the_other_way():
    sites = places()
    chart = project(sites)
    streams = [Stream(0, 1, 100.0, "", "road"), Stream(0, 1, 50.0, "7 5", "rail")]
    wide, narrow = stream_lines(sites, chart, streams)
    assert wide.width == pytest.approx(2 * narrow.width, rel=0.02)
    assert narrow.dash == "7 5"
    assert wide.path != narrow.path
    assert wide.path.split("Q")[0] == narrow.path.split("Q")[0]


def test_deliveries_are_left_out_when_there_are_too_many_to_see():
    sites = places(5)
    chart = project(sites)
    assert len(delivery_lines(sites, chart, [(1, 2), (1, 3)])) == 1
    assert delivery_lines(sites, chart, [(1, 2)] * (MOST_LINES + 1)) == []


def test_what_is_missed_is_marked_and_named():
    sites = places(40, missed=[39])
    drawn = draw(sites, project(sites), [])
    assert [mark.title for mark in drawn.marks if mark.missed] == ["site 39"]
    names = [label.text for label in drawn.labels]
    assert names[0] == "site 1"
    assert "site 39" in names[:3]


def test_sites_without_coordinates_are_counted_not_drawn():
    sites = places()
    sites.lat[3] = np.nan
    drawn = draw(sites, project(sites), [])
    assert drawn.unplaced == 1
    assert len(drawn.marks) == 3


def test_without_any_coordinates_there_is_no_map():
    sites = places()
    sites.lat[:] = np.nan
    assert project(sites) is None


def test_one_place_alone_has_a_map():
    lone = Places(["x"], ["plant"], np.array([10.0]), np.array([20.0]), np.array([1.0]))
    drawn = draw(lone, project(lone), [])
    assert drawn.marks[0].x == pytest.approx(drawn.width / 2)
    assert drawn.scale_km > 0


def test_a_curve_ends_where_it_should():
    assert bow((0.0, 0.0), (10.0, 0.0), 0.2) == "M0.0 0.0Q5.0 2.0 10.0 0.0"


def test_of_too_many_customers_the_largest_are_drawn(monkeypatch):
    monkeypatch.setattr("flowopt.report.maps.MOST_CUSTOMERS", 3)
    sites = places(20, missed=[4])
    drawn = draw(sites, project(sites), [])
    assert drawn.left_out == 15
    customers = {mark.title for mark in drawn.marks if mark.shape == "customer"}
    assert customers == {"site 4", "site 19", "site 18"}


def test_warehouses_have_colours_of_their_own_that_stand_out_from_white():
    colours = [shade(rank) for rank in range(24)]
    assert len(set(colours)) == 24
    for colour in colours[:10]:
        red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        linear = [
            c / 12.92 if c < 0.04 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
        ]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert 1.05 / (luminance + 0.05) >= 4.5, colour  # WCAG 2, level AA
