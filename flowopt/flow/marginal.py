"""What one more unit costs at each node, from any prices that prove a flow optimal.

Prices that prove a flow optimal are seldom the only ones. Those of one more unit are the shortest
distances from the root over the residual arcs (Ahuja, Magnanti, Orlin: Network Flows, 1993, theorem
9.3), and at the reduced costs of the prices at hand no distance is below 0, most are 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flowopt.flow.expansion import FloatArray, PureNetwork

Flags = npt.NDArray[np.bool_]

_ROUNDING = 2.0**-43  # of the terms of a reduced cost: below it, it is 0


def marginal_prices(
    network: PureNetwork, flow: FloatArray, price: FloatArray, final: bool = False
) -> FloatArray | None:
    """Return the price of each node, None when those given do not prove the flow optimal.

    A node that one more unit can reach is priced at what that unit costs. To the others no more
    can be sent: they are priced at what one unit less would save, as far as the prices of the
    former, which an optimal basis must go with, allow. Nodes tied to neither have their cheapest
    at 0.

    Parameters
    ----------
    network
        Nodes and arcs.
    flow
        (M,) flow that ships what the nodes give and take.
    price
        (K,) prices that may prove it optimal.
    final
        Whether they are known to be the prices of one more unit, if they prove it.
    """
    from flowopt.flow.kernels import marginal as kernel

    price = price - price[network.root]
    arcs = network.source, network.target
    reduced = np.empty(network.num_arcs)
    rises, falls = np.empty((2, network.num_arcs), dtype=np.bool_)
    data = network.lower, network.capacity, network.cost, flow, price
    if not kernel.look(*arcs, *data, _ROUNDING, reduced, rises, falls):
        return None
    if final:
        return price
    stars = kernel.both_stars(*arcs, network.num_nodes)
    residual = (*stars, *arcs, reduced, rises, falls)
    more = np.full(network.num_nodes, np.inf)
    more[network.root] = 0.0
    kernel.spread(*residual, False, more)
    cut_off = np.isinf(more)
    if not cut_off.any():
        price += more
        return price
    less = np.where(cut_off, np.inf, -more)
    kernel.spread(*residual, True, less)
    apart = np.isinf(less)
    price -= np.where(apart, 0.0, less)
    if apart.any():
        _lower_parts(network, (rises, falls), apart, price)
    return price


def _lower_parts(
    network: PureNetwork, opened: tuple[Flags, Flags], apart: Flags, price: FloatArray
) -> None:
    """Shift the prices of each part that sends nothing elsewhere: its cheapest is to be 0.

    Where others could send to it, it must not be dearer than what comes from there.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    tail = np.concatenate([network.source[opened[0]], network.target[opened[1]]])
    head = np.concatenate([network.target[opened[0]], network.source[opened[1]]])
    cost = np.concatenate([network.cost[opened[0]], -network.cost[opened[1]]])
    within, entering = apart[tail] & apart[head], ~apart[tail] & apart[head]
    links = (np.ones(int(within.sum())), (tail[within], head[within]))
    part = connected_components(coo_array(links, shape=(len(price),) * 2), directed=False)[1]
    lowest, room = np.full((2, len(price)), np.inf)
    np.minimum.at(lowest, part[apart], price[apart])
    spare = cost[entering] + price[tail[entering]] - price[head[entering]]
    np.minimum.at(room, part[head[entering]], spare)
    price[apart] += np.minimum(-lowest, room)[part[apart]]
