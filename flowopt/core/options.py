"""What a caller asks of every `solve`, and the live state of a search: clock, cancel, progress."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType, TracebackType
from typing import Any

from flowopt.core.errors import Failures
from flowopt.core.status import Limit, Status

_SECONDS_BETWEEN_REPORTS = 0.1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search has come.

    Parameters
    ----------
    elapsed
        Seconds since `solve` was called.
    cost
        Cost of the best answer so far; None before the first.
    bound
        Best bound so far; None when the engine has none.
    iterations
        Number of iterations done so far.

    Examples
    --------
    >>> Progress(elapsed=1.5, cost=120.0, bound=None, iterations=40).cost
    120.0
    """

    elapsed: float
    cost: float | None
    bound: float | None
    iterations: int


class CancelToken:
    """Ends a search from another thread; the best answer found so far is returned.

    Examples
    --------
    >>> token = CancelToken()
    >>> token.cancel()
    >>> token.cancelled
    True
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the search to end."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether the search was asked to end."""
        return self._event.is_set()


OnProgress = Callable[[Progress], object]


@dataclass(frozen=True)
class Options:
    """The keywords that every ``solve`` takes, validated.

    Parameters
    ----------
    time_limit
        Wall-clock limit in seconds; None leaves it to the engine.
    iteration_limit
        Limit on the engine's iterations; None for no limit. With it, the same seed and the same
        number of workers, an answer is reproducible.
    seed
        Seed of the random choices, 0 or more.
    engine
        Name of an engine, or ``"auto"``.
    workers
        Number of threads or processes; None takes all cores that the process may use.
    initial
        A previous answer to start from, where the engine can use one.
    on_progress
        Called with a `Progress` several times a second.
    progress
        Show a progress bar on standard error.
    cancel
        A token that ends the search early.

    Raises
    ------
    ValidationError
        When a value cannot be used; all such values are listed.

    Examples
    --------
    >>> Options(time_limit=2.5, seed=7, workers=1).time_limit
    2.5
    """

    time_limit: float | None = None
    iteration_limit: int | None = None
    seed: int = 0
    engine: str = "auto"
    workers: int | None = None
    initial: Any = None
    on_progress: OnProgress | None = None
    progress: bool = False
    cancel: CancelToken | None = None

    def __post_init__(self) -> None:
        failures = Failures()
        limit = self.time_limit
        if limit is not None and not 0 < _number(limit) < math.inf:
            fix = "give seconds above 0, or None for the engine's own limit"
            failures.add("solve", "time_limit", None, limit, "out_of_range", "is no time", fix)
        for name, lowest in (("iteration_limit", 1), ("seed", 0), ("workers", 1)):
            value = getattr(self, name)
            if value is None and name != "seed":
                continue
            if not _is_whole(value) or not lowest <= value < 2**63:
                fix = f"give a whole number of at least {lowest}"
                failures.add("solve", name, None, value, "out_of_range", "cannot be used", fix)
        if not isinstance(self.engine, str):
            fix = 'give the name of an engine or "auto"'
            failures.add("solve", "engine", None, self.engine, "wrong_type", "is no name", fix)
        if self.on_progress is not None and not callable(self.on_progress):
            fix = "give a function that takes a Progress"
            value = self.on_progress
            failures.add("solve", "on_progress", None, value, "wrong_type", "cannot be called", fix)
        if self.cancel is not None and not isinstance(self.cancel, CancelToken):
            fix = "give a flowopt.CancelToken"
            failures.add("solve", "cancel", None, self.cancel, "wrong_type", "is no token", fix)
        failures.raise_if_any()


def _number(value: Any) -> float:
    """Return a number as a float; NaN of what is none."""
    try:
        return math.nan if isinstance(value, (bool, str)) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _is_whole(value: object) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every platform
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@dataclass(frozen=True)
class Outcome:
    """How one search ended, stamped on its solution.

    Parameters
    ----------
    status
        What is known about the answer.
    cost
        Cost of the answer, None when there is none.
    bound
        Proven bound on the cost, None when unknown.
    limit
        The limit that stopped the search, None when it ended by itself.
    runtime
        Seconds from the call of `solve` to its answer.
    engine
        Name of the engine that answered.
    seed
        Seed of the random choices.
    details
        What the engine wants on record: scale factors, iterations, the reason of its choice.
    """

    status: Status
    cost: float | None
    bound: float | None
    limit: Limit | None
    runtime: float
    engine: str
    seed: int
    details: dict[str, Any]


class Run:
    """The live state of one search: its clock, its cancel token, its progress.

    A context manager: within it, Ctrl-C cancels the search instead of raising (a second Ctrl-C
    raises), and an exception of the caller's ``on_progress`` is raised on leaving, not inside an
    engine that would swallow it or crash.

    Parameters
    ----------
    options
        What the caller asked for.

    Examples
    --------
    >>> with Run(Options(iteration_limit=3)) as run:
    ...     run.stopped(iterations=3)
    <Limit.ITERATIONS: 'ITERATIONS'>
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.seed = int(options.seed)
        self.workers = options.workers or available_cores()
        self.cancel = options.cancel or CancelToken()
        self.time_limit = options.time_limit
        self._started = time.perf_counter()
        self._last_report = -math.inf
        self._listeners: list[OnProgress] = [options.on_progress] if options.on_progress else []
        self._interrupted = threading.Event()  # Ctrl-C; the caller's token stays theirs
        self._callback_error: BaseException | None = None
        self._previous_handler: Any = None
        self._outer: Run | None = None  # the search that this one is a part of
        self._bar: Any = None

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return time.perf_counter() - self._started

    def discount(self, seconds: float) -> None:
        """Take seconds off the clock that were not spent on the search, such as on compiling."""
        self._started += seconds
        if self._outer is not None:
            self._outer.discount(seconds)

    @contextmanager
    def off_the_clock(self) -> Iterator[None]:
        """Take what is done within off the clock, such as the first import of a solver.

        Examples
        --------
        >>> run = Run(Options(time_limit=0.1))
        >>> with run.off_the_clock():
        ...     time.sleep(0.2)
        >>> run.stopped() is None
        True
        """
        began = time.perf_counter()
        try:
            yield
        finally:
            self.discount(time.perf_counter() - began)

    def part(self, seconds: float, **changes: Any) -> Run:
        """Return a run of a part of this search, which ends with it and tells no progress.

        Parameters
        ----------
        seconds
            Most that the part may take; may be inf.
        changes
            Options that differ.

        Examples
        --------
        >>> Run(Options(time_limit=60.0)).part(2.0).time_limit
        2.0
        """
        limit = min(seconds, self.remaining())
        timed = None if limit == math.inf else max(limit, 1e-9)
        quiet = {"time_limit": timed, "on_progress": None, "progress": False, "cancel": None}
        part = Run(replace(self.options, **quiet | changes))
        part._outer = self
        return part

    def remaining(self, default: float = math.inf) -> float:
        """Return the seconds left; `default` is the limit when the caller set none."""
        limit = default if self.time_limit is None else self.time_limit
        return max(0.0, limit - self.elapsed)

    @property
    def cancelled(self) -> bool:
        """Whether the caller, Ctrl-C or a failing callback asked the search to end."""
        stop = self._interrupted.is_set() or self._callback_error is not None
        stop = stop or self.cancel.cancelled
        return stop or (self._outer is not None and self._outer.cancelled)

    def stopped(self, iterations: int = 0) -> Limit | None:
        """Return the limit that has been reached, or None when the search may go on."""
        if self.cancelled:
            return Limit.CANCELLED
        if self.time_limit is not None and self.elapsed >= self.time_limit:
            return Limit.TIME
        most = self.options.iteration_limit
        return Limit.ITERATIONS if most is not None and iterations >= most else None

    def report(
        self, cost: float | None = None, bound: float | None = None, iterations: int = 0
    ) -> None:
        """Tell the caller how far the search is; cheap enough to call often."""
        now = self.elapsed
        if not self._listeners or now - self._last_report < _SECONDS_BETWEEN_REPORTS:
            return
        self._last_report = now
        for listener in self._listeners:
            try:
                listener(Progress(now, cost, bound, iterations))
            except BaseException as error:  # kept, and raised by __exit__
                self._callback_error = error

    def outcome(
        self,
        status: Status,
        engine: str,
        *,
        cost: float | None = None,
        bound: float | None = None,
        limit: Limit | None = None,
        **details: Any,
    ) -> Outcome:
        """Stamp an answer with this search's clock and seed; see `Outcome`."""
        return Outcome(status, cost, bound, limit, self.elapsed, engine, self.seed, details)

    def __enter__(self) -> Run:
        if threading.current_thread() is threading.main_thread():
            self._previous_handler = signal.getsignal(signal.SIGINT)
            if self._previous_handler is signal.default_int_handler:
                signal.signal(signal.SIGINT, self._on_interrupt)
            outer = getattr(self._previous_handler, "__self__", None)
            self._outer = outer if isinstance(outer, Run) else None
        if self.options.progress:
            from flowopt.core.progress import ProgressBar

            self._bar = ProgressBar(self.time_limit)
            self._listeners.append(self._bar)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._previous_handler is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self._bar is not None:
            self._bar.close()
        if self._callback_error is not None and error is None:
            raise self._callback_error

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._interrupted.is_set():
            raise KeyboardInterrupt
        self._interrupted.set()
