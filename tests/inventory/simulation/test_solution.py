"""Solutions are played with what their problems say, beside what they promise."""

import numpy as np
import pytest

from flowopt import ReplenishmentProblem, ValidationError


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
