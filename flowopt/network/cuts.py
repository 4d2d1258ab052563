"""What can reach what in a network, and which lanes, sites and supplies stand in the way.

Sites are split, so that what limits a site or its supply is an arc like any lane::

    root ──supply──▶ entry(i) ──site capacity──▶ exit(i) ──lane──▶ entry(j)
                                                 exit(i) ──demand──▶ sink
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.network.network import Network

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

GIVING_KINDS = ("supplier", "plant")
TOLERANCE = 1e-9
"""Relative; a shortage below it is taken for rounding."""

_RESOLUTION = 2**29  # whole units into which total demand is divided: SciPy counts in int32


@dataclass(frozen=True, eq=False)
class Arcs:
    """The arcs of a network with split sites: its A lanes, then S sites, then the supplies.

    Parameters
    ----------
    source, target
        (M,) nodes: entries of sites 0 … S-1, exits S … 2S-1, root 2S, sink 2S+1.
    capacity
        (M,) most that can move, in units per period.
    givers
        Sites that have a supply, if of 0 units.
    demand
        (S,) demand of each site, all commodities together.
    num_lanes
        A.
    """

    source: Indices
    target: Indices
    capacity: Floats
    givers: Indices
    demand: Floats
    num_lanes: int

    @property
    def num_sites(self) -> int:
        """S."""
        return len(self.demand)

    @property
    def root(self) -> int:
        """The node from which all supply comes."""
        return 2 * self.num_sites

    @property
    def sink(self) -> int:
        """The node to which all demand goes."""
        return 2 * self.num_sites + 1


@dataclass(frozen=True, eq=False)
class Cut:
    """Sites whose demand cannot be met, and all that lets goods into where they are.

    Parameters
    ----------
    lanes
        Positions of the lanes in the cut.
    sites
        Positions of the sites in the cut.
    supplies
        Positions of the sites whose supply is in the cut.
    capacity
        Most that can pass through all of these, in units per period.
    cut_off
        Positions of the sites behind the cut that have a demand.
    demand
        Their demand.
    """

    lanes: Indices
    sites: Indices
    supplies: Indices
    capacity: float
    cut_off: Indices
    demand: float


def arcs_of(network: Network) -> Arcs:
    """Return the arcs of a network."""
    num_sites = network.sites.num_rows
    sites = np.arange(num_sites)
    gives = (network.sites["supply"] > 0) | np.isin(network.sites["kind"], GIVING_KINDS)
    givers = np.flatnonzero(gives)
    return Arcs(
        source=np.concatenate(
            [num_sites + network.lane_source, sites, np.full(len(givers), 2 * num_sites)]
        ),
        target=np.concatenate([network.lane_target, num_sites + sites, givers]),
        capacity=np.concatenate(
            [
                network.lanes["capacity"],
                network.sites["capacity"],
                network.sites["supply"][givers],
            ]
        ),
        givers=givers,
        demand=network.total_demand(),
        num_lanes=network.lanes.num_rows,
    )


def reached(arcs: Arcs, open_arcs: Mask | None = None) -> Mask:
    """Return which nodes goods can reach from the root, over the open arcs; None takes all."""
    chosen = slice(None) if open_arcs is None else open_arcs
    return _reachable(arcs.source[chosen], arcs.target[chosen], arcs.root, arcs.sink + 1)


def leading_to(arcs: Arcs, sites: Indices) -> Mask:
    """Return from which nodes goods can get out of one of the sites."""
    exits = arcs.num_sites + sites
    source = np.concatenate([arcs.source, exits])
    target = np.concatenate([arcs.target, np.full(len(exits), arcs.sink)])
    return _reachable(target, source, arcs.sink, arcs.sink + 1)


def zero_cuts(arcs: Arcs) -> Iterator[Cut]:
    """Yield the cuts of capacity 0 before sites that could be reached but for them."""
    positive = reached(arcs, arcs.capacity > 0)
    exits = slice(arcs.num_sites, arcs.root)
    blocked = (arcs.demand > 0) & reached(arcs)[exits] & ~positive[exits]
    if blocked.any():
        useful = leading_to(arcs, np.flatnonzero(blocked))
        yield from _cuts(arcs, positive, useful, np.where(blocked, arcs.demand, 0.0))


def tight_cuts(arcs: Arcs) -> Iterator[Cut]:
    """Yield the cuts through which less can pass than the sites behind them demand.

    They are those of a maximum flow from the root to the demands that can be reached at all.
    Capacities are rounded up and demands down to a 2⁻²⁹ of total demand, so that every cut is one.
    """
    open_arcs = arcs.capacity > 0
    within = reached(arcs, open_arcs)[arcs.num_sites : arcs.root]
    demand = np.where(within, arcs.demand, 0.0)
    if not demand.any():
        return
    before = _before_minimum_cut(arcs, open_arcs, demand)
    if before is not None:
        useful = np.ones(arcs.sink + 1, dtype=np.bool_)
        for cut in _cuts(arcs, before, useful, demand):
            if cut.demand > cut.capacity * (1 + TOLERANCE):
                yield cut


def _before_minimum_cut(arcs: Arcs, open_arcs: Mask, demand: Floats) -> Mask | None:
    """Return the nodes on the root's side of a minimum cut, or None when all demand can be met."""
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    wanting = np.flatnonzero(demand)
    total = demand.sum()
    unit = _RESOLUTION / total
    needs = np.floor(demand[wanting] * unit).astype(np.int64)
    limits = np.ceil(np.minimum(arcs.capacity[open_arcs], total) * unit).astype(np.int64)
    source = np.concatenate([arcs.source[open_arcs], arcs.num_sites + wanting])
    target = np.concatenate([arcs.target[open_arcs], np.full(len(wanting), arcs.sink)])
    size = arcs.sink + 1
    limit = _matrix(np.concatenate([limits, needs]), source, target, size)
    limit.data = np.minimum(limit.data, _RESOLUTION + 1).astype(np.int32)
    limit.indices, limit.indptr = limit.indices.astype(np.int32), limit.indptr.astype(np.int32)
    result = maximum_flow(limit, arcs.root, arcs.sink)
    if result.flow_value >= needs.sum():
        return None
    residual = limit - result.flow
    residual.eliminate_zeros()
    before = np.zeros(size, dtype=np.bool_)
    before[breadth_first_order(residual, arcs.root, return_predecessors=False)] = True
    return before


def _cuts(arcs: Arcs, before: Mask, useful: Mask, demand: Floats) -> Iterator[Cut]:
    """Yield a cut for each connected part of the nodes that are not before it."""
    behind = ~before
    inside = behind[arcs.source] & behind[arcs.target]
    _, part = linked_parts(arcs.source[inside], arcs.target[inside], arcs.sink + 1)
    exits = slice(arcs.num_sites, arcs.root)
    cut_off = np.flatnonzero((demand > 0) & behind[exits])
    crossing = np.flatnonzero(before[arcs.source] & behind[arcs.target] & useful[arcs.target])
    part_of_site, part_of_arc = part[exits][cut_off], part[arcs.target[crossing]]
    for which in dict.fromkeys(part_of_site.tolist()):
        yield _cut(arcs, crossing[part_of_arc == which], cut_off[part_of_site == which], demand)


def _cut(arcs: Arcs, crossing: Indices, cut_off: Indices, demand: Floats) -> Cut:
    first_supply = arcs.num_lanes + arcs.num_sites
    sites = crossing[(crossing >= arcs.num_lanes) & (crossing < first_supply)]
    return Cut(
        lanes=crossing[crossing < arcs.num_lanes],
        sites=sites - arcs.num_lanes,
        supplies=arcs.givers[crossing[crossing >= first_supply] - first_supply],
        capacity=float(arcs.capacity[crossing].sum()),
        cut_off=cut_off,
        demand=float(demand[cut_off].sum()),
    )


def linked_parts(source: Indices, target: Indices, size: int) -> tuple[int, Indices]:
    """Return how many parts there are that no arc links, and (size,) the part of each node."""
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(source), dtype=np.int8)
    num_parts, part = connected_components(_matrix(ones, source, target, size), directed=False)
    return int(num_parts), part


def _matrix(values: npt.NDArray[Any], source: Indices, target: Indices, size: int) -> Any:
    """Return a sparse matrix of arcs; the values of parallel arcs are added up."""
    from scipy import sparse

    return sparse.coo_array((values, (source, target)), shape=(size, size)).tocsr()


def _reachable(source: Indices, target: Indices, start: int, size: int) -> Mask:
    from scipy.sparse.csgraph import breadth_first_order

    arcs = _matrix(np.ones(len(source), dtype=np.int32), source, target, size)
    mask = np.zeros(size, dtype=np.bool_)
    mask[breadth_first_order(arcs, start, return_predecessors=False)] = True
    return mask
