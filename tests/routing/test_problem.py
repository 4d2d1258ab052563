"""Tables and matrices in: what is understood, and every fault that is found."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest

from flowopt import FlowoptWarning, RoutingProblem, ValidationError
from flowopt.routing.metrics import METRICS

CLIENTS = {"id": ["a", "b"], "x": [3.0, 0.0], "y": [4.0, 2.0], "demand": [1, 2]}
FLEET = {"id": ["van"], "num_available": [2], "capacity": [9]}
DEPOTS = {"id": ["hub"], "x": [0.0], "y": [0.0]}
SQUARE = np.array([[0.0, 1, 2], [1, 0, 1], [2, 1, 0]])


def make(clients=None, fleet=None, depots=None, **options):
    options = {"metric": "euclidean"} | options
    tables = (CLIENTS | (clients or {}), FLEET | (fleet or {}), DEPOTS | (depots or {}))
    return RoutingProblem.from_frames(*tables, **options)


def faults(make_it):
    """Return table, column, row and code of the failures of a call."""
    with pytest.raises(ValidationError) as caught:
        make_it()
    return [(f.table, f.column, f.row, f.code) for f in caught.value.failures]


# ---- what is understood


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, dict])
def test_the_frame_that_comes_in_goes_out(library):
    problem = RoutingProblem.from_frames(
        library(CLIENTS), library(FLEET), library(DEPOTS), metric="euclidean"
    )
    routes = problem.solve(engine="construct").to_frame("routes")
    assert isinstance(routes, pl.DataFrame if library is pl.DataFrame else pd.DataFrame)


def test_distances_follow_from_coordinates():
    assert make().travel.distance[0].tolist() == [0.0, 5.0, 2.0]
    assert make(detour_factor=2).travel.distance[0].tolist() == [0.0, 10.0, 4.0]


def test_durations_are_the_distances_unless_there_is_a_speed():
    assert make().travel.duration[0, 1] == 5.0
    assert make(speed=60).travel.duration[0, 1] == 300.0


def test_places_on_the_globe_are_apart_in_km_of_road():
    problem = RoutingProblem.from_frames(
        {"id": ["Lyon"], "lat": [45.764], "lon": [4.8357], "demand": [1]},
        FLEET,
        {"id": ["Paris"], "lat": [48.8566], "lon": [2.3522]},
        speed=100,
        detour_factor=1.2,
    )
    assert problem.travel.distance[0, 1] == pytest.approx(1.2 * 391.5, rel=1e-3)
    assert problem.travel.duration[0, 1] == pytest.approx(1.2 * 391.5 * 36, rel=1e-3)
    assert problem.points.geographic


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("euclidean", 2.5**0.5),
        ("euclidean_rounded", 2),
        ("euclidean_rounded_3", 1.581),
        ("euclidean_truncated", 1),
        ("euclidean_truncated_1", 1.5),
        ("euclidean_ceiled", 2),
        ("manhattan", 2),
    ],
)
def test_each_metric_rounds_as_its_name_says(metric, expected):
    problem = make({"x": [1.5, 0], "y": [0.5, 0]}, metric=metric)
    assert problem.travel.distance[0, 1] == pytest.approx(expected)
    assert set(METRICS) >= {metric}


def test_matrices_are_taken_as_they_are():
    ways = SQUARE.astype(int)
    problem = make(distance_matrix=ways, duration_matrix=(ways * 10).tolist())
    assert problem.travel.distance.tolist() == ways.tolist()
    assert problem.travel.duration[0, 2] == 20.0


def test_the_callers_data_stay_theirs():
    ways, demand = SQUARE.copy(), np.array([1.0, 2.0])
    problem = RoutingProblem.from_arrays({"demand": demand}, FLEET, distance_matrix=ways)
    ways[:] = 7.0
    demand[:] = 7.0
    assert problem.travel.distance[0, 1] == 1.0
    assert problem.clients.demand[:, 0].tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        problem.travel.distance[0, 1] = 3.0


def test_single_values_stand_for_all_rows():
    clients, fleet = {"demand": [1, 2], "tw_late": 9}, {"num_available": 1, "capacity": 5}
    problem = RoutingProblem.from_arrays(clients, fleet, distance_matrix=SQUARE)
    assert problem.clients.tw_late.tolist() == [9.0, 9.0]
    assert problem.clients.id.tolist() == [1, 2]
    assert problem.vehicle_types.id.tolist() == ["vehicle"]
    assert problem.depots.id.tolist() == ["depot"]


def test_load_dimensions_are_columns_with_a_name():
    problem = make(
        {"demand_volume": [0.5, 0.7]}, {"capacity_volume": [3.0]}, distance_matrix=SQUARE
    )
    assert problem.loads == ("load", "volume")
    assert problem.clients.demand.tolist() == [[1.0, 0.5], [2.0, 0.7]]
    assert problem.vehicle_types.capacity.tolist() == [[9.0, 3.0]]


def test_vehicles_start_and_end_where_their_columns_say():
    fleet = {
        "id": ["first", "both", "apart"],
        "num_available": [1, 1, 1],
        "capacity": [9, 9, 9],
        "depot": ["", "south", "south"],
        "end_depot": ["", "", "north"],
    }
    problem = RoutingProblem.from_frames(
        CLIENTS, fleet, {"id": ["north", "south"], "x": [0, 0], "y": [1, 2]}, metric="euclidean"
    )
    assert problem.vehicle_types.start_depot.tolist() == [0, 1, 1]
    assert problem.vehicle_types.end_depot.tolist() == [0, 1, 0]


def test_windows_are_seconds_clock_times_or_timedeltas():
    early = ["08:00", dt.timedelta(hours=9)]
    problem = make({"tw_early": early, "service_duration": ["00:10", 60]})
    assert problem.clients.tw_early.tolist() == [8 * 3600.0, 9 * 3600.0]
    assert problem.clients.service_duration.tolist() == [600.0, 60.0]


DAY = dt.datetime(2026, 3, 2)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, dict])
def test_windows_that_are_datetimes_come_back_as_datetimes(library):
    early = [DAY.replace(hour=9), DAY.replace(day=3, hour=1)]
    late = [DAY.replace(hour=10), DAY.replace(day=3, hour=2)]
    problem = RoutingProblem.from_frames(
        library(CLIENTS | {"tw_early": early, "tw_late": late}),
        library(FLEET | {"tw_early": ["06:00"]}),
        library(DEPOTS),
        metric="euclidean",
    )
    assert problem.time_origin == DAY
    assert problem.clients.tw_early.tolist() == [9 * 3600.0, 25 * 3600.0]
    assert problem.vehicle_types.tw_early.tolist() == [6 * 3600.0]  # of the first day
    starts = problem.solve(engine="construct").to_frame("visits")["start"]
    assert [pd.Timestamp(moment).hour for moment in starts] == [10, 1]


def test_datetimes_keep_their_time_zone():
    zone = dt.timezone(dt.timedelta(hours=-5))
    early = [DAY.replace(hour=2, tzinfo=zone), DAY.replace(hour=3, tzinfo=zone)]
    problem = make({"tw_early": early, "tw_late": early})
    assert problem.clients.tw_early.tolist() == [7 * 3600.0, 8 * 3600.0]  # of the day in UTC
    moments = problem.solve(engine="construct").tables()["visits"]["start"]
    assert moments.tolist() == early


def test_an_empty_cell_among_datetimes_is_no_limit():
    problem = make({"tw_early": [DAY.replace(hour=2), None], "tw_late": [None, DAY]})
    assert problem.clients.tw_early.tolist() == [2 * 3600.0, 0.0]
    assert problem.clients.tw_late.tolist() == [np.inf, 0.0]


def test_columns_of_the_caller_are_said_to_be_unused():
    with pytest.warns(FlowoptWarning, match="phone"):
        make({"phone": ["1", "2"]})


def test_zero_clients_are_an_empty_plan():
    problem = RoutingProblem.from_frames(
        {"id": [], "x": [], "y": []}, {"id": ["van"], "num_available": [1]}, DEPOTS,
        metric="euclidean",
    )  # fmt: skip
    solution = problem.solve()
    assert (str(solution.status), solution.cost, solution.routes) == ("OPTIMAL", 0.0, ())
    assert solution.to_frame("visits").shape[0] == 0
    assert solution.check().ok


def test_the_fingerprint_follows_the_content():
    assert make().fingerprint == make().fingerprint
    assert make().fingerprint != make({"demand": [1, 3]}).fingerprint


def test_replace_validates_again():
    problem = make()
    assert problem.replace(backend="polars").backend == "polars"
    clients = problem.clients
    broken = type(clients)(**(vars(clients) | {"demand": np.array([[1.0], [-2.0]])}))
    assert faults(lambda: problem.replace(clients=broken)) == [("clients", "demand", 1, "negative")]


# ---- faults


def test_ten_different_faults_are_ten_failures_of_one_error():
    ways = SQUARE.tolist()
    ways[0][1] = float("nan")
    ways[2][0] = -1
    ways[1][2] = None
    found = faults(
        lambda: make(
            {"id": ["a", "a"], "demand": [-1, float("nan")], "tw_early": [5, 9], "tw_late": [9, 5]},
            {"capacity": [-2], "num_available": [1.5], "depot": ["nowhere"]},
            {"tw_late": [float("nan")]},
            distance_matrix=ways,
        )
    )
    assert sorted(found, key=str) == sorted(
        [
            ("clients", "id", 1, "duplicate_id"),
            ("clients", "demand", 0, "negative"),
            ("clients", "demand", 1, "nan"),
            ("clients", "tw_late", 1, "empty_window"),
            ("vehicle_types", "capacity", 0, "negative"),
            ("vehicle_types", "num_available", 0, "wrong_type"),
            ("vehicle_types", "depot", 0, "unknown_id"),
            ("depots", "tw_late", 0, "nan"),
            ("distance_matrix", "1", 0, "nan"),
            ("distance_matrix", "0", 2, "negative"),
            ("distance_matrix", "2", 1, "wrong_type"),
        ],
        key=str,
    )


@pytest.mark.parametrize(
    ("matrix", "code"),
    [
        ([[0, 1], [1, 0]], "wrong_shape"),
        ([[0, 1, 2], [1, 0], [2, 1, 0]], "ragged"),
        (np.zeros((3, 2)), "wrong_shape"),
        (np.zeros((3, 3, 3)), "wrong_shape"),
        ("nonsense", "wrong_shape"),
        ([["a"] * 3] * 3, "wrong_shape"),
        (SQUARE * 1e300, "out_of_range"),
        (np.where(SQUARE == 2, 2.0**53, SQUARE), "out_of_range"),
        (SQUARE - 1, "negative"),
        (np.full((3, 3), np.nan), "nan"),
        (np.full((3, 3), None), "wrong_type"),
        (-np.inf * np.ones((3, 3)), "negative"),
        (SQUARE + 1j, "wrong_shape"),
    ],
)
@pytest.mark.parametrize("name", ["distance_matrix", "duration_matrix"])
def test_a_matrix_that_cannot_be_used(name, matrix, code):
    options = {"distance_matrix": SQUARE} | {name: matrix}
    found = faults(lambda: make(**options))
    assert {(table, kind) for table, _, _, kind in found} == {(name, code)}


def test_one_empty_cell_in_a_million_is_found():
    n = 999
    ways = np.ones((n + 1, n + 1)).astype(object)
    ways[700, 300] = None
    found = faults(
        lambda: RoutingProblem.from_arrays(
            {"demand": np.ones(n)}, {"num_available": 1, "capacity": 9}, distance_matrix=ways
        )
    )
    assert found == [("distance_matrix", "300", 700, "wrong_type")]


def test_a_matrix_full_of_faults_names_the_first_hundred_and_their_number():
    n = 99
    with pytest.raises(ValidationError) as caught:
        RoutingProblem.from_arrays(
            {"demand": np.ones(n)},
            {"num_available": 1, "capacity": 9},
            distance_matrix=np.full((n + 1, n + 1), np.nan),
        )
    assert len(caught.value.failures) == 101
    assert caught.value.failures[-1].message.startswith("9900 more cells")


@pytest.mark.parametrize(
    ("tables", "fault"),
    [
        ({"fleet": {"num_available": [0]}}, ("vehicle_types", None, None, "no_vehicle")),
        (
            {"fleet": {"id": [], "num_available": [], "capacity": []}},
            ("vehicle_types", None, None, "no_vehicle"),
        ),
        ({"depots": {"id": [], "x": [], "y": []}}, ("depots", None, None, "no_depot")),
        ({"clients": {"x": [np.nan, 1]}}, ("clients", "x", 0, "missing")),
        ({"clients": {"x": [None, 1]}}, ("clients", "x", 0, "missing")),
        ({"clients": {"demand": [1e16, 1]}}, ("clients", "demand", 0, "out_of_range")),
        ({"clients": {"tw_late": [2.0**63, 1]}}, ("clients", "tw_late", 0, "out_of_range")),
        ({"clients": {"tw_early": [np.inf, 1]}}, ("clients", "tw_early", 0, "inf")),
        ({"clients": {"required": ["perhaps", True]}}, ("clients", "required", 0, "wrong_type")),
        ({"clients": {"prize": [-1, 0]}}, ("clients", "prize", 0, "negative")),
        (
            {"fleet": {"tw_early": [9], "tw_late": [8]}},
            ("vehicle_types", "tw_late", 0, "empty_window"),
        ),
        ({"fleet": {"end_depot": ["x"]}}, ("vehicle_types", "end_depot", 0, "unknown_id")),
        ({"fleet": {"max_distance": [-1]}}, ("vehicle_types", "max_distance", 0, "negative")),
        (
            {"clients": {"demand_kg": [1, 1]}},
            ("vehicle_types", "capacity_kg", None, "missing_column"),
        ),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used(tables, fault):
    clients = tables.get("clients", {})
    found = faults(lambda: make(clients, tables.get("fleet"), tables.get("depots")))
    assert fault in found


def test_a_misspelt_column_is_not_taken_for_no_demand():
    clients = {"id": ["a"], "x": [1], "y": [1], "demnad": [1]}
    found = faults(lambda: RoutingProblem.from_frames(clients, FLEET, DEPOTS, metric="euclidean"))
    assert ("clients", "demnad", None, "unknown_column") in found


@pytest.mark.parametrize(
    "options",
    [
        {"metric": "as the crow flies"},
        {"speed": 0},
        {"speed": float("nan")},
        {"speed": "fast"},
        {"detour_factor": -1},
    ],
)
def test_an_option_that_cannot_be_used(options):
    (name,) = options
    ((table, column, _, _),) = faults(lambda: make(**options))
    assert (table, column) == ("from_frames", name)


def test_what_is_no_table_is_said():
    for thing in (3, "clients.csv", object()):
        found = faults(lambda thing=thing: RoutingProblem.from_frames(thing, FLEET, DEPOTS))
        assert ("clients", None, None, "not_a_frame") in found


@pytest.mark.parametrize("shift", [DAY, "08:00", 3600.0])
def test_datetimes_with_a_zone_do_not_mix_with_times_without(shift):
    zoned = {"tw_early": [DAY.replace(tzinfo=dt.UTC)] * 2}
    found = faults(lambda: make(zoned, {"tw_early": [shift]}))
    assert found == [("vehicle_types", "tw_early", None, "mixed_time_zones")]


def test_columns_of_different_lengths_are_a_fault():
    found = faults(
        lambda: RoutingProblem.from_arrays(
            {"demand": [1, 2], "tw_late": [1, 2, 3]}, FLEET, distance_matrix=SQUARE
        )
    )
    assert ("clients", "demand", None, "wrong_shape") in found


def test_coordinates_of_the_wrong_shape_are_a_fault():
    found = faults(
        lambda: RoutingProblem.from_arrays(
            {"demand": [1, 2]}, FLEET, distance_matrix=SQUARE, coordinates=[1, 2, 3]
        )
    )
    assert found == [("coordinates", None, None, "wrong_shape")]


def test_parts_that_do_not_belong_together_are_a_fault():
    problem = make()
    short = type(problem.clients)(**(vars(problem.clients) | {"tw_late": np.zeros(5)}))
    lost = type(problem.vehicle_types)(
        **(vars(problem.vehicle_types) | {"start_depot": np.array([3])})
    )
    found = faults(lambda: problem.replace(clients=short, vehicle_types=lost, loads=("a", "b")))
    assert {(column, code) for _, column, _, code in found} == {
        ("tw_late", "wrong_shape"),
        ("demand", "wrong_shape"),
        ("pickup", "wrong_shape"),
        ("capacity", "wrong_shape"),
        ("start_depot", "unknown_id"),
    }


def test_given_routes_that_name_nobody_are_a_fault():
    problem = make()
    for routes in ([[0, 7]], [[-1]], [[0.5]], [["a"]]):
        found = faults(lambda routes=routes: problem.solution_from_routes(routes))
        assert found == [("routes", "visits", 0, "unknown_id")]
    found = faults(lambda: problem.solution_from_routes([[0]], [4]))
    assert found == [("routes", "vehicle_types", 0, "unknown_id")]
    found = faults(lambda: problem.solution_from_routes([[0]], [0, 0]))
    assert found == [("routes", "vehicle_types", None, "wrong_shape")]


def test_columns_of_rules_may_be_left_out_of_the_parts():
    kept = {"id", "demand", "service_duration", "tw_early", "tw_late", "required", "prize"}
    whole = make()
    clients = {name: column for name, column in vars(whole.clients).items() if name in kept}
    again = whole.replace(clients=type(whole.clients)(**clients))
    assert np.isnan(again.clients.release_time).all()
    assert set(again.clients.group) == {""}
    assert again.features == whole.features
