"""Histories come in from frames, arrays and lists; what cannot be used is named."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from flowopt.core import ValidationError
from flowopt.forecast import DemandHistory, ForecastStatus

NAN = float("nan")


def long(ids: list[Any], periods: list[Any], y: list[Any]) -> dict[str, Any]:
    return {"unique_id": ids, "ds": periods, "y": y}


def codes(error: ValidationError) -> list[str]:
    return [failure.code for failure in error.failures]


def test_periods_without_a_row_had_no_demand_and_all_end_together() -> None:
    history = DemandHistory.from_frame(
        long(["a", "b", "a", "b"], [3, 4, 6, 5], [1.0, 2.0, 3.0, 4.0])
    )
    assert history["a"].tolist() == [1, 0, 0, 3]
    assert history["b"].tolist() == [2, 4, 0]
    assert history.end == 7


def test_the_order_of_rows_does_not_matter() -> None:
    frame = long(["a", "b", "a"], [1, 1, 2], [1.0, 5.0, 2.0])
    turned = {name: values[::-1] for name, values in frame.items()}
    first, second = DemandHistory.from_frame(frame), DemandHistory.from_frame(turned)
    assert [first[i].tolist() for i in "ab"] == [second[i].tolist() for i in "ab"]


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_a_frame_of_any_library_comes_in_and_out(library: Any) -> None:
    frame = library(long(["a", "a"], [date(2026, 1, 5), date(2026, 1, 12)], [3.0, 4.0]))
    history = DemandHistory.from_frame(frame)
    assert history.calendar.period == "week"
    assert isinstance(history.to_frame(), library)
    assert isinstance(history.forecast(alpha=0.1).to_frame(), library)


@pytest.mark.parametrize(
    ("dates", "period", "following"),
    [
        (["2026-01-01", "2026-02-01", "2026-04-01"], "month", "2026-05-01"),
        (["2026-01-31", "2026-02-28", "2026-03-31"], "month", "2026-04-30"),
        (["2026-01-15", "2026-02-15"], "month", "2026-03-15"),
        (["2026-01-01", "2026-04-01", "2026-07-01"], "quarter", "2026-10-01"),
        (["2025-03-31", "2025-06-30", "2025-09-30"], "quarter", "2025-12-31"),
        (["2024-01-01", "2025-01-01", "2026-01-01"], "year", "2027-01-01"),
        (["2024-12-31", "2025-12-31"], "year", "2026-12-31"),
        (["2026-01-05", "2026-01-19"], "week", "2026-01-26"),
        (["2026-01-05", "2026-01-06", "2026-01-09"], "day", "2026-01-10"),
        (["2026-01-05 06:00", "2026-01-05 08:00"], "hour", "2026-01-05 09:00"),
    ],
)
def test_the_dates_say_what_a_period_is(dates: list[str], period: str, following: str) -> None:
    history = DemandHistory.from_frame(long(["a"] * len(dates), dates, [1.0] * len(dates)))
    assert history.calendar.period == period
    back = history.to_frame()["ds"]
    assert back.iloc[0] == pd.Timestamp(dates[0])
    assert back.iloc[-1] == pd.Timestamp(dates[-1])
    ahead = history.forecast(alpha=0.1, horizon=1).to_frame("periods")["ds"]
    assert ahead.iloc[0] == pd.Timestamp(following)


def test_single_sales_are_added_up_by_period() -> None:
    days = ["2026-01-05", "2026-01-07", "2026-01-11", "2026-01-12", "2026-01-30"]
    history = DemandHistory.from_frame(long(["a"] * 5, days, [1, 2, 3, 4, 5]), period="week")
    assert history["a"].tolist() == [6, 4, 0, 5]
    assert history.to_frame()["ds"].iloc[0] == pd.Timestamp("2026-01-05")
    by_month = DemandHistory.from_frame(long(["a"] * 5, days, [1, 2, 3, 4, 5]), period="month")
    assert by_month["a"].tolist() == [15]


def test_returns_are_netted_within_a_period_only() -> None:
    days = ["2026-01-05", "2026-01-06", "2026-01-13"]
    history = DemandHistory.from_frame(long(["a"] * 3, days, [5, -2, 1]), period="week")
    assert history["a"].tolist() == [3, 1]
    with pytest.raises(ValidationError) as caught:
        DemandHistory.from_frame(long(["a"] * 3, days, [5, -2, -1]), period="week")
    assert codes(caught.value) == ["negative"]


def test_two_rows_of_one_period_are_a_fault_unless_they_are_to_be_added() -> None:
    with pytest.raises(ValidationError) as caught:
        DemandHistory.from_frame(long(["a", "a"], [1, 1], [1.0, 2.0]))
    assert codes(caught.value) == ["duplicate_id"]
    assert "period=" in str(caught.value)


def test_an_item_at_two_sites_has_two_histories() -> None:
    frame = {**long(["a", "a"], [1, 1], [1.0, 2.0]), "site": ["Lyon", "Nantes"]}
    history = DemandHistory.from_frame(frame)
    assert history.num_items == 2
    assert history["a", "Nantes"].tolist() == [2.0]
    with pytest.raises(KeyError, match="several sites"):
        history["a"]
    with pytest.raises(KeyError, match="not known"):
        history["a", "Paris"]
    assert history.to_frame()["site"].tolist() == ["Lyon", "Nantes"]
    assert history.forecast(alpha=0.1).to_frame("items")["site"].tolist() == ["Lyon", "Nantes"]


def test_every_bad_row_is_named() -> None:
    with pytest.raises(ValidationError) as caught:
        DemandHistory.from_frame(
            long(["a", "b", "c", "d"], [1, 1, 1, 1], [-1.0, NAN, float("inf"), 1e13])
        )
    assert [failure.row for failure in caught.value.failures] == [0, 1, 2, 3]
    assert set(codes(caught.value)) <= {"negative", "nan", "inf", "out_of_range"}


def test_one_bad_item_in_many_gets_a_status_and_the_others_a_forecast() -> None:
    demand = np.ones((1000, 6))
    demand[17, 3] = -1
    demand[40, 2] = NAN
    with pytest.raises(ValidationError) as caught:
        DemandHistory.from_array(demand)
    assert [failure.row for failure in caught.value.failures] == [17, 40]
    forecast = DemandHistory.from_array(demand, on_bad_items="status").forecast("ses", alpha=0.1)
    bad = forecast.status == ForecastStatus.BAD_HISTORY
    assert np.flatnonzero(bad).tolist() == [17, 40]
    assert np.isnan(forecast.mean[bad]).all()
    assert (forecast.mean[~bad] == 1.0).all()


def test_a_cell_that_is_no_number_spoils_its_own_item_alone() -> None:
    frame = long(["a", "b", "c", "d"], [1, 1, 1, 1], ["much", float("-inf"), None, 4.0])
    history = DemandHistory.from_frame(frame, on_bad_items="status")
    assert history.bad.tolist() == [True, True, True, False]
    assert history["d"].tolist() == [4.0]


def test_empty_and_all_zero_histories_have_a_status() -> None:
    history = DemandHistory.from_lists({"none": [], "zero": [0, 0, 0], "some": [1, 2]})
    for method in ("auto", "ses", "croston", "croston_sba", "tsb", "moving_average"):
        forecast = history.forecast(method)
        assert forecast.status.tolist() == ["no_history", "no_demand", "forecast"]
        assert np.isnan(forecast.mean[0]).all()
        assert (forecast.mean[1] == 0).all()
        assert (forecast.sd[1] == 0).all()
    seasonal = history.forecast("seasonal_naive", season_length=2)
    assert seasonal.status.tolist() == ["no_history", "no_demand", "forecast"]


def test_a_history_without_items_has_a_forecast_without_items() -> None:
    assert DemandHistory.from_lists([]).forecast().to_frame("series").shape[0] == 0
    assert DemandHistory.from_frame(long([], [], [])).num_items == 0


def test_leading_gaps_of_an_array_are_before_the_first_period() -> None:
    history = DemandHistory.from_array([[NAN, NAN, 4.0], [1.0, 2.0, 3.0], [NAN] * 3])
    assert [history[i].tolist() for i in range(3)] == [[4.0], [1.0, 2.0, 3.0], []]


def test_the_callers_data_are_not_changed_and_ours_cannot_be() -> None:
    demand = np.ones((2, 3))
    history = DemandHistory.from_array(demand)
    demand[:] = 7
    assert history[0].tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        history.values[0] = 2


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: DemandHistory.from_array([1, 2, 3]), "wrong_type"),
        (lambda: DemandHistory.from_array("text"), "wrong_type"),
        (lambda: DemandHistory.from_lists([[1, "x"]]), "nan"),
        (lambda: DemandHistory.from_lists([[1, [2]]]), "wrong_type"),
        (lambda: DemandHistory.from_lists(3), "wrong_type"),
        (lambda: DemandHistory.from_lists([[1], [2]], ["a", "a"]), "duplicate_id"),
        (lambda: DemandHistory.from_lists([[1], [2]], ["a"]), "shape"),
        (lambda: DemandHistory.from_lists([[1]], on_bad_items="drop"), "unknown_choice"),
        (lambda: DemandHistory.from_frame(None), "missing_table"),
        (lambda: DemandHistory.from_frame({"unique_id": ["a"], "y": [1]}), "missing_column"),
        (lambda: DemandHistory.from_frame(long(["a"], [1.5], [1])), "wrong_type"),
        (lambda: DemandHistory.from_frame(long(["a"], [1], [1]), period="week"), "wrong_type"),
        (lambda: DemandHistory.from_frame(long(["a"], [1], [1]), period="moon"), "unknown_choice"),
        (lambda: DemandHistory.from_frame(long(["a", "a"], [1, 10**12], [1, 1])), "out_of_range"),
    ],
)
def test_what_is_no_history_is_a_failure(make: Any, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        make()
    assert code in codes(caught.value)


def test_until_leaves_out_the_last_periods() -> None:
    history = DemandHistory.from_lists({"a": [1, 2, 3], "b": [4]})
    past = history.until(2)
    assert past["a"].tolist() == [1]
    assert past["b"].tolist() == []
    assert past.end == history.end - 2


@pytest.mark.parametrize("cell", ["x", "", object()])
def test_a_cell_that_is_no_number_costs_only_its_own_item_the_forecast(cell: Any) -> None:
    lists = {"good": [1, 2, 3], "bad": [1, cell, 3]}
    with pytest.raises(ValidationError, match="item 'bad'"):
        DemandHistory.from_lists(lists)
    history = DemandHistory.from_lists(lists, on_bad_items="status")
    statuses = history.forecast().to_frame("series")["status"]
    assert statuses.tolist() == ["forecast", "bad_history"]


def test_a_horizon_that_is_none_is_named_in_words() -> None:
    with pytest.raises(ValidationError, match="is no number of periods"):
        DemandHistory.from_lists([[1, 2, 3]]).forecast(horizon=0)
