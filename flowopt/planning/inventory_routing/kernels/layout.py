"""The arrays on which the kernels of inventory routing work.

N customers, T periods, K vehicles. A node of a period is a customer, 0 to N - 1, or the begin and
end of the route of a vehicle, N to N + K - 1. What a customer has received, or lacked, in all by
the end of a period is one of the amounts of its grid, which rise from 0.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

CAPACITY, PRICE, DEPOT_RATE, DUST, LEANING = range(5)
"""Places in `Data.number`."""
COST, SHORT = range(2)
"""Places in `Plan.total`."""
OF_ROUTE, OF_VISIT = range(2)
"""Places in `Scratch.bias`."""
MOST_REMOVED = 60
"""Most customers that an iteration takes out."""


class Data(NamedTuple):
    """A problem.

    Parameters
    ----------
    way
        (N + 1, N + 1) cost of the way from row to column, the depot last; leaving it costs what a
        route does.
    near
        (N, M) the other customers nearest to each, the nearest first.
    grid, size
        (N, G), (N,) amounts that a customer may have received in all, and how many there are.
    low, high
        (N, T) the amount that must have been received by the end of each period, and the most that
        may be when it comes, as places in the grid.
    rate
        (N,) cost of a unit a period at the customer rather than at the depot.
    far
        (N,) cost of the way to the depot and back.
    used
        (N,) demand over all periods.
    available
        (T,) what the depot may have sent out in all by the end of each period.
    number
        Capacity, price of a lacking unit, holding cost at the depot, what counts as nothing, most
        that a lean iteration adds to the cost of a unit a period.
    fills
        Whether a visit fills up to the maximum.
    """

    way: Array
    near: Array
    grid: Array
    size: Array
    low: Array
    high: Array
    rate: Array
    far: Array
    used: Array
    available: Array
    number: Array
    fills: bool


class Plan(NamedTuple):
    """Routes and quantities.

    Parameters
    ----------
    next, previous
        (T, N + K) nodes after and before.
    vehicle
        (T, N) who visits the customer; -1 nobody.
    amount
        (T, N) what is brought.
    load, visits
        (T, K) what a vehicle brings in all, and its number of visits.
    sent
        (T,) what leaves the depot.
    part, short
        (N,) cost of a customer but for ways, and what it lacks.
    total
        Cost, and what is lacking, in all.
    random
        State of the random numbers.
    """

    next: Array
    previous: Array
    vehicle: Array
    amount: Array
    load: Array
    visits: Array
    sent: Array
    part: Array
    short: Array
    total: Array
    random: Array


class Scratch(NamedTuple):
    """Room to work.

    Parameters
    ----------
    value
        (T + 1, G) least cost by what was received by the end of the period before.
    origin, via
        (T, G) the amount before, and the vehicle that brought the rest; -1 nobody.
    jump
        (T,) the amount before what was lacking was made up for; -1 nothing was.
    place
        (T, K) after which node the customer goes into a route.
    choice, delta
        (K,) vehicles worth a look in a period, and what they cost more.
    queue
        (G,) amounts of which one may be the cheapest before.
    free
        (T,) what the depot could send out more by the end of each period.
    bias
        (2, T) what this iteration adds to the cost of a new route, and of a visit, in a period, so
        that routes are opened and closed as a whole.
    lean
        (1,) what this iteration adds to the cost of a unit a period at the customer, so that little
        is brought early, which leaves room for others.
    removed, key, mark
        Customers taken out, by what they are sorted, and the iteration that took each out.
    ruined
        (K,) the iteration that took a string out of a route.
    log, log_amount
        What was taken out, in order: period, customer, node before, vehicle; and how much.
    kept
        (R, 2) cost and lack of the customers taken out.
    """

    value: Array
    origin: Array
    via: Array
    jump: Array
    place: Array
    choice: Array
    delta: Array
    queue: Array
    free: Array
    bias: Array
    lean: Array
    removed: Array
    key: Array
    mark: Array
    ruined: Array
    log: Array
    log_amount: Array
    kept: Array


def new_plan(num: int, periods: int, vehicles: int, seed: int) -> Plan:
    """Return a plan in which nobody is.

    Parameters
    ----------
    num, periods, vehicles
        N, T, K.
    seed
        Of its random numbers.
    """
    nodes = np.repeat(np.arange(num + vehicles, dtype=np.int32)[None, :], periods, axis=0)
    state = np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1)
    return Plan(
        next=nodes,
        previous=nodes.copy(),
        vehicle=np.full((periods, num), -1, dtype=np.int32),
        amount=np.zeros((periods, num)),
        load=np.zeros((periods, vehicles)),
        visits=np.zeros((periods, vehicles), dtype=np.int32),
        sent=np.zeros(periods),
        part=np.zeros(num),
        short=np.zeros(num),
        total=np.zeros(2),
        random=state,
    )


def new_scratch(num: int, periods: int, vehicles: int, grid: int) -> Scratch:
    """Return room to work.

    Parameters
    ----------
    num, periods, vehicles
        N, T, K.
    grid
        Most amounts of a customer.
    """
    most = min(num, MOST_REMOVED)
    return Scratch(
        value=np.zeros((periods + 1, grid)),
        origin=np.zeros((periods, grid), dtype=np.int32),
        via=np.zeros((periods, grid), dtype=np.int32),
        jump=np.zeros(periods, dtype=np.int32),
        place=np.zeros((periods, vehicles), dtype=np.int32),
        choice=np.zeros(vehicles, dtype=np.int32),
        delta=np.zeros(vehicles),
        queue=np.zeros(grid, dtype=np.int32),
        free=np.zeros(periods),
        bias=np.zeros((2, periods)),
        lean=np.zeros(1),
        removed=np.zeros(num, dtype=np.int32),
        key=np.zeros(num),
        mark=np.zeros(num, dtype=np.int64),
        ruined=np.zeros(vehicles, dtype=np.int64),
        log=np.zeros((most * periods, 4), dtype=np.int32),
        log_amount=np.zeros(most * periods),
        kept=np.zeros((most, 2)),
    )
