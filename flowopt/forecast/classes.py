r"""How demand comes: smooth, erratic, intermittent or lumpy.

By the average interval between periods with demand, ADI, and the squared coefficient of variation
of the sizes of demand, CV² (Syntetos, Boylan and Croston, *On the categorization of demand
patterns*, Journal of the Operational Research Society 56, 2005):

================  =============  ============
                  CV² ≤ 0.49     CV² > 0.49
================  =============  ============
ADI ≤ 1.32        smooth         erratic
ADI > 1.32        intermittent   lumpy
================  =============  ============
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import make_frame
from flowopt.forecast.history import DemandHistory
from flowopt.forecast.kernels import smoothing
from flowopt.forecast.reading import Floats
from flowopt.forecast.status import DemandClass

LONG_INTERVAL = 1.32
WIDE_SIZES = 0.49


@dataclass(frozen=True, eq=False, repr=False)
class Classes:
    """How the demand of each item comes.

    Parameters
    ----------
    history
        The histories.
    demand_class
        (n,) see `flowopt.forecast.status.DemandClass`.
    interval
        (n,) ADI: periods up to the last one with demand, over the number of those; inf without any.
    size_cv2
        (n,) CV² of the sizes of demand; 0 for fewer than two.
    num_demands
        (n,) number of periods with demand.
    since_demand
        (n,) periods since the last one with demand.
    """

    history: DemandHistory
    demand_class: npt.NDArray[np.str_]
    interval: Floats
    size_cv2: Floats
    num_demands: Floats
    since_demand: Floats

    def to_frame(self) -> Any:
        """Return a frame with one row an item."""
        columns = {
            "item": self.history.items,
            "site": self.history.sites,
            "demand_class": self.demand_class,
            "interval": self.interval,
            "size_cv2": self.size_cv2,
        }
        return make_frame(columns, self.history.backend)

    def counts(self) -> dict[str, int]:
        """Return the number of items of each class.

        Examples
        --------
        >>> DemandHistory.from_lists([[5, 6, 5], [0, 0, 9], [0, 0, 0]]).classes().counts()
        {'smooth': 1, 'erratic': 0, 'intermittent': 1, 'lumpy': 0, 'none': 1}
        """
        return {str(c): int(np.count_nonzero(self.demand_class == c)) for c in DemandClass}


def classify(history: DemandHistory) -> Classes:
    """Return how the demand of each item comes."""
    figures = describe(history, np.full(len(history.values), np.nan))
    num_demands, up_to, total, spread, since = figures[:, :5].T
    count = np.maximum(num_demands, 1)
    mean = np.where(total > 0, total / count, 1.0)
    cv2 = spread / np.maximum(count - 1, 1) / mean**2
    interval = np.where(num_demands > 0, up_to / count, np.inf)
    return Classes(history, class_of(interval, cv2), interval, cv2, num_demands, since)


def class_of(interval: npt.ArrayLike, size_cv2: npt.ArrayLike) -> npt.NDArray[np.str_]:
    """Return the class of demand.

    Parameters
    ----------
    interval
        ADI, the average interval between periods with demand; inf where there is no demand.
    size_cv2
        CV², the squared coefficient of variation of the sizes of demand.

    Raises
    ------
    ValidationError
        When one of them is negative or NaN.

    Examples
    --------
    >>> class_of([1.0, 1.0, 4.0, 4.0], [0.2, 0.9, 0.2, 0.9]).tolist()
    ['smooth', 'erratic', 'intermittent', 'lumpy']
    """
    adi, cv2 = np.asarray(interval, dtype=np.float64), np.asarray(size_cv2, dtype=np.float64)
    failures = Failures()
    for name, values in (("interval", adi), ("size_cv2", cv2)):
        for row in np.flatnonzero(~(values >= 0)):
            message, fix = "is negative or no number", "give 0 or more"
            value = values.reshape(-1)[row].item()
            failures.add("classes", name, int(row), value, "out_of_range", message, fix)
    failures.raise_if_any()
    wide = cv2 > WIDE_SIZES
    often = np.where(wide, str(DemandClass.ERRATIC), str(DemandClass.SMOOTH))
    seldom = np.where(wide, str(DemandClass.LUMPY), str(DemandClass.INTERMITTENT))
    some = np.where(adi > LONG_INTERVAL, seldom, often)
    return np.where(np.isinf(adi), str(DemandClass.NONE), some)


def describe(history: DemandHistory, errors: Floats) -> Floats:
    """Return (n, 9) figures of each history; see the kernel of this name."""
    figures = np.empty((history.num_items, 9))
    smoothing.describe(np.array(history.values), np.array(history.starts), errors, figures)
    return figures
