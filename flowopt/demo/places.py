"""The places of the demo: plants, warehouses, and the cities they serve."""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Plant:
    """A place that makes goods; `capacity` in cases a day."""

    id: str
    name: str
    lat: float
    lon: float
    capacity: float


@dataclass(frozen=True)
class Warehouse:
    """A place that stores and delivers goods.

    Parameters
    ----------
    id, name, lat, lon
        What it is called, and where it lies.
    capacity
        Cases a day through it.
    fixed_cost, handling_cost
        € a day, and € a case.
    vehicles
        How many large and how many small trucks it has.
    """

    id: str
    name: str
    lat: float
    lon: float
    capacity: float
    fixed_cost: float
    handling_cost: float
    vehicles: tuple[int, int]


@dataclass(frozen=True)
class City:
    """A customer city."""

    id: str
    name: str
    lat: float
    lon: float
    population: int


class Place(Protocol):
    """Anything with coordinates."""

    @property
    def lat(self) -> float:
        """Latitude in degrees."""

    @property
    def lon(self) -> float:
        """Longitude in degrees."""


PLANTS = (
    Plant("PLANT-AMIENS", "Amiens (Glisy)", 49.876, 2.398, 7400),
    Plant("PLANT-VALENCE", "Valence (Portes)", 44.873, 4.877, 6600),
)
WAREHOUSES = (
    Warehouse("WH-PARIS", "Paris Nord (Gonesse)", 48.987, 2.449, 4600, 2900, 0.42, (8, 6)),
    Warehouse("WH-LYON", "Lyon (Saint-Quentin-Fallavier)", 45.643, 5.112, 2600, 1700, 0.36, (4, 5)),
    Warehouse("WH-MARSEILLE", "Marseille (Saint-Martin-de-Crau)", 43.639, 4.812, 3400, 1800, 0.37,
              (5, 4)),
    Warehouse("WH-BORDEAUX", "Bordeaux (Cestas)", 44.744, -0.681, 2300, 1500, 0.35, (3, 5)),
    Warehouse("WH-RENNES", "Rennes (Noyal-sur-Vilaine)", 48.112, -1.523, 2300, 1450, 0.34, (4, 5)),
    Warehouse("WH-NANCY", "Nancy (Ludres)", 48.620, 6.170, 1800, 1200, 0.33, (2, 3)),
)  # fmt: skip
RAIL_LANES = {
    ("PLANT-AMIENS", "WH-LYON"): 600,
    ("PLANT-AMIENS", "WH-BORDEAUX"): 800,
    ("PLANT-AMIENS", "WH-RENNES"): 900,
    ("PLANT-AMIENS", "WH-NANCY"): 700,
    ("PLANT-VALENCE", "WH-PARIS"): 1200,
    ("PLANT-VALENCE", "WH-BORDEAUX"): 900,
    ("PLANT-VALENCE", "WH-NANCY"): 600,
}
"""The lanes that have a train, with the cases it takes a day."""
CORSICA = ("Ajaccio", "Bastia")


@cache
def cities() -> tuple[City, ...]:
    """Return the customer cities, the largest first."""
    path = Path(__file__).parent / "cities.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            City(
                plain_letters(row["name"]),
                row["name"],
                float(row["lat"]),
                float(row["lon"]),
                int(row["population"]),
            )
            for row in csv.DictReader(file)
        )


def plain_letters(name: str) -> str:
    """Return a name without accents, for an id.

    Examples
    --------
    >>> plain_letters("Saint-Étienne")
    'Saint-Etienne'
    """
    letters = unicodedata.normalize("NFD", name.replace("œ", "oe"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def distance(a: Place, b: Place) -> float:
    """Return the great-circle distance of two places, km.

    The plain haversine of one pair: the demo's files are made without the library they feed.

    Examples
    --------
    >>> paris, lyon = cities()[0], cities()[2]
    >>> round(distance(paris, lyon))
    393
    """
    lat1, lat2 = radians(a.lat), radians(b.lat)
    half_lat, half_lon = (lat2 - lat1) / 2, radians(b.lon - a.lon) / 2
    chord = sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lon) ** 2
    return 2 * 6371.0088 * asin(sqrt(chord))
