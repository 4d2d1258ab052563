"""Flow over time: against a linear program in sites and periods; calendars, stock, bad input."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from flowopt import FlowoptWarning, FlowOverTimeProblem, Network, Status, ValidationError
from flowopt.flow.over_time.solve import ENGINES
from flowopt.network import TimeExpandedNetwork

INF = np.inf
every_engine = pytest.mark.parametrize("engine", [engine.name for engine in ENGINES])


def least_cost(problem: FlowOverTimeProblem) -> float | None:
    """Return the least cost by a linear program of its own, None when there is no plan.

    The balance of a site in a period is written as it is said: stock before, what arrives, what is
    given and received; what leaves, what is used, stock after.
    """
    net = problem.expanded
    (sites, periods), lanes = net.demand.shape, net.num_lanes
    sizes = [lanes * periods, *[sites * periods] * 3]  # flow, supplied, unmet, stock
    offset = np.concatenate([[0], np.cumsum(sizes)])
    balance = np.zeros((sites * periods, offset[-1]))
    inbound = np.zeros_like(balance)
    wanted = (net.demand - net.receipts).copy()
    wanted[:, 0] -= net.opening_stock
    cost, bounds = np.zeros(offset[-1]), [(0.0, 0.0)] * int(offset[-1])
    for lane in range(lanes):
        for leaves in range(periods):
            column, arrives = lane * periods + leaves, leaves + int(net.lead_periods[lane])
            if arrives < periods:
                bounds[column] = (net.min_flow[lane, leaves], net.capacity[lane, leaves])
                cost[column] = net.unit_cost[lane, leaves]
                balance[net.source[lane] * periods + leaves, column] -= 1
                balance[net.target[lane] * periods + arrives, column] += 1
                inbound[net.target[lane] * periods + arrives, column] += 1
    for row in range(sites * periods):
        site, period = divmod(row, periods)
        supplied, unmet, stock = (int(offset[kind]) + row for kind in (1, 2, 3))
        bounds[supplied] = (0.0, net.supply[site, period])
        price = problem.unmet_cost[site, period]
        bounds[unmet] = (0.0, net.demand[site, period] if np.isfinite(price) else 0.0)
        least = net.final_stock[site] if period == periods - 1 else 0.0
        bounds[stock] = (least, net.storage_capacity[site, period])
        cost[unmet] = price if np.isfinite(price) else 0.0
        cost[stock] = net.holding_cost[site, period]
        balance[row, [supplied, unmet]] = 1
        inbound[row, supplied] = 1
        balance[row, stock] = -1
        if period:
            balance[row, stock - 1] = 1
    handling, limit = net.handling_cost.ravel(), net.site_capacity.ravel()
    cost += handling @ inbound
    room = limit - net.receipts.ravel()
    if (room < 0).any():
        return None
    tight = np.isfinite(room)
    result = linprog(
        cost,
        A_eq=balance,
        b_eq=wanted.ravel(),
        A_ub=inbound[tight] if tight.any() else None,
        b_ub=room[tight] if tight.any() else None,
        bounds=[(low, None if np.isinf(high) else high) for low, high in bounds],
    )
    if result.status == 2:
        return None
    return float(result.fun + handling @ net.receipts.ravel())


def random_problem(seed: int) -> FlowOverTimeProblem:
    rng = np.random.default_rng(seed)
    sites, periods, lanes = (int(rng.integers(2, most)) for most in (6, 6, 9))
    source = rng.integers(sites, size=lanes)
    target = (source + rng.integers(1, sites, size=lanes)) % sites

    def some(share: float, most: int, *shape: int) -> np.ndarray:
        return rng.integers(0, most, size=shape) / 4 * (rng.random(shape) < share)

    def limit(share: float, most: int, *shape: int) -> np.ndarray:
        return np.where(rng.random(shape) < share, rng.integers(0, most, size=shape) / 4, INF)

    capacity = limit(0.4, 40, lanes, periods)
    storage = limit(0.4, 40, sites, periods)
    return FlowOverTimeProblem.from_arrays(
        site_id=[f"s{site}" for site in range(sites)],
        period_id=np.arange(periods),
        source=source,
        target=target,
        lead_periods=rng.integers(0, 3, size=lanes),
        capacity=capacity,
        min_flow=np.minimum(some(0.1, 8, lanes, periods), capacity),
        unit_cost=some(0.9, 40, lanes, periods),
        supply=np.where(rng.random((sites, periods)) < 0.1, INF, some(0.5, 60, sites, periods)),
        demand=some(0.4, 40, sites, periods),
        site_capacity=limit(0.2, 80, sites, periods),
        handling_cost=some(0.3, 8, sites, periods),
        storage_capacity=storage,
        holding_cost=some(0.7, 6, sites, periods),
        receipts=some(0.15, 20, sites, periods),
        opening_stock=some(0.4, 40, sites),
        final_stock=np.minimum(some(0.2, 8, sites), storage[:, -1]),
        unmet_cost=limit(0.7, 200, sites, periods),
    )


# ---- the answer


@every_engine
@pytest.mark.parametrize("seed", range(60))
def test_a_linear_program_costs_the_same(seed: int, engine: str) -> None:
    problem = random_problem(seed)
    solution = problem.solve(engine=engine)
    least = least_cost(problem)
    if least is None:
        assert solution.status is Status.INFEASIBLE
        assert solution.explanation is not None
    else:
        assert solution.status is Status.OPTIMAL
        assert solution.cost == pytest.approx(least, abs=1e-6)
        assert solution.check().ok


def test_the_random_problems_are_of_both_kinds() -> None:
    known = [least_cost(random_problem(seed)) is None for seed in range(60)]
    assert 10 < sum(known) < 50


@pytest.fixture
def network() -> Network:
    return Network.from_frames(
        sites={
            "id": ["mill", "hub", "shop"],
            "kind": ["plant", "warehouse", "customer"],
            "supply": [10, 0, 0],
        },
        lanes={
            "source": ["mill", "hub", "mill", "mill"],
            "target": ["hub", "shop", "shop", "shop"],
            "mode": ["road", "road", "road", "air"],
            "distance": [100, 50, 120, 120],
            "unit_cost": [1.0, 1.0, 3.0, 9.0],
            "lead_time": [1, 0.4, 2.0, 0.0],
        },
        demand={"site": ["shop"], "demand": [8]},
        commodities={"id": ["flour"], "holding_cost": [0.25]},
        stock={"site": ["hub", "shop"], "on_hand": [5, 16]},
    )


def test_lead_times_are_rounded_up_and_the_dear_mode_saves_time(network: Network) -> None:
    assert network.expand(3).lead_periods.tolist() == [1, 1, 2, 0]
    solution = FlowOverTimeProblem.from_network(network, 4).solve()
    flows = solution.to_frame("flows")
    assert (flows["arrival"] - flows["departure"] >= 0).all()
    # 16 in stock at the shop, 5 at the hub: of 32, the other 11 come from the mill
    assert flows.loc[flows["target"] == "shop", "flow"].sum() == 16
    assert solution.unmet.sum() == 0
    tight = FlowOverTimeProblem.from_network(network, 2, opening_stock=0).solve()
    assert tight.to_frame("flows")["mode"].tolist() == ["air", "air"]


def test_stock_is_told_by_site_and_period(network: Network) -> None:
    solution = FlowOverTimeProblem.from_network(network, ["Mon", "Tue", "Wed"]).solve()
    stock = solution.to_frame("stock")
    shop = stock[stock["site"] == "shop"]
    assert dict(zip(shop["period"], shop["stock"], strict=True))["Mon"] == 8
    sites = solution.to_frame("sites")
    there = sites["opening_stock"] + sites["inbound"]
    gone = sites["sent"] + sites["demand"] - sites["unmet"] + sites["stock"]
    assert there.tolist() == pytest.approx(gone.tolist())
    assert sites["period"].tolist()[:3] == ["Mon", "Tue", "Wed"]


def test_calendars_change_what_they_name(network: Network) -> None:
    expanded = network.expand(
        3,
        demand_calendar={"site": ["shop", "shop"], "period": [1, 2], "demand": [20, 4]},
        lane_calendar={
            "source": ["mill", "mill"],
            "target": ["shop", "hub"],
            "mode": [None, "road"],
            "period": [1, 0],
            "capacity": [0, 6],
            "unit_cost": [None, 7],
        },
        site_calendar={"site": ["mill"], "period": [2], "supply": [99], "storage_capacity": [3]},
        receipts={"site": ["hub"], "period": [1], "quantity": [2.5]},
    )
    assert expanded.demand.tolist() == [[0, 0, 0], [0, 0, 0], [0, 20, 4]]
    assert expanded.capacity[2:, 1].tolist() == [0, 0]
    assert expanded.capacity[0].tolist() == [6, INF, INF]
    assert expanded.unit_cost[0].tolist() == [7, 1, 1]
    assert expanded.unit_cost[2].tolist() == [3, 3, 3]
    assert expanded.supply[0].tolist() == [10, 10, 99]
    assert expanded.storage_capacity[0].tolist() == [INF, INF, 3]
    assert expanded.receipts[1].tolist() == [0, 2.5, 0]
    assert expanded.opening_stock.tolist() == [0, 5, 16]
    assert expanded.holding_cost.tolist() == [[0.25] * 3] * 3


def test_a_closed_lane_is_got_round_in_time(network: Network) -> None:
    closed = {
        "source": ["mill"] * 3,
        "target": ["hub"] * 3,
        "period": [0, 1, 2],
        "capacity": [0] * 3,
    }
    problem = FlowOverTimeProblem.from_network(network, 4, lane_calendar=closed)
    flows = problem.solve().to_frame("flows")
    assert set(flows["source"][flows["departure"] == 0]) <= {"mill", "hub"}
    assert "hub" not in set(flows["target"][flows["departure"] < 3])


def test_crossdocks_keep_no_stock_unless_they_are_given_room() -> None:
    network = Network.from_frames(
        sites={"id": ["dock", "shop"], "kind": ["crossdock", "customer"], "supply": [5, 0]},
        lanes={"source": ["dock"], "target": ["shop"], "distance": [1], "lead_time": [0]},
        demand={"site": ["shop"], "demand": [5]},
    )
    assert network.expand(2).storage_capacity.tolist() == [[0, 0], [INF, INF]]
    assert network.expand(2, storage_capacity=[4, 2]).storage_capacity[:, 0].tolist() == [4, 2]


def test_a_graph_of_what_waits_and_what_moves(network: Network) -> None:
    arcs = network.expand(["Mon", "Tue"]).to_frame()
    assert arcs["kind"].value_counts().to_dict() == {"stock": 6, "lane": 4}
    moves = arcs[(arcs["kind"] == "lane") & (arcs["source"] == "hub")]
    assert moves[["departure", "target", "arrival"]].to_numpy().tolist() == [["Mon", "shop", "Tue"]]


def test_prices_rise_with_what_it_costs_to_wait(network: Network) -> None:
    solution = FlowOverTimeProblem.from_network(network, 4).solve()
    more = solution.problem.expanded.demand.copy()
    more[2, 3] += 0.01
    changed = dataclasses.replace(solution.problem.expanded, demand=more)
    cost = solution.problem.replace(expanded=changed).solve().cost
    assert cost - solution.cost == pytest.approx(0.01 * solution.prices[2, 3])


def test_what_cannot_come_in_time_is_explained(network: Network) -> None:
    by_road = {"source": ["mill", "mill"], "target": ["hub", "shop"], "distance": [1, 1]}
    slow = network.replace(lanes={**by_road, "lead_time": [1, 2]}, stock=None)
    solution = FlowOverTimeProblem.from_network(slow, 3).solve()
    assert solution.status is Status.INFEASIBLE
    assert solution.explanation is not None
    assert solution.explanation.shortage == 16
    assert set(solution.explanation.sites) == {"shop in 0", "shop in 1"}
    sold = FlowOverTimeProblem.from_network(slow, 3, unmet_cost=50).solve()
    assert sold.unmet[2].tolist() == [8, 8, 0]


def test_many_periods_are_solved(network: Network) -> None:
    rng = np.random.default_rng(0)
    periods = 120
    demand = {
        "site": ["shop"] * periods,
        "period": list(range(periods)),
        "demand": rng.integers(0, 15, size=periods),
    }
    problem = FlowOverTimeProblem.from_network(
        network, periods, demand_calendar=demand, unmet_cost=30
    )
    assert problem.solve().check().ok


# ---- the check


def broken(solution: Any, **changes: Any) -> set[str]:
    values = dataclasses.replace(solution.values, **changes)
    report = dataclasses.replace(solution, values=values).check()
    return {violation.constraint for violation in report}


def test_the_check_finds_what_is_wrong(network: Network) -> None:
    solution = FlowOverTimeProblem.from_network(network, 4, unmet_cost=40).solve()
    values = solution.values
    assert values is not None
    assert broken(solution, stock=values.stock + 1) >= {"balance", "cost"}
    assert broken(solution, supplied=values.supplied + 20) >= {"supply", "balance"}
    assert broken(solution, unmet=values.unmet - 1) >= {"unmet", "balance"}
    late = values.flow.copy()
    late[2, 3] = 2
    assert broken(solution, flow=late) >= {"lead_time", "balance", "cost"}
    assert "bound" in broken(solution, prices=values.prices * 0.5)
    assert "optimality" in broken(solution, prices=values.prices - np.arange(4) * 9)
    assert broken(solution, prices=values.prices * np.nan) == {"finite"}


# ---- what cannot be used


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"periods": 0}, "out_of_range"),
        ({"periods": "Mon"}, "wrong_type"),
        ({"periods": ["Mon", 2]}, "wrong_type"),
        ({"periods": ["Mon", "Mon"]}, "duplicate_id"),
        ({"storage_capacity": [1, 2]}, "wrong_shape"),
        ({"holding_cost": -1}, "negative"),
        ({"holding_cost": INF}, "inf"),
        ({"opening_stock": [np.nan, 0, 0]}, "nan"),
        ({"final_stock": 5, "storage_capacity": 4}, "out_of_range"),
        ({"demand_calendar": {"site": ["moon"], "period": [0], "demand": [1]}}, "unknown_id"),
        ({"demand_calendar": {"site": ["shop"], "period": [9], "demand": [1]}}, "unknown_id"),
        ({"demand_calendar": {"site": ["shop"], "period": [1], "demand": [-1]}}, "negative"),
        (
            {"demand_calendar": {"site": ["shop"] * 2, "period": [1] * 2, "demand": [1, 2]}},
            "duplicate_id",
        ),
        (
            {"lane_calendar": {"source": ["shop"], "target": ["mill"], "period": [0]}},
            "unknown_id",
        ),
        (
            {
                "lane_calendar": {
                    "source": ["mill"],
                    "target": ["hub"],
                    "period": [0],
                    "capacity": [2],
                    "min_flow": [3],
                }
            },
            "out_of_range",
        ),
        ({"unmet_cost": -1}, "negative"),
        ({"unmet_cost": [1, 2]}, "wrong_shape"),
    ],
)
def test_bad_calendars_are_refused(network: Network, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FlowOverTimeProblem.from_network(network, **({"periods": 3} | changes))
    assert code in {failure.code for failure in caught.value.failures}
    assert all(failure.fix for failure in caught.value.failures)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"source": [7]}, "unknown_id"),
        ({"target": [0]}, "self_loop"),
        ({"lead_periods": [-1]}, "out_of_range"),
        ({"lead_periods": [0.5]}, "wrong_type"),
        ({"supply": [[1, 2, 3]]}, "wrong_shape"),
        ({"period_id": []}, "empty_table"),
        ({"site_id": [1.5, 2.5]}, "wrong_type"),
        ({"mode": ["a", "b"]}, "wrong_length"),
        ({"demand": 2.0**60}, "overflow"),
    ],
)
def test_bad_arrays_are_refused(changes: dict[str, Any], code: str) -> None:
    given: dict[str, Any] = {
        "site_id": ["a", "b"],
        "period_id": [1, 2],
        "source": [0],
        "target": [1],
        "lead_periods": [1],
    }
    with pytest.raises(ValidationError) as caught:
        TimeExpandedNetwork(**(given | changes))
    assert code in {failure.code for failure in caught.value.failures}


def test_goods_on_order_without_a_date_are_spoken_of(network: Network) -> None:
    ordered = network.replace(stock={"site": ["hub"], "on_order": [7]})
    with pytest.warns(FlowoptWarning, match="on_order"):
        ordered.expand(2)
    receipts = {"site": ["hub"], "period": [1], "quantity": [7]}
    assert ordered.expand(2, receipts=receipts).receipts[1].tolist() == [0, 7]


def test_the_holding_cost_of_several_commodities_must_be_chosen(network: Network) -> None:
    several = network.replace(
        commodities={"id": ["flour", "salt"], "holding_cost": [1, 2]},
        demand={"site": ["shop"], "commodity": ["salt"], "demand": [3]},
        stock=None,
    )
    with pytest.raises(ValidationError, match="differs between commodities"):
        several.expand(2)
    assert several.expand(2, commodity="salt").holding_cost[0, 0] == 2
    with pytest.raises(KeyError, match="sugar"):
        several.expand(2, commodity="sugar")


def test_something_else_than_a_network_over_periods_is_refused(network: Network) -> None:
    with pytest.raises(ValidationError, match=r"Network\.expand"):
        FlowOverTimeProblem(expanded=network)


@pytest.mark.parametrize("kind", [str, date.fromisoformat, datetime.fromisoformat])
def test_periods_may_be_dates(kind: Any) -> None:
    days = ["2026-03-01", "2026-03-02"]
    network = Network.from_frames(
        sites={"id": ["mill", "shop"], "kind": ["plant", "customer"], "supply": [9, 0]},
        lanes={"source": ["mill"], "target": ["shop"], "distance": [1], "unit_cost": [2]},
    )
    calendar = {"site": ["shop"], "period": [kind(days[1])], "demand": [3]}
    problem = FlowOverTimeProblem.from_network(
        network, [date.fromisoformat(day) for day in days], demand_calendar=calendar
    )
    assert problem.expanded.period_id.tolist() == days
    assert problem.expanded.demand.tolist() == [[0, 0], [0, 3]]
