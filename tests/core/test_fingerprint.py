from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from flowopt.core import Status
from flowopt.core.fingerprint import fingerprint


@dataclass(frozen=True)
class Thing:
    name: str
    weight: np.ndarray[tuple[int], np.dtype[np.float64]]


def test_a_fingerprint_is_16_hexadecimal_digits() -> None:
    assert len(fingerprint()) == 16
    int(fingerprint("a"), 16)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.array([1.0, 2.0]), np.array([1.0, 2.0])),
        (np.arange(6)[::2], np.array([0, 2, 4])),
        (np.array(["a", "b"]), np.array(["a", "b", "long"])[:2]),
        (np.array(["a", 1], dtype=object), np.array(["a", 1], dtype=object)),
        ({"a": [1, (2, None)]}, {"a": [1, (2, None)]}),
        (Thing("x", np.ones(2)), Thing("x", np.ones(2))),
        ({"b", "a"}, {"a", "b"}),
        (Status.OPTIMAL, Status.OPTIMAL),
    ],
)
def test_the_same_content_has_the_same_fingerprint(one: object, other: object) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.array([1.0, 2.0]), np.array([2.0, 1.0])),
        (np.array([1.0, 2.0]), np.array([[1.0], [2.0]])),
        (np.array([1, 2]), np.array([1.0, 2.0])),
        (np.array(["a", "bc"]), np.array(["ab", "c"])),
        (np.array(["a"], dtype=object), np.array(["b"], dtype=object)),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ([1, [2]], [[1], 2]),
        (["ab", "c"], ["a", "bc"]),
        ("1", 1),
        (None, 0),
        (Thing("x", np.ones(2)), Thing("y", np.ones(2))),
        (Thing("x", np.ones(2)), Thing("x", np.zeros(2))),
    ],
)
def test_other_content_has_another_fingerprint(one: object, other: object) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_the_order_of_arguments_matters() -> None:
    assert fingerprint(1, 2) != fingerprint(2, 1)


def test_a_fingerprint_is_the_same_in_another_process() -> None:
    program = (
        "import numpy as np; from flowopt.core.fingerprint import fingerprint;"
        "print(fingerprint({'a': np.arange(3)}, {'x', 'y', 'z'}, ['b', 1.5, None]))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {fingerprint({"a": np.arange(3)}, {"x", "y", "z"}, ["b", 1.5, None])}
