"""The methods against plain loops that share no code with them, and known figures."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.core import ValidationError
from flowopt.forecast import (
    DemandHistory,
    croston,
    croston_sba,
    forecast_demand,
    moving_average,
    seasonal_naive,
    ses,
    tsb,
)

COUNTS = st.lists(st.integers(0, 4).map(float), min_size=1, max_size=40)


def plain_smoothing(values: Any, alpha: float) -> float:
    """Return what exponential smoothing makes of a list."""
    level = values[0]
    for value in values[1:]:
        level = alpha * value + (1 - alpha) * level
    return float(level)


def plain_croston(demand: Any, alpha: float) -> float:
    """Return Croston's forecast: sizes and intervals first, then each smoothed by itself."""
    places = [t for t, y in enumerate(demand) if y > 0]
    if not places:
        return 0.0
    sizes = [demand[t] for t in places]
    intervals = np.diff([-1, *places])
    return plain_smoothing(sizes, alpha) / plain_smoothing(intervals, alpha)


def plain_tsb(demand: Any, alpha: float, beta: float) -> float:
    sizes = [y for y in demand if y > 0]
    if not sizes:
        return 0.0
    chances = [float(y > 0) for y in demand]
    return plain_smoothing(sizes, alpha) * plain_smoothing(chances, beta)


@settings(max_examples=60, deadline=None)
@given(COUNTS, st.floats(0.01, 1.0), st.floats(0.01, 1.0))
def test_the_smoothing_methods_do_what_plain_loops_do(
    demand: list[float], alpha: float, beta: float
) -> None:
    assert ses(demand, alpha) == pytest.approx(plain_smoothing(demand, alpha), rel=1e-12)
    expected = plain_croston(demand, alpha)
    assert croston(demand, alpha) == pytest.approx(expected, rel=1e-12)
    assert croston_sba(demand, alpha) == pytest.approx((1 - alpha / 2) * expected, rel=1e-12)
    assert tsb(demand, alpha, beta) == pytest.approx(plain_tsb(demand, alpha, beta), rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(COUNTS, st.integers(1, 15), st.integers(1, 15))
def test_averages_and_seasons_do_what_slices_do(
    demand: list[float], window: int, season: int
) -> None:
    assert moving_average(demand, window) == pytest.approx(np.mean(demand[-window:]), abs=1e-12)
    last = demand[-season:] if len(demand) >= season else demand[-1:]
    ahead = [last[h % len(last)] for h in range(20)]
    assert seasonal_naive(demand, season, horizon=20).tolist() == ahead


def test_croston_sba_gives_what_statsforecast_gives() -> None:
    """Values of statsforecast 2.1.1, ``CrostonSBA().forecast(y, h=1)``."""
    known = {
        (0, 0, 3, 0, 1, 0, 0, 5): 0.9859106529209622,
        (2, 0, 0, 0, 7, 1, 0, 4, 0, 0): 1.7790394638868203,
        (0, 0, 0): 0.0,
        (5,): 4.75,
    }
    for demand, expected in known.items():
        assert croston_sba(demand) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("method", ["ses", "croston", "croston_sba", "tsb"])
def test_a_batch_gives_what_each_history_gives_by_itself(method: str) -> None:
    generator = np.random.default_rng(3)
    histories = [generator.poisson(0.6, size) * 2.0 for size in (1, 7, 30, 60)]
    batch = forecast_demand(DemandHistory.from_lists(histories), method, horizon=2)
    for row, history in enumerate(histories):
        alone = forecast_demand(DemandHistory.from_lists([history]), method, horizon=2)
        assert np.array_equal(batch.mean[row], alone.mean[0])
        assert np.array_equal(batch.sd[row], alone.sd[0])


@settings(max_examples=40, deadline=None)
@given(COUNTS)
def test_smoothing_that_starts_at_the_mean_is_the_mean_while_its_parameter_is_small(
    demand: list[float],
) -> None:
    history = DemandHistory.from_lists([demand])
    options = {"alpha": 0.01, "beta": 0.01, "horizon": 1}  # less than one over forty
    mean = pytest.approx(np.mean(demand), rel=1e-9)
    assert forecast_demand(history, "ses", **options).mean[0, 0] == mean
    assert forecast_demand(history, "tsb", **options).mean[0, 0] == mean
    places = np.flatnonzero(demand)
    if len(places):
        ratio = np.mean([demand[t] for t in places]) / ((places[-1] + 1) / len(places))
        croston_mean = forecast_demand(history, "croston", **options).mean[0, 0]
        assert croston_mean == pytest.approx(ratio, rel=1e-9)


@pytest.mark.parametrize("start", ["mean", "first"])
@pytest.mark.parametrize("method", ["ses", "croston", "croston_sba", "tsb"])
def test_the_errors_are_those_of_forecasts_made_before(method: str, start: str) -> None:
    demand = np.random.default_rng(5).poisson(0.8, 25).astype(float)
    history = DemandHistory.from_lists([demand])
    past = forecast_demand(history, method, alpha=0.2, beta=0.3, start=start).past
    assert past is not None
    first = int(np.flatnonzero(demand > 0)[0]) + 1 if method != "ses" else 1
    assert np.isnan(past.errors[:first]).all()
    for t in range(first, 25):
        before = DemandHistory.from_lists([demand[:t]])
        one = forecast_demand(before, method, alpha=0.2, beta=0.3, start=start).mean[0, 0]
        assert past.errors[t] == pytest.approx(demand[t] - one, abs=1e-12)


@pytest.mark.parametrize("method", ["ses", "croston", "croston_sba"])
def test_the_fitted_parameter_has_no_larger_error_than_a_fine_grid(method: str) -> None:
    demand = np.random.default_rng(8).negative_binomial(1, 0.3, (20, 60)).astype(float)
    history = DemandHistory.from_array(demand)
    fitted = forecast_demand(history, method).past
    assert fitted is not None
    low, high = (0.01, 0.99) if method == "ses" else (0.05, 0.3)
    best = np.full(20, np.inf)
    for alpha in np.linspace(low, high, 60):
        past = forecast_demand(history, method, alpha=alpha).past
        assert past is not None
        best = np.minimum(best, past.error_squares)
    assert (fitted.error_squares <= best * 1.001).all()  # several dips are near each other


@pytest.mark.parametrize("start", ["mean", "first"])
def test_both_parameters_of_tsb_are_fitted_as_well_as_a_grid(start: str) -> None:
    draw = np.random.default_rng(0)
    demand = np.round(draw.gamma(4, 5, (80, 9))) * (draw.random((80, 9)) < 0.8)
    history = DemandHistory.from_array(demand)
    fitted = forecast_demand(history, "tsb", start=start).past
    assert fitted is not None
    best = np.full(80, np.inf)
    for alpha in np.linspace(0.05, 0.3, 11):
        for beta in np.linspace(0.05, 0.3, 11):
            past = forecast_demand(history, "tsb", alpha=alpha, beta=beta, start=start).past
            assert past is not None
            best = np.minimum(best, past.error_squares)
    assert (fitted.error_squares <= best * 1.002).all()


def test_auto_takes_the_method_of_the_class() -> None:
    month = np.tile([10.0, 12, 30, 11, 9, 8, 10, 12, 30, 11, 9, 8], 3)
    history = DemandHistory.from_lists(
        {
            "smooth": [9, 11, 10, 12, 9, 10, 11, 9],
            "seldom": [0, 0, 3, 0, 0, 3, 0, 0, 3, 0],
            "gone": [4, 4, 4, 4, 4, 4, *[0] * 10],
            "seasonal": month,
        }
    )
    methods = forecast_demand(history).past
    assert methods is not None
    assert methods.method.tolist() == ["ses", "croston_sba", "tsb", "ses"]
    seasonal = forecast_demand(history, season_length=12, horizon=3)
    assert seasonal.past is not None
    assert seasonal.past.method.tolist() == ["ses", "croston_sba", "tsb", "seasonal_naive"]
    assert seasonal.mean[3].tolist() == [10.0, 12.0, 30.0]


def test_each_item_may_have_its_own_method_and_parameter() -> None:
    history = DemandHistory.from_lists([[1.0, 0.0, 2.0], [1.0, 0.0, 2.0]])
    methods, alpha = ["ses", "croston"], [0.5, 0.2]
    forecast = forecast_demand(history, methods, alpha=alpha, horizon=1, start="first")
    assert forecast.mean[0, 0] == ses([1, 0, 2], 0.5)
    assert forecast.mean[1, 0] == croston([1, 0, 2], 0.2)


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"method": "prophet"}, "method"),
        ({"method": ["ses"]}, "method"),
        ({"method": "seasonal_naive"}, "season_length"),
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": [0.1, 1.5]}, "alpha"),
        ({"alpha": float("nan")}, "alpha"),
        ({"beta": "much"}, "beta"),
        ({"horizon": 0}, "horizon"),
        ({"horizon": 2.5}, "horizon"),
        ({"window": -3}, "window"),
        ({"season_length": True}, "season_length"),
        ({"start": "last"}, "start"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(options: dict[str, Any], place: str) -> None:
    history = DemandHistory.from_lists([[1, 2], [3, 4]])
    with pytest.raises(ValidationError) as caught:
        forecast_demand(history, **options)
    assert {failure.column for failure in caught.value.failures} == {place}


def test_the_spare_parts_of_the_raf_are_forecast_as_plain_loops_do(instances: Path) -> None:
    path = instances / "inv" / "demand" / "raf_monthly_5000x84.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        next(lines)
        demand = np.array([[float(x) for x in line.split(",")[-84:]] for line in lines])
    batch = croston_sba(demand)
    some = range(0, len(demand), 25)
    plain = np.array([0.95 * plain_croston(demand[row], 0.1) for row in some])
    assert np.abs(batch[::25] - plain).max() < 1e-9
