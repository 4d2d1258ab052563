"""The rows of the sweep benchmark."""

from __future__ import annotations

from benchmarks.flow.sweep import OURS, rows


def test_every_method_closes_lanes_of_a_small_network_and_agrees() -> None:
    found = list(rows(rounds=1, small=True))
    assert [row["method"] for row in found] == [OURS, "OR-Tools, cold", "networkx, cold"]
    assert all(row["agrees"] and row["lanes_per_second"] > 0 for row in found)
    assert found[0]["lanes"] == found[0]["size"] == 1300
