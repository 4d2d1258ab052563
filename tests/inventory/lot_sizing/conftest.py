"""A second, plain model of lot sizing: no strong formulation, no needs, no tight bounds."""

from collections.abc import Callable

import numpy as np
import pulp
import pytest

from flowopt.core.options import Options, Run
from flowopt.inventory import LotSizingProblem
from flowopt.solvers import milp

_MUCH = 1000.0


class _Plain:
    """The textbook model, variable by variable as the docstring of the problem states it."""

    def __init__(self, problem: LotSizingProblem) -> None:
        self.problem = problem
        self.model = pulp.LpProblem("plain", pulp.LpMinimize)
        self.priced: list[tuple[pulp.LpVariable, float]] = []
        items, periods = problem.shape
        keys = [(i, t) for i in range(items) for t in range(periods)]
        none_waits = np.isinf(problem.backorder_cost) | (problem.min_stock > 0)
        none_waits[:, -1] = True
        lost = np.where(np.isfinite(problem.lost_sale_cost), problem.demand, 0.0)
        self.lot = {k: self.add(f"lot{k}", problem.unit_cost[k]) for k in keys}
        self.setup = {k: self.add(f"setup{k}", problem.fixed_cost[k], 1, "Integer") for k in keys}
        self.stock = {k: self.add(f"stock{k}", problem.holding_cost[k]) for k in keys}
        self.wait = {
            k: self.add(f"wait{k}", problem.backorder_cost[k], 0.0 if none_waits[k] else None)
            for k in keys
        }
        self.lost = {k: self.add(f"lost{k}", problem.lost_sale_cost[k], lost[k]) for k in keys}
        for key in keys:
            self.lots(key)
            self.balance(key)
        self.capacity()

    def add(self, name, cost, most=None, kind="Continuous"):
        variable = self.model.add_variable(name, 0, most, kind)
        if np.isfinite(cost):
            self.priced.append((variable, float(cost)))
        return variable

    def lots(self, key):
        problem, lot, setup = self.problem, self.lot[key], self.setup[key]
        most = min(_MUCH, float(problem.max_order_quantity[key[0]]))
        self.model += lot <= most * setup
        self.model += lot >= float(problem.min_order_quantity[key[0]]) * setup
        if problem.pack_size[key[0]] > 0:
            packs = self.add(f"packs{key}", 0.0, None, "Integer")
            self.model += lot == float(problem.pack_size[key[0]]) * packs
        self.model += self.stock[key] >= float(problem.min_stock[key])
        if np.isfinite(problem.max_stock[key]):
            self.model += self.stock[key] <= float(problem.max_stock[key])

    def balance(self, key):
        problem, (item, period) = self.problem, key
        start, before = (item, period - int(problem.lead_time[item])), (item, period - 1)
        net = self.stock[key] - self.wait[key]
        first = float(problem.initial_stock[item])
        last = self.stock[before] - self.wait[before] if period else first
        own = float(problem.demand[key]) - self.lost[key]
        rows = zip(problem.component_of, problem.component, problem.component_quantity, strict=True)
        taken = pulp.lpSum(
            float(each) * self.lot[int(of), period] for of, part, each in rows if part == item
        )
        self.model += net == last + (self.lot[start] if start[1] >= 0 else 0) - own - taken
        self.model += self.wait[key] <= (self.wait[before] if period else 0) + own

    def capacity(self):
        problem = self.problem
        for resource, period in np.argwhere(np.isfinite(problem.capacity)).tolist():
            load = pulp.lpSum(
                float(problem.unit_time[item, resource]) * self.lot[item, period]
                + float(problem.setup_time[item, resource]) * self.setup[item, period]
                for item in range(problem.shape[0])
            )
            price = problem.overtime_cost[resource, period]
            over = self.add(f"over({resource},{period})", price, None if np.isfinite(price) else 0)
            self.model += load <= float(problem.capacity[resource, period]) + over


@pytest.fixture(scope="session")
def least_cost() -> Callable[[LotSizingProblem], float | None]:
    """Return the least cost of a problem by the plain model; None when there is no plan."""

    def _least_cost(problem: LotSizingProblem) -> float | None:
        plain = _Plain(problem)
        plain.model.setObjective(pulp.LpAffineExpression(plain.priced))
        return milp.solve(plain.model, Run(Options(workers=1))).objective

    return _least_cost
