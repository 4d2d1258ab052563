"""Draws routes on a matplotlib axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowopt.core.errors import NoSolutionError
from flowopt.routing.parts import Bools, Ints
from flowopt.routing.stops import locations

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from flowopt.routing.solution import RoutingSolution


def plot(solution: RoutingSolution, ax: Axes | None = None) -> Axes:
    """Draw the routes, the depots, and the clients that are not served, and return the axes.

    A route leads through the depots at which it reloads; pick-ups are triangles.

    Parameters
    ----------
    solution
        A solution of a problem with coordinates.
    ax
        Where to draw; None makes a new figure.

    Raises
    ------
    NoSolutionError
        When there is no solution, or the problem came without coordinates.
    """
    solution.require_solution()
    problem = solution.problem
    points, m = problem.points, problem.num_depots
    if points is None:
        raise NoSolutionError(
            "the problem has no coordinates to draw: give x and y, or lat and lon"
        )
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(7, 7)).add_subplot()
    for route in solution.routes:
        inner = locations(route.stops, m)
        stops = np.concatenate([[route.start_depot], inner, [route.end_depot]])
        ax.plot(points.x[stops], points.y[stops], linewidth=1, marker="o", markersize=3)
    for label, (marker, clients) in _collected(solution).items():
        x, y = points.x[clients + m], points.y[clients + m]
        ax.scatter(x, y, s=14, marker=marker, color="black", zorder=2.5, label=label)
    left = np.array([entry.client for entry in solution.unserved], dtype=np.int64) + m
    if len(left):
        ax.scatter(points.x[left], points.y[left], marker="x", color="black", label="unserved")
    ax.scatter(points.x[:m], points.y[:m], marker="s", color="black", zorder=3, label="depot")
    ax.set_aspect("equal" if not points.geographic else _aspect(points.y))
    ax.set_xlabel("longitude" if points.geographic else "x")
    ax.set_ylabel("latitude" if points.geographic else "y")
    ax.legend(loc="best")
    return ax


def _collected(solution: RoutingSolution) -> dict[str, tuple[str, Ints]]:
    """Return where goods are collected: what is done → its marker and the clients, if any."""
    problem = solution.problem
    served = np.zeros(problem.num_clients, dtype=np.bool_)
    for route in solution.routes:
        served[route.visits] = True
    collected: Bools = np.any(problem.clients.pickup > 0, axis=1)
    collected[problem.shipments.pickup] = True
    delivered: Bools = np.any(problem.clients.demand > 0, axis=1)
    kinds = {
        "pick-up": ("^", collected & ~delivered),
        "delivery and pick-up": ("D", collected & delivered),
    }
    return {
        kind: (marker, np.flatnonzero(served & there))
        for kind, (marker, there) in kinds.items()
        if (served & there).any()
    }


def _aspect(latitude: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Return how much longer a degree of latitude is than one of longitude."""
    return float(1.0 / max(np.cos(np.radians(latitude.mean())), 0.01))
