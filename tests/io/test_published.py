"""The conventions of the published sets: their best known solutions check to their stated cost."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from flowopt.core import ValidationError
from flowopt.flow import FlowProblem
from flowopt.io import RoutingInstance, read, read_instance, read_sol, read_solution, write
from flowopt.routing import RoutingProblem

# What the costs of the published files are, over those of the problems: some are stated in tenths
# or thousandths, since that is how their rounded distances become whole numbers. Unit costs of
# HFVRP files are in hundredths, and so is the cost of the problem.
STATED_OVER_COST = {
    "cvrp_ags": 1,
    "cvrp_x": 1,
    "vrptw_solomon": 1,
    "vrptw_gh": 1,
    "vrpb": 1,
    "pcvrptw": 10,
    "mtvrptwr": 10,
    "mdvrptw_vidal": 1000,
    "sdvrptw": 1000,
}
HFVRP = {"X284-FSMFD": 1 / 100, "X641-FSMFD": 1000}


def routing_problem(path: Path) -> RoutingProblem:
    problem = read(path)
    assert isinstance(problem, RoutingProblem)
    return problem


def assert_solution_is_as_stated(path: Path, stated_over_cost: float, rel: float = 1e-12) -> None:
    problem = routing_problem(path.with_suffix(".vrp"))
    solution, stated = read_solution(path, problem), read_sol(path).cost
    assert solution.check().ok, f"{path.stem}: {solution.check()}"
    assert solution.is_complete
    assert solution.cost * stated_over_cost == pytest.approx(stated, rel=rel), path.stem


@pytest.mark.parametrize(
    "folder",
    [
        pytest.param(folder, marks=[pytest.mark.slow] if folder == "cvrp_ags" else [])
        for folder in STATED_OVER_COST
    ],
)
def test_every_best_known_solution_checks_to_its_stated_cost(instances: Path, folder: str) -> None:
    solutions = sorted((instances / "vrp" / folder).glob("*.sol"))
    assert len(solutions) == len(list((instances / "vrp" / folder).glob("*.vrp"))) >= 2
    for path in solutions:
        assert_solution_is_as_stated(path, STATED_OVER_COST[folder])


@pytest.mark.parametrize("name", HFVRP)
def test_a_fleet_of_several_types_checks_to_its_stated_cost(instances: Path, name: str) -> None:
    path = instances / "vrp" / "hfvrp" / f"{name}.sol"
    digits = 1e-7 if name == "X284-FSMFD" else 1e-12  # that one is stated to two decimals
    assert_solution_is_as_stated(path, HFVRP[name], digits)


@pytest.mark.parametrize("folder", [*STATED_OVER_COST, "hfvrp"])
def test_a_best_known_solution_is_the_same_when_it_is_written_again(
    instances: Path, tmp_path: Path, folder: str
) -> None:
    path = min((instances / "vrp" / folder).glob("*.sol"), key=lambda one: one.stat().st_size)
    problem = routing_problem(path.with_suffix(".vrp"))
    solution, copy = read_solution(path, problem), tmp_path / path.name
    write(solution, copy)
    mine, theirs = read_sol(copy), read_sol(path)
    assert [route for route in mine.routes if route] == [r for r in theirs.routes if r]
    if problem.num_vehicle_types > 1:
        again = read_solution(copy, problem)
        assert [r.vehicle_type for r in again.routes] == [r.vehicle_type for r in solution.routes]


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
    for home in sorted(folder.iterdir()):
        paths = [path for path in home.glob("*.*") if path.suffix in (".vrp", ".txt")]
        if paths:
            instance = read_instance(min(paths, key=lambda path: path.stat().st_size))
            assert isinstance(instance, RoutingInstance)
            roundings[home.name] = instance.rounding()
    assert roundings == {
        "cvrp_ags": "round",
        "cvrp_x": "round",
        "cvrp_xl_demo": "round",
        "hfvrp": "exact",
        "mdvrp_cordeau": "none",
        "mdvrptw_vidal": "exact",
        "mtvrptwr": "dimacs",
        "pcvrptw": "dimacs",
        "pdptw_lilim": "none",
        "sdvrptw": "exact",
        "vrpb": "round",
        "vrptw_gh": "dimacs",
        "vrptw_solomon": "dimacs",
    }


def best_known(folder: Path, name: str) -> dict[str, float]:
    entries: dict[str, dict[str, float]] = json.loads((folder / "BKS.json").read_text())
    return next(entry for key, entry in entries.items() if key.lower() == name)


def test_instances_of_cordeau_are_as_their_list_says(instances: Path) -> None:
    folder = instances / "vrp" / "mdvrp_cordeau"
    paths = sorted(folder.glob("*.txt"))
    assert len(paths) >= 5
    for path in paths:
        problem, entry = routing_problem(path), best_known(folder, path.stem)
        assert problem.num_clients == entry["jobs"]
        assert problem.num_depots == entry["depots"] == problem.num_vehicle_types
        assert problem.vehicle_types.num_available.sum() == entry["vehicles"]
        assert set(problem.vehicle_types.capacity[:, 0].tolist()) == {entry["capacity"]}
        assert problem.clients.demand.sum() == entry["total_demand"]
        assert problem.vehicle_types.start_depot.tolist() == list(range(problem.num_depots))


def test_instances_of_li_and_lim_are_as_their_list_says(instances: Path) -> None:
    folder = instances / "vrp" / "pdptw_lilim"
    paths = sorted(folder.glob("*.txt"))
    assert len(paths) >= 5
    for path in paths:
        problem, entry = routing_problem(path), best_known(folder, path.stem)
        assert problem.vehicles_first
        assert problem.num_clients == entry["jobs"] == 2 * len(problem.shipments)
        assert problem.vehicle_types.num_available.tolist() == [entry["vehicles"]]
        assert problem.vehicle_types.capacity.tolist() == [[entry["capacity"]]]
        assert problem.shipments.demand.sum() == entry["total_demand"]


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
