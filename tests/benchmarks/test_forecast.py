"""The benchmark of forecasts: the peer's answers, and figures of periods that methods never saw."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.inventory import main


def test_croston_sba_is_what_the_peer_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLOWOPT_INSTANCES", raising=False)
    arguments = ["--sets", "forecast", "--small", "--rounds", "1", "--out", str(tmp_path)]
    assert main(arguments) == 0
    rows = json.loads((tmp_path / "inventory.json").read_text(encoding="utf-8"))["rows"]
    assert all(row["error"] <= 1e-9 for row in rows if "error" in row)
    unseen = [row for row in rows if "covered" in row]
    assert {row["method"] for row in unseen} >= {"auto", "croston_sba", "tsb"}
    assert all(0.8 <= row["covered"] <= 1 for row in unseen)
