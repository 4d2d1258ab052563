"""What an answer says, in tables, figures and pictures, and how a search ends."""

import json

import numpy as np
import pytest

from flowopt import CancelToken, NoSolutionError, ReplenishmentProblem
from flowopt.inventory.replenishment.engines import closed_form


def test_the_policies_have_a_row_an_item(problem):
    frame = problem.solve().to_frame("policies")
    assert frame["item"].tolist() == ["bolt", "pump", "dead", "steady"]
    assert frame["site"].tolist() == ["Lyon", "Lyon", "Lyon", "Nantes"]
    assert frame["policy"].tolist() == ["RS", "rQ", "RS", "RS"]
    assert frame["status"].tolist() == ["optimal", "optimal", "no_demand", "deterministic"]
    assert frame["distribution"].tolist() == ["normal", "negative_binomial", "normal", "normal"]


def test_a_policy_has_the_levels_of_its_kind_only(problem):
    answer = problem.solve()
    assert np.isnan(answer.order_up_to_level).tolist() == [False, True, False, False]
    assert np.isnan(answer.reorder_point).tolist() == [True, False, False, True]
    assert np.isnan(answer.order_quantity).tolist() == [True, False, False, True]


def test_the_cost_is_holding_and_ordering_and_nothing_else(problem):
    answer = problem.solve()
    policies = answer.to_frame("policies")
    assert answer.cost == pytest.approx((policies.holding_cost + policies.ordering_cost).sum())
    assert answer.bound == answer.cost
    assert policies.holding_cost[0] == pytest.approx(0.02 * policies.average_stock[0])
    assert policies.ordering_cost[0] == pytest.approx(50, rel=1e-5)  # ordered at every review


def test_the_orders_show_position_quantity_and_value(problem):
    orders = problem.solve().to_frame("orders")
    assert orders["inventory_position"].tolist() == [310, 2, 7, 10]
    assert orders["status"].tolist()[2:] == ["none", "order"]
    assert orders["value"][3] == 2.0 * 38


def test_the_summary_counts_what_is_special(problem):
    figures = problem.solve().summary()
    assert figures["status"] == "OPTIMAL"
    assert figures["items"] == 4
    assert figures["no_demand_items"] == 1
    assert figures["deterministic_items"] == 1
    assert 0.97 < figures["expected_fill_rate"] < 1
    assert "optimal_items" not in figures


def test_an_answer_is_ready_for_json(problem):
    content = json.loads(json.dumps(problem.solve().to_dict(), allow_nan=False))
    assert content["status"] == "OPTIMAL"
    assert content["tables"]["policies"]["reorder_point"][0] is None


def test_a_batch_with_a_hopeless_item_is_feasible_and_says_why(problem):
    answer = problem.replace(max_order_quantity=[50.0, None, None, None]).solve()
    assert str(answer.status) == "FEASIBLE"
    assert answer.bound is None
    assert answer.policy_status[0] == "overloaded"
    assert np.isnan(answer.expected_fill_rate[0])
    assert answer.order[0] == 50
    reasons = answer.to_frame("explanations")
    assert reasons["item"].tolist() == ["bolt"]
    assert "demand of 100 between reviews" in reasons["message"][0]
    assert answer.summary()["overloaded_items"] == 1


def test_a_maximum_that_often_cuts_orders_is_told():
    answer = ReplenishmentProblem.from_arrays(
        demand_mean=50.0,
        demand_sd=10.0,
        lead_time=1,
        fill_rate=0.95,
        max_order_quantity=[60.0, 80.0],
    ).solve()
    assert answer.policy_status.tolist() == ["capped", "optimal"]
    assert str(answer.status) == "FEASIBLE"


def test_a_batch_of_hopeless_items_is_infeasible_and_says_why():
    answer = ReplenishmentProblem.from_arrays(
        demand_mean=[5.0, 6.0],
        demand_sd=1.0,
        lead_time=1,
        fill_rate=0.9,
        min_order_quantity=9.0,
        max_order_quantity=8.0,
    ).solve()
    assert str(answer.status) == "INFEASIBLE"
    with pytest.raises(NoSolutionError):
        answer.cost
    assert len(answer.to_frame("explanations")) == 2


def test_a_search_that_is_stopped_keeps_what_it_has(monkeypatch):
    monkeypatch.setattr(closed_form, "ROWS_AT_ONCE", 10)
    problem = ReplenishmentProblem.from_arrays(
        demand_mean=np.arange(1.0, 36.0), demand_sd=3.0, lead_time=1, fill_rate=0.9
    )
    answer = problem.solve(iteration_limit=2)
    assert str(answer.limit) == "ITERATIONS"
    assert str(answer.status) == "FEASIBLE"
    assert answer.policy_status.tolist() == ["optimal"] * 20 + ["not_solved"] * 15
    assert answer.order_status.tolist()[20:] == ["not_solved"] * 15
    assert answer.order[20:].sum() == 0
    assert answer.check().ok


def test_a_cancelled_search_still_answers(monkeypatch):
    monkeypatch.setattr(closed_form, "ROWS_AT_ONCE", 10)
    token = CancelToken()
    token.cancel()
    problem = ReplenishmentProblem.from_arrays(
        demand_mean=np.arange(1.0, 36.0), demand_sd=3.0, lead_time=1, fill_rate=0.9
    )
    answer = problem.solve(cancel=token)
    assert str(answer.limit) == "CANCELLED"
    assert answer.status.has_solution


def test_batches_do_not_change_the_answer(monkeypatch, problem):
    whole = problem.solve().to_dict()["tables"]
    monkeypatch.setattr(closed_form, "ROWS_AT_ONCE", 1)
    assert problem.solve().to_dict()["tables"] == whole


def test_the_chart_shows_stock_and_orders(problem):
    axes = problem.replace(backorders=[0.0, 5.0, 0.0, 0.0]).solve().plot()
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels[0] == "bolt · Lyon"
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert {"order today", "on hand and on order", "owed to customers"} <= set(legend)
    assert "4 of 4 items" in axes.get_title()


def test_the_chart_is_drawn_where_it_is_asked_for(problem):
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    assert problem.solve().plot(axes, most=2) is axes
    assert len(axes.get_yticklabels()) == 2
