"""The problem of moving several commodities over lanes whose capacity they share."""

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
from flowopt.flow.multicommodity.validation import normalised

if TYPE_CHECKING:
    from flowopt.flow.multicommodity.solution import MultiCommoditySolution
    from flowopt.network import Network

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class MultiCommodityProblem(Problem["MultiCommoditySolution"]):
    r"""Multi-commodity minimum-cost flow.

    With flow :math:`f^k_a` of commodity :math:`k` on lane :math:`a`, unmet demand :math:`u^k_j`
    and :math:`w_k` the joint capacity that a unit of :math:`k` takes:

    .. math::

        \min \sum_k \sum_a c^k_a f^k_a + \sum p^k_j u^k_j \quad \text{s.t.} \quad
        s^k_j + \sum_{a \text{ into } j} f^k_a = \sum_{a \text{ out of } j} f^k_a + d^k_j - u^k_j,
        \quad \sum_k w_k f^k_a \le \text{capacity}_a, \quad f^k_a \le \text{capacity}^k_a, \quad
        \sum_{a \in g} \sum_k w_k f^k_a \le \text{capacity}_g, \quad
        0 \le s^k_j \le \text{supply}^k_j

    Costs are 0 or more; supply that is not used costs nothing. (Ahuja, Magnanti, Orlin: Network
    Flows, 1993, ch. 17.) N sites, A lanes, K commodities.

    Parameters
    ----------
    site_id
        (N,) ids of the sites.
    source, target
        (A,) positions, in `site_id`, of the ends of each lane; parallel lanes are allowed.
    capacity
        (A,) most that a lane carries, all commodities together; capacity per period, may be inf.
    unit_cost
        (A,) cost of one unit on a lane, where a commodity has no cost of its own.
    mode
        (A,) names of the lanes' modes, None when they have none.
    site_capacity
        (N,) most that goes through a site (flow in and supplied), all commodities together.
    handling_cost
        (N,) cost of one unit through a site.
    site_supply
        (N,) most that a site gives, all commodities together; may be inf.
    commodity_id
        (K,) ids of the commodities.
    size
        (K,) joint capacity that one unit takes, above 0.
    demand_commodity, demand_site, demand, unmet_cost
        (D,) what a site takes of a commodity, units per period, and the price of one unit of it
        left unmet, inf when all must be met.
    supply_commodity, supply_site, supply
        (S,) most that a site gives of a commodity, units per period; may be inf.
    own_commodity, own_lane, own_cost, own_capacity
        (X,) cost of a unit (NaN: that of the lane) and most that flows of a commodity on a lane;
        with capacity 0 the lane is forbidden to it.
    group_id, group_capacity
        (G,) groups of lanes that share a capacity.
    member_group, member_lane
        (Y,) the lanes of each group.
    target_gap
        Relative distance of the cost from its proven bound at which the search may end.
    backend
        Library of the frames that come out.

    Raises
    ------
    ValidationError
        With every fault of every column.

    Examples
    --------
    Two commodities want the cheap lane, which carries 5:

    >>> problem = MultiCommodityProblem.from_arrays(
    ...     [0, 0], [1, 1], capacity=[5, 9], unit_cost=[1, 3],
    ...     origin=[0, 0], destination=[1, 1], quantity=[4, 3])
    >>> solution = problem.solve()
    >>> solution.cost, solution.lane_flow.tolist(), solution.lane_prices.tolist()
    (11.0, [5.0, 2.0], [2.0, 0.0])
    """

    site_id: npt.NDArray[Any]
    source: IndexArray
    target: IndexArray
    capacity: FloatArray
    unit_cost: FloatArray
    mode: npt.NDArray[np.str_] | None = None
    site_capacity: FloatArray
    handling_cost: FloatArray
    site_supply: FloatArray
    commodity_id: npt.NDArray[Any]
    size: FloatArray
    demand_commodity: IndexArray
    demand_site: IndexArray
    demand: FloatArray
    unmet_cost: FloatArray
    supply_commodity: IndexArray
    supply_site: IndexArray
    supply: FloatArray
    own_commodity: IndexArray
    own_lane: IndexArray
    own_cost: FloatArray
    own_capacity: FloatArray
    group_id: npt.NDArray[Any]
    group_capacity: FloatArray
    member_group: IndexArray
    member_lane: IndexArray
    target_gap: float = 1e-7
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
        origin: npt.ArrayLike | None = None,
        destination: npt.ArrayLike | None = None,
        quantity: npt.ArrayLike | None = None,
        supply: npt.ArrayLike | None = None,
        demand: npt.ArrayLike | None = None,
        size: npt.ArrayLike = 1.0,
        unmet_cost: npt.ArrayLike | None = None,
        num_sites: int | None = None,
        mode: Any = None,
        **columns: Any,
    ) -> Self:
        """Return the problem of arrays; one number stands for a whole column.

        Parameters
        ----------
        source, target
            (A,) positions, from 0, of the ends of each lane.
        capacity, unit_cost, mode
            (A,) columns of the lanes.
        origin, destination, quantity
            (K,) where each commodity comes from, where it goes, and how much; instead:
        supply, demand
            (K, N) what each site gives and takes of each commodity.
        size
            (K,) joint capacity that a unit takes.
        unmet_cost
            (K,) price of one unit of demand left unmet; None when all must be met.
        num_sites
            Number of sites; None takes the columns of `supply`, or else the largest position.
        columns
            Any other field of the problem, as it is stated there.

        Examples
        --------
        >>> problem = MultiCommodityProblem.from_arrays(
        ...     [0, 1], [2, 2], unit_cost=[4, 6], supply=[[5, 5, 0]], demand=[[0, 0, 8]],
        ...     own_commodity=[0], own_lane=[0], own_cost=[7], own_capacity=[np.inf])
        >>> problem.solve().cost
        51.0
        """
        from flowopt.flow.multicommodity.inputs import array_columns

        lanes = {"capacity": capacity, "unit_cost": unit_cost, "mode": mode}
        pairs = {"origin": origin, "destination": destination, "quantity": quantity}
        matrices = {"supply": supply, "demand": demand}
        ends = {"source": source, "target": target}
        goods = {"size": size, "unmet_cost": unmet_cost}
        return cls(**array_columns(ends, lanes, pairs, matrices, goods, num_sites, columns))

    @classmethod
    def from_frames(
        cls,
        sites: Any,
        lanes: Any,
        commodities: Any,
        demand: Any = None,
        supply: Any = None,
        commodity_lanes: Any = None,
        groups: Any = None,
        group_lanes: Any = None,
        target_gap: float = 1e-7,
    ) -> Self:
        """Return the problem of tables; their columns are those of `tables` in this package.

        Parameters
        ----------
        sites, lanes, commodities
            Places, links, goods.
        demand, supply
            What sites take and give of commodities that have no origin and destination.
        commodity_lanes
            Costs and limits that a commodity has of its own; blank ends and modes mean any.
        groups, group_lanes
            Joint capacities, and the lanes that share them; blank ends and modes mean any, so
            that a row with a mode only is the capacity of a mode.
        target_gap
            Relative distance of the cost from its proven bound at which the search may end.

        Examples
        --------
        >>> problem = MultiCommodityProblem.from_frames(
        ...     {"id": ["port", "city"]},
        ...     {"source": ["port"] * 2, "target": ["city"] * 2, "mode": ["rail", "road"],
        ...      "unit_cost": [2, 5], "capacity": [10, 10]},
        ...     {"id": ["coal", "cars"], "origin": ["port"] * 2, "destination": ["city"] * 2,
        ...      "quantity": [6, 5], "size": [1, 2]},
        ...     commodity_lanes={"commodity": ["coal"], "mode": ["road"], "capacity": [0]},
        ... )
        >>> problem.solve().to_frame("flows")[["commodity", "mode", "flow"]]
          commodity  mode  flow
        0      coal  rail   6.0
        1      cars  rail   2.0
        2      cars  road   3.0
        """
        from flowopt.flow.multicommodity.inputs import frame_columns

        tables = {
            "sites": sites,
            "lanes": lanes,
            "commodities": commodities,
            "demand": demand,
            "supply": supply,
            "commodity_lanes": commodity_lanes,
            "groups": groups,
            "group_lanes": group_lanes,
        }
        return cls(**frame_columns(tables), target_gap=target_gap)

    @classmethod
    def from_network(
        cls,
        network: Network,
        *,
        size: str | npt.ArrayLike = 1.0,
        supply: Any = None,
        unmet_cost: npt.ArrayLike | None = None,
        target_gap: float = 1e-7,
    ) -> Self:
        """Return the problem of moving all commodities of a network; fixed costs are not part.

        Parameters
        ----------
        network
            Sites, lanes, commodities and demand. The `supply` and `capacity` of a site and the
            `capacity` of a lane are for all commodities together.
        size
            Joint capacity that a unit takes: one number, (K,) numbers, or a column of the
            network's commodities, such as ``"unit_weight"``.
        supply
            Frame of `SUPPLY` that says which site gives what; None when a site with supply can
            give any commodity.
        unmet_cost
            Price of one unit of demand left unmet, one for all or (K,); None when all must be met.
        target_gap
            Relative distance of the cost from its proven bound at which the search may end.

        Raises
        ------
        ValidationError
            When a lane has a `min_flow`, which this problem does not know.
        """
        from flowopt.flow.multicommodity.inputs import network_columns

        return cls(**network_columns(network, size, supply, unmet_cost), target_gap=target_gap)

    @property
    def num_sites(self) -> int:
        """Number of sites."""
        return len(self.site_id)

    @property
    def num_lanes(self) -> int:
        """Number of lanes."""
        return len(self.source)

    @property
    def num_commodities(self) -> int:
        """Number of commodities."""
        return len(self.commodity_id)

    @cached_property
    def features(self) -> frozenset[str]:
        """The features that an engine must support to take this problem."""
        present = {
            "unmet_demand": np.isfinite(self.unmet_cost).any(),
            "own_lanes": len(self.own_lane),
            "groups": len(self.group_id),
            "site_capacities": np.isfinite(self.site_capacity).any(),
        }
        return frozenset(name for name, is_there in present.items() if is_there)

    def lane_name(self, lane: int) -> str:
        """Return the ends and the mode of a lane, for people."""
        ends = f"{self.site_id[self.source[lane]]} → {self.site_id[self.target[lane]]}"
        return ends if self.mode is None else f"{ends} ({self.mode[lane]})"

    def demand_name(self, row: int) -> str:
        """Return the commodity and the site of a row of demand, for people."""
        commodity = self.commodity_id[self.demand_commodity[row]]
        return f"{commodity} at {self.site_id[self.demand_site[row]]}"

    def __repr__(self) -> str:
        sites, lanes, goods = self.num_sites, self.num_lanes, self.num_commodities
        text = f"{sites:,} sites, {lanes:,} lanes, {goods:,} commodities"
        return f"<MultiCommodityProblem {text}, demand {self.demand.sum():,.6g}>"

    def _solve(self, run: Run) -> MultiCommoditySolution:
        from flowopt.flow.multicommodity.solve import solve

        return solve(self, run)
