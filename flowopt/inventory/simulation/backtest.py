"""Policies fitted on the past and played on what came after: the service that was achieved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.inventory.distributions import Floats
from flowopt.inventory.simulation.build import Length
from flowopt.inventory.simulation.frames import history_of
from flowopt.inventory.simulation.of_solution import (
    expected_of,
    names_of,
    policies_of_solution,
    setup_of_policies,
)
from flowopt.inventory.simulation.result import Simulation
from flowopt.inventory.simulation.setup import Source

if TYPE_CHECKING:
    from flowopt.inventory.replenishment.problem import ReplenishmentProblem
    from flowopt.inventory.replenishment.solution import ReplenishmentSolution

Fit = Callable[[Floats], Mapping[str, Any]]
_TARGETS = ("fill_rate", "cycle_service_level")
_LEAST_PAST = 2
_SHARE = 3


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Backtest(Simulation):
    """What policies fitted on the past achieved out of sample, beside target and promise.

    Parameters
    ----------
    fits
        The solutions, from the first fit to the last.
    first_period
        The first period that counts: everything before was known to the first fit.
    unfitted
        (n,) whether no policy could be fitted to the item's past.
    """

    fits: tuple[ReplenishmentSolution, ...]
    first_period: int
    unfitted: npt.NDArray[np.bool_]

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the table ``achieved``: target, promise and what came, figure by figure."""
        columns = dict(super().tables()["achieved"])
        status = columns.pop("status")
        items = self.fits[0].problem.items
        named = {name: columns.pop(name) for name in self.names}
        targets = {f"target_{name}": items[name] for name in _TARGETS}
        policy = np.where(self.unfitted, "unfitted", self.fits[0].policy_status)
        return {"achieved": named | targets | columns | {"policy_status": policy, "status": status}}

    def summary(self) -> dict[str, Any]:
        """Return the headline figures over all items: name → value."""
        figures = super().summary()
        demand = self.estimates.demand
        items = self.fits[0].problem.items
        for name in _TARGETS:
            known = ~np.isnan(items[name]) & (demand > 0)
            if known.any():
                share = items[name][known] @ demand[known] / demand[known].sum()
                figures[f"target_{name}"] = float(share)
        value = items["unit_cost"]
        if value.any():
            figures["stock_value"] = float(np.nansum(self.average_stock * value))
            worth = demand * value
            met = np.nansum(self.fill_rate * worth)
            figures["value_fill_rate"] = float(met / max(worth.sum(), 1e-300))
        if self.unfitted.any():
            figures["unfitted_items"] = int(self.unfitted.sum())
        return figures | {"fits": len(self.fits)}


def mean_and_sd(past: Floats) -> dict[str, Floats]:
    """Return mean and standard deviation of the demand of a period in the past.

    Parameters
    ----------
    past
        (n, t) demand, units.
    """
    mean = past.mean(axis=1)
    return {"demand_mean": mean, "demand_sd": past.std(axis=1, ddof=1)}


def backtest(
    problem: ReplenishmentProblem,
    history: Any,
    test_periods: int | None = None,
    refit_every: int | None = None,
    fit: Fit | None = None,
    confidence: float = 0.95,
    workers: int | None = None,
) -> Backtest:
    """Fit policies on the past, play them on what came after; see `ReplenishmentProblem.backtest`.

    Parameters
    ----------
    problem
        Items with lead times, targets and costs.
    history
        See `flowopt.inventory.simulation.frames.history_of`.
    test_periods
        Number of the last periods that count; None: a third.
    refit_every
        Periods after which policies are fitted anew, on all that is known by then; None: never. An
        item that cannot be fitted anew keeps the policy that it has.
    fit
        Past (n, t) → columns of the problem; None: `mean_and_sd`.
    confidence
        Of the intervals.
    workers
        Number of threads.
    """
    failures = Failures()
    length = Length(confidence=confidence)
    length.check(failures, "backtest")
    if fit is not None and not callable(fit):
        what = "give a function that takes (n, t) demand, or None"
        failures.add("backtest", "fit", None, fit, "wrong_type", "cannot be called", what)
    demand = history_of(history, problem.items, failures)
    first = _first_period(demand, test_periods, refit_every, failures)
    failures.raise_if_any()
    assert demand is not None
    num_periods = demand.shape[1]
    starts = np.arange(first, num_periods, refit_every or num_periods)
    found = [_fitted(problem, demand[:, :start], fit or mean_and_sd) for start in starts.tolist()]
    fits, unfitted = tuple(solution for solution, _ in found), found[0][1]
    policies, promised = _in_turn(found)
    setup = setup_of_policies(
        fits[0].problem,
        np.stack(policies, axis=1),
        Source.played(demand),
        Length(warmup=first, confidence=confidence),
        np.concatenate([[0], starts[1:]]).astype(np.int64),
        unfitted,
    )
    expected = {name: np.mean([one[name] for one in promised], axis=0) for name in promised[0]}
    return Backtest(
        setup=setup,
        estimates=setup.run(workers),
        names=names_of(problem),
        expected={name: np.where(unfitted, np.nan, value) for name, value in expected.items()},
        backend=problem.backend,
        fits=fits,
        first_period=first,
        unfitted=unfitted,
    )


def _first_period(
    demand: Floats | None, test_periods: Any, refit_every: Any, failures: Failures
) -> int:
    """Return the first period that counts."""
    fix = "give a whole number of at least 1, or None"
    for name, value in (("test_periods", test_periods), ("refit_every", refit_every)):
        whole = hasattr(value, "__index__") and not isinstance(value, bool)
        if value is not None and (not whole or value < 1):
            failures.add("backtest", name, None, value, "out_of_range", "cannot be used", fix)
    if demand is None or failures:
        return 0
    num_periods = demand.shape[1]
    tested = max(num_periods // _SHARE, 1) if test_periods is None else int(test_periods)
    if num_periods - tested < _LEAST_PAST:
        message = f"leaves {num_periods - tested} of {num_periods} periods to fit on"
        fix = f"leave {_LEAST_PAST} at least"
        failures.add("backtest", "test_periods", None, test_periods, "too_short", message, fix)
    return int(num_periods - tested)


def _fitted(
    problem: ReplenishmentProblem, past: Floats, fit: Fit
) -> tuple[ReplenishmentSolution, npt.NDArray[np.bool_]]:
    """Return the policies for a past, and which items none can be fitted for.

    An item whose fitted demand the problem does not take is left aside, rather than the batch.
    """
    items, found = problem.items, fit(past)
    if not isinstance(found, Mapping):
        failures, what = Failures(), "return a dict of columns of the items, such as demand_mean"
        failures.add("backtest", "fit", None, found, "wrong_type", "is what it returns", what)
        failures.raise_if_any()
    columns = {**items.arrays, **{name: np.array(values) for name, values in found.items()}}
    samples = None
    if problem.demand_samples.num_rows:
        rows = np.repeat(np.flatnonzero(problem.num_samples > 0), past.shape[1])
        seen = past[problem.num_samples > 0].reshape(-1)
        samples = {"item": items["item"][rows], "site": items["site"][rows], "demand": seen}
    times = problem.lead_times if problem.lead_times.num_rows else None
    fitted = type(problem).from_frames(columns, times, samples, on_bad_items="status")
    return fitted.solve(workers=1), fitted.invalid | problem.invalid


def _in_turn(
    found: list[tuple[ReplenishmentSolution, npt.NDArray[np.bool_]]],
) -> tuple[list[Floats], list[dict[str, Floats]]]:
    """Return policies and promises of each fit; what cannot be fitted anew keeps what it had."""
    policies: list[Floats] = []
    promised: list[dict[str, Floats]] = []
    for solution, unfitted in found:
        promise = expected_of(solution)
        kept = policies[-1] if policies else np.array([-np.inf, 0.0, 0.0])
        policies.append(np.where(unfitted[:, None], kept, policies_of_solution(solution)))
        if promised:
            promise = {n: np.where(unfitted, promised[-1][n], promise[n]) for n in promise}
        promised.append(promise)
    return policies, promised
