"""The vehicles of a routing instance: alike ones that follow one another are one type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.io.text import Floats

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Fleet:
    """The vehicles of an instance as columns, one entry a type.

    The types are in the order of their vehicles: those of the first type come first, then those of
    the second, …, so that the number of a vehicle tells its type.

    Parameters
    ----------
    num_available
        (k,) number of vehicles of a type; where the file sets no limit, one for each client.
    unlimited
        Whether the file sets no limit on the number of vehicles.
    capacity
        (k,) what a vehicle holds.
    depot
        (k,) where they start and end, as positions among the depots.
    fixed_cost, unit_distance_cost
        (k,) cost of a vehicle that is used, and of its distance.
    max_duration, max_distance
        (k,) most that a route may take, and may be long.
    max_reloads
        (k,) how often a vehicle may reload on its route.
    reload_depots
        (k, m) whether it may reload at a depot; None where none does.
    allowed
        (k, n) whether a vehicle may serve a node; None where each may serve all.
    """

    num_available: Ints
    unlimited: bool
    capacity: Floats
    depot: Ints
    fixed_cost: Floats
    unit_distance_cost: Floats
    max_duration: Floats
    max_distance: Floats
    max_reloads: Floats
    reload_depots: Bools | None = None
    allowed: Bools | None = None

    def __len__(self) -> int:
        return len(self.num_available)


_DEFAULTS = {
    "capacity": np.full(1, np.inf),
    "depot": np.zeros(1, dtype=np.int64),
    "fixed_cost": np.zeros(1),
    "unit_distance_cost": np.ones(1),
    "max_duration": np.full(1, np.inf),
    "max_distance": np.full(1, np.inf),
    "max_reloads": np.zeros(1),
}


def make_fleet(
    num_available: Ints | None,
    num_clients: int,
    columns: dict[str, Any],
    reload_depots: Bools | None = None,
    allowed: Bools | None = None,
) -> Fleet:
    """Return a fleet; columns that are left out have their defaults.

    Parameters
    ----------
    num_available
        (k,) number of vehicles of each type; None: any number of one type.
    num_clients
        Number of clients.
    columns
        Name → one value for all types, or (k,) values.
    reload_depots, allowed
        As those of a `Fleet`.

    Examples
    --------
    >>> fleet = make_fleet(np.array([3, 2]), 9, {"capacity": 8, "fixed_cost": [5, 7]})
    >>> fleet.capacity.tolist(), fleet.fixed_cost.tolist(), fleet.max_distance.tolist()
    ([8.0, 8.0], [5.0, 7.0], [inf, inf])
    """
    many = np.array([max(num_clients, 1)], dtype=np.int64)
    number = many if num_available is None else num_available
    full = {
        name: np.broadcast_to(np.asarray(values), len(number)).astype(_DEFAULTS[name].dtype)
        for name, values in (_DEFAULTS | columns).items()
    }
    return Fleet(
        num_available=number,
        unlimited=num_available is None,
        reload_depots=reload_depots,
        allowed=allowed,
        **full,
    )


def alike(columns: Mapping[str, npt.NDArray[Any]]) -> tuple[Ints, dict[str, npt.NDArray[Any]]]:
    """Return how many vehicles each type has, and the columns of the types.

    Parameters
    ----------
    columns
        Name → (v,) or (v, w) values of the vehicles.

    Examples
    --------
    >>> number, columns = alike({"capacity": np.array([5, 5, 8, 5])})
    >>> number.tolist(), columns["capacity"].tolist()
    ([2, 1, 1], [5, 8, 5])
    """
    num_vehicles = len(next(iter(columns.values())))
    first = np.zeros(num_vehicles, dtype=np.bool_)
    first[:1] = True
    for values in columns.values():
        same = values[1:] == values[:-1]
        first[1:] |= ~same.reshape(len(same), -1).all(axis=1)
    starts = np.flatnonzero(first)
    number = np.diff(np.append(starts, num_vehicles))
    return number.astype(np.int64), {name: values[starts] for name, values in columns.items()}
