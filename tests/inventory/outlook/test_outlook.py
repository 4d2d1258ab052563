"""Early warnings against simulation, and what each of them says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt import DemandHistory, StockOutlook, stock_outlook
from flowopt.core import ValidationError


def demand_of(
    y: list[float], sd: list[float] | float, item: str = "a", first: int = 1
) -> dict[str, Any]:
    spread = sd if isinstance(sd, list) else [sd] * len(y)
    periods = list(range(first, first + len(y)))
    return {"unique_id": [item] * len(y), "ds": periods, "y": y, "sd": spread}


def outlook_of(on_hand: float, y: list[float], sd: Any = 0.0, **options: Any) -> StockOutlook:
    receipts = options.pop("receipts", None)
    stock = {"item": ["a"], "on_hand": [on_hand]} | options.pop("stock", {})
    return stock_outlook(stock, demand_of(y, sd), receipts, **options)


def arriving(period: Any, quantity: float) -> dict[str, Any]:
    return {"item": ["a"], "ds": [period], "quantity": [quantity]}


@pytest.mark.parametrize("distribution", ["normal", "gamma", "negative_binomial", "poisson"])
@pytest.mark.parametrize(("on_hand", "receipt"), [(14, 10), (3, 0), (14.5, 6)])
def test_chances_and_shortages_are_those_of_a_simulation(
    distribution: str, on_hand: float, receipt: float
) -> None:
    mean, variance = np.array([4.0, 6.0, 3.0, 5.0]), np.array([9.0, 13.0, 6.0, 11.0])
    if distribution == "poisson":
        variance = mean
    generator = np.random.default_rng(11)
    size = 200_000
    draws = {
        "normal": lambda m, v: generator.normal(m, np.sqrt(v), size),
        "gamma": lambda m, v: generator.gamma(m * 5 / 11, 2.2, size),  # one scale: sums are gamma
        "negative_binomial": lambda m, v: generator.negative_binomial(m / 1.2, 1 / 2.2, size),
        "poisson": lambda m, v: generator.poisson(m, size),
    }
    if distribution in ("gamma", "negative_binomial"):
        variance = 2.2 * mean
    demand = np.stack([draws[distribution](m, v) for m, v in zip(mean, variance, strict=True)])
    outlook = outlook_of(
        on_hand,
        mean.tolist(),
        np.sqrt(variance).tolist(),
        stock={"distribution": [distribution]},
        receipts=arriving(3, receipt),
    )
    net = np.full(size, on_hand, dtype=float)
    for t in range(4):
        net = net + (receipt if t == 2 else 0)
        short = np.maximum(demand[t] - np.maximum(net, 0), 0)
        net = net - demand[t]
        if distribution == "normal":  # a negative demand is no delivery: not counted in the theory
            short = np.maximum(-net, 0) - np.maximum(-(net + demand[t]), 0)
        seen = np.mean(net < 0)
        assert outlook.risk.probability[0, t] == pytest.approx(seen, abs=0.006)
        assert outlook.risk.short[0, t] == pytest.approx(short.mean(), abs=0.03)
        assert outlook.risk.stock[0, t] == pytest.approx(net.mean(), abs=0.06)


def test_sampled_paths_give_the_figures_of_the_paths_themselves() -> None:
    paths = np.random.default_rng(3).integers(0, 9, (50, 4)).astype(float)
    frame = {
        "unique_id": ["a"] * 200,
        "ds": list(range(4)) * 50,
        "sample": np.repeat(np.arange(50), 4),
        "y": paths.reshape(-1),
    }
    outlook = stock_outlook({"item": ["a"], "on_hand": [9]}, frame, arriving(2, 5))
    net = 9 - np.cumsum(paths, axis=1) + np.array([0, 0, 5, 5])
    assert outlook.risk.probability[0].tolist() == (net < 0).mean(axis=0).tolist()
    before = net + paths
    short = np.maximum(-net, 0) - np.maximum(-before, 0)
    assert outlook.risk.short[0] == pytest.approx(short.mean(axis=0))


def test_certain_demand_runs_out_or_does_not() -> None:
    outlook = outlook_of(25, [10, 10, 10, 10], receipts=arriving(4, 30))
    assert outlook.risk.stock[0].tolist() == [15, 5, -5, 15]
    assert outlook.risk.probability[0].tolist() == [0, 0, 1, 0]
    assert outlook.risk.short[0].tolist() == [0, 0, 5, 0]
    assert outlook.cover.tolist() == [2.5]
    assert outlook.warnings.tolist() == ["runs_out"]


def test_stock_that_is_just_enough_is_no_stock_out() -> None:
    assert outlook_of(20, [10, 10]).warnings.tolist() == [""]
    assert outlook_of(19, [10, 10]).warnings.tolist() == ["runs_out"]


def test_what_runs_out_only_after_the_next_receipt_is_short_later() -> None:
    outlook = outlook_of(15, [10, 10, 10, 10], receipts=arriving(2, 10))
    assert outlook.run_out_probability.tolist() == [0.0]
    assert outlook.expected_short_before_receipt.tolist() == [0.0]
    assert outlook.expected_short.tolist() == [15.0]
    assert outlook.warnings.tolist() == ["short_later"]


def test_a_receipt_of_the_first_period_is_there_before_its_demand() -> None:
    outlook = outlook_of(0, [10, 10], receipts=arriving(1, 20))
    assert outlook.risk.probability[0].tolist() == [0, 0]
    assert outlook.next_receipt.tolist() == [2]


def test_an_overdue_receipt_is_flagged_and_counts_from_now() -> None:
    outlook = outlook_of(0, [10, 10], receipts=arriving(-3, 20))
    assert outlook.warnings.tolist() == ["out_of_stock;overdue_receipt"]
    assert outlook.risk.stock[0].tolist() == [10, 0]


def test_what_arrives_beyond_the_horizon_helps_nobody() -> None:
    outlook = outlook_of(5, [10, 10], receipts=arriving(3, 50))
    assert outlook.risk.stock[0].tolist() == [-5, -15]


def test_backorders_and_reservations_come_first() -> None:
    stock = {"backorders": [4.0], "reserved": [3.0]}
    outlook = outlook_of(10, [2, 2], stock=stock)
    assert outlook.risk.stock[0].tolist() == [1, -1]
    waiting = outlook_of(0, [5], stock={"backorders": [4.0]})
    assert waiting.risk.short[0].tolist() == [5.0]  # the four were short before


def test_a_peak_is_measured_by_usual_demand() -> None:
    outlook = outlook_of(500, [10, 10, 40, 10])
    assert outlook.peaks[0].tolist() == [False, False, True, False]
    assert outlook.to_frame("peaks")["times_usual"].tolist() == [40 / 17.5]
    usual = outlook_of(500, [10, 10, 40, 10], stock={"usual_demand": [50.0]})
    assert not usual.peaks.any()
    assert outlook_of(500, [0, 0]).warnings.tolist() == [""]


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_dates_place_receipts_in_their_week(library: Any) -> None:
    weeks = ["2026-03-02", "2026-03-09", "2026-03-16"]
    demand = library({"unique_id": ["a"] * 3, "ds": weeks, "y": [10.0] * 3, "sd": [0.0] * 3})
    receipts = library({"item": ["a", "a"], "ds": ["2026-03-12", "2026-03-25"], "quantity": [7, 9]})
    outlook = stock_outlook(library({"item": ["a"], "on_hand": [12]}), demand, receipts)
    assert outlook.inputs.receipts[0].tolist() == [0, 7, 0]  # the last comes after the horizon
    frame = outlook.to_frame()
    assert isinstance(frame, library)
    assert pd.Timestamp(frame["next_receipt"][0]) == pd.Timestamp("2026-03-09")


def test_the_most_urgent_items_stand_first() -> None:
    demand = pd.concat([pd.DataFrame(demand_of([10.0] * 3, 3.0, item=i)) for i in "abc"])
    outlook = stock_outlook({"item": ["a", "b", "c"], "on_hand": [100, 5, 30]}, demand)
    assert outlook.to_frame()["item"].tolist() == ["b", "c", "a"]
    assert outlook.to_frame("periods").shape[0] == 9
    assert outlook.summary()["runs_out"] == 2


def test_an_item_without_a_forecast_has_a_status_and_spoils_no_other() -> None:
    demand = demand_of([10.0, 10.0], 1.0)
    for name, cells in demand_of([None, None], 1.0, item="x").items():
        demand[name] += cells
    outlook = stock_outlook({"item": ["a", "x", "new"], "on_hand": [50, 5, 5]}, demand)
    assert outlook.warnings.tolist() == ["", "no_forecast", "no_forecast"]
    assert np.isnan(outlook.run_out_probability[1:]).all()
    assert outlook.run_out_probability[0] < 1e-9


def test_a_forecast_goes_straight_in() -> None:
    history = DemandHistory.from_lists({"a": [9, 11, 10, 12, 9, 10], "b": [0, 0, 3, 0, 1, 0]})
    periods = history.forecast(horizon=4, alpha=0.1).to_frame("periods")
    outlook = stock_outlook({"item": ["a", "b"], "on_hand": [25, 20]}, periods)
    assert outlook.warnings.tolist() == ["runs_out", ""]


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0, 60),
    st.lists(st.floats(0, 20), min_size=1, max_size=6),
    st.floats(0, 10),
    st.floats(0, 40),
)
def test_more_stock_is_never_worse(on_hand: float, y: list[float], sd: float, more: float) -> None:
    less = outlook_of(on_hand, y, sd).risk
    greater = outlook_of(on_hand + more, y, sd).risk
    assert ((less.probability >= 0) & (less.probability <= 1)).all()
    assert (less.short >= 0).all()
    assert (less.short <= np.array(y) + 1e-9).all()
    assert (greater.probability <= less.probability + 1e-9).all()
    assert greater.short.sum() <= less.short.sum() + 1e-6 * (1 + sum(y))


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (({"item": ["a"], "on_hand": [-1]}, demand_of([1], 1)), "on_hand"),
        (({"item": ["a"], "on_hand": [float("nan")]}, demand_of([1], 1)), "on_hand"),
        (({"item": ["a", "a"], "on_hand": [1, 1]}, demand_of([1], 1)), "item+site"),
        (({"item": ["a"], "on_hand": [1]}, demand_of([1], 1, item="b")), "unique_id"),
        (({"item": ["a"], "on_hand": [1]}, demand_of([-1], 1)), "y"),
        (({"item": ["a"], "on_hand": [1]}, demand_of([1], -1)), "sd"),
        (({"item": ["a"], "on_hand": [1]}, None), None),
        (({"item": ["a"], "on_hand": [1]}, demand_of([], 1)), None),
        (({"item": ["a"], "on_hand": [1]}, demand_of([1], 1), arriving(1, -2)), "quantity"),
        (({"item": ["a"], "on_hand": [1]}, demand_of([1], 1), arriving("2026-03-01", 2)), "ds"),
    ],
)
def test_every_fault_is_named(arguments: tuple[Any, ...], place: str | None) -> None:
    with pytest.raises(ValidationError) as caught:
        stock_outlook(*arguments)
    assert place in [failure.column for failure in caught.value.failures]


@pytest.mark.parametrize("options", [{"alarm": 0}, {"alarm": 1.5}, {"peak": -1}, {"peak": "big"}])
def test_an_option_that_cannot_be_used_is_named(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        outlook_of(1, [1.0], 1.0, **options)
    assert {failure.column for failure in caught.value.failures} == set(options)


def test_a_path_that_lacks_a_period_is_a_failure() -> None:
    frame = {"unique_id": ["a"] * 3, "ds": [1, 2, 1], "sample": [0, 0, 1], "y": [1, 1, 1]}
    with pytest.raises(ValidationError, match="lacks some periods"):
        stock_outlook({"item": ["a"], "on_hand": [1]}, frame)


def test_an_outlook_is_drawn() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    outlook = outlook_of(25, [10, 10, 10], 2.0, receipts=arriving(3, 5))
    axes = outlook.plot("a")
    assert axes.get_title() == "a"
    with pytest.raises(KeyError, match="nut"):
        outlook.plot("nut")


def test_periods_far_beyond_counting_keep_their_numbers() -> None:
    demand = {"unique_id": ["a", "a"], "ds": [1, 1e300], "y": [1, 1], "sd": [0, 0]}
    outlook = stock_outlook({"item": ["a"], "on_hand": [5]}, demand)
    assert outlook.to_frame("periods")["ds"].tolist() == [1, 1e300]
