"""Why there is no flow, in the caller's words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.core import NoSolutionError, Status
from flowopt.flow import Explanation, FlowProblem

Changed = Callable[..., FlowProblem]


def reason(problem: FlowProblem, engine: str) -> Explanation:
    solution = problem.solve(engine=engine)
    assert solution.status is Status.INFEASIBLE
    assert solution.explanation is not None
    assert solution.summary()["explanation"] == str(solution.explanation)
    with pytest.raises(NoSolutionError):
        solution.flow
    return solution.explanation


def test_supply_short_of_demand_is_named_with_the_amount(changed: Changed, engine: str) -> None:
    why = reason(changed(demand=[0.0, 0.0, 12.5]), engine)
    assert (why.kind, why.sites, why.supplies) == ("shortage", ("shop",), ("plant",))
    assert why.shortage == 2.5
    assert why.lanes == ()
    assert why.message == (
        "Sites shop demand 12.5; all that can reach them is the supply of plant (10): 2.5 short."
    )


def test_the_lanes_that_limit_are_named(changed: Changed, engine: str) -> None:
    why = reason(changed(capacity=[9.0, 1.0, 4.5]), engine)
    assert why.shortage == 0.5
    assert why.lanes == (("plant", "shop", "road"), ("depot", "shop", "road"))
    assert why.supplies == ()


def test_the_site_whose_capacity_limits_is_named(changed: Changed, engine: str) -> None:
    why = reason(changed(capacity=[9.0, 1.0, 9.0], site_capacity=[9.0, 3.0, 9.0]), engine)
    assert why.site_capacities == ("depot",)
    assert why.lanes == (("plant", "shop", "road"),)
    assert why.shortage == 2.0


def test_a_customer_that_no_lane_reaches_is_named(engine: str) -> None:
    problem = FlowProblem.from_frames(
        {"id": ["plant", "Ajaccio"], "supply": [9, 0], "demand": [0, 4]},
        {"source": ["Ajaccio"], "target": ["plant"]},
    )
    why = reason(problem, engine)
    assert (why.sites, why.shortage) == (("Ajaccio",), 4.0)
    assert "no lane leads there" in why.message


def test_only_the_demand_behind_the_cut_is_named(engine: str) -> None:
    problem = FlowProblem.from_frames(
        {"id": ["plant", "near", "far"], "supply": [99, 0, 0], "demand": [0, 4, 4]},
        {"source": ["plant", "near"], "target": ["near", "far"], "capacity": [99, 3]},
    )
    why = reason(problem, engine)
    assert (why.sites, why.shortage) == (("far",), 1.0)


def test_a_minimum_flow_that_takes_too_much_is_named(engine: str) -> None:
    problem = FlowProblem.from_frames(
        {"id": ["plant", "hub", "a", "b"], "supply": [9, 0, 0, 5], "demand": [0, 0, 6, 1]},
        {
            "source": ["plant", "hub", "hub"],
            "target": ["hub", "a", "b"],
            "capacity": [8, 9, 9],
            "min_flow": [0, 0, 1],
        },
    )
    assert problem.solve(engine=engine).status is Status.OPTIMAL
    why = reason(problem.replace(min_flow=np.array([0.0, 6.0, 3.0])), engine)
    assert ("hub", "b", "road") in why.forced_lanes
    assert why.shortage > 0


def test_a_minimum_flow_into_a_dead_end_is_a_surplus(engine: str) -> None:
    problem = FlowProblem.from_frames(
        {"id": ["plant", "end"], "supply": [9, 0], "demand": [0, 2]},
        {"source": ["plant"], "target": ["end"], "min_flow": [5]},
    )
    why = reason(problem, engine)
    assert (why.kind, why.sites, why.shortage) == ("surplus", ("end",), 3.0)
    assert why.forced_lanes == (("plant", "end", "road"),)


def test_balanced_supply_that_is_cut_off_is_a_shortage_not_a_surplus(engine: str) -> None:
    problem = FlowProblem.from_arrays(
        [0, 1], [2, 2], capacity=[5, 2], supply=[5, 5, 0], demand=[0, 0, 10]
    )
    why = reason(problem, engine)
    assert (why.kind, why.shortage, why.sites) == ("shortage", 3.0, (2,))
    assert why.supplies == (0,)
    assert why.lanes == ((1, 2, None),)


def test_sites_that_may_go_without_are_not_blamed(engine: str) -> None:
    problem = FlowProblem.from_arrays(
        [0, 0], [1, 2], supply=[3, 0, 0], demand=[0, 4, 4], unmet_cost=[0, np.inf, 5]
    )
    why = reason(problem, engine)
    assert (why.sites, why.shortage) == ((1,), 1.0)


def test_a_long_list_of_names_is_cut_in_the_message_only(engine: str) -> None:
    count = 30
    problem = FlowProblem.from_arrays(
        np.zeros(count, dtype=int),
        np.arange(1, count + 1),
        supply=[5] + [0] * count,
        demand=[0] + [1] * count,
    )
    why = reason(problem, engine)
    assert len(why.sites) == count
    assert "and 26 more" in why.message


def test_the_shortage_of_decimal_data_is_exact(engine: str) -> None:
    problem = FlowProblem.from_arrays([0], [1], supply=[0.3, 0], demand=[0, 0.4])
    assert reason(problem, engine).shortage == pytest.approx(0.1, abs=1e-15)


def test_relaxing_by_the_shortage_makes_it_feasible(changed: Changed, engine: str) -> None:
    short = changed(capacity=[2.0, 1.0, 4.5])
    why = reason(short, engine)
    enough = short.capacity.copy()
    enough[1] += why.shortage
    assert short.replace(capacity=enough).solve(engine=engine).status is Status.OPTIMAL


# ---- the cut as a table


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_what_must_be_done_less_what_can_be_done_is_the_shortage(
    random_network: Callable[[int], FlowProblem], seed: int
) -> None:
    problem = random_network(seed).replace(unmet_cost=np.inf)
    if seed % 3 == 0:
        problem = problem.replace(unused_cost=np.inf)
    solution = problem.solve()
    if solution.status is not Status.INFEASIBLE:
        return
    why = solution.explanation
    assert why is not None
    assert sum(why.parts["amount"]) == pytest.approx(why.shortage)
    assert why.shortage > 0
    assert why.fix
    assert len(why.to_frame()) == len(why.parts["part"])


def test_the_cut_is_a_frame_with_a_row_for_each_demand_and_limit(changed: Changed) -> None:
    why = reason(changed(capacity=[9.0, 1.0, 4.5]), "auto")
    assert why.to_frame("polars").rows() == [
        ("demand", "shop", "shop", "", 6.0),
        ("lane_capacity", "plant", "shop", "road", -1.0),
        ("lane_capacity", "depot", "shop", "road", -4.5),
    ]
    assert why.fix == (
        "It takes at least 0.5 more capacity of these lanes, or a price for unmet demand "
        "(unmet_cost)."
    )


def test_supply_that_must_be_used_and_cannot_is_named(engine: str) -> None:
    problem = FlowProblem.from_frames(
        {
            "id": ["farm", "dairy", "mill"],
            "supply": [9, 0, 5],
            "demand": [0, 6, 0],
            "unused_cost": [np.inf, 0, 0],
        },
        {"source": ["farm", "mill"], "target": ["dairy", "dairy"], "capacity": [4, 9]},
    )
    why = reason(problem, engine)
    assert (why.kind, why.forced_supplies, why.shortage) == ("surplus", ("farm",), 5.0)
    assert why.lanes == (("farm", "dairy", "road"),)
    assert "all of which must be used" in why.message
    assert "unused_cost" in why.fix
    assert why.parts["amount"] == [9.0, -4.0]
    assert problem.replace(unused_cost=np.array([7.0, 0, 0])).solve().cost == 35.0


def test_an_undirected_lane_limits_whichever_way_it_is_needed(engine: str) -> None:
    problem = FlowProblem.from_frames(
        {"id": ["shop", "plant"], "supply": [0, 9], "demand": [6, 0]},
        {"source": ["shop"], "target": ["plant"], "capacity": [4], "undirected": [True]},
    )
    why = reason(problem, engine)
    assert (why.sites, why.shortage) == (("shop",), 2.0)
    assert why.lanes == (("shop", "plant", "road"),)
    assert "shop ↔ plant" in why.message


def test_the_lanes_of_an_endless_gain_are_a_frame() -> None:
    problem = FlowProblem.from_arrays([0, 1], [1, 0], unit_cost=[-3, 1])
    solution = problem.solve()
    assert solution.status is Status.UNBOUNDED
    assert solution.explanation is not None
    frame = solution.explanation.to_frame()
    assert set(frame["part"]) == {"cycle"}
    assert frame["amount"].sum() == -2.0
