"""A network of floats as one of 64-bit whole numbers, and what that rounds.

Decimal data (2 decimals, say) become whole numbers exactly. All else is rounded to as small a step
as 64 bits allow, bounds outwards and by a little more than the sums of floats are exact to, so that
rounding, ours or the caller's, makes no problem infeasible. Costs are rounded to nearest, and
`flowopt.flow.residual` mends what that spoils.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from flowopt.core.errors import EngineError
from flowopt.flow.expansion import FloatArray, IndexArray, PureNetwork

_MOST_DECIMALS = 9
_EXACT_QUANTITY = 2.0**53  # a float tells all whole numbers below apart
_SLACK = 2.0**-48  # of a rounded number: sums that the caller made of floats are as inexact
_LOWER_SLACK = 2.0**-46  # a lower bound may be the sum of what was itself rounded down
_OUT_OF_BOUNDS = 1e-9  # of a flow, or of one unit: less is the work of rounding
_COARSE = 1e-6  # of the least that must move: a coarser step changes the problem
_NOISE = 2.0**-43  # of what passes at an end of an arc: less is the work of the slacks
_SUM_BITS = 2.0**61  # of the capacities at one node
_EXACT_COST = 2.0**61  # |cost| × nodes: beyond it the solver refuses at once
_SAFE_COST = 2.0**60  # |cost| × nodes²: no path can leave 64 bits
_LARGEST_EXPONENT = 1000  # of a float, with room to multiply
_COST_BITS = 2.0**40  # finer costs only make the solver slower


@dataclass(frozen=True, slots=True)
class Scale:
    """A factor that makes whole numbers of data, and the largest error of doing so.

    Parameters
    ----------
    factor
        Whole number = factor × value, rounded.
    error
        Largest difference between a value and its whole number divided by the factor.
    """

    factor: float
    error: float = 0.0


@dataclass(frozen=True, eq=False)
class IntegerNetwork:
    """A `PureNetwork` in whole numbers, its lower bounds shifted to 0.

    Parameters
    ----------
    source, target, capacity, unit_cost
        (M,) arcs.
    balance
        (K,) what each node gives (> 0) or takes (< 0), the lower bounds already shipped.
    lower
        (M,) what was shifted.
    quantities, costs
        The scales of quantities and costs.
    """

    source: IndexArray
    target: IndexArray
    capacity: IndexArray
    unit_cost: IndexArray
    balance: IndexArray
    lower: IndexArray
    quantities: Scale
    costs: Scale

    def flow_of(self, network: PureNetwork, flow: IndexArray) -> FloatArray:
        """Return the caller's flow that a flow of whole numbers stands for.

        Parameters
        ----------
        network
            What this was made from.
        flow
            (M,) flow above the lower bounds.
        """
        true: FloatArray = (flow + self.lower) / self.quantities.factor
        return on_bounds(network, true) if self.quantities.error else true


class InexactError(EngineError):
    """Quantities are too far apart for an engine of whole numbers."""


def refuse_coarse(network: PureNetwork, whole: IntegerNetwork, engine: str) -> None:
    """Raise `InexactError` when rounding changes what must move by more than a millionth.

    Parameters
    ----------
    network
        Nodes and arcs.
    whole
        The network in whole numbers.
    engine
        Who solves it.
    """
    if not whole.quantities.error:
        return
    must = np.concatenate([network.demand, network.lower])
    least = float(must[must > 0].min(initial=np.inf))
    if whole.quantities.error > _COARSE * least:
        raise InexactError(
            f"engine {engine!r} counts in steps of {whole.quantities.error:.3g}, which is too "
            f"coarse beside a quantity of {least:.6g}: use engine 'network_simplex' or 'highs', or "
            "give quantities with fewer decimals"
        )


def on_bounds(
    network: PureNetwork,
    flow: FloatArray,
    absolute: float = 0.0,
    of_ends: np.ufunc = np.maximum,
) -> FloatArray:
    """Return a flow with what is a rounding away from a bound on it.

    Parameters
    ----------
    network
        Nodes and arcs.
    flow
        (M,) flow of each arc.
    absolute
        A distance, in the unit of the flow, that is rounding at any size.
    of_ends
        Whose noise an arc has: of the busier of its ends, or of the quieter (`np.minimum`).
    """
    flow = np.clip(flow, network.lower, network.capacity)
    passing = np.bincount(network.source, weights=flow, minlength=network.num_nodes)
    passing = np.maximum(
        passing, np.bincount(network.target, weights=flow, minlength=network.num_nodes)
    )
    room = absolute + _NOISE * of_ends(passing[network.source], passing[network.target])
    flow = np.where(flow <= network.lower + room, network.lower, flow)
    return np.where(flow >= network.capacity - room, network.capacity, flow)


def within_bounds(network: PureNetwork, flow: FloatArray, size: FloatArray) -> FloatArray | None:
    """Return a flow in floats with what is a rounding away from a bound on it.

    Parameters
    ----------
    network
        Nodes and arcs.
    flow
        (M,) flow of each arc, out of bounds by rounding at most; else None is returned.
    size
        (M,) size of what was added up for it.
    """
    if not np.isfinite(flow).all():
        return None
    unit = min(1.0, float(np.abs(network.demand).max(initial=0.0)))
    beyond = np.maximum(network.lower - flow, flow - network.capacity)
    allowed = _OUT_OF_BOUNDS * np.maximum(unit, np.abs(flow)) + _SLACK * size
    if (beyond > allowed).any():
        return None
    room = _SLACK * size
    flow = np.where(flow <= network.lower + room, network.lower, flow)
    flow = np.where(flow >= network.capacity - room, network.capacity, flow)
    return np.clip(flow, network.lower, network.capacity)


def to_integers(network: PureNetwork) -> Iterator[IntegerNetwork]:
    """Yield the network in whole numbers: the most exact costs first, then coarser ones.

    A solver that refuses one for the range of its costs is given the next.

    Parameters
    ----------
    network
        Nodes and arcs, without a cycle that could carry infinite flow at a gain.
    """
    quantities = _quantity_scale(network)
    lower = _scaled(network.lower, quantities, np.floor, -_LOWER_SLACK)
    balance = -_scaled(network.demand, quantities, np.floor, -_SLACK)
    balance[network.root] = 0
    balance[network.root] = -balance.sum()
    np.subtract.at(balance, network.source, lower)
    np.add.at(balance, network.target, lower)
    most = _most_flow(network)
    capacity = _scaled(np.minimum(network.capacity, most), quantities, np.ceil, _SLACK)
    capacity[network.capacity > most] += 1  # no limit: not even a rounded one
    ends = network.source, network.target
    for costs in _cost_scales(network):
        cost = _scaled(network.cost, costs)
        yield IntegerNetwork(*ends, capacity - lower, cost, balance, lower, quantities, costs)


def _scaled(
    values: FloatArray, scale: Scale, rounding: np.ufunc = np.rint, slack: float = 0.0
) -> IndexArray:
    """Return whole numbers; `rounding` and `slack` (relative) matter where they are not exact."""
    whole = values * scale.factor
    if scale.error:
        whole = rounding(whole * (1 + slack))
    integers: IndexArray = np.rint(whole).astype(np.int64)
    return integers


def _most_flow(network: PureNetwork) -> float:
    """Return a quantity that some flow of least cost exceeds on no arc.

    Such a flow is made of paths, which carry what nodes and lower bounds give, and of cycles that
    gain; a cycle takes up the capacity of an arc that costs less than nothing, or, when one of
    these has no limit, of another.
    """
    given = np.abs(network.demand).sum()
    gains = network.cost < 0
    limited = np.isfinite(network.capacity)
    counted = limited & (gains if (limited | ~gains).all() else True)
    cycles = network.capacity[counted].sum() if gains.any() else 0.0
    return float(given + network.lower.sum() + cycles)


def _quantity_scale(network: PureNetwork) -> Scale:
    most = _most_flow(network)
    capacity = np.minimum(network.capacity, most)
    loads = network.lower.sum() + np.abs(network.demand)
    for ends in (network.source, network.target):
        loads += np.bincount(ends, weights=capacity, minlength=network.num_nodes)
    largest = max(float(loads.max(initial=0.0)), most, 1e-300)
    used = [network.lower, capacity[network.capacity <= most], network.demand]
    return quantity_scale(np.concatenate(used), most, largest)


def quantity_scale(quantities: FloatArray, most: float, largest: float) -> Scale:
    """Return the scale that makes whole numbers of quantities, exactly where 64 bits allow.

    Parameters
    ----------
    quantities
        What is to become whole numbers.
    most
        The largest flow that an answer can have on one arc.
    largest
        The largest sum of quantities at one node, above 0.

    Examples
    --------
    >>> quantity_scale(np.array([0.5, 2.25]), 10.0, 20.0)
    Scale(factor=100.0, error=0.0)
    """
    factor = decimal_factor(quantities)
    if factor and most * factor <= _EXACT_QUANTITY and largest * factor <= _SUM_BITS:
        return Scale(factor)
    factor = power_of_two(_SUM_BITS, largest)
    return Scale(factor, 1.0 / factor)


def _cost_scales(network: PureNetwork) -> Iterator[Scale]:
    """Yield scales of the costs, the most exact first, the safest last."""
    dearest = float(np.abs(network.cost).max(initial=0.0))
    nodes = network.num_nodes + 1
    exact = decimal_factor(network.cost)
    if exact and dearest * exact * nodes < _EXACT_COST:
        yield Scale(exact)
        if dearest * exact * nodes**2 < _SAFE_COST:
            return
    for limit in (_SAFE_COST / nodes**1.5, _SAFE_COST / nodes**2):
        factor = power_of_two(min(limit, _COST_BITS), dearest)
        yield Scale(factor, 0.5 / factor)


def decimal_factor(values: FloatArray) -> float | None:
    """Return the smallest power of ten that makes whole numbers of all values, None if none does.

    Examples
    --------
    >>> decimal_factor(np.array([0.1, 2.25, 7.0])), decimal_factor(np.array([1 / 3]))
    (100.0, None)
    """
    left = values
    for decimals in range(_MOST_DECIMALS + 1):
        factor = 10.0**decimals
        left = left[np.rint(left * factor) / factor != left]
        if not len(left):
            return factor
    return None


def power_of_two(limit: float, largest: float) -> float:
    """Return a power of two, by which to multiply rounds nothing, that keeps to a limit.

    Parameters
    ----------
    limit
        What the largest number may become.
    largest
        The largest number, above 0.
    """
    exponent = math.floor(math.log2(limit) - math.log2(largest))
    return 2.0 ** min(exponent, _LARGEST_EXPONENT)
