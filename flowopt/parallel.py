"""Map independent solves over joblib, and cancel them together."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar

from flowopt.core.options import CancelToken

T = TypeVar("T")
R = TypeVar("R")

_SECONDS_BETWEEN_LOOKS = 0.05


def map_independent(
    function: Callable[[T], R],
    items: Iterable[T],
    workers: int,
    prefer: Literal["threads", "processes"] = "processes",
) -> list[R]:
    """Apply a function to every item, in parallel, and return the results in order.

    Inside ``joblib.parallel_config("dask")`` the items go to that cluster instead. Ctrl-C in the
    terminal is this process's to handle: the worker processes do not heed it; see `shared_cancel`.

    Parameters
    ----------
    function
        A function of a module (not of ``__main__``, and no lambda).
    items
        What to apply it to.
    workers
        How many at once; 1 runs them here, one after another.
    prefer
        Threads for what releases the GIL, processes for all else.

    Examples
    --------
    >>> map_independent(abs, [-1, 2, -3], workers=1)
    [1, 2, 3]
    """
    tasks = list(items)
    if workers == 1 or len(tasks) < 2:
        return [function(task) for task in tasks]
    from joblib import Parallel, delayed

    run: Any = Parallel(n_jobs=workers, prefer=prefer, return_as="generator")
    with _deaf_to_ctrl_c():  # the processes that start now stay so
        results = run(delayed(function)(task) for task in tasks)
    return list(results)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Ignore Ctrl-C for a moment, where this thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


class _SharedToken(CancelToken):
    """A token that every process of this machine sees: it is cancelled when a file is there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def cancel(self) -> None:
        self._path.touch()

    @property
    def cancelled(self) -> bool:
        return self._path.exists()


@contextmanager
def shared_cancel(cancelled: Callable[[], bool]) -> Iterator[CancelToken]:
    """Give a token to solves in other processes, cancelled as soon as a function says so here.

    Parameters
    ----------
    cancelled
        Whether to end them; asked many times a second, in a thread of its own.

    Examples
    --------
    >>> with shared_cancel(lambda: False) as token:
    ...     token.cancelled
    False
    """
    done = threading.Event()
    with TemporaryDirectory(prefix="flowopt-") as folder:
        token = _SharedToken(Path(folder) / "cancelled")

        def watch() -> None:
            while not done.wait(_SECONDS_BETWEEN_LOOKS):
                if cancelled():
                    token.cancel()
                    return

        thread = threading.Thread(target=watch, name="flowopt-cancel", daemon=True)
        thread.start()
        try:
            yield token
        finally:
            done.set()
            thread.join()
