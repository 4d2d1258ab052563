"""One function: map independent solves over joblib."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def map_independent(
    function: Callable[[T], R],
    items: Iterable[T],
    workers: int,
    prefer: Literal["threads", "processes"] = "processes",
) -> list[R]:
    """Apply a function to every item, in parallel, and return the results in order.

    Inside ``joblib.parallel_config("dask")`` the items go to that cluster instead.

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

    run: Any = Parallel(n_jobs=workers, prefer=prefer)
    return list(run(delayed(function)(task) for task in tasks))
