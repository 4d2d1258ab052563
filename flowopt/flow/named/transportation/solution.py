"""The answer to a `TransportationProblem`: what goes where, and the prices that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flowopt.core.report import Report
from flowopt.flow.named.base import FloatArray, NamedSolution
from flowopt.flow.named.chart import draw_bars
from flowopt.flow.named.transportation.check import check_transportation, received, sent
from flowopt.flow.named.transportation.problem import TransportationProblem


@dataclass(frozen=True, eq=False)
class TransportationValues:
    """The numbers of an answer.

    Parameters
    ----------
    flow
        (K,) what goes between each pair, units per period.
    unused
        (M,) supply left at each origin, inf where supply has no limit.
    unmet
        (N,) demand left unmet at each destination.
    origin_prices, destination_prices
        (M,) u and (N,) v: what one more unit of supply, and of demand, would cost.
    """

    flow: FloatArray
    unused: FloatArray
    unmet: FloatArray
    origin_prices: FloatArray
    destination_prices: FloatArray

    def __post_init__(self) -> None:
        for array in vars(self).values():
            array.setflags(write=False)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TransportationSolution(NamedSolution[TransportationProblem, TransportationValues]):
    """How much goes from which origin to which destination; or why demand cannot be met.

    Examples
    --------
    >>> problem = TransportationProblem.from_arrays([[4, np.inf], [6, 3]], [10, 10], [12, 5])
    >>> solution = problem.solve()
    >>> solution.to_frame()[["origin", "destination", "flow", "unit_cost"]]
       origin  destination  flow  unit_cost
    0       0            0  10.0        4.0
    1       1            0   2.0        6.0
    2       1            1   5.0        3.0
    >>> print(problem.replace(demand=[9, 15]).solve().explanation)
    Destinations 1 demand 15; all that can reach them is the supply of 1 (10): 5 short.
    """

    @property
    def flow(self) -> FloatArray:
        """(K,) what goes between each pair, units per period."""
        return self._values().flow

    @property
    def matrix(self) -> FloatArray:
        """(M, N) what goes from each origin to each destination, units per period."""
        problem = self.problem
        matrix = np.zeros((len(problem.origin_id), len(problem.destination_id)))
        np.add.at(matrix, (problem.origin, problem.destination), self.flow)
        return matrix

    @property
    def unmet(self) -> FloatArray:
        """(N,) demand left unmet, units per period."""
        return self._values().unmet

    @property
    def unused(self) -> FloatArray:
        """(M,) supply left, units per period; inf where it has no limit."""
        return self._values().unused

    @property
    def origin_prices(self) -> FloatArray:
        """(M,) u: what one more unit of supply at each origin would cost (below 0: save)."""
        return self._values().origin_prices

    @property
    def destination_prices(self) -> FloatArray:
        """(N,) v: what one more unit of demand at each destination would cost."""
        return self._values().destination_prices

    @property
    def reduced_costs(self) -> FloatArray:
        """(K,) c - u - v: what one more unit between each pair would cost, all considered."""
        problem = self.problem
        both = self.origin_prices[problem.origin] + self.destination_prices[problem.destination]
        reduced: FloatArray = problem.unit_cost - both
        return reduced

    def tables(self) -> dict[str, dict[str, Any]]:
        """Return the tables "flows" (one row a pair in use), "origins" and "destinations"."""
        problem, values = self.problem, self._values()
        used = np.flatnonzero(values.flow)
        flows = {
            "origin": problem.origin_id[problem.origin[used]],
            "destination": problem.destination_id[problem.destination[used]],
            **({} if problem.mode is None else {"mode": problem.mode[used]}),
            "flow": values.flow[used],
            "unit_cost": problem.unit_cost[used],
            "cost": values.flow[used] * problem.unit_cost[used],
            "reduced_cost": self.reduced_costs[used],
        }
        origins = {
            "origin": problem.origin_id,
            "supply": problem.supply,
            "sent": sent(problem, values),
            "unused": values.unused,
            "price": values.origin_prices,
        }
        destinations = {
            "destination": problem.destination_id,
            "demand": problem.demand,
            "received": received(problem, values),
            "unmet": values.unmet,
            "price": values.destination_prices,
        }
        return {"flows": flows, "origins": origins, "destinations": destinations}

    def check(self) -> Report:
        """Recompute the cost, every limit and the proof of optimality."""
        return check_transportation(self.problem, self)

    def _figures(self) -> dict[str, Any]:
        return {
            "shipped": float(self.flow.sum()),
            "unmet": float(self.unmet.sum()),
            "pairs_used": int(np.count_nonzero(self.flow)),
        }

    def _draw(self, ax: Any) -> Any:
        names = [self.problem.pair_name(pair) for pair in range(len(self.flow))]
        return draw_bars(names, self.flow, "units per period", ax)
