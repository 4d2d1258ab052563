"""Checks by how much the visits of a route are said to be free to start later."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flowopt.core.report import Report
from flowopt.routing.checks.diary import Diary, first_in
from flowopt.routing.checks.tolerance import TIE, TOLERANCE, exceeds

if TYPE_CHECKING:
    from flowopt.routing.schedule import Schedule

MOST_VISITS_PUT_OFF = 50
"""Where there are breaks, the slack of the first so many visits is tried out."""


def check_slack(report: Report, diary: Diary, schedule: Schedule, finish_late: float) -> None:
    """Report slack that would break a limit, and slack that is less than there is.

    Where there are breaks it may be less.

    Parameters
    ----------
    report
        Where violations are collected.
    diary
        Of the route.
    schedule
        What it states; no window, shift or duration is broken.
    finish_late
        The latest return.
    """
    numbers = [number for number, stop in enumerate(diary.view.stops) if stop >= 0]
    claims = list(zip(numbers, schedule.start.tolist(), schedule.slack.tolist(), strict=True))
    for place, (number, start, slack) in enumerate(claims):
        if exceeds(start, start + slack):  # NaN too
            fault = "negative, though nothing is broken"
        elif diary.pauses:
            tried = place < MOST_VISITS_PUT_OFF and slack < math.inf
            put_off = (number, start + slack)
            broken = tried and _breaks(diary, schedule.departure, put_off, finish_late)
            fault = "too much" if broken else ""
        else:
            following = claims[place + 1] if place + 1 < len(claims) else None
            latest = finish_late if following is None else following[1] + following[2]
            fault = _fault(diary, number, start + slack, latest)
        if fault:
            message = f"states a slack of {slack:.10g}, which is {fault}"
            client = diary.view.stops[number]
            report.add("slack", diary.view.subject(client), abs(slack), message)


def _breaks(diary: Diary, departure: float, put_off: tuple[int, float], finish_late: float) -> bool:
    """Return whether a visit that starts at a later moment breaks a limit."""
    page = diary.page(departure, put_off)
    late = any(exceeds(amount, 0.0) for amount in [*page.missed.values(), *page.late_breaks])
    tired = exceeds(page.driving, diary.most_driving)
    return late or tired or exceeds(page.finish, finish_late)


def _fault(diary: Diary, number: int, latest: float, following: float) -> str:
    """Return what is wrong with the latest start of a visit, given that of the next."""
    windows = diary.windows[number]
    inside = any(
        not exceeds(early, latest) and not exceeds(latest, late) for early, late in windows
    )
    if not inside or exceeds(_next_arrival(diary, number, latest), following):
        return "too much"
    if not latest < math.inf:
        return ""
    step = 10 * TOLERANCE * max(1.0, abs(latest), abs(following) if following < math.inf else 0.0)
    then = first_in(windows, latest + step)
    if then <= windows[-1][1]:
        arrival = _next_arrival(diary, number, then)
        if not exceeds(arrival, following, TIE):
            return "too little"
    return ""


def _next_arrival(diary: Diary, number: int, start: float) -> float:
    """Return when the next visit is reached, or the route ends; NaN when a reload is too late."""
    stops, now = diary.view.stops, diary.leave(number, start)
    for after in range(number + 1, len(stops) + 1):
        now = diary.road.reach(now, diary.legs[after])
        if after == len(stops):
            return max(now, diary.returns[0])
        if stops[after] >= 0:
            return now
        early, late = diary.windows[after][0]
        if exceeds(now, late):
            return math.nan
        now = diary.leave(after, max(now, early))
    return now
