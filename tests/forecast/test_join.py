"""A forecast goes straight into a replenishment problem."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from flowopt import DemandForecast, DemandHistory, ReplenishmentProblem
from flowopt.core import ValidationError


@pytest.fixture
def forecast() -> DemandForecast:
    generator = np.random.default_rng(7)
    demand = {
        "bolt": generator.normal(100, 20, 40).round(),
        "pump": generator.negative_binomial(1, 0.6, 40),
        "dead": np.zeros(40),
        "fluid": generator.gamma(1.0, 3.0, 40),
    }
    return DemandHistory.from_lists(demand).forecast(alpha=0.1)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, dict, pl.LazyFrame])
def test_the_joined_frame_is_what_replenishment_reads(
    forecast: DemandForecast, library: Any
) -> None:
    stock = library({"item": ["pump", "bolt"], "lead_time": [6, 4], "fill_rate": [0.95, 0.98]})
    items = forecast.join(stock)
    policies = ReplenishmentProblem.from_frames(items).solve().to_frame("policies")
    assert list(policies["item"]) == ["pump", "bolt"]
    assert list(policies["distribution"]) == ["negative_binomial", "normal"]
    assert (np.array(policies["order_up_to_level"]) > 0).all()


def test_each_row_has_the_demand_over_its_own_interval(forecast: DemandForecast) -> None:
    items = forecast.join({"item": ["bolt", "pump"], "lead_time": [4, 6], "review_period": [2, 1]})
    bolt, pump = forecast.over(6).per_period, forecast.over(7).per_period
    assert items["demand_sd"].tolist() == [bolt[1][0], pump[1][1]]
    assert items["demand_mean"].tolist() == [bolt[0][0], pump[0][1]]


def test_an_item_that_is_usable_at_once_still_has_its_demand(forecast: DemandForecast) -> None:
    """Lead time 0 under continuous review: the interval has no length, demand goes on."""
    names = ["bolt", "pump", "dead", "fluid"]
    stock = {"item": names, "lead_time": [0] * 4, "review_period": [0] * 4}
    items = forecast.join(stock | {"policy": "rQ", "order_quantity": 20.0, "fill_rate": 0.9})
    assert items["demand_mean"].tolist() == forecast.mean[:, 0].tolist()
    assert items["demand_sd"].tolist() == forecast.sd[:, 0].tolist()
    period = forecast.over(1)
    assert items["distribution"].tolist() == period.distribution.tolist()
    solution = ReplenishmentProblem.from_frames(items).solve()
    assert (solution.policy_status == "no_demand").tolist() == [False, False, True, False]
    assert forecast.over(0).quantile(0.9).tolist() == [0.0] * 4


def test_all_kinds_of_items_are_solved_together(forecast: DemandForecast) -> None:
    names = ["bolt", "pump", "dead", "fluid"]
    items = forecast.join({"item": names, "lead_time": [2] * 4, "fill_rate": [0.9] * 4})
    assert items["distribution"].tolist() == ["normal", "negative_binomial", "normal", "gamma"]
    solution = ReplenishmentProblem.from_frames(items).solve()
    assert solution.policy_status.tolist() == ["optimal", "optimal", "no_demand", "optimal"]


def test_the_past_goes_in_as_an_empirical_distribution(forecast: DemandForecast) -> None:
    stock = {"item": ["pump", "bolt"], "lead_time": [2, 2], "fill_rate": [0.9, 0.9]}
    items = forecast.join(stock, distribution="empirical")
    samples = forecast.demand_samples(items)
    assert samples["item"].tolist() == ["pump"] * 40 + ["bolt"] * 40
    assert forecast.past is not None
    assert samples["demand"].tolist()[:40] == forecast.past.history["pump"].tolist()
    solution = ReplenishmentProblem.from_frames(items, demand_samples=samples).solve()
    assert solution.to_frame()["distribution"].tolist() == ["empirical", "empirical"]


def test_columns_of_the_callers_own_are_kept_and_their_frame_is_not_changed(
    forecast: DemandForecast,
) -> None:
    stock = pd.DataFrame({"item": ["bolt"], "lead_time": [1], "demand_mean": [5.0]}, index=[9])
    items = forecast.join(stock)
    assert list(stock.columns) == ["item", "lead_time", "demand_mean"]
    assert list(items.columns) == ["item", "lead_time", "demand_mean", "demand_sd", "distribution"]
    assert items["demand_mean"].iloc[0] > 50


def test_sites_are_told_apart() -> None:
    history = DemandHistory.from_frame(
        {
            "unique_id": ["a"] * 4,
            "site": ["Lyon", "Lyon", "Nantes", "Nantes"],
            "ds": [1, 2, 1, 2],
            "y": [1.0, 1.0, 9.0, 9.0],
        }
    )
    stock = {"item": ["a", "a"], "site": ["Nantes", "Lyon"], "lead_time": [1, 1]}
    assert history.forecast("ses").join(stock)["demand_mean"].tolist() == [9.0, 1.0]


@pytest.mark.parametrize(
    ("stock", "code"),
    [
        ({"item": ["bolt", "nut"], "lead_time": [1, 1]}, "unknown_id"),
        ({"item": ["bolt", "bolt"], "lead_time": [1, 1]}, "duplicate_id"),
        ({"item": ["bolt", "bolt"], "site": ["x", "y"], "lead_time": [1, 1]}, "unknown_id"),
        ({"item": ["bolt"], "lead_time": [float("nan")]}, "nan"),
        ({"item": ["bolt"], "lead_time": [-1]}, "negative"),
        ({"item": ["bolt"]}, "missing_column"),
    ],
)
def test_what_cannot_be_joined_is_a_failure(
    forecast: DemandForecast, stock: dict[str, Any], code: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        forecast.join(stock)
    assert code in [failure.code for failure in caught.value.failures]


def test_a_forecast_is_drawn(forecast: DemandForecast) -> None:
    pytest.importorskip("matplotlib").use("Agg")
    axes = forecast.plot("bolt")
    assert axes.get_title() == "bolt"
    assert len(axes.patches) == 40
    with pytest.raises(KeyError, match="nut"):
        forecast.plot("nut")


@pytest.mark.parametrize("method", ["auto", "ses", "tsb", "moving_average", "croston_sba"])
def test_items_that_fade_away_stop_no_other(method: str) -> None:
    """A mean of nearly nothing beside errors of better times is no demand to set levels for."""
    generator = np.random.default_rng(12)
    demand = generator.gamma(0.2, 4000.0, (60, 80)) * (generator.random((60, 80)) < 0.3)
    for row in range(60):
        demand[row, 80 - row :] = 0.0
    forecast = DemandHistory.from_array(demand).forecast(method)
    items = forecast.join({"item": range(60), "lead_time": [16] * 60, "fill_rate": [0.95] * 60})
    solution = ReplenishmentProblem.from_frames(items).solve()
    assert set(solution.policy_status.tolist()) <= {"optimal", "no_demand"}
    assert ((items["demand_mean"] > 0) | (items["demand_sd"] == 0)).all()
