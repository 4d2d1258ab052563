"""A network goes into a folder and comes back; what is wrong with the files is said at once."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.core.errors import FlowoptWarning, ValidationError
from flowopt.network import Network

Tables = dict[str, dict[str, list[Any]]]
NAMES = ("sites", "lanes", "demand", "commodities", "modes", "stock")


def faults_of_reading(folder: Any) -> list[tuple[str, str | None, int | None, str]]:
    with pytest.raises(ValidationError) as error:
        Network.read(folder)
    assert all(fault.fix for fault in error.value.failures)
    return [(f.table, f.column, f.row, f.code) for f in error.value.failures]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_network_comes_back_as_it_was(network: Network, tmp_path: Path, suffix: Any) -> None:
    network.write(tmp_path / "new" / "folder", suffix)
    written = sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert written == sorted(f"{name}.{suffix}" for name in NAMES)
    assert Network.read(str(tmp_path / "new" / "folder")).fingerprint == network.fingerprint


def test_what_was_blank_in_a_lane_is_still_blank_in_the_file(
    network: Network, tmp_path: Path
) -> None:
    network.write(tmp_path)
    lines = (tmp_path / "lanes.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("source,target,mode,unit_cost,capacity,")
    assert lines[2].startswith("Lille,Paris,rail,,inf,")


def test_a_network_without_lanes_or_demand_comes_back_too(tmp_path: Path) -> None:
    lonely = Network.from_frames({"id": ["a"], "kind": ["plant"]}, {"source": [], "target": []})
    for suffix in ("csv", "parquet"):
        lonely.write(tmp_path / suffix, suffix)  # type: ignore[arg-type]
        assert Network.read(tmp_path / suffix).fingerprint == lonely.fingerprint


def test_numbers_and_codes_of_the_caller_s_own_come_back_as_they_were(tmp_path: Path) -> None:
    own = {
        "people": [12, -4],
        "share": [0.1, 1e-12],
        "most": [np.inf, 2.5],
        "post_code": ["01000", "75001"],
        "note": ["=SUM(A1)", "'-x', \"é\"\nnew line"],
    }
    with pytest.warns(FlowoptWarning, match="post_code"):
        network = Network.from_frames(
            {"id": ["007", "-1"], "kind": ["plant", "customer"], **own},
            {"source": ["007"], "target": ["-1"], "distance": [1 / 3]},
        )
    for suffix in ("csv", "parquet"):
        network.write(tmp_path / suffix, suffix)  # type: ignore[arg-type]
        with pytest.warns(FlowoptWarning, match="post_code"):
            again = Network.read(tmp_path / suffix)
        assert again.sites["id"].tolist() == ["007", "-1"]
        assert {name: again.sites.extras[name].tolist() for name in own} == own
        assert again.sites.extras["people"].dtype.kind == "i"
        assert again.lanes["distance"][0] == 1 / 3


TEXTS = st.text(string.ascii_letters + string.digits + "=+-@'\",;éß→ ", min_size=1, max_size=5)
IDS = TEXTS.map(str.strip).filter(bool)


@settings(max_examples=12, deadline=None)
@given(data=st.data(), suffix=st.sampled_from(["csv", "parquet"]))
def test_any_network_comes_back_as_it_was(
    data: st.DataObject, suffix: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ids = data.draw(st.lists(IDS, min_size=2, max_size=4, unique=True))
    amounts = st.floats(0, 1e15)
    lists = lambda cells: st.lists(cells, min_size=len(ids), max_size=len(ids))  # noqa: E731
    network = Network.from_frames(
        {
            "id": ids,
            "kind": ["customer"] * len(ids),
            "name": data.draw(lists(TEXTS.map(str.strip))),
            "supply": data.draw(lists(amounts | st.just(np.inf))),
            "lat": data.draw(lists(st.floats(-90, 90))),
            "lon": data.draw(lists(st.floats(-180, 180))),
        },
        {
            "source": ids[:-1],
            "target": ids[1:],
            "unit_cost": data.draw(lists(amounts | st.none()))[1:],
            "mode": data.draw(lists(IDS))[1:],
        },
        {"site": ids, "demand": data.draw(lists(amounts))},
    )
    folder = tmp_path_factory.mktemp("network")
    network.write(folder, suffix)
    assert Network.read(folder).fingerprint == network.fingerprint


def test_files_in_the_way_of_spreadsheets_are_understood(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_bytes(
        "\ufeffid;kind;lat;lon;tw_early;\r\nOrléans;plant;47.9;1.9;08:00;\r\n".encode()
        + b"Tours;customer;47.4;0.7;;\r\n"
    )
    (tmp_path / "lanes.csv").write_text("source, target\nOrléans, Tours\n", encoding="utf-8")
    (tmp_path / "vehicle_types.csv").write_text("anything", encoding="utf-8")
    network = Network.read(tmp_path)
    assert network.sites["id"].tolist() == ["Orléans", "Tours"]
    assert network.sites["tw_early"].tolist() == [28800, 0]


# ---- what is wrong


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert faults_of_reading(tmp_path / "no") == [("folder", None, None, "missing_folder")]
    (tmp_path / "file").touch()
    assert faults_of_reading(tmp_path / "file") == [("folder", None, None, "missing_folder")]


def test_missing_files_are_named_together(tmp_path: Path) -> None:
    assert faults_of_reading(tmp_path) == [
        ("sites", None, None, "missing_file"),
        ("lanes", None, None, "missing_file"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\n", "the file is empty"),
        (b"PK\x03\x04\x00\x00", "not a text file"),
        ("id;kind\nOrléans;plant\n".encode("latin-1"), "can't decode"),
        (b'id,kind\n"Paris,plant\n', "EOF inside string"),
        (b"id,kind\nParis,plant,9\nLyon,plant,8\n", "Expected 2 fields"),
        (b"id,kind,kind\nParis,plant,plant\n", "column kind stands twice"),
        (b"id,kind,\nParis,plant,8\n", "column 3 has no name"),
    ],
)
def test_a_file_that_cannot_be_read_is_the_only_fault(
    network: Network, tmp_path: Path, content: bytes, reason: str
) -> None:
    network.write(tmp_path)
    (tmp_path / "sites.csv").write_bytes(content)
    with pytest.raises(ValidationError, match=reason) as error:
        Network.read(tmp_path)
    assert len(error.value.failures) == 1
    assert "sites.csv" in str(error.value)


def test_a_parquet_file_that_is_none_is_named(network: Network, tmp_path: Path) -> None:
    network.write(tmp_path, "parquet")
    (tmp_path / "lanes.parquet").write_text("source,target", encoding="utf-8")
    assert faults_of_reading(tmp_path) == [("lanes", None, None, "unreadable_file")]


def test_a_file_of_another_format_is_named(network: Network, tmp_path: Path) -> None:
    network.write(tmp_path)
    (tmp_path / "demand.csv").rename(tmp_path / "Demand.xlsx")
    assert faults_of_reading(tmp_path) == [("demand", None, None, "unknown_format")]


def test_a_table_in_two_files_is_refused(network: Network, tmp_path: Path) -> None:
    network.write(tmp_path)
    (tmp_path / "sites.parquet").touch()
    assert faults_of_reading(tmp_path) == [("sites", None, None, "ambiguous")]


def test_faults_of_files_and_of_cells_come_in_one_error(network: Network, tmp_path: Path) -> None:
    network.write(tmp_path)
    (tmp_path / "modes.csv").write_bytes(b"")
    lanes = (tmp_path / "lanes.csv").read_text(encoding="utf-8").replace("50.0", "minus one")
    (tmp_path / "lanes.csv").write_text(lanes, encoding="utf-8")
    demand = (tmp_path / "demand.csv").read_text(encoding="utf-8").replace("Nice", "Brest")
    (tmp_path / "demand.csv").write_text(demand, encoding="utf-8")
    assert faults_of_reading(tmp_path) == [
        ("modes", None, None, "unreadable_file"),
        ("lanes", "capacity", 2, "wrong_type"),
        ("demand", "site", 4, "unknown_id"),
    ]


def test_a_table_of_nothing_but_its_header_is_a_table(network: Network, tmp_path: Path) -> None:
    network.write(tmp_path)
    (tmp_path / "stock.csv").write_text("site,commodity,on_hand\n", encoding="utf-8")
    assert Network.read(tmp_path).stock.num_rows == 0
    (tmp_path / "sites.csv").write_text("id,kind\n", encoding="utf-8")
    assert ("sites", None, None, "empty_table") in faults_of_reading(tmp_path)


def test_writing_refuses_what_could_not_be_read_again(network: Network, tmp_path: Path) -> None:
    network.write(tmp_path)
    network.write(tmp_path)
    with pytest.raises(ValidationError, match=r"sites\.csv holds that table too"):
        network.write(tmp_path, "parquet")
    with pytest.raises(ValidationError, match="xlsx"):
        network.write(tmp_path / "other", "xlsx")  # type: ignore[arg-type]
    assert not (tmp_path / "other").exists()
    with pytest.raises(ValidationError, match="is a file"):
        network.write(tmp_path / "sites.csv")
