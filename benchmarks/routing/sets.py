"""The sets of instances: where they lie, how they are compared, how long each may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _as_stated(cost: float) -> float:
    return cost


def _tenths(cost: float) -> float:
    return cost / 10


def _thousandths(cost: float) -> float:
    return cost / 1000


def _of_the_fleet_set(cost: float) -> float:
    """Return a cost of the HFVRP set in the units of its files.

    Its ``.sol`` files state either, with decimals, the cost before fixed and unit costs were
    multiplied by 100, or, without, that of distances in thousandths.
    """
    return cost / 1000 if cost == int(cost) else cost * 100


def _no_group(name: str) -> str:
    return ""


def _type_of_windows(name: str) -> str:
    """Return the type of an instance of Gehring and Homberger: R1_… is of type 1, RC2_… of 2."""
    return f"type {name.lstrip('RC')[0]}"


@dataclass(frozen=True)
class InstanceSet:
    """A set of instances that are solved and compared alike.

    Parameters
    ----------
    name
        Its name on the command line.
    title
        Its name in tables.
    folder
        Its folder of instances; empty when they are generated.
    variant
        The kind of problem, which says what solvers take it.
    limit
        Seconds that each instance may take.
    rounding
        How distances become the integers of the published costs, as PyVRP calls it.
    unit
        The cost stated in a ``.sol`` → the same in the units of the problem.
    mean, worst
        The mean and the largest gap to the best known costs that are to be reached, in percent.
    names
        The instances of the folder that belong to the set; None: all.
    group
        Name of an instance → the part of the set that is also looked at by itself, or nothing.
    vehicles_first
        Whether fewer vehicles are better whatever their distance.
    one_seed
        Whether each instance is run with the first seed only: where there are hundreds of them.
    """

    name: str
    title: str
    folder: str
    variant: str
    limit: float
    rounding: str
    unit: Callable[[float], float] = _as_stated
    mean: float | None = None
    worst: float | None = None
    names: tuple[str, ...] | None = None
    group: Callable[[str], str] = _no_group
    vehicles_first: bool = False
    one_seed: bool = False


_LARGE = ("Ghent1", "Ghent2", "Brussels1", "Brussels2", "Flanders1", "Flanders2")
_MEDIUM = ("Leuven1", "Leuven2", "Antwerp1", "Antwerp2")

_ALL = (
    InstanceSet("x", "X, 100–1000 clients", "cvrp_x", "cvrp", 30, "round", mean=0.25, worst=0.7),
    InstanceSet("solomon", "Solomon", "vrptw_solomon", "vrptw", 10, "dimacs", mean=0.05),
    InstanceSet(
        "gh",
        "Gehring & Homberger",
        "vrptw_gh",
        "vrptw",
        30,
        "dimacs",
        mean=0.7,
        group=_type_of_windows,
    ),
    InstanceSet(
        "ags", "Arnold et al., 3000–7000", "cvrp_ags", "cvrp", 60, "round", mean=0.5, names=_MEDIUM
    ),
    InstanceSet(
        "ags_large",
        "Arnold et al., larger",
        "cvrp_ags",
        "cvrp",
        120,
        "round",
        mean=1.5,
        names=_LARGE,
    ),
    InstanceSet("xl", "XL demonstration", "cvrp_xl_demo", "cvrp", 60, "round"),
    InstanceSet("mdvrp", "MDVRP, Cordeau", "mdvrp_cordeau", "mdvrp", 30, "exact"),
    InstanceSet("mdvrptw", "MDVRPTW", "mdvrptw_vidal", "mdvrptw", 30, "exact", _thousandths),
    InstanceSet("hfvrp", "HFVRP", "hfvrp", "hfvrp", 30, "exact", _of_the_fleet_set),
    InstanceSet("vrpb", "VRPB", "vrpb", "vrpb", 30, "round"),
    InstanceSet("pcvrptw", "PCVRPTW", "pcvrptw", "pcvrptw", 30, "dimacs", _tenths),
    InstanceSet("mtvrptwr", "MTVRPTWR", "mtvrptwr", "mtvrptwr", 30, "dimacs", _tenths),
    InstanceSet("sdvrptw", "SDVRPTW", "sdvrptw", "sdvrptw", 30, "exact", _thousandths),
    InstanceSet(
        "pdptw",
        "PDPTW, Li & Lim",
        "pdptw_lilim",
        "pdptw",
        30,
        "exact",
        mean=1.0,
        vehicles_first=True,
    ),
    InstanceSet(
        "brute_force",
        "at most 15 clients",
        "",
        "cvrp",
        1,
        "round",
        mean=0.0,
        worst=0.0,
        one_seed=True,
    ),
)

SETS = {one.name: one for one in _ALL}
"""All sets by name, in the order of the tables."""
