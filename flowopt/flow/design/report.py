"""The tables of a design."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.flow.design import check
from flowopt.flow.design.states import DECISIONS

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem
    from flowopt.flow.design.solution import DesignValues

Columns = dict[str, Any]
FloatArray = npt.NDArray[np.float64]


def design_tables(problem: DesignProblem, values: DesignValues) -> dict[str, Columns]:
    """Return the tables of a design by name.

    Parameters
    ----------
    problem
        What was solved.
    values
        The design.
    """
    return {
        "sites": _sites(problem, values),
        "lanes": _lanes(problem, values),
        "flows": _flows(problem, values),
        "assignments": _assignments(problem, values),
        "modules": _modules(problem, values),
        "periods": _periods(problem, values),
    }


def _capacity(problem: DesignProblem, values: DesignValues) -> FloatArray:
    capacity = problem.base_capacity.copy()
    np.add.at(capacity, problem.module_on, problem.module_capacity * values.modules)
    return capacity


def _sites(problem: DesignProblem, values: DesignValues) -> Columns:
    count = problem.num_sites
    through = check.throughput(problem, values)
    periods = max(1, through.shape[1])
    modules = np.bincount(problem.module_on, problem.module_cost * values.modules, len(through))[
        :count
    ]
    return {
        "site": problem.site_id,
        "decision": np.array(DECISIONS)[problem.site_states + 1],
        "open": values.open,
        "throughput": through[:count].sum(axis=1) / periods,
        "capacity": np.where(values.open, _capacity(problem, values)[:count], 0.0),
        "supplied": check.supplied(problem, values).sum(axis=(1, 2)) / periods,
        "demand": problem.demand.sum(axis=(1, 2)) / periods,
        "unmet": values.unmet.sum(axis=(1, 2)) / periods,
        "fixed_cost": problem.site_fixed_cost * values.open,
        "module_cost": modules,
        "handling_cost": problem.handling_cost * through[:count].sum(axis=1),
        "step_cost": check.step_costs(problem, through)[:count],
    }


def _ends(problem: DesignProblem, lanes: Any) -> Columns:
    modes = {} if problem.mode is None else {"mode": problem.mode[lanes]}
    return {
        "source": problem.site_id[problem.source[lanes]],
        "target": problem.site_id[problem.target[lanes]],
        **modes,
    }


def _lanes(problem: DesignProblem, values: DesignValues) -> Columns:
    lanes = np.arange(problem.num_lanes)
    total = values.flow.sum(axis=(1, 2))
    sites = problem.num_sites
    modules = np.bincount(
        problem.module_on, problem.module_cost * values.modules, sites + len(lanes)
    )[sites:]
    steps = check.step_costs(problem, check.throughput(problem, values))[sites:]
    return _ends(problem, lanes) | {
        "used": values.used & ((total > 0) | (problem.lane_states != 1)),
        "flow": total / max(1, len(problem.period_id)),
        "capacity": _capacity(problem, values)[sites:],
        "flow_cost": problem.unit_cost * total,
        "fixed_cost": problem.fixed_cost * values.used,
        "module_cost": modules,
        "step_cost": steps,
        "emissions": problem.emissions * (values.flow.sum(axis=2) @ problem.commodity_weight),
    }


def _flows(problem: DesignProblem, values: DesignValues) -> Columns:
    """Return one row a flow that is not 0."""
    lane, goods, period = np.nonzero(values.flow)
    flow = values.flow[lane, goods, period]
    return _ends(problem, lane) | {
        "commodity": problem.commodity_id[goods],
        "period": problem.period_id[period],
        "flow": flow,
        "cost": flow * problem.unit_cost[lane],
    }


def _assignments(problem: DesignProblem, values: DesignValues) -> Columns:
    """Return who serves whom: lanes to sites with demand, and their share of what comes there."""
    wanting = problem.wanting
    total = values.flow.sum(axis=(1, 2))
    lanes = np.flatnonzero((total > 0) & wanting[problem.target])
    lanes = lanes[np.lexsort((-total[lanes], problem.target[lanes]))]
    comes = np.bincount(problem.target, total, problem.num_sites)
    modes = {} if problem.mode is None else {"mode": problem.mode[lanes]}
    return {
        "site": problem.site_id[problem.target[lanes]],
        "served_by": problem.site_id[problem.source[lanes]],
        **modes,
        "flow": total[lanes] / max(1, len(problem.period_id)),
        "share": total[lanes] / comes[problem.target[lanes]],
        "distance": problem.distance[lanes],
        "lead_time": problem.lead_time[lanes],
    }


def _modules(problem: DesignProblem, values: DesignValues) -> Columns:
    names = [problem.facility_name(int(facility)) for facility in problem.module_on]
    return {
        "facility": np.array(names, dtype=np.str_),
        "capacity": problem.module_capacity,
        "count": values.modules.astype(np.int64),
        "cost": problem.module_cost * values.modules,
    }


def _periods(problem: DesignProblem, values: DesignValues) -> Columns:
    demand, unmet = (part.sum(axis=(0, 1)) for part in (problem.demand, values.unmet))
    through = check.throughput(problem, values)[: problem.num_sites]
    by_lane = values.flow.sum(axis=1)
    weighed = np.einsum("akt,k->at", values.flow, problem.commodity_weight)
    return {
        "period": problem.period_id,
        "demand": demand,
        "unmet": unmet,
        "transport_cost": problem.unit_cost @ by_lane,
        "handling_cost": problem.handling_cost @ through,
        "emissions": problem.emissions @ weighed,
    }
