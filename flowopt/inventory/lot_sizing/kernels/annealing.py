"""Set-ups by simulated annealing, each pattern judged by its flow of least cost; compiled.

Given the set-ups, lots of items that share a resource a period are a flow: time of the resource
through lots into stock. A set-up more or less changes the cost of an arc and the time left, and few
steps of the simplex later the best lots are known again (Kirkpatrick, Gelatt, Vecchi: *Optimization
by Simulated Annealing*, Science 220, 1983).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.inventory.lot_sizing.kernels.network_basis import (
    Network,
    cheapen,
    keep,
    reprice,
    resize,
)
from flowopt.inventory.simulation.kernels.random import Stream, share

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

_FLIPS, _MOVES, _EXCHANGES = 0.3, 0.7, 0.85  # shares of random steps up to each kind
_NOISE = 1.0  # of prices of time: up to so much more, as a share
_FAR = 3  # periods that a set-up is moved at most
_TRIES = 64
_NOTHING = 1e-6  # of what must not be
_MOST_PUSHES = 5000


class Pattern(NamedTuple):
    """Set-ups, and how they change the network; the first two are changed in place.

    Parameters
    ----------
    setup
        (N, T) 1 with a set-up.
    left
        (R, T) time left beside set-ups.
    wall
        Price of a unit of what is made without a set-up.
    lot
        (N, T) the arc of each lot; -1 where there can be none.
    first, beyond
        (R, T) the arcs of time within capacity, and beyond.
    resource
        (N,) what each item is made on; -1 for none.
    setup_time
        (N,) time of a set-up.
    fixed_cost
        (N, T) its cost.
    money
        (A,) what a unit on an arc truly costs.
    need
        (N, T) what must be made for each period.
    held
        (N, T) cost of a unit held from the first period to each.
    """

    setup: IndexArray
    left: FloatArray
    wall: float
    lot: IndexArray
    first: IndexArray
    beyond: IndexArray
    resource: IndexArray
    setup_time: FloatArray
    fixed_cost: FloatArray
    money: FloatArray
    need: FloatArray
    held: FloatArray


@njit(cache=True, nogil=True)
def mark(pattern: Pattern, item: int, period: int) -> bool:
    """Note a set-up where there is none, or none where there is one; return whether there is."""
    opened = bool(pattern.setup[item, period] == 0)
    pattern.setup[item, period] = 1 if opened else 0
    resource = pattern.resource[item]
    if resource >= 0:
        time = pattern.setup_time[item]
        pattern.left[resource, period] += -time if opened else time
    return opened


@njit(cache=True, nogil=True)
def toggle(network: Network, pattern: Pattern, item: int, period: int) -> None:
    """Set up where there is none, or no longer where there is one."""
    opened = mark(pattern, item, period)
    arc, resource = pattern.lot[item, period], pattern.resource[item]
    reprice(network, arc, pattern.money[arc] + (0.0 if opened else pattern.wall))
    if resource < 0 or pattern.setup_time[item] == 0.0:
        return
    room = max(pattern.left[resource, period], 0.0)
    resize(network, pattern.first[resource, period], pattern.beyond[resource, period], room)


@njit(cache=True, nogil=True)
def judged(network: Network, pattern: Pattern) -> tuple[float, float]:
    """Return what a pattern costs, and how much there is of what must not be, dearly paid."""
    cost, wrong = 0.0, 0.0
    for arc in range(network.tail.size):
        if network.flow[arc] != 0.0:
            cost += pattern.money[arc] * network.flow[arc]
            wrong += (network.cost[arc] - pattern.money[arc]) * network.flow[arc]
    items, periods = pattern.setup.shape
    for item in range(items):
        for period in range(periods):
            if pattern.setup[item, period]:
                cost += pattern.fixed_cost[item, period]
    for resource in range(pattern.left.shape[0]):
        for period in range(periods):
            over = -pattern.left[resource, period]
            if over > 0.0:
                arc = pattern.beyond[resource, period]
                cost += over * pattern.money[arc]
                wrong += over * (network.cost[arc] - pattern.money[arc])
    return cost, wrong


@njit(cache=True, nogil=True)
def _proposed(network: Network, pattern: Pattern, random: Stream, cells: IndexArray) -> int:
    """Write (item, period) of set-ups to toggle; return how many."""
    items, periods = pattern.setup.shape
    kind = share(random, 0)
    if kind >= _EXCHANGES:
        return _planned_anew(network, pattern, random, cells)
    wanted = -1 if kind < _FLIPS else 1
    item, period = 0, 0
    for _ in range(_TRIES):
        item, period = int(share(random, 0) * items), int(share(random, 0) * periods)
        if pattern.lot[item, period] >= 0 and wanted in (-1, pattern.setup[item, period]):
            break
    else:
        return 0
    cells[0, 0], cells[0, 1] = item, period
    if kind < _FLIPS:
        return 1
    if kind < _MOVES:
        step = 1 + int(share(random, 0) * _FAR)
        other = period + (step if share(random, 0) < 0.5 else -step)
        if not _is_closed(pattern, item, other):
            return 0
        cells[1, 0], cells[1, 1] = item, other
        return 2
    return _exchanged(pattern, random, cells)


@njit(cache=True, nogil=True)
def _is_closed(pattern: Pattern, item: int, period: int) -> bool:
    """Return whether a lot may be set up, and is not."""
    if period < 0 or period >= pattern.setup.shape[1] or pattern.lot[item, period] < 0:
        return False
    return bool(pattern.setup[item, period] == 0)


@njit(cache=True, nogil=True)
def _exchanged(pattern: Pattern, random: Stream, cells: IndexArray) -> int:
    """Let another item take the place of a set-up, and the item one of the other's."""
    items, periods = pattern.setup.shape
    item, period = cells[0]
    other = int(share(random, 0) * items)
    if other == item or not _is_closed(pattern, other, period):
        return 0
    cells[1, 0], cells[1, 1] = other, period
    direction = 1 if share(random, 0) < 0.5 else -1
    there = period + direction
    while 0 <= there < periods and abs(there - period) <= 2 * _FAR:
        if pattern.setup[other, there]:
            cells[2, 0], cells[2, 1] = other, there
            if _is_closed(pattern, item, there):
                cells[3, 0], cells[3, 1] = item, there
                return 4
            return 3
        there += direction
    return 0


@njit(cache=True, nogil=True)
def _planned_anew(network: Network, pattern: Pattern, random: Stream, cells: IndexArray) -> int:
    """Plan an item anew at the prices that time has now, each a little dearer by chance.

    By dynamic programming over the period of the last lot (Wagner and Whitin 1958).
    """
    items, periods = pattern.setup.shape
    item = int(share(random, 0) * items)
    need, held = pattern.need[item], pattern.held[item]
    time = pattern.setup_time[item]
    least, choice = np.full(periods + 1, np.inf), np.zeros(periods + 1, dtype=np.int64)
    least[0] = 0.0
    lead = 0
    while lead < periods and pattern.lot[item, periods - 1 - lead] < 0:
        lead += 1
    for first in range(periods):
        if need[first] == 0.0 and least[first] < least[first + 1]:
            least[first + 1], choice[first + 1] = least[first], -1
        start = first - lead
        if start < 0 or pattern.lot[item, start] < 0 or least[first] == np.inf:
            continue
        arc = pattern.lot[item, start]
        price = network.price[network.tail[arc]] * (1.0 + _NOISE * (share(random, 0) - 0.5))
        cost = least[first] + pattern.fixed_cost[item, start] + price * time
        price += pattern.money[arc] - held[first]
        for last in range(first, periods):
            cost += need[last] * (price + held[last])
            if cost < least[last + 1]:
                least[last + 1], choice[last + 1] = cost, first
    if least[periods] == np.inf:
        return 0
    count, end, wanted = 0, periods, np.zeros(periods, dtype=np.int64)
    while end > 0:
        if choice[end] < 0:
            end -= 1
        else:
            end = choice[end]
            wanted[end - lead] = 1
    for period in range(periods):
        if pattern.lot[item, period] >= 0 and wanted[period] != pattern.setup[item, period]:
            cells[count, 0], cells[count, 1] = item, period
            count += 1
    return count


@njit(cache=True, nogil=True)
def anneal(
    network: Network,
    kept: Network,
    pattern: Pattern,
    best: IndexArray,
    state: FloatArray,
    random: Stream,
    steps: int,
    heat: float,
) -> None:
    """Take random steps; those to dearer patterns more seldom as it gets colder.

    Parameters
    ----------
    network, kept
        The network with the best flow, and room for a copy of it.
    pattern
        The set-ups; changed.
    best
        (N, T) the best set-ups seen; overwritten by better ones.
    state
        (1,) their cost; inf while there are none.
    random
        The stream of random numbers.
    steps
        How many to take.
    heat
        The temperature, as a cost.
    """
    cells, at = np.zeros((max(4, pattern.setup.shape[1]), 2), dtype=np.int64), 0
    cost, wrong = judged(network, pattern)
    now = cost + wrong
    keep(network, kept)
    for _ in range(steps):
        count = _proposed(network, pattern, random, cells)
        for cell in range(count):
            toggle(network, pattern, cells[cell, 0], cells[cell, 1])
        if count:
            at = cheapen(network, at, _MOST_PUSHES)
            cost, wrong = judged(network, pattern)
            if cost + wrong <= now - heat * np.log(share(random, 0)):
                now = cost + wrong
                keep(network, kept)
                if wrong <= _NOTHING * (1.0 + cost) and cost < state[0]:
                    state[0] = cost
                    best[:] = pattern.setup
            else:
                for cell in range(count):
                    mark(pattern, cells[cell, 0], cells[cell, 1])
                keep(kept, network)
