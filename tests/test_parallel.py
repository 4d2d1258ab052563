from __future__ import annotations

import functools
import math
import operator
import os
import threading
import time
from typing import Any

import pytest

from flowopt.core.options import CancelToken
from flowopt.parallel import map_independent, shared_cancel


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("prefer", ["threads", "processes"])
def test_results_come_in_the_order_of_the_items(workers: int, prefer: Any) -> None:
    double = functools.partial(operator.mul, 2)
    assert map_independent(double, range(7), workers, prefer) == list(range(0, 14, 2))


def test_one_item_or_one_worker_runs_here() -> None:
    here = os.getpid()
    assert map_independent(lambda _: os.getpid(), [1], workers=2) == [here]
    assert map_independent(lambda _: os.getpid(), [1, 2, 3], workers=1) == [here] * 3


def test_several_workers_are_other_processes() -> None:
    pids = map_independent(functools.partial(eval, "__import__('os').getpid()"), [{}, {}], 2)
    assert os.getpid() not in pids


def test_threads_stay_in_the_process() -> None:
    found = map_independent(lambda _: os.getpid(), [1, 2, 3], workers=2, prefer="threads")
    assert set(found) == {os.getpid()}


def test_no_items_are_no_results() -> None:
    assert map_independent(abs, [], workers=2) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_one_item_reaches_the_caller(workers: int) -> None:
    with pytest.raises(ValueError, match="math domain error"):
        map_independent(math.sqrt, [4.0, -1.0, 9.0], workers)


def test_items_may_come_from_a_generator() -> None:
    assert map_independent(abs, (x for x in (-1, -2)), workers=2) == [1, 2]


def _waits(token: CancelToken) -> bool:
    end = time.monotonic() + 60
    while not token.cancelled and time.monotonic() < end:
        time.sleep(0.01)
    return token.cancelled


@pytest.mark.parametrize("workers", [1, 2])
def test_a_shared_token_ends_work_in_other_processes(workers: int) -> None:
    asked = threading.Event()
    with shared_cancel(asked.is_set) as token:
        threading.Timer(0.2, asked.set).start()
        assert map_independent(_waits, [token, token], workers) == [True, True]


def test_a_shared_token_may_be_cancelled_by_who_holds_it() -> None:
    with shared_cancel(lambda: False) as token:
        assert not token.cancelled
        token.cancel()
        assert token.cancelled
