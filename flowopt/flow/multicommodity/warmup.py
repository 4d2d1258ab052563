"""Compiles the kernels of multi-commodity flow, or loads them, outside the clock of a search."""

from __future__ import annotations

import time
from functools import cache

import numpy as np

from flowopt.core.options import Options, Run
from flowopt.flow.multicommodity.generation import Generation
from flowopt.flow.multicommodity.layout import Layout, layout_of


def load_kernels() -> float:
    """Make column generation ready; return the seconds that it took now.

    Examples
    --------
    >>> load_kernels() < 3600
    True
    """
    began = time.perf_counter()
    _generate()
    return time.perf_counter() - began


def load_path_kernels() -> float:
    """Make ready what takes flows apart into paths; return the seconds that it took now.

    Examples
    --------
    >>> load_path_kernels() < 3600
    True
    """
    began = time.perf_counter()
    _take_apart()
    return time.perf_counter() - began


def _small() -> Layout:
    from flowopt.flow.multicommodity.problem import MultiCommodityProblem

    problem = MultiCommodityProblem.from_arrays(
        [0, 0], [1, 1], capacity=[1, 5], unit_cost=[1, 2], origin=[0], destination=[1], quantity=[3]
    )
    return layout_of(problem)


@cache
def _generate() -> None:
    search = Generation(_small(), Run(Options(workers=1)))
    search.search(0.0)
    search.invert()


@cache
def _take_apart() -> None:
    from flowopt.flow.multicommodity.pieces import paths_of_block

    paths_of_block(_small(), 0, np.array([1.0, 2.0]), np.array([3.0, 0.0]), np.zeros(1))
