"""The command plans, runs, saves, goes on where it stopped, and writes its tables."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.__main__ import main as benchmarks_main
from benchmarks.routing import main
from benchmarks.routing.case import find_cases
from benchmarks.routing.rows import Task, row_of
from benchmarks.routing.sets import SETS
from benchmarks.routing.solvers import NAMES, solver
from benchmarks.routing.solvers.base import ALL_VARIANTS
from benchmarks.routing.store import Store
from benchmarks.routing.worker import Reply

ROOT = Path(__file__).parents[2]
SOLVER = """
from benchmarks.routing.answers import Answer

class Alone:
    variants, processes, seeded, package = frozenset({"cvrp"}), 1, True, "flowopt"

    def prepare(self, loaded, search):
        return loaded.problem

    def solve(self, problem, search):
        routes = [[client] for client in range(problem.num_clients)]
        return Answer(solution=problem.solution_from_routes(routes), details={"seed": search.seed})
"""
LINE = """NAME : line
TYPE : CVRP
DIMENSION : 4
CAPACITY : 2
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 0 10
3 0 20
4 30 0
DEMAND_SECTION
1 0
2 1
3 1
4 2
DEPOT_SECTION
1
-1
EOF
"""  # two routes, of 40 and of 60; three of 20, 40 and 60


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "vrp" / "cvrp_x"
    home.mkdir(parents=True)
    (home / "line.vrp").write_text(LINE, encoding="utf-8")
    (home / "line.sol").write_text("Route #1: 1 2\nRoute #2: 3\nCost 100\n", encoding="utf-8")
    (tmp_path / "alone_solver.py").write_text(SOLVER, encoding="utf-8")
    sys.path.append(str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    sys.modules.pop("alone_solver", None)


def words(folder: Path, *more: str) -> list[str]:
    given = ["--sets", "x", "--solvers", "alone_solver.Alone", "--limit", "0.2", "--seeds", "7"]
    return [*given, "--folder", str(folder), "--out", str(folder / "out"), *more]


def test_a_run_is_saved_as_json_and_as_tables(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(folder)) == 0
    content = json.loads((folder / "out" / "routing.json").read_text(encoding="utf-8"))
    (row,) = content["rows"]
    assert (row["instance"], row["seed"], row["cost"]) == ("line", 7, 120.0)
    assert row["gap"] == pytest.approx(20.0)
    assert [process["seed"] for process in row["processes"]] == [7]
    assert content["machine"]["cores"]
    assert content["settings"]["versions"].keys() == {"alone_solver.Alone"}
    assert "| 20.00 (20.00) |" in (folder / "out" / "routing.md").read_text(encoding="utf-8")
    printed = capsys.readouterr().out
    assert "x            1 instance, 1 runs of 0.2 s" in printed
    assert "1/1 x line alone_solver.Alone, seed 7, 0.2 s: 120, gap 20.000 %" in printed


def test_results_are_not_overwritten_but_gone_on_with(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = Task(find_cases(SETS["x"], folder)[0], "alone_solver.Alone", 7, 0.2)
    done = row_of(task, [Reply("answered", seconds=0.1, cost=100.0)], "")
    Store(folder / "out", {}, {}).add([done])
    with pytest.raises(SystemExit, match="holds results"):
        main(words(folder))
    assert main(words(folder, "--resume")) == 0
    assert "1/1" not in capsys.readouterr().out  # what is done is not run again
    content = json.loads((folder / "out" / "routing.json").read_text(encoding="utf-8"))
    assert [row["cost"] for row in content["rows"]] == [100.0]
    assert "alone_solver.Alone" in (folder / "out" / "routing.md").read_text(encoding="utf-8")


def test_a_plan_runs_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(folder, "--plan", "--budget-minutes", "5")) == 0
    assert "in all about" in capsys.readouterr().out
    assert not (folder / "out").exists()


def test_unknown_names_are_refused_with_those_that_there_are(folder: Path) -> None:
    with pytest.raises(SystemExit, match="unknown sets: y; there are x, solomon"):
        main(words(folder, "--sets", "y"))
    with pytest.raises(SystemExit, match="unknown solvers: gurobi; there are flowopt, pyvrp"):
        main(words(folder, "--solvers", "gurobi"))


def test_every_solver_says_what_it_takes() -> None:
    for name in NAMES:
        found = solver(name)
        assert found.variants <= ALL_VARIANTS
        assert found.processes >= 1
    assert solver("flowopt:construct").engine == "construct"  # type: ignore[attr-defined]


def test_a_benchmark_is_found_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmarks_main([]) == 2
    assert "NAME is one of flow, inventory, published, routing" in capsys.readouterr().err
    with pytest.raises(SystemExit) as exit_:
        benchmarks_main(["routing", "--help"])
    assert exit_.value.code == 0
    assert "--budget-minutes" in capsys.readouterr().out


@pytest.mark.slow
def test_flowopt_and_its_peers_solve_a_published_instance(instances: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "routing", "--sets", "x,solomon"]
    command += ["--instances", "X-n101-k25,R105", "--seeds", "1", "--limit", "1"]
    command += ["--folder", str(instances), "--out", str(tmp_path / "out")]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    rows = json.loads((tmp_path / "out" / "routing.json").read_text(encoding="utf-8"))["rows"]
    answered = [row for row in rows if row["status"] == "answered"]
    assert {row["checked_by"] for row in answered} == {"flowopt"}
    assert {row["instance"] for row in answered if row["solver"] == "flowopt"} == {
        "X-n101-k25",
        "R105",
    }
    assert all(row["gap"] >= -1e-6 for row in answered)
