"""Checks pick-ups and deliveries that name each other, in the formats that have them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flowopt.io.fleet import Ints
from flowopt.io.text import Floats, TextFile


def deliveries(
    file: TextFile,
    name: str,
    noun: str,
    number: Floats,
    columns: tuple[Floats, Floats, Floats],
    lines: Sequence[int],
) -> tuple[Ints, Ints]:
    """Return the rows of pick-ups, and those where their goods go; collect rows without a pair.

    Parameters
    ----------
    file
        Where faults are collected.
    name, noun
        Column or section that faults name, and what a row is.
    number
        (n,) numbers of the rows; 0 for those that are in no pair.
    columns
        (n,) demands, negative where goods are delivered; the number of the pick-up of a delivery;
        the number of the delivery of a pick-up; else 0.
    lines
        (n,) the line of each row.
    """
    demand, pickup, delivery = columns
    row_of = {each: row for row, each in enumerate(number.tolist()) if each > 0}
    other = np.where(delivery > 0, delivery, pickup)
    ends = np.full(len(number), -1)
    for row in row_of.values():
        mate = ends[row] = row_of.get(other[row].item(), -1)
        back = pickup if delivery[row] > 0 else delivery
        message = ""
        if (pickup[row] > 0) == (delivery[row] > 0):
            message = "is neither the pick-up nor the delivery of a pair, or both"
        elif mate < 0 or back[mate] != number[row]:
            message = f"names {noun} {other[row]:g}, which does not name it in return"
        elif demand[row] != -demand[mate] or (delivery[row] > 0 and demand[row] < 0):
            message = f"has a demand of {demand[row]:g}, and {noun} {other[row]:g} {demand[mate]:g}"
        if message:
            fix = "let a pick-up and its delivery name each other, with one demand and its negative"
            file.fail(name, lines[row], number[row].item(), "inconsistent", message, fix)
    pickups = np.flatnonzero(delivery > 0)
    return pickups, ends[pickups]
