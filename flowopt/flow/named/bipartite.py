"""Problems of two sides as minimum-cost flows, solved by the engines of `FlowProblem`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowopt.core.engines import Engine
from flowopt.core.options import Run
from flowopt.flow.named.base import FloatArray, IndexArray
from flowopt.flow.problem import FlowProblem
from flowopt.flow.solution import FlowSolution
from flowopt.flow.solve import ENGINES as FLOW_ENGINES
from flowopt.flow.solve import solve as solve_flow


@dataclass(frozen=True, eq=False, kw_only=True)
class Bipartite:
    """Origins that give, destinations that take, and pairs of them between which goods may go.

    Parameters
    ----------
    origin, destination
        (K,) positions of the two ends of each pair.
    unit_cost, capacity
        (K,) cost of one unit, and most that goes.
    supply, unused_cost
        (M,) most that each origin gives, and the price of what it does not.
    demand, unmet_cost
        (N,) what each destination takes, and the price of what it does not get.
    """

    origin: IndexArray
    destination: IndexArray
    unit_cost: FloatArray
    capacity: FloatArray | float
    supply: FloatArray
    demand: FloatArray
    unused_cost: FloatArray | float = 0.0
    unmet_cost: FloatArray | float = np.inf

    def as_flow(self) -> FlowProblem:
        """Return the minimum-cost flow: sites are the origins, then the destinations."""
        givers, takers = np.zeros(len(self.supply)), np.zeros(len(self.demand))
        return FlowProblem.from_arrays(
            self.origin,
            self.destination + len(givers),
            capacity=self.capacity,
            unit_cost=self.unit_cost,
            supply=np.concatenate([self.supply, takers]),
            demand=np.concatenate([givers, self.demand]),
            unused_cost=np.concatenate([givers + self.unused_cost, takers]),
            unmet_cost=np.concatenate([givers, takers + self.unmet_cost]),
            num_sites=len(givers) + len(takers),
        )

    def solve(self, run: Run) -> tuple[FlowSolution, FloatArray, FloatArray]:
        """Return the flow and both sides' prices: what one unit more of each would cost.

        One unit more can always be left, at the price of that.

        Parameters
        ----------
        run
            The live options, whose engine is one of `FlowProblem`.
        """
        solution = solve_flow(self.as_flow(), run)
        if not solution.status.has_solution:
            return solution, np.zeros(0), np.zeros(0)
        given, taken = np.split(solution.prices, [len(self.supply)])
        given = np.minimum(-given, self.unused_cost) + 0.0  # no minus before a zero
        return solution, given, np.minimum(taken, self.unmet_cost)


def flow_engines(module: str, features: frozenset[str]) -> tuple[Engine, ...]:
    """Return the engines of `FlowProblem` for a problem that becomes one.

    Parameters
    ----------
    module
        Where ``solve(problem, run)`` makes a flow of it.
    features
        The features of the problem that this supports.
    """
    return tuple(Engine(engine.name, module, features, engine.extra) for engine in FLOW_ENGINES)
