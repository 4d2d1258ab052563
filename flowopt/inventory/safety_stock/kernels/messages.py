"""Messages between the times of stages: sequential tree-reweighted passing, compiled.

A variable is an inbound service time or a service time; its labels are the whole ticks ``low`` to
``high``. An edge binds an earlier variable to a later one (suppliers first):

* a *link* (table start -1): ``later ≥ earlier + gap``, no cost;
* a *stage*: ``later ≤ earlier + gap`` at the cost ``table[start + earlier + gap - later]``, which
  is concave in the net replenishment time that is its index.

``down`` holds for every edge the message to its later end, ``up`` that to its earlier end. Together
they move cost between variables and edges without changing that of any choice, so that the least
costs of the parts add up to a lower bound. (Kolmogorov: Convergent tree-reweighted message passing
for energy minimization, IEEE TPAMI 28, 2006.)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PLAIN = 65_536
"""Pairs of labels up to which all are looked at."""


@njit(cache=True, nogil=True)
def least_after(values: Floats, table: Floats, start: int, count: int, out: Floats) -> None:
    """Set ``out[t]``, t < count, to the least of ``values[q] + table[start + t - q]`` over q ≤ t.

    The table is concave, so that of two candidates the younger one, once overtaken, stays behind:
    a stack holds those that still may be the best, each with the time until which it is.

    Parameters
    ----------
    values
        (n,) candidates in the order of their births 0, 1, ….
    table, start
        Cost of each age, from `start` on.
    count
        Number of times.
    out
        (count,) results.
    """
    held, until = np.empty(count, np.int64), np.empty(count, np.int64)
    size = 0
    for time in range(count):
        while size > 1 and until[size - 1] <= time:
            size -= 1
        best = np.inf
        if size:
            top = held[size - 1]
            best = values[top] + table[start + time - top]
        if time < len(values) and values[time] + table[start] < best:
            best = values[time] + table[start]
            overtaken = count
            while size:
                top = held[size - 1]
                low, high = time, count  # the young one leads at low, no longer at high
                while high - low > 1:
                    middle = (low + high) // 2
                    young = values[time] + table[start + middle - time]
                    if values[top] + table[start + middle - top] <= young:
                        high = middle
                    else:
                        low = middle
                overtaken = high
                if size > 1 and until[size - 1] <= overtaken:
                    size -= 1  # it is behind those below before its turn comes again
                else:
                    break
            held[size], until[size] = time, overtaken
            size += 1
        out[time] = best


@njit(cache=True, nogil=True)
def _stage_down(source: Floats, gap: int, table: Floats, start: int, out: Floats) -> None:
    """Set the message of an inbound service time to the service time of its stage."""
    num, width = len(source), len(out)
    if num * width > PLAIN:
        longest = num + gap
        best = np.empty(longest)
        least_after(source[::-1].copy(), table, start, longest, best)
        for label in range(width):
            out[label] = best[num - 1 + gap - label]
        return
    out[:] = np.inf
    for k in range(num):
        base, top = source[k], start + k + gap
        for label in range(min(width, k + gap + 1)):
            out[label] = min(out[label], base + table[top - label])


@njit(cache=True, nogil=True)
def _stage_up(source: Floats, gap: int, table: Floats, start: int, out: Floats) -> None:
    """Set the message of a service time to the inbound service time of its stage."""
    num, width = len(source), len(out)
    if num * width > PLAIN:
        best = np.empty(width + gap)
        least_after(source, table, start, width + gap, best)
        out[:] = best[gap:]
        return
    out[:] = np.inf
    for k in range(num):
        base = source[k]
        for label in range(max(0, k - gap), width):
            out[label] = min(out[label], base + table[start + label + gap - k])


@njit(cache=True, nogil=True)
def _link_down(source: Floats, gap: int, out: Floats) -> None:
    """Set the message of a service time to an inbound one: that of any label not above it."""
    best, taken = np.inf, 0
    for label in range(len(out)):
        while taken < len(source) and taken <= label + gap:
            best = min(best, source[taken])
            taken += 1
        out[label] = best


@njit(cache=True, nogil=True)
def _link_up(source: Floats, gap: int, out: Floats) -> None:
    """Set the message of an inbound service time to a supplier's: that of any label not below."""
    best, taken = np.inf, len(source) - 1
    for label in range(len(out) - 1, -1, -1):
        while taken >= 0 and taken + gap >= label:
            best = min(best, source[taken])
            taken -= 1
        out[label] = best


@njit(cache=True, nogil=True)
def send_down(source: Floats, start: int, gap: int, table: Floats, out: Floats) -> None:
    """Set the message over an edge to its later end.

    Parameters
    ----------
    source
        Costs of the labels of the earlier end.
    start
        Start of the edge's costs in the table, -1 for a link.
    gap
        Gap of the edge, counted between the lowest labels of its ends.
    table
        Costs of stages.
    out
        The message.
    """
    if start < 0:
        _link_down(source, -gap, out)
    else:
        _stage_down(source, gap, table, start, out)


@njit(cache=True, nogil=True)
def send_up(source: Floats, start: int, gap: int, table: Floats, out: Floats) -> None:
    """Set the message over an edge to its earlier end; see `send_down`."""
    if start < 0:
        _link_up(source, -gap, out)
    else:
        _stage_up(source, gap, table, start, out)


@njit(cache=True, nogil=True)
def _collect(
    variable: int,
    num: int,
    unary: Floats,
    offset: Ints,
    incidence: Ints,
    first: Ints,
    edges: Ints,
    down: Floats,
    up: Floats,
    theta: Floats,
) -> tuple[int, int]:
    """Add up what a variable's labels cost with all messages; return its later and earlier ends."""
    later = earlier = 0
    for k in range(num):
        theta[k] = unary[offset[variable] + k]
    for place in range(first[variable], first[variable + 1]):
        edge = incidence[place]
        if edges[edge, 0] == variable:
            later += 1
            begin = edges[edge, 5]
            for k in range(num):
                theta[k] += up[begin + k]
        else:
            earlier += 1
            begin = edges[edge, 4]
            for k in range(num):
                theta[k] += down[begin + k]
    return later, earlier


@njit(cache=True, nogil=True)
def _choose(
    variable: int,
    num: int,
    theta: Floats,
    offset: Ints,
    incidence: Ints,
    first: Ints,
    edges: Ints,
    table: Floats,
    down: Floats,
    choice: Ints,
) -> int:
    """Return the best label of a variable, given those of the earlier ends of its edges."""
    cost = theta[:num].copy()
    low, high = 0, num - 1
    for place in range(first[variable], first[variable + 1]):
        edge = incidence[place]
        if edges[edge, 1] != variable:
            continue
        start, gap, begin = edges[edge, 2], edges[edge, 3], edges[edge, 4]
        other = choice[edges[edge, 0]]
        for k in range(num):
            cost[k] -= down[begin + k]
        if start < 0:
            low = max(low, other + gap)
        else:
            high = min(high, other + gap)
            for k in range(min(num, other + gap + 1)):
                cost[k] += table[start + other + gap - k]
    low = max(0, min(low, num - 1))
    best = low
    for k in range(low, high + 1):
        if cost[k] < cost[best]:
            best = k
    return best


@njit(cache=True, nogil=True)
def sweep(
    begin: int,
    end: int,
    backward: bool,
    unary: Floats,
    offset: Ints,
    incidence: Ints,
    first: Ints,
    edges: Ints,
    table: Floats,
    down: Floats,
    up: Floats,
    choice: Ints,
    spread: Ints,
) -> float:
    """Pass messages on from some variables, in turn; return their part of the lower bound.

    Parameters
    ----------
    begin, end
        Variables, suppliers first; a backward sweep takes them the other way.
    backward
        Whether messages go up. Only backward sweeps make a bound: the parts of all variables.
    unary, offset
        Costs of the labels of each variable, and where those of a variable begin.
    incidence, first
        Edges at each variable, and where those of a variable begin.
    edges
        (E, 6) earlier end, later end, start in the table, gap, begin in `down`, begin in `up`.
    table
        Costs of stages.
    down, up
        Messages; changed.
    choice
        (V,) label of each variable; a forward sweep sets it.
    spread
        (V, 2) lowest and highest label that is among the best; a forward sweep sets it.
    """
    widest = 0
    for variable in range(begin, end):
        widest = max(widest, offset[variable + 1] - offset[variable])
    theta, given = np.empty(widest), np.empty(widest)
    bound = 0.0
    for step in range(end - begin):
        variable = end - 1 - step if backward else begin + step
        num = offset[variable + 1] - offset[variable]
        later, earlier = _collect(
            variable, num, unary, offset, incidence, first, edges, down, up, theta
        )
        least = theta[:num].min()
        bound += least
        for k in range(num):
            theta[k] -= least
        if not backward:
            choice[variable] = _choose(
                variable, num, theta, offset, incidence, first, edges, table, down, choice
            )
            _note_spread(variable, num, theta, least, spread)
        share = 1.0 / max(later, earlier, 1)
        for place in range(first[variable], first[variable + 1]):
            edge = incidence[place]
            if (edges[edge, 0] == variable) == backward:
                continue
            to_later, to_earlier = edges[edge, 4], edges[edge, 5]
            other = edges[edge, 0] if backward else edges[edge, 1]
            width = offset[other + 1] - offset[other]
            sent, back = (to_earlier, to_later) if backward else (to_later, to_earlier)
            out = up[sent : sent + width] if backward else down[sent : sent + width]
            for k in range(num):
                theirs = down[back + k] if backward else up[back + k]
                given[k] = share * theta[k] - theirs
            if backward:
                send_up(given[:num], edges[edge, 2], edges[edge, 3], table, out)
            else:
                send_down(given[:num], edges[edge, 2], edges[edge, 3], table, out)
            least = out.min()
            bound += least
            for k in range(width):
                out[k] -= least
    return bound


@njit(cache=True, nogil=True)
def _note_spread(variable: int, num: int, theta: Floats, least: float, spread: Ints) -> None:
    """Note the lowest and the highest label of a variable that are as good as the best."""
    close = 1e-9 * (1.0 + abs(least))
    low, high = 0, num - 1
    while theta[low] > close:
        low += 1
    while theta[high] > close:
        high -= 1
    spread[variable, 0], spread[variable, 1] = low, high
