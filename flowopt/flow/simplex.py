"""A minimum-cost flow in whole numbers that can be changed and solved again from its last basis.

For those who solve many networks that differ a little (scenarios, sweeps, cutting planes)::

    simplex = Simplex(source, target, capacity, unit_cost, balance, root)   # int64 arrays
    simplex.solve()                         # OPTIMAL, INFEASIBLE or NO_SOLUTION_FOUND (stopped)
    simplex.flow, simplex.cost, simplex.potential
    basis = simplex.basis()                 # a copy, small: a tree and one flag an arc

    simplex.change_capacity(arcs, 0)        # close some arcs
    simplex.change_cost(arcs, costs)
    simplex.change_balance(balance)
    simplex.solve()                         # goes on from the basis where it stands
    simplex.restore(basis)                  # back to an earlier basis; the data stay

Changes are cheap to state, and taken up at the next `solve`: the old tree is kept where its flows
still fit, and repaired where they do not. Nothing but int64 arrays goes in and out; floats are
scaled by `flowopt.flow.scaling.to_integers`, whose `IntegerNetwork` has just the arrays needed.
Kernels release Python's lock, so threads may solve one `Simplex` each at the same time; `copy`
makes another one that shares what does not change.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.status import Status
from flowopt.flow.kernels import network_basis, starting_tree
from flowopt.flow.kernels import network_simplex as kernel

if TYPE_CHECKING:
    from flowopt.flow.scaling import IntegerNetwork

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]

_LARGEST_COST = 2.0**59
"""What |cost| times the number of nodes may come to."""

_LARGEST_FLOW = 2.0**62
"""What all nodes may give, and the arcs at one node carry, together."""

_WORK_BETWEEN_LOOKS = 5_000_000  # arcs and nodes looked at: about 0.02 s
_LEAST_BLOCK, _LEAST_STRIDE = 10, 3
_CACHE_LINE = 64  # bytes
_EXACT_SUM = 2.0**62  # of the sizes of its terms: a sum is exact in 64 bits
_BASIS = ("_ends", "_cost", "_turned", "_tree", "_threads", "_potential", "_counters")


def fits(cost: IntArray, num_nodes: int) -> bool:
    """Return whether potentials of these costs stay within 64 bits.

    Parameters
    ----------
    cost
        (M,) costs of the arcs.
    num_nodes
        Number of nodes.
    """
    dearest = max(float(cost.max(initial=0)), -float(cost.min(initial=0)))
    return dearest * (num_nodes + 1) < _LARGEST_COST


@dataclass(frozen=True, eq=False)
class Basis:
    """Where a simplex search stands: a spanning tree, and which arcs outside it are full.

    Parameters
    ----------
    parent, pred, thread
        (K,) each node's parent, the arc to it, and the node that follows in preorder.
    turned
        (M,) arcs that stand at capacity.
    top
        Root of the tree.
    """

    parent: IndexArray
    pred: IndexArray
    thread: IndexArray
    turned: Flags
    top: int


class Simplex:
    """A minimum-cost flow and the basis at which its search stands.

    Parameters
    ----------
    source, target
        (M,) nodes at the ends of each arc; parallel arcs are allowed, self-loops are not.
    capacity
        (M,) most that may flow, 0 or more.
    unit_cost
        (M,) cost of one unit; may be negative.
    balance
        (K,) what each node gives (> 0) or takes (< 0); their sum is 0.
    root
        The node whose potential is 0; potentials are the costs of one more unit brought from there.

    Raises
    ------
    OverflowError
        When sums of costs or of flows would leave 64 bits; `fits` tells it of costs beforehand.

    Examples
    --------
    >>> ints = lambda *values: np.array(values, dtype=np.int64)
    >>> simplex = Simplex(ints(0, 0, 1), ints(1, 2, 2), ints(5, 2, 9), ints(1, 4, 1),
    ...                   ints(4, 0, -4), root=0)
    >>> simplex.solve(), simplex.flow.tolist(), simplex.potential.tolist()
    (<Status.OPTIMAL: 'OPTIMAL'>, [4, 0, 4], [0, 1, 2])
    >>> simplex.change_capacity(ints(0), ints(3))
    >>> simplex.solve(), simplex.flow.tolist(), simplex.cost
    (<Status.OPTIMAL: 'OPTIMAL'>, [3, 1, 3], 10)
    """

    def __init__(
        self,
        source: IntArray,
        target: IntArray,
        capacity: IntArray,
        unit_cost: IntArray,
        balance: IntArray,
        root: int = 0,
    ) -> None:
        self.num_nodes, self.num_arcs, self.root = len(balance), len(source), root
        self._order = np.empty(self.num_arcs, dtype=np.uint32)
        ends = np.empty((2, self.num_arcs), dtype=np.uint32)
        numbers = np.empty((2, self.num_arcs), dtype=np.int64)
        stride = max(self.num_arcs // max(self.num_nodes, 1), _LEAST_STRIDE)
        columns = (source, target, capacity, unit_cost)
        arcs = (np.ascontiguousarray(column, dtype=np.int64) for column in columns)
        network_basis.arrange(*arcs, stride, self._order, ends, numbers)
        self._place: IndexArray | None = None
        self._source, self._target = ends
        self._capacity, self._true_cost = numbers
        self._balance = np.array(balance, dtype=np.int64)
        self._found: tuple[IntArray, int] | None = None
        self._top = root
        self._arrays()
        self.restart()
        self._check_ranges()

    @classmethod
    def of(cls, whole: IntegerNetwork, root: int) -> Self:
        """Return the search of a network in whole numbers, its flows counted above `lower`.

        Parameters
        ----------
        whole
            What `flowopt.flow.scaling.to_integers` yields.
        root
            The node whose potential is 0.
        """
        ends = whole.source, whole.target
        return cls(*ends, whole.capacity, whole.unit_cost, whole.balance, root)

    def _arrays(self) -> None:
        arcs, nodes = self.num_arcs, self.num_nodes
        self._ends = np.empty((2, arcs), dtype=np.uint32)
        self._cost = np.empty(arcs, dtype=np.int64)
        self._turned = np.zeros(arcs, dtype=np.bool_)
        self._tree = _aligned(nodes)
        self._threads = np.zeros((2, nodes), dtype=np.uint32)
        self._potential = np.zeros(nodes, dtype=np.int64)
        self._counters = np.zeros(3, dtype=np.int64)

    # ---- data

    def change_capacity(self, arcs: IntArray, capacity: npt.ArrayLike) -> None:
        """Set the capacity of some arcs.

        Parameters
        ----------
        arcs
            Positions of the arcs.
        capacity
            What they may carry, one for all or one each; 0 closes them.
        """
        self._capacity[self._places()[arcs]] = capacity
        self._changed()

    def change_cost(self, arcs: IntArray, unit_cost: npt.ArrayLike) -> None:
        """Set the cost of some arcs.

        Parameters
        ----------
        arcs
            Positions of the arcs.
        unit_cost
            Cost of one unit, one for all or one each.
        """
        self._true_cost[self._places()[arcs]] = unit_cost
        self._changed()

    def change_balance(self, balance: IntArray) -> None:
        """Set what all nodes give and take.

        Parameters
        ----------
        balance
            (K,) see `Simplex`.
        """
        self._balance = balance.copy()
        self._changed()

    def _changed(self) -> None:
        self._stale = self._unchecked = True
        self._found = None

    def _places(self) -> IndexArray:
        if self._place is None:
            self._place = np.empty(self.num_arcs, dtype=np.uint32)
            self._place[self._order] = np.arange(self.num_arcs, dtype=np.uint32)
        return self._place

    def _check_ranges(self) -> None:
        self._dearest, most, given = network_basis.ranges(
            self._capacity, self._true_cost, self._balance
        )
        if self._dearest * (self.num_nodes + 1) >= _LARGEST_COST:
            raise OverflowError("costs on a path through all nodes leave 64 bits")
        load = most
        if most * self.num_arcs >= _LARGEST_FLOW:
            ends = np.concatenate([self._source, self._target])
            load = float(np.bincount(ends, weights=np.tile(self._capacity, 2)).max())
        if given + load >= _LARGEST_FLOW:
            raise OverflowError("what flows through a node leaves 64 bits")
        self._unchecked = False

    # ---- bases

    def restart(self) -> None:
        """Forget the basis: the next `solve` begins anew."""
        self._turned[:] = False
        self._bare = True
        self._changed()

    def basis(self) -> Basis:
        """Return a copy of the basis at which the last search stopped."""
        self._settle()
        tree = self._tree["parent"].copy(), self._tree["pred"].copy(), self._threads[0].copy()
        return Basis(*tree, self._turned.copy(), self._top)

    def restore(self, basis: Basis) -> None:
        """Go back to a basis of a network with the same nodes and arcs, whatever its data were.

        Parameters
        ----------
        basis
            What `basis` returned.
        """
        self._tree["parent"], self._tree["pred"] = basis.parent, basis.pred
        self._threads[0] = basis.thread
        self._turned[:] = basis.turned
        self._top = basis.top
        self._bare = False
        self._changed()

    def accepts(self, basis: Basis) -> bool:
        """Return whether a basis is one of a network with the same nodes and arcs.

        Parameters
        ----------
        basis
            What `basis` returned.
        """
        if len(basis.turned) != self.num_arcs or len(basis.pred) != self.num_nodes:
            return False
        nodes = np.flatnonzero(basis.pred < self.num_arcs)
        arcs, parents = basis.pred[nodes], basis.parent[nodes]
        one, other = self._source[arcs], self._target[arcs]
        joined = ((one == nodes) & (other == parents)) | ((one == parents) & (other == nodes))
        return bool(joined.all())

    def copy(self) -> Simplex:
        """Return another search of the same network from the same basis."""
        twin = copy.copy(self)
        for name in ("_capacity", "_true_cost", "_balance", *_BASIS):
            setattr(twin, name, getattr(self, name).copy())
        twin._tree = _aligned(self.num_nodes)
        twin._tree[:] = self._tree
        return twin

    # ---- search

    def solve(
        self,
        stopped: Callable[[], object] | None = None,
        most_pivots: int | None = None,
    ) -> Status:
        """Pivot from the basis at hand to one of least cost.

        Parameters
        ----------
        stopped
            Asked many times a second; something true ends the search, which can be gone on with.
        most_pivots
            Pivots, counted from the first, after which it ends.

        Returns
        -------
        Status
            OPTIMAL, INFEASIBLE, or NO_SOLUTION_FOUND when it was ended.
        """
        self._settle()
        limit = 2**62 if most_pivots is None else most_pivots
        while True:
            if self._pivot(limit):
                return Status.INFEASIBLE if self.undone else Status.OPTIMAL
            if self.pivots >= limit or (stopped is not None and stopped()):
                return Status.NO_SOLUTION_FOUND

    def _settle(self) -> None:
        if not self._stale:
            return
        if self._unchecked:
            self._check_ranges()
        ends = self._source, self._target
        if self._bare:
            data = (self._capacity, self._true_cost, self._balance)
            tree = self._tree, self._threads[0]
            self._top = starting_tree.plant(*ends, *data, self.root, *tree)
            self._bare = False
        data = (self._true_cost, self._capacity, self._balance)
        dear = (int(self._dearest) + 1) * self.num_nodes
        basis = (*self._ends, self._cost, self._turned, self._potential, self._tree)
        network_basis.settle(*ends, *data, self._top, dear, *basis, *self._threads)
        self._counters[kernel.NEXT] = 0
        self._stale, self._found = False, None

    def _pivot(self, most_pivots: int) -> bool:
        arcs = (*self._ends, self._capacity, self._cost, self._turned)
        tree = (self._potential, self._tree, *self._threads)
        block = max(_LEAST_BLOCK, round(math.sqrt(self.num_arcs)))
        most_work = int(self._counters[kernel.WORK]) + _WORK_BETWEEN_LOOKS
        limits = (block, most_work, most_pivots)
        optimal: bool = kernel.pivot(*arcs, *tree, self._counters, *limits)
        self._found = None
        return optimal

    # ---- answers

    @property
    def pivots(self) -> int:
        """Pivots made so far, from the first basis on."""
        return int(self._counters[kernel.PIVOTS])

    @property
    def flow(self) -> IntArray:
        """(M,) flow of each arc at the basis; feasible when `undone` is 0."""
        return self._flows()[0]

    @property
    def undone(self) -> int:
        """What the nodes give and take that the arcs do not ship."""
        return self._flows()[1]

    @property
    def cost(self) -> int:
        """Cost of the flow."""
        flow = self.flow[self._order]
        size, total = network_basis.total_cost(flow, self._true_cost)
        if size < _EXACT_SUM:
            return int(total)
        used = np.flatnonzero(flow)
        terms = zip(flow[used].tolist(), self._true_cost[used].tolist(), strict=True)
        return sum(amount * cost for amount, cost in terms)  # Python's integers do not overflow

    @property
    def potential(self) -> IntArray:
        """(K,) what one more unit brought to each node from the root costs; 0 at the root.

        Where no more can be brought, it is more than any path costs.
        """
        potential: IntArray = self._potential - self._potential[self.root]
        return potential

    @property
    def top(self) -> int:
        """Root of the tree: not `root` where that is joined to nothing, or one path carries all."""
        return self._top

    def prices(self, unit_cost: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the potentials of the basis at other costs, such as those before rounding.

        That of `top` is 0.

        Parameters
        ----------
        unit_cost
            (M,) cost of one unit on each arc.
        """
        price = np.zeros(self.num_nodes)
        arcs = unit_cost[self._order], self._source
        network_basis.prices(*arcs, self._top, self._tree, self._threads[0], price)
        return price

    def true_flow(
        self, lower: FloatArray, capacity: FloatArray, demand: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the flow of the basis at other quantities, such as those before rounding.

        Parameters
        ----------
        lower, capacity
            (M,) bounds of the flow; no arc that is full may be without a limit.
        demand
            (K,) what each node takes (> 0) or gives (< 0); their sum is 0.

        Returns
        -------
        flow
            (M,) flow of each arc, which may be out of bounds.
        size
            (M,) size of what was added up for it, a hint at its rounding; 0 outside the tree.
        """
        from flowopt.flow.kernels.basic_flow import basic_flow

        flow, size = np.empty((2, self.num_arcs))
        arcs = self._order, self._source, self._target, self._turned
        tree = self._tree, self._threads[0], self._top
        basic_flow(*arcs, *tree, lower, capacity, demand.copy(), flow, size)
        return flow, size

    @property
    def loose(self) -> int:
        """How many nodes hang on the root by no true arc: nothing more can be brought there."""
        return int((self._tree["pred"] >= self.num_arcs).sum()) - 1

    def _flows(self) -> tuple[IntArray, int]:
        if self._found is None:
            self._settle()
            flow = np.empty(self.num_arcs, dtype=np.int64)
            basis = (self._ends[0], self._capacity, self._turned, self._tree)
            self._found = flow, network_basis.flows(self._order, *basis, flow)
        return self._found


def _aligned(nodes: int) -> Any:
    """Return records of nodes none of which lies across two lines of the cache."""
    size = nodes * kernel.NODE.itemsize
    room = np.zeros(size + _CACHE_LINE, dtype=np.uint8)
    first = -room.__array_interface__["data"][0] % _CACHE_LINE
    return room[first : first + size].view(kernel.NODE)
