"""What an optimal flow would do if it could: where capacity costs money, what could change freely.

All is read from the residual network of the answer and its prices; nothing is solved again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.flow.expansion import Expansion, FloatArray, IndexArray, expand

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem
    from flowopt.flow.solution import FlowValues

Mask = npt.NDArray[np.bool_]

_SAME_COST = 1e-11  # of the costs and prices that meet on an arc: less is rounding


@dataclass(frozen=True, eq=False)
class _Priced:
    """An answer on the plain network of its problem.

    Parameters
    ----------
    expansion
        The plain network.
    flow
        (M,) flow of each arc.
    reduced
        (M,) reduced cost of each arc, 0 where it is so by rounding.
    size
        (M,) size of the numbers of which each reduced cost is the difference.
    """

    expansion: Expansion
    flow: FloatArray
    reduced: FloatArray
    size: FloatArray

    @classmethod
    def of(cls, problem: FlowProblem, values: FlowValues) -> _Priced:
        from flowopt.flow.check import throughput

        expansion = expand(problem)
        network = expansion.network
        price = np.zeros(network.num_nodes)
        price[expansion.exit] = values.prices
        price[expansion.entry] = values.entry_prices
        parts = (
            np.where(problem.undirected, np.maximum(values.flow, 0.0), values.flow),
            throughput(problem, values)[expansion.through],
            values.supplied[expansion.supplies],
            values.unmet[expansion.unmets],
            np.maximum(-values.flow[expansion.reverses], 0.0),
        )
        at_source, at_target = price[network.source], price[network.target]
        reduced = network.cost + at_source - at_target
        size = np.abs(network.cost) + np.abs(at_source) + np.abs(at_target)
        reduced[np.abs(reduced) <= _SAME_COST * size] = 0.0
        return cls(expansion, np.concatenate(parts), reduced, size)


# ---- bottlenecks


def check_request(num: int | None, amount: float) -> None:
    """Raise `ValidationError` when bottlenecks are asked for in a way that makes no sense.

    Parameters
    ----------
    num, amount
        See `FlowSolution.bottlenecks`.
    """
    failures = Failures()
    if num is not None and (not isinstance(num, int) or isinstance(num, bool) or num < 1):
        message, fix = "is no number of rows", "give a whole number above 0, or None"
        failures.add("bottlenecks", "num", None, num, "out_of_range", message, fix)
    real = isinstance(amount, (int, float, np.number)) and not isinstance(amount, bool)
    if not real or not 0 < amount < np.inf:
        message, fix = "is no amount", "give a finite number above 0"
        failures.add("bottlenecks", "amount", None, amount, "out_of_range", message, fix)
    failures.raise_if_any()


def bottlenecks(
    problem: FlowProblem, values: FlowValues, amount: float, num: int | None
) -> dict[str, Any]:
    """Return the table of `FlowSolution.bottlenecks`.

    Parameters
    ----------
    problem
        Sites and lanes.
    values
        An optimal answer.
    amount
        How much capacity is added to each in turn, units per period.
    num
        How many rows are wanted; None for all.
    """
    priced = _Priced.of(problem, values)
    arcs, charge = _candidates(problem, priced)
    worth = -priced.reduced[arcs]
    order = np.argsort(-(worth - charge), kind="stable")
    arcs, worth, charge = arcs[order], worth[order], charge[order]
    tolerance = _SAME_COST * priced.size[arcs]
    saving = _savings(priced, arcs, worth, charge, amount, num or 0, tolerance)
    saves = np.flatnonzero(saving > tolerance * amount)
    best = saves[np.argsort(-saving[saves], kind="stable")][:num]
    return _rows(problem, priced.expansion, arcs[best]) | {
        "price": (worth - charge)[best],
        "saving": saving[best],
    }


def _candidates(problem: FlowProblem, priced: _Priced) -> tuple[IndexArray, FloatArray]:
    """Return the arcs that are full at a loss, and what their capacity costs even unused."""
    expansion, network = priced.expansion, priced.expansion.network
    full = (priced.flow >= network.capacity) & (priced.reduced < 0)
    charge = np.zeros(network.num_arcs)
    first = expansion.num_lanes + len(expansion.through)
    supplies = slice(first, first + len(expansion.supplies))
    price = problem.unused_cost[expansion.supplies]
    charge[supplies] = np.where(np.isinf(price), 0.0, price)
    full[supplies] &= np.isfinite(price)  # supply that must be used is no limit but a duty
    unmets = slice(supplies.stop, supplies.stop + len(expansion.unmets))
    full[unmets] = False  # demand is no capacity
    arcs = np.flatnonzero(full & (-priced.reduced > charge))
    return arcs, charge[arcs]


def _savings(
    priced: _Priced,
    arcs: IndexArray,
    worth: FloatArray,
    charge: FloatArray,
    amount: float,
    num: int,
    tolerance: FloatArray,
) -> FloatArray:
    from flowopt.flow.kernels.savings import savings

    network = priced.expansion.network
    tail = np.concatenate([network.source, network.target])
    head = np.concatenate([network.target, network.source])
    both = np.concatenate([priced.reduced, -priced.reduced])
    room = np.concatenate([network.capacity - priced.flow, priced.flow - network.lower])
    order = np.lexsort((both, room <= 0, tail))
    start = np.concatenate([[0], np.bincount(tail, minlength=network.num_nodes).cumsum()])
    is_open = np.bincount(tail[room > 0], minlength=network.num_nodes)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    back = place[(order + network.num_arcs) % len(order)] if len(order) else order
    return savings(
        start,
        start[:-1] + is_open,
        tail[order],
        head[order],
        back,
        both[order],
        room[order],
        network.source[arcs],
        network.target[arcs],
        worth,
        charge,
        amount,
        num,
        tolerance,
    )


def _rows(problem: FlowProblem, expansion: Expansion, arcs: IndexArray) -> dict[str, Any]:
    """Return what the arcs are, in the user's ids; a site is both ends of its arc."""
    lanes = expansion.num_lanes
    first_unmet = lanes + len(expansion.through) + len(expansion.supplies)
    sites = np.concatenate([expansion.through, expansion.supplies])
    kind = np.full(expansion.network.num_arcs, "lane", dtype="<U6")
    kind[lanes : lanes + len(expansion.through)] = "site"
    kind[lanes + len(expansion.through) : first_unmet] = "supply"
    source = np.concatenate([problem.source, sites])
    target = np.concatenate([problem.target, sites])
    row = arcs.copy()
    reverse = arcs >= expansion.network.num_arcs - len(expansion.reverses)
    row[reverse] = expansion.reverses[
        arcs[reverse] - (expansion.network.num_arcs - len(expansion.reverses))
    ]
    columns = {
        "kind": kind[row],
        "source": problem.site_id[source[row]],
        "target": problem.site_id[target[row]],
    }
    if problem.mode is not None:
        named = np.concatenate([problem.mode, np.full(len(sites), "")])
        columns["mode"] = named[row]
    return columns | {"capacity": expansion.network.capacity[arcs]}


# ---- alternatives


@dataclass(frozen=True, eq=False)
class Alternatives:
    """What differs among the flows of least cost.

    Parameters
    ----------
    lanes
        (A,) lanes that could carry more or less.
    any
        Whether anything could change at all, supplies and unmet demand included.
    """

    lanes: Mask
    any: bool


def alternatives(problem: FlowProblem, values: FlowValues) -> Alternatives:
    """Return what could change at no cost: all that lies on residual cycles of cost 0.

    Such a cycle has reduced cost 0 on all its arcs, and does not go there and back on one of them.
    So its arcs are those within a strongly connected component of the free arcs that are no bridge
    of it: were an arc that is open both ways no bridge, and no other way led from one of its ends
    to the other, then what can be reached without it would be left, or entered, by an arc that
    makes such a way.

    Parameters
    ----------
    problem
        Sites and lanes.
    values
        An optimal answer.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    priced = _Priced.of(problem, values)
    expansion, network = priced.expansion, priced.expansion.network
    there, back = _free(problem, priced)
    tail = np.concatenate([network.source[there], network.target[back]])
    head = np.concatenate([network.target[there], network.source[back]])
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(network.num_nodes,) * 2)
    part = connected_components(graph, connection="strong")[1]
    within = (there | back) & (part[network.source] == part[network.target])
    change = within.copy()
    change[within] = ~_bridges(priced, within)
    lanes = change[: expansion.num_lanes].copy()
    lanes[expansion.reverses] |= change[network.num_arcs - len(expansion.reverses) :]
    return Alternatives(lanes, bool(change.any()))


def _free(problem: FlowProblem, priced: _Priced) -> tuple[Mask, Mask]:
    """Return which arcs could carry more, and which less, at no cost of their own.

    The two arcs of an undirected lane are one: less one way comes before more the other way.
    """
    expansion, network = priced.expansion, priced.expansion.network
    free = priced.reduced == 0
    there = free & (priced.flow < network.capacity)
    back = free & (priced.flow > network.lower)
    forward = expansion.reverses
    backward = np.arange(network.num_arcs - len(forward), network.num_arcs)
    there[backward[priced.flow[forward] > 0]] = False
    there[forward[priced.flow[backward] > 0]] = False
    plain = expansion.entry == expansion.exit
    ends = plain[problem.source[forward]] & plain[problem.target[forward]]
    idle = ends & (priced.flow[forward] == 0) & (priced.flow[backward] == 0)
    back[forward[idle]] = there[backward[idle]]
    there[backward[idle]] = False
    return there, back


def _bridges(priced: _Priced, within: Mask) -> Mask:
    from flowopt.flow.kernels.alternatives import bridges
    from flowopt.flow.kernels.residual import forward_star

    network = priced.expansion.network
    source, target = network.source[within], network.target[within]
    start, order = forward_star(np.concatenate([source, target]), network.num_nodes)
    head = np.concatenate([target, source])[order]
    found: Mask = bridges(start, head, np.tile(np.arange(len(source)), 2)[order])
    return found
