from dataclasses import replace
from datetime import date

import flowopt as fo
from flowopt.report import summary_lines
from flowopt.report.language import language
from flowopt.report.view import build
from flowopt.report.words import Words


def test_a_plan_is_told_in_a_few_lines(plan):
    lines = summary_lines(plan, "en", period="day")
    assert lines[0].startswith("1 supplier, 1 plant, 2 warehouses, 6 customers, 2 items.")
    assert "But 1 delivery is on no round." in lines[0]
    text = "\n".join(lines)
    for name in ("Service rate", "Stock level", "Delivery lead time", "Logistics cost per unit"):
        assert name in text
    assert "€" in text
    assert "1 delivery is on no round: Far away." in text


def test_an_indicator_that_is_unknown_is_a_dash(bare_plan):
    lines = summary_lines(bare_plan, "fr")
    assert any(line.split() == ["Taux", "de", "non-conformité", "–"] for line in lines)
    assert "il manque 4 unités par période" in "\n".join(lines)


def test_a_plan_without_demand_says_so():
    network = fo.Network.from_frames(
        sites={"id": ["p", "c"], "kind": ["plant", "customer"], "supply": [5.0, 0.0]},
        lanes={"source": ["p"], "target": ["c"], "distance": [10.0], "unit_cost": [1.0]},
    )
    assert "  • No site demands anything." in summary_lines(fo.plan(network))


def test_warehouses_without_vehicles_are_named(plan):
    vans = {"id": [], "num_available": [], "capacity": []}
    lines = summary_lines(fo.plan(plan.network, vehicle_types=vans, time_limit=1))
    assert sum("has no vehicles: no rounds are planned" in line for line in lines) == 2


def test_the_parts_of_the_cost_of_a_unit_add_up(plan):
    """However many there are, what is not shown is in the last one."""
    cost = plan.indicators["cost_per_unit"]
    parts = {f"part {size}": float(size) for size in range(1, 8)}
    many = replace(cost, value=sum(parts.values()), breakdown=parts)
    words = Words(build(plan, date(2026, 3, 1)), language("en"), "", "period")
    shown = words.parts(many)
    assert shown[-1][0] == "Other"
    assert sum(float(value) for _, value in shown) == many.value
