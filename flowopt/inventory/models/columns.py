"""What the arguments of the textbook models hold, beyond the columns of the input table."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import REQUIRED, Column
from flowopt.inventory.arguments import Arguments, read_arguments
from flowopt.inventory.models.status import ModelStatus
from flowopt.inventory.replenishment.spec import LARGEST, LONGEST, SMALLEST, UNKNOWN

Floats = npt.NDArray[np.float64]

DISTRIBUTIONS = ("normal", "poisson", "negative_binomial", "gamma", "lognormal")
"""The distributions of demand that a model with given moments takes."""

COUNTED = ("poisson", "negative_binomial")
"""Those of them that count whole units."""


def _amount(name: str, meaning: str, unit: str, default: Any = 0.0) -> Column:
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST)


def _positive(name: str, meaning: str, unit: str, default: Any = REQUIRED) -> Column:
    return Column(name, "float", meaning, unit, default, above=0, upper=LARGEST)


def _cost(name: str, meaning: str, unit: str) -> Column:
    return Column(name, "float", meaning, unit, REQUIRED, lower=SMALLEST, upper=LARGEST)


def _share(name: str, meaning: str) -> Column:
    return Column(name, "float", meaning, "", REQUIRED, above=0, upper=1)


def _any(name: str, meaning: str, unit: str, default: Any = UNKNOWN) -> Column:
    return Column(name, "float", meaning, unit, default, lower=-LARGEST, upper=LARGEST)


MODEL = (
    _amount("fixed_cost", "cost of placing an order", "money/order"),
    _cost("holding_cost", "cost of holding a unit for a period", "money/unit/period"),
    _cost("stockout_cost", "cost of a unit short", "money/unit"),
    _cost("holding_cost_rate", "cost of holding stock, as a share of its value", "1/period"),
    _amount("demand_rate", "demand of a period", "units/period", REQUIRED),
    _positive("production_rate", "what a period can produce", "units/period"),
    _amount("demand_sd", "standard deviation of demand of a period", "units", UNKNOWN),
    Column("distribution", "choice", "of demand", default="normal", choices=DISTRIBUTIONS),
    Column("lead_time", "float", "L", "periods", 0.0, lower=0, upper=LONGEST),
    _any("base_stock_level", "S", "units"),
    _any("reorder_point", "r or s", "units"),
    _any("order_up_to_level", "S", "units"),
    _positive("order_quantity", "Q", "units", UNKNOWN),
    _positive("disruption_rate", "how often supply breaks down", "1/period"),
    _positive("recovery_rate", "how often it recovers", "1/period"),
    _share("disruption_probability", "that supply breaks down in the next period"),
    _share("recovery_probability", "that it recovers in the next period"),
    Column(
        "stockout_fraction", "float", "share of demand backordered", "", UNKNOWN, lower=0, upper=1
    ),
    _any("yield_mean", "mean yield", "", REQUIRED),
    _amount("yield_sd", "standard deviation of the yield", "", REQUIRED),
    _amount("extra_holding_cost", "cost of a unit left over beyond its price", "money/unit"),
    _amount("extra_stockout_cost", "cost of a unit short beyond the sale", "money/unit"),
    _positive("price", "what a unit sells for", "money/unit"),
    _amount("unit_cost", "what a unit costs", "money/unit", REQUIRED),
    _any("salvage_value", "what a unit left over still brings", "money/unit", 0.0),
)


def read(function: str, *, num_rows: int | None = None, **values: Any) -> Arguments:
    """Read the arguments of a textbook model; the faults of single cells are collected.

    Parameters
    ----------
    function
        Its name.
    num_rows
        How many items another argument has; None: there is no other.
    values
        Its arguments: those of `MODEL`, or columns of the input table.
    """
    return read_arguments(function, specs=MODEL, num_rows=num_rows, **values)


def status_column(num_items: int, *marks: tuple[ModelStatus, Any]) -> npt.NDArray[np.str_]:
    """Return the status of items: optimal, or the last mark that holds.

    Parameters
    ----------
    num_items
        How many items there are.
    marks
        Status and (n,) whether it is that of an item.
    """
    status = np.full(num_items, ModelStatus.OPTIMAL.value, dtype="<U13")
    for mark, holds in marks:
        status[holds] = mark.value
    return status
