"""What every problem and every engine promises: one suite over all of them."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import math
import multiprocessing
import operator
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pytest

import flowopt
from flowopt import (
    AssignmentProblem,
    CancelToken,
    DesignProblem,
    FlowOverTimeProblem,
    FlowProblem,
    InventoryRoutingProblem,
    Limit,
    LotSizingProblem,
    MaxFlowProblem,
    MultiCommodityProblem,
    Network,
    NoSolutionError,
    OrderProblem,
    Progress,
    RebalancingProblem,
    ReplenishmentProblem,
    RoutingProblem,
    SafetyStockProblem,
    SerialSystemProblem,
    ServiceMixProblem,
    ShortestPathProblem,
    Status,
    TransportationProblem,
    UnsupportedFeatureError,
    ValidationError,
)
from flowopt.core.engines import Engine, choose
from flowopt.core.problem import Problem
from flowopt.core.solution import Solution
from flowopt.core.tables import make_frame

Columns = dict[str, list[Any]]
SECONDS = 0.4
"""Time limit of engines that use all they are given."""


# ---- the problems, small, each from tables of a library


def flow_problem(backend: str) -> FlowProblem:
    sites: Columns = {
        "id": ["plant", "depot", "shop", "market"],
        "supply": [20.0, 0.0, 0.0, 0.0],
        "demand": [0.0, 0.0, 7.0, 4.5],
    }
    lanes: Columns = {
        "source": ["plant", "plant", "depot", "depot"],
        "target": ["depot", "shop", "shop", "market"],
        "capacity": [10.0, 5.0, 8.0, 8.0],
        "unit_cost": [1.5, 4.0, 1.0, 2.25],
    }
    return FlowProblem.from_frames(make_frame(sites, backend), make_frame(lanes, backend))


def over_time_problem(backend: str) -> FlowOverTimeProblem:
    sites: Columns = {"id": ["mill", "shop"], "kind": ["plant", "customer"], "supply": [9.0, 0.0]}
    lanes: Columns = {
        "source": ["mill"],
        "target": ["shop"],
        "distance": [80.0],
        "lead_time": [1.0],
        "unit_cost": [2.5],
    }
    demand: Columns = {"site": ["shop"], "demand": [8.0]}
    frames = (make_frame(table, backend) for table in (sites, lanes, demand))
    network = Network.from_frames(*frames)
    return FlowOverTimeProblem.from_network(network, 4, opening_stock=[0, 10], holding_cost=0.25)


def assignment_problem(backend: str) -> AssignmentProblem:
    pairs: Columns = {
        "agent": ["Ada", "Ada", "Bob", "Bob", "Cleo"],
        "task": ["pick", "pack", "pick", "load", "pack"],
        "cost": [3.0, 5.0, 4.0, 6.5, 2.0],
    }
    return AssignmentProblem.from_frames(make_frame(pairs, backend))


def max_flow_problem(backend: str) -> MaxFlowProblem:
    lanes: Columns = {
        "source": ["plant", "plant", "depot", "depot"],
        "target": ["depot", "shop", "shop", "market"],
        "capacity": [10.0, 5.0, 8.0, 8.0],
    }
    return MaxFlowProblem.from_frames(
        make_frame(lanes, backend), sources="plant", sinks=["shop", "market"]
    )


def shortest_path_problem(backend: str) -> ShortestPathProblem:
    lanes: Columns = {
        "source": ["plant", "plant", "depot", "depot"],
        "target": ["depot", "shop", "shop", "market"],
        "unit_cost": [1.5, 4.0, 1.0, 2.25],
    }
    return ShortestPathProblem.from_frames(make_frame(lanes, backend), origins=["plant", "depot"])


def transportation_problem(backend: str) -> TransportationProblem:
    origins: Columns = {"id": ["mill", "farm"], "supply": [30.0, 50.0]}
    destinations: Columns = {"id": ["shop", "market", "fair"], "demand": [20.0, 25.0, 30.0]}
    pairs: Columns = {
        "origin": ["mill", "mill", "farm", "farm", "farm"],
        "destination": ["market", "fair", "shop", "market", "fair"],
        "unit_cost": [6.0, 10.0, 9.0, 12.0, 13.5],
    }
    frames = (make_frame(table, backend) for table in (origins, destinations, pairs))
    return TransportationProblem.from_frames(*frames)


def design_problem(backend: str) -> DesignProblem:
    sites: Columns = {
        "id": ["north", "south", "shop", "market", "kiosk"],
        "fixed_cost": [30.0, 22.0, 0.0, 0.0, 0.0],
        "capacity": [12.0, 9.0, math.inf, math.inf, math.inf],
    }
    lanes: Columns = {
        "source": ["north", "north", "north", "south", "south", "south"],
        "target": ["shop", "market", "kiosk", "shop", "market", "kiosk"],
        "unit_cost": [1.0, 2.0, 4.0, 3.0, 1.5, 1.0],
        "fixed_cost": [0.0, 0.0, 3.0, 0.0, 2.0, 0.0],
    }
    demand: Columns = {"site": ["shop", "market", "kiosk"], "demand": [6.0, 4.5, 3.0]}
    frames = (make_frame(table, backend) for table in (sites, lanes, demand))
    return DesignProblem.from_frames(*frames)


def multi_commodity_problem(backend: str) -> MultiCommodityProblem:
    sites: Columns = {"id": ["farm", "mill", "hub", "port"]}
    lanes: Columns = {
        "source": ["farm", "mill", "hub", "farm"],
        "target": ["hub", "hub", "port", "port"],
        "mode": ["road", "road", "rail", "river"],
        "unit_cost": [1.0, 2.0, 3.0, 7.0],
        "capacity": [9.0, 9.0, 6.0, 20.0],
    }
    commodities: Columns = {
        "id": ["grain", "steel"],
        "origin": ["farm", "mill"],
        "destination": ["port", "port"],
        "quantity": [5.0, 2.0],
        "size": [1.0, 2.0],
    }
    frames = (make_frame(table, backend) for table in (sites, lanes, commodities))
    return MultiCommodityProblem.from_frames(*frames)


def routing_problem(backend: str) -> RoutingProblem:
    clients: Columns = {
        "id": ["Ada", "Bob", "Cleo", "Dan", "Eve", "Finn"],
        "x": [1.0, 5.0, 4.0, -3.0, -6.0, 0.0],
        "y": [7.0, 2.0, -1.0, -4.0, 1.0, -8.0],
        "demand": [3.0, 4.0, 2.0, 5.0, 1.0, 6.0],
        "service_duration": [5.0] * 6,
        "tw_early": [0.0, 10.0, 0.0, 0.0, 30.0, 0.0],
        "tw_late": [60.0, 90.0, 90.0, 80.0, 90.0, 70.0],
    }
    vehicle_types: Columns = {"id": ["van"], "num_available": [3], "capacity": [10.0]}
    depots: Columns = {"id": ["depot"], "x": [0.0], "y": [0.0], "tw_late": [200.0]}
    frames = (make_frame(table, backend) for table in (clients, vehicle_types, depots))
    return RoutingProblem.from_frames(*frames, metric="euclidean")


def lot_sizing_problem(backend: str) -> LotSizingProblem:
    items: Columns = {
        "item": ["bike", "wheel"],
        "resource": ["line", ""],
        "fixed_cost": [60.0, 45.0],
        "holding_cost": [4.0, 1.0],
        "setup_time": [3.0, 0.0],
        "initial_stock": [2.0, 8.0],
    }
    demand: Columns = {
        "item": ["bike", "bike", "bike", "wheel"],
        "period": [1, 2, 3, 3],
        "demand": [12.0, 20.0, 9.5, 4.0],
    }
    capacity: Columns = {"resource": ["line"], "capacity": [24.0]}
    components: Columns = {"item": ["bike"], "component": ["wheel"], "quantity": [2.0]}
    frames = (make_frame(table, backend) for table in (items, demand, capacity))
    return LotSizingProblem.from_frames(*frames, components=make_frame(components, backend))


def replenishment_problem(backend: str) -> ReplenishmentProblem:
    items: Columns = {
        "item": ["bolt", "pump", "gear"],
        "demand_mean": [100.0, 0.4, 12.0],
        "demand_sd": [20.0, 0.9, 5.0],
        "lead_time": [4.0, 6.0, 2.0],
        "fill_rate": [0.98, 0.95, 0.9],
        "on_hand": [310.0, 2.0, 0.0],
        "holding_cost": [0.1, 2.0, 0.5],
        "fixed_cost": [10.0, 5.0, 8.0],
    }
    return ReplenishmentProblem.from_frames(make_frame(items, backend))


def serial_problem(backend: str) -> SerialSystemProblem:
    systems: Columns = {
        "system": ["tea", "salt"],
        "demand_mean": [5.0, 0.8],
        "demand_sd": [2.0, 1.1],
        "stockout_cost": [30.0, 12.0],
    }
    stages: Columns = {
        "system": ["tea", "tea", "salt", "salt"],
        "stage": ["hub", "shop", "hub", "shop"],
        "holding_cost": [1.0, 2.5, 0.5, 1.0],
        "lead_time": [2.0, 1.0, 3.0, 0.0],
    }
    return SerialSystemProblem.from_frames(
        make_frame(systems, backend), make_frame(stages, backend)
    )


def safety_stock_problem(backend: str) -> SafetyStockProblem:
    stages: Columns = {
        "stage": ["part", "case", "press", "east", "west"],
        "stage_time": [5.0, 3.0, 8.0, 2.0, 4.5],
        "added_cost": [24.0, 8.0, 36.0, 1.0, 2.0],
        "demand_mean": [0.0, 0.0, 0.0, 5.0, 9.0],
        "demand_sd": [0.0, 0.0, 0.0, 3.0, 4.0],
        "safety_factor": [0.0, 0.0, 0.0, 1.645, 1.645],
    }
    links: Columns = {
        "source": ["part", "case", "press", "press"],
        "target": ["press", "press", "east", "west"],
    }
    frames = (make_frame(table, backend) for table in (stages, links))
    return SafetyStockProblem.from_frames(*frames, holding_rate=0.35)


def order_problem(backend: str) -> OrderProblem:
    items: Columns = {
        "item": ["bolt", "pump", "belt"],
        "demand_mean": [100.0, 2.0, 8.0],
        "demand_sd": [20.0, 2.0, 4.0],
        "lead_time": [2.0, 4.0, 1.0],
        "holding_cost": [0.01, 0.8, 0.15],
        "stockout_cost": [0.2, 9.0, 2.0],
        "unit_cost": [1.0, 80.0, 15.0],
        "min_order_quantity": [100.0, 0.0, 10.0],
        "pack_size": [50.0, 1.0, 5.0],
    }
    limits: Columns = {"limit": ["budget"], "capacity": [1000.0]}
    return OrderProblem.from_frames(make_frame(items, backend), make_frame(limits, backend))


def rebalancing_problem(backend: str) -> RebalancingProblem:
    stock: Columns = {
        "item": ["tea", "tea", "tea", "salt", "salt"],
        "site": ["hub", "shop", "kiosk", "hub", "shop"],
        "on_hand": [40.0, 3.0, 1.0, 12.0, 0.0],
        "target": [15.0, 12.0, 8.0, 5.0, 9.0],
        "shortage_cost": [4.0, 6.0, 6.5, 3.0, 3.0],
        "surplus_cost": [0.1, 0.1, 0.1, 0.0, 0.0],
        "pack_size": [4.0, 4.0, 4.0, 1.0, 1.0],
    }
    lanes: Columns = {
        "source": ["hub", "hub", "shop"],
        "target": ["shop", "kiosk", "kiosk"],
        "unit_cost": [1.0, 2.25, 0.5],
    }
    frames = (make_frame(table, backend) for table in (stock, lanes))
    return RebalancingProblem.from_frames(*frames)


def inventory_routing_problem(backend: str) -> InventoryRoutingProblem:
    customers: Columns = {
        "id": ["Ada", "Bob", "Cleo"],
        "x": [3.0, 5.0, -4.0],
        "y": [4.0, 0.0, 1.0],
        "initial_stock": [4.0, 9.0, 6.0],
        "max_stock": [12.0, 20.0, 18.0],
        "demand": [4.0, 5.0, 2.5],
        "holding_cost": [0.1, 0.02, 0.03],
    }
    depot: Columns = {"x": [0.0], "y": [0.0], "initial_stock": [20.0], "supply": [10.0]}
    vehicles: Columns = {"num_available": [2], "capacity": [15.0]}
    frames = (make_frame(table, backend) for table in (customers, depot, vehicles))
    return InventoryRoutingProblem.from_frames(*frames, periods=4)


def service_mix_problem(backend: str) -> ServiceMixProblem:
    items: Columns = {
        "item": ["bolt", "pump", "engine"],
        "class": ["a", "b", "b"],
        "demand_mean": [40.0, 4.0, 0.5],
        "demand_sd": [20.0, 4.0, 1.0],
        "lead_time": [2.0, 4.0, 8.0],
        "unit_cost": [1.0, 40.0, 900.0],
    }
    classes: Columns = {"class": ["b"], "fill_rate": [0.8]}
    frames = (make_frame(table, backend) for table in (items, classes))
    return ServiceMixProblem.from_frames(*frames, fill_rate=0.95)


MAKERS: dict[str, Callable[[str], Any]] = {
    "flow": flow_problem,
    "flow.design": design_problem,
    "flow.multicommodity": multi_commodity_problem,
    "flow.named.assignment": assignment_problem,
    "flow.named.max_flow": max_flow_problem,
    "flow.named.shortest_path": shortest_path_problem,
    "flow.named.transportation": transportation_problem,
    "flow.over_time": over_time_problem,
    "inventory.echelon.serial": serial_problem,
    "inventory.ordering": order_problem,
    "inventory.lot_sizing": lot_sizing_problem,
    "inventory.replenishment": replenishment_problem,
    "inventory.safety_stock": safety_stock_problem,
    "planning.inventory_routing": inventory_routing_problem,
    "planning.rebalancing": rebalancing_problem,
    "inventory.service_mix": service_mix_problem,
    "routing": routing_problem,
}


def engines_of(room: str) -> tuple[Engine, ...]:
    engines: tuple[Engine, ...] = importlib.import_module(f"flowopt.{room}.solve").ENGINES
    return engines


CASES = [(room, engine.name) for room in MAKERS for engine in engines_of(room)]
every_engine = pytest.mark.parametrize(("room", "engine"), CASES, ids=lambda part: part)
every_problem = pytest.mark.parametrize("room", MAKERS)


def solved(room: str, engine: str, backend: str = "pandas", **options: Any) -> Solution[Any]:
    solution: Solution[Any] = MAKERS[room](backend).solve(
        engine=engine, **({"time_limit": SECONDS} | options)
    )
    return solution


@pytest.fixture(scope="module")
def answers() -> Callable[[str, str], Solution[Any]]:
    """Each engine's answer, found once and looked at by many tests."""
    known: dict[tuple[str, str], Solution[Any]] = {}

    def _answer(room: str, engine: str) -> Solution[Any]:
        if (room, engine) not in known:
            known[room, engine] = solved(room, engine, seed=5, workers=1)
        return known[room, engine]

    return _answer


Answers = Callable[[str, str], Solution[Any]]


def tiny(cost: float) -> float:
    """Return what is rounding of a cost, which may be below 0."""
    return 1e-9 * abs(cost)


# ---- the suite is complete


def subclasses(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def test_no_problem_is_left_out() -> None:
    public = {name for name in flowopt.__all__ if name.endswith("Problem")}
    for name in public:
        getattr(flowopt, name)  # which imports its room
    ours = {kind for kind in subclasses(Problem) if kind.__module__.startswith("flowopt.")}
    kinds = {kind for kind in ours if Problem in kind.__bases__}  # others are such problems, too
    tested = {type(make("pandas")) for make in MAKERS.values()}
    assert kinds == tested
    assert {kind.__name__ for kind in kinds} == public


@every_problem
def test_every_engine_can_be_named_once(room: str) -> None:
    names = [engine.name for engine in engines_of(room)]
    assert len(set(names)) == len(names) >= 1
    assert "auto" not in names


# ---- one `solve`


@every_problem
def test_solve_has_the_same_keywords_everywhere(room: str) -> None:
    kind = type(MAKERS[room]("pandas"))
    assert inspect.signature(kind.solve) == inspect.signature(Problem.solve)


@every_problem
def test_auto_chooses_an_engine_that_supports_the_problem_and_records_it(room: str) -> None:
    problem = MAKERS[room]("pandas")
    solution = problem.solve(time_limit=SECONDS)
    chosen = next(engine for engine in engines_of(room) if engine.name == solution.engine)
    assert problem.features <= chosen.features


@every_engine
def test_the_answer_holds_and_carries_its_problem(room: str, engine: str, answers: Answers) -> None:
    solution = answers(room, engine)
    assert solution.status in (Status.OPTIMAL, Status.FEASIBLE)
    assert solution.check().ok, str(solution.check())
    assert type(solution.problem) is type(MAKERS[room]("pandas"))


@every_engine
def test_the_headline_has_the_same_fields_everywhere(
    room: str, engine: str, answers: Answers
) -> None:
    solution = answers(room, engine)
    assert math.isfinite(solution.cost)
    assert solution.limit is None or isinstance(solution.limit, Limit)
    assert (solution.bound is None) == (solution.gap is None)
    if solution.bound is not None:
        assert solution.bound <= solution.cost + tiny(solution.cost)
    if solution.status is Status.OPTIMAL and solution.gap is not None:
        assert solution.gap == pytest.approx(0, abs=1e-6)
    assert solution.runtime > 0
    assert solution.engine == engine
    assert solution.seed == 5


@every_problem
def test_engines_that_prove_optimality_agree(room: str, answers: Answers) -> None:
    every = [answers(room, engine.name) for engine in engines_of(room)]
    optima = [answer.cost for answer in every if answer.status is Status.OPTIMAL]
    for answer in every:
        if optima:
            assert answer.cost >= min(optima) - tiny(min(optima))
    assert optima == pytest.approx([min(optima)] * len(optima) if optima else [])


@every_engine
def test_options_that_cannot_be_used_are_listed_at_once(room: str, engine: str) -> None:
    with pytest.raises(ValidationError) as caught:
        solved(
            room,
            engine,
            time_limit=-1,
            iteration_limit=0,
            seed=1.5,
            workers=0,
            on_progress="loud",
        )
    columns = {failure.column for failure in caught.value.failures}
    assert columns == {"time_limit", "iteration_limit", "seed", "workers", "on_progress"}
    assert all(failure.table == "solve" and failure.fix for failure in caught.value.failures)


@every_problem
@pytest.mark.parametrize(
    "options",
    [
        {"time_limit": math.nan},
        {"time_limit": math.inf},
        {"time_limit": "1"},
        {"time_limit": True},
        {"seed": -1},
        {"seed": None},
        {"seed": 2**63},
        {"workers": 1.0},
        {"engine": 3},
    ],
    ids=str,
)
def test_an_option_that_cannot_be_used_is_named(room: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        MAKERS[room]("pandas").solve(**options)
    assert [failure.column for failure in caught.value.failures] == list(options)


@every_problem
def test_an_engine_that_does_not_exist_is_refused_with_the_names_that_do(room: str) -> None:
    with pytest.raises(ValidationError) as caught:
        MAKERS[room]("pandas").solve(engine="warp")
    failure = caught.value.failures[0]
    assert (failure.column, failure.code) == ("engine", "unknown_engine")
    assert all(engine.name in failure.fix for engine in engines_of(room))


@every_engine
def test_a_feature_that_an_engine_lacks_is_named_before_it_starts(room: str, engine: str) -> None:
    with pytest.raises(UnsupportedFeatureError, match=f"{engine}.*levitation"):
        choose(engines_of(room), frozenset({"levitation"}), engine)


# ---- time, cancel, progress, seeds


@every_engine
def test_a_search_cancelled_before_it_starts_ends_at_once(room: str, engine: str) -> None:
    token = CancelToken()
    token.cancel()
    solution = solved(room, engine, time_limit=60, cancel=token)
    assert solution.limit is Limit.CANCELLED or solution.status is Status.OPTIMAL
    assert solution.runtime < 30
    if solution.status.has_solution:
        assert solution.check().ok


@every_engine
def test_a_time_limit_that_ends_at_once_is_no_error(room: str, engine: str) -> None:
    solution = solved(room, engine, time_limit=1e-9)
    assert solution.status is not Status.INFEASIBLE
    assert solution.limit is Limit.TIME or solution.status is Status.OPTIMAL
    if solution.status.has_solution:
        assert solution.check().ok


@every_engine
def test_progress_is_told_at_least_once(room: str, engine: str) -> None:
    told: list[Progress] = []
    solution = solved(room, engine, on_progress=told.append)
    assert told
    elapsed = [progress.elapsed for progress in told]
    assert elapsed == sorted(elapsed)
    assert all(progress.iterations >= 0 for progress in told)
    costs = [progress.cost for progress in told if progress.cost is not None]
    assert costs == sorted(costs, reverse=True)
    assert all(cost >= solution.cost - tiny(solution.cost) for cost in costs)


@every_engine
def test_an_error_of_the_callers_callback_comes_out(room: str, engine: str) -> None:
    def broken(progress: Progress) -> None:
        raise LookupError("of the caller")

    with pytest.raises(LookupError, match="of the caller"):
        solved(room, engine, time_limit=30, on_progress=broken)


@every_engine
def test_the_same_seed_iterations_and_workers_give_the_same_answer(room: str, engine: str) -> None:
    options = {"time_limit": None, "iteration_limit": 20, "seed": 11, "workers": 1}
    one, other = (solved(room, engine, **options).to_dict() for _ in range(2))
    assert one["tables"] == other["tables"]
    assert one["cost"] == other["cost"]
    assert one["seed"] == 11


@every_engine
def test_an_answer_can_be_the_start_of_another_search(
    room: str, engine: str, answers: Answers
) -> None:
    first = answers(room, engine)
    again = solved(room, engine, initial=first)
    assert again.check().ok
    assert again.cost <= first.cost + tiny(first.cost)


@every_engine
def test_a_thread_may_solve(room: str, engine: str, answers: Answers) -> None:
    found: list[Solution[Any]] = []
    threads = [
        threading.Thread(target=lambda: found.append(solved(room, engine, workers=1)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert all(solution.check().ok for solution in found)


@pytest.mark.slow
@every_problem
def test_a_spawned_process_may_solve(room: str) -> None:
    problem = MAKERS[room]("pandas")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        solve = operator.methodcaller("solve", time_limit=SECONDS, workers=1)
        solution = pool.submit(solve, problem).result()
    assert solution.check().ok
    assert solution.problem.fingerprint == problem.fingerprint


# ---- what goes in stays as it was


@every_engine
def test_solving_does_not_change_the_problem(room: str, engine: str) -> None:
    problem = MAKERS[room]("pandas")
    before = problem.fingerprint
    solution = problem.solve(engine=engine, time_limit=SECONDS)
    assert problem.fingerprint == before
    assert solution.problem is problem


@every_problem
def test_a_problem_is_frozen_and_can_be_copied_with_changes(room: str) -> None:
    problem = MAKERS[room]("pandas")
    name = dataclasses.fields(problem)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(problem, name, None)
    copy = problem.replace()
    assert copy is not problem
    assert copy.fingerprint == problem.fingerprint


@every_problem
def test_a_problem_of_another_library_is_the_same_problem(room: str) -> None:
    costs = {
        backend: MAKERS[room](backend).solve(iteration_limit=20, workers=1).cost
        for backend in ("pandas", "polars", "pyarrow")
    }
    assert len(set(costs.values())) == 1, costs


@every_problem
def test_a_problem_goes_through_pickle(room: str) -> None:
    problem = MAKERS[room]("polars")
    assert pickle.loads(pickle.dumps(problem)).fingerprint == problem.fingerprint


# ---- what comes out


@every_engine
@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_tables_come_out_in_the_library_of_the_input(room: str, engine: str, backend: str) -> None:
    solution = solved(room, engine, backend, iteration_limit=20)
    names = list(solution.tables())
    assert names
    for name in names:
        frame = solution.to_frame(name)
        assert type(frame).__module__.partition(".")[0] == backend
        columns = frame.column_names if backend == "pyarrow" else list(frame.columns)
        assert columns == list(solution.tables()[name])
    assert type(solution.to_frame()) is type(solution.to_frame(names[0]))


@every_engine
def test_a_table_that_does_not_exist_is_refused_with_the_names_that_do(
    room: str, engine: str, answers: Answers
) -> None:
    solution = answers(room, engine)
    with pytest.raises(KeyError, match=next(iter(solution.tables()))):
        solution.to_frame("nonsense")


@every_engine
def test_columns_of_a_table_have_one_length(room: str, engine: str, answers: Answers) -> None:
    for name, columns in answers(room, engine).tables().items():
        assert len({len(np.asarray(values)) for values in columns.values()}) == 1, name


@every_engine
def test_the_dict_is_strict_json(room: str, engine: str, answers: Answers) -> None:
    solution = answers(room, engine)
    content = json.loads(json.dumps(solution.to_dict(), allow_nan=False))
    assert content["status"] == solution.status
    assert content["cost"] == solution.cost
    assert list(content["tables"]) == list(solution.tables())


@every_engine
def test_a_notebook_and_a_console_show_the_headline(
    room: str, engine: str, answers: Answers
) -> None:
    solution = answers(room, engine)
    name = type(solution).__name__
    html = solution._repr_html_()
    assert html.startswith("<table>")
    assert html.endswith("</table>")
    for text in (html, repr(solution)):
        assert name in text
        assert solution.status in text
        assert engine in text
    assert solution.summary()["cost"] == solution.cost


@every_engine
def test_a_solution_goes_through_pickle(room: str, engine: str, answers: Answers) -> None:
    solution = answers(room, engine)
    copy = pickle.loads(pickle.dumps(solution))
    assert copy.to_dict() == solution.to_dict()
    assert copy.check().ok
    assert copy.problem.fingerprint == solution.problem.fingerprint


@every_engine
def test_without_a_solution_there_is_nothing_to_read(
    room: str, engine: str, answers: Answers
) -> None:
    solution = answers(room, engine)
    outcome = dataclasses.replace(
        solution.outcome, status=Status.NO_SOLUTION_FOUND, cost=None, bound=None
    )
    empty = dataclasses.replace(solution, outcome=outcome)
    with pytest.raises(NoSolutionError, match="NO_SOLUTION_FOUND"):
        empty.cost
    try:
        table = next(iter(empty.tables().values()))
        assert "status" in table  # each row says for itself whether there is an answer
    except NoSolutionError:
        with pytest.raises(NoSolutionError, match="NO_SOLUTION_FOUND"):
            empty.to_frame()
    assert empty.gap is None
    content = json.loads(json.dumps(empty.to_dict(), allow_nan=False))
    assert (content["cost"], content["tables"]) == (None, {})
    assert "NO_SOLUTION_FOUND" in repr(empty)
    assert "NO_SOLUTION_FOUND" in empty._repr_html_()


@every_engine
def test_a_check_that_fails_names_what_is_wrong(room: str, engine: str, answers: Answers) -> None:
    solution = answers(room, engine)
    wrong = dataclasses.replace(solution.outcome, cost=solution.cost + 1)
    report = dataclasses.replace(solution, outcome=wrong).check()
    assert not report.ok
    assert "cost" in {violation.constraint for violation in report}
