"""Nothing that ends the process or answers wrongly reaches OR-Tools."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowopt.core import CancelToken, EngineError, Options, Run, ValidationError
from flowopt.solvers import mincost
from flowopt.solvers.mincost import MinCostResult, MinCostStatus, solve_min_cost_flow

GOOD = {
    "source": [0, 0, 1],
    "target": [1, 2, 2],
    "capacity": [5, 2, 9],
    "unit_cost": [1, 4, 1],
    "balance": [4, 0, -4],
}


def solved(run: Run, **changes: Any) -> MinCostResult:
    arrays = {
        name: values if isinstance(values, np.ndarray) else np.array(values, dtype=np.int64)
        for name, values in (GOOD | changes).items()
    }
    return solve_min_cost_flow(**arrays, run=run)


def codes(run: Run, **changes: Any) -> list[tuple[str | None, str]]:
    with pytest.raises(ValidationError) as caught:
        solved(run, **changes)
    return [(fault.column, fault.code) for fault in caught.value.failures]


def test_the_cheapest_way_is_found(run: Run) -> None:
    result = solved(run)
    assert result.status is MinCostStatus.OPTIMAL
    assert result.flow is not None
    assert result.flow.tolist() == [4, 0, 4]


def test_parallel_arcs_and_negative_costs_are_fine(run: Run) -> None:
    result = solved(run, target=[1, 1, 2], unit_cost=[3, -2, -1])
    assert result.flow is not None
    assert result.flow.tolist() == [2, 2, 4]


def test_what_cannot_be_shipped_is_infeasible(run: Run) -> None:
    assert solved(run, capacity=[1, 1, 9]).status is MinCostStatus.INFEASIBLE


def test_balances_that_do_not_sum_to_zero_are_a_fault(run: Run) -> None:
    assert codes(run, balance=[4, 0, -3]) == [("balance", "unbalanced")]


def test_negative_capacities_are_a_fault(run: Run) -> None:
    assert codes(run, capacity=[5, -2, -9]) == [("capacity", "negative")] * 2


def test_ends_that_are_no_nodes_are_a_fault(run: Run) -> None:
    found = codes(run, source=[-1, 0, 1], target=[1, 7, 2])
    assert found == [("source", "unknown_id"), ("target", "unknown_id")]


def test_floats_are_a_fault_not_cut_off(run: Run) -> None:
    assert codes(run, unit_cost=np.array([1.9, 4.0, 1.0])) == [("unit_cost", "wrong_type")]


def test_arrays_of_unlike_length_are_a_fault(run: Run) -> None:
    assert codes(run, capacity=[5, 2]) == [("capacity", "wrong_length")]


def test_capacities_that_overflow_when_summed_are_a_fault(run: Run) -> None:
    assert codes(run, capacity=[2**61, 2**61, 9]) == [("capacity", "overflow")]


def test_costs_that_overflow_on_a_path_are_a_fault(run: Run) -> None:
    assert codes(run, unit_cost=[2**61, 4, 1]) == [("unit_cost", "overflow")]


def test_balances_whose_sum_overflows_are_seen(run: Run) -> None:
    assert codes(run, balance=[2**62, 2**62, 2**62])[0] == ("balance", "unbalanced")


def test_costs_that_a_long_path_cannot_hold_are_reported(run: Run) -> None:
    num_nodes = 1000
    chain = np.arange(num_nodes - 1)
    balance = np.zeros(num_nodes, dtype=np.int64)
    balance[0], balance[-1] = 3, -3
    result = solve_min_cost_flow(
        chain, chain + 1, np.full(len(chain), 3), np.full(len(chain), 2**46), balance, run
    )
    assert result.status is MinCostStatus.COST_RANGE


@pytest.mark.parametrize("balance", [[], [0, 0]])
def test_without_arcs_there_is_nothing_to_do(run: Run, balance: list[int]) -> None:
    nothing: dict[str, Any] = {name: [] for name in GOOD} | {"balance": balance}
    result = solved(run, **nothing)
    assert result.status is MinCostStatus.OPTIMAL
    assert result.flow is not None
    assert len(result.flow) == 0


def test_without_arcs_nothing_can_be_shipped(run: Run) -> None:
    nothing: dict[str, Any] = {name: [] for name in GOOD} | {"balance": [1, -1]}
    assert solved(run, **nothing).status is MinCostStatus.INFEASIBLE


@pytest.fixture
def always_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Solve in a process of its own at any size."""
    monkeypatch.setattr(mincost, "ARCS_OF_ONES_OWN", 0)


@pytest.mark.usefixtures("always_apart")
def test_a_process_of_its_own_answers_alike(run: Run) -> None:
    result = solved(run)
    assert result.flow is not None
    assert result.flow.tolist() == [4, 0, 4]
    assert solved(run, capacity=[1, 1, 9]).status is MinCostStatus.INFEASIBLE


@pytest.mark.usefixtures("always_apart")
def test_a_process_of_its_own_is_ended_when_the_search_is_stopped() -> None:
    token = CancelToken()
    token.cancel()
    assert solved(Run(Options(cancel=token))).status is MinCostStatus.STOPPED
    assert solved(Run(Options(time_limit=1e-3))).status is MinCostStatus.STOPPED


def test_a_process_that_fails_says_why() -> None:
    from flowopt.solvers import isolated

    with pytest.raises(EngineError, match="no_such_name"):
        isolated.call("flowopt.solvers.isolated:no_such_name", {}, lambda: False)
