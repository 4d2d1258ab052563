"""A first plan where lanes have fixed costs, minimums or shared room: slope scaling over flows.

Each lane's fixed cost is spread over what the last flow sent on it, and the flow is found again
(Balinski 1961; Kim & Pardalos 1999). Each flow is cut to what the rules allow, which is always
possible, since sending less breaks none but the minimum, and nothing is no less than that.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.planning.rebalancing.engines.flow import cheapest_flow
from flowopt.planning.rebalancing.outcome import costs

if TYPE_CHECKING:
    from flowopt.planning.rebalancing.problem import RebalancingProblem

Floats = npt.NDArray[np.float64]

_ROUNDS = 8
_DUST = 1e-9  # of a pack


def first_plan(problem: RebalancingProblem, run: Run, share: float) -> Floats:
    """Return the best plan of some rounds, nothing at worst: units of each pair.

    Parameters
    ----------
    problem
        Stock and lanes.
    run
        The live options.
    share
        Most that it may take of the time that is left, 0–1.
    """
    pairs, lanes = problem.pairs, problem.lanes
    best = np.zeros(len(pairs))
    least = math.fsum(costs(problem, best).values())
    reach = np.bincount(pairs.lane, problem.available[pairs.giver], lanes.num_rows)
    price = lanes["fixed_cost"] / np.maximum(np.minimum(lanes["capacity"], reach), 1.0)
    part = run.part(share * run.remaining())
    for _ in range(_ROUNDS):
        flow = None if part.stopped() else cheapest_flow(problem, part, price[pairs.lane])
        if flow is None or flow.quantity is None:
            break
        sent = np.bincount(pairs.lane, flow.quantity, lanes.num_rows)
        plan = allowed_plan(problem, flow.quantity)
        cost = math.fsum(costs(problem, plan).values())
        if cost < least:
            best, least = plan, cost
        low = np.maximum(lanes["min_transfer"], 1.0)
        spread = lanes["fixed_cost"] / np.where(sent > 0, sent, 1.0)
        short = np.where(sent < low, 1.0 + 0.5 * price, 0.0) * (lanes["min_transfer"] > 0)
        price = np.where(sent > 0, spread + short, price)
    return best


def allowed_plan(problem: RebalancingProblem, quantity: Floats) -> Floats:
    """Return quantities cut to whole packs, to the room of the lanes, and to their minimums.

    Parameters
    ----------
    problem
        Stock and lanes.
    quantity
        (K,) units of each pair that sites can give.
    """
    pairs, lanes, stock = problem.pairs, problem.lanes, problem.stock
    unit = np.where(pairs.pack_size > 0, pairs.pack_size, 1.0)
    packs = np.floor(quantity / unit + _DUST)
    plan = np.where(pairs.pack_size > 0, packs * unit, quantity)
    sent = np.bincount(pairs.lane, plan, lanes.num_rows)
    full = sent > lanes["capacity"]
    worth = stock["shortage_cost"][pairs.taker] - lanes["unit_cost"][pairs.lane]
    over = np.flatnonzero(full[pairs.lane] & (plan > 0))
    excess = np.where(full, sent - lanes["capacity"], 0.0)
    for pair in over[np.argsort(worth[over], kind="stable")].tolist():
        lane = pairs.lane[pair]
        if excess[lane] > 0:
            cut = excess[lane]
            if pairs.pack_size[pair] > 0:
                cut = np.ceil(cut / unit[pair] - _DUST) * unit[pair]
            cut = min(cut, plan[pair])
            plan[pair] -= cut
            excess[lane] -= cut
    sent = np.bincount(pairs.lane, plan, lanes.num_rows)
    plan[(sent < lanes["min_transfer"])[pairs.lane]] = 0.0
    return plan
