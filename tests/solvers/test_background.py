"""No thread of a solver is left behind when the process ends."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from flowopt.core import EngineError
from flowopt.solvers.background import Background

ABANDON_AND_EXIT = """
import numpy as np
from scipy.sparse import csc_array
from flowopt.core.options import Options, Run
from flowopt.solvers import highs
from flowopt.solvers.linear import LinearModel

highs._SECONDS_TO_STOP = 0.0  # as if HiGHS were always deep in a step
rng = np.random.default_rng(1)
weights = csc_array(rng.integers(1, 1000, (20, 1000)).astype(float))
half, free = weights.sum(axis=1) / 2, np.full(20, -np.inf)
every = np.ones(1000)
model = LinearModel(-rng.random(1000), 0 * every, every, weights, free, half, every > 0)
for _ in range(3):
    print(highs.solve_linear(model, Run(Options(time_limit=0.05, workers=1))).limit)
"""


@pytest.mark.parametrize("attempt", range(3))
def test_a_process_ends_in_peace_though_searches_were_abandoned(attempt: int) -> None:
    command = [sys.executable, "-c", ABANDON_AND_EXIT]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.split() == ["TIME"] * 3


def test_work_is_stopped_again_and_again_until_it_hears() -> None:
    calls: list[int] = []
    heard = threading.Event()

    def stop() -> None:
        calls.append(1)
        if len(calls) > 1:
            heard.set()

    work = Background("deaf", heard.wait, stop)
    work.end()
    assert len(calls) > 1
    assert work.done(within=0.0)


def test_a_fault_of_the_work_is_the_callers() -> None:
    work = Background("HiGHS", lambda: 1 // 0, lambda: None)
    assert work.done(within=5.0)
    with pytest.raises(EngineError, match="HiGHS failed: integer division"):
        work.result()
