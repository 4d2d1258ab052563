"""The benchmark of several commodities: its methods agree, and its own problem is no easy one."""

from __future__ import annotations

import pytest

from benchmarks.flow.multicommodity import ARCS, OURS, made_here, rows


@pytest.mark.slow
def test_the_methods_agree_on_the_problem_that_is_made_here() -> None:
    found = {row["method"]: row for row in rows(rounds=1, small=True)}
    assert set(found) == {OURS, f"{OURS} exact", ARCS}
    assert all(row["agrees"] for row in found.values())
    assert found[OURS]["ratio"] == 1.0


def test_capacity_is_short_in_the_problem_that_is_made_here() -> None:
    solution = made_here(14).solve(workers=1)
    assert (solution.lane_prices > 0).any()
    assert solution.check().ok
