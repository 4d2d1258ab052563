"""The geometry of a map: where a place lies on the page, round steps, curves, a scale bar."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

KM_PER_DEGREE = 111.195
_SMALLEST = 0.05  # degrees: a network of one town is not blown up to metres
Floats = npt.NDArray[np.float64]
Point = tuple[float, float]


@dataclass(frozen=True)
class Projection:
    """An equirectangular map, true to scale at its middle latitude.

    Parameters
    ----------
    west, north
        Coordinates of its upper left corner, degrees; longitudes count on from `west` eastwards,
        so that a network across the date line stays in one piece.
    unit
        Pixels per degree of latitude.
    stretch
        Length of a degree of longitude over one of latitude.
    width, height
        Of the page, pixels.
    """

    west: float
    north: float
    unit: float
    stretch: float
    width: float
    height: float

    def place(self, lat: Any, lon: Any) -> tuple[Floats, Floats]:
        """Return where places lie on the page: x to the right, y down.

        Parameters
        ----------
        lat, lon
            Coordinates, degrees.
        """
        east = (np.asarray(lon, dtype=float) - self.west) % 360.0
        x = east * self.unit * self.stretch
        y = (self.north - np.asarray(lat, dtype=float)) * self.unit
        return x, y

    @property
    def pixels_per_km(self) -> float:
        """Pixels a kilometre, at the middle latitude."""
        return self.unit / KM_PER_DEGREE

    @property
    def south(self) -> float:
        """Latitude of the lower edge."""
        return self.north - self.height / self.unit

    @property
    def east(self) -> float:
        """Longitude of the right edge, counted on from `west`."""
        return self.west + self.width / (self.unit * self.stretch)


def fit(lat: Floats, lon: Floats, width: float, tallest: float, margin: float) -> Projection:
    """Return the map that shows all places.

    Parameters
    ----------
    lat, lon
        (n,) coordinates, degrees; n ≥ 1.
    width
        Of the page, pixels.
    tallest
        Greatest height of the page, pixels; a taller map is made smaller.
    margin
        Pixels between the outermost places and the edge.

    Examples
    --------
    >>> chart = fit(np.array([0.0, 1.0]), np.array([179.5, -179.5]), 400, 400, 10)
    >>> [float(round(x)) for x in chart.place([0, 0], [179.5, -179.5])[0]]
    [10.0, 390.0]
    """
    west, degrees_east = _window(lon)
    south, north = float(lat.min()), float(lat.max())
    stretch = max(0.05, math.cos(math.radians((south + north) / 2)))
    wide = max(degrees_east * stretch, _SMALLEST)
    high = max(north - south, _SMALLEST, 0.45 * wide)
    unit = min((width - 2 * margin) / wide, (tallest - 2 * margin) / high)
    height = high * unit + 2 * margin
    spare_x = (width / unit / stretch - degrees_east) / 2
    spare_y = (height / unit - (north - south)) / 2
    return Projection(west - spare_x, north + spare_y, unit, stretch, width, height)


def _window(lon: Floats) -> tuple[float, float]:
    """Return the western edge and the width of the narrowest window with all longitudes."""
    around = np.unique(lon % 360.0)
    gaps = np.diff(np.append(around, around[0] + 360.0))
    widest = int(gaps.argmax())
    west = float(around[(widest + 1) % len(around)])
    return (west - 360.0 if west > 180.0 else west), 360.0 - float(gaps[widest])


def round_step(extent: float, parts: int) -> float:
    """Return the round step (1, 2 or 5 times a power of ten) that cuts an extent into parts.

    Parameters
    ----------
    extent
        What is to be cut, > 0.
    parts
        About how many parts.

    Examples
    --------
    >>> round_step(9.0, 5), round_step(430.0, 4)
    (2.0, 100.0)
    """
    rough = extent / parts
    power = 10.0 ** math.floor(math.log10(rough))
    return min((step * power for step in (1.0, 2.0, 5.0, 10.0)), key=lambda s: abs(s - rough))


def graticule(chart: Projection) -> list[tuple[str, float, float]]:
    """Return the lines of round latitude and longitude: ``"lat"`` or ``"lon"``, degrees, pixel."""
    step = round_step(chart.height / chart.unit, 4)
    across = [
        ("lat", lat, float(chart.place(lat, 0)[1]))
        for lat in _multiples(step, chart.south, chart.north)
    ]
    down = [
        ("lon", (lon + 180) % 360 - 180, float(chart.place(0, lon)[0]))
        for lon in _multiples(step, chart.west, chart.east)
    ]
    return across + down


def _multiples(step: float, low: float, high: float) -> list[float]:
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(number * step, 6) for number in range(first, last + 1)]


def bow(start: Point, end: Point, bend: float) -> str:
    """Return the SVG path of a curve that leaves the straight line to its right.

    Parameters
    ----------
    start, end
        Its ends.
    bend
        How far it leaves the line, as a part of its length; 0 is straight.
    """
    (x0, y0), (x1, y1) = start, end
    x = (x0 + x1) / 2 - (y1 - y0) * bend
    y = (y0 + y1) / 2 + (x1 - x0) * bend
    return f"M{x0:.1f} {y0:.1f}Q{x:.1f} {y:.1f} {x1:.1f} {y1:.1f}"


def polyline(points: list[Point]) -> str:
    """Return the SVG path through points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
