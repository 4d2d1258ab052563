"""What passes through each site, on networks small enough to be computed by hand."""

import numpy as np
import pytest

import flowopt as fo
from flowopt.flow import FlowProblem
from flowopt.planning.item_flow import item_flow


def split(kinds, lanes, demand, **columns):
    """Allocate a network whose first site gives all; return its item flow by site."""
    ids = list(kinds)
    network = fo.Network.from_frames(
        {"id": ids, "kind": list(kinds.values()), "supply": [np.inf] + [0] * (len(ids) - 1)},
        {"source": [a for a, _ in lanes], "target": [b for _, b in lanes]}
        | {"distance": [1.0] * len(lanes), "unit_cost": [1.0] * len(lanes)}
        | columns,
        demand,
    )
    flow = FlowProblem.from_network(network, unmet_cost=1e3).solve()
    items = item_flow(network, flow)
    return dict(zip(ids, items.mean, strict=True)), dict(zip(ids, items.sd, strict=True))


def test_one_customer_behind_two_warehouses_is_one_demand_at_the_hub():
    mean, sd = split(
        {"hub": "warehouse", "a": "warehouse", "b": "warehouse", "Ada": "customer"},
        [("hub", "a"), ("hub", "b"), ("a", "Ada"), ("b", "Ada")],
        {"site": ["Ada"], "demand": [10], "demand_sd": [4]},
        capacity=[np.inf, np.inf, 3, np.inf],
        unit_cost=[1.0, 1.0, 1.0, 2.0],
    )
    assert sorted([mean["a"].item(), mean["b"].item()]) == pytest.approx([3, 7])
    assert sorted([sd["a"].item(), sd["b"].item()]) == pytest.approx([1.2, 2.8])
    assert mean["hub"].item() == pytest.approx(10)
    assert sd["hub"].item() == pytest.approx(4)  # not the 3.05 of two independent demands


def test_independent_customers_pool_their_spread():
    mean, sd = split(
        {"hub": "plant", "Ada": "customer", "Bob": "customer"},
        [("hub", "Ada"), ("hub", "Bob")],
        {"site": ["Ada", "Bob"], "demand": [5, 6], "demand_sd": [3, 4]},
    )
    assert (mean["hub"].item(), sd["hub"].item()) == (pytest.approx(11), pytest.approx(5))


def test_unmet_demand_draws_nothing_of_either_item():
    mean, sd = split(
        {"hub": "plant", "Ada": "customer"},
        [("hub", "Ada")],
        {"site": ["Ada"] * 2, "commodity": ["tea", "salt"], "demand": [6, 2], "demand_sd": [2, 1]},
        capacity=[4.0],
    )
    assert mean["hub"] == pytest.approx([3, 1])
    assert sd["hub"] == pytest.approx([1, 0.5])


@pytest.mark.parametrize("rounds", [5.0, 1e5])
def test_goods_that_minimum_flows_send_round_a_loop_are_all_counted(rounds):
    mean, _ = split(
        {"mill": "plant", "a": "warehouse", "b": "warehouse", "Ada": "customer"},
        [("mill", "a"), ("a", "b"), ("b", "a"), ("a", "Ada")],
        {"site": ["Ada"], "demand": [10]},
        min_flow=[0, rounds, rounds, 0],
    )
    assert mean["a"].item() == pytest.approx(10 + rounds)
    assert mean["b"].item() == pytest.approx(rounds)


def test_a_loop_cut_off_from_the_rest_is_wanted_nowhere():
    mean, _ = split(
        {"mill": "plant", "a": "warehouse", "b": "warehouse", "Ada": "customer"},
        [("a", "b"), ("b", "a"), ("mill", "Ada")],
        {"site": ["Ada"], "demand": [10]},
        min_flow=[7, 7, 0],
    )
    assert [mean[site].item() for site in ("a", "b", "mill")] == [0, 0, 10]
