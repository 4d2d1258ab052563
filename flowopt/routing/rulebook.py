"""The rules of a problem in plain numbers, made once: what the clock of a route goes by."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flowopt.routing.limits import Hours, hours
from flowopt.routing.traffic import Speeds, speeds_of

if TYPE_CHECKING:
    from flowopt.routing.problem import RoutingProblem

Window = tuple[float, float]
"""Earliest and latest start of a visit."""

RULES_OF_ROUTES = frozenset(
    {
        "several_windows",
        "pickups",
        "shipments",
        "release_times",
        "groups",
        "sequence",
        "compatibility",
        "assignment_costs",
        "max_visits",
        "overtime",
        "reloads",
        "profiles",
        "driving_rules",
        "breaks",
        "traffic",
    }
)
"""The features that say whether one route holds, or what it costs; others have a quicker way."""


@dataclass(frozen=True, slots=True)
class TypeRules:
    """What a vehicle type goes by.

    Parameters
    ----------
    hours
        When it may depart and return.
    speed_factor
        Its speed over that of the durations.
    speeds
        The traffic that it meets.
    breaks
        Earliest and latest start and duration of its breaks, the earliest first.
    max_driving_before_break, driving_break_duration, max_driving_duration
        Its driving rules.
    """

    hours: Hours
    speed_factor: float
    speeds: Speeds
    breaks: tuple[tuple[float, float, float], ...]
    max_driving_before_break: float
    driving_break_duration: float
    max_driving_duration: float

    @property
    def pauses(self) -> bool:
        """Whether it has break rules: breaks of a table, or driving rules."""
        driving = min(self.max_driving_before_break, self.max_driving_duration)
        return bool(self.breaks) or math.isfinite(driving)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Rulebook:
    """The rules of a problem.

    Parameters
    ----------
    names
        The features of the problem that are in `RULES_OF_ROUTES`.
    types
        What each vehicle type goes by.
    windows
        Client → its windows, within its own ``tw_early`` and ``tw_late`` and in the order of time;
        only those with rows in the table of windows.
    """

    names: frozenset[str]
    types: tuple[TypeRules, ...]
    windows: dict[int, tuple[Window, ...]]


_BOOKS: weakref.WeakKeyDictionary[RoutingProblem, Rulebook] = weakref.WeakKeyDictionary()


def rulebook(problem: RoutingProblem) -> Rulebook:
    """Return the rules of a problem; they are made once.

    Parameters
    ----------
    problem
        The problem.

    Examples
    --------
    >>> from flowopt.routing import RoutingProblem
    >>> problem = RoutingProblem.from_arrays({"release_time": [2]}, {"num_available": 1},
    ...     distance_matrix=[[0, 1], [1, 0]])
    >>> sorted(rulebook(problem).names)
    ['release_times']
    """
    book = _BOOKS.get(problem)
    if book is None:
        names = problem.features & RULES_OF_ROUTES
        types = tuple(_type_rules(problem, k) for k in range(problem.num_vehicle_types))
        book = Rulebook(names, types, _windows(problem))
        _BOOKS[problem] = book
    return book


def _type_rules(problem: RoutingProblem, k: int) -> TypeRules:
    types, table = problem.vehicle_types, problem.breaks
    rows = np.flatnonzero(table.vehicle_type == k)
    columns = (table.tw_early[rows], table.tw_late[rows], table.duration[rows])
    return TypeRules(
        hours=hours(problem, k),
        speed_factor=float(types.speed_factor[k]),
        speeds=speeds_of(problem, k),
        breaks=tuple(sorted(zip(*(column.tolist() for column in columns), strict=True))),
        max_driving_before_break=float(types.max_driving_before_break[k]),
        driving_break_duration=float(types.driving_break_duration[k]),
        max_driving_duration=float(types.max_driving_duration[k]),
    )


def _windows(problem: RoutingProblem) -> dict[int, tuple[Window, ...]]:
    clients, table = problem.clients, problem.time_windows
    windows: dict[int, list[Window]] = {int(client): [] for client in table.client}
    rows = zip(
        table.client.tolist(),
        np.maximum(table.tw_early, clients.tw_early[table.client]).tolist(),
        np.minimum(table.tw_late, clients.tw_late[table.client]).tolist(),
        strict=True,
    )
    for client, early, late in rows:
        if early <= late:
            windows[client].append((early, late))
    return {client: tuple(sorted(each)) for client, each in windows.items()}
