"""The problem of designing a network: what to open, what to use, what flows where."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.options import Run
from flowopt.core.problem import Problem
from flowopt.core.tables import DEFAULT_BACKEND
from flowopt.flow.design.states import CLOSED, FREE, OPEN, states_of
from flowopt.flow.design.validation import normalised

if TYPE_CHECKING:
    import pulp

    from flowopt.flow.design.pareto import ParetoFront
    from flowopt.flow.design.solution import DesignSolution
    from flowopt.network import Network

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class DesignProblem(Problem["DesignSolution"]):
    r"""Fixed-charge network design and facility location.

    N sites, A lanes, K commodities, T periods. With
    flow :math:`x_{ak}^t`, sites open :math:`y_i`, lanes in use :math:`u_a`, modules bought
    :math:`n_m` and demand unmet :math:`v`:

    .. math::

        \min \sum_{akt} (c_a + h_{s(a)} + p\,e_a) x_{ak}^t + \sum_i f_i y_i + \sum_a g_a u_a
        + \sum_m q_m n_m + \text{steps} + \sum_{ikt} w_i v_{ik}^t

    subject to flow conservation for each site, commodity and period, capacities of what is open
    or in use (base and modules), minimum throughput, single sourcing, limits on distance, lead
    time, fixed costs, number of sites and emissions. What is opened is open in all periods. No
    lane carries more of a commodity than is demanded of it in all. (Crainic: Service network
    design in freight transportation, EJOR 122, 2000; Daskin: Network and discrete location, 2013.)

    A *facility* is a site (its position) or a lane (N + its position): steps and modules name one.

    Parameters
    ----------
    site_id, commodity_id, period_id
        (N,), (K,), (T,) ids.
    source, target
        (A,) positions of the ends of each lane; parallel lanes are allowed.
    mode
        (A,) names of the lanes' modes, None when they have none.
    commodity_weight
        (K,) weight of a unit of each commodity: what `emissions` are counted on.
    lane_commodity
        (A,) the one commodity that a lane takes, by position; -1 for all.
    unit_cost
        (A,) cost of one unit on a lane.
    capacity
        (A,) most that a lane carries, all commodities together; units per period, may be inf.
        Without a limit of its own a lane that has modules carries what these let through.
    min_flow
        (A,) least that a lane carries in each period when it is in use.
    fixed_cost
        (A,) cost of using a lane, once for all periods.
    distance, lead_time
        (A,) length in km, and time from dispatch to arrival.
    emissions
        (A,) emissions of one unit of weight on a lane.
    decision
        (A,) ``"free"`` (use it or not), ``"open"`` (its costs are paid), ``"closed"``, ``"given"``
        (it is there, no decision) or ``"auto"``: free when it has a fixed cost or a minimum.
    site_fixed_cost
        (N,) cost of having a site open, once for all periods.
    site_capacity
        (N,) most that goes through a site (flow in and supplied); as `capacity`.
    min_throughput
        (N,) least that goes through an open site in each period.
    handling_cost
        (N,) cost of one unit through a site.
    unmet_cost
        (N,) price of one unit of demand left unmet, inf where all must be met.
    single_source
        (N,) whether all that a site receives comes over one lane.
    max_distance, max_lead_time
        (N,) longest, and slowest, lane that may serve a site.
    joint_supply
        (N,) most that a site gives per period, all commodities together; may be inf.
    site_decision
        (N,) as `decision`; ``"auto"``, ``"free"`` and ``"open"`` sites that are open by decision
        count as sites opened, ``"given"`` ones do not.
    supply
        (N, K) most that a site gives of a commodity; units per period, may be inf.
    demand
        (N, K, T) what a site takes; units per period.
    step_on, step_from, step_unit_cost, step_fixed
        (R,) rows of piecewise costs: a facility that carries q units in a period, with
        ``from ≤ q`` (and q at most the next row's ``from``), pays ``fixed + unit_cost · q`` for
        that period, on top of all else; nothing when q is 0. Any order of slopes: concave
        (economies of scale), convex, with jumps.
    module_on, module_capacity, module_cost, module_limit
        (M,) rows of capacity to buy: a facility may have up to ``limit`` (inf for no limit) of a
        module, each adding ``capacity`` per period for ``cost`` once.
    min_sites, max_sites
        Least and most sites that are opened; None for no limit.
    budget
        Most that the fixed costs of sites and lanes and the modules may come to.
    max_emissions
        Most that all flows may emit in all periods together.
    carbon_price
        Cost of one unit of emissions.
    max_mean_distance
        Most that the last lanes to sites with demand may measure on average over all demand, km.
    backend
        Library of the frames that come out.

    Raises
    ------
    ValidationError
        With every fault of every column.

    Examples
    --------
    >>> problem = DesignProblem.from_arrays(
    ...     [0, 0, 1, 1], [2, 3, 2, 3], unit_cost=[1, 4, 5, 2], demand=[0, 0, 10, 20],
    ...     site_fixed_cost=[30, 50, 0, 0])
    >>> solution = problem.solve()
    >>> solution.cost, solution.open_sites
    (120.0, (0,))
    >>> problem.replace(site_fixed_cost=[60, 50, 0, 0]).solve().open_sites
    (1,)
    """

    site_id: npt.NDArray[Any]
    commodity_id: npt.NDArray[Any]
    period_id: npt.NDArray[Any]
    source: IndexArray
    target: IndexArray
    mode: npt.NDArray[np.str_] | None = None
    commodity_weight: FloatArray
    lane_commodity: IndexArray
    unit_cost: FloatArray
    capacity: FloatArray
    min_flow: FloatArray
    fixed_cost: FloatArray
    distance: FloatArray
    lead_time: FloatArray
    emissions: FloatArray
    decision: npt.NDArray[np.str_]
    site_fixed_cost: FloatArray
    site_capacity: FloatArray
    min_throughput: FloatArray
    handling_cost: FloatArray
    unmet_cost: FloatArray
    single_source: npt.NDArray[np.bool_]
    max_distance: FloatArray
    max_lead_time: FloatArray
    joint_supply: FloatArray
    site_decision: npt.NDArray[np.str_]
    supply: FloatArray
    demand: FloatArray
    step_on: IndexArray
    step_from: FloatArray
    step_unit_cost: FloatArray
    step_fixed: FloatArray
    module_on: IndexArray
    module_capacity: FloatArray
    module_cost: FloatArray
    module_limit: FloatArray
    min_sites: int | None = None
    max_sites: int | None = None
    budget: float = np.inf
    max_emissions: float = np.inf
    carbon_price: float = 0.0
    max_mean_distance: float = np.inf
    backend: str = DEFAULT_BACKEND

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        failures = Failures()
        for name, value in normalised(given, failures).items():
            object.__setattr__(self, name, value)
        failures.raise_if_any()

    @classmethod
    def from_arrays(cls, source: npt.ArrayLike, target: npt.ArrayLike, **columns: Any) -> Self:
        """Return the problem of arrays; one number stands for a whole column.

        Parameters
        ----------
        source, target
            (A,) positions, from 0, of the ends of each lane.
        columns
            Any field of the class; what is left out is not limited and costs nothing. `demand`
            may also be (N,) or (N, K), `supply` (N,). Without `supply`, every site that no lane
            leads to gives as much as is wanted.

        Raises
        ------
        TypeError
            When a keyword is no field.
        ValidationError
            With every fault of every column.
        """
        from flowopt.flow.design.frames import array_columns

        return cls(**array_columns(source, target, columns))

    @classmethod
    def from_frames(
        cls,
        sites: Any,
        lanes: Any,
        demand: Any,
        *,
        supply: Any = None,
        steps: Any = None,
        modules: Any = None,
        **limits: Any,
    ) -> Self:
        """Return the problem of tables; their columns are those of `flowopt.flow.design.tables`.

        Parameters
        ----------
        sites, lanes, demand
            The tables.
        supply
            What sites give of each commodity; None when column `supply` of `sites` tells it. When
            neither does, every site that no lane leads to gives as much as is wanted.
        steps
            Piecewise costs of sites and lanes.
        modules
            Capacity that can be bought for sites and lanes.
        limits
            `min_sites`, `max_sites`, `budget`, `max_emissions`, `carbon_price`,
            `max_mean_distance`.

        Raises
        ------
        TypeError
            When a keyword is no limit.
        ValidationError
            With every fault of every table.

        Examples
        --------
        >>> problem = DesignProblem.from_frames(
        ...     {"id": ["Lille", "Lyon", "Paris"], "fixed_cost": [100, 90, 0]},
        ...     {"source": ["Lille", "Lyon"], "target": ["Paris", "Paris"], "unit_cost": [2, 4]},
        ...     {"site": ["Paris"], "demand": [40]})
        >>> problem.solve().cost
        180.0
        """
        from flowopt.flow.design.frames import frame_columns

        tables = {"supply": supply, "steps": steps, "modules": modules}
        return cls(
            **frame_columns({"sites": sites, "lanes": lanes, "demand": demand} | tables, limits)
        )

    @classmethod
    def from_network(cls, network: Network, *, joint: bool = False, **changes: Any) -> Self:
        """Return the problem of designing a network for its demand.

        Fixed costs, capacities, minimum flows, handling and lane costs, distances, lead times and
        emissions (emission factor × distance × unit weight) come from the network.

        Parameters
        ----------
        network
            Sites, lanes and demand.
        joint
            Whether the commodities are added up to one, of their mean weight.
        changes
            Fields of the class that the network does not hold, or that differ from it.
        """
        from flowopt.flow.design.frames import network_columns

        return cls(**(network_columns(network, joint) | changes))

    # ---- what it holds

    @property
    def num_sites(self) -> int:
        """Number of sites."""
        return len(self.site_id)

    @property
    def num_lanes(self) -> int:
        """Number of lanes."""
        return len(self.source)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of lanes, commodities and periods: the shape of the flows."""
        return len(self.source), len(self.commodity_id), len(self.period_id)

    @cached_property
    def wanting(self) -> npt.NDArray[np.bool_]:
        """(N,) which sites have demand."""
        most: FloatArray = self.demand.max(axis=(1, 2), initial=0.0)
        return most > 0

    @cached_property
    def site_states(self) -> npt.NDArray[np.int8]:
        """(N,) what is decided of each site; see `flowopt.flow.design.states`."""
        return states_of(self.site_decision, self.site_fixed_cost, self.min_throughput)

    @cached_property
    def lane_states(self) -> npt.NDArray[np.int8]:
        """(A,) what is decided of each lane; see `flowopt.flow.design.states`."""
        return states_of(self.decision, self.fixed_cost, self.min_flow)

    @cached_property
    def base_capacity(self) -> FloatArray:
        """(N + A,) capacity of each facility without modules."""
        base = np.concatenate([self.site_capacity, self.capacity])
        bought = np.zeros(len(base), dtype=np.bool_)
        bought[self.module_on] = True
        base[bought & np.isinf(base)] = 0.0
        return base

    @cached_property
    def features(self) -> frozenset[str]:
        """The features that an engine must support to take this problem."""
        return frozenset({"network_design"})

    def facility_name(self, facility: int) -> str:
        """Return the id of a site or the ends of a lane, for people."""
        if facility < self.num_sites:
            return str(self.site_id[facility])
        return self.lane_name(facility - self.num_sites)

    def lane_name(self, lane: int) -> str:
        """Return the ends and the mode of a lane, for people."""
        ends = f"{self.site_id[self.source[lane]]} → {self.site_id[self.target[lane]]}"
        return ends if self.mode is None else f"{ends} ({self.mode[lane]})"

    def __repr__(self) -> str:
        free = int((self.site_states == FREE).sum())
        lanes, commodities, periods = self.shape
        return (
            f"<DesignProblem {self.num_sites:,} sites ({free:,} to decide), {lanes:,} lanes, "
            f"{commodities:,} commodities, {periods:,} periods>"
        )

    # ---- what can be done with it

    def _solve(self, run: Run) -> DesignSolution:
        from flowopt.flow.design.solve import solve

        return solve(self, run)

    def to_pulp(self) -> pulp.LpProblem:
        """Return the model that the engines solve as a PuLP model, to read and to add to.

        Variables are called ``flow[source→target,commodity,period]``, ``open[site]``,
        ``use[lane]``, ``unmet[site,commodity,period]``, ``module[facility,row]``; PuLP writes
        ``_`` for what it does not take in names. See `solve_model`.

        Examples
        --------
        >>> problem = DesignProblem.from_arrays([0, 1], [2, 2], unit_cost=[1, 2],
        ...                                     demand=[0, 0, 4], site_fixed_cost=[9, 8, 0])
        >>> model = problem.to_pulp()
        >>> problem.solve_model(model).open_sites
        (0,)
        >>> model += model.variablesDict()["open(0)"] == 0
        >>> problem.solve_model(model).open_sites
        (1,)
        """
        from flowopt.flow.design.readable import to_pulp

        model: pulp.LpProblem = to_pulp(self)
        return model

    def solve_model(
        self, model: pulp.LpProblem, *, engine: Literal["highs", "cbc"] = "highs", **options: Any
    ) -> DesignSolution:
        """Solve a model of `to_pulp` to which constraints or costs were added; check the answer.

        The answer holds for this problem, and its cost is that of this problem; what the model
        has beyond it is the caller's to check. The answer is OPTIMAL when it is for the model.

        Parameters
        ----------
        model
            What `to_pulp` returned, with more.
        engine
            ``"highs"`` or ``"cbc"``.
        options
            The keywords of `solve`.

        Raises
        ------
        ValidationError
            When a variable of this problem is missing from the model.
        """
        from flowopt.flow.design.readable import solve_model

        return solve_model(self, model, engine, options)

    def pareto(
        self, measure: Literal["distance", "emissions"], points: int = 9, **options: Any
    ) -> ParetoFront:
        """Return the trade-off between cost and another measure, by the ε-constraint method.

        Parameters
        ----------
        measure
            ``"distance"``: mean distance of the last lanes to demand, km; ``"emissions"``: of all
            flows.
        points
            Number of designs, from the cheapest to the one of the least measure; 2 or more.
        options
            The keywords of `solve`; a time limit holds for all points together.

        Examples
        --------
        >>> problem = DesignProblem.from_arrays(
        ...     [0, 0, 1, 1], [2, 3, 2, 3], unit_cost=1, distance=[5, 50, 60, 4],
        ...     demand=[0, 0, 10, 10], site_fixed_cost=[30, 50, 0, 0])
        >>> problem.pareto("distance", points=2).to_frame()[["cost", "distance"]]
            cost  distance
        0   50.0      27.5
        1  100.0       4.5
        """
        from flowopt.flow.design.pareto import pareto

        return pareto(self, measure, points, options)


__all__ = ["CLOSED", "FREE", "OPEN", "DesignProblem"]
