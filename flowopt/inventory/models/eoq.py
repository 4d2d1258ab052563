"""The economic order quantity."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flowopt.inventory.arguments import read_arguments
from flowopt.inventory.distributions import Floats


class EconomicOrder(NamedTuple):
    """An order quantity and what it costs a period, ordering and holding together."""

    order_quantity: Any
    cost: Any


def economic_order_quantity(
    fixed_cost: npt.ArrayLike, holding_cost: npt.ArrayLike, demand_rate: npt.ArrayLike
) -> EconomicOrder:
    r"""Return the order quantity that balances ordering against holding, and its cost.

    :math:`Q^* = \sqrt{2 K \lambda / h}` and :math:`g(Q^*) = \sqrt{2 K \lambda h}` (Harris 1913;
    Snyder & Shen, *Fundamentals of Supply Chain Theory*, section 3.2).

    Parameters
    ----------
    fixed_cost
        K, cost of placing an order; 0 gives Q = 0: order each unit when it is demanded.
    holding_cost
        h, cost of holding a unit for a period; above 0.
    demand_rate
        Demand of a period, units.

    Returns
    -------
    EconomicOrder
        ``order_quantity`` in units and ``cost`` in money per period.

    Raises
    ------
    ValidationError
        When an argument is negative, not finite, or `holding_cost` is 0.

    Examples
    --------
    >>> best = economic_order_quantity(fixed_cost=8, holding_cost=0.225, demand_rate=1300)
    >>> round(best.order_quantity, 4), round(best.cost, 4)
    (304.0468, 68.4105)
    """
    given = read_arguments(
        "economic_order_quantity",
        fixed_cost=fixed_cost,
        holding_cost=holding_cost,
        demand_mean=demand_rate,
    )
    given.require("holding_cost", given["holding_cost"] > 0, "is 0", "give a cost above 0")
    given.failures.raise_if_any()
    fixed, holding, rate = given["fixed_cost"], given["holding_cost"], given["demand_mean"]
    quantity = economic_quantity(fixed, holding, rate)
    return EconomicOrder(given.shaped(quantity), given.shaped(np.sqrt(2 * fixed * rate * holding)))


def economic_quantity(fixed_cost: Floats, holding_cost: Floats, demand: Floats) -> Floats:
    """Return the economic order quantity of validated columns; 0 where holding costs nothing."""
    safe = np.where(holding_cost > 0, holding_cost, np.inf)
    return np.asarray(np.sqrt(2 * fixed_cost * demand / safe))
