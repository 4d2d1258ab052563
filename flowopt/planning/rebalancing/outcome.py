"""What follows from transfers: the stock after them, and what it all costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.planning.rebalancing.problem import RebalancingProblem

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Balance:
    """The stock before and after transfers.

    Parameters
    ----------
    given, received
        (n,) units that leave and reach each row of the stock.
    after
        (n,) stock then.
    shortage, surplus
        (n,) units below and above the target then.
    """

    given: Floats
    received: Floats
    after: Floats
    shortage: Floats
    surplus: Floats


def balance(problem: RebalancingProblem, quantity: Floats) -> Balance:
    """Return the stock after transfers.

    Parameters
    ----------
    problem
        Stock and lanes.
    quantity
        (K,) units of each pair.
    """
    num, pairs = problem.stock.num_rows, problem.pairs
    given: Floats = np.bincount(pairs.giver, quantity, num).astype(np.float64)
    received: Floats = np.bincount(pairs.taker, quantity, num).astype(np.float64)
    after: Floats = problem.stock["on_hand"] - given + received
    gap = problem.stock["target"] - after
    return Balance(given, received, after, np.maximum(gap, 0.0), np.maximum(-gap, 0.0))


def costs(problem: RebalancingProblem, quantity: Floats) -> dict[str, float]:
    """Return the parts of the cost of transfers.

    Parameters
    ----------
    problem
        Stock and lanes.
    quantity
        (K,) units of each pair.
    """
    now, lanes = balance(problem, quantity), problem.lanes
    sent = np.bincount(problem.pairs.lane, weights=quantity, minlength=lanes.num_rows)
    parts = {
        "transfer_cost": lanes["unit_cost"][problem.pairs.lane] * quantity,
        "fixed_cost": lanes["fixed_cost"] * (sent > 0),
        "shortage_cost": problem.stock["shortage_cost"] * now.shortage,
        "surplus_cost": problem.stock["surplus_cost"] * now.surplus,
    }
    return {name: math.fsum(values.tolist()) for name, values in parts.items()}
