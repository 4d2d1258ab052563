"""Slack induction by string removals, under all rules.

Christiaens and Vanden Berghe, Transportation Science 54 (2020) 417-433, with simulated annealing.
"""

from __future__ import annotations

import math
from typing import Any

from flowopt.routing.kernels.compiled import inner, kernel
from flowopt.routing.kernels.rules_layout import (
    BANK,
    COST,
    DURATION,
    EARLY,
    GROUP,
    LATE,
    LOSS,
    MOST,
    NEXT,
    PARTNER,
    ROUTE,
    SIZE,
    START,
    USED,
    Data,
    Plan,
    Scratch,
)
from flowopt.routing.kernels.rules_moves import insert, restore, save_route, stamp_anew
from flowopt.routing.kernels.rules_pairs import best_pair
from flowopt.routing.kernels.rules_places import best_place
from flowopt.routing.kernels.rules_ruin import mend, ruin, take_out
from flowopt.routing.kernels.rules_state import head_of, is_client, is_tail
from flowopt.routing.kernels.rules_ways import chance, distance_of

GROUP_AT_ONCE = 0.5
"""Probability that all members of a group are looked at, and the best of them is taken."""


@kernel
def search(d: Data, s: Plan, best: Plan, u: Scratch, iterations: int, temperature: float) -> None:
    """Run some iterations at one temperature, and keep the best plan seen.

    Parameters
    ----------
    d
        The problem.
    s
        The plan that is changed.
    best
        The best plan so far; only its links, routes, bank and cost are kept up to date.
    u
        Scratch.
    iterations
        How many.
    temperature
        In units of cost.
    """
    begin(d, s, u)
    for iteration in range(1, iterations + 1):
        limit = -temperature * math.log(1e-300 + chance(s))
        change, longest, touched, num_bank = attempt(d, s, u, iteration, limit)
        if not change <= limit:
            take_back(d, s, u, touched, num_bank, longest)
            continue
        s.cost[0] += change
        if s.cost[0] < best.cost[0] - 1e-9 * max(1.0, abs(best.cost[0])):
            keep(d, s, best)


@kernel
def search_fewer(
    d: Data, s: Plan, best: Plan, u: Scratch, iterations: int, temperature: float
) -> None:
    """Run some iterations towards fewer routes, and keep the best plan seen.

    A plan is accepted when those in its bank were there less often before than those that were in
    the bank. When a plan serves all required clients, a route whose clients were seldom in the bank
    is taken out of it.

    Parameters
    ----------
    d, s, best, u, iterations, temperature
        As of `search`.
    """
    begin(d, s, u)
    if required_in_bank(d, s, u)[0] == 0:
        drop_route(d, s, u)
    for iteration in range(1, iterations + 1):
        num_old, absent, lost = required_in_bank(d, s, u)
        change, longest, touched, num_bank = attempt(d, s, u, iteration, math.inf)
        num_new, still_absent, still_lost = required_in_bank(d, s, u)
        limit = -temperature * math.log(1e-300 + chance(s))
        cheap = num_new <= num_old and change - (still_lost - lost) <= limit
        for place in range(s.counts[BANK]):
            u.absences[s.bank[place]] += 1
        if not (change < math.inf and (num_new == 0 or still_absent < absent or cheap)):
            take_back(d, s, u, touched, num_bank, longest)
            continue
        s.cost[0] += change
        if num_new == 0:
            if s.cost[0] < best.cost[0] - 1e-9 * max(1.0, abs(best.cost[0])):
                keep(d, s, best)
            drop_route(d, s, u)


@inner
def begin(d: Data, s: Plan, u: Scratch) -> None:
    """Forget the iterations before, and what rounding has added to the cost."""
    for r in range(s.route.shape[0]):
        u.touched_in[r] = u.ruined_in[r] = u.looked_at[r] = 0
    u.ticks[0] = 0
    s.cost[1] = longest_route(d, s)
    s.cost[0] = cost_of(d, s)


@inner
def attempt(d: Data, s: Plan, u: Scratch, iteration: int, limit: float) -> Any:
    """Ruin and recreate; return cost change, longest duration, routes saved, size of the bank.

    The last three are those that `take_back` asks for.
    """
    num_bank, longest = s.counts[BANK], s.cost[1]
    for place in range(num_bank):
        u.bank[place] = s.bank[place]
    change, touched, filled, num_removed = ruin(d, s, u, iteration)
    if math.isinf(change):
        return change, longest, touched, num_bank
    if d.longest_cost > 0.0:
        s.cost[1] = longest_route(d, s)
    for place in range(num_bank):
        u.removed[num_removed] = s.bank[place]
        num_removed += 1
    s.counts[BANK] = 0
    sort_removed(d, s, u, num_removed)
    change, touched = recreate(d, s, u, iteration, num_removed, change, limit, touched, filled)
    if d.longest_cost > 0.0:
        s.cost[1] = longest_route(d, s)
        change += d.longest_cost * (s.cost[1] - longest)
    return change, longest, touched, num_bank


@inner
def take_back(d: Data, s: Plan, u: Scratch, touched: int, num_bank: int, longest: float) -> None:
    """Take an iteration back."""
    restore(d, s, u, touched)
    s.cost[1] = longest
    s.counts[BANK] = num_bank
    for place in range(num_bank):
        s.bank[place] = u.bank[place]


@inner
def recreate(
    d: Data,
    s: Plan,
    u: Scratch,
    iteration: int,
    num_removed: int,
    change: float,
    limit: float,
    touched: int,
    filled: int,
) -> Any:
    """Insert the removed one by one; return the cost change and the number of routes saved.

    The change is inf when it cannot end below the limit: what is left then is not inserted.
    """
    pending = 0.0  # what may still be won back
    if d.longest_cost > 0.0:
        pending = math.inf  # the longest route may become shorter
    for place in range(num_removed):
        pending += d.client[u.removed[place], LOSS]
    for place in range(num_removed):
        if change - pending > limit:
            return math.inf, touched
        c = int(u.removed[place])
        pending -= d.client[c, LOSS]
        if s.link[c, ROUTE] >= 0:  # came in as the best of its group
            continue
        group = d.bond[c, GROUP]
        if group >= 0 and s.served[group] > 0:
            to_bank(s, c)
            continue
        if d.bond[c, PARTNER] >= 0:
            cost, a, y, how, depot = best_pair(d, s, u, c)
            joins = c
        elif group >= 0 and chance(s) < GROUP_AT_ONCE:
            joins, cost, a, how, depot = best_of_group(d, s, u, group)
            y = joins
        else:
            cost, a, how, depot = best_place(d, s, u, c)
            joins, y = c, c
        if a < 0:
            to_bank(s, c)
            continue
        r = s.link[a, ROUTE]
        touched, filled = save_route(d, s, u, iteration, r, touched, filled)
        before = s.amount[r, COST]
        insert(d, s, joins, a, y, how, depot, cost)
        stamp_anew(u, r)
        change += s.amount[r, COST] - before - d.client[c, LOSS]
        s.cost[1] = max(s.cost[1], s.amount[r, DURATION])
        if joins != c:
            from_bank(s, joins)
            to_bank(s, c)
    return change, touched


@inner
def to_bank(s: Plan, c: int) -> None:
    """Put a client into the bank."""
    s.bank[s.counts[BANK]] = c
    s.counts[BANK] += 1


@inner
def from_bank(s: Plan, c: int) -> None:
    """Take a client out of the bank, if it is there."""
    for place in range(s.counts[BANK]):
        if s.bank[place] == c:
            s.counts[BANK] -= 1
            s.bank[place] = s.bank[s.counts[BANK]]
            return


@inner
def best_of_group(d: Data, s: Plan, u: Scratch, group: int) -> Any:
    """Return the member of a group that costs least where it costs least; as `best_place`."""
    joins, found = -1, best_place(d, s, u, d.group_member[d.group_begin[group]])
    for place in range(d.group_begin[group], d.group_begin[group + 1]):
        c = d.group_member[place]
        other = best_place(d, s, u, c)
        if joins < 0 or (other[1] >= 0 and (found[1] < 0 or other[0] < found[0])):
            joins, found = c, other
    return joins, found[0], found[1], found[2], found[3]


@inner
def sort_removed(d: Data, s: Plan, u: Scratch, num_removed: int) -> None:
    """Sort the removed: at random, by load, distance from the depot, or window."""
    removed, key = u.removed, u.key
    way = chance(s) * (17.0 if d.timed else 11.0)
    depot = d.kind[0, START]
    for place in range(num_removed):
        c = removed[place]
        if way < 4.0:
            key[place] = chance(s)
        elif way < 8.0:
            key[place] = -max(max(d.demand[c, 0], d.pickup[c, 0]), d.goods[c, 0])
        elif way < 10.0:
            key[place] = -distance_of(d, 0, depot, s.place[c])
        elif way < 11.0:
            key[place] = distance_of(d, 0, depot, s.place[c])
        elif way < 13.0:
            key[place] = d.client[c, LATE] - d.client[c, EARLY]
        elif way < 15.0:
            key[place] = d.client[c, EARLY]
        else:
            key[place] = -d.client[c, LATE]
    for place in range(1, num_removed):
        c, k, gap = removed[place], key[place], place - 1
        while gap >= 0 and key[gap] > k:
            removed[gap + 1], key[gap + 1] = removed[gap], key[gap]
            gap -= 1
        removed[gap + 1], key[gap + 1] = c, k


@inner
def required_in_bank(d: Data, s: Plan, u: Scratch) -> Any:
    """Return how many required clients are in the bank, their absences, what all there lose."""
    number, absences, lost = 0, 0, 0.0
    for place in range(s.counts[BANK]):
        c = s.bank[place]
        group = d.bond[c, GROUP]
        if group >= 0 and (
            s.served[group] > 0 or c != d.group_member[d.group_begin[group]]
        ):  # of a group without a served member its first counts
            continue
        lost += d.client[c, LOSS]
        if d.client[c, LOSS] >= d.must:
            number += 1
            absences += u.absences[c]
    return number, absences, lost


@inner
def drop_route(d: Data, s: Plan, u: Scratch) -> None:
    """Take the route out whose clients were least often in the bank; no more may be in use."""
    fewest, chosen = -1, -1
    for r in range(s.route.shape[0]):
        if s.route[r, SIZE] == 0:
            continue
        absences, x = 0, s.link[head_of(s, r), NEXT]
        while not is_tail(s, x):
            if is_client(d, x):
                absences += u.absences[x]
            x = s.link[x, NEXT]
        if chosen < 0 or absences < fewest or (absences == fewest and chance(s) < 0.5):
            fewest, chosen = absences, r
    if chosen < 0:
        return
    x, num_removed = s.link[head_of(s, chosen), NEXT], 0
    while not is_tail(s, x):
        if is_client(d, x):
            u.string[num_removed] = x
            num_removed += 1
        x = s.link[x, NEXT]
    num_out = 0
    for place in range(num_removed):
        num_out = take_out(d, s, u, u.string[place], num_out)
    s.cost[0] -= s.amount[chosen, COST]
    mend(d, s, chosen)
    stamp_anew(u, chosen)
    for place in range(num_out):
        to_bank(s, u.removed[place])
        s.cost[0] += d.client[u.removed[place], LOSS]
    s.counts[MOST] = s.counts[USED]


@inner
def longest_route(d: Data, s: Plan) -> Any:
    """Return the duration of the longest route."""
    longest = 0.0
    for r in range(s.route.shape[0]):
        if s.route[r, SIZE] > 0:
            longest = max(longest, s.amount[r, DURATION])
    return longest


@inner
def cost_of(d: Data, s: Plan) -> Any:
    """Return the cost of a plan, with what is lost by the clients in its bank."""
    cost = d.longest_cost * s.cost[1]
    for r in range(s.route.shape[0]):
        if s.route[r, SIZE] > 0:
            cost += s.amount[r, COST]
    for place in range(s.counts[BANK]):
        if d.bond[s.bank[place], GROUP] < 0:
            cost += d.client[s.bank[place], LOSS]
    for group in range(len(d.group_begin) - 1):
        if s.served[group] == 0 and d.group_begin[group] < d.group_begin[group + 1]:
            cost += d.client[d.group_member[d.group_begin[group]], LOSS]
    return cost


@inner
def keep(d: Data, s: Plan, best: Plan) -> None:
    """Copy routes and bank of a plan."""
    for r in range(s.route.shape[0]):
        best.route[r, SIZE] = s.route[r, SIZE]
        x = head_of(s, r)
        while s.route[r, SIZE] > 0 and not is_tail(s, x):
            best.link[x, NEXT], best.place[x] = s.link[x, NEXT], s.place[x]
            x = s.link[x, NEXT]
    best.counts[BANK], best.counts[USED] = s.counts[BANK], s.counts[USED]
    for place in range(s.counts[BANK]):
        best.bank[place] = s.bank[place]
    best.cost[0] = s.cost[0]
