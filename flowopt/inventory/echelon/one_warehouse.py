"""One warehouse and its retailers: base-stock levels of least cost, what given levels do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Column
from flowopt.core.errors import Failures
from flowopt.inventory.arguments import Arguments, as_array, read_arguments, require_choice
from flowopt.inventory.echelon.groups import Groups, sound_groups

_LARGEST = 1e9
_METHODS = {"exact": 0, "metric": 1, "two_moment": 2}
MOST_ON_ORDER = 2000.0
"""Mean units on order at a warehouse up to which the exact method splits what it owes in time."""


@dataclass(frozen=True, eq=False)
class OneWarehouseStock:
    """The stock of items at a warehouse and at its retailers.

    Parameters
    ----------
    warehouse_level
        A number or (n,): base-stock level of the warehouse, units.
    base_stock_level
        (N,) or (n, N): base-stock level of each retailer, units.
    warehouse_stock, warehouse_backorders
        A number or (n,): mean units there, and that it owes to retailers.
    mean_stock, backorders
        (N,) or (n, N): mean units at each retailer, and that it owes to customers.
    fill_rate
        (N,) or (n, N): share of demand that each retailer meets from stock.
    cost
        A number or (n,): of stock everywhere and of customers who wait, money per period.
    status
        A word or (n,): ``"optimal"`` among all levels, ``"approximate"`` (the best by a method that
        is not exact), ``"given"`` (so were the levels), ``"no_demand"`` or ``"invalid"`` (see
        `on_bad_items`).
    """

    warehouse_level: Any
    base_stock_level: npt.NDArray[np.int64]
    warehouse_stock: Any
    warehouse_backorders: Any
    mean_stock: npt.NDArray[np.float64]
    backorders: npt.NDArray[np.float64]
    fill_rate: npt.NDArray[np.float64]
    cost: Any
    status: Any


def one_warehouse_base_stock(
    warehouse_holding_cost: npt.ArrayLike,
    warehouse_lead_time: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    lead_time: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    *,
    method: str = "exact",
    on_bad_items: str = "raise",
) -> OneWarehouseStock:
    r"""Return the base-stock levels of least cost of one warehouse and its retailers.

    Under continuous review every customer's unit is ordered at once by the retailer from the
    warehouse, and by the warehouse from a source that never runs out; the warehouse serves first
    who asked first. With the level :math:`S_0`, it owes :math:`B_0 = (O_0 - S_0)^+`, where
    :math:`O_0` is Poisson with mean :math:`\lambda_0 L_0`; of these, a retailer waits for a
    binomial share, :math:`B_{0i} \sim \mathrm{Bin}(B_0, \lambda_i / \lambda_0)`, and it has
    :math:`S_i - B_{0i} - D_i(L_i)` on hand or, below 0, owed to customers. The levels of the
    retailers are then those of newsvendors; all warehouse levels that could be best are tried
    (Graves 1985; Axsäter, *Inventory Control*, chapter 10).

    Parameters
    ----------
    warehouse_holding_cost
        A number or (n,): of stock at the warehouse, and on the way from there, money per unit and
        period.
    warehouse_lead_time
        :math:`L_0`, a number or (n,): periods.
    holding_cost
        (N,) or (n, N): of stock at each retailer, money per unit and period, above 0.
    lead_time
        :math:`L_i`, (N,) or (n, N): from the warehouse to each retailer, periods.
    demand_mean
        :math:`\lambda_i`, (N,) or (n, N): mean of the Poisson demand of a period, units; 0 leaves
        the retailer without stock.
    stockout_cost
        (N,) or (n, N): of customers who wait, money per unit and period, above 0.
    method
        ``"exact"``; ``"two_moment"``, which takes what is on order at a retailer as negative
        binomial (Graves 1985), and ``"metric"``, as Poisson (Sherbrooke 1968): quicker where
        hundreds of units are on order.
    on_bad_items
        ``"raise"``, or ``"status"`` to leave the items with a fault without numbers, status
        ``"invalid"``.

    Returns
    -------
    OneWarehouseStock
        Levels, what they do, and their cost, by the method.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    >>> best = one_warehouse_base_stock(1, 2, [1.5, 1.5, 2], [1, 1, 2], [0.5, 1, 2], 20)
    >>> best.warehouse_level, best.base_stock_level.tolist(), round(best.cost, 4)
    (8, [2, 3, 7], 22.4576)
    """
    given = _read(
        "one_warehouse_base_stock",
        method,
        warehouse_holding_cost=warehouse_holding_cost,
        warehouse_lead_time=warehouse_lead_time,
        holding_cost=holding_cost,
        lead_time=lead_time,
        demand_mean=demand_mean,
        stockout_cost=stockout_cost,
    )
    return _solved(sound_groups(given, on_bad_items), method, optimise=True)


def one_warehouse_performance(
    warehouse_level: npt.ArrayLike,
    base_stock_level: npt.ArrayLike,
    warehouse_holding_cost: npt.ArrayLike,
    warehouse_lead_time: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    lead_time: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    *,
    method: str = "exact",
    on_bad_items: str = "raise",
) -> OneWarehouseStock:
    """Return what given base-stock levels of one warehouse and its retailers do.

    Parameters
    ----------
    warehouse_level
        A number or (n,): level of the warehouse, whole units, 0 or more.
    base_stock_level
        (N,) or (n, N): level of each retailer, whole units, 0 or more.
    warehouse_holding_cost, warehouse_lead_time, holding_cost, lead_time, demand_mean
        As in `one_warehouse_base_stock`.
    stockout_cost, method, on_bad_items
        Likewise.

    Returns
    -------
    OneWarehouseStock
        The levels, what they do, and their cost.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    METRIC takes what is on order at the retailers for less uncertain than it is:

    >>> for method in ("exact", "two_moment", "metric"):
    ...     now = one_warehouse_performance(2, [4, 9], 1, 2, [1.5, 2], [1, 2], [1, 2], 20,
    ...                                     method=method)
    ...     print(round(now.cost, 3), now.fill_rate.round(4).tolist())
    22.841 [0.7841, 0.7588]
    22.949 [0.7859, 0.7609]
    21.44 [0.7912, 0.7698]
    """
    given = _read(
        "one_warehouse_performance",
        method,
        warehouse_level=warehouse_level,
        base_stock_level=base_stock_level,
        warehouse_holding_cost=warehouse_holding_cost,
        warehouse_lead_time=warehouse_lead_time,
        holding_cost=holding_cost,
        lead_time=lead_time,
        demand_mean=demand_mean,
        stockout_cost=stockout_cost,
    )
    return _solved(sound_groups(given, on_bad_items), method, optimise=False)


def _read(function: str, method: str, **values: Any) -> Arguments:
    """Return the arguments as (n·N,) columns, valid each for itself and together."""
    failures = Failures()
    require_choice(function, "method", method, _METHODS, failures)
    columns: dict[str, Any] = {
        name: as_array(function, name, value) for name, value in values.items()
    }
    if all(array.ndim < 1 for name, array in columns.items() if not name.startswith("warehouse")):
        fix = "give (N,) or (n, N) values"
        failures.add(function, "demand_mean", None, None, "shape", "names no retailers", fix)
    failures.raise_if_any()
    for name in [name for name in columns if name.startswith("warehouse")]:
        columns[name] = columns[name][..., None]
    given = read_arguments(function, specs=_COLUMNS, **columns)
    for name in ("warehouse_level", "base_stock_level"):
        if name in columns:
            whole = given[name] == np.floor(given[name])
            given.require(name, whole, "is no whole number", "round it: demand is counted")
    if method == "exact":
        width = given.shape[-1]
        total = given["demand_mean"].reshape(-1, width).sum(axis=1)
        on_order = np.repeat(total, width) * given["warehouse_lead_time"]
        text = f"has more than {MOST_ON_ORDER:g} units on order with this demand"
        given.require("warehouse_lead_time", on_order <= MOST_ON_ORDER, text, 'use "two_moment"')
    return given


def _solved(groups: Groups, method: str, *, optimise: bool) -> OneWarehouseStock:
    from flowopt.inventory.echelon.kernels.one_warehouse import one_warehouse

    demand = groups.matrix("demand_mean")
    shape, num = demand.shape, len(demand)
    at_warehouse, levels = np.zeros(num, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    if not optimise:
        at_warehouse[:] = groups.column("warehouse_level")
        levels[:] = groups.matrix("base_stock_level")
    kept, owed, cost = np.zeros(num), np.zeros(num), np.zeros(num)
    stock, short, ready = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    warehouse = map(groups.column, ("warehouse_lead_time", "warehouse_holding_cost"))
    retailers = map(groups.matrix, ("demand_mean", "lead_time", "holding_cost", "stockout_cost"))
    found = (at_warehouse, levels, kept, owed, stock, short, ready, cost)
    kernel: Any = one_warehouse
    kernel(_METHODS[method], optimise, *warehouse, *retailers, *found)
    ready = np.where(demand > 0, ready, 1.0)  # nobody is refused
    best = ("optimal" if method == "exact" else "approximate") if optimise else "given"
    status = np.where(demand.sum(axis=1) > 0, best, "no_demand")
    columns = (at_warehouse, levels, kept, owed, stock, short, ready, cost, status)
    return OneWarehouseStock(*map(groups.spread, columns))


def _column(name: str, meaning: str, unit: str, above: float = -np.inf) -> Column:
    lower = 0.0 if above < 0 else -np.inf
    return Column(name, "float", meaning, unit, lower=lower, above=above, upper=_LARGEST)


_COLUMNS = (
    _column("warehouse_level", "level of the warehouse", "units"),
    _column("base_stock_level", "level of the retailer", "units"),
    _column("warehouse_holding_cost", "cost of stock at the warehouse", "money/unit/period"),
    _column("warehouse_lead_time", "from the source to the warehouse", "periods"),
    _column("holding_cost", "cost of stock at the retailer", "money/unit/period", 0.0),
    _column("lead_time", "from the warehouse to the retailer", "periods"),
    _column("demand_mean", "Poisson demand of a period", "units/period"),
    _column("stockout_cost", "cost of customers who wait", "money/unit/period", 0.0),
)


def load_kernels() -> None:
    """Compile the kernels, or load them from the cache.

    Examples
    --------
    >>> load_kernels()
    """
    one_warehouse_base_stock(1, 1, [1], [1], [1], [9])
