"""The benchmark of published instances reports what was solved, against what is published."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "published.py"
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
"""  # two routes, of 40 and of 60
CHAIN = "p min 3 2\nn 1 4\nn 3 -4\na 1 2 0 9 2\na 2 3 0 9 3\n"  # 4 units at 5 each

pytestmark = pytest.mark.skipif(
    not SCRIPT.exists(), reason="there is no source tree around the tests"
)


def benchmark(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--time-limit", "1", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_each_answer_stands_beside_the_best_known(tmp_path: Path) -> None:
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "line.vrp").write_text(LINE, encoding="utf-8")
    (tmp_path / "sets" / "line.sol").write_text(
        "Route #1: 1 2\nRoute #2: 3\nCost 80\n", encoding="utf-8"
    )
    (tmp_path / "chain.min").write_text(CHAIN, encoding="utf-8")
    (tmp_path / "optimal.csv").write_text("instance,optimal\nchain,20\n", encoding="utf-8")
    result = benchmark("--folder", str(tmp_path), "line", "chain")
    assert result.returncode == 0, result.stderr
    rows = [line.strip("| ").split(" | ") for line in result.stdout.splitlines()[2:]]
    assert [row[0] for row in rows] == ["line", "chain"]
    assert [row[3:7] for row in rows] == [
        ["100", "80", "25.00%", "yes"],
        ["20", "20", "0.00%", "yes"],
    ]


def test_an_instance_that_there_is_not_is_named(tmp_path: Path) -> None:
    result = benchmark("--folder", str(tmp_path), "X-n1")
    assert result.returncode == 1
    assert "there is no instance X-n1" in result.stderr
