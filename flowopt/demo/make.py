"""Makes the tables of the demo: ``python -m flowopt.demo.make FOLDER``.

What is real: the cities, their coordinates and their populations (``cities.csv``: communes of
metropolitan France, INSEE legal populations of 2023), and the towns of the plants and warehouses,
which are known for logistics parks. What is made up, with a fixed seed: everything else.

- A city asks for `CASES_PER_INHABITANT` cases a day, shared among the items by popularity, with
  noise by city and by pair of city and item; the daily standard deviation grows with the mean.
- A distance by road is 1.25 times the great circle, by rail 1.2 times, by sea 1.1 times.
- A truck from a plant costs about 1.35 €/km and holds about 1,700 cases; a delivery round costs
  about 1.05 €/km there and back for about 600 cases.
- Warehouses hold one to two days of what the cities nearest to them ask for, and
  have ordered what their lead time takes.
- The records of operations are those of `flowopt.demo.records`.

The same seed makes the same files, byte for byte (only `random.Random.random`, which Python
promises to keep, draws numbers).
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from flowopt.demo import records
from flowopt.demo.places import CORSICA, PLANTS, RAIL_LANES, WAREHOUSES, City, cities, distance

SEED = 2024
CASES_PER_INHABITANT = 0.0008
LANES_PER_CUSTOMER = 4
LONGEST_DELIVERY = 400.0  # km by road
DETOUR = {"road": 1.25, "rail": 1.2, "sea": 1.1}
Row = Sequence[Any]


@dataclass(frozen=True)
class Item:
    """One article, in cases.

    Parameters
    ----------
    id, name
        Its number and its description.
    weight, volume, value
        Of one case: kg, m³, €.
    share
        Its part of all cases asked for.
    clumpiness
        Variance of a day's demand in a small city, divided by its mean.
    """

    id: str
    name: str
    weight: float
    volume: float
    value: float
    share: float
    clumpiness: float


ITEMS = (
    Item("PASTA", "Pasta 24 x 500 g", 12.6, 0.032, 26.0, 0.15, 1.6),
    Item("COFFEE", "Coffee beans 6 x 1 kg", 6.6, 0.018, 72.0, 0.13, 1.8),
    Item("BISCUITS", "Biscuits 20 x 200 g", 4.8, 0.021, 27.0, 0.12, 1.8),
    Item("TISSUE", "Toilet paper 8 x 12 rolls", 9.6, 0.115, 34.0, 0.10, 1.5),
    Item("SAUCE", "Tomato sauce 12 x 680 g", 13.1, 0.019, 22.0, 0.10, 2.0),
    Item("DETERGENT", "Detergent 4 x 3 l", 13.0, 0.016, 38.0, 0.09, 2.4),
    Item("RICE", "Rice 10 x 1 kg", 10.4, 0.014, 19.0, 0.08, 1.7),
    Item("TUNA", "Tuna 48 x 160 g", 10.2, 0.011, 64.0, 0.07, 2.6),
    Item("SUGAR", "Sugar 10 x 1 kg", 10.2, 0.012, 14.0, 0.06, 1.9),
    Item("SHAMPOO", "Shampoo 12 x 250 ml", 3.9, 0.008, 33.0, 0.04, 2.8),
    Item("OIL", "Olive oil 12 x 75 cl", 14.2, 0.021, 88.0, 0.04, 3.2),
    Item("HONEY", "Honey 12 x 500 g", 8.1, 0.010, 58.0, 0.02, 3.6),
)


def tables() -> dict[str, tuple[Row, list[Row]]]:
    """Return the demo's tables: file name → header, rows."""
    demand = _demand()
    return {
        "sites": _sites(demand),
        "lanes": _lanes(),
        "demand": (("site", "commodity", "demand", "demand_sd"), demand),
        "commodities": _commodities(),
        "modes": _modes(),
        "stock": _stock(demand),
        "vehicle_types": _vehicle_types(),
        "targets": _targets(),
        **records.tables(demand, {item.id: item.value for item in ITEMS}, SEED + 2),
    }


def write(folder: Path) -> list[Path]:
    """Write the demo's tables as CSV files.

    Parameters
    ----------
    folder
        Where to; it is made when missing.

    Returns
    -------
    list of Path
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, (header, rows) in tables().items():
        files.append(folder / f"{name}.csv")
        with files[-1].open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
    return files


def _demand() -> list[Row]:
    """Return the rows of the demand: in proportion to population, with noise."""
    random = Random(SEED)
    rows: list[Row] = []
    for city in cities():
        taste = _between(random, 0.85, 1.15)
        for item in ITEMS:
            share = item.share * taste * _between(random, 0.75, 1.25)
            mean = max(0.1, round(city.population * CASES_PER_INHABITANT * share, 1))
            deviation = (item.clumpiness * mean + (0.35 * mean) ** 2) ** 0.5
            rows.append((city.id, item.id, mean, round(deviation, 2)))
    return rows


def _sites(demand: list[Row]) -> tuple[Row, list[Row]]:
    header = (
        "id", "name", "kind", "lat", "lon", "supply", "capacity", "fixed_cost", "handling_cost",
        "service_duration", "tw_early", "tw_late",
    )  # fmt: skip
    no_window: Row = (0, "00:00", "24:00")
    rows: list[Row] = []
    for plant in PLANTS:
        place = (plant.id, plant.name, "plant", plant.lat, plant.lon)
        rows.append((*place, plant.capacity, plant.capacity, 0, 0, *no_window))
    for house in WAREHOUSES:
        place = (house.id, house.name, "warehouse", house.lat, house.lon)
        costs = (house.fixed_cost, house.handling_cost)
        rows.append((*place, 0, house.capacity, *costs, *no_window))
    cases = _cases_by_site(demand)
    for city in cities():
        place = (city.id, city.name, "customer", city.lat, city.lon)
        rows.append((*place, 0, "inf", 0, 0, *_reception(city, cases[city.id])))
    return header, rows


def _reception(city: City, cases: float) -> Row:
    """Return how long the unloading takes (s), and when: in the morning in large cities."""
    pallets = cases / 60
    seconds = 300 * min(18, 3 + round(pallets))
    return (seconds, "06:00", "13:00" if city.population > 150_000 else "18:00")


def _lanes() -> tuple[Row, list[Row]]:
    header = (
        "source", "target", "mode", "unit_cost", "capacity", "min_flow", "fixed_cost",
        "lead_time", "distance", "emission_factor",
    )  # fmt: skip
    rows: list[Row] = []
    for plant in PLANTS:
        for house in WAREHOUSES:
            km = round(distance(plant, house) * DETOUR["road"], 1)
            days = 2 if km < 650 else 3
            cost = round(0.05 + 0.0008 * km, 4)
            rows.append((plant.id, house.id, "road", cost, "inf", 0, 0, days, km, 0.085))
            if (plant.id, house.id) in RAIL_LANES:
                km = round(distance(plant, house) * DETOUR["rail"], 1)
                cost, limit = round(0.12 + 0.00045 * km, 4), RAIL_LANES[plant.id, house.id]
                rows.append((plant.id, house.id, "rail", cost, limit, 0, 0, 4, km, 0.02))
    for city in cities():
        rows.extend(_delivery_lanes(city))
    return header, rows


def _delivery_lanes(city: City) -> Iterable[Row]:
    """Return the lanes to a city: by road from the nearest warehouses, by sea to Corsica."""
    mode = "sea" if city.id in CORSICA else "road"
    near = sorted(WAREHOUSES, key=lambda house: distance(house, city))
    if mode == "sea":
        near = [house for house in near if house.id == "WH-MARSEILLE"]
    for rank, house in enumerate(near[:LANES_PER_CUSTOMER]):
        km = round(distance(house, city) * DETOUR[mode], 1)
        if rank > 0 and km > LONGEST_DELIVERY:
            return
        if mode == "sea":
            cost, days, emissions = round(0.9 + 0.0012 * km, 4), 3, 0.06
        else:
            cost, days, emissions = round(0.2 + 0.0035 * km, 4), 1, 0.19
        yield (house.id, city.id, mode, cost, "inf", 0, 0, days, km, emissions)


def _commodities() -> tuple[Row, list[Row]]:
    header = (
        "id", "name", "unit_weight", "unit_volume", "unit_value", "holding_cost",
        "fixed_order_cost", "min_order_quantity", "pack_size", "max_order_quantity",
    )  # fmt: skip
    rows: list[Row] = []
    for item in ITEMS:
        holding = round(item.value * 0.20 / 365, 4)  # 20 % of its value a year
        pack = 4 if item.volume > 0.1 else 10  # one layer of a pallet
        facts = (item.id, item.name, item.weight, item.volume, item.value, holding)
        rows.append((*facts, 12, 2 * pack if item.share < 0.05 else 4 * pack, pack, 2400))
    return header, rows


def _modes() -> tuple[Row, list[Row]]:
    header = ("id", "speed", "detour_factor", "cost_per_km", "emission_factor")
    rows: list[Row] = [
        ("road", 65, DETOUR["road"], 0.0035, 0.19),
        ("rail", 40, DETOUR["rail"], 0.00045, 0.02),
        ("sea", 35, DETOUR["sea"], 0.0012, 0.06),
    ]
    return header, rows


def _targets() -> tuple[Row, list[Row]]:
    rows: list[Row] = [
        ("service_rate", 0.96),
        ("delivery_lead_time", 3.0),
        ("cost_per_unit", 2.8),
        ("non_conformity_rate", 0.03),
    ]
    return ("indicator", "target"), rows


def _stock(demand: list[Row]) -> tuple[Row, list[Row]]:
    """Return what lies in the warehouses: one to two days, and some items running short."""
    random = Random(SEED + 1)
    nearest = {
        city.id: min(WAREHOUSES, key=lambda house: distance(house, city)).id for city in cities()
    }
    asked: dict[tuple[str, str], float] = {}
    for site, item, mean, _ in demand:
        key = (nearest[site], item)
        asked[key] = asked.get(key, 0.0) + mean
    rows: list[Row] = []
    for house in WAREHOUSES:
        nearby = min(distance(plant, house) for plant in PLANTS) < 200
        lead_time = 2.0 if nearby else 4.0  # by road, or by rail
        for item_ in ITEMS:
            days, ordered = _between(random, 0.9, 2.1), _between(random, 0.9, 1.4)
            if random.random() < 0.15:  # running short
                days, ordered = _between(random, 0.0, 0.6), _between(random, 0.0, 0.8)
            daily = asked[house.id, item_.id]
            on_order = 10 * round(daily * ordered * lead_time / 10)
            rows.append((house.id, item_.id, round(daily * days), on_order))
    return ("site", "commodity", "on_hand", "on_order"), rows


def _vehicle_types() -> tuple[Row, list[Row]]:
    """Return the fleet: capacity in kg and m³, costs per day, per km and per second."""
    header = (
        "id", "depot", "num_available", "capacity", "capacity_volume", "fixed_cost",
        "unit_distance_cost", "unit_duration_cost", "tw_early", "tw_late", "max_duration",
    )  # fmt: skip
    hour = 3600
    rows: list[Row] = []
    for house in WAREHOUSES:
        shift = ("05:00", "20:00", "12:00")
        town = house.id.removeprefix("WH-").lower()
        large, small = house.vehicles
        driver = round(26 / hour, 6)  # €/h of a driver, in €/s
        rows.append((f"19t-{town}", house.id, large, 9500, 48, 120, 0.62, driver, *shift))
        rows.append((f"7t5-{town}", house.id, small, 3200, 20, 75, 0.41, driver, *shift))
    return header, rows


def _cases_by_site(demand: list[Row]) -> dict[str, float]:
    cases: dict[str, float] = {}
    for site, _, mean, _ in demand:
        cases[site] = cases.get(site, 0.0) + mean
    return cases


def _between(random: Random, low: float, high: float) -> float:
    return low + (high - low) * random.random()


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data")
