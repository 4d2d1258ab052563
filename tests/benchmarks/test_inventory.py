"""The inventory benchmark: its sets are found, its answers are those of the peer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.inventory import main, sets


def test_the_sets_are_the_modules_that_yield_rows() -> None:
    assert "single_item" in sets()
    with pytest.raises(SystemExit, match="single_item"):
        main(["--sets", "nonsense"])


@pytest.mark.slow
def test_single_items_cost_what_the_peer_says(tmp_path: Path) -> None:
    pytest.importorskip("stockpyl")
    arguments = ["--sets", "single_item", "--small", "--rounds", "1", "--out", str(tmp_path)]
    assert main(arguments) == 0
    rows = json.loads((tmp_path / "inventory.json").read_text())["rows"]
    assert {row["method"] for row in rows} == {"flowopt", "stockpyl"}
    assert all(row["error"] <= 1e-6 for row in rows)
    assert "| economic_order_quantity |" in (tmp_path / "inventory.md").read_text()


def test_safety_stock_of_trees_costs_what_the_peer_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("stockpyl")
    monkeypatch.delenv("FLOWOPT_INSTANCES", raising=False)
    arguments = ["--sets", "safety_stock", "--small", "--rounds", "1", "--out", str(tmp_path)]
    assert main(arguments) == 0
    rows = json.loads((tmp_path / "inventory.json").read_text())["rows"]
    assert {row["method"] for row in rows} == {"flowopt", "flowopt cpsat", "stockpyl"}
