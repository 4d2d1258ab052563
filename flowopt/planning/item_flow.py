"""Splits an allocation by commodity: what passes through each site of each item, and how surely.

The allocation moves units whatever they are. Its lanes and sites treat all commodities alike, so
each site may be taken to draw every item in the same shares from its sources. With P[i, j] the
share of what goes through j that comes from i, a unit met at j makes W[i, j] units go through i,
W = I + P + P² + … = (I - P)⁻¹. With d the demand met at each site, the throughput of an item is
x = W d and its variance, with orders passed on as they come, (W∘W) var(d): what reaches a customer
over two warehouses is one and the same demand at the plant behind them.
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

_NOTHING = 1e-15  # share of a unit that no longer counts
_MOST_DOUBLINGS = 60  # only what goes round for ever, and so is wanted nowhere, takes as many


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
    weight = _weights(network, lane_share)
    spread = weight.multiply(weight).tocsr() @ (variance * served[:, None] ** 2)
    return ItemFlow(weight @ met, np.sqrt(spread), lane_share, met)


def _lane_shares(network: Network, flow: FlowSolution) -> Floats:
    whole = flow.through[network.lane_target]
    shares: Floats = np.divide(flow.flow, whole, out=np.zeros_like(whole), where=whole > 0)
    return shares


def _weights(network: Network, lane_share: Floats) -> sparse.csr_array:
    """Return (S, S) how much goes through each site for one unit met at another.

    The series is summed by doubling, I + P + P² + P³ = (I + P)(I + P²): as many rounds as the
    logarithm of the echelons, or of how often goods go round a loop of lanes.
    """
    num_sites = network.sites.num_rows
    between = (network.lane_source, network.lane_target)
    power = sparse.coo_array((lane_share, between), shape=(num_sites, num_sites)).tocsr()
    weight: sparse.csr_array = sparse.eye_array(num_sites, format="csr")
    for _ in range(_MOST_DOUBLINGS):
        power.eliminate_zeros()
        if power.nnz == 0 or power.data.max() <= _NOTHING:
            break
        weight = weight + power @ weight
        power = power @ power
    return weight
