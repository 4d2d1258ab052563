"""The problem of moving as much as can be moved from some sites to others."""

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
from flowopt.flow.arrays import collect, read_positions
from flowopt.flow.named.links import OverLanes, number_of_sites, read_links, spread

if TYPE_CHECKING:
    from flowopt.flow.named.max_flow.solution import MaxFlowSolution
    from flowopt.network import Network

_LIMIT = {"infinite": True}


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class MaxFlowProblem(OverLanes, Problem["MaxFlowSolution"]):
    r"""The most that can go from sources to sinks.

    With flow :math:`f`, supplied :math:`s` and delivered :math:`d`:

    .. math::

        \max \sum_j s_j \quad \text{s.t.} \quad
        t_j = s_j + \sum_i f_{ij} = d_j + \sum_k f_{jk}, \quad
        0 \le f \le \text{capacity}, \quad 0 \le s \le \text{supply}, \quad
        0 \le d \le \text{demand}, \quad t \le \text{site capacity}

    It equals the least capacity of a cut that parts sources from sinks (Ford, Fulkerson 1956),
    which proves it.

    Parameters
    ----------
    site_id
        (N,) ids of the sites.
    source, target
        (A,) positions, in `site_id`, of the ends of each lane; parallel lanes are allowed.
    capacity
        (A,) most that a lane carries; units per period, may be inf.
    undirected
        (A,) whether a lane can be used both ways; its capacity holds for both together.
    mode
        (A,) names of the lanes' modes, None when they have none.
    supply
        (N,) most that a site gives, above 0 for sources; units per period, may be inf.
    demand
        (N,) most that a site takes, above 0 for sinks; units per period, may be inf.
    site_capacity
        (N,) most that goes through a site (flow in and supplied); units per period, may be inf.
    backend
        Library of the frames that come out.

    Raises
    ------
    ValidationError
        With every fault of every column.

    Examples
    --------
    >>> problem = MaxFlowProblem.from_arrays([0, 0, 1, 2], [1, 2, 3, 3], [4, 3, 2, 5],
    ...                                      sources=0, sinks=3)
    >>> solution = problem.solve()
    >>> solution.value, solution.flow.tolist()
    (5.0, [2.0, 3.0, 2.0, 3.0])
    >>> solution.to_frame("cut")[["source", "target", "capacity"]]
       source  target  capacity
    0       0       2       3.0
    1       1       3       2.0
    """

    site_id: npt.NDArray[Any]
    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    capacity: npt.NDArray[np.float64]
    undirected: npt.NDArray[np.bool_] = False  # type: ignore[assignment]  # spread over all lanes
    mode: npt.NDArray[np.str_] | None = None
    supply: npt.NDArray[np.float64]
    demand: npt.NDArray[np.float64]
    site_capacity: npt.NDArray[np.float64] = np.inf  # type: ignore[assignment]  # over all sites
    backend: str = DEFAULT_BACKEND

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        failures = Failures()
        sites = {"supply": _LIMIT, "demand": _LIMIT, "site_capacity": _LIMIT}
        read = read_links(given, {"capacity": _LIMIT}, sites, failures)
        if not len(failures):
            _check_ends(read, failures)
        failures.raise_if_any()
        for name, value in read.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_arrays(
        cls,
        source: npt.ArrayLike,
        target: npt.ArrayLike,
        capacity: npt.ArrayLike = np.inf,
        *,
        sources: npt.ArrayLike,
        sinks: npt.ArrayLike,
        supply: npt.ArrayLike = np.inf,
        demand: npt.ArrayLike = np.inf,
        site_capacity: npt.ArrayLike = np.inf,
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
        capacity, undirected, mode
            (A,) columns of the lanes.
        sources, sinks
            Positions of the sites that give and take: one, or several.
        supply, demand
            Most that each of `sources` gives and each of `sinks` takes.
        site_capacity
            (N,) most that goes through each site.
        num_sites
            Number of sites; None takes the largest position that is named.
        site_id
            (N,) ids; None numbers them from 0.
        backend
            Library of the frames that come out.
        """
        ends = [np.atleast_1d(np.asarray(end)) for end in (sources, sinks)]
        if site_id is None:
            count = number_of_sites(source, target, *ends) if num_sites is None else num_sites
            site_id = np.arange(max(count, np.size(site_capacity) if np.ndim(site_capacity) else 0))
        failures, num = Failures(), np.size(site_id)
        limits = [
            _limit_of(name, end, limit, num, failures)
            for name, end, limit in (("sources", ends[0], supply), ("sinks", ends[1], demand))
        ]
        failures.raise_if_any()
        return cls(
            site_id=np.asarray(site_id),
            source=np.asarray(source),
            target=np.asarray(target),
            capacity=spread(capacity, np.size(source)),
            undirected=spread(undirected, np.size(source)),
            mode=mode,
            supply=limits[0],
            demand=limits[1],
            site_capacity=spread(site_capacity, num),
            backend=backend,
        )

    @classmethod
    def from_frames(
        cls, lanes: Any, sites: Any = None, *, sources: Any = None, sinks: Any = None
    ) -> Self:
        """Return the problem of tables.

        Parameters
        ----------
        lanes
            Frame with the columns of `flowopt.flow.named.max_flow.frames.LANES`.
        sites
            Frame with the columns of `flowopt.flow.named.max_flow.frames.SITES`; None has a site
            for each end of a lane.
        sources, sinks
            Id, or ids, of the sites that give and take, without limit unless `sites` gives one;
            None takes those that have supply, and demand, in `sites`.

        Examples
        --------
        >>> lanes = {"source": ["port", "port", "hub"], "target": ["hub", "city", "city"],
        ...          "capacity": [30, 10, 20]}
        >>> MaxFlowProblem.from_frames(lanes, sources="port", sinks="city").solve().value
        30.0
        """
        from flowopt.flow.named.max_flow.frames import frame_columns

        return cls(**frame_columns(lanes, sites, sources, sinks))

    @classmethod
    def from_network(
        cls,
        network: Network,
        *,
        sources: Any = None,
        sinks: Any = None,
        commodity: str | int | None = None,
    ) -> Self:
        """Return the problem of moving the most over a network.

        Parameters
        ----------
        network
            Sites and lanes, without minimum flows.
        sources, sinks
            As for `from_frames`; None takes the sites that have supply, and demand.
        commodity
            Id of the commodity whose demand is met; None adds up the units of all.
        """
        from flowopt.flow.named.max_flow.frames import network_columns

        return cls(**network_columns(network, sources, sinks, commodity))

    @cached_property
    def features(self) -> frozenset[str]:
        """The features that an engine must support to take this problem."""
        present = {
            "undirected": self.undirected.any(),
            "site_capacities": np.isfinite(self.site_capacity).any(),
        }
        return frozenset(name for name, is_there in present.items() if is_there)

    def __repr__(self) -> str:
        return f"<MaxFlowProblem {self.num_sites:,} sites, {self.num_lanes:,} lanes>"

    def _solve(self, run: Run) -> MaxFlowSolution:
        from flowopt.flow.named.max_flow.solve import solve

        return solve(self, run)


def _limit_of(
    name: str, places: npt.NDArray[Any], limit: Any, num_sites: int, failures: Failures
) -> npt.NDArray[np.float64]:
    """Return the limits of all sites: 0 where a site is not named."""
    limits = np.zeros(num_sites)
    where = read_positions("sites", name, places, places.size, num_sites, failures)
    try:
        if not len(failures):
            limits[where] = np.broadcast_to(np.asarray(limit, dtype=np.float64), where.shape)
    except ValueError:
        column, fix = (
            "supply" if name == "sources" else "demand",
            f"give one number per {name[:-1]}",
        )
        message = f"does not fit {places.size} {name}"
        failures.add("sites", column, None, None, "wrong_length", message, fix)
    return limits


def _check_ends(read: dict[str, Any], failures: Failures) -> None:
    """Collect what makes a maximum flow meaningless: no source, no sink, or one that is both."""
    for name, what in (("supply", "source"), ("demand", "sink")):
        if not (read[name] > 0).any():
            fix = f"name a {what}, or give a site {name}"
            failures.add("sites", name, None, None, f"no_{what}", f"there is no {what}", fix)
    both = np.isinf(read["supply"]) & np.isinf(read["demand"])
    fault = ("source_is_sink", "is source and sink without limit", "choose one, or give a limit")
    collect("sites", "id", both, read["site_id"], fault, failures)
