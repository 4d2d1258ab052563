"""Distances and travel times."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.core.errors import ValidationError
from flowopt.network.distances import (
    EARTH_RADIUS,
    distance_matrix,
    duration_matrix,
    haversine,
)

HALF_WAY_ROUND = math.pi * EARTH_RADIUS

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


@pytest.mark.parametrize(
    ("start", "end", "km"),
    [
        ((0, 0), (0, 90), HALF_WAY_ROUND / 2),
        ((90, 0), (-90, 0), HALF_WAY_ROUND),
        ((0, 179.5), (0, -179.5), HALF_WAY_ROUND / 180),  # across the date line
        ((36.12, -86.67), (33.94, -118.40), 2886.45),  # BNA to LAX, as published for R = 6371 km
        ((48.8566, 2.3522), (48.8566, 2.3522), 0),
    ],
)
def test_known_distances(start: tuple[float, float], end: tuple[float, float], km: float) -> None:
    assert float(haversine(*start, *end)) == pytest.approx(km, rel=1e-5)


def test_a_metre_is_not_lost_to_rounding() -> None:
    metre = 1e-3 / EARTH_RADIUS * 180 / math.pi
    assert float(haversine(45, 5, 45 + metre, 5)) == pytest.approx(1e-3, rel=1e-6)


@settings(deadline=None)
@given(latitudes, longitudes, latitudes, longitudes)
def test_the_haversine_agrees_with_the_angle_between_two_vectors(
    lat1: float, lon1: float, lat2: float, lon2: float
) -> None:
    def vector(lat: float, lon: float) -> np.ndarray[Any, Any]:
        phi, lam = math.radians(lat), math.radians(lon)
        return np.array(
            [math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)]
        )

    u, v = vector(lat1, lon1), vector(lat2, lon2)
    angle = math.atan2(float(np.linalg.norm(np.cross(u, v))), float(u @ v))
    assert float(haversine(lat1, lon1, lat2, lon2)) == pytest.approx(
        EARTH_RADIUS * angle, rel=1e-6, abs=1e-3
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(latitudes, longitudes), min_size=3, max_size=6))
def test_a_matrix_is_a_metric(places: list[tuple[float, float]]) -> None:
    lat, lon = zip(*places, strict=True)
    matrix = distance_matrix(lat, lon, detour_factor=1)
    assert (matrix == matrix.T).all()
    assert (np.diag(matrix) == 0).all()
    detours = matrix[:, :, None] + matrix[None, :, :]  # i → j → k
    assert (matrix[:, None, :] <= detours + 1e-3).all()


def test_a_matrix_larger_than_a_block_agrees_with_single_distances() -> None:
    rng = np.random.default_rng(3)
    lat, lon = rng.uniform(-80, 80, 700), rng.uniform(-180, 180, 700)
    matrix = distance_matrix(lat, lon, 1.25)
    pairs = rng.integers(0, 700, (2, 200))
    single = haversine(lat[pairs[0]], lon[pairs[0]], lat[pairs[1]], lon[pairs[1]])
    assert matrix[pairs[0], pairs[1]] == pytest.approx(1.25 * single)


def test_no_place_makes_an_empty_matrix() -> None:
    assert distance_matrix([], []).shape == (0, 0)


def test_durations_are_seconds() -> None:
    assert duration_matrix([[0, 30], [90, 0]], 60).tolist() == [[0, 1800], [5400, 0]]
    assert duration_matrix([60, 60], [30, 120]).tolist() == [7200, 1800]


@pytest.mark.parametrize(
    ("call", "column"),
    [
        (lambda: haversine(91, 0, 0, 0), "lat1"),
        (lambda: haversine(0, 0, 0, -180.1), "lon2"),
        (lambda: haversine(0, math.nan, 0, 0), "lon1"),
        (lambda: haversine("north", 0, 0, 0), "lat1"),
        (lambda: haversine([0, 1], 0, [0, 1, 2], 0), "lat1, lon1, lat2, lon2"),
        (lambda: distance_matrix([0, math.inf], [0, 0]), "lat[1]"),
        (lambda: distance_matrix([0, 1], [0]), "lat, lon"),
        (lambda: distance_matrix([[0], [1]], [[0], [1]]), "lat, lon"),
        (lambda: distance_matrix([0], [0], detour_factor=0.9), "detour_factor"),
        (lambda: distance_matrix([0], [0], detour_factor=math.nan), "detour_factor"),
        (lambda: duration_matrix([[0, math.nan], [1, 0]], 60), "distance[0, 1]"),
        (lambda: duration_matrix([-1], 60), "distance[0]"),
        (lambda: duration_matrix([1], 0), "speed"),
        (lambda: duration_matrix([1], math.inf), "speed"),
        (lambda: duration_matrix([[0, 1], [1]], 60), "distance"),
        (lambda: duration_matrix([1, 2], [1, 2, 3]), "distance, speed"),
    ],
)
def test_what_cannot_be_a_distance_is_named(call: Any, column: str) -> None:
    with pytest.raises(ValidationError) as error:
        call()
    assert [fault.column for fault in error.value.failures] == [column]
    assert column in str(error.value)
    assert all(fault.message and fault.fix for fault in error.value.failures)


def test_a_matrix_of_nothing_but_nan_makes_a_short_list() -> None:
    with pytest.raises(ValidationError) as error:
        duration_matrix(np.full((500, 500), math.nan), 60)
    assert len(error.value.failures) == 101
    assert "249,900 more" in error.value.failures[-1].message
