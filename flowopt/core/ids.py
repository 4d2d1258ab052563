"""Ids, keys and distinct values, a million at a time."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def positions(ids: npt.ArrayLike, among: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return where each id stands first in `among`, -1 where it does not.

    Whole numbers and their texts are the same id, so that ``1`` finds ``"1"``.

    Examples
    --------
    >>> positions(["b", "x"], ["a", "b"]).tolist()
    [1, -1]
    """
    return key_positions([ids], [among])


def key_positions(keys: list[npt.ArrayLike], among: list[npt.ArrayLike]) -> npt.NDArray[np.int64]:
    """Return where each key of several columns stands first in `among`, -1 where it does not.

    Parameters
    ----------
    keys
        The columns of the keys, each (n,).
    among
        The same columns of the table that is searched, each (m,).

    Examples
    --------
    >>> key_positions([["a", "a"], [1, 2]], [["a", "b"], [2, 2]]).tolist()
    [-1, 0]
    """
    columns = [_joined(known, wanted) for known, wanted in zip(among, keys, strict=True)]
    num_known = len(np.asarray(among[0]))
    codes = key_codes(*columns)
    place = np.full(codes.max(initial=-1) + 1, -1, dtype=np.int64)
    place[codes[:num_known][::-1]] = np.arange(num_known)[::-1]  # the last write, the first, stays
    return place[codes[num_known:]]


def _joined(first: npt.ArrayLike, second: npt.ArrayLike) -> Array:
    left, right = np.asarray(first), np.asarray(second)
    if left.dtype.kind != right.dtype.kind:
        left, right = left.astype(np.str_), right.astype(np.str_)
    return np.concatenate([left, right])


def row_of(key: Any, items: npt.ArrayLike, sites: npt.ArrayLike) -> int:
    """Return the one row of an item, named by its id or, where it is at several sites, with that.

    Parameters
    ----------
    key
        An id, or a tuple of an id and a site.
    items, sites
        The columns that are searched, each (n,).

    Raises
    ------
    KeyError
        When there is no such row, or more than one.

    Examples
    --------
    >>> row_of(("bolt", "Lyon"), ["bolt", "bolt"], ["Nantes", "Lyon"])
    1
    """
    item, site = key if isinstance(key, tuple) else (key, None)
    found = np.asarray(items) == item
    if site is not None:
        found = found & (np.asarray(sites) == site)
    rows = np.flatnonzero(found)
    if len(rows) != 1:
        several = "is at several sites: give (item, site)" if len(rows) else "is not known"
        raise KeyError(f"item {key!r} {several}")
    return int(rows[0])


def day_name(day: date) -> str:
    """Return the id of a date; a time at midnight is named as its day.

    Examples
    --------
    >>> from datetime import datetime
    >>> day_name(date(2026, 3, 1)), day_name(datetime(2026, 3, 1, 8))
    ('2026-03-01', '2026-03-01 08:00:00')
    """
    return str(day).removesuffix(" 00:00:00")


def key_codes(*columns: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return a number for each key of several columns: from 0, in the order in which they come.

    Examples
    --------
    >>> key_codes(["a", "b", "a"], [1, 1, 1]).tolist()
    [0, 1, 0]
    """
    codes, _ = distinct(np.asarray(columns[0]))
    for column in columns[1:]:
        more, _ = distinct(np.asarray(column))
        codes, _ = distinct(codes * (more.max(initial=0) + 1) + more)
    return codes


def distinct(values: Array) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """Return the code of each value, and the distinct values in the order in which they come.

    Values of different types are distinct: ``1``, ``1.0``, ``"1"`` and ``True`` are four.

    Examples
    --------
    >>> codes, values = distinct(np.array(["x", "y", "x"]))
    >>> codes.tolist(), values
    ([0, 1, 0], ['x', 'y'])
    """
    cells = values.tolist() if values.dtype.kind in "OU" else values
    if values.dtype.kind not in "OU" or set(map(type, cells)) == {str}:
        import pandas as pd

        table = np.array(cells, dtype=object) if values.dtype.kind in "OU" else values
        found, uniques = pd.factorize(table, use_na_sentinel=False)
        return found.astype(np.int64), list(uniques.tolist())
    places: dict[Any, int] = {}
    try:
        codes = [places.setdefault((type(cell), cell), len(places)) for cell in cells]
    except TypeError:  # lists and dicts cannot be keys: take every cell for itself
        return np.arange(len(cells)), list(cells)
    return np.array(codes, dtype=np.int64), [value for _, value in places]
