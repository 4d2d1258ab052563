"""Splits an allocation by commodity: what passes through each site of each item, and how surely.

The allocation moves units whatever they are. Its lanes and sites treat all commodities alike, so
each site may be taken to draw every item in the same shares from its sources. With P[i, j] the
share of j's inflow that comes from i and d the demand met at each site, the throughput of an item
is x = d + P x, and its variance, with orders passed on as they come, is v = var(d) + P∘P v.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

if TYPE_CHECKING:
    from flowopt.flow import FlowSolution
    from flowopt.network import Network

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ItemFlow:
    """Throughput of each site by commodity.

    Parameters
    ----------
    mean
        (S, K) units per period that leave each site or are used there.
    sd
        (S, K) their standard deviation.
    lane_share
        (A,) share of what goes through the target that comes over the lane.
    met
        (S, K) demand of the site itself that is met.
    """

    mean: Floats
    sd: Floats
    lane_share: Floats
    met: Floats


def item_flow(network: Network, flow: FlowSolution) -> ItemFlow:
    """Split an allocation by commodity.

    Parameters
    ----------
    network
        The network, with S sites and K commodities.
    flow
        The allocation over it.
    """
    num_sites, num_items = network.sites.num_rows, network.commodities.num_rows
    demand, variance = np.zeros((2, num_sites, num_items))
    place = network.demand_site, network.demand_commodity
    np.add.at(demand, place, network.demand["demand"])
    np.add.at(variance, place, network.demand["demand_sd"] ** 2)

    total = demand.sum(axis=1)
    served = 1.0 - np.divide(flow.unmet, total, out=np.zeros(num_sites), where=total > 0)
    met = demand * served[:, None]
    lane_share = _lane_shares(network, flow)
    between = (network.lane_source, network.lane_target)
    share = sparse.coo_array((lane_share, between), shape=(num_sites, num_sites)).tocsr()
    mean = _upstream(share, met)
    spread = _upstream(share.multiply(share).tocsr(), variance * served[:, None] ** 2)
    return ItemFlow(mean, np.sqrt(spread), lane_share, met)


def _lane_shares(network: Network, flow: FlowSolution) -> Floats:
    through = flow.supplied.copy()
    np.add.at(through, network.lane_target, flow.flow)
    whole = through[network.lane_target]
    shares: Floats = np.divide(flow.flow, whole, out=np.zeros_like(whole), where=whole > 0)
    return shares


def _upstream(share: sparse.csr_array, own: Floats) -> Floats:
    """Solve x = own + share x by passing demand up, one echelon a round."""
    total, passed = own.copy(), own
    for _ in range(1000):  # echelons; a loop of lanes dies out geometrically
        passed = share @ passed
        total += passed
        if passed.max(initial=0.0) <= 1e-12 * max(1.0, total.max(initial=0.0)):
            break
    return total
