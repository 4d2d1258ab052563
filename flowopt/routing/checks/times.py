"""Compares the schedule that a route states with a walk along it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flowopt.core.report import Report
from flowopt.routing.checks.diary import Diary, Page
from flowopt.routing.checks.rules import overtime
from flowopt.routing.checks.slack import check_slack
from flowopt.routing.checks.tolerance import TIE, TOLERANCE, close, exceeds

if TYPE_CHECKING:
    from flowopt.routing.checks.view import RouteView
    from flowopt.routing.schedule import Schedule


def check_times(report: Report, view: RouteView, schedule: Schedule) -> None:
    """Report windows, breaks, hours and durations that are broken, and times that lie.

    Parameters
    ----------
    report
        Where violations are collected.
    view
        The route.
    schedule
        What it states.
    """
    diary, before = Diary(view), len(report)
    page = diary.page(schedule.departure)
    _check_stops(report, view, schedule, diary, page)
    _check_breaks(report, view, schedule, page)
    _check_departure(report, diary, schedule, page)
    _check_hours(report, diary, schedule)
    _check_durations(report, diary, schedule, page)
    if len(report) == before and math.isfinite(page.finish):
        check_slack(report, diary, schedule, latest_return(diary, schedule.departure))


def latest_return(diary: Diary, departure: float) -> float:
    """Return the latest return that shift, depot and longest duration allow, overtime included.

    Parameters
    ----------
    diary
        Of the route.
    departure
        When it departs.
    """
    types, k = diary.view.problem.vehicle_types, diary.view.vehicle_type
    overtime = float(types.max_overtime[k])
    return min(
        float(diary.view.problem.depots.tw_late[int(types.end_depot[k])]),
        float(types.tw_late[k]) + overtime,
        departure + float(types.max_duration[k]) + overtime,
    )


def _check_stops(
    report: Report, view: RouteView, schedule: Schedule, diary: Diary, page: Page
) -> None:
    """Compare arrivals and starts, and look into the windows."""
    write, place, reload = view.problem.times.moment, 0, 0
    reloads = schedule.reload_start.tolist()
    if len(reloads) != sum(stop < 0 for stop in view.stops):
        report.add("schedule", view.name, 1, "states the starts of another number of reloads")
        reloads = [math.nan] * len(view.stops)
    for number, stop in enumerate(view.stops):
        start = page.starts[number]
        if stop < 0:
            subject = f"{view.name}: {view.problem.depots.id[-1 - stop]}"
            claims = [("a reload", reloads[reload], start)]
            reload += 1
        else:
            subject = view.subject(stop)
            arrival = float(schedule.arrival[place])
            claims = [
                ("arrival", arrival, page.arrivals[number]),
                ("a start", float(schedule.start[place]), start),
            ]
            place += 1
        for what, claim, moment in claims:
            if not close(claim, moment):
                message = f"states {what} at {claim:.10g}, which is at {moment:.10g}"
                report.add("schedule", subject, abs(claim - moment), message)
        windows = diary.windows[number]
        late = windows[-1][1] if windows else -math.inf
        if exceeds(start, late):
            what, code = ("the visit", "time_window") if stop >= 0 else ("the reload", "reload")
            message = f"{what} starts at {write(start)}, after {write(late)}"
            report.add(code, subject, start - late, message)
    if not close(schedule.finish, page.finish):
        message = f"states a return at {schedule.finish:.10g}, which is at {page.finish:.10g}"
        report.add("schedule", view.name, abs(schedule.finish - page.finish), message)


def _check_breaks(report: Report, view: RouteView, schedule: Schedule, page: Page) -> None:
    times = view.problem.times
    stated = [(each.start, each.duration, each.before) for each in schedule.breaks]
    same = len(stated) == len(page.pauses) and all(
        close(told[0], due[0]) and close(told[1], due[1]) and told[2] == due[2]
        for told, due in zip(stated, page.pauses, strict=True)
    )
    if not same:
        due = ", ".join(f"{times.moment(start)}" for start, _, _ in page.pauses) or "none"
        message = f"states {len(stated)} breaks, which are {len(page.pauses)}: {due}"
        report.add("breaks", view.name, 1, message)
    for late in page.late_breaks:
        if exceeds(late, 0.0):
            message = f"takes a break {times.duration(late)} after its latest start"
            report.add("break", view.name, late, message)


def _check_departure(report: Report, diary: Diary, schedule: Schedule, page: Page) -> None:
    """Report a departure that is not the one that the rules call for."""
    name = diary.view.name
    soonest = diary.page(diary.earliest)
    if exceeds(page.finish, soonest.finish):
        message = f"returns at {page.finish:.10g}, where {soonest.finish:.10g} is possible"
        report.add("schedule", name, page.finish - soonest.finish, message)
    if diary.pauses:
        due = departure_with_pauses(diary, soonest)
        if not close(schedule.departure, due):
            message = f"departs at {schedule.departure:.10g}, where {due:.10g} is due"
            report.add("schedule", name, abs(schedule.departure - due), message)
    elif _departs_too_early(diary, schedule.departure, page.finish):
        message = f"departs at {schedule.departure:.10g}, and later would do for the same return"
        report.add("schedule", name, 1, message)


def departure_with_pauses(diary: Diary, soonest: Page) -> float:
    """Return the departure with no wait at the first stop, if that makes nothing worse.

    Parameters
    ----------
    diary
        Of a route of a type with break rules.
    soonest
        What happens from its earliest departure on.
    """
    if not math.isfinite(soonest.finish):
        return diary.earliest
    mile = diary.road.mile(soonest.starts[0]) - diary.legs[0]
    departure = min(diary.road.time(mile), diary.departs[1])
    if departure <= diary.earliest:
        return diary.earliest
    later = diary.page(departure)
    limit = diary.most_driving
    worse = (
        exceeds(later.finish, soonest.finish, TIE)
        or exceeds(later.worst[0], soonest.worst[0], TIE)
        or exceeds(later.worst[1], soonest.worst[1], TIE)
        or exceeds(max(later.driving, limit), max(soonest.driving, limit), TIE)
    )
    return diary.earliest if worse else departure


def _departs_too_early(diary: Diary, departure: float, finish: float) -> bool:
    """Return whether a slightly later departure keeps all windows and the same return."""
    step = 10 * TOLERANCE * max(1.0, abs(departure), abs(finish))
    if not (departure + step <= diary.departs[1] and math.isfinite(finish)):
        return False
    later = diary.page(departure + step)
    return not later.missed and not exceeds(later.finish, finish, TIE)


def _check_hours(report: Report, diary: Diary, schedule: Schedule) -> None:
    view, types = diary.view, diary.view.problem.vehicle_types
    k, write = view.vehicle_type, view.problem.times.moment
    last = float(types.tw_late[k]) + float(types.max_overtime[k])
    last = min(last, float(view.problem.depots.tw_late[int(types.end_depot[k])]))
    for moment, early, late, what in (
        (schedule.departure, *diary.departs, "departs"),
        (schedule.finish, diary.returns[0], last, "returns"),
    ):
        if exceeds(early, moment):
            message = f"{what} at {write(moment)}, before {write(early)}"
            report.add("shift", view.name, early - moment, message)
        if exceeds(moment, late):
            message = f"{what} at {write(moment)}, after {write(late)}"
            report.add("shift", view.name, moment - late, message)
    if exceeds(diary.released[0], schedule.departure):
        released = diary.released[0]
        message = (
            f"departs at {write(schedule.departure)}, with goods released at {write(released)}"
        )
        report.add("release_time", view.name, released - schedule.departure, message)


def _check_durations(report: Report, diary: Diary, schedule: Schedule, page: Page) -> None:
    view, types, times = diary.view, diary.view.problem.vehicle_types, diary.view.problem.times
    k, unit = view.vehicle_type, "" if times.known else " s"
    duration = schedule.finish - schedule.departure
    for code, stated, due in (
        ("duration", schedule.duration, duration),
        ("overtime", schedule.overtime, overtime(view, schedule.departure, schedule.finish)),
        ("driving", schedule.driving_duration, page.driving),
    ):
        if not close(stated, due):
            message = f"states {stated:.10g}, which is {due:.10g}"
            report.add(code, view.name, abs(stated - due), message)
    longest = float(types.max_duration[k]) + float(types.max_overtime[k])
    for code, amount, limit, what in (
        ("max_duration", duration, longest, "takes"),
        ("max_driving_duration", page.driving, diary.most_driving, "drives"),
    ):
        if exceeds(amount, limit):
            amounts = times.duration(amount), times.duration(limit)
            message = f"{what} {amounts[0]}{unit} where {amounts[1]}{unit} is the most"
            report.add(code, view.name, amount - limit, message)
