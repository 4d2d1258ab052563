"""VRPLIB files of variants: fleets, several depots, reloads, prizes, groups, backhauls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from flowopt.core import Failure, ValidationError
from flowopt.io import RoutingInstance, read, read_instance, read_solution, write
from flowopt.routing import RoutingProblem

FaultsOf = Callable[..., list[Failure]]
Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def problem_of(tmp_path: Path) -> Callable[[str], RoutingProblem]:
    def _problem_of(text: str) -> RoutingProblem:
        path = tmp_path / "input.vrp"
        path.write_text(text)
        problem = read(path)
        assert isinstance(problem, RoutingProblem)
        return problem

    return _problem_of


ProblemOf = Callable[[str], RoutingProblem]


def without(text: str, section: str) -> str:
    """Return a file without a section."""
    lines = text.splitlines()
    begin = lines.index(section)
    ends = (i for i in range(begin + 1, len(lines)) if not lines[i][0].isdigit())
    return "\n".join([*lines[:begin], *lines[next(ends) :]])


# ---- what is read


def test_alike_vehicles_that_follow_one_another_are_one_type(
    problem_of: ProblemOf, tiny_fleet: str
) -> None:
    types = problem_of(tiny_fleet).vehicle_types
    assert types.id.tolist() == ["vehicles 1-2", "vehicle 3", "vehicle 4"]
    assert types.num_available.tolist() == [2, 1, 1]
    assert types.capacity[:, 0].tolist() == [10, 20, 20]
    assert types.fixed_cost.tolist() == [7, 7, 8]
    assert types.unit_distance_cost.tolist() == [1, 2, 2]
    assert types.max_duration.tolist() == [90, 90, 90]
    assert types.start_depot.tolist() == types.end_depot.tolist() == [0, 1, 1]


def test_vehicles_reload_where_their_section_says(problem_of: ProblemOf, tiny_fleet: str) -> None:
    types = problem_of(tiny_fleet).vehicle_types
    assert types.reload_depots.tolist() == [[True, False], [True, True], [False, True]]
    assert np.isinf(types.max_reloads).all()
    limited = tiny_fleet.replace("VEHICLES : 4", "VEHICLES : 4\nVEHICLES_MAX_RELOADS : 2")
    assert problem_of(limited).vehicle_types.max_reloads.tolist() == [2, 2, 2]


def test_a_vehicle_whose_row_names_no_depot_does_not_reload(
    problem_of: ProblemOf, tiny_fleet: str
) -> None:
    types = problem_of(tiny_fleet.replace("4 2\nVEHICLES_ALLOWED", "4\nVEHICLES_ALLOWED"))
    assert types.vehicle_types.max_reloads.tolist() == [np.inf, np.inf, 0]


def test_without_a_section_no_vehicle_reloads(problem_of: ProblemOf, tiny_fleet: str) -> None:
    text = without(tiny_fleet, "VEHICLES_RELOAD_DEPOT_SECTION")
    assert problem_of(text).vehicle_types.max_reloads.tolist() == [0, 0, 0]


def test_vehicles_serve_the_clients_of_their_row(problem_of: ProblemOf, tiny_fleet: str) -> None:
    allowed = problem_of(tiny_fleet).may_serve
    assert allowed.T.tolist() == [
        [True, True, False, False],
        [True, True, True, True],
        [False, False, True, True],
    ]


def test_a_client_that_no_vehicle_may_serve_is_a_problem_all_the_same(
    problem_of: ProblemOf, tiny_fleet: str
) -> None:
    text = tiny_fleet.replace("3 3 4 5 6\n4 5 6", "3 3 4 5\n4 5")
    assert problem_of(text).may_serve.any(axis=1).tolist() == [True, True, True, False]


def test_prizes_groups_and_release_times_are_read(problem_of: ProblemOf, tiny_fleet: str) -> None:
    clients = problem_of(tiny_fleet).clients
    assert clients.prize.tolist() == [0, 12, 0, 9]
    assert clients.required.tolist() == [True, False, True, False]  # a prize of 0: must be served
    assert clients.release_time.tolist() == [5, 0, 6, 0]
    assert clients.group.tolist() == ["1", "", "1", ""]


def test_a_group_of_one_is_none(problem_of: ProblemOf, tiny_fleet: str) -> None:
    clients = problem_of(tiny_fleet.replace("\n1 3 5\n", "\n1 3\n")).clients
    assert clients.group.tolist() == ["", "", "", ""]


def test_one_of_a_group_with_prizes_is_served(problem_of: ProblemOf, tiny_fleet: str) -> None:
    clients = problem_of(tiny_fleet.replace("\n1 3 5\n", "\n1 4 6\n")).clients
    assert clients.required.tolist() == [True, True, True, True]


def test_backhauls_come_after_linehauls_and_never_first(
    problem_of: ProblemOf, tiny_backhauls: str
) -> None:
    problem = problem_of(tiny_backhauls)
    assert problem.clients.demand[:, 0].tolist() == [6, 0, 4]
    assert problem.clients.pickup[:, 0].tolist() == [0, 9, 0]
    assert problem.clients.sequence.tolist() == [0, 1, 0]
    assert problem.travel.legs(0, [1, 2, 3])[0].tolist() == [5, np.inf, 15]
    assert problem.travel.legs([1, 2, 3], 0)[0].tolist() == [5, 10, 15]


def test_linehauls_are_another_name_for_demand(problem_of: ProblemOf, tiny_backhauls: str) -> None:
    text = tiny_backhauls.replace("DEMAND_SECTION", "LINEHAUL_SECTION")
    assert problem_of(text).clients.demand[:, 0].tolist() == [6, 0, 4]


def test_a_whole_file_that_names_no_depot_has_it_at_its_first_node(
    write: Write, tiny_vrp: str
) -> None:
    text = tiny_vrp.replace("DEPOT_SECTION\n1\n-1\n", "")
    instance = read_instance(write("a.vrp", text))
    assert isinstance(instance, RoutingInstance)
    assert instance.depots.tolist() == [0]


def test_many_vehicles_take_no_memory(problem_of: ProblemOf, tiny_vrp: str) -> None:
    problem = problem_of(tiny_vrp.replace("CAPACITY", f"VEHICLES : {10**12}\nCAPACITY"))
    assert problem.vehicle_types.num_available.tolist() == [10**12]


# ---- routes


def test_route_k_is_that_of_vehicle_k(problem_of: ProblemOf, tiny_fleet: str, write: Write) -> None:
    problem = problem_of(tiny_fleet)
    solution = read_solution(write("a.sol", "Route #1:\nRoute #2: 3\nRoute #4: 4 5"), problem)
    assert [(r.vehicle_type, r.visits.tolist()) for r in solution.routes] == [
        (0, [1]),
        (2, [2, 3]),
    ]


def test_the_vehicles_that_stay_are_written_too(
    problem_of: ProblemOf, tiny_fleet: str, tmp_path: Path
) -> None:
    solution = problem_of(tiny_fleet).solution_from_routes([[3], [1]], [1, 0])
    with pytest.warns(UserWarning, match="leave out"):
        write(solution, tmp_path / "a.sol")
    lines = (tmp_path / "a.sol").read_text().splitlines()
    assert lines[:3] == ["Route #1: 3", "Route #2:", "Route #3: 5"]
    again = read_solution(tmp_path / "a.sol", solution.problem)
    assert sorted((r.vehicle_type, *r.visits.tolist()) for r in again.routes) == [(0, 1), (1, 3)]


def test_of_a_huge_fleet_only_the_vehicles_in_use_are_written(
    problem_of: ProblemOf, tiny_fleet: str, tmp_path: Path
) -> None:
    problem = problem_of(tiny_fleet)
    types = problem.vehicle_types
    many = type(types)(**(vars(types) | {"num_available": np.array([10**9, 1, 1])}))
    solution = problem.replace(vehicle_types=many).solution_from_routes([[3, 1, 0, 2]], [1])
    write(solution, tmp_path / "a.sol")
    assert (tmp_path / "a.sol").read_text().startswith("Route #1000000001: 5 3 2 4\nCost ")
    again = read_solution(tmp_path / "a.sol", solution.problem)
    assert [route.vehicle_type for route in again.routes] == [1]


def test_a_route_of_more_vehicles_than_there_are_takes_no_other(
    problem_of: ProblemOf, tiny_fleet: str, tmp_path: Path
) -> None:
    problem = problem_of(tiny_fleet)
    write(problem.solution_from_routes([[0], [1], [2], [3]], [0, 0, 0, 1]), tmp_path / "a.sol")
    lines = (tmp_path / "a.sol").read_text().splitlines()
    assert lines[:5] == ["Route #1: 2", "Route #2: 3", "Route #3: 5", "Route #4:", "Route #5: 4"]
    with pytest.raises(ValidationError, match="5 is no vehicle of the problem"):
        read_solution(tmp_path / "a.sol", problem)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Route #5: 3", "unknown_vehicle"),
        ("Route #0: 3", "unknown_vehicle"),
        ("Route #3: 3\nRoute #3: 4", "duplicate_vehicle"),
        ("Route #1: 0 3", "reload"),
        ("Route #1: 3 0 0 4", "reload"),
        ("Route #1: 3 9", "unknown_client"),
    ],
)
def test_routes_that_fit_no_vehicle_are_a_fault(
    problem_of: ProblemOf, tiny_fleet: str, write: Write, text: str, code: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        read_solution(write("a.sol", text), problem_of(tiny_fleet))
    assert [fault.code for fault in caught.value.failures] == [code]


def test_a_depot_in_a_route_is_a_fault_where_vehicles_do_not_reload(
    problem_of: ProblemOf, tiny_vrp: str, write: Write
) -> None:
    with pytest.raises(ValidationError, match="0 is a depot, and its vehicle does not reload"):
        read_solution(write("a.sol", "Route #1: 1 0 2"), problem_of(tiny_vrp))


# ---- faults: what is changed in the file, and the fault that it must give

FAULTS = {
    "no vehicles to number": (("VEHICLES : 4\n", ""), ("missing_header", None)),
    "no capacity": (("CAPACITY_SECTION\n1 10\n2 10\n3 20\n4 20\n", ""), ("missing_header", None)),
    "a capacity twice": (
        ("DIMENSION", "CAPACITY : 9\nDIMENSION"),
        ("duplicate_header", "CAPACITY : 9"),
    ),
    "a vehicle too many": (("4 20\n", "4 20\n5 20\n"), ("unknown_vehicle", "5 20")),
    "a vehicle too few": (("4 20\n", ""), ("missing_vehicle", "CAPACITY_SECTION")),
    "a vehicle twice": (("4 20\n", "3 21\n"), ("duplicate_vehicle", "3 21")),
    "a vehicle that holds nothing": (("4 20\n", "4 0\n"), ("out_of_range", "4 0")),
    "a negative cost": (("4 8\n", "4 -8\n"), ("negative", "4 -8")),
    "a word for a cost": (("4 8\n", "4 eight\n"), ("not_a_number", "4 eight")),
    "a row of two capacities": (("4 20\n", "4 20 30\n"), ("wrong_width", "4 20 30")),
    "a start at a client": (
        ("3 2\n4 2\nVEHICLES_R", "3 3\n4 2\nVEHICLES_R"),
        ("unknown_depot", "3 3"),
    ),
    "a reload at a client": (("3 1 2\n", "3 1 5\n"), ("unknown_depot", "3 1 5")),
    "a depot to be served": (("1 3 4\n", "1 2 3 4\n"), ("unknown_client", "1 2 3 4")),
    "a client that is not there": (("1 3 4\n", "1 3 99\n"), ("unknown_client", "1 3 99")),
    "half a client": (("1 3 4\n", "1 3.5 4\n"), ("unknown_client", "1 3.5 4")),
    "a row of allowed clients too few": (
        ("4 5 6\nDEPOT", "DEPOT"),
        ("missing_vehicle", "VEHICLES_ALLOWED_CLIENTS_SECTION"),
    ),
    "a depot in a group": (("\n1 3 5\n", "\n1 2 5\n"), ("unknown_client", "1 2 5")),
    "a client in two groups": (("\n1 3 5\n", "\n1 3 5\n2 5 6\n"), ("duplicate_client", "2 5 6")),
    "a group without its number": (("\n1 3 5\n", "\n7 3 5\n"), ("unknown_group", "7 3 5")),
    "a negative prize": (("4 12\n", "4 -12\n"), ("negative", "4 -12")),
    "a negative release": (("3 5\n4 0\n", "3 -5\n4 0\n"), ("negative", "3 -5")),
    "a depot with a prize": (("PRIZE_SECTION\n1 0", "PRIZE_SECTION\n1 9"), ("depot", "1")),
    "a depot twice": (("\n1\n2\n-1", "\n2\n1\n1\n-1"), ("depot", "1")),
    "half a reload": (
        ("DIMENSION", "VEHICLES_MAX_RELOADS : 1.5\nDIMENSION"),
        ("out_of_range", "VEHICLES_MAX_RELOADS : 1.5"),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_line(faults_of: FaultsOf, tiny_fleet: str, name: str) -> None:
    (old, new), (code, line) = FAULTS[name]
    assert old in tiny_fleet
    text = tiny_fleet.replace(old, new, 1)
    faults = [fault for fault in faults_of(text) if fault.code == code]
    assert faults, "the fault was not found"
    row = faults[0].row
    assert (None if row is None else text.splitlines()[row - 1]) == line
    assert faults[0].fix


def test_all_faults_of_the_vehicles_are_listed_at_once(
    faults_of: FaultsOf, tiny_fleet: str
) -> None:
    text = tiny_fleet.replace("4 20\n", "4 none\n").replace("4 8\n", "4 -8\n")
    text = text.replace("3 1 2\n", "3 1 6\n").replace("1 3 4\n", "1 1 4\n")
    codes = sorted(fault.code for fault in faults_of(text))
    assert codes == ["negative", "not_a_number", "unknown_client", "unknown_depot"]


def test_depots_without_vehicles_are_a_fault(faults_of: FaultsOf, tiny_vrp: str) -> None:
    text = tiny_vrp.replace("2 4\n", "2 0\n").replace("\n1\n-1", "\n1\n2\n-1")
    (fault,) = faults_of(text)
    assert (fault.code, fault.row) == ("depots", 15)
    assert "VEHICLES_DEPOT_SECTION" in fault.fix


def test_a_node_is_no_linehaul_and_backhaul_at_once(
    faults_of: FaultsOf, tiny_backhauls: str
) -> None:
    (fault,) = faults_of(tiny_backhauls.replace("4 0\nDEPOT", "4 3\nDEPOT"))
    assert (fault.code, fault.row, fault.value) == ("inconsistent", 20, 3.0)


def test_linehauls_beside_demand_are_a_fault(faults_of: FaultsOf, tiny_backhauls: str) -> None:
    linehauls = "LINEHAUL_SECTION\n1 0\n2 6\n3 0\n4 4\nDEPOT_SECTION"
    (fault,) = faults_of(tiny_backhauls.replace("DEPOT_SECTION", linehauls))
    assert (fault.code, fault.row) == ("duplicate_section", 21)


@pytest.mark.parametrize(
    ("kind", "section"),
    [
        ("VRPB", "BACKHAUL_SECTION"),
        ("PCVRPTW", "PRIZE_SECTION"),
        ("MTVRPTWR", "RELEASE_TIME_SECTION"),
        ("MDVRPTW", "TIME_WINDOW_SECTION"),
    ],
)
def test_what_a_type_announces_must_be_there(
    faults_of: FaultsOf, tiny_vrp: str, kind: str, section: str
) -> None:
    faults = faults_of(tiny_vrp.replace("TYPE : CVRP", f"TYPE : {kind}"))
    assert (section, "missing_section") in [(fault.column, fault.code) for fault in faults]
