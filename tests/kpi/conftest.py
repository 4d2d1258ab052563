"""A toy table on which level, date and window each change the service rate."""

from __future__ import annotations

from typing import Any

import pytest

Table = dict[str, list[Any]]


@pytest.fixture
def order_lines() -> Table:
    """Four orders, eight lines, 160 units; B was promised a day later than requested."""
    return {
        "order": ["A", "A", "A", "B", "B", "C", "C", "D"],
        "line": [1, 2, 3, 1, 2, 1, 2, 1],
        "quantity": [10, 10, 10, 40, 20, 30, 20, 20],
        "ordered_at": ["2026-03-02"] * 3 + ["2026-03-04"] * 2 + ["2026-03-30"] * 3,
        "requested_at": ["2026-03-10"] * 3 + ["2026-03-11"] * 2 + ["2026-04-07"] * 3,
        "promised_at": ["2026-03-10"] * 3 + ["2026-03-12"] * 2 + ["2026-04-07"] * 3,
    }


@pytest.fixture
def deliveries() -> Table:
    """A: complete, line 3 two days early; B: line 1 a day late, line 2 split and short by 5.

    C: complete, in time; D: on its way.
    """
    return {
        "order": ["A", "A", "A", "B", "B", "B", "C", "C", "D"],
        "line": [1, 2, 3, 1, 2, 2, 1, 2, 1],
        "delivery": ["d1", "d1", "d0", "d2", "d2", "d3", "d4", "d4", "d5"],
        "quantity": [10, 10, 10, 40, 10, 5, 30, 20, 20],
        "delivered_at": [
            "2026-03-10",
            "2026-03-10",
            "2026-03-08",
            "2026-03-12",
            "2026-03-11",
            "2026-03-16",
            "2026-04-07",
            "2026-04-07",
            None,
        ],
    }
