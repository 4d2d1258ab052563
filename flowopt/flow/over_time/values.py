"""The numbers of an answer over time, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.network.over_time import TimeExpandedNetwork

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FlowOverTimeValues:
    """The numbers of an answer.

    Parameters
    ----------
    flow
        (A, T) what leaves over each lane in each period, units.
    supplied, unmet
        (S, T) what each site gives, and what it wants and does not get, units.
    stock
        (S, T) what is at each site at the end of each period, units.
    prices
        (S, T) cost of one more unit demanded at each site in each period.
    entry_prices
        (S, T) cost of one more unit brought to each site, before it is handled.
    """

    flow: FloatArray
    supplied: FloatArray
    unmet: FloatArray
    stock: FloatArray
    prices: FloatArray
    entry_prices: FloatArray

    def __post_init__(self) -> None:
        for array in vars(self).values():
            array.setflags(write=False)


def sendings(network: TimeExpandedNetwork) -> tuple[IndexArray, IndexArray, IndexArray]:
    """Return lanes, departures and arrivals of all that can leave and arrive in time."""
    arrival = np.arange(network.num_periods)[None, :] + network.lead_periods[:, None]
    lane, departure = np.nonzero(arrival < network.num_periods)
    return lane, departure, arrival[lane, departure]


def arrived(network: TimeExpandedNetwork, flow: FloatArray) -> FloatArray:
    """Return (S, T) what comes over lanes to each site in each period."""
    total = np.zeros((network.num_sites, network.num_periods))
    lane, departure, arrival = sendings(network)
    np.add.at(total, (network.target[lane], arrival), flow[lane, departure])
    return total


def left(network: TimeExpandedNetwork, flow: FloatArray) -> FloatArray:
    """Return (S, T) what leaves each site over lanes in each period."""
    total = np.zeros((network.num_sites, network.num_periods))
    np.add.at(total, network.source, flow)
    return total


def inbound(network: TimeExpandedNetwork, values: FlowOverTimeValues) -> FloatArray:
    """Return (S, T) what comes into each site: over lanes, supplied, and on its way before."""
    total: FloatArray = arrived(network, values.flow) + values.supplied + network.receipts
    return total
