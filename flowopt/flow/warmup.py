"""Loads the kernels by which answers are explained."""

from __future__ import annotations

import time


def load_answer_kernels() -> float:
    """Compile what an answer's questions need, or load it; return the seconds that it took.

    Examples
    --------
    >>> load_answer_kernels() < 3600
    True
    """
    from flowopt.flow import FlowProblem, min_cost_flow

    began = time.perf_counter()
    problem = FlowProblem.from_arrays(
        [0, 0], [1, 1], capacity=[1 / 3, 9], unit_cost=[1, 2], supply=[1, 0], demand=[0, 2 / 3]
    )
    solution = problem.solve()
    solution.bottlenecks()
    solution.to_dict()
    min_cost_flow([0], [1], capacity=1, unit_cost=1, demand=[-1, 1])
    return time.perf_counter() - began
