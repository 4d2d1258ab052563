"""The inventory benchmark: ``python -m benchmarks inventory --sets … --out DIR``.

A set is a module of this folder with a function ``rows(rounds, small)`` that yields dicts, one a
problem and method, with at least ``set``, ``instance``, ``method``, ``seconds`` (of the processor,
median) and ``ratio`` (to flowopt's, of the same number of items; above 1, flowopt is quicker; None
where there is no peer). Where they apply: ``error`` (relative, to the known answer or the peer's),
``target`` (the figure to reach, in words or as a number) and ``agrees`` (whether it is reached and
the answer is the known one; never whether the machine was quick).
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import _sets


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0, or 1 when an answer is not the known one."""
    return _sets.run("inventory", arguments)


def sets() -> dict[str, _sets.Rows]:
    """Return name → what yields the rows of a set."""
    return _sets.sets("inventory")
