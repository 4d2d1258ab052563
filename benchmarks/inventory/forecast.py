"""Forecasts beside statsforecast, at scale, and on real histories that the methods did not see.

Real histories are looked for in the folder that the environment variable ``FLOWOPT_INSTANCES``
names; without it, generated ones stand in. Out of sample, the last periods are kept from the
methods; ``wape`` is the sum of absolute errors of demand over each item's lead time + review period
over the sum of that demand, ``bias`` its relative excess, ``covered`` the share of items whose
demand stayed within the forecast's 95 % quantile, ``quantile loss`` the loss of that quantile over
demand.
"""

from __future__ import annotations

import csv
import gzip
import os
import statistics
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.flow.named import OURS, is_there, timed
from flowopt.forecast import DemandHistory, croston_sba, quantile_loss

Floats = npt.NDArray[np.float64]
_PEER = "statsforecast"
_CLOSE = 1e-9
_HOLDOUT = 20
_METHODS = ("auto", "ses", "croston_sba", "tsb", "moving_average")


class Histories(NamedTuple):
    """Demand of a set of items.

    Parameters
    ----------
    name
        Of the set.
    demand
        (n, T) units a period.
    interval
        (n,) lead time + review period, periods.
    """

    name: str
    demand: Floats
    interval: Floats


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each set and method.

    Parameters
    ----------
    rounds
        How often each method is timed, in turn with the other.
    small
        Whether to take few items, as tests do.
    """
    sets = list(histories(small))
    for each in sets:
        yield from _croston(each, rounds, small)
    yield from _scale(rounds, small)
    for each in sets:
        yield from _out_of_sample(each, rounds)


def histories(small: bool = False) -> Iterator[Histories]:
    """Yield the sets: real ones where they are, else a generated one."""
    folder = Path(os.environ.get("FLOWOPT_INSTANCES", "")) / "inv" / "demand"
    most = 200 if small else None
    for name, periods, lead_time in (
        ("raf_monthly_5000x84", 84, "lead_time_months"),
        ("man_weekly_3451x150", 150, "lead_time_weeks"),
    ):
        path = folder / f"{name}.csv.gz"
        if path.exists():
            yield _read(path, periods, lead_time, most)
    if not folder.exists():
        demand = np.random.default_rng(1).negative_binomial(0.3, 0.1, (most or 5000, 84))
        yield Histories("generated", demand.astype(np.float64), np.full(len(demand), 4.0))


def _read(path: Path, periods: int, lead_time: str, most: int | None) -> Histories:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        place = next(lines).index(lead_time)
        table = list(lines)[:most]
    demand = np.array([line[-periods:] for line in table], dtype=np.float64)
    lead_times = np.array([line[place] for line in table], dtype=np.float64)
    name = path.name.removesuffix(".csv.gz")
    return Histories(name, demand, np.minimum(lead_times + 1, _HOLDOUT))


def _croston(each: Histories, rounds: int, small: bool) -> Iterator[dict[str, Any]]:
    """Yield Croston-SBA of all items, and of some by the peer, or by a plain loop."""
    history = DemandHistory.from_array(each.demand)
    some = each.demand[: 50 if small else 500]
    name, peer = _peer()
    ours = croston_sba(history)
    truth = np.array([peer(demand) for demand in some])
    error = float(np.abs(ours[: len(some)] - truth).max())
    times: dict[str, list[float]] = {OURS: [], name: []}
    for _ in range(rounds):
        times[OURS].append(timed(lambda: croston_sba(history)) / len(each.demand))
        times[name].append(timed(lambda: [peer(demand) for demand in some]) / len(some))
    medians = {method: statistics.median(seconds) for method, seconds in times.items()}
    for method, count in ((OURS, len(each.demand)), (name, len(some))):
        yield {
            "set": "forecast",
            "instance": f"Croston-SBA, {each.name}",
            "method": method,
            "items": count,
            "seconds": medians[method] * count,
            "microseconds an item": medians[method] * 1e6,
            "ratio": medians[method] / medians[OURS],
            "target": "1 µs a series, 1e-9" if method == OURS else None,
            "error": error,
            "agrees": error <= _CLOSE,
        }


def _peer() -> tuple[str, Callable[[Floats], float]]:
    """Return the peer where it is installed, else a loop that shares no code with flowopt."""
    if not is_there(_PEER):
        return "plain loop", _plain_croston_sba
    import importlib

    model = importlib.import_module("statsforecast.models").CrostonSBA()
    return _PEER, lambda demand: float(model.forecast(demand, h=1)["mean"][0])


def _plain_croston_sba(demand: Floats) -> float:
    places = np.flatnonzero(demand)
    if not len(places):
        return 0.0
    size, interval = demand[places[0]], places[0] + 1.0
    for before, place in pairwise(places.tolist()):
        size = 0.9 * size + 0.1 * demand[place]
        interval = 0.9 * interval + 0.1 * (place - before)
    return float(0.95 * size / interval)


def _scale(rounds: int, small: bool) -> Iterator[dict[str, Any]]:
    """Yield what a whole forecast of many items takes: methods chosen, parameters fitted."""
    num_items = 100 if small else 100_000
    demand = np.random.default_rng(2).negative_binomial(0.4, 0.1, (num_items, 104)).astype(float)
    history = DemandHistory.from_array(demand)
    stock = {"item": np.arange(num_items), "lead_time": np.full(num_items, 4.0)}
    jobs: dict[str, Callable[[], object]] = {
        "auto, fitted": lambda: history.forecast(horizon=1),
        "auto, α = 0.1": lambda: history.forecast(horizon=1, alpha=0.1, beta=0.1),
        "auto, fitted, joined to a table": lambda: history.forecast(horizon=1).join(stock),
    }
    for name, job in jobs.items():
        job()  # which also warms up
        seconds = statistics.median(timed(job) for _ in range(rounds))
        yield {
            "set": "forecast",
            "instance": f"{name}, 104 periods",
            "method": OURS,
            "items": num_items,
            "seconds": seconds,
            "microseconds an item": seconds / num_items * 1e6,
            "ratio": None,
        }


def _out_of_sample(each: Histories, rounds: int) -> Iterator[dict[str, Any]]:
    """Yield how each method does on the periods that were kept from it."""
    past = DemandHistory.from_array(each.demand[:, :-_HOLDOUT])
    first = each.demand.shape[1] - _HOLDOUT
    whole = each.interval.astype(np.int64)
    inside = np.arange(_HOLDOUT) < whole[:, None]
    came = (each.demand[:, first:] * inside).sum(axis=1)
    for method in _METHODS:
        over = past.forecast(method).over(whole)
        level = over.quantile(0.95)
        seconds = statistics.median(timed(lambda m=method: past.forecast(m)) for _ in range(rounds))
        yield {
            "set": "forecast",
            "instance": f"out of sample, {each.name}",
            "method": method,
            "items": past.num_items,
            "seconds": seconds,
            "microseconds an item": seconds / past.num_items * 1e6,
            "ratio": None,
            "wape": _rounded(np.abs(came - over.mean).sum() / came.sum()),
            "bias": _rounded((over.mean - came).sum() / came.sum()),
            "covered": _rounded((came <= level).mean()),
            "quantile loss": _rounded(quantile_loss(came, level, 0.95).sum() / came.sum()),
        }


def _rounded(value: Any) -> float:
    return round(float(value), 4)
