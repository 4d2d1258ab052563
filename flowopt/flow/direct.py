"""Minimum-cost flow from arrays to arrays, at the speed of the kernel."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import EngineError, Failures
from flowopt.core.options import CancelToken, Options, Run
from flowopt.core.status import Limit, Status
from flowopt.flow.arrays import read_numbers
from flowopt.flow.problem import FlowProblem

if TYPE_CHECKING:
    from flowopt.flow.simplex import Basis

IntArray = npt.NDArray[np.int64]

_LARGEST_WHOLE = 2**63 - 1
_SOON_DONE = 10_000  # with fewer arcs it takes milliseconds: no need to wait for Ctrl-C


@dataclass(frozen=True, eq=False, slots=True)
class ArrayFlow:
    """What `min_cost_flow` found: arrays in the order of those given.

    Parameters
    ----------
    status
        OPTIMAL, INFEASIBLE, UNBOUNDED; when stopped, FEASIBLE or NO_SOLUTION_FOUND.
    flow
        (M,) flow of each arc; None when there is none.
    potential
        (N,) prices of the nodes, None without a flow. When OPTIMAL they prove it: an arc with room
        left has ``unit_cost + potential[source] - potential[target]`` of 0 or more, one that
        carries more than `min_flow` of 0 or less.
    cost
        Cost of the flow, an int for whole numbers; None when there is none.
    limit
        The limit that stopped the search, None when it ended by itself.
    basis
        Where the search stopped; a later call may begin there.

    Examples
    --------
    >>> answer = min_cost_flow([0], [1], capacity=9, unit_cost=3, demand=[-2, 2])
    >>> answer.flow, answer.potential, answer.cost
    (array([2]), array([0, 3]), 6)
    """

    status: Status
    flow: npt.NDArray[Any] | None = None
    potential: npt.NDArray[Any] | None = None
    cost: int | float | None = None
    limit: Limit | None = None
    basis: Basis | None = None


def min_cost_flow(
    source: npt.ArrayLike,
    target: npt.ArrayLike,
    capacity: npt.ArrayLike,
    unit_cost: npt.ArrayLike,
    demand: npt.ArrayLike,
    min_flow: npt.ArrayLike = 0,
    *,
    time_limit: float | None = None,
    initial: ArrayFlow | None = None,
    cancel: CancelToken | None = None,
) -> ArrayFlow:
    r"""Return a flow of least cost that gives each node what it demands, exactly.

    .. math::

        \min \sum c_{ij} f_{ij} \quad \text{s.t.} \quad
        \sum_i f_{ij} - \sum_k f_{jk} = d_j, \quad l \le f \le \text{capacity}

    For those who have arrays and want arrays: no ids, no tables, no reasons; `FlowProblem` has
    those. Whole numbers stay whole numbers. The answer is checked: bounds, balances, and
    complementary slackness of the potentials.

    Parameters
    ----------
    source, target
        (M,) nodes, from 0, at the ends of each arc; parallel arcs are allowed.
    capacity
        (M,) most that an arc carries, or one number for all; may be inf.
    unit_cost
        (M,) cost of one unit on an arc, or one number for all; may be negative.
    demand
        (N,) what a node takes (> 0) or gives (< 0); they sum to 0 where there is a flow.
    min_flow
        (M,) least that an arc carries, or one number for all.
    time_limit
        Wall-clock limit in seconds.
    initial
        An earlier answer for the same arcs, whatever their numbers, to begin with.
    cancel
        A token that ends the search early.

    Returns
    -------
    ArrayFlow
        Status, flow, potentials and cost.

    Raises
    ------
    ValidationError
        With every fault of every array.
    TypeError
        When `initial` is no earlier answer.

    Examples
    --------
    >>> answer = min_cost_flow([0, 0, 1], [1, 2, 2], capacity=[5, 2, 9], unit_cost=[1, 4, 1],
    ...                        demand=[-4, 0, 4])
    >>> answer.flow, answer.cost
    (array([4, 0, 4]), 8)
    """
    from flowopt.flow.engines.network_simplex import load_kernels

    if initial is not None and not isinstance(initial, ArrayFlow):
        raise TypeError(f"initial is a {type(initial).__name__}; give an earlier ArrayFlow")
    options = Options(time_limit=time_limit, cancel=cancel)
    arrays = _arrays(source, target, capacity, unit_cost, demand, min_flow)
    if all(_is_whole(array) for array in arrays):
        run = Run(options)
        run.discount(load_kernels())
        with nullcontext() if arrays[0].size < _SOON_DONE else run:
            answer = _whole(arrays, run, initial)
        if answer is not None:
            return answer
    return _decimal(arrays, time_limit, cancel, initial)


def _is_whole(array: npt.NDArray[Any]) -> bool:
    """Return whether an array holds whole numbers that int64 does not wrap round."""
    if array.dtype.kind not in "iu":
        return False
    return np.can_cast(array.dtype, np.int64) or not (array > _LARGEST_WHOLE).any()


def _arrays(*values: npt.ArrayLike) -> list[npt.NDArray[Any]]:
    """Return the arguments as arrays, single numbers spread over the arcs."""
    source, target, capacity, unit_cost, demand, min_flow = map(np.asarray, values)
    count = source.shape
    numbers = (capacity, unit_cost, min_flow)
    capacity, unit_cost, min_flow = (np.full(count, x) if not x.ndim else x for x in numbers)
    empty = (x.astype(np.int64) if not x.size else x for x in (source, target))
    return [*empty, capacity, unit_cost, demand, min_flow]


# ---- whole numbers


def _whole(arrays: list[Any], run: Run, initial: ArrayFlow | None) -> ArrayFlow | None:
    """Return the answer in whole numbers, None when they are faulty or too large for that."""
    from flowopt.flow.kernels.whole_numbers import holds, shift
    from flowopt.flow.simplex import Simplex

    lengths = {array.shape for array in (*arrays[:4], arrays[5])}
    if len(lengths) != 1 or arrays[0].ndim != 1 or arrays[4].ndim != 1 or not arrays[4].size:
        return None
    columns = [np.ascontiguousarray(array, dtype=np.int64) for array in arrays]
    source, target, _, cost, demand, least = columns
    room, balance = np.empty_like(source), np.empty_like(demand)
    if not shift(*columns, room, balance):
        return None
    if demand.sum():
        return ArrayFlow(Status.INFEASIBLE)
    try:
        simplex = Simplex(source, target, room, cost, balance)
    except OverflowError:
        return None
    _begin(simplex, initial)
    status = simplex.solve(lambda: run.stopped() is not None)
    if status is Status.INFEASIBLE:
        return ArrayFlow(status, basis=simplex.basis())
    limit = None
    if status is Status.NO_SOLUTION_FOUND:
        limit = run.stopped()
        if simplex.undone:
            return ArrayFlow(status, limit=limit, basis=simplex.basis())
        status = Status.FEASIBLE
    flow, potential = simplex.flow, simplex.potential
    arcs = source, target, room, cost
    if status is Status.OPTIMAL and not holds(*arcs, balance, flow, potential):
        raise EngineError("the flow of the network simplex does not hold")
    total = simplex.cost
    if least.any():
        flow = flow + least
        total += sum(a * b for a, b in zip(least.tolist(), cost.tolist(), strict=True))
    return ArrayFlow(status, flow, potential, total, limit, simplex.basis())


def _begin(simplex: Any, initial: ArrayFlow | None) -> None:
    basis = None if initial is None else initial.basis
    if basis is not None and simplex.accepts(basis):
        simplex.restore(basis)


# ---- decimal numbers


def _decimal(
    arrays: list[npt.NDArray[Any]], time_limit: float | None, cancel: Any, initial: Any
) -> ArrayFlow:
    """Return the answer to a problem of sites that must use all they have."""
    source, target, capacity, unit_cost, demand, min_flow = arrays
    failures = Failures()
    read_numbers("sites", "demand", demand, demand.size, failures, negative=True)
    failures.raise_if_any()
    problem = FlowProblem.from_arrays(
        source,
        target,
        capacity=capacity,
        unit_cost=unit_cost,
        min_flow=min_flow,
        demand=np.maximum(demand, 0),
        supply=np.maximum(-demand, 0),
        unused_cost=np.inf,
        num_sites=demand.size,
    )
    solution = problem.solve(time_limit=time_limit, cancel=cancel, initial=initial)
    status, limit, basis = solution.status, solution.limit, solution.basis
    if not status.has_solution:
        return ArrayFlow(status, limit=limit, basis=basis)
    return ArrayFlow(status, solution.flow, solution.prices, solution.cost, limit, basis)
