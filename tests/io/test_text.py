from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from flowopt.core import Failure, ValidationError
from flowopt.io.reader import read_instance

FaultsOf = Callable[..., list[Failure]]
Write = Callable[[str, str | bytes], Path]


def only(faults: list[Failure]) -> Failure:
    assert len(faults) == 1, faults
    return faults[0]


def fault_of_path(path: Path) -> Failure:
    with pytest.raises(ValidationError) as caught:
        read_instance(path)
    return only(list(caught.value.failures))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    fault = fault_of_path(tmp_path / "gone.vrp")
    assert (fault.table, fault.message) == ("gone.vrp", "does not exist")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert fault_of_path(tmp_path).message == "is a folder, not a file"


def test_a_device_is_no_file() -> None:
    assert fault_of_path(Path(os.devnull)).message == "is not a regular file"


def test_a_path_with_a_nul_is_a_fault_and_not_a_crash() -> None:
    assert "cannot be read" in fault_of_path(Path("a\0b")).message


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file"
)
def test_a_file_that_may_not_be_read_says_so(write: Write, tiny_vrp: str) -> None:
    path = write("secret.vrp", tiny_vrp)
    path.chmod(0)
    assert "Permission denied" in fault_of_path(path).message


@pytest.mark.parametrize("content", ["", "  \n\n\t\n"], ids=["no byte", "blanks"])
@pytest.mark.parametrize("name", ["a.vrp", "a.txt", "a.min", "a"])
def test_an_empty_file_is_a_fault(faults_of: FaultsOf, name: str, content: str) -> None:
    assert only(faults_of(content, name)).message == "is empty"


@pytest.mark.parametrize("name", ["a.vrp", "a.txt", "a.min"])
def test_a_binary_file_is_a_fault(faults_of: FaultsOf, name: str) -> None:
    fault = only(faults_of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), name))
    assert fault.message == "is not a text file"


def test_a_gzipped_file_that_is_cut_off_is_a_fault(faults_of: FaultsOf, tiny_min: str) -> None:
    fault = only(faults_of(gzip.compress(tiny_min.encode())[:-12], "a.min.gz"))
    assert fault.message == "is a gzip file that is cut off or damaged"


def test_a_gzipped_file_that_is_damaged_is_a_fault(faults_of: FaultsOf, tiny_min: str) -> None:
    data = bytearray(gzip.compress(tiny_min.encode()))
    data[20:40] = bytes(20)
    assert only(faults_of(bytes(data), "a.min.gz")).code == "unreadable_file"


@pytest.mark.parametrize("name", ["tiny.vrp.gz", "tiny.vrp"])
def test_gzip_is_told_by_the_content(write: Write, tiny_vrp: str, name: str) -> None:
    assert read_instance(write(name, gzip.compress(tiny_vrp.encode()))).name == "tiny"


@pytest.mark.parametrize("end", ["\r\n", "\r"], ids=["Windows", "old Mac"])
def test_line_ends_of_other_systems_are_read(write: Write, tiny_vrp: str, end: str) -> None:
    path = write("tiny.vrp", tiny_vrp.replace("\n", end))
    assert len(read_instance(path).demand) == 3


def test_a_byte_order_mark_and_an_accent_in_latin_1_are_read(write: Write, tiny_vrp: str) -> None:
    assert read_instance(write("bom.vrp", b"\xef\xbb\xbf" + tiny_vrp.encode())).name == "tiny"
    accents = tiny_vrp.replace("two clients", "été").encode("latin-1")
    assert read_instance(write("latin.vrp", accents)).name == "tiny"


@pytest.mark.parametrize(
    ("content", "begins"),
    [
        ("hello world\nfoo bar\n", "'hello world'"),
        ('{"sites": []}', "sites"),
        ("2 4 50\n0 80\n", "'2 4 50'"),
        ("id,name,kind\n1,a,plant\n", "id,name,kind"),
    ],
    ids=["prose", "JSON", "numbers", "CSV"],
)
def test_a_file_of_another_format_is_named_with_what_can_be_read(
    faults_of: FaultsOf, content: str, begins: str
) -> None:
    fault = only(faults_of(content, "a.txt"))
    assert fault.code == "unknown_format"
    assert begins in fault.message
    assert "VRPLIB" in fault.fix


def test_a_solution_given_for_a_problem_is_told(faults_of: FaultsOf) -> None:
    assert "is a solution" in only(faults_of("Route #1: 1 2\nCost 3\n", "a.sol")).message


def test_a_file_full_of_faults_lists_a_hundred_and_says_that_there_are_more(
    faults_of: FaultsOf,
) -> None:
    faults = faults_of("p min 2 1\n" + "x\n" * 5000, "a.min")
    assert [fault.code for fault in faults[-2:]] == ["unknown_line", "too_many"]
    assert len(faults) == 101
