"""The check finds every way in which an answer can be wrong."""

import dataclasses

import numpy as np
import pytest

from flowopt import ReplenishmentProblem


@pytest.fixture
def answer():
    return ReplenishmentProblem.from_frames(
        {
            "item": list("abcdef"),
            "site": ["N"] * 6,
            "policy": ["RS", "rQ", "RS", "rQ", "RS", "RS"],
            "distribution": ["normal", "normal", *["negative_binomial"] * 2, "auto", "auto"],
            "demand_mean": [50.0, 50.0, 3.0, 3.0, 8.0, 0.0],
            "demand_sd": [9.0, 9.0, 4.0, 4.0, 0.0, 0.0],
            "lead_time": [2.0] * 6,
            "review_period": [1.0, 0.0, 3.0, 2.0, 1.0, 1.0],
            "fill_rate": [0.95, 0.95, None, 0.95, 0.95, 0.95],
            "cycle_service_level": [None, None, 0.9, None, None, None],
            "order_quantity": [None, 70.0, None, 10.0, None, None],
            "holding_cost": [0.1] * 6,
            "fixed_cost": [3.0] * 6,
            "min_order_quantity": [0.0, 0.0, 12.0, 0.0, 0.0, 0.0],
            "pack_size": [6.0, 1.0, 4.0, 1.0, 1.0, 1.0],
            "max_order_quantity": [400.0, None, None, None, None, None],
            "on_hand": [20.0, 30.0, 26.0, 2.0, 1.0, 1.0],
        }
    ).solve()


def changed(answer, name, row, value):
    column = getattr(answer, name).copy()
    column[row] = value
    return dataclasses.replace(answer, **{name: column})


def constraints(answer):
    return {violation.constraint for violation in answer.check()}


def test_a_right_answer_passes(answer):
    assert constraints(answer) == set()


@pytest.mark.parametrize("row", range(5))
@pytest.mark.parametrize("step", [-1, 1])
def test_a_level_one_step_off_is_found(answer, row, step):
    name = "reorder_point" if answer.problem.items["policy"][row] == "rq" else "order_up_to_level"
    wrong = changed(answer, name, row, getattr(answer, name)[row] + step)
    found = constraints(wrong)
    expected = {"least"} if step > 0 else {"fill_rate", "cycle_service_level"}
    assert found & (expected if row != 4 else {"level"})


@pytest.mark.parametrize(
    ("name", "row", "value", "constraint"),
    [
        ("expected_fill_rate", 0, 0.99, "expected_fill_rate"),
        ("expected_cycle_service_level", 3, 0.5, "expected_cycle_service_level"),
        ("average_stock", 2, 1.0, "average_stock"),
        ("safety_stock", 1, 1.0, "safety_stock"),
        ("orders_per_period", 1, 1.0, "orders_per_period"),
        ("average_stock", 0, np.nan, "average_stock"),
        ("reorder_point", 1, np.nan, "level"),
        ("order_quantity", 3, 0.0, "level"),
        ("order", 0, 3.0, "pack_size"),
        ("order", 0, 0.0, "need"),
        ("order", 0, 1200.0, "max_order_quantity"),
        ("order", 2, 4.0, "min_order_quantity"),
        ("order", 1, -2.0, "order"),
        ("order", 1, np.nan, "order"),
        ("order", 4, 400.0, "need"),
        ("order", 5, 1.0, "need"),
        ("policy_status", 0, "infeasible", "status"),
        ("policy_status", 0, "capped", "status"),
        ("policy_status", 0, "overloaded", "status"),
        ("policy_status", 0, "deterministic", "status"),
        ("policy_status", 0, "no_demand", "status"),
        ("policy_status", 0, "not_solved", "status"),
        ("policy_status", 4, "optimal", "status"),
        ("policy_status", 0, "fine", "status"),
        ("order_status", 0, "capped", "need"),
    ],
)
def test_a_wrong_figure_is_found(answer, name, row, value, constraint):
    assert constraint in constraints(changed(answer, name, row, value))


def test_a_wrong_cost_is_found(answer):
    outcome = dataclasses.replace(answer.outcome, cost=answer.cost + 1)
    assert constraints(dataclasses.replace(answer, outcome=outcome)) == {"cost"}


def test_a_violation_names_item_and_site(answer):
    report = changed(answer, "order", 0, 0.0).check()
    assert [violation.subject for violation in report] == ["a @ N"]


def test_a_capped_order_must_be_as_large_as_allowed(answer):
    problem = answer.problem.replace(max_order_quantity=[30.0, *[None] * 5], on_hand=0.0)
    capped = problem.solve()
    assert capped.order[0] == 30
    assert "need" in constraints(changed(capped, "order", 0, 18.0))
