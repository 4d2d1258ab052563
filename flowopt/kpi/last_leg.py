"""What a plan brings to those who want it: over which lane, out of which stock, in which round."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.ids import positions
from flowopt.kpi.calendar import Floats, Ints
from flowopt.kpi.history import Mask
from flowopt.kpi.ratio import sums

if TYPE_CHECKING:
    from flowopt.flow import FlowSolution
    from flowopt.inventory import ReplenishmentSolution
    from flowopt.network import Network
    from flowopt.routing import RoutingSolution

_STOCK_KINDS = ("supplier", "plant", "warehouse")
_PART = re.compile(r"(.+) #\d+")  # a drop that is one of several at the same site
_MOST_ROUNDS = 1000  # of passing a value on from site to site


@dataclass(frozen=True, eq=False)
class LastLegs:
    """What reaches demand, by lane (A,) and out of a site's own supply (N,); units per period.

    Parameters
    ----------
    units
        (A,) units that a lane brings for the demand of its target.
    undelivered
        (A,) of them, those that the rounds leave behind.
    in_rounds
        (A,) whether rounds carry them.
    own
        (N,) demand met out of the site's own supply.
    share
        (A,) share of what goes through the target that comes over the lane.
    own_share
        (N,) share of it that the site supplies itself.
    """

    units: Floats
    undelivered: Floats
    in_rounds: Mask
    own: Floats
    share: Floats
    own_share: Floats

    @property
    def delivered(self) -> Floats:
        """(A,) units that reach those who want them."""
        return self.units - self.undelivered

    @property
    def total_delivered(self) -> float:
        """Units delivered over all lanes and out of sites' own supply."""
        return float(self.delivered.sum() + self.own.sum())


def last_legs(
    network: Network,
    flow: FlowSolution,
    rounds: Mapping[Any, RoutingSolution],
    mode: str | None,
    failures: Failures,
) -> LastLegs:
    """Return what reaches demand; collect rounds that do not belong to the network."""
    target = network.lane_target
    through = flow.through
    scale = np.divide(1.0, through, out=np.zeros_like(through), where=through > 0)
    met = flow.problem.demand - flow.unmet
    share, own_share = flow.flow * scale[target], flow.supplied * scale
    units = share * met[target]
    in_rounds = np.zeros(len(units), dtype=np.bool_)
    left = np.zeros(len(units))
    for depot, solution in rounds.items():
        lanes, unserved = _round_lanes(network, depot, solution, failures)
        if mode is not None:
            driven = network.lanes["mode"][lanes] == mode
            lanes, unserved = lanes[driven], unserved[driven]
        in_rounds[lanes] = True
        left[lanes] = unserved * units[lanes]
    return LastLegs(units, left, in_rounds, own_share * met, share, own_share)


def _round_lanes(
    network: Network, depot: Any, solution: RoutingSolution, failures: Failures
) -> tuple[Ints, Floats]:
    """Return the lanes that the rounds of a depot drive, and the share they leave unserved."""
    none = np.empty(0, dtype=np.int64), np.empty(0)
    place = int(positions([depot], network.sites["id"])[0])
    if place < 0:
        fix = "name the site that the rounds start at"
        failures.add("rounds", "depot", None, depot, "unknown_id", "is not a site", fix)
        return none
    site = _client_sites(network, solution, failures)
    if (site < 0).any():
        return none
    num_sites = network.sites.num_rows
    load = _loads(solution)
    behind = np.zeros(len(load))
    behind[[entry.client for entry in solution.unserved]] = 1.0
    wanted, missing = sums(load, site, num_sites), sums(load * behind, site, num_sites)
    unserved = np.divide(missing, wanted, out=np.zeros(num_sites), where=wanted > 0)
    visited = np.isin(network.lane_target, site) & (network.lane_source == place)
    lanes = np.flatnonzero(visited)
    return lanes, unserved[network.lane_target[lanes]]


def _loads(solution: RoutingSolution) -> Floats:
    """Return the load of each client in the first dimension that any has; 1 when none has."""
    demand = solution.problem.clients.demand.reshape(len(solution.problem.clients.id), -1)
    filled = np.flatnonzero(demand.sum(axis=0) > 0)
    return demand[:, filled[0]] if len(filled) else np.ones(len(demand))


def _client_sites(network: Network, solution: RoutingSolution, failures: Failures) -> Ints:
    """Return the site of each client: that of its id, or of its id without ``" #2"`` behind it."""
    names = [str(name) for name in solution.problem.clients.id.tolist()]
    known = network.sites["id"].astype(np.str_)
    exact = positions(names, known)
    stems = [match[1] if (match := _PART.fullmatch(name)) else name for name in names]
    site = np.where(exact >= 0, exact, positions(stems, known))
    for row in np.flatnonzero(site < 0):
        message, fix = "is not a site", "give clients the ids of their sites"
        failures.add("rounds", "client", int(row), names[row], "unknown_id", message, fix)
    return site


def holds_stock(network: Network, replenishment: ReplenishmentSolution | None) -> Mask:
    """Return (N,) which sites serve out of stock: by their kind, or since they have policies."""
    holds: Mask = np.isin(network.sites["kind"], _STOCK_KINDS)
    if replenishment is not None:
        holds[positions(replenishment.problem.items["site"], network.sites["id"])] = True
    return holds


def passed_on(
    network: Network,
    legs: LastLegs,
    holds: Mask,
    at_stock: Floats,
    per_lane: npt.ArrayLike,
    of_own_supply: float,
) -> Floats:
    """Return a value at every site, where sites without stock take on that of their sources.

    Parameters
    ----------
    network, legs
        The network and what flows through it.
    holds
        (N,) sites with stock, whose value is given.
    at_stock
        (N,) their value.
    per_lane
        (A,) what a lane adds.
    of_own_supply
        The value of what a site without stock supplies itself.
    """
    value, added = np.where(holds, at_stock, 0.0), np.asarray(per_lane)
    for _ in range(_MOST_ROUNDS):  # as many as sites without stock in a row; loops fade out
        came = legs.share * (added + value[network.lane_source])
        mixed = sums(came, network.lane_target, len(value)) + legs.own_share * of_own_supply
        new = np.where(holds, at_stock, mixed)
        if np.abs(new - value).max(initial=0.0) <= 1e-12 * (1.0 + np.abs(new).max(initial=0.0)):
            break
        value = new
    return value
