from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flowopt.core import ValidationError
from flowopt.io.sol import read_sol

Write = Callable[[str, str | bytes], Path]


@pytest.mark.parametrize(
    "text",
    [
        "Route #1: 2 1 \nRoute #2: 3\nCost 12.5\n",
        "Route 1 : 2 1\nRoute 2 : 3\nCost: 12.5\nTime 3.2\n",
        "\nroute #1: 2 1\r\nroute #2: 3\r\ncost 12.5",
    ],
)
def test_routes_and_cost_are_read(write: Write, text: str) -> None:
    content = read_sol(write("a.sol", text))
    assert content.routes == ((2, 1), (3,))
    assert content.cost == 12.5


def test_an_empty_route_stays_so_that_routes_keep_their_vehicles(write: Write) -> None:
    assert read_sol(write("a.sol", "Route #1:\nRoute #2: 3\n")).routes == ((), (3,))


def test_a_plan_without_clients_has_no_route_and_a_cost(write: Write) -> None:
    assert read_sol(write("a.sol", "Cost 0\n")).cost == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Route #1: 1 x\n", "unknown_client"),
        ("Route #1: 1 -2\n", "unknown_client"),
        ("Route #1: 1 2.5\n", "unknown_client"),
        ("Route #1: 1\nCost much\n", "not_a_number"),
        ("Route #1: 1\n5 6\n", "unknown_line"),
        ("Time 5\n", "no_route"),
        ("", "unreadable_file"),
    ],
)
def test_what_cannot_be_read_is_a_fault(write: Write, text: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read_sol(write("a.sol", text))
    assert [fault.code for fault in caught.value.failures] == [code]
