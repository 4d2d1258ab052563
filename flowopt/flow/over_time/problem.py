"""The problem of moving goods over a network and over time at least cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.options import Run
from flowopt.core.problem import Problem
from flowopt.flow.arrays import read_numbers, sealed
from flowopt.network.over_time import TimeExpandedNetwork

if TYPE_CHECKING:
    from flowopt.flow.over_time.solution import FlowOverTimeSolution
    from flowopt.network import Network


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class FlowOverTimeProblem(Problem["FlowOverTimeSolution"]):
    r"""Single-commodity minimum-cost flow over sites, lanes and periods.

    With what leaves :math:`f_{at}` over lane :math:`a` of lead time :math:`L_a`, supplied
    :math:`s`, received :math:`r` (on its way at the start), unmet :math:`u` and stock
    :math:`x_{jt}` at the end of a period:

    .. math::

        \min \sum c_{at} f_{at} + \sum g_{jt} \Big(s_{jt} + r_{jt} + \sum_{a \to j}
        f_{a, t - L_a}\Big) + \sum h_{jt} x_{jt} + \sum p_{jt} u_{jt} \quad \text{s.t.} \quad
        x_{j, t-1} + r_{jt} + s_{jt} + \sum_{a \to j} f_{a, t - L_a}
        = \sum_{j \to a} f_{at} + d_{jt} - u_{jt} + x_{jt}

    within the limits of lanes, sites and storage. It is a minimum-cost flow of the time-expanded
    network (Ford, Fulkerson 1958).

    Parameters
    ----------
    expanded
        Sites and lanes over periods.
    unmet_cost
        (S, T) price of one unit of demand left unmet, inf where all must be met; one number stands
        for all, None for inf.

    Raises
    ------
    ValidationError
        When a price cannot be used.

    Examples
    --------
    >>> network = TimeExpandedNetwork(
    ...     site_id=["mill", "shop"], period_id=["Mon", "Tue", "Wed"], source=[0], target=[1],
    ...     lead_periods=[1], unit_cost=2.0, supply=[[9, 3, 0], [0, 0, 0]],
    ...     demand=[[0, 0, 0], [0, 4, 5]], holding_cost=[0.5, 0.75],
    ... )
    >>> solution = FlowOverTimeProblem(expanded=network).solve()
    >>> solution.cost
    19.0
    >>> solution.to_frame("flows")
      source target departure arrival  flow  unit_cost  cost
    0   mill   shop       Mon     Tue   4.0        2.0   8.0
    1   mill   shop       Tue     Wed   5.0        2.0  10.0
    >>> solution.to_frame("stock")[["site", "period", "stock", "cost"]]
       site period  stock  cost
    0  mill    Mon    2.0   1.0
    """

    expanded: TimeExpandedNetwork
    unmet_cost: npt.NDArray[np.float64] = np.inf  # type: ignore[assignment]  # spread over all

    def __post_init__(self) -> None:
        failures = Failures()
        if not isinstance(self.expanded, TimeExpandedNetwork):
            fix, message = "give what Network.expand returns", "is no network over periods"
            value = type(self.expanded).__name__
            failures.add("problem", "expanded", None, value, "wrong_type", message, fix)
        failures.raise_if_any()
        price = _prices(self.unmet_cost, self.expanded, failures)
        failures.raise_if_any()
        object.__setattr__(self, "unmet_cost", price)

    @classmethod
    def from_network(
        cls,
        network: Network,
        periods: int | Sequence[str | int],
        *,
        unmet_cost: npt.ArrayLike | None = None,
        **tables: Any,
    ) -> Self:
        """Return the problem of meeting a network's demand over periods.

        Parameters
        ----------
        network
            Sites, lanes, demand and stock; fixed costs are not part of it.
        periods
            Number of periods, or their names.
        unmet_cost
            Price of one unit of demand left unmet: one number, (S,) or (S, T); None when all must
            be met.
        tables
            Calendars and stock, as `flowopt.Network.expand` takes them.
        """
        return cls(expanded=network.expand(periods, **tables), unmet_cost=unmet_cost)  # type: ignore[arg-type]  # spread when the problem is made

    @classmethod
    def from_arrays(cls, *, unmet_cost: npt.ArrayLike | None = None, **columns: Any) -> Self:
        """Return the problem of arrays.

        Parameters
        ----------
        unmet_cost
            As for `from_network`.
        columns
            The parameters of `flowopt.network.TimeExpandedNetwork`.
        """
        return cls(expanded=TimeExpandedNetwork(**columns), unmet_cost=unmet_cost)  # type: ignore[arg-type]  # spread when the problem is made

    @property
    def backend(self) -> str:
        """Library of the frames that come out."""
        return self.expanded.backend

    @property
    def features(self) -> frozenset[str]:
        """The features that an engine must support to take this problem: none."""
        return frozenset()

    def __repr__(self) -> str:
        expanded = self.expanded
        size = f"{expanded.num_sites:,} sites, {expanded.num_lanes:,} lanes"
        return f"<FlowOverTimeProblem {size}, {expanded.num_periods:,} periods>"

    def _solve(self, run: Run) -> FlowOverTimeSolution:
        from flowopt.flow.over_time.solve import solve

        return solve(self, run)


def _prices(
    given: Any, expanded: TimeExpandedNetwork, failures: Failures
) -> npt.NDArray[np.float64]:
    shape = (expanded.num_sites, expanded.num_periods)
    price = np.inf if given is None else given
    try:
        numbers = np.array(price, dtype=np.float64)
        wide = numbers[:, None] if numbers.ndim == 1 else numbers
        grid = np.array(np.broadcast_to(wide, shape))
    except (TypeError, ValueError):
        fix = "give one number, one per site, or one per site and period"
        message = f"does not fit {shape[0]} sites and {shape[1]} periods"
        failures.add("sites", "unmet_cost", None, None, "wrong_shape", message, fix)
        return np.zeros(shape)
    read_numbers("sites", "unmet_cost", grid.ravel(), grid.size, failures, infinite=True)
    return sealed(grid)
