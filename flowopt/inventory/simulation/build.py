"""From the columns of items and their policies to what the kernels play."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.orders import whole_packs_down, whole_packs_up
from flowopt.inventory.simulation.kernels import demand as d
from flowopt.inventory.simulation.kernels import single as k
from flowopt.inventory.simulation.lead_times import LeadTimeDraws
from flowopt.inventory.simulation.setup import Setup, Source

KINDS = {
    "normal": d.NORMAL,
    "gamma": d.GAMMA,
    "poisson": d.COUNTED,
    "negative_binomial": d.COUNTED,
    "empirical": d.SAMPLED,
}
"""The distributions of random demand."""

_DUST = 1e-9
_CYCLES = 5.0  # order cycles until the position no longer remembers where it began
_LONGEST_WARM_UP = 10_000


@dataclass(frozen=True)
class Length:
    """How long, how often and with what random numbers items are played.

    Parameters
    ----------
    periods
        Number of periods that count, of random demand.
    replications
        How often each item is played, with demand of its own each time.
    warmup
        Periods played before those that count; None: until the start is forgotten.
    confidence
        Of the intervals.
    seed
        Of the random numbers.
    """

    periods: int = 1000
    replications: int = 10
    warmup: int | None = None
    confidence: float = 0.95
    seed: int = 0

    def check(self, failures: Failures, place: str) -> None:
        """Collect what cannot be used."""
        for name, lowest in (("periods", 1), ("replications", 1), ("seed", 0), ("warmup", 0)):
            value = getattr(self, name)
            if name == "warmup" and value is None:
                continue
            whole = hasattr(value, "__index__") and not isinstance(value, bool)
            if not whole or not lowest <= value < 2**62:
                fix = f"give a whole number of at least {lowest}"
                failures.add(place, name, None, value, "out_of_range", "cannot be used", fix)
        sure = self.confidence
        if not isinstance(sure, (int, float)) or not 0 < sure < 1:
            fix = "give a number above 0 and below 1, e.g. 0.95"
            failures.add(place, "confidence", None, sure, "out_of_range", "is no confidence", fix)


def random_source(
    distribution: npt.NDArray[Any], mean: Floats, sd: Floats, samples: Sequence[Any] | None = None
) -> Source:
    """Return random demand.

    Parameters
    ----------
    distribution
        (n,) a name of `KINDS` each.
    mean, sd
        (n,) of the demand of a period.
    samples
        For each item, what ``"empirical"`` demand is drawn from.
    """
    names, which = np.unique(distribution, return_inverse=True)
    kind = np.array([KINDS[name] for name in names.tolist()], dtype=np.int64)[which]
    variance = np.where(distribution == "poisson", mean, sd**2)
    certain = (variance == 0) & (kind != d.SAMPLED)
    kind = np.where(certain, d.NORMAL, kind)
    columns = [np.empty(0)] * len(mean) if samples is None else list(samples)
    start = np.concatenate([[0], np.cumsum([len(column) for column in columns])])
    flat = np.concatenate(columns) if len(columns) else np.empty(0)
    none = np.empty((len(mean), 0))
    return Source(kind, mean, variance, flat, start.astype(np.int64), none)


def policies_of(up_to: Floats, reorder: Floats, quantity: Floats) -> Floats:
    """Return policies as the kernels know them; which one it is shows in the levels that it has.

    (R,S) has only the order-up-to level, (R,s,S) the reorder point too, (r,Q) the reorder point
    and the quantity; one with neither, or with a quantity of 0, never orders.

    Parameters
    ----------
    up_to, reorder, quantity
        (n,) S, s or r, and Q; NaN where a policy has none.
    """
    periodic = ~np.isnan(up_to)
    batches = ~periodic & (quantity > 0) & ~np.isnan(reorder)
    below = up_to - _DUST * np.maximum(1.0, np.abs(up_to))
    trigger = np.where(np.isnan(reorder), below, reorder)
    trigger = np.where(periodic | batches, trigger, -np.inf)
    level = np.where(periodic, up_to, 0.0)
    return np.stack([trigger, level, np.where(batches, quantity, 0.0)], axis=1)


def setup_of(
    items: Mapping[str, npt.NDArray[Any]],
    policies: Floats,
    source: Source,
    draws: LeadTimeDraws,
    length: Length,
    changes: Rows | None = None,
    left_out: npt.NDArray[np.bool_] | None = None,
) -> Setup:
    """Return all that is needed to play items.

    Parameters
    ----------
    items
        Columns of the input table: review period, minimum, pack, maximum, shelf, costs, whether
        shortages are lost, and ``on_hand`` at the beginning (NaN: a full start).
    policies
        (n, 3), or (n, G, 3) when they change.
    source, draws
        Demand and lead times.
    length
        How long.
    changes
        (G,) the periods from which policies are in force.
    left_out
        (n,) items that are not played.
    """
    if policies.ndim == 2:
        policies = policies[:, None, :]
    first = policies[:, 0]
    full = np.where(first[:, k.BATCH] > 0, first[:, k.TRIGGER], 0.0) + np.where(
        first[:, k.BATCH] > 0, first[:, k.BATCH], first[:, k.UP_TO]
    )
    given = items["on_hand"]
    rules = _rules(items, policies, source, draws)
    warm, last = _span(rules, first, source, length)
    if left_out is not None:
        last = np.where(left_out, warm, last)
    return Setup(
        source,
        np.ascontiguousarray(policies),
        np.zeros(1, dtype=np.int64) if changes is None else changes,
        rules,
        draws,
        np.where(np.isnan(given), np.maximum(full, 0.0), given),
        warm,
        last,
        _costs(items, rules),
        1 if source.history.shape[1] else int(length.replications),
        int(length.seed),
        float(length.confidence),
    )


def _rules(
    items: Mapping[str, npt.NDArray[Any]], policies: Floats, source: Source, draws: LeadTimeDraws
) -> Floats:
    """Return the rules by which each item orders."""
    pack = items["pack_size"]
    no_pack = np.isnan(pack)
    sized = np.where(no_pack, 1.0, pack)
    given = items["max_order_quantity"]
    unlimited = np.where(np.isnan(given), np.inf, given)
    least = items["min_order_quantity"]
    least = np.where(no_pack, least, whole_packs_up(least, sized))
    most = np.where(no_pack, unlimited, whole_packs_down(unlimited, sized))
    levels = np.where(np.isfinite(policies), policies, 0.0)
    whole = (pack == 1) & (levels[..., 1:] % 1 == 0).all(axis=(1, 2))
    if whole.any():
        whole &= source.whole
    rules = np.empty((len(pack), 7))
    rules[:, k.REVIEW] = np.maximum(items["review_period"], 1.0)
    rules[:, k.LEAST], rules[:, k.MOST] = least, most
    rules[:, k.PACK] = np.where(no_pack | whole, 0.0, pack)  # whole units are whole anyway
    rules[:, k.LEAD] = draws.fixed
    rules[:, k.LOST] = items["unmet_demand"] == "lost_sales"
    shelf = items["shelf_space"]
    rules[:, k.SHELF] = np.where(np.isnan(shelf), np.inf, shelf)
    blocked = most < np.maximum(least, 1e-300)
    policies[blocked, :, k.TRIGGER] = -np.inf
    return rules


def _costs(items: Mapping[str, npt.NDArray[Any]], rules: Floats) -> Floats:
    costs = np.zeros((len(rules), k.NUM_FIGURES))
    costs[:, k.STOCK] = items["holding_cost"]
    short = np.nan_to_num(items["stockout_cost"])
    lost = rules[:, k.LOST] > 0
    costs[:, k.BACKORDERS] = np.where(lost, 0.0, short)
    costs[:, k.SHORT] = np.where(lost, short, 0.0)
    costs[:, k.ORDERS] = items["fixed_cost"]
    return costs


def _span(rules: Floats, policies: Floats, source: Source, length: Length) -> tuple[Rows, Rows]:
    """Return the first period that counts, and the one after the last."""
    protected = np.ceil(rules[:, k.LEAD]) + np.ceil(rules[:, k.REVIEW])
    num_periods = source.history.shape[1]
    if num_periods:
        warm = protected if length.warmup is None else np.full(len(rules), float(length.warmup))
        last = np.full(len(rules), num_periods)
        return np.minimum(warm, last).astype(np.int64), last
    span = np.maximum(policies[:, k.BATCH], rules[:, k.LEAST])
    spread = np.where(policies[:, k.BATCH] > 0, 0.0, policies[:, k.UP_TO] - policies[:, k.TRIGGER])
    span = np.maximum(np.where(np.isfinite(spread), np.maximum(span, spread), span), rules[:, 2])
    cycle = span / np.where(source.mean > 0, source.mean, np.inf)
    auto = np.minimum(2 * protected + np.ceil(_CYCLES * cycle), _LONGEST_WARM_UP)
    warm = auto if length.warmup is None else np.full(len(rules), float(length.warmup))
    whole = warm.astype(np.int64)
    return whole, whole + length.periods
