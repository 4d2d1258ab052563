"""Tiny named networks, as tables that a test can change before it builds them."""

from __future__ import annotations

from typing import Any

import pytest

from flowopt.network import Network

Tables = dict[str, dict[str, list[Any]]]


@pytest.fixture
def chain() -> Tables:
    """Lille makes, Paris keeps, Lyon and Nice want; all tables, two commodities, two modes."""
    return {
        "sites": {
            "id": ["Lille", "Paris", "Lyon", "Nice"],
            "kind": ["plant", "warehouse", "customer", "customer"],
            "lat": [50.63, 48.86, 45.76, 43.70],
            "lon": [3.06, 2.35, 4.84, 7.27],
            "supply": [100.0, 0.0, 0.0, 0.0],
            "tw_early": ["0", "0", "08:00", "09:30"],
        },
        "lanes": {
            "source": ["Lille", "Lille", "Paris", "Paris"],
            "target": ["Paris", "Paris", "Lyon", "Nice"],
            "mode": ["road", "rail", "road", "road"],
            "unit_cost": [5.0, None, None, 9.0],
            "capacity": [50.0, None, None, 20.0],
        },
        "demand": {
            "site": ["Lyon", "Lyon", "Nice"],
            "commodity": ["tea", "salt", "tea"],
            "demand": [10.0, 5.0, 8.0],
            "demand_sd": [2.0, None, 1.5],
        },
        "commodities": {"id": ["tea", "salt"], "unit_weight": [0.5, 2.0]},
        "modes": {
            "id": ["road", "rail"],
            "speed": [60.0, 40.0],
            "detour_factor": [1.3, 1.5],
            "cost_per_km": [0.02, 0.01],
            "emission_factor": [0.1, 0.02],
        },
        "stock": {"site": ["Paris"], "commodity": ["tea"], "on_hand": [30.0]},
    }


@pytest.fixture
def network(chain: Tables) -> Network:
    return Network.from_frames(**chain)
