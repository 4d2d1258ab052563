"""Arguments of groups: rows of N values each, of which one with a fault may be left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.inventory.arguments import INVALID, ON_BAD_ITEMS, Arguments, require_choice


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups without a fault, and where they stand among all.

    Parameters
    ----------
    given
        The arguments, flat.
    sound
        (n,) which groups have no fault.
    """

    given: Arguments
    sound: npt.NDArray[np.bool_]

    @property
    def single(self) -> bool:
        """Whether one group was given, as (N,) values."""
        return len(self.given.shape) == 1

    def matrix(self, name: str) -> npt.NDArray[np.float64]:
        """Return (k, N) values of the sound groups."""
        values = self.given[name].reshape(len(self.sound), self.given.shape[-1])[self.sound]
        return np.ascontiguousarray(values, dtype=np.float64)

    def column(self, name: str) -> npt.NDArray[np.float64]:
        """Return (k,) values of the sound groups."""
        return self.matrix(name)[:, 0].copy()

    def spread(self, values: npt.NDArray[Any]) -> Any:
        """Return values of the sound groups among all, in the shape that was given.

        The others have no numbers: NaN, or -1 in whole ones.

        Parameters
        ----------
        values
            (k,) or (k, N).
        """
        empty = {"f": np.nan, "i": -1, "U": INVALID}[values.dtype.kind]
        every = np.full((len(self.sound), *values.shape[1:]), empty)
        every = every.astype(np.result_type(every, values))
        every[self.sound] = values
        if not self.single:
            return every
        return every[0] if every.ndim == 2 else every[0].item()


def sound_groups(given: Arguments, on_bad_items: str) -> Groups:
    """Return the groups without a fault; raise for the others, unless they may be left out.

    Parameters
    ----------
    given
        The arguments, (n, N) or (N,), with the faults found in them.
    on_bad_items
        ``"raise"`` or ``"status"``.
    """
    require_word(given.function, on_bad_items)
    width = given.shape[-1]
    bad = {failure.row for failure in given.failures}
    if on_bad_items == "raise" or None in bad:
        given.failures.raise_if_any()
    sound = np.ones(given.num_items // width, dtype=np.bool_)
    sound[[row // width for row in bad if row is not None]] = False
    return Groups(given, sound)


def require_word(function: str, on_bad_items: str) -> None:
    """Raise when what to do with bad items is not known.

    Parameters
    ----------
    function
        Name of the function that was asked.
    on_bad_items
        ``"raise"`` or ``"status"``.
    """
    failures = Failures()
    require_choice(function, "on_bad_items", on_bad_items, ON_BAD_ITEMS, failures)
    failures.raise_if_any()
