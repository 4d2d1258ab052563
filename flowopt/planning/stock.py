"""Sets policies and today's orders at every place that holds stock, from the flow through it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failure, Failures, ValidationError
from flowopt.core.tables import make_frame

if TYPE_CHECKING:
    from flowopt.flow import FlowSolution
    from flowopt.inventory import ReplenishmentSolution
    from flowopt.network import Network
    from flowopt.planning.item_flow import ItemFlow

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StockRules:
    """How stock is to be kept in a plan.

    Parameters
    ----------
    policy
        ``"RS"``, periodic review with order-up-to level, or ``"rQ"``, continuous review.
    fill_rate
        Share of units to be served from the shelf; None to use `cycle_service_level`.
    cycle_service_level
        Probability of no stock-out in a cycle; None to use `fill_rate`.
    review_period
        Periods between two reviews.
    """

    policy: str = "RS"
    fill_rate: float | None = 0.98
    cycle_service_level: float | None = None
    review_period: float = 1.0

    def columns(self, num_items: int) -> dict[str, list[Any]]:
        """Return the columns of a table of items that the rules fill."""
        names = ("fill_rate", "cycle_service_level", "review_period")
        return {name: [getattr(self, name)] * num_items for name in names}

    def check(self, failures: Failures) -> None:
        """Collect what cannot be used, found on an item without faults of its own."""
        from flowopt.inventory import ReplenishmentProblem

        item = {"item": ["any"], "demand_mean": [1.0], "demand_sd": [0.0], "lead_time": [1.0]}
        try:
            ReplenishmentProblem.from_frames(item | self.columns(1), policy=self.policy)
        except ValidationError as error:
            failures.extend(replace(failure, table="plan", row=None) for failure in error.failures)


def replenish(
    network: Network, flow: FlowSolution, items: ItemFlow, rules: StockRules, **options: Any
) -> ReplenishmentSolution | None:
    """Set a policy for each item at each warehouse; None when no warehouse has throughput.

    The lead time of a site is the mean over its incoming flow; where several lanes supply it, the
    spread of their lead times is the lead time's standard deviation.

    Parameters
    ----------
    network
        The network.
    flow
        The allocation over it.
    items
        Its throughput by commodity.
    rules
        The policy and the service it is to reach.
    options
        Keywords for `ReplenishmentProblem.solve`.
    """
    from flowopt.inventory import ReplenishmentProblem

    holds_stock = network.sites["kind"] == "warehouse"
    site, item = np.nonzero(holds_stock[:, None] & (items.mean > 0))
    if not len(site):
        return None
    lead_time, lead_time_sd = _lead_times(network, flow)
    on_hand, on_order = _stock(network)
    goods = network.commodities
    columns: dict[str, Any] = {
        "item": goods["id"][item],
        "site": network.sites["id"][site],
        "demand_mean": items.mean[site, item],
        "demand_sd": items.sd[site, item],
        "distribution": np.full(len(site), "auto"),
        "lead_time": lead_time[site],
        "lead_time_sd": lead_time_sd[site],
        "fixed_cost": goods["fixed_order_cost"][item],
        "holding_cost": goods["holding_cost"][item],
        "unit_cost": goods["unit_value"][item],
        "min_order_quantity": goods["min_order_quantity"][item],
        "pack_size": goods["pack_size"][item],
        "on_hand": on_hand[site, item],
        "on_order": on_order[site, item],
    }
    cap = goods["max_order_quantity"][item]
    columns["max_order_quantity"] = [value if np.isfinite(value) else None for value in cap]
    columns |= rules.columns(len(site))
    frame = make_frame(columns, network.backend)  # so that its tables come out in that library
    try:
        problem = ReplenishmentProblem.from_frames(frame, policy=rules.policy)
    except ValidationError as error:
        raise ValidationError(_of_items(error, columns)) from None
    return problem.solve(**options)


def _of_items(error: ValidationError, columns: Mapping[str, Any]) -> Iterator[Failure]:
    """Name the item and site of each fault: the rows of the table are none of the user's."""
    for failure in error.failures:
        if failure.row is None:
            yield failure
            continue
        item, site = columns["item"][failure.row], columns["site"][failure.row]
        message = f"of {item} at {site}: {failure.message}"
        yield replace(failure, table="stock", row=None, message=message)


def _lead_times(network: Network, flow: FlowSolution) -> tuple[Floats, Floats]:
    """Return the mean and the spread of the lead time of what flows into each site."""
    target, moved = network.lane_target, flow.flow
    time = network.lanes["lead_time"]
    inflow, first, second = np.zeros((3, network.sites.num_rows))
    np.add.at(inflow, target, moved)
    np.add.at(first, target, moved * time)
    mean = np.divide(first, inflow, out=np.zeros_like(first), where=inflow > 0)
    np.add.at(second, target, moved * (time - mean[target]) ** 2)
    variance = np.divide(second, inflow, out=np.zeros_like(first), where=inflow > 0)
    return mean, np.sqrt(variance)


def knows_stock(network: Network) -> bool:
    """Return whether the network tells what is in stock of which commodity."""
    return network.given["stock"] is not None or (
        network.commodities.num_rows == 1 and bool(network.sites["opening_stock"].any())
    )


def _stock(network: Network) -> tuple[Floats, Floats]:
    """Return stock on hand and on order, (S, K) each; without a table of it, opening stock."""
    on_hand, on_order = np.zeros((2, network.sites.num_rows, network.commodities.num_rows))
    if network.given["stock"] is None and network.commodities.num_rows == 1:
        on_hand[:, 0] = network.sites["opening_stock"]
    place = network.stock_site, network.stock_commodity
    np.add.at(on_hand, place, network.stock["on_hand"])
    np.add.at(on_order, place, network.stock["on_order"])
    return on_hand, on_order
