"""The tables that an `AssignmentProblem` is made from."""

from __future__ import annotations

from typing import Any

from flowopt.core.columns import Column, Table
from flowopt.core.errors import Failures
from flowopt.core.tables import positions, read_table

AGENTS = Table("agents", "Who can do something.", (Column("id", "id", "its name"),), key=("id",))
"""The table of agents of `AssignmentProblem.from_frames`."""

TASKS = Table("tasks", "What is to be done.", (Column("id", "id", "its name"),), key=("id",))
"""The table of tasks of `AssignmentProblem.from_frames`."""

PAIRS = Table(
    "pairs",
    "Who can do what. A pair that is not named, or that costs inf, is forbidden.",
    (
        Column("agent", "ref", "who does it", refers_to="agents"),
        Column("task", "ref", "what it does", refers_to="tasks"),
        Column("cost", "float", "cost of that, or its worth", "money", lower=-float("inf")),
    ),
    key=("agent", "task"),
)
"""The table of pairs of `AssignmentProblem.from_frames`."""


def frame_columns(pairs: Any, agents: Any, tasks: Any) -> dict[str, Any]:
    """Return the fields of a problem given as frames; see `AssignmentProblem.from_frames`."""
    failures = Failures()
    given = {"agents": (AGENTS, agents), "tasks": (TASKS, tasks)}
    read = {
        name: read_table(table, frame, failures)
        for name, (table, frame) in given.items()
        if frame is not None
    }
    refs = {name: table["id"] for name, table in read.items()}
    pair = read_table(PAIRS, pairs, failures, refs, required=True)
    failures.raise_if_any()
    for name, (table, _) in given.items():
        if name not in read:
            ids = list(dict.fromkeys(pair[name[:-1]].tolist()))
            read[name] = read_table(table, {"id": ids}, failures)
    return {
        "agent_id": read["agents"]["id"],
        "task_id": read["tasks"]["id"],
        "agent": positions(pair["agent"], read["agents"]["id"]),
        "task": positions(pair["task"], read["tasks"]["id"]),
        "cost": pair["cost"],
        "backend": pair.backend,
    }
