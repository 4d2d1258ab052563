"""The options of every solve, and the live state of a search."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import numpy as np
import pytest

from flowopt.core import CancelToken, Limit, Options, Progress, Run, Status, ValidationError
from flowopt.core.options import available_cores

# ---- options


def test_bad_options_are_listed_together() -> None:
    with pytest.raises(ValidationError) as error:
        Options(
            time_limit=-1,
            iteration_limit=0,
            seed=-3,
            engine=7,  # type: ignore[arg-type]
            workers=2.5,  # type: ignore[arg-type]
            on_progress="loud",  # type: ignore[arg-type]
            cancel=True,  # type: ignore[arg-type]
        )
    failures = error.value.failures
    assert {failure.column for failure in failures} == {
        "time_limit",
        "iteration_limit",
        "seed",
        "engine",
        "workers",
        "on_progress",
        "cancel",
    }
    assert {failure.table for failure in failures} == {"solve"}
    assert all(failure.fix for failure in failures)


@pytest.mark.parametrize(
    "limit", [0, -1.0, math.nan, math.inf, "10", True, [1, 2], np.array([1.0, 2.0]), 10**400]
)
def test_a_time_limit_that_is_no_time_is_a_fault(limit: Any) -> None:
    with pytest.raises(ValidationError) as error:
        Options(time_limit=limit)
    assert [f.column for f in error.value.failures] == ["time_limit"]


@pytest.mark.parametrize("seed", [None, 1.0, "1", True, -1, 2**63])
def test_a_seed_that_is_no_whole_number_is_a_fault(seed: Any) -> None:
    with pytest.raises(ValidationError) as error:
        Options(seed=seed)
    assert [f.column for f in error.value.failures] == ["seed"]


def test_numbers_of_numpy_are_numbers() -> None:
    options = Options(
        time_limit=np.float32(2.5),  # type: ignore[arg-type]
        seed=np.int64(7),  # type: ignore[arg-type]
        workers=np.int32(2),  # type: ignore[arg-type]
    )
    assert Run(options).seed == 7


def test_without_workers_all_cores_are_taken() -> None:
    assert Run(Options()).workers == available_cores() >= 1
    assert Run(Options(workers=3)).workers == 3


# ---- limits


def test_a_search_without_limits_goes_on() -> None:
    with Run(Options()) as run:
        assert run.stopped(iterations=10**9) is None
        assert run.remaining() == math.inf
        assert run.remaining(default=60) <= 60


def test_a_search_stops_at_its_iterations() -> None:
    with Run(Options(iteration_limit=5)) as run:
        assert run.stopped(iterations=4) is None
        assert run.stopped(iterations=5) is Limit.ITERATIONS


def test_a_search_stops_when_its_time_is_over() -> None:
    with Run(Options(time_limit=0.02)) as run:
        while run.stopped() is None:
            assert run.remaining() <= 0.02
        assert run.stopped() is Limit.TIME
        assert run.elapsed >= 0.02
        assert run.remaining() == 0.0


def test_what_is_done_off_the_clock_counts_neither_here_nor_in_the_search_around() -> None:
    run = Run(Options(time_limit=0.1))
    part = run.part(0.05)
    with part.off_the_clock():
        time.sleep(0.2)
    assert part.stopped() is None
    assert run.stopped() is None


def test_a_token_cancels_from_another_thread() -> None:
    token = CancelToken()
    with Run(Options(cancel=token)) as run:
        assert run.stopped() is None
        thread = threading.Thread(target=token.cancel)
        thread.start()
        thread.join()
        assert run.cancelled
        assert run.stopped() is Limit.CANCELLED


def test_cancelling_comes_before_other_limits() -> None:
    token = CancelToken()
    token.cancel()
    with Run(Options(cancel=token, iteration_limit=1, time_limit=1e-9)) as run:
        assert run.stopped(iterations=5) is Limit.CANCELLED


def test_an_outcome_carries_the_clock_the_seed_and_what_the_engine_recorded() -> None:
    with Run(Options(seed=4)) as run:
        found = run.outcome(
            Status.FEASIBLE, "toy", cost=3.0, bound=2.0, limit=Limit.TIME, scale=1000
        )
    assert (found.status, found.cost, found.bound, found.limit) == (
        Status.FEASIBLE,
        3.0,
        2.0,
        Limit.TIME,
    )
    assert (found.engine, found.seed, found.details) == ("toy", 4, {"scale": 1000})
    assert 0 <= found.runtime <= run.elapsed


# ---- Ctrl-C


def test_ctrl_c_cancels_the_search_and_leaves_the_token_to_its_owner() -> None:
    token = CancelToken()
    with Run(Options(cancel=token)) as run:
        signal.raise_signal(signal.SIGINT)
        assert run.stopped() is Limit.CANCELLED
    assert not token.cancelled


def test_a_second_ctrl_c_raises() -> None:
    def press_twice() -> None:
        with Run(Options()):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        press_twice()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_after_the_search_ctrl_c_is_as_before() -> None:
    with Run(Options()):
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_handler_of_the_caller_is_left_in_place() -> None:
    caught: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: caught.append(number))
    try:
        with Run(Options()) as run:
            signal.raise_signal(signal.SIGINT)
            assert not run.cancelled
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert caught == [signal.SIGINT] * 2


def test_ctrl_c_ends_a_search_within_a_search_and_the_outer_one() -> None:
    with Run(Options()) as outer:
        with Run(Options()) as inner:
            signal.raise_signal(signal.SIGINT)
            assert inner.stopped() is Limit.CANCELLED
        assert outer.stopped() is Limit.CANCELLED
        with Run(Options()) as next_part:
            assert next_part.cancelled


def test_the_end_of_an_inner_search_leaves_ctrl_c_to_the_outer_one() -> None:
    with Run(Options()) as outer:
        with Run(Options(iteration_limit=1)) as inner:
            assert inner.stopped(iterations=1) is Limit.ITERATIONS
        assert not outer.cancelled
        signal.raise_signal(signal.SIGINT)
        assert outer.cancelled


def test_a_search_in_another_thread_does_not_touch_signals() -> None:
    limits: list[Limit | None] = []

    def search() -> None:
        with Run(Options()) as run:
            limits.append(run.stopped())

    thread = threading.Thread(target=search)
    thread.start()
    thread.join()
    assert limits == [None]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal to a process")
def test_ctrl_c_from_outside_ends_a_process_with_its_answer() -> None:
    program = textwrap.dedent(
        """
        import sys, time
        from flowopt.core import Options, Run
        with Run(Options(time_limit=60)) as run:
            print("searching", flush=True)
            while run.stopped() is None:
                time.sleep(0.005)
        print(run.stopped().value, run.elapsed < 50)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "searching\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "CANCELLED True\n"
    assert process.returncode == 0


# ---- progress


def test_progress_is_reported_with_what_is_known() -> None:
    seen: list[Progress] = []
    with Run(Options(on_progress=seen.append)) as run:
        run.report(cost=12.0, bound=10.0, iterations=3)
    (progress,) = seen
    assert (progress.cost, progress.bound, progress.iterations) == (12.0, 10.0, 3)
    assert 0 <= progress.elapsed <= run.elapsed


def test_progress_is_reported_some_times_a_second_however_often_it_is_offered() -> None:
    seen: list[Progress] = []
    with Run(Options(on_progress=seen.append)) as run:
        for _ in range(10_000):
            run.report()
        assert len(seen) <= 1 + run.elapsed / 0.1
        time.sleep(0.11)
        before = len(seen)
        run.report()
        assert len(seen) == before + 1


def test_a_raising_callback_ends_the_search_and_is_raised_on_leaving() -> None:
    reached = []

    def fail(progress: Progress) -> None:
        raise RuntimeError("the caller's own")

    def search() -> None:
        with Run(Options(on_progress=fail)) as run:
            run.report(cost=1.0)
            reached.append(run.stopped())

    with pytest.raises(RuntimeError, match="the caller's own"):
        search()
    assert reached == [Limit.CANCELLED]


def test_an_error_of_the_engine_is_not_hidden_by_one_of_the_callback() -> None:
    def fail(progress: Progress) -> None:
        raise RuntimeError("the caller's own")

    def search() -> None:
        with Run(Options(on_progress=fail)) as run:
            run.report()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        search()


def test_a_progress_bar_shows_the_cost_and_goes_away(capsys: pytest.CaptureFixture[str]) -> None:
    with Run(Options(progress=True, time_limit=5)) as run:
        run.report(cost=1234.5, bound=None, iterations=8)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "1,234.5" in printed.err
    assert "bound" not in printed.err


def test_without_a_wish_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with Run(Options(time_limit=5)) as run:
        run.report(cost=1.0)
    assert capsys.readouterr() == ("", "")
