"""The problem of finding the cheapest ways from sites to others."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.options import Run
from flowopt.core.problem import Problem
from flowopt.core.tables import DEFAULT_BACKEND
from flowopt.flow.arrays import read_positions
from flowopt.flow.named.links import OverLanes, number_of_sites, read_links, spread

if TYPE_CHECKING:
    from flowopt.flow.named.shortest_path.solution import ShortestPathSolution
    from flowopt.network import Network


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ShortestPathProblem(OverLanes, Problem["ShortestPathSolution"]):
    r"""The cheapest way from each origin to each destination.

    For each pair the least :math:`\sum_{a \in P} c_a` over all paths :math:`P`. Distances
    :math:`d` from an origin with :math:`d_j \le d_i + c_{ij}` on every lane prove it (Ahuja,
    Magnanti, Orlin: Network Flows, 1993, ch. 4 and 5).

    Parameters
    ----------
    site_id
        (N,) ids of the sites.
    source, target
        (A,) positions, in `site_id`, of the ends of each lane; parallel lanes are allowed.
    unit_cost
        (A,) cost, length or time of using a lane; may be negative.
    undirected
        (A,) whether a lane can be used both ways.
    mode
        (A,) names of the lanes' modes, None when they have none.
    origins, destinations
        (O,) and (D,) positions of the sites between which ways are wanted.
    backend
        Library of the frames that come out.

    Raises
    ------
    ValidationError
        With every fault of every column.

    Examples
    --------
    >>> problem = ShortestPathProblem.from_arrays([0, 0, 1], [1, 2, 2], [3.0, 8.0, 4.0],
    ...                                           origins=0, destinations=2)
    >>> solution = problem.solve()
    >>> solution.cost, solution.path(0, 2)
    (7.0, (0, 1, 2))
    """

    site_id: npt.NDArray[Any]
    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    unit_cost: npt.NDArray[np.float64]
    undirected: npt.NDArray[np.bool_] = False  # type: ignore[assignment]  # spread over all lanes
    mode: npt.NDArray[np.str_] | None = None
    origins: npt.NDArray[np.int64]
    destinations: npt.NDArray[np.int64]
    backend: str = DEFAULT_BACKEND

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        failures = Failures()
        read = read_links(given, {"unit_cost": {"negative": True}}, {}, failures)
        for name in ("origins", "destinations"):
            places = np.atleast_1d(np.asarray(given[name]))
            num = len(read["site_id"])
            read[name] = read_positions("sites", name, places, places.size, num, failures)
            _refuse_repeated(name, read[name], failures)
        failures.raise_if_any()
        for name, value in read.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_arrays(
        cls,
        source: npt.ArrayLike,
        target: npt.ArrayLike,
        unit_cost: npt.ArrayLike,
        *,
        origins: npt.ArrayLike | None = None,
        destinations: npt.ArrayLike | None = None,
        undirected: npt.ArrayLike = False,
        num_sites: int | None = None,
        site_id: npt.ArrayLike | None = None,
        mode: Any = None,
        backend: str = DEFAULT_BACKEND,
    ) -> Self:
        """Return the problem of arrays; one number stands for a whole column.

        Parameters
        ----------
        source, target
            (A,) positions, from 0, of the ends of each lane.
        unit_cost, undirected, mode
            (A,) columns of the lanes.
        origins, destinations
            Position, or positions, of the sites between which ways are wanted; None for all.
        num_sites
            Number of sites; None takes the largest position that is named.
        site_id
            (N,) ids; None numbers them from 0.
        backend
            Library of the frames that come out.
        """
        ends = [end for end in (origins, destinations) if end is not None]
        if site_id is None:
            count = number_of_sites(source, target, *ends) if num_sites is None else num_sites
            site_id = np.arange(count)
        every = np.arange(np.size(site_id))
        return cls(
            site_id=np.asarray(site_id),
            source=np.asarray(source),
            target=np.asarray(target),
            unit_cost=spread(unit_cost, np.size(source)),
            undirected=spread(undirected, np.size(source)),
            mode=mode,
            origins=every if origins is None else np.asarray(origins),
            destinations=every if destinations is None else np.asarray(destinations),
            backend=backend,
        )

    @classmethod
    def from_frames(
        cls, lanes: Any, sites: Any = None, *, origins: Any = None, destinations: Any = None
    ) -> Self:
        """Return the problem of tables.

        Parameters
        ----------
        lanes
            Frame with the columns of `flowopt.flow.named.shortest_path.frames.LANES`.
        sites
            Frame with an ``id`` for each site; None has a site for each end of a lane.
        origins, destinations
            Id, or ids, of the sites between which ways are wanted; None for all.

        Examples
        --------
        >>> lanes = {"source": ["Lyon", "Lyon", "Dijon"], "target": ["Dijon", "Paris", "Paris"],
        ...          "unit_cost": [190, 520, 310]}
        >>> problem = ShortestPathProblem.from_frames(lanes, origins="Lyon", destinations="Paris")
        >>> problem.solve().path("Lyon", "Paris")
        ('Lyon', 'Dijon', 'Paris')
        """
        from flowopt.flow.named.shortest_path.frames import frame_columns

        return cls(**frame_columns(lanes, sites, origins, destinations))

    @classmethod
    def from_network(
        cls,
        network: Network,
        *,
        origins: Any = None,
        destinations: Any = None,
        by: str = "unit_cost",
    ) -> Self:
        """Return the problem of finding ways through a network.

        Parameters
        ----------
        network
            Sites and lanes.
        origins, destinations
            Id, or ids, of the sites between which ways are wanted; None for all.
        by
            The column of lanes to add up: ``"unit_cost"``, ``"distance"`` or ``"lead_time"``.
        """
        from flowopt.flow.named.shortest_path.frames import network_columns

        return cls(**network_columns(network, origins, destinations, by))

    @cached_property
    def features(self) -> frozenset[str]:
        """The features that an engine must support to take this problem."""
        return frozenset({"negative_costs"} if (self.unit_cost < 0).any() else ())

    def __repr__(self) -> str:
        ways = f"{len(self.origins):,} × {len(self.destinations):,} ways"
        return f"<ShortestPathProblem {self.num_sites:,} sites, {self.num_lanes:,} lanes, {ways}>"

    def _solve(self, run: Run) -> ShortestPathSolution:
        from flowopt.flow.named.shortest_path.solve import solve

        return solve(self, run)


def _refuse_repeated(name: str, places: npt.NDArray[np.int64], failures: Failures) -> None:
    if len(failures):
        return
    _, first, inverse = np.unique(places, return_index=True, return_inverse=True)
    for row in np.flatnonzero(first[inverse] != np.arange(len(places))).tolist():
        value, fix = int(places[row]), "name it once"
        failures.add("sites", name, row, value, "duplicate_id", "is named again", fix)
