"""Textbook models of single items beside stockpyl, which takes one item at a time.

flowopt solves a batch, stockpyl the first items of the same batch in a loop, both on one core; the
ratio is that of the CPU time of an item. The error is the largest relative one between their costs;
beside a rule of thumb, the largest by which flowopt's is above it.
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
_ZHENG_FEDERGRUEN = {  # mean demand → s, S at K = 64, h = 1, p = 9
    10: (6, 40), 15: (10, 49), 20: (14, 62), 21: (15, 65), 22: (16, 68), 23: (17, 52),
    24: (18, 54), 25: (19, 56), 30: (23, 66), 35: (28, 77), 40: (33, 87), 45: (37, 97),
    50: (42, 108), 51: (43, 110), 52: (44, 112), 55: (47, 118), 59: (51, 126), 60: (52, 129),
    61: (52, 131), 63: (54, 73), 64: (55, 74), 65: (56, 75), 70: (62, 81), 75: (67, 86),
}  # fmt: skip
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
    better
        Whether the peer has a rule of thumb, so that its costs may be higher.
    """

    model: str
    items: Columns
    ours: Callable[..., npt.NDArray[np.float64]]
    peer: Callable[..., float] | None
    num_peer_items: int
    target: float | None = None
    better: bool = False

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
        peers = _first_items(case) if case.peer and is_there(_PEER) else []
        found = {OURS: np.array([]), _PEER: np.array([])}
        times: dict[str, list[float]] = {OURS: [], _PEER: []}

        def ours(case: Case = case, found: Any = found) -> None:
            found[OURS] = case.ours(**case.items)

        def peer(case: Case = case, found: Any = found, peers: Any = peers) -> None:
            solve: Any = case.peer
            found[_PEER] = np.array([solve(**item) for item in peers])

        ours()  # which also warms up
        for _ in range(rounds):
            times[OURS].append(timed(ours) / case.num_items)
            if peers:
                times[_PEER].append(timed(peer) / len(peers))
        yield from _rows(case, found, times, len(peers))
    yield _published_table(rounds)


def _published_table(rounds: int) -> dict[str, Any]:
    """Return the row of the 24 policies that Zheng & Federgruen (1991) publish."""

    def solve() -> int:
        best = inventory.periodic_review(64, 1, 9, list(_ZHENG_FEDERGRUEN))
        found = zip(best.reorder_point.tolist(), best.order_up_to_level.tolist(), strict=True)
        return sum(pair == known for pair, known in zip(found, known_pairs, strict=True))

    known_pairs = list(_ZHENG_FEDERGRUEN.values())
    met = solve()
    seconds = statistics.median(timed(solve) for _ in range(rounds))
    return {
        "set": "single_item",
        "instance": f"table of Zheng & Federgruen: {met} of {len(known_pairs)} policies",
        "method": OURS,
        "items": len(known_pairs),
        "seconds": seconds,
        "microseconds an item": seconds / len(known_pairs) * 1e6,
        "ratio": None,
        "target": None,
        "error": 1 - met / len(known_pairs),
        "agrees": met == len(known_pairs),
    }


def _first_items(case: Case) -> list[dict[str, float]]:
    columns = {name: column[: case.num_peer_items].tolist() for name, column in case.items.items()}
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def _rows(case: Case, found: Any, times: Any, num_peers: int) -> Iterator[dict[str, Any]]:
    truth = found[_PEER]
    errors = (found[OURS][:num_peers] - truth) / np.maximum(np.abs(truth), 1e-12)
    errors = np.maximum(errors, 0.0) if case.better else np.abs(errors)
    error = float(np.nanmax(errors, initial=0.0))
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
    items = _items(num_items)
    yield from _lots(items)
    yield from _newsvendors(items)
    yield from _batches(items)
    yield from _order_up_to(items)


def _items(num_items: int) -> Columns:
    """Return items whose costs and demand are those of slow and of quick sellers."""
    draw = np.random.default_rng(5)
    holding = draw.uniform(0.5, 2, num_items)
    mean = draw.uniform(1, 60, num_items)
    return {
        "fixed_cost": draw.uniform(5, 100, num_items),
        "holding_cost": holding,
        "stockout_cost": holding * draw.uniform(3, 30, num_items),
        "demand_mean": mean,
        "demand_sd": mean * draw.uniform(0.1, 0.4, num_items),
        "lead_time": draw.integers(0, 4, num_items).astype(np.float64),
    }


def _taken(items: Columns, *names: str) -> Columns:
    return {name: items[name] for name in names}


def _lots(items: Columns) -> Iterator[Case]:
    """Yield the family of the economic order quantity."""
    costs = _taken(items, "fixed_cost", "holding_cost") | {"demand_rate": items["demand_mean"]}
    few = min(len(items["fixed_cost"]), 2000)
    yield Case(
        "economic_order_quantity",
        costs,
        lambda **columns: inventory.economic_order_quantity(**columns).cost,
        lambda **item: _stockpyl("eoq").economic_order_quantity(**item)[1],
        few,
    )
    costs |= _taken(items, "stockout_cost")
    yield Case(
        "eoq_with_backorders",
        costs,
        lambda **columns: inventory.eoq_with_backorders(**columns).cost,
        lambda **item: _stockpyl("eoq").economic_order_quantity_with_backorders(**item)[2],
        few,
    )
    rates = {"disruption_rate": 0.5 + 0 * items["demand_mean"]}
    rates["recovery_rate"] = 10 + 0 * items["demand_mean"]
    yield Case(
        "eoq_with_disruptions",
        costs | rates,
        lambda **columns: inventory.eoq_with_disruptions(**columns).cost,
        lambda **item: _stockpyl("supply_uncertainty").eoq_with_disruptions(**item)[1],
        min(few, 300),
    )


def _newsvendors(items: Columns) -> Iterator[Case]:
    """Yield newsvendors with normal and with Poisson demand."""
    names = ("holding_cost", "stockout_cost", "demand_mean", "lead_time")
    few = min(len(items["lead_time"]), 1000)
    yield Case(
        "newsvendor, normal",
        _taken(items, *names, "demand_sd"),
        lambda **columns: inventory.newsvendor(**columns).cost,
        lambda **item: _stockpyl("newsvendor").newsvendor_normal(**item)[1],
        few,
    )
    yield Case(
        "newsvendor, Poisson",
        _taken(items, *names[:3]),
        lambda **columns: inventory.newsvendor(**columns, distribution="poisson").cost,
        lambda **item: _stockpyl("newsvendor").newsvendor_poisson(**item)[1],
        few,
    )


def _batches(items: Columns) -> Iterator[Case]:
    """Yield (r,Q); the peer has only rules of thumb for normal demand, whose cost it tells."""
    names = ("fixed_cost", "holding_cost", "stockout_cost", "demand_mean", "lead_time")
    chosen = _taken(items, *names, "demand_sd")
    chosen["lead_time"] = chosen["lead_time"] + 1
    yield Case(
        "continuous_review, normal",
        chosen,
        lambda **columns: inventory.continuous_review(**columns).cost,
        _peer_normal_batches,
        min(len(chosen["lead_time"]) // 5, 100),
        0.5,
        better=True,
    )
    chosen = _taken(items, *names) | {"lead_time": chosen["lead_time"]}  # the peer takes no 0
    yield Case(
        "continuous_review, Poisson",
        chosen,
        lambda **columns: inventory.continuous_review(**columns, distribution="poisson").cost,
        lambda **item: _stockpyl("rq").r_q_poisson_exact(**item)[2],
        min(len(chosen["lead_time"]) // 10, 10),
        0.5,
    )


def _peer_normal_batches(**item: float) -> float:
    rq = _stockpyl("rq")
    try:
        r, q = rq.r_q_loss_function_approximation(**item)
    except (OverflowError, ValueError):
        return float("nan")
    return float(rq.r_q_cost(r, q, **item))


def _order_up_to(items: Columns) -> Iterator[Case]:
    """Yield (s,S), without and with lead time; the peer has none with."""
    names = ("fixed_cost", "holding_cost", "stockout_cost", "demand_mean")
    chosen = _taken(items, *names)

    def peer(**item: float) -> float:
        return float(_stockpyl("ss").s_s_discrete_exact(use_poisson=True, **item)[2])

    few = min(len(chosen["demand_mean"]) // 25, 5)
    solve = inventory.periodic_review
    yield Case("periodic_review, Poisson", chosen, lambda **c: solve(**c).cost, peer, few, 1.5)
    chosen = chosen | {"lead_time": items["lead_time"]}
    yield Case(
        "periodic_review, Poisson, lead times 0 to 3",
        chosen,
        lambda **columns: solve(**columns).cost,
        None,
        0,
        1.5,
    )
    yield Case(
        "periodic_review, negative binomial, lead times 0 to 3",
        chosen | {"demand_sd": np.sqrt(2.5 * chosen["demand_mean"])},
        lambda **columns: solve(**columns, distribution="negative_binomial").cost,
        None,
        0,
    )


def _stockpyl(module: str) -> Any:
    import importlib

    return importlib.import_module(f"stockpyl.{module}")
