"""Times along a route: what lies before and behind each client, kept up to date.

Pieces of routes are joined as in Vidal et al., Computers & OR 40 (2013) 475-489, but without time
warp: a piece has a duration D and earliest and latest starts E and L; it can follow another after a
way of t when E1 + D1 + t <= L2, and then costs a wait of max(0, E2 - D1 - t - L1).
"""

from __future__ import annotations

from typing import Any

from flowopt.routing.kernels.compiled import inner
from flowopt.routing.kernels.layout import (
    A_DURATION,
    A_EARLY,
    B_DURATION,
    B_EARLY,
    B_LATE,
    DEPARTURE,
    EARLY,
    LAST,
    LATE,
    LATEST,
    NEXT,
    PREVIOUS,
    SERVICE,
    SHIFT_EARLY,
    SHIFT_LATE,
    TYPE,
    Data,
    Plan,
)
from flowopt.routing.kernels.ways import duration_of


@inner
def refresh_forward(d: Data, s: Plan, r: int, c: int) -> None:
    """Update what lies before each client of route r, from c on, until nothing changes."""
    node, time, client, m = s.node, s.time, d.client, d.num_depots
    k = s.route[r, TYPE]
    p = node[c, PREVIOUS]
    if p < 0:
        departure = bd_early = d.vehicle[k, SHIFT_EARLY]
        bd, bd_late, at = 0.0, d.vehicle[k, SHIFT_LATE], d.ends[k, 0]
    else:
        departure, at = time[p, DEPARTURE], m + p
        bd, bd_early, bd_late = time[p, B_DURATION], time[p, B_EARLY], time[p, B_LATE]
    while c >= 0:
        way = duration_of(d, at, m + c)
        departure = max(departure + way, client[c, EARLY]) + client[c, SERVICE]
        same = time[c, DEPARTURE] == departure
        time[c, DEPARTURE] = departure
        if d.rich:
            reach = bd + way
            wait = max(0.0, client[c, EARLY] - reach - bd_late)
            bd_early = max(client[c, EARLY] - reach, bd_early) - wait
            bd_late = min(client[c, LATE] - reach, bd_late)
            bd = reach + wait + client[c, SERVICE]
            same = same and time[c, B_DURATION] == bd and time[c, B_LATE] == bd_late
            same = same and time[c, B_EARLY] == bd_early
            time[c, B_DURATION], time[c, B_EARLY], time[c, B_LATE] = bd, bd_early, bd_late
        if same:
            return
        at, c = m + c, node[c, NEXT]


@inner
def refresh_backward(d: Data, s: Plan, r: int, c: int) -> None:
    """Update what lies behind each client of route r, from c back, until nothing changes."""
    node, time, client, m = s.node, s.time, d.client, d.num_depots
    k = s.route[r, TYPE]
    p = node[c, NEXT]
    if p < 0:
        latest, ad, ad_early = d.vehicle[k, SHIFT_LATE], 0.0, d.vehicle[k, SHIFT_EARLY]
        to = d.ends[k, 1]
    else:
        latest, ad, ad_early, to = time[p, LATEST], time[p, A_DURATION], time[p, A_EARLY], m + p
    while c >= 0:
        reach = client[c, SERVICE] + duration_of(d, m + c, to)
        latest = min(latest - reach, client[c, LATE])
        same = time[c, LATEST] == latest
        time[c, LATEST] = latest
        if d.rich:
            wait = max(0.0, ad_early - reach - client[c, LATE])
            ad_early = max(ad_early - reach, client[c, EARLY]) - wait
            ad = reach + ad + wait
            same = same and time[c, A_DURATION] == ad and time[c, A_EARLY] == ad_early
            time[c, A_DURATION], time[c, A_EARLY] = ad, ad_early
        if same:
            return
        to, c = m + c, node[c, PREVIOUS]


@inner
def route_duration(d: Data, s: Plan, r: int) -> Any:
    """Return the shortest duration of a route that is not empty."""
    k, c = s.route[r, TYPE], s.route[r, LAST]
    reach = s.time[c, B_DURATION] + duration_of(d, d.num_depots + c, d.ends[k, 1])
    return reach + max(0.0, d.vehicle[k, SHIFT_EARLY] - reach - s.time[c, B_LATE])
