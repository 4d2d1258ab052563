"""Any policy on any demand: the textbook function of the simulation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Column
from flowopt.core.errors import Failures
from flowopt.inventory.arguments import Arguments, read_arguments
from flowopt.inventory.cycle import choose_distribution
from flowopt.inventory.distributions import Floats
from flowopt.inventory.replenishment.spec import LARGEST, UNKNOWN
from flowopt.inventory.simulation.build import (
    KINDS,
    Length,
    policies_of,
    random_source,
    setup_of,
)
from flowopt.inventory.simulation.history import read_history, read_samples
from flowopt.inventory.simulation.lead_times import lead_time_draws
from flowopt.inventory.simulation.result import Simulation
from flowopt.inventory.simulation.setup import Setup, Source

_NAME = "simulate_policy"


def _level(name: str, meaning: str, lower: float = -LARGEST) -> Column:
    return Column(name, "float", meaning, "units", UNKNOWN, lower=lower, upper=LARGEST)


_SPECS = (
    _level("order_up_to_level", "S"),
    _level("reorder_point", "s or r"),
    _level("order_quantity", "Q", 0.0),
    _level("on_hand", "stock on hand at the beginning", 0.0),
    _level("demand_mean", "mean demand of a period", 0.0),
    _level("demand_sd", "its standard deviation", 0.0),
    Column("pack_size", "float", "units in a pack", "units", UNKNOWN, above=0, upper=LARGEST),
    Column("stockout_cost", "float", "cost of a unit short", "money", 0.0, lower=0, upper=LARGEST),
    Column("distribution", "choice", "of demand", default="auto", choices=("auto", *KINDS)),
    Column(
        "unmet_demand",
        "choice",
        "what becomes of demand that is not met at once",
        default="backorder",
        choices=("backorder", "lost_sales"),
    ),
)


def simulate_policy(
    demand: npt.ArrayLike | None = None,
    *,
    demand_mean: npt.ArrayLike | None = None,
    demand_sd: npt.ArrayLike | None = None,
    distribution: Any = "auto",
    samples: Sequence[npt.ArrayLike] | None = None,
    order_up_to_level: npt.ArrayLike | None = None,
    reorder_point: npt.ArrayLike | None = None,
    order_quantity: npt.ArrayLike | None = None,
    lead_time: npt.ArrayLike = 0.0,
    lead_time_sd: npt.ArrayLike = 0.0,
    lead_time_pmf: npt.ArrayLike | None = None,
    review_period: npt.ArrayLike = 1.0,
    min_order_quantity: npt.ArrayLike = 0.0,
    pack_size: npt.ArrayLike | None = None,
    max_order_quantity: npt.ArrayLike | None = None,
    shelf_space: npt.ArrayLike | None = None,
    unmet_demand: Any = "backorder",
    holding_cost: npt.ArrayLike = 0.0,
    stockout_cost: npt.ArrayLike = 0.0,
    fixed_cost: npt.ArrayLike = 0.0,
    on_hand: npt.ArrayLike | None = None,
    periods: int = 1000,
    replications: int = 10,
    warmup: int | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    workers: int | None = None,
) -> Simulation:
    """Play policies against demand, period by period, and return what they achieve.

    In a period a review orders, what was ordered a lead time ago arrives, demand comes and takes
    what is there, and the stock that is left is counted and charged. Which policy an item has shows
    in its levels: (R,S) the order-up-to level, (R,s,S) the reorder point as well, (r,Q) reorder
    point and order quantity. An order is raised to the minimum, rounded up to packs, then cut.

    The same seed brings the same demand, whatever the policy, on any number of workers.

    Parameters
    ----------
    demand
        (T,) or (n, T) demand of each period, units, played as it is; instead of what follows.
    demand_mean
        Mean demand of a period, units.
    demand_sd
        Its standard deviation, units; not needed for ``"poisson"``.
    distribution
        ``"normal"`` (what would be negative is none), ``"gamma"``, ``"poisson"``,
        ``"negative_binomial"`` (Poisson at least), or ``"auto"``: see `choose_distribution`.
    samples
        For each item, demands of a period, units, of which each period draws one; instead of mean
        and standard deviation.
    order_up_to_level
        S, units.
    reorder_point
        s or r: order when the inventory position is at or below it, units.
    order_quantity
        Q, units.
    lead_time
        From the order to its arrival, periods; 0: usable in the same period. Between whole
        numbers: the one or the other, by chance.
    lead_time_sd
        Its standard deviation, periods; orders still arrive in the turn they were placed in.
    lead_time_pmf
        (m,) or (n, m) chance of a lead time of 0, 1, … periods, instead.
    review_period
        From one review to the next, periods; continuous review is one in every period.
    min_order_quantity
        Least that can be ordered, units.
    pack_size
        Units in a pack; None: orders are of any size.
    max_order_quantity
        Most that can be ordered, units; None: no limit.
    shelf_space
        Most that may be on hand and on order together, units; None: no limit.
    unmet_demand
        ``"backorder"``: customers wait; ``"lost_sales"``: they do not.
    holding_cost
        Cost of a unit on hand at the end of a period, money.
    stockout_cost
        Cost of a unit that waits at the end of a period, or of a unit lost, money.
    fixed_cost
        Cost of an order, money.
    on_hand
        Stock at the beginning, units; None: S, or r + Q.
    periods
        Number of periods that count; of a history, all after the warm-up do.
    replications
        How often each item is played, with demand of its own each time; a history is played once.
    warmup
        Number of periods before those that count; None: as many as it takes to forget the start
        (of a history: lead time + review period).
    confidence
        Of the intervals.
    seed
        Of the random numbers.
    workers
        Number of threads; None takes all cores.

    Returns
    -------
    Simulation
        Fill rate, cycle service, ready rate, stock, backorders, orders and costs, with confidence
        intervals.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    >>> played = simulate_policy([3, 0, 5, 2, 0, 4], order_up_to_level=6, lead_time=1, warmup=0)
    >>> played.fill_rate.round(3), played.average_stock
    (array([0.929]), array([2.16666667]))
    """
    length = Length(periods, replications, warmup, confidence, seed)
    given = {
        "demand_mean": demand_mean,
        "demand_sd": demand_sd,
        "distribution": distribution,
        "order_up_to_level": order_up_to_level,
        "reorder_point": reorder_point,
        "order_quantity": order_quantity,
        "lead_time": lead_time,
        "lead_time_sd": lead_time_sd,
        "review_period": review_period,
        "min_order_quantity": min_order_quantity,
        "pack_size": pack_size,
        "max_order_quantity": max_order_quantity,
        "shelf_space": shelf_space,
        "unmet_demand": unmet_demand,
        "holding_cost": holding_cost,
        "stockout_cost": stockout_cost,
        "fixed_cost": fixed_cost,
        "on_hand": on_hand,
    }
    setup = _setup(demand, samples, lead_time_pmf, length, given)
    return Simulation(setup=setup, estimates=setup.run(workers))


def _setup(
    demand: npt.ArrayLike | None,
    samples: Sequence[npt.ArrayLike] | None,
    lead_time_pmf: npt.ArrayLike | None,
    length: Length,
    given: dict[str, Any],
) -> Setup:
    """Return what is needed to play; raise every fault of the arguments."""
    failures = Failures()
    length.check(failures, _NAME)
    history = read_history(demand, failures, _NAME)
    drawn = read_samples(samples, failures, _NAME)
    chance = _read_chances(lead_time_pmf, failures)
    counts = [len(part) for part in (history, drawn) if part is not None]
    counts += [len(chance)] if chance is not None and chance.ndim == 2 else []
    num_rows = max(counts, default=1)
    items = read_arguments(_NAME, specs=_SPECS, num_rows=num_rows, **given)
    failures.extend(items.failures)
    if not failures:
        _check(items, history, drawn, chance, failures)
    failures.raise_if_any()
    source = _source(items, history, drawn)
    draws = lead_time_draws(items["lead_time"], items["lead_time_sd"], chance)
    levels = (items[name] for name in ("order_up_to_level", "reorder_point", "order_quantity"))
    return setup_of(items.columns, policies_of(*levels), source, draws, length)


def _source(items: Arguments, history: Floats | None, samples: list[Floats] | None) -> Source:
    count = items.num_items
    if history is not None:
        return Source.played(np.broadcast_to(history, (count, history.shape[1])))
    if samples is not None:
        columns = samples * (count if len(samples) == 1 else 1)
        mean = np.array([column.mean() for column in columns])
        sd = np.array([column.std() for column in columns])
        return random_source(np.full(count, "empirical"), mean, sd, columns)
    mean, sd = items["demand_mean"], np.nan_to_num(items["demand_sd"])
    protected = items["lead_time"] + items["review_period"]
    chosen = choose_distribution(mean, sd, protected, items["lead_time_sd"])
    asked = items["distribution"]
    return random_source(np.where(asked == "auto", chosen, asked), mean, sd)


def _check(
    items: Arguments,
    history: Floats | None,
    samples: list[Floats] | None,
    pmf: Floats | None,
    failures: Failures,
) -> None:
    """Collect the faults between arguments."""
    ways = [history is not None, samples is not None, not np.isnan(items["demand_mean"]).all()]
    if sum(ways) != 1:
        message = "is needed once: as demand, as samples, or as demand_mean and demand_sd"
        fix = "give one of the three"
        failures.add(_NAME, "demand", None, None, "no_demand", message, fix)
        return
    rows = [("demand", history), ("samples", samples)]
    rows += [("lead_time_pmf", pmf)] if pmf is not None and pmf.ndim == 2 else []
    for name, part in rows:
        if part is not None and len(part) not in (1, items.num_items):
            message = f"is of {len(part)} items, the other arguments of {items.num_items}"
            failures.add(_NAME, name, None, None, "shape", message, "give one row an item")
    up_to, reorder = items["order_up_to_level"], items["reorder_point"]
    known = ~np.isnan(up_to) | (~np.isnan(reorder) & ~np.isnan(items["order_quantity"]))
    fix = "give order_up_to_level, or reorder_point and order_quantity"
    _collect(failures, "order_up_to_level", ~known, up_to, "no_policy", "makes no policy", fix)
    instant = (items["lead_time"] == 0) & (items["lead_time_sd"] > 0)
    if pmf is None:
        fix = "give the mean lead time, or 0 for both"
        message, spread = "stands beside a lead_time of 0", items["lead_time_sd"]
        _collect(failures, "lead_time_sd", instant, spread, "sd_without_mean", message, fix)
    crossed = reorder > up_to
    fix = "give a reorder_point that is not above the order_up_to_level"
    _collect(failures, "reorder_point", crossed, reorder, "crossed_levels", "is above S", fix)
    if ways[2]:
        mean, sd = items["demand_mean"], items["demand_sd"]
        fix = "give mean and standard deviation of every item"
        _collect(failures, "demand_mean", np.isnan(mean), mean, "missing", "is not given", fix)
        needed = np.isnan(sd) & (items["distribution"] != "poisson")
        _collect(failures, "demand_sd", needed, sd, "missing", "is not given", fix)
        alone = (mean == 0) & (sd > 0)
        message, fix = "stands beside a demand_mean of 0", "give the mean, or 0 for no demand"
        _collect(failures, "demand_sd", alone, sd, "sd_without_mean", message, fix)
        drawn = items["distribution"] == "empirical"
        fix = "give samples"
        _collect(failures, "demand_mean", drawn, mean, "no_samples", "is no sample", fix)


def _collect(
    failures: Failures,
    name: str,
    rows: npt.NDArray[np.bool_],
    values: Floats,
    code: str,
    message: str,
    fix: str,
) -> None:
    for row in np.flatnonzero(rows):
        value = values[row].item()
        shown = None if value != value else value
        failures.add(_NAME, name, int(row), shown, code, message, fix)


def _read_chances(pmf: npt.ArrayLike | None, failures: Failures) -> Floats | None:
    """Return the chances of lead times, checked."""
    if pmf is None:
        return None
    message, fix = "is no distribution", "give chances of 0, 1, … periods that sum to 1"
    try:
        chance = np.array(pmf, dtype=np.float64)
    except (TypeError, ValueError):
        failures.add(_NAME, "lead_time_pmf", None, None, "wrong_type", message, fix)
        return None
    sound = chance.ndim in (1, 2) and chance.size > 0 and bool((chance >= 0).all())
    if not sound or not np.allclose(chance.sum(axis=-1), 1.0, atol=1e-6):
        failures.add(_NAME, "lead_time_pmf", None, None, "out_of_range", message, fix)
        return None
    return chance
