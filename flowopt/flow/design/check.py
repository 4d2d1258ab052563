"""Recomputes a design from the problem alone: cost and every rule; no solver is asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report, same
from flowopt.flow.check import exact_sum
from flowopt.flow.design.reach import allowed_lanes
from flowopt.flow.design.states import CLOSED, FREE, OPEN
from flowopt.flow.design.steps import step_ends

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem
    from flowopt.flow.design.solution import DesignSolution, DesignValues

FloatArray = npt.NDArray[np.float64]

TOLERANCE = 1e-6
"""Of the larger of 1 and the numbers compared."""


# ---- what follows from the values


def outflow(problem: DesignProblem, values: DesignValues) -> FloatArray:
    """Return what leaves each site, (N, K, T)."""
    out = np.zeros(problem.demand.shape)
    np.add.at(out, problem.source, values.flow)
    return out


def inflow(problem: DesignProblem, values: DesignValues) -> FloatArray:
    """Return what comes to each site, (N, K, T)."""
    into = np.zeros(problem.demand.shape)
    np.add.at(into, problem.target, values.flow)
    return into


def supplied(problem: DesignProblem, values: DesignValues) -> FloatArray:
    """Return what each site gives of its own, (N, K, T)."""
    taken = problem.demand - values.unmet
    own: FloatArray = outflow(problem, values) + taken - inflow(problem, values)
    return own


def throughput(problem: DesignProblem, values: DesignValues) -> FloatArray:
    """Return what goes through each facility, all commodities together, (N + A, T)."""
    sites = (outflow(problem, values) + problem.demand - values.unmet).sum(axis=1)
    return np.concatenate([sites, values.flow.sum(axis=1)])


def emissions(problem: DesignProblem, values: DesignValues) -> float:
    """Return the emissions of all flows in all periods."""
    weighed = values.flow.sum(axis=2) @ problem.commodity_weight
    return exact_sum(problem.emissions * weighed)


def mean_distance(problem: DesignProblem, values: DesignValues) -> float:
    """Return the mean length of the last lanes to demand, over all demand."""
    wanting = problem.wanting
    legs = np.where(wanting[problem.target], problem.distance, 0.0)
    total = problem.demand.sum()
    return exact_sum(legs * values.flow.sum(axis=(1, 2))) / total if total else 0.0


def design_costs(problem: DesignProblem, values: DesignValues) -> dict[str, float]:
    """Return the parts of the cost of a design: name → money.

    Parameters
    ----------
    problem
        The problem.
    values
        The design.
    """
    through = throughput(problem, values)
    sites = problem.num_sites
    priced = values.unmet.sum(axis=(1, 2))
    price = np.where(priced > 0, problem.unmet_cost, 0.0)
    return {
        "transport": exact_sum(problem.unit_cost * values.flow.sum(axis=(1, 2))),
        "handling": exact_sum(problem.handling_cost * through[:sites].sum(axis=1)),
        "sites": exact_sum(problem.site_fixed_cost * values.open),
        "lanes": exact_sum(problem.fixed_cost * values.used),
        "modules": exact_sum(problem.module_cost * values.modules),
        "steps": exact_sum(step_costs(problem, through)),
        "unmet": exact_sum(price * priced),
        "carbon": problem.carbon_price * emissions(problem, values),
    }


def step_costs(problem: DesignProblem, through: FloatArray) -> FloatArray:
    """Return what the steps of each facility cost; where two rows meet, the cheaper one counts.

    Parameters
    ----------
    problem
        The problem.
    through
        (N + A, T) what goes through each facility.
    """
    ends, costs = step_ends(problem), np.zeros(len(through))
    for facility in np.unique(problem.step_on):
        rows = np.flatnonzero(problem.step_on == facility)
        start, end = problem.step_from[rows], ends[rows]
        for flow in through[facility].tolist():
            room = TOLERANCE * max(1.0, abs(flow))
            if flow <= room:
                continue
            fit = rows[(start <= flow + room) & (flow <= end + room)]
            lines = problem.step_fixed[fit] + problem.step_unit_cost[fit] * flow
            costs[facility] += float(lines.min())
    return costs


def spending(problem: DesignProblem, values: DesignValues) -> float:
    """Return what the budget limits: fixed costs of sites and lanes, and modules."""
    costs = design_costs(problem, values)
    return costs["sites"] + costs["lanes"] + costs["modules"]


def num_opened(problem: DesignProblem, values: DesignValues) -> int:
    """Return how many sites are open by decision."""
    return int((values.open & np.isin(problem.site_states, (FREE, OPEN))).sum())


# ---- the rules


def check_design(problem: DesignProblem, solution: DesignSolution) -> Report:
    """Return what a design breaks; empty when every rule holds and the cost is right.

    Parameters
    ----------
    problem
        What was to be solved.
    solution
        Its answer; one without values has nothing to break.
    """
    report = Report()
    values = solution.values
    if values is None or not solution.status.has_solution:
        return report
    check_values(problem, values, report)
    if not report.ok:
        return report
    cost = math.fsum(design_costs(problem, values).values())
    if not same(cost, solution.cost):
        message = f"comes to {cost:.10g}, stated is {solution.cost:.10g}"
        report.add("cost", "total", cost - solution.cost, message)
    bound = solution.bound
    if bound is not None and bound > cost + TOLERANCE * max(1.0, abs(cost)):
        report.add("bound", "total", bound - cost, f"{bound:.10g} is above the cost")
    return report


def check_values(problem: DesignProblem, values: DesignValues, report: Report) -> None:
    """Collect every rule that the values of a design break.

    Parameters
    ----------
    problem
        What was to be solved.
    values
        The design.
    report
        Where violations are collected.
    """
    for name in ("flow", "unmet", "modules"):
        array = getattr(values, name)
        if not np.isfinite(array).all() or (array < -TOLERANCE).any():
            report.add("finite", name, 1.0, "has values that are negative or not finite")
            return
    _check_decisions(problem, values, report)
    _check_flows(problem, values, report)
    _check_balance(problem, values, report)
    _check_facilities(problem, values, report)
    _check_sources(problem, values, report)
    _check_limits(problem, values, report)


def _check_decisions(problem: DesignProblem, values: DesignValues, report: Report) -> None:
    for states, chosen, name in (
        (problem.site_states, values.open, problem.facility_name),
        (problem.lane_states, values.used, problem.lane_name),
    ):
        for place in np.flatnonzero(chosen & (states == CLOSED)).tolist():
            report.add("closed", name(place), 1.0, "is open, and is to be closed")
        for place in np.flatnonzero(~chosen & ~np.isin(states, (FREE, CLOSED))).tolist():
            report.add("open", name(place), 1.0, "is closed, and is to be open")
    limit = np.minimum(problem.module_limit, np.inf)
    is_open = np.concatenate([values.open, values.used])[problem.module_on]
    limit = np.where(is_open, limit, 0.0)
    wrong = (values.modules != np.rint(values.modules)) | (values.modules > limit)
    for row in np.flatnonzero(wrong).tolist():
        message = f"{values.modules[row]:g} modules where up to {limit[row]:g} can be bought"
        name_of = problem.facility_name(int(problem.module_on[row]))
        report.add("modules", name_of, values.modules[row] - limit[row], message)


def _check_flows(problem: DesignProblem, values: DesignValues, report: Report) -> None:
    """Check that flows are where they may be: on lanes in use, of their commodity, in reach."""
    total = values.flow.sum(axis=(1, 2))
    running = total > TOLERANCE
    for lane in np.flatnonzero(running & ~values.used).tolist():
        report.add("lane_closed", problem.lane_name(lane), total[lane], "carries, but is not used")
    far = np.flatnonzero(running & ~allowed_lanes(problem) & (problem.lane_states != CLOSED))
    for lane in far.tolist():
        message = f"carries {total[lane]:.10g}, but is too long or slow, or leads to what is closed"
        report.add("reach", problem.lane_name(lane), total[lane], message)
    only = problem.lane_commodity
    wrong = values.flow.sum(axis=2) > TOLERANCE
    others = (only >= 0)[:, None] & (np.arange(wrong.shape[1]) != only[:, None])
    for lane in np.flatnonzero((wrong & others).any(axis=1)).tolist():
        report.add("commodity", problem.lane_name(lane), 1.0, "carries what it does not take")


def _check_balance(problem: DesignProblem, values: DesignValues, report: Report) -> None:
    own, into = supplied(problem, values), inflow(problem, values)
    room = TOLERANCE * np.maximum(1.0, np.maximum(into, problem.demand))
    most = np.where(values.open[:, None], problem.supply, 0.0)[:, :, None]
    unmet_most = np.where(np.isinf(problem.unmet_cost)[:, None, None], 0.0, problem.demand)
    for rule, excess, text in (
        ("balance", -own, "less leaves or is taken than comes, by"),
        ("supply", own - most, "it gives more than it has, by"),
        ("unmet", values.unmet - unmet_most, "more is unmet than may be, by"),
    ):
        for site, goods, period in np.argwhere(excess > room).tolist():
            by = float(excess[site, goods, period])
            subject = _subject(problem, site, goods, period)
            report.add(rule, subject, by, f"{text} {by:.10g}")
    joint = own.sum(axis=1) - problem.joint_supply[:, None]
    room = TOLERANCE * np.maximum(1.0, own.sum(axis=1))
    for site, period in np.argwhere(joint > room).tolist():
        by = float(joint[site, period])
        report.add("supply", problem.site_id[site], by, f"gives {by:.10g} too much in all")


def _subject(problem: DesignProblem, site: int, goods: int, period: int) -> str:
    parts = [str(problem.site_id[site])]
    for ids, place in ((problem.commodity_id, goods), (problem.period_id, period)):
        parts += [str(ids[place])] if len(ids) > 1 else []
    return ", ".join(parts)


def _check_facilities(problem: DesignProblem, values: DesignValues, report: Report) -> None:
    """Check what goes through sites and lanes: only what is open, not too much or too little."""
    through = throughput(problem, values)
    is_open = np.concatenate([values.open, values.used])
    capacity = problem.base_capacity.copy()
    np.add.at(capacity, problem.module_on, problem.module_capacity * values.modules)
    most = np.where(is_open, capacity, 0.0)[:, None]
    least = np.concatenate([problem.min_throughput, problem.min_flow])
    low = np.where(is_open, least, 0.0)[:, None]
    room = TOLERANCE * np.maximum(1.0, np.where(np.isfinite(most), most, 1.0))
    for rule, excess, text in (
        ("capacity", through - most, "more goes through than may, by"),
        ("minimum", low - through, "less goes through than must, by"),
    ):
        for facility, period in np.argwhere(excess > room).tolist():
            by = float(excess[facility, period])
            report.add(rule, problem.facility_name(facility), by, f"{text} {by:.10g}")


def _check_sources(problem: DesignProblem, values: DesignValues, report: Report) -> None:
    running = values.flow.sum(axis=(1, 2)) > TOLERANCE
    lanes = np.bincount(problem.target[running], minlength=problem.num_sites)
    for site in np.flatnonzero((lanes > 1) & problem.single_source).tolist():
        message = f"is served over {lanes[site]} lanes, and should be over one"
        report.add("single_source", problem.site_id[site], lanes[site] - 1, message)


def _check_limits(problem: DesignProblem, values: DesignValues, report: Report) -> None:
    opened = num_opened(problem, values)
    limits: list[tuple[str, float, Any]] = [
        ("max_sites", opened, problem.max_sites),
        ("budget", spending(problem, values), problem.budget),
        ("max_emissions", emissions(problem, values), problem.max_emissions),
        ("max_mean_distance", mean_distance(problem, values), problem.max_mean_distance),
    ]
    for name, value, most in limits:
        if most is not None and value > most + TOLERANCE * max(1.0, abs(most)):
            report.add(name, "design", value - most, f"{value:.10g} is more than {most:.10g}")
    if problem.min_sites is not None and opened < problem.min_sites:
        message = f"{opened} is less than {problem.min_sites}"
        report.add("min_sites", "design", problem.min_sites - opened, message)
