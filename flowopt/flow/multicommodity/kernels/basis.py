"""The working basis of the restricted master and its inverse, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.flow.multicommodity.kernels.compiled import inner, kernel
from flowopt.flow.multicommodity.kernels.state import (
    BASIC,
    KEY,
    SMALL,
    TIGHT_COUNT,
    add_rows,
    clear_rows,
    use_of,
)

FloatArray = npt.NDArray[np.float64]


@inner
def part_of_path(m: Any, column: int) -> None:
    """Put into `step` the working basis' part in a unit of a path that replaces its key."""
    size = m.counts[TIGHT_COUNT]
    for j in range(size):
        m.step[j] = 0.0
    count = add_rows(m, column, 1.0, 0)
    count = add_rows(m, m.key[m.demand[column]], -1.0, count)
    for i in range(count):
        row = m.touched[i]
        place, amount = m.place[row], m.change[row]
        if place >= 0 and amount != 0.0:
            line = m.inverse[place]
            for j in range(size):
                m.step[j] += amount * line[j]
    clear_rows(m, count)


@inner
def swap_key(m: Any, j: int) -> None:
    """Make the basic path of place `j` the key of its demand, and the key basic in its place."""
    size = m.counts[TIGHT_COUNT]
    column = m.basic[j]
    demand = m.demand[column]
    siblings = 0
    for i in range(size):
        if m.demand[m.basic[i]] == demand:
            m.flips[siblings] = i
            siblings += 1
    for place in range(size):
        total = 0.0
        for i in range(siblings):
            total += m.inverse[place, m.flips[i]]
        m.inverse[place, j] = -total
    old = m.key[demand]
    m.key[demand], m.basic[j] = column, old
    m.state[column], m.state[old] = KEY, BASIC


@inner
def product_of_row(m: Any, row: int) -> None:
    """Put into `other` a row of what the working basis takes of a row, times its inverse."""
    size = m.counts[TIGHT_COUNT]
    for place in range(size):
        m.other[place] = 0.0
    for j in range(size):
        amount = use_of(m, m.basic[j], row) - use_of(m, m.key[m.demand[m.basic[j]]], row)
        if amount != 0.0:
            for place in range(size):
                m.other[place] += amount * m.inverse[place, j]


@inner
def drop(m: Any, row_place: int, j: int) -> None:
    """Take a row and a column out of the working basis."""
    size = m.counts[TIGHT_COUNT]
    pivot = m.inverse[row_place, j]
    taken = m.inverse[row_place]
    for place in range(size):
        if place != row_place:
            ratio = m.inverse[place, j] / pivot
            if ratio != 0.0:
                line = m.inverse[place]
                for i in range(size):
                    line[i] -= ratio * taken[i]
    last = size - 1
    m.place[m.tight[row_place]] = -1
    if row_place != last:
        m.tight[row_place] = m.tight[last]
        m.place[m.tight[last]] = row_place
        for i in range(size):
            m.inverse[row_place, i] = m.inverse[last, i]
    if j != last:
        m.basic[j] = m.basic[last]
        for place in range(last):
            m.inverse[place, j] = m.inverse[place, last]
    m.counts[TIGHT_COUNT] = last


@inner
def grow(m: Any, row: int, column: int) -> None:
    """Add a row (its product in `other`) and a column (its part in `step`) to the basis."""
    size = m.counts[TIGHT_COUNT]
    key = m.key[m.demand[column]]
    corner = use_of(m, column, row) - use_of(m, key, row)
    for j in range(size):
        amount = use_of(m, m.basic[j], row) - use_of(m, m.key[m.demand[m.basic[j]]], row)
        corner -= amount * m.step[j]
    for place in range(size):
        line = m.inverse[place]
        ratio = m.other[place] / corner
        if ratio != 0.0:
            for j in range(size):
                line[j] += ratio * m.step[j]
        line[size] = -ratio
    for j in range(size):
        m.inverse[size, j] = -m.step[j] / corner
    m.inverse[size, size] = 1.0 / corner
    m.tight[size], m.place[row] = row, size
    m.basic[size], m.state[column] = column, BASIC
    m.counts[TIGHT_COUNT] = size + 1


@inner
def replace_column(m: Any, j: int, column: int) -> None:
    """Let a column (its part in `step`) take place `j` of the working basis."""
    size = m.counts[TIGHT_COUNT]
    pivot = m.step[j]
    for place in range(size):
        line = m.inverse[place]
        ratio = line[j] / pivot
        if ratio != 0.0:
            for i in range(size):
                line[i] -= ratio * m.step[i]
        line[j] = ratio
    m.basic[j], m.state[column] = column, BASIC


@inner
def replace_row(m: Any, row_place: int, row: int) -> None:
    """Let a row (its product in `other`) take a place of the working basis."""
    size = m.counts[TIGHT_COUNT]
    pivot = m.other[row_place]
    taken = m.inverse[row_place]
    for j in range(size):
        taken[j] /= pivot
    for place in range(size):
        ratio = m.other[place]
        if place != row_place and ratio != 0.0:
            line = m.inverse[place]
            for j in range(size):
                line[j] -= ratio * taken[j]
    m.place[m.tight[row_place]] = -1
    m.tight[row_place], m.place[row] = row, row_place


@kernel
def fill_basis(m: Any, matrix: FloatArray) -> None:
    """Put the working basis into `matrix`, (tight, tight), zeros before: rows, columns."""
    size = m.counts[TIGHT_COUNT]
    for j in range(size):
        for side in range(2):
            column = m.basic[j] if side == 0 else m.key[m.demand[m.basic[j]]]
            sign = 1.0 if side == 0 else -1.0
            for entry in range(m.first[column], m.first[column] + m.size[column]):
                place = m.place[m.row[entry]]
                if place >= 0:
                    matrix[place, j] += sign * m.use[entry]


@kernel
def inverted(matrix: FloatArray, inverse: FloatArray) -> bool:
    """Turn the unit matrix `inverse` into the inverse of `matrix`, which becomes the unit matrix.

    Parameters
    ----------
    matrix
        (n, n) mostly zeros; changed in place.
    inverse
        (n, n) the unit matrix; changed in place.

    Returns
    -------
    regular
        False when there is no inverse.
    """
    size = matrix.shape[0]
    for k in range(size):
        best = k
        for i in range(k + 1, size):
            if abs(matrix[i, k]) > abs(matrix[best, k]):
                best = i
        if abs(matrix[best, k]) < SMALL:
            return False
        if best != k:
            for j in range(size):
                matrix[k, j], matrix[best, j] = matrix[best, j], matrix[k, j]
                inverse[k, j], inverse[best, j] = inverse[best, j], inverse[k, j]
        pivot_row, pivot_inverse = matrix[k], inverse[k]
        factor = 1.0 / pivot_row[k]
        for j in range(size):
            pivot_row[j] *= factor
            pivot_inverse[j] *= factor
        for i in range(size):
            factor = matrix[i, k]
            if i != k and factor != 0.0:
                row, row_inverse = matrix[i], inverse[i]
                for j in range(k, size):
                    row[j] -= factor * pivot_row[j]
                for j in range(size):
                    row_inverse[j] -= factor * pivot_inverse[j]
    return True
