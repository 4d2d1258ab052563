"""The linters, the types and the house rules hold: one `pytest` runs them all."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "flowopt"
MODULES = sorted(PACKAGE.rglob("*.py"))
LINT_IMPORTS = (
    "-c",
    "from importlinter.cli import lint_imports_command; lint_imports_command()",
    "--no-cache",
    "--no-logo",
)
MOST_LINES_OF_A_MODULE = 500
MOST_LINES_OF_A_FUNCTION = 60
PATH_OF_A_MACHINE = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/\w+")

pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").exists(), reason="there is no source tree around the tests"
)


def run(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked_files() -> list[Path]:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("the tree is not a git checkout")
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = (ROOT / name for name in listing.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize(
    "linter",
    [
        ("-m", "ruff", "check"),
        ("-m", "ruff", "format", "--check"),
        ("-m", "mypy"),
        LINT_IMPORTS,
    ],
    ids=["ruff check", "ruff format", "mypy --strict", "import-linter"],
)
def test_the_tree_is_clean(linter: tuple[str, ...]) -> None:
    result = run(*linter)
    assert result.returncode == 0, result.stdout + result.stderr


def test_mypy_is_strict_about_the_whole_package() -> None:
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "strict = true" in settings
    assert 'packages = ["flowopt"]' in settings


# ---- the layers are not a dead letter: on a copy of the tree with empty modules, each contract
# passes, and is broken by the one import that is written into it


@pytest.fixture
def empty_copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module in MODULES:
        copy = tmp_path / module.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.touch()
    return tmp_path


def broken_contracts(folder: Path) -> list[str]:
    result = run(*LINT_IMPORTS, folder=folder)
    assert "Contracts: " in result.stdout, result.stdout + result.stderr
    return re.findall(r"^(.+) BROKEN$", result.stdout, flags=re.MULTILINE)


def test_no_contract_is_broken_by_modules_that_import_nothing(empty_copy: Path) -> None:
    assert broken_contracts(empty_copy) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("core/status.py", "import flowopt.network"),
        ("core/status.py", "import flowopt.parallel"),
        ("network/__init__.py", "from flowopt.flow import problem"),
        ("flow/__init__.py", "import flowopt.routing"),
        ("inventory/__init__.py", "import flowopt.flow"),
        ("kpi/__init__.py", "import flowopt.io"),
        ("solvers/__init__.py", "import flowopt.parallel"),
        ("planning/__init__.py", "def later():\n    import flowopt.report"),
    ],
)
def test_an_import_that_goes_up_or_sideways_is_caught(
    empty_copy: Path, module: str, line: str
) -> None:
    (empty_copy / "flowopt" / module).write_text(f"{line}\n", encoding="utf-8")
    assert broken_contracts(empty_copy) == ["imports go down only"]


def test_a_new_room_without_a_layer_is_caught(empty_copy: Path) -> None:
    (empty_copy / "flowopt" / "attic.py").touch()
    assert broken_contracts(empty_copy) == ["imports go down only"]


@pytest.mark.parametrize("room", ["flow", "inventory.replenishment", "routing"])
@pytest.mark.parametrize(
    "line",
    [
        "import ortools.sat.python.cp_model",
        "import highspy",
        "def later():\n    import pulp",
        "import flowopt.solvers",
        "import flowopt.{room}.engines",
        "import flowopt.{room}.helper",
    ],
)
def test_a_check_that_reaches_a_solver_is_caught(empty_copy: Path, room: str, line: str) -> None:
    folder = (empty_copy / "flowopt").joinpath(*room.split("."))
    (folder / "check.py").write_text(line.format(room=room) + "\n", encoding="utf-8")
    (folder / "helper.py").write_text("import ortools\n", encoding="utf-8")
    assert broken_contracts(empty_copy) == ["a check imports no solver and no engine"]


# ---- the house rules


def test_no_module_is_long() -> None:
    lengths = {place(m): len(m.read_text(encoding="utf-8").splitlines()) for m in MODULES}
    assert not {m: n for m, n in lengths.items() if n > MOST_LINES_OF_A_MODULE}


def test_no_function_is_long_but_the_kernels() -> None:
    long = {}
    for module in MODULES:
        if "kernels" in module.parts:
            continue
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = code_lines(node)
                if lines > MOST_LINES_OF_A_FUNCTION:
                    long[f"{place(module)}:{node.lineno} {node.name}"] = lines
    assert not long


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the length of a function without its docstring."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        assert first.end_lineno is not None
        lines -= first.end_lineno - first.lineno + 1
    return lines


def test_the_library_prints_nothing() -> None:
    prints = [
        f"{place(module)}:{node.lineno}"
        for module in MODULES
        if module != PACKAGE / "cli.py"
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert not prints


def test_no_tracked_file_names_a_path_of_a_machine() -> None:
    here = {str(ROOT), str(Path.home())} - {"/"}
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        places = [p for p in here if p in text] + PATH_OF_A_MACHINE.findall(text)
        found += [f"{place(path)}: {name}" for name in places]
    assert not found


def test_nothing_that_a_build_makes_is_tracked() -> None:
    made = {"__pycache__", ".venv", "dist", "build", "site", "flowopt-demo", "flowopt-plan"}
    assert not [place(p) for p in tracked_files() if made & set(p.relative_to(ROOT).parts)]


def test_ci_runs_the_test_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    line = "python3 -m venv .venv && . .venv/bin/activate && pip install {} && {}"
    assert line.format(".", "flowopt demo") in readme.splitlines()
    assert line.format("-e '.[test]'", "pytest") in readme.splitlines()
    assert "pip install -e '.[test]' && pytest" in (ROOT / ".ci/run").read_text(encoding="utf-8")
