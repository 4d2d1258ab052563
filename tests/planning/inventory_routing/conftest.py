"""A second engine, exact for few customers: a mixed-integer model over all routes there can be."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from flowopt import InventoryRoutingProblem

Exact = Callable[[InventoryRoutingProblem], float | None]


def tour(problem: InventoryRoutingProblem, members: tuple[int, ...]) -> float:
    """Return the cost of the cheapest route through some customers."""
    fleet = problem.vehicles
    ways = problem.distance * fleet["unit_distance_cost"][0]
    lengths = []
    for order in itertools.permutations(members):
        stops = [0, *(i + 1 for i in order), 0]
        lengths.append(sum(ways[a, b] for a, b in itertools.pairwise(stops)))
    return float(min(lengths) + fleet["fixed_cost"][0])


def least_cost(problem: InventoryRoutingProblem) -> float | None:
    """Return the optimum, None where there is no plan without shortage."""
    import pulp

    num, periods = problem.demand.shape
    sets = [s for size in range(1, num + 1) for s in itertools.combinations(range(num), size)]
    model, cost = pulp.LpProblem("inventory_routing", pulp.LpMinimize), []
    low, high, first, held = (
        problem.customers[name]
        for name in ("min_stock", "max_stock", "initial_stock", "holding_cost")
    )
    stock = [float(value) for value in first]
    depot = float(problem.depot["initial_stock"][0])
    for t in range(periods):
        used = {s: model.add_variable(f"used{t}_{j}", 0, 1, "Binary") for j, s in enumerate(sets)}
        cost += [tour(problem, s) * used[s] for s in sets]
        model += pulp.lpSum(used.values()) <= problem.num_vehicles
        brought = {
            (s, i): model.add_variable(f"brought{t}_{j}_{i}", 0)
            for j, s in enumerate(sets)
            for i in s
        }
        for s in sets:
            model += pulp.lpSum(brought[s, i] for i in s) <= problem.capacity * used[s]
        for i in range(num):
            visited = pulp.lpSum(used[s] for s in sets if i in s)
            more = pulp.lpSum(brought[s, i] for s in sets if i in s)
            full = float(high[i])
            for s in (s for s in sets if i in s):
                model += brought[s, i] <= full * used[s]
            model += visited <= 1
            model += stock[i] + more <= full
            if problem.policy == "order_up_to":
                model += stock[i] + more >= full * visited
            after = model.add_variable(f"stock{t}_{i}", float(low[i]))
            model += after == stock[i] + more - float(problem.demand[i, t])
            stock[i] = after
            cost.append(float(held[i]) * after)
        if np.isfinite(problem.supply[t]):
            left = model.add_variable(f"depot{t}", 0)
            model += left == depot + float(problem.supply[t]) - pulp.lpSum(brought.values())
            depot = left
            cost.append(float(problem.depot["holding_cost"][0]) * left)
    model.setObjective(pulp.lpSum(cost))
    model.solve(pulp.HiGHS(msg=False, gapRel=0.0))
    if model.sol_status != pulp.LpSolutionOptimal:
        return None
    return float(pulp.value(model.objective))


@pytest.fixture
def exact() -> Exact:
    """Return the function that finds the least cost of a problem of few customers."""
    return least_cost
