"""What every problem has: valid once constructed, the same `solve`, a fingerprint."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from flowopt.core.fingerprint import fingerprint
from flowopt.core.options import CancelToken, OnProgress, Options, Run

if TYPE_CHECKING:
    from flowopt.core.solution import Solution

S = TypeVar("S", bound="Solution[Any]")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Problem(ABC, Generic[S]):
    """The base of all problems: a frozen dataclass of NumPy columns."""

    @property
    @abstractmethod
    def features(self) -> frozenset[str]:
        """The features that an engine must support to take this problem."""

    @abstractmethod
    def _solve(self, run: Run) -> S:
        """Solve under the clock, cancel token and seed of `run`."""

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that stand for the problem's content."""
        return fingerprint(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.fingerprint}>"

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, validated again.

        Parameters
        ----------
        changes
            Field → new value.
        """
        return dataclasses.replace(self, **changes)

    def solve(
        self,
        *,
        time_limit: float | None = None,
        iteration_limit: int | None = None,
        seed: int = 0,
        engine: str = "auto",
        workers: int | None = None,
        initial: Any = None,
        on_progress: OnProgress | None = None,
        progress: bool = False,
        cancel: CancelToken | None = None,
    ) -> S:
        """Solve the problem and check the answer.

        Parameters
        ----------
        time_limit
            Wall-clock limit in seconds; None leaves it to the engine.
        iteration_limit
            Limit on the engine's iterations. The same seed, iteration limit and workers give the
            same answer, bit for bit; a wall-clock limit promises no such thing.
        seed
            Seed of the random choices, 0 or more.
        engine
            Name of an engine, or ``"auto"`` to choose one by the problem's features.
        workers
            Number of threads or processes; None takes all cores.
        initial
            A previous solution to start from, where the engine can use one; for routing also a
            table of visits.
        on_progress
            Called with a `flowopt.Progress` several times a second.
        progress
            Show a progress bar on standard error.
        cancel
            A `flowopt.CancelToken`; cancelling it, or Ctrl-C, ends the search within 0.25 s with
            the best answer found so far.

        Returns
        -------
        Solution
            Checked; its ``status`` says what is known about it.

        Raises
        ------
        ValidationError
            When an option cannot be used.
        UnsupportedFeatureError
            When the engine asked for cannot take this problem.
        EngineNotAvailableError
            When the engine needs a package that is not installed.
        EngineError
            When an engine fails, or its answer does not pass the check.
        """
        options = Options(
            time_limit=time_limit,
            iteration_limit=iteration_limit,
            seed=seed,
            engine=engine,
            workers=workers,
            initial=initial,
            on_progress=on_progress,
            progress=progress,
            cancel=cancel,
        )
        with Run(options) as run:
            return self._solve(run)
