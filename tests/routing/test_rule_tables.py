"""Tables of rules in: shipments, windows, breaks, traffic, compatibility, skills, pins."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest

from flowopt import RoutingProblem, ValidationError

DAY = dt.datetime(2026, 3, 2)
CLIENTS = {"id": ["Ada", "Bob", "Cleo"], "x": [1, 2, 3], "y": [0, 0, 0]}
FLEET = {"id": ["van", "truck"], "num_available": [2, 1], "capacity": [9, 9]}
DEPOTS = {"id": ["Lyon", "Paris"], "x": [0, 9], "y": [0, 0]}
WAYS = 1.0 - np.eye(5)

LIBRARIES = pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, dict])


def make(clients=None, fleet=None, depots=None, **options):
    tables = CLIENTS | (clients or {}), FLEET | (fleet or {}), DEPOTS | (depots or {})
    return RoutingProblem.from_frames(*tables, metric="euclidean", **options)


def faults(*tables, **options):
    """Return table, column, row and code of the failures."""
    with pytest.raises(ValidationError) as caught:
        make(*tables, **options)
    assert all(fault.fix for fault in caught.value.failures)
    return [(f.table, f.column, f.row, f.code) for f in caught.value.failures]


# ---- shipments

SHIPMENTS = {"id": ["s1"], "pickup": ["Ada"], "delivery": ["Cleo"], "demand": [4.0]}


@LIBRARIES
def test_a_shipment_goes_from_one_client_to_another(library):
    problem = make(shipments=library(SHIPMENTS))
    shipments = problem.shipments
    assert (shipments.id.tolist(), shipments.demand.tolist()) == (["s1"], [[4.0]])
    assert (shipments.pickup.tolist(), shipments.delivery.tolist()) == ([0], [2])
    assert problem.shipment_of.tolist() == [0, -1, 0]
    assert "shipments" in problem.features


def test_shipments_have_the_load_dimensions_of_the_vehicles():
    moved = SHIPMENTS | {"demand_volume": [0.5]}
    problem = make(fleet={"capacity_volume": [1, 1]}, shipments=moved)
    assert problem.loads == ("load", "volume")
    assert problem.shipments.demand.tolist() == [[4.0, 0.5]]
    found = faults(shipments=moved)
    assert found == [("vehicle_types", "capacity_volume", None, "missing_column")]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"pickup": ["Dan"]}, ("shipments", "pickup", 0, "unknown_id")),
        ({"delivery": ["Lyon"]}, ("shipments", "delivery", 0, "unknown_id")),
        ({"delivery": [""]}, ("shipments", "delivery", 0, "missing")),
        ({"delivery": ["Ada"]}, ("shipments", "delivery", 0, "duplicate_id")),
        ({"demand": [-1]}, ("shipments", "demand", 0, "negative")),
    ],
)
def test_a_shipment_that_cannot_be_used(change, fault):
    assert faults(shipments=SHIPMENTS | change) == [fault]


def test_a_client_is_an_end_of_one_shipment_only():
    twice = {"id": [1, 2], "pickup": ["Ada", "Bob"], "delivery": ["Cleo", "Cleo"]}
    assert faults(shipments=twice) == [("shipments", "delivery", 1, "duplicate_id")]


def test_both_ends_of_a_shipment_are_required_or_neither():
    found = faults({"required": [True, True, False]}, shipments=SHIPMENTS)
    assert found == [("shipments", "delivery", 0, "inconsistent")]


def test_the_numbers_of_a_sequence_do_not_fall_within_a_shipment():
    assert make({"sequence": [1, 1, 2]}, shipments=SHIPMENTS)
    assert faults({"sequence": [3, 3, 2]}, shipments=SHIPMENTS) == [
        ("shipments", "delivery", 0, "inconsistent")
    ]


# ---- several windows

WINDOWS = {"client": ["Bob", "Ada", "Bob"], "tw_early": [700, 0, 100], "tw_late": [800, 9, 200]}


@LIBRARIES
def test_several_windows_are_rows_sorted_by_client_and_time(library):
    windows = make(time_windows=library(WINDOWS)).time_windows
    assert windows.client.tolist() == [0, 1, 1]
    assert windows.tw_early.tolist() == [0, 100, 700]
    assert windows.tw_late.tolist() == [9, 200, 800]


@LIBRARIES
def test_windows_that_are_datetimes_count_from_midnight_of_the_first_day(library):
    early = [DAY.replace(day=3, hour=7), DAY.replace(hour=8), DAY.replace(hour=9)]
    late = [moment + dt.timedelta(hours=1) for moment in early]
    problem = make(time_windows=library({**WINDOWS, "tw_early": early, "tw_late": late}))
    assert problem.time_origin == DAY
    assert problem.time_windows.tw_early.tolist() == [8 * 3600, 9 * 3600, 31 * 3600]


def test_clock_times_of_windows_count_from_the_same_midnight_as_dates():
    clock = {"client": ["Ada"], "tw_early": ["08:00"], "tw_late": ["09:00"]}
    problem = make({"tw_early": [DAY.replace(hour=6)] * 3}, time_windows=clock)
    assert problem.time_windows.tw_early.tolist() == [8 * 3600]
    assert problem.clients.tw_early.tolist() == [6 * 3600] * 3


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"client": ["Bob", "Dan", "Bob"]}, ("time_windows", "client", 1, "unknown_id")),
        ({"tw_late": [600, 9, 200]}, ("time_windows", "tw_late", 2, "empty_window")),
        ({"tw_early": [700, "soon", 100]}, ("time_windows", "tw_early", 1, "wrong_type")),
    ],
)
def test_a_window_that_cannot_be_used(change, fault):
    assert faults(time_windows=WINDOWS | change) == [fault]


# ---- breaks

BREAKS = {"vehicle_type": ["van"], "tw_early": [100], "tw_late": [200], "duration": [45]}


@LIBRARIES
def test_breaks_are_rows_of_a_vehicle_type(library):
    breaks = make(breaks=library(BREAKS)).breaks
    assert [column.tolist() for column in vars(breaks).values()] == [[0], [100], [200], [45]]


def test_breaks_may_be_dates_with_a_duration_of_their_own():
    table = BREAKS | {
        "tw_early": [DAY.replace(hour=11)],
        "tw_late": [DAY.replace(hour=13)],
        "duration": [dt.timedelta(minutes=45)],
    }
    problem = make({"tw_early": [DAY, None, None]}, breaks=table)
    assert problem.breaks.tw_early.tolist() == [11 * 3600]
    assert problem.breaks.duration.tolist() == [2700]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"vehicle_type": ["bike"]}, ("breaks", "vehicle_type", 0, "unknown_id")),
        ({"tw_late": [50]}, ("breaks", "tw_late", 0, "empty_window")),
        ({"duration": [None]}, ("breaks", "duration", 0, "missing")),
        ({"duration": [-1]}, ("breaks", "duration", 0, "negative")),
        ({"duration": [DAY]}, ("breaks", "duration", None, "wrong_type")),
    ],
)
def test_a_break_that_cannot_be_used(change, fault):
    assert fault in faults(breaks=BREAKS | change)


# ---- traffic and profiles

TRAFFIC = {"start": ["07:00", "09:00"], "speed_factor": [0.5, 1.0]}


@LIBRARIES
def test_traffic_holds_on_the_ways_of_all_unless_it_names_a_profile(library):
    assert make(traffic=library(TRAFFIC)).traffic.profile.tolist() == [-1, -1]
    named = library(TRAFFIC | {"profile": ["", "city"]})
    problem = make(fleet={"profile": ["", "city"]}, traffic=named, profiles={"city": None})
    assert problem.traffic.profile.tolist() == [-1, 1]
    assert problem.traffic.start.tolist() == [7 * 3600, 9 * 3600]
    assert problem.vehicle_types.profile.tolist() == [0, 1]
    assert problem.travel_of(1).distance is problem.travel.distance  # None: no ways of its own


def test_traffic_may_start_at_dates():
    table = TRAFFIC | {"start": [DAY.replace(hour=7), DAY.replace(hour=9)]}
    problem = make(traffic=table)
    assert problem.time_origin == DAY
    assert problem.traffic.start.tolist() == [7 * 3600, 9 * 3600]


def test_a_profile_has_ways_of_its_own():
    pair = WAYS, 60 * WAYS
    problem = make(fleet={"profile": ["bike", ""]}, profiles={"bike": pair, "foot": 9 * WAYS})
    assert problem.profile_names == ("bike", "foot")
    assert problem.travel_of(0).duration[0, 1] == 60
    assert problem.travel_of(1) is problem.travel
    assert problem.profiles[1].duration[0, 1] == 9


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"traffic": TRAFFIC | {"speed_factor": [0, 1]}}, ("traffic", "speed_factor", 0)),
        ({"traffic": TRAFFIC | {"start": ["07:00", "07:00"]}}, ("traffic", "profile+start", 1)),
        ({"traffic": TRAFFIC | {"profile": ["", "city"]}}, ("traffic", "profile", 1)),
        ({"profiles": {"bike": WAYS[:3, :3]}}, ("profiles['bike']", None, None)),
        ({"profiles": {"bike": -WAYS}}, ("profiles['bike']", "1", 0)),
        ({"profiles": {"bike": (WAYS, np.nan * WAYS)}}, ("profiles['bike'], durations", "0", 0)),
    ],
)
def test_traffic_and_profiles_that_cannot_be_used(options, fault):
    assert faults(**options)[0][:3] == fault


def test_a_profile_that_is_not_given_is_named():
    assert faults(fleet={"profile": ["bike", ""]}) == [
        ("vehicle_types", "profile", 0, "unknown_id")
    ]


# ---- skills, compatibility, pins


@pytest.mark.parametrize(
    "wanted",
    [
        ["cooled; tail lift", "", "cooled"],
        ["tail lift,cooled", None, " cooled "],
        [["cooled", "tail lift"], [], ("cooled",)],
        [{"cooled", "tail lift"}, None, np.array(["cooled"])],
    ],
    ids=["semicolons", "commas", "lists", "sets and arrays"],
)
def test_skills_may_be_words_or_lists(wanted):
    problem = make({"skills": wanted}, {"skills": ["cooled", ["tail lift", "cooled"]]})
    assert sorted(problem.skills) == ["cooled", "tail lift"]
    assert problem.may_serve.tolist() == [[False, True], [True, True], [True, True]]


@LIBRARIES
def test_skills_may_be_a_column_of_lists_in_any_library(library):
    skills = [["cooled", "tail lift"], ["cooled"], []]
    problem = RoutingProblem.from_frames(
        library(CLIENTS | {"skills": skills}),
        library(FLEET | {"skills": [["cooled"], ["tail lift", "cooled"]]}),
        library(DEPOTS),
        metric="euclidean",
    )
    assert problem.may_serve.tolist() == [[False, True], [True, True], [True, True]]


def test_skills_of_arrays_may_be_lists_of_one_length():
    problem = RoutingProblem.from_arrays(
        {"demand": [1, 1], "skills": [["a"], ["b"]]},
        {"num_available": [1, 1], "capacity": 9, "skills": ["a", "a;b"]},
        distance_matrix=np.ones((3, 3)),
    )
    assert problem.may_serve.tolist() == [[True, True], [False, True]]


def test_one_skill_stands_for_all_rows_of_arrays():
    fleet = {"num_available": [1, 1], "capacity": 9, "skills": [["a"], []]}
    clients = {"demand": [1, 1], "skills": "a"}
    problem = RoutingProblem.from_arrays(clients, fleet, distance_matrix=np.ones((3, 3)))
    assert problem.may_serve.tolist() == [[True, False], [True, False]]


def test_a_list_with_an_empty_name_is_a_fault():
    assert faults({"skills": [["a", None], [], []]}) == [("clients", "skills", 0, "missing")]


@LIBRARIES
def test_a_client_that_is_named_takes_only_the_types_beside_it(library):
    table = {
        "client": ["Ada", "Ada", "Bob"],
        "vehicle_type": ["van", "truck", "truck"],
        "assignment_cost": [0, 5, 7],
    }
    problem = make(compatibility=library(table))
    assert problem.may_serve.tolist() == [[True, True], [False, True], [True, True]]
    assert problem.clients.assignment_cost.tolist() == [[0, 5], [0, 7], [0, 0]]


def test_a_pinned_client_takes_one_type_whatever_else_may_serve_it():
    table = {"client": ["Ada", "Ada"], "vehicle_type": ["van", "truck"]}
    problem = make({"vehicle_type": ["truck", "", "van"]}, compatibility=table)
    assert problem.may_serve.tolist() == [[False, True], [True, True], [True, False]]


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"client": ["Dan"], "vehicle_type": ["van"]}, ("compatibility", "client", 0)),
        ({"client": ["Ada"], "vehicle_type": ["bike"]}, ("compatibility", "vehicle_type", 0)),
        (
            {"client": ["Ada"] * 2, "vehicle_type": ["van"] * 2},
            ("compatibility", "client+vehicle_type", 1),
        ),
        (
            {"client": ["Ada"], "vehicle_type": ["van"], "assignment_cost": [-1]},
            ("compatibility", "assignment_cost", 0),
        ),
    ],
)
def test_compatibility_that_cannot_be_used(table, fault):
    assert [found[:3] for found in faults(compatibility=table)] == [fault]


def test_a_pin_to_no_vehicle_type_is_a_fault():
    assert faults({"vehicle_type": ["bike", "", ""]}) == [
        ("clients", "vehicle_type", 0, "unknown_id")
    ]


# ---- columns of clients and vehicle types


def test_release_times_may_be_dates():
    release = [DAY.replace(hour=6), None, DAY.replace(hour=7)]
    problem = make({"release_time": release})
    assert problem.time_origin == DAY
    np.testing.assert_array_equal(problem.clients.release_time, [6 * 3600, np.nan, 7 * 3600])


def test_vehicles_reload_at_the_depots_that_are_listed():
    fleet = {"max_reloads": [2, np.inf], "depot": ["", "Paris"]}
    types = make(fleet=fleet | {"reload_depots": ["Paris; Lyon", ""]}).vehicle_types
    assert types.reload_depots.tolist() == [[True, True], [False, True]]  # empty: at its start
    assert types.max_reloads.tolist() == [2, np.inf]
    assert faults(fleet={"reload_depots": [["Rome"], []]}) == [
        ("vehicle_types", "reload_depots", 0, "unknown_id")
    ]


def test_a_group_is_required_as_a_whole_or_not_at_all():
    clients = {"group": ["g", "g", ""], "required": [True, False, True]}
    assert faults(clients) == [("clients", "required", 1, "inconsistent")]


def test_an_end_of_a_shipment_is_in_no_group():
    found = faults({"group": ["g", "g", ""]}, shipments=SHIPMENTS)
    assert found == [("clients", "group", 0, "inconsistent")]


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"priority": [101, 0, 0]}, ("clients", "priority", 0, "out_of_range")),
        ({"priority": [1.5, 0, 0]}, ("clients", "priority", 0, "wrong_type")),
        ({"pickup": [-1, 0, 0]}, ("clients", "pickup", 0, "negative")),
        ({"sequence": ["first", 0, 0]}, ("clients", "sequence", 0, "wrong_type")),
        ({"release_time": ["late", 0, 0]}, ("clients", "release_time", 0, "wrong_type")),
    ],
)
def test_a_column_of_clients_that_cannot_be_used(columns, fault):
    assert faults(columns) == [fault]


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"speed_factor": [0, 1]}, ("vehicle_types", "speed_factor", 0, "out_of_range")),
        ({"max_overtime": [-1, 0]}, ("vehicle_types", "max_overtime", 0, "negative")),
        ({"max_reloads": [-1, 0]}, ("vehicle_types", "max_reloads", 0, "negative")),
        (
            {"max_driving_duration": [DAY, None]},
            ("vehicle_types", "max_driving_duration", None, "wrong_type"),
        ),
    ],
)
def test_a_column_of_vehicle_types_that_cannot_be_used(columns, fault):
    assert fault in faults(fleet=columns)


def test_the_faults_of_all_tables_are_listed_at_once():
    found = faults(
        {"priority": [500, 0, 0], "vehicle_type": ["bike", "", ""]},
        {"profile": ["bike", ""]},
        shipments=SHIPMENTS | {"pickup": ["Dan"]},
        time_windows=WINDOWS | {"client": ["Dan", "Ada", "Bob"]},
        breaks=BREAKS | {"duration": [None]},
        traffic=TRAFFIC | {"speed_factor": [-1, 1]},
        compatibility={"client": ["Dan"], "vehicle_type": ["van"]},
        profiles={"car": -WAYS},
        longest_duration_cost=-1,
    )
    assert {table for table, *_ in found} == {
        "clients",
        "vehicle_types",
        "shipments",
        "time_windows",
        "breaks",
        "traffic",
        "compatibility",
        "profiles['car']",
        "from_frames",
    }


def test_the_tables_of_the_caller_stay_theirs():
    tables = {
        "shipments": pd.DataFrame(SHIPMENTS),
        "time_windows": pd.DataFrame(WINDOWS),
        "breaks": pd.DataFrame(BREAKS),
    }
    before = {name: table.copy(deep=True) for name, table in tables.items()}
    make(**tables)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, before[name])
