"""The optimal cost of a small problem of vehicle routing, by dynamic programming over subsets.

The shortest tour of each subset of clients is that of Held and Karp (1962); the cheapest partition
of all clients into subsets that a vehicle can carry follows by the same means.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt


def optimum(
    distance: npt.NDArray[np.float64], demand: npt.NDArray[np.float64], capacity: float
) -> float:
    """Return the least cost of routes from a depot that serve all clients.

    Parameters
    ----------
    distance
        (n + 1, n + 1) distances, the depot first.
    demand
        (n,) demands.
    capacity
        Most that a route may carry.
    """
    subsets = 1 << len(demand)
    last = np.full((subsets, len(demand)), np.inf)
    best = np.full(subsets, np.inf)
    least = _optimum(np.asarray(distance, dtype=np.float64), demand, capacity, last, best)
    return float(least)


@numba.njit(cache=True)  # type: ignore[untyped-decorator, unused-ignore]  # numba is not typed
def _optimum(
    distance: npt.NDArray[np.float64],
    demand: npt.NDArray[np.float64],
    capacity: float,
    last: npt.NDArray[np.float64],
    best: npt.NDArray[np.float64],
) -> float:
    """Fill `last`, the shortest path through a subset to its last client, then `best`."""
    n = len(demand)
    subsets = 1 << n
    for client in range(n):
        last[1 << client, client] = distance[0, client + 1]
    for subset in range(1, subsets):
        load = 0.0
        for client in range(n):
            if subset >> client & 1:
                load += demand[client]
        if load > capacity:  # no larger subset needs its paths either
            continue
        for end in range(n):
            path = last[subset, end]
            if path == np.inf:
                continue
            best[subset] = min(best[subset], path + distance[end + 1, 0])
            for client in range(n):
                if not subset >> client & 1:
                    more = subset | 1 << client
                    length = path + distance[end + 1, client + 1]
                    last[more, client] = min(last[more, client], length)
    for subset in range(1, subsets):
        lowest = subset & -subset  # its route is one of those taken apart
        part = subset
        while part:
            if part & lowest and part != subset:
                best[subset] = min(best[subset], best[part] + best[subset ^ part])
            part = (part - 1) & subset
    return float(best[subsets - 1])
