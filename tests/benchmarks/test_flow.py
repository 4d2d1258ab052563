"""The flow benchmark: its networks have flows, its sets are found, its files are whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.flow.command import main, sets
from benchmarks.flow.generate import FAMILIES
from flowopt import Status
from flowopt.flow import min_cost_flow


@pytest.mark.parametrize("family", FAMILIES)
def test_a_generated_network_has_about_the_arcs_asked_for_and_a_flow(family: str) -> None:
    arrays = FAMILIES[family](3000)
    assert 0.5 * 3000 < arrays.num_arcs < 1.5 * 3000
    assert arrays.balance.sum() == 0
    assert (arrays.source != arrays.target).all()
    assert (np.diff(arrays.source) >= 0).all()
    columns = arrays.capacity, arrays.unit_cost, -arrays.balance
    answer = min_cost_flow(arrays.source, arrays.target, *columns)
    assert answer.status is Status.OPTIMAL


@pytest.mark.parametrize("family", FAMILIES)
def test_a_network_is_the_same_each_time(family: str) -> None:
    one, other = FAMILIES[family](500), FAMILIES[family](500)
    assert one.unit_cost.tolist() == other.unit_cost.tolist()
    assert one.target.tolist() == other.target.tolist()


def test_the_sets_are_the_modules_that_yield_rows() -> None:
    assert {"mincost", "named"} <= set(sets())
    with pytest.raises(SystemExit, match="mincost"):
        main(["--sets", "nonsense"])


def test_small_networks_are_solved_alike_by_all_methods(tmp_path: Path) -> None:
    arguments = ["--sets", "mincost", "--small", "--rounds", "1", "--out", str(tmp_path)]
    assert main(arguments) == 0
    rows = json.loads((tmp_path / "flow.json").read_text())["rows"]
    assert {row["method"] for row in rows} >= {"flowopt", "flowopt problem", "OR-Tools"}
    assert len({row["instance"] for row in rows}) == len(FAMILIES)
    assert all(row["agrees"] for row in rows)
    assert "| netgen-like 2000 | 250 | 2,000 | flowopt |" in (tmp_path / "flow.md").read_text()
