"""The answer to a `ShortestPathProblem`: the cheapest ways, or a cycle that lets cost fall."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.report import Report
from flowopt.flow.named.base import FloatArray, IndexArray, NamedSolution
from flowopt.flow.named.chart import draw_bars
from flowopt.flow.named.links import find_sites
from flowopt.flow.named.shortest_path.check import check_shortest_path
from flowopt.flow.named.shortest_path.graph import PathGraph
from flowopt.flow.named.shortest_path.problem import ShortestPathProblem


@dataclass(frozen=True, eq=False)
class ShortestPathValues:
    """The numbers of an answer.

    Parameters
    ----------
    distance
        (O, N) least cost from each origin to each site that leads to a destination, else inf.
    before
        (O, N) last arc of that way: a lane, or A plus the place of a lane among the undirected ones
        when it is used the other way; -1 for none.
    """

    distance: FloatArray
    before: npt.NDArray[np.integer[Any]]

    def __post_init__(self) -> None:
        for array in vars(self).values():
            array.setflags(write=False)


class _Tables(Mapping[str, Mapping[str, Any]]):
    """Tables that are made when they are asked for: all ways of all pairs can be long."""

    def __init__(self, makers: dict[str, Callable[[], dict[str, Any]]]) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        return self._makers[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ShortestPathSolution(NamedSolution[ShortestPathProblem, ShortestPathValues]):
    """The cheapest ways between origins and destinations.

    `cost` is the sum over all pairs that have a way; pairs that have none are `unreachable`.

    Examples
    --------
    >>> lanes = {"source": ["Lyon", "Dijon"], "target": ["Dijon", "Paris"], "unit_cost": [190, 310]}
    >>> solution = ShortestPathProblem.from_frames(lanes, origins=["Lyon", "Paris"],
    ...                                            destinations=["Dijon", "Paris"]).solve()
    >>> solution.to_frame()
      origin destination   cost
    0   Lyon       Dijon  190.0
    1   Lyon       Paris  500.0
    2  Paris       Dijon    inf
    3  Paris       Paris    0.0
    >>> solution.unreachable
    (('Paris', 'Dijon'),)
    """

    @property
    def distance(self) -> FloatArray:
        """(O, D) least cost from each origin to each destination, inf where there is no way."""
        ways: FloatArray = self._values().distance[:, self.problem.destinations]
        return ways

    @property
    def unreachable(self) -> tuple[tuple[str | int, str | int], ...]:
        """Pairs of origin and destination between which there is no way."""
        problem = self.problem
        rows, columns = np.nonzero(np.isinf(self.distance))
        origins = problem.site_id[problem.origins[rows]].tolist()
        destinations = problem.site_id[problem.destinations[columns]].tolist()
        return tuple(zip(origins, destinations, strict=True))

    def path(self, origin: str | int, destination: str | int) -> tuple[str | int, ...]:
        """Return the sites of the cheapest way, both ends included; empty when there is none.

        Parameters
        ----------
        origin, destination
            Ids of one of the origins and of a site that leads to a destination.
        """
        row, column = self._row_of(origin), self._site(destination)
        if not np.isfinite(self._values().distance[row, column]):
            return ()
        graph = PathGraph.of(self.problem)
        arcs = self._arcs(graph, row, column)
        ids = self.problem.site_id
        return (ids[self.problem.origins[row]].item(), *ids[graph.head[arcs]].tolist())

    def lanes(self, origin: str | int, destination: str | int) -> IndexArray:
        """Return (n,) positions of the lanes of the cheapest way; empty when there is none.

        Parameters
        ----------
        origin, destination
            As for `path`.
        """
        graph = PathGraph.of(self.problem)
        row, column = self._row_of(origin), self._site(destination)
        lanes: IndexArray = graph.lane[self._arcs(graph, row, column)]
        return lanes

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables "costs" (a row a pair), "paths" (a row a lane) and "unreachable"."""
        self.require_solution()
        return _Tables({"costs": self._costs, "paths": self._paths, "unreachable": self._missing})

    def check(self) -> Report:
        """Recompute the cost, that each way is one, and that no lane makes one cheaper."""
        return check_shortest_path(self.problem, self)

    def _site(self, name: str | int) -> int:
        failures = Failures()
        place = find_sites("id", name, self.problem.site_id, failures)
        failures.raise_if_any()
        return int(place[0])

    def _row_of(self, origin: str | int) -> int:
        rows = np.flatnonzero(self.problem.origins == self._site(origin))
        if not len(rows):
            raise KeyError(f"{origin!r} is none of the origins")
        return int(rows[0])

    def _arcs(self, graph: PathGraph, row: int, site: int) -> IndexArray:
        before, arcs = self._values().before[row], []
        while before[site] >= 0:
            arcs.append(int(before[site]))
            site = int(graph.tail[arcs[-1]])
        return np.array(arcs[::-1], dtype=np.int64)

    def _costs(self) -> dict[str, Any]:
        problem, ways = self.problem, self.distance
        return {
            "origin": np.repeat(problem.site_id[problem.origins], ways.shape[1]),
            "destination": np.tile(problem.site_id[problem.destinations], ways.shape[0]),
            "cost": ways.ravel(),
        }

    def _paths(self) -> dict[str, Any]:
        problem, graph = self.problem, PathGraph.of(self.problem)
        pairs = list(product(range(len(problem.origins)), problem.destinations.tolist()))
        ways = [self._arcs(graph, row, site) for row, site in pairs]
        lengths = [len(way) for way in ways]
        arcs = np.concatenate([np.zeros(0, dtype=np.int64), *ways])
        rows, sites = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        mode = {} if problem.mode is None else {"mode": problem.mode[graph.lane[arcs]]}
        return {
            "origin": np.repeat(problem.site_id[problem.origins[rows]], lengths),
            "destination": np.repeat(problem.site_id[sites], lengths),
            "step": np.concatenate([np.zeros(0, dtype=np.int64), *map(np.arange, lengths)]),
            "source": problem.site_id[graph.tail[arcs]],
            "target": problem.site_id[graph.head[arcs]],
            **mode,
            "unit_cost": graph.cost[arcs],
        }

    def _missing(self) -> dict[str, Any]:
        problem = self.problem
        rows, columns = np.nonzero(np.isinf(self.distance))
        return {
            "origin": problem.site_id[problem.origins[rows]],
            "destination": problem.site_id[problem.destinations[columns]],
        }

    def _figures(self) -> dict[str, Any]:
        return {"pairs": self.distance.size, "unreachable": len(self.unreachable)}

    def _draw(self, ax: Any) -> Any:
        table = self._costs()
        ends = zip(table["origin"].tolist(), table["destination"].tolist(), strict=True)
        costs = np.where(np.isfinite(table["cost"]), table["cost"], 0.0)
        return draw_bars(
            [f"{origin} → {destination}" for origin, destination in ends], costs, "cost", ax
        )
