"""Orders to be placed now, under limits that the items share."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Column, Table
from flowopt.core.errors import Failures
from flowopt.core.problem import Problem
from flowopt.core.tables import Columns, column_names, read_table
from flowopt.inventory.ordering.spec import LIMITS, ORDER_ITEMS, USES
from flowopt.inventory.ordering.validation import check_items, check_limits, used_column
from flowopt.inventory.orders import whole_packs_down, whole_packs_up
from flowopt.inventory.replenishment.spec import LARGEST
from flowopt.inventory.selection.demand import distributions_of

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.inventory.distributions import Floats
    from flowopt.inventory.ordering.solution import OrderSolution
    from flowopt.inventory.replenishment.solution import ReplenishmentSolution

_MOST_SERVICE = 0.9999
"""Cycle service level that certain demand, which is covered whole, is taken to be worth."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class OrderProblem(Problem["OrderSolution"]):
    r"""What to order now, of which item, when budget, space or containers do not suffice for all.

    An order is 0, or whole packs of at least the minimum and at most the maximum and what the shelf
    takes. It arrives a lead time later and serves until the next order can arrive, a review period
    after that. With :math:`y` the inventory position and the order together, its cost is that of
    the stock and the shortages expected at the end of each period in between, and of ordering:

    .. math:: \sum_{t=1}^{R} \left( h\,E[(y - D_{L+t})^+] + p\,E[(D_{L+t} - y)^+] \right)
              + K\,[q > 0]

    The orders of least cost in all are those sought, with :math:`\sum_i a_{ij} q_i \le b_j` for
    each shared limit j. So an item is cut first where that does least harm. The price of the goods
    is no cost, as they are bought sooner or later; it counts for the budget.

    Parameters
    ----------
    items
        The validated table of items; its columns are those of
        `flowopt.inventory.ordering.spec.ORDER_ITEMS`, and those that limits use.
    limits
        The validated table of limits; see `flowopt.inventory.ordering.spec.LIMITS`.

    Raises
    ------
    ValidationError
        With every fault of the tables.

    Examples
    --------
    >>> problem = OrderProblem.from_frames({
    ...     "item": ["bolt", "pump", "belt"], "demand_mean": [100.0, 2.0, 8.0],
    ...     "demand_sd": [20.0, 2.0, 4.0], "lead_time": [2, 4, 1], "unit_cost": [1.0, 80.0, 15.0],
    ...     "holding_cost": [0.01, 0.8, 0.15], "stockout_cost": [0.2, 9.0, 2.0],
    ...     "min_order_quantity": [100, 0, 10], "pack_size": [50, 1, 5], "on_hand": [150, 4, 6],
    ... }, budget=1000.0)
    >>> solution = problem.solve()
    >>> solution.to_frame("orders")[["item", "quantity", "wanted", "status"]]
       item  quantity  wanted status
    0  bolt     200.0   200.0  order
    1  pump       7.0    13.0    cut
    2  belt      15.0    20.0    cut
    >>> solution.to_frame("limits")[["limit", "capacity", "used", "shadow_price"]].round(3)
        limit  capacity   used  shadow_price
    0  budget    1000.0  985.0         0.031
    """

    items: Columns
    limits: Columns

    def __post_init__(self) -> None:
        failures = Failures()
        check_items(self.items, failures)
        check_limits(self.limits, self.items, failures)
        failures.raise_if_any()

    @classmethod
    def from_frames(
        cls,
        items: Any,
        limits: Any = None,
        *,
        budget: float | None = None,
        volume: float | None = None,
        weight: float | None = None,
    ) -> Self:
        """Read the tables of items and limits from any frames.

        Parameters
        ----------
        items
            A pandas, polars or pyarrow frame, a dict of columns, or a list of dicts; the columns
            are those of `flowopt.inventory.ordering.spec.ORDER_ITEMS`, and those that limits use.
        limits
            The limits, with the columns of `flowopt.inventory.ordering.spec.LIMITS`; None for none
            beside the following.
        budget
            What all orders may cost at most, by ``unit_cost``; None for no limit.
        volume
            The same of ``unit_volume``.
        weight
            The same of ``unit_weight``.

        Raises
        ------
        ValidationError
            With every fault of the tables.
        """
        failures = Failures()
        given = {"budget": budget, "volume": volume, "weight": weight}
        read_limits = _with_given(read_table(LIMITS, limits, failures), given, failures)
        spec = _with_used_columns(read_limits, column_names(items) if items is not None else [])
        read_items = read_table(spec, items, failures, required=True)
        check_items(read_items, failures)
        if not len(failures):
            check_limits(read_limits, read_items, failures)
        failures.raise_if_any()
        return cls(read_items, read_limits)

    @classmethod
    def from_replenishment(
        cls,
        solution: ReplenishmentSolution,
        limits: Any = None,
        *,
        stockout_cost: npt.ArrayLike | None = None,
        budget: float | None = None,
        volume: float | None = None,
        weight: float | None = None,
    ) -> Self:
        """Make of policies the problem of today's orders under shared limits.

        Parameters
        ----------
        solution
            The policies, with demand, supply and stock of the items, which need a holding_cost;
            their own columns that limits use, such as unit_volume, are taken along.
        limits, budget, volume, weight
            As in `from_frames`.
        stockout_cost
            Cost of a unit short for a period, a number or (n,); None for that of the items, and
            where there is none, the one at which the cycle service level of the policy is best,
            h α / (1 - α) (the newsvendor's).

        Raises
        ------
        ValidationError
            With every fault.

        Examples
        --------
        >>> from flowopt import ReplenishmentProblem
        >>> policies = ReplenishmentProblem.from_arrays(
        ...     demand_mean=[50.0, 50.0], demand_sd=[15.0, 15.0], lead_time=2, unit_cost=[4.0, 9.0],
        ...     holding_cost=[0.04, 0.09], cycle_service_level=[0.99, 0.9], on_hand=60).solve()
        >>> policies.order.tolist()
        [151.0, 124.0]
        >>> OrderProblem.from_replenishment(policies, budget=1200.0).solve().quantity.tolist()
        [129.0, 76.0]
        """
        known = solution.problem.items
        columns = {**known.extras, **{n: known[n] for n in ORDER_ITEMS.names if n in known}}
        if stockout_cost is None:
            implied = _implied_cost(solution)
            own = columns.get("stockout_cost", np.full(known.num_rows, np.nan))
            stockout_cost = np.where(np.isnan(own), implied, own)
        columns["stockout_cost"] = np.broadcast_to(stockout_cost, (known.num_rows,)).copy()
        columns["distribution"] = solution.problem.distribution
        used = {*ORDER_ITEMS.names, *read_table(LIMITS, limits, Failures())["uses"].tolist()}
        taken = {name: values for name, values in columns.items() if name in used}
        given = {"budget": budget, "volume": volume, "weight": weight}
        problem = cls.from_frames(taken, limits, **given)
        items = dataclasses.replace(problem.items, backend=known.backend)
        return cls(items, problem.limits)

    def __repr__(self) -> str:
        return f"<OrderProblem items={self.num_items}, limits={self.limits.num_rows}>"

    @property
    def backend(self) -> str:
        """The library of the caller's frame."""
        return self.items.backend

    @property
    def num_items(self) -> int:
        """Number of rows: items at sites."""
        return self.items.num_rows

    @cached_property
    def distribution(self) -> npt.NDArray[np.str_]:
        """(n,) distribution of each item's demand, ``"auto"`` resolved; certain demand: normal."""
        return distributions_of(self.items)

    @property
    def inventory_position(self) -> Floats:
        """(n,) on hand + on order - backorders - reserved."""
        items = self.items
        position: Floats = items["on_hand"] + items["on_order"] - items["backorders"]
        return np.asarray(position - items["reserved"])

    @cached_property
    def least_order(self) -> Floats:
        """(n,) the least order: the minimum in whole packs, or one pack."""
        pack = self.items["pack_size"]
        return np.maximum(whole_packs_up(self.items["min_order_quantity"], pack), pack)

    @cached_property
    def largest_order(self) -> Floats:
        """(n,) the most that maximum and shelf take, in whole packs; inf where neither limits."""
        items = self.items
        most, space = (
            np.where(np.isnan(items[name]), np.inf, items[name])
            for name in ("max_order_quantity", "shelf_space")
        )
        room = np.maximum(space - items["on_hand"] - items["on_order"], 0.0)
        return whole_packs_down(np.minimum(most, room), items["pack_size"])

    @cached_property
    def can_order(self) -> npt.NDArray[np.bool_]:
        """(n,) whether any quantity can be ordered."""
        possible: npt.NDArray[np.bool_] = self.largest_order >= self.least_order
        return possible & self.items["orderable"]

    @cached_property
    def capacity(self) -> Floats:
        """(m,) the limits."""
        limits = self.limits
        boxes = limits["container_size"] * limits["num_containers"]
        return np.where(np.isnan(limits["capacity"]), boxes, limits["capacity"])

    @cached_property
    def unit_uses(self) -> tuple[Floats, ...]:
        """What a unit of each item takes of each limit: (n,) for each of the m limits."""
        limits = self.limits
        names = zip(limits["limit"].tolist(), limits["uses"].tolist(), strict=True)
        columns = [self.items[used_column(limit, uses)] for limit, uses in names]
        suppliers = limits["supplier"].tolist()
        return tuple(
            np.where((supplier == "") | (self.items["supplier"] == supplier), column, 0.0)
            for column, supplier in zip(columns, suppliers, strict=True)
        )

    @property
    def features(self) -> frozenset[str]:
        """The distributions in the table, and whether there are limits."""
        found = set(np.unique(self.distribution).tolist())
        return frozenset(found | ({"shared_limits"} if self.limits.num_rows else set()))

    def _solve(self, run: Run) -> OrderSolution:
        from flowopt.inventory.ordering.solve import solve

        return solve(self, run)


def _implied_cost(solution: ReplenishmentSolution) -> Floats:
    """Return the stock-out cost at which the service of each policy is best; 0 where unknown."""
    service = np.nan_to_num(solution.expected_cycle_service_level)
    service = np.clip(service, 0.0, _MOST_SERVICE)
    return np.asarray(solution.problem.items["holding_cost"] * service / (1 - service))


def _with_given(limits: Columns, given: dict[str, float | None], failures: Failures) -> Columns:
    """Return the limits with those given as numbers."""
    rows = {name: value for name, value in given.items() if value is not None}
    if not rows:
        return limits
    more = {
        "limit": [*limits["limit"].tolist(), *rows],
        "uses": [*limits["uses"].tolist(), *(USES[name] for name in rows)],
        "supplier": [*limits["supplier"].tolist(), *([""] * len(rows))],
        "capacity": [*_blank_unknown(limits["capacity"]), *rows.values()],
        "container_size": [*_blank_unknown(limits["container_size"]), *([None] * len(rows))],
        "num_containers": [*_blank_unknown(limits["num_containers"]), *([None] * len(rows))],
    }
    own = Failures()
    joined = read_table(LIMITS, more, own)
    failures.extend(fault for fault in own if (fault.row or 0) >= limits.num_rows)
    return joined


def _blank_unknown(values: Floats) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]


def _with_used_columns(limits: Columns, names: list[str]) -> Table:
    """Return the specification of items with the columns that limits use beside the known ones."""
    pairs = zip(limits["limit"].tolist(), limits["uses"].tolist(), strict=True)
    wanted = dict.fromkeys(used_column(limit, uses) for limit, uses in pairs)
    own = tuple(
        Column(name, "float", "what a unit takes of a limit", lower=0, upper=LARGEST)
        for name in wanted
        if name in names and name not in ORDER_ITEMS.names
    )
    return dataclasses.replace(ORDER_ITEMS, columns=(*ORDER_ITEMS.columns, *own))
