"""The lot-sizing set of the inventory benchmark: its rows, and that they tell right from wrong."""

from __future__ import annotations

from benchmarks.inventory import lot_sizing


def test_small_rows_are_right_and_name_their_method() -> None:
    rows = list(lot_sizing.rows(rounds=1, small=True))
    assert rows[0]["method"] == "flowopt"
    assert rows[0]["ratio"] == 1.0
    assert all(row["set"] == "lot_sizing" and row["agrees"] for row in rows)


def test_a_cost_below_the_known_optimum_is_wrong() -> None:
    right = lot_sizing._row("G53", "flowopt", 1.0, 74634.0, 74634.0)
    assert right["agrees"]
    assert right["gap"] == 0
    assert not lot_sizing._row("G53", "flowopt", 1.0, 74000.0, 74000.0)["agrees"]
    assert not lot_sizing._row("G53", "flowopt", 1.0, None, None)["agrees"]
