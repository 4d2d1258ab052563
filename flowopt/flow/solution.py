"""The answer to a `FlowProblem`: flows, prices, or the reason why there is none."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.flow.check import check_flow, lane_volume, throughput
from flowopt.flow.problem import FlowProblem

if TYPE_CHECKING:
    from flowopt.flow.explanation import Explanation

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

    def _values(self) -> FlowValues:
        self.require_solution()
        assert self.values is not None
        return self.values

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

    def tables(self) -> dict[str, dict[str, Any]]:
        """Return the tables "flows" (one row a lane) and "sites"."""
        problem, values = self.problem, self._values()
        modes = {} if problem.mode is None else {"mode": problem.mode}
        flows = {
            "source": problem.site_id[problem.source],
            "target": problem.site_id[problem.target],
            **modes,
            "flow": values.flow,
            "unit_cost": problem.unit_cost,
            "cost": lane_volume(problem, values.flow) * problem.unit_cost,
            "reduced_cost": self.reduced_costs,
            "capacity": problem.capacity,
        }
        sites = {
            "site": problem.site_id,
            "supplied": values.supplied,
            "demand": problem.demand,
            "unmet": values.unmet,
            "through": self.through,
            "price": values.prices,
        }
        return {"flows": flows, "sites": sites}

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
