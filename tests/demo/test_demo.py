import pandas as pd
import pytest

from flowopt.demo import folder, make
from flowopt.demo.places import cities


@pytest.fixture(scope="module")
def tables():
    return {path.stem: pd.read_csv(path) for path in folder().glob("*.csv")}


def test_the_shipped_files_are_what_the_generator_makes(tmp_path):
    made = {path.name: path.read_bytes() for path in make.write(tmp_path)}
    shipped = {path.name: path.read_bytes() for path in folder().iterdir()}
    assert shipped == made


def test_the_network_has_the_size_of_a_real_one(tables):
    kinds = tables["sites"]["kind"].value_counts()
    assert kinds["plant"] == 2
    assert kinds["warehouse"] == 6
    assert kinds["customer"] >= 100
    assert len(tables["commodities"]) == 12
    assert set(tables["modes"]["id"]) == set(tables["lanes"]["mode"])


def test_no_cell_is_empty_so_that_plain_frames_work_too(tables):
    for name, table in tables.items():
        assert not table.isna().to_numpy().any(), name


def test_demand_follows_population(tables):
    asked = tables["demand"].groupby("site")["demand"].sum()
    people = pd.Series({city.id: city.population for city in cities()})
    ratio = asked / (people * make.CASES_PER_INHABITANT)
    assert ratio.between(0.65, 1.35).all()


def test_there_is_enough_to_give_and_every_city_has_a_lane(tables):
    sites, lanes = tables["sites"], tables["lanes"]
    asked = tables["demand"]["demand"].sum()
    assert sites["supply"].sum() > asked
    assert sites.loc[sites["kind"] == "warehouse", "capacity"].sum() > asked
    assert {city.id for city in cities()} <= set(lanes["target"])
    assert set(lanes["source"]) | set(lanes["target"]) == set(sites["id"])


def test_cities_lie_in_france():
    for city in cities():
        assert 41 < city.lat < 51.2, city
        assert -5 < city.lon < 9.7, city


def test_the_largest_loads_need_more_than_one_vehicle_and_the_fleet_can_carry_all(tables):
    weight = tables["commodities"].set_index("id")["unit_weight"]
    demand = tables["demand"].assign(kg=lambda d: d["demand"] * d["commodity"].map(weight))
    fleet = tables["vehicle_types"]
    assert demand.groupby("site")["kg"].sum().max() > fleet["capacity"].max()
    assert (fleet["capacity"] * fleet["num_available"]).sum() > 2 * demand["kg"].sum()


def test_the_records_fit_together(tables):
    lines, deliveries = tables["order_lines"], tables["deliveries"]
    keys = ["order", "line"]
    assert not lines.duplicated(keys).any()
    arrived = deliveries.merge(lines, on=keys, how="left", suffixes=("", "_ordered"))
    assert (arrived["ordered_at"] < arrived["shipped_at"]).all()
    assert (arrived["shipped_at"] < arrived["delivered_at"]).all()
    total = deliveries.groupby(keys)["quantity"].sum()
    assert (total <= lines.set_index(keys)["quantity"].loc[total.index]).all()
    events = tables["quality_events"].merge(deliveries, on=[*keys, "delivery"])
    assert len(events) == len(tables["quality_events"])
    assert (events["quantity_x"] <= events["quantity_y"]).all()
    assert not tables["stock_snapshots"].duplicated(["site", "commodity", "at"]).any()


def test_the_shipped_files_are_small():
    assert sum(path.stat().st_size for path in folder().iterdir()) < 2e6
