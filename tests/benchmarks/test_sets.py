"""The sets of instances are found, with their best known values in the units of the problem."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.routing.case import BestKnown, Loaded, best_known, find_cases
from benchmarks.routing.sets import SETS
from flowopt.io import read_solution

HEAD = "NAME : {name}\nTYPE : CVRP\nDIMENSION : {size}\n"


def put(folder: Path, name: str, size: int, cost: str | None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.vrp"
    path.write_text(HEAD.format(name=name, size=size), encoding="utf-8")
    if cost is not None:
        text = f"Route #1: 1\nCost: {cost}\n"
        path.with_suffix(".sol").write_text(text, encoding="utf-8")
    return path


def test_the_cases_of_a_set_come_by_size_with_their_best_known_costs(tmp_path: Path) -> None:
    put(tmp_path / "vrp" / "cvrp_x", "X-large", 501, "900")
    put(tmp_path / "vrp" / "cvrp_x", "X-small", 101, None)
    cases = find_cases(SETS["x"], tmp_path)
    assert [(case.name, case.clients, case.best) for case in cases] == [
        ("X-small", 100, None),
        ("X-large", 500, BestKnown(900.0)),
    ]


def test_a_folder_without_the_set_has_no_cases(tmp_path: Path) -> None:
    assert find_cases(SETS["x"], tmp_path) == find_cases(SETS["x"], None) == []


def test_the_folder_of_routing_instances_itself_will_do(tmp_path: Path) -> None:
    put(tmp_path / "cvrp_x", "X", 5, "9")
    assert [case.name for case in find_cases(SETS["x"], tmp_path)] == ["X"]


def test_one_folder_may_hold_two_sets(tmp_path: Path) -> None:
    for name in ("Leuven1", "Flanders2"):
        put(tmp_path / "cvrp_ags", name, 5, "9")
    assert [case.name for case in find_cases(SETS["ags"], tmp_path)] == ["Leuven1"]
    assert [case.name for case in find_cases(SETS["ags_large"], tmp_path)] == ["Flanders2"]


@pytest.mark.parametrize(
    ("name", "stated", "cost"),
    [
        ("x", "27591", 27591.0),
        ("solomon", "1355.3", 1355.3),
        ("pcvrptw", "245391", 24539.1),
        ("mdvrptw", "6655548", 6655.548),
        ("hfvrp", "31872.21", 3187221.0),
        ("hfvrp", "9905198130", 9905198.13),
    ],
)
def test_stated_costs_are_brought_to_the_units_of_the_problem(
    tmp_path: Path, name: str, stated: str, cost: float
) -> None:
    best = best_known(SETS[name], put(tmp_path, "one", 3, stated))
    assert best is not None
    assert best.cost == pytest.approx(cost, rel=1e-12)


def test_a_table_of_best_known_values_is_read_whatever_the_case_of_its_names(
    tmp_path: Path,
) -> None:
    entry = {"best_known_cost": 828.94, "solved_with_vehicles": 10}
    (tmp_path / "BKS.json").write_text(json.dumps({"LC101": entry}), encoding="utf-8")
    path = tmp_path / "lc101.txt"
    assert best_known(SETS["pdptw"], path) == BestKnown(828.94, 10)
    assert best_known(SETS["mdvrp"], path) == BestKnown(828.94)  # there the cost alone counts
    assert best_known(SETS["pdptw"], tmp_path / "lc102.txt") is None


def test_windows_of_both_types_are_told_apart() -> None:
    group = SETS["gh"].group
    assert [group(name) for name in ("R1_4_5", "RC2_10_5", "C1_2_1")] == [
        "type 1",
        "type 2",
        "type 1",
    ]


def test_an_instance_that_flowopt_cannot_read_says_why(tmp_path: Path) -> None:
    put(tmp_path / "cvrp_x", "X", 5, "9")
    loaded = Loaded(find_cases(SETS["x"], tmp_path)[0])
    assert loaded.problem is None
    assert "X.vrp" in loaded.refusal


# ---- with the published instances


def test_every_published_set_has_cases(instances: Path) -> None:
    published = {name: one for name, one in SETS.items() if one.folder}
    empty = [name for name, one in published.items() if not find_cases(one, instances)]
    assert not empty


def test_best_known_costs_are_those_of_their_solutions_by_flowopt(instances: Path) -> None:
    wrong, compared = {}, 0
    for one in SETS.values():
        for case in find_cases(one, instances)[:1] if one.folder else ():
            if case.path is None or case.clients > 1500 or case.best is None:
                continue
            solution, loaded = case.path.with_suffix(".sol"), Loaded(case)
            if loaded.problem is None or not solution.exists():
                continue
            compared += 1
            cost = read_solution(solution, loaded.problem).cost
            if cost != pytest.approx(case.best.cost, rel=1e-6):
                wrong[case.name] = cost, case.best.cost
    assert compared >= 9
    assert not wrong


def test_best_known_costs_are_those_of_their_solutions_by_pyvrp(instances: Path) -> None:
    pyvrp = pytest.importorskip("pyvrp")
    from benchmarks.routing.answers import cost_of
    from benchmarks.routing.integer_model import from_vrplib

    for name in ("mdvrptw", "hfvrp", "vrpb", "pcvrptw", "mtvrptwr", "sdvrptw"):
        case = find_cases(SETS[name], instances)[0]
        assert case.path is not None
        assert case.best is not None
        model = from_vrplib(case.path, SETS[name].rounding)
        solution = pyvrp.read_solution(case.path.with_suffix(".sol"), model.data)
        assert solution.is_feasible()
        assert cost_of(solution) * model.unit == pytest.approx(case.best.cost, rel=1e-6), name
