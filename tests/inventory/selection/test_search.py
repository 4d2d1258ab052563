"""Selections under shared limits: against brute force, and good where brute force cannot go."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from flowopt.core.options import CancelToken, Run
from flowopt.core.options import Options as SolveOptions
from flowopt.inventory.selection.model import select_by_model
from flowopt.inventory.selection.options import Options, Sharing
from flowopt.inventory.selection.prices import Hull, best_prices
from flowopt.inventory.selection.search import select


def random_case(seed: int, most_items: int = 5) -> tuple[Options, Sharing]:
    generator = np.random.default_rng(seed)
    num_items, num_limits = generator.integers(1, most_items + 1), generator.integers(1, 4)
    sizes = generator.integers(1, 5, num_items)
    amounts = [np.sort(np.append(generator.integers(0, 10, k - 1), 0)) for k in sizes]
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    cost = generator.integers(0, 50, start[-1]).astype(float)
    rate = csr_array(generator.integers(0, 4, (num_items, num_limits)).astype(float))
    rate.eliminate_zeros()
    capacity = generator.integers(0, 40, num_limits).astype(float)
    return Options(start, np.concatenate(amounts).astype(float), cost), Sharing(rate, capacity)


def large_case(num_items: int, num_limits: int, seed: int = 3) -> tuple[Options, Sharing]:
    generator = np.random.default_rng(seed)
    amount = np.sort(generator.integers(0, 200, (num_items, 12)), axis=1).astype(float)
    amount[:, 0] = 0
    price, need = generator.lognormal(0, 1, num_items), generator.integers(20, 150, num_items)
    short = np.maximum(need[:, None] - amount, 0.0)
    cost = price[:, None] * (short + 0.1 * amount) + 5.0 * (amount > 0)
    uses = generator.lognormal(0, 1, (num_items, num_limits))
    uses *= generator.random((num_items, num_limits)) < 0.8
    capacity = uses.T @ need * generator.uniform(0.3, 0.7, num_limits)
    start = np.arange(0, 12 * num_items + 1, 12)
    return Options(start, amount.ravel(), cost.ravel()), Sharing(csr_array(uses), capacity)


def brute_force(options: Options, sharing: Sharing) -> float:
    ranges = itertools.pairwise(options.start.tolist())
    best = math.inf
    for choice in itertools.product(*(range(first, last) for first, last in ranges)):
        chosen = np.array(choice)
        if sharing.fits(options.amount[chosen]):
            best = min(best, float(options.cost[chosen].sum()))
    return best


def selected(options: Options, sharing: Sharing, **keywords: Any) -> Any:
    with Run(SolveOptions(**keywords)) as run:
        return select(options, sharing, run)


@pytest.mark.parametrize("seed", range(40))
def test_small_selections_are_the_best_there_are(seed: int) -> None:
    options, sharing = random_case(seed)
    found = selected(options, sharing)
    best = brute_force(options, sharing)
    assert found.cost == pytest.approx(best)
    assert found.bound == pytest.approx(best)
    assert sharing.fits(options.amount[found.chosen])
    assert (options.item[found.chosen] == np.arange(options.num_items)).all()


@pytest.mark.parametrize("seed", range(10))
def test_the_model_agrees(seed: int) -> None:
    options, sharing = random_case(seed)
    with Run(SolveOptions()) as run:
        found = select_by_model(options, sharing, run)
    assert found.chosen is not None
    assert options.cost[found.chosen].sum() == pytest.approx(brute_force(options, sharing))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 60))
def test_no_prices_give_a_bound_above_the_cost_of_what_fits(seed: int, most_items: int) -> None:
    options, sharing = random_case(seed, most_items)
    found = selected(options, sharing)
    prices = np.random.default_rng(seed).lognormal(0, 1, sharing.num_limits)
    assert Hull(options, sharing).at(prices).value <= found.cost + 1e-9
    assert found.bound <= found.cost
    assert sharing.fits(options.amount[found.chosen])


@pytest.mark.parametrize(
    ("num_items", "num_limits", "gap"), [(5000, 1, 1e-5), (5000, 3, 5e-5), (2000, 10, 1e-3)]
)
def test_large_selections_are_close_to_the_bound(
    num_items: int, num_limits: int, gap: float
) -> None:
    options, sharing = large_case(num_items, num_limits)
    found = selected(options, sharing)
    assert sharing.fits(options.amount[found.chosen])
    assert (found.cost - found.bound) / found.cost < gap


def test_what_never_fits_is_told() -> None:
    options = Options(np.array([0, 2]), np.array([3.0, 5.0]), np.array([1.0, 0.0]))
    tight = Sharing(csr_array(np.array([[1.0]])), np.array([2.0]))
    assert selected(options, tight) is None
    with Run(SolveOptions()) as run:
        assert select_by_model(options, tight, run).chosen is None


def test_of_what_saves_nothing_no_more_is_taken() -> None:
    options = Options(np.array([0, 3]), np.array([0.0, 1.0, 2.0]), np.array([4.0, 1.0, 1.0]))
    wide = Sharing(csr_array(np.array([[1.0]])), np.array([9.0]))
    assert selected(options, wide).chosen.tolist() == [1]


def test_a_limit_that_nothing_touches_has_no_price() -> None:
    options, sharing = large_case(200, 1)
    rate = csr_array(np.column_stack([sharing.rate.toarray(), np.zeros(200)]))
    idle = Sharing(rate, np.append(sharing.capacity, 0.0))
    alone, both = selected(options, sharing), selected(options, idle)
    assert both.price[1] == 0
    assert both.cost == pytest.approx(alone.cost, rel=1e-6)


def test_the_price_is_what_one_more_unit_saves() -> None:
    options, sharing = large_case(4000, 1)
    step = 1e-3 * sharing.capacity
    more = Sharing(sharing.rate, sharing.capacity + step)
    found = selected(options, sharing)
    saved = found.bound - selected(options, more).bound
    assert saved == pytest.approx(found.price[0] * step[0], rel=0.02)


def test_a_search_that_is_cancelled_keeps_the_limits_and_an_honest_bound() -> None:
    options, sharing = large_case(3000, 3)
    token = CancelToken()
    token.cancel()
    found = selected(options, sharing, cancel=token)
    assert not found.complete
    assert sharing.fits(options.amount[found.chosen])
    assert found.bound <= selected(options, sharing, time_limit=1.0).cost


def test_prices_near_the_best_lead_there() -> None:
    options, sharing = large_case(2000, 3)
    hull = Hull(options, sharing)
    with Run(SolveOptions()) as run:
        first, proven = best_prices(hull, run)
        again, _ = best_prices(hull, run, near=1.05 * first.price)
    assert proven
    assert again.value == pytest.approx(first.value, rel=1e-6)
