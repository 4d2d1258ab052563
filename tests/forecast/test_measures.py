"""Measures of error by hand, and methods compared on periods that they do not see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from flowopt.core import ValidationError
from flowopt.forecast import DemandHistory, compare_methods, forecast_errors, quantile_loss


def test_the_measures_are_those_of_the_textbook() -> None:
    errors = forecast_errors([[10, 0, 5]], [[8, 3, 5]], [[2, 4, 3]])
    assert errors["bias"][0] == pytest.approx(1 / 3)
    assert errors["mae"][0] == pytest.approx(5 / 3)
    assert errors["rmse"][0] == pytest.approx(np.sqrt(13 / 3))
    assert errors["wape"][0] == pytest.approx(5 / 15)
    assert errors["mase"][0] == pytest.approx((5 / 3) / 1.5)
    assert errors["rmsse"][0] == pytest.approx(np.sqrt((13 / 3) / 2.5))


def test_a_measure_that_would_divide_by_nothing_is_not_a_number() -> None:
    errors = forecast_errors([[0, 0]], [[1, 1]], [[3, 3]])
    assert np.isnan(errors["wape"][0])
    assert np.isnan(errors["mase"][0])
    assert errors["mae"][0] == 1.0


def test_the_quantile_loss_is_least_at_the_quantile() -> None:
    demand = np.arange(1, 101.0)
    losses = [quantile_loss(demand, level, 0.9).mean() for level in range(1, 101)]
    assert int(np.argmin(losses)) + 1 in (90, 91)


def test_a_forecast_is_evaluated_against_what_came() -> None:
    history = DemandHistory.from_lists({"a": [4, 4, 4, 4, 6, 6], "b": [1, 1, 1, 1, 1, 1]})
    forecast = history.until(2).forecast("ses", alpha=0.1, horizon=5)
    table = forecast.evaluate(history)
    assert table["bias"].tolist() == [-2.0, 0.0]
    with pytest.raises(ValidationError, match="shares no period"):
        history.forecast(alpha=0.1).evaluate(history)
    with pytest.raises(ValidationError, match="has no history"):
        forecast.evaluate(history.take(np.array([1])))


@pytest.mark.parametrize("count", [-1, 1.5, "two"])
def test_what_is_no_number_of_periods_is_refused(count: Any) -> None:
    history = DemandHistory.from_lists([[1, 2, 3]])
    with pytest.raises(ValidationError, match="no number of periods"):
        history.until(count)
    with pytest.raises(ValidationError, match="no number of periods"):
        compare_methods(history, ["ses"], holdout=count)


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan"), "x"])
def test_what_is_no_probability_has_no_loss(probability: Any) -> None:
    with pytest.raises(ValidationError, match="no probability"):
        quantile_loss([1.0], [2.0], probability)


def test_where_nothing_can_be_compared_no_method_looks_perfect() -> None:
    short, silent = [[1, 2, 3]], [[4, 5, 4, 0, 0]]
    for demand, holdout in ((short, 3), (silent, 2)):
        table = compare_methods(DemandHistory.from_lists(demand), ["ses"], holdout=holdout)
        assert np.isnan([table["ses"]["wape"], table["ses"]["bias"]]).all()


def test_the_better_method_wins_the_comparison() -> None:
    season = np.tile([1.0, 9, 5, 20], 6)
    history = DemandHistory.from_lists([season, season * 2])
    table = compare_methods(history, ["ses", "seasonal_naive"], holdout=4, season_length=4)
    assert table["seasonal_naive"]["wape"] == 0.0
    assert table["ses"]["wape"] > 0.3


@pytest.mark.parametrize(
    ("actual", "forecast"), [([[1, 2]], [[1, 2, 3]]), ([1, 2], [1, 2]), ([["x"]], [[1]])]
)
def test_tables_that_do_not_fit_are_refused(actual: object, forecast: object) -> None:
    with pytest.raises(ValidationError):
        forecast_errors(actual, forecast)  # type: ignore[arg-type]  # on purpose
