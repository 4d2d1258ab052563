"""The examples of the README and of the documentation run, and its pages are current."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import flowopt
from flowopt.cli import _parser

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS

pytestmark = pytest.mark.skipif(
    not DOCS.exists(), reason="there is no source tree around the tests"
)


def blocks(text: str, language: str) -> list[tuple[int, str]]:
    """Return the line number and the text of each fenced block of a language."""
    found = [match for match in FENCED.finditer(text) if match[1] == language]
    return [(text.count("\n", 0, match.start(2)), match[2]) for match in found]


def examples(page: Path) -> doctest.DocTest:
    """Return the Python blocks of a page as one doctest, in which one block follows another."""
    parser = doctest.DocTestParser()
    every = []
    for line, block in blocks(page.read_text(encoding="utf-8"), "python"):
        found = parser.get_examples(block)
        assert found, f"{page.name}, line {line}: a block of Python without >>> is not run"
        for example in found:
            example.lineno += line
        every += found
    return doctest.DocTest(every, {}, page.name, str(page), 0, None)


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_the_examples_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # an example may write files
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=OPTIONS).run(examples(page), out=said.append)
    assert result.failed == 0, "".join(said)


def test_an_example_that_lies_is_caught(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One\n\n```python\n>>> 1 + 1\n3\n```\n", encoding="utf-8")
    result = doctest.DocTestRunner().run(examples(page), out=lambda text: None)
    assert (result.failed, result.attempted) == (1, 1)


COMMANDS = [
    pytest.param(line[2:], id=f"{page.name}: {line[2:]}")
    for page in PAGES
    for _, block in blocks(page.read_text(encoding="utf-8"), "console")
    for line in block.splitlines()
    if line.startswith("$ ")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_a_page_can_be_given(command: str) -> None:
    program, *words = shlex.split(command)
    assert program == "flowopt"
    assert _parser().parse_args(words)


def test_the_page_of_the_input_tables_is_current() -> None:
    result = subprocess.run(
        [sys.executable, str(DOCS / "make_tables.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_every_public_name_is_in_the_reference() -> None:
    text = (DOCS / "reference.md").read_text(encoding="utf-8")
    wanted = {f"::: {home}.{name}" for name, home in flowopt._HOME.items()}
    assert wanted <= set(text.splitlines())


def test_every_page_is_in_the_navigation() -> None:
    listed = re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    there = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")]
    assert sorted(listed) == sorted(there)


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None, reason="needs pip install '.[docs]'"
)
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "site" / "index.html").exists()
