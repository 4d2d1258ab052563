"""From files to problems, and from solutions to files."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import flowopt
from flowopt.core import NoSolutionError, ValidationError
from flowopt.flow import FlowProblem, FlowSolution
from flowopt.io import RoutingInstance, read, read_instance, read_solution, write
from flowopt.io.record import relative_gap
from flowopt.io.sol import format_sol
from flowopt.routing import RoutingProblem

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def routing(write: Callable[..., Path], tiny_solomon: str) -> RoutingProblem:
    problem = read(write("R101.txt", tiny_solomon))
    assert isinstance(problem, RoutingProblem)
    return problem


@pytest.fixture
def flow(write: Callable[..., Path], tiny_min: str) -> FlowProblem:
    problem = read(write("tiny.min", tiny_min))
    assert isinstance(problem, FlowProblem)
    return problem


def test_read_is_a_public_name() -> None:
    assert flowopt.read is read


def test_a_routing_file_becomes_a_problem_with_the_numbers_of_its_nodes(
    routing: RoutingProblem,
) -> None:
    assert routing.clients.id.tolist() == [1, 2]
    assert routing.depots.id.tolist() == [0]
    assert routing.clients.demand[:, 0].tolist() == [10, 7]
    assert routing.clients.service_duration.tolist() == [10, 10]
    assert routing.clients.tw_early.tolist() == [5, 0]
    assert routing.clients.tw_late.tolist() == [100, 120]
    assert routing.depots.tw_late.tolist() == [230]
    assert routing.vehicle_types.num_available.tolist() == [3]
    assert routing.vehicle_types.capacity.tolist() == [[20]]
    assert routing.travel.distance.tolist() == [[0, 1.4, 5], [1.4, 0, 3.6], [5, 3.6, 0]]
    assert routing.travel.duration.tolist() == routing.travel.distance.tolist()


def test_without_a_limit_there_is_a_vehicle_for_each_client(write: Write, tiny_vrp: str) -> None:
    problem = read(write("tiny.vrp", tiny_vrp))
    assert isinstance(problem, RoutingProblem)
    assert problem.vehicle_types.num_available.tolist() == [2]


def test_the_rounding_is_an_argument(write: Write, tiny_vrp: str) -> None:
    path = write("tiny.vrp", tiny_vrp)
    problem = read(path, rounding="none")
    assert isinstance(problem, RoutingProblem)
    assert problem.travel.distance[0, 1] == 2**0.5
    with pytest.raises(ValidationError, match="is no rounding"):
        read(path, rounding="up")


def test_a_limit_on_the_length_of_a_route_is_kept(write: Write, tiny_vrp: str) -> None:
    text = tiny_vrp.replace("CAPACITY", "DISTANCE : 30\nVEHICLES_MAX_DISTANCE : 20\nCAPACITY")
    problem = read(write("tiny.vrp", text))
    assert isinstance(problem, RoutingProblem)
    assert problem.vehicle_types.max_duration.tolist() == [30]
    assert problem.vehicle_types.max_distance.tolist() == [20]


def test_an_instance_too_large_for_a_matrix_computes_its_ways(write: Write, tiny_vrp: str) -> None:
    instance = read_instance(write("tiny.vrp", tiny_vrp))
    assert isinstance(instance, RoutingInstance)
    size = 100_000
    large = replace(
        instance,
        node=np.arange(1, size + 1),
        coordinates=np.column_stack([np.arange(size) % 300 * 1.0, np.arange(size) // 300 * 1.0]),
        **{name: np.zeros(size) for name in ("demand", "service_duration", "tw_early")},
        tw_late=np.full(size, np.inf),
    )
    problem = large.to_problem()
    assert problem.travel.legs(0, [1, 299, 300])[0].tolist() == [1, 299, 1]


def test_a_flow_file_becomes_a_problem(flow: FlowProblem) -> None:
    assert flow.site_id.tolist() == [1, 2, 3, 4]
    assert flow.supply.tolist() == [4, 0, 0, 0]
    assert flow.demand.tolist() == [0, 0, 0, 4]
    assert flow.capacity.tolist() == [4, 2, 2, 3, 5]
    assert flow.solve().cost == 14  # the example of the first DIMACS challenge


def test_lower_bounds_of_a_flow_file_hold(write: Write, tiny_min: str) -> None:
    problem = read(write("tiny.min", tiny_min.replace("a 2 4 0 3 3", "a 2 4 2 3 3")))
    solution = problem.solve()
    assert isinstance(solution, FlowSolution)
    assert solution.flow[3] == 2
    assert solution.cost > 14


# ---- solutions


def test_a_sol_file_goes_out_and_comes_back(routing: RoutingProblem, tmp_path: Path) -> None:
    solution = routing.solution_from_routes([[1], [0]])
    write(solution, tmp_path / "a.sol")
    assert (tmp_path / "a.sol").read_text() == "Route #1: 2\nRoute #2: 1\nCost 12.8\n"
    again = read_solution(tmp_path / "a.sol", routing)
    assert [route.visits.tolist() for route in again.routes] == [[1], [0]]
    assert again.cost == pytest.approx(12.8)
    assert again.check().ok


def test_clients_of_a_sol_file_are_numbered_behind_the_depots(write: Write, tiny_vrp: str) -> None:
    text = tiny_vrp.replace("1 0\n2 4\n3 5", "1 4\n2 5\n3 0").replace("\n1\n-1", "\n3\n-1")
    problem = read(write("tiny.vrp", text))
    assert isinstance(problem, RoutingProblem)
    assert format_sol(problem.solution_from_routes([[0, 1]])).startswith("Route #1: 1 2\n")
    assert problem.clients.id.tolist() == [1, 2]


@pytest.mark.parametrize("client", [0, 3, 10**20])
def test_a_client_that_the_problem_does_not_have_is_a_fault(
    routing: RoutingProblem, write: Callable[..., Path], client: int
) -> None:
    path = write("a.sol", f"Route #1: 1 {client}\n")
    with pytest.raises(ValidationError) as caught:
        read_solution(path, routing)
    assert caught.value.failures[0].table == "a.sol"


def test_a_flow_goes_out_in_the_dimacs_format(flow: FlowProblem, tmp_path: Path) -> None:
    write(flow.solve(), tmp_path / "a.sol")
    lines = (tmp_path / "a.sol").read_text().splitlines()
    assert lines[0] == "s 14"
    arcs = [line.split() for line in lines[1:]]
    assert [arc[:3] for arc in arcs] == [
        ["f", "1", "2"],
        ["f", "1", "3"],
        ["f", "2", "3"],
        ["f", "2", "4"],
        ["f", "3", "4"],
    ]
    flows = np.array([float(arc[3]) for arc in arcs])
    assert flows @ flow.unit_cost == 14


def test_tables_go_out_as_csv_and_parquet(
    routing: RoutingProblem, flow: FlowProblem, tmp_path: Path
) -> None:
    write(flow.solve(), tmp_path / "flows.csv")
    with (tmp_path / "flows.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["source"], rows[0]["target"]) == ("1", "2")
    assert sum(float(row["cost"]) for row in rows) == 14
    write(routing.solution_from_routes([[1, 0]]), tmp_path / "visits.parquet")
    pq = pytest.importorskip("pyarrow.parquet")
    assert pq.read_table(tmp_path / "visits.parquet")["client"].to_pylist() == [2, 1]


def test_the_outcome_goes_out_as_json(flow: FlowProblem, tmp_path: Path) -> None:
    write(flow.solve(), tmp_path / "a.json")
    content = json.loads((tmp_path / "a.json").read_text())
    assert content["status"] == "OPTIMAL"
    assert {"flows", "sites", "paths", "cost_to_serve"} <= set(content["tables"])


@pytest.mark.parametrize("ending", ["sol", "csv", "json"])
def test_without_a_solution_nothing_is_written(
    write: Callable[..., Path], tiny_min: str, tmp_path: Path, ending: str
) -> None:
    problem = read(write("tiny.min", tiny_min.replace("a 1 2 0 4", "a 1 2 0 1")))
    target = tmp_path / f"a.{ending}"
    with pytest.raises(NoSolutionError):
        flowopt.io.write(problem.solve(), target)
    assert not target.exists()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is a folder"),
        ("a", "names no format"),
        ("a.xlsx", "names no format"),
        ("none/a.sol", "does not exist"),
        ("a\0.sol", "is no path"),
    ],
)
def test_a_path_that_cannot_be_written_to_says_why(
    flow: FlowProblem, tmp_path: Path, name: str, reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        write(flow.solve(), tmp_path / name)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write to every file"
)
def test_a_file_that_is_read_only_says_so(flow: FlowProblem, tmp_path: Path) -> None:
    (tmp_path / "a.sol").touch(mode=0o400)
    with pytest.raises(ValidationError, match="may not be written to"):
        write(flow.solve(), tmp_path / "a.sol")


@pytest.mark.parametrize(
    ("cost", "best", "gap"), [(5.0, 0.0, None), (0.0, 0.0, 0.0), (3.0 + 4e-16, 3.0, 0.0)]
)
def test_a_gap_to_nothing_is_none_and_rounding_is_no_gap(
    cost: float, best: float, gap: float | None
) -> None:
    assert relative_gap(cost, best) == gap
