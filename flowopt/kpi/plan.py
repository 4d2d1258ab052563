"""Indicators of a plan: what it promises, before anything has happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.ids import positions
from flowopt.kpi.calendar import Floats
from flowopt.kpi.history import Mask
from flowopt.kpi.indicator import Indicator, Indicators, check_targets, unknown
from flowopt.kpi.last_leg import LastLegs, holds_stock, last_legs, passed_on
from flowopt.kpi.lead_time import percentiles
from flowopt.kpi.ratio import quotient, sums
from flowopt.kpi.stock import DAYS_OF_A_YEAR

if TYPE_CHECKING:
    from flowopt.flow import FlowSolution
    from flowopt.inventory import ReplenishmentSolution
    from flowopt.network import Network
    from flowopt.routing import RoutingSolution

_SOME = 1e-9  # units; less is the rounding of a flow


@dataclass(frozen=True, eq=False)
class _Plan:
    """The parts of a plan, and what they bring to those who want it."""

    network: Network
    flow: FlowSolution
    replenishment: ReplenishmentSolution | None
    rounds: Mapping[Any, RoutingSolution]
    legs: LastLegs
    holds: Mask
    days: float  # of a period

    @property
    def basis(self) -> dict[str, Any]:
        return {"horizon": "one period", "days_per_period": self.days}


def from_plan(
    *,
    network: Network,
    flow: FlowSolution,
    replenishment: ReplenishmentSolution | None = None,
    rounds: Mapping[Any, RoutingSolution] | None = None,
    rounds_mode: str | None = None,
    days_per_period: float = 1.0,
    targets: Mapping[str, float] | None = None,
) -> Indicators:
    """Return what a plan can tell of the five indicators.

    - Service rate: the share of demand that is allocated, in the rounds, and expected to be served
      from stock by the policy of the place that it comes from.
    - Stock level: the sum of the policies' average stock.
    - Delivery lead time: of the lanes from the last place with stock to those who want the goods,
      weighted by units. Plants, suppliers, warehouses and sites with policies hold stock.
    - Cost per unit: transport, handling, fixed costs of the sites and lanes in use, placing orders
      and holding stock, ÷ units delivered. Where rounds deliver, their cost takes the place of
      that of the lanes that they drive.
    - Non-conformity: a plan cannot tell.

    Parameters
    ----------
    network
        What was planned.
    flow
        The allocation over it.
    replenishment
        The policies; None when none was planned.
    rounds
        Id of a depot → its rounds of one period. Clients have the ids of their sites; a further
        drop at the same site has ``" #2"``, … behind it.
    rounds_mode
        Mode of the lanes that they drive; None for every lane from the depot to a client.
    days_per_period
        Length of the network's period.
    targets
        Key of an indicator → its target.

    Returns
    -------
    Indicators
        Without trends; NaN, with a note, where the plan cannot tell.

    Raises
    ------
    ValidationError
        When the parts do not belong together, or an argument cannot be used.

    Examples
    --------
    >>> from flowopt.flow import FlowProblem
    >>> from flowopt.network import Network
    >>> network = Network.from_frames(
    ...     sites={"id": ["store", "Ada", "Bob"], "kind": ["warehouse", "customer", "customer"],
    ...            "supply": [25, 0, 0]},
    ...     lanes={"source": ["store", "store"], "target": ["Ada", "Bob"],
    ...            "unit_cost": [2.0, 3.0], "lead_time": [1, 2], "distance": [50, 90]},
    ...     demand={"site": ["Ada", "Bob"], "demand": [10, 20]})
    >>> flow = FlowProblem.from_network(network, unmet_cost=100).solve()
    >>> indicators = from_plan(network=network, flow=flow)
    >>> round(indicators["service_rate"].value, 3), indicators["delivery_lead_time"].value
    (0.833, 1.6)
    >>> indicators["cost_per_unit"].value
    2.6
    """
    check_targets(targets or {})
    failures = Failures()
    _check_parts(network, flow, replenishment, days_per_period, failures)
    failures.raise_if_any()
    if not flow.status.has_solution:
        note = f"there is no allocation: {str(flow.status).lower()}"
        return Indicators(_all_unknown(note), network.backend).with_targets(targets or {})
    legs = last_legs(network, flow, rounds or {}, rounds_mode, failures)
    failures.raise_if_any()
    holds = holds_stock(network, replenishment)
    plan = _Plan(network, flow, replenishment, rounds or {}, legs, holds, float(days_per_period))
    items = (
        _service_rate(plan),
        _stock_level(plan),
        _delivery_lead_time(plan),
        _cost_per_unit(plan),
        unknown("non_conformity_rate", "1", "plan", "a plan cannot tell what will go wrong"),
    )
    return Indicators(items, network.backend).with_targets(targets or {})


def _check_parts(
    network: Network,
    flow: FlowSolution,
    replenishment: ReplenishmentSolution | None,
    days_per_period: Any,
    failures: Failures,
) -> None:
    problem, fix = flow.problem, "give the allocation over this network"
    shape = (len(problem.site_id), len(problem.source))
    if shape != (network.sites.num_rows, network.lanes.num_rows):
        message = "sites and lanes are not those of the network"
        failures.add("flow", None, None, shape, "wrong_shape", message, fix)
    if replenishment is not None:
        sites = replenishment.problem.items["site"]
        for row in np.flatnonzero(positions(sites, network.sites["id"]) < 0):
            value, fix = sites[row].item(), "give the policies of this network"
            message = "is not a site of the network"
            failures.add("replenishment", "site", int(row), value, "unknown_id", message, fix)
    check_days(days_per_period, failures)


def check_days(days_per_period: Any, failures: Failures) -> None:
    """Collect a length of a period that is none."""
    if isinstance(days_per_period, (bool, str)) or not 0 < days_per_period < np.inf:
        fix = "give the days of a period, above 0"
        message = "is no length of a period"
        failures.add("kpi", "days_per_period", None, days_per_period, "out_of_range", message, fix)


def _all_unknown(note: str) -> tuple[Indicator, ...]:
    units = {"service_rate": "1", "stock_level": "unit", "delivery_lead_time": "days"}
    units |= {"cost_per_unit": "money/unit", "non_conformity_rate": "1"}
    return tuple(unknown(key, unit, "plan", note) for key, unit in units.items())


# ---- service


def _service_rate(plan: _Plan) -> Indicator:
    flow, legs = plan.flow, plan.legs
    demand, unmet = float(flow.problem.demand.sum()), float(flow.unmet.sum())
    fill, unsure = _fill_rates(plan)
    at_source = passed_on(plan.network, legs, plan.holds, fill, 0.0, 1.0)
    source, target = plan.network.lane_source, plan.network.lane_target
    lane_fill = np.where(plan.holds[target], fill[target], at_source[source])
    own_fill = np.where(plan.holds, fill, 1.0)
    served = float((legs.delivered * lane_fill).sum() + (legs.own * own_fill).sum())
    left = float(legs.undelivered.sum())
    notes = [] if demand else ["there is no demand"]
    notes += [f"demand that is not met: {unmet:,.6g} units"] if unmet > _SOME else []
    notes += [f"no round delivers {left:,.6g} units"] if left > _SOME else []
    notes += ["no policies: stock-outs are not counted"] if plan.replenishment is None else []
    notes += [f"items without a policy, counted as never served: {unsure}"] if unsure else []
    return Indicator(
        key="service_rate",
        value=quotient(served, demand),
        unit="1",
        source="plan",
        numerator=served,
        denominator=demand,
        basis={"measure": "expected fill", "level": "unit"} | plan.basis,
        note="; ".join(notes),
        breakdown={
            "allocated": quotient(demand - unmet, demand),
            "in_rounds": quotient(demand - unmet - left, demand - unmet),
            "from_stock": quotient(served, legs.total_delivered),
        },
    )


def _fill_rates(plan: _Plan) -> tuple[Floats, int]:
    """Return (N,) the expected fill rate at each site, by units; and the items that have none."""
    num_sites = plan.network.sites.num_rows
    if plan.replenishment is None:
        return np.ones(num_sites), 0
    items = plan.replenishment.problem.items
    site = positions(items["site"], plan.network.sites["id"])
    rate, units = plan.replenishment.expected_fill_rate, items["demand_mean"]
    unsure = np.isnan(rate) & (units > 0)
    filled = sums(np.where(np.isnan(rate), 0.0, rate) * units, site, num_sites)
    wanted = sums(units, site, num_sites)
    rates = np.divide(filled, wanted, out=np.ones(num_sites), where=wanted > 0)
    return rates, int(unsure.sum())


# ---- stock


def _stock_level(plan: _Plan) -> Indicator:
    if plan.replenishment is None:
        return unknown("stock_level", "unit", "plan", "no stock was planned")
    stock = plan.replenishment.average_stock
    missing = int(np.isnan(stock).sum())
    units = float(np.nansum(stock))
    used_a_day = plan.legs.total_delivered / plan.days
    worth = plan.replenishment.problem.items["unit_cost"]
    return Indicator(
        key="stock_level",
        value=units,
        unit="unit",
        source="plan",
        numerator=units,
        denominator=1.0,
        basis={"average": "expected at the end of periods"} | plan.basis,
        note=f"items without a policy, left out: {missing}" if missing else "",
        breakdown={
            "days_of_supply": quotient(units, used_a_day),
            "turns": quotient(used_a_day * DAYS_OF_A_YEAR, units),
            "value": float(np.nansum(stock * worth)),
        },
    )


# ---- lead time


def _delivery_lead_time(plan: _Plan) -> Indicator:
    network, legs, holds = plan.network, plan.legs, plan.holds
    lead_time = network.lanes["lead_time"]
    zeros = np.zeros(network.sites.num_rows)
    since_stock = passed_on(network, legs, holds, zeros, lead_time, 0.0)
    from_shelf = holds[network.lane_target]  # who holds stock takes from its own
    by_lane = np.where(from_shelf, 0.0, lead_time + since_stock[network.lane_source])
    days = np.concatenate([by_lane, zeros]) * plan.days
    units = np.concatenate([legs.delivered, legs.own])
    moved = units > 0
    total, weighted = float(units[moved].sum()), float((days * units)[moved].sum())
    return Indicator(
        key="delivery_lead_time",
        value=quotient(weighted, total),
        unit="days",
        source="plan",
        numerator=weighted,
        denominator=total,
        basis={"level": "unit", "from": "the last place with stock"} | plan.basis,
        note="" if total else "nothing is delivered",
        breakdown=percentiles(days[moved], units[moved]),
    )


# ---- cost


def _cost_per_unit(plan: _Plan) -> Indicator:
    parts = {name: cost for name, cost in _costs(plan).items() if cost is not None}
    total, units = sum(parts.values()), plan.legs.total_delivered
    return Indicator(
        key="cost_per_unit",
        value=quotient(total, units),
        unit="money/unit",
        source="plan",
        numerator=total,
        denominator=units,
        basis={"per": "unit delivered"} | plan.basis,
        note="" if units else "nothing is delivered",
        breakdown={name: quotient(cost, units) for name, cost in parts.items()},
    )


def _costs(plan: _Plan) -> dict[str, float | None]:
    """Return the cost of a period by kind; None for a part that was not planned."""
    network, flow, legs = plan.network, plan.flow, plan.legs
    by_lane = flow.flow - np.where(legs.in_rounds, legs.units, 0.0)
    used_lanes = by_lane > _SOME * np.maximum(1.0, flow.flow)
    through = flow.through
    fixed = network.sites["fixed_cost"][through > _SOME].sum()
    fixed += network.lanes["fixed_cost"][used_lanes].sum()
    routes = [route for solution in plan.rounds.values() for route in solution.routes]
    stock = plan.replenishment
    return {
        "transport": float((by_lane * flow.problem.unit_cost).sum()),
        "delivery": float(sum(route.cost for route in routes)) if plan.rounds else None,
        "handling": float((through * flow.problem.handling_cost).sum()),
        "fixed": float(fixed),
        "ordering": None if stock is None else float(np.nansum(stock.ordering_cost)),
        "holding": None if stock is None else float(np.nansum(stock.holding_cost)),
    }
