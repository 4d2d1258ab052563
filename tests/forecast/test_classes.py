"""How demand comes, and the flags of its history."""

from __future__ import annotations

import numpy as np
import pytest

from flowopt.core import ValidationError
from flowopt.forecast import DemandHistory, class_of


@pytest.mark.parametrize(
    ("demand", "expected"),
    [
        ([10, 11, 9, 10], "smooth"),
        ([1, 40, 2, 60, 1], "erratic"),
        ([0, 0, 5, 0, 0, 5], "intermittent"),
        ([0, 0, 1, 0, 0, 40, 0, 0, 2], "lumpy"),
        ([0, 0, 0], "none"),
        ([], "none"),
        ([7], "smooth"),
    ],
)
def test_demand_has_the_class_of_its_interval_and_sizes(demand: list[float], expected: str) -> None:
    assert DemandHistory.from_lists([demand]).classes().demand_class.tolist() == [expected]


@pytest.mark.parametrize("interval", [float("nan"), -1.0])
def test_what_is_no_interval_has_no_class(interval: float) -> None:
    with pytest.raises(ValidationError, match="interval, row 1"):
        class_of([1.0, interval], [0.2, 0.2])
    with pytest.raises(ValidationError, match="size_cv2"):
        class_of([1.0], [interval])


def test_the_borders_belong_to_the_plainer_class() -> None:
    assert class_of([1.32, 1.33], [0.49, 0.49]).tolist() == ["smooth", "intermittent"]
    assert class_of([1.32, 1.33], [0.50, 0.50]).tolist() == ["erratic", "lumpy"]


def test_interval_and_variation_are_those_of_the_sizes() -> None:
    sizes = [3.0, 8.0, 4.0]
    classes = DemandHistory.from_lists([[0, 3, 0, 0, 8, 4, 0, 0]]).classes()
    assert classes.interval.tolist() == [2.0]
    assert classes.size_cv2[0] == pytest.approx(np.var(sizes, ddof=1) / np.mean(sizes) ** 2)
    assert classes.since_demand.tolist() == [2]


def flags(demand: list[float]) -> set[str]:
    past = DemandHistory.from_lists([demand]).forecast(alpha=0.1).past
    assert past is not None
    return set(past.flags[0].split(";")) - {""}


def test_a_steady_history_has_no_flag() -> None:
    assert flags([10, 11, 9, 10, 12, 9, 10, 11, 10, 9, 11, 10]) == set()


@pytest.mark.parametrize(
    ("demand", "flag"),
    [
        ([5, 5, 5], "short_history"),
        ([0, 0, 3, *[0] * 12], "few_demands"),
        ([5, 4, 6, 5, 5, 4, *[0] * 7], "fading"),
        ([*[0] * 12, 2, 3, 2], "new"),
        ([2, 3, 2, 3, 2, 3, 90, 2, 3, 2, 3, 2], "outlier"),
        ([*range(1, 40)], "biased"),
    ],
)
def test_what_a_planner_should_know_is_flagged(demand: list[float], flag: str) -> None:
    assert flag in flags(demand)
