"""Whether a route would hold, by the arithmetic of the check: for the reasons that are given."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from flowopt.core.report import Report
from flowopt.routing.checks.diary import Diary, Page
from flowopt.routing.checks.rules import check_rules, cost_of, loads_of
from flowopt.routing.checks.times import departure_with_pauses, latest_return
from flowopt.routing.checks.tolerance import TIE, exceeds

if TYPE_CHECKING:
    from flowopt.routing.checks.view import RouteView


class Fit(NamedTuple):
    """Which tests a route passes.

    Parameters
    ----------
    able
        Its vehicle may serve its clients.
    loaded
        It holds what is on board.
    reached
        There are ways.
    in_window
        Every start is in a window.
    in_limits
        Shift, hours, breaks, duration, distance, driving and number of visits are kept.
    """

    able: bool
    loaded: bool
    reached: bool
    in_window: bool
    in_limits: bool


def fit_of(view: RouteView) -> Fit:
    """Return which tests a route passes.

    Parameters
    ----------
    view
        The route.
    """
    problem, k, visits = view.problem, view.vehicle_type, view.visits
    clients, types = problem.clients, problem.vehicle_types
    able = bool(clients.allowed[visits, k].all())
    able = able and not (clients.skills[visits] & ~types.skills[k]).any()
    most = [max(map(max, loads_of(view, d))) for d in range(len(problem.loads))]
    capacity = types.capacity[k].tolist()
    loaded = not any(exceeds(load, limit, TIE) for load, limit in zip(most, capacity, strict=True))
    diary = Diary(view)
    soonest = diary.page(diary.earliest)
    reached = all(map(math.isfinite, [*view.legs[0], *view.legs[1], soonest.finish]))
    if not reached:
        return Fit(able, loaded, reached, False, False)
    return Fit(able, loaded, reached, not soonest.missed, _in_limits(view, diary, soonest))


def would_hold(view: RouteView) -> bool:
    """Return whether a route breaks nothing.

    Parameters
    ----------
    view
        The route.
    """
    report = Report()
    check_rules(report, view)
    return report.ok and all(fit_of(view))


def cost_at_most(view: RouteView) -> tuple[float, float]:
    """Return what a route that holds costs at most, and its longest duration.

    Without breaks it may depart later, and cost less.

    Parameters
    ----------
    view
        The route.
    """
    diary = Diary(view)
    departure, page = diary.earliest, diary.page(diary.earliest)
    if diary.pauses:
        departure = departure_with_pauses(diary, page)
        page = diary.page(departure)
    cost = cost_of(view, math.fsum(view.legs[0]), departure, page.finish)
    return cost, page.finish - departure


def _in_limits(view: RouteView, diary: Diary, soonest: Page) -> bool:
    types, k = view.problem.vehicle_types, view.vehicle_type
    distance = math.fsum(view.legs[0])
    if exceeds(distance, float(types.max_distance[k]), TIE):
        return False
    if len(view.visits) > types.max_visits[k]:
        return False
    departure, page = diary.earliest, soonest
    if diary.pauses:
        departure = departure_with_pauses(diary, soonest)
        page = diary.page(departure)
    elif exceeds(soonest.finish, latest_return(diary, departure), TIE):
        departure = _late_enough(diary, soonest)
    return (
        not exceeds(departure, diary.departs[1], TIE)
        and diary.departs[0] <= diary.departs[1]
        and not exceeds(page.finish, latest_return(diary, departure), TIE)
        and diary.returns[0] <= latest_return(diary, math.inf)
        and not exceeds(page.driving, diary.most_driving, TIE)
        and not any(page.late_breaks)
    )


def _late_enough(diary: Diary, soonest: Page) -> float:
    """Return the departure that makes a route short enough, if it returns as soon; else the first.

    Who departs later returns no sooner, so that one look suffices.
    """
    types, k = diary.view.problem.vehicle_types, diary.view.vehicle_type
    longest = float(types.max_duration[k]) + float(types.max_overtime[k])
    departure = soonest.finish - longest
    if not diary.earliest < departure <= diary.departs[1]:
        return diary.earliest
    page = diary.page(departure)
    worse = exceeds(page.finish, soonest.finish, TIE) or len(page.missed) > len(soonest.missed)
    return diary.earliest if worse else departure
