"""A solver's work in a thread of its own, which is never left behind when the process ends."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from flowopt.core.errors import EngineError

T = TypeVar("T")

_SECONDS_BETWEEN_STOPS = 0.05


class Background(Generic[T]):
    """Work done in a thread of its own, from the moment that it is made.

    Work that is abandoned goes on unheard until its solver looks up. Python must not end before:
    it would unwind the thread through the solver's compiled code, which aborts the process. So
    the process stops all work that still goes on when it exits, and waits for it.

    Parameters
    ----------
    name
        Name of the solver, for its thread and its errors.
    work
        What to do; it lets go of Python's lock.
    stop
        Asks the work to end soon.

    Examples
    --------
    >>> work = Background("adding", lambda: 1 + 2, lambda: None)
    >>> work.done(within=5.0), work.result()
    (True, 3)
    """

    def __init__(self, name: str, work: Callable[[], T], stop: Callable[[], object]) -> None:
        self._name, self._work, self._stop = name, work, stop
        self._results: list[T] = []
        self._fault: BaseException | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)
        _going_on.add(self)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:  # handed to the caller's thread
            self._fault = error
        finally:
            self._done.set()
            _going_on.discard(self)

    def done(self, within: float) -> bool:
        """Wait for some seconds at most; return whether the work has come to its end."""
        return self._done.wait(within)

    def result(self) -> T:
        """Return what the work returned; raise `EngineError` when it failed."""
        if self._fault is not None:
            raise EngineError(f"{self._name} failed: {self._fault}") from self._fault
        return self._results[0]

    def end(self) -> None:
        """Stop the work, and wait until it has ended."""
        while self._thread.is_alive():  # again and again: a solver just starting hears nothing
            self._stop()
            self._thread.join(_SECONDS_BETWEEN_STOPS)


_going_on: set[Background[Any]] = set()


@atexit.register
def _end_all() -> None:
    for work in tuple(_going_on):
        work.end()
