"""Links of flows to what they need open, added as the relaxation breaks them.

A large model begins with one row a site or lane for all that goes through it, and gets those of
the strong links that its relaxation breaks, round by round: few of them matter.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.flow.design.model import DesignModel, build
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearModel

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

MOST_AT_ONCE = 250_000
"""With more links than these, they are added as they are needed."""

_ROUNDS = 12
_BROKEN = 1e-4  # of the most that a flow can be


def num_links(model: DesignModel) -> int:
    """Return how many links a model has."""
    names = ("link", "link_source", "link_target")
    return sum(model.rows[name].size for name in names)


def linked_as_needed(problem: DesignProblem, run: Run) -> DesignModel:
    """Return a model with the links that its relaxation needs.

    Parameters
    ----------
    problem
        What to model.
    run
        The live options; a third of the time that is left may be spent.
    """
    model = build(problem, links=False)
    part = run.part(run.remaining() / 3)
    flow, gate, most = _links(problem, model)
    missing = np.ones(len(flow), dtype=np.bool_)
    for _ in range(_ROUNDS):
        values = solve_linear(replace(model.linear, integer=None), part).values
        if values is None:
            break
        broken = missing & (values[flow] - most * values[gate] > _BROKEN * np.maximum(1.0, most))
        if not broken.any():
            break
        missing &= ~broken
        linear = _with_links(model.linear, flow[broken], gate[broken], most[broken])
        model = replace(model, linear=linear)
    return model


def _links(problem: DesignProblem, model: DesignModel) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Return the columns of flow and gate of every link, and the most that the flow can be."""
    flow, opened, use = (model.columns[name] for name in ("flow", "open", "use"))
    open_of, use_of = np.full(problem.num_sites, -1), np.full(problem.num_lanes, -1)
    open_of[opened.keys[0]] = np.arange(opened.size) + opened.start
    use_of[use.keys[0]] = np.arange(use.size) + use.start
    lane = flow.keys[0]
    used = use_of[lane]
    ends = [np.where(used < 0, open_of[end[lane]], -1) for end in (problem.source, problem.target)]
    columns = np.arange(flow.size) + flow.start
    gates = [used, *ends]
    chosen = [np.flatnonzero(gate >= 0) for gate in gates]
    place = np.concatenate([columns[rows] for rows in chosen])
    gate = np.concatenate([gate[rows] for gate, rows in zip(gates, chosen, strict=True)])
    return place, gate, model.linear.upper[place]


def _with_links(
    linear: LinearModel, flow: IndexArray, gate: IndexArray, most: FloatArray
) -> LinearModel:
    """Return a model with more rows: ``flow ≤ most · gate``."""
    from scipy.sparse import coo_array, vstack

    rows = np.arange(len(flow))
    values = np.concatenate([np.ones(len(flow)), -most])
    places = (np.tile(rows, 2), np.concatenate([flow, gate]))
    links = coo_array((values, places), shape=(len(flow), len(linear.cost)))
    matrix = vstack([linear.matrix, links]).tocsc()
    return replace(
        linear,
        matrix=matrix,
        row_lower=np.append(linear.row_lower, np.full(len(flow), -np.inf)),
        row_upper=np.append(linear.row_upper, np.zeros(len(flow))),
    )
