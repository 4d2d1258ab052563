"""Forecasts made elsewhere come in as moments, quantiles, intervals or sampled paths."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

from flowopt.core import EngineNotAvailableError, ValidationError
from flowopt.forecast import DemandForecast, DemandHistory, forecast_with_statsforecast


def quantile_frame(probabilities: list[float], mean: float, sd: float) -> dict[str, Any]:
    return {
        "unique_id": ["a"] * len(probabilities),
        "ds": [7] * len(probabilities),
        "probability": probabilities,
        "y": stats.norm.ppf(probabilities, mean, sd).tolist(),
    }


@pytest.mark.parametrize("probabilities", [[0.1, 0.9], [0.5, 0.9], [0.05, 0.25, 0.5, 0.75, 0.95]])
def test_a_normal_forecast_comes_back_from_its_quantiles(probabilities: list[float]) -> None:
    forecast = DemandForecast.from_frame(quantile_frame(probabilities, 100, 10))
    assert forecast.mean[0, 0] == pytest.approx(100, rel=1e-3)
    assert forecast.sd[0, 0] == pytest.approx(10, rel=2e-3)


@pytest.mark.parametrize("end", [[1e-8, 1e-7], [1 - 1e-7, 1.0]], ids=str)
def test_quantiles_beyond_the_digits_of_a_tail_count_once(end: list[float]) -> None:
    """Both would be at the same place: no line leads through them, and others must be there."""
    alone = {"unique_id": ["a"] * 2, "ds": [1] * 2, "probability": end, "y": [10.0, 12.0]}
    with pytest.raises(ValidationError, match="two quantiles"):
        DemandForecast.from_frame(alone)
    more = sorted([*end, 0.5, 0.9])
    forecast = DemandForecast.from_frame(quantile_frame(more, 100, 10) | {"y": [80, 90, 100, 110]})
    assert np.isfinite(forecast.mean).all()
    assert forecast.status.tolist() == ["forecast"]


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        (["lo-150", "hi-150"], "no interval"),
        (["lo-0", "hi-0"], "no interval"),
        (["lo-90"], "two quantiles"),
    ],
)
def test_intervals_that_say_nothing_of_the_spread_are_refused(
    columns: list[str], fault: str
) -> None:
    frame: dict[str, Any] = {"unique_id": ["a"], "ds": [1]}
    frame |= {f"Model-{name}": [5.0] for name in columns}
    with pytest.raises(ValidationError, match=fault):
        DemandForecast.from_frame(frame)


def test_the_spread_of_a_skewed_forecast_is_near_its_own() -> None:
    probabilities = np.linspace(0.01, 0.99, 99)
    frame = {
        "unique_id": ["a"] * 99,
        "ds": [1] * 99,
        "probability": probabilities,
        "y": stats.gamma.ppf(probabilities, 2.0, scale=5.0),
    }
    forecast = DemandForecast.from_frame(frame)
    assert forecast.mean[0, 0] == pytest.approx(10, rel=0.01)
    assert forecast.sd[0, 0] == pytest.approx(np.sqrt(50), rel=0.03)


def test_quantiles_that_cross_are_put_in_order() -> None:
    straight = DemandForecast.from_frame(quantile_frame([0.1, 0.5, 0.9], 100, 10))
    frame = quantile_frame([0.1, 0.5, 0.9], 100, 10)
    frame["y"] = [frame["y"][1], frame["y"][0], frame["y"][2]]
    assert DemandForecast.from_frame(frame).mean[0, 0] == straight.mean[0, 0]


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_intervals_side_by_side_are_read_by_model(library: Any) -> None:
    frame = library(
        {
            "unique_id": ["b", "a"],
            "ds": [3, 3],
            "ETS": [10.0, 20.0],
            "ETS-lo-80": [8.72, 18.72],
            "ETS-hi-80": [11.28, 21.28],
            "Naive": [0.0, 0.0],
            "Naive-lo-80": [-5.0, -5.0],
            "Naive-hi-80": [5.0, 5.0],
        }
    )
    forecast = DemandForecast.from_frame(frame, model="ETS")
    assert forecast.items.tolist() == ["b", "a"]
    assert forecast.mean[:, 0] == pytest.approx([10, 20], abs=0.01)
    assert forecast.sd[:, 0] == pytest.approx([1, 1], abs=0.01)
    assert isinstance(forecast.to_frame(), library)
    with pytest.raises(ValidationError, match="model"):
        DemandForecast.from_frame(frame)


def test_what_a_forecast_writes_it_reads_again() -> None:
    history = DemandHistory.from_lists({"a": [4, 5, 6, 5], "b": [0, 3, 0, 1]})
    forecast = history.forecast("ses", alpha=0.2, horizon=3)
    again = DemandForecast.from_frame(forecast.to_frame("periods"))
    assert np.array_equal(again.mean, forecast.mean)
    assert np.array_equal(again.sd, forecast.sd)
    assert again.start == forecast.start


RAGGED = {"unique_id": ["a", "a", "b"], "ds": [1, 2, 1], "y": [1, 1, 1], "sd": [1, 1, 1]}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (
            RAGGED,
            "missing",
        ),
        ({"unique_id": ["a", "a"], "ds": [1, 1], "y": [1, 1], "sd": [1, 1]}, "duplicate_id"),
        ({"unique_id": ["a"], "ds": [1], "y": [-1], "sd": [1]}, "negative"),
        ({"unique_id": ["a"], "ds": [1], "y": [1], "sd": [float("nan")]}, "nan"),
        ({"unique_id": ["a"], "ds": [1], "y": [1]}, "missing_column"),
        ({"unique_id": ["a"], "ds": [1], "probability": [0.5], "y": [1]}, "missing"),
        ({"unique_id": ["a"], "ds": [1], "probability": [1.5], "y": [1]}, "out_of_range"),
        ({"unique_id": ["a"], "ds": [1], "m-lo-80": [1e300], "m-hi-80": [2e300]}, "out_of_range"),
        ({"unique_id": ["a"], "ds": [1], "m-lo-80": [9], "m-hi-80": [8]}, "out_of_range"),
    ],
)
def test_what_is_no_forecast_is_a_failure(frame: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        DemandForecast.from_frame(frame)
    assert code in [failure.code for failure in caught.value.failures]


def test_the_item_that_lacks_a_period_is_named() -> None:
    with pytest.raises(ValidationError) as caught:
        DemandForecast.from_frame(RAGGED)
    assert [failure.value for failure in caught.value.failures] == ["b"]


def test_without_statsforecast_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "statsforecast", None)
    history = DemandHistory.from_lists([[1, 2, 3]])
    with pytest.raises(EngineNotAvailableError, match=r"flowopt\[forecast\]"):
        forecast_with_statsforecast(history, "AutoETS")


class StandIn:
    """Answers as statsforecast does, so that the adapter is tested where that is not installed."""

    def __init__(self, models: list[Any], freq: int) -> None:
        self.name = str(models[0])
        assert freq == 1

    def forecast(self, df: pd.DataFrame, h: int, level: list[float]) -> pd.DataFrame:
        last = df.groupby("unique_id")["y"].last().repeat(h)
        ahead = np.tile(np.arange(df["ds"].max() + 1, df["ds"].max() + 1 + h), len(last) // h)
        frame = pd.DataFrame({"unique_id": last.index, "ds": ahead, self.name: last.to_numpy()})
        for width in level:
            reach = 2.0 * stats.norm.ppf(0.5 + width / 200)
            frame[f"{self.name}-lo-{width}"] = frame[self.name] - reach
            frame[f"{self.name}-hi-{width}"] = frame[self.name] + reach
        return frame


def test_a_model_of_statsforecast_forecasts_the_items_that_have_demand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = type(sys)("statsforecast")
    module.StatsForecast = StandIn  # type: ignore[attr-defined]  # a module made up here
    monkeypatch.setitem(sys.modules, "statsforecast", module)
    history = DemandHistory.from_lists({"a": [10, 20, 30], "zero": [0, 0], "b": [4], "none": []})
    forecast = forecast_with_statsforecast(history, "Naive", horizon=2, levels=(80,))
    assert forecast.status.tolist() == ["forecast", "no_demand", "forecast", "no_history"]
    assert forecast.mean[[0, 2]] == pytest.approx(np.array([[30, 30], [4, 4]]), abs=0.05)
    assert forecast.sd[0] == pytest.approx([2, 2], rel=0.01)
    assert forecast.mean[1].tolist() == [0, 0]
    assert np.isnan(forecast.mean[3]).all()
    with pytest.raises(ValidationError, match="levels"):
        forecast_with_statsforecast(history, "Naive", levels=())


def test_statsforecast_itself_is_taken_where_it_is_installed() -> None:
    models = pytest.importorskip("statsforecast.models", reason="statsforecast is an extra")
    demand = np.random.default_rng(1).poisson(50, (3, 40)).astype(float)
    forecast = forecast_with_statsforecast(
        DemandHistory.from_array(demand), models.HistoricAverage(), horizon=4
    )
    assert forecast.mean[:, 0] == pytest.approx(demand.mean(axis=1), rel=0.01)
