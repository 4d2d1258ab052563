"""The commands, as a person and as a script call them."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import flowopt
from flowopt.cli import main
from flowopt.core import EngineError
from flowopt.flow import FlowProblem
from flowopt.io import read, read_solution

TINY_VRP = """NAME : tiny
TYPE : CVRP
DIMENSION : 4
CAPACITY : 10
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 0 10
3 0 20
4 30 0
DEMAND_SECTION
1 0
2 5
3 5
4 9
DEPOT_SECTION
1
-1
EOF
"""
TINY_SOLOMON = """R1
VEHICLE
NUMBER CAPACITY
2 10
CUSTOMER
CUST NO. XCOORD. YCOORD. DEMAND READY TIME DUE DATE SERVICE TIME
0  0  0 0  0 500  0
1  0 10 5  0 400 10
2  0 20 5 50 400 10
"""
TINY_MIN = """p min 4 5
n 1 4
n 4 -4
a 1 2 0 4 2
a 1 3 0 2 2
a 2 3 0 2 1
a 2 4 0 3 3
a 3 4 0 5 1
"""
FIELDS = {
    "status",
    "limit",
    "cost",
    "bound",
    "gap",
    "gap_to_best_known",
    "runtime",
    "engine",
    "seed",
    "checked",
}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with small problems."""
    (tmp_path / "tiny.vrp").write_text(TINY_VRP)
    (tmp_path / "tiny.txt").write_text(TINY_SOLOMON)
    (tmp_path / "tiny.min").write_text(TINY_MIN)
    (tmp_path / "tiny.min.gz").write_bytes(gzip.compress(TINY_MIN.encode()))
    (tmp_path / "short.min").write_text(TINY_MIN.replace("a 1 2 0 4", "a 1 2 0 1"))
    (tmp_path / "empty.vrp").touch()
    (tmp_path / "faulty.vrp").write_text(
        TINY_VRP.replace("CAPACITY : 10", "CAPACITY : -1").replace("3 0 20", "3 0 x")
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def solve(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Solve with ``--json`` and return the object; ``code`` is the exit code."""

    def _solve(*arguments: str) -> dict[str, Any]:
        code = main(["solve", *arguments, "--json"])
        out = capsys.readouterr().out
        assert out.count("\n") == 1
        record: dict[str, Any] = json.loads(out)
        return record | {"code": code}

    return _solve


Solve = Callable[..., dict[str, Any]]


def run(*arguments: str, **keywords: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowopt", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **keywords)


# ---- flowopt


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"flowopt {flowopt.__version__}\n"


@pytest.mark.parametrize("words", [[], ["fly"], ["solve"], ["solve", "a", "--seed", "x"]])
def test_words_that_are_no_command_are_bad_input(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(words) == 2
    assert "usage: flowopt" in capsys.readouterr().err


def test_the_package_runs_as_a_module() -> None:
    result = run("solve", "tiny.min", "--best-known", "14")
    assert (result.returncode, result.stderr) == (0, "")
    assert "OPTIMAL" in result.stdout


def test_the_command_is_installed() -> None:
    command = Path(sys.executable).with_name("flowopt")
    if not command.exists():
        pytest.skip("flowopt is not installed beside this Python")
    result = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert flowopt.__version__ in result.stdout


# ---- flowopt solve: answers


@pytest.mark.parametrize("name", ["tiny.min", "tiny.min.gz"])
def test_a_flow_is_solved_and_printed_for_a_person(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["solve", name, "--best-known", "10"]) == 0
    out, err = capsys.readouterr()
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "tiny: minimum-cost flow, 4 nodes, 5 arcs"
    assert "status OPTIMAL" in lines
    assert "cost 14" in lines
    assert "gap 0.00%" in lines
    assert "gap to best known 40.00% (best known: 10)" in lines
    assert "checked all constraints hold" in lines
    assert err == ""


@pytest.mark.parametrize(
    ("name", "first_line", "cost"),
    [
        ("tiny.vrp", "tiny: CVRP, 3 clients, distances rounded to whole numbers", "cost 100"),
        ("tiny.txt", "R1: VRPTW, 2 clients, distances truncated to one decimal", "cost 40"),
    ],
)
def test_a_routing_problem_is_solved_and_printed_for_a_person(
    capsys: pytest.CaptureFixture[str], name: str, first_line: str, cost: str
) -> None:
    assert main(["solve", name, "--time-limit", "0.3"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == first_line
    assert cost in lines
    assert any(line.startswith("routes ") for line in lines)
    assert "bound unknown" in lines
    assert "gap unknown" in lines


def test_json_has_every_field(solve: Solve) -> None:
    record = solve("tiny.min", "--best-known", "14", "--seed", "7", "--workers", "1")
    assert set(record) - {"code"} == FIELDS
    assert (record["code"], record["status"], record["cost"], record["gap"]) == (
        0,
        "OPTIMAL",
        14,
        0,
    )
    assert (record["gap_to_best_known"], record["seed"], record["checked"]) == (0, 7, True)


def test_json_of_a_routing_problem_counts_the_unserved(solve: Solve, files: Path) -> None:
    record = solve("tiny.vrp", "--time-limit", "0.3", "--best-known", "80")
    assert set(record) - {"code"} == FIELDS | {"routes", "unserved", "complete"}
    assert (record["routes"], record["complete"]) == (2, True)
    assert (record["unserved"], record["cost"], record["gap_to_best_known"]) == (0, 100, 0.25)
    assert (record["bound"], record["gap"]) == (None, None)
    (files / "heavy.vrp").write_text(TINY_VRP.replace("4 9", "4 11"))
    record = solve("heavy.vrp", "--time-limit", "0.3", "--best-known", "80")
    assert (record["unserved"], record["gap_to_best_known"], record["code"]) == (1, None, 0)
    assert (record["status"], record["complete"], record["checked"]) == ("FEASIBLE", False, True)


def test_a_client_that_no_vehicle_can_carry_is_named(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "heavy.vrp").write_text(TINY_VRP.replace("4 9", "4 11"))
    assert main(["solve", "heavy.vrp", "--time-limit", "0.3"]) == 0
    out = capsys.readouterr().out
    assert "FEASIBLE, but INCOMPLETE: 1 client is not served" in out
    assert "all constraints hold for the clients that are served" in out
    assert "not served: 1 of 3 clients" in out
    assert "  4: " in out


def test_a_plan_of_all_clients_is_not_called_incomplete(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "tiny.vrp", "--time-limit", "0.3"]) == 0
    assert "INCOMPLETE" not in capsys.readouterr().out


@pytest.mark.filterwarnings("default")
def test_a_sol_file_that_leaves_clients_out_is_warned_of(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "heavy.vrp").write_text(TINY_VRP.replace("4 9", "4 11"))
    assert main(["solve", "heavy.vrp", "--time-limit", "0.3", "--out", "a.sol"]) == 0
    assert "warning: the routes leave out 1 client" in capsys.readouterr().err
    assert Path("a.sol").read_text().startswith("Route #1")
    assert main(["solve", "tiny.vrp", "--time-limit", "0.3", "--out", "a.sol"]) == 0
    assert "warning" not in capsys.readouterr().err


def test_the_engine_is_chosen_by_name(solve: Solve) -> None:
    assert solve("tiny.min", "--engine", "ortools")["engine"] == "ortools"


def test_no_plan_has_the_exit_code_1_and_its_reason(solve: Solve) -> None:
    record = solve("short.min", "--out", "a.sol")
    assert (record["code"], record["status"], record["cost"]) == (1, "INFEASIBLE", None)
    assert not record["checked"]
    assert record["explanation"]
    assert not Path("a.sol").exists()


def test_the_reason_why_there_is_no_plan_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "short.min"]) == 1
    out = capsys.readouterr().out
    assert "INFEASIBLE" in out
    assert "4" in out.split("why")[1]  # the site whose demand cannot be met


# ---- flowopt solve --out


def test_routes_are_written_as_a_sol_file_that_checks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", "tiny.vrp", "--time-limit", "0.3", "--out", "plan.sol"]) == 0
    assert "plan.sol" in capsys.readouterr().out
    problem = read("tiny.vrp")
    assert not isinstance(problem, FlowProblem)
    solution = read_solution("plan.sol", problem)
    assert (solution.cost, solution.check().ok, solution.is_complete) == (100, True, True)


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.sol", "s 14\nf 1 2 "), ("a.csv", "source,target,flow,"), ("a.json", "{")],
)
def test_a_flow_is_written_in_the_format_of_the_ending(name: str, start: str) -> None:
    assert main(["solve", "tiny.min", "--out", name]) == 0
    assert Path(name).read_text().replace('"', "").startswith(start)


@pytest.mark.parametrize("target", ["tiny.min", "none/a.sol", ".", "a.xls", "a\0.sol"])
def test_a_target_that_cannot_be_written_is_refused_before_solving(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("it was solved")

    monkeypatch.setattr(FlowProblem, "solve", never)
    assert main(["solve", "tiny.min", "--out", target]) == 2
    assert Path("tiny.min").read_text() == TINY_MIN


def test_the_file_of_the_problem_is_not_overwritten() -> None:
    Path("problem.sol").write_text(TINY_MIN)
    assert main(["solve", "problem.sol", "--out", "problem.sol"]) == 2
    assert Path("problem.sol").read_text() == TINY_MIN


def test_an_answer_that_cannot_be_written_is_printed_all_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("flowopt.io.write", full)
    assert main(["solve", "tiny.min", "--out", "a.sol"]) == 1
    out, err = capsys.readouterr()
    assert "cost               14" in out
    assert "a.sol cannot be written: No space left on device" in err


# ---- flowopt solve: bad input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gone.vrp"], "does not exist"),
        (["."], "is a folder"),
        (["empty.vrp"], "is empty"),
        (["faulty.vrp"], "line 9: 'x' is no usable number"),
        (["tiny.min", "--engine", "warp"], "'warp' is not an engine; use one of auto"),
        (["tiny.min", "--time-limit", "0"], "--time-limit: 0.0 is no time"),
        (["tiny.min", "--time-limit", "nan"], "--time-limit: nan is no time"),
        (["tiny.min", "--seed", "-1"], "--seed: -1 cannot be used"),
        (["tiny.min", "--workers", "0"], "--workers: 0 cannot be used"),
    ],
)
def test_bad_input_is_listed_with_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["solve", *arguments]) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert out == ""


@pytest.mark.parametrize("value", ["much", "nan", "1e400"])
def test_a_best_known_cost_that_is_none_is_bad_input(
    capsys: pytest.CaptureFixture[str], value: str
) -> None:
    assert main(["solve", "tiny.min", "--best-known", value]) == 2
    assert f"'{value}' is no cost" in capsys.readouterr().err


def test_faults_of_file_options_and_target_are_listed_at_once(solve: Solve) -> None:
    record = solve("faulty.vrp", "--seed", "-1", "--time-limit", "nan", "--out", "none/a.sol")
    assert record["code"] == 2
    faults = [(fault["table"], fault["column"]) for fault in record["failures"]]
    assert faults == [
        ("faulty.vrp", "CAPACITY"),
        ("faulty.vrp", "NODE_COORD_SECTION"),
        ("solve", "time_limit"),
        ("solve", "seed"),
        ("a.sol", None),
    ]
    assert all(fault["message"] and fault["fix"] for fault in record["failures"])


@pytest.mark.parametrize("name", ["gone.vrp", "empty.vrp", "faulty.vrp", ".", "binary.vrp"])
def test_a_bad_file_gives_no_traceback(files: Path, name: str) -> None:
    (files / "binary.vrp").write_bytes(bytes(range(256)))
    result = run("solve", name)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("flowopt: ")
    assert name.strip(".") in result.stderr


@pytest.mark.parametrize("error", [EngineError("the engine broke"), MemoryError()])
def test_an_engine_that_fails_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(FlowProblem, "solve", broken)
    assert main(["solve", "tiny.min", "--json"]) == 1
    out, err = capsys.readouterr()
    reason = str(error) or "there is not enough memory"
    assert err == f"flowopt: {reason}\n"
    assert json.loads(out) == {"error": reason, "failures": []}


# ---- pipes, terminals, Ctrl-C


def test_ctrl_c_while_reading_stops_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flowopt.io.read_instance", interrupted)
    assert main(["solve", "tiny.min"]) == 130
    assert capsys.readouterr().err == "flowopt: stopped\n"


def test_a_reader_that_goes_away_gives_no_traceback() -> None:
    command = [sys.executable, "-m", "flowopt", "solve", "tiny.min"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_progress_bar_is_shown_in_a_terminal_only() -> None:
    shown = run_in_terminal("solve", "tiny.vrp", "--time-limit", "0.5")
    assert "searching" in shown
    assert run("solve", "tiny.vrp", "--time-limit", "0.5").stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_ctrl_c_ends_the_search_with_the_best_answer_so_far() -> None:
    shown = run_in_terminal("solve", "tiny.vrp", "--time-limit", "60", until="searching")
    assert "CANCELLED" in shown
    assert "Traceback" not in shown


def run_in_terminal(*arguments: str, until: str = "") -> str:
    """Run in a pseudo-terminal and return all that is shown; Ctrl-C once `until` is shown."""
    import pty
    import termios

    outside, inside = pty.openpty()
    termios.tcsetwinsize(inside, (24, 80))
    command = [sys.executable, "-m", "flowopt", *arguments]
    with subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside) as process:
        os.close(inside)
        shown = b""
        while chunk := read_terminal(outside):
            shown += chunk
            if until and until.encode() in shown:
                process.send_signal(signal.SIGINT)
                until = ""
    os.close(outside)
    assert process.returncode == 0, shown
    return shown.decode(errors="replace")


def read_terminal(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # on Linux, when the other end is closed
        return b""


# ---- variants, roundings


CORDEAU = """2 2 3 2
0 20
0 20
1 3 4 0 7 1 2 1 2
2 8 9 0 9 1 2 1 2
3 1 7 0 8 1 2 1 2
4 0 0 0 0 0 0
5 9 9 0 0 0 0
"""


def test_a_problem_of_several_depots_is_solved_and_written(solve: Solve) -> None:
    Path("p.txt").write_text(CORDEAU)
    record = solve("p.txt", "--time-limit", "1", "--out", "p.sol")
    assert (record["code"], record["checked"]) == (0, True)
    best = 5 + 13**0.5 + 50**0.5 + 2  # 1 and 3 from the first depot, 2 from the other
    assert record["cost"] == pytest.approx(best)
    again = solve("p.txt", "--time-limit", "1", "--best-known", "p.sol")
    assert again["gap_to_best_known"] == 0.0


@pytest.mark.parametrize(
    ("rounding", "cost"), [("auto", 32), ("none", 32.21337), ("dimacs", 32.2), ("exact", 32.213)]
)
def test_distances_are_rounded_as_asked(
    capsys: pytest.CaptureFixture[str], rounding: str, cost: float
) -> None:
    Path("a.vrp").write_text(TINY_VRP.replace("3 0 20", "3 5 6").replace("4 30 0", "4 0 -4"))
    main(["solve", "a.vrp", "--time-limit", "1", "--round", rounding, "--json"])
    assert json.loads(capsys.readouterr().out)["cost"] == pytest.approx(cost, abs=1e-5)


def test_the_gap_to_a_file_is_that_to_the_cost_of_its_routes(solve: Solve) -> None:
    Path("best.sol").write_text("Route #1: 1 2\nRoute #2: 3\nCost 7\n")  # it is 100
    record = solve("tiny.vrp", "--time-limit", "1", "--best-known", "best.sol")
    assert (record["cost"], record["gap_to_best_known"]) == (100, 0)


@pytest.mark.filterwarnings("default")
def test_a_best_known_file_that_is_no_plan_is_warned_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("bad.sol").write_text("Route #1: 1 2 3\n")
    main(["solve", "tiny.vrp", "--time-limit", "1", "--best-known", "bad.sol"])
    assert "bad.sol is no plan of this problem: capacity" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "best"), [("tiny.vrp", "none.sol"), ("tiny.vrp", "tiny.sol"), ("tiny.min", "tiny.sol")]
)
def test_a_best_known_file_that_cannot_be_used_is_bad_input(
    solve: Solve, file: str, best: str
) -> None:
    Path("tiny.sol").write_text("Route #1: 1 9\n")
    record = solve(file, "--best-known", best)
    assert record["code"] == 2
    assert len(record["failures"]) == 1


# ---- published instances


@pytest.mark.parametrize(
    ("name", "best_known", "most"),
    [
        ("vrp/cvrp_x/X-n200-k36", 58578, 0.15),
        ("vrp/vrptw_solomon/C102", 827.3, 0.15),
        ("vrp/vrptw_solomon/RC208", 776.1, 0.30),
    ],
)
def test_published_routing_instances_are_solved(
    solve: Solve, instances: Path, name: str, best_known: float, most: float
) -> None:
    path = instances / f"{name}.vrp"
    record = solve(
        str(path), "--time-limit", "3", "--best-known", str(best_known), "--out", "plan.sol"
    )
    assert (record["code"], record["checked"], record["unserved"]) == (0, True, 0)
    assert 0 <= record["gap_to_best_known"] <= most
    problem = read(path)
    assert not isinstance(problem, FlowProblem)
    written = read_solution("plan.sol", problem)
    assert written.check().ok
    assert written.cost == pytest.approx(record["cost"])


VARIANTS = {
    "hfvrp/X284-FSMFD.vrp": 0.3,
    "mdvrp_cordeau/p01.txt": None,
    "mdvrptw_vidal/PR11A.vrp": 0.3,
    "mtvrptwr/RC208R0.75.vrp": 0.3,
    "pcvrptw/C1_10_1.vrp": 0.3,
    "pdptw_lilim/lc101.txt": None,
    "sdvrptw/PR11.vrp": 0.3,
    "vrpb/X-n586-50-k80.vrp": 0.3,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_a_published_instance_of_every_variant_is_solved(
    solve: Solve, instances: Path, name: str
) -> None:
    path, most = instances / "vrp" / name, VARIANTS[name]
    best = ["--best-known", str(path.with_suffix(".sol"))] if most else []
    record = solve(str(path), "--time-limit", "3", "--out", "plan.sol", *best)
    assert (record["code"], record["checked"], record["complete"]) == (0, True, True)
    assert most is None or -1e-6 <= record["gap_to_best_known"] <= most
    problem = read(path)
    assert not isinstance(problem, FlowProblem)
    written = read_solution("plan.sol", problem)
    assert written.check().ok
    assert written.cost == pytest.approx(record["cost"])


@pytest.mark.parametrize("name", ["netgen_8_08a", "netgen_8_10a", "goto_8_08a", "netgen_sr_08a"])
def test_published_flow_instances_meet_their_optimum(
    solve: Solve, instances: Path, name: str
) -> None:
    folder = instances / "flow" / "dimacs_mcf"
    rows = (folder / "optimal.csv").read_text().splitlines()
    optimal = next(row.rsplit(",", 1)[1] for row in rows if row.startswith(name + ","))
    path = folder / f"{name}.min.gz"
    if not path.exists():
        pytest.skip(f"{name} is not among the instances here")
    record = solve(str(path), "--best-known", optimal)
    assert (record["code"], record["checked"], record["status"]) == (0, True, "OPTIMAL")
    assert record["cost"] == float(optimal)
    assert record["gap_to_best_known"] == 0
