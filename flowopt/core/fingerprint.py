"""A short name for the content of an input, so that a result can be traced back to it."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np


def fingerprint(*things: Any) -> str:
    """Return 16 hexadecimal digits that stand for the content of the arguments.

    Parameters
    ----------
    things
        Arrays, dataclasses, mappings, sequences, texts, numbers, None, nested as you like.

    Examples
    --------
    >>> fingerprint(np.arange(3), {"a": 1}) == fingerprint(np.arange(3), {"a": 1})
    True
    >>> fingerprint(np.arange(3)) == fingerprint(np.arange(4))
    False
    """
    digest = hashlib.sha256()
    for thing in things:
        _feed(digest, thing)
    return digest.hexdigest()[:16]


def _feed(digest: Any, thing: Any) -> None:
    digest.update(type(thing).__name__.encode())
    if isinstance(thing, np.ndarray) and thing.dtype.hasobject:  # its bytes are addresses
        _feed(digest, thing.tolist())
    elif isinstance(thing, np.ndarray) and thing.dtype.kind == "U":  # however wide its cells
        width = int(np.strings.str_len(thing).max(initial=1))
        digest.update(f"<U{width}{thing.shape}".encode())
        digest.update(np.ascontiguousarray(thing.astype(f"<U{width}")).tobytes())
    elif isinstance(thing, np.ndarray):
        digest.update(f"{thing.dtype.str}{thing.shape}".encode())
        digest.update(np.ascontiguousarray(thing).tobytes())
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            _feed(digest, (key, value))
    elif dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            _feed(digest, (field.name, getattr(thing, field.name)))
    elif isinstance(thing, (set, frozenset)):  # whose order changes from process to process
        _feed(digest, sorted(thing, key=repr))
    elif isinstance(thing, (list, tuple)):
        for item in thing:
            _feed(digest, item)
        digest.update(b"]")
    else:
        digest.update(repr(thing).encode() + b";")
