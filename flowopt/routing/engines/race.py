"""How many clients the threads of a search remove at a time, learnt from who does better."""

from __future__ import annotations

USUAL = 10.0
"""Clients that an iteration removes, in the mean, where nothing is known (the paper's c̄)."""

_MIDDLE = 14.0  # where a race begins
_APART = 1.5  # the fastest thread removes so many times less than the middle, the slowest more
_STEP = 1.12  # by which the middle moves at a meeting
_FEWEST, _MOST = 6.0, 40.0
_OVERHEAD = 5.0  # an iteration takes time as if it removed so many more


class Race:
    """Threads that start from one plan, and remove more or fewer clients at a time each.

    Where vehicles are nearly full, and loads differ, only large changes come to better plans; where
    they do not, small ones do as well in less time. No feature of a problem tells this as well as a
    trial: whichever thread is ahead when they meet draws the next numbers towards its own.

    Parameters
    ----------
    threads
        How many; one alone removes the usual number.

    Examples
    --------
    >>> race = Race(2)
    >>> before = race.removed(1)
    >>> race.won_by(1)
    >>> race.removed(0) < before < race.removed(1)
    True
    """

    def __init__(self, threads: int) -> None:
        self._threads, self._middle = threads, _MIDDLE

    def removed(self, thread: int) -> float:
        """Return the number of clients that an iteration of a thread removes, in the mean."""
        if self._threads < 2:
            return USUAL
        return self._middle * float(_APART ** self._side(thread))

    def won_by(self, thread: int) -> None:
        """Draw the numbers towards those of the thread that is ahead."""
        if self._threads > 1:
            middle = self._middle * _STEP ** self._side(thread)
            self._middle = min(_MOST, max(_FEWEST, middle))

    def _side(self, thread: int) -> float:
        """Return where a thread is, from -1 for the one that removes the fewest to 1."""
        return 2.0 * thread / (self._threads - 1) - 1.0


def as_long_as_usual(iterations: int, removed: float) -> int:
    """Return how many iterations that remove so many take as long as some usual ones.

    Parameters
    ----------
    iterations
        How many usual ones.
    removed
        Clients that one removes, in the mean.

    Examples
    --------
    >>> as_long_as_usual(1000, 10), as_long_as_usual(1000, 40)
    (1000, 333)
    """
    return max(1, int(iterations * (USUAL + _OVERHEAD) / (removed + _OVERHEAD)))
