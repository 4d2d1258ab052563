"""The answer to a `FlowProblem`: flows, prices, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import NoSolutionError
from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.core.status import Status
from flowopt.core.tables import make_frame
from flowopt.flow.check import check_flow, lane_volume, throughput
from flowopt.flow.problem import FlowProblem

if TYPE_CHECKING:
    from flowopt.flow.explanation import Explanation
    from flowopt.flow.paths import Paths
    from flowopt.flow.sensitivity import Alternatives
    from flowopt.flow.simplex import Basis

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FlowValues:
    """The numbers of an answer.

    Parameters
    ----------
    flow
        (A,) flow on each lane, units per period; below 0 where an undirected lane carries from its
        target to its source.
    unmet
        (N,) demand left unmet, units per period.
    supplied
        (N,) what each site gives, units per period.
    prices
        (N,) cost of one more unit demanded at each site, per unit.
    entry_prices
        (N,) cost of one more unit brought to each site, before it passes through: handling cost
        and the worth of the site's own capacity are the difference from `prices`.
    """

    flow: FloatArray
    unmet: FloatArray
    supplied: FloatArray
    prices: FloatArray
    entry_prices: FloatArray

    def __post_init__(self) -> None:
        for array in vars(self).values():
            array.setflags(write=False)


class LazyTables(Mapping[str, dict[str, Any]]):
    """Tables that are made when they are looked at.

    Parameters
    ----------
    makers
        Name → what makes the table's columns.
    """

    def __init__(self, makers: Mapping[str, Callable[[], dict[str, Any]]]) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> dict[str, Any]:
        return self._makers[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FlowSolution(Solution[FlowProblem]):
    """How much moves on which lane, what a unit is worth where; or why nothing can.

    Parameters
    ----------
    values
        The numbers; None when there is no solution.
    explanation
        Why there is none: the cut that shows that demand cannot be met, or the cycle on which cost
        falls without end; None when there is a solution.
    basis
        Where the network simplex stopped, None of other engines. A solution given as `initial`
        for a problem with the same sites and lanes, whatever their numbers, begins there.

    Examples
    --------
    >>> problem = FlowProblem.from_arrays([0], [1], unit_cost=2, supply=[5, 0],
    ...                                   demand=[0, 4])
    >>> solution = problem.solve()
    >>> solution.flow, solution.prices
    (array([4.]), array([0., 2.]))
    >>> print(problem.replace(demand=[0, 6]).solve().explanation)
    Sites 1 demand 6; all that can reach them is the supply of 0 (5): 1 short.
    """

    values: FlowValues | None = None
    explanation: Explanation | None = None
    basis: Basis | None = None

    def _values(self) -> FlowValues:
        self.require_solution()
        assert self.values is not None
        return self.values

    def _proven(self) -> FlowValues:
        values = self._values()
        if self.status is not Status.OPTIMAL:
            raise NoSolutionError(f"only an optimal answer can tell this; status {self.status}")
        return values

    @property
    def flow(self) -> FloatArray:
        """(A,) flow on each lane, units per period.

        Below 0 where an undirected lane carries from its target to its source.
        """
        return self._values().flow

    @property
    def unmet(self) -> FloatArray:
        """(N,) demand left unmet, units per period."""
        return self._values().unmet

    @property
    def supplied(self) -> FloatArray:
        """(N,) what each site gives, units per period."""
        return self._values().supplied

    @property
    def through(self) -> FloatArray:
        """(N,) what goes through each site: flow in and supplied, units per period."""
        return throughput(self.problem, self._values())

    @property
    def prices(self) -> FloatArray:
        """(N,) marginal cost of demand: what one more unit demanded at a site would cost.

        Where no more can be brought at all, it is what one unit less would save.
        """
        return self._values().prices

    @property
    def entry_prices(self) -> FloatArray:
        """(N,) what one more unit brought to each site is worth, before it passes through."""
        return self._values().entry_prices

    @property
    def reduced_costs(self) -> FloatArray:
        """(A,) what one more unit on a lane would cost, all things considered.

        Of an undirected lane, that of the way on which it costs less.


        Below 0 on a full lane: what one more unit of its capacity would save. Above 0 on a lane at
        its minimum (0 for most): how much cheaper it would have to be to carry more.
        """
        problem, values = self.problem, self._values()
        prices, entry = values.prices, values.entry_prices
        source, target = problem.source, problem.target
        reduced: FloatArray = problem.unit_cost + prices[source] - entry[target]
        either = np.flatnonzero(problem.undirected)
        if len(either):
            backward = prices[target[either]] - entry[source[either]]
            reduced[either] = np.minimum(reduced[either], problem.unit_cost[either] + backward)
        return reduced

    @property
    def has_alternatives(self) -> bool:
        """Whether another flow costs as little; see `can_change`."""
        return self._alternatives.any

    @property
    def can_change(self) -> npt.NDArray[np.bool_]:
        """(A,) lanes that could carry more, or less, at no cost: in another flow of least cost.

        It is a matter of exact costs: a difference below 10⁻¹¹ of the costs and prices that meet
        on a lane counts as none.
        """
        return self._alternatives.lanes

    @cached_property
    def _alternatives(self) -> Alternatives:
        from flowopt.flow.sensitivity import alternatives

        return alternatives(self.problem, self._proven())

    @cached_property
    def paths(self) -> Paths:
        """Paths from those who give to those who take, and cycles, that add up to the flow."""
        from flowopt.flow.paths import decomposition

        return decomposition(self.problem, self._values())

    def bottlenecks(self, num: int | None = None, *, amount: float = 1.0) -> Any:
        """Return the lanes and sites whose capacity costs money, those that cost most first.

        Parameters
        ----------
        num
            How many rows are wanted, which is quicker for few; None for all.
        amount
            How much more capacity each is given in turn, units per period.

        Returns
        -------
        frame
            `kind` (``"lane"``, ``"site"`` for the capacity of a site, ``"supply"``), `source` and
            `target` (of a site: both the site), `mode` where lanes have one, `capacity`, `price`
            (what a unit more saves at most) and `saving`: by how much the total cost would fall
            were the capacity larger by `amount`, all else the same. Sites without supply, and
            supply that must be used, are no bottlenecks: their `prices` tell what supply is worth.

        Examples
        --------
        >>> problem = FlowProblem.from_arrays([0, 0], [1, 1], capacity=[3, 9], unit_cost=[1, 4],
        ...                                   supply=[9, 0], demand=[0, 5])
        >>> problem.solve().bottlenecks()
           kind  source  target  capacity  price  saving
        0  lane       0       1       3.0    3.0     3.0
        """
        from flowopt.flow.sensitivity import bottlenecks, check_request

        check_request(num, amount)
        table = bottlenecks(self.problem, self._proven(), amount, num)
        return make_frame(table, self.problem.backend)

    def tables(self) -> LazyTables:
        """Return the tables.

        "flows" has a row for each lane, "sites" and "prices" for each site, "paths" for each path
        from who gives to who takes, "path_lanes" for each lane of each path, and "cost_to_serve"
        for each site with demand. Each is made when it is looked at.
        """
        from flowopt.flow.paths import cost_to_serve, path_tables

        problem, values = self.problem, self._values()
        return LazyTables(
            {
                "flows": self._flows,
                "sites": self._sites,
                "prices": self._prices,
                "paths": lambda: path_tables(problem, values, self.paths)["paths"],
                "path_lanes": lambda: path_tables(problem, values, self.paths)["path_lanes"],
                "cost_to_serve": lambda: cost_to_serve(problem, values, self.paths),
            }
        )

    def _flows(self) -> dict[str, Any]:
        problem, values = self.problem, self._values()
        modes = {} if problem.mode is None else {"mode": problem.mode}
        return {
            "source": problem.site_id[problem.source],
            "target": problem.site_id[problem.target],
            **modes,
            "flow": values.flow,
            "unit_cost": problem.unit_cost,
            "cost": lane_volume(problem, values.flow) * problem.unit_cost,
            "reduced_cost": self.reduced_costs,
            "capacity": problem.capacity,
            **({"can_change": self.can_change} if self.status is Status.OPTIMAL else {}),
        }

    def _sites(self) -> dict[str, Any]:
        problem, values = self.problem, self._values()
        return {
            "site": problem.site_id,
            "supplied": values.supplied,
            "demand": problem.demand,
            "unmet": values.unmet,
            "through": self.through,
            "price": values.prices,
        }

    def _prices(self) -> dict[str, Any]:
        values = self._values()
        return {
            "site": self.problem.site_id,
            "price": values.prices,
            "entry_price": values.entry_prices,
        }

    def check(self) -> Report:
        """Recompute the cost, every constraint and the proof of optimality."""
        return check_flow(self.problem, self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures, or the reason why there are none."""
        figures = super().summary()
        if self.explanation is not None:
            return figures | {"explanation": self.explanation.message}
        if not self.status.has_solution:
            return figures
        return figures | {
            "shipped": float(self.problem.demand.sum() - self.unmet.sum()),
            "unmet": float(self.unmet.sum()),
            "lanes_used": int(np.count_nonzero(self.flow)),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome, the explanation and all tables as plain Python values."""
        why = self.explanation
        return super().to_dict() | {"explanation": None if why is None else asdict(why)}

    def plot(self, ax: Any = None) -> Any:
        """Draw the lanes that carry most, as bars, and return the axes.

        Parameters
        ----------
        ax
            Matplotlib axes to draw on; None makes new ones.
        """
        from flowopt.flow.chart import draw_flows

        return draw_flows(self, ax)
