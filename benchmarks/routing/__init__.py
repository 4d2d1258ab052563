"""flowopt beside its peers on published routing instances, in the same time on the same machine."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; see `benchmarks.routing.command`."""
    from benchmarks.routing.command import main as run

    return run(arguments)
