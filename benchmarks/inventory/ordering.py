"""Today's orders of many items under a budget, minimums and packs: speed, and gap to the bound.

No peer takes a shared budget, so there is none beside. The demand is negative binomial, packs and
minimums are mixed, and the budget is 60 % of what would be ordered without it; so is the volume.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.flow.named import OURS, timed
from flowopt.inventory import OrderProblem, OrderSolution

NUM_ITEMS, FEW = 100_000, 500
GAP, SECONDS = 1e-5, 6.0
"""The gap to reach, and the CPU seconds in which."""


def items(num_items: int, seed: int = 3) -> dict[str, Any]:
    """Return a table of items with mixed demand, packs and minimums.

    Parameters
    ----------
    num_items
        How many.
    seed
        Of the random numbers.
    """
    generator = np.random.default_rng(seed)
    mean = generator.lognormal(2, 1.3, num_items)
    lead_time = generator.integers(1, 6, num_items).astype(float)
    pack = generator.choice([1.0, 2, 5, 6, 10, 12, 24], num_items)
    some = generator.random(num_items) < 0.5
    cost = generator.lognormal(2, 1.2, num_items)
    covered = generator.uniform(0, 1.3, num_items)
    return {
        "item": np.arange(num_items),
        "demand_mean": mean,
        "demand_sd": np.sqrt(mean * (1 + generator.lognormal(0.5, 1, num_items))),
        "distribution": ["negative_binomial"] * num_items,
        "lead_time": lead_time,
        "unit_cost": cost,
        "unit_volume": generator.lognormal(-4, 1, num_items),
        "holding_cost": 0.005 * cost,
        "stockout_cost": 0.2 * cost,
        "fixed_cost": np.ones(num_items),
        "min_order_quantity": np.where(some, pack * generator.integers(1, 6, num_items), 0.0),
        "pack_size": pack,
        "on_hand": np.round(mean * (lead_time + 1) * covered),
    }


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each set of limits: CPU seconds from the problem to its checked answer.

    Parameters
    ----------
    rounds
        How often each is timed.
    small
        Whether to take few items, as tests do.
    """
    num_items = FEW if small else NUM_ITEMS
    table = items(num_items)
    free = OrderProblem.from_frames(table).solve(workers=1).quantity
    budget = 0.6 * float(free @ table["unit_cost"])
    volume = 0.6 * float(free @ table["unit_volume"])
    for limits in ({"budget": budget}, {"budget": budget, "volume": volume}):
        problem = OrderProblem.from_frames(table, **limits)
        found: list[OrderSolution] = []

        def solve(problem: OrderProblem = problem, found: Any = found) -> None:
            found.append(problem.solve(workers=1))

        seconds = statistics.median(timed(solve) for _ in range(rounds))
        gap = found[-1].gap
        close = gap is not None and (gap <= GAP or small)
        yield {
            "set": "ordering",
            "instance": f"{num_items} items, MOQ, packs, {' and '.join(limits)}",
            "method": OURS,
            "seconds": seconds,
            "ratio": None,
            "gap": gap,
            "cost": found[-1].cost,
            "target": f"≤ {SECONDS:g} s, gap ≤ {GAP:.3%}",
            "agrees": close,
        }
