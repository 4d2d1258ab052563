"""What a newcomer gives at first: dates as texts, empty cells, labelled matrices, or nothing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from flowopt import RoutingProblem, ValidationError
from flowopt.routing.clock import TimeFormat

CLIENTS = {"id": ["a", "b"], "x": [3.0, 0.0], "y": [4.0, 2.0], "demand": [1, 2]}
FLEET = {"id": ["van"], "num_available": [2], "capacity": [9]}
DEPOTS = {"id": ["hub"], "x": [0.0], "y": [0.0]}
IDS = ["hub", "a", "b"]
WAYS = np.array([[0.0, 1, 2], [3, 0, 4], [5, 6, 0]])


def make(clients=None, fleet=None, depots=None, **options):
    tables = (CLIENTS | (clients or {}), FLEET | (fleet or {}), DEPOTS | (depots or {}))
    return RoutingProblem.from_frames(*tables, **({"metric": "euclidean"} | options))


def faults(make_it):
    with pytest.raises(ValidationError) as caught:
        make_it()
    return caught.value.failures


def only(things):
    (thing,) = things
    return thing


# ---- dates


@pytest.mark.parametrize(
    ("clients", "fleet"),
    [
        (
            {"tw_early": ["2026-03-02T08:00", "2026-03-02 09:00"]},
            {"tw_early": ["06:00"], "tw_late": ["18:00"]},
        ),
        (
            {"tw_early": ["2026-03-02T08:00", "2026-03-02 09:00"]},
            {"tw_early": [21600], "tw_late": [64800]},
        ),
        (
            {"tw_early": ["08:00", "09:00"], "tw_late": ["10:00", 39600]},
            {"tw_early": ["2026-03-02 06:00"], "tw_late": [dt.datetime(2026, 3, 2, 18)]},
        ),
        (
            {"tw_early": ["2026-03-02T08:00", None], "tw_late": ["10:00", "11:00"]},
            {"tw_early": ["2026-03-02"], "tw_late": ["2026-03-03"]},
        ),
    ],
)
@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, dict])
def test_date_texts_beside_clock_times_mean_the_same_day(library, clients, fleet):
    mixed = library is pl.DataFrame
    clients, fleet = (
        {name: list(map(str, cells)) if mixed and None not in cells else cells
         for name, cells in table.items()}
        for table in (clients, fleet)
    )  # fmt: skip
    problem = RoutingProblem.from_frames(
        library(CLIENTS | clients), library(FLEET | fleet), DEPOTS, metric="euclidean", speed=50
    )
    assert problem.time_origin == dt.datetime(2026, 3, 2)
    assert problem.clients.tw_early[0] == 8 * 3600
    solution = problem.solve(engine="construct")
    assert not solution.unserved
    starts = solution.tables()["visits"]["start"].tolist()
    assert {moment.date() for moment in starts} == {dt.date(2026, 3, 2)}


EIGHT = pd.Timestamp("2026-03-02T08:00")


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series([EIGHT, pd.NaT]),
        pd.Series([EIGHT, pd.NaT], dtype=object),
        [EIGHT, pd.NaT],
        [EIGHT, None],
        np.array([EIGHT.to_datetime64(), "NaT"], dtype="M8[ns]"),
        pd.Series(["2026-03-02 08:00", pd.NaT], dtype=object),
        pd.Series(["2026-03-02 08:00", np.datetime64("NaT", "s")], dtype=object),
        pd.Series([EIGHT, None], dtype="timestamp[us][pyarrow]"),
    ],
)
@pytest.mark.parametrize("frame", [pd.DataFrame, dict])
@pytest.mark.parametrize(("column", "default"), [("tw_early", 0.0), ("tw_late", np.inf)])
def test_nat_in_a_window_is_an_empty_cell(frame, cells, column, default):
    problem = RoutingProblem.from_frames(
        frame(CLIENTS | {column: cells}), FLEET, DEPOTS, metric="euclidean"
    )
    assert getattr(problem.clients, column).tolist() == [8 * 3600.0, default]
    assert problem.time_origin == dt.datetime(2026, 3, 2)
    assert not problem.solve(engine="construct").unserved


@pytest.mark.parametrize(
    "cells", [[pd.NaT, pd.NaT], pd.Series([pd.NaT, pd.NaT]), np.array(["NaT"] * 2, dtype="M8[s]")]
)
def test_a_window_column_of_nothing_but_nat_is_no_window(cells):
    problem = make({"tw_early": cells, "tw_late": cells})
    assert problem.time_origin is None
    assert problem.clients.tw_late.tolist() == [np.inf, np.inf]


def test_a_timedelta_that_is_nat_is_an_empty_cell():
    cells = pd.Series([pd.Timedelta("10min"), pd.NaT])
    assert make({"service_duration": cells}).clients.service_duration.tolist() == [600.0, 0.0]


@pytest.mark.parametrize(
    ("tables", "place"),
    [
        ({"clients": {"service_duration": ["2026-03-02"] * 2}}, ("clients", "service_duration")),
        ({"fleet": {"max_duration": [EIGHT]}}, ("vehicle_types", "max_duration")),
    ],
)
def test_a_duration_is_no_date(tables, place):
    fault = only(faults(lambda: make(**tables)))
    assert (fault.table, fault.column, fault.code) == (*place, "wrong_type")


# ---- tables that are missing


@pytest.mark.parametrize("name", ["clients", "vehicle_types", "depots"])
def test_a_table_that_is_none_is_a_fault(name):
    tables = {"clients": CLIENTS, "vehicle_types": FLEET, "depots": DEPOTS} | {name: None}
    fault = only(faults(lambda: RoutingProblem.from_frames(**tables, metric="euclidean")))
    assert (fault.table, fault.column) == (name, None)
    assert "is missing; give it" in str(fault)


def test_all_tables_that_are_none_are_said_at_once():
    found = faults(lambda: RoutingProblem.from_frames(None, None, None))
    assert {fault.table for fault in found} == {"clients", "vehicle_types", "depots"}


@pytest.mark.parametrize(("clients", "fleet"), [(None, FLEET), (CLIENTS, None)])
def test_arrays_that_are_none_are_a_fault(clients, fleet):
    found = faults(lambda: RoutingProblem.from_arrays(clients, fleet, distance_matrix=WAYS))
    assert only(found).code == "missing_table"


def test_an_empty_frame_of_clients_is_no_fault():
    problem = RoutingProblem.from_frames(
        pd.DataFrame({"id": [], "x": [], "y": []}), FLEET, DEPOTS, metric="euclidean"
    )
    assert problem.num_clients == 0


# ---- labelled matrices


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
@pytest.mark.parametrize("columns", [[0, 1, 2], [0, 2, 1]])
def test_a_matrix_labelled_with_the_ids_may_be_in_any_order(order, columns):
    names = np.array(IDS)
    ways = pd.DataFrame(WAYS[np.ix_(order, columns)], index=names[order], columns=names[columns])
    problem = make(distance_matrix=ways, duration_matrix=ways * 10)
    assert problem.travel.distance.tolist() == WAYS.tolist()
    assert problem.travel.duration.tolist() == (WAYS * 10).tolist()


def test_labels_that_are_numbers_match_ids_that_are_numbers():
    frame = pd.DataFrame(WAYS, index=[30, 10, 20], columns=["30", "10", "20"])
    problem = make({"id": [20, 10]}, depots={"id": [30]}, distance_matrix=frame)
    assert problem.travel.distance.tolist() == WAYS[np.ix_([0, 2, 1], [0, 2, 1])].tolist()


@pytest.mark.parametrize(
    "matrix",
    [
        WAYS.tolist(),
        pd.DataFrame(WAYS),
        pl.DataFrame(WAYS),
        pl.DataFrame(WAYS, schema=IDS),
        pd.DataFrame(WAYS, columns=IDS),
        pd.DataFrame(WAYS, index=IDS),
    ],
)
def test_a_matrix_without_labels_of_its_own_is_in_the_order_of_the_tables(matrix):
    assert make(distance_matrix=matrix).travel.distance.tolist() == WAYS.tolist()


@pytest.mark.parametrize(
    ("matrix", "axes", "text"),
    [
        (pd.DataFrame(WAYS, [*IDS[:2], "c"], IDS), ["index"], "'c' is no depot or client, 'b' is"),
        (pd.DataFrame(WAYS, ["p", "q", "r"], ["p", "q", "r"]), ["index", "columns"], "'p', 'q'"),
        (pd.DataFrame(WAYS, [7, 8, 9]), ["index"], "'7', '8', '9' are no depot"),
        (pd.DataFrame(WAYS, ["hub", "a", "a"], IDS), ["index"], "'b' is missing"),
        (pl.DataFrame(WAYS, schema=["b", "a", "hub"]), [None], "columns alone"),
        (pd.DataFrame(WAYS, columns=["b", "a", "hub"]), [None], "label its rows"),
        (pl.DataFrame(WAYS, schema=["x", "y", "z"]), ["columns"], "'x', 'y', 'z' are no depot"),
    ],
)
def test_a_matrix_with_other_labels_is_refused(matrix, axes, text):
    found = faults(lambda: make(distance_matrix=matrix))
    assert [fault.column for fault in found] == axes
    assert text in str(found[0])


def test_labels_that_a_depot_and_a_client_share_must_be_in_the_order_of_the_tables():
    names = ["a", "a", "b"]
    ways = pd.DataFrame(WAYS, names, names)
    assert make(depots={"id": ["a"]}, distance_matrix=ways).travel.distance[0, 2] == 2.0
    turned = ways.iloc[::-1, ::-1]
    found = faults(lambda: make(depots={"id": ["a"]}, distance_matrix=turned))
    assert "a depot and a client have the same id" in str(found[0])


def test_a_faulty_cell_is_named_by_its_place_in_the_matrix_given():
    ways = pd.DataFrame(WAYS, IDS, IDS).iloc[::-1]
    ways.loc["hub", "b"] = np.nan
    found = only(faults(lambda: make(distance_matrix=ways)))
    assert (found.table, found.column, found.row) == ("distance_matrix", "2", 2)


def test_a_table_of_pyarrow_is_a_matrix_too():
    table = pa.table({name: WAYS[:, i] for i, name in enumerate(IDS)})
    assert make(distance_matrix=table).travel.distance.tolist() == WAYS.tolist()


# ---- the metric, and large numbers


def test_plane_coordinates_without_a_metric_are_one_fault_with_the_hint():
    fault = only(faults(lambda: RoutingProblem.from_frames(CLIENTS, FLEET, DEPOTS)))
    assert fault.fix == 'give metric="euclidean"'


def test_degrees_with_a_plane_metric_are_one_fault_with_the_hint():
    clients = {"id": ["a"], "lat": [45.0], "lon": [5.0]}
    depots = {"id": ["hub"], "lat": [46.0], "lon": [5.0]}
    fault = only(
        faults(lambda: RoutingProblem.from_frames(clients, FLEET, depots, metric="manhattan"))
    )
    assert fault.fix == 'give metric="haversine"'


# ---- times in words


def late_client(**options):
    return make(
        {"x": [3.0, 90.0], "y": [4.0, 0.0], "tw_late": ["09:30", "09:00"]},
        {"tw_early": ["07:30"], "tw_late": ["16:00"]},
        **({"speed": 50} | options),
    )


def test_a_clock_time_in_a_fix_is_rounded_up_and_suffices():
    problem = late_client(speed=47)
    entry = only(problem.solve(engine="construct").unserved)
    assert entry.message == "a vehicle that goes straight to it starts at 09:25, after 09:00"
    assert entry.fix == "raise tw_late of b to 09:25"
    assert entry.changes[0].value == pytest.approx(7.5 * 3600 + 90 / 47 * 3600)
    mended = make(
        {"x": [3.0, 90.0], "y": [4.0, 0.0], "tw_late": ["09:30", "09:25"]},
        {"tw_early": ["07:30"], "tw_late": ["16:00"]},
        speed=47,
    )
    assert not mended.solve(engine="construct").unserved


def test_a_shift_and_a_longest_duration_in_a_fix_are_clock_time_and_duration():
    fleet = {"tw_early": ["07:30"], "tw_late": ["10:00"], "max_duration": ["03:00"]}
    problem = make({"x": [3.0, 90.0], "y": [4.0, 0.0]}, fleet, speed=47)
    entry = only(problem.solve(engine="construct").unserved)
    assert entry.message == (
        "the trip of van to it alone is back at 11:20, after 10:00 and takes 3 h 50, "
        "more than 3 h 00"
    )
    assert entry.fix == "raise tw_late of van to 11:20 and max_duration of van to 3 h 50"


def test_dates_in_come_out_as_dates_in_a_fix():
    early, late = "2026-03-02 07:30", ["2026-03-02 09:30", "2026-03-02 09:00"]
    problem = make(
        {"x": [3.0, 90.0], "y": [4.0, 0.0], "tw_late": late}, {"tw_early": [early]}, speed=47
    )
    entry = only(problem.solve(engine="construct").unserved)
    assert entry.fix == "raise tw_late of b to 2026-03-02 09:25"


def test_plain_seconds_with_a_speed_are_clock_times_and_clock_times_need_no_speed():
    fleet = {"tw_early": [27000]}
    seconds = make({"y": [4.0, 90.0], "tw_late": [34200, 32400]}, fleet, speed=47)
    assert "to 09:25" in only(seconds.solve(engine="construct").unserved).fix
    clocks = make({"tw_late": ["07:30", "09:00"]}, {"tw_early": ["07:30"]})
    entry = only(clocks.solve(engine="construct").unserved)
    assert entry.message.endswith("starts at 07:31, after 07:30")


def test_the_check_says_in_clock_times_what_given_routes_break():
    fleet = {"tw_early": ["07:30"], "tw_late": ["10:00"], "max_duration": ["03:00"]}
    clients = {"x": [3.0, 90.0], "y": [4.0, 0.0], "tw_late": ["09:30", "09:00"]}
    report = make(clients, fleet, speed=45).solution_from_routes([[1]]).check()
    assert [str(violation) for violation in report] == [
        "time_window [route 1: b]: the visit starts at 09:30, after 09:00",
        "shift [route 1]: returns at 11:30, after 10:00",
        "max_duration [route 1]: takes 4 h 00 where 3 h 00 is the most",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00"),
        (93600, "26:00"),
        (-1800, "-00:30"),
        (34201, "09:30:01"),
        (34200.0000001, "09:30"),
        (1e9, "1000000000"),
        (np.inf, "inf"),
    ],
)
def test_moments_of_the_day(seconds, text):
    assert TimeFormat(of_day=True).moment(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "up", "text"),
    [
        (45332.61425, True, "12 h 36"),
        (2700, False, "45 min"),
        (5, False, "5 s"),
        (3605, False, "1 h 5 s"),
        (3665, False, "1 h 1 min 5 s"),
        (3605, True, "1 h 01"),
        (0, False, "0 min"),
        (np.inf, False, "inf"),
    ],
)
def test_durations_in_words(seconds, up, text):
    assert TimeFormat(of_day=True).duration(seconds, up=up) == text


def test_moments_beyond_the_calendar_are_numbers():
    assert TimeFormat(dt.datetime(9999, 12, 31)).moment(90000) == "90000"
    zoned = TimeFormat(dt.datetime(2026, 3, 2, tzinfo=dt.UTC))
    assert zoned.moment(34200) == "2026-03-02 09:30+00:00"


def test_numbers_without_a_unit_stay_numbers():
    entry = only(make({"tw_late": [2, 9]}).solve(engine="construct").unserved)
    assert entry.message == "a vehicle that goes straight to it starts at 5, after 2"
    problem = RoutingProblem.from_arrays(
        {"demand": [1], "tw_late": 2000.0}, FLEET, distance_matrix=[[0, 7200], [7200, 0]]
    )
    assert only(problem.solve(engine="construct").unserved).fix == "raise tw_late of 1 to 7200"


def test_a_window_past_midnight_gets_the_hint_of_hours_beyond_24():
    window = {"tw_early": ["22:00", "08:00"], "tw_late": ["02:00", "09:00"]}
    fault = only(faults(lambda: make(window)))
    assert str(fault) == (
        "clients.tw_late, row 0: '02:00' is before tw_early 22:00; give a tw_late of at least "
        "tw_early; past midnight the hours go on: 02:00 is then 26:00"
    )
    assert make(window | {"tw_late": ["26:00", "09:00"]}).clients.tw_late[0] == 26 * 3600


def test_an_empty_window_of_bare_numbers_has_no_hours():
    fault = only(faults(lambda: make({"tw_early": [5, 0], "tw_late": [4, 9]})))
    assert str(fault).endswith("4.0 is before tw_early 5; give a tw_late of at least tw_early")


# ---- what to start from


def test_a_solution_of_a_problem_with_other_ids_cannot_be_started_from():
    other = make({"id": ["p", "q"]}).solve(engine="construct")
    fault = only(faults(lambda: make().solve(engine="construct", initial=other)))
    assert (fault.column, fault.code) == ("initial", "unknown_id")
    other = make(fleet={"id": ["truck"]}).solve(engine="construct")
    fault = only(faults(lambda: make().solve(engine="construct", initial=other)))
    assert "vehicle_types" in fault.message


def visits(library, **columns):
    return library({"route": ["r", "r"], "client": ["a", "b"]} | columns)


@pytest.mark.parametrize("library", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_a_frame_of_visits_can_be_started_from(library):
    problem = make(distance_matrix=WAYS)  # hub a b hub costs 1 + 4 + 5, hub b a hub 2 + 6 + 3
    start = problem.solve(engine="construct").cost
    assert start == 10.0
    frame = visits(library, position=[1, 2], vehicle_type=["van", "van"])
    assert problem.solve(engine="construct", initial=frame).cost == 10.0


def test_a_solutions_own_table_of_visits_can_be_started_from():
    problem = make()
    solution = problem.solve(engine="construct")
    again = problem.solve(engine="construct", initial=solution.to_frame("visits"))
    assert again.cost == solution.cost


def test_the_order_in_a_frame_of_visits_is_that_of_its_positions():
    from flowopt.routing.initial import initial_routes

    problem = make(fleet={"id": ["bike", "van"], "num_available": [1, 1], "capacity": [1, 9]})
    for frame, expected in (
        (visits(dict), [(1, [0, 1])]),  # the bike cannot hold them
        (visits(pd.DataFrame, position=[2, 1]), [(1, [1, 0])]),
        (visits(dict, vehicle_type=["bike", ""]), [(0, [0, 1])]),
        (visits(dict, route=[1, 2]), [(0, [0]), (1, [1])]),
    ):
        assert initial_routes(problem, frame) == expected
    rows = [{"route": 1, "client": "b"}, {"route": 1, "client": "a"}]
    assert initial_routes(problem, rows) == [(1, [1, 0])]


@pytest.mark.parametrize(
    ("frame", "place"),
    [
        ({"route": [1, 1], "client": ["a", "z"]}, ("initial", "client", 1)),
        ({"route": [1, 1], "client": ["a", "a"]}, ("initial", "client", 1)),
        ({"client": ["a", "b"]}, ("initial", "route", None)),
        (visits(dict, vehicle_type=["van", "ship"]), ("initial", "vehicle_type", 1)),
        (pd.DataFrame({"stop": ["a"]}), ("solve", "initial", None)),
        ("yesterday.csv", ("solve", "initial", None)),
        ([["a", "b"]], ("solve", "initial", None)),
    ],
)
def test_a_frame_of_visits_with_a_fault_is_refused(frame, place):
    fault = only(faults(lambda: make().solve(engine="construct", initial=frame)))
    assert (fault.table, fault.column, fault.row) == place


def test_a_route_of_several_vehicle_types_cannot_be_started_from():
    problem = make(fleet={"id": ["bike", "van"], "num_available": [1, 1], "capacity": [1, 9]})
    frame = visits(dict, vehicle_type=["bike", "van"])
    fault = only(faults(lambda: problem.solve(engine="construct", initial=frame)))
    assert fault.code == "ambiguous"
