"""What a policy does on average: its service, its stock, its orders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowopt.inventory.cycle import CycleDemand
from flowopt.inventory.distributions import Floats
from flowopt.inventory.levels import batch_shortage, layered_shortage, renewal_shortage
from flowopt.inventory.positions import (
    batch_layers,
    orders_per_period,
    periodic_layers,
    renewal_layers,
    stock_and_backorders,
)
from flowopt.inventory.renewal import Renewals


@dataclass(frozen=True)
class Performance:
    """The long-run averages of policies, one row an item.

    Parameters
    ----------
    fill_rate
        (n,) share of demand met from stock on its arrival.
    cycle_service_level
        (n,) probability of no stock-out in a review cycle; for (r,Q) in the one with the least
        cover, which starts just above the reorder point.
    average_stock
        (n,) mean stock on hand at the end of a period, units.
    orders_per_period
        (n,) mean number of orders placed in a period.
    average_backorders
        (n,) mean demand that waits for stock at the end of a period, units.
    """

    fill_rate: Floats
    cycle_service_level: Floats
    average_stock: Floats
    orders_per_period: Floats
    average_backorders: Floats


def periodic_performance(
    demand: CycleDemand,
    order_up_to_level: Floats,
    pack_size: Floats | None = None,
    least_order: Floats | None = None,
) -> Performance:
    """Return what the policy (R,S) does; without a pack, orders are of any size.

    Rounding orders up to packs and to the minimum adds to stock and to the fill rate, and spares
    orders. The cycle service level is that of S itself, where the cover is least.
    """
    level = order_up_to_level
    none = np.zeros_like(level)
    pack = none if pack_size is None else pack_size
    layers = periodic_layers(demand, level, pack, none if least_order is None else least_order)
    short, _ = layered_shortage(demand, layers)(np.arange(len(level)), none)
    stock, owed = stock_and_backorders(demand, layers)
    return Performance(
        np.clip(1 - short, 0, 1),
        1 - demand.protected.tail(level).survival,
        stock,
        orders_per_period(demand, layers),
        owed,
    )


def batch_performance(demand: CycleDemand, reorder_point: Floats, quantity: Floats) -> Performance:
    """Return what the policy (r,Q) does."""
    short, _ = batch_shortage(demand, quantity)(np.arange(len(quantity)), reorder_point)
    layers = batch_layers(reorder_point, quantity)
    stock, owed = stock_and_backorders(demand, layers)
    return Performance(
        np.clip(1 - short, 0, 1),
        1 - demand.protected.tail(reorder_point).survival,
        stock,
        orders_per_period(demand, layers),
        owed,
    )


def renewal_performance(
    demand: CycleDemand,
    reorder_point: Floats,
    width: Floats,
    found: Renewals,
) -> Performance:
    """Return what the policy (R,s,S) does, with S - s the width."""
    rows = np.arange(len(width))
    short, _ = renewal_shortage(demand, width, found)(rows, reorder_point)
    layers = renewal_layers(reorder_point, width, found)
    stock, owed = stock_and_backorders(demand, layers)
    return Performance(
        np.clip(1 - short, 0, 1),
        1 - demand.protected.tail(reorder_point).survival,
        stock,
        1 / (found.reviews * demand.review_period),
        owed,
    )
