"""What a sweep says of each kind of scenario, worked out by hand on a small chain."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from flowopt.core import CancelToken, Limit, NoSolutionError, Progress, Status, ValidationError
from flowopt.flow import FlowProblem, every_lane, every_site, random_demand, sweep

BASE_COST = 6 * 2 + 4 * 3 + 2 * 2  # all by the depot, two units of it from the far plant


def row(problem: FlowProblem, kind: str, place: str, value: float | None = None) -> dict[str, Any]:
    frame = {"scenario": ["it"], "kind": [kind], "id": [place], "value": [value]}
    found: dict[str, Any] = sweep(problem, frame).to_frame().iloc[0].to_dict()
    return found


def test_the_base_is_solved_once_and_stated(chain: FlowProblem) -> None:
    result = sweep(chain, every_lane(chain))
    assert result.base_status is Status.OPTIMAL
    assert result.base_cost == chain.solve().cost == BASE_COST
    assert result.base_flow.tolist() == chain.solve().flow.tolist()


def test_a_closed_lane_without_flow_is_skipped(chain: FlowProblem) -> None:
    found = row(chain, "lane_closed", "far -> south (road)")
    assert (found["status"], found["engine"], found["delta"]) == (Status.OPTIMAL, "skip", 0.0)


def test_a_closed_lane_with_flow_is_rerouted(chain: FlowProblem) -> None:
    found = row(chain, "lane_closed", "near → depot (road)")
    assert found["engine"] == "reroute"
    assert found["delta"] == 8 * 2
    assert found["lanes_changed"] == 2


def test_what_cannot_be_served_is_counted_and_the_rest_is_served_at_least_cost(
    chain: FlowProblem,
) -> None:
    found = row(chain, "lane_closed", "depot → south (road)")
    assert found["status"] == Status.INFEASIBLE
    assert found["unmet"] == 1.0  # 3 by the far plant's own lane
    assert found["cost"] == 6 * 2 + 3 * 7


def test_a_closed_customer_takes_nothing_and_is_not_unmet(chain: FlowProblem) -> None:
    found = row(chain, "site_closed", "north")
    assert (found["status"], found["unmet"], found["cost"]) == (Status.OPTIMAL, 0.0, 4 * 3)


def test_a_closed_plant_gives_nothing(chain: FlowProblem) -> None:
    assert row(chain, "site_closed", "near")["delta"] == 8 * 2
    found = row(chain, "site_closed", "far")
    assert (found["unmet"], found["cost"]) == (2.0, 6 * 2 + 2 * 3)  # the dearest are left out


def test_demand_and_supply_take_new_values(chain: FlowProblem) -> None:
    assert row(chain, "demand", "north", 7)["delta"] == 4.0
    assert row(chain, "demand", "depot", 1)["delta"] == 3.0
    assert row(chain, "supply", "near", 10)["delta"] == -4.0
    assert row(chain, "supply", "depot", 2)["delta"] == -6.0
    assert row(chain, "supply", "far", np.inf)["engine"] == "skip"


def test_costs_take_new_values(chain: FlowProblem) -> None:
    assert row(chain, "unit_cost", "far → south (road)", 4.5)["delta"] == -2 * 0.5
    assert row(chain, "unit_cost", "far → south (road)", 9.0)["engine"] == "skip"
    assert row(chain, "unit_cost", "near → depot (road)", 1.5)["delta"] == 4.0
    assert row(chain, "handling_cost", "depot", 0.5)["delta"] == 10 * 0.5


def test_a_cost_that_rises_on_a_full_lane_need_not_move_its_flow(chain: FlowProblem) -> None:
    cheap = chain.replace(unit_cost=np.array([1.0, 3.0, 1.0, 2.0, 1.0]))
    found = row(cheap, "unit_cost", "far → south (road)", 1.25)
    assert (found["engine"], found["delta"]) == ("skip", 3 * 0.25)


def test_capacities_take_new_values(chain: FlowProblem) -> None:
    assert row(chain, "capacity", "near → depot (road)", 5)["delta"] == 3 * 2
    assert row(chain, "capacity", "far → south (road)", np.inf)["engine"] == "skip"
    assert row(chain, "site_capacity", "depot", 9)["delta"] == 1 * (7 - 5)


def test_changes_of_one_scenario_belong_together_and_what_is_closed_stays_closed(
    chain: FlowProblem,
) -> None:
    frame = {
        "scenario": ["both", "alone", "both", "both"],
        "kind": ["lane_closed", "demand", "capacity", "demand"],
        "id": ["far → south (road)", "north", "far → south (road)", "north"],
        "value": [None, 7, 50, 20],
    }
    result = sweep(chain, frame)
    assert result.scenarios.names.tolist() == ["both", "alone"]
    assert result.cost.tolist() == [sum([20 * 2 + 4 * 3, 16 * 2]), BASE_COST + 4]
    changed = result.problem_of("both")
    assert changed.capacity[4] == 0.0
    assert changed.solve().cost == result.cost[0]


def test_a_minimum_flow_that_cannot_be_kept_is_missed(chain: FlowProblem) -> None:
    held = chain.replace(min_flow=np.array([0.0, 0, 0, 0, 2]))
    found = row(held, "site_capacity", "far", 1)
    assert (found["status"], found["missed"]) == (Status.INFEASIBLE, 1.0)
    assert row(held, "lane_closed", "far → south (road)")["missed"] == 0.0


def test_demand_with_a_price_may_go_unmet(chain: FlowProblem) -> None:
    priced = chain.replace(unmet_cost=np.array([np.inf, np.inf, np.inf, 3.5, np.inf]))
    found = row(priced, "lane_closed", "near → depot (road)")
    assert (found["status"], found["unmet"], found["cost"]) == (
        Status.OPTIMAL,
        6.0,
        6 * 3.5 + 4 * 5,
    )


def test_a_cycle_without_limit_that_gains_has_no_end() -> None:
    problem = FlowProblem.from_arrays([0, 1], [1, 0], unit_cost=[2, 1], supply=[1, 0])
    frame = {"scenario": ["a", "b"], "kind": ["unit_cost"] * 2, "id": [1, 1], "value": [-3, -2]}
    result = sweep(problem, frame)
    assert result.status.tolist() == [Status.UNBOUNDED, Status.OPTIMAL]
    assert np.isnan(result.cost).tolist() == [True, False]


def test_a_base_that_is_infeasible_is_swept_all_the_same(chain: FlowProblem) -> None:
    short = chain.replace(supply=np.array([8.0, 0, 0, 0, 0]))
    result = sweep(short, every_site(short, ["near", "south"]))
    assert result.base_status is Status.INFEASIBLE
    assert result.status.tolist() == [Status.INFEASIBLE, Status.OPTIMAL]
    assert result.unmet.tolist() == [10.0, 0.0]


# ---- frames


def test_the_frame_is_of_the_callers_library(chain: FlowProblem) -> None:
    lanes = pl.DataFrame({"source": ["a"], "target": ["b"], "unit_cost": [2.0]})
    sites = pl.DataFrame({"id": ["a", "b"], "supply": [3, 0], "demand": [0, 2]})
    problem = FlowProblem.from_frames(sites, lanes)
    scenarios = pl.DataFrame({"scenario": [1], "kind": ["demand"], "id": ["b"], "value": [3.0]})
    frame = sweep(problem, scenarios).to_frame()
    assert isinstance(frame, pl.DataFrame)
    assert frame["cost"].to_list() == [6.0]


def test_flows_are_kept_when_asked_for(chain: FlowProblem) -> None:
    result = sweep(chain, every_lane(chain), keep_flows=True)
    for name in result.scenarios.names.tolist():
        if result.status[result.scenarios.names.tolist().index(name)] == Status.OPTIMAL:
            assert result.flow(name).tolist() == result.problem_of(name).solve().flow.tolist()
    flows = result.to_frame("flows")
    assert set(flows["change"] != 0) == {True}
    assert len(flows) == result.lanes_changed.sum()


def test_flows_that_were_not_kept_cannot_be_read(chain: FlowProblem) -> None:
    result = sweep(chain, every_lane(chain))
    with pytest.raises(NoSolutionError, match="keep_flows"):
        result.to_frame("flows")
    with pytest.raises(KeyError, match="no table"):
        result.to_frame("prices")
    with pytest.raises(ValidationError, match="is no scenario"):
        result.problem_of("nowhere")


def test_the_worst_come_first(chain: FlowProblem) -> None:
    worst = sweep(chain, every_lane(chain)).worst(2)
    assert worst["unmet"].tolist() == [6.0, 1.0]


def test_a_sweep_shows_its_figures(chain: FlowProblem) -> None:
    result = sweep(chain, every_lane(chain))
    assert result.summary()["base_cost"] == BASE_COST
    assert "SweepResult" in repr(result)
    assert "base_cost" in result._repr_html_()


def test_scenarios_go_out_as_the_frame_that_comes_in(chain: FlowProblem) -> None:
    scenarios = every_lane(chain) + every_site(chain) + random_demand(chain, 5, seed=3)
    again = sweep(chain, scenarios.to_frame(chain))
    assert again.scenarios.names.tolist() == scenarios.names.tolist()
    assert again.cost.tolist() == sweep(chain, scenarios).cost.tolist()


def test_no_scenarios_are_no_rows(chain: FlowProblem) -> None:
    result = sweep(chain, every_site(chain, []))
    assert len(result) == 0
    assert len(result.to_frame()) == 0


def test_the_problem_is_not_changed(chain: FlowProblem) -> None:
    before = chain.fingerprint
    sweep(chain, every_site(chain))
    assert chain.fingerprint == before


# ---- search


@pytest.fixture(scope="module")
def wide() -> FlowProblem:
    """Many small customers between tight depots."""
    draw = np.random.default_rng(0)
    plants, depots, customers = 4, 20, 400
    first = np.repeat(np.arange(plants), depots), np.tile(np.arange(4, 24), plants)
    second = draw.integers(4, 24, 6 * customers), np.repeat(np.arange(24, 424), 6)
    sites = np.arange(424)
    return FlowProblem.from_arrays(
        np.concatenate([first[0], second[0]]),
        np.concatenate([first[1], second[1]]),
        capacity=draw.integers(20, 90, 80 + 6 * customers),
        unit_cost=draw.integers(1, 300, 80 + 6 * customers),
        supply=np.where(sites < 4, 1500, 0),
        demand=np.where(sites >= 24, 11, 0),
    )


@pytest.mark.parametrize("engine", ["auto", "reroute", "simplex"])
def test_the_frame_is_the_same_whatever_the_workers(wide: FlowProblem, engine: str) -> None:
    scenarios = every_lane(wide) + every_site(wide) + random_demand(wide, 20)
    one, two = (
        sweep(wide, scenarios, workers=workers, engine=engine, keep_flows=True)
        for workers in (1, 3)
    )
    assert one.to_frame().equals(two.to_frame())
    assert one.to_frame("flows").equals(two.to_frame("flows"))


def test_both_methods_agree(wide: FlowProblem) -> None:
    scenarios = every_lane(wide) + every_site(wide) + random_demand(wide, 20)
    rerouted = sweep(wide, scenarios, engine="reroute")
    solved = sweep(wide, scenarios, engine="simplex")
    assert rerouted.cost.tolist() == solved.cost.tolist()
    assert rerouted.unmet.tolist() == solved.unmet.tolist()
    assert set(solved.engine.tolist()) == {"skip", "simplex"}


def test_every_answer_is_audited_and_some_are_checked_in_full(wide: FlowProblem) -> None:
    result = sweep(wide, every_lane(wide))
    assert result.details["audited"] == (result.engine != "skip").sum() > 0
    assert result.details["checked_in_full"] == 4


def test_where_much_changes_the_simplex_method_is_taken(wide: FlowProblem) -> None:
    result = sweep(wide, random_demand(wide, 100))
    assert (result.engine == "simplex").all()
    assert result.details["given_up"] > 0


def test_a_sweep_that_is_cancelled_keeps_what_is_done(wide: FlowProblem) -> None:
    token, seen = CancelToken(), []

    def stop(progress: Progress) -> None:
        seen.append(progress.iterations)
        if len({*seen} - {0}) > 1:  # the first that were begun are done
            token.cancel()

    scenarios = random_demand(wide, 10_000)
    result = sweep(wide, scenarios, workers=1, on_progress=stop, cancel=token)
    assert result.limit is Limit.CANCELLED
    done = result.status != Status.NO_SOLUTION_FOUND
    assert 0 < result.num_answered == done.sum() < len(result)
    assert np.isfinite(result.cost[done]).all()
    assert np.isnan(result.cost[~done]).all()
    assert seen


def test_a_sweep_ends_at_its_time_limit(wide: FlowProblem) -> None:
    result = sweep(wide, random_demand(wide, 10_000), time_limit=0.5)
    assert result.limit is Limit.TIME
    assert result.num_answered < len(result)


def test_a_sweep_cancelled_before_it_begins_has_no_answers(chain: FlowProblem) -> None:
    token = CancelToken()
    token.cancel()
    result = sweep(chain, every_lane(chain), cancel=token)
    assert result.limit is Limit.CANCELLED
    assert result.num_answered == 0


def test_an_error_of_the_callers_progress_comes_out(wide: FlowProblem) -> None:
    def fail(_: Progress) -> None:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        sweep(wide, random_demand(wide, 5_000), on_progress=fail)


# ---- odd networks


def test_a_network_without_lanes_or_without_sites_can_be_swept() -> None:
    empty = FlowProblem.from_arrays([], [], num_sites=0)
    assert len(sweep(empty, every_lane(empty) + every_site(empty))) == 0
    alone = FlowProblem.from_arrays([], [], supply=[1, 1], demand=[0, 3])
    result = sweep(alone, every_site(alone))
    assert result.base_status is Status.INFEASIBLE
    assert result.unmet.tolist() == [2.0, 0.0]


def test_the_largest_numbers_that_a_problem_takes_can_be_swept() -> None:
    most = 2.0**53
    problem = FlowProblem.from_arrays(
        [0, 0], [1, 1], capacity=most, unit_cost=[most, 1.0], supply=[most, 0], demand=[0, most / 2]
    )
    result = sweep(problem, every_lane(problem))
    np.testing.assert_allclose(result.cost, [most / 2, most * most / 2], rtol=1e-12)


def test_a_long_chain_of_dear_lanes_can_be_swept() -> None:
    ends = np.arange(1001)
    problem = FlowProblem.from_arrays(
        ends[:-1],
        ends[1:],
        unit_cost=2.0**40,
        supply=np.where(ends == 0, 5, 0),
        demand=np.where(ends == 1000, 5, 0),
    )
    result = sweep(problem, every_lane(problem))
    assert result.base_cost == 5 * 1000 * 2.0**40
    assert (result.unmet == 5).all()
    assert (result.lanes_changed == 1000).all()


def test_many_parallel_lanes_are_told_apart() -> None:
    count = 5000
    problem = FlowProblem.from_arrays(
        np.zeros(count, dtype=int),
        np.ones(count, dtype=int),
        unit_cost=np.arange(count),
        capacity=1,
        supply=[100, 0],
        demand=[0, 100],
    )
    result = sweep(problem, every_lane(problem))
    assert result.delta[:100].tolist() == [100.0 - lane for lane in range(100)]
    assert (result.delta[100:] == 0).all()


def test_a_hub_of_many_lanes_without_limits_can_be_swept() -> None:
    count = 30_000
    problem = FlowProblem.from_arrays(
        np.zeros(count, dtype=int),
        np.arange(1, count + 1),
        unit_cost=1 / 3,
        supply=np.where(np.arange(count + 1) == 0, np.inf, 0),
        demand=np.where(np.arange(count + 1) == 0, 0, 1 / 3),
    )
    result = sweep(problem, every_site(problem, [0, 7]))
    np.testing.assert_allclose(result.unmet, [count / 3, 0])
    np.testing.assert_allclose(result.delta, [-count / 9, -1 / 9])
