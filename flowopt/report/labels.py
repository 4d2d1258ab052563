"""Writes names on a map so that none covers another, or a place."""

from __future__ import annotations

from dataclasses import dataclass

_WIDTH_OF_LETTER = 0.56  # of the font size, for a sans-serif face
_ANGLES = (  # where a name may stand: anchor, direction to the right, direction down
    ("start", 1.0, 0.0),
    ("end", -1.0, 0.0),
    ("middle", 0.0, -1.0),
    ("middle", 0.0, 1.0),
    ("start", 0.8, -0.8),
    ("start", 0.8, 0.8),
    ("end", -0.8, -0.8),
    ("end", -0.8, 0.8),
)


@dataclass(frozen=True)
class Box:
    """An area of the page, pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether two areas overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def inside(self, width: float, height: float) -> bool:
        """Whether it lies on a page of this size."""
        return self.left >= 0 and self.top >= 0 and self.right <= width and self.bottom <= height


@dataclass(frozen=True)
class Name:
    """A name that wants a place on the map.

    Parameters
    ----------
    text
        The name.
    x, y
        The place that it names.
    radius
        Of the place's mark, pixels.
    size
        Of the letters, pixels.
    strong
        Whether it is written bold.
    """

    text: str
    x: float
    y: float
    radius: float
    size: float
    strong: bool = False


@dataclass(frozen=True)
class Label:
    """A name with its place: the point and the side from which it is written."""

    text: str
    x: float
    y: float
    anchor: str
    size: float
    strong: bool


def write_names(
    names: list[Name], marks: list[Box], width: float, height: float, most: int
) -> list[Label]:
    """Place names, the first ones first; one that fits nowhere is left out.

    Parameters
    ----------
    names
        In order of importance.
    marks
        What they may not cover, besides one another.
    width, height
        Of the page, pixels.
    most
        Greatest number of names.

    Examples
    --------
    >>> names = [Name("Lyon", 50, 50, 3, 12), Name("Lyon", 50, 50, 3, 12)]
    >>> [label.anchor for label in write_names(names, [], 100, 100, 9)]
    ['start', 'end']
    """
    taken = list(marks)
    labels: list[Label] = []
    for name in names:
        if len(labels) == most:
            break
        for anchor, right, down in _ANGLES:
            label, box = _candidate(name, anchor, right, down)
            if box.inside(width, height) and not any(box.meets(other) for other in taken):
                labels.append(label)
                taken.append(box)
                break
    return labels


def _candidate(name: Name, anchor: str, right: float, down: float) -> tuple[Label, Box]:
    """Return the name written on one side of its place, and the area that it covers."""
    letters = name.size * _WIDTH_OF_LETTER * (1.08 if name.strong else 1.0)
    wide, reach = len(name.text) * letters, name.radius + 3.0
    x = name.x + right * reach
    middle = name.y + down * (reach + name.size * (0.45 if anchor == "middle" else 0.1))
    left = {"start": x, "end": x - wide, "middle": x - wide / 2}[anchor]
    box = Box(left, middle - 0.55 * name.size, left + wide, middle + 0.55 * name.size)
    baseline = middle + 0.35 * name.size
    return Label(name.text, x, baseline, anchor, name.size, name.strong), box
