"""Uncapacitated location: dual ascent, its adjustment, and a local search, compiled.

Clients' arcs lie one client after another, the cheapest first: ``start[j]`` to ``start[j + 1]`` are
those of client j, ``site`` and ``cost`` (of all it wants) those of an arc. (Erlenkotter: A
dual-based procedure for uncapacitated facility location, Operations Research 26, 1978.)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@njit(cache=True, nogil=True)
def ascend(
    start: IndexArray,
    site: IndexArray,
    cost: FloatArray,
    order: IndexArray,
    price: FloatArray,
    slack: FloatArray,
) -> None:
    """Raise what clients pay, in turn, to their next arc's cost or till no site's slack is left.

    Parameters
    ----------
    start, site, cost
        Arcs.
    order
        Clients to raise, in this order.
    price
        (J,) what each client pays; changed.
    slack
        (I,) fixed cost of each site not yet paid for by clients above their arc's cost; changed.
    """
    moved = True
    while moved:
        moved = False
        for client in order:
            first, last = start[client], start[client + 1]
            reach, least = first, np.inf
            while reach < last and cost[reach] <= price[client]:
                least = min(least, slack[site[reach]])
                reach += 1
            target = cost[reach] if reach < last else np.inf
            rise = target - price[client]
            if rise <= least:
                if rise == np.inf:
                    continue  # no site is in reach, and none comes
                moved = True
            else:
                rise = least
            if rise <= 0.0:
                continue
            for arc in range(first, reach):
                slack[site[arc]] -= rise
            price[client] = (
                target if rise < least or target == price[client] + rise else (price[client] + rise)
            )


@njit(cache=True, nogil=True)
def open_tight(
    start: IndexArray,
    site: IndexArray,
    cost: FloatArray,
    price: FloatArray,
    slack: FloatArray,
    room: float,
    is_open: BoolArray,
) -> None:
    """Open few of the sites that are paid for, so that each client has one it pays for.

    Parameters
    ----------
    start, site, cost, price, slack
        Arcs and the dual solution.
    room
        Slack up to which a site counts as paid for.
    is_open
        (I,) the choice; changed.
    """
    is_open[:] = False
    for only in (True, False):
        for client in range(start.size - 1):
            count, chosen, served = 0, -1, False
            for arc in range(start[client], start[client + 1]):
                if cost[arc] > price[client]:
                    break
                if slack[site[arc]] > room:
                    continue
                served = served or is_open[site[arc]]
                if chosen < 0:
                    chosen = site[arc]
                count += 1
            if chosen >= 0 and not served and (count == 1 or not only):
                is_open[chosen] = True


@njit(cache=True, nogil=True)
def adjust(
    start: IndexArray,
    site: IndexArray,
    cost: FloatArray,
    price: FloatArray,
    slack: FloatArray,
    is_open: BoolArray,
    client: int,
) -> bool:
    """Lower what a client pays to more than one open site by one level; tell whether it did.

    Parameters
    ----------
    start, site, cost, price, slack
        Arcs and the dual solution; changed.
    is_open
        (I,) the choice.
    client
        Whose price it is.
    """
    paid, level = 0, -np.inf
    first = start[client]
    for arc in range(first, start[client + 1]):
        if cost[arc] >= price[client]:
            break
        level = cost[arc]
        paid += is_open[site[arc]]
    if paid < 2:
        return False
    for arc in range(first, start[client + 1]):
        if cost[arc] >= price[client]:
            break
        slack[site[arc]] += price[client] - level
    price[client] = level
    return True


@njit(cache=True, nogil=True)
def serve(
    start: IndexArray,
    site: IndexArray,
    cost: FloatArray,
    is_open: BoolArray,
    best: IndexArray,
    second: IndexArray,
) -> float:
    """Find each client's cheapest and second cheapest arc to an open site; return the cost.

    Parameters
    ----------
    start, site, cost
        Arcs.
    is_open
        (I,) the choice.
    best, second
        (J,) arcs, -1 when there is none; changed.
    """
    total = 0.0
    for client in range(start.size - 1):
        best[client] = second[client] = -1
        for arc in range(start[client], start[client + 1]):
            if is_open[site[arc]]:
                if best[client] < 0:
                    best[client] = arc
                else:
                    second[client] = arc
                    break
        total += cost[best[client]] if best[client] >= 0 else np.inf
    return total


@njit(cache=True, nogil=True)
def improve(
    start: IndexArray,
    site: IndexArray,
    cost: FloatArray,
    fixed: FloatArray,
    is_open: BoolArray,
    best: IndexArray,
    second: IndexArray,
    gain: FloatArray,
    most: int,
    swaps: bool,
) -> int:
    """Open, close or swap the site that saves most, until none saves; return the steps.

    Parameters
    ----------
    start, site, cost
        Arcs.
    fixed
        (I,) cost of each site.
    is_open
        (I,) the choice; changed.
    best, second, gain
        Room to work in: (J,), (J,), (I,).
    most
        Steps at most.
    swaps
        Whether to swap, too.
    """
    for step in range(most):
        serve(start, site, cost, is_open, best, second)
        gain[:] = 0.0
        for client in range(start.size - 1):
            served = best[client]
            gain[site[served]] -= (
                cost[second[client]] - cost[served] if second[client] >= 0 else np.inf
            )
            for arc in range(start[client], served):
                gain[site[arc]] += cost[served] - cost[arc]
        chosen, saved = -1, 1e-9
        for place in range(fixed.size):
            saving = gain[place] + fixed[place] if is_open[place] else gain[place] - fixed[place]
            if saving > saved * (1 + 1e-12):
                chosen, saved = place, saving
        if chosen >= 0:
            is_open[chosen] = not is_open[chosen]
            continue
        if not swaps or not swap(start, site, cost, fixed, is_open, best, second, gain):
            return step
    return most


@njit(cache=True, nogil=True)
def swap(
    start: IndexArray,
    site: IndexArray,
    cost: FloatArray,
    fixed: FloatArray,
    is_open: BoolArray,
    best: IndexArray,
    second: IndexArray,
    gain: FloatArray,
) -> bool:
    """Open one site for another where that saves; return whether it did.

    Parameters
    ----------
    start, site, cost, fixed, is_open
        Arcs, sites and the choice; changed.
    best, second
        (J,) arcs of `serve`.
    gain
        (I,) room to work in.
    """
    reach = np.empty(start.size - 1)
    for place in range(fixed.size):
        if is_open[place]:
            continue
        saved = -fixed[place]
        reach[:] = np.inf
        for client in range(start.size - 1):
            for arc in range(start[client], start[client + 1]):
                if site[arc] == place:
                    reach[client] = cost[arc]
                    break
                if second[client] >= 0 and arc >= second[client]:
                    break
        gain[:] = fixed
        for client in range(start.size - 1):
            now = cost[best[client]]
            if reach[client] <= now:
                saved += now - reach[client]
                continue
            instead = cost[second[client]] if second[client] >= 0 else np.inf
            gain[site[best[client]]] -= min(instead, reach[client]) - now
        closed = -1
        for other in range(fixed.size):
            if is_open[other] and (closed < 0 or gain[other] > gain[closed]):
                closed = other
        if closed >= 0 and saved + gain[closed] > 1e-9 * (1.0 + abs(saved)):
            is_open[place], is_open[closed] = True, False
            return True
    return False
