"""A network goes into JSON text and comes back."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from flowopt.core.errors import FlowoptWarning, ValidationError
from flowopt.network import Network

Tables = dict[str, dict[str, list[Any]]]


def strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def fault_of(text: Any) -> Any:
    with pytest.raises(ValidationError) as error:
        Network.from_json(text)
    assert len(error.value.failures) == 1, error.value
    return error.value.failures[0]


def test_a_network_comes_back_as_it_was(network: Network) -> None:
    text = network.to_json()
    again = Network.from_json(text)
    assert again.fingerprint == network.fingerprint
    assert again.to_json() == text


def test_the_text_is_strict_json(network: Network) -> None:
    lanes = strict(network.to_json())["tables"]["lanes"]
    assert lanes["capacity"] == [50, "inf", "inf", 20]
    assert lanes["unit_cost"] == [5, None, None, 9]


def test_whole_numbers_stay_ids_and_own_columns_stay_numbers() -> None:
    own = {"share": [math.inf, 0.5], "word": ["inf", "x"], "open": [True, False]}
    with pytest.warns(FlowoptWarning, match="share"):
        network = Network.from_frames(
            {"id": [7, 8], "kind": ["plant", "customer"], **own}, {"source": [], "target": []}
        )
    with pytest.warns(FlowoptWarning, match="share"):
        again = Network.from_json(network.to_json())
    assert again.sites["id"].tolist() == [7, 8]
    assert {name: again.sites.extras[name].tolist() for name in own} == own


def test_moments_of_the_caller_s_own_are_written_as_text() -> None:
    since = np.array(["2024-01-31"], dtype="datetime64[ns]")
    with pytest.warns(FlowoptWarning, match="since"):
        network = Network.from_frames(
            {"id": ["a"], "kind": ["plant"], "since": since}, {"source": [], "target": []}
        )
    assert strict(network.to_json())["tables"]["sites"]["since"][0].startswith("2024-01-31")


def test_tables_may_be_written_by_hand_as_rows() -> None:
    sites = [{"id": "a", "kind": "plant", "supply": "inf"}, {"id": "b", "kind": "customer"}]
    lanes = [{"source": "a", "target": "b", "distance": 3}]
    network = Network.from_json(json.dumps({"tables": {"sites": sites, "lanes": lanes}}))
    assert network.sites["supply"].tolist() == [math.inf, 0]


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"tables": 3}', "null", None, "[" * 100_000])
def test_text_that_is_no_network_is_refused(text: Any) -> None:
    assert fault_of(text).code == "unreadable_json"


def test_nan_is_no_json(network: Network) -> None:
    text = network.to_json().replace("null", "NaN", 1)
    assert "NaN is not JSON" in fault_of(text).message


def test_a_later_version_is_refused(network: Network) -> None:
    assert fault_of(network.to_json().replace('"version": 1', '"version": 2')).code == (
        "unreadable_json"
    )


def test_an_unknown_table_is_named(network: Network) -> None:
    document = strict(network.to_json())
    document["tables"]["sights"] = {}
    fault = fault_of(json.dumps(document))
    assert (fault.code, fault.column) == ("unknown_table", "sights")


def test_a_missing_table_is_named(network: Network) -> None:
    document = strict(network.to_json())
    del document["tables"]["sites"]
    fault = fault_of(json.dumps(document))
    assert (fault.code, fault.table) == ("missing_table", "sites")


@pytest.mark.parametrize("table", [3, "x", {"id": "a"}, {"id": [["a"]], "kind": ["plant"]}, [3]])
def test_a_table_of_another_shape_is_refused(network: Network, table: Any) -> None:
    document = strict(network.to_json())
    document["tables"]["sites"] = table
    with pytest.raises(ValidationError):
        Network.from_json(json.dumps(document))


def test_a_huge_number_is_refused_and_does_not_crash(network: Network) -> None:
    document = strict(network.to_json())
    document["tables"]["demand"]["demand"] = [10**400, 1, 1]
    assert fault_of(json.dumps(document)).column == "demand"


def test_a_number_too_large_for_a_float_is_refused():
    text = Network.from_frames(
        sites={"id": ["a", "b"], "kind": ["plant", "customer"], "supply": [7, 0]},
        lanes={"source": ["a"], "target": ["b"], "distance": [1.0]},
    ).to_json()
    with pytest.raises(ValidationError, match="is too large"):
        Network.from_json(text.replace("7.0", "7e999"))
