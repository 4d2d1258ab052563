"""Policies played: how quickly, beside stockpyl, and whether what was promised comes true.

Speed is that of one core, random demand drawn anew included; the ratio is that of the CPU time of
an item and period. Truth: 200 items of negative binomial demand, the fill rate that the policies
promise against that of 400 000 periods, in points.
"""

from __future__ import annotations

import csv
import gzip
import os
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.flow.named import OURS, is_there, timed
from flowopt import ReplenishmentProblem
from flowopt.inventory import simulate_policy

_PEER = "stockpyl"
_LEAD_TIME = 2
_LEAST_MILLIONS = 80.0
_NOISE = 0.05  # of the cost, between two simulations of which one is short
_MEAN_POINTS, _MOST_POINTS = 0.05, 0.5


@dataclass(frozen=True)
class Case:
    """A policy on a demand, and how the peer calls it.

    Parameters
    ----------
    name
        For the table.
    demand
        Arguments of `simulate_policy` for the demand.
    policy
        Its arguments for the policy.
    peer
        Arguments of stockpyl's ``single_stage_system``; None: it has no such policy.
    """

    name: str
    demand: dict[str, Any]
    policy: dict[str, Any]
    peer: dict[str, Any] | None


_POISSON = {"demand_mean": 5.0, "distribution": "poisson"}
_COUNTED = {"demand_mean": 3.0, "demand_sd": 3.0, "distribution": "negative_binomial"}
_NORMAL = {"demand_mean": 50.0, "demand_sd": 12.0, "distribution": "normal"}
_ERRATIC = {"demand_mean": 50.0, "demand_sd": 25.0, "distribution": "gamma"}
_SLOW = {"demand_mean": 0.4, "demand_sd": 1.1, "distribution": "negative_binomial"}
_PEER_POISSON = {"demand_type": "P", "mean": 5}

CASES = (
    Case(
        "(R,S), Poisson",
        _POISSON,
        {"order_up_to_level": 18.0},
        _PEER_POISSON | {"policy_type": "BS", "base_stock_level": 18},
    ),
    Case(
        "(s,S), Poisson",
        _POISSON,
        {"reorder_point": 12.0, "order_up_to_level": 30.0},
        _PEER_POISSON | {"policy_type": "sS", "reorder_point": 12, "order_up_to_level": 30},
    ),
    Case(
        "(r,Q), Poisson",
        _POISSON,
        {"reorder_point": 15.0, "order_quantity": 20.0},
        _PEER_POISSON | {"policy_type": "rQ", "reorder_point": 15, "order_quantity": 20},
    ),
    Case("(r,Q), negative binomial", _COUNTED, {"reorder_point": 10, "order_quantity": 12}, None),
    Case("(r,Q), slow movers", _SLOW, {"reorder_point": 4, "order_quantity": 4}, None),
    Case(
        "(R,S) in packs, lost sales, negative binomial",
        _COUNTED,
        {"order_up_to_level": 16, "pack_size": 4, "unmet_demand": "lost_sales"},
        None,
    ),
    Case(
        "(R,S), normal",
        _NORMAL,
        {"order_up_to_level": 175.0},
        {"demand_type": "N", "mean": 50, "standard_deviation": 12, "policy_type": "BS",
         "base_stock_level": 175},
    ),
    Case("(R,S), gamma", _ERRATIC, {"order_up_to_level": 220.0}, None),
)  # fmt: skip


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each policy and method, then whether promises come true.

    Parameters
    ----------
    rounds
        How often each method is timed, in turn with the other.
    small
        Whether to play few periods, as tests do.
    """
    for case in CASES:
        yield from _speed(case, rounds, 20_000 if small else 50_000, 10 if small else 200)
    yield _of_a_history(rounds, 2_000 if small else 50_000)
    for policy in ("RS", "rQ"):
        yield _truth(policy, 40_000 if small else 400_000, 50 if small else 200, small)
    if not small:
        yield from _back_tests()


def _speed(case: Case, rounds: int, periods: int, num_items: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of a policy: both methods in turn."""
    found: dict[str, float] = {}
    columns = {name: np.full(num_items, value) for name, value in case.policy.items()}

    def ours() -> None:
        played = simulate_policy(
            **case.demand, **columns, lead_time=_LEAD_TIME, holding_cost=1, stockout_cost=9,
            periods=periods, replications=1, workers=1,
        )  # fmt: skip
        found[OURS] = float(played.cost_per_period.mean())

    methods: dict[str, tuple[Callable[[], None], int]] = {OURS: (ours, periods * num_items)}
    if case.peer is not None and is_there(_PEER):
        count = 20_000 if periods >= 50_000 else 4_000
        methods[_PEER] = (_peer(case.peer, count, found), count)
    ours()  # which also warms up
    times: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(rounds):
        for name, (method, size) in methods.items():
            times[name].append(timed(method) / size)
    medians = {name: statistics.median(each) for name, each in times.items()}
    for name, each in medians.items():
        error = abs(found[_PEER] / found[OURS] - 1) if _PEER in found else None
        yield _row(case.name, name, each, methods[name][1]) | {
            "ratio": each / medians[OURS],
            "error": error,
            "agrees": error is None or error < _NOISE,
        }


def _peer(arguments: dict[str, Any], periods: int, found: dict[str, float]) -> Callable[[], None]:
    """Return what plays one item with stockpyl, whose lead times begin a period later."""

    def play() -> None:
        from stockpyl.sim import simulation
        from stockpyl.supply_chain_network import single_stage_system

        network = single_stage_system(
            holding_cost=1, stockout_cost=9, shipment_lead_time=_LEAD_TIME + 1, **arguments
        )
        cost = simulation(network, periods, rand_seed=7, progress_bar=False)
        found[_PEER] = cost / periods

    return play


def _of_a_history(rounds: int, periods: int) -> dict[str, Any]:
    """Return the row of demand that is given as an array."""
    history = np.random.default_rng(3).poisson(5.0, (200, periods)).astype(np.float64)

    def ours() -> None:
        simulate_policy(history, order_up_to_level=18.0, lead_time=_LEAD_TIME, workers=1)

    ours()
    each = statistics.median([timed(ours) / history.size for _ in range(rounds)])
    return _row("(R,S), a history", OURS, each, history.size) | {"ratio": 1.0, "agrees": True}


def _row(name: str, method: str, each: float, size: int) -> dict[str, Any]:
    return {
        "set": "simulation",
        "instance": name,
        "method": method,
        "item-periods": size,
        "seconds": each * size,
        "millions a second": 1e-6 / each,
        "target": _LEAST_MILLIONS if method == OURS else None,
    }


def promised_items(policy: str, num_items: int) -> ReplenishmentProblem:
    """Return items of negative binomial demand, slow and fast, even and lumpy.

    Parameters
    ----------
    policy
        ``"RS"`` or ``"rQ"``.
    num_items
        How many.
    """
    draw = np.random.default_rng(17)
    mean = np.exp(draw.uniform(np.log(0.2), np.log(30.0), num_items))
    review = draw.integers(1, 5, num_items).astype(np.float64)
    return ReplenishmentProblem.from_arrays(
        policy=policy,
        distribution="negative_binomial",
        demand_mean=mean,
        demand_sd=np.sqrt(mean * draw.uniform(1.1, 4.0, num_items)),
        lead_time=draw.integers(0, 9, num_items).astype(np.float64),
        review_period=review,
        fill_rate=draw.uniform(0.8, 0.99, num_items),
        order_quantity=np.ceil(mean * review * draw.uniform(0.5, 6.0, num_items)),
    )


def _back_tests() -> Iterator[dict[str, Any]]:
    """Yield the rows of real histories: the target, and what the last third of them achieved."""
    home = os.environ.get("FLOWOPT_INSTANCES")
    for name, first, lead_time, tested in (
        ("man_weekly_3451x150", 7, 5, 50),
        ("raf_monthly_5000x84", 4, 2, 24),
    ):
        path = Path(home or ".") / "inv" / "demand" / f"{name}.csv.gz"
        if not path.exists():
            continue
        with gzip.open(path, "rt", newline="") as lines:
            table = list(csv.reader(lines))[1:]
        history = np.array([row[first:] for row in table], dtype=np.float64)
        weeks = np.array([row[lead_time] for row in table], dtype=np.float64)
        for target in (0.9, 0.95):
            yield _back_test(name, history, weeks, target, tested)


def _back_test(
    name: str, history: Any, lead_time: Any, target: float, tested: int
) -> dict[str, Any]:
    problem = ReplenishmentProblem.from_arrays(
        demand_mean=np.ones(len(history)), demand_sd=1.0, lead_time=lead_time, fill_rate=target
    )
    found: dict[str, Any] = {}

    def play() -> None:
        found.update(problem.backtest(history, test_periods=tested, workers=1).summary())

    seconds = timed(play)
    return _row(name, OURS, seconds / history.size, history.size) | {
        "ratio": None,
        "millions a second": None,  # fitting takes most of the time
        "target": f"fill {target:.0%}, told beside what is achieved",
        "promised": found["expected_fill_rate"],
        "achieved": found["fill_rate"],
    }


def _truth(policy: str, periods: int, num_items: int, small: bool) -> dict[str, Any]:
    """Return the row that sets promised beside simulated fill rates."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # (R,S) takes no order quantity
        solution = promised_items(policy, num_items).solve(workers=1)
    errors = np.empty(0)

    def play() -> None:
        nonlocal errors
        played = solution.simulate(periods=periods, replications=1, workers=1)
        errors = 100 * (played.fill_rate - solution.expected_fill_rate)

    seconds = timed(play)
    mean, most = float(errors.mean()), float(np.abs(errors).max())
    slack = 3.0 if small else 1.0  # fewer periods tell less
    return _row(f"promised against simulated fill, {policy}", OURS, seconds / periods / num_items,
                periods * num_items) | {
        "ratio": None,
        "mean points": mean,
        "most points": most,
        "agrees": abs(mean) <= slack * _MEAN_POINTS and most <= slack * _MOST_POINTS,
        "target": "mean ≤ 0.05, most ≤ 0.5 points",
    }  # fmt: skip
