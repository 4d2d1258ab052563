"""Times settled along links, and the dynamic programme over a tree of variables, compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.inventory.safety_stock.kernels.messages import send_down, send_up

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def settle(
    order: Ints,
    first: Ints,
    target: Ints,
    lead_time: Floats,
    stage_time: Floats,
    limit: Floats,
    inbound: Floats,
    service: Floats,
) -> None:
    """Cut service times to what is possible, then raise them as far as no customer notices.

    Parameters
    ----------
    order
        (n,) stages, suppliers first.
    first, target, lead_time
        Links by the stage they leave: where those of a stage begin, their ends and lead times.
    stage_time, limit
        (n,) stage times and longest service times.
    inbound
        (n,) inbound service times from outside; raised to those from suppliers.
    service
        (n,) service times that are wished for; changed to the settled ones.
    """
    for stage in order:
        service[stage] = min(service[stage], inbound[stage] + stage_time[stage], limit[stage])
        for link in range(first[stage], first[stage + 1]):
            arrival = service[stage] + lead_time[link]
            inbound[target[link]] = max(inbound[target[link]], arrival)
    for stage in order:
        raised = min(inbound[stage] + stage_time[stage], limit[stage])
        for link in range(first[stage], first[stage + 1]):
            raised = min(raised, inbound[target[link]] - lead_time[link])
        service[stage] = max(service[stage], raised)


@njit(cache=True, nogil=True)
def pass_up(
    begin: int,
    end: int,
    sequence: Ints,
    parent: Ints,
    offset: Ints,
    edges: Ints,
    table: Floats,
    cost: Floats,
    choice: Ints,
) -> float:
    """Add what variables cost to those that they hang on; return what the roots among them cost.

    Parameters
    ----------
    begin, end
        Places in the sequence; the later ones must have been passed up.
    sequence
        (V,) variables, each after the one it hangs on.
    parent
        (V,) edge by which each variable hangs on another, -1 for a root.
    offset, edges, table
        See `flowopt.inventory.safety_stock.kernels.messages.sweep`.
    cost
        Costs of the labels, at first their own; changed.
    choice
        (V,) labels; those of roots are set.
    """
    total = 0.0
    for place in range(end - 1, begin - 1, -1):
        variable, edge = sequence[place], parent[sequence[place]]
        own = cost[offset[variable] : offset[variable + 1]]
        if edge < 0:
            choice[variable] = own.argmin()
            total += own.min()
            continue
        hangs_on_later = edges[edge, 0] == variable
        other = edges[edge, 1] if hangs_on_later else edges[edge, 0]
        theirs = cost[offset[other] : offset[other + 1]]
        message = np.empty(len(theirs))
        if hangs_on_later:
            send_down(own, edges[edge, 2], edges[edge, 3], table, message)
        else:
            send_up(own, edges[edge, 2], edges[edge, 3], table, message)
        for k in range(len(theirs)):
            theirs[k] += message[k]
    return total


@njit(cache=True, nogil=True)
def pass_down(
    sequence: Ints,
    parent: Ints,
    offset: Ints,
    edges: Ints,
    table: Floats,
    cost: Floats,
    choice: Ints,
) -> None:
    """Choose the best labels, given those of what the variables hang on; see `pass_up`."""
    for variable in sequence:
        edge = parent[variable]
        if edge < 0:
            continue
        start, gap = edges[edge, 2], edges[edge, 3]
        hangs_on_later = edges[edge, 0] == variable
        fixed = choice[edges[edge, 1]] if hangs_on_later else choice[edges[edge, 0]]
        least = np.inf
        for k in range(offset[variable + 1] - offset[variable]):
            one, other = (k, fixed) if hangs_on_later else (fixed, k)
            room = one + gap - other  # of a stage: its net replenishment time; of a link: its slack
            if (start < 0 and room > 0) or (start >= 0 and room < 0):
                continue
            value = cost[offset[variable] + k]
            if start >= 0:
                value += table[start + room]
            if value < least:
                least, choice[variable] = value, k


@njit(cache=True, nogil=True)
def stretch(
    begin: Ints,
    low: Ints,
    values: Floats,
    finer_begin: Ints,
    finer_low: Ints,
    ratio: float,
    out: Floats,
) -> None:
    """Set messages on a finer grid to those on a coarser one, linear between its labels.

    Parameters
    ----------
    begin, low
        (F + 1,) where the messages begin, (F,) the lowest labels of their receivers.
    values
        The messages.
    finer_begin, finer_low
        The same on the finer grid.
    ratio
        Ticks of the coarser grid in one of the finer.
    out
        The messages on the finer grid; set.
    """
    for edge in range(len(low)):
        last = begin[edge + 1] - begin[edge] - 1
        for k in range(finer_begin[edge + 1] - finer_begin[edge]):
            place = (finer_low[edge] + k) * ratio - low[edge]
            place = min(max(place, 0.0), float(last))
            left = min(int(place), max(last - 1, 0))
            right = min(left + 1, last)
            share = place - left
            one, other = values[begin[edge] + left], values[begin[edge] + right]
            out[finer_begin[edge] + k] = one + share * (other - one)
