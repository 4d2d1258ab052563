"""Shortest paths of all blocks at the prices of the rows, compiled."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flowopt.flow.multicommodity.kernels.compiled import inner, kernel

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


class Graph(NamedTuple):
    """What the shortest paths are searched in.

    N sites, A lanes, B blocks (commodities that share origins, costs and limits), D demands.
    """

    start: IndexArray  # (N + 1,) where the lanes out of each site begin in `order`
    order: IndexArray  # (A,) lanes by source
    target: IndexArray  # (A,)
    source: IndexArray  # (A,)
    lane_cost: FloatArray  # (P, A) cost of a unit by profile, inf where forbidden
    profile: IndexArray  # (B,) profile of each block
    size: FloatArray  # (B,) joint capacity that a unit takes
    lane_row_start: IndexArray  # (A + 1,)
    lane_row: IndexArray  # rows that all commodities on a lane share
    own_start: IndexArray  # (B + 1,)
    own_lane: IndexArray  # lanes on which a block has a row of its own
    own_row: IndexArray
    seed_start: IndexArray  # (B + 1,)
    seed_site: IndexArray  # sites that supply a block
    seed_cost: FloatArray  # cost of a unit supplied there
    seed_row_start: IndexArray  # (seeds + 1,)
    seed_row: IndexArray  # rows that a unit supplied there uses
    seed_use: FloatArray  # and how much of them
    demand_start: IndexArray  # (B + 1,)
    demand_site: IndexArray  # (D,) demands in the order of the blocks
    quantity: FloatArray  # (D,)
    unmet_cost: FloatArray  # (D,) inf when it must be met


class Search(NamedTuple):
    """Work space of one thread."""

    length: FloatArray  # (A,)
    distance: FloatArray  # (N,)
    parent: IndexArray  # (N,) lane that leads there, -1 - seed where it is supplied, else NOWHERE
    heap: IndexArray  # (N,)
    where: IndexArray  # (N,) place in the heap, -1 outside, -2 settled
    wanted: IndexArray  # (N,) demands there that are not reached yet
    own: IndexArray  # (A,) own row of each lane, -1


NOWHERE = -(2**62)


@kernel
def joint_prices(graph: Any, price: FloatArray, out: FloatArray) -> None:
    """Put into `out` (A,) what the joint rows of each lane cost, per unit of joint capacity."""
    for lane in range(graph.target.size):
        total = 0.0
        for i in range(graph.lane_row_start[lane], graph.lane_row_start[lane + 1]):
            total += max(0.0, price[graph.lane_row[i]])
        out[lane] = total


@inner
def _raise_up(heap: IndexArray, where: IndexArray, key: FloatArray, place: int) -> None:
    node = heap[place]
    while place > 0:
        above = (place - 1) >> 2
        if key[heap[above]] <= key[node]:
            break
        heap[place] = heap[above]
        where[heap[place]] = place
        place = above
    heap[place] = node
    where[node] = place


@inner
def _sink_down(heap: IndexArray, where: IndexArray, key: FloatArray, size: int) -> None:
    node, place = heap[0], 0
    while True:
        child = 4 * place + 1
        if child >= size:
            break
        best = child
        for other in range(child + 1, min(child + 4, size)):
            if key[heap[other]] < key[heap[best]]:
                best = other
        if key[heap[best]] >= key[node]:
            break
        heap[place] = heap[best]
        where[heap[place]] = place
        place = best
    heap[place] = node
    where[node] = place


@inner
def shortest_paths(
    graph: Any, search: Any, block: int, price: FloatArray, joint: FloatArray
) -> None:
    """Fill `distance` and `parent` until all demands of a block are reached (Dijkstra).

    Parameters
    ----------
    graph, search
        See there.
    block
        The block.
    price
        (R,) prices of the rows; those below 0 count as 0.
    joint
        (A,) `joint_prices` of them.
    """
    length, distance, parent = search.length, search.distance, search.parent
    heap, where, wanted = search.heap, search.where, search.wanted
    cost, size = graph.lane_cost[graph.profile[block]], graph.size[block]
    for lane in range(length.size):
        length[lane] = cost[lane] + size * joint[lane]
    for i in range(graph.own_start[block], graph.own_start[block + 1]):
        length[graph.own_lane[i]] += max(0.0, price[graph.own_row[i]])
    for node in range(distance.size):
        distance[node] = np.inf
        parent[node] = NOWHERE
        where[node] = -1
        wanted[node] = 0
    left = 0
    for i in range(graph.demand_start[block], graph.demand_start[block + 1]):
        wanted[graph.demand_site[i]] += 1
        left += 1
    count = 0
    for seed in range(graph.seed_start[block], graph.seed_start[block + 1]):
        total = graph.seed_cost[seed]
        for i in range(graph.seed_row_start[seed], graph.seed_row_start[seed + 1]):
            total += max(0.0, price[graph.seed_row[i]]) * graph.seed_use[i]
        node = graph.seed_site[seed]
        if total < distance[node]:
            distance[node] = total
            parent[node] = -1 - seed
            if where[node] < 0:
                heap[count] = node
                where[node] = count
                count += 1
            _raise_up(heap, where, distance, where[node])
    while count and left:
        node = heap[0]
        count -= 1
        where[node] = -2
        left -= wanted[node]
        if count:
            heap[0] = heap[count]
            where[heap[0]] = 0
            _sink_down(heap, where, distance, count)
        near = distance[node]
        for i in range(graph.start[node], graph.start[node + 1]):
            lane = graph.order[i]
            far = near + length[lane]
            head = graph.target[lane]
            if far < distance[head]:
                distance[head] = far
                parent[head] = lane
                if where[head] < 0:
                    heap[count] = head
                    where[head] = count
                    count += 1
                _raise_up(heap, where, distance, where[head])


class Found(NamedTuple):
    """Paths that one thread found, one after another."""

    demand: IndexArray  # (F,) demand that each path serves
    cost: FloatArray  # (F,)
    seed: IndexArray  # (F,) seed where it begins, -1 for demand left unmet
    num_lanes: IndexArray  # (F,)
    num_rows: IndexArray  # (F,)
    lane: IndexArray  # lanes of all paths, each from its end
    row: IndexArray  # rows of all paths
    use: FloatArray  # and what a unit takes of them
    counts: IndexArray  # paths, lanes, rows


FOUND_PATHS, FOUND_LANES, FOUND_ROWS = 0, 1, 2
"""What stands where in `Found.counts`."""


@inner
def _put_row(found: Any, first: int, row: int, use: float) -> None:
    """Add to the use of a row by the path whose rows begin at `first`."""
    end = found.counts[FOUND_ROWS]
    for i in range(first, end):
        if found.row[i] == row:
            found.use[i] += use
            return
    found.row[end], found.use[end] = row, use
    found.counts[FOUND_ROWS] = end + 1


@inner
def _put_path(graph: Any, search: Any, found: Any, block: int, demand: int) -> bool:
    """Keep the path to a demand; return False when there is no room for it."""
    size, cost = graph.size[block], graph.lane_cost[graph.profile[block]]
    path, first_lane = found.counts[FOUND_PATHS], found.counts[FOUND_LANES]
    first, total = found.counts[FOUND_ROWS], 0.0
    node = graph.demand_site[demand]
    while search.parent[node] >= 0:
        lane = search.parent[node]
        rows = graph.lane_row_start[lane + 1] - graph.lane_row_start[lane]
        if (
            found.counts[FOUND_LANES] == found.lane.size
            or found.counts[FOUND_ROWS] + rows + 1 > found.row.size
        ):
            found.counts[FOUND_LANES], found.counts[FOUND_ROWS] = first_lane, first
            return False
        found.lane[found.counts[FOUND_LANES]] = lane
        found.counts[FOUND_LANES] += 1
        total += cost[lane]
        for i in range(graph.lane_row_start[lane], graph.lane_row_start[lane + 1]):
            _put_row(found, first, graph.lane_row[i], size)
        if search.own[lane] >= 0:
            _put_row(found, first, search.own[lane], 1.0)
        node = graph.source[lane]
    seed = -1 - search.parent[node]
    rows = graph.seed_row_start[seed + 1] - graph.seed_row_start[seed]
    if found.counts[FOUND_ROWS] + rows > found.row.size:
        found.counts[FOUND_LANES], found.counts[FOUND_ROWS] = first_lane, first
        return False
    for i in range(graph.seed_row_start[seed], graph.seed_row_start[seed + 1]):
        _put_row(found, first, graph.seed_row[i], graph.seed_use[i])
    found.demand[path], found.cost[path] = demand, total + graph.seed_cost[seed]
    found.seed[path] = seed
    found.num_lanes[path] = found.counts[FOUND_LANES] - first_lane
    found.num_rows[path] = found.counts[FOUND_ROWS] - first
    found.counts[FOUND_PATHS] += 1
    return True


@inner
def _put_unmet(graph: Any, found: Any, demand: int) -> None:
    """Keep that a demand may be left unmet."""
    path = found.counts[FOUND_PATHS]
    found.demand[path], found.cost[path] = demand, graph.unmet_cost[demand]
    found.seed[path], found.num_lanes[path], found.num_rows[path] = -1, 0, 0
    found.counts[FOUND_PATHS] += 1


@kernel
def price_blocks(
    graph: Any,
    search: Any,
    found: Any,
    price: FloatArray,
    joint: FloatArray,
    limit: FloatArray,
    shortest: FloatArray,
    begin: int,
    end: int,
    tolerance: float,
) -> int:
    """Find for each demand of some blocks the cheapest path, and keep those that pay.

    Parameters
    ----------
    graph, search, found
        See there.
    price
        (R,) prices of the rows.
    joint
        (A,) `joint_prices` of them.
    limit
        (D,) what a path must be cheaper than to be kept.
    shortest
        (D,) where the price of the cheapest way to serve each demand, or not to, is put.
    begin, end
        The blocks.
    tolerance
        By how much it must be cheaper.

    Returns
    -------
    block
        The block at which the room for paths ended; `end` when all are done.
    """
    for block in range(begin, end):
        first, last = graph.demand_start[block], graph.demand_start[block + 1]
        paths, lanes = found.counts[FOUND_PATHS], found.counts[FOUND_LANES]
        rows = found.counts[FOUND_ROWS]
        if paths + last - first > found.demand.size:
            return block
        shortest_paths(graph, search, block, price, joint)
        for i in range(graph.own_start[block], graph.own_start[block + 1]):
            search.own[graph.own_lane[i]] = graph.own_row[i]
        fits = True
        for demand in range(first, last):
            distance = search.distance[graph.demand_site[demand]]
            cheapest = min(distance, graph.unmet_cost[demand])
            shortest[demand] = cheapest
            if cheapest < limit[demand] - tolerance:
                if distance <= graph.unmet_cost[demand]:
                    fits = fits and _put_path(graph, search, found, block, demand)
                else:
                    _put_unmet(graph, found, demand)
        for i in range(graph.own_start[block], graph.own_start[block + 1]):
            search.own[graph.own_lane[i]] = -1
        if not fits:  # the whole block again, with more room
            found.counts[FOUND_PATHS], found.counts[FOUND_LANES] = paths, lanes
            found.counts[FOUND_ROWS] = rows
            return block
    return end
