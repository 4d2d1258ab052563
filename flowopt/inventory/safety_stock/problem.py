"""Where to hold safety stock in a network of stages that guarantee their service times."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.problem import Problem
from flowopt.core.tables import Columns, positions, read_table
from flowopt.inventory.safety_stock.demand import StageDemand, costs_added_up, demand_of
from flowopt.inventory.safety_stock.spec import LINKS, STAGES
from flowopt.inventory.safety_stock.validation import (
    check_links,
    check_stages,
    service_limits,
    topological_order,
)

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.inventory.safety_stock.solution import SafetyStockSolution
    from flowopt.network import Network

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class SafetyStockProblem(Problem["SafetyStockSolution"]):
    r"""The cheapest safety stock with which every stage keeps its service time.

    Each stage :math:`j` quotes a service time :math:`S_j` to those it supplies, and receives its
    inputs after the inbound service time :math:`SI_j`. It covers demand, up to a bound, over its
    net replenishment time :math:`\tau_j = SI_j + T_j - S_j` from stock:

    .. math::

        \min \sum_j h_j \sqrt{A_j^2 \tau_j + B_j^2}
        \quad\text{s.t.}\quad S_i + L_{ij} \le SI_j,\; 0 \le S_j \le M_j,\; \tau_j \ge 0

    with the stage time :math:`T_j`, the lead time :math:`L_{ij}` of a link, the longest service
    time :math:`M_j` and the holding cost :math:`h_j`. :math:`A_j` is the safety stock for one
    period: the safety factor × the standard deviation of outside demand, of all outside demands
    that the stage serves pooled by the norm of order p. :math:`B_j` is safety factor × mean demand
    × the standard deviation of the stage time, which is carried however long is quoted. (Graves
    and Willems: Optimizing strategic safety stock placement in supply chains, M&SOM 2, 2000;
    Humair and Willems, Operations Research 59, 2011.)

    The cost is that of holding safety stock, in the time that holding costs count; stock under
    way does not depend on the service times and is reported beside it.

    Parameters
    ----------
    stages
        Any frame with the columns of `flowopt.inventory.safety_stock.spec.STAGES`.
    links
        Any frame with the columns of `flowopt.inventory.safety_stock.spec.LINKS`; None for none.
        They make any network without cycles.
    holding_rate
        Share of a unit's cost, added up from its inputs, that keeping it costs per time, for the
        stages without a holding cost.

    Raises
    ------
    ValidationError
        With every fault of both tables.

    Examples
    --------
    A part is made in 5 days, assembled in 8, and sold after 4 more, at once to who asks:

    >>> problem = SafetyStockProblem.from_frames(
    ...     stages={"stage": ["part", "assembly", "sale"], "stage_time": [5, 8, 4],
    ...             "added_cost": [2400, 3600, 2400], "demand_mean": [None, None, 5],
    ...             "demand_sd": [0, 0, 3], "safety_factor": [None, None, 1.645]},
    ...     links={"source": ["part", "assembly"], "target": ["assembly", "sale"]},
    ...     holding_rate=1.0)
    >>> solution = problem.solve()
    >>> solution.status, round(solution.cost, 2)
    (<Status.OPTIMAL: 'OPTIMAL'>, 170084.86)
    >>> solution.to_frame()[["stage", "service_time", "safety_stock"]].round(2)
          stage  service_time  safety_stock
    0      part           0.0         11.03
    1  assembly           8.0          0.00
    2      sale           0.0         17.10
    """

    stages: Columns
    links: Columns
    holding_rate: float | None = None

    def __post_init__(self) -> None:
        failures = Failures()
        stages = _read(STAGES, self.stages, failures)
        refs = {"stages": stages["stage"]}
        links = _read(LINKS, self.links, failures, refs)
        check_stages(stages, self.holding_rate, failures)
        check_links(links, stages, failures)
        failures.raise_if_any()
        object.__setattr__(self, "stages", stages)
        object.__setattr__(self, "links", links)

    @classmethod
    def from_frames(cls, stages: Any, links: Any = None, holding_rate: float | None = None) -> Self:
        """Read the tables from any frames; see the class.

        Parameters
        ----------
        stages, links
            Pandas, polars or pyarrow frames, dicts of columns, or lists of dicts.
        holding_rate
            Share of a unit's cost that keeping it costs per time.

        Raises
        ------
        ValidationError
            With every fault of both tables.
        """
        return cls(stages, links, holding_rate)

    @classmethod
    def from_network(
        cls,
        network: Network,
        *,
        commodity: str | int | None = None,
        flow: npt.ArrayLike | None = None,
        holding_rate: float | None = None,
        **columns: Any,
    ) -> Self:
        """Return the problem of a network's sites, which the lanes supply in their lead times.

        Demand and its standard deviation are those of the network, holding costs those of the
        commodity.

        Parameters
        ----------
        network
            Sites, lanes and demand.
        commodity
            Id of the commodity; None adds up the units of all, as independent demands.
        flow
            (A,) what the lanes carry, which says how much of each site's goods comes over which;
            lanes that carry nothing are left out. None: equal parts over all lanes that lead there.
        holding_rate
            Share of a unit's cost that keeping it costs, instead of the commodity's holding cost;
            sites that no lane leads to add the commodity's ``unit_value``, unless `added_cost` is
            given.
        columns
            Further columns of `stages`, one value or (S,): ``cycle_service_level`` or
            ``safety_factor``, ``stage_time`` (0 when left out), ``max_service_time``, ….

        Raises
        ------
        ValidationError
            With every fault.

        Examples
        --------
        >>> from flowopt.network import Network
        >>> network = Network.from_frames(
        ...     {"id": ["mill", "depot", "shop"], "kind": ["plant", "warehouse", "customer"],
        ...      "supply": [99, 0, 0]},
        ...     {"source": ["mill", "depot"], "target": ["depot", "shop"], "lead_time": [9, 4],
        ...      "distance": [800, 300]},
        ...     {"site": ["shop"], "commodity": ["tea"], "demand": [10], "demand_sd": [3]},
        ...     {"id": ["tea"], "holding_cost": [0.5]})
        >>> problem = SafetyStockProblem.from_network(network, cycle_service_level=0.95)
        >>> problem.solve().safety_stock.round(2)
        array([ 0.  ,  0.  , 17.79])
        """
        from flowopt.inventory.safety_stock.network import network_frames

        stages, links = network_frames(network, commodity, flow, holding_rate, columns)
        return cls(stages, links, holding_rate)

    def __repr__(self) -> str:
        outside = int((np.nan_to_num(self.stages["demand_mean"], nan=0.0) > 0).sum())
        return (
            f"<SafetyStockProblem {self.num_stages:,} stages ({outside:,} with outside demand), "
            f"{self.links.num_rows:,} links>"
        )

    @property
    def backend(self) -> str:
        """The library of the caller's frame."""
        return self.stages.backend

    @property
    def num_stages(self) -> int:
        """Number of stages."""
        return self.stages.num_rows

    @cached_property
    def source(self) -> Indices:
        """(E,) position of the stage that each link leaves."""
        return positions(self.links["source"], self.stages["stage"])

    @cached_property
    def target(self) -> Indices:
        """(E,) position of the stage that each link leads to."""
        return positions(self.links["target"], self.stages["stage"])

    @cached_property
    def order(self) -> tuple[int, ...]:
        """(n,) positions of the stages, suppliers first."""
        return tuple(topological_order(self.num_stages, self.source, self.target))

    @cached_property
    def max_service_time(self) -> Floats:
        """(n,) longest service time of each stage; inf where there is no limit."""
        return service_limits(self.stages)

    @cached_property
    def demand(self) -> StageDemand:
        """Demand that reaches each stage, and the safety stock for a period of it."""
        return demand_of(self)

    @cached_property
    def unit_cost(self) -> Floats:
        """(n,) cost of a unit at each stage: what it and its inputs add."""
        return costs_added_up(self)

    @cached_property
    def holding_cost(self) -> Floats:
        """(n,) cost of keeping a unit in stock, given or of the rate."""
        given = self.stages["holding_cost"]
        return np.where(np.isnan(given), (self.holding_rate or 0.0) * self.unit_cost, given)

    @cached_property
    def is_forest(self) -> bool:
        """Whether the links make no cycle even when their direction is forgotten."""
        root = list(range(self.num_stages))

        def find(stage: int) -> int:
            while root[stage] != stage:
                root[stage] = root[root[stage]]
                stage = root[stage]
            return stage

        for one, other in zip(self.source.tolist(), self.target.tolist(), strict=True):
            left, right = find(one), find(other)
            if left == right:
                return False
            root[left] = right
        return True

    @property
    def features(self) -> frozenset[str]:
        """``tree``, or ``acyclic`` when stages are linked in more than one way."""
        return frozenset({"tree" if self.is_forest else "acyclic"})

    def _solve(self, run: Run) -> SafetyStockSolution:
        from flowopt.inventory.safety_stock.solve import solve

        return solve(self, run)


def _read(spec: Any, frame: Any, failures: Failures, refs: Any = None) -> Columns:
    if isinstance(frame, Columns) and frame.spec is spec and refs is None:
        return frame
    return read_table(spec, frame, failures, refs, required=spec is STAGES)
