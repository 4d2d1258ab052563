"""A problem's network that always has an answer, in whole numbers, with what scenarios may change.

What must be (demand without a price for going unmet, minimum flows, supply that must be used) may
be missed, at a cost per unit that no path comes to. So an infeasible scenario has an answer too: as
few units as possible are missed, and what can be served is served at least cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.flow.expansion import Expansion, FloatArray, IndexArray, expand
from flowopt.flow.scaling import decimal_factor, power_of_two
from flowopt.flow.sweeps.kernels.layout import HARD, KEPT, LANE, PRICED, REVERSE, SUPPLY, THROUGH

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem
    from flowopt.flow.sweeps.scenarios import Scenarios

_FLOW_BITS = 2.0**45  # of the largest flow
_SUM_BITS = 2.0**57  # of the capacities of all arcs at a node
_COST_BITS = 2.0**56  # of what a missed unit costs, times the number of nodes
_FINEST_COST = 2.0**40  # of the dearest cost: finer ones only take longer
_LEAST_COST = 1e-200  # of a path: less is nothing
_SLACK = 2.0**-42  # of an inexact bound: sums that the caller made of floats are as inexact


@dataclass(frozen=True, eq=False)
class Places:
    """Where a problem's parts are among the arcs; -1 where there is none.

    Parameters
    ----------
    reverse, kept
        (A,) arc of each lane the other way, and of its minimum flow.
    through, supply, forced, unmet
        (N,) arc of each site: what passes, supply, supply that must be used, unmet demand.
    exit
        (N,) node at which demand stands.
    """

    reverse: IndexArray
    kept: IndexArray
    through: IndexArray
    supply: IndexArray
    forced: IndexArray
    unmet: IndexArray
    exit: IndexArray


@dataclass(frozen=True, eq=False)
class SoftNetwork:
    """Nodes and arcs in the caller's units; every lower bound has become an arc of its own.

    Parameters
    ----------
    source, target, capacity, price
        (M,) arcs: ends, most that they carry, cost of one unit.
    weight
        (M,) how many missed units one unit adds (1), or saves (-1).
    kind, lane
        (M,) see `flowopt.flow.sweeps.kernels.layout.Base`.
    demand, root
        See `PureNetwork`.
    places
        Where a problem's parts are.
    """

    source: IndexArray
    target: IndexArray
    capacity: FloatArray
    price: FloatArray
    weight: IndexArray
    kind: npt.NDArray[np.uint8]
    lane: IndexArray
    demand: FloatArray
    root: int
    places: Places

    @property
    def num_nodes(self) -> int:
        """Number of nodes."""
        return len(self.demand)


def soften(problem: FlowProblem, scenarios: Scenarios) -> SoftNetwork:
    """Return the network of a problem, with an arc for all that some scenario changes.

    Parameters
    ----------
    problem
        Sites and lanes.
    scenarios
        What will change.
    """
    demanding = scenarios.places("demand")
    expansion = expand(
        problem,
        {
            "through": scenarios.places("site_capacity", "handling_cost"),
            "supplies": scenarios.places("supply"),
            "unmets": demanding,
        },
    )
    network = expansion.network
    wanting = problem.demand > 0
    wanting[demanding] = True
    hard = np.flatnonzero(wanting & ~np.isfinite(problem.unmet_cost))
    bound = _bound_below(problem, expansion)
    kind, lane = _kinds(expansion)
    arcs, kept = network.num_arcs, len(bound)
    column = np.concatenate
    return SoftNetwork(
        column([network.source, network.source[bound], np.full(len(hard), network.root)]),
        column([network.target, network.target[bound], expansion.exit[hard]]),
        column([network.capacity - network.lower, network.lower[bound], problem.demand[hard]]),
        column([network.cost, network.cost[bound], np.zeros(len(hard))]),
        np.repeat([0, -1, 1], [arcs, kept, len(hard)]),
        column([kind, np.repeat([KEPT, HARD], [kept, len(hard)])]).astype(np.uint8),
        column([lane, lane[bound], np.full(len(hard), -1)]),
        network.demand,
        network.root,
        _places(problem, expansion, bound, hard),
    )


def _bound_below(problem: FlowProblem, expansion: Expansion) -> IndexArray:
    """Return the arcs that must carry something, now or in a scenario."""
    must = expansion.network.lower > 0
    first = expansion.num_lanes + len(expansion.through)
    forced = np.flatnonzero(np.isinf(problem.unused_cost[expansion.supplies]))
    must[first + forced] = True
    return np.flatnonzero(must)


def _parts(expansion: Expansion) -> list[int]:
    sites = expansion.through, expansion.supplies, expansion.unmets
    return [expansion.num_lanes, *map(len, sites), len(expansion.reverses)]


def _kinds(expansion: Expansion) -> tuple[IndexArray, IndexArray]:
    parts = _parts(expansion)
    kind = np.repeat([LANE, THROUGH, SUPPLY, PRICED, REVERSE], parts)
    others = np.full(sum(parts[1:4]), -1)
    return kind, np.concatenate([np.arange(parts[0]), others, expansion.reverses])


def _places(
    problem: FlowProblem, expansion: Expansion, bound: IndexArray, hard: IndexArray
) -> Places:
    parts = _parts(expansion)
    starts = np.cumsum([0, *parts])
    lanes, sites = problem.num_lanes, problem.num_sites

    def among(count: int, things: IndexArray, first: int) -> IndexArray:
        place = np.full(count, -1)
        place[things] = first + np.arange(len(things))
        return place

    arcs = starts[-1]
    copies = arcs + np.arange(len(bound))
    of_lane = bound < lanes
    kept, forced = np.full(lanes, -1), np.full(sites, -1)
    kept[bound[of_lane]] = copies[of_lane]
    forced[expansion.supplies[bound[~of_lane] - starts[2]]] = copies[~of_lane]
    unmet = among(sites, expansion.unmets, starts[3])
    unmet[hard] = arcs + len(bound) + np.arange(len(hard))
    return Places(
        among(lanes, expansion.reverses, starts[4]),
        kept,
        among(sites, expansion.through, starts[1]),
        among(sites, expansion.supplies, starts[2]),
        forced,
        unmet,
        expansion.exit,
    )


@dataclass(frozen=True, eq=False)
class Units:
    """How quantities and costs become whole numbers.

    Parameters
    ----------
    quantity, cost
        Whole number = factor × value, rounded where it must be.
    exact
        Whether no quantity is rounded.
    largest
        Quantity that no flow of least cost exceeds on any arc.
    most
        A little more, in whole numbers: what stands for "no limit".
    missed
        Cost of a missed unit: more than that of any path without one.
    """

    quantity: float
    cost: float
    exact: bool
    largest: float
    most: int
    missed: int

    def amounts(self, values: npt.ArrayLike, up: bool) -> IndexArray:
        """Return quantities in whole numbers, rounded up (capacities) or down (demands).

        Parameters
        ----------
        values
            Quantities; inf becomes `most`.
        up
            Whether inexact ones are rounded up.
        """
        amounts = np.asarray(values, dtype=np.float64)
        whole = np.where(amounts > self.largest, self.most, amounts * self.quantity)
        if not self.exact:
            whole = np.ceil(whole * (1 + _SLACK)) if up else np.floor(whole * (1 - _SLACK))
        capped: IndexArray = np.rint(np.minimum(whole, self.most)).astype(np.int64)
        return capped

    def costs(self, values: FloatArray, weight: npt.ArrayLike) -> IndexArray:
        """Return costs in whole numbers.

        Parameters
        ----------
        values
            Costs of one unit.
        weight
            Missed units that each unit adds (1) or saves (-1).
        """
        whole: IndexArray = np.rint(values * self.cost).astype(np.int64)
        whole += self.missed * np.asarray(weight)
        return whole


def units_of(network: SoftNetwork, scenarios: Scenarios) -> Units:
    """Return the units in which a network and all its scenarios are whole numbers.

    Parameters
    ----------
    network
        Nodes and arcs.
    scenarios
        What will change.
    """
    amounts = scenarios.values("capacity", "demand", "supply", "site_capacity")
    most = _most_flow(network, scenarios)
    finite = np.concatenate([network.capacity, network.demand[: network.root], amounts])
    finite = finite[finite <= most]
    degree = np.bincount(np.concatenate([network.source, network.target]), minlength=1).max()
    limit = min(_FLOW_BITS, _SUM_BITS / max(degree, 1))
    factor = decimal_factor(finite)
    exact = factor is not None and most * factor <= limit
    if factor is None or not exact:
        factor = power_of_two(limit, max(most, 1e-300))
    cost, missed = _cost_units(network, scenarios)
    return Units(factor, cost, exact, most, int(np.ceil(most * factor)) + 1, missed)


def _most_flow(network: SoftNetwork, scenarios: Scenarios) -> float:
    """Return a quantity that some flow of least cost exceeds on no arc, in any scenario.

    Such a flow is made of paths, which carry what sites want, and of cycles that gain, which take
    up the capacity of an arc: of one that gains, unless one of these has no limit.
    """
    places = network.places
    demand = np.where(np.arange(network.num_nodes) == network.root, 0.0, network.demand)
    _raise(demand, places.exit, scenarios, "demand")
    capacity = np.where(np.isfinite(network.capacity), network.capacity, 0.0)
    for kind, place in (
        ("capacity", np.arange(len(capacity))),
        ("supply", places.supply),
        ("supply", places.forced),
        ("site_capacity", places.through),
    ):
        _raise(capacity, place, scenarios, kind)
    gains = (network.price < 0).any() or (scenarios.values("unit_cost") < 0).any()
    needed = demand.sum() + capacity[network.kind == KEPT].sum()
    return float(needed + (capacity.sum() if gains else 0.0))


def _raise(most: FloatArray, place: IndexArray, scenarios: Scenarios, kind: str) -> None:
    """Raise what stands in `most`, in place, to the largest finite value of any scenario."""
    arcs, value = place[scenarios.places(kind)], np.abs(scenarios.values(kind))
    counted = np.isfinite(value) & (arcs >= 0)
    np.maximum.at(most, arcs[counted], value[counted])


def _cost_units(network: SoftNetwork, scenarios: Scenarios) -> tuple[float, int]:
    """Return the factor of costs, and what a missed unit costs."""
    nodes = network.num_nodes
    largest = np.abs(network.price)
    _raise(largest, np.arange(len(largest)), scenarios, "unit_cost")
    _raise(largest, network.places.through, scenarios, "handling_cost")
    either = np.flatnonzero(network.places.reverse >= 0)
    largest[network.places.reverse[either]] = largest[either]
    dearest = np.zeros(nodes)
    for end in (network.source, network.target):
        np.maximum.at(dearest, end, largest)
    longest = float(dearest.sum())  # a path leaves every node but once
    changed = np.unique(scenarios.values("unit_cost", "handling_cost"))
    every = np.concatenate([network.price, changed])
    top = float(np.abs(every).max(initial=0.0))
    if top == 0.0:
        return 1.0, 1
    most = _COST_BITS / ((nodes + 2) * max(longest, _LEAST_COST))
    factor = decimal_factor(every)
    if factor is None or factor > most:
        factor = min(power_of_two(_FINEST_COST, top), power_of_two(most, 1.0))
    return factor, int(np.ceil(longest * factor)) + nodes + 1
