"""The selection as a mixed-integer model, solved by HiGHS."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array, vstack

from flowopt.core.options import Run
from flowopt.core.status import Limit
from flowopt.inventory.selection.options import Ints, Options, Sharing
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearModel, LinearResult

_MARGIN = 2e-6  # of a limit: more than the tolerance of HiGHS, by which it may be overdrawn


@dataclass(frozen=True, eq=False)
class ModelSelection:
    """What HiGHS found.

    Parameters
    ----------
    chosen
        (n,) option of each item; None when nothing was found.
    bound
        Proven lower bound on the cost; None when unknown.
    limit
        What stopped the search.
    """

    chosen: Ints | None
    bound: float | None
    limit: Limit | None


def select_by_model(
    options: Options,
    sharing: Sharing,
    run: Run,
    start: Ints | None = None,
    gap: float = 0.0,
    nodes: int | None = None,
) -> ModelSelection:
    r"""Return the cheapest selection: :math:`\min \sum c_o x_o`, one option an item.

    Subject to :math:`\sum_{o \in i} x_o = 1` for every item i, and
    :math:`\sum_i a_{ij} \sum_{o \in i} q_o x_o \le b_j` for every limit j.

    Parameters
    ----------
    options
        What each item can choose from.
    sharing
        The limits.
    run
        Clock and cancel of the search.
    start
        (n,) options to start from; None for none.
    gap
        Relative distance of cost and bound at which the search may end.
    nodes
        Number of nodes at which it ends; None for no limit.
    """
    model, scale = _model_of(options, sharing)
    first = None
    if start is not None:
        first = np.zeros(len(options.amount))
        first[start] = 1.0

    def solved(model: LinearModel) -> LinearResult:
        part = run.part(math.inf, workers=1)
        return solve_linear(model, part, gap=gap, start=first, nodes=nodes)

    result = solved(model)
    bound = None if result.bound is None else result.bound * scale
    if result.values is None:
        return ModelSelection(None, bound, result.limit)
    chosen = np.flatnonzero(result.values > 0.5)
    if sharing.fits(options.amount[chosen]):
        return ModelSelection(chosen, bound, result.limit)
    upper = model.row_upper.copy()
    upper[options.num_items :] *= 1 - _MARGIN
    result = solved(replace(model, row_upper=upper))
    if result.values is None:
        return ModelSelection(start, bound, result.limit)
    chosen = np.flatnonzero(result.values > 0.5)
    fits = sharing.fits(options.amount[chosen])
    return ModelSelection(chosen if fits else start, bound, result.limit)


def _model_of(options: Options, sharing: Sharing) -> tuple[LinearModel, float]:
    """Return the model, limits and costs in parts of the largest, and the size of the costs."""
    count = len(options.amount)
    taken = sharing.transposed[:, options.item].multiply(options.amount[None, :])
    unit = np.where(sharing.capacity > 0, sharing.capacity, 1.0)
    one = csc_array((np.ones(count), (options.item, np.arange(count))))
    scale = max(float(np.abs(options.cost).max(initial=0.0)), 1e-300)
    model = LinearModel(
        cost=options.cost / scale,
        lower=np.zeros(count),
        upper=np.ones(count),
        matrix=csc_array(vstack([one, taken.multiply(1 / unit[:, None])])),
        row_lower=np.concatenate([np.ones(options.num_items), np.full(len(unit), -np.inf)]),
        row_upper=np.concatenate([np.ones(options.num_items), sharing.capacity / unit]),
        integer=np.ones(count, dtype=np.bool_),
    )
    return model, scale
