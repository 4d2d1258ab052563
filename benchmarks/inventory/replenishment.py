"""Replenishment in batch: a million items from and to a frame, and negative binomial fill targets.

There is no peer: stockpyl has no fill targets for these policies. The error is the largest distance
of the service from its target, of real levels, or below it, of whole ones. Peak memory is that of a
process that does nothing else.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.flow.named import OURS, timed
from flowopt import inventory
from flowopt.inventory.kernels.fill_rate import load_fill_rate_kernel

MOST_SECONDS, MOST_GIGABYTES = 8.0, 2.0
"""What a million items may take, from a frame to a frame."""

_IN_A_PROCESS = "from benchmarks.inventory.replenishment import whole; whole({})"


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each problem: CPU seconds, peak memory, and the largest error.

    Parameters
    ----------
    rounds
        How often each is timed.
    small
        Whether to take few items, as tests do.
    """
    yield _from_frame_to_frame(2000 if small else 1_000_000, 1 if small else min(rounds, 3))
    num_items = 1000 if small else 100_000
    for policy, lead_time_sd in (("RS", 0.0), ("RS", 1.0), ("rQ", 0.0)):
        yield _fill_targets(policy, lead_time_sd, num_items, rounds)


def _from_frame_to_frame(num_items: int, rounds: int) -> dict[str, Any]:
    """Return the row of a whole problem, each time in a process of its own."""
    found = []
    for _ in range(rounds):
        command = [sys.executable, "-c", _IN_A_PROCESS.format(num_items)]
        answer = subprocess.run(
            command, check=True, capture_output=True, text=True, env={**os.environ}
        )
        found.append([float(word) for word in answer.stdout.split()])
    seconds, peak, error = (statistics.median(column) for column in zip(*found, strict=True))
    return {
        "set": "replenishment",
        "instance": "normal fill target, frame to frame",
        "method": OURS,
        "items": num_items,
        "seconds": seconds,
        "gigabytes": peak,
        "ratio": None,
        "target": f"≤ {MOST_SECONDS:g} s, ≤ {MOST_GIGABYTES:g} GB",
        "error": error,
        "agrees": error <= 1e-6 and peak <= MOST_GIGABYTES,
    }


def whole(num_items: int) -> None:
    """Solve a problem from a frame to a frame; print CPU seconds, peak memory and largest error."""
    import resource

    import pandas as pd

    draw = np.random.default_rng(0)
    mean = draw.lognormal(3, 1, num_items)
    frame = pd.DataFrame(
        {
            "item": [f"SKU{number}" for number in range(num_items)],
            "demand_mean": mean,
            "demand_sd": mean * draw.uniform(0.1, 0.3, num_items),
            "lead_time": draw.integers(1, 10, num_items).astype(float),
            "distribution": "normal",
            "fill_rate": draw.uniform(0.9, 0.99, num_items),
            "holding_cost": 0.1,
            "fixed_cost": 5.0,
            "on_hand": mean * 3,
        }
    )
    inventory.ReplenishmentProblem.from_frames(frame.head(10)).solve()  # loads what is used
    start = time.process_time()
    solution = inventory.ReplenishmentProblem.from_frames(frame).solve()
    policies, orders = solution.to_frame("policies"), solution.to_frame("orders")
    seconds = time.process_time() - start
    assert len(policies) == len(orders) == num_items
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    error = np.abs(policies["expected_fill_rate"] - frame["fill_rate"]).max()
    print(seconds, peak, error)


def _fill_targets(policy: str, lead_time_sd: float, num_items: int, rounds: int) -> dict[str, Any]:
    """Return the row of the least levels of negative binomial demand."""
    draw = np.random.default_rng(1)
    mean = draw.lognormal(0.5, 1.3, num_items)
    columns: dict[str, Any] = {
        "demand_mean": mean,
        "demand_sd": np.sqrt(mean * draw.uniform(1.1, 6, num_items)),
        "lead_time": draw.integers(1, 10, num_items).astype(float),
        "distribution": "negative_binomial",
        "lead_time_sd": lead_time_sd,
    }
    target = draw.uniform(0.9, 0.99, num_items)
    quantity = np.ceil(5 * mean)
    load_fill_rate_kernel()
    levels: list[npt.NDArray[np.float64]] = []

    def solve() -> None:
        function: Callable[..., Any] = inventory.periodic_order_up_to
        given = {}
        if policy == "rQ":
            function, given = inventory.reorder_point, {"order_quantity": quantity}
        levels.append(function(**columns, **given, fill_rate=target))

    seconds = statistics.median(timed(solve) for _ in range(rounds))
    short = _shortfall(policy, levels[-1], quantity, columns, target)
    varied = ", lead times vary" if lead_time_sd else ""
    return {
        "set": "replenishment",
        "instance": f"negative binomial fill target, {policy}{varied}",
        "method": OURS,
        "items": num_items,
        "seconds": seconds,
        "ratio": None,
        "target": "≤ 0.5 s",
        "error": short,
        "agrees": short <= 1e-9,
    }


def _shortfall(
    policy: str,
    level: npt.NDArray[np.float64],
    quantity: npt.NDArray[np.float64],
    columns: dict[str, Any],
    target: npt.NDArray[np.float64],
) -> float:
    """Return by how much the levels miss their targets at most, by the formulas of performance."""
    if policy == "rQ":
        now = inventory.reorder_point_performance(level, quantity, **columns)
    else:
        now = inventory.order_up_to_performance(level, **columns)
    return float(np.maximum(target - now.fill_rate, 0.0).max())
