"""``python -m benchmarks flow``: see `benchmarks._sets`."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import _sets


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0, or 1 when an answer is not the known one."""
    return _sets.run("flow", arguments)


def sets() -> dict[str, _sets.Rows]:
    """Return name → what yields the rows of a set."""
    return _sets.sets("flow")
