"""Compiles the loops of the named problems, for ``flowopt warmup``."""

from __future__ import annotations

from flowopt.flow.named.assignment.problem import AssignmentProblem
from flowopt.flow.named.shortest_path.problem import ShortestPathProblem


def load_named_kernels() -> None:
    """Solve a small problem of each kind that has loops of its own."""
    for maximize in (False, True):  # which differ in whether the matrix is the problem's own
        AssignmentProblem.from_arrays([[1.0, 2.0], [2.0, 1.0]], maximize=maximize).solve()
    for cost in (1.0, -1.0):
        ShortestPathProblem.from_arrays([0], [1], [cost]).solve()
