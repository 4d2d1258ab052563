"""Maximum flow by OR-Tools: answers, and what never reaches it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from flowopt.core import CancelToken, Options, Run, ValidationError
from flowopt.solvers import maxflow
from flowopt.solvers.maxflow import MaxFlowResult, solve_max_flow


def ints(*values: int) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def solved(run: Run | None = None, **changes: Any) -> MaxFlowResult | None:
    arrays = {"source": ints(0, 0, 1), "target": ints(1, 2, 2), "capacity": ints(5, 2, 3)}
    ends = {"num_nodes": 4, "root": 0, "sink": 2}
    return solve_max_flow(**(arrays | ends | changes), run=run or Run(Options()))


def test_flow_and_cut() -> None:
    result = solved()
    assert result is not None
    assert result.flow.tolist() == [3, 2, 3]
    assert result.source_side.tolist() == [True, True, False, False]


def test_ends_without_arcs_are_no_trouble() -> None:
    for changes in (
        {"root": 3},
        {"sink": 3},
        {"source": ints(), "target": ints(), "capacity": ints()},
    ):
        result = solved(**changes)
        assert result is not None
        assert not result.flow.any()
        assert result.source_side.sum() >= 1


def test_large_networks_are_solved_in_a_process_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(maxflow, "ARCS_OF_ONES_OWN", 0)
    result = solved()
    assert result is not None
    assert result.flow.tolist() == [3, 2, 3]
    token = CancelToken()
    token.cancel()
    assert solved(Run(Options(cancel=token))) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"capacity": ints(5, -2, 3)}, "negative"),
        ({"capacity": np.array([5.0, 2.0, 3.0])}, "wrong_type"),
        ({"capacity": ints(5, 2)}, "wrong_type"),
        ({"capacity": ints(2**61, 2**61, 2**61)}, "overflow"),
        ({"source": ints(0, 0, 9)}, "unknown_id"),
        ({"target": ints(1, 2, -1)}, "unknown_id"),
        ({"root": 2}, "unknown_id"),
        ({"sink": 4}, "unknown_id"),
    ],
)
def test_what_would_end_the_process_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        solved(**changes)
    assert {failure.code for failure in caught.value.failures} == {code}
