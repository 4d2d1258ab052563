import numpy as np
import pytest

import flowopt as fo

SITES = {
    "id": ["mill", "north", "south", "Ada", "Bob", "Cleo", "Dan"],
    "kind": ["plant", "warehouse", "warehouse", *["customer"] * 4],
    "lat": [48.0, 48.5, 47.5, 48.6, 48.5, 47.4, 47.5],
    "lon": [2.0, 2.5, 2.5, 2.5, 2.7, 2.5, 2.7],
    "supply": [100.0, 0, 0, 0, 0, 0, 0],
}
LANES = {
    "source": ["mill", "mill", "mill", "north", "north", "north", "south", "south"],
    "target": ["north", "north", "south", "Ada", "Bob", "Cleo", "Cleo", "Dan"],
    "mode": ["rail", "road", "road", "road", "road", "road", "road", "road"],
    "unit_cost": [1.0, 2.0, 1.5, 1.0, 1.0, 9.0, 1.0, 1.0],
    "capacity": [12.0, np.inf, np.inf, np.inf, np.inf, np.inf, np.inf, np.inf],
    "lead_time": [3.0, 1.0, 1.0, 0, 0, 0, 0, 0],
}
DEMAND = {
    "site": ["Ada", "Ada", "Bob", "Cleo", "Dan"],
    "commodity": ["tea", "salt", "tea", "salt", "tea"],
    "demand": [10.0, 5.0, 5.0, 8.0, 4.0],
    "demand_sd": [3.0, 1.0, 4.0, 2.0, 1.0],
}
COMMODITIES = {
    "id": ["tea", "salt"],
    "unit_weight": [2.0, 10.0],
    "unit_volume": [0.5, 0.1],
    "unit_value": [20.0, 1.0],
    "holding_cost": [0.02, 0.001],
    "min_order_quantity": [10.0, 0.0],
    "pack_size": [5.0, 1.0],
}
STOCK = {"site": ["north", "south"], "commodity": ["tea", "salt"], "on_hand": [1.0, 50.0]}
VANS = {
    "id": ["van-north", "van-south"],
    "depot": ["north", "south"],
    "num_available": [4, 4],
    "capacity": [60.0, 60.0],
    "fixed_cost": [10.0, 10.0],
}


@pytest.fixture
def tables():
    """The frames of a small network, as dicts that a test may change."""
    named = {
        "sites": SITES,
        "lanes": LANES,
        "demand": DEMAND,
        "commodities": COMMODITIES,
        "stock": STOCK,
    }
    return {name: {key: list(cells) for key, cells in t.items()} for name, t in named.items()}


@pytest.fixture
def network(tables):
    return fo.Network.from_frames(**tables)


@pytest.fixture
def vans():
    return {name: list(cells) for name, cells in VANS.items()}


@pytest.fixture
def made(network, vans):
    return fo.plan(network, vehicle_types=vans, time_limit=0.5, workers=1)
