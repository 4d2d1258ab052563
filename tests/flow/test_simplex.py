"""The network simplex: optima proven by their potentials, from scratch and from an older basis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from flowopt.core import Status
from flowopt.flow.simplex import Simplex, fits

IntArray = npt.NDArray[np.int64]


def ints(*values: int) -> IntArray:
    return np.array(values, dtype=np.int64)


@dataclass(frozen=True)
class Net:
    """Arcs and balances in whole numbers."""

    source: IntArray
    target: IntArray
    capacity: IntArray
    cost: IntArray
    balance: IntArray

    def simplex(self, root: int = 0) -> Simplex:
        return Simplex(self.source, self.target, self.capacity, self.cost, self.balance, root)

    def optimum(self) -> int | None:
        """Return the least cost by OR-Tools; None when nothing is feasible."""
        if not len(self.source):
            return None if self.balance.any() else 0
        solver: Any = SimpleMinCostFlow()
        arcs = self.source, self.target, self.capacity, self.cost
        solver.add_arcs_with_capacity_and_unit_cost(*arcs)
        solver.set_nodes_supplies(np.arange(len(self.balance)), self.balance)
        return int(solver.optimal_cost()) if solver.solve() == solver.OPTIMAL else None


def column(draw: Any, values: Any, length: int) -> IntArray:
    return ints(*draw(st.lists(values, min_size=length, max_size=length)))


@st.composite
def nets(draw: Any) -> Net:
    """Small networks: parallel arcs, closed ones, gains, nodes apart, ties everywhere."""
    num_nodes = draw(st.integers(1, 9))
    node = st.integers(0, num_nodes - 1)
    arcs = draw(st.lists(st.tuples(node, node).filter(lambda arc: arc[0] != arc[1]), max_size=30))
    balance = np.zeros(num_nodes, dtype=np.int64)
    for giver, taker, amount in draw(
        st.lists(st.tuples(node, node, st.integers(1, 5)), max_size=4)
    ):
        balance[giver] += amount
        balance[taker] -= amount
    return Net(
        ints(*(arc[0] for arc in arcs)),
        ints(*(arc[1] for arc in arcs)),
        column(draw, st.integers(0, 7), len(arcs)),
        column(draw, st.integers(-4, 9), len(arcs)),
        balance,
    )


def proves_itself(net: Net, simplex: Simplex) -> None:
    """Assert that the flow is feasible and that the potentials prove it optimal."""
    flow, price = simplex.flow, simplex.potential
    assert ((flow >= 0) & (flow <= net.capacity)).all()
    left = net.balance.copy()
    np.subtract.at(left, net.source, flow)
    np.add.at(left, net.target, flow)
    assert not left.any()
    reduced = net.cost + price[net.source] - price[net.target]
    assert (reduced[flow < net.capacity] >= 0).all()
    assert (reduced[flow > 0] <= 0).all()
    assert simplex.cost == int((flow * net.cost).sum())


def agrees(net: Net, simplex: Simplex) -> None:
    """Assert that the search ends with what OR-Tools finds."""
    status, optimum = simplex.solve(), net.optimum()
    assert status is (Status.INFEASIBLE if optimum is None else Status.OPTIMAL)
    if optimum is not None:
        assert simplex.cost == optimum
        proves_itself(net, simplex)


@settings(max_examples=300, deadline=None)
@given(net=nets(), data=st.data())
def test_optima_and_infeasibility_are_those_of_another_solver(net: Net, data: Any) -> None:
    root = data.draw(st.integers(0, len(net.balance) - 1))
    simplex = net.simplex(root)
    agrees(net, simplex)
    assert simplex.potential[root] == 0


@settings(max_examples=200, deadline=None)
@given(net=nets(), data=st.data())
def test_after_changes_it_goes_on_from_its_basis_to_the_new_optimum(net: Net, data: Any) -> None:
    simplex = net.simplex()
    simplex.solve()
    basis = simplex.basis()
    if not len(net.source):
        return
    for again in range(3):
        arc = st.integers(0, len(net.source) - 1)
        arcs = np.unique(ints(*data.draw(st.lists(arc, min_size=1, max_size=4))))
        capacity, cost = net.capacity.copy(), net.cost.copy()
        capacity[arcs] = column(data.draw, st.integers(0, 7), len(arcs))
        cost[arcs] = column(data.draw, st.integers(-4, 9), len(arcs))
        balance = np.roll(net.balance, data.draw(st.integers(0, 2)))
        net = replace(net, capacity=capacity, cost=cost, balance=balance)
        simplex.change_capacity(arcs, capacity[arcs])
        simplex.change_cost(arcs, cost[arcs])
        simplex.change_balance(balance)
        if again == 2:
            simplex.restore(basis)
        agrees(net, simplex)


@settings(max_examples=100, deadline=None)
@given(net=nets())
def test_a_search_stopped_at_every_pivot_comes_to_the_same_end(net: Net) -> None:
    whole, parts = net.simplex(), net.simplex()
    status = whole.solve()
    while (found := parts.solve(most_pivots=parts.pivots + 1)) is Status.NO_SOLUTION_FOUND:
        pass
    assert found is status
    assert parts.pivots == whole.pivots
    assert parts.flow.tolist() == whole.flow.tolist()


def test_a_copy_goes_its_own_way() -> None:
    simplex = Simplex(ints(0, 0, 1), ints(1, 2, 2), ints(5, 4, 9), ints(1, 4, 1), ints(4, 0, -4))
    simplex.solve()
    twin = simplex.copy()
    twin.change_capacity(ints(0), 0)
    assert twin.solve() is Status.OPTIMAL
    assert (twin.flow.tolist(), simplex.flow.tolist()) == ([0, 4, 0], [4, 0, 4])
    assert simplex.solve() is Status.OPTIMAL
    assert simplex.cost == 8


def test_the_same_data_are_solved_from_their_basis_without_a_pivot() -> None:
    rng = np.random.default_rng(5)
    source = rng.integers(0, 50, 600)
    target = (source + rng.integers(1, 50, 600)) % 50
    balance = np.zeros(50, dtype=np.int64)
    balance[[0, 9]], balance[[20, 49]] = (30, 20), (-25, -25)
    simplex = Simplex(source, target, rng.integers(5, 20, 600), rng.integers(1, 90, 600), balance)
    assert simplex.solve() is Status.OPTIMAL
    pivots, basis = simplex.pivots, simplex.basis()
    assert pivots > 0
    simplex.restart()
    simplex.restore(basis)
    assert simplex.solve() is Status.OPTIMAL
    assert simplex.pivots == pivots


def test_a_transport_of_ties_does_not_cycle() -> None:
    size = 30  # an assignment: every basis is degenerate
    source = np.repeat(np.arange(size), size)
    target = size + np.tile(np.arange(size), size)
    balance = np.repeat([1, -1], size)
    ones = np.ones(size**2, dtype=np.int64)
    cost = (source * (target - size)) % 7
    net = Net(source, target, ones, cost, balance)
    agrees(net, net.simplex())


def test_a_cycle_of_gains_is_filled_to_its_capacity() -> None:
    net = Net(ints(0, 1), ints(1, 0), ints(5, 3), ints(2, -4), ints(0, 0))
    simplex = net.simplex()
    assert simplex.solve() is Status.OPTIMAL
    assert simplex.flow.tolist() == [3, 3]


def test_costs_and_flows_that_would_leave_64_bits_are_refused() -> None:
    one = ints(1)
    assert fits(ints(2**50), 100)
    assert not fits(ints(-(2**60)), 2)
    with pytest.raises(OverflowError, match="costs"):
        Simplex(ints(0), one, one, ints(2**60), ints(1, -1))
    with pytest.raises(OverflowError, match="flows"):
        Simplex(ints(0), one, ints(2**62), one, ints(1, -1))
    with pytest.raises(OverflowError, match="flows"):
        Simplex(ints(0), one, one, one, ints(2**62, -(2**62)))
    simplex = Simplex(ints(0), one, one, one, ints(1, -1))
    simplex.change_cost(ints(0), 2**60)
    with pytest.raises(OverflowError, match="costs"):
        simplex.solve()


def test_networks_without_arcs_or_without_demand_are_solved() -> None:
    nothing = ints()
    assert Simplex(nothing, nothing, nothing, nothing, ints(0, 0)).solve() is Status.OPTIMAL
    assert Simplex(nothing, nothing, nothing, nothing, ints(1, -1)).solve() is Status.INFEASIBLE
