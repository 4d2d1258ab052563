"""Published designs: their known optima are met, and proven."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flowopt.core import CancelToken, Limit, Status
from flowopt.flow.design import DesignProblem, DesignSolution

slow = pytest.mark.slow

# Beasley: OR-Library, uncapacitated warehouse location
CAP = {
    "cap71": 932615.750,
    "cap72": 977799.400,
    "cap73": 1010641.450,
    "cap101": 796648.437,
    "cap102": 854704.200,
    "cap104": 928941.750,
    "cap132": 851495.325,
    "cap134": 928941.750,
}
CAP_LARGE = {"capa": 17156454.478, "capb": 12979071.582, "capc": 11505594.329}

# Holmberg, Rönnqvist, Yuan (EJOR 113, 1999): single-source capacitated location
SINGLE_SOURCE = {1: 8848, 4: 10714, 5: 8838}
SINGLE_SOURCE_SLOW = {10: 7617, 20: 10486, 30: 11331, 41: 6589, 45: 6251, 70: 32321}

# Crainic, Frangioni, Gendron: the Canad set
CANAD = {"c33": 423848, "r06.1": 245936}

# Ortega, Wolsey: single-commodity fixed-charge networks
FIXED_CHARGE = {"sp100x200": 34507}
FIXED_CHARGE_SLOW = {"g40x132": 26629, "g50x170": 25576, "r20x100": 15603, "p50x288": 6134}


def proven(problem: DesignProblem, optimum: float, engine: str = "auto") -> DesignSolution:
    solution = problem.solve(engine=engine, workers=1)
    assert solution.status is Status.OPTIMAL
    assert solution.bound == solution.cost == pytest.approx(optimum, rel=1e-8, abs=1e-3)
    assert solution.check().ok
    return solution


@pytest.mark.parametrize("name", CAP)
def test_warehouses_without_capacity(read_cap: Callable[..., DesignProblem], name: str) -> None:
    proven(read_cap(name), CAP[name])


def test_warehouses_by_cbc(read_cap: Callable[..., DesignProblem]) -> None:
    proven(read_cap("cap71"), CAP["cap71"], "cbc")


@slow
@pytest.mark.parametrize("name", CAP_LARGE)
def test_a_thousand_customers(read_cap: Callable[..., DesignProblem], name: str) -> None:
    proven(read_cap(name), CAP_LARGE[name])


@pytest.mark.parametrize("number", SINGLE_SOURCE)
def test_each_customer_from_one_place(
    read_single_source: Callable[[int], DesignProblem], number: int
) -> None:
    solution = proven(read_single_source(number), SINGLE_SOURCE[number])
    assert (solution.tables()["assignments"]["share"] == 1.0).all()


@slow
@pytest.mark.parametrize("number", SINGLE_SOURCE_SLOW)
def test_each_of_many_customers_from_one_place(
    read_single_source: Callable[[int], DesignProblem], number: int
) -> None:
    proven(read_single_source(number), SINGLE_SOURCE_SLOW[number])


@pytest.mark.parametrize("name", ["c33", pytest.param("r06.1", marks=slow)])
def test_many_commodities_on_lanes_with_fixed_costs(
    read_canad: Callable[[str], DesignProblem], name: str
) -> None:
    proven(read_canad(name), CANAD[name])


@slow
def test_the_hardest_of_many_commodities(read_canad: Callable[[str], DesignProblem]) -> None:
    proven(read_canad("c36"), 643036)


@pytest.mark.parametrize(
    "name", [*FIXED_CHARGE, *(pytest.param(name, marks=slow) for name in FIXED_CHARGE_SLOW)]
)
def test_one_commodity_on_lanes_with_fixed_costs(
    read_fixed_charge: Callable[[str], DesignProblem], name: str
) -> None:
    proven(read_fixed_charge(name), (FIXED_CHARGE | FIXED_CHARGE_SLOW)[name])


@pytest.mark.parametrize(("name", "optimum", "gap"), [("c33", 423848, 0.03), ("c36", 643036, 0.06)])
def test_slope_scaling_is_near_the_optimum_and_knows_a_bound(
    read_canad: Callable[[str], DesignProblem], name: str, optimum: float, gap: float
) -> None:
    solution = read_canad(name).solve(engine="slope_scaling", workers=1)
    assert solution.status is Status.FEASIBLE
    assert solution.bound is not None
    assert solution.bound <= optimum <= solution.cost <= optimum * (1 + gap)
    assert solution.gap is not None
    assert solution.gap <= 2 * gap


def test_a_hard_design_is_left_at_the_time_limit(
    read_canad: Callable[[str], DesignProblem],
) -> None:
    solution = read_canad("c36").solve(time_limit=1.0, workers=1)
    assert solution.limit is Limit.TIME
    if solution.status.has_solution:
        assert solution.cost >= 643036


def test_a_hard_design_can_be_cancelled(read_canad: Callable[[str], DesignProblem]) -> None:
    token = CancelToken()
    solution = read_canad("c36").solve(
        cancel=token, on_progress=lambda _: token.cancel(), workers=1
    )
    assert solution.limit is Limit.CANCELLED
