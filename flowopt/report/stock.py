"""What the report says of stock: today's orders, and what runs short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.tables import positions
from flowopt.planning.stock import knows_stock

if TYPE_CHECKING:
    from flowopt.planning import Plan

MOST_ORDERS = 20
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OrderRow:
    """One item at one site.

    Parameters
    ----------
    site, item
        Positions.
    on_hand, on_order
        Units.
    demand
        Units per period.
    lead_time
        Periods until an order placed now arrives.
    level
        Stock position up to which, or at which, is ordered.
    quantity
        Units to order today.
    value
        Of the order, in money.
    recorded
        Whether the stock is on record; where it is not, nobody can say that it runs short.
    """

    site: int
    item: int
    on_hand: float
    on_order: float
    demand: float
    lead_time: float
    level: float
    quantity: float
    value: float
    recorded: bool

    @property
    def cover(self) -> float:
        """Periods that the stock on hand lasts at mean demand."""
        return max(0.0, self.on_hand) / self.demand if self.demand > 0 else float("inf")

    @property
    def short(self) -> bool:
        """Whether it is likely gone before an order placed now arrives, with nothing on its way."""
        return self.recorded and self.on_hand + self.on_order < self.demand * self.lead_time

    @property
    def waiting(self) -> bool:
        """Whether less than a period's stock is left, with more on its way."""
        return not self.short and self.cover < 1.0 and self.on_order > 0


@dataclass(frozen=True)
class StockRow:
    """All items of one site."""

    site: int
    colour: str
    items: int
    cover: float
    orders: int
    units: float
    value: float
    short: int
    waiting: int


@dataclass(frozen=True)
class Stock:
    """What the report says of stock.

    Parameters
    ----------
    sites
        One row a site that holds stock.
    orders
        The orders of today and the items that run short, the most urgent first.
    shown
        How many of them the page lists.
    num_orders, units, value
        Today's orders together.
    num_short, num_waiting
        Items that run short, and those with less than a period's stock and more on its way.
    fill_rate
        Share of demand that the policies are expected to serve from the shelf, all items together;
        None where there is no demand.
    average_stock, average_value
        Units that the policies are expected to hold, and their value.
    """

    sites: list[StockRow]
    orders: list[OrderRow]
    shown: int
    num_orders: int
    units: float
    value: float
    num_short: int
    num_waiting: int
    fill_rate: float | None
    average_stock: float
    average_value: float


def describe(plan: Plan, colour: dict[int, str]) -> Stock | None:
    """Return what the report says of the stock of a plan; None when nothing holds stock.

    Parameters
    ----------
    plan
        The plan.
    colour
        Site's position → colour.
    """
    answer = plan.replenishment
    if answer is None or not answer.status.has_solution:
        return None
    rows = _rows(plan)
    ordered = [row for row in rows if row.quantity > 0]
    urgent = [row for row in rows if row.quantity > 0 or row.short or row.waiting]
    urgent.sort(key=lambda row: (not row.short, row.cover, -row.value))
    policies = answer.tables()["policies"]
    demand = np.array([row.demand for row in rows])
    expected = np.asarray(policies["expected_fill_rate"], dtype=float)
    average = np.asarray(policies["average_stock"], dtype=float)
    known = np.isfinite(expected) & (demand > 0)
    worth = plan.network.commodities["unit_value"][[row.item for row in rows]]
    return Stock(
        [_site(site, own, colour) for site, own in _by_site(rows).items()],
        urgent,
        min(len(urgent), MOST_ORDERS),
        len(ordered),
        sum(row.quantity for row in ordered),
        sum(row.value for row in ordered),
        sum(row.short for row in rows),
        sum(row.waiting for row in rows),
        float(expected[known] @ demand[known] / demand[known].sum()) if known.any() else None,
        float(np.nansum(average)),
        float(np.nansum(average * worth)),
    )


def _rows(plan: Plan) -> list[OrderRow]:
    """Return every item at every site that holds stock."""
    answer, network = plan.replenishment, plan.network
    assert answer is not None
    tables = answer.tables()
    items = answer.problem.items
    site = positions(items["site"], network.sites["id"])
    item = positions(items["item"], network.commodities["id"])
    value = network.commodities["unit_value"][item]
    level, recorded = _levels(tables["policies"]), knows_stock(network)
    quantity = np.nan_to_num(np.asarray(tables["orders"]["quantity"], dtype=float))
    return [
        OrderRow(
            int(site[row]),
            int(item[row]),
            float(items["on_hand"][row] - items["backorders"][row]),
            float(items["on_order"][row]),
            float(items["demand_mean"][row]),
            float(items["lead_time"][row]),
            float(level[row]),
            float(quantity[row]),
            float(quantity[row] * value[row]),
            recorded,
        )
        for row in range(len(site))
    ]


def _levels(policies: Any) -> Floats:
    """Return what a stock position is raised to: the order-up-to level, or reorder point + lot."""
    up_to = np.asarray(policies["order_up_to_level"], dtype=float)
    point = np.asarray(policies["reorder_point"], dtype=float)
    lot = np.asarray(policies["order_quantity"], dtype=float)
    return np.where(np.isfinite(up_to), up_to, point + lot)


def _by_site(rows: list[OrderRow]) -> dict[int, list[OrderRow]]:
    sites: dict[int, list[OrderRow]] = {}
    for row in rows:
        sites.setdefault(row.site, []).append(row)
    return sites


def _site(site: int, own: list[OrderRow], colour: dict[int, str]) -> StockRow:
    """Return the sum of one site's items."""
    ordered = [row for row in own if row.quantity > 0]
    demand = sum(row.demand for row in own)
    on_hand = sum(max(0.0, row.on_hand) for row in own)
    return StockRow(
        site,
        colour.get(site, "#1e293b"),
        len(own),
        on_hand / demand if demand > 0 else float("inf"),
        len(ordered),
        sum(row.quantity for row in ordered),
        sum(row.value for row in ordered),
        sum(row.short for row in own),
        sum(row.waiting for row in own),
    )
