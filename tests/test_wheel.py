"""What is shipped: the package whole, with its data, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import flowopt

ROOT = Path(__file__).parents[1]
SHIPPED = {".py", ".typed", ".csv", ".html", ".css", ".js", ".json", ".svg"}

pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").exists(), reason="there is no source tree around the tests"
)


def build(target: str, folder: Path) -> Path:
    result = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return zipfile.ZipFile(build("wheel", tmp_path_factory.mktemp("wheel")))


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    package = {name for name in wheel.namelist() if ".dist-info/" not in name}
    on_disk = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "flowopt").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert package == on_disk
    assert {Path(name).suffix for name in package} <= SHIPPED


def test_the_wheel_is_typed_and_ships_the_demo_and_the_page_of_the_report(
    wheel: zipfile.ZipFile,
) -> None:
    names = wheel.namelist()
    assert "flowopt/py.typed" in names
    tables = {Path(name).stem for name in names if name.startswith("flowopt/demo/")}
    assert {"sites", "lanes", "demand"} <= tables
    assert any(name.startswith("flowopt/report/") and name.endswith(".html") for name in names)


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
    data = HeaderParser().parsestr(wheel.read(name).decode())
    assert data["Name"] == "flowopt"
    assert data["Version"] == flowopt.__version__
    assert data["License-Expression"] == "MIT"
    assert data["Requires-Python"] == ">=3.11"
    extras = {"test", "bench", "docs", "forecast", "maps", "dask"}
    assert set(data.get_all("Provides-Extra")) == extras


def test_highs_is_pinned_to_the_releases_that_answer_right_beside_ortools(
    wheel: zipfile.ZipFile,
) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
    needs = HeaderParser().parsestr(wheel.read(name).decode()).get_all("Requires-Dist")
    (pin,) = [need for need in needs if need.startswith("highspy")]
    assert pin in ("highspy<1.14,>=1.11", "highspy>=1.11,<1.14")


def test_the_source_distribution_can_be_tested(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    wanted = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "tests/test_import.py"}
    assert wanted <= names
    assert not [name for name in names if ".venv" in name or "__pycache__" in name]
