"""The benchmarks of orders under a budget and of service mixes: their rows, on few items."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.inventory import ordering, service_mix


def test_orders_of_few_items_have_a_gap_to_their_bound() -> None:
    found = list(ordering.rows(rounds=1, small=True))
    assert [row["agrees"] for row in found] == [True, True]
    assert all(0 <= row["gap"] < 1e-2 for row in found)


@pytest.mark.slow
def test_every_method_of_a_mix_reaches_the_service_out_of_sample(
    instances: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWOPT_INSTANCES", str(instances))
    found = list(service_mix.rows(small=True))
    assert {row["method"] for row in found} >= {"z·σ", "mix"}
    assert all(row["fill_rate"] >= service_mix.REACHED for row in found)


def test_without_the_histories_there_are_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLOWOPT_INSTANCES", raising=False)
    assert list(service_mix.rows()) == []
