"""Joint replenishment: items that share the fixed cost of an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Column
from flowopt.core.errors import Failures
from flowopt.inventory.arguments import as_array, read_arguments, require_choice
from flowopt.inventory.echelon.groups import Groups, sound_groups

_LARGEST = 1e12
_POWERS = {"any": False, "power_of_two": True}


@dataclass(frozen=True, eq=False)
class JointReplenishment:
    """How often groups of items are ordered together.

    Parameters
    ----------
    order_interval
        A number or (n,): periods from one order of a group to the next; inf without demand.
    multiple
        (m,) or (n, m): an item is in every so-many-th order; 0 without demand.
    order_quantity
        (m,) or (n, m): units of an item when it is ordered.
    cost
        A number or (n,): of orders and of holding stock, money per period.
    bound
        A number or (n,): no policy at all costs less.
    gap
        A number or (n,): how much the cost is above the bound, relative to the cost.
    status
        A word or (n,): ``"optimal"`` (of the multiples asked for), ``"best_found"`` where there are
        more than a million changes of multiples to go through, ``"no_demand"`` or ``"invalid"``
        (see `on_bad_items`).
    """

    order_interval: Any
    multiple: npt.NDArray[np.int64]
    order_quantity: npt.NDArray[np.float64]
    cost: Any
    bound: Any
    gap: Any
    status: Any


def joint_replenishment(
    shared_fixed_cost: npt.ArrayLike,
    individual_fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    *,
    multiples: str = "any",
    on_bad_items: str = "raise",
) -> JointReplenishment:
    r"""Return how often to order items that share the fixed cost of an order.

    An order is placed every T periods at the cost K; item i is in every :math:`k_i`-th of them:

    .. math::

        \min_{T, k} \; \frac{K}{T} + \sum_i \frac{K_i}{k_i T} + \frac{h_i d_i k_i T}{2}

    This is solved exactly, by going through all intervals at which the best multiples change, up to
    a million (Goyal 1974). The bound relaxes the multiples to any ratio of at least 1; no policy
    whatever costs less (Jackson, Maxwell & Muckstadt 1985), and powers of two cost at most 2.1 %
    more (Roundy 1986).

    Parameters
    ----------
    shared_fixed_cost
        K, a number or (n,): cost of an order of any items, above 0; at 0, items are ordered alone,
        see `economic_order_quantity`.
    individual_fixed_cost
        :math:`K_i`, (m,) or (n, m): cost of having an item in an order.
    holding_cost
        :math:`h_i`, (m,) or (n, m): money per unit and period, above 0.
    demand_mean
        :math:`d_i`, (m,) or (n, m): units per period; 0 leaves the item out.
    multiples
        ``"any"`` whole numbers, or ``"power_of_two"``: 1, 2, 4, …, which keep a calendar simple.
    on_bad_items
        ``"raise"``, or ``"status"`` to leave the groups with a fault without numbers, status
        ``"invalid"``.

    Returns
    -------
    JointReplenishment
        Intervals, multiples, quantities, cost and bound.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    The example of Silver (1976), whose heuristic comes to 218.686:

    >>> found = joint_replenishment(
    ...     10, [1.87, 5.27, 7.94, 8.19, 8.87], [0.2] * 5, [1736, 656, 558, 170, 142])
    >>> found.multiple.tolist(), round(found.order_interval, 4), round(found.cost, 3)
    ([1, 1, 2, 3, 3], 0.2456, 218.252)
    """
    name, failures = "joint_replenishment", Failures()
    require_choice(name, "multiples", multiples, _POWERS, failures)
    failures.raise_if_any()
    given = read_arguments(
        name,
        specs=_COLUMNS,
        shared_fixed_cost=as_array(name, "shared_fixed_cost", shared_fixed_cost)[..., None],
        individual_fixed_cost=individual_fixed_cost,
        holding_cost=holding_cost,
        demand_mean=demand_mean,
    )
    return _solved(sound_groups(given, on_bad_items), _POWERS[multiples])


def _solved(groups: Groups, powers: bool) -> JointReplenishment:
    from flowopt.inventory.echelon.kernels.joint import cyclic_policies

    shared, own = groups.column("shared_fixed_cost"), groups.matrix("individual_fixed_cost")
    demand = groups.matrix("demand_mean")
    holding = groups.matrix("holding_cost") * demand / 2
    num = len(shared)
    interval, cost, bound = np.empty(num), np.empty(num), np.empty(num)
    multiple = np.zeros(own.shape, dtype=np.int64)
    proven = np.zeros(num, dtype=np.bool_)
    cyclic_policies(shared, own, holding, powers, interval, multiple, cost, bound, proven)
    bound = np.minimum(bound, cost)  # what rounding puts above
    finite = np.where(np.isfinite(interval), interval, 0.0)
    quantity = demand * multiple * finite[:, None]
    gap = np.where(cost > 0, (cost - bound) / np.where(cost > 0, cost, 1.0), 0.0)
    status = np.where(proven, "optimal", "best_found")
    status = np.where(np.isfinite(interval), status, "no_demand")
    columns = (interval, multiple, quantity, cost, bound, gap, status)
    return JointReplenishment(*map(groups.spread, columns))


def _cost(name: str, meaning: str, unit: str, above: float = -np.inf) -> Column:
    lower = 0.0 if above < 0 else -np.inf
    return Column(name, "float", meaning, unit, lower=lower, above=above, upper=_LARGEST)


_COLUMNS = (
    _cost("shared_fixed_cost", "K, cost of an order of any items", "money/order", 0.0),
    _cost("individual_fixed_cost", "cost of an item in an order", "money/order"),
    _cost("holding_cost", "cost of stock", "money/unit/period", 0.0),
    _cost("demand_mean", "demand of a period", "units/period"),
)


def load_kernels() -> None:
    """Compile the kernel, or load it from the cache.

    Examples
    --------
    >>> load_kernels()
    """
    joint_replenishment(1, [1, 1], [1, 1], [1, 1])
