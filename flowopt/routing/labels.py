"""Matrices that carry labels: put in the order of the tables, or refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.ids import positions
from flowopt.routing.parts import Floats, Ints

_MADE_UP = re.compile(r"(column_|f)?\d+")  # names that frame libraries give to bare columns
_SHOWN = 3


def in_table_order(
    name: str, matrix: Floats, values: Any, ids: Sequence[Any], failures: Failures
) -> Floats:
    """Return a matrix with its rows and columns in the order of the tables.

    A frame that is labelled with the ids of depots and clients is put in their order; one that is
    labelled otherwise is a fault. Plain arrays, and frames whose labels only count, are taken to
    be in that order.

    Parameters
    ----------
    name
        Name of the matrix, for the failures.
    matrix
        (n, n) its numbers, as they stand in `values`.
    values
        What the caller gave.
    ids
        The n ids, the depots first, then the clients.
    failures
        Where labels that do not match are collected.

    Examples
    --------
    >>> import pandas as pd
    >>> ways = pd.DataFrame([[0.0, 7.0], [5.0, 0.0]], index=["b", "a"], columns=["b", "a"])
    >>> in_table_order("distance_matrix", ways.to_numpy(), ways, ["a", "b"], Failures())
    array([[0., 5.],
           [7., 0.]])
    """
    rows, columns = _labels(values)
    if matrix.shape != (len(ids), len(ids)) or (rows is None and columns is None):
        return matrix
    own = [str(one) for one in ids]
    known_faults = len(failures)
    if rows is None or columns is None:  # the bare axis can only be in the order of the tables
        axis, labels = ("columns", columns) if rows is None else ("index", rows)
        assert labels is not None
        if _texts(labels) != own:
            _check(name, axis, labels, own, failures)
            if len(failures) == known_faults:
                message = f"has labels on its {axis} alone, in another order than the tables"
                fix = "label its rows and its columns"
                failures.add(name, None, None, None, "unlabelled", message, fix)
        return matrix
    for axis, labels in (("index", rows), ("columns", columns)):
        _check(name, axis, labels, own, failures)
    if len(failures) > known_faults or _texts(rows) == _texts(columns) == own:
        return matrix
    return matrix[np.ix_(_places(own, rows), _places(own, columns))]


def _places(own: list[str], labels: Sequence[Any]) -> Ints:
    return positions(own, _texts(labels))


def _check(name: str, axis: str, labels: Sequence[Any], own: list[str], failures: Failures) -> None:
    """Collect labels that are not the ids, each once."""
    texts = _texts(labels)
    if texts == own:
        return
    strange = [text for text in dict.fromkeys(texts) if text not in set(own)]
    missing = [text for text in dict.fromkeys(own) if text not in set(texts)]
    parts = []
    if strange:
        parts.append(f"{_some(strange)} {'is' if len(strange) == 1 else 'are'} no depot or client")
    if missing:
        parts.append(f"{_some(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    if not parts and len(set(own)) < len(own):
        parts.append("a depot and a client have the same id")
    if not parts and len(set(texts)) < len(texts):
        parts.append("a label stands twice")
    if parts:
        message = "has labels that are not the ids: " + ", ".join(parts)
        fix = "label it with the ids, or give a plain array: the depots first, then the clients"
        failures.add(name, axis, None, None, "unknown_id", message, fix)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more


def _labels(values: Any) -> tuple[list[Any] | None, list[Any] | None]:
    """Return the labels of rows and columns of a frame; None where there are none to speak of."""
    names = getattr(values, "column_names", None)  # pyarrow
    names = getattr(values, "columns", None) if names is None else names
    if names is None or callable(names):
        return None, None
    return _named(getattr(values, "index", None)), _named(names)


def _named(axis: Any) -> list[Any] | None:
    """Return the labels of an axis; None for those that a frame library makes up."""
    if axis is None or callable(axis) or type(axis).__name__ == "RangeIndex":
        return None
    labels = list(axis)
    made_up = all(isinstance(label, str) and _MADE_UP.fullmatch(label) for label in labels)
    return None if made_up and not _of_pandas(axis) else labels


def _of_pandas(axis: Any) -> bool:
    return type(axis).__module__.startswith("pandas")


def _texts(labels: Sequence[Any]) -> list[str]:
    """Return labels as texts, whole numbers of floats without their point."""
    whole = (
        int(label) if isinstance(label, float) and label.is_integer() else label for label in labels
    )
    return [str(label).strip() for label in whole]
