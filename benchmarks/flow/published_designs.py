"""Published problems of location and network design, and their known optima.

The files are not part of the repository; the environment variable ``FLOWOPT_INSTANCES`` names the
folder that has them.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np

from flowopt import DesignProblem

OPTIMA: dict[str, dict[str, float]] = {
    # Beasley: OR-Library, uncapacitated warehouse location
    "cap": {
        "cap71": 932615.750,
        "cap72": 977799.400,
        "cap73": 1010641.450,
        "cap101": 796648.437,
        "cap102": 854704.200,
        "cap104": 928941.750,
        "cap132": 851495.325,
        "cap134": 928941.750,
        "capa": 17156454.478,
        "capb": 12979071.582,
        "capc": 11505594.329,
    },
    # Crainic, Frangioni, Gendron: the Canad set of fixed-charge multi-commodity design
    "canad": {"c33": 423848, "c36": 643036, "r06.1": 245936},
    # Ortega, Wolsey (Networks 41, 2003): single-commodity fixed-charge networks
    "fixed_charge": {
        "sp100x200": 34507,
        "g40x132": 26629,
        "g50x170": 25576,
        "r20x100": 15603,
        "p50x288": 6134,
    },
}
"""Kind → name → least cost. Those of `read_single_source` stand beside its files."""


def locate(unit_cost: Any, fixed_cost: Any, demand: Any, **columns: Any) -> DesignProblem:
    """Return a location problem.

    Parameters
    ----------
    unit_cost
        (I, J) cost of a unit from each place to each customer.
    fixed_cost
        (I,) cost of opening a place, or one number.
    demand
        (J,) what each customer takes.
    columns
        Further columns of the problem; `capacity` is that of the places, (I,).
    """
    cost = np.asarray(unit_cost, dtype=float)
    places, customers = cost.shape
    capacity = columns.pop("capacity", None)
    if capacity is not None:
        columns["site_capacity"] = np.concatenate([capacity, np.full(customers, np.inf)])
    return DesignProblem.from_arrays(
        np.repeat(np.arange(places), customers),
        places + np.tile(np.arange(customers), places),
        unit_cost=cost.ravel(),
        demand=np.concatenate([np.zeros(places), demand]),
        site_fixed_cost=np.concatenate([np.broadcast_to(fixed_cost, places), np.zeros(customers)]),
        **columns,
    )


def read_cap(folder: Path, name: str) -> DesignProblem:
    """Read a problem of the OR-Library; its optima are those without capacities.

    Parameters
    ----------
    folder
        The folder of the flow instances.
    name
        ``cap71`` and the like.
    """
    group = "a-c" if name[3:].isalpha() else f"{int(name[3:]) // 10 * 10}"
    path = folder / "orlib_cap" / "data" / "beasley-cap" / group / f"{name}.txt"
    words = path.read_text().replace("capacity", "0").split()
    places, customers = int(words[0]), int(words[1])
    numbers = np.array(words[2:], dtype=float)
    fixed = numbers[: 2 * places].reshape(places, 2)[:, 1]
    rows = numbers[2 * places :].reshape(customers, places + 1)
    demand = np.where(rows[:, 0] > 0, rows[:, 0], 1.0)
    return locate(rows[:, 1:].T / demand, fixed, demand)


def _single_source_folder(folder: Path) -> Path:
    return folder / "sscflp" / "Facility-Location" / "SSCFLP" / "formatted" / "Lib_2"


def single_source_optima(folder: Path) -> dict[int, float]:
    """Return the optima of the problems of `read_single_source` whose files are there."""
    home = _single_source_folder(folder)
    optima = [float(word) for word in (home / "os").read_text().split()]
    numbered = enumerate(optima, start=1)
    return {number: best for number, best in numbered if (home / f"p{number}").exists()}


def read_single_source(folder: Path, number: int) -> DesignProblem:
    """Read a problem of Holmberg, Rönnqvist and Yuan (EJOR 113, 1999).

    Parameters
    ----------
    folder
        The folder of the flow instances.
    number
        1 to 71.
    """
    words = (_single_source_folder(folder) / f"p{number}").read_text().split()
    places, customers = int(words[0]), int(words[1])
    numbers = np.array(words[2:], dtype=float)
    capacity, fixed = numbers[:places], numbers[places : 2 * places]
    demand = numbers[2 * places : 2 * places + customers]
    cost = numbers[2 * places + customers :].reshape(customers, places).T
    single = np.arange(places + customers) >= places
    return locate(cost / demand, fixed, demand, capacity=capacity, single_source=single)


def read_canad(folder: Path, name: str) -> DesignProblem:
    """Read a fixed-charge multi-commodity problem in the ``.dow`` format of the Canad set.

    Parameters
    ----------
    folder
        The folder of the flow instances.
    name
        ``c33`` and the like.
    """
    home = folder / "canad_cmnd" / "instances" / name[0].upper()
    with gzip.open(home / f"{name}.dow.gz", "rt") as file:
        words = file.read().split("\n", 1)[1].split()
    nodes, arcs, commodities = map(int, words[:3])
    numbers = np.array(words[3:], dtype=float)
    arc = numbers[: 7 * arcs].reshape(arcs, 7)
    supply, demand = np.zeros((nodes, commodities)), np.zeros((nodes, commodities))
    for place, (origin, destination, amount) in enumerate(numbers[7 * arcs :].reshape(-1, 3)):
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


def read_fixed_charge(folder: Path, name: str) -> DesignProblem:
    """Read a single-commodity fixed-charge problem of the FCNetLib, as GAMS writes it.

    Parameters
    ----------
    folder
        The folder of the flow instances.
    name
        ``g40x132`` and the like.
    """
    path = folder / "fcnetlib" / "FCNetLib" / "includes" / f"{name}.inc.gz"
    with gzip.open(path, "rt") as file:
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


def _entries(text: str, parameter: str) -> dict[tuple[int, ...], float]:
    """Return the entries of a parameter of GAMS, keyed by the numbers of its elements."""
    found = re.search(rf"Parameter {parameter}\(.*?/\s*\n(.*?)\n/", text, flags=re.DOTALL)
    entries = {}
    for line in found[1].splitlines() if found else ():
        *keys, value = line.split()
        if keys:
            entries[tuple(int(key[1:]) for key in keys)] = float(value)
    return entries


READERS = {"cap": read_cap, "canad": read_canad, "fixed_charge": read_fixed_charge}
"""Kind of `OPTIMA` → its reader."""
