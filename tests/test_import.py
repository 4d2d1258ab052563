"""`import flowopt` is quick, silent, and offers every public name."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

import flowopt

HEAVY = (
    "numpy",
    "scipy",
    "pandas",
    "polars",
    "pyarrow",
    "narwhals",
    "networkx",
    "ortools",
    "pulp",
    "highspy",
    "numba",
    "joblib",
    "tqdm",
    "jinja2",
    "matplotlib",
    "asyncio",
)
PUBLIC = sorted(set(flowopt.__all__) - {"__version__"})
ROOMS = sorted({home for home in flowopt._HOME.values() if home != "flowopt.core"})


def in_a_new_process(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert not result.stderr
    return result.stdout


def test_importing_flowopt_imports_nothing_heavy() -> None:
    code = "import sys, json, flowopt; print(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(in_a_new_process(code)))
    assert not loaded & set(HEAVY)
    assert {name for name in loaded if name.startswith("flowopt")} == {"flowopt"}


@pytest.mark.parametrize("room", ROOMS)
def test_importing_a_room_loads_no_solver_and_no_chart(room: str) -> None:
    code = f"import sys, json, {room}; print(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(in_a_new_process(code)))
    assert not loaded & {"ortools", "pulp", "highspy", "numba", "matplotlib", "pandas", "joblib"}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_resolves_to_what_its_room_offers(name: str) -> None:
    assert getattr(flowopt, name) is getattr(importlib.import_module(flowopt._HOME[name]), name)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_documented(name: str) -> None:
    assert inspect.getdoc(getattr(flowopt, name))


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_has_an_example_but_for_errors(name: str) -> None:
    thing = getattr(flowopt, name)
    members = vars(thing).values() if inspect.isclass(thing) else ()
    functions = [getattr(member, "__func__", member) for member in members]
    texts = [inspect.getdoc(each) or "" for each in (thing, *functions)]
    is_error = inspect.isclass(thing) and issubclass(thing, Exception)
    assert is_error or any(">>> " in text for text in texts)


def test_dir_lists_every_public_name_before_its_first_use() -> None:
    code = "import flowopt, json; print(json.dumps([dir(flowopt), flowopt.__all__]))"
    listed, public = json.loads(in_a_new_process(code))
    assert set(public) <= set(listed)


def test_an_unknown_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="'flowopt' has no attribute 'Rooting'"):
        _ = flowopt.Rooting


def test_type_checkers_see_the_same_names_at_the_same_home() -> None:
    source = Path(flowopt.__file__).read_text(encoding="utf-8")
    guarded = next(
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    seen = {
        alias.asname: node.module
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == alias.asname
    }
    assert seen == flowopt._HOME


def test_flowopt_is_silent_until_logging_is_set_up() -> None:
    handlers = logging.getLogger("flowopt").handlers
    assert any(isinstance(handler, logging.NullHandler) for handler in handlers)


@pytest.mark.parametrize("first", ["ortools", "highs"])
def test_ortools_and_highs_live_in_one_process_in_either_order(first: str) -> None:
    lines = ["from ortools.graph.python import min_cost_flow", "import highspy, pulp"]
    if first == "highs":
        lines.reverse()
    quiet = "import warnings; warnings.simplefilter('ignore')"
    in_a_new_process("\n".join([quiet, *lines, "highspy.Highs()"]))
