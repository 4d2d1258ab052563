"""Links that are added as they are needed give the design that all of them give."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from flowopt.core import Status
from flowopt.core.options import Options, Run
from flowopt.flow.design import DesignProblem, lazy
from flowopt.flow.design.model import build

Locate = Callable[..., DesignProblem]


def drawn(located: Locate, seed: int) -> DesignProblem:
    random = np.random.default_rng(seed)
    places, customers = 6, 12
    return located(
        random.integers(1, 30, (places, customers)),
        random.integers(20, 90, places),
        random.integers(1, 9, customers),
        capacity=random.integers(20, 40, places).astype(float),
        single_source=(np.arange(places + customers) >= places) & (seed % 2 == 0),
        decision="free" if seed % 3 == 0 else "auto",
    )


@pytest.mark.parametrize("seed", range(8))
def test_the_optimum_is_the_same(
    located: Locate, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    problem = drawn(located, seed)
    strong = problem.solve(workers=1)
    monkeypatch.setattr(lazy, "MOST_AT_ONCE", 0)
    needed = problem.solve(workers=1)
    assert needed.status is strong.status is Status.OPTIMAL
    assert needed.cost == pytest.approx(strong.cost)


def test_few_of_the_links_are_needed(located: Locate) -> None:
    problem = drawn(located, 1)
    all_links, none = build(problem), build(problem, links=False)
    some = lazy.linked_as_needed(problem, Run(Options()))
    added = some.linear.matrix.shape[0] - none.linear.matrix.shape[0]
    assert lazy.num_links(none) == 0
    assert 0 < added < lazy.num_links(all_links)
