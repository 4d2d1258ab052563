"""Random minimum-cost flow networks of any size, in the manner of the classical generators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Arrays:
    """A minimum-cost flow problem in whole numbers.

    Parameters
    ----------
    name
        What the tables call it.
    source, target, capacity, unit_cost
        (M,) arcs.
    balance
        (N,) what each node gives (> 0) or takes (< 0).
    optimum
        Known least cost; None when it is not published.
    """

    name: str
    source: IntArray
    target: IntArray
    capacity: IntArray
    unit_cost: IntArray
    balance: IntArray
    optimum: int | None = None

    @property
    def num_arcs(self) -> int:
        """Number of arcs."""
        return len(self.source)

    @property
    def num_nodes(self) -> int:
        """Number of nodes."""
        return len(self.balance)


def netgen_like(num_nodes: int, degree: int = 8, seed: int = 1) -> Arrays:
    """Return a random network: a skeleton of paths that can carry all, and arcs at random.

    The parameters are those of the NETGEN-8 family (Klingman, Napier, Stutz 1974; Király, Kovács
    2012): √n sources and sinks, supply 1000·√n in all, capacities 1–1000, costs 1–10000.

    Parameters
    ----------
    num_nodes
        Number of nodes.
    degree
        Arcs a node.
    seed
        Seed of the numbers.
    """
    rng = np.random.default_rng(seed)
    ends = max(1, round(num_nodes**0.5))
    total = 1000 * ends
    share = _shares(rng, total, ends)
    through = np.arange(ends, num_nodes - ends)
    rng.shuffle(through)
    paths = np.array_split(through, ends)
    wanted = np.zeros(ends, dtype=np.int64)
    tails, heads, rooms = [], [], []
    for giver, path in enumerate(paths):
        takers = rng.choice(ends, size=min(ends, 3), replace=False)
        parts = _shares(rng, int(share[giver]), len(takers))
        wanted[takers] += parts
        nodes = np.concatenate([[giver], path])
        tails += [nodes[:-1], np.full(len(takers), nodes[-1])]
        heads += [nodes[1:], num_nodes - ends + takers]
        rooms += [np.full(len(nodes) - 1, share[giver]), parts]
    left = num_nodes * degree - sum(map(len, tails))
    tail = rng.integers(0, num_nodes - ends, left)
    head = ends + (rng.integers(0, num_nodes - ends - 1, left))
    head += head >= tail if num_nodes > 2 * ends else 0
    tails.append(tail)
    heads.append(np.minimum(head, num_nodes - 1))
    rooms.append(rng.integers(1, 1001, left))
    balance = np.zeros(num_nodes, dtype=np.int64)
    balance[:ends] = share
    balance[num_nodes - ends :] = -wanted
    cost = rng.integers(1, 10_001, num_nodes * degree)
    return _sorted(f"netgen-like {num_nodes * degree}", tails, heads, rooms, cost, balance)


def goto_like(num_nodes: int, degree: int = 8, seed: int = 1) -> Arrays:
    """Return a grid on a torus: one source, one sink, cheap short arcs and scarce capacity.

    In the manner of GOTO (Goldberg 1991), whose networks are hard for all methods: a dear path
    that can carry everything, and layers between which capacities bind almost everywhere.

    Parameters
    ----------
    num_nodes
        Number of nodes.
    degree
        Arcs a node.
    seed
        Seed of the numbers.
    """
    rng = np.random.default_rng(seed)
    width = max(2, round(num_nodes**0.5))
    nodes = np.arange(num_nodes)
    steps = np.unique(np.r_[1, width, 2 * width, rng.integers(1, 3 * width, 4 * degree)])
    steps = np.r_[1, width, rng.choice(steps[steps > 1], degree - 3, replace=True)]
    tails = [nodes[:-1]]
    heads = [nodes[1:]]
    total = 30 * num_nodes
    rooms = [np.full(num_nodes - 1, total)]
    costs = [rng.integers(50, 75, num_nodes - 1)]
    for step in steps:
        tails.append(nodes)
        heads.append((nodes + step) % num_nodes)
        rooms.append(rng.integers(1, 8000, num_nodes) // max(1, step // width + 1))
        costs.append(rng.integers(0, 1000, num_nodes) * rng.integers(0, 2, num_nodes))
    balance = np.zeros(num_nodes, dtype=np.int64)
    balance[[0, -1]] = total, -total
    name = f"goto-like {sum(map(len, tails))}"
    return _sorted(name, tails, heads, rooms, np.concatenate(costs), balance)


def road_like(num_nodes: int, seed: int = 1) -> Arrays:
    """Return a street grid with lanes both ways, long trips between few places, wide capacities.

    Parameters
    ----------
    num_nodes
        Number of crossings, about.
    seed
        Seed of the numbers.
    """
    rng = np.random.default_rng(seed)
    width = round(num_nodes**0.5)
    grid = np.arange(width * width).reshape(width, width)
    one = np.concatenate([grid[:, :-1].ravel(), grid[:-1].ravel()])
    other = np.concatenate([grid[:, 1:].ravel(), grid[1:].ravel()])
    kept = rng.random(len(one)) < 0.8
    kept[rng.integers(0, len(one), 3)] = True
    length = rng.integers(50, 2000, len(one))
    one, other, length = one[kept], other[kept], length[kept]
    places = rng.choice(width * width, 2 * max(1, width // 8), replace=False)
    balance = np.zeros(width * width, dtype=np.int64)
    half = len(places) // 2
    balance[places[:half]], balance[places[half:]] = 100, -100
    room = rng.choice([40, 80, 160], len(one))
    spare = np.arange(width * width - 1)  # a slow way along all crossings: never without a flow
    tails, heads = [one, other, spare, spare + 1], [other, one, spare + 1, spare]
    wide = np.full(len(spare), 100 * half)
    cost = np.concatenate([length, length, *(2 * [np.full(len(spare), 5000)])])
    name = f"road-like {sum(map(len, tails))}"
    return _sorted(name, tails, heads, [room, room, wide, wide], cost, balance)


def logistics_like(num_customers: int, seed: int = 1) -> Arrays:
    """Return plants, warehouses and customers, costs by distance, on three echelons.

    Parameters
    ----------
    num_customers
        Number of customers.
    seed
        Seed of the numbers.
    """
    rng = np.random.default_rng(seed)
    plants, warehouses = max(2, num_customers // 200), max(4, num_customers // 20)
    wanted = rng.integers(5, 100, num_customers)
    total = int(wanted.sum())
    x = rng.random((plants + warehouses + num_customers, 2)) * 1000
    depots = plants + np.arange(warehouses)
    shops = plants + warehouses + np.arange(num_customers)
    tail = [np.repeat(np.arange(plants), warehouses)]
    head = [np.tile(depots, plants)]
    room = [np.full(plants * warehouses, max(1, 3 * total // warehouses))]
    links = min(warehouses, 10)
    near = _nearest(x[shops], x[depots], links)
    tail.append(plants + near.ravel())
    head.append(np.repeat(shops, links))
    room.append(np.repeat(wanted, links))
    slack = len(x)  # takes what plants do not give
    tail.append(np.arange(plants))
    head.append(np.full(plants, slack))
    room.append(np.full(plants, total))
    balance = np.concatenate([_shares(rng, total + total // 4, plants), 0 * depots, -wanted])
    balance = np.append(balance, -(total // 4))
    tails, heads = np.concatenate(tail), np.concatenate(head)
    place = np.vstack([x, x[:1]])
    away = np.hypot(*(place[tails] - place[heads]).T)
    cost = np.rint(10 * away * np.where(tails < plants, 0.4, 1.0)).astype(np.int64)
    cost[heads == slack] = 0
    name = f"logistics-like {len(tails)}"
    return _sorted(name, [tails], [heads], room, cost, balance)


def transport_like(num_origins: int, num_destinations: int, seed: int = 1) -> Arrays:
    """Return a dense transportation problem: every origin serves every destination.

    Parameters
    ----------
    num_origins, num_destinations
        How many there are.
    seed
        Seed of the numbers.
    """
    rng = np.random.default_rng(seed)
    total = 50 * max(num_origins, num_destinations)
    x, y = rng.random((num_origins, 2)), rng.random((num_destinations, 2))
    tail = np.repeat(np.arange(num_origins), num_destinations)
    head = np.tile(np.arange(num_destinations), num_origins)
    cost = np.rint(10_000 * np.hypot(*(x[tail] - y[head]).T)).astype(np.int64)
    given, taken = _shares(rng, total, num_origins), _shares(rng, total, num_destinations)
    room = np.full(len(tail), total)
    balance = np.concatenate([given, -taken])
    name = f"transport-like {len(tail)}"
    return _sorted(name, [tail], [num_origins + head], [room], cost, balance)


def _nearest(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], count: int) -> IntArray:
    from scipy.spatial import cKDTree

    found: IntArray = cKDTree(y).query(x, k=count)[1].reshape(len(x), count)
    return found


def _shares(rng: np.random.Generator, total: int, count: int) -> IntArray:
    """Return whole numbers, 1 or more where that is possible, that add up to a total."""
    spare = max(0, total - count)
    parts = rng.multinomial(spare, np.full(count, 1 / count)).astype(np.int64)
    return parts + (total - spare) // count if total >= count else _units(rng, total, count)


def _units(rng: np.random.Generator, total: int, count: int) -> IntArray:
    return np.bincount(rng.integers(0, count, total), minlength=count).astype(np.int64)


def _sorted(
    name: str,
    tails: list[Any],
    heads: list[Any],
    rooms: list[Any],
    cost: IntArray,
    balance: IntArray,
) -> Arrays:
    """Return the arrays with their arcs by tail and head, as published files have them."""
    tail, head, room = (np.concatenate(parts).astype(np.int64) for parts in (tails, heads, rooms))
    kept = tail != head
    tail, head, room, cost = tail[kept], head[kept], room[kept], cost[kept]
    order = np.lexsort((head, tail))
    return Arrays(name, tail[order], head[order], room[order], cost[order], balance)


FAMILIES: dict[str, Callable[[int], Arrays]] = {
    "netgen": lambda arcs: netgen_like(max(16, arcs // 8)),
    "goto": lambda arcs: goto_like(max(16, arcs // 8)),
    "road": lambda arcs: road_like(max(16, arcs * 10 // 52)),
    "logistics": lambda arcs: logistics_like(max(20, arcs // 11)),
    "transport": lambda arcs: transport_like(
        max(3, round((arcs / 4) ** 0.5)), max(4, round((4 * arcs) ** 0.5))
    ),
}
"""Family → a network of so many arcs, about."""
