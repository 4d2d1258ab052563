"""Draws the two maps: what flows over the network, and the rounds of its warehouses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import numpy.typing as npt

from flowopt.report.geometry import (
    Point,
    Projection,
    bow,
    fit,
    graticule,
    polyline,
    round_step,
)
from flowopt.report.labels import Box, Label, Name, write_names

WIDTH, TALLEST, MARGIN = 640.0, 760.0, 34.0
THICKEST, THINNEST = 11.0, 1.4
MOST_NAMES = 36
CLOSE = 22.0
"""Pixels within which only one customer is named."""

MISSED_SIZE = 8.0
MOST_LINES = 4000
"""Above it the deliveries are not drawn one by one: the file stays small, the map readable."""

DASHES = ("", "7 5", "2 4", "12 4 2 4", "1 3 6 3", "16 6")
"""Patterns of the modes of transport, in the order of the table."""

MOST_CUSTOMERS = 5000
"""The largest ones are drawn when there are more, for the same reason."""

MOST_CANDIDATES = 500
"""So many of the most important sites are tried for a name."""

PALETTE = (
    "#0067a5",
    "#c84a00",
    "#00805e",
    "#a83279",
    "#8a6100",
    "#5b3fa8",
    "#00798c",
    "#b3243b",
    "#4d7200",
    "#7a4b2a",
)
"""Colours of the warehouses: all stand out from white by 4.5 : 1 or more, and from one another."""

_KIND_SIZE = {"supplier": 6.0, "plant": 7.5, "warehouse": 6.5, "crossdock": 6.0, "customer": 2.2}
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """One line of a map."""

    path: str
    colour: str
    width: float
    dash: str = ""
    opacity: float = 1.0
    title: str = ""
    chevron: str = ""


@dataclass(frozen=True)
class Mark:
    """The mark of a site; `shape` is its kind."""

    x: float
    y: float
    shape: str
    size: float
    colour: str
    title: str
    missed: bool = False


@dataclass(frozen=True)
class Tick:
    """A line of latitude or longitude: `axis` and `degrees` name it, `at` is its pixel."""

    axis: str
    degrees: float
    at: float


@dataclass(frozen=True)
class Map:
    """A map, ready to be drawn.

    Parameters
    ----------
    width, height
        Of the page, pixels.
    ticks
        Lines of latitude and longitude.
    lines, marks, labels
        From the lowest to the highest.
    scale_km, scale_pixels
        What the scale bar stands for, and its length.
    unplaced
        How many sites have no coordinates and so are not shown.
    left_out
        How many customers are not shown because there are too many.
    """

    width: float
    height: float
    ticks: list[Tick]
    lines: list[Line]
    marks: list[Mark]
    labels: list[Label]
    scale_km: float
    scale_pixels: float
    unplaced: int
    left_out: int


@dataclass(frozen=True)
class Places:
    """The sites as a map needs them, as columns.

    Parameters
    ----------
    name, kind
        (S,) texts.
    lat, lon
        (S,) degrees; NaN where unknown.
    volume
        (S,) what decides the size of a customer's dot and the order of the names.
    colour
        Site's position → colour; the others are grey.
    missed
        Positions of sites that get less than they want, or no visit.
    """

    name: Sequence[str]
    kind: list[str]
    lat: Floats
    lon: Floats
    volume: Floats
    colour: Mapping[int, str] = field(default_factory=dict)
    missed: frozenset[int] = frozenset()

    @property
    def placed(self) -> npt.NDArray[np.bool_]:
        """(S,) whether a site can be shown."""
        return np.isfinite(self.lat) & np.isfinite(self.lon)


@dataclass(frozen=True)
class Stream:
    """What moves from one site to another by one mode."""

    source: int
    target: int
    volume: float
    dash: str
    title: str


def shade(rank: int) -> str:
    """Return the colour of the warehouse of this rank: those of the palette, then others.

    Examples
    --------
    >>> shade(0), shade(10)
    ('#0067a5', 'hsl(138 60% 30%)')
    """
    if rank < len(PALETTE):
        return PALETTE[rank]
    return f"hsl({(rank - 9) * 137.508 % 360:.0f} 60% 30%)"  # the golden angle spreads hues


def project(places: Places) -> Projection | None:
    """Return the map that shows all sites; None when none has coordinates."""
    shown = places.placed
    if not shown.any():
        return None
    return fit(places.lat[shown], places.lon[shown], WIDTH, TALLEST, MARGIN)


def draw(places: Places, chart: Projection, lines: list[Line]) -> Map:
    """Return a map of all sites with lines under them.

    Parameters
    ----------
    places
        The sites.
    chart
        Where they lie on the page.
    lines
        What to draw under them.
    """
    x, y = chart.place(places.lat, places.lon)
    shown = _shown(places)
    marks = _marks(places, shown, x, y)
    names = _names(places, shown, x, y)
    boxes = [_box(mark) for mark in marks if mark.shape != "customer" or mark.missed]
    scale_km = round_step(0.22 * chart.width / chart.pixels_per_km, 1)
    scale_pixels = scale_km * chart.pixels_per_km
    boxes.append(Box(0, chart.height - 34, scale_pixels + 60, chart.height))
    return Map(
        chart.width,
        chart.height,
        [Tick(*tick) for tick in graticule(chart) if _legible(chart, *tick)],
        lines,
        marks,
        write_names(names, boxes, chart.width, chart.height, MOST_NAMES),
        scale_km,
        scale_pixels,
        int((~places.placed).sum()),
        int(places.placed.sum()) - len(shown),
    )


def _shown(places: Places) -> list[int]:
    """Return the sites that are drawn, the most important first.

    The network's own sites come before customers, who come by volume, those that are missed first.
    """

    def importance(site: int) -> tuple[bool, bool, float]:
        own = places.kind[site] != "customer"
        return (not own, site not in places.missed, -float(places.volume[site]))

    ranked = sorted(np.flatnonzero(places.placed).tolist(), key=importance)
    num_own = sum(places.kind[site] != "customer" for site in ranked)
    return ranked[: num_own + MOST_CUSTOMERS]


def _legible(chart: Projection, axis: str, _: float, at: float) -> bool:
    """Whether the name of a line of the graticule has room, off the edge and the scale bar."""
    return at < chart.width - 32 if axis == "lon" else 12 < at < chart.height - 26


def stream_lines(places: Places, chart: Projection, streams: Sequence[Stream]) -> list[Line]:
    """Return the flows between sites that are not customers, as wide as what they move."""
    x, y = chart.place(places.lat, places.lon)
    largest = max((stream.volume for stream in streams), default=0.0)
    drawn: dict[tuple[int, int], int] = {}
    lines = []
    for stream in sorted(streams, key=lambda s: -s.volume):
        pair = (stream.source, stream.target)
        number = drawn.setdefault(pair, 0)
        drawn[pair] += 1  # the second mode of a pair bends the other way
        bend = (0.09 + 0.06 * (number // 2)) * (-1) ** number
        start, end = ((float(x[site]), float(y[site])) for site in pair)
        width = max(THINNEST, THICKEST * stream.volume / largest)
        lines.append(
            Line(
                bow(start, end, bend),
                "#475569",
                round(width, 1),
                stream.dash,
                0.72,
                stream.title,
                _chevron(start, end, bend, width),
            )
        )
    return lines


def delivery_lines(
    places: Places, chart: Projection, pairs: Iterable[tuple[int, int]]
) -> list[Line]:
    """Return the deliveries as thin straight lines, one path for each source.

    Parameters
    ----------
    places
        The sites.
    chart
        Where they lie on the page.
    pairs
        Source and target of each delivery.
    """
    x, y = chart.place(places.lat, places.lon)
    spokes: dict[int, list[str]] = {}
    for source, target in pairs:
        ends = [(float(x[site]), float(y[site])) for site in (source, target)]
        spokes.setdefault(source, []).append(polyline(ends))
    if sum(map(len, spokes.values())) > MOST_LINES:
        return []
    faint = round(0.45 * _thinning(sum(map(len, spokes.values()))), 2)
    return [
        Line("".join(paths), places.colour.get(source, "#64748b"), 1.0, opacity=faint)
        for source, paths in spokes.items()
    ]


def round_lines(
    chart: Projection, rounds: Iterable[tuple[Sequence[float], Sequence[float], str, str]]
) -> list[Line]:
    """Return the rounds as closed lines.

    Parameters
    ----------
    chart
        Where places lie on the page.
    rounds
        For each: latitudes and longitudes from depot to depot, colour, title.
    """
    lines = []
    for lat, lon, colour, title in islice(rounds, MOST_LINES):
        x, y = chart.place(lat, lon)
        points: list[Point] = list(zip(x.tolist(), y.tolist(), strict=True))
        if len(points) > 1 and np.isfinite([x, y]).all():
            lines.append(Line(polyline(points), colour, 1.5, opacity=0.75, title=title))
    return lines


def _thinning(number: int) -> float:
    """Return by how much to draw things smaller or fainter when there are many of them."""
    return float(min(1.0, max(0.4, (300 / max(1, number)) ** 0.5)))


def _marks(places: Places, shown: list[int], x: Floats, y: Floats) -> list[Mark]:
    """Return the marks: customers below, by size; then the other kinds."""
    largest = float(places.volume.max(initial=0.0))
    smaller = _thinning(len(shown))
    marks = []
    for site in shown:
        kind = places.kind[site]
        size = _KIND_SIZE.get(kind, 4.0)
        if kind == "customer" and largest > 0:
            size += 5.0 * float(np.sqrt(max(0.0, places.volume[site]) / largest))
            size *= smaller
        colour = places.colour.get(site, "#64748b" if kind == "customer" else "#1e293b")
        missed = site in places.missed
        name = places.name[site]
        marks.append(Mark(float(x[site]), float(y[site]), kind, size, colour, name, missed))
    return sorted(marks, key=lambda mark: (mark.shape != "customer", mark.missed, -mark.size))


def _names(places: Places, shown: list[int], x: Floats, y: Floats) -> list[Name]:
    """Return the names by importance; customers only where they do not crowd others."""
    names: list[Name] = []
    for site in shown[:MOST_CANDIDATES]:
        own = places.kind[site] != "customer"
        radius = MISSED_SIZE if site in places.missed else _KIND_SIZE.get(places.kind[site], 4.0)
        name = Name(
            _shortened(places.name[site]),
            float(x[site]),
            float(y[site]),
            radius + (0.0 if own else 1.5),
            12.5 if own else 10.5,
            strong=own,
        )
        if own or site in places.missed or not _crowded(name, names):
            names.append(name)
    return names


def _crowded(name: Name, others: list[Name]) -> bool:
    """Whether a name would stand close to another, or to the same name a little further off."""
    for other in others:
        away = float(np.hypot(name.x - other.x, name.y - other.y))
        if away < CLOSE or (other.text == name.text and away < 4 * CLOSE):
            return True
    return False


def _shortened(name: str, most: int = 24) -> str:
    """Return a name without what stands in brackets after it, cut when still too long."""
    plain = name.split(" (")[0] or name
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _box(mark: Mark) -> Box:
    return Box(mark.x - mark.size, mark.y - mark.size, mark.x + mark.size, mark.y + mark.size)


def _chevron(start: Point, end: Point, bend: float, width: float) -> str:
    """Return an arrow head for the middle of a curve; none where the line is too short."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    length = float(np.hypot(dx, dy))
    if length < 40:
        return ""
    ux, uy = dx / length, dy / length
    x = (x0 + x1) / 2 - dy * bend / 2
    y = (y0 + y1) / 2 + dx * bend / 2
    half = 2.6 + 0.5 * width
    back_x, back_y = x - 1.2 * half * ux, y - 1.2 * half * uy
    points = [
        (back_x - half * uy, back_y + half * ux),
        (x + 0.6 * half * ux, y + 0.6 * half * uy),
        (back_x + half * uy, back_y - half * ux),
    ]
    return polyline(points) + "Z"
