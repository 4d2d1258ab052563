from __future__ import annotations

import pickle

import pytest

from flowopt.core import (
    EngineError,
    EngineNotAvailableError,
    Failure,
    Failures,
    FlowoptError,
    Limit,
    NoSolutionError,
    Report,
    Status,
    UnsupportedFeatureError,
    ValidationError,
)
from flowopt.core.report import same

FAULT = Failure("lanes", "capacity", 3, -5.0, "negative", "is negative", "use 0 or more")


def test_only_answers_have_values_to_read() -> None:
    with_values = {status for status in Status if status.has_solution}
    assert with_values == {Status.OPTIMAL, Status.FEASIBLE}


def test_statuses_and_limits_read_as_their_names() -> None:
    assert [str(limit) for limit in Limit] == ["TIME", "ITERATIONS", "CANCELLED", "GAP"]
    assert str(Status.NO_SOLUTION_FOUND) == "NO_SOLUTION_FOUND"
    assert Status("OPTIMAL") is Status.OPTIMAL


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (ValidationError, ValueError),
        (EngineNotAvailableError, ImportError),
        (UnsupportedFeatureError, Exception),
        (EngineError, Exception),
        (NoSolutionError, Exception),
    ],
)
def test_every_error_is_a_flowopt_error(error: type[Exception], builtin: type[Exception]) -> None:
    assert issubclass(error, FlowoptError)
    assert issubclass(error, builtin)


def test_a_failure_says_where_what_and_what_to_do() -> None:
    assert str(FAULT) == "lanes.capacity, row 3: -5.0 is negative; use 0 or more"


def test_a_failure_of_a_file_counts_lines() -> None:
    fault = Failure("X.vrp", None, 7, "abc", "wrong_type", "is no number", "fix", "line")
    assert str(fault) == "X.vrp, line 7: 'abc' is no number; fix"


def test_a_failure_of_a_whole_table_names_no_place_in_it() -> None:
    fault = Failure("lanes", None, None, None, "not_a_frame", "cannot be read", "give a frame")
    assert str(fault) == "lanes: cannot be read; give a frame"


def test_a_validation_error_lists_its_failures_and_how_many_more() -> None:
    error = ValidationError([FAULT] * 23)
    assert len(error.failures) == 23
    lines = str(error).splitlines()
    assert lines[0] == "23 faults in the input"
    assert lines[1] == f"  {FAULT}"
    assert lines[-1] == "  … and 3 more in .failures"
    assert len(lines) == 22


def test_a_validation_error_crosses_processes_whole() -> None:
    error = pickle.loads(pickle.dumps(ValidationError([FAULT])))
    assert error.failures == (FAULT,)
    assert str(error) == str(ValidationError([FAULT]))


def test_no_fault_raises_nothing() -> None:
    Failures().raise_if_any()


def test_faults_are_collected_and_raised_once() -> None:
    failures = Failures()
    failures.add("sites", "id", 2, "Lyon", "duplicate_id", "appears twice", "keep one row")
    failures.extend([FAULT])
    assert [failure.code for failure in failures] == ["duplicate_id", "negative"]
    with pytest.raises(ValidationError) as error:
        failures.raise_if_any()
    assert error.value.failures == tuple(failures)


def test_a_report_is_ok_until_something_is_broken() -> None:
    report = Report()
    assert report.ok
    assert str(report) == "all constraints hold"
    report.add("capacity", ("Lyon", "Nice"), 3, "carries 13 where 10 fit")
    assert not report.ok
    assert len(report) == 1
    (violation,) = report
    assert violation.amount == 3.0
    assert "Lyon" in violation.subject
    assert str(report) == "capacity [('Lyon', 'Nice')]: carries 13 where 10 fit"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (0.0, 9e-7, True),
        (0.0, 2e-6, False),
        (1e12, 1e12 + 1e5, True),
        (1e12, 1e12 + 1e7, False),
        (5.0, float("nan"), False),
    ],
)
def test_numbers_are_the_same_to_a_tolerance_of_their_size(
    left: float, right: float, expected: bool
) -> None:
    assert same(left, right) is expected
    assert same(right, left) is expected


@pytest.mark.parametrize("value", [10**5000, "x" * 1000], ids=["number", "text"])
def test_a_long_value_is_cut(value: object) -> None:
    assert len(str(Failure("sites", "id", 0, value, "odd", "is odd", "mend it"))) < 120
