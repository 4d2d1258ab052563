"""What is said of one answer: as plain values for JSON, and as lines for a person."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flowopt.io.instance import RoutingInstance
from flowopt.io.text import format_number

if TYPE_CHECKING:
    from flowopt.core.errors import Failure
    from flowopt.core.solution import Solution
    from flowopt.io.dimacs import FlowInstance

_SHOWN_CLIENTS = 20
_ROUNDINGS = {
    "round": "rounded to whole numbers",
    "trunc": "truncated to whole numbers",
    "ceil": "rounded up to whole numbers",
    "dimacs": "truncated to one decimal",
    "exact": "rounded to three decimals",
    "none": "as given",
}


def answer_record(solution: Solution[Any], best_known: float | None = None) -> dict[str, Any]:
    """Return the headline of an answer: name → a value that JSON has.

    Parameters
    ----------
    solution
        The answer.
    best_known
        The cost to state the gap to. An answer that leaves required clients out has no such gap.

    Returns
    -------
    dict
        ``status``, ``limit``, ``cost``, ``bound``, ``gap``, ``gap_to_best_known``, ``runtime`` (s),
        ``engine``, ``seed``, ``checked`` (whether the check was made and found nothing); for
        routing ``routes`` and ``unserved`` (numbers of routes and of clients) and ``complete``
        (whether all required clients are served); without an answer ``explanation`` where there is
        one. What is unknown is None.
    """
    cost = solution.outcome.cost
    complete = getattr(solution, "is_complete", True) and solution.status.has_solution
    record = {
        "status": str(solution.status),
        "limit": None if solution.limit is None else str(solution.limit),
        "cost": cost,
        "bound": solution.bound,
        "gap": solution.gap,
        "gap_to_best_known": relative_gap(cost, best_known) if complete else None,
        "runtime": solution.runtime,
        "engine": solution.engine,
        "seed": solution.seed,
        "checked": solution.status.has_solution and solution.check().ok,
    }
    if hasattr(solution, "unserved"):
        routes = len(getattr(solution, "routes", ())) if solution.status.has_solution else None
        record |= {"routes": routes, "unserved": len(solution.unserved), "complete": complete}
    explanation = getattr(solution, "explanation", None)
    if explanation is not None:
        record["explanation"] = str(explanation)
    return record


def relative_gap(cost: float | None, best_known: float | None) -> float | None:
    """Return how far a cost lies above the best known one, as a share of it.

    Examples
    --------
    >>> relative_gap(102.0, 100.0), relative_gap(102.0, None), relative_gap(102.0, 0.0)
    (0.02, None, None)
    """
    if cost is None or best_known is None:
        return None
    if math.isclose(cost, best_known, rel_tol=1e-9):
        return 0.0
    return (cost - best_known) / abs(best_known) if best_known else None


def failure_record(failure: Failure) -> dict[str, Any]:
    """Return a fault as values that JSON has; a value that it has not becomes a text.

    Parameters
    ----------
    failure
        The fault.
    """
    value = failure.value
    is_number = isinstance(value, (int, float)) and math.isfinite(value)
    kept = value is None or isinstance(value, str) or is_number
    return dataclasses.asdict(failure) | {"value": value if kept else repr(value)}


def describe(instance: RoutingInstance | FlowInstance, rounding: str = "auto") -> str:
    """Return one line on an instance, its rounding of distances included.

    Parameters
    ----------
    instance
        The instance.
    rounding
        The rounding asked for.
    """
    if isinstance(instance, RoutingInstance):
        how = _ROUNDINGS[instance.rounding(rounding)]
        return f"{instance.name}: {instance.type}, {len(instance.clients)} clients, distances {how}"
    nodes, arcs = len(instance.supply), len(instance.source)
    return f"{instance.name}: minimum-cost flow, {nodes} nodes, {arcs} arcs"


def record_lines(
    record: dict[str, Any], best_known: float | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the headline of an answer for a person: names and texts.

    Parameters
    ----------
    record
        Made by `answer_record`.
    best_known
        The cost that the gap is stated to.
    """
    has_cost = record["cost"] is not None
    stopped = f" (stopped: {record['limit']})" if record["limit"] else ""
    partial = has_cost and not record.get("complete", True)
    yield "status", record["status"] + (_incomplete(record) if partial else "") + stopped
    if has_cost:
        yield "cost", _amount(record["cost"])
        if "routes" in record:
            yield "routes", str(record["routes"])
    yield "bound", _amount(record["bound"])
    yield "gap", _share(record["gap"])
    if best_known is not None:
        gap = _share(record["gap_to_best_known"])
        yield "gap to best known", f"{gap} (best known: {_amount(best_known)})"
    yield "time", f"{record['runtime']:.2f} s, engine {record['engine']}, seed {record['seed']}"
    if has_cost:
        holds = "all constraints hold" + (" for the clients that are served" if partial else "")
        yield "checked", holds if record["checked"] else "constraints are broken"
    if record.get("written"):
        yield "written", record["written"]
    if "explanation" in record:
        yield "why", record["explanation"]


def _incomplete(record: dict[str, Any]) -> str:
    count = record["unserved"]
    return f", but INCOMPLETE: {count} client{'s are' if count != 1 else ' is'} not served"


def unserved_lines(solution: Solution[Any]) -> Iterator[str]:
    """Yield which clients are not served, and why.

    Parameters
    ----------
    solution
        The answer of any problem.
    """
    unserved = getattr(solution, "unserved", ())
    if not unserved or not solution.status.has_solution:
        return
    yield f"not served: {len(unserved)} of {solution.problem.num_clients} clients"
    for entry in unserved[:_SHOWN_CLIENTS]:
        yield f"  {solution.problem.clients.id[entry.client]}: {entry.message}; {entry.fix}"
    if len(unserved) > _SHOWN_CLIENTS:
        yield f"  … and {len(unserved) - _SHOWN_CLIENTS} more"


def _amount(value: float | None) -> str:
    return "unknown" if value is None else format_number(value)


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2%}"
