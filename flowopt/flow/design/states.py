"""What is decided of a site or a lane."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

GIVEN, FREE, OPEN, CLOSED = 0, 1, 2, 3
"""It is there; it may be opened or not; it is open by decree; it is closed."""

DECISIONS = ("auto", "given", "free", "open", "closed")
"""The words for it; "auto" is free where there is a fixed cost or a minimum, else given."""


def states_of(
    decision: npt.NDArray[np.str_], fixed_cost: npt.NDArray[Any], least: npt.NDArray[Any]
) -> npt.NDArray[np.int8]:
    """Return the state of each site, or lane.

    Parameters
    ----------
    decision
        (n,) words of `DECISIONS`.
    fixed_cost, least
        (n,) what makes an "auto" one free.

    Examples
    --------
    >>> states_of(np.array(["auto", "auto", "open"]), np.array([0, 1, 1]), np.zeros(3)).tolist()
    [0, 1, 2]
    """
    states = np.where((fixed_cost > 0) | (least > 0), FREE, GIVEN).astype(np.int8)
    for state, word in enumerate(DECISIONS[1:]):
        states[decision == word] = state
    states.setflags(write=False)
    return states
