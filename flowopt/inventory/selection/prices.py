"""The prices of shared limits at which choosing for each item alone costs most: a lower bound.

With a price on every limit the items no longer touch each other, and what they cost in all is a
lower bound on the cost within the limits (Everett 1963, Geoffrion 1974). For one limit the best
price is read off the sorted slopes of the items' hulls. For several, cutting planes approximate the
bound from above within a box around the best prices so far, which grows and shrinks (Marsten, Hogan
& Blankenship 1975); items that take of the same limits have a cutting plane of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array, hstack, vstack

from flowopt.core.options import Options as SolveOptions
from flowopt.core.options import Run
from flowopt.inventory.kernels.selection import cheapest, lower_hull
from flowopt.inventory.selection.options import Floats, Ints, Options, Sharing
from flowopt.solvers.highs import solve_linear
from flowopt.solvers.linear import LinearModel

CLOSE = 1e-7
"""Relative distance of the bound and the cutting planes at which they are taken as one."""

_MOST_ROUNDS = 300
_LEAST_GROUPS, _MOST_GROUPS = 12, 100  # of items with a cutting plane of their own


@dataclass(frozen=True, eq=False)
class Hull:
    """The options of each item that some price makes its cheapest.

    Parameters
    ----------
    options
        All options.
    sharing
        The limits.
    """

    options: Options
    sharing: Sharing
    start: Ints = field(init=False)
    option: Ints = field(init=False)
    slope: Floats = field(init=False)

    def __post_init__(self) -> None:
        options = self.options
        start = np.empty(options.num_items + 1, dtype=np.int64)
        option = np.empty(len(options.amount), dtype=np.int64)
        slope = np.empty(len(options.amount))
        end = lower_hull(options.start, options.amount, options.cost, start, option, slope)
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "option", option[:end].copy())
        object.__setattr__(self, "slope", slope[:end].copy())

    @cached_property
    def group(self) -> Ints:
        """(n,) the group of each item: those that take of the same limits, split when few."""
        rate = self.sharing.rate
        weights = np.random.default_rng(0).random(self.sharing.num_limits)
        pattern = csr_array((np.ones_like(rate.data), rate.indices, rate.indptr), rate.shape)
        _, group = np.unique(pattern @ weights, return_inverse=True)
        num_groups = int(group.max(initial=0)) + 1
        if num_groups > _MOST_GROUPS:
            return np.arange(len(group)) % _MOST_GROUPS
        parts = max(1, _LEAST_GROUPS // num_groups)
        return np.asarray(group * parts + np.arange(len(group)) % parts, dtype=np.int64)

    @property
    def highest_price(self) -> Floats:
        """(m,) price of each limit at which every item takes as little of it as it can."""
        size = np.diff(self.start)
        steep = np.zeros(len(size))
        many = size > 1
        steep[many] = self.slope[self.start[:-1][many] + 1]
        matrix = self.sharing.transposed
        ratio = matrix.copy()
        ratio.data = steep[matrix.indices] / matrix.data
        return np.asarray(ratio.max(axis=1).todense()).reshape(-1) * (1 + 1e-9)

    def at(self, price: Floats) -> Priced:
        """Return the cheapest options at prices of the limits."""
        item_price = np.asarray(self.sharing.rate @ price, dtype=np.float64)
        place = np.empty(len(item_price), dtype=np.int64)
        cheapest(self.start, self.slope, item_price, place)
        chosen = self.option[place]
        amount = self.options.amount[chosen]
        each = self.options.cost[chosen] + item_price * amount
        value = float(each.sum()) - float(price @ self.sharing.capacity)
        return Priced(price, place, each, value, self.sharing.use(amount))


@dataclass(frozen=True, eq=False)
class Priced:
    """The cheapest options at prices of the limits.

    Parameters
    ----------
    price
        (m,) the prices.
    place
        (n,) place of each item on the hull.
    each
        (n,) cost of each item, its use of the limits paid for.
    value
        What all cost, less what the limits are worth: a lower bound.
    use
        (m,) what is taken of the limits.
    """

    price: Floats
    place: Ints
    each: Floats
    value: float
    use: Floats


def price_alone(hull: Hull, limit: int) -> float:
    """Return the best price of one limit, were it the only one.

    The steps of all hulls, the one that saves most per unit of the limit first, are taken until the
    limit is used up (Sinha & Zoltners 1979).
    """
    sharing, options = hull.sharing, hull.options
    row = sharing.transposed[[limit], :].tocsr()
    rate = np.zeros(options.num_items)
    rate[row.indices] = row.data
    sizes = np.diff(hull.start)
    item = np.repeat(np.arange(options.num_items), sizes)
    step = np.ones(len(hull.option), dtype=np.bool_)
    step[hull.start[:-1]] = False
    step &= rate[item] > 0
    number = np.flatnonzero(step)
    wider = options.amount[hull.option[number]] - options.amount[hull.option[number - 1]]
    used = rate[item[number]] * wider
    worth = hull.slope[number] / rate[item[number]]
    order = np.argsort(-worth, kind="stable")
    least = float(rate @ options.amount[hull.option[hull.start[:-1]]])
    total = least + np.cumsum(used[order])
    beyond = int(np.searchsorted(total, sharing.capacity[limit], side="right"))
    return float(worth[order][beyond]) if beyond < len(order) else 0.0


def best_prices(
    hull: Hull, run: Run, near: Floats | None = None, close: float = CLOSE
) -> tuple[Priced, bool]:
    """Return the prices of the best bound found, and whether they are the best there are.

    Parameters
    ----------
    hull
        The options and limits.
    run
        Clock and cancel of the search.
    near
        (m,) prices that the best are thought to be near to; None when nothing is known.
    close
        Relative distance of the bound and the cutting planes at which they are taken as one.
    """
    sharing = hull.sharing
    free = hull.at(np.zeros(sharing.num_limits))
    if (free.use <= sharing.capacity + sharing.grain).all():
        return free, True
    if near is not None and sharing.num_limits > 1:
        return _Planes(hull, run).climb([hull.at(near)], close, near=True)
    alone = [
        price_alone(hull, limit) if free.use[limit] > sharing.capacity[limit] else 0.0
        for limit in range(sharing.num_limits)
    ]
    first = _best_alone(hull, np.array(alone), free)
    if sharing.num_limits == 1 or run.stopped():
        return first, sharing.num_limits == 1
    return _Planes(hull, run).climb([free, first], close)


def _best_alone(hull: Hull, alone: Floats, free: Priced) -> Priced:
    """Return the best of the prices that hold one limit, and of all of them together."""
    trials = [alone]
    if len(alone) > 1:
        tight = np.argsort(-alone * hull.sharing.capacity)[:20]
        trials += [np.where(np.arange(len(alone)) == limit, alone, 0.0) for limit in tight]
    found = [hull.at(price) for price in trials]
    return max([free, *found], key=lambda priced: priced.value)


class _Planes:
    """The cutting planes of the bound, and the search along them.

    Parameters
    ----------
    hull
        The options and limits.
    run
        Clock and cancel of the search.
    """

    def __init__(self, hull: Hull, run: Run) -> None:
        self.hull, self.run = hull, run
        self.group = hull.group
        self.num_groups = int(self.group.max()) + 1
        self.highest = hull.highest_price
        self.rows: list[csr_array] = []
        self.constants: list[Floats] = []
        self.scale = 1.0

    def climb(
        self, starts: list[Priced], close: float, *, near: bool = False
    ) -> tuple[Priced, bool]:
        """Return the best prices, and whether they are proven to be, from some or near to them."""
        for priced in starts:
            self.add(priced)
        best = max(starts, key=lambda priced: priced.value)
        reach = (0.02, 1e-4) if near else (0.5, 0.1)
        radius = np.maximum(reach[0] * best.price, reach[1] * self.highest)
        for _ in range(_MOST_ROUNDS):
            if self.run.stopped():
                return best, False
            lower = np.maximum(best.price - radius, 0.0)
            upper = np.minimum(best.price + radius, self.highest)
            price, ceiling = self.highest_point(lower, upper)
            room = ceiling - best.value
            if room <= close * max(1.0, abs(best.value)):
                inside = (price > lower) | (lower == 0.0)
                inside &= (price < upper) | (upper == self.highest)
                if inside.all():  # then the planes are no higher outside the box, being concave
                    return best, True
                radius = radius * 4 + 1e-3 * self.highest
                continue
            trial = self.hull.at(price)
            self.add(trial)
            if trial.value > best.value:
                grown = trial.value - best.value >= 0.3 * room
                best, radius = trial, radius * 2 if grown else radius
            else:
                radius = radius * 0.7
        return best, False

    def add(self, priced: Priced) -> None:
        """Add the cutting planes at some prices: cost + price · use, group by group."""
        hull, sharing = self.hull, self.hull.sharing
        chosen = hull.option[priced.place]
        cost = np.bincount(self.group, hull.options.cost[chosen], self.num_groups).astype(
            np.float64
        )
        amount = hull.options.amount[chosen]
        membership = csr_array(
            (amount, (self.group, np.arange(len(amount)))),
            shape=(self.num_groups, len(amount)),
        )
        self.rows.append(csr_array(membership @ sharing.rate))
        self.constants.append(cost)
        self.scale = max(self.scale, float(np.abs(cost).max(initial=0.0)))

    def highest_point(self, lower: Floats, upper: Floats) -> tuple[Floats, float]:
        """Return the prices within a box where the planes are highest, and how high they are.

        The columns are the prices, as parts of their highest, and the height over each group.
        """
        sharing, groups = self.hull.sharing, self.num_groups
        unit = np.where(self.highest > 0, self.highest, 1.0)
        planes = len(self.rows)
        heights = vstack([csr_array(np.eye(groups))] * planes)
        use = vstack(self.rows).multiply(unit[None, :] / self.scale)
        model = LinearModel(
            cost=np.concatenate([sharing.capacity * unit / self.scale, -np.ones(groups)]),
            lower=np.concatenate([lower / unit, np.full(groups, -np.inf)]),
            upper=np.concatenate([upper / unit, np.full(groups, np.inf)]),
            matrix=csc_array(hstack([-use, heights])),
            row_lower=np.full(planes * groups, -np.inf),
            row_upper=np.concatenate(self.constants) / self.scale,
        )
        result = solve_linear(model, Run(SolveOptions(workers=1, time_limit=None)))
        if result.values is None or result.objective is None:
            return lower, np.inf
        values: npt.NDArray[np.float64] = result.values
        price = np.clip(values[: len(unit)] * unit, lower, upper)
        return price, -result.objective * self.scale
