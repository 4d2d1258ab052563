"""A plan as HTML for a notebook: its figures, its routes, and who is not served."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowopt.routing.problem import RoutingProblem
    from flowopt.routing.solution import Route, RoutingSolution

_MOST_ROUTES = 15
_MOST_STOPS = 12
_MOST_UNSERVED = 10
_HEADINGS = ("route", "vehicle type", "stops", "departure", "finish", "distance", "load", "cost")


def routes_html(solution: RoutingSolution) -> str:
    """Return the routes of a plan and the clients that it leaves as tables of HTML.

    Parameters
    ----------
    solution
        A solution; without a plan the result is empty.
    """
    if not solution.status.has_solution:
        return ""
    rows = [_row(solution.problem, *pair) for pair in enumerate(solution.routes[:_MOST_ROUTES], 1)]
    parts = [_table(_HEADINGS, rows), _more(len(solution.routes), _MOST_ROUTES, "routes")]
    if solution.unserved:
        ids = solution.problem.clients.id
        left = [
            (str(ids[entry.client]), str(entry.reason), entry.message, entry.fix)
            for entry in solution.unserved[:_MOST_UNSERVED]
        ]
        parts.append(_table(("not served", "reason", "why", "what would help"), left))
        parts.append(_more(len(solution.unserved), _MOST_UNSERVED, "clients"))
    return "".join(parts)


def _row(problem: RoutingProblem, number: int, route: Route) -> tuple[str, ...]:
    schedule, write = route.schedule, problem.times.moment
    return (
        str(number),
        str(problem.vehicle_types.id[route.vehicle_type]),
        _stops(problem, route),
        write(schedule.departure),
        write(schedule.finish),
        f"{schedule.distance:,.6g}",
        " · ".join(f"{load:,.6g}" for load in schedule.load.tolist()),
        f"{route.cost:,.6g}",
    )


def _stops(problem: RoutingProblem, route: Route) -> str:
    """Return the stops by name, those in the middle of a long route by their number."""
    names = [
        str(problem.clients.id[stop]) if stop >= 0 else f"⟲ {problem.depots.id[~stop]}"
        for stop in route.stops.tolist()
    ]
    if len(names) > _MOST_STOPS:
        kept = _MOST_STOPS // 2
        names = [*names[:kept], f"… {len(names) - 2 * kept} more …", *names[-kept:]]
    return " → ".join(names)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in headings)
    body = "".join(
        "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row)
        + "</tr>"
        for row in rows
    )  # fmt: skip
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _more(count: int, shown: int, what: str) -> str:
    return f"<p>… and {count - shown:,} more {what}</p>" if count > shown else ""
