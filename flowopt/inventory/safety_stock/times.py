"""Service times and what they cost: the one place that says what a stage holds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.inventory.safety_stock.problem import SafetyStockProblem

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Times:
    """Times of all stages that hold, and their cost.

    Parameters
    ----------
    inbound, service, net
        (n,) inbound service times, service times and net replenishment times.
    cost
        Cost of the safety stock.
    """

    inbound: Floats
    service: Floats
    net: Floats
    cost: float


ROUNDING = 1e-9
"""Net replenishment times below this share of the times they are made of are 0."""


def net_times(problem: SafetyStockProblem, inbound: Floats, service: Floats) -> Floats:
    """Return (n,) net replenishment times.

    Parameters
    ----------
    problem
        The stages and their links.
    inbound, service
        (n,) inbound service times and service times.
    """
    total = inbound + problem.stages["stage_time"]
    net = total - service
    return np.where(np.abs(net) <= ROUNDING * np.maximum(total, service), 0.0, net)


def safety_stock(problem: SafetyStockProblem, net: Floats) -> Floats:
    """Return (n,) safety stock that covers demand over net replenishment times.

    Parameters
    ----------
    problem
        The stages and their links.
    net
        (n,) net replenishment times.
    """
    demand = problem.demand
    return np.sqrt(demand.spread**2 * net + demand.time_spread**2)


def cost_of(problem: SafetyStockProblem, net: Floats) -> float:
    """Return the cost of the safety stock.

    Parameters
    ----------
    problem
        The stages and their links.
    net
        (n,) net replenishment times.
    """
    return math.fsum((problem.holding_cost * safety_stock(problem, net)).tolist())


class Settler:
    """Makes service times that hold of any wish.

    Inputs are had as soon as the last one is there; a service time is cut to what the stage and
    its limit allow, and then raised as far as no customer notices.

    Parameters
    ----------
    problem
        The stages and their links.
    """

    def __init__(self, problem: SafetyStockProblem) -> None:
        self.problem = problem
        by_source = np.argsort(problem.source, kind="stable")
        stages = np.arange(problem.num_stages + 1)
        self._network = (
            np.array(problem.order, dtype=np.int64),
            np.searchsorted(problem.source[by_source], stages),
            problem.target[by_source],
            problem.links["lead_time"][by_source],
            problem.stages["stage_time"].copy(),
            problem.max_service_time.copy(),
        )

    def __call__(self, wish: Floats) -> Times:
        """Return the times that come closest to service times that are wished for."""
        from flowopt.inventory.safety_stock.kernels.trees import settle

        inbound = self.problem.stages["inbound_service_time"].copy()
        service = np.maximum(wish, 0.0)
        settle(*self._network, inbound, service)
        net = net_times(self.problem, inbound, service)
        return Times(inbound, service, net, cost_of(self.problem, net))
