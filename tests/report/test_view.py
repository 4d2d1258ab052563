import datetime as dt
import math

import pytest

import flowopt as fo
from flowopt.report.indicators import sparkline
from flowopt.report.view import build

DAY = dt.date(2026, 1, 12)


@pytest.fixture(scope="module")
def view(plan):
    return build(plan, DAY)


def test_the_totals_are_those_of_the_plan(plan, view):
    assert view.flows.demand == plan.network.total_demand().sum() == 37
    assert view.flows.served == pytest.approx(37 - plan.flow.unmet.sum())
    orders = plan.replenishment.tables()["orders"]
    assert view.stock.num_orders == (orders["quantity"] > 0).sum()
    assert view.stock.value == pytest.approx(orders["value"].sum())
    routes = [route for part in plan.rounds.values() for route in part.solution.routes]
    assert sum(depot.distance for depot in view.depots) == pytest.approx(
        sum(route.distance for route in routes)
    )
    assert sum(depot.cost for depot in view.depots) == pytest.approx(
        sum(part.solution.cost for part in plan.rounds.values())
    )


def test_throughput_is_what_arrives_or_begins(view):
    through = {view.site_ids[row.site]: row.through for row in view.flows.sites}
    assert through["mill"] + through["well"] == pytest.approx(37)
    assert through["north"] + through["south"] == pytest.approx(37)


def test_customers_have_the_colour_of_who_delivers_to_them(plan, view):
    ids = view.site_ids
    colour = {mark.title: mark.colour for mark in view.flow_map.marks}
    legend = {ids[site]: shade for site, shade in view.legend.items()}
    assert set(legend) == {"north", "south"}
    assert legend["north"] != legend["south"]
    assert colour["Ada"] == colour["North (hub)"] == legend["north"]
    assert colour["Cleo"] == colour["South"] == legend["south"]


def test_items_that_run_out_come_first(view):
    shown = view.stock.orders
    urgent = [row.short for row in shown]
    assert urgent == sorted(urgent, reverse=True)
    for row in shown:
        assert row.short == (row.on_hand + row.on_order < row.demand * row.lead_time)
    assert view.stock.num_short == sum(urgent) > 0


def test_without_stock_on_record_nothing_is_said_to_run_short(plan):
    network = plan.network.replace(stock=None)
    shown = build(fo.plan(network, time_limit=1, workers=1), DAY)
    assert shown.stock.num_orders > 0
    assert shown.stock.num_short == 0
    assert "no_stock" in {group.code for group in shown.warnings}


def test_the_gravest_actions_come_first(view):
    grades = [("bad", "warn", "info").index(action.grade) for action in view.actions]
    assert grades == sorted(grades)
    assert {action.key for action in view.actions} >= {
        "todo.unserved",
        "todo.short",
        "todo.orders",
        "todo.full_lanes_saving",
        "todo.rounds",
    }


def test_rounds_go_from_depot_to_depot_over_their_customers(plan, view):
    sites = plan.network.sites
    for depot in view.depots:
        for row in depot.rounds:
            assert row.latitudes[0] == row.latitudes[-1] == sites["lat"][depot.depot]
            assert row.latitudes[1:-1] == sites["lat"][row.stops].tolist()
            assert row.departure + row.duration == pytest.approx(row.finish)
            assert 0 < row.use <= 1


def test_findings_of_the_network_are_among_the_warnings(plan):
    network = plan.network.replace(
        sites={
            "id": [*plan.network.sites["id"], "lost"],
            "kind": [*plan.network.sites["kind"], "warehouse"],
            "lat": [*plan.network.sites["lat"], 48.0],
            "lon": [*plan.network.sites["lon"], 2.0],
            "supply": [*plan.network.sites["supply"], 0.0],
        }
    )
    shown = build(fo.plan(network, time_limit=1, workers=1), DAY)
    entries = {group.code: group.entries for group in shown.warnings}
    assert entries["isolated_site"][0][0] == ["lost"]


def test_a_trend_is_a_line_broken_where_nothing_is_known():
    nan = math.nan
    spark = sparkline([("a", 1.0), ("b", 3.0), ("c", nan), ("d", 2.0)], None)
    assert spark.path.count("M") == 2
    assert spark.end == pytest.approx((146.0, 18.0))
    assert (spark.first, spark.last) == ("a", "d")


def test_a_trend_needs_two_known_values():
    assert sparkline([], None) is None
    assert sparkline([("a", 1.0), ("b", math.nan)], None) is None


def test_a_level_trend_and_its_target_stay_in_the_picture():
    spark = sparkline([("a", 2.0), ("b", 2.0)], 2.0)
    assert 0 <= spark.target <= 36
    assert sparkline([("a", 2.0), ("b", 2.1)], 99.0).target is None
