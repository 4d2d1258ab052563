"""What every solution has: how the search ended, the answer as tables, a check, a summary."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Generic, TypeVar

import numpy as np

from flowopt.core.errors import NoSolutionError
from flowopt.core.options import Outcome
from flowopt.core.report import Report
from flowopt.core.status import Limit, Status
from flowopt.core.tables import DEFAULT_BACKEND, make_frame

P = TypeVar("P")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Solution(ABC, Generic[P]):
    """The base of all solutions.

    Parameters
    ----------
    problem
        The problem that was solved.
    outcome
        How the search ended.
    """

    problem: P
    outcome: Outcome

    @property
    def status(self) -> Status:
        """What is known about the answer."""
        return self.outcome.status

    @property
    def limit(self) -> Limit | None:
        """The limit that stopped the search; None when it ended by itself."""
        return self.outcome.limit

    @property
    def cost(self) -> float:
        """Cost of the answer; raises `NoSolutionError` when there is none."""
        self.require_solution()
        assert self.outcome.cost is not None
        return self.outcome.cost

    @property
    def bound(self) -> float | None:
        """Proven lower bound on the cost; None when unknown."""
        return self.outcome.bound

    @property
    def gap(self) -> float | None:
        """Relative distance of the cost from the bound; None when the bound is unknown."""
        cost, bound = self.outcome.cost, self.outcome.bound
        if cost is None or bound is None:
            return None
        return 0.0 if cost == bound else (cost - bound) / max(abs(cost), 1e-10)

    @property
    def runtime(self) -> float:
        """Seconds from the call of `solve` to its answer."""
        return self.outcome.runtime

    @property
    def engine(self) -> str:
        """Name of the engine that answered."""
        return self.outcome.engine

    @property
    def seed(self) -> int:
        """Seed of the random choices."""
        return self.outcome.seed

    def require_solution(self) -> None:
        """Raise `NoSolutionError` when there are no values to read."""
        if not self.status.has_solution:
            raise NoSolutionError(f"there is no solution to read: status {self.status}")

    @abstractmethod
    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the answer's tables: name → column name → (n,) values."""

    @abstractmethod
    def check(self) -> Report:
        """Recompute the cost and every constraint from the problem alone."""

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        figures: dict[str, Any] = {"status": str(self.status)}
        if self.outcome.cost is not None:
            figures["cost"] = self.outcome.cost
        if self.gap is not None:
            figures["gap"] = self.gap
        if self.limit is not None:
            figures["limit"] = str(self.limit)
        return figures | {"engine": self.engine, "runtime": round(self.runtime, 3)}

    def to_frame(self, name: str | None = None) -> Any:
        """Return a table of the answer as a frame of the library that the input came in.

        Parameters
        ----------
        name
            Name of the table; None takes the first.

        Raises
        ------
        NoSolutionError
            When there is no solution to read.
        KeyError
            When there is no table of this name.
        """
        tables = self.tables()
        chosen = next(iter(tables)) if name is None else name
        if chosen not in tables:
            raise KeyError(f"no table {chosen!r}; there are {', '.join(tables)}")
        return make_frame(tables[chosen], getattr(self.problem, "backend", DEFAULT_BACKEND))

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome and all tables as plain Python values, ready for JSON.

        Numbers that JSON does not have (NaN, inf) become None.
        """
        tables = self.tables() if self.status.has_solution else {}
        return {
            "status": str(self.status),
            "limit": None if self.limit is None else str(self.limit),
            "cost": _finite(self.outcome.cost),
            "bound": _finite(self.bound),
            "gap": _finite(self.gap),
            "runtime": self.runtime,
            "engine": self.engine,
            "seed": self.seed,
            "tables": {
                name: {column: _json_list(values) for column, values in columns.items()}
                for name, columns in tables.items()
            },
        }

    def __repr__(self) -> str:
        figures = ", ".join(f"{name}={_shown(value)}" for name, value in self.summary().items())
        return f"<{type(self).__name__} {figures}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(str(name))}</th>"
            f"<td>{escape(_shown(value))}</td></tr>"
            for name, value in self.summary().items()
        )
        return f"<table><caption>{type(self).__name__}</caption>{rows}</table>"


def _shown(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _json_list(values: Any) -> list[Any]:
    array = np.asarray(values)
    if array.dtype.kind != "f":
        return list(array.tolist())
    return [value if np.isfinite(value) else None for value in array.tolist()]
