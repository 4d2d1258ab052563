import json
import pickle

import numpy as np
import pytest

import flowopt as fo


def test_each_customer_is_served_over_the_cheapest_lanes(made):
    flows = made.to_frame("flows")
    used = {(row.source, row.target, row.mode): row.flow for row in flows.itertuples()}
    assert used["mill", "north", "rail"] == 12  # the cheap lane is full, the rest goes by road
    assert used["mill", "north", "road"] == 8
    assert used["south", "Cleo", "road"] == 8
    assert used["north", "Cleo", "road"] == 0


def test_a_full_lane_is_noted(made):
    full = [note for note in made.notes if note.code == "lane_full"]
    assert [note.ids for note in full] == [("mill", "north", "rail")]


def test_warehouses_stock_the_items_that_pass_through_them(made):
    policies = made.to_frame("policies")
    assert set(zip(policies["site"], policies["item"], strict=True)) == {
        ("north", "tea"),
        ("north", "salt"),
        ("south", "tea"),
        ("south", "salt"),
    }


def test_orders_of_today_keep_to_minimum_and_pack(made):
    orders = made.to_frame("orders").set_index(["site", "item"])["quantity"]
    assert orders["north", "tea"] >= 10
    assert orders["north", "tea"] % 5 == 0
    assert orders["south", "salt"] == 0  # 50 on hand are plenty for 8 a period


def test_an_item_that_runs_out_before_its_next_receipt_is_noted(made):
    assert ("north", "tea") in [note.ids for note in made.notes if note.code == "runs_out"]


def test_rounds_deliver_the_weight_that_the_lanes_carry(made):
    drops = made.to_frame("drops")
    weight = drops.groupby("depot")["weight"].sum()
    assert weight["north"] == pytest.approx((10 + 5) * 2 + 5 * 10)
    assert weight["south"] == pytest.approx(4 * 2 + 8 * 10)


def test_a_customer_larger_than_a_vehicle_gets_several_drops(made):
    drops = made.to_frame("drops")
    cleo = drops[drops["site"] == "Cleo"]
    assert cleo["client"].tolist() == ["Cleo", "Cleo #2"]
    assert cleo["weight"].tolist() == pytest.approx([60, 20])


def test_volume_counts_where_vehicles_have_one(network, vans):
    vans["capacity_volume"] = [4.0, 4.0]
    made = fo.plan(network, vehicle_types=vans, time_limit=0.3, workers=1)
    drops = made.to_frame("drops")
    ada = drops[drops["site"] == "Ada"]  # 70 kg and 5.5 m³ of 60 kg and 4 m³: volume is tighter
    assert ada["volume"].tolist() == pytest.approx([4.0, 1.5])


def test_every_step_can_be_traced_back(made):
    assert [step.part for step in made.steps] == [
        "flow",
        "inventory",
        "rounds north",
        "rounds south",
    ]
    assert made.steps[0].fingerprint == made.flow.problem.fingerprint
    assert made.settings["seed"] == 0


def test_the_same_input_has_the_same_fingerprint_and_another_has_not(network, vans, made):
    again = fo.plan(network, vehicle_types=vans, time_limit=0.2, workers=1)
    assert again.fingerprint == made.fingerprint
    vans["num_available"] = [3, 4]
    other = fo.plan(network, vehicle_types=vans, time_limit=0.2, workers=1)
    assert other.fingerprint != made.fingerprint


def test_the_five_indicators_are_planned(made):
    assert made.indicators["service_rate"].value > 0.9
    assert np.isnan(made.indicators["non_conformity_rate"].value)  # a plan cannot tell


def test_demand_that_nobody_can_meet_is_named(tables, vans):
    tables["sites"]["supply"][0] = 20.0
    made = fo.plan(fo.Network.from_frames(**tables), vehicle_types=vans, time_limit=0.2, workers=1)
    assert made.flow.unmet.sum() == pytest.approx(32 - 20)
    assert "unmet_demand" in {note.code for note in made.notes}
    assert made.check().ok


def test_a_client_that_no_vehicle_reaches_in_its_shift_is_named(network, vans):
    vans["max_duration"] = ["00:10", "12:00"]
    made = fo.plan(network, vehicle_types=vans, time_limit=0.3, workers=1)
    unserved = [note for note in made.notes if note.code.startswith("unserved")]
    assert {note.ids[0] for note in unserved} == {"north"}
    assert made.summary()["unserved"] == len(unserved)


def test_without_vehicles_there_are_no_rounds(network):
    made = fo.plan(network)
    assert made.rounds == {}
    assert "no_vehicles" not in {note.code for note in made.notes}


def test_a_warehouse_without_vehicles_is_noted(network, vans):
    only_north = {name: cells[:1] for name, cells in vans.items()}
    made = fo.plan(network, vehicle_types=only_north, time_limit=0.2, workers=1)
    assert [note.ids for note in made.notes if note.code == "no_vehicles"] == [("south",)]


def test_a_blank_depot_gives_every_warehouse_the_vehicles(network, vans):
    vans = {name: cells[:1] for name, cells in vans.items() if name != "depot"}
    made = fo.plan(network, vehicle_types=vans, time_limit=0.2, workers=1)
    assert set(made.rounds) == {"north", "south"}


def test_warehouses_are_routed_in_parallel_with_the_same_result(network, vans, made):
    parallel = fo.plan(network, vehicle_types=vans, time_limit=0.5, workers=2)
    for name, rounds in made.rounds.items():
        assert parallel.rounds[name].solution.cost == pytest.approx(rounds.solution.cost)


@pytest.mark.parametrize("policy", ["RS", "rQ"])
def test_both_policies_can_be_planned(network, policy):
    made = fo.plan(network, policy=policy)
    assert set(made.to_frame("policies")["policy"]) == {policy}


def test_a_cycle_service_target_can_be_planned(network):
    made = fo.plan(network, fill_rate=None, cycle_service_level=0.9)
    assert (made.to_frame("policies")["expected_cycle_service_level"] >= 0.9 - 1e-9).all()


def test_stock_upstream_of_another_warehouse_carries_its_demand(tables):
    """A national warehouse behind the two regional ones has the demand of all customers."""
    sites, lanes = tables["sites"], tables["lanes"]
    for column, cell in {
        "id": "hub",
        "kind": "warehouse",
        "lat": 48.0,
        "lon": 2.2,
        "supply": 0.0,
    }.items():
        sites[column].append(cell)
    lanes["source"][:3] = ["hub"] * 3
    for column, cell in {
        "source": "mill",
        "target": "hub",
        "mode": "road",
        "unit_cost": 0.1,
        "capacity": np.inf,
        "lead_time": 2.0,
    }.items():
        lanes[column].append(cell)
    made = fo.plan(fo.Network.from_frames(**tables))
    items = made.replenishment.problem.items
    hub = items["site"] == "hub"
    mean = dict(zip(items["item"][hub], items["demand_mean"][hub], strict=True))
    spread = dict(zip(items["item"][hub], items["demand_sd"][hub], strict=True))
    assert mean == pytest.approx({"tea": 19.0, "salt": 13.0})
    assert spread["salt"] == pytest.approx(np.hypot(1.0, 2.0))


def test_two_modes_into_a_site_make_its_lead_time_vary(made):
    items = made.replenishment.problem.items
    north = items["site"] == "north"
    assert items["lead_time"][north] == pytest.approx((12 * 3 + 8 * 1) / 20)
    assert items["lead_time_sd"][north] == pytest.approx(np.sqrt(0.6 * 0.4 * 4))


def test_a_plan_survives_pickling_and_is_strict_json(made):
    again = pickle.loads(pickle.dumps(made))
    assert again.summary() == made.summary()
    json.loads(json.dumps(made.to_dict(), allow_nan=False))


def test_tables_come_out_in_the_library_that_came_in(tables, vans):
    import polars as pl

    frames = {name: pl.DataFrame(table) for name, table in tables.items()}
    made = fo.plan(
        fo.Network.from_frames(**frames),
        vehicle_types=pl.DataFrame(vans),
        time_limit=0.2,
        workers=1,
    )
    for name in made.tables():
        assert isinstance(made.to_frame(name), pl.DataFrame)


def test_an_unknown_table_is_named(made):
    with pytest.raises(KeyError, match="there are flows"):
        made.to_frame("nonsense")


def test_all_faults_of_the_vehicles_are_listed_together(network, vans):
    vans["depot"] = ["nowhere", "south"]
    vans["capacity"] = [-1, float("nan")]
    with pytest.raises(fo.ValidationError) as caught:
        fo.plan(network, vehicle_types=vans, delivery_mode="boat")
    assert sorted(failure.code for failure in caught.value.failures) == [
        "nan",
        "negative",
        "unknown_id",
        "unknown_id",
    ]


def test_a_place_that_is_on_no_map_cannot_be_routed(tables, vans):
    tables["sites"]["lat"][3] = tables["sites"]["lon"][3] = None
    tables["lanes"]["distance"] = [100.0] * 8
    with pytest.raises(fo.ValidationError, match=r"sites.lat, row 3: 'Ada' has no coordinates"):
        fo.plan(fo.Network.from_frames(**tables), vehicle_types=vans)


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_limit": -1},
        {"seed": -1},
        {"workers": 0},
        {"engines": {"magic": "auto"}},
        {"engines": {"flow": "magic"}},
        {"fill_rate": 1.5},
        {"fill_rate": 0.9, "cycle_service_level": 0.9},
        {"policy": "magic"},
        {"review_period": float("nan")},
        {"unmet_cost": float("nan")},
        {"unmet_cost": float("inf")},
        {"unmet_cost": "dear"},
        {"fill_rate": "high"},
        {"vehicle_types": 3},
        {"vehicle_types": "vans.csv"},
    ],
)
def test_settings_that_cannot_be_used_are_refused(network, wrong):
    with pytest.raises(fo.ValidationError):
        fo.plan(network, **wrong)


def test_minimum_flows_that_cannot_be_are_refused_with_their_reason(tables):
    tables["lanes"]["min_flow"] = [0, 0, 0, 0, 0, 0, 0, 50.0]
    with pytest.raises(fo.ValidationError, match="min_flow"):
        fo.plan(fo.Network.from_frames(**tables))


def test_a_customer_that_another_mode_delivers_to_is_on_no_round(tables, vans):
    tables["lanes"]["mode"][3] = "sea"  # to Ada
    made = fo.plan(fo.Network.from_frames(**tables), vehicle_types=vans, time_limit=0.2, workers=1)
    assert "Ada" not in made.to_frame("drops")["site"].tolist()
    assert made.indicators["service_rate"].value > 0.9  # Ada is delivered all the same
    assert made.summary()["unserved"] == 0


def test_targets_stand_beside_the_indicators(network):
    made = fo.plan(network, targets={"service_rate": 0.99999})
    assert made.indicators["service_rate"].on_target is False


# ---- networks of other shapes


def chain(kinds, lanes, demand, sites=None, lane_columns=None, **tables):
    """A network of sites on a line, the first of which gives all."""
    count = len(kinds)
    place = {"id": list(kinds), "kind": list(kinds.values()), "lon": [2.0] * count}
    place |= {"lat": [48.0 + 0.1 * n for n in range(count)]}
    place |= {"supply": [100.0] + [0.0] * (count - 1)}
    ends = {"source": [a for a, _ in lanes], "target": [b for _, b in lanes]}
    ends |= {"unit_cost": [1.0] * len(lanes)}
    return fo.Network.from_frames(
        place | (sites or {}), ends | (lane_columns or {}), demand, **tables
    )


def test_what_a_customer_passes_on_is_on_no_round_of_its_own(vans):
    vans = {name: cells[:1] for name, cells in vans.items() if name != "depot"}
    relay = chain(
        {"mill": "plant", "store": "warehouse", "Ada": "customer", "Bob": "customer"},
        [("mill", "store"), ("store", "Ada"), ("Ada", "Bob")],
        {"site": ["Ada", "Bob"], "demand": [10, 5]},
    )
    made = fo.plan(relay, vehicle_types=vans, time_limit=0.2, workers=1)
    drops = made.to_frame("drops")
    assert drops["weight"].tolist() == pytest.approx([10])
    assert [note.ids for note in made.notes if note.code == "no_vehicles"] == [("Ada",)]


def test_what_circles_by_minimum_flow_alone_needs_no_stock():
    idle = chain(
        {"mill": "plant", "a": "warehouse", "b": "warehouse", "Ada": "customer"},
        [("a", "b"), ("b", "a"), ("mill", "Ada")],
        {"site": ["Ada"], "demand": [10]},
        lane_columns={"min_flow": [7, 7, 0]},
    )
    assert fo.plan(idle).replenishment is None


def test_a_plant_with_vehicles_delivers_itself(vans):
    direct = chain(
        {"mill": "plant", "Ada": "customer"},
        [("mill", "Ada")],
        {"site": ["Ada"], "demand": [10]},
    )
    vans = {name: cells[:1] for name, cells in vans.items()} | {"depot": ["mill"]}
    made = fo.plan(direct, vehicle_types=vans, time_limit=0.2, workers=1)
    assert list(made.rounds) == ["mill"]
    assert made.replenishment is None


def test_every_figure_of_a_small_plan_can_be_computed_by_hand():
    """One unit of distance is 0.1 degree of a meridian; the van costs 1 a km and 10 to use."""
    small = chain(
        {"mill": "plant", "store": "warehouse", "Ada": "customer"},
        [("mill", "store"), ("store", "Ada")],
        {"site": ["Ada"], "demand": [10], "demand_sd": [0]},
        sites={"handling_cost": [0.0, 0.5, 0.0], "fixed_cost": [6.0, 3.0, 0.0]},
        lane_columns={"lead_time": [2.0, 0.5], "fixed_cost": [4.0, 99.0], "unit_cost": [3.0, 8.0]},
        modes={"id": ["road"], "detour_factor": [1.0], "speed": [60.0]},
    )
    van = {"id": ["van"], "num_available": [2], "capacity": [25], "fixed_cost": [10]}
    made = fo.plan(small, vehicle_types=van, time_limit=0.2, workers=1, days_per_period=7)
    assert made.flow.cost == 10 * (3 + 8 + 0.5)
    there_and_back = 2 * small.lanes["distance"][1]
    assert there_and_back == pytest.approx(2 * 6371.0088 * np.radians(0.1))
    cost = made.indicators["cost_per_unit"]
    lanes_handling_fixed = 10 * 3 + 10 * 0.5 + (6 + 3 + 4)  # the van drives the lane to Ada
    assert cost.numerator == pytest.approx(lanes_handling_fixed + 10 + there_and_back, rel=1e-4)
    assert cost.value == pytest.approx(cost.numerator / 10)
    assert made.indicators["delivery_lead_time"].value == pytest.approx(0.5 * 7)
    fill = made.to_frame("policies")["expected_fill_rate"][0]
    assert made.indicators["service_rate"].value == pytest.approx(fill)
    assert made.settings["days_per_period"] == 7


# ---- drops


def test_a_drop_is_not_called_like_another_site(vans):
    named = chain(
        {"mill": "plant", "store": "warehouse", "Ada": "customer", "Ada #2": "customer"},
        [("mill", "store"), ("store", "Ada"), ("store", "Ada #2")],
        {"site": ["Ada", "Ada #2"], "demand": [10, 5]},
    )
    van = {"id": ["van"], "num_available": [5], "capacity": [6]}
    made = fo.plan(named, vehicle_types=van, time_limit=0.2, workers=1)
    drops = made.to_frame("drops").set_index("client")["weight"].to_dict()
    assert drops == pytest.approx({"Ada": 6, "Ada #3": 4, "Ada #2": 5})
    assert made.indicators["service_rate"].breakdown["in_rounds"] == 1.0


def test_a_customer_larger_than_the_whole_fleet_is_not_cut_into_more_drops(network, vans):
    vans["capacity"] = [0.01, 60.0]
    made = fo.plan(network, vehicle_types=vans, time_limit=0.3, workers=1)
    drops = made.to_frame("drops")
    assert len(drops[drops["site"] == "Ada"]) == 4 + 1  # a drop a van, and what is left
    assert len(made.rounds["north"].solution.unserved) > 0


@pytest.mark.parametrize("kind", ["pyarrow", "polars", "rows"])
def test_the_volume_of_vehicles_counts_in_any_frame(network, vans, kind):
    import polars as pl

    vans["capacity_volume"] = [4.0, 4.0]
    frame = pl.DataFrame(vans)
    frames = {"pyarrow": frame.to_arrow(), "polars": frame, "rows": frame.to_dicts()}
    made = fo.plan(network, vehicle_types=frames[kind], time_limit=0.2, workers=1)
    assert made.rounds["north"].solution.problem.loads == ("load", "volume")


def test_vehicles_of_which_there_are_none_are_no_fleet(network, vans):
    vans["num_available"] = [0, 4]
    made = fo.plan(network, vehicle_types=vans, time_limit=0.2, workers=1)
    assert list(made.rounds) == ["south"]
    assert [note.ids for note in made.notes if note.code == "no_vehicles"] == [("north",)]


def test_rounds_that_are_to_end_elsewhere_are_refused(network, vans):
    vans["end_depot"] = ["south", "south"]
    with pytest.raises(fo.ValidationError, match=r"vehicle_types.end_depot, row 0") as caught:
        fo.plan(network, vehicle_types=vans)
    assert len(caught.value.failures) == 1  # the vans of south end there anyway


# ---- stock


def test_the_opening_stock_of_one_commodity_is_on_the_shelves():
    kinds = {"mill": "plant", "store": "warehouse", "Ada": "customer"}
    lanes, demand = [("mill", "store"), ("store", "Ada")], {"site": ["Ada"], "demand": [10]}
    full = chain(kinds, lanes, demand, sites={"opening_stock": [0.0, 90.0, 0.0]})
    assert fo.plan(full).replenishment.problem.items["on_hand"] == [90]
    assert fo.plan(chain(kinds, lanes, demand)).replenishment.problem.items["on_hand"] == [0]


def test_stock_that_is_not_on_record_is_noted_once(tables):
    del tables["stock"]
    tables["sites"]["opening_stock"] = [0, 0, 40.0, 0, 0, 0, 0]
    made = fo.plan(fo.Network.from_frames(**tables))
    assert [note.ids for note in made.notes if note.code == "no_stock"] == [("south",)]
    assert "runs_out" not in {note.code for note in made.notes}


# ---- all faults at once, before anything is solved


def test_all_faults_of_the_settings_are_listed_together(network, vans, monkeypatch):
    from flowopt.flow import FlowProblem

    monkeypatch.setattr(FlowProblem, "solve", None)  # a call of it would be another error
    vans["capacity"] = [-1.0, 60.0]
    with pytest.raises(fo.ValidationError) as caught:
        fo.plan(
            network,
            vehicle_types=vans,
            policy="magic",
            seed=-1,
            unmet_cost=-3,
            days_per_period=0,
            engines={"magic": "auto"},
            targets={"happiness": 1.0},
            delivery_mode="boat",
        )
    assert sorted((f.table, f.column) for f in caught.value.failures) == [
        ("kpi", "days_per_period"),
        ("plan", "delivery_mode"),
        ("plan", "engines"),
        ("plan", "policy"),
        ("plan", "unmet_cost"),
        ("solve", "seed"),
        ("targets", "happiness"),
        ("vehicle_types", "capacity"),
    ]


def test_an_item_that_no_stock_can_be_set_for_is_named(tables):
    tables["demand"]["demand_sd"] = [1e11, 1.0, 4.0, 2.0, 1.0]
    with pytest.raises(fo.ValidationError, match="of tea at north: spreads demand too far"):
        fo.plan(fo.Network.from_frames(**tables))


def test_an_unknown_depot_is_an_unknown_site(network, vans):
    vans["depot"] = ["north", "Nowhere"]
    with pytest.raises(
        fo.ValidationError, match="'Nowhere' is not an id of sites; add it to sites"
    ):
        fo.plan(network, vehicle_types=vans)


def test_shifts_of_vehicles_are_times_of_the_day_not_dates(network, vans):
    vans["tw_early"] = ["2026-03-02 06:00", "2026-03-02 06:00"]
    with pytest.raises(fo.ValidationError, match=r"vehicle_types.tw_early: holds dates"):
        fo.plan(network, vehicle_types=vans)
