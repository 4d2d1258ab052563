"""Times in whole ticks: the grid on which service times are searched for.

Some best service times are sums and differences of the given times (the constraints are differences
of two times, and the cost is concave), so the grid of their common divisor holds an optimum. Times
rounded down to a coarser grid, and limits rounded up, give a cost that no service times can beat:
what a shorter stage time saves in stock, it does not cost elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.problem import SafetyStockProblem

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DENOMINATORS = (*range(1, 101), 120, 125, 144, 168, 200, 250, 365, 500, 1000, 1440, 10_000, 100_000)
"""Parts of a period that times may be counted in, for the grid to be exact."""

NO_LIMIT = 2**50
_WHOLE = 1e-7  # distance of a number of ticks from a whole one that is rounding
_ROUNDED = 1 + 1e-14  # by which a number of ticks may be wrong
_LARGEST = 2**40  # number of ticks that still is counted


@dataclass(frozen=True)
class Grid:
    """The times of a problem in ticks.

    Parameters
    ----------
    ticks, per
        A tick is ``ticks / per`` periods.
    exact
        Whether all times are whole numbers of ticks.
    stage_time, inbound, limit
        (n,) stage times, inbound service times from outside, longest service times.
    lead_time
        (E,) lead times of the links.
    """

    ticks: int
    per: int
    exact: bool
    stage_time: Ints
    inbound: Ints
    limit: Ints
    lead_time: Ints

    @property
    def tick(self) -> float:
        """Length of a tick in periods."""
        return self.ticks / self.per

    def periods(self, ticks: Ints | Floats) -> Floats:
        """Return ticks in periods, rounded once."""
        return np.asarray(ticks * self.ticks / self.per)


def horizon(problem: SafetyStockProblem) -> tuple[Floats, Floats]:
    """Return (n,) longest inbound service and service times that can be of use.

    Parameters
    ----------
    problem
        The stages and their links.
    """
    inbound = problem.stages["inbound_service_time"].copy()
    service = np.zeros(problem.num_stages)
    time, limit = problem.stages["stage_time"], problem.max_service_time
    lead = problem.links["lead_time"]
    outgoing = _links_by_source(problem)
    for stage in problem.order:
        service[stage] = min(limit[stage], inbound[stage] + time[stage])
        for link in outgoing[stage]:
            target = problem.target[link]
            inbound[target] = max(inbound[target], service[stage] + lead[link])
    return inbound, service


def _links_by_source(problem: SafetyStockProblem) -> list[list[int]]:
    outgoing: list[list[int]] = [[] for _ in range(problem.num_stages)]
    for link, source in enumerate(problem.source.tolist()):
        outgoing[source].append(link)
    return outgoing


def finest_grid(problem: SafetyStockProblem) -> Grid | None:
    """Return the coarsest grid that is exact; None when the times have no common divisor.

    Parameters
    ----------
    problem
        The stages and their links.

    Examples
    --------
    >>> from flowopt.inventory import SafetyStockProblem
    >>> problem = SafetyStockProblem.from_frames({"stage": ["a", "b"], "stage_time": [1.5, 4]})
    >>> finest_grid(problem).tick
    0.5
    """
    inbound, _ = horizon(problem)
    limit = problem.max_service_time
    binding = limit < inbound + problem.stages["stage_time"]
    times = np.concatenate(
        [
            problem.stages["stage_time"],
            problem.stages["inbound_service_time"],
            problem.links["lead_time"],
            limit[binding],
        ]
    )
    for per in DENOMINATORS:
        counted = times * per
        whole = np.rint(counted)
        if counted.max(initial=0.0) > _LARGEST:
            break
        if (np.abs(counted - whole) <= _WHOLE * np.maximum(1.0, times)).all():
            divisor = int(np.gcd.reduce(whole.astype(np.int64))) or 1
            return grid_of(problem, divisor, per, exact=True)
    return None


def grid_of(problem: SafetyStockProblem, ticks: int, per: int, *, exact: bool = False) -> Grid:
    """Return the times of a problem in ticks of ``ticks / per`` periods, as a relaxation.

    Parameters
    ----------
    problem
        The stages and their links.
    ticks, per
        Length of a tick.
    exact
        Whether the times are known to be whole numbers of ticks.
    """

    def down(times: Floats) -> Ints:
        counted = times * per / ticks
        return (np.rint(counted) if exact else np.floor(counted * _ROUNDED)).astype(np.int64)

    limit = problem.max_service_time
    bounded = np.where(np.isinf(limit), 0.0, np.minimum(limit, NO_LIMIT * ticks / per))
    counted = bounded * per / ticks
    up = (np.rint(counted) if exact else np.ceil(counted / _ROUNDED)).astype(np.int64)
    return Grid(
        ticks,
        per,
        exact,
        down(problem.stages["stage_time"]),
        down(problem.stages["inbound_service_time"]),
        np.where(np.isinf(limit), NO_LIMIT, up),
        down(problem.links["lead_time"]),
    )
