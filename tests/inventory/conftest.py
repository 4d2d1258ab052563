"""A simulator of single items that knows no formula, and small problems to share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from flowopt.inventory import ReplenishmentProblem


@dataclass(frozen=True)
class Achieved:
    """Means over independent replications, each with its standard error."""

    fill_rate: tuple[float, float]
    cycle_service_level: tuple[float, float]
    average_stock: tuple[float, float]
    orders_per_period: tuple[float, float]


def _sample(distribution: str, mean: float, sd: float, shape: tuple[int, ...], seed: int) -> Any:
    generator = np.random.default_rng(seed)
    if distribution == "normal":
        return np.maximum(generator.normal(mean, sd, shape), 0.0)
    if distribution == "gamma":
        return generator.gamma((mean / sd) ** 2, sd**2 / mean, shape)
    if distribution == "poisson":
        return generator.poisson(mean, shape).astype(float)
    chance = mean / sd**2
    return generator.negative_binomial(mean * chance / (1 - chance), chance, shape).astype(float)


def _simulate(
    *,
    mean: float,
    sd: float,
    lead_time: int,
    review_period: int = 1,
    order_up_to_level: float | None = None,
    reorder_point: float | None = None,
    order_quantity: float = 0.0,
    pack_size: float = 1.0,
    min_order_quantity: float = 0.0,
    lost_sales: bool = False,
    samples: Any = None,
    distribution: str = "negative_binomial",
    periods: int = 3000,
    replications: int = 400,
    seed: int = 7,
) -> Achieved:
    """Play reviews, arrivals, demand and backorders, period by period, `replications` abreast."""
    demand = _sample(distribution, mean, sd, (periods, replications), seed)
    if samples is not None:
        demand = np.random.default_rng(seed).choice(np.asarray(samples), demand.shape)
    start = order_up_to_level
    if order_up_to_level is None:
        start = reorder_point + order_quantity
    net = np.full(replications, float(start))  # on hand less backorders
    pipeline = np.zeros((lead_time + 1, replications))
    short, stock, num_orders, cycles, clean = (np.zeros(replications) for _ in range(5))
    warm = 60  # as are the periods, a multiple of the review periods of the tests
    demanded = np.zeros(replications)
    for period in range(periods):
        if period % review_period == 0:
            position = net + pipeline.sum(axis=0)
            if order_up_to_level is not None:
                need = np.maximum(order_up_to_level - position, 0.0)
                if reorder_point is not None:  # (R,s,S)
                    need = np.where(position <= reorder_point, need, 0.0)
                raised = np.where(need > 1e-9, np.maximum(need, min_order_quantity), 0.0)
                order = np.ceil(raised / pack_size - 1e-9) * pack_size
            else:
                batches = np.floor((reorder_point - position) / order_quantity) + 1
                order = np.maximum(batches, 0.0) * order_quantity
            pipeline[-1] += order
        net = net + pipeline[0]  # with a lead time of 0, what was ordered just now
        pipeline = np.vstack([pipeline[1:], np.zeros(replications)])
        before = net
        net = np.maximum(net - demand[period], 0.0) if lost_sales else net - demand[period]
        if period < warm:
            continue
        short += np.maximum(demand[period] - np.maximum(before, 0.0), 0.0)
        demanded += demand[period]
        stock += np.maximum(net, 0.0)
        num_orders += (order > 0) if period % review_period == 0 else 0
        if (period + 1) % review_period == lead_time % review_period:  # the next order comes next
            cycles += 1
            clean += net >= 0
    counted = periods - warm
    return Achieved(
        _mean(1 - short / demanded),
        _mean(clean / cycles),
        _mean(stock / counted),
        _mean(num_orders / counted),
    )


def _mean(values: Any) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


@pytest.fixture(scope="session")
def simulate() -> Callable[..., Achieved]:
    """Return the simulator."""
    return _simulate


@pytest.fixture
def items() -> dict[str, list[Any]]:
    """Return a table with one item of each kind."""
    return {
        "item": ["bolt", "pump", "dead", "steady"],
        "site": ["Lyon", "Lyon", "Lyon", "Nantes"],
        "policy": ["RS", "rQ", "RS", "RS"],
        "demand_mean": [100.0, 0.8, 0.0, 12.0],
        "demand_sd": [20.0, 1.4, 0.0, 0.0],
        "lead_time": [4.0, 6.0, 2.0, 3.0],
        "fill_rate": [0.98, 0.95, 0.95, None],
        "cycle_service_level": [None, None, None, 0.9],
        "fixed_cost": [50.0, 20.0, 5.0, 0.0],
        "holding_cost": [0.02, 0.1, 0.1, 0.3],
        "unit_cost": [1.5, 80.0, 4.0, 2.0],
        "on_hand": [310.0, 2.0, 7.0, 10.0],
    }


@pytest.fixture
def problem(items: dict[str, list[Any]]) -> ReplenishmentProblem:
    """Return the problem of that table."""
    return ReplenishmentProblem.from_frames(items)
