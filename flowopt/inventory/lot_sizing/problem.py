"""The problem of sizing lots: when to make how much of what."""

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
from flowopt.inventory.lot_sizing.validation import normalised

if TYPE_CHECKING:
    import pulp

    from flowopt.inventory.lot_sizing.solution import LotSizingSolution

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class LotSizingProblem(Problem["LotSizingSolution"]):
    r"""Lots of several items that share capacity, on one level or several.

    N items, T periods, R resources. With lots :math:`x_{it}`, set-ups :math:`y_{it} \in \{0, 1\}`,
    stock :math:`s_{it}`, backorders :math:`b_{it}`, lost sales :math:`u_{it}`, overtime
    :math:`o_{rt}`, lead times :math:`L_i` and quantities :math:`q_{ji}` of i in a unit of j:

    .. math::

        \min \sum_{it} f_{it} y_{it} + c_{it} x_{it} + h_{it} s_{it} + p_{it} b_{it}
        + l_{it} u_{it} + \sum_{rt} v_{rt} o_{rt}

        s_{it} - b_{it} = s_{i,t-1} - b_{i,t-1} + x_{i,t-L_i} - (d_{it} - u_{it})
        - \sum_j q_{ji} x_{jt}

        \sum_i a_{ir} x_{it} + \tau_{ir} y_{it} \le C_{rt} + o_{rt}

    with lots between their minimum and maximum, in whole packs, and only where there is a set-up.
    Stock is charged at the end of a period. Only customers' demand may wait, not that of other
    items, and not while `min_stock` is kept; nothing may wait at the end of the last period. No lot
    is made only to use up its components. (Trigeiro, Thomas, McClain: Capacitated lot sizing with
    setup times, Management Science 35, 1989; Pochet, Wolsey: *Production Planning by Mixed Integer
    Programming*, 2006.)

    Parameters
    ----------
    item_id, period_id, resource_id
        (N,), (T,), (R,) ids.
    demand
        (N, T) what customers want, units.
    fixed_cost, holding_cost, unit_cost
        (N, T) cost of a lot, of a unit in stock at the end of a period, of a unit made.
    backorder_cost, lost_sale_cost
        (N, T) cost of a unit that waits at the end of a period, and of one not delivered at all;
        inf where that is not allowed.
    initial_stock
        (N,) stock before the first period, units.
    min_stock, max_stock
        (N, T) least and most stock at the end of a period, units.
    min_order_quantity, max_order_quantity, pack_size
        (N,) smallest and largest lot; lots are whole packs, or of any size where it is 0.
    lead_time
        (N,) whole periods from the start of a lot to its use.
    unit_time, setup_time
        (N, R) capacity that a unit, and a lot, takes of each resource.
    capacity, overtime_cost
        (R, T) what a resource can do, may be inf; cost of a unit of time beyond, inf for none.
    component_of, component, component_quantity
        (B,) bill of materials: position of the item made, of the item that goes into it, and how
        many go into a unit.
    backend
        Library of the frames that come out.

    Raises
    ------
    ValidationError
        With every fault of every column.

    Examples
    --------
    >>> problem = LotSizingProblem.from_arrays(
    ...     [[40, 60, 30, 50], [30, 20, 70, 10]], fixed_cost=[90, 60], holding_cost=[1, 0.8],
    ...     capacity=110, setup_time=[10, 5])
    >>> solution = problem.solve()
    >>> solution.status, solution.cost
    (<Status.OPTIMAL: 'OPTIMAL'>, 444.0)
    >>> solution.quantity.tolist()
    [[40.0, 90.0, 0.0, 50.0], [50.0, 0.0, 80.0, 0.0]]
    """

    item_id: npt.NDArray[Any]
    period_id: npt.NDArray[Any]
    resource_id: npt.NDArray[Any]
    demand: FloatArray
    fixed_cost: FloatArray
    holding_cost: FloatArray
    unit_cost: FloatArray
    backorder_cost: FloatArray
    lost_sale_cost: FloatArray
    initial_stock: FloatArray
    min_stock: FloatArray
    max_stock: FloatArray
    min_order_quantity: FloatArray
    max_order_quantity: FloatArray
    pack_size: FloatArray
    lead_time: IndexArray
    unit_time: FloatArray
    setup_time: FloatArray
    capacity: FloatArray
    overtime_cost: FloatArray
    component_of: IndexArray
    component: IndexArray
    component_quantity: FloatArray
    backend: str = DEFAULT_BACKEND

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        failures = Failures()
        for name, value in normalised(given, failures).items():
            object.__setattr__(self, name, value)
        failures.raise_if_any()

    @classmethod
    def from_arrays(cls, demand: npt.ArrayLike, **columns: Any) -> Self:
        """Return the problem of arrays; a number, or a column, stands for what it spreads over.

        Parameters
        ----------
        demand
            (N, T) demand; (T,) of one item.
        columns
            Any field of the class; what is left out costs nothing and is not limited. Those of
            items and periods may be numbers, (N,) or (N, T); those of items and resources numbers,
            (N,) where there is one resource, or (N, R); those of resources and periods numbers,
            (T,) where there is one resource, or (R, T). `unit_time` is 1 when left out.

        Raises
        ------
        TypeError
            When a keyword is no field.
        ValidationError
            With every fault of every column.
        """
        from flowopt.inventory.lot_sizing.frames import array_columns

        return cls(**array_columns(demand, columns))

    @classmethod
    def from_frames(
        cls,
        items: Any,
        demand: Any,
        capacity: Any = None,
        *,
        usage: Any = None,
        components: Any = None,
        periods: Any = None,
    ) -> Self:
        """Return the problem of tables; their columns are in `flowopt.inventory.lot_sizing.spec`.

        Parameters
        ----------
        items, demand
            The items, and what is wanted of them when.
        capacity
            What resources can do; None when nothing is limited.
        usage
            Capacity that items take where they need several resources.
        components
            The bill of materials.
        periods
            The periods in their order; None takes those of `demand`, sorted.

        Raises
        ------
        ValidationError
            With every fault of every table.

        Examples
        --------
        >>> problem = LotSizingProblem.from_frames(
        ...     {"item": ["bike", "wheel"], "fixed_cost": [50, 80], "holding_cost": [4, 1]},
        ...     {"item": ["bike"] * 3, "period": [1, 2, 3], "demand": [10, 20, 10]},
        ...     components={"item": ["bike"], "component": ["wheel"], "quantity": [2]})
        >>> problem.solve().to_frame("lots")[["item", "period", "quantity"]]
            item  period  quantity
        0   bike       1      10.0
        1   bike       2      30.0
        2  wheel       1      80.0
        """
        from flowopt.inventory.lot_sizing.frames import frame_columns

        tables = {"items": items, "demand": demand, "capacity": capacity, "usage": usage}
        return cls(**frame_columns(tables | {"components": components}, periods))

    # ---- what it holds

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of items and periods."""
        return self.demand.shape[0], self.demand.shape[1]

    @cached_property
    def waits(self) -> npt.NDArray[np.bool_]:
        """(N,) whether demand of an item may wait in some period."""
        return np.asarray(np.isfinite(self.backorder_cost).any(axis=1))

    @cached_property
    def loses(self) -> npt.NDArray[np.bool_]:
        """(N,) whether some demand of an item need not be met."""
        may = np.isfinite(self.lost_sale_cost) & (self.demand > 0)
        return np.asarray(may.any(axis=1))

    @property
    def features(self) -> frozenset[str]:
        """The features that an engine must support to take this problem."""
        return frozenset({"lot_sizing"})

    def __repr__(self) -> str:
        items, periods = self.shape
        resources, links = len(self.resource_id), len(self.component)
        return (
            f"<LotSizingProblem {items:,} items, {periods:,} periods, {resources:,} resources, "
            f"{links:,} components>"
        )

    # ---- what can be done with it

    def _solve(self, run: Run) -> LotSizingSolution:
        from flowopt.inventory.lot_sizing.solve import solve

        return solve(self, run)

    def to_pulp(self) -> pulp.LpProblem:
        """Return the model that the engines solve, as a PuLP model to read or to write to a file.

        Examples
        --------
        >>> problem = LotSizingProblem.from_arrays([3, 4], fixed_cost=5, holding_cost=1)
        >>> [variable.name for variable in problem.to_pulp().variables()][:2]
        ['lot(0,0)', 'lot(0,1)']
        """
        from flowopt.inventory.lot_sizing.model import build

        model: pulp.LpProblem = build(self).model
        return model
