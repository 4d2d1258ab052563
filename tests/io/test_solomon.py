from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flowopt.core import Failure
from flowopt.io.instance import RoutingInstance
from flowopt.io.reader import read_instance

FaultsOf = Callable[..., list[Failure]]
Write = Callable[[str, str | bytes], Path]


def test_every_part_of_a_file_is_read(write: Write, tiny_solomon: str) -> None:
    instance = read_instance(write("R101.txt", tiny_solomon))
    assert isinstance(instance, RoutingInstance)
    assert (instance.name, instance.num_vehicles) == ("R101", 3)
    assert instance.fleet.capacity.tolist() == [20]
    assert instance.node.tolist() == [0, 1, 2]
    assert instance.demand.tolist() == [0, 10, 7]
    assert instance.service_duration.tolist() == [0, 10, 10]
    assert list(zip(instance.tw_early, instance.tw_late, strict=True))[1] == (5, 100)
    assert instance.distances().tolist()[0] == [0, 1.4, 5]


def test_a_solomon_file_and_its_vrplib_twin_are_the_same(
    write: Write, tiny_solomon: str, tiny_vrp: str
) -> None:
    windows = "SERVICE_TIME : 10\nTIME_WINDOW_SECTION\n1 0 230\n2 5 100\n3 0 120\nDEPOT_SECTION"
    twin = tiny_vrp.replace("CVRP", "VRPTW\nVEHICLES : 3").replace("CAPACITY : 10", "CAPACITY : 20")
    twin = twin.replace("2 4\n3 5", "2 10\n3 7").replace("DEPOT_SECTION", windows)
    one, other = read_instance(write("a.txt", tiny_solomon)), read_instance(write("a.vrp", twin))
    assert isinstance(one, RoutingInstance)
    assert isinstance(other, RoutingInstance)
    for field in ("demand", "service_duration", "tw_early", "tw_late", "coordinates"):
        assert getattr(one, field).tolist() == getattr(other, field).tolist()
    assert one.distances().tolist() == other.distances().tolist()
    assert one.num_vehicles == other.num_vehicles
    assert one.fleet.capacity.tolist() == other.fleet.capacity.tolist()


CUSTOMER_1 = "    1      1         1         10          5       100         10\n"
CUSTOMER_2 = "    2      3         4          7          0       120         10\n"
FLEET = "  3         20\n"

FAULTS = {
    "no vehicles": (FLEET, "", "missing_block", None),
    "no capacity": (FLEET, "  3\n", "wrong_width", 5),
    "no vehicle at all": (FLEET, " 0 20\n", "out_of_range", 5),
    "half a vehicle": (FLEET, " 1.5 20\n", "out_of_range", 5),
    "two fleets": (FLEET, FLEET + FLEET, "extra_row", 6),
    "a block missing": ("VEHICLE\n", "", "missing_block", None),
    "a block twice": ("CUSTOMER\n", "VEHICLE\n 1 1\nCUSTOMER\n", "duplicate_block", 7),
    "a row cut off": (CUSTOMER_2, "    2      3 ", "wrong_width", 12),
    "a row of Li and Lim": (CUSTOMER_2, "2 3 4 7 0 120 10 0 1\n", "wrong_width", 12),
    "a word for a number": ("         7 ", "     seven ", "not_a_number", 12),
    "a customer twice": (CUSTOMER_2, CUSTOMER_1, "duplicate_node", 12),
    "half a customer": ("    2    ", "  2.5    ", "unknown_node", 12),
    "a negative demand": ("         7 ", "        -7 ", "negative", 12),
    "a negative service time": (CUSTOMER_2, "2 3 4 7 0 120 -10\n", "negative", 12),
    "a window that closes before it opens": (CUSTOMER_2, "2 3 4 7 90 20 10\n", "empty_window", 12),
    "no depot": ("    0      0", "    3      0", "missing_depot", None),
    "a depot with demand": (
        "    0      0         0          0 ",
        "    0      0         0          4 ",
        "depot",
        10,
    ),
    "a huge number": ("         7 ", "     1e400 ", "not_a_number", 12),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_line(faults_of: FaultsOf, tiny_solomon: str, name: str) -> None:
    old, new, code, line = FAULTS[name]
    assert old in tiny_solomon
    faults = faults_of(tiny_solomon.replace(old, new, 1), "R101.txt")
    found = [fault for fault in faults if fault.code == code]
    assert found, faults
    assert (found[0].table, found[0].row) == ("R101.txt", line)


def test_a_row_at_fault_does_not_hide_the_others(faults_of: FaultsOf, tiny_solomon: str) -> None:
    text = tiny_solomon.replace(CUSTOMER_1, "1 1\n").replace("         7 ", "        -7 ")
    assert [f.code for f in faults_of(text, "R101.txt")] == ["wrong_width", "negative"]
