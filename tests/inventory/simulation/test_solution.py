"""Solutions are played with what their problems say, beside what they promise."""

import numpy as np
import pytest

from flowopt import ReplenishmentProblem, ValidationError
from flowopt.inventory import simulate_policy


def test_each_promise_stands_beside_what_was_achieved(problem):
    solution = problem.solve()
    played = solution.simulate(periods=4000)
    frame = played.to_frame()
    assert frame["item"].tolist() == ["bolt", "pump", "dead", "steady"]
    assert frame["status"].tolist() == ["simulated", "simulated", "no_demand", "simulated"]
    np.testing.assert_array_equal(frame["expected_fill_rate"], solution.expected_fill_rate)
    assert (frame["fill_rate_low"] <= frame["fill_rate"])[:2].all()
    busy = [0, 1]
    for promise, figure in (
        ("expected_fill_rate", "fill_rate"),
        ("average_stock", "average_stock"),
        ("orders_per_period", "orders_per_period"),
    ):
        wide = 3 * (played.high(figure) - played.low(figure))[busy]
        gap = (getattr(played, figure) - getattr(solution, promise))[busy]
        assert (np.abs(gap) <= wide + 1e-3 + 0.01 * (figure != "fill_rate")).all(), figure
    cost = (solution.holding_cost + solution.ordering_cost)[busy]
    assert played.cost_per_period[busy] == pytest.approx(cost, rel=0.03)


def test_a_history_of_each_item_is_played_in_their_order(problem):
    history = np.tile([[90.0], [1.0], [0.0], [12.0]], 60)
    played = problem.solve().simulate(history)
    assert played.demand_per_period.tolist() == [90.0, 1.0, 0.0, 12.0]
    assert played.fill_rate[0] == played.fill_rate[3] == 1.0


def test_an_item_that_no_order_can_serve_runs_dry():
    problem = ReplenishmentProblem.from_arrays(
        demand_mean=[5.0, 5.0], demand_sd=2.0, lead_time=1, fill_rate=0.9,
        min_order_quantity=[9.0, 0.0], max_order_quantity=[4.0, 40.0],
    )  # fmt: skip
    played = problem.solve().simulate()
    assert played.fill_rate[0] == 0.0
    assert played.fill_rate[1] > 0.89


@pytest.mark.parametrize(
    ("demand", "code"),
    [(np.ones((3, 5)), "shape"), (-np.ones((4, 5)), "negative"), (np.ones((4, 0)), "empty")],
)
def test_a_history_that_does_not_fit_is_told(problem, demand, code):
    solution = problem.solve()
    with pytest.raises(ValidationError) as error:
        solution.simulate(demand)
    assert {failure.code for failure in error.value.failures} == {code}


def test_the_path_of_an_item_is_that_of_the_simulation(problem):
    played = problem.solve().simulate(periods=300, replications=1)
    path = played.path(1)
    counted = path.iloc[int(played.setup.warm[1]) :]
    assert len(counted) == 300
    assert counted["on_hand"].mean() == pytest.approx(played.average_stock[1])
    assert counted["demand"].mean() == pytest.approx(played.demand_per_period[1])
    assert (counted["order"] > 0).mean() == pytest.approx(played.orders_per_period[1])


def test_the_chart_shows_stock_and_what_is_owed():
    problem = ReplenishmentProblem.from_arrays(
        item=["bolt"], demand_mean=2.0, demand_sd=3.0, lead_time=4, fill_rate=0.7
    )
    played = problem.solve().simulate(periods=100)
    ax = played.plot(most=50)
    assert ax.get_title().startswith("bolt: fill rate 7")
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {
        "on hand", "owed to customers", "position", "order",
    }  # fmt: skip
    assert played.plot(ax) is ax


def test_a_notebook_shows_the_headlines(problem):
    html = problem.solve().simulate(periods=50)._repr_html_()
    assert "expected_fill_rate" in html


def test_frames_of_other_libraries_come_back_as_such():
    polars = pytest.importorskip("polars")
    items = polars.DataFrame(
        {"item": ["a"], "demand_mean": [4.0], "demand_sd": [2.0], "lead_time": [1.0],
         "fill_rate": [0.9]}
    )  # fmt: skip
    played = ReplenishmentProblem.from_frames(items).solve().simulate(periods=10)
    assert isinstance(played.to_frame(), polars.DataFrame)
    with pytest.raises(KeyError, match="there are achieved"):
        played.to_frame("orders")


def promises_hold(solution, rows=slice(None), floor=1e-3, **length):
    """Simulated service, stock and orders are those promised, within what chance explains."""
    played = solution.simulate(confidence=0.99999, **{"periods": 20_000} | length)
    for figure, promised in played.expected.items():
        if figure == "cycle_service_level":
            continue  # of (r,Q), that of the worst cycle
        mine, low, high = getattr(played, figure), played.low(figure), played.high(figure)
        near = np.abs(mine - promised) <= (high - low) / 2 + floor * np.maximum(mine, 1)
        assert near[rows].all(), (figure, promised, mine, (high - low) / 2)


@pytest.mark.parametrize("distribution", ["poisson", "negative_binomial", "gamma", "normal"])
@pytest.mark.parametrize("policy", ["RS", "rQ", "RsS"])
def test_promises_of_every_policy_and_distribution_come_true(policy, distribution):
    counted = distribution in ("poisson", "negative_binomial")
    problem = ReplenishmentProblem.from_arrays(
        policy=policy, distribution=distribution, demand_mean=[6.0, 20.0, 11.0],
        demand_sd=np.sqrt([6.0, 20.0, 11.0]) * (1 if distribution == "poisson" else 1.3),
        lead_time=[2.0, 0.0, 4.0], review_period=[1.0, 2.0, 1.0], fill_rate=[0.9, 0.95, 0.8],
        pack_size=1.0 if counted else 1 / 64, fixed_cost=20.0, holding_cost=0.5,
        **({} if policy == "RS" else {"order_quantity": [20.0, 70.0, 30.0]}),
    )  # fmt: skip
    promises_hold(problem.solve(), floor=1e-3 if counted else 0.02)


def test_promises_hold_for_lead_times_from_a_table_and_demand_from_samples():
    problem = ReplenishmentProblem.from_frames(
        {"item": ["a", "b"], "demand_mean": [5.0, None], "demand_sd": [3.0, None],
         "distribution": ["negative_binomial", "empirical"], "lead_time": [None, 2.0],
         "fill_rate": [0.9, 0.9]},
        {"item": ["a", "a", "a"], "lead_time": [1.0, 2.0, 3.0], "probability": [0.1, 0.3, 0.6]},
        {"item": ["b"] * 5, "demand": [0.0, 0.0, 3.0, 1.0, 9.0]},
    )  # fmt: skip
    promises_hold(problem.solve(), rows=[0, 1], periods=60_000)


def test_lost_sales_are_played_as_such():
    problem = ReplenishmentProblem.from_arrays(
        demand_mean=4.0, demand_sd=2.5, lead_time=2.0, fill_rate=0.9,
        unmet_demand=["backorder", "lost_sales"],
    )  # fmt: skip
    played = problem.solve().simulate()
    assert played.average_backorders[0] > 0 == played.average_backorders[1]


def test_a_shelf_is_never_overfilled():
    problem = ReplenishmentProblem.from_arrays(
        item=["small"], demand_mean=4.0, demand_sd=2.5, lead_time=2.0, fill_rate=0.95,
        pack_size=5.0, shelf_space=13.0,
    )  # fmt: skip
    path = problem.solve().simulate(periods=500).path()
    filled = path["inventory_position"] + path["backorders"].shift(fill_value=0.0)
    assert 10 < filled.max() <= 13


def test_an_item_that_is_left_out_is_not_played():
    problem = ReplenishmentProblem.from_frames(
        {"item": ["good", "bad"], "demand_mean": [4.0, -1.0], "demand_sd": [2.0, 2.0],
         "lead_time": [1.0, 1.0], "fill_rate": [0.9, 0.9]},
        on_bad_items="status",
    )  # fmt: skip
    solution = problem.solve()
    for played in (solution.simulate(periods=200), solution.simulate(np.ones((2, 30)))):
        assert played.status.tolist()[1] == "not_played"
        assert np.isnan(played.fill_rate).tolist() == [False, True]
    assert problem.backtest(np.full((2, 30), 3.0)).status.tolist()[1] == "not_played"


@pytest.mark.parametrize("item", [3, -1, "rice", None, 0.5])
def test_only_an_item_that_was_played_is_drawn(item):
    played = simulate_policy([[1, 2, 3]] * 3, order_up_to_level=4)
    with pytest.raises(ValidationError, match=r"plot\.item"):
        played.plot(item=item)
