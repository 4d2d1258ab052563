"""The flow benchmark: ``python -m benchmarks flow``.

A set is a module of this folder with a function ``rows(rounds, small)`` that yields dicts, one a
problem and method, with at least ``set``, ``instance``, ``method``, ``seconds`` (of the processor,
median), ``ratio`` (to flowopt's; above 1, flowopt is quicker) and ``agrees`` (whether the answer is
the known or the common one).
"""

from benchmarks.flow.command import main

__all__ = ["main"]
