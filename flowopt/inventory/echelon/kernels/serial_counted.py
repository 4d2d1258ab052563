r"""Serial systems under counted demand, compiled: exact levels, and what given levels do.

Stages are numbered from the one that faces customers, as in the literature. With the echelon
holding costs :math:`h_j`, :math:`c = p + \sum_j h_j` and the demand :math:`D_j` over the lead time
of stage j, the differences of the cost that stage j controls follow from those of stage j - 1
(Clark & Scarf 1960; Federgruen & Zipkin 1984; Chen & Zheng 1994):

.. math::

    \Delta_0(x) = -c\,[x < 0], \qquad
    \Delta_j(y) = h_j + E\big[\Delta_{j-1}(y - D_j)\,[y - D_j < S_{j-1}]\big], \qquad
    S_j = \min\{y : \Delta_j(y) \ge 0\}
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from flowopt.inventory.echelon.kernels.counts import convolved, count_pmf, survival

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def _through_lead_time(
    low: int, values: FloatArray, below: float, above: float, least: int, pmf: FloatArray
) -> FloatArray:
    """Return the mean of a function of the level less demand, for the levels where it varies.

    The function is `below` under the level `low`, then its values, then `above`. The result begins
    at ``low + least`` and is constant again beyond its end.
    """
    size = values.size + pmf.size
    result = np.empty(size)
    over = survival(pmf)
    for place in range(size):
        # the level is low + least + place, so demand of least + k leaves low + place - k
        total = below * (over[place] if place < pmf.size else 0.0)
        first = place - values.size
        if first >= 0:  # demand up to least + first leaves more than the last value
            total += above * (1.0 - over[first] if first < pmf.size else 1.0)
        for k in range(max(0, first + 1), min(place, pmf.size - 1) + 1):
            total += pmf[k] * values[place - k]
        result[place] = total
    return result


@njit(cache=True, nogil=True)
def counted_levels(
    first: IndexArray,
    lead_time: FloatArray,
    echelon_cost: FloatArray,
    mean: FloatArray,
    excess: FloatArray,
    stockout_cost: FloatArray,
    level: FloatArray,
    cost: FloatArray,
    done: npt.NDArray[np.bool_],
    begin: int,
    end: int,
) -> None:
    """Set the optimal echelon base-stock levels, and their cost, of some systems.

    Parameters
    ----------
    first
        (n + 1,) where the stages of each system begin; the stage that faces customers is first.
    lead_time
        (m,) of each stage, that of the first with the review period.
    echelon_cost
        (m,) echelon holding cost; the sum over the last stages must be above 0.
    mean, excess
        (n,) mean demand of a period, and its variance / mean - 1.
    stockout_cost
        (n,) per unit and period.
    level
        (m,) set in place; inf where a stage should hold nothing back for another.
    cost
        (n,) set in place; per period.
    done
        (n,) which systems to leave out.
    begin, end
        The systems to solve.
    """
    for system in range(begin, end):
        if done[system]:
            continue
        start, stop = first[system], first[system + 1]
        mu = mean[system]
        total = stockout_cost[system]
        for stage in range(start, stop):
            total += echelon_cost[stage]
        low, values, below, above = 0, np.empty(0), -total, 0.0
        intercept = 0.0  # far below, the cost is `intercept + below · level`
        for stage in range(start, stop):
            least, pmf = count_pmf(mu * lead_time[stage], excess[system])
            intercept -= below * mu * lead_time[stage]
            values = _through_lead_time(low, values, below, above, least, pmf)
            low += least
            intercept -= echelon_cost[stage] * mu * lead_time[stage]
            below += echelon_cost[stage]
            above += echelon_cost[stage]
            for place in range(values.size):
                values[place] += echelon_cost[stage]
            level[stage] = np.inf
            if above > 0.0:
                place = 0
                while place < values.size and values[place] < 0.0:
                    place += 1
                level[stage] = low + place
                values = values[:place].copy()
                above = 0.0
        saved = 0.0
        for place in range(values.size):
            saved += values[place]
        cost[system] = intercept + below * low + saved


@njit(cache=True, nogil=True)
def _capped_excess(low: int, pmf: FloatArray, gap: int) -> Any:
    """Return the probabilities of what a sum exceeds a gap by, from 0 on, and their least value.

    Parameters
    ----------
    low, pmf
        The least value of the sum and the probabilities from there on.
    gap
        What is taken off; may be negative.
    """
    if low >= gap:
        return low - gap, pmf
    inside = min(gap - low, pmf.size - 1)
    kept = pmf[inside:].copy()
    for place in range(inside):
        kept[0] += pmf[place]
    return 0, kept


@njit(cache=True, nogil=True)
def _shortage(low: int, pmf: FloatArray, level: float) -> Any:
    """Return the mean by which a sum exceeds a level, and the probability that it reaches it."""
    short, reached = 0.0, 0.0
    for place in range(pmf.size):
        over = low + place - level
        if over >= 0:
            short += over * pmf[place]
            reached += pmf[place]
    return short, reached


@njit(cache=True, nogil=True)
def counted_performance(
    first: IndexArray,
    lead_time: FloatArray,
    level: FloatArray,
    mean: FloatArray,
    excess: FloatArray,
    review: FloatArray,
    position: FloatArray,
    backorders: FloatArray,
    fill_rate: FloatArray,
    no_stockout: FloatArray,
    done: npt.NDArray[np.bool_],
    begin: int,
    end: int,
) -> None:
    """Set what given levels do, from the source to the customers, of some systems.

    The shortfall :math:`V_j`, by which the position of stage j misses its level, is 0 at the
    source, and :math:`V_{j-1} = (V_j + D_j - (S_j - S_{j-1}))^+`.

    Parameters
    ----------
    first, mean, excess, done, begin, end
        As in `counted_levels`.
    lead_time
        (m,) of each stage, without the review period.
    level
        (m,) echelon base-stock levels, whole numbers; inf asks for all that there is.
    review
        (n,) 1 for periodic, 0 for continuous review.
    position
        (m,) set in place: mean echelon position of each stage after its order.
    backorders, fill_rate, no_stockout
        (n,) set in place: mean demand that waits, share met from stock, and probability that
        nothing waits.
    """
    for system in range(begin, end):
        if done[system]:
            continue
        start, stop = first[system], first[system + 1]
        mu = mean[system]
        low, waiting = 0, np.ones(1)
        target = level[stop - 1]
        for stage in range(stop - 1, start, -1):
            position[stage] = target - _shortage(low, waiting, 0.0)[0]
            least, pmf = count_pmf(mu * lead_time[stage], excess[system])
            low, waiting = low + least, convolved(waiting, pmf)
            if level[stage - 1] < np.inf:
                gap = int(target - level[stage - 1])
                target = level[stage - 1]
                low, waiting = _capped_excess(low, waiting, gap)
        position[start] = target - _shortage(low, waiting, 0.0)[0]
        least, pmf = count_pmf(mu * lead_time[start], excess[system])
        low, waiting = low + least, convolved(waiting, pmf)
        short, reached = _shortage(low, waiting, target)
        fill_rate[system] = 1.0 - reached  # a customer who comes finds stock
        if review[system] > 0.0:
            least, pmf = count_pmf(mu * review[system], excess[system])
            low, waiting, earlier = low + least, convolved(waiting, pmf), short
            short = _shortage(low, waiting, target)[0]
            fill_rate[system] = 1.0 - (short - earlier) / (mu * review[system])
        backorders[system] = short
        no_stockout[system] = 1.0 - _shortage(low, waiting, target + 1.0)[1]
