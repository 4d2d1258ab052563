"""Whatever is wrong with the tables is said at once, with its place and its fix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from flowopt.core.errors import Failure, ValidationError
from flowopt.network import Network

Tables = dict[str, dict[str, list[Any]]]


def faults_of(tables: Any) -> tuple[Failure, ...]:
    with pytest.raises(ValidationError) as error:
        Network.from_frames(**tables)
    return error.value.failures


def only_fault_of(tables: Any) -> Failure:
    faults = faults_of(tables)
    assert len(faults) == 1, faults
    return faults[0]


def changed(tables: Tables, place: str, row: int, value: Any) -> Tables:
    """Return the tables with one cell changed; `place` is table.column."""
    table, column = place.split(".")
    columns = tables[table]
    blank = [None] * len(next(iter(columns.values())))
    cells = list(columns.get(column, blank))
    cells[row] = value
    return tables | {table: columns | {column: cells}}


@pytest.mark.parametrize(
    ("place", "row", "value", "code"),
    [
        ("sites.id", 1, "", "missing"),
        ("sites.kind", 2, "shop", "unknown_choice"),
        ("sites.kind", 2, None, "missing"),
        ("sites.lat", 0, 91.0, "out_of_range"),
        ("sites.lat", 0, -math.inf, "inf"),
        ("sites.lon", 3, -181.0, "out_of_range"),
        ("sites.supply", 0, -1.0, "negative"),
        ("sites.supply", 0, math.nan, "nan"),
        ("sites.supply", 0, "lots", "wrong_type"),
        ("sites.supply", 0, 1e300, "out_of_range"),
        ("sites.fixed_cost", 0, math.inf, "inf"),
        ("sites.tw_early", 2, "25 o'clock", "wrong_type"),
        ("lanes.source", 0, "Brest", "unknown_id"),
        ("lanes.target", 3, None, "missing"),
        ("lanes.mode", 1, "canal", "unknown_id"),
        ("lanes.capacity", 0, -50.0, "negative"),
        ("lanes.distance", 0, -3.0, "negative"),
        ("lanes.distance", 0, math.inf, "inf"),
        ("lanes.unit_cost", 0, 1e200, "out_of_range"),
        ("demand.site", 0, "Brest", "unknown_id"),
        ("demand.commodity", 0, "pepper", "unknown_id"),
        ("demand.demand", 1, -5.0, "negative"),
        ("demand.demand", 1, None, "missing"),
        ("demand.demand", 1, math.inf, "inf"),
        ("commodities.pack_size", 0, 0.0, "out_of_range"),
        ("modes.speed", 0, -60.0, "out_of_range"),
        ("modes.speed", 0, 0.0, "out_of_range"),
        ("modes.detour_factor", 0, 0.5, "out_of_range"),
        ("stock.site", 0, "Brest", "unknown_id"),
        ("stock.on_hand", 0, -1.0, "negative"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named(
    chain: Tables, place: str, row: int, value: Any, code: str
) -> None:
    faults = faults_of(changed(chain, place, row, value))
    assert (place, row, code) in [(f"{f.table}.{f.column}", f.row, f.code) for f in faults]
    assert all(fault.fix for fault in faults)
    if place != "sites.id":  # without an id, lanes lose the site too
        assert len(faults) == 1, faults


def test_ten_faults_in_six_tables_come_in_one_error(chain: Tables) -> None:
    for place, row, value in [
        ("sites.kind", 0, "mill"),
        ("sites.lat", 1, 99.0),
        ("sites.tw_late", 3, 60.0),
        ("lanes.target", 2, "Brest"),
        ("lanes.capacity", 3, -1.0),
        ("lanes.min_flow", 0, 60.0),
        ("demand.demand", 0, "ten"),
        ("commodities.unit_weight", 1, -2.0),
        ("modes.speed", 1, 0.0),
        ("stock.commodity", 0, "pepper"),
    ]:
        chain = changed(chain, place, row, value)
    faults = faults_of(chain)
    assert [(f.table, f.column, f.row) for f in faults] == [
        ("sites", "kind", 0),
        ("sites", "lat", 1),
        ("commodities", "unit_weight", 1),
        ("modes", "speed", 1),
        ("lanes", "capacity", 3),
        ("lanes", "target", 2),
        ("demand", "demand", 0),
        ("stock", "commodity", 0),
        ("sites", "tw_early", 3),
        ("lanes", "min_flow", 0),
    ]


def test_a_lane_onto_itself_is_refused(chain: Tables) -> None:
    fault = only_fault_of(changed(chain, "lanes.target", 2, "Paris"))
    assert (fault.code, fault.row, fault.value) == ("self_loop", 2, "Paris")


def test_more_minimum_flow_than_capacity_is_refused(chain: Tables) -> None:
    fault = only_fault_of(changed(chain, "lanes.min_flow", 3, 21.0))
    assert (fault.code, fault.column, fault.row) == ("wrong_order", "min_flow", 3)
    assert "capacity 20" in fault.message


def test_a_window_that_ends_before_it_starts_is_refused(chain: Tables) -> None:
    fault = only_fault_of(changed(chain, "sites.tw_late", 2, "07:59"))
    assert (fault.code, fault.column, fault.row) == ("wrong_order", "tw_early", 2)


@pytest.mark.parametrize("column", ["tw_early", "service_duration"])
@pytest.mark.parametrize("cell", ["2026-03-02 08:00", pd.Timestamp("2026-03-02")])
def test_windows_of_sites_are_times_of_the_day_not_dates(
    chain: Tables, column: str, cell: Any
) -> None:
    sites = {name: cells for name, cells in chain["sites"].items() if not name.startswith("tw_")}
    dated = sites | {column: [None] * (len(sites["id"]) - 1) + [cell]}
    fault = only_fault_of(chain | {"sites": dated})
    assert (fault.table, fault.column, fault.row) == ("sites", column, None)
    assert "as 08:30" in fault.fix


@pytest.mark.parametrize("least", ["min_order_quantity", "pack_size"])
def test_a_commodity_of_which_no_order_fits_is_refused(chain: Tables, least: str) -> None:
    chain = changed(chain, "commodities.max_order_quantity", 1, 10.0)
    fault = only_fault_of(changed(chain, f"commodities.{least}", 1, 12.0))
    assert (fault.code, fault.column, fault.row) == ("wrong_order", least, 1)


def test_a_lane_of_unknown_length_names_the_site_without_coordinates(chain: Tables) -> None:
    chain = changed(changed(chain, "sites.lat", 3, None), "sites.lon", 3, None)
    fault = only_fault_of(chain)
    assert (fault.code, fault.table, fault.row) == ("unknown_distance", "lanes", 3)
    assert "Paris → Nice" in fault.message
    assert "lat and lon of Nice" in fault.fix
    given = changed(chain, "lanes.distance", 3, 930.0)
    assert Network.from_frames(**given).lanes["distance"][3] == 930.0


def test_half_a_place_is_refused(chain: Tables) -> None:
    faults = faults_of(changed(chain, "sites.lon", 3, None))
    assert (faults[0].code, faults[0].column, faults[0].row) == ("missing", "lon", 3)


def test_a_faulty_coordinate_does_not_make_its_lanes_faulty(chain: Tables) -> None:
    assert only_fault_of(changed(chain, "sites.lat", 1, "north")).column == "lat"


def test_the_same_lane_twice_is_refused_and_another_mode_is_not(chain: Tables) -> None:
    fault = only_fault_of(changed(chain, "lanes.mode", 1, "road"))
    assert (fault.code, fault.row) == ("duplicate_id", 1)


def test_a_site_twice_is_refused(chain: Tables) -> None:
    faults = faults_of(changed(chain, "sites.id", 3, "Lyon"))
    assert ("sites", "duplicate_id", 3) in [(f.table, f.code, f.row) for f in faults]


def test_demand_twice_is_refused_even_where_the_commodity_is_left_out(chain: Tables) -> None:
    chain["demand"] = {"site": ["Lyon", "Nice", "Lyon"], "demand": [1, 2, 3]}
    for commodities in (None, {"id": ["tea"]}):
        del chain["stock"]
        chain["stock"] = {"site": [], "commodity": []}
        fault = only_fault_of(chain | {"commodities": commodities})
        assert (fault.table, fault.code, fault.row) == ("demand", "duplicate_id", 2)


def test_demand_without_commodity_is_refused_where_there_are_several(chain: Tables) -> None:
    fault = only_fault_of(changed(chain, "demand.commodity", 2, None))
    assert (fault.table, fault.column, fault.code, fault.row) == (
        "demand",
        "commodity",
        "missing",
        2,
    )
    assert "tea, salt" in fault.fix


def test_demand_in_the_table_of_sites_is_refused(chain: Tables) -> None:
    chain["sites"]["demand"] = [0, 0, 15, 8]
    with pytest.warns(UserWarning, match="demand"):
        fault = only_fault_of(chain)
    assert (fault.code, fault.column) == ("misplaced_column", "demand")


def test_no_sites_at_all_is_said_plainly(chain: Tables) -> None:
    empty = {name: [] for name in chain["sites"]}
    faults = faults_of({"sites": empty, "lanes": {"source": [], "target": []}})
    assert [(f.table, f.code) for f in faults] == [("sites", "empty_table")]


@pytest.mark.parametrize("table", ["sites", "lanes"])
def test_a_needed_table_that_is_missing_is_the_only_fault(chain: Tables, table: str) -> None:
    fault = only_fault_of(chain | {table: None})
    assert (fault.table, fault.code) == (table, "missing_table")


@pytest.mark.parametrize("column", ["id", "kind"])
def test_a_missing_column_is_the_only_fault(chain: Tables, column: str) -> None:
    del chain["sites"][column]
    fault = only_fault_of(chain)
    assert (fault.table, fault.column, fault.code) == ("sites", column, "missing_column")


def test_a_misspelt_column_is_recognised(chain: Tables) -> None:
    chain["lanes"]["capasity"] = chain["lanes"].pop("capacity")
    fault = only_fault_of(chain)
    assert (fault.code, fault.column) == ("unknown_column", "capasity")
    assert "'capacity'" in fault.fix


@pytest.mark.parametrize("thing", [7, "sites.csv", np.zeros((2, 2)), {"id": ["a"], "kind": "x"}])
def test_what_is_no_table_is_refused(chain: Tables, thing: Any) -> None:
    assert ("sites", "not_a_frame") in [
        (f.table, f.code) for f in faults_of(chain | {"sites": thing})
    ]


def test_nan_in_a_pandas_column_means_unknown_only_where_unknown_is_allowed(chain: Tables) -> None:
    lanes = pd.DataFrame(chain["lanes"] | {"capacity": [50.0, 9.0, 9.0, 20.0]})
    assert np.isnan(lanes["unit_cost"][1])
    assert Network.from_frames(**chain | {"lanes": lanes}).lanes["unit_cost"][1] > 0
    lanes.loc[1, "capacity"] = math.nan
    fault = only_fault_of(chain | {"lanes": lanes})
    assert (fault.column, fault.row, fault.code) == ("capacity", 1, "nan")


def test_customers_need_not_be_the_only_ones_with_demand_or_without_supply(chain: Tables) -> None:
    chain = changed(chain, "sites.supply", 2, 4.0)
    chain = changed(chain, "demand.site", 2, "Paris")
    assert Network.from_frames(**chain).total_demand().tolist() == [0, 8, 15, 0]


def test_one_place_has_and_two_have_no_coordinates():
    sites = {
        "id": ["a", "b"],
        "kind": ["plant", "customer"],
        "lat": [1.0, None],
        "lon": [1.0, None],
    }
    for lat, words in (([1.0, None], "b has no"), ([None, None], "a and b have no")):
        with pytest.raises(ValidationError, match=words):
            Network.from_frames(
                sites=sites | {"lat": lat, "lon": lat}, lanes={"source": ["a"], "target": ["b"]}
            )
