"""Random small networks: both engines against a linear program written down directly."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult

from flowopt.core import Status, ValidationError
from flowopt.flow import FlowProblem, FlowSolution
from flowopt.flow.solve import ENGINES

# whole numbers, decimals and numbers that no decimal scale makes whole
AMOUNTS = st.sampled_from([0.0, 0.1, 1 / 3, 0.75, 1.0, 2.0, np.pi, 4.25, 7.0, 10.0, 1234.56])
COSTS = st.one_of(AMOUNTS, st.floats(-5, 20, allow_nan=False))
STATUS = {0: Status.OPTIMAL, 2: Status.INFEASIBLE, 3: Status.UNBOUNDED}

DirectProgram = Callable[[FlowProblem], OptimizeResult]


@st.composite
def problems(draw: Any) -> FlowProblem:
    num_sites = draw(st.integers(1, 6))
    site = st.integers(0, num_sites - 1)
    ends = draw(
        st.lists(st.tuples(site, site).filter(lambda lane: lane[0] != lane[1]), max_size=12)
    )

    def column(values: Any, length: int) -> list[float]:
        return list(draw(st.lists(values, min_size=length, max_size=length)))

    lanes, no_limit = len(ends), st.just(np.inf)
    capacity = column(st.one_of(AMOUNTS, no_limit), lanes)
    either = np.array(column(st.sampled_from([False, False, True]), lanes), dtype=bool)
    unit_cost = np.array(column(COSTS, lanes))
    supply = np.array(column(st.one_of(AMOUNTS, no_limit), num_sites))
    unused = np.array(column(st.sampled_from([0.0, 0.0, 0.3, 5.0, np.inf]), num_sites))
    return FlowProblem.from_arrays(
        np.array([lane[0] for lane in ends], dtype=int),
        np.array([lane[1] for lane in ends], dtype=int),
        capacity=capacity,
        unit_cost=np.where(either, np.abs(unit_cost), unit_cost),
        min_flow=np.minimum(column(st.one_of(st.just(0.0), AMOUNTS), lanes), capacity)
        * np.where(either, 0.0, 0.5),
        undirected=either,
        supply=supply,
        unused_cost=np.where(np.isinf(supply), 0.0, unused),
        demand=column(st.one_of(st.just(0.0), AMOUNTS), num_sites),
        site_capacity=column(st.one_of(no_limit, AMOUNTS), num_sites),
        handling_cost=column(st.one_of(st.just(0.0), AMOUNTS), num_sites),
        unmet_cost=column(st.one_of(no_limit, AMOUNTS), num_sites),
        num_sites=num_sites,
    )


# ---- cases: networks of any scale, and what can be wrong with them

SCALES = st.sampled_from([1.0, 1.0, 1.0, 1e-3, 2.0**-20, 1e6, 2.0**33])
SOME_SITE = ("supply", "demand", "site_capacity", "handling_cost", "unmet_cost", "unused_cost")
SOME_LANE = ("capacity", "unit_cost", "min_flow", "lead_time")
QUANTITIES = ("capacity", "min_flow", "supply", "demand", "site_capacity")
PRICES = ("unit_cost", "handling_cost", "unmet_cost", "unused_cost")

BAD = ["nan", "inf", "negative", "overflow"]

Fault = tuple[str, str, int, str]


@dataclass
class Case:
    """A network, what it is multiplied by, and what is made wrong in it.

    Parameters
    ----------
    problem
        The network.
    quantity, price
        Factors of all quantities, and of all costs.
    faults
        Table, column, row and code of what is wrong.
    """

    problem: FlowProblem
    quantity: float
    price: float
    faults: list[Fault]

    def columns(self) -> dict[str, Any]:
        """The arguments of the scaled and spoilt network."""
        names = ("source", "target", *QUANTITIES, *PRICES, "undirected", "site_id")
        given: dict[str, Any] = {name: getattr(self.problem, name).copy() for name in names}
        given["lead_time"] = np.ones(self.problem.num_lanes)
        for factor, scaled in ((self.quantity, QUANTITIES), (self.price, PRICES)):
            for name in scaled:
                given[name] = given[name] * factor
        bad = {"nan": np.nan, "inf": -np.inf, "negative": -3.0, "overflow": 2.0**62}
        for _, column, row, code in self.faults:
            if code == "unknown_id":
                given[column][row] = self.problem.num_sites + row
            elif code == "self_loop":
                given["target"][row] = given["source"][row]
            else:
                given[column][row] = bad[code]
        return given


@st.composite
def cases(draw: Any) -> Case:
    problem = draw(problems())
    sites, lanes = problem.num_sites, problem.num_lanes
    faults: list[Fault] = []
    if draw(st.sampled_from([False, False, False, True])):
        column = st.sampled_from(SOME_SITE if not lanes else SOME_SITE + SOME_LANE)
        for name in draw(st.lists(column, min_size=1, max_size=3, unique=True)):
            codes = {"lead_time": BAD[1:], "unit_cost": ["nan", "inf", "overflow"]}
            code = draw(st.sampled_from(codes.get(name, BAD)))
            table, rows = ("lanes", lanes) if name in SOME_LANE else ("sites", sites)
            faults.append((table, name, draw(st.integers(0, rows - 1)), code))
        if lanes and draw(st.booleans()):
            end = draw(st.sampled_from(["source", "target"]))
            faults.append(("lanes", end, draw(st.integers(0, lanes - 1)), "unknown_id"))
    elif lanes and draw(st.integers(0, 9)) == 0:
        faults.append(("lanes", "target", draw(st.integers(0, lanes - 1)), "self_loop"))
    return Case(problem, draw(SCALES), draw(SCALES), faults)


def look_at(case: Case, direct_program: DirectProgram) -> None:
    """Say what is wrong with a case, or solve it as the linear program does."""
    columns = case.columns()
    before = {name: values.copy() for name, values in columns.items()}
    if case.faults:
        with pytest.raises(ValidationError) as caught:
            FlowProblem.from_arrays(**columns)
        found = {(f.table, f.column, f.row, f.code) for f in caught.value.failures}
        assert found == set(case.faults)
    else:
        scaled = FlowProblem.from_arrays(**columns)
        truth = direct_program(case.problem)
        for engine in ENGINES:
            compare(scaled.solve(engine=engine.name), truth, case.quantity * case.price)
    for name, values in columns.items():
        assert np.array_equal(values, before[name], equal_nan=values.dtype.kind == "f")


def compare(solution: FlowSolution, truth: OptimizeResult, scale: float) -> None:
    if truth.status == 4:  # HiGHS could not tell infeasible from unbounded
        assert solution.status in (Status.INFEASIBLE, Status.UNBOUNDED)
        return
    assert solution.status is STATUS[truth.status]
    if solution.status is Status.OPTIMAL:
        assert abs(solution.cost / scale - truth.fun) <= 1e-6 * max(1.0, abs(truth.fun))
        assert solution.check().ok
    else:
        assert solution.explanation is not None


@settings(max_examples=120, deadline=None)
@given(case=cases())
def test_status_and_cost_are_those_of_the_linear_program(
    direct_program: DirectProgram, case: Case
) -> None:
    look_at(case, direct_program)


@pytest.mark.slow
def test_ten_thousand_cases_are_as_the_linear_program_says(direct_program: DirectProgram) -> None:
    number = int(os.environ.get("FLOWOPT_SEED", "4"))
    sys.stdout.write(f"again with FLOWOPT_SEED={number}\n")

    @seed(number)
    @settings(max_examples=10_000, deadline=None, database=None, print_blob=True)
    @given(case=cases())
    def every(case: Case) -> None:
        look_at(case, direct_program)

    every()


@settings(max_examples=50, deadline=None)
@given(problem=problems())
def test_the_shortage_is_the_least_that_must_stay_unmet(problem: FlowProblem) -> None:
    if np.isinf(problem.unused_cost).any():
        return  # too much supply is no shortage
    free = problem.replace(
        unused_cost=0.0,
        min_flow=np.zeros(problem.num_lanes),
        unit_cost=np.zeros(problem.num_lanes),
        handling_cost=np.zeros(problem.num_sites),
    )
    optional = np.isfinite(problem.unmet_cost)
    least = free.replace(unmet_cost=np.where(optional, 0.0, 1.0)).solve().cost
    for engine in ("ortools", "highs"):
        why = free.solve(engine=engine).explanation
        shortage = 0.0 if why is None else why.shortage
        assert abs(shortage - least) <= 1e-9 * max(1.0, least)


@settings(max_examples=50, deadline=None)
@given(problem=problems(), extra=st.sampled_from([0.01, 0.5]))
def test_the_price_is_the_cost_of_a_little_more_demand(problem: FlowProblem, extra: float) -> None:
    solution = problem.solve()
    if solution.status is not Status.OPTIMAL:
        return
    for site in range(problem.num_sites):
        if np.isfinite(problem.unmet_cost[site]):
            continue  # more demand there is more that may stay unmet
        demand = problem.demand.copy()
        demand[site] += extra
        more = problem.replace(demand=demand).solve()
        if more.status is Status.OPTIMAL:
            rise = more.cost - solution.cost
            room = 1e-6 * max(1.0, abs(solution.cost), abs(more.cost))
            assert rise >= solution.prices[site] * extra - room
