"""What the benchmark asks of a solver."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from typing import Any, ClassVar, Protocol

from benchmarks.routing.answers import Answer
from benchmarks.routing.case import Loaded

ALL_VARIANTS = frozenset(
    {
        "cvrp",
        "vrptw",
        "mdvrp",
        "mdvrptw",
        "hfvrp",
        "vrpb",
        "pcvrptw",
        "mtvrptwr",
        "sdvrptw",
        "pdptw",
    }
)


@dataclass(frozen=True)
class Search:
    """How one process is to search.

    Parameters
    ----------
    limit
        Seconds of the clock on the wall.
    seed
        Seed of its random choices; processes of one run have different ones.
    process
        Number of the process within the run, from 0.
    threads
        Number of threads that it may use.
    """

    limit: float
    seed: int
    process: int
    threads: int


class Solver(Protocol):
    """A solver of the comparison.

    ``variants`` are the kinds of problems that it takes. ``processes`` is how many processes use
    both cores, of which the best answer counts. ``seeded`` is whether seeds make a difference.
    """

    variants: ClassVar[frozenset[str]]
    processes: ClassVar[int]
    seeded: ClassVar[bool]
    package: ClassVar[str]

    def prepare(self, loaded: Loaded, search: Search) -> Any:
        """Load the library and build its model, before the clock starts.

        Raises
        ------
        Unsupported
            When it cannot take the case.
        """

    def solve(self, prepared: Any, search: Search) -> Answer:
        """Search within the limit."""


def version(solver: Solver) -> str:
    """Return the version of a solver's package; empty when it is not installed."""
    try:
        return metadata.version(solver.package)
    except metadata.PackageNotFoundError:
        return ""
