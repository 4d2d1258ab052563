"""Stages that keep base stock and supply each other, played period by period; compiled.

In a period every stage orders, customers' side first; then, from the source on, each receives what
comes in, starts what it has all inputs for, and serves what it owes; then demand comes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.inventory.simulation.kernels.demand import (
    COUNTED,
    HISTORY,
    alias_table,
    chances_of_counts,
    fill,
    fill_from_table,
)
from flowopt.inventory.simulation.kernels.random import FloatArray, begin

IndexArray = npt.NDArray[np.int64]

(
    PERIODS,
    DEMAND,
    SHORT,
    READY,
    STOCK,
    BACKORDERS,
    UNDER_WAY,
    ASKED,
    LATE,
) = range(9)
NUM_FIGURES = 9
"""What is summed up, for each stage, over the periods that count."""

_BUFFER = 512
_DUST = 1e-9


@njit(cache=True, nogil=True)
def fill_rows(
    buffer: FloatArray,
    count: int,
    now: int,
    streams: npt.NDArray[np.uint64],
    kind: IndexArray,
    mean: FloatArray,
    variance: FloatArray,
    history: FloatArray,
    first: IndexArray,
    start: IndexArray,
    limit: IndexArray,
    alias: IndexArray,
) -> None:
    """Fill (n, count) with the demand of every stage from a period on; see `play_network`."""
    nothing = np.empty(0)
    for stage in range(kind.size):
        row = buffer[stage]
        low, high = start[stage], start[stage + 1]
        if kind[stage] == HISTORY:
            row[:count] = history[stage, now : now + count]
        elif mean[stage] <= 0.0:
            row[:count] = 0.0
        elif high > low:
            table, other = limit[low:high], alias[low:high]
            fill_from_table(row, count, streams[stage], first[stage], table, other)
        else:
            fill(row, count, streams[stage], kind[stage], mean[stage], variance[stage], nothing)


@njit(cache=True, nogil=True)
def play_network(
    order: IndexArray,
    source: IndexArray,
    target: IndexArray,
    quantity: FloatArray,
    lead_time: IndexArray,
    in_start: IndexArray,
    in_link: IndexArray,
    out_start: IndexArray,
    out_link: IndexArray,
    base: FloatArray,
    stage_time: IndexArray,
    service_time: IndexArray,
    kind: IndexArray,
    mean: FloatArray,
    variance: FloatArray,
    history: FloatArray,
    warm: int,
    last: int,
    seed: int,
    replications: int,
    blocks: int,
    figures: FloatArray,
    trace: FloatArray,
) -> None:
    """Play a network, `replications` times, and add up what happens in blocks of periods.

    Parameters
    ----------
    order
        (n,) stages, suppliers first.
    source, target, quantity, lead_time
        (E,) ends of the links, units of the source in one of the target, periods under way.
    in_start, in_link, out_start, out_link
        Links into and out of each stage.
    base, stage_time, service_time
        (n,) base-stock level, periods of work, periods after which orders are due.
    kind, mean, variance, history
        Outside demand; see `flowopt.inventory.simulation.kernels.single.play`.
    warm, last
        The first period that counts, and the one after the last.
    seed, replications, blocks
        Of the random numbers; how often, and in how many blocks of periods each time is cut.
    figures
        (n, replications × blocks, 9) added to.
    trace
        (T, n) filled with the stock on hand less what is owed outside of the first replication; or
        empty.
    """
    num_stages, num_links = order.size, source.size
    longest = 1
    for stage in range(num_stages):
        longest = max(longest, stage_time[stage], service_time[stage])
    for link in range(num_links):
        longest = max(longest, lead_time[link])
    room = longest + 1
    first = np.zeros(num_stages, dtype=np.int64)
    start = np.zeros(num_stages + 1, dtype=np.int64)
    limits = np.empty(0, dtype=np.int64)
    aliases = np.empty(0, dtype=np.int64)
    for stage in range(num_stages):
        start[stage + 1] = start[stage]
        if kind[stage] == COUNTED and mean[stage] > 0.0:
            first[stage], chance = chances_of_counts(mean[stage], variance[stage])
            if chance.size:
                limit, alias = alias_table(chance)
                limits = np.concatenate((limits, limit))
                aliases = np.concatenate((aliases, alias))
                start[stage + 1] += limit.size
    buffer = np.empty((num_stages, _BUFFER))
    streams = np.zeros((num_stages, 2), dtype=np.uint64)
    row = np.zeros((num_stages, NUM_FIGURES))
    for replication in range(replications):
        for stage in range(num_stages):
            begin(streams[stage], seed, stage, replication, 0)
        on_hand, position = base.copy(), base.copy()
        ahead = np.zeros(num_stages)  # ordered, and not yet started
        working = np.zeros((num_stages, room))  # finished in each of the next periods
        backlog = np.zeros(num_stages)  # owed outside
        due = np.zeros((num_stages, room))  # demand due outside in each of the next periods
        moving = np.zeros((num_links, room))  # arrives in each of the next periods
        waiting = np.zeros(num_links)  # arrived, and not yet used
        owed = np.zeros(num_links)  # due, and not yet sent
        promised = np.zeros((num_links, room))  # due in each of the next periods
        under_way = np.zeros(num_links)  # sent, and not yet on the shelf of the target
        for now in range(last):
            place = now % _BUFFER
            if place == 0:
                count = min(_BUFFER, last - now)
                fill_rows(
                    buffer,
                    count,
                    now,
                    streams,
                    kind,
                    mean,
                    variance,
                    history,
                    first,
                    start,
                    limits,
                    aliases,
                )
            slot = now % room
            row[:] = 0.0
            for step in range(num_stages - 1, -1, -1):
                stage = order[step]
                wanted = base[stage] - position[stage]
                if wanted <= _DUST * max(1.0, abs(base[stage])):
                    continue
                position[stage] += wanted
                ahead[stage] += wanted
                for index in range(in_start[stage], in_start[stage + 1]):
                    link = in_link[index]
                    supplier = source[link]
                    units = wanted * quantity[link]
                    position[supplier] -= units
                    promised[link, (now + service_time[supplier]) % room] += units
            for step in range(num_stages):
                stage = order[step]
                begun = ahead[stage]
                for index in range(in_start[stage], in_start[stage + 1]):
                    link = in_link[index]
                    waiting[link] += moving[link, slot]
                    moving[link, slot] = 0.0
                    begun = min(begun, waiting[link] / quantity[link])
                if begun > 0.0:
                    ahead[stage] -= begun
                    for index in range(in_start[stage], in_start[stage + 1]):
                        link = in_link[index]
                        waiting[link] = max(waiting[link] - begun * quantity[link], 0.0)
                    working[stage, (now + stage_time[stage]) % room] += begun
                finished = working[stage, slot]
                working[stage, slot] = 0.0
                on_hand[stage] += finished
                for index in range(in_start[stage], in_start[stage + 1]):
                    link = in_link[index]
                    under_way[link] = max(under_way[link] - finished * quantity[link], 0.0)
                claims = backlog[stage]
                for index in range(out_start[stage], out_start[stage + 1]):
                    link = out_link[index]
                    row[stage, ASKED] += promised[link, slot]
                    owed[link] += promised[link, slot]
                    claims += owed[link]
                if claims > 0.0 and on_hand[stage] > 0.0:
                    served = min(on_hand[stage] / claims, 1.0)
                    if served > 1.0 - _DUST:
                        served = 1.0
                    for index in range(out_start[stage], out_start[stage + 1]):
                        link = out_link[index]
                        sent = owed[link] * served
                        owed[link] -= sent
                        under_way[link] += sent
                        moving[link, (now + lead_time[link]) % room] += sent
                    backlog[stage] -= backlog[stage] * served
                    on_hand[stage] = max(on_hand[stage] - claims * served, 0.0)
                for index in range(out_start[stage], out_start[stage + 1]):
                    link = out_link[index]
                    row[stage, LATE] += min(owed[link], promised[link, slot])
                    promised[link, slot] = 0.0
            for stage in range(num_stages):
                position[stage] -= buffer[stage, place]
                due[stage, (now + service_time[stage]) % room] += buffer[stage, place]
                asked = due[stage, slot]
                due[stage, slot] = 0.0
                served = min(asked, on_hand[stage])
                on_hand[stage] -= served
                backlog[stage] += asked - served
                row[stage, PERIODS] = 1.0
                row[stage, DEMAND] = asked
                row[stage, SHORT] = asked - served
                row[stage, READY] = 1.0 if on_hand[stage] > 0.0 else 0.0
                row[stage, STOCK] = on_hand[stage]
                row[stage, BACKORDERS] = backlog[stage]
            for link in range(num_links):
                row[source[link], UNDER_WAY] += under_way[link]
            if trace.size and replication == 0:
                trace[now] = on_hand - backlog
            if now >= warm:
                block = replication * blocks + (now - warm) * blocks // (last - warm)
                figures[:, block] += row
