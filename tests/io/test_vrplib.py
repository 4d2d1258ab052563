from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from flowopt.core import Failure
from flowopt.io.instance import RoutingInstance
from flowopt.io.reader import read_instance

FaultsOf = Callable[..., list[Failure]]
Write = Callable[[str, str | bytes], Path]

WINDOWS = """SERVICE_TIME_SECTION
1 0
2 10
3 20
TIME_WINDOW_SECTION
1 0 100
2 5 50
3 0 60
"""


@pytest.fixture
def parse(write: Write) -> Callable[[str], RoutingInstance]:
    def _parse(text: str) -> RoutingInstance:
        instance = read_instance(write("input.vrp", text))
        assert isinstance(instance, RoutingInstance)
        return instance

    return _parse


Parse = Callable[[str], RoutingInstance]


def explicit(weight_format: str, weights: str) -> str:
    return f"""NAME : listed
TYPE : CVRP
DIMENSION : 3
CAPACITY : 10
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : {weight_format}
EDGE_WEIGHT_SECTION
{weights}
DEMAND_SECTION
1 0
2 4
3 5
DEPOT_SECTION
1
-1
EOF
"""


def test_every_part_of_a_file_is_read(parse: Parse, tiny_vrp: str) -> None:
    text = tiny_vrp.replace("TYPE : CVRP", "TYPE : VRPTW\nVEHICLES : 2")
    instance = parse(text.replace("DEPOT_SECTION", WINDOWS + "DEPOT_SECTION"))
    assert (instance.name, instance.type) == ("tiny", "VRPTW")
    assert (instance.num_vehicles, instance.fleet.capacity.tolist()) == (2, [10])
    assert instance.depots.tolist() == [0]
    assert instance.demand.tolist() == [0, 4, 5]
    assert instance.service_duration.tolist() == [0, 10, 20]
    assert instance.tw_early.tolist() == [0, 5, 0]
    assert instance.tw_late.tolist() == [100, 50, 60]


def test_rows_in_another_order_are_sorted_by_node(parse: Parse, tiny_vrp: str) -> None:
    instance = parse(tiny_vrp.replace("2 4\n3 5", "3 5\n2 4"))
    assert instance.demand.tolist() == [0, 4, 5]


def test_a_service_time_for_all_is_not_spent_at_the_depot(parse: Parse, tiny_vrp: str) -> None:
    instance = parse(tiny_vrp.replace("CAPACITY", "SERVICE_TIME : 7\nCAPACITY"))
    assert instance.service_duration.tolist() == [0, 7, 7]


def test_limits_of_a_route_are_read(parse: Parse, tiny_vrp: str) -> None:
    text = tiny_vrp.replace("CAPACITY", "DISTANCE : 30\nVEHICLES_MAX_DISTANCE : 20\nCAPACITY")
    instance = parse(text)
    assert instance.fleet.max_duration.tolist() == [30]
    assert instance.fleet.max_distance.tolist() == [20]


def test_an_absent_limit_of_vehicles_and_windows_is_none(parse: Parse, tiny_vrp: str) -> None:
    instance = parse(tiny_vrp)
    assert instance.num_vehicles is None
    assert np.isinf(instance.tw_late).all()


def test_the_depot_may_be_any_node(parse: Parse, tiny_vrp: str) -> None:
    text = tiny_vrp.replace("1 0\n2 4\n3 5", "1 4\n2 5\n3 0").replace("\n1\n-1", "\n3\n-1")
    instance = parse(text)
    assert instance.locations.tolist() == [2, 0, 1]
    assert instance.distances("none")[0].tolist() == pytest.approx([0, 5, np.hypot(2, 3)])


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [("round", 4), ("trunc", 3), ("ceil", 4), ("dimacs", 3.6), ("none", 13**0.5)],
)
def test_distances_are_rounded_as_asked(
    parse: Parse, tiny_vrp: str, rounding: str, expected: float
) -> None:
    assert parse(tiny_vrp).distances(rounding)[1, 2] == expected


def test_the_type_says_how_distances_are_rounded(parse: Parse, tiny_vrp: str) -> None:
    windows = tiny_vrp.replace("CVRP", "CVRPTW").replace("DEPOT_S", WINDOWS + "DEPOT_S")
    assert parse(tiny_vrp).rounding() == "round"
    assert parse(windows).rounding() == "dimacs"
    assert parse(tiny_vrp.replace("EUC_2D", "CEIL_2D")).rounding() == "ceil"
    assert parse(tiny_vrp.replace("EUC_2D", "CEIL_2D")).rounding("none") == "none"


@pytest.mark.parametrize(
    ("weight_format", "weights"),
    [
        ("FULL_MATRIX", "9 1 2\n1 9 3\n2 3 9"),
        ("UPPER_ROW", "1 2 3"),
        ("LOWER_ROW", "1\n2 3"),
        ("UPPER_COL", "1\n2 3"),
        ("LOWER_COL", "1 2\n3"),
        ("UPPER_DIAG_ROW", "0 1 2\n0 3\n0"),
        ("LOWER_DIAG_ROW", "0\n1 0\n2 3 0"),
        ("UPPER_DIAG_COL", "0\n1 0\n2 3 0"),
        ("LOWER_DIAG_COL", "0 1 2\n0 3\n0"),
    ],
)
def test_every_format_of_listed_weights_gives_the_same_matrix(
    parse: Parse, weight_format: str, weights: str
) -> None:
    instance = parse(explicit(weight_format, weights))
    assert instance.distances().tolist() == [[0, 1, 2], [1, 0, 3], [2, 3, 0]]


def test_listed_weights_may_be_asymmetric_and_are_not_rounded(parse: Parse) -> None:
    instance = parse(explicit("FULL_MATRIX", "0 1.5 2\n7 0 3\n5 4 0"))
    assert instance.distances("round").tolist() == [[0, 1.5, 2], [7, 0, 3], [5, 4, 0]]
    assert instance.rounding("round") == "none"


def test_what_follows_the_end_is_no_part_of_the_file(parse: Parse, tiny_vrp: str) -> None:
    assert len(parse(tiny_vrp + "NONSENSE_SECTION\n1 2\n").demand) == 3


# ---- faults: what is changed in the tiny file, and the fault that it must give

FAULTS = {
    "a section that might be a constraint": (
        ("DEPOT_SECTION", "VISITS_SECTION\n1 0\nDEPOT_SECTION"),
        ("unsupported_section", 15, "VISITS_SECTION"),
    ),
    "backhauls in a type that has none": (
        ("DEPOT_SECTION", "BACKHAUL_SECTION\n1 0\n2 0\n3 0\nDEPOT_SECTION"),
        ("unsupported_section", 15, "BACKHAUL_SECTION"),
    ),
    "a header that might be a constraint": (
        ("CAPACITY", "MIN_VEHICLES : 3\nCAPACITY"),
        ("unsupported_header", 5, "MIN_VEHICLES"),
    ),
    "a type that is not read": (("TYPE : CVRP", "TYPE : PVRP"), ("unsupported_value", 3, None)),
    "a type of edge weights that is not read": (
        ("EUC_2D", "GEO"),
        ("unsupported_value", 6, "GEO"),
    ),
    "no type": (("TYPE : CVRP\n", ""), ("missing_header", None, None)),
    "no capacity": (("CAPACITY : 10\n", ""), ("missing_header", None, None)),
    "no demand": (
        ("DEMAND_SECTION\n1 0\n2 4\n3 5\n", ""),
        ("missing_section", None, None),
    ),
    "windows announced and absent": (("CVRP", "CVRPTW"), ("missing_section", None, None)),
    "a header twice": (("CAPACITY", "CAPACITY : 9\nCAPACITY"), ("duplicate_header", 6, None)),
    "a section twice": (
        ("DEPOT_SECTION", "DEMAND_SECTION\n1 0\nDEPOT_SECTION"),
        ("duplicate_section", 15, None),
    ),
    "a word for a number": (("2 4\n", "2 four\n"), ("not_a_number", 13, "four")),
    "a number beyond floats": (("2 4\n", "2 1e400\n"), ("not_a_number", 13, "1e400")),
    "a number beyond whole floats": (
        ("2 4\n", f"2 {2**70}\n"),
        ("not_a_number", 13, str(2**70)),
    ),
    "NaN": (("2 1 1", "2 nan 1"), ("not_a_number", 9, "nan")),
    "inf": (("CAPACITY : 10", "CAPACITY : inf"), ("not_a_number", 5, "inf")),
    "a negative demand": (("2 4\n", "2 -4\n"), ("negative", 13, -4.0)),
    "a capacity of 0": (("CAPACITY : 10", "CAPACITY : 0"), ("out_of_range", 5, "0")),
    "half a vehicle": (("CAPACITY", "VEHICLES : 2.5\nCAPACITY"), ("out_of_range", 5, "2.5")),
    "a negative service time": (
        ("CAPACITY", "SERVICE_TIME : -1\nCAPACITY"),
        ("out_of_range", 5, "-1"),
    ),
    "a row too short": (("2 1 1\n", "2 1\n"), ("wrong_width", 9, "2 1")),
    "a row too long": (("2 4\n", "2 4 4\n"), ("wrong_width", 13, "2 4 4")),
    "a node beyond the dimension": (("3 5\n", "4 5\n"), ("unknown_node", 14, "4")),
    "a node 0": (("1 0\n2 4", "0 0\n2 4"), ("unknown_node", 12, "0")),
    "half a node": (("2 4\n", "2.5 4\n"), ("unknown_node", 13, "2.5")),
    "a node twice": (("3 5\n", "2 5\n"), ("duplicate_node", 14, "2")),
    "a dimension too large": (("DIMENSION : 3", "DIMENSION : 4"), ("missing_node", 7, None)),
    "a dimension too small": (("DIMENSION : 3", "DIMENSION : 2"), ("unknown_node", 10, "3")),
    "a dimension that is huge": (
        ("DIMENSION : 3", "DIMENSION : 1000000000000"),
        ("missing_node", 7, None),
    ),
    "a dimension that is none": (
        ("DIMENSION : 3", "DIMENSION : many"),
        ("not_a_number", 4, "many"),
    ),
    "a depot that is no node": (("\n1\n-1", "\n9\n-1"), ("depot", 16, "9")),
    "a depot with demand": (("1 0\n2 4", "1 3\n2 4"), ("depot", 16, "1")),
    "no depot named": (("\n1\n-1", "\n-1"), ("depots", 15, None)),
    "two depots": (("\n1\n-1", "\n1\n2\n-1"), ("depots", 15, None)),
    "something after the depots": (("-1\n", "-1\n2\n"), ("depot", 18, "2")),
    "a line before all headers": (("NAME", "hello\nNAME"), ("unknown_line", 1, "hello")),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_line(faults_of: FaultsOf, tiny_vrp: str, name: str) -> None:
    (old, new), (code, line, value) = FAULTS[name]
    assert old in tiny_vrp
    faults = [f for f in faults_of(tiny_vrp.replace(old, new, 1)) if f.code == code]
    assert faults, "the fault was not found"
    assert (faults[0].table, faults[0].row) == ("input.vrp", line)
    if value is not None:
        assert faults[0].value == value
    assert faults[0].fix


def test_all_faults_of_a_file_are_listed_at_once(faults_of: FaultsOf, tiny_vrp: str) -> None:
    text = tiny_vrp.replace("CAPACITY : 10", "CAPACITY : ten").replace("2 1 1", "2 one 1")
    text = text.replace("3 5", "3 -5").replace("\n1\n-1", "\n7\n-1")
    codes = {fault.code for fault in faults_of(text)}
    assert codes == {"not_a_number", "negative", "depot"}
    assert len(faults_of(text)) == 4


def test_a_row_at_fault_does_not_hide_the_others_of_its_section(
    faults_of: FaultsOf, tiny_vrp: str
) -> None:
    text = tiny_vrp.replace("1 0\n2 4\n3 5", "1\n2 four\n9 5")
    codes = [fault.code for fault in faults_of(text)]
    assert codes == ["wrong_width", "not_a_number", "unknown_node"]


def test_a_file_cut_off_anywhere_is_a_fault_or_whole(
    faults_of: FaultsOf, parse: Parse, tiny_vrp: str
) -> None:
    lines = tiny_vrp.splitlines()
    for count in range(3, lines.index("DEPOT_SECTION") + 1):
        assert faults_of("\n".join(lines[:count]))
    assert parse("\n".join(lines[:-2])).depots.tolist() == [0]


def test_a_window_that_closes_before_it_opens_is_a_fault(
    faults_of: FaultsOf, tiny_vrp: str
) -> None:
    windows = WINDOWS.replace("2 5 50", "2 50 5")
    fault, *others = faults_of(tiny_vrp.replace("DEPOT_SECTION", windows + "DEPOT_SECTION"))
    assert (fault.code, fault.value, others) == ("empty_window", [50.0, 5.0], [])


def test_two_service_times_contradict_each_other(faults_of: FaultsOf, tiny_vrp: str) -> None:
    text = tiny_vrp.replace("CAPACITY", "SERVICE_TIME : 5\nCAPACITY")
    fault, *others = faults_of(text.replace("DEPOT_SECTION", WINDOWS + "DEPOT_SECTION"))
    assert (fault.column, fault.code, others) == ("SERVICE_TIME", "duplicate_header", [])


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ("1 2", "wrong_size"),
        ("1 2 3 4", "wrong_size"),
        ("1 x 3", "not_a_number"),
        ("1 -2 3", "negative"),
        ("", "wrong_size"),
    ],
)
def test_listed_weights_that_cannot_be_used_are_a_fault(
    faults_of: FaultsOf, weights: str, code: str
) -> None:
    assert [fault.code for fault in faults_of(explicit("UPPER_ROW", weights))] == [code]


def test_a_format_of_weights_that_is_not_known_is_a_fault(faults_of: FaultsOf) -> None:
    fault, *others = faults_of(explicit("SPARSE", "1 2 3"))
    assert (fault.column, fault.value, others) == ("EDGE_WEIGHT_FORMAT", "SPARSE", [])
