"""Ways as sparse matrices and as tables of pairs: what is understood, and every fault."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from flowopt import FlowoptWarning, RoutingProblem, ValidationError

CLIENTS = {"id": ["a", "b"]}
FLEET = {"id": ["van"], "num_available": [2]}
DEPOTS = {"id": ["hub"]}
ROWS = {
    "source": ["hub", "a", "b", "a", "hub"],
    "target": ["a", "b", "hub", "hub", "b"],
    "distance": [3.0, 4.0, 5.0, 3.5, 0.0],
}
MATRIX = [[0.0, 3.0, 0.0], [3.5, 0.0, 4.0], [5.0, np.inf, 0.0]]


def make(clients=None, fleet=None, depots=None, **options):
    tables = CLIENTS | (clients or {}), FLEET | (fleet or {}), DEPOTS | (depots or {})
    return RoutingProblem.from_frames(*tables, **options)


def faults(**options):
    """Return table, column, row and code of the failures."""
    with pytest.raises(ValidationError) as caught:
        make(**options)
    return [(f.table, f.column, f.row, f.code) for f in caught.value.failures]


# ---- sparse matrices

ENTRIES = ([3.0, 0.0, 3.5, 4.0, 5.0], ([0, 0, 1, 1, 2], [1, 2, 0, 2, 0]))


@pytest.mark.parametrize("kind", ["coo", "csr", "csc", "lil", "dok"])
@pytest.mark.parametrize("family", ["matrix", "array"])
def test_a_sparse_matrix_has_no_way_where_it_has_no_entry(kind, family):
    given = getattr(sparse, f"coo_{family}")(ENTRIES, shape=(3, 3)).asformat(kind)
    there = np.array(MATRIX)
    if given.nnz < len(ENTRIES[0]):  # this format does not keep zeros
        there[0, 2] = np.inf
    travel = make(distance_matrix=given).travel
    assert travel.distance.tolist() == there.tolist()
    assert travel.duration is travel.distance


def test_a_sparse_matrix_stays_the_callers():
    given = sparse.csr_array(ENTRIES, shape=(3, 3))
    make(distance_matrix=given, duration_matrix=given * 60)
    assert given.nnz == 5
    assert given.data.tolist() == ENTRIES[0]


def test_durations_may_be_sparse_too():
    given = sparse.coo_array(ENTRIES, shape=(3, 3))
    travel = make(distance_matrix=np.ones((3, 3)), duration_matrix=given).travel
    assert travel.duration.tolist() == MATRIX
    assert not travel.complete


def test_a_way_from_a_place_to_itself_may_be_stated():
    given = sparse.coo_array(([2.0], ([0], [0])), shape=(3, 3))
    assert make(distance_matrix=given).travel.distance[0, 0] == 2.0


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (sparse.coo_array((2, 2)), ("distance_matrix", None, None, "wrong_shape")),
        (sparse.coo_array((3, 4)), ("distance_matrix", None, None, "wrong_shape")),
        (sparse.eye_array(3) * 1j, ("distance_matrix", None, None, "wrong_shape")),
        (
            sparse.coo_array(([-1.0], ([1], [2])), shape=(3, 3)),
            ("distance_matrix", "2", 1, "negative"),
        ),
        (
            sparse.coo_array(([np.nan], ([1], [2])), shape=(3, 3)),
            ("distance_matrix", "2", 1, "nan"),
        ),
        (
            sparse.coo_array(([1e300], ([1], [2])), shape=(3, 3)),
            ("distance_matrix", "2", 1, "out_of_range"),
        ),
    ],
)
def test_a_sparse_matrix_that_cannot_be_used(given, fault):
    assert faults(distance_matrix=given) == [fault]


# ---- tables of ways


def rows_of(table):
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


@pytest.mark.parametrize(
    "library",
    [dict, rows_of, pd.DataFrame, pl.DataFrame, pl.LazyFrame, lambda t: pl.DataFrame(t).to_arrow()],
    ids=["dict", "list of dicts", "pandas", "polars", "polars, lazy", "pyarrow"],
)
def test_a_table_of_ways_has_no_way_where_it_has_no_row(library):
    travel = make(distance_matrix=library(ROWS)).travel
    assert travel.distance.tolist() == MATRIX
    assert travel.duration is travel.distance


def test_a_table_of_ways_may_state_durations_as_well():
    durations = {"duration": [60, "00:02", 180, 240, 0]}
    travel = make(distance_matrix=ROWS | durations).travel
    assert travel.distance.tolist() == MATRIX
    assert travel.duration.tolist() == [[0, 60, 0], [240, 0, 120], [180, np.inf, 0]]


def test_stated_durations_are_seconds_so_that_times_are_clock_times():
    assert make(distance_matrix=ROWS | {"duration": [60] * 5}).times.of_day
    assert not make(distance_matrix=ROWS).times.of_day


def test_a_table_of_durations_may_stand_alone():
    table = {"source": ["hub", "a"], "target": ["a", "hub"], "duration": [60, 70]}
    travel = make(distance_matrix=np.ones((3, 3)), duration_matrix=table).travel
    assert travel.duration[0].tolist() == [0, 60, np.inf]
    assert travel.distance[0, 2] == 1.0


def test_durations_follow_from_the_speed_where_the_table_has_none():
    assert make(distance_matrix=ROWS, speed=30).travel.duration[0, 1] == 360.0


def test_numbers_may_name_the_places():
    ways = {"source": [0, 1, 2], "target": ["1", "2", "0"], "distance": [3, 4, 5]}
    problem = make({"id": [1, 2]}, depots={"id": [0]}, distance_matrix=ways)
    assert problem.travel.distance.tolist() == [[0, 3, np.inf], [np.inf, 0, 4], [5, np.inf, 0]]


def test_profiles_may_be_sparse_or_tables():
    problem = make(
        fleet={"profile": ["bike"]},
        distance_matrix=np.ones((3, 3)),
        profiles={"bike": ROWS | {"duration": [9] * 5}, "foot": sparse.coo_array((3, 3))},
    )
    bike, foot = problem.profiles
    assert bike.distance.tolist() == MATRIX
    assert bike.duration[0].tolist() == [0, 9, 9]
    assert foot.distance[0].tolist() == [0, np.inf, np.inf]


def test_durations_of_a_profile_follow_from_the_speed_of_all():
    clients, depots = {"lat": [45.7, 45.8], "lon": [4.8, 4.9]}, {"lat": [45.6], "lon": [4.7]}
    problem = make(clients, {"profile": ["bike"]}, depots, profiles={"bike": np.ones((3, 3))})
    assert problem.profiles[0].duration[0, 1] == 60.0  # 1 km at 60 km/h, as without a profile


def test_frames_whose_ids_are_source_and_target_are_matrices_where_they_are_labelled():
    ids = ["hub", "source", "target"]
    ways = pd.DataFrame(MATRIX, index=ids, columns=ids)
    problem = make({"id": ["source", "target"]}, distance_matrix=ways)
    assert problem.travel.distance.tolist() == MATRIX


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"source": ["x", "a", "b", "a", "hub"]}, ("distance_matrix", "source", 0, "unknown_id")),
        ({"target": ["a", "b", "hub", "", "b"]}, ("distance_matrix", "target", 3, "missing")),
        ({"distance": [3, -4, 5, 3.5, 0]}, ("distance_matrix", "distance", 1, "negative")),
        ({"distance": [3, None, 5, 3.5, 0]}, ("distance_matrix", "distance", 1, "missing")),
        ({"distance": [3, "far", 5, 3.5, 0]}, ("distance_matrix", "distance", 1, "wrong_type")),
        ({"distance": [3, 1e300, 5, 3.5, 0]}, ("distance_matrix", "distance", 1, "out_of_range")),
        (
            {"source": ["hub", "hub", "b", "a", "hub"], "target": ["a", "a", "hub", "hub", "b"]},
            ("distance_matrix", "source+target", 1, "duplicate_id"),
        ),
        ({"duration": [1, 2, 3, None, 5]}, ("distance_matrix", "duration", 3, "missing")),
        ({"duration": [1, 2, 3, -4, 5]}, ("distance_matrix", "duration", 3, "negative")),
    ],
)
def test_a_row_that_cannot_be_used_is_named(change, fault):
    assert faults(distance_matrix=ROWS | change) == [fault]


def test_all_faults_of_a_table_of_ways_are_listed_at_once():
    rows = {
        "source": ["hub", "x", "b", "a", "hub"],
        "target": ["a", "b", "y", "hub", "a"],
        "distance": [3.0, float("nan"), 5.0, -1.0, 0.0],
    }
    assert sorted(faults(distance_matrix=rows)) == [
        ("distance_matrix", "distance", 1, "nan"),
        ("distance_matrix", "distance", 3, "negative"),
        ("distance_matrix", "source", 1, "unknown_id"),
        ("distance_matrix", "source+target", 4, "duplicate_id"),
        ("distance_matrix", "target", 2, "unknown_id"),
    ]


def test_faults_of_both_matrices_are_listed_at_once():
    both = {"distance_matrix": ROWS | {"distance": [-1] * 5}, "duration_matrix": np.ones((2, 2))}
    assert {table for table, *_ in faults(**both)} == {"distance_matrix", "duration_matrix"}


def test_a_matrix_of_durations_is_read_even_where_coordinates_are_at_fault():
    clients = {"x": [1, None], "y": [1, 1]}
    found = faults(
        clients=clients,
        depots={"x": [0], "y": [0]},
        metric="euclidean",
        duration_matrix=np.ones((2, 2)),
    )
    assert {(table, code) for table, _, _, code in found} == {
        ("clients", "missing"),
        ("duration_matrix", "wrong_shape"),
    }


def test_a_table_without_distances_is_a_fault():
    ways = {"source": ["hub"], "target": ["a"], "km": [3]}
    with pytest.warns(FlowoptWarning, match="km"):
        found = faults(distance_matrix=ways)
    assert found == [("distance_matrix", "distance", None, "missing_column")]
    assert faults(distance_matrix=np.ones((3, 3)), duration_matrix=ROWS) == [
        ("duration_matrix", "duration", None, "missing_column")
    ]


def test_an_id_that_a_depot_and_a_client_share_names_no_way():
    ways = {"source": ["a"], "target": ["b"], "distance": [3]}
    assert faults(depots={"id": ["a"]}, distance_matrix=ways) == [
        ("distance_matrix", None, None, "duplicate_id")
    ]


def test_durations_that_are_dates_are_a_fault():
    dates = {"duration": ["2026-03-02"] * 5}
    assert ("distance_matrix", "duration", None, "wrong_type") in faults(
        distance_matrix=ROWS | dates
    )
