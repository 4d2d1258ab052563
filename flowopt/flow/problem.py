"""The problem of moving goods from where they are to where they are wanted at least cost."""

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
from flowopt.flow.validation import normalised

if TYPE_CHECKING:
    from flowopt.flow.solution import FlowSolution
    from flowopt.network import Network


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class FlowProblem(Problem["FlowSolution"]):
    r"""Single-commodity minimum-cost flow over sites and lanes.

    With flow :math:`f`, supplied :math:`s`, unmet :math:`u`, lanes :math:`(i, j)` and
    :math:`t_j = s_j + \sum_i f_{ij}` what goes through a site:

    .. math::

        \min \sum c_{ij} f_{ij} + \sum h_j t_j + \sum p_j u_j
        + \sum q_j (\text{supply}_j - s_j) \quad \text{s.t.} \quad
        t_j = \sum_k f_{jk} + d_j - u_j, \quad l \le f \le \text{capacity}, \quad
        0 \le s \le \text{supply}, \quad 0 \le u \le d, \quad t \le \text{site capacity}

    An undirected lane carries either way, :math:`|f| \le \text{capacity}`, and costs
    :math:`c |f|`. (Ahuja, Magnanti, Orlin: Network Flows, 1993, ch. 1 and 2.4.)

    Parameters
    ----------
    site_id
        (N,) ids of the sites.
    source, target
        (A,) positions, in `site_id`, of the ends of each lane; parallel lanes are allowed.
    capacity
        (A,) most that a lane carries; units per period, may be inf.
    unit_cost
        (A,) cost of one unit on a lane; may be negative.
    min_flow
        (A,) least that a lane carries; units per period.
    mode
        (A,) names of the lanes' modes, None when they have none.
    undirected
        (A,) which lanes carry either way: their flow is above 0 from `source` to `target`, below 0
        the other way. They cost 0 or more a unit, and have no `min_flow`.
    lead_time
        (A,) time from dispatch to arrival, in periods, NaN where unknown; None when all are.
    supply
        (N,) most that a site gives; units per period, may be inf.
    demand
        (N,) what a site takes; units per period.
    site_capacity
        (N,) most that goes through a site (flow in and supplied); units per period, may be inf.
    handling_cost
        (N,) cost of one unit through a site.
    unmet_cost
        (N,) price of one unit of demand left unmet, inf where all must be met; one number stands
        for all sites, None for inf.
    unused_cost
        (N,) price of one unit of supply left unused, inf where all must be used; one number stands
        for all sites.
    backend
        Library of the frames that come out.

    Raises
    ------
    ValidationError
        With every fault of every column.

    Examples
    --------
    >>> problem = FlowProblem.from_arrays([0, 0, 1], [1, 2, 2], capacity=[5, 2, 9],
    ...                                   unit_cost=[1.5, 4, 1], supply=[6, 0, 0],
    ...                                   demand=[0, 0, 4])
    >>> solution = problem.solve()
    >>> solution.cost, solution.flow.tolist(), solution.prices.tolist()
    (10.0, [4.0, 0.0, 4.0], [0.0, 1.5, 2.5])
    """

    site_id: npt.NDArray[Any]
    source: npt.NDArray[np.int64]
    target: npt.NDArray[np.int64]
    capacity: npt.NDArray[np.float64]
    unit_cost: npt.NDArray[np.float64]
    min_flow: npt.NDArray[np.float64]
    mode: npt.NDArray[np.str_] | None = None
    undirected: npt.NDArray[np.bool_]
    lead_time: npt.NDArray[np.float64] | None = None
    supply: npt.NDArray[np.float64]
    demand: npt.NDArray[np.float64]
    site_capacity: npt.NDArray[np.float64]
    handling_cost: npt.NDArray[np.float64]
    unmet_cost: npt.NDArray[np.float64]
    unused_cost: npt.NDArray[np.float64]
    backend: str = DEFAULT_BACKEND

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        failures = Failures()
        for name, value in normalised(given, failures).items():
            object.__setattr__(self, name, value)
        failures.raise_if_any()

    @classmethod
    def from_arrays(
        cls,
        source: npt.ArrayLike,
        target: npt.ArrayLike,
        *,
        capacity: npt.ArrayLike = np.inf,
        unit_cost: npt.ArrayLike = 0.0,
        supply: npt.ArrayLike = 0.0,
        demand: npt.ArrayLike = 0.0,
        min_flow: npt.ArrayLike = 0.0,
        site_capacity: npt.ArrayLike = np.inf,
        handling_cost: npt.ArrayLike = 0.0,
        unmet_cost: npt.ArrayLike | None = None,
        unused_cost: npt.ArrayLike = 0.0,
        undirected: npt.ArrayLike = False,
        lead_time: npt.ArrayLike | None = None,
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
        capacity, unit_cost, min_flow, undirected, lead_time, mode
            (A,) columns of the lanes.
        supply, demand, site_capacity, handling_cost, unmet_cost, unused_cost
            (N,) columns of the sites.
        num_sites
            Number of sites; None takes the longest column of sites, or else the largest position.
        site_id
            (N,) ids; None numbers them from 0.
        backend
            Library of the frames that come out.
        """
        from flowopt.flow.frames import array_columns

        return cls(
            **array_columns(
                {"source": source, "target": target},
                {
                    "capacity": capacity,
                    "unit_cost": unit_cost,
                    "min_flow": min_flow,
                    "undirected": undirected,
                    **({} if lead_time is None else {"lead_time": lead_time}),
                },
                {
                    "supply": supply,
                    "demand": demand,
                    "site_capacity": site_capacity,
                    "handling_cost": handling_cost,
                    "unmet_cost": np.inf if unmet_cost is None else unmet_cost,
                    "unused_cost": unused_cost,
                },
                num_sites,
                site_id,
            ),
            mode=mode,
            backend=backend,
        )

    @classmethod
    def from_frames(cls, sites: Any, lanes: Any) -> Self:
        """Return the problem of two tables.

        Parameters
        ----------
        sites
            Frame with the columns of `flowopt.flow.frames.SITES`.
        lanes
            Frame with the columns of `flowopt.flow.frames.LANES`.

        Examples
        --------
        >>> sites = {"id": ["plant", "shop"], "supply": [9, 0], "demand": [0, 4]}
        >>> lanes = {"source": ["plant"], "target": ["shop"], "unit_cost": [2.5]}
        >>> FlowProblem.from_frames(sites, lanes).solve().cost
        10.0
        """
        from flowopt.flow.frames import frame_columns

        return cls(**frame_columns(sites, lanes))

    @classmethod
    def from_network(
        cls,
        network: Network,
        commodity: str | int | None = None,
        unmet_cost: npt.ArrayLike | None = None,
    ) -> Self:
        """Return the problem of moving the demand of a network; fixed costs are not part of it.

        Parameters
        ----------
        network
            Sites, lanes and demand.
        commodity
            Id of the commodity whose demand is met; None adds up the units of all.
        unmet_cost
            Price of one unit of demand left unmet, one for all sites or (N,); None when all must
            be met.
        """
        from flowopt.flow.frames import network_columns

        return cls(**network_columns(network, commodity, unmet_cost))

    @classmethod
    def from_networkx(
        cls,
        graph: Any,
        *,
        demand: str = "demand",
        supply: str = "supply",
        capacity: str = "capacity",
        unit_cost: str | None = None,
        min_flow: str = "min_flow",
        lead_time: str = "lead_time",
        site_capacity: str = "site_capacity",
        handling_cost: str = "handling_cost",
        unmet_cost: str = "unmet_cost",
        unused_cost: str = "unused_cost",
        backend: str = DEFAULT_BACKEND,
    ) -> Self:
        """Return the problem of a NetworkX graph; each keyword names an attribute.

        Demand above 0 is taken, as in NetworkX; below 0 it is given, and so is supply. What a node
        gives is the most that it can give, where NetworkX wants all of it used: for that, set
        ``unused_cost`` to inf. An attribute that a node or edge does not have (or that is None)
        stands at NetworkX's default: no demand, no limit, no cost. The edges of an undirected graph
        become undirected lanes; string keys of a multigraph become modes; nodes that are no whole
        numbers are named by their text.

        Parameters
        ----------
        graph
            A Graph, DiGraph, MultiGraph or MultiDiGraph.
        demand, supply, site_capacity, handling_cost, unmet_cost, unused_cost
            Attributes of the nodes.
        capacity, unit_cost, min_flow, lead_time
            Attributes of the edges; None takes ``"unit_cost"`` where any edge has it, and else
            NetworkX's ``"weight"``.
        backend
            Library of the frames that come out.

        Raises
        ------
        ValidationError
            When it is no graph, or with every value that is no number, or not one that fits.

        Examples
        --------
        >>> import networkx as nx
        >>> graph = nx.DiGraph()
        >>> graph.add_node("plant", demand=-5)
        >>> graph.add_node("shop", demand=4)
        >>> graph.add_edge("plant", "shop", weight=2.5, capacity=9)
        >>> FlowProblem.from_networkx(graph).solve().cost
        10.0
        """
        from flowopt.flow.graph import graph_columns

        lanes = {"capacity": capacity, "min_flow": min_flow, "lead_time": lead_time}
        sites = {
            "demand": demand,
            "supply": supply,
            "site_capacity": site_capacity,
            "handling_cost": handling_cost,
            "unmet_cost": unmet_cost,
            "unused_cost": unused_cost,
        }
        return cls(**graph_columns(graph, lanes, unit_cost, sites), backend=backend)

    @property
    def num_sites(self) -> int:
        """Number of sites."""
        return len(self.site_id)

    @property
    def num_lanes(self) -> int:
        """Number of lanes."""
        return len(self.source)

    @cached_property
    def features(self) -> frozenset[str]:
        """The features that an engine must support to take this problem."""
        present = {
            "lower_bounds": self.min_flow.any(),
            "site_capacities": np.isfinite(self.site_capacity).any(),
            "handling_costs": self.handling_cost.any(),
            "unmet_demand": np.isfinite(self.unmet_cost).any(),
            "negative_costs": (self.unit_cost < 0).any(),
            "undirected_lanes": self.undirected.any(),
            "unused_supply": self.unused_cost.any(),
        }
        return frozenset(name for name, is_there in present.items() if is_there)

    def lane_name(self, lane: int) -> str:
        """Return the ends and the mode of a lane, for people."""
        arrow = "↔" if self.undirected[lane] else "→"
        ends = f"{self.site_id[self.source[lane]]} {arrow} {self.site_id[self.target[lane]]}"
        return ends if self.mode is None else f"{ends} ({self.mode[lane]})"

    def __repr__(self) -> str:
        sites, lanes = len(self.site_id), len(self.source)
        return f"<FlowProblem {sites:,} sites, {lanes:,} lanes, demand {self.demand.sum():,.6g}>"

    def _solve(self, run: Run) -> FlowSolution:
        from flowopt.flow.solve import solve

        return solve(self, run)
