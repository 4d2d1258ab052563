from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from flowopt.core import Failure
from flowopt.flow import FlowProblem
from flowopt.io.dimacs import FlowInstance, format_dimacs
from flowopt.io.reader import read_instance

FaultsOf = Callable[..., list[Failure]]
Write = Callable[[str, str | bytes], Path]


@pytest.mark.parametrize("name", ["tiny.min", "tiny.min.gz"])
def test_every_part_of_a_file_is_read(write: Write, tiny_min: str, name: str) -> None:
    data = gzip.compress(tiny_min.encode()) if name.endswith("gz") else tiny_min
    instance = read_instance(write(name, data))
    assert isinstance(instance, FlowInstance)
    assert instance.name == "tiny"
    assert instance.supply.tolist() == [4, 0, 0, -4]
    assert instance.source.tolist() == [0, 0, 1, 1, 2]
    assert instance.target.tolist() == [1, 2, 2, 3, 3]
    assert instance.min_flow.tolist() == [0] * 5
    assert instance.capacity.tolist() == [4, 2, 2, 3, 5]
    assert instance.unit_cost.tolist() == [2, 2, 1, 3, 1]


def test_blank_and_indented_lines_and_comments_between_are_read(
    write: Write, tiny_min: str
) -> None:
    text = tiny_min.replace("a 2 3", "\nc between\nc\n\t a 2 3")
    assert len(read_instance(write("tiny.min", text)).source) == 5


def test_a_problem_without_arcs_or_supplies_is_read(write: Write) -> None:
    instance = read_instance(write("none.min", "p min 2 0\n"))
    assert isinstance(instance, FlowInstance)
    assert instance.supply.tolist() == [0, 0]
    assert len(instance.source) == 0


TINY_ARCS = "a 1 2 0 4 2\na 1 3 0 2 2\na 2 3 0 2 1\na 2 4 0 3 3\na 3 4 0 5 1\n"

FAULTS = {
    "no problem line": ("p min 4 5\n", "", "problem_line", None),
    "two problem lines": ("n 1 4", "p min 4 5\nn 1 4", "problem_line", 3),
    "a maximum flow": ("p min", "p max", "problem_line", 2),
    "a problem line cut off": ("p min 4 5", "p min 4", "problem_line", 2),
    "no number of nodes": ("p min 4 5", "p min four 5", "not_a_number", 2),
    "a negative number of arcs": ("p min 4 5", "p min 4 -5", "problem_line", 2),
    "far too many nodes": ("p min 4", "p min 4000000000000", "problem_line", 2),
    "an arc too few": ("a 3 4 0 5 1\n", "", "wrong_count", 2),
    "an arc too many": ("a 3 4 0 5 1\n", "a 3 4 0 5 1\n" * 2, "wrong_count", 2),
    "an arc cut off": ("a 3 4 0 5 1\n", "a 3 4 0", "wrong_width", 9),
    "an arc too wide": ("a 3 4 0 5 1\n", "a 3 4 0 5 1 7\n", "wrong_width", 9),
    "arcs without a number": (TINY_ARCS, "a\na\na\na\na\n", "wrong_width", 5),
    "every arc too wide": (" 0 ", " 0 0 ", "wrong_width", 5),
    "a word for a cost": ("a 1 2 0 4 2", "a 1 2 0 4 two", "not_a_number", 5),
    "a number beyond floats": ("a 1 2 0 4 2", "a 1 2 0 4 1e400", "not_a_number", 5),
    "a number beyond whole floats": ("a 1 2 0 4 2", f"a 1 2 0 {2**70} 2", "not_a_number", 5),
    "NaN": ("a 1 2 0 4 2", "a 1 2 0 4 nan", "not_a_number", 5),
    "an arc to no node": ("a 3 4 0 5 1", "a 3 5 0 5 1", "unknown_node", 9),
    "an arc from node 0": ("a 3 4 0 5 1", "a 0 4 0 5 1", "unknown_node", 9),
    "an arc from half a node": ("a 3 4 0 5 1", "a 2.5 4 0 5 1", "unknown_node", 9),
    "a supply of no node": ("n 4 -4", "n 9 -4", "unknown_node", 4),
    "a node twice": ("n 4 -4", "n 1 -4", "duplicate_node", 4),
    "supplies that do not balance": ("n 4 -4", "n 4 -3", "unbalanced", None),
    "a negative lower bound": ("a 1 2 0 4 2", "a 1 2 -1 4 2", "negative", 5),
    "a negative capacity": ("a 1 2 0 4 2", "a 1 2 0 -4 2", "out_of_range", 5),
    "a capacity below the lower bound": ("a 1 2 0 4 2", "a 1 2 5 4 2", "out_of_range", 5),
    "a line of no kind": ("n 4 -4", "n 4 -4\nz 1 2", "unknown_line", 5),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_line(faults_of: FaultsOf, tiny_min: str, name: str) -> None:
    old, new, code, line = FAULTS[name]
    assert old in tiny_min
    faults = faults_of(tiny_min.replace(old, new), "tiny.min")
    found = [fault for fault in faults if fault.code == code]
    assert found, faults
    assert (found[0].table, found[0].row) == ("tiny.min", line)
    assert found[0].fix


def test_all_faults_of_a_file_are_listed_at_once(faults_of: FaultsOf, tiny_min: str) -> None:
    text = tiny_min.replace("n 4 -4", "n 4 -5").replace("a 2 3 0", "a 2 7 -1")
    text = text.replace("a 3 4 0 5 1", "a 3 4 0 5 one")
    codes = [fault.code for fault in faults_of(text, "tiny.min")]
    assert codes == ["not_a_number", "unbalanced", "unknown_node", "negative"]


def test_an_undirected_lane_is_written_the_way_it_is_used() -> None:
    problem = FlowProblem.from_arrays(
        [0, 1], [1, 2], undirected=True, unit_cost=2, supply=[0, 0, 5], demand=[3, 0, 0]
    )
    assert format_dimacs(problem.solve()) == "s 12\nf 2 1 3\nf 3 2 3\n"
