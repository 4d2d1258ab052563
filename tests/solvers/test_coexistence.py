"""Solver libraries that ship a HiGHS of their own live side by side in one process."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest

SOLVE = {
    "highspy": """
import highspy
solver = highspy.Highs()
solver.setOptionValue("output_flag", False)
solver.addVar(2.0, 5.0)
solver.changeColCost(0, 1.0)
solver.run()
assert solver.getObjectiveValue() == 2.0
""",
    "pulp": """
import pulp
model = pulp.LpProblem("one", pulp.LpMinimize)
amount = model.add_variable("amount", 2)
model += 1 * amount
model.solve(pulp.HiGHS(msg=False))
assert amount.value() == 2.0
""",
    "ortools": """
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from ortools.linear_solver import pywraplp
flow = SimpleMinCostFlow()
flow.add_arc_with_capacity_and_unit_cost(0, 1, 5, 2)
flow.set_node_supply(0, 3)
flow.set_node_supply(1, -3)
assert flow.solve() == flow.OPTIMAL and flow.optimal_cost() == 6
""",
}


@pytest.mark.parametrize("order", list(itertools.permutations(SOLVE)), ids=" then ".join)
def test_all_orders_of_import_work(order: tuple[str, ...]) -> None:
    program = "".join(SOLVE[name] for name in order)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
