"""The labels of a layout as a model of CP-SAT, which proves what the sweeps leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel

    from flowopt.inventory.safety_stock.engines.message_passing import Search
    from flowopt.inventory.safety_stock.grid import Grid
    from flowopt.inventory.safety_stock.layout import Layout, Variables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DIGITS = 1e12
"""Whole units that the cost of the best times is counted in."""

MOST_LABELS = 150_000
"""Labels and costs in tables beyond which CP-SAT would take long to begin."""

WORK = 0.01
"""Deterministic seconds of CP-SAT that stand for an iteration."""


def close(search: Search, variables: Variables, layout: Layout, grid: Grid) -> bool:
    """Let CP-SAT find and prove the best labels; return whether it came to an end.

    Parameters
    ----------
    search
        The best times and the bound, from which it begins.
    variables, layout
        The variables, their labels and costs.
    grid
        The grid, which is exact.
    """
    from flowopt.core.status import Status
    from flowopt.solvers import cpsat

    if search.proven:
        return True
    scale = DIGITS / search.best.cost
    model = model_of(layout, scale)
    for variable, label in enumerate(labels_of(search, variables, layout, grid).tolist()):
        model.add_hint(model.get_int_var_from_proto_index(variable), label)
    limit = search.run.options.iteration_limit
    work = None if limit is None else WORK * max(1, limit - search.iterations)
    result = cpsat.solve(model, search.run.part(search.run.remaining()), work=work)
    search.limit = result.limit
    if result.values is not None:
        search.offer_choice(variables, layout, result.values[: variables.count], grid)
    if result.bound is not None:
        search.raise_bound(result.bound / scale + layout.constant)
    return result.status is Status.OPTIMAL


def labels_of(search: Search, variables: Variables, layout: Layout, grid: Grid) -> Ints:
    """Return (V,) the labels that the best times of a search have.

    Parameters
    ----------
    search
        The search.
    variables, layout
        The variables and their labels.
    grid
        The grid, which is exact.
    """
    labels = np.empty(variables.count, dtype=np.int64)
    for numbers, times in (
        (variables.inbound, search.best.inbound),
        (variables.service, search.best.service),
    ):
        there = numbers >= 0
        ticks = np.rint(times[there] * grid.per / grid.ticks).astype(np.int64)
        labels[numbers[there]] = ticks - layout.low[numbers[there]]
    return labels


def model_of(layout: Layout, scale: float) -> CpModel:
    """Return the model: first a variable for each of the layout, its label.

    Parameters
    ----------
    layout
        Labels and costs.
    scale
        Units in which costs are counted, rounded down so that its bound is one.
    """
    from ortools.sat.python.cp_model import CpModel

    model = CpModel()
    width = layout.high - layout.low
    label = [model.new_int_var(0, most, "") for most in width.tolist()]
    costs: list[Any] = []
    for variable, most in enumerate(width.tolist()):
        begin = layout.offset[variable]
        _add_cost(model, label[variable], layout.unary[begin : begin + most + 1] * scale, costs)
    for earlier, later, start, gap in layout.edges[:, :4].tolist():
        if start < 0:
            model.add(label[later] >= label[earlier] + gap)
            continue
        longest = int(width[earlier]) + gap
        net = model.new_int_var(0, longest, "")
        model.add(net == label[earlier] + gap - label[later])
        _add_cost(model, net, layout.table[start : start + longest + 1] * scale, costs)
    model.minimize(sum(costs))
    return model


def _add_cost(model: CpModel, index: Any, costs: Floats, total: list[Any]) -> None:
    """Add what the values of a variable cost."""
    units = np.floor(np.minimum(costs, 2 * DIGITS)).astype(np.int64)  # beyond is not the best
    if not units.any():
        return
    cost = model.new_int_var(int(units.min()), int(units.max()), "")
    model.add_element(index, units.tolist(), cost)
    total.append(cost)
