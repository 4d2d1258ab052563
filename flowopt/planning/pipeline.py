"""The front door: one call plans the whole network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.errors import EngineError, Failures, NoSolutionError, ValidationError
from flowopt.core.fingerprint import fingerprint
from flowopt.core.options import CancelToken, Options, Run
from flowopt.core.status import Limit
from flowopt.core.tables import Columns, column_names, read_table, refuse_dates
from flowopt.kpi import from_plan
from flowopt.kpi.indicator import check_targets
from flowopt.kpi.plan import check_days
from flowopt.planning import notes
from flowopt.planning.item_flow import item_flow
from flowopt.planning.rounds import Rounds, fleet_table, plan_rounds
from flowopt.planning.solution import Plan, Step
from flowopt.planning.stock import StockRules, knows_stock, replenish

if TYPE_CHECKING:
    from flowopt.flow import FlowSolution
    from flowopt.inventory import ReplenishmentSolution
    from flowopt.kpi import Indicators
    from flowopt.network import Network

DEFAULT_TIME_LIMIT = 10.0
_ENGINES = {"flow": "auto", "inventory": "auto", "routing": "auto"}


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
    time_limit: float | None = DEFAULT_TIME_LIMIT,
    seed: int = 0,
    workers: int | None = None,
    engines: Mapping[str, str] | None = None,
    recorded: Indicators | None = None,
    targets: Mapping[str, float] | None = None,
    cancel: CancelToken | None = None,
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
        Seconds for the rounds of all depots together; None leaves it to the engine.
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
    cancel
        A `flowopt.CancelToken`; cancelling it, or Ctrl-C, ends the rounds of all depots with the
        best found so far, and the plan is returned, its steps with the limit CANCELLED.

    Returns
    -------
    Plan
        Each part checked, and all of them together.

    Raises
    ------
    ValidationError
        When the input cannot be used; all faults are listed.
    NoSolutionError
        When it was cancelled before there was a flow to plan with.

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
    >>> result.flow.cost, len(result.rounds["store"].solution.routes)
    (110.0, 2)
    >>> print(result.notes[0])
    the stock of the items is not on record: today's orders fill empty shelves; give a table stock
    (site, commodity, on_hand)
    """
    rules = StockRules(policy, fill_rate, cycle_service_level, review_period)
    settings = vars(rules) | {
        "unmet_cost": unmet_cost,
        "delivery_mode": delivery_mode,
        "days_per_period": days_per_period,
        "time_limit": time_limit,
        "seed": seed,
        "engines": _ENGINES | dict(engines or {}),
    }
    failures = Failures()
    options = _check_settings(settings, failures, workers=workers, cancel=cancel)
    rules.check(failures)
    with failures.collecting():
        check_targets(targets or {})
    fleet = read_fleet(network, vehicle_types, delivery_mode, failures)
    failures.raise_if_any()

    with Run(options) as run:
        flow, stock, rounds = _solve(network, rules, fleet, settings, run)
    parts: dict[str, Any] = {"network": network, "flow": flow, "replenishment": stock}
    indicators = from_plan(
        **parts,
        rounds={name: part.solution for name, part in rounds.items()},
        rounds_mode=delivery_mode,
        days_per_period=days_per_period,
        targets=targets,
    )
    mode = None if vehicle_types is None else delivery_mode
    result = Plan(
        **parts,
        rounds=rounds,
        indicators=indicators,
        recorded=recorded,
        notes=_notes(network, flow, stock, rounds, mode),
        steps=_steps(flow, stock, rounds),
        settings=settings,
        fingerprint=fingerprint(network.fingerprint, fleet.arrays),
    )
    return _fitting(result)


def _fitting(result: Plan) -> Plan:
    """Return a plan whose parts fit together, or raise."""
    report = result.check()
    if not report.ok:
        raise EngineError(f"the parts of the plan do not fit together:\n{report}")
    return result


def _solve(
    network: Network, rules: StockRules, fleet: Columns, settings: Mapping[str, Any], run: Run
) -> tuple[FlowSolution, ReplenishmentSolution | None, dict[Any, Rounds]]:
    """Return the parts of the plan, each decided by those before it."""
    engines, same = settings["engines"], {"seed": run.seed, "cancel": run.cancel}
    flow = _allocate(network, settings["unmet_cost"], engine=engines["flow"], **same)
    items = item_flow(network, flow)
    stock = replenish(network, flow, items, rules, engine=engines["inventory"], **same)
    rounds = plan_rounds(
        network,
        items,
        fleet,
        mode=settings["delivery_mode"],
        time_limit=settings["time_limit"],
        run=run,
        engine=engines["routing"],
    )
    return flow, stock, rounds


def read_fleet(
    network: Network | None, vehicle_types: Any, delivery_mode: str, failures: Failures
) -> Columns:
    """Read the vehicle types, and check that their depots and customers can be found on a map.

    Parameters
    ----------
    network
        The network; None when it has faults of its own, so that nothing is held against it.
    vehicle_types
        The caller's frame; None for no vehicles.
    delivery_mode
        Mode whose speed and detour factor they have.
    failures
        Where faults are collected.
    """
    spec = fleet_table(column_names(vehicle_types))
    refs = {} if network is None else {"sites": network.sites["id"]}
    fleet = read_table(spec, vehicle_types, failures, refs)
    refuse_dates(fleet, ("tw_early", "tw_late", "max_duration"), failures)
    for end in ("start_depot", "end_depot"):
        place, home = fleet[end].astype(np.str_), fleet["depot"].astype(np.str_)
        for row in np.flatnonzero((place != "") & (place != home)):
            message, value = "is not the depot, and rounds end where they start", fleet[end][row]
            fix = "leave it empty, and name the depot in the column depot"
            failures.add(spec.name, end, int(row), value.item(), "unsupported", message, fix)
    if network is not None and vehicle_types is not None:
        _check_map(network, fleet, delivery_mode, failures)
    return fleet


def _check_map(network: Network, fleet: Columns, delivery_mode: str, failures: Failures) -> None:
    if delivery_mode not in network.modes["id"].tolist():
        fix = "use one of the network's modes, or add a row to modes"
        failures.add(
            "plan", "delivery_mode", None, delivery_mode, "unknown_id", "is not a mode", fix
        )
    sites = network.sites
    delivers = np.isin(np.arange(sites.num_rows), network.demand_site)
    delivers |= np.isin(sites["kind"], ("warehouse", "crossdock"))
    delivers |= np.isin(sites["id"].astype(np.str_), fleet["depot"].astype(np.str_))
    for row in np.flatnonzero(delivers & np.isnan(sites["lat"] + sites["lon"])):
        message, fix = "has no coordinates", "give lat and lon, or plan without vehicle_types"
        value = sites["id"][row].item()
        failures.add("sites", "lat", int(row), value, "missing", message, fix)


def _check_settings(settings: Mapping[str, Any], failures: Failures, **search: Any) -> Options:
    """Collect the settings that cannot be used; return those of the search."""
    options = Options()
    with failures.collecting():
        options = Options(time_limit=settings["time_limit"], seed=settings["seed"], **search)
    for name in set(settings["engines"]) - set(_ENGINES):
        fix = f"use {', '.join(_ENGINES)}"
        failures.add("plan", "engines", None, name, "unknown_part", "is no part of a plan", fix)
    price = settings["unmet_cost"]
    good = isinstance(price, (int, float, np.number)) and 0 <= price < np.inf
    if price is not None and not good:
        message, fix = "is no price", "give a number of 0 or more, or None"
        failures.add("plan", "unmet_cost", None, price, "out_of_range", message, fix)
    check_days(settings["days_per_period"], failures)
    return options


def _notes(
    network: Network,
    flow: FlowSolution,
    stock: ReplenishmentSolution | None,
    rounds: Mapping[Any, Rounds],
    driven: str | None,
) -> tuple[notes.Note, ...]:
    """Return what to know of each part; `driven` is the mode of the vehicles, if there are any."""
    known = [*notes.network_notes(network), *notes.flow_notes(network, flow)]
    if stock is not None:
        seen = knows_stock(network)
        known += notes.stock_notes(stock) if seen else [notes.unknown_stock(network)]
    known += notes.rounds_notes(rounds)
    if driven is not None:
        known += notes.without_vehicles(network, flow, set(rounds), driven)
    return tuple(known)


def _steps(
    flow: FlowSolution, stock: ReplenishmentSolution | None, rounds: Mapping[Any, Rounds]
) -> tuple[Step, ...]:
    parts: dict[str, Any] = {"flow": flow}
    if stock is not None:
        parts["inventory"] = stock
    parts |= {f"rounds {name}": part.solution for name, part in rounds.items()}
    return tuple(Step.of(name, solution) for name, solution in parts.items())


def _allocate(network: Network, unmet_cost: float | None, **options: Any) -> FlowSolution:
    from flowopt.flow import FlowProblem

    price = _unmet_price(network) if unmet_cost is None else unmet_cost
    solution = FlowProblem.from_network(network, unmet_cost=price).solve(**options)
    if solution.limit is Limit.CANCELLED:
        raise NoSolutionError("the plan was cancelled before it had a flow")
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
