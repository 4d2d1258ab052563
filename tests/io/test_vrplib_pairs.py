"""The section of VRPLIB files of which clients are in pairs of pick-up and delivery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flowopt.core import Failure
from flowopt.io import read
from flowopt.routing import RoutingProblem

FaultsOf = Callable[..., list[Failure]]
Write = Callable[[str, str | bytes], Path]

TINY = """NAME : two pairs
TYPE : PDPTW
DIMENSION : 5
VEHICLES : 2
CAPACITY : 10
EDGE_WEIGHT_TYPE : EXACT_2D
NODE_COORD_SECTION
1 0 0
2 3 4
3 6 8
4 3 0
5 0 4
PICKUP_AND_DELIVERY_SECTION
1 0 0 100 0 0 0
2 7 0 90 5 0 3
3 -7 10 90 6 2 0
4 -2 0 90 0 5 0
5 2 0 90 1 0 4
DEPOT_SECTION
1
-1
EOF
"""


def test_nodes_that_name_each_other_are_a_shipment(write: Write) -> None:
    problem = read(write("pairs.vrp", TINY))
    assert isinstance(problem, RoutingProblem)
    shipments, clients = problem.shipments, problem.clients
    assert [shipments.pickup.tolist(), shipments.delivery.tolist()] == [[0, 3], [1, 2]]
    assert shipments.demand.tolist() == [[7], [2]]
    assert clients.demand.sum() == 0
    assert clients.tw_early.tolist() == [0, 10, 0, 0]
    assert clients.service_duration.tolist() == [5, 6, 0, 1]
    assert problem.depots.tw_late.tolist() == [100]
    assert not problem.vehicles_first


def test_the_pairs_are_planned_in_their_order(write: Write) -> None:
    problem = read(write("pairs.vrp", TINY))
    assert isinstance(problem, RoutingProblem)
    solution = problem.solve(iteration_limit=200, workers=1)
    assert solution.is_complete
    assert solution.cost == pytest.approx(4 + 3 + 5 + 73**0.5 + 3)
    assert solution.check().ok


FAULTS = {
    "a node without a pair": (("2 7 0 90 5 0 3", "2 7 0 90 5 0 0"), ("inconsistent", 2)),
    "both ends in one": (("2 7 0 90 5 0 3", "2 7 0 90 5 3 3"), ("inconsistent", 2)),
    "a node that is not there": (("2 7 0 90 5 0 3", "2 7 0 90 5 0 9"), ("inconsistent", 2)),
    "no name in return": (("3 -7 10 90 6 2 0", "3 -7 10 90 6 5 0"), ("inconsistent", 2)),
    "another demand": (("3 -7 10", "3 -6 10"), ("inconsistent", 2)),
    "a depot in a pair": (("1 0 0 100 0 0 0", "1 0 0 100 0 0 2"), ("inconsistent", 1)),
    "a depot with a demand": (("1 0 0 100 0 0 0", "1 4 0 100 0 0 0"), ("depot", "1")),
    "a window that is empty": (("3 -7 10 90", "3 -7 95 90"), ("empty_window", [95, 90])),
    "a negative service": (("2 7 0 90 5", "2 7 0 90 -5"), ("negative", -5)),
    "a row too few": (("5 2 0 90 1 0 4\n", ""), ("missing_node", None)),
    "demand beside it": (
        ("DEPOT_SECTION", "DEMAND_SECTION\n1 0\n2 1\n3 1\n4 1\n5 1\nDEPOT_SECTION"),
        ("duplicate_section", None),
    ),
    "another type": (("PDPTW", "VRPTW"), ("unsupported_section", "PICKUP_AND_DELIVERY_SECTION")),
    "no section": (("PICKUP_AND_DELIVERY_SECTION\n", "PRIZE_SECTION\n"), ("missing_section", None)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(faults_of: FaultsOf, name: str) -> None:
    (old, new), (code, value) = FAULTS[name]
    assert old in TINY
    faults = [fault for fault in faults_of(TINY.replace(old, new, 1)) if fault.code == code]
    assert faults, "the fault was not found"
    assert value is None or value in [fault.value for fault in faults]
    assert faults[0].fix
