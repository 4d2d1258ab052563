"""Uncapacitated location by dual ascent: a bound, a design, and what the best cannot use.

Without capacities and limits, each client is served by the cheapest open site, so that raising
what clients pay until sites are paid for gives a bound near the optimum in no time; and whatever
would cost more than the gap can be left out of the model that is then proven (reduced-cost fixing).
(Erlenkotter 1978; Körkel 1989.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.flow.design.model import DesignModel
from flowopt.flow.design.states import FREE

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

SMALLEST = 20_000
"""Flows from which on dual ascent saves more time than it takes."""

_SAFE = 1e-7  # of the cost: nothing is left out for less
_PASSES = 20
_STEPS = 10  # of the local search between two looks at the clock
_MOST_SWAPS = 20_000_000
"""Sites times arcs up to which sites are swapped."""

_MOST_WORK = 5_000_000_000
"""Prices lowered times arcs: a few seconds at most."""


@dataclass(frozen=True, eq=False)
class Location:
    """Clients, sites, and what it costs to serve the ones from the others.

    Parameters
    ----------
    start, site, cost
        Arcs, one client after another, the cheapest first; `site` counts only sites that serve,
        and, where demand may stay unmet, a last one that leaves it so, free to open.
    column
        Flow (or unmet demand) of the model that each arc is.
    fixed
        (I,) cost of each site.
    place
        Position of each site of the problem among those that serve, -1 for the others.
    """

    start: IndexArray
    site: IndexArray
    cost: FloatArray
    column: IndexArray
    fixed: FloatArray
    place: IndexArray


@dataclass(frozen=True, eq=False)
class Ascent:
    """What dual ascent found.

    Parameters
    ----------
    columns
        (n,) values of the model's columns of a design.
    bound
        Lower bound on the cost.
    upper
        (n,) upper bounds of the columns, 0 where no better design uses one.
    """

    columns: FloatArray
    bound: float
    upper: FloatArray


def location_of(problem: DesignProblem, model: DesignModel) -> Location | None:
    """Return a problem as uncapacitated location; None when it is more than that.

    Parameters
    ----------
    problem
        The problem.
    model
        Its model.
    """
    plain = {"balance", "joint_supply", "link_source", "served_when_open"}
    if any(block.size for name, block in model.rows.items() if name not in plain):
        return None
    if model.rows["joint_supply"].size or model.rows["served_when_open"].size:
        return None
    flow, unmet = model.columns["flow"], model.columns["unmet"]
    lane, goods, period = flow.keys
    source, target = problem.source[lane], problem.target[lane]
    wanted = problem.demand[target, goods, period]
    amount = model.linear.upper[flow.places]
    begins = ~np.isin(source, target) & np.isinf(problem.supply[source, goods])
    if not begins.all() or not (amount == wanted).all() or problem.supply[target, goods].any():
        return None
    shape = problem.demand.shape
    client = np.concatenate(
        [
            np.ravel_multi_index((target, goods, period), shape),
            np.ravel_multi_index(unmet.keys, shape),
        ]
    )
    unmet_amount = model.linear.upper[unmet.places]
    cost = np.concatenate(
        [model.linear.cost[flow.places] * amount, model.linear.cost[unmet.places] * unmet_amount]
    )
    site = np.concatenate([source, np.full(unmet.size, problem.num_sites)])
    fixed = np.append(np.where(problem.site_states == FREE, problem.site_fixed_cost, 0.0), 0.0)
    serving, site = np.unique(site, return_inverse=True)
    place = np.full(problem.num_sites + 1, -1)
    place[serving] = np.arange(len(serving))
    order = np.lexsort((cost, client))
    clients, counts = np.unique(client, return_counts=True)
    if len(clients) < np.count_nonzero(problem.demand):
        return None  # somebody cannot be served at all
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    column = np.concatenate(
        [np.arange(flow.size) + flow.start, np.arange(unmet.size) + unmet.start]
    )
    return Location(start, site[order], cost[order], column[order], fixed[serving], place)


def load_kernels() -> float:
    """Compile the kernels, or load them; return the seconds it took.

    Examples
    --------
    >>> load_kernels() < 3600
    True
    """
    import time

    begin = time.perf_counter()
    tiny = Location(
        np.array([0, 2]),
        np.array([0, 1]),
        np.array([1.0, 2.0]),
        np.arange(2),
        np.ones(2),
        np.arange(2),
    )
    _search(tiny, None)
    return time.perf_counter() - begin


def ascend(
    problem: DesignProblem, model: DesignModel, location: Location, run: Run
) -> Ascent | None:
    """Return what dual ascent and a local search find; None when they were stopped.

    Parameters
    ----------
    problem
        The problem.
    model
        Its model.
    location
        The problem as `location_of` sees it.
    run
        The live options.
    """
    run.discount(load_kernels())
    price, slack, is_open = _search(location, run)
    from flowopt.flow.design.kernels import dual_ascent as kernels

    clients = len(location.start) - 1
    best, second = np.empty(clients, dtype=np.int64), np.empty(clients, dtype=np.int64)
    served = kernels.serve(location.start, location.site, location.cost, is_open, best, second)
    if not np.isfinite(served):
        return None
    is_open = np.isin(np.arange(len(is_open)), location.site[best])
    offset = model.linear.offset
    cost = served + float(location.fixed[is_open].sum()) + offset
    bound = min(float(price.sum()) + offset, cost)
    columns = np.zeros(len(model.linear.cost))
    used = location.column[best]
    columns[used] = model.linear.upper[used]
    opened = model.columns["open"]
    places = location.place[opened.keys[0]]
    columns[opened.places] = np.where(places >= 0, is_open[places], False)
    gap = cost - bound + _SAFE * max(1.0, abs(cost))
    return Ascent(columns, bound, _upper(model, location, price, slack, gap))


def _upper(
    model: DesignModel, location: Location, price: FloatArray, slack: FloatArray, gap: float
) -> FloatArray:
    """Return the columns' upper bounds, 0 for those whose reduced cost exceeds the gap."""
    upper = model.linear.upper.copy()
    opened = model.columns["open"]
    places = location.place[opened.keys[0]]
    dear = (slack[places] > gap) | (places < 0)
    upper[opened.places] *= ~dear
    client = np.repeat(np.arange(len(price)), np.diff(location.start))
    reduced = np.maximum(location.cost - price[client], 0.0) + slack[location.site]
    upper[location.column[reduced > gap]] = 0.0
    return np.maximum(upper, model.linear.lower)


def _search(
    location: Location, run: Run | None
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Return the best prices and slacks found, and the sites of the best design."""
    from flowopt.flow.design.kernels import dual_ascent as kernels

    arcs = location.start, location.site, location.cost
    clients, sites = len(location.start) - 1, len(location.fixed)
    every = np.arange(clients)
    price, slack = location.cost[location.start[:-1]].copy(), location.fixed.copy()
    kernels.ascend(*arcs, every, price, slack)
    is_open = np.zeros(sites, dtype=np.bool_)
    best, second = np.empty(clients, dtype=np.int64), np.empty(clients, dtype=np.int64)
    gain = np.empty(sites)
    left = _MOST_WORK // len(location.site)
    kept = (price.copy(), slack.copy())
    chosen, chosen_cost = is_open, np.inf
    for _ in range(_PASSES):
        room = 1e-9 * max(1.0, float(location.fixed.max()))
        kernels.open_tight(*arcs, price, slack, room, is_open)
        tried = is_open.copy()
        if np.isfinite(kernels.serve(*arcs, tried, best, second)):
            swaps = sites * len(location.site) <= _MOST_SWAPS
            steps = _STEPS
            while steps == _STEPS:
                steps = kernels.improve(
                    *arcs, location.fixed, tried, best, second, gain, _STEPS, swaps
                )
                if run is not None and run.stopped():
                    break
            cost = kernels.serve(*arcs, tried, best, second) + float(location.fixed[tried].sum())
            if cost < chosen_cost:
                chosen, chosen_cost = tried, cost
        left = _adjust(location, price, slack, is_open, left, run)
        kernels.ascend(*arcs, every, price, slack)
        if price.sum() <= kept[0].sum() * (1 + 1e-9) or (run is not None and run.stopped()):
            break
        kept = (price.copy(), slack.copy())
    if price.sum() > kept[0].sum():
        kept = (price, slack)
    return *kept, chosen


def _adjust(
    location: Location,
    price: FloatArray,
    slack: FloatArray,
    is_open: npt.NDArray[np.bool_],
    left: int,
    run: Run | None,
) -> int:
    """Lower each price that pays for several open sites, and let others use what is set free.

    Returns how many more prices may be lowered.
    """
    from flowopt.flow.design.kernels import dual_ascent as kernels

    arcs = location.start, location.site, location.cost
    clients = len(price)
    for client in range(clients):
        if left <= 0 or (run is not None and run.stopped()):
            break
        if kernels.adjust(*arcs, price, slack, is_open, client):
            left -= 1
            others = (np.arange(1, clients) + client) % clients  # those after it in turn first
            kernels.ascend(*arcs, others, price, slack)
            kernels.ascend(*arcs, np.array([client]), price, slack)
    return left
