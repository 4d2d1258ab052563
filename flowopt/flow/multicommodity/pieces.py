"""Flows of blocks taken apart into the paths of their demands."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowopt.flow.multicommodity.generation import FloatArray, IndexArray, Routing
from flowopt.flow.multicommodity.layout import Layout

_NOISE = 1e-10  # of the largest amount: a flow that counts as none

Piece = tuple[int, int, float, IndexArray]
"""Demand, origin, flow and lanes of a path."""


def paths_of_block(
    layout: Layout, block: int, flow: FloatArray, given: FloatArray, unmet: FloatArray
) -> list[Piece]:
    """Return the flow of a block as paths, each for one demand.

    Parameters
    ----------
    layout, block
        Which block.
    flow
        (A,) what flows on each lane; changed in place.
    given
        (N,) what each site gives; changed in place.
    unmet
        (D,) demand left unmet.
    """
    from flowopt.flow.kernels.decomposition import cancel_cycles, follow_paths
    from flowopt.flow.kernels.residual import forward_star

    demands = np.arange(layout.demand_start[block], layout.demand_start[block + 1])
    left = layout.quantity[demands] - unmet[demands]
    taken = np.zeros(layout.num_sites)
    np.add.at(taken, layout.demand_site[demands], left)
    noise = np.full(layout.num_sites, _NOISE * float(taken.max(initial=0.0)))
    source, target = layout.source.copy(), layout.target.copy()  # one kind of array to compile
    star = *forward_star(source, layout.num_sites), source, target
    flow[flow <= noise[0]] = 0.0
    cancel_cycles(*star, flow)
    first, last, amount, offsets, lanes = follow_paths(*star, flow, given, taken.copy(), noise)
    pieces: list[Piece] = []
    waiting: dict[int, list[list[Any]]] = {int(site): [] for site in layout.demand_site[demands]}
    for i, demand in enumerate(demands.tolist()):
        waiting[int(layout.demand_site[demand])].append([demand, float(left[i])])
    for path in range(len(amount)):
        rest, queue = float(amount[path]), waiting[int(last[path])]
        ways = lanes[offsets[path] : offsets[path + 1]]
        while rest > 0 and queue:
            part = rest if len(queue) == 1 else min(rest, queue[0][1])
            pieces.append((queue[0][0], int(first[path]), part, ways))
            rest -= part
            queue[0][1] -= part
            if len(queue) > 1 and queue[0][1] <= 0:
                queue.pop(0)
    return pieces


def joined(
    layout: Layout,
    parts: list[list[Piece]],
    unmet: FloatArray,
    price: FloatArray,
    bound: float,
) -> Routing:
    """Return the paths of all blocks together, which serve exactly what is not unmet.

    Parameters
    ----------
    layout
        The blocks.
    parts
        The paths of each.
    unmet
        (D,) demand left unmet.
    price, bound
        (R,) prices of the rows, and what they prove.
    """
    pieces = [piece for part in parts for piece in part if piece[2] > 0]
    demand = np.array([piece[0] for piece in pieces], dtype=np.int64)
    flow = np.array([piece[2] for piece in pieces], dtype=np.float64)
    lanes = [piece[3] for piece in pieces]
    served = np.bincount(demand, weights=flow, minlength=len(layout.quantity))
    wanted = layout.quantity - unmet
    scale = np.divide(wanted, served, out=np.ones(len(served)), where=served > 0)
    count = np.array([len(ways) for ways in lanes], dtype=np.int64)
    return Routing(
        demand=demand,
        origin=np.array([piece[1] for piece in pieces], dtype=np.int64),
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        lane=np.concatenate([np.zeros(0, dtype=np.int64), *lanes]),
        flow=flow * scale[demand],
        unmet=unmet,
        excess=np.zeros(len(layout.capacity)),
        price=price,
        cost=math.nan,
        bound=bound,
    )
