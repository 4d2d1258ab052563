"""The problem of shipping from origins to destinations, each pair directly, at least cost."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.options import Run
from flowopt.core.problem import Problem
from flowopt.core.tables import DEFAULT_BACKEND
from flowopt.flow.arrays import has_length, read_numbers, read_positions, sealed
from flowopt.flow.named.links import spread
from flowopt.flow.named.pairs import (
    collect_bad_costs,
    in_order,
    labels_of,
    matrix_pairs,
    read_sides,
)

if TYPE_CHECKING:
    from flowopt.flow.named.transportation.solution import TransportationSolution
    from flowopt.network import Network


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TransportationProblem(Problem["TransportationSolution"]):
    r"""Shipping from origins to destinations at least cost.

    With what goes :math:`x`, unmet :math:`y` and unused :math:`z`:

    .. math::

        \min \sum c_{ij} x_{ij} + \sum p_j y_j + \sum q_i z_i \quad \text{s.t.} \quad
        \sum_j x_{ij} + z_i = \text{supply}_i, \quad \sum_i x_{ij} + y_j = \text{demand}_j, \quad
        0 \le x \le \text{capacity}, \quad y, z \ge 0

    Prices :math:`u_i + v_j \le c_{ij}` prove an optimum (Hitchcock 1941; Dantzig 1951).

    Parameters
    ----------
    origin_id, destination_id
        (M,) and (N,) ids; the two sides may have ids in common.
    origin, destination
        (K,) positions of the two ends of each pair that may be used.
    unit_cost
        (K,) cost of one unit; may be negative; a pair that costs inf is forbidden.
    capacity
        (K,) most that goes between a pair; units per period, may be inf.
    mode
        (K,) how goods go, where a pair stands there several times; None when none does.
    supply
        (M,) what each origin has; units per period, may be inf.
    demand
        (N,) what each destination takes; units per period.
    unmet_cost
        (N,) price of one unit of demand left unmet, inf where all must be met.
    unused_cost
        (M,) price of one unit of supply left unused, inf where all must go.
    backend
        Library of the frames that come out.

    Raises
    ------
    ValidationError
        With every fault of every column.

    Examples
    --------
    >>> problem = TransportationProblem.from_arrays([[8, 6, 10], [9, 12, 13]],
    ...                                             supply=[30, 50], demand=[20, 25, 30])
    >>> solution = problem.solve()
    >>> solution.cost
    705.0
    >>> solution.matrix
    array([[ 0., 25.,  5.],
           [20.,  0., 25.]])
    """

    origin_id: npt.NDArray[Any]
    destination_id: npt.NDArray[Any]
    origin: npt.NDArray[np.int64]
    destination: npt.NDArray[np.int64]
    unit_cost: npt.NDArray[np.float64]
    capacity: npt.NDArray[np.float64] = np.inf  # type: ignore[assignment]  # spread over all pairs
    mode: npt.NDArray[np.str_] | None = None
    supply: npt.NDArray[np.float64]
    demand: npt.NDArray[np.float64]
    unmet_cost: npt.NDArray[np.float64] = np.inf  # type: ignore[assignment]  # spread likewise
    unused_cost: npt.NDArray[np.float64] = 0.0  # type: ignore[assignment]  # spread likewise
    backend: str = DEFAULT_BACKEND

    def __post_init__(self) -> None:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        failures = Failures()
        read = _normalised(given, failures)
        failures.raise_if_any()
        for name, value in read.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_arrays(
        cls,
        unit_cost: Any,
        supply: npt.ArrayLike,
        demand: npt.ArrayLike,
        *,
        capacity: Any = np.inf,
        unmet_cost: npt.ArrayLike | None = None,
        unused_cost: npt.ArrayLike = 0.0,
        origin_id: npt.ArrayLike | None = None,
        destination_id: npt.ArrayLike | None = None,
        backend: str = DEFAULT_BACKEND,
    ) -> Self:
        """Return the problem of a matrix of costs.

        Parameters
        ----------
        unit_cost
            (M, N) cost of one unit from each origin (row) to each destination (column): an array,
            a frame whose labels are the ids, or a sparse array whose stored entries are the pairs
            that may be used. inf forbids a pair.
        supply, demand
            (M,) and (N,) what origins have and destinations take; a pandas series whose labels are
            the ids may have them in any order.
        capacity
            (M, N) most that goes between each pair, or one number for all.
        unmet_cost, unused_cost
            (N,) and (M,) prices of what is left, or one number for all; None when all demand must
            be met.
        origin_id, destination_id
            (M,) and (N,) ids; None takes the labels of `unit_cost`, or numbers from 0.
        backend
            Library of the frames that come out.
        """
        ids = labels_of(unit_cost, 0, origin_id), labels_of(unit_cost, 1, destination_id)
        failures = Failures()
        origin, destination, costs = matrix_pairs(unit_cost, failures)
        unmet_cost = np.inf if unmet_cost is None else unmet_cost
        origins = {"supply": supply, "unused_cost": unused_cost}
        destinations = {"demand": demand, "unmet_cost": unmet_cost}
        sides = {
            name: in_order(values, side_ids, table, name, failures)
            for table, side_ids, columns in (
                ("origins", ids[0], origins),
                ("destinations", ids[1], destinations),
            )
            for name, values in columns.items()
        }
        failures.raise_if_any()
        if np.ndim(capacity) == 2 and np.shape(capacity) == np.shape(unit_cost):
            capacity = np.asarray(capacity)[origin, destination]
        return cls(
            origin_id=ids[0],
            destination_id=ids[1],
            origin=origin,
            destination=destination,
            unit_cost=costs,
            capacity=capacity,
            **sides,
            backend=backend,
        )

    @classmethod
    def from_frames(cls, origins: Any, destinations: Any, pairs: Any) -> Self:
        """Return the problem of three tables.

        Parameters
        ----------
        origins, destinations, pairs
            Frames with the columns of `flowopt.flow.named.transportation.frames`.

        Examples
        --------
        >>> origins = {"id": ["Lille", "Lyon"], "supply": [30, 50]}
        >>> destinations = {"id": ["Paris", "Nice"], "demand": [40, 25]}
        >>> pairs = {"origin": ["Lille", "Lyon", "Lyon"], "destination": ["Paris", "Paris", "Nice"],
        ...          "unit_cost": [2.5, 4, 5]}
        >>> TransportationProblem.from_frames(origins, destinations, pairs).solve().cost
        240.0
        """
        from flowopt.flow.named.transportation.frames import frame_columns

        return cls(**frame_columns(origins, destinations, pairs))

    @classmethod
    def from_network(
        cls,
        network: Network,
        *,
        commodity: str | int | None = None,
        unmet_cost: float | None = None,
        unused_cost: float = 0.0,
    ) -> Self:
        """Return the problem of a network in which every lane leads from supply to demand.

        Parameters
        ----------
        network
            Sites and lanes, without minimum flows and without capacities and costs of sites.
        commodity
            Id of the commodity whose demand is met; None adds up the units of all.
        unmet_cost, unused_cost
            Prices of what is left; None when all demand must be met.
        """
        from flowopt.flow.named.transportation.frames import network_columns

        return cls(**network_columns(network, commodity, unmet_cost, unused_cost))

    @property
    def features(self) -> frozenset[str]:
        """The features that an engine must support to take this problem: none."""
        return frozenset()

    def pair_name(self, pair: int) -> str:
        """Return both ends of a pair, for people."""
        ends = (
            f"{self.origin_id[self.origin[pair]]} → {self.destination_id[self.destination[pair]]}"
        )
        return ends if self.mode is None or not self.mode[pair] else f"{ends} ({self.mode[pair]})"

    def __repr__(self) -> str:
        sides = f"{len(self.origin_id):,} origins, {len(self.destination_id):,} destinations"
        return f"<TransportationProblem {sides}, {len(self.origin):,} pairs>"

    def _solve(self, run: Run) -> TransportationSolution:
        from flowopt.flow.named.transportation.solve import solve

        return solve(self, run)


def _normalised(given: dict[str, Any], failures: Failures) -> dict[str, Any]:
    """Return the fields as read-only arrays, without forbidden pairs; faults are collected."""
    read = dict(given)
    sides = {"origin_id": "origins", "destination_id": "destinations"}
    read["origin_id"], read["destination_id"] = read_sides(given, sides, failures)
    num = {"origins": len(read["origin_id"]), "destinations": len(read["destination_id"])}
    for table, name, infinite in (
        ("origins", "supply", True),
        ("origins", "unused_cost", True),
        ("destinations", "demand", False),
        ("destinations", "unmet_cost", True),
    ):
        values = spread(given[name], num[table])
        read[name] = read_numbers(table, name, values, num[table], failures, infinite=infinite)
    _read_pairs(given, read, num, failures)
    if not len(failures):
        _check_ends(read, failures)
    return read


def _read_pairs(
    given: dict[str, Any], read: dict[str, Any], num: dict[str, int], failures: Failures
) -> None:
    count = np.size(given["origin"])
    for name in ("origin", "destination"):
        read[name] = read_positions(
            "pairs", name, given[name], count, num[f"{name}s"], failures, name
        )
    read["capacity"] = read_numbers(
        "pairs", "capacity", spread(given["capacity"], count), count, failures, infinite=True
    )
    try:
        costs = np.array(given["unit_cost"], dtype=np.float64)
    except (TypeError, ValueError):
        failures.add("pairs", "unit_cost", None, None, "wrong_type", "has no numbers", "give some")
        return
    if not has_length("pairs", "unit_cost", costs, count, failures):
        return
    collect_bad_costs("pairs", "unit_cost", costs, failures, np.inf)
    if given["mode"] is not None:
        read["mode"] = sealed(np.array(given["mode"], dtype=np.str_))
        has_length("pairs", "mode", read["mode"], count, failures)
    read["unit_cost"] = sealed(costs)
    allowed = np.isfinite(costs)
    if not len(failures) and not allowed.all():
        for name in ("origin", "destination", "capacity", "unit_cost", "mode"):
            read[name] = None if read[name] is None else sealed(read[name][allowed])


def _check_ends(read: dict[str, Any], failures: Failures) -> None:
    """Collect supply without limit of which all must go."""
    endless = np.isinf(read["supply"]) & np.isinf(read["unused_cost"])
    endless |= np.isinf(read["supply"]) & (read["unused_cost"] > 0)
    for row in np.flatnonzero(endless).tolist():
        message, fix = "has no limit, so some is always left", "give it a limit, or no unused_cost"
        failures.add("origins", "supply", row, np.inf, "inf", message, fix)
