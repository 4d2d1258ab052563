"""What changes from one routing plan to another: who is served anew, elsewhere, or at another time.

Routes are the same when the same vehicle drives them; where vehicles are several of a type, those
with most clients in common.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.tables import make_frame
from flowopt.routing.live_problem import LiveProblem, state_of
from flowopt.routing.moments import to_moments

if TYPE_CHECKING:
    from flowopt.routing.problem import RoutingProblem
    from flowopt.routing.solution import RoutingSolution


class Change(StrEnum):
    """What becomes of a client from one plan to another."""

    ADDED = "added"
    """It is served, and was not."""
    REMOVED = "removed"
    """It was served, and is not."""
    MOVED = "moved"
    """It is served by another vehicle, or at another place in the order of those who stay."""
    RETIMED = "retimed"
    """Only the start of its service is another."""


@dataclass(frozen=True, slots=True)
class _Visit:
    """Where a client stands in a plan: route and position from 1, start in seconds."""

    route: int
    position: int
    start: float


@dataclass(frozen=True, eq=False, repr=False)
class PlanDifference:
    """The clients for whom a plan differs from another; made by `RoutingSolution.diff`.

    Parameters
    ----------
    columns
        Name → column: ``change``, ``client``, and for either plan ``route``, ``vehicle_type``,
        ``position`` and ``start``, with ``_before`` for the first. A route of 0 is none.
    unchanged, done
        Number of clients for whom nothing changes, and of those who have been visited since.
    backend
        The library of the caller's frames.
    """

    columns: Mapping[str, Any]
    unchanged: int
    done: int
    backend: str

    def __len__(self) -> int:
        return len(self.columns["change"])

    def to_frame(self) -> Any:
        """Return the changes as a frame, one row a client."""
        return make_frame(self.columns, self.backend)

    def summary(self) -> dict[str, int]:
        """Return the number of clients by what becomes of them."""
        changes = self.columns["change"].tolist()
        counts = {str(change): changes.count(str(change)) for change in Change}
        return counts | {"unchanged": self.unchanged, "done": self.done}

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self.summary().items())
        return f"<PlanDifference {counts}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{count}</td></tr>"
            for name, count in self.summary().items()
        )
        return f"<table><caption>PlanDifference</caption>{rows}</table>"


def difference(before: RoutingSolution, after: RoutingSolution, tolerance: float) -> PlanDifference:
    """Return what changes from a plan to another; see `RoutingSolution.diff`."""
    before.require_solution()
    after.require_solution()
    was, now = _visits(before), _visits(after)
    done = _done(after.problem)
    same_order = _staying(before, after)
    shift = _seconds_between(before.problem, after.problem)
    rows: list[tuple[Change, str]] = []
    counts = {"unchanged": 0, "done": 0}
    for client in dict.fromkeys([*was, *now]):
        if client in was and client in now:
            late = abs(now[client].start + shift - was[client].start)
            if client not in same_order:
                rows.append((Change.MOVED, client))
            elif late > max(tolerance, 1e-6 * max(1.0, abs(was[client].start))):
                rows.append((Change.RETIMED, client))
            else:
                counts["unchanged"] += 1
        elif client in now:
            rows.append((Change.ADDED, client))
        elif client in done:
            counts["done"] += 1
        else:
            rows.append((Change.REMOVED, client))
    order = {change: number for number, change in enumerate(Change)}
    rows.sort(key=lambda row: order[row[0]])
    columns = _columns(rows, (before, was), (after, now))
    return PlanDifference(columns, **counts, backend=before.problem.backend)


def _visits(plan: RoutingSolution) -> dict[str, _Visit]:
    ids = plan.problem.clients.id.astype(np.str_)
    return {
        str(ids[client]): _Visit(number, position, float(start))
        for number, route in enumerate(plan.routes, start=1)
        for position, (client, start) in enumerate(
            zip(route.visits, route.schedule.start, strict=True), start=1
        )
    }


def _done(problem: RoutingProblem) -> set[str]:
    return set(problem.done["client"].tolist()) if isinstance(problem, LiveProblem) else set()


def _seconds_between(before: RoutingProblem, after: RoutingProblem) -> float:
    """Return when 0 s of one problem is on the clock of another."""
    if before.time_origin is None or after.time_origin is None:
        return 0.0
    return (after.time_origin - before.time_origin).total_seconds()


def _columns(
    rows: list[tuple[Change, str]],
    before: tuple[RoutingSolution, dict[str, _Visit]],
    after: tuple[RoutingSolution, dict[str, _Visit]],
) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "change": np.array([str(change) for change, _ in rows], dtype=np.str_),
        "client": np.array([client for _, client in rows], dtype=np.str_),
    }
    nowhere = _Visit(0, 0, np.nan)
    for (plan, visits), suffix in ((before, "_before"), (after, "")):
        found = [visits.get(client, nowhere) for _, client in rows]
        types = plan.problem.vehicle_types.id.astype(np.str_)
        names = [
            str(types[plan.routes[v.route - 1].vehicle_type]) if v.route else "" for v in found
        ]
        start = np.array([visit.start for visit in found], dtype=np.float64)
        columns |= {
            f"route{suffix}": np.array([visit.route for visit in found], dtype=np.int64),
            f"vehicle_type{suffix}": np.array(names, dtype=np.str_),
            f"position{suffix}": np.array([visit.position for visit in found], dtype=np.int64),
            f"start{suffix}": to_moments(start, plan.problem.time_origin),
        }
    return columns


# ---- which routes are the same, and who stays on them


def _staying(before: RoutingSolution, after: RoutingSolution) -> set[str]:
    """Return the clients who stay on their vehicle, in the longest run that is in order."""
    old, new = _clients(before), _clients(after)
    staying: set[str] = set()
    for one, other in _pairs(before, after, old, new):
        place = {client: number for number, client in enumerate(old[one])}
        common = [client for client in new[other] if client in place]
        longest = longest_rise([place[client] for client in common])
        staying.update(common[number] for number in longest)
    return staying


def _clients(plan: RoutingSolution) -> list[list[str]]:
    ids = plan.problem.clients.id.astype(np.str_)
    return [ids[route.visits].tolist() for route in plan.routes]


def longest_rise(numbers: list[int]) -> list[int]:
    """Return where the longest run of rising numbers stands, others between them left out.

    Examples
    --------
    >>> longest_rise([3, 0, 1, 4, 2])
    [1, 2, 4]
    """
    lowest: list[int] = []  # the least number that ends a run of each length
    ends: list[int] = []
    former = [-1] * len(numbers)
    for place, number in enumerate(numbers):
        length = bisect_left(lowest, number)
        former[place] = ends[length - 1] if length else -1
        if length == len(lowest):
            lowest.append(number)
            ends.append(place)
        else:
            lowest[length], ends[length] = number, place
    run, place = [], ends[-1] if ends else -1
    while place >= 0:
        run.append(place)
        place = former[place]
    return run[::-1]


def _pairs(
    before: RoutingSolution,
    after: RoutingSolution,
    old: list[list[str]],
    new: list[list[str]],
) -> list[tuple[int, int]]:
    """Return the routes of two plans that the same vehicle drives, by their positions."""
    names = {name: number for number, name in enumerate(_names(after, single=True)) if name}
    pairs = []
    for number, name in enumerate(_names(before, single=False)):
        if name in names:
            pairs.append((number, names.pop(name)))
    taken = {one for one, _ in pairs}, {other for _, other in pairs}
    kinds = _origins(before), _origins(after)
    for kind in dict.fromkeys(kinds[0]):
        left = [n for n, each in enumerate(kinds[0]) if each == kind and n not in taken[0]]
        right = [n for n, each in enumerate(kinds[1]) if each == kind and n not in taken[1]]
        pairs += _by_overlap(left, right, old, new)
    return pairs


def _names(plan: RoutingSolution, single: bool) -> list[str]:
    """Return what the vehicle of each route is called, or will be once it is under way."""
    types = plan.problem.vehicle_types
    names = []
    for number, route in enumerate(plan.routes, start=1):
        name, alone = (
            str(types.id[route.vehicle_type]),
            types.num_available[route.vehicle_type] == 1,
        )
        names.append(name if alone else "" if single else f"{name} {number}")
    return names


def _origins(plan: RoutingSolution) -> list[str]:
    origin = state_of(plan.problem).origin.astype(np.str_)
    return [str(origin[route.vehicle_type]) for route in plan.routes]


def _by_overlap(
    left: list[int], right: list[int], old: list[list[str]], new: list[list[str]]
) -> list[tuple[int, int]]:
    """Return pairs of routes with as many clients in common as can be, in all."""
    if not left or not right:
        return []
    from scipy.optimize import linear_sum_assignment  # type: ignore[attr-defined]  # compiled

    column = {client: place for place, other in enumerate(right) for client in new[other]}
    common = np.zeros((len(left), len(right)))
    for row, one in enumerate(left):
        for client in old[one]:
            if client in column:
                common[row, column[client]] += 1
    rows, columns = linear_sum_assignment(-common)
    found = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(left[row], right[place]) for row, place in found if common[row, place]]
