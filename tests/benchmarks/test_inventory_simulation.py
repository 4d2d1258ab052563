"""The simulation benchmark: costs as the peer's, promises that come true."""

from __future__ import annotations

import pytest

from benchmarks.inventory.simulation import CASES, rows


@pytest.mark.slow
def test_policies_cost_what_the_peer_finds_and_promises_come_true() -> None:
    pytest.importorskip("stockpyl")
    found = list(rows(rounds=1, small=True))
    assert len(found) == len(CASES) + sum(case.peer is not None for case in CASES) + 3
    assert all(row["agrees"] for row in found), found
