"""Re-solves a problem for thousands of scenarios."""

from __future__ import annotations

import dataclasses
import math
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import EngineError, Failure, ValidationError
from flowopt.core.options import CancelToken, OnProgress, Options, Run
from flowopt.core.status import Limit, Status
from flowopt.flow.expansion import expand
from flowopt.flow.sweeps.result import LaneChanges, SweepResult
from flowopt.flow.sweeps.scenarios import Scenarios
from flowopt.flow.sweeps.translate import changed_problem, changes_of

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem
    from flowopt.flow.sweeps.run import Sweeping
    from flowopt.flow.sweeps.soft import SoftNetwork, Units

ENGINES = ("auto", "reroute", "simplex")
_NOISE = 2.0**-38  # of the largest flow: missed by less is the work of rounding
_SAME_COST = 1e-9  # of a cost: two ways to add it up differ by less


def sweep(
    problem: FlowProblem,
    scenarios: Any,
    *,
    time_limit: float | None = None,
    workers: int | None = None,
    engine: str = "auto",
    keep_flows: bool = False,
    on_progress: OnProgress | None = None,
    progress: bool = False,
    cancel: CancelToken | None = None,
) -> SweepResult:
    """Re-solve a problem for each of many scenarios, exactly.

    The problem is solved once. A scenario that changes nothing that matters (reduced costs prove
    it) is skipped; in all others what no longer fits is rerouted by successive shortest paths, or,
    where that takes longer, the network simplex goes on from the problem's basis. Every answer is
    audited: flow, bounds, balance and complementary slackness of the whole network, in whole
    numbers; some are checked once more in the caller's own units.

    A scenario that cannot meet what must be (demand without a price for going unmet, minimum flows,
    supply that must be used) is INFEASIBLE, and answered all the same: as few units as possible are
    missed, and the rest is done at least cost. A closed site neither gives, takes nor passes on;
    its demand falls away, and is not unmet. A closed lane has no minimum flow.

    Parameters
    ----------
    problem
        What to sweep.
    scenarios
        A frame with the columns of `flowopt.flow.sweeps.scenarios.SCENARIOS`: scenario, kind, id,
        value; or `Scenarios`, as of `every_lane`, `every_site`, `random_demand`, or a sum of them.
    time_limit
        Wall-clock limit in seconds; the scenarios answered until then are kept.
    workers
        Number of threads; None takes all cores. It does not matter to the answers.
    engine
        ``"auto"``, ``"reroute"`` or ``"simplex"``.
    keep_flows
        Keep what lanes carry in each scenario.
    on_progress
        Called several times a second, from a thread of its own, with a `flowopt.Progress` whose
        `iterations` are scenarios.
    progress
        Show a progress bar on standard error.
    cancel
        A `flowopt.CancelToken`; cancelling it, or Ctrl-C, ends the sweep within 0.25 s.

    Returns
    -------
    SweepResult
        One row a scenario.

    Raises
    ------
    ValidationError
        With every fault of the scenarios, or when an option cannot be used.
    EngineError
        When an answer does not pass the audit.

    Examples
    --------
    >>> from flowopt.flow import FlowProblem, every_lane
    >>> problem = FlowProblem.from_arrays([0, 0, 1], [1, 2, 2], capacity=[5, 3, 9],
    ...                                   unit_cost=[1.5, 4, 1], supply=[6, 0, 0],
    ...                                   demand=[0, 0, 4])
    >>> swept = sweep(problem, every_lane(problem))
    >>> swept.to_frame()[["scenario", "status", "cost", "delta", "unmet"]]
                scenario      status  cost  delta  unmet
    0  lane 0 → 1 closed  INFEASIBLE  12.0    2.0    1.0
    1  lane 0 → 2 closed     OPTIMAL  10.0    0.0    0.0
    2  lane 1 → 2 closed  INFEASIBLE  12.0    2.0    1.0
    """
    from flowopt.flow.sweeps.reading import read_scenarios

    options = Options(
        time_limit=time_limit,
        engine=engine,
        workers=workers,
        on_progress=on_progress,
        progress=progress,
        cancel=cancel,
    )
    _check_engine(engine)
    with Run(options) as run:
        checked = read_scenarios(problem, scenarios)
        if not _loaded():
            run.discount(load_kernels())  # once a process
        return _sweep(problem, checked, run, keep_flows)


def _check_engine(engine: str) -> None:
    if engine not in ENGINES:
        fault = ("unknown_engine", "is not an engine", f"use one of {', '.join(ENGINES)}")
        raise ValidationError([Failure("sweep", "engine", None, engine, *fault)])


def _sweep(problem: FlowProblem, scenarios: Scenarios, run: Run, keep_flows: bool) -> SweepResult:
    from flowopt.flow.sweeps.base import start_from
    from flowopt.flow.sweeps.run import Sweeping
    from flowopt.flow.sweeps.samples import check_samples
    from flowopt.flow.sweeps.soft import soften, units_of

    if run.stopped():
        return _without_base(problem, scenarios, run)
    network = soften(problem, scenarios)
    units = units_of(network, scenarios)
    endless, unbounded = _unbounded(problem, scenarios, run)
    start = None if run.stopped() else start_from(network, units, run)
    if start is None:
        return _without_base(problem, scenarios, run)
    translate = partial(changes_of, problem, network, units)
    sweeping = Sweeping(start, scenarios, translate, run, keep_flows)
    sweeping.go()
    result = _result(problem, scenarios, network, units, sweeping, endless, unbounded)
    result.details["checked_in_full"] = check_samples(result, network, units, sweeping)
    return dataclasses.replace(result, runtime=run.elapsed)


def _unbounded(
    problem: FlowProblem, scenarios: Scenarios, run: Run
) -> tuple[bool, npt.NDArray[np.bool_]]:
    """Return whether the cost of the problem falls without end, and in which scenarios it does."""
    unbounded = np.zeros(len(scenarios), dtype=np.bool_)
    costs = scenarios.values("unit_cost")
    if not ((problem.unit_cost < 0).any() or (costs < 0).any()):
        return False, unbounded
    base = _endless(problem)
    unbounded[:] = base
    rows = slice(None) if base else _loosening(problem, scenarios)
    for scenario in np.unique(scenarios.scenario[rows]).tolist():
        if run.stopped():
            break
        unbounded[scenario] = _endless(changed_problem(problem, scenarios, scenario))
    return base, unbounded


def _loosening(problem: FlowProblem, scenarios: Scenarios) -> npt.NDArray[np.bool_]:
    """Return the rows that lower a cost, or take away a limit."""
    loosened = np.zeros(len(scenarios.scenario), dtype=np.bool_)
    for kind in ("unit_cost", "handling_cost", "capacity", "site_capacity"):
        rows = scenarios.rows(kind)
        before, after = getattr(problem, kind)[scenarios.place[rows]], scenarios.value[rows]
        cheaper = after < before
        loosened[rows] = cheaper if kind.endswith("cost") else np.isinf(after) & ~np.isinf(before)
    return loosened


def _endless(problem: FlowProblem) -> bool:
    """Return whether there is a cycle without limit whose cost is below 0."""
    from flowopt.flow.residual import negative_cycle

    network = expand(problem).network
    limitless = np.isinf(network.capacity)
    if not (limitless & (network.cost < 0)).any():
        return False
    return negative_cycle(network, limitless) is not None


def _result(
    problem: FlowProblem,
    scenarios: Scenarios,
    network: SoftNetwork,
    units: Units,
    sweeping: Sweeping,
    endless: bool,
    unbounded: npt.NDArray[np.bool_],
) -> SweepResult:
    from flowopt.flow.sweeps.kernels.layout import STOPPED
    from flowopt.flow.sweeps.totals import base_totals

    answers, run = sweeping.answers, sweeping.run
    base = base_totals(sweeping.start.base, units)
    done = (answers.how != STOPPED) & ~unbounded
    noise = 0.0 if units.exact else _NOISE * units.most
    hard = answers.hard + base.hard > noise
    missed = _rounded(answers.missed + base.missed, noise)
    status = np.where(hard | (missed > 0), Status.INFEASIBLE, Status.OPTIMAL).astype("<U17")
    status[answers.how == STOPPED] = Status.NO_SOLUTION_FOUND
    status[unbounded] = Status.UNBOUNDED
    delta = answers.cost / units.quantity
    cost = base.cost + delta
    _check_costs(cost, answers.audited / units.quantity, done, base.size)
    nan = np.where(done, 1.0, np.nan)
    engines = np.array(["skip", "reroute", "simplex", "", ""])
    base_infeasible = base.hard > noise or base.missed > noise
    base_status = Status.INFEASIBLE if base_infeasible else Status.OPTIMAL
    return SweepResult(
        problem=problem,
        scenarios=scenarios,
        base_status=Status.UNBOUNDED if endless else base_status,
        base_cost=math.nan if endless else base.cost,
        base_flow=base.flow[: problem.num_lanes],
        status=status,
        cost=cost * nan,
        delta=delta * (math.nan if endless else nan),
        unmet=_rounded(answers.unmet + base.unmet, noise) / units.quantity * nan,
        missed=missed / units.quantity * nan,
        lanes_changed=np.where(done, answers.lanes, 0),
        engine=np.where(done, engines[answers.how], ""),
        changes=_lane_changes(sweeping, base.flow, units, done),
        limit=(run.stopped() or Limit.TIME) if (answers.how == STOPPED).any() else None,
        runtime=run.elapsed,
        details=sweeping.details
        | {"audited": int(np.isfinite(answers.audited).sum())}
        | {"quantity_factor": units.quantity, "cost_factor": units.cost},
    )


def _rounded(units: npt.NDArray[np.int64], noise: float) -> npt.NDArray[np.int64]:
    """Return whole units, those that rounding has made as 0."""
    return np.where(units > noise, units, 0)


def _check_costs(
    cost: npt.NDArray[np.float64],
    audited: npt.NDArray[np.float64],
    done: npt.NDArray[np.bool_],
    size: float,
) -> None:
    """Raise when the cost that the audit adds up anew is another one."""
    compared = done & np.isfinite(audited)
    room = _SAME_COST * np.maximum(np.maximum(np.abs(cost), size), 1.0)
    wrong = np.flatnonzero(compared & (np.abs(cost - audited) > room))
    if len(wrong):
        first = int(wrong[0])
        text = f"scenario {first} is said to cost {cost[first]}, and comes to {audited[first]}"
        raise EngineError(text)


def _lane_changes(
    sweeping: Sweeping,
    base_flow: npt.NDArray[np.float64],
    units: Units,
    done: npt.NDArray[np.bool_],
) -> LaneChanges | None:
    if not sweeping.keep_flows:
        return None
    empty = (np.zeros(0, dtype=np.int64),) * 3
    parts = [empty, *((part.scenario, part.lane, part.change) for part in sweeping.flows)]
    scenario, lane, change = (np.concatenate(column) for column in zip(*parts, strict=True))
    lanes = len(base_flow)
    keys, place = np.unique(scenario * lanes + lane, return_inverse=True)
    total = np.bincount(place, weights=change, minlength=len(keys)) / units.quantity
    scenario, lane = keys // max(lanes, 1), keys % max(lanes, 1)
    kept = done[scenario] & (total != 0)
    scenario, lane, total = scenario[kept], lane[kept], total[kept]
    return LaneChanges(scenario, lane, base_flow[lane] + total, total)


def _without_base(problem: FlowProblem, scenarios: Scenarios, run: Run) -> SweepResult:
    """Return that there was no time to solve even the problem itself."""
    count = len(scenarios)
    none = np.full(count, math.nan)
    return SweepResult(
        problem=problem,
        scenarios=scenarios,
        base_status=Status.NO_SOLUTION_FOUND,
        base_cost=math.nan,
        base_flow=np.full(problem.num_lanes, math.nan),
        status=np.full(count, Status.NO_SOLUTION_FOUND, dtype="<U17"),
        cost=none,
        delta=none.copy(),
        unmet=none.copy(),
        missed=none.copy(),
        lanes_changed=np.zeros(count, dtype=np.int64),
        engine=np.full(count, ""),
        changes=None,
        limit=run.stopped() or Limit.TIME,
        runtime=run.elapsed,
        details={},
    )


def _loaded() -> bool:
    from flowopt.flow.sweeps.kernels import reroute

    kernel: Any = reroute.answer  # whose type numba does not tell
    return bool(kernel.signatures)


def load_kernels() -> float:
    """Compile the kernels of the sweep, or load them; return the seconds that it took.

    Examples
    --------
    >>> load_kernels() < 3600
    True
    """
    from flowopt.flow.problem import FlowProblem
    from flowopt.flow.sweeps.scenarios import every_lane

    began = time.perf_counter()
    problem = FlowProblem.from_arrays([0, 0], [1, 1], capacity=[3, 2], supply=[5, 0], demand=[0, 4])
    for engine in ("reroute", "simplex"):
        with Run(Options(engine=engine, workers=1)) as run:
            _sweep(problem, every_lane(problem), run, keep_flows=True)
    return time.perf_counter() - began
