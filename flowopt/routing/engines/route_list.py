"""Routes in three arrays: what the threads of a search hand to each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from flowopt.routing.parts import Ints


class RouteList(NamedTuple):
    """Routes, one behind the other.

    Parameters
    ----------
    visits
        (v,) clients of all routes.
    begin
        (q + 1,) where each route begins in `visits`, and where the last ends.
    types
        (q,) vehicle type of each.

    Examples
    --------
    >>> routes = RouteList.of([(0, [4, 2]), (1, [3])])
    >>> routes.sizes.tolist(), routes.some(np.array([1, 0])).to_routes()
    ([2, 1], [(1, [3]), (0, [4, 2])])
    """

    visits: npt.NDArray[np.int32]
    begin: Ints
    types: npt.NDArray[np.int32]

    @classmethod
    def of(cls, routes: Sequence[tuple[int, Sequence[int]]]) -> RouteList:
        """Return routes given by vehicle type and clients."""
        visits = [np.asarray(clients, dtype=np.int32) for _, clients in routes]
        return cls(
            np.concatenate([np.zeros(0, dtype=np.int32), *visits]),
            np.cumsum([0, *map(len, visits)], dtype=np.int64),
            np.array([vehicle_type for vehicle_type, _ in routes], dtype=np.int32),
        )

    @property
    def sizes(self) -> Ints:
        """(q,) number of clients of each route."""
        return np.diff(self.begin)

    def to_routes(self) -> list[tuple[int, list[int]]]:
        """Return vehicle type and clients of each route."""
        visits, begin = self.visits.tolist(), self.begin.tolist()
        return [
            (vehicle_type, visits[begin[place] : begin[place + 1]])
            for place, vehicle_type in enumerate(self.types.tolist())
        ]

    def some(self, places: Ints) -> RouteList:
        """Return the routes at some places, in that order."""
        sizes = self.sizes[places]
        begin = np.concatenate([[0], np.cumsum(sizes)])
        at = np.repeat(self.begin[places] - begin[:-1], sizes) + np.arange(begin[-1])
        return RouteList(self.visits[at], begin, self.types[places])

    def and_also(self, other: RouteList) -> RouteList:
        """Return these routes and others behind them."""
        return RouteList(
            np.concatenate([self.visits, other.visits]),
            np.concatenate([self.begin, self.begin[-1] + other.begin[1:]]),
            np.concatenate([self.types, other.types]),
        )

    def renumbered(self, numbers: Ints) -> RouteList:
        """Return the same routes of clients with other numbers, given for each client."""
        return self._replace(visits=numbers[self.visits].astype(np.int32))
