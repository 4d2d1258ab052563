"""Each rule of a design, off and on, on networks small enough to reckon by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from flowopt.core import Status
from flowopt.flow.design import DesignProblem, DesignSolution

INF = np.inf


def solved(problem: DesignProblem, engine: str = "auto") -> DesignSolution:
    solution = problem.solve(engine=engine, workers=1)
    assert solution.status is Status.OPTIMAL
    assert solution.check().ok, str(solution.check())
    return solution


def column(frame: Any, name: str) -> list[Any]:
    return list(np.asarray(frame[name]).tolist())


# ---- what is open


def test_one_depot_is_cheaper_than_two(pair: DesignProblem, engine: str) -> None:
    solution = solved(pair, engine)
    assert solution.open_sites == ("north",)
    assert solution.cost == 30 + 10 * 1 + 20 * 4


def test_without_fixed_costs_everyone_is_served_from_nearby(pair: DesignProblem) -> None:
    solution = solved(pair.replace(site_fixed_cost=[0, 0, 0, 0]))
    assert solution.cost == 10 * 1 + 20 * 2
    assert solution.open_sites == ()  # nothing was decided: both are simply there


def test_a_capacity_opens_the_second_depot(pair: DesignProblem, engine: str) -> None:
    solution = solved(pair.replace(site_capacity=[15, 99, 99, 99]), engine)
    assert solution.open_sites == ("north", "south")
    assert solution.cost == 80 + 10 * 1 + 20 * 2


def test_a_forced_site_is_open_and_paid(pair: DesignProblem) -> None:
    solution = solved(pair.replace(site_decision=["auto", "open", "auto", "auto"]))
    assert "south" in solution.open_sites
    assert solution.cost == 80 + 10 + 40


def test_a_closed_site_serves_nobody(pair: DesignProblem) -> None:
    solution = solved(pair.replace(site_decision=["closed", "auto", "auto", "auto"]))
    assert solution.open_sites == ("south",)


def test_a_given_site_is_paid_but_not_counted(pair: DesignProblem) -> None:
    solution = solved(pair.replace(site_decision=["given", "auto", "auto", "auto"], max_sites=0))
    assert solution.open_sites == ()
    assert solution.cost == 120


@pytest.mark.parametrize(("least", "most", "opened"), [(None, 1, 1), (2, None, 2), (2, 2, 2)])
def test_the_number_of_sites(
    pair: DesignProblem, engine: str, least: int | None, most: int | None, opened: int
) -> None:
    solution = solved(pair.replace(min_sites=least, max_sites=most), engine)
    assert len(solution.open_sites) == opened


def test_a_median_problem_has_no_costs_of_sites() -> None:
    problem = DesignProblem.from_arrays(
        [0, 0, 0, 1, 1, 1, 2, 2, 2],
        [3, 4, 5] * 3,
        unit_cost=[0, 4, 9, 4, 0, 5, 9, 5, 0],
        demand=[0, 0, 0, 10, 1, 10],
        site_decision=["free"] * 3 + ["given"] * 3,
        max_sites=2,
    )
    solution = solved(problem)
    assert solution.open_sites == (0, 2)
    assert solution.cost == 4


# ---- throughput, capacity


def test_an_open_site_must_be_busy(pair: DesignProblem, engine: str) -> None:
    idle = solved(pair.replace(min_sites=2), engine)
    assert idle.to_frame("sites")["throughput"][0] == 10
    busy = solved(pair.replace(min_sites=2, min_throughput=[15, 0, 0, 0]), engine)
    assert busy.to_frame("sites")["throughput"][0] == 15
    assert busy.cost == idle.cost + 5 * (4 - 2)


def test_a_lane_in_use_carries_its_minimum(pair: DesignProblem, engine: str) -> None:
    free = solved(pair.replace(site_fixed_cost=[0, 0, 0, 0]), engine)
    assert free.flow[:, 0, 0].tolist() == [10, 0, 0, 20]
    limited = pair.replace(site_fixed_cost=[0, 0, 0, 0], capacity=[INF, INF, INF, 12])
    assert solved(limited, engine).flow[:, 0, 0].tolist() == [10, 8, 0, 12]
    least = solved(limited.replace(min_flow=[0, 10, 0, 0]), engine)
    assert least.flow[:, 0, 0].tolist() == [10, 10, 0, 10]


def test_a_minimum_of_a_lane_that_leads_nowhere_is_no_hindrance(engine: str) -> None:
    problem = DesignProblem.from_arrays(
        [0, 0, 1], [1, 2, 3], unit_cost=1, min_flow=[0, 2, 2], demand=[0, 5, 0, 0]
    )
    assert solved(problem, engine).cost == 5


def test_capacity_is_bought_in_steps(pair: DesignProblem, engine: str) -> None:
    modules: dict[str, Any] = {
        "module_on": [0, 0, 1],
        "module_capacity": [8, 20, 10],
        "module_cost": [5, 9, 100],
        "module_limit": [INF, INF, INF],
    }
    solution = solved(pair.replace(**modules), engine)
    assert solution.cost == 120 + 2 * 9  # 8 + 20 do not reach 30 either
    assert column(solution.to_frame("modules"), "count") == [0, 2, 0]
    assert solution.costs["modules"] == 18
    scarce = solved(pair.replace(**modules | {"module_limit": [3, 1, 10]}), engine)
    assert column(scarce.to_frame("modules"), "count") == [2, 1, 0]


def test_modules_add_to_a_capacity_of_ones_own(pair: DesignProblem) -> None:
    problem = pair.replace(
        site_capacity=[25, 0, INF, INF],
        module_on=[0],
        module_capacity=[3],
        module_cost=[2],
        module_limit=[INF],
    )
    assert solved(problem).costs["modules"] == 4


def test_lanes_too_are_widened_by_modules(pair: DesignProblem, engine: str) -> None:
    trucks = pair.replace(
        site_fixed_cost=[0, 0, 0, 0],
        module_on=[4, 7],
        module_capacity=[4, 12],
        module_cost=[1, 7],
        module_limit=[INF, INF],
    )
    solution = solved(trucks, engine)
    assert column(solution.to_frame("modules"), "count") == [3, 2]
    assert solution.cost == 10 + 40 + 3 + 14


# ---- lanes


def test_a_fixed_cost_gathers_flows_on_few_lanes(engine: str) -> None:
    problem = DesignProblem.from_arrays(
        [0, 0, 1, 2],
        [1, 2, 3, 3],
        unit_cost=[1, 1, 1, 1],
        capacity=[6, 9, 6, 9],
        demand=[0, 0, 0, 8],
    )
    assert len(solved(problem, engine).used_lanes) in (2, 4)
    charged = solved(problem.replace(fixed_cost=[5, 7, 5, 7]), engine)
    assert charged.used_lanes == ((0, 2, None), (2, 3, None))
    assert charged.cost == 16 + 14


def test_a_lane_that_takes_one_commodity_takes_no_other() -> None:
    problem = DesignProblem.from_arrays(
        [0, 0, 0],
        [1, 1, 1],
        mode=["reefer", "truck", "van"],
        unit_cost=[2, 1, 5],
        lane_commodity=[-1, 1, 0],
        demand=[[0, 0], [3, 4]],
        commodity_id=["fish", "salt"],
    )
    solution = solved(problem)
    assert solution.flow[:, :, 0].tolist() == [[3, 0], [0, 4], [0, 0]]


def test_closed_and_forced_lanes(pair: DesignProblem) -> None:
    closed = solved(pair.replace(decision=["auto", "closed", "auto", "auto"]))
    assert closed.open_sites == ("north", "south")
    forced = pair.replace(fixed_cost=[0, 0, 7, 0], decision=["auto", "auto", "open", "auto"])
    assert solved(forced).cost == 127


# ---- service


def test_a_customer_of_a_single_source_is_not_split(pair: DesignProblem, engine: str) -> None:
    problem = pair.replace(site_capacity=[15, 25, INF, INF], site_fixed_cost=[0, 0, 0, 0])
    problem = problem.replace(demand=[[[0]], [[0]], [[10]], [[21]]], unit_cost=[1, 2, 5, 3])
    split = solved(problem, engine)
    assert split.flow[:, 0, 0].tolist() == [10, 5, 0, 16]
    whole = solved(problem.replace(single_source=[False, False, True, True]), engine)
    assert whole.flow[:, 0, 0].tolist() == [10, 0, 0, 21]


def test_a_single_source_holds_for_all_commodities_and_periods() -> None:
    cost = [1.0, 2.0]
    problem = DesignProblem.from_arrays(
        [0, 1],
        [2, 2],
        unit_cost=cost,
        supply=[[5, 0], [5, 5], [0, 0]],
        demand=[[[0, 0], [0, 0]], [[0, 0], [0, 0]], [[2, 1], [1, 1]]],
    )
    assert solved(problem).cost == 3 * 1 + 2 * 2
    assert solved(problem.replace(single_source=[False, False, True])).cost == 5 * 2


def test_a_customer_is_not_served_from_too_far(pair: DesignProblem, engine: str) -> None:
    near = solved(pair.replace(max_distance=[INF, INF, INF, 30]), engine)
    assert near.open_sites in (("south",), ("north", "south"))
    assert near.flow[1].sum() == 0
    quick = solved(pair.replace(max_lead_time=[INF, INF, 2, 2]), engine)
    assert quick.open_sites == ("north", "south")


def test_demand_may_stay_unmet_at_a_price(pair: DesignProblem, engine: str) -> None:
    cheap = solved(pair.replace(unmet_cost=[INF, INF, 2, 3]), engine)
    assert cheap.open_sites == ()
    assert cheap.cost == 10 * 2 + 20 * 3
    dear = solved(pair.replace(unmet_cost=[INF, INF, 2, 9]), engine)
    assert dear.open_sites == ("south",)
    assert dear.unmet[:, 0, 0].tolist() == [0, 0, 10, 0]
    assert dear.cost == 50 + 40 + 20


def test_a_site_that_is_not_opened_does_not_serve_itself() -> None:
    problem = DesignProblem.from_arrays(
        [0],
        [1],
        demand=[4, 0],
        supply=[9, 0],
        site_fixed_cost=[10, 0],
        unmet_cost=[3, INF],
    )
    assert solved(problem).cost == 10
    assert solved(problem.replace(unmet_cost=[2, INF])).cost == 8
    assert solved(problem.replace(unmet_cost=[INF, INF])).open_sites == (0,)


# ---- money, carbon, distance


def test_a_budget_limits_what_is_opened(pair: DesignProblem, engine: str) -> None:
    two = pair.replace(min_sites=1, unit_cost=[1.0, 40.0, 50.0, 2.0])
    assert solved(two, engine).open_sites == ("north", "south")
    assert solved(two.replace(budget=60), engine).open_sites == ("south",)
    assert solved(two.replace(budget=80), engine).open_sites == ("north", "south")


def test_a_carbon_cap_changes_the_design(pair: DesignProblem, engine: str) -> None:
    free = solved(pair, engine)
    assert free.emissions == 10 * 0.5 + 20 * 2
    capped = solved(pair.replace(max_emissions=30.0), engine)
    assert capped.emissions <= 30 * (1 + 1e-6)
    assert capped.open_sites == ("north", "south")


def test_a_carbon_price_is_paid_and_may_change_the_design(pair: DesignProblem) -> None:
    little = solved(pair.replace(carbon_price=0.1))
    assert little.costs["carbon"] == pytest.approx(4.5)
    assert little.cost == pytest.approx(124.5)
    assert solved(pair.replace(carbon_price=10.0)).open_sites == ("north", "south")


def test_the_weight_of_a_commodity_counts_in_emissions() -> None:
    problem = DesignProblem.from_arrays(
        [0], [1], emissions=2.0, demand=[[0, 0], [3, 5]], commodity_weight=[10.0, 1.0]
    )
    assert solved(problem).emissions == 2 * (30 + 5)


def test_the_mean_distance_to_demand_is_limited(pair: DesignProblem, engine: str) -> None:
    assert solved(pair, engine).mean_distance == pytest.approx(30)
    near = solved(pair.replace(max_mean_distance=20.0), engine)
    assert near.open_sites == ("north", "south")
    assert near.mean_distance == pytest.approx(50 / 3)


# ---- piecewise costs


STEPS: dict[str, Any] = {
    "step_on": [4, 4],
    "step_from": [0, 10],
    "step_unit_cost": [3, 2],
    "step_fixed": [0, 10],
}


def line(demand: float, **columns: Any) -> DesignProblem:
    """A lane with steps beside one at 2.7 a unit."""
    return DesignProblem.from_arrays(
        [0, 1, 0, 0],
        [2, 2, 3, 2],
        site_id=["a", "b", "c", "d"],
        unit_cost=[0, 2.7, 0, 9],
        supply=[99, 99, 0, 0],
        demand=[0, 0, demand, 0],
        **STEPS | columns,
    )


@pytest.mark.parametrize(
    ("demand", "cost"), [(5, 5 * 2.7), (14, 14 * 2.7), (15, 10 + 30), (30, 10 + 60)]
)
def test_economies_of_scale_draw_flow_together(demand: float, cost: float, engine: str) -> None:
    solution = solved(line(demand), engine)
    assert solution.cost == pytest.approx(cost)


def test_steps_that_rise_are_filled_one_by_one(engine: str) -> None:
    convex = line(30, step_unit_cost=[1, 5], step_fixed=[0, -40 + 40])
    solution = solved(convex, engine)
    assert solution.cost == pytest.approx(10 * 1 + 20 * 2.7)


def test_a_jump_is_paid_when_it_is_passed(engine: str) -> None:
    jump = {"step_unit_cost": [1, 1], "step_fixed": [0, 50]}
    assert solved(line(10, **jump), engine).cost == pytest.approx(10)
    assert solved(line(12, **jump), engine).cost == pytest.approx(10 + 2 * 2.7)


def test_a_quantity_discount_for_all_units_is_bought_up_to() -> None:
    """From 10 on each unit costs 1 instead of 3: buying 10 where 9 are wanted is not possible,
    since what comes must be wanted; where 10 are wanted the discount counts."""
    discount = {"step_unit_cost": [3, 1], "step_fixed": [0, 0]}
    assert solved(line(9, **discount)).cost == pytest.approx(9 * 2.7)
    assert solved(line(10, **discount)).cost == pytest.approx(10)


def test_sites_have_steps_too_paid_in_each_period() -> None:
    problem = DesignProblem.from_arrays(
        [0],
        [1],
        demand=[[[0, 0, 0]], [[5, 0, 20]]],
        step_on=[0, 0],
        step_from=[0, 10],
        step_unit_cost=[2, 1],
        step_fixed=[1, 11],
    )
    solution = solved(problem)
    assert solution.cost == pytest.approx((1 + 10) + (11 + 20))
    assert column(solution.to_frame("sites"), "step_cost") == [pytest.approx(42), 0]


# ---- commodities and periods


def test_commodities_share_the_capacity_of_a_lane(engine: str) -> None:
    problem = DesignProblem.from_arrays(
        [0, 0], [1, 1], unit_cost=[1, 3], capacity=[5, 9], demand=[[0, 0], [4, 4]]
    )
    assert solved(problem, engine).cost == 5 + 3 * 3


def test_supply_is_limited_by_commodity_and_jointly() -> None:
    problem = DesignProblem.from_arrays(
        [0, 1],
        [2, 2],
        unit_cost=[1, 3],
        supply=[[9, 2], [9, 9], [0, 0]],
        demand=[[0, 0], [0, 0], [4, 4]],
    )
    assert solved(problem).cost == 4 + 2 + 2 * 3
    assert solved(problem.replace(joint_supply=[5, INF, INF])).cost == 5 + 3 * 3


def test_what_is_opened_is_open_in_all_periods(pair: DesignProblem, engine: str) -> None:
    demand = np.array([[[0, 0]], [[0, 0]], [[10, 0]], [[0, 20]]])
    problem = pair.replace(demand=demand, period_id=["winter", "summer"])
    solution = solved(problem, engine)
    assert solution.cost == 120
    frame = solution.to_frame("periods")
    assert column(frame, "period") == ["winter", "summer"]
    assert column(frame, "demand") == [10, 20]
    assert column(frame, "transport_cost") == [10, 80]


def test_capacity_holds_in_each_period() -> None:
    problem = DesignProblem.from_arrays(
        [0, 1],
        [2, 2],
        unit_cost=[1, 2],
        demand=[[[0, 0]], [[0, 0]], [[4, 8]]],
        site_capacity=[6, 6, INF],
    )
    solution = solved(problem)
    assert solution.cost == 4 + 6 + 2 * 2


def test_goods_pass_through_warehouses_at_a_handling_cost(engine: str) -> None:
    problem = DesignProblem.from_arrays(
        [0, 0, 1, 2],
        [1, 2, 3, 3],
        unit_cost=[1, 1, 1, 1],
        handling_cost=[0.5, 3, 2, 0.25],
        site_fixed_cost=[0, 4, 20, 0],
        demand=[0, 0, 0, 8],
    )
    solution = solved(problem, engine)
    assert solution.open_sites == (1,)
    assert solution.cost == 4 + 8 * (0.5 + 1 + 3 + 1 + 0.25)
    assert solution.costs["handling"] == 8 * 3.75


# ---- what comes out


def test_assignments_say_who_serves_whom(pair: DesignProblem) -> None:
    frame = solved(pair.replace(site_capacity=[25, 99, INF, INF], min_sites=2)).to_frame(
        "assignments"
    )
    assert column(frame, "site") == ["shop", "market"]
    assert column(frame, "served_by") == ["north", "south"]
    assert column(frame, "share") == [1.0, 1.0]


def test_the_parts_of_the_cost_add_up(pair: DesignProblem) -> None:
    solution = solved(pair.replace(carbon_price=1.0, handling_cost=[1, 1, 0, 0]))
    assert sum(solution.costs.values()) == pytest.approx(solution.cost)


def test_a_chart_shows_the_open_sites(pair: DesignProblem) -> None:
    import matplotlib.pyplot as plt

    axes = solved(pair).plot()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["north"]
    plt.close("all")


def test_an_answer_starts_the_next_search(
    located: Callable[..., DesignProblem],
) -> None:
    problem = located([[1, 2, 3], [3, 1, 2], [2, 3, 1]], 5, [4, 4, 4])
    first = solved(problem)
    assert problem.solve(initial=first, workers=1).cost == first.cost
    other = located([[1, 2]], 5, [4, 4]).solve()
    assert problem.solve(initial=other, workers=1).cost == first.cost
