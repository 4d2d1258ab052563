"""The tables of a plan."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from flowopt.planning.solution import Plan

TableColumns = dict[str, Any]


def all_tables(plan: Plan) -> dict[str, TableColumns]:
    """Return every table of a plan: name → column → (n,) values.

    Parameters
    ----------
    plan
        The plan.
    """
    result: dict[str, TableColumns] = {name: dict(t) for name, t in plan.flow.tables().items()}
    if plan.replenishment is not None:
        result |= {name: dict(t) for name, t in plan.replenishment.tables().items()}
    result |= _rounds_tables(plan)
    result["indicators"] = dict(plan.indicators.table())
    if plan.recorded is not None:
        result["recorded_indicators"] = dict(plan.recorded.table())
    result["notes"] = _records(
        [asdict(note) | {"ids": " · ".join(note.ids)} for note in plan.notes],
        ("code", "ids", "message", "fix"),
    )
    from flowopt.planning.solution import Step

    names = tuple(field.name for field in fields(Step))
    result["steps"] = _records([asdict(step) for step in plan.steps], names)
    return result


def _rounds_tables(plan: Plan) -> dict[str, TableColumns]:
    """Return the tables of all rounds, one below the other, with their depot."""
    joined: dict[str, list[TableColumns]] = {}
    for depot, part in plan.rounds.items():
        for name, columns in part.solution.tables().items():
            length = len(next(iter(columns.values())))
            joined.setdefault(name, []).append({"depot": [depot] * length, **columns})
        joined.setdefault("drops", []).append(_drops(plan, depot))
    return {name: _stack(parts) for name, parts in joined.items()}


def _drops(plan: Plan, depot: str) -> TableColumns:
    drops = plan.rounds[depot].drops
    columns = {
        "depot": [depot] * len(drops.client),
        "client": list(drops.client),
        "site": plan.network.sites["id"][drops.site],
        "weight": drops.load[:, 0] if len(drops.client) else np.zeros(0),
    }
    if drops.load.ndim == 2 and drops.load.shape[1] > 1:
        columns["volume"] = drops.load[:, 1]
    return columns


def _stack(parts: list[TableColumns]) -> TableColumns:
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}


def _records(rows: list[dict[str, Any]], names: tuple[str, ...]) -> TableColumns:
    return {name: [row[name] for row in rows] for name in names}


def rounded(values: Any) -> Any:
    """Return figures with ten significant digits, and those that are only noise as 0.

    Parameters
    ----------
    values
        (n,) values of a column; what are no floats stay as they are.

    Examples
    --------
    >>> rounded(np.array([19.999999999999545, 3.6e-12])).tolist()
    [20.0, 0.0]
    """
    array = np.asarray(values)
    if array.dtype.kind not in "fO":
        return values
    clean = [_rounded(value) if isinstance(value, float) else value for value in array.tolist()]
    return np.array(clean, dtype=array.dtype)


def _rounded(value: float) -> float:
    return 0.0 if abs(value) < _NOISE else float(f"{value:.10g}")


_NOISE = 1e-9
