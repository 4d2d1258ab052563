"""The residual network of a flow: prices of nodes, cycles that would lower the cost.

A flow has least cost if and only if no cycle of its residual arcs has negative cost (Klein 1967);
then shortest distances from the root are prices that prove it (Ahuja, Magnanti, Orlin: Network
Flows, 1993, theorem 9.3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.flow.expansion import FloatArray, IndexArray, PureNetwork

_COST_TOLERANCE = 1e-15  # of the dearest arc: below it, a saving on a path is rounding
_CYCLE_TOLERANCE = 1e-14  # of a cycle's dearest arc: below it, a saving around it is rounding
_COARSER = 16.0


@dataclass(frozen=True, eq=False)
class _Residual:
    """Both directions of all arcs, sorted by tail.

    Residual arc k < M is arc k, M + k is arc k backwards; `order` holds them by tail.
    """

    start: IndexArray
    order: IndexArray
    tail: IndexArray
    head: IndexArray
    cost: FloatArray

    @classmethod
    def of(cls, network: PureNetwork) -> _Residual:
        from flowopt.flow.kernels.residual import forward_star

        tail = np.concatenate([network.source, network.target])
        start, order = forward_star(tail, network.num_nodes)
        head = np.concatenate([network.target, network.source])[order]
        cost = np.concatenate([network.cost, -network.cost])[order]
        return cls(start, order, tail[order], head, cost)

    def open(self, network: PureNetwork, flow: FloatArray) -> npt.NDArray[np.bool_]:
        """Return which residual arcs can still take flow."""
        both = np.concatenate([flow < network.capacity, flow > network.lower])
        opened: npt.NDArray[np.bool_] = both[self.order]
        return opened


@dataclass(frozen=True, eq=False)
class Certified:
    """A flow of least cost and the prices that prove it.

    Parameters
    ----------
    flow
        (M,) flow of each arc.
    price
        (K,) price of each node: what one more unit taken there would cost.
    cycles_cancelled
        How many cycles still lowered the cost of the flow that was given.
    """

    flow: FloatArray
    price: FloatArray
    cycles_cancelled: int


def certify(network: PureNetwork, flow: FloatArray, run: Run) -> Certified | None:
    """Improve a flow until no cycle lowers its cost, and return it with prices.

    The flow of an engine that rounds costs needs no or few such steps.

    Parameters
    ----------
    network
        Nodes and arcs.
    flow
        (M,) flow that ships what the nodes give and take.
    run
        The live options; None is returned when they end the search.
    """
    residual = _Residual.of(network)
    tolerance = _tolerance(network)
    flow, cancelled = flow.copy(), 0
    while True:
        found = _prices(network, residual, residual.open(network, flow), tolerance)
        if not isinstance(found, _Cycle):
            return Certified(flow, found, cancelled)
        if run.stopped():
            return None
        if _gains(residual, found):
            _cancel(network, flow, residual.order[found.arcs])
            cancelled += 1
        else:  # rounding went round in circles
            tolerance *= _COARSER


@dataclass(frozen=True, eq=False)
class _Cycle:
    """A cycle of negative cost: places in the order of the residual arcs."""

    arcs: IndexArray


def _gains(residual: _Residual, cycle: _Cycle) -> bool:
    """Return whether a cycle's cost, summed exactly, is below 0 by more than rounding."""
    costs = residual.cost[cycle.arcs]
    dearest = float(np.abs(costs).max())
    return math.fsum(costs.tolist()) < -_CYCLE_TOLERANCE * dearest


def _tolerance(network: PureNetwork) -> float:
    return _COST_TOLERANCE * float(np.abs(network.cost).max(initial=0.0))


def _prices(
    network: PureNetwork,
    residual: _Residual,
    is_open: npt.NDArray[np.bool_],
    tolerance: float,
) -> FloatArray | _Cycle:
    """Return prices that no open arc contradicts, or a cycle that shows that there are none.

    A node that one more unit can reach is priced at what that unit costs. To the others no more
    can be sent; their prices hold among themselves and stand as low as the rest allows, which is
    what one unit less would save.
    """
    distance = np.full(network.num_nodes, np.inf)
    distance[network.root] = 0.0
    found = _relaxed(residual, is_open, tolerance, distance)
    if isinstance(found, _Cycle):
        return found
    cut_off = np.isinf(distance)
    if not cut_off.any():
        return distance
    distance[cut_off] = 0.0
    among = is_open & cut_off[residual.head]
    found = _relaxed(residual, among, tolerance, distance)
    if isinstance(found, _Cycle):
        return found
    _lower_components(residual, is_open, cut_off, distance)
    return distance


def _relaxed(
    residual: _Residual, is_open: npt.NDArray[np.bool_], tolerance: float, distance: FloatArray
) -> _Cycle | None:
    """Lower the distances in place; return a cycle of negative cost when there is one."""
    from flowopt.flow.kernels.residual import relax

    parent = np.full(len(distance), -1, dtype=np.int64)
    ends = residual.start, residual.tail, residual.head
    node = relax(*ends, residual.cost, is_open, tolerance, distance, parent)
    if node < 0:
        return None
    arcs = [parent[node]]
    while residual.tail[arcs[-1]] != node:
        arcs.append(parent[residual.tail[arcs[-1]]])
    return _Cycle(np.array(arcs[::-1]))


def _lower_components(
    residual: _Residual,
    is_open: npt.NDArray[np.bool_],
    cut_off: npt.NDArray[np.bool_],
    price: FloatArray,
) -> None:
    """Shift the prices of each connected part of what is cut off as low as they may go."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    tail = residual.tail
    out = is_open & cut_off[tail]
    within, leaving = out & cut_off[residual.head], out & ~cut_off[residual.head]
    links = (np.ones(within.sum()), (tail[within], residual.head[within]))
    part = connected_components(coo_array(links, shape=(len(price),) * 2), directed=False)[1]
    slack = np.full(len(price), np.inf)
    reduced = residual.cost[leaving] + price[tail[leaving]] - price[residual.head[leaving]]
    np.minimum.at(slack, part[tail[leaving]], reduced)
    lowest = np.full(len(price), np.inf)
    np.minimum.at(lowest, part[cut_off], price[cut_off])
    shift = np.where(np.isfinite(slack), slack, lowest)  # tied to nothing: the cheapest is 0
    price[cut_off] -= shift[part[cut_off]]


def _cancel(network: PureNetwork, flow: FloatArray, cycle: IndexArray) -> None:
    """Send all that fits around a cycle of residual arcs."""
    forward = cycle[cycle < network.num_arcs]
    backward = cycle[cycle >= network.num_arcs] - network.num_arcs
    room = np.concatenate(
        [network.capacity[forward] - flow[forward], flow[backward] - network.lower[backward]]
    )
    amount = room.min()
    tight = room <= amount
    flow[forward] += amount
    flow[backward] -= amount
    # what is full is exactly full, so that rounding never leaves a sliver to send again
    full, empty = forward[tight[: len(forward)]], backward[tight[len(forward) :]]
    flow[full] = network.capacity[full]
    flow[empty] = network.lower[empty]


def negative_cycle(network: PureNetwork, usable: npt.NDArray[np.bool_]) -> IndexArray | None:
    """Return the arcs of a cycle of negative cost among the usable ones, None if there is none.

    Parameters
    ----------
    network
        Nodes and arcs.
    usable
        (M,) which arcs the cycle may take.
    """
    from flowopt.flow.kernels.residual import forward_star

    arcs = np.flatnonzero(usable)
    start, order = forward_star(network.source[arcs], network.num_nodes)
    arcs = arcs[order]
    ends = network.source[arcs], network.target[arcs]
    forward = _Residual(start, arcs, *ends, network.cost[arcs])
    everything = np.ones(len(arcs), dtype=np.bool_)
    tolerance = _tolerance(network)
    while True:
        distance = np.zeros(network.num_nodes)
        found = _relaxed(forward, everything, tolerance, distance)
        if found is None:
            return None
        if _gains(forward, found):
            return arcs[found.arcs]
        tolerance *= _COARSER
