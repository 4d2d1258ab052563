import numpy as np
import pytest

import flowopt as fo

EVIL = "<script>alert(1)</script>"
LAST_STOPS = ["Ada", "Bob", "Cleo", EVIL, "Far", "Cleo", "Dan"]


def make_network(**changes):
    """Return a network with a full train, a customer too far away, and an id that is HTML."""
    tables = {
        "sites": {
            "id": ["mill", "well", "north", "south", "Ada", "Bob", "Cleo", "Dan", EVIL, "Far"],
            "name": ["Mühle & Söhne", "", "North (hub)", "South", "", "", "", "", "", "Far away"],
            "kind": ["plant", "supplier", "warehouse", "warehouse", *["customer"] * 6],
            "lat": [48.0, 48.1, 48.5, 47.5, 48.6, 48.5, 47.4, 47.5, 48.4, 55.0],
            "lon": [2.0, 1.9, 2.5, 2.5, 2.5, 2.7, 2.5, 2.7, 2.4, 12.0],
            "supply": [90.0, 60, *[0] * 8],
            "capacity": [np.inf, np.inf, np.inf, 30.0, *[np.inf] * 6],
        },
        "lanes": {
            "source": ["mill", "mill", "mill", "well", *["north"] * 5, "south", "south"],
            "target": ["north", "north", "south", "north", *LAST_STOPS],
            "mode": ["rail", "road", "road", *["road"] * 8],
            "unit_cost": [1.0, 2.0, 1.5, 4.0, 1.0, 1.0, 9.0, 1.0, 9.0, 1.0, 1.0],
            "capacity": [12.0, *[np.inf] * 10],
            "lead_time": [3.0, 1.0, 1.0, 2.0, *[1.0] * 7],
        },
        "demand": {
            "site": ["Ada", "Ada", "Bob", "Cleo", "Dan", EVIL, "Far"],
            "commodity": ["tea", "salt", "tea", "salt", "tea", "tea", "salt"],
            "demand": [10.0, 5.0, 5.0, 8.0, 4.0, 2.0, 3.0],
            "demand_sd": [3.0, 1.0, 4.0, 2.0, 1.0, 1.0, 1.0],
        },
        "commodities": {
            "id": ["tea", "salt"],
            "unit_weight": [2.0, 10.0],
            "unit_value": [20.0, 1.0],
            "holding_cost": [0.02, 0.001],
            "pack_size": [5.0, 1.0],
        },
        "stock": {"site": ["north", "south"], "commodity": ["tea", "salt"], "on_hand": [1.0, 50.0]},
    }
    return fo.Network.from_frames(**(tables | changes))


VANS = {
    "id": ["van-north", "van-south"],
    "depot": ["north", "south"],
    "num_available": [4, 4],
    "capacity": [60.0, 60.0],
    "fixed_cost": [10.0, 10.0],
    "max_duration": ["10:00", "10:00"],
}

RECORDS = {
    "order_lines": {
        "order": ["A", "B", "C"],
        "quantity": [10, 10, 20],
        "ordered_at": ["2026-01-05", "2026-02-02", "2026-03-02"],
        "promised_at": ["2026-01-08", "2026-02-05", "2026-03-05"],
    },
    "deliveries": {
        "order": ["A", "B", "C"],
        "quantity": [10, 10, 20],
        "delivered_at": ["2026-01-08", "2026-02-06", "2026-03-05"],
        "shipped_at": ["2026-01-07", "2026-02-05", "2026-03-04"],
    },
    "costs": {
        "at": ["2026-01-31", "2026-02-28", "2026-03-31"],
        "kind": ["transport", "transport", "customs"],
        "amount": [30.0, 20.0, 20.0],
        "currency": ["EUR", "EUR", "EUR"],
    },
}


@pytest.fixture(scope="session")
def records():
    from flowopt.kpi import from_records

    targets = {"service_rate": 0.5, "cost_per_unit": 1.0}
    return from_records(**RECORDS, level="order", date="promised", window=(0, 0), targets=targets)


@pytest.fixture(scope="session")
def plan(records):
    """The plan of the small network, with vehicles and records."""
    return fo.plan(make_network(), vehicle_types=VANS, time_limit=1, workers=1, recorded=records)


@pytest.fixture(scope="session")
def bare_plan():
    """The plan of a network of which nothing but the flow is known: no places, no vehicles."""
    network = fo.Network.from_frames(
        sites={"id": ["p", "c"], "kind": ["plant", "customer"], "supply": [5.0, 0.0]},
        lanes={"source": ["p"], "target": ["c"], "distance": [10.0], "unit_cost": [1.0]},
        demand={"site": ["c"], "demand": [9.0]},
    )
    return fo.plan(network, time_limit=1, workers=1)
