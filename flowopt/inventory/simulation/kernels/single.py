"""Items that replenish on their own, played period by period; compiled.

In a period a review orders, what was ordered a lead time ago arrives, demand comes, and what is
left is counted.
"""

from __future__ import annotations

import math

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
from flowopt.inventory.simulation.kernels.random import FloatArray, Stream, begin, share

IndexArray = npt.NDArray[np.int64]

(
    PERIODS,
    DEMAND,
    SHORT,
    READY,
    CYCLES,
    CLEAN,
    STOCK,
    BACKORDERS,
    ORDERS,
    ORDERED,
    ORDER_CYCLES,
    CLEAN_ORDERS,
) = range(12)
NUM_FIGURES = 12
"""What is summed up over the periods that count."""

TRIGGER, UP_TO, BATCH = range(3)
"""Of a policy: order at or below this position; up to this one; or in multiples of this."""

REVIEW, LEAST, PACK, MOST, LEAD, LOST, SHELF = range(7)
"""Of an item: review period, minimum, pack, maximum, lead time, whether shortages are lost, and how
much may be on hand and on order together."""

FIXED, IN_TURN, CROSSING = range(3)
"""Lead times: certain; random, and orders arrive in turn; random, and orders may cross."""

NET, POSITION, NEXT_REVIEW, LOST_IN_CYCLE, LOST_SINCE_ORDER = range(5)
_DUST = 1e-9
_BUFFER = 1024


@njit(cache=True, nogil=True)
def lead_draw(random: Stream, table: FloatArray) -> int:
    """Return the first entry of a falling table that is at or below a random share."""
    chance = share(random, 1)
    lead = 0
    while table[lead] > chance:
        lead += 1
    return lead


@njit(cache=True, nogil=True)
def advance(
    demand: FloatArray,
    count: int,
    policy: FloatArray,
    rule: FloatArray,
    lead_kind: int,
    lead_table: FloatArray,
    placed: FloatArray,
    due: FloatArray,
    state: FloatArray,
    clock: IndexArray,
    random: Stream,
    figures: FloatArray,
    trace: FloatArray,
) -> None:
    """Play some periods of one item and add up what happens.

    Parameters
    ----------
    demand, count
        (count,) at least, the demand of these periods.
    policy, rule
        See `TRIGGER` and `REVIEW`.
    lead_kind, lead_table
        How long orders take.
    placed
        (M,) of a power of two: what was ordered in the last periods, -1 without a review.
    due
        (M,) what arrives in the next periods, when orders may cross.
    state
        See `NET`; changed in place.
    clock
        This period, and that of the oldest orders still to arrive; changed in place.
    random
        The streams of the item.
    figures
        See `NUM_FIGURES`; added to.
    trace
        (T, 4) demand, net stock at the end, position after the review, order of each period; or
        empty.
    """
    trigger, up_to, batch = policy[TRIGGER], policy[UP_TO], policy[BATCH]
    review, least, pack, most = rule[REVIEW], rule[LEAST], rule[PACK], rule[MOST]
    lead, lost = int(rule[LEAD]), rule[LOST] > 0.0
    inverse_pack = 1.0 / pack if pack > 0.0 else 0.0
    inverse_batch = 1.0 / batch if batch > 0.0 else 0.0
    net, position, next_review = state[NET], state[POSITION], state[NEXT_REVIEW]
    lost_in_cycle, lost_since_order = state[LOST_IN_CYCLE] > 0, state[LOST_SINCE_ORDER] > 0
    now, oldest = clock[0], clock[1]
    shelf = rule[SHELF]
    mask = placed.size - 1
    rounded = pack > 0.0 and batch == 0.0 and trigger > -np.inf and shelf == np.inf
    empty = -_DUST * max(1.0, abs(trigger))
    total = short = stock = backorders = ordered = 0.0
    ready = cycles = clean = orders = order_cycles = clean_orders = 0
    for place in range(count):
        order = -1.0
        if now >= next_review:
            next_review += review
            order = 0.0
            if rounded:  # whether it orders is a toss-up: no branch is quicker than a wrong guess
                packs = math.ceil(max(up_to - position, least) * inverse_pack - _DUST)
                asks = 1.0 if position <= trigger else 0.0
                order = asks * min(packs * pack, most)
                orders += order > 0.0
                position += order
                ordered += order
            elif position <= trigger:
                if batch > 0.0:
                    order = (math.floor((trigger - position) * inverse_batch + _DUST) + 1.0) * batch
                else:
                    order = up_to - position
                order = max(order, least)
                if pack > 0.0:
                    order = math.ceil(order * inverse_pack - _DUST) * pack
                order = min(order, most)
                if shelf < np.inf:
                    room = shelf - position - max(-net, 0.0)
                    if pack > 0.0:
                        room = math.floor(room * inverse_pack + _DUST) * pack
                    order = min(order, room) if room >= max(least, _DUST) else 0.0
                orders += order > 0.0
                position += order
                ordered += order
        arrived, ended, received = 0.0, False, False
        if lead_kind == CROSSING:
            if order > 0.0:
                due[(now + lead_draw(random, lead_table)) & mask] += order
            arrived = due[now & mask]
            due[now & mask] = 0.0
            ended = received = arrived > 0.0
        elif lead_kind == FIXED:
            placed[now & mask] = order
            arrived = placed[(now - lead) & mask]
            ended, received = arrived >= 0.0, arrived > 0.0
        else:
            placed[now & mask] = order
            last = now - lead_draw(random, lead_table)
            while oldest <= last:
                past = placed[oldest & mask]
                if past >= 0.0:
                    ended = True
                    if past > 0.0:
                        received = True
                        arrived += past
                oldest += 1
        held = net >= empty  # as much a toss-up as demand is erratic: `&` branches nowhere
        cycles += ended
        clean += ended & held & (not lost_in_cycle)
        lost_in_cycle &= not ended
        order_cycles += received
        clean_orders += received & held & (not lost_since_order)
        lost_since_order &= not received
        net += max(arrived, 0.0)
        asked = demand[place]
        total += asked
        missing = max(asked - max(net, 0.0), 0.0)
        short += missing
        served = asked
        if lost:
            served -= missing
            gone = missing > -empty
            lost_in_cycle |= gone
            lost_since_order |= gone
        net -= served
        position -= served
        stock += max(net, 0.0)
        backorders += max(-net, 0.0)
        ready += net > 0.0
        if trace.size:
            trace[now, 0], trace[now, 1], trace[now, 2] = asked, net, position + served
            trace[now, 3] = max(order, 0.0)
        now += 1
    state[NET], state[POSITION], state[NEXT_REVIEW] = net, position, next_review
    state[LOST_IN_CYCLE], state[LOST_SINCE_ORDER] = lost_in_cycle, lost_since_order
    clock[0], clock[1] = now, oldest
    figures[PERIODS] += count
    figures[DEMAND] += total
    figures[SHORT] += short
    figures[READY] += ready
    figures[CYCLES] += cycles
    figures[CLEAN] += clean
    figures[STOCK] += stock
    figures[BACKORDERS] += backorders
    figures[ORDERS] += orders
    figures[ORDERED] += ordered
    figures[ORDER_CYCLES] += order_cycles
    figures[CLEAN_ORDERS] += clean_orders


@njit(cache=True, nogil=True)
def play(
    kind: IndexArray,
    mean: FloatArray,
    variance: FloatArray,
    samples: FloatArray,
    sample_start: IndexArray,
    history: FloatArray,
    policies: FloatArray,
    changes: IndexArray,
    rules: FloatArray,
    lead_kind: IndexArray,
    lead_table: FloatArray,
    lead_start: IndexArray,
    opening: FloatArray,
    warm: IndexArray,
    last: IndexArray,
    first_item: int,
    seed: int,
    replications: int,
    blocks: int,
    figures: FloatArray,
    trace: FloatArray,
) -> None:
    """Play items, each `replications` times, and add up what happens in blocks of periods.

    Parameters
    ----------
    kind
        (n,) where the demand of each item comes from; see `flowopt.inventory.simulation.kernels
        .demand`.
    mean, variance
        (n,) of the demand of a period.
    samples, sample_start
        The samples of all items, and (n + 1,) where those of each begin.
    history
        (n, T) demand of each period; (0, 0) when all is random.
    policies, changes
        (n, G, 3) policies, and (G,) the periods from which each is in force; the first is 0.
    rules
        (n, 7) see `REVIEW`.
    lead_kind, lead_table, lead_start
        (n,) how lead times are drawn, the tables of all items, and (n + 1,) where each begins.
    opening
        (n,) stock on hand at the beginning; nothing is on order then.
    warm, last
        (n,) the first period that counts, and the one after the last.
    first_item, seed
        What the random streams are made of: the number of the first item, and the seed.
    replications, blocks
        How often each item is played, and in how many blocks of periods each time is cut.
    figures
        (n, replications × blocks, 12) added to.
    trace
        (T, 4) filled for the first item and replication; or empty.
    """
    buffer = np.empty(_BUFFER)
    random = np.zeros(2, dtype=np.uint64)
    state, clock = np.zeros(5), np.zeros(2, dtype=np.int64)
    aside = np.zeros(NUM_FIGURES)
    nothing = np.empty((0, 4))
    none = np.empty(0, dtype=np.int64)
    for item in range(kind.size):
        table = lead_table[lead_start[item] : lead_start[item + 1]]
        longest = int(rules[item, LEAD]) if lead_kind[item] == FIXED else table.size
        room = 2
        while room < longest + 2:
            room *= 2
        drawn = samples[sample_start[item] : sample_start[item + 1]]
        first, limit, alias = 0, none, none
        if kind[item] == COUNTED and mean[item] > 0.0:
            first, chance = chances_of_counts(mean[item], variance[item])
            if chance.size:
                limit, alias = alias_table(chance)
        periods = last[item] - warm[item]
        for replication in range(replications):
            begin(random, seed, first_item + item, replication, 0)
            begin(random, seed, first_item + item, replication, 1)
            placed, due = np.full(room, -1.0), np.zeros(room)
            state[:] = 0.0
            state[NET] = state[POSITION] = opening[item]
            clock[:] = 0
            block, change = -1, 0
            traced = item == 0 and replication == 0
            while clock[0] < last[item]:
                now = clock[0]
                while change + 1 < changes.size and now >= changes[change + 1]:
                    change += 1
                while block + 1 < blocks and now >= warm[item] + (block + 1) * periods // blocks:
                    block += 1
                end = last[item]
                if block + 1 < blocks:
                    end = min(end, warm[item] + (block + 1) * periods // blocks)
                if change + 1 < changes.size:
                    end = min(end, changes[change + 1])
                if kind[item] == HISTORY:
                    asked = history[item, now:end]
                else:
                    end = min(end, now + _BUFFER)
                    asked = buffer
                    if limit.size:
                        fill_from_table(buffer, end - now, random, first, limit, alias)
                    else:
                        fill(
                            buffer,
                            end - now,
                            random,
                            kind[item],
                            mean[item],
                            variance[item],
                            drawn,
                        )
                row = aside if block < 0 else figures[item, replication * blocks + block]
                advance(
                    asked,
                    end - now,
                    policies[item, change],
                    rules[item],
                    lead_kind[item],
                    table,
                    placed,
                    due,
                    state,
                    clock,
                    random,
                    row,
                    trace if traced else nothing,
                )
