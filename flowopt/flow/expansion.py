"""A FlowProblem as a plain minimum-cost flow, and the way back.

What sites can do becomes arcs, so that an engine need know nothing but nodes and arcs::

    root ──supply, −unused cost──▶ entry(i) ──site capacity, handling cost──▶ exit(i) ──lane──▶ …
    root ──demand, unmet cost──────────────────────────────────────────────▶ exit(i) ──▶ demand

The root gives what all sites demand together. A site without a limit or a cost of its own has one
node for entry and exit. Supply that must be used has its amount as lower bound. An undirected lane
is an arc each way, both of its capacity: as it costs 0 or more, what goes both ways at once can
stay, so that one of the two is 0 (`Expansion.net`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

_ARCS_OF_SITES = ("through", "supplies", "unmets")


@dataclass(frozen=True, eq=False)
class PureNetwork:
    """A minimum-cost flow of nodes and arcs, in the caller's units.

    Parameters
    ----------
    source, target
        (M,) nodes at the ends of each arc.
    lower, capacity
        (M,) bounds of the flow; a capacity may be inf.
    cost
        (M,) cost of one unit.
    demand
        (K,) what each node takes (> 0) or gives (< 0); 0 for the root.
    root
        The node that gives what the others take together.
    """

    source: IndexArray
    target: IndexArray
    lower: FloatArray
    capacity: FloatArray
    cost: FloatArray
    demand: FloatArray
    root: int

    @property
    def num_nodes(self) -> int:
        """Number of nodes."""
        return len(self.demand)

    @property
    def num_arcs(self) -> int:
        """Number of arcs."""
        return len(self.source)


@dataclass(frozen=True, eq=False)
class Expansion:
    """A problem's plain network, and where its parts are in it.

    Parameters
    ----------
    network
        Nodes and arcs. The arcs are the lanes, then those through sites, then supplies, then unmet
        demands, then undirected lanes the other way.
    entry, exit
        (N,) nodes at which flow enters and leaves each site.
    through, supplies, unmets
        Sites that have an arc of this kind, in the order of the arcs.
    reverses
        Lanes that have an arc the other way, in the order of the arcs.
    """

    network: PureNetwork
    entry: IndexArray
    exit: IndexArray
    through: IndexArray
    supplies: IndexArray
    unmets: IndexArray
    reverses: IndexArray

    @property
    def num_lanes(self) -> int:
        """Number of the problem's lanes."""
        others = (self.through, self.supplies, self.unmets, self.reverses)
        return self.network.num_arcs - sum(map(len, others))

    def split(self, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return per-arc values as those of lanes, through arcs, supplies and unmet demands.

        The arcs of undirected lanes the other way are left out; see `net`.
        """
        parts = (self.num_lanes, len(self.through), len(self.supplies), len(self.unmets))
        lanes, through, supplies, unmets, _ = np.split(values, np.cumsum(parts))
        return lanes, through, supplies, unmets

    def net(self, flow: FloatArray) -> FloatArray:
        """Return the flow of each lane: below 0 where an undirected one carries the other way.

        Parameters
        ----------
        flow
            (M,) flow of each arc.
        """
        lanes = flow[: self.num_lanes]
        if not len(self.reverses):
            return lanes
        lanes = lanes.copy()
        lanes[self.reverses] -= flow[len(flow) - len(self.reverses) :]
        return lanes


def expand(problem: FlowProblem, with_arcs: Mapping[str, IndexArray] | None = None) -> Expansion:
    """Return the plain minimum-cost flow that stands for a problem.

    Parameters
    ----------
    problem
        Sites and lanes.
    with_arcs
        ``"through"``, ``"supplies"`` or ``"unmets"`` → sites that have such an arc even when they
        need none, so that it can be changed later.
    """
    num_sites = len(problem.site_id)
    entry = np.arange(num_sites)
    wanted = {kind: np.zeros(num_sites, dtype=np.bool_) for kind in _ARCS_OF_SITES}
    for kind, sites in (with_arcs or {}).items():
        wanted[kind][sites] = True
    limited = np.isfinite(problem.site_capacity) | (problem.handling_cost != 0)
    through = np.flatnonzero(limited | wanted["through"])
    exits = entry.copy()
    exits[through] = num_sites + np.arange(len(through))
    root = num_sites + len(through)
    supplies = np.flatnonzero((problem.supply > 0) | wanted["supplies"])
    priced = np.isfinite(problem.unmet_cost)
    unmets = np.flatnonzero(priced & ((problem.demand > 0) | wanted["unmets"]))
    reverses = np.flatnonzero(problem.undirected)
    demand = np.zeros(root + 1)
    demand[exits] = problem.demand
    places = entry, exits, through, supplies, unmets, reverses
    arcs = _arcs(problem, root, *places)
    source, target, lower, capacity, cost = (
        np.concatenate(column) for column in zip(*arcs, strict=True)
    )
    network = PureNetwork(source, target, lower, capacity, cost, demand, root)
    return Expansion(network, *places)


def _arcs(
    problem: FlowProblem,
    root: int,
    entry: IndexArray,
    exits: IndexArray,
    through: IndexArray,
    supplies: IndexArray,
    unmets: IndexArray,
    reverses: IndexArray,
) -> tuple[tuple[npt.NDArray[Any], ...], ...]:
    """Return source, target, lower bound, capacity and cost of the arcs of each kind."""
    given, price = problem.supply[supplies], problem.unused_cost[supplies]
    must = np.isinf(price)
    return (
        (
            exits[problem.source],
            entry[problem.target],
            problem.min_flow,
            problem.capacity,
            problem.unit_cost,
        ),
        (
            entry[through],
            exits[through],
            np.zeros(len(through)),
            problem.site_capacity[through],
            problem.handling_cost[through],
        ),
        (
            np.full(len(supplies), root),
            entry[supplies],
            np.where(must, given, 0.0),
            given,
            -np.where(must, 0.0, price),
        ),
        (
            np.full(len(unmets), root),
            exits[unmets],
            np.zeros(len(unmets)),
            problem.demand[unmets],
            problem.unmet_cost[unmets],
        ),
        (
            exits[problem.target[reverses]],
            entry[problem.source[reverses]],
            np.zeros(len(reverses)),
            problem.capacity[reverses],
            problem.unit_cost[reverses],
        ),
    )


def with_forced_supply(expansion: Expansion) -> PureNetwork:
    """Return the network with every supply given in full, where no less can do.

    Where supply and demand come to the same, a solver that knows it is up to fifty times quicker.

    Parameters
    ----------
    expansion
        A problem's network.
    """
    network = expansion.network
    _, _, supplies, unmets = expansion.split(network.capacity)
    if len(unmets) or not np.isfinite(supplies).all():
        return network
    if math.fsum([*supplies.tolist(), *(-network.demand).tolist()]) != 0:  # fsum is exact
        return network
    lower = network.lower.copy()
    first = expansion.num_lanes + len(expansion.through)
    lower[first : first + len(supplies)] = supplies
    return replace(network, lower=lower)
