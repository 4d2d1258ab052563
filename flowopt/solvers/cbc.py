"""Linear and mixed-integer models by CBC, the program that PuLP brings along."""

from __future__ import annotations

import math
import re
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flowopt.core.errors import EngineError, EngineNotAvailableError
from flowopt.core.options import Run
from flowopt.core.status import Limit, Status
from flowopt.solvers.highs import write_mps
from flowopt.solvers.linear import FloatArray, LinearModel, LinearResult, with_values

_SECONDS_BETWEEN_LOOKS = 0.02
_SECONDS_TO_STOP = 0.15
_NUMBER = r"(-?[\d.]+(?:[eE][-+]?\d+)?)"
_BOUNDS = (  # how CBC writes a bound, and the error of its rounding: absolute, relative
    (re.compile(rf"best possible {_NUMBER}"), 0.0, 1e-10),
    (re.compile(rf"Lower bound:\s+{_NUMBER}"), 5e-4, 0.0),
)
_WITHOUT_PREPROCESSING = ("-preprocess", "off")
"""CBC's preprocessing cuts optima off: it proved 327 for a design that costs 321. Without it, CBC
dies on some small models that have no solution, and is then run once more with it."""
_WITHIN_GAP = "within gap tolerance"


def solve_linear(model: LinearModel, run: Run, *, gap: float = 0.0) -> LinearResult:
    """Solve a model by CBC, in a process and a folder of its own.

    Parameters
    ----------
    model
        What to solve.
    run
        Clock, seed, workers and cancel of the search.
    gap
        Relative distance of cost and bound at which a MIP search may end.

    Raises
    ------
    EngineNotAvailableError
        When there is no CBC on this machine.
    EngineError
        When CBC fails.
    """
    with run.off_the_clock():  # PuLP, which knows where it is
        program = _program()
    with tempfile.TemporaryDirectory(prefix="flowopt-") as folder:
        place = Path(folder)
        write_mps(model, str(place / "model.mps"))
        ended = _run_program(program, _WITHOUT_PREPROCESSING, place, run, gap)
        if ended.died:
            ended = _run_program(program, (), place, run, gap)
    if ended.answer:
        return _result(model, ended.answer, ended.log, ended.limit)
    if ended.died:
        raise EngineError(f"CBC ended with code {ended.code}: {ended.log[-300:]}")
    return LinearResult(Status.NO_SOLUTION_FOUND, ended.limit)


@dataclass(frozen=True)
class _Ended:
    """How a run of CBC ended: the lines of its answer, its log, code and limit."""

    answer: list[str]
    log: str
    code: int
    limit: Limit | None

    @property
    def died(self) -> bool:
        return not self.answer and self.limit is None


def _run_program(
    program: str, options: tuple[str, ...], place: Path, run: Run, gap: float
) -> _Ended:
    answer, logged = place / "answer.txt", place / "log.txt"
    answer.unlink(missing_ok=True)
    with logged.open("w") as log:
        args = [program, *_arguments(options, run, gap)]
        process = subprocess.Popen(
            args, cwd=place, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        limit = _wait(process, run)
    lines = answer.read_text().splitlines() if answer.exists() else []
    return _Ended(lines, logged.read_text(errors="replace"), process.returncode, limit)


def _program() -> str:
    from pulp.apis.coin_api import pulp_cbc_path

    found = shutil.which(pulp_cbc_path) or shutil.which("cbc")
    if found is None:
        raise EngineNotAvailableError("solver 'cbc' needs the program CBC: pip install 'pulp[cbc]'")
    return found


def _arguments(options: tuple[str, ...], run: Run, gap: float) -> list[str]:
    arguments = ["model.mps", *options, "-timeMode", "elapsed", "-ratio", repr(gap), "-allow", "0"]
    arguments += ["-randomCbcSeed", str(run.seed % 2**31)]
    if run.workers > 1:  # a single thread beside the main one only waits for it
        arguments += ["-threads", str(run.workers)]
    if run.time_limit is not None:
        arguments += ["-sec", f"{max(0.01, run.remaining()):.3f}"]
    return [*arguments, "-solve", "-solution", "answer.txt"]


def _wait(process: subprocess.Popen[bytes], run: Run) -> Limit | None:
    """Wait for CBC; ask it to end, and then make it, when the search is stopped."""
    while True:
        try:
            process.wait(_SECONDS_BETWEEN_LOOKS)
            return run.stopped()
        except subprocess.TimeoutExpired:
            run.report()
            limit = run.stopped()
        if limit is not None:
            process.send_signal(signal.SIGINT)  # it then writes the best values it has
            try:
                process.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            return limit


def _result(model: LinearModel, lines: list[str], log: str, limit: Limit | None) -> LinearResult:
    head = lines[0] if lines else ""
    if head.startswith(("Infeasible", "Integer infeasible")):
        return LinearResult(Status.INFEASIBLE)
    if head.startswith("Unbounded"):
        return LinearResult(Status.UNBOUNDED)
    bound = _bound(log)
    if head.startswith("Optimal"):
        values = _values(model, lines[1:])
        proven = _WITHIN_GAP not in log
        return with_values(model, values, model.objective(values) if proven else bound, None)
    if head.startswith("Stopped") and len(lines) > 1 and "no integer solution" not in head:
        return with_values(model, _values(model, lines[1:]), bound, limit or Limit.TIME)
    if head.startswith("Stopped"):
        return LinearResult(Status.NO_SOLUTION_FOUND, limit or Limit.TIME, bound=bound)
    raise EngineError(f"CBC ended with {head!r}")


def _bound(log: str) -> float | None:
    """Return the last bound in the log, lowered by what its rounding may have added."""
    for pattern, absolute, relative in _BOUNDS:
        found = pattern.findall(log)
        if found:
            bound = float(found[-1])
            return bound - absolute - relative * abs(bound)
    return None


def _values(model: LinearModel, lines: list[str]) -> FloatArray:
    """Return the columns' values; CBC writes the rows that are not 0 only."""
    values = np.zeros(len(model.cost))
    for line in lines:
        name, value = line.replace("**", "").split()[1:3]
        if name.startswith("c"):
            values[int(name[1:])] = float(value)
    if not all(map(math.isfinite, values.tolist())):
        raise EngineError("CBC wrote values that are no numbers")
    return values
