"""The base of a sweep: the problem's own flow of least cost, laid out for the kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowopt.core.errors import EngineError
from flowopt.core.options import Run
from flowopt.core.status import Status
from flowopt.flow.expansion import IndexArray
from flowopt.flow.simplex import Simplex
from flowopt.flow.sweeps.kernels.layout import HARD, KEPT, PRICED, Base
from flowopt.flow.sweeps.soft import SoftNetwork, Units


@dataclass(frozen=True, eq=False)
class Start:
    """Where a sweep starts from.

    Parameters
    ----------
    base
        The network, its flow and its prices, for the kernels.
    simplex
        The search that found them, at its last basis.
    """

    base: Base
    simplex: Simplex


def start_from(network: SoftNetwork, units: Units, run: Run) -> Start | None:
    """Return the base of a sweep, None when the search was stopped.

    Parameters
    ----------
    network
        Nodes and arcs.
    units
        How they become whole numbers.
    run
        The live options.
    """
    capacity = _capacities(network, units)
    cost = units.costs(network.price, network.weight)
    demand = units.amounts(network.demand, up=False)
    demand[network.root] = 0
    demand[network.root] = -demand.sum()
    simplex = Simplex(network.source, network.target, capacity, cost, -demand, network.root)
    status = simplex.solve(run.stopped)
    if status is Status.NO_SOLUTION_FOUND:
        return None
    if status is not Status.OPTIMAL:
        raise EngineError("the network simplex finds no flow where there always is one")
    base = _lay_out(network, capacity, cost, demand, simplex.flow, simplex.potential)
    return Start(base, simplex)


def _capacities(network: SoftNetwork, units: Units) -> IndexArray:
    """Return capacities in whole numbers; what must be is rounded down, as demand is."""
    up = units.amounts(network.capacity, up=True)
    down = units.amounts(network.capacity, up=False)
    return np.where(np.isin(network.kind, (KEPT, HARD, PRICED)), down, up)


def _lay_out(
    network: SoftNetwork,
    capacity: IndexArray,
    cost: IndexArray,
    demand: IndexArray,
    flow: IndexArray,
    potential: IndexArray,
) -> Base:
    head = np.column_stack([network.target, network.source]).ravel()
    tail = np.column_stack([network.source, network.target]).ravel()
    room = np.column_stack([capacity - flow, flow]).ravel()
    both = np.column_stack([cost, -cost]).ravel()
    reduced = both + potential[tail] - potential[head]
    opened = np.flatnonzero(room > 0)
    sides = [_sorted_arcs(ends[opened], reduced[opened], len(demand)) for ends in (tail, head)]
    arcs = np.stack([opened[order] for _, order in sides])
    return Base(
        head=head.astype(np.int32),
        tail=tail.astype(np.int32),
        room=room,
        capacity=capacity,
        cost=cost,
        price=network.price,
        demand=demand,
        potential=potential,
        kind=network.kind,
        lane=network.lane,
        root=int(network.root),
        start=np.stack([start for start, _ in sides]),
        arcs=arcs.astype(np.int32),
        ends=np.stack([head[arcs[0]], tail[arcs[1]]]).astype(np.int32),
        reduced=np.stack([reduced[arcs[0]], reduced[arcs[1]]]),
    )


def _sorted_arcs(
    ends: IndexArray, reduced: IndexArray, nodes: int
) -> tuple[IndexArray, IndexArray]:
    """Return where the arcs of each node start, and the arcs by node, the cheapest first."""
    order = np.lexsort((reduced, ends))
    start = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=nodes), out=start[1:])
    return start, order
