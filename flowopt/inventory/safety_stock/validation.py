"""What the tables of a safety-stock problem must be beyond their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.tables import positions

if TYPE_CHECKING:
    from flowopt.core.errors import Failures
    from flowopt.core.tables import Columns

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def check_stages(stages: Columns, holding_rate: object, failures: Failures) -> None:
    """Collect what stages lack or say twice.

    Parameters
    ----------
    stages
        The table of stages.
    holding_rate
        Share of a unit's cost that keeping it costs; None when it is not given.
    failures
        Where faults are collected.
    """
    factor, level = stages["safety_factor"], stages["cycle_service_level"]
    uncertain = stages["demand_sd"] > 0
    rules = (
        (
            uncertain & np.isnan(factor) & np.isnan(level),
            "safety_factor",
            factor,
            "missing",
            "is missing where demand varies",
            "give safety_factor or cycle_service_level",
        ),
        (
            ~np.isnan(factor) & ~np.isnan(level),
            "safety_factor",
            factor,
            "ambiguous",
            "stands beside cycle_service_level",
            "give one of the two",
        ),
        (
            level >= 1,
            "cycle_service_level",
            level,
            "out_of_range",
            "would take infinite stock",
            "give a probability below 1",
        ),
        (
            uncertain & np.isnan(stages["demand_mean"]),
            "demand_mean",
            stages["demand_mean"],
            "missing",
            "is missing where there is a standard deviation",
            "give the mean demand",
        ),
    )
    for wrong, column, values, code, message, fix in rules:
        for row in np.flatnonzero(wrong):
            value = float(values[row])
            shown = None if value != value else value
            failures.add("stages", column, int(row), shown, code, message, fix)
    _check_rate(stages, holding_rate, failures)


def _check_rate(stages: Columns, rate: object, failures: Failures) -> None:
    if rate is None:
        unpriced = np.isnan(stages["holding_cost"]) & (stages["added_cost"] > 0)
        if unpriced.any():
            message = "is missing, and stages have an added cost but no holding cost"
            fix = "give the share of a unit's cost that keeping it for a time costs, as 0.35"
            failures.add("stages", "holding_rate", None, None, "missing", message, fix)
        return
    is_number = isinstance(rate, (int, float, np.integer, np.floating)) and rate is not True
    if not is_number or not 0 <= float(rate) < np.inf:  # type: ignore[arg-type]  # a number
        fix = "give a share of 0 or more, as 0.35"
        failures.add("stages", "holding_rate", None, rate, "out_of_range", "is no rate", fix)


def check_links(links: Columns, stages: Columns, failures: Failures) -> None:
    """Collect links of a stage to itself and around a cycle.

    Parameters
    ----------
    links, stages
        The tables.
    failures
        Where faults are collected.
    """
    ids = stages["stage"]
    source, target = positions(links["source"], ids), positions(links["target"], ids)
    for row in np.flatnonzero((source == target) & (source >= 0)):
        value = ids[source[row]].item()
        fix = "remove the link"
        failures.add("links", "target", int(row), value, "self_loop", "supplies itself", fix)
    sound = (source >= 0) & (target >= 0) & (source != target)
    cycle = _cycle(len(ids), source[sound], target[sound])
    if cycle:
        names = " → ".join(str(ids[stage]) for stage in [*cycle, cycle[0]])
        message, fix = f"the links run in a cycle: {names}", "remove one of its links"
        failures.add("links", None, None, None, "cycle", message, fix)


def topological_order(num_stages: int, source: Indices, target: Indices) -> list[int]:
    """Return the stages, suppliers before those they supply; those on cycles are left out.

    Parameters
    ----------
    num_stages
        Number of stages.
    source, target
        (E,) ends of the links.

    Examples
    --------
    >>> topological_order(3, np.array([2, 1]), np.array([1, 0]))
    [2, 1, 0]
    """
    waiting = np.bincount(target, minlength=num_stages)
    followers: list[list[int]] = [[] for _ in range(num_stages)]
    for one, other in zip(source.tolist(), target.tolist(), strict=True):
        followers[one].append(other)
    order = np.flatnonzero(waiting == 0).tolist()
    for stage in order:
        for follower in followers[stage]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                order.append(follower)
    return order


def _cycle(num_stages: int, source: Indices, target: Indices) -> list[int]:
    """Return the stages of one cycle, in order; none when there is no cycle."""
    done = set(topological_order(num_stages, source, target))
    if len(done) == num_stages:
        return []
    before = {
        other: one
        for one, other in zip(source.tolist(), target.tolist(), strict=True)
        if one not in done
    }
    stage, seen = next(stage for stage in before if stage not in done), list[int]()
    while stage not in seen:
        seen.append(stage)
        stage = before[stage]
    return seen[seen.index(stage) :][::-1]


def safety_factors(stages: Columns) -> Floats:
    """Return (n,) safety factors, given or of the cycle service level; 0 where there are none.

    Parameters
    ----------
    stages
        The table of stages.
    """
    level = stages["cycle_service_level"]
    factor: Floats = stages["safety_factor"]
    if not np.isnan(level).all():
        from scipy.special import ndtri

        factor = np.where(np.isnan(factor), ndtri(level), factor)
    return np.nan_to_num(factor, nan=0.0)


def service_limits(stages: Columns) -> Floats:
    """Return (n,) longest service times; inf where there is no limit.

    Parameters
    ----------
    stages
        The table of stages.
    """
    limit = stages["max_service_time"]
    outside = (np.nan_to_num(stages["demand_mean"], nan=0.0) > 0) | (stages["demand_sd"] > 0)
    return np.where(np.isnan(limit), np.where(outside, 0.0, np.inf), limit)
