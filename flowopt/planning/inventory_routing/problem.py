"""Customers whose stock a depot keeps up by routes over several periods."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.problem import Problem
from flowopt.core.tables import Columns
from flowopt.planning.inventory_routing.frames import frame_parts
from flowopt.planning.inventory_routing.validation import examine

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.planning.inventory_routing.solution import InventoryRoutingSolution
    from flowopt.routing.travel import Points

Floats = npt.NDArray[np.float64]
Policy = Literal["maximum_level", "order_up_to"]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class InventoryRoutingProblem(Problem["InventoryRoutingSolution"]):
    r"""Whom to visit in which period, how much to bring, and by which routes.

    N customers, T periods, a depot 0. With what is brought :math:`q_{it}`, stock :math:`I_{it}` at
    the end of a period, demand :math:`d_{it}`, supply :math:`r_t` of the depot, routes of cost
    :math:`c(R)`:

    .. math::

        \min \sum_{t} \sum_{R \in \mathcal{R}_t} c(R) + \sum_{t} h_0 I_{0t}
        + \sum_{it} h_i I_{it}

        I_{it} = I_{i,t-1} + q_{it} - d_{it} \ge L_i, \qquad I_{i,t-1} + q_{it} \le U_i

        I_{0t} = I_{0,t-1} + r_t - \sum_i q_{it} \ge 0

    In a period, supply comes in, then routes bring what is due, then customers use up their demand,
    then stock is charged. A customer is visited at most once a period; a vehicle makes at most one
    route a period and brings at most its capacity. Under the policy ``"order_up_to"`` a visit fills
    the customer's stock up to its maximum. (Bertazzi, Paletta, Speranza: Deterministic order-up-to
    level policies in an inventory routing problem, Transportation Science 36, 2002; Archetti et
    al.: A branch-and-cut algorithm for a vendor-managed inventory-routing problem, Transportation
    Science 41, 2007.)

    Parameters
    ----------
    customers, depot, vehicles
        The validated tables; their columns are those of
        `flowopt.planning.inventory_routing.spec`.
    period_id
        (T,) names of the periods, in their order.
    demand
        (N, T) what customers use up, units.
    supply
        (T,) what comes into the depot, units; inf where it is never short.
    distance
        (1 + N, 1 + N) distance from row to column, the depot first.
    policy
        ``"maximum_level"``: any quantity up to the maximum; ``"order_up_to"``: up to the maximum.
    points
        Where all lie, the depot first; None when that is not known.

    Raises
    ------
    ValidationError
        With every fault of the tables.

    Examples
    --------
    >>> problem = InventoryRoutingProblem.from_frames(
    ...     customers={"id": ["Ada", "Bob"], "x": [3, 3], "y": [4, 0], "initial_stock": [4, 9],
    ...                "max_stock": [12, 20], "demand": [4, 5], "holding_cost": 0.1},
    ...     depot={"x": 0, "y": 0, "initial_stock": 40, "supply": 0, "holding_cost": 0.05},
    ...     vehicles={"num_available": 1, "capacity": 15}, periods=3)
    >>> solution = problem.solve(iteration_limit=500, workers=1)
    >>> solution.to_frame("visits")[["period", "customer", "quantity"]]
       period customer  quantity
    0       2      Bob       6.0
    1       2      Ada       8.0
    >>> round(solution.cost, 2)
    17.9
    """

    customers: Columns
    depot: Columns
    vehicles: Columns
    period_id: npt.NDArray[Any]
    demand: Floats
    supply: Floats
    distance: Floats
    policy: Policy = "maximum_level"
    points: Points | None = None

    def __post_init__(self) -> None:
        failures = Failures()
        examine(vars(self), failures)
        failures.raise_if_any()
        for name in ("period_id", "demand", "supply", "distance"):
            sealed = np.array(getattr(self, name))
            sealed.setflags(write=False)
            object.__setattr__(self, name, sealed)

    @classmethod
    def from_frames(
        cls,
        customers: Any,
        depot: Any,
        vehicles: Any,
        *,
        demand: Any = None,
        supply: Any = None,
        periods: Any = None,
        distance_matrix: Any = None,
        metric: str | None = None,
        policy: Policy = "maximum_level",
    ) -> Self:
        """Read the tables from any frames.

        Parameters
        ----------
        customers, depot, vehicles
            Pandas, polars or pyarrow frames, dicts of columns, or lists of dicts; the columns are
            those of `flowopt.planning.inventory_routing.spec`. In a dict, one value stands for all
            rows.
        demand, supply
            Tables of what differs from period to period; None where nothing does.
        periods
            Number of periods, which are then 1, 2, …, or their names in order; None takes those of
            `demand`, sorted.
        distance_matrix
            (1 + N, 1 + N) distances from row to column, the depot first, or a table of them with
            ``source``, ``target``, ``distance``; None computes them from coordinates.
        metric
            How: one of `flowopt.routing.metrics.METRICS`; None takes great circles in km where the
            tables have ``lat`` and ``lon``, else straight lines.
        policy
            ``"maximum_level"`` or ``"order_up_to"``.

        Raises
        ------
        ValidationError
            With every fault of all tables.
        """
        tables = {"customers": customers, "depot": depot, "vehicles": vehicles}
        tables |= {"demand": demand, "supply": supply}
        return cls(**frame_parts(tables, periods, distance_matrix, metric), policy=policy)

    @classmethod
    def from_file(cls, path: str | PathLike[str], policy: Policy = "maximum_level") -> Self:
        """Read a file of the 12th DIMACS Implementation Challenge (``.dat``).

        Parameters
        ----------
        path
            The file; see `flowopt.io.irp`. Distances are rounded to whole numbers, as there.
        policy
            ``"maximum_level"``, as there, or ``"order_up_to"``.

        Raises
        ------
        ValidationError
            When the file cannot be read; all faults are listed with their lines.
        """
        from flowopt.io.irp import read_irp

        read = read_irp(path)
        return cls.from_frames(
            read.customers,
            read.depot,
            read.vehicles,
            periods=read.num_periods,
            metric="euclidean_rounded",
            policy=policy,
        )

    def __repr__(self) -> str:
        num, periods = self.demand.shape
        fleet = self.num_vehicles
        return f"<InventoryRoutingProblem {num:,} customers, {periods} periods, {fleet} vehicles>"

    @property
    def backend(self) -> str:
        """The library of the caller's frame."""
        return self.customers.backend

    @property
    def num_vehicles(self) -> int:
        """Number of vehicles."""
        return int(self.vehicles["num_available"][0])

    @property
    def capacity(self) -> float:
        """Most that a vehicle brings on a route, units."""
        return float(self.vehicles["capacity"][0])

    @cached_property
    def available(self) -> Floats:
        """(T,) what the depot may have sent out in all by the end of each period, units."""
        total: Floats = self.depot["initial_stock"][0] + np.cumsum(self.supply)
        return total

    @property
    def features(self) -> frozenset[str]:
        """What an engine must support: order_up_to."""
        return frozenset({"order_up_to"} if self.policy == "order_up_to" else ())

    def _solve(self, run: Run) -> InventoryRoutingSolution:
        from flowopt.planning.inventory_routing.solve import solve

        return solve(self, run)
