"""How a room picks an engine by declared features, runs it and checks its answer."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flowopt.core.errors import (
    EngineError,
    EngineNotAvailableError,
    Failure,
    UnsupportedFeatureError,
    ValidationError,
)
from flowopt.core.options import Run
from flowopt.core.problem import Problem
from flowopt.core.solution import Solution

S = TypeVar("S", bound=Solution[Any])


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to solve the problems of a room.

    Parameters
    ----------
    name
        What the caller writes in ``engine=``.
    module
        Where it lives; it is imported when it is used, and offers ``solve(problem, run)``.
    features
        The features of a problem that it supports.
    extra
        The extra of flowopt that installs what it needs; empty when the base does.
    """

    name: str
    module: str
    features: frozenset[str]
    extra: str = ""

    def load(self) -> Callable[[Any, Run], Any]:
        """Return its ``solve``; raise `EngineNotAvailableError` when a package is missing."""
        try:
            return importlib.import_module(self.module).solve  # type: ignore[no-any-return]
        except ImportError as error:
            if not self.extra:
                raise
            hint = f"engine {self.name!r} needs: pip install 'flowopt[{self.extra}]'"
            raise EngineNotAvailableError(hint) from error


def choose(engines: Sequence[Engine], features: frozenset[str], wish: str) -> Engine:
    """Return the engine wished for, or for ``"auto"`` the first that supports all features.

    Parameters
    ----------
    engines
        The room's engines, the preferred first.
    features
        The features of the problem.
    wish
        An engine's name, or ``"auto"``.

    Raises
    ------
    ValidationError
        When no engine has that name.
    UnsupportedFeatureError
        When the engine wished for, or every one, lacks a feature.
    """
    names = [engine.name for engine in engines]
    if wish != "auto" and wish not in names:
        fix = f"use one of {', '.join(['auto', *names])}"
        raise ValidationError(
            [Failure("solve", "engine", None, wish, "unknown_engine", "is not an engine", fix)]
        )
    candidates = [engine for engine in engines if wish in ("auto", engine.name)]
    for engine in candidates:
        if features <= engine.features:
            return engine
    lacking = {e.name: ", ".join(sorted(features - e.features)) for e in candidates}
    text = "; ".join(f"{name} cannot take: {what}" for name, what in lacking.items())
    raise UnsupportedFeatureError(text)


def solve_with(engines: Sequence[Engine], problem: Problem[S], run: Run) -> S:
    """Choose an engine, run it and return its answer, checked.

    Parameters
    ----------
    engines
        The room's engines, the preferred first.
    problem
        What to solve.
    run
        The live options.

    Raises
    ------
    EngineError
        When the answer does not pass the check.
    """
    engine = choose(engines, problem.features, run.options.engine)
    with run.off_the_clock():  # an engine is imported once a process
        search = engine.load()
    solution: S = search(problem, run)
    if solution.status.has_solution:
        report = solution.check()
        if not report.ok:
            raise EngineError(f"the answer of engine {engine.name!r} does not hold:\n{report}")
    return solution
