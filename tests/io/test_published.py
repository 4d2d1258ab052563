"""The conventions of the published sets: their best known solutions check to their stated cost."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from flowopt.core import ValidationError
from flowopt.flow import FlowProblem
from flowopt.io import RoutingInstance, read, read_instance, read_sol, read_solution
from flowopt.routing import RoutingProblem

NOT_YET_READ = ("hfvrp", "mdvrptw_vidal", "mtvrptwr", "pcvrptw", "sdvrptw", "vrpb")


def routing_problem(path: Path) -> RoutingProblem:
    problem = read(path)
    assert isinstance(problem, RoutingProblem)
    return problem


def assert_solution_is_as_stated(path: Path) -> None:
    problem = routing_problem(path.with_suffix(".vrp"))
    solution, stated = read_solution(path, problem), read_sol(path).cost
    assert solution.check().ok, f"{path.stem}: {solution.check()}"
    assert solution.is_complete
    assert solution.cost == pytest.approx(stated, rel=1e-12), path.stem


@pytest.mark.parametrize("folder", ["cvrp_x", "vrptw_solomon", "vrptw_gh"])
def test_every_best_known_solution_checks_to_its_stated_cost(instances: Path, folder: str) -> None:
    solutions = sorted((instances / "vrp" / folder).glob("*.sol"))
    assert len(solutions) >= 10
    for path in solutions:
        assert_solution_is_as_stated(path)


def test_the_best_known_solution_of_three_thousand_clients_checks(instances: Path) -> None:
    assert_solution_is_as_stated(instances / "vrp" / "cvrp_ags" / "Leuven1.sol")


def test_the_wrong_convention_gives_another_cost(instances: Path) -> None:
    path = instances / "vrp" / "cvrp_x" / "X-n101-k25.sol"
    problem = read(path.with_suffix(".vrp"), rounding="dimacs")
    assert isinstance(problem, RoutingProblem)
    assert read_solution(path, problem).cost != read_sol(path).cost


def test_a_solution_of_another_problem_is_told(instances: Path) -> None:
    folder = instances / "vrp" / "cvrp_x"
    problem = routing_problem(folder / "X-n204-k19.vrp")
    other = read_solution(folder / "X-n200-k36.sol", problem)
    assert not other.is_complete
    assert other.cost != read_sol(folder / "X-n200-k36.sol").cost
    with pytest.raises(ValidationError, match="is no client of the problem"):
        read_solution(folder / "X-n303-k21.sol", problem)


def test_each_set_is_read_with_its_own_rounding(instances: Path) -> None:
    folder = instances / "vrp"
    roundings = {}
    for name in ("cvrp_x/X-n101-k25", "cvrp_ags/Leuven1", "vrptw_solomon/C102", "vrptw_gh/C1_2_1"):
        instance = read_instance(folder / f"{name}.vrp")
        assert isinstance(instance, RoutingInstance)
        roundings[name.split("/")[0]] = instance.rounding()
    assert roundings == {
        "cvrp_x": "round",
        "cvrp_ags": "round",
        "vrptw_solomon": "dimacs",
        "vrptw_gh": "dimacs",
    }


@pytest.mark.parametrize("folder", NOT_YET_READ)
def test_a_variant_that_is_not_read_is_refused_by_name(instances: Path, folder: str) -> None:
    paths = sorted((instances / "vrp" / folder).glob("*.vrp"))
    assert paths
    for path in paths:
        with pytest.raises(ValidationError) as caught:
            read_instance(path)
        codes = {failure.code for failure in caught.value.failures}
        assert "unsupported_value" in codes  # its TYPE


@pytest.mark.parametrize("folder", ["mdvrp_cordeau", "pdptw_lilim"])
def test_other_text_formats_are_refused(instances: Path, folder: str) -> None:
    for path in sorted((instances / "vrp" / folder).glob("*.txt")):
        with pytest.raises(ValidationError, match="known format"):
            read_instance(path)


def test_the_best_known_solution_of_the_largest_instance_checks(instances: Path) -> None:
    assert_solution_is_as_stated(instances / "vrp" / "cvrp_ags" / "Flanders2.sol")


def test_every_dimacs_file_has_the_size_that_is_stated(instances: Path) -> None:
    folder = instances / "flow" / "dimacs_mcf"
    with (folder / "optimal.csv").open() as file:
        sizes = {
            row["instance"]: (int(row["nodes"]), int(row["arcs"])) for row in csv.DictReader(file)
        }
    paths = sorted(folder.glob("*.min.gz"))
    assert paths
    for path in paths:
        problem = read(path)
        assert isinstance(problem, FlowProblem)
        assert (problem.num_sites, problem.num_lanes) == sizes[path.name.removesuffix(".min.gz")]
        assert problem.supply.sum() == problem.demand.sum() > 0
