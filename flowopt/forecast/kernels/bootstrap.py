"""Samples of the demand over several periods, drawn from the periods of the past, compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def _next(state: np.uint64) -> np.uint64:
    """Return the next state of a generator that counts (Steele, Lea and Flood: SplitMix64)."""
    return state + np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def _uniform(state: np.uint64) -> float:
    """Return a number from 0 up to 1, as evenly spread as states are many."""
    z = state
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def bootstrap(
    values: Floats,
    starts: Index,
    rows: Index,
    length: Floats,
    window: int,
    seed: int,
    samples: Floats,
) -> None:
    """Fill (m, S) samples of the demand of some items over `length` periods.

    Each period is drawn, with replacement, from the last `window` of the item's history; what is
    left of a broken length counts as a period with that chance. An item's samples depend on the
    seed and its place among all items alone.
    """
    for k in range(rows.size):
        i = rows[k]
        last = starts[i + 1]
        first = max(starts[i], last - window)
        count = last - first
        whole = int(np.floor(length[k]))
        part = length[k] - whole
        state = np.uint64(seed) * np.uint64(0xD1342543DE82EF95) + np.uint64(i + 1) * np.uint64(
            0xA0761D6478BD642F
        )
        for s in range(samples.shape[1]):
            total = 0.0
            for _ in range(whole):
                state = _next(state)
                total += values[first + int(_uniform(state) * count)]
            if part > 0:
                state = _next(state)
                drawn = _uniform(state) < part
                state = _next(state)
                if drawn:
                    total += values[first + int(_uniform(state) * count)]
            samples[k, s] = total
