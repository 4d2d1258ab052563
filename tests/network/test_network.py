"""A network holds what its tables say, and fills what they leave blank."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.core.errors import FlowoptWarning, ValidationError
from flowopt.network import Network
from flowopt.network.distances import haversine
from flowopt.network.spec import TABLES

Tables = dict[str, dict[str, list[Any]]]


def test_every_column_of_every_specification_is_there(network: Network) -> None:
    for table in TABLES:
        assert tuple(network.tables[table.name]) == table.names


def test_a_lane_without_distance_gets_the_great_circle_times_the_detour_of_its_mode(
    network: Network,
) -> None:
    straight = haversine(50.63, 3.06, 48.86, 2.35)
    assert network.lanes["distance"][:2] == pytest.approx([1.3 * straight, 1.5 * straight])


def test_blank_cost_lead_time_and_emissions_come_from_the_mode(network: Network) -> None:
    distance = network.lanes["distance"]
    assert network.lanes["unit_cost"] == pytest.approx(
        [5.0, 0.01 * distance[1], 0.02 * distance[2], 9.0]
    )
    assert network.lanes["lead_time"] == pytest.approx(distance / (24 * np.array([60, 40, 60, 60])))
    assert network.lanes["emission_factor"].tolist() == [0.1, 0.02, 0.1, 0.1]


def test_what_a_lane_says_itself_is_kept(chain: Tables) -> None:
    own = {"distance": [1.0, 2.0, 3.0, 4.0], "lead_time": [0.0] * 4, "emission_factor": [7.0] * 4}
    lanes = Network.from_frames(**chain | {"lanes": chain["lanes"] | own}).lanes
    assert {name: lanes[name].tolist() for name in own} == own


def test_no_cell_of_a_lane_is_blank(network: Network) -> None:
    for name in ("unit_cost", "capacity", "lead_time", "distance", "emission_factor"):
        assert not np.isnan(network.lanes[name]).any()
    assert network.lanes["capacity"].tolist() == [50.0, np.inf, np.inf, 20.0]


def test_positions_point_at_the_rows_that_ids_name(network: Network) -> None:
    for name in ("source", "target"):
        places = getattr(network, f"lane_{name}")
        assert (network.sites["id"][places] == network.lanes[name]).all()
    assert (network.modes["id"][network.lane_mode] == network.lanes["mode"]).all()
    for name in ("demand", "stock"):
        table = network.tables[name]
        sites = network.sites["id"][getattr(network, f"{name}_site")]
        commodities = network.commodities["id"][getattr(network, f"{name}_commodity")]
        assert (sites == table["site"]).all()
        assert (commodities == table["commodity"]).all()


def test_demand_adds_up_by_site_and_by_commodity(network: Network) -> None:
    assert network.total_demand().tolist() == [0, 0, 15, 8]
    assert network.total_demand("tea").tolist() == [0, 0, 10, 8]
    with pytest.raises(KeyError, match="pepper"):
        network.total_demand("pepper")


def test_ids_are_found_by_position(network: Network) -> None:
    assert network.index(["Nice", "Lille"]).tolist() == [3, 0]
    assert network.index("Lyon").tolist() == [2]
    with pytest.raises(ValidationError, match="Brest") as error:
        network.index(["Nice", "Brest"])
    assert error.value.failures[0].row == 1


def test_the_name_of_a_site_is_its_id_unless_it_has_one(chain: Tables) -> None:
    named = Network.from_frames(**chain | {"sites": chain["sites"] | {"name": ["", "", "", "N!"]}})
    assert named.sites["name"].tolist() == ["Lille", "Paris", "Lyon", "N!"]


def test_delivery_windows_are_seconds(network: Network) -> None:
    assert network.sites["tw_early"].tolist() == [0, 0, 8 * 3600, 9.5 * 3600]
    assert np.isinf(network.sites["tw_late"]).all()


def test_sites_and_lanes_are_enough(chain: Tables) -> None:
    bare = Network.from_frames(chain["sites"], chain["lanes"])
    assert bare.commodities["id"].tolist() == ["goods"]
    assert bare.modes["id"].tolist() == ["road", "rail"]
    assert bare.modes["speed"].tolist() == [60, 60]
    assert bare.total_demand().tolist() == [0, 0, 0, 0]


def test_commodities_are_those_of_demand_and_stock_where_there_is_no_table(chain: Tables) -> None:
    del chain["commodities"]
    network = Network.from_frames(**chain)
    assert network.commodities["id"].tolist() == ["tea", "salt"]
    assert network.demand_commodity.tolist() == [0, 1, 0]


def test_an_empty_commodity_means_the_only_one(chain: Tables) -> None:
    demand = {"site": ["Lyon", "Nice"], "demand": [10, 8]}
    network = Network.from_frames(chain["sites"], chain["lanes"], demand, {"id": ["tea"]})
    assert network.demand["commodity"].tolist() == ["tea", "tea"]


def test_a_network_may_have_no_lanes(chain: Tables) -> None:
    network = Network.from_frames(chain["sites"], {"source": [], "target": []})
    assert network.lanes.num_rows == 0
    assert "0 lanes" in repr(network)


def test_whole_numbers_stay_the_ids_that_they_were() -> None:
    network = Network.from_frames(
        {"id": [10, 20], "kind": ["plant", "customer"]},
        {"source": ["10"], "target": [20], "distance": [5]},
        {"site": ["20"], "demand": [1]},
    )
    assert network.sites["id"].tolist() == [10, 20]
    assert network.lanes["source"].tolist() == [10]
    assert network.demand["site"].tolist() == [20]


@pytest.mark.parametrize(
    ("library", "make"),
    [
        ("pandas", lambda table: pd.DataFrame(table, dtype=object)),
        ("pandas", lambda table: pd.DataFrame(table).convert_dtypes()),
        ("polars", pl.DataFrame),
        ("pyarrow", pa.table),
    ],
)
def test_every_frame_library_gives_the_same_network_and_its_own_frames(
    chain: Tables, network: Network, library: str, make: Any
) -> None:
    other = Network.from_frames(**{name: make(table) for name, table in chain.items()})
    assert other.fingerprint == network.fingerprint
    assert other.backend == library
    assert type(other.lanes.to_frame()) is type(make(chain["lanes"]))


def test_a_lazy_frame_and_rows_are_tables_too(chain: Tables, network: Network) -> None:
    chain["lanes"] = pl.LazyFrame(chain["lanes"])  # type: ignore[assignment]
    chain["demand"] = pd.DataFrame(chain["demand"]).to_dict("records")  # type: ignore[assignment]
    for row in chain["demand"]:
        row["demand_sd"] = None if np.isnan(row["demand_sd"]) else row["demand_sd"]  # type: ignore[index]
    assert Network.from_frames(**chain).fingerprint == network.fingerprint


def test_the_tables_of_a_network_make_the_same_network(network: Network) -> None:
    frames = {name: table.to_frame() for name, table in network.tables.items()}
    assert Network.from_frames(**frames).fingerprint == network.fingerprint


def test_the_caller_s_tables_are_left_as_they_were(chain: Tables) -> None:
    frames = {name: pd.DataFrame(table).convert_dtypes() for name, table in chain.items()}
    before = copy.deepcopy(frames)
    network = Network.from_frames(**frames)
    network.check()
    network.graph
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_a_network_cannot_be_changed(network: Network) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.sites = network.stock  # type: ignore[misc]
    for array in (network.lanes["distance"], network.lane_source, network.sites["supply"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_distances_follow_a_site_that_moves(chain: Tables, network: Network) -> None:
    moved = network.replace(sites=chain["sites"] | {"lat": [50.63, 48.86, 45.76, 44.0]})
    assert moved.lanes["distance"][:3].tolist() == network.lanes["distance"][:3].tolist()
    assert moved.lanes["distance"][3] == pytest.approx(1.3 * haversine(48.86, 2.35, 44.0, 7.27))
    assert moved.lanes["unit_cost"][3] == 9.0
    assert moved.fingerprint != network.fingerprint


def test_a_replaced_table_is_validated(network: Network) -> None:
    with pytest.raises(ValidationError, match="Brest"):
        network.replace(demand={"site": ["Brest"], "commodity": ["tea"], "demand": [1]})
    with pytest.raises(TypeError, match="no table site"):
        network.replace(site={})


def test_new_modes_come_with_new_lanes_where_there_is_no_table_of_modes(chain: Tables) -> None:
    network = Network.from_frames(chain["sites"], chain["lanes"])
    changed = network.replace(lanes={"source": ["Lille"], "target": ["Nice"], "mode": ["canal"]})
    assert changed.modes["id"].tolist() == ["canal"]


def test_a_column_of_the_caller_s_own_is_kept_and_named_once(chain: Tables) -> None:
    sites = chain["sites"] | {"population": [1, 2, 3, 4]}
    with pytest.warns(FlowoptWarning, match="population"):
        network = Network.from_frames(sites, chain["lanes"])
    assert network.replace(demand=None).sites.to_frame()["population"].tolist() == [1, 2, 3, 4]


def test_the_fingerprint_stands_for_the_content(chain: Tables, network: Network) -> None:
    assert Network.from_frames(**chain).fingerprint == network.fingerprint
    chain["demand"]["demand"][0] = 10.5
    assert Network.from_frames(**chain).fingerprint != network.fingerprint


def test_a_network_crosses_process_borders_without_its_graph(network: Network) -> None:
    network.graph
    copied = pickle.loads(pickle.dumps(network))
    assert copied.fingerprint == network.fingerprint
    assert "graph" not in vars(copied)
    assert copied.graph.number_of_edges() == 4


def test_a_network_shows_its_size(network: Network) -> None:
    text = "4 sites (1 plant, 1 warehouse, 2 customers), 4 lanes, 2 commodities, demand 23"
    assert repr(network) == f"<Network {text}>"
    html = network._repr_html_()
    assert "sites: customer" in html
    assert ">23<" in html


def test_html_of_a_hostile_mode_is_harmless(chain: Tables) -> None:
    lanes = {"source": ["Lille"], "target": ["Lyon"], "mode": ["<script>"]}
    assert "<script>" not in Network.from_frames(chain["sites"], lanes)._repr_html_()


@settings(max_examples=40, deadline=None)
@given(
    places=st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=2, max_size=6),
    detour=st.floats(1, 3),
    speed=st.floats(1, 500),
)
def test_derived_columns_are_finite_and_in_proportion(
    places: list[tuple[float, float]], detour: float, speed: float
) -> None:
    lat, lon = zip(*places, strict=True)
    ids = [f"s{number}" for number in range(len(places))]
    network = Network.from_frames(
        {"id": ids, "kind": ["warehouse"] * len(ids), "lat": lat, "lon": lon},
        {"source": ids[:-1], "target": ids[1:]},
        modes={"id": ["road"], "speed": [speed], "detour_factor": [detour], "cost_per_km": [2]},
    )
    distance = network.lanes["distance"]
    assert ((distance >= 0) & (distance <= detour * 20016)).all()  # half the way round the earth
    assert network.lanes["lead_time"] * speed * 24 == pytest.approx(distance)
    assert network.lanes["unit_cost"] == pytest.approx(2 * distance)
