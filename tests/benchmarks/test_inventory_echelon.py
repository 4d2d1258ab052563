"""The benchmark of several echelons: its answers are those of the peer, or better."""

from __future__ import annotations

import pytest

from benchmarks.inventory.echelon import rows


def test_every_answer_agrees_with_its_peer() -> None:
    pytest.importorskip("stockpyl")
    found = list(rows(rounds=1, small=True))
    assert {row["method"] for row in found} >= {"flowopt", "stockpyl", "exact", "flow", "highs"}
    assert all(row.get("agrees", True) for row in found)
