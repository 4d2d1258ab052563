"""Plays the policies of a replenishment solution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.inventory.distributions import Floats, Rows
from flowopt.inventory.replenishment.reading import item_rows, lead_times_of
from flowopt.inventory.replenishment.status import PolicyStatus
from flowopt.inventory.simulation.build import (
    Length,
    policies_of,
    random_source,
    setup_of,
)
from flowopt.inventory.simulation.history import read_history
from flowopt.inventory.simulation.lead_times import lead_time_draws, with_tables
from flowopt.inventory.simulation.result import Simulation
from flowopt.inventory.simulation.setup import Setup, Source

if TYPE_CHECKING:
    from flowopt.inventory.replenishment.problem import ReplenishmentProblem
    from flowopt.inventory.replenishment.solution import ReplenishmentSolution

_NAME = "simulate"
_EXPECTED = {
    "fill_rate": "expected_fill_rate",
    "cycle_service_level": "expected_cycle_service_level",
    "average_stock": "average_stock",
    "orders_per_period": "orders_per_period",
    "average_backorders": "average_backorders",
}
_LEFT_OUT = (PolicyStatus.INVALID, PolicyStatus.NOT_SOLVED)


def simulate_solution(
    solution: ReplenishmentSolution,
    demand: npt.ArrayLike | None,
    length: Length,
    workers: int | None = None,
) -> Simulation:
    """Play the policies of a solution.

    Parameters
    ----------
    solution
        Its policies are played.
    demand
        (n, T) demand of each period, units, in the order of the items; None draws it from the
        distributions that the policies were made for.
    length
        How long, how often, with what random numbers.
    workers
        Number of threads; None takes all cores.
    """
    solution.require_solution()
    failures = Failures()
    length.check(failures, _NAME)
    history = read_history(demand, failures, _NAME)
    problem = solution.problem
    check_rows(history, problem.num_items, failures)
    failures.raise_if_any()
    source = random_demand(problem) if history is None else Source.played(history)
    left_out = np.isin(solution.policy_status, _LEFT_OUT)
    policies = policies_of_solution(solution)
    setup = setup_of_policies(problem, policies, source, length, left_out=left_out)
    return Simulation(
        setup=setup,
        estimates=setup.run(workers),
        names=names_of(problem),
        expected=expected_of(solution),
        backend=problem.backend,
    )


def names_of(problem: ReplenishmentProblem) -> dict[str, npt.NDArray[Any]]:
    """Return the columns that name the items."""
    return {name: problem.items[name] for name in ("item", "site")}


def expected_of(solution: ReplenishmentSolution) -> dict[str, Floats]:
    """Return what a solution promises: figure → (n,)."""
    return {figure: getattr(solution, name) for figure, name in _EXPECTED.items()}


def check_rows(history: Floats | None, num_items: int, failures: Failures) -> None:
    """Collect a history that has not one row for each item."""
    if history is not None and len(history) != num_items:
        message = f"has {len(history)} rows, the problem {num_items} items"
        fix = "give one row an item, in their order"
        failures.add(_NAME, "demand", None, None, "shape", message, fix)


def policies_of_solution(solution: ReplenishmentSolution) -> Floats:
    """Return the policies of a solution as the kernels know them."""
    return policies_of(solution.order_up_to_level, solution.reorder_point, solution.order_quantity)


def random_demand(problem: ReplenishmentProblem) -> Source:
    """Return random demand of the distributions that a problem's policies are made for."""
    items, distribution = problem.items, problem.distribution
    mean, sd = items["demand_mean"], items["demand_sd"]
    if not (distribution == "empirical").any():
        return random_source(distribution, mean, sd)
    rows = item_rows(items, problem.demand_samples)
    order = np.argsort(rows, kind="stable")
    ends = np.searchsorted(rows[order], np.arange(problem.num_items + 1))
    drawn = np.split(problem.demand_samples["demand"][order], ends[1:-1])
    drawn[0] = drawn[0][ends[0] :]
    return random_source(distribution, mean, sd, drawn)


def setup_of_policies(
    problem: ReplenishmentProblem,
    policies: Floats,
    source: Source,
    length: Length,
    changes: Rows | None = None,
    left_out: npt.NDArray[np.bool_] | None = None,
) -> Setup:
    """Return what is needed to play policies for the items of a problem.

    The stock of today is left aside: all begin with a full position.
    """
    items: Mapping[str, npt.NDArray[Any]] = problem.items
    played = dict(items) | {"on_hand": np.full(problem.num_items, np.nan)}
    draws = lead_time_draws(items["lead_time"], items["lead_time_sd"])
    given, tables = lead_times_of(problem.items, problem.lead_times)
    rows = np.flatnonzero(given)
    draws = with_tables(draws, rows, tables.periods[rows], tables.chances[rows])
    return setup_of(played, policies, source, draws, length, changes, left_out)
