"""The front door: one call plans the whole network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.errors import EngineError, Failures, ValidationError
from flowopt.core.fingerprint import fingerprint
from flowopt.core.options import Options, available_cores
from flowopt.core.tables import Columns, read_table
from flowopt.kpi import from_plan
from flowopt.planning import notes
from flowopt.planning.item_flow import item_flow
from flowopt.planning.rounds import fleet_table, plan_rounds
from flowopt.planning.solution import Plan, Step
from flowopt.planning.stock import StockRules, replenish

if TYPE_CHECKING:
    from flowopt.flow import FlowSolution
    from flowopt.kpi import Indicators
    from flowopt.network import Network

DEFAULT_TIME_LIMIT = 20.0


def plan(
    network: Network,
    *,
    vehicle_types: Any = None,
    policy: str = "RS",
    fill_rate: float | None = 0.98,
    cycle_service_level: float | None = None,
    review_period: float = 1.0,
    unmet_cost: float | None = None,
    delivery_mode: str = "road",
    days_per_period: float = 1.0,
    time_limit: float = DEFAULT_TIME_LIMIT,
    seed: int = 0,
    workers: int | None = None,
    engines: Mapping[str, str] | None = None,
    recorded: Indicators | None = None,
    targets: Mapping[str, float] | None = None,
) -> Plan:
    """Plan a network: who serves whom, what to hold and to order, which rounds to drive.

    The allocation is the cheapest flow over the lanes. Stock is planned at each warehouse for the
    flow through it, item by item. Each site with vehicles then delivers to its customers what they
    want in one period. Fixed costs of sites and lanes are counted in the cost, not decided on.

    Parameters
    ----------
    network
        The network, with its demand.
    vehicle_types
        Frame of the vehicles, with the columns of `flowopt.routing.spec.VEHICLE_TYPES`; `depot` is
        the site that they belong to, blank for each warehouse, and `capacity` is in kg, with
        `capacity_volume` in m³ where volume matters. None: no rounds are planned.
    policy
        ``"RS"``: periodic review, order-up-to level; ``"rQ"``: continuous review.
    fill_rate
        Share of units that the warehouses serve from the shelf, above 0 and below 1.
    cycle_service_level
        Instead of `fill_rate`: the probability of no stock-out in a cycle.
    review_period
        Periods between two reviews.
    unmet_cost
        Price of a unit that is not delivered; None takes one above every way through the network,
        so that demand stays unmet only where it cannot be met.
    delivery_mode
        Mode whose speed and detour factor the vehicles have.
    days_per_period
        Length of a period in days; indicators are in days.
    time_limit
        Seconds for the rounds of all depots together.
    seed
        Seed of the random choices.
    workers
        How many depots are routed at once; None takes all cores.
    engines
        Part (``"flow"``, ``"inventory"``, ``"routing"``) → name of its engine.
    recorded
        Indicators from records of operations, to stand beside the planned ones.
    targets
        Key of an indicator → what it should be.

    Returns
    -------
    Plan
        Each part checked, and all of them together.

    Raises
    ------
    ValidationError
        When the input cannot be used; all faults are listed.

    Examples
    --------
    >>> import flowopt as fo
    >>> network = fo.Network.from_frames(
    ...     sites={"id": ["mill", "store", "Ada", "Bob"],
    ...            "kind": ["plant", "warehouse", "customer", "customer"],
    ...            "lat": [48.0, 48.0, 48.1, 48.0], "lon": [2.0, 2.5, 2.5, 2.6],
    ...            "supply": [100, 0, 0, 0]},
    ...     lanes={"source": ["mill", "store", "store"], "target": ["store", "Ada", "Bob"],
    ...            "unit_cost": [1.0, 2.0, 3.0]},
    ...     demand={"site": ["Ada", "Bob"], "demand": [10, 20], "demand_sd": [2, 3]},
    ... )
    >>> vans = {"id": ["van"], "num_available": [2], "capacity": [25]}
    >>> result = fo.plan(network, vehicle_types=vans, time_limit=1, workers=1)
    >>> result.flow.cost, len(result.rounds["store"].solution.routes), len(result.notes)
    (110.0, 2, 0)
    """
    options = Options(time_limit=time_limit, seed=seed, workers=workers)
    choice = _engines(engines or {})
    fleet = read_fleet(network, vehicle_types, delivery_mode)
    rules = StockRules(policy, fill_rate, cycle_service_level, review_period)

    flow = _allocate(network, unmet_cost, seed=seed, engine=choice["flow"])
    items = item_flow(network, flow)
    stock = replenish(network, flow, items, rules, seed=seed, engine=choice["inventory"])
    rounds = plan_rounds(
        network,
        items,
        fleet,
        mode=delivery_mode,
        time_limit=time_limit,
        workers=options.workers or available_cores(),
        seed=seed,
        engine=choice["routing"],
    )
    known = [*notes.network_notes(network), *notes.flow_notes(network, flow)]
    if stock is not None and network.given["stock"] is not None:
        known += notes.stock_notes(stock)
    known += notes.rounds_notes(rounds)
    if vehicle_types is not None:
        known += notes.without_vehicles(
            network, flow, {str(name) for name in rounds}, delivery_mode
        )
    steps = [Step.of("flow", flow)]
    steps += [Step.of("inventory", stock)] if stock is not None else []
    steps += [Step.of(f"rounds {name}", part.solution) for name, part in rounds.items()]
    result = Plan(
        network=network,
        flow=flow,
        replenishment=stock,
        rounds=rounds,
        indicators=from_plan(
            network=network,
            flow=flow,
            replenishment=stock,
            rounds={name: part.solution for name, part in rounds.items()},
            rounds_mode=delivery_mode,
            days_per_period=days_per_period,
            targets=targets,
        ),
        recorded=recorded,
        notes=tuple(known),
        steps=tuple(steps),
        settings=_settings(rules, unmet_cost, delivery_mode, time_limit, seed, choice),
        fingerprint=fingerprint(network.fingerprint, fleet.arrays),
    )
    report = result.check()
    if not report.ok:
        raise EngineError(f"the parts of the plan do not fit together:\n{report}")
    return result


def read_fleet(network: Network, vehicle_types: Any, delivery_mode: str) -> Columns:
    """Read the vehicle types, and check that their depots and customers can be found on a map.

    Parameters
    ----------
    network
        The network.
    vehicle_types
        The caller's frame; None for no vehicles.
    delivery_mode
        Mode whose speed and detour factor they have.

    Raises
    ------
    ValidationError
        When they cannot be used, with all the faults.
    """
    failures = Failures()
    names = getattr(vehicle_types, "columns", None)
    columns = list(vehicle_types or ()) if names is None else [str(name) for name in names]
    ids = network.sites["id"]
    fleet = read_table(fleet_table(columns), vehicle_types, failures, {"depots": ids})
    if vehicle_types is not None:
        _check_map(network, delivery_mode, failures)
    failures.raise_if_any()
    return fleet


def _check_map(network: Network, delivery_mode: str, failures: Failures) -> None:
    if delivery_mode not in network.modes["id"].tolist():
        fix = "use one of the network's modes, or add a row to modes"
        failures.add(
            "plan", "delivery_mode", None, delivery_mode, "unknown_id", "is not a mode", fix
        )
    sites = network.sites
    delivers = np.isin(np.arange(sites.num_rows), network.demand_site)
    delivers |= np.isin(sites["kind"], ("warehouse", "crossdock"))
    for row in np.flatnonzero(delivers & np.isnan(sites["lat"] + sites["lon"])):
        message, fix = "has no coordinates", "give lat and lon, or plan without vehicle_types"
        value = sites["id"][row].item()
        failures.add("sites", "lat", int(row), value, "missing", message, fix)


def _engines(wishes: Mapping[str, str]) -> dict[str, str]:
    """Return the engine of each part."""
    choice = {"flow": "auto", "inventory": "auto", "routing": "auto"}
    failures = Failures()
    for name in sorted(set(wishes) - set(choice)):
        fix = f"use {', '.join(choice)}"
        failures.add("plan", "engines", None, name, "unknown_part", "is no part of a plan", fix)
    failures.raise_if_any()
    return choice | dict(wishes)


def _allocate(network: Network, unmet_cost: float | None, **options: Any) -> FlowSolution:
    from flowopt.flow import FlowProblem

    price = _unmet_price(network) if unmet_cost is None else unmet_cost
    solution = FlowProblem.from_network(network, unmet_cost=price).solve(**options)
    if not solution.status.has_solution:  # only a lower bound on a lane can make it so
        failures = Failures()
        message = f"leaves no flow that is possible: {solution.explanation}"
        failures.add(
            "lanes", "min_flow", None, None, "infeasible", message, "lower the minimum flows"
        )
        raise ValidationError(failures)
    return solution


def _unmet_price(network: Network) -> float:
    """Return a price above the cost of any way through the network without a loop."""
    dearest = np.zeros(network.sites.num_rows)
    np.maximum.at(dearest, network.lane_source, np.maximum(network.lanes["unit_cost"], 0.0))
    return float(1.0 + np.ceil((dearest + network.sites["handling_cost"]).sum()))


def _settings(
    rules: StockRules,
    unmet_cost: float | None,
    delivery_mode: str,
    time_limit: float,
    seed: int,
    engines: Mapping[str, str],
) -> dict[str, Any]:
    return vars(rules) | {
        "unmet_cost": unmet_cost,
        "delivery_mode": delivery_mode,
        "time_limit": time_limit,
        "seed": seed,
        "engines": dict(engines),
    }
