"""The inventory routing set of the inventory benchmark: its rows, and what counts as right."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.inventory import inventory_routing


def test_a_small_instance_is_solved_to_its_best_known_cost(instances: Path) -> None:
    (row,) = inventory_routing.rows(small=True)
    assert row["agrees"]
    assert row["gap"] == pytest.approx(0, abs=0.001)


def test_without_the_instances_there_are_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLOWOPT_INSTANCES", raising=False)
    assert list(inventory_routing.rows(small=True)) == []


def test_a_plan_that_lacks_something_is_no_answer() -> None:
    assert inventory_routing._row("one", 1.0, 102.0, 100.0, 0.0)["agrees"]
    assert inventory_routing._row("one", 1.0, 102.0, 100.0, 0.0)["gap"] == 2
    assert not inventory_routing._row("one", 1.0, 90.0, 100.0, 3.0)["agrees"]
