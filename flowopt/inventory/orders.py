"""The orders of today: from the policy and the stock to quantities that suppliers accept."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import REQUIRED, Column
from flowopt.inventory.arguments import read_arguments
from flowopt.inventory.distributions import Floats

_MOST = 1e15  # units; beyond it, packs are no whole numbers
_NEED = Column("need", "float", "units wanted", "units", REQUIRED, lower=-_MOST, upper=_MOST)
_DUST = 1e-9  # of a pack: what rounding leaves over is no reason to order one more


def admissible_quantity(
    need: npt.ArrayLike,
    min_order_quantity: npt.ArrayLike = 0.0,
    pack_size: npt.ArrayLike = 1.0,
    max_order_quantity: npt.ArrayLike | None = None,
) -> Any:
    """Return the order for a need: 0, or at least the minimum, in whole packs, within the maximum.

    The need is raised to the minimum, rounded up to whole packs, then cut to the whole packs that
    the maximum allows.

    Parameters
    ----------
    need
        Units wanted; 0 or less orders nothing.
    min_order_quantity
        Least that can be ordered, units.
    pack_size
        Units in a pack.
    max_order_quantity
        Most that can be ordered, units; None for no limit, 0 for nothing at all.

    Returns
    -------
    numpy.ndarray or float
        Units to order; NaN where the maximum, in whole packs, is less than the minimum.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    >>> admissible_quantity([0, 3, 25, 90], min_order_quantity=10, pack_size=6,
    ...                     max_order_quantity=50).tolist()
    [0.0, 12.0, 30.0, 48.0]
    """
    given = read_arguments(
        "admissible_quantity",
        specs=(_NEED,),
        need=need,
        min_order_quantity=min_order_quantity,
        pack_size=pack_size,
        max_order_quantity=max_order_quantity,
    )
    given.failures.raise_if_any()
    most = np.where(np.isnan(given["max_order_quantity"]), np.inf, given["max_order_quantity"])
    return given.shaped(
        packed_quantity(given["need"], given["min_order_quantity"], given["pack_size"], most)
    )


def packed_quantity(need: Floats, least_order: Floats, pack: Floats, largest: Floats) -> Floats:
    """Return what `admissible_quantity` does, of valid columns; a largest of inf is no limit."""
    least, most = whole_packs_up(least_order, pack), whole_packs_down(largest, pack)
    packed = np.minimum(np.maximum(whole_packs_up(need, pack), least), most)
    ordered = np.where(need > _DUST * pack, packed, 0.0)
    return np.where(most < least, np.nan, ordered)


def whole_packs_up(quantity: npt.ArrayLike, pack_size: npt.ArrayLike) -> Floats:
    """Return the least number of units in whole packs that covers a quantity."""
    pack = np.asarray(pack_size, dtype=np.float64)
    packs = np.ceil(np.asarray(quantity, dtype=np.float64) / pack - _DUST)
    return np.asarray(np.maximum(packs, 0.0) * pack)


def whole_packs_down(quantity: npt.ArrayLike, pack_size: npt.ArrayLike) -> Floats:
    """Return the largest number of units in whole packs within a quantity."""
    pack = np.asarray(pack_size, dtype=np.float64)
    packs = np.floor(np.asarray(quantity, dtype=np.float64) / pack + _DUST)
    return np.asarray(packs * pack)


def need_of_policy(
    position: Floats, order_up_to_level: Floats, reorder_point: Floats, order_quantity: Floats
) -> Floats:
    """Return what a policy would order, were any quantity accepted.

    (R,S) orders up to S; (R,s,S) does when the position is at or below s; (r,Q) then orders as many
    Q as lift it above. The parameters that a policy does not have are NaN.
    """
    gap = reorder_point - position
    batch = np.where(order_quantity > 0, order_quantity, 1.0)
    num_batches = np.where(gap >= 0, np.floor(gap / batch) + 1, 0.0)
    up_to = np.where(gap < 0, 0.0, np.maximum(order_up_to_level - position, 0.0))
    return np.where(np.isnan(order_up_to_level), num_batches * order_quantity, up_to)
