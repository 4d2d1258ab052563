"""Textbook models of single items beside stockpyl, which takes one item at a time.

flowopt solves a batch, stockpyl the first items of the same batch in a loop, both on one core; the
ratio is that of the CPU time of an item. The error is the largest relative one between their costs.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.flow.named import OURS, is_there, timed
from flowopt import inventory

Columns = dict[str, npt.NDArray[Any]]
_CLOSE = 1e-6
_PEER = "stockpyl"


@dataclass(frozen=True)
class Case:
    """A model, its items, and the two ways to solve it.

    Parameters
    ----------
    model
        Name of the function.
    items
        Its arguments as columns.
    ours
        Columns → (n,) costs.
    peer
        One item → its cost.
    num_peer_items
        How many of the items the peer solves.
    target
        CPU seconds that all items may take.
    """

    model: str
    items: Columns
    ours: Callable[..., npt.NDArray[np.float64]]
    peer: Callable[..., float]
    num_peer_items: int
    target: float | None = None

    @property
    def num_items(self) -> int:
        """How many items there are."""
        return len(next(iter(self.items.values())))


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each model and method: CPU seconds of an item, ratio to flowopt, error.

    Parameters
    ----------
    rounds
        How often each method is timed, in turn with the other.
    small
        Whether to take few items, as tests do.
    """
    for case in cases(small):
        peers = _first_items(case) if is_there(_PEER) else []
        found = {OURS: np.array([]), _PEER: np.array([])}
        times: dict[str, list[float]] = {OURS: [], _PEER: []}

        def ours(case: Case = case, found: Any = found) -> None:
            found[OURS] = case.ours(**case.items)

        def peer(case: Case = case, found: Any = found, peers: Any = peers) -> None:
            found[_PEER] = np.array([case.peer(**item) for item in peers])

        ours()  # which also warms up
        for _ in range(rounds):
            times[OURS].append(timed(ours) / case.num_items)
            if peers:
                times[_PEER].append(timed(peer) / len(peers))
        yield from _rows(case, found, times, len(peers))


def _first_items(case: Case) -> list[dict[str, float]]:
    columns = {name: column[: case.num_peer_items].tolist() for name, column in case.items.items()}
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def _rows(case: Case, found: Any, times: Any, num_peers: int) -> Iterator[dict[str, Any]]:
    truth = found[_PEER]
    errors = np.abs(found[OURS][:num_peers] - truth) / np.maximum(np.abs(truth), 1e-12)
    error = float(errors.max(initial=0.0))
    medians = {name: statistics.median(seconds) for name, seconds in times.items() if seconds}
    for name, each in medians.items():
        count = case.num_items if name == OURS else num_peers
        yield {
            "set": "single_item",
            "instance": case.model,
            "method": name,
            "items": count,
            "seconds": each * count,
            "microseconds an item": each * 1e6,
            "ratio": each / medians[OURS],
            "target": case.target if name == OURS else None,
            "error": error,
            "agrees": error <= _CLOSE,
        }


def cases(small: bool = False) -> Iterator[Case]:
    """Yield the models.

    Parameters
    ----------
    small
        Whether to take few items.
    """
    num_items = 50 if small else 100_000
    draw = np.random.default_rng(5).uniform
    yield Case(
        "economic_order_quantity",
        {
            "fixed_cost": draw(1, 100, num_items),
            "holding_cost": draw(0.1, 5, num_items),
            "demand_rate": draw(1, 5000, num_items),
        },
        lambda **items: inventory.economic_order_quantity(**items).cost,
        lambda **item: _stockpyl("eoq").economic_order_quantity(**item)[1],
        min(num_items, 2000),
    )


def _stockpyl(module: str) -> Any:
    import importlib

    return importlib.import_module(f"stockpyl.{module}")
