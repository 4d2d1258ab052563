from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from flowopt.flow.design import DesignProblem

FloatArray = npt.NDArray[np.float64]


@pytest.fixture
def instances() -> Path:
    """The folder of published instances, which is not part of the repository."""
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if not folder:
        pytest.skip("FLOWOPT_INSTANCES does not name the folder of published instances")
    return Path(folder) / "flow"


@pytest.fixture(params=["highs", "cbc"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine that proves its answer in turn."""
    return str(request.param)


@pytest.fixture
def pair() -> DesignProblem:
    """Two places for a depot and two shops: north is near one shop, south near the other."""
    return DesignProblem.from_arrays(
        [0, 0, 1, 1],
        [2, 3, 2, 3],
        site_id=["north", "south", "shop", "market"],
        unit_cost=[1.0, 4.0, 5.0, 2.0],
        distance=[10.0, 40.0, 50.0, 20.0],
        lead_time=[1.0, 4.0, 5.0, 2.0],
        emissions=[0.5, 2.0, 2.5, 1.0],
        demand=[0, 0, 10, 20],
        site_fixed_cost=[30, 50, 0, 0],
    )


@pytest.fixture
def located() -> Callable[..., DesignProblem]:
    """Make a problem of (I, J) costs of a unit from places to customers."""
    return locate


def locate(unit_cost: Any, fixed_cost: Any, demand: Any, **columns: Any) -> DesignProblem:
    cost = np.asarray(unit_cost, dtype=float)
    places, customers = cost.shape
    source = np.repeat(np.arange(places), customers)
    target = places + np.tile(np.arange(customers), places)
    nothing = np.zeros(customers)
    capacity = columns.pop("capacity", None)
    if capacity is not None:
        columns["site_capacity"] = np.concatenate([capacity, np.full(customers, np.inf)])
    return DesignProblem.from_arrays(
        source,
        target,
        unit_cost=cost.ravel(),
        demand=np.concatenate([np.zeros(places), demand]),
        site_fixed_cost=np.concatenate([np.broadcast_to(fixed_cost, places), nothing]),
        **columns,
    )


# ---- readers of published formats


@pytest.fixture
def read_cap(instances: Path) -> Callable[..., DesignProblem]:
    """Read a problem of the OR-Library; its optima are those without capacities."""

    def _read(name: str) -> DesignProblem:
        folder = "a-c" if name[3:].isalpha() else f"{int(name[3:]) // 10 * 10}"
        path = instances / "orlib_cap" / "data" / "beasley-cap" / folder / f"{name}.txt"
        words = path.read_text().replace("capacity", "0").split()
        places, customers = int(words[0]), int(words[1])
        numbers = np.array(words[2:], dtype=float)
        fixed = numbers[: 2 * places].reshape(places, 2)[:, 1]
        rows = numbers[2 * places :].reshape(customers, places + 1)
        demand = np.where(rows[:, 0] > 0, rows[:, 0], 1.0)
        return locate(rows[:, 1:].T / demand, fixed, demand)

    return _read


@pytest.fixture
def read_single_source(instances: Path) -> Callable[[int], DesignProblem]:
    """Read a problem of Holmberg, Rönnqvist and Yuan: capacities, each customer from one place."""

    def _read(number: int) -> DesignProblem:
        folder = instances / "sscflp" / "Facility-Location" / "SSCFLP" / "formatted" / "Lib_2"
        words = (folder / f"p{number}").read_text().split()
        places, customers = int(words[0]), int(words[1])
        numbers = np.array(words[2:], dtype=float)
        capacity, fixed = numbers[:places], numbers[places : 2 * places]
        demand = numbers[2 * places : 2 * places + customers]
        cost = numbers[2 * places + customers :].reshape(customers, places).T
        single = np.arange(places + customers) >= places
        return locate(cost / demand, fixed, demand, capacity=capacity, single_source=single)

    return _read


@pytest.fixture
def read_canad(instances: Path) -> Callable[[str], DesignProblem]:
    """Read a fixed-charge multi-commodity problem in the ``.dow`` format of the Canad set."""

    def _read(name: str) -> DesignProblem:
        folder = instances / "canad_cmnd" / "instances" / name[0].upper()
        with gzip.open(folder / f"{name}.dow.gz", "rt") as file:
            words = file.read().split("\n", 1)[1].split()
        nodes, arcs, commodities = map(int, words[:3])
        numbers = np.array(words[3:], dtype=float)
        arc = numbers[: 7 * arcs].reshape(arcs, 7)
        rows = numbers[7 * arcs :].reshape(commodities, 3)
        supply, demand = np.zeros((nodes, commodities)), np.zeros((nodes, commodities))
        for place, (origin, destination, amount) in enumerate(rows):
            supply[int(origin) - 1, place] = amount
            demand[int(destination) - 1, place] = amount
        return DesignProblem.from_arrays(
            arc[:, 0].astype(int) - 1,
            arc[:, 1].astype(int) - 1,
            unit_cost=arc[:, 2],
            capacity=arc[:, 3],
            fixed_cost=arc[:, 4],
            supply=supply,
            demand=demand,
        )

    return _read


@pytest.fixture
def read_fixed_charge(instances: Path) -> Callable[[str], DesignProblem]:
    """Read a single-commodity fixed-charge problem of the FCNetLib, as GAMS writes it."""

    def _read(name: str) -> DesignProblem:
        folder = instances / "fcnetlib" / "FCNetLib" / "includes"
        with gzip.open(folder / f"{name}.inc.gz", "rt") as file:
            text = file.read()
        costs = {kind: _entries(text, kind) for kind in ("vcost", "fcost")}
        lanes = sorted({*costs["vcost"], *costs["fcost"]})
        demand = {key[0]: value for key, value in _entries(text, "demand").items()}
        size = max(max(max(lane[:2]) for lane in lanes), *demand) + 1
        wanted = np.array([demand.get(node, 0.0) for node in range(size)])
        return DesignProblem.from_arrays(
            [lane[0] for lane in lanes],
            [lane[1] for lane in lanes],
            unit_cost=[costs["vcost"].get(lane, 0.0) for lane in lanes],
            fixed_cost=[costs["fcost"].get(lane, 0.0) for lane in lanes],
            demand=np.maximum(wanted, 0.0),
            supply=np.maximum(-wanted, 0.0),
        )

    return _read


def _entries(text: str, parameter: str) -> dict[tuple[int, ...], float]:
    """Return the entries of a parameter of GAMS, keyed by the numbers of its elements."""
    found = re.search(rf"Parameter {parameter}\(.*?/\s*\n(.*?)\n/", text, flags=re.DOTALL)
    entries = {}
    for line in found[1].splitlines() if found else ():
        *keys, value = line.split()
        if keys:
            entries[tuple(int(key[1:]) for key in keys)] = float(value)
    return entries
