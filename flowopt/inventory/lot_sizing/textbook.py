"""Lot sizes of single items for demand that varies over time: Wagner–Whitin and its heuristics."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.inventory.arguments import ON_BAD_ITEMS, as_array, require_choice

FloatArray = npt.NDArray[np.float64]

LARGEST = 1e12
"""Largest quantity and cost; beyond it, sums drown in rounding."""

_ROUNDING = 1e-12  # of all that was needed so far: so little stock is none


@dataclass(frozen=True, eq=False)
class LotPlan:
    """Lots of single items, and what they cost.

    Parameters
    ----------
    order_quantity
        (n, T) what is made or ordered in each period; (T,) for one item given so.
    cost
        (n,) cost of lots, units and holding over all periods; NaN of what is invalid.
    status
        (n,) ``"optimal"``, ``"heuristic"``, ``"no_demand"`` (nothing is left to be made) or
        ``"invalid"`` (see `on_bad_items`).
    """

    order_quantity: Any
    cost: Any
    status: Any


def wagner_whitin(
    demand: npt.ArrayLike,
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    unit_cost: npt.ArrayLike = 0.0,
    *,
    initial_stock: npt.ArrayLike = 0.0,
    on_bad_items: str = "raise",
) -> LotPlan:
    r"""Return the lots of least cost of each item, exactly, whatever varies over time.

    .. math::

        \min \sum_t K_t\,[q_t > 0] + c_t q_t + h_t s_t, \qquad s_t = s_{t-1} + q_t - d_t \ge 0

    The holding cost of a period is charged on the stock at its end. Dynamic programming over the
    period of the last lot (Wagner and Whitin, Dynamic version of the economic lot size model,
    Management Science 5, 1958; Snyder & Shen, section 3.7).

    Parameters
    ----------
    demand
        (n, T) demand of each item and period, units; or (T,) of one item.
    fixed_cost
        K, cost of a lot; a number, or (T,), (n, 1) or (n, T) numbers, as are all costs.
    holding_cost
        h, cost of a unit in stock at the end of a period.
    unit_cost
        c, cost of making or buying a unit.
    initial_stock
        Stock before the first period, units; a number or (n,). It serves the first demand.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and plans the others.

    Returns
    -------
    LotPlan
        ``order_quantity``, ``cost`` and ``status``.

    Raises
    ------
    ValidationError
        When shapes do not fit together; with every number that is negative, not finite or above
        1e12, unless `on_bad_items` is ``"status"``.

    Examples
    --------
    Snyder & Shen, example 3.9; and a holding cost that varies over time:

    >>> plan = wagner_whitin([90, 120, 80, 70], fixed_cost=500, holding_cost=2)
    >>> plan.order_quantity.tolist(), plan.cost
    ([210.0, 0.0, 150.0, 0.0], 1380.0)
    >>> wagner_whitin([5, 5, 5], fixed_cost=10, holding_cost=[1, 10, 1]).order_quantity.tolist()
    [10.0, 0.0, 5.0]
    """
    costs = {"fixed_cost": fixed_cost, "holding_cost": holding_cost, "unit_cost": unit_cost}
    given = _Items("wagner_whitin", demand, costs, initial_stock, on_bad_items)
    from flowopt.inventory.lot_sizing.kernels.single_item import cheapest_lots

    lots, least = np.empty_like(given.need), np.empty(len(given.need))
    tables = given.tables
    cheapest_lots(
        given.need,
        tables["fixed_cost"],
        tables["holding_cost"],
        tables["unit_cost"],
        lots,
        least,
    )
    return given.plan(lots, "optimal")


def silver_meal(
    demand: npt.ArrayLike,
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    unit_cost: npt.ArrayLike = 0.0,
    *,
    initial_stock: npt.ArrayLike = 0.0,
    on_bad_items: str = "raise",
) -> LotPlan:
    """Return lots that each cover periods as long as their cost per period does not rise.

    A lot covers one more period while (set-up + holding) ÷ periods does not rise; `unit_cost`
    takes no part in that. (Silver and Meal, A heuristic for selecting lot size quantities,
    Production and Inventory Management 14, 1973.)

    Parameters
    ----------
    demand, fixed_cost, holding_cost, unit_cost, initial_stock, on_bad_items
        As of `wagner_whitin`.

    Returns
    -------
    LotPlan
        ``order_quantity``, ``cost`` and ``status``.

    Raises
    ------
    ValidationError
        As `wagner_whitin`.

    Examples
    --------
    >>> plan = silver_meal([10, 60, 15, 150, 110], fixed_cost=54, holding_cost=0.4)
    >>> plan.order_quantity.tolist(), plan.cost
    ([85.0, 0.0, 0.0, 260.0, 0.0], 188.0)
    """
    costs = {"fixed_cost": fixed_cost, "holding_cost": holding_cost, "unit_cost": unit_cost}
    return _grown("silver_meal", demand, costs, initial_stock, on_bad_items)


def least_unit_cost(
    demand: npt.ArrayLike,
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    unit_cost: npt.ArrayLike = 0.0,
    *,
    initial_stock: npt.ArrayLike = 0.0,
    on_bad_items: str = "raise",
) -> LotPlan:
    """Return lots that each cover periods as long as their cost per unit does not rise.

    A lot covers one more period while (set-up + holding) ÷ units does not rise; `unit_cost` takes
    no part in that. (Silver, Pyke and Thomas, *Inventory and Production Management in Supply
    Chains*, section 5.6.)

    Parameters
    ----------
    demand, fixed_cost, holding_cost, unit_cost, initial_stock, on_bad_items
        As of `wagner_whitin`.

    Returns
    -------
    LotPlan
        ``order_quantity``, ``cost`` and ``status``.

    Raises
    ------
    ValidationError
        As `wagner_whitin`.

    Examples
    --------
    >>> least_unit_cost([20, 50, 10], fixed_cost=100, holding_cost=1).order_quantity.tolist()
    [80.0, 0.0, 0.0]
    """
    costs = {"fixed_cost": fixed_cost, "holding_cost": holding_cost, "unit_cost": unit_cost}
    return _grown("least_unit_cost", demand, costs, initial_stock, on_bad_items)


def load_kernels() -> float:
    """Make the lot sizes of single items ready; return the seconds that it took now.

    Examples
    --------
    >>> load_kernels() < 3600
    True
    """
    began = time.perf_counter()
    _load()
    return time.perf_counter() - began


@cache
def _load() -> None:
    wagner_whitin([1.0, 2.0], 1.0, 1.0)
    silver_meal([1.0, 2.0], 1.0, 1.0)


def _grown(
    function: str,
    demand: npt.ArrayLike,
    costs: dict[str, npt.ArrayLike],
    initial_stock: npt.ArrayLike,
    on_bad_items: str,
) -> LotPlan:
    from flowopt.inventory.lot_sizing.kernels import single_item

    given = _Items(function, demand, costs, initial_stock, on_bad_items)
    by_unit = function == "least_unit_cost"
    measure = single_item.PER_UNIT if by_unit else single_item.PER_PERIOD
    lots, tables = np.empty_like(given.need), given.tables
    single_item.grow_lots(given.need, tables["fixed_cost"], tables["holding_cost"], measure, lots)
    return given.plan(lots, "heuristic")


class _Items:
    """The items of one call: validated tables, and what their first stock leaves to be made."""

    def __init__(
        self,
        function: str,
        demand: npt.ArrayLike,
        costs: dict[str, npt.ArrayLike],
        initial_stock: npt.ArrayLike,
        on_bad_items: str,
    ) -> None:
        from flowopt.inventory.lot_sizing.kernels.single_item import net_needs

        self.function, self.failures = function, Failures()
        require_choice(function, "on_bad_items", on_bad_items, ON_BAD_ITEMS, self.failures)
        wanted = self._numbers("demand", demand)
        self.single = wanted.ndim == 1
        self.shape = np.atleast_2d(wanted).shape
        self.tables = {"demand": np.ascontiguousarray(np.atleast_2d(wanted))}
        if wanted.ndim > 2:
            fix = "give (n, T) numbers, or (T,) of one item"
            self._fail("demand", None, None, "shape", fix, f"has shape {wanted.shape}")
            self.failures.raise_if_any()
        for name, values in costs.items():
            self.tables[name] = self._spread(name, values, self.shape)
        stock = as_array(function, "initial_stock", initial_stock)
        column = stock[:, None] if stock.ndim == 1 else stock
        self.stock = self._spread("initial_stock", column, (self.shape[0], 1))[:, 0]
        self.failures.raise_if_any()
        self.invalid = self._judge(on_bad_items == "status")
        self.need, self.left = np.empty(self.shape), np.empty(self.shape)
        net_needs(self.tables["demand"], self.stock, self.need, self.left)

    def plan(self, lots: FloatArray, status: str) -> LotPlan:
        """Return the plan that lots make."""
        made, tables = lots > 0, self.tables
        stock = np.cumsum(lots - self.need, axis=1)
        stock[stock <= _ROUNDING * np.cumsum(self.need, axis=1)] = 0.0
        stock += self.left
        parts = (tables["fixed_cost"] * made, tables["unit_cost"] * lots)
        cost = sum(part.sum(axis=1) for part in parts) + (tables["holding_cost"] * stock).sum(
            axis=1
        )
        states = np.where(made.any(axis=1), status, "no_demand")
        lots[self.invalid], cost[self.invalid], states[self.invalid] = 0.0, np.nan, "invalid"
        if self.single:
            return LotPlan(lots[0], float(cost[0]), str(states[0]))
        return LotPlan(lots, cost, states)

    def _numbers(self, name: str, values: npt.ArrayLike) -> FloatArray:
        try:
            array = np.asarray(values)
            if array.dtype.kind not in "iuf":
                raise TypeError
            return array.astype(np.float64)
        except (TypeError, ValueError):
            self._fail(name, None, None, "wrong_type", "give an array of numbers", "is none")
            self.failures.raise_if_any()
            raise AssertionError from None

    def _spread(self, name: str, values: npt.ArrayLike, shape: tuple[int, ...]) -> FloatArray:
        """Return a table of numbers that stands for one of the shape, each side full or 1."""
        array = np.atleast_2d(self._numbers(name, values))
        if array.ndim == 2 and all(n in (1, m) for n, m in zip(array.shape, shape, strict=True)):
            return np.ascontiguousarray(array)
        fix = f"give a number, or an array that spreads over {shape}"
        self._fail(name, None, None, "shape", fix, f"has shape {array.shape}")
        return np.zeros((1, 1))

    def _judge(self, mark: bool) -> npt.NDArray[np.bool_]:
        """Collect numbers that cannot be used; return the items that have one, made harmless."""
        invalid = np.zeros(self.shape[0], dtype=np.bool_)
        named = {**self.tables, "initial_stock": self.stock[:, None]}
        for name, table in named.items():
            wrong = ~((table >= 0) & (table <= LARGEST))
            if not wrong.any():
                continue
            if mark:
                invalid |= wrong.any(axis=1)
            else:
                for item, place in np.argwhere(wrong):
                    self._fault_of(name, int(item), int(place), float(table[item, place]))
            table[wrong] = 0.0
        self.failures.raise_if_any()
        return invalid

    def _fault_of(self, name: str, item: int, period: int, value: float) -> None:
        code = "nan" if np.isnan(value) else "negative" if value < 0 else "too_large"
        words = {
            "nan": "is not a number (NaN)",
            "negative": "is negative",
            "too_large": "is too large",
        }
        where = "" if name == "initial_stock" else f" in period {period}"
        fix = "write 0 or more, up to 1e12"
        self._fail(name, item, value, code, fix, words[code] + where)

    def _fail(
        self,
        name: str,
        row: int | None,
        value: object,
        code: str,
        fix: str,
        message: str = "is not known",
    ) -> None:
        self.failures.add(self.function, name, row, value, code, message, fix)
