"""The benchmark of many clients runs, saves what it measured, and says what it cannot find."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.routing_scale import generate, main


@pytest.mark.slow
def test_sizes_are_measured_and_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--sizes", "40", "--instances", "--time-limit", "0.5", "--workers", "1"]
    assert main([*words, "--out", str(tmp_path)]) == 0
    (one,) = json.loads((tmp_path / "routing_scale.json").read_text())["measures"]
    assert one["clients"] == 40
    assert one["ways"] == "matrix"
    assert one["checked"]
    assert one["cost"] <= one["first_cost"]
    assert one["memory"] > 10
    row = "| generated | 40 | matrix | 0.5 |"
    assert row in (tmp_path / "routing_scale.md").read_text()
    assert row in capsys.readouterr().out


def test_the_same_clients_are_generated_again() -> None:
    first, second = (generate(30) for _ in range(2))
    assert first.clients.demand.tolist() == second.clients.demand.tolist()
    assert first.travel.legs(0, 5) == second.travel.legs(0, 5)


def test_instances_without_their_folder_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLOWOPT_INSTANCES", raising=False)
    with pytest.raises(SystemExit, match="--folder"):
        main(["--sizes", "--instances", "Leuven1"])


def test_an_instance_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no instance Nowhere"):
        main(["--sizes", "--instances", "Nowhere", "--folder", str(tmp_path)])
