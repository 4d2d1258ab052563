"""Back-tests fit on the past alone, and tell what was achieved beside target and promise."""

import gzip

import numpy as np
import pytest

from flowopt import ReplenishmentProblem, ValidationError


@pytest.fixture
def problem():
    return ReplenishmentProblem.from_arrays(
        item=["fast", "slow", "new"],
        demand_mean=1.0,
        demand_sd=1.0,
        lead_time=[2.0, 4.0, 1.0],
        fill_rate=[0.95, 0.9, 0.9],
        unit_cost=[1.0, 30.0, 5.0],
    )


@pytest.fixture
def history():
    generator = np.random.default_rng(11)
    fast, slow = generator.poisson(20, 90), generator.negative_binomial(0.3, 0.2, 90)
    new = np.where(np.arange(90) < 60, 0, 3)
    return np.stack([fast, slow, new]).astype(float)


def test_the_policies_are_fitted_on_the_past_alone(problem, history):
    found = problem.backtest(history)
    assert found.first_period == 60
    past = history[:, :60]
    fitted = found.fits[0].problem.items
    np.testing.assert_allclose(fitted["demand_mean"], past.mean(axis=1))
    np.testing.assert_allclose(fitted["demand_sd"], past.std(axis=1, ddof=1))
    changed = history.copy()
    changed[:, 60:] *= 3
    again = problem.backtest(changed)
    np.testing.assert_array_equal(again.fits[0].order_up_to_level, found.fits[0].order_up_to_level)
    assert again.fill_rate[0] < found.fill_rate[0]


def test_only_the_last_periods_count(problem, history):
    found = problem.backtest(history, test_periods=20)
    np.testing.assert_allclose(found.demand_per_period, history[:, 70:].mean(axis=1))
    played = found.fits[0].simulate(history, warmup=70)
    np.testing.assert_array_equal(found.fill_rate, played.fill_rate)


def test_target_promise_and_achieved_stand_side_by_side(problem, history):
    frame = problem.backtest(history).to_frame()
    assert frame["target_fill_rate"].tolist() == [0.95, 0.9, 0.9]
    assert frame["expected_fill_rate"][:2].tolist() >= [0.95, 0.9]
    assert 0 < frame["fill_rate"][0] <= 1
    assert frame["policy_status"].tolist() == ["optimal", "optimal", "no_demand"]


def test_an_item_without_demand_in_the_past_is_short_of_all_that_comes(problem, history):
    found = problem.backtest(history)
    assert found.fill_rate[2] == 0.0
    summary = found.summary()
    assert summary["fill_rate"] < summary["target_fill_rate"]
    assert 0 < summary["value_fill_rate"] < 1


def test_fitting_anew_heeds_what_has_been_learnt(problem, history):
    once, often = problem.backtest(history), problem.backtest(history, refit_every=5)
    assert len(often.fits) == 6
    assert often.fits[0].order_up_to_level[2] == once.fits[0].order_up_to_level[2]
    assert often.fits[1].problem.items["demand_mean"][2] == pytest.approx(5 * 3 / 65)
    assert often.fill_rate[2] > once.fill_rate[2]


def test_a_forecast_may_take_the_place_of_the_mean(problem, history):
    def last_ten(past):
        return {"demand_mean": past[:, -10:].mean(axis=1), "demand_sd": past.std(axis=1)}

    found = problem.backtest(history, refit_every=5, fit=last_ten)
    fitted = found.fits[2].problem.items["demand_mean"]
    np.testing.assert_allclose(fitted, history[:, 60:70].mean(axis=1))


def test_an_item_that_cannot_be_fitted_does_not_stop_the_others(problem, history):
    """One order of 10⁷ units in 60 periods: no level can be set for such a spread."""
    history[1] = 0.0
    history[1, 30] = 1e7
    found = problem.replace(lead_time=0.0).backtest(history)
    assert found.unfitted.tolist() == [False, True, False]
    frame = found.to_frame()
    assert frame["policy_status"][1] == "unfitted"
    assert np.isnan(frame["expected_fill_rate"][1])
    assert frame["fill_rate"][0] > 0.8
    assert found.summary()["unfitted_items"] == 1


def test_an_item_that_cannot_be_fitted_anew_keeps_its_policy():
    steady = [0.0, 9.0] * 5 + [4.0, 5.0] * 40  # spreads less than a Poisson in the end
    problem = ReplenishmentProblem.from_arrays(
        demand_mean=5.0,
        demand_sd=4.0,
        lead_time=1,
        fill_rate=0.95,
        distribution="negative_binomial",
    )
    found = problem.backtest([steady], test_periods=80, refit_every=40)
    assert found.fits[-1].policy_status.tolist() == ["invalid"]
    once = problem.backtest([steady], test_periods=80)
    assert found.fill_rate == once.fill_rate == 1
    assert found.estimates.value["orders_per_period"] == once.orders_per_period
    promised = found.summary()["expected_fill_rate"]
    assert promised == pytest.approx(once.summary()["expected_fill_rate"])


def test_long_and_wide_frames_say_the_same_as_an_array(problem, history):
    pandas = pytest.importorskip("pandas")
    days = pandas.date_range("2026-01-05", periods=90, freq="7D")
    expected = problem.backtest(history).fill_rate
    rows = [
        (item, day, history[row, place])
        for row, item in enumerate(["fast", "slow", "new"])
        for place, day in enumerate(days)
        if history[row, place] > 0 or place == 0
    ]
    long = pandas.DataFrame(rows[::-1], columns=["unique_id", "ds", "y"])
    wide = pandas.DataFrame(history[::-1], columns=[f"w{n}" for n in range(90)])
    wide.insert(0, "item", ["new", "slow", "fast"])
    for frame in (long, wide):
        np.testing.assert_array_equal(problem.backtest(frame).fill_rate, expected)


def test_a_gap_between_numbered_periods_is_a_time_without_demand(problem):
    rows = {"item": ["fast", "slow", "new", "fast"], "period": [1, 1, 1, 6],
            "demand": [4.0, 1.0, 1.0, 2.0]}  # fmt: skip
    found = problem.backtest(rows, test_periods=3)
    assert found.first_period == 3
    assert found.demand_per_period.tolist() == [pytest.approx(2 / 3), 0.0, 0.0]


BAD = [
    (None, {}, {"empty"}),
    ([], {}, {"empty"}),
    (np.ones((2, 9)), {}, {"shape"}),
    (np.full((3, 9), np.nan), {}, {"not_finite"}),
    (np.ones((3, 9)), {"test_periods": 8}, {"too_short"}),
    (np.ones((3, 9)), {"test_periods": 0, "refit_every": 1.5}, {"out_of_range"}),
    ({"item": ["fast"], "demand": [1.0]}, {}, {"missing_column"}),
    ({"item": ["fast", "who"], "period": [1, 2], "demand": [1.0, 1.0]}, {}, {"unknown_id"}),
    ({"item": ["fast"], "period": [1], "demand": [-1.0]}, {}, {"negative"}),
    ({"item": ["fast"], "period": [None], "demand": [1.0]}, {}, {"missing"}),
    ({"item": ["fast"], "period": [1], "demand": [1.0]}, {}, {"no_history"}),
    ({"item": ["fast"]}, {}, {"empty"}),
]


@pytest.mark.parametrize(("history", "options", "codes"), BAD)
def test_every_fault_of_the_history_is_told(problem, history, options, codes):
    with pytest.raises(ValidationError) as error:
        problem.backtest(history, **options)
    assert {failure.code for failure in error.value.failures} == codes


@pytest.mark.slow
def test_real_histories_achieve_less_than_is_promised(instances):
    """Manufacturer data, 95 %: some points below the target, which nobody may promise."""
    path = instances / "inv" / "demand" / "man_weekly_3451x150.csv.gz"
    if not path.exists():
        pytest.skip("the histories are not there")
    with gzip.open(path, "rt") as lines:
        names = next(lines).split(",")
        table = np.array([line.split(",") for line in lines], dtype=float)
    lead_time = table[:, names.index("lead_time_weeks")]
    problem = ReplenishmentProblem.from_arrays(
        demand_mean=np.ones(len(table)), demand_sd=1.0, lead_time=lead_time, fill_rate=0.95
    )
    found = problem.backtest(table[:, 7:], test_periods=50).summary()
    assert found["expected_fill_rate"] >= 0.95
    assert 0.75 < found["fill_rate"] < 0.92


def test_samples_of_demand_are_those_of_the_past(problem, history):
    empirical = ReplenishmentProblem.from_frames(
        {"item": ["fast", "slow"], "demand_mean": [None, None], "demand_sd": [None, None],
         "distribution": ["empirical"] * 2, "lead_time": [2.0, 4.0], "fill_rate": [0.95, 0.9]},
        None,
        {"item": ["fast", "slow"], "demand": [999.0, 999.0]},
    )  # fmt: skip
    found = empirical.backtest(history[:2])
    seen = found.fits[0].problem
    assert seen.num_samples.tolist() == [60, 60]
    np.testing.assert_allclose(seen.items["demand_mean"], history[:2, :60].mean(axis=1))


def test_a_frame_without_items_is_told_once(problem, history):
    wide = pytest.importorskip("pandas").DataFrame(history, columns=[f"w{n}" for n in range(90)])
    with pytest.raises(ValidationError) as caught:
        problem.backtest(wide)
    assert [failure.column for failure in caught.value.failures] == ["item"]


@pytest.mark.parametrize("fit", [5, lambda past: None, lambda past: past])
def test_a_fit_that_is_no_function_of_columns_is_a_fault(problem, history, fit):
    with pytest.raises(ValidationError, match=r"backtest\.fit"):
        problem.backtest(history, fit=fit)


def test_without_a_fit_mean_and_deviation_are_taken(problem, history):
    found = problem.backtest(history, fit=None)
    assert found.fill_rate.tolist() == problem.backtest(history).fill_rate.tolist()


@pytest.mark.parametrize("workers", [-1, 0, 2.5, True])
def test_workers_must_be_a_number_of_threads(problem, history, workers):
    with pytest.raises(ValidationError, match="workers"):
        problem.backtest(history, workers=workers)
