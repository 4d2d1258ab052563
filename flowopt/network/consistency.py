"""What in a network will keep a plan from being found, or from being what was meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from flowopt.network.cuts import (
    GIVING_KINDS,
    TOLERANCE,
    Arcs,
    Cut,
    arcs_of,
    leading_to,
    linked_parts,
    reached,
    tight_cuts,
    zero_cuts,
)
from flowopt.network.distances import great_circle

if TYPE_CHECKING:
    from flowopt.network.network import Network

Indices = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_SHOWN = 5  # ids in a message; all are in `ids`
_SHORTEST = 0.99  # of the great circle: the earth is no sphere, and coordinates are rounded


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a network that is likely not meant.

    Parameters
    ----------
    code
        A short stable name (``"unreached_customer"``).
    severity
        ``"error"`` when not all demand can be met because of it, else ``"warning"``.
    ids
        The sites and lanes at fault; a lane is written ``"Lyon → Nice (road)"``.
    message
        What is wrong.
    fix
        What to do about it.
    """

    code: str
    severity: Literal["error", "warning"]
    ids: tuple[str | int, ...]
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.severity} [{self.code}]: {self.message}; {self.fix}"


def findings(network: Network) -> tuple[Finding, ...]:
    """Return all that was found, errors first; see `Network.check`."""
    inspector = _Inspector(network)
    found = [
        *inspector.unreached_customers(),
        *inspector.cuts(),
        *inspector.minimum_flows(),
        *inspector.stray_lanes(),
        *inspector.sites(),
        *inspector.places(),
    ]
    return tuple(sorted(found, key=lambda finding: finding.severity != "error"))


class _Inspector:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.ids: list[Any] = network.sites["id"].tolist()
        self.kind = network.sites["kind"]
        self.arcs: Arcs = arcs_of(network)
        self.demand = self.arcs.demand
        self.supply = network.sites["supply"]
        self.reached = reached(self.arcs)[: self.arcs.num_sites]

    # ---- what cannot be met

    def unreached_customers(self) -> Iterator[Finding]:
        fix = "add lanes that lead there from a supplier or plant, or remove the demand"
        alone = ~self.reached & (self.demand > 0)
        if alone.any():
            sites = self._sites(alone)
            amount = f"demand {self.demand[alone].sum():g} per period"
            message = f"no supplier reaches {_some(sites)} ({amount})"
            yield Finding("unreached_customer", "error", sites, message, fix)
        idle = ~self.reached & (self.demand == 0) & (self.kind == "customer")
        if idle.any():
            sites = self._sites(idle)
            message = f"no supplier reaches {_some(sites)} (no demand so far)"
            yield Finding("unreached_customer", "warning", sites, message, fix)

    def cuts(self) -> Iterator[Finding]:
        for cut in zero_cuts(self.arcs):
            names, ids = self._named(cut)
            whom = f"{_some(self._sites(cut.cut_off))} (demand {cut.demand:g} per period)"
            message = f"every way to {whom} passes a capacity or supply of 0: {_some(names)}"
            fix = f"raise {_some(names)}, or add another way"
            yield Finding("zero_capacity_cut", "error", ids, message, fix)
        short = list(self._short_supplies())
        yield from short
        told = {site for finding in short for site in finding.ids}
        for cut in tight_cuts(self.arcs):
            names, ids = self._named(cut)
            if len(cut.supplies) == len(names) and told.issuperset(ids):
                continue  # nothing but the shortage of supply
            whom = f"{_some(self._sites(cut.cut_off))} (demand {cut.demand:g} per period)"
            message = f"at most {cut.capacity:g} can reach {whom}, through {_some(names)}"
            missing = cut.demand - cut.capacity
            fix = f"raise these by {missing:g} together, add another way, or lower the demand"
            yield Finding("capacity_short", "error", ids, message, fix)

    def _short_supplies(self) -> Iterator[Finding]:
        """Compare supply with demand, in all and in each part that is linked to no other."""
        size = len(self.ids)
        num_parts, part = linked_parts(self.network.lane_source, self.network.lane_target, size)
        everywhere = np.ones(size, dtype=np.bool_)
        yield from self._short_supply(everywhere, "")
        gives = np.isin(np.arange(size), self.arcs.givers)
        alive = np.bincount(part, gives, num_parts) * np.bincount(part, self.demand, num_parts)
        if np.count_nonzero(np.bincount(part, gives | (self.demand > 0), num_parts)) < 2:
            return
        for which in np.flatnonzero(alive):  # where nothing gives, customers are not reached
            members = part == which
            name = _some(self._sites(members & (self.demand > 0)))
            yield from self._short_supply(members, f" in the part of the network with {name}")

    def _short_supply(self, members: npt.NDArray[np.bool_], where: str) -> Iterator[Finding]:
        supply, demand = self.supply[members].sum(), self.demand[members].sum()
        if demand <= supply + TOLERANCE * demand:
            return
        inside = self.arcs.givers[members[self.arcs.givers]]
        ids = self._sites(inside) or self._sites(members & (self.demand > 0))
        message = f"supply{where} is {supply:g} per period, {demand - supply:g} short of demand"
        whose = f"of {_some(ids)}" if len(inside) else "of a site"
        fix = f"raise the supply {whose} by {demand - supply:g}, or lower the demand"
        yield Finding("supply_short", "error", ids, message, fix)

    def minimum_flows(self) -> Iterator[Finding]:
        least = self.network.lanes["min_flow"]
        capacity = self.network.sites["capacity"]
        for ends, way in ((self.network.lane_target, "into"), (self.network.lane_source, "out of")):
            forced = np.zeros(len(self.ids))
            np.add.at(forced, ends, least)
            for site in np.flatnonzero(forced > capacity * (1 + TOLERANCE)):
                lanes = self._lanes(np.flatnonzero((ends == site) & (least > 0)))
                limit = f"its capacity {capacity[site]:g}"
                message = (
                    f"min_flow {way} {self.ids[site]} adds up to {forced[site]:g}, over {limit}"
                )
                fix = f"lower min_flow of {_some(lanes)}, or raise the capacity of {self.ids[site]}"
                yield Finding("min_flow_too_high", "error", (self.ids[site], *lanes), message, fix)

    # ---- what serves nothing

    def stray_lanes(self) -> Iterator[Finding]:
        sinks = np.flatnonzero((self.demand > 0) | (self.kind == "customer"))
        if len(sinks):
            leads = leading_to(self.arcs, sinks)[: len(self.ids)]
            lost = np.flatnonzero(~leads[self.network.lane_target])
            what = "no customer can be reached over {}"
            fix = "add lanes from there to customers, or remove them"
            yield from self._stray(lost, "lane_to_nowhere", what, fix)
        empty = np.flatnonzero(~self.reached[self.network.lane_source])
        what = "no supplier reaches the start of {}"
        fix = "add lanes from a supplier to there, or remove them"
        yield from self._stray(empty, "lane_from_nowhere", what, fix)

    def _stray(self, lanes: Indices, code: str, what: str, fix: str) -> Iterator[Finding]:
        forced = self.network.lanes["min_flow"][lanes] > 0
        if forced.any():
            ids = self._lanes(lanes[forced])
            text = f"{what.format(_some(ids))}, where min_flow is above 0"
            yield Finding(code, "error", ids, text, f"{fix}, or set min_flow to 0")
        if not forced.all():
            ids = self._lanes(lanes[~forced])
            yield Finding(code, "warning", ids, what.format(_some(ids)), fix)

    def sites(self) -> Iterator[Finding]:
        linked = np.zeros(len(self.ids), dtype=np.bool_)
        linked[self.network.lane_source] = linked[self.network.lane_target] = True
        fix = "add lanes, or remove the sites"
        yield from self._warning(~linked, "isolated_site", "no lane leads to or from {}", fix)
        fix = "write what can be given per period (inf: no limit), or change the kind"
        silent = np.isin(self.kind, GIVING_KINDS) & (self.supply == 0)
        yield from self._warning(silent, "no_supply", "the supply of {} is 0", fix)
        if not self.demand.any():
            fix = "give a table demand (site, demand)"
            yield Finding("no_demand", "warning", (), "no site demands anything", fix)
            return
        fix = "add rows to the table demand, or remove the sites"
        idle = (self.kind == "customer") & (self.demand == 0)
        yield from self._warning(idle, "no_demand", "there is no demand of {}", fix)

    # ---- what is somewhere else than meant

    def places(self) -> Iterator[Finding]:
        lat, lon = self.network.sites["lat"], self.network.sites["lon"]
        zero = (lat == 0) & (lon == 0)
        fix = "write lat and lon, or leave both blank"
        text = "latitude 0, longitude 0, which is in the sea, is given for {}"
        yield from self._warning(zero, "coordinates_zero", text, fix)
        ends = self.network.lane_source, self.network.lane_target
        phi, lam = np.radians(lat), np.radians(lon)
        straight = great_circle(phi[ends[0]], lam[ends[0]], phi[ends[1]], lam[ends[1]])
        distance = self.network.lanes["distance"]
        short = np.flatnonzero((distance < _SHORTEST * straight) & (distance > 0))
        if len(short):
            ids = self._lanes(short)
            first = f"{distance[short[0]]:.4g} km for {straight[short[0]]:.4g} km"
            message = f"less than the great circle is the distance of {_some(ids)} (first: {first})"
            fix = "give distances in km, and check that lat and lon are not swapped"
            yield Finding("distance_too_short", "warning", ids, message, fix)

    # ---- names

    def _warning(
        self, mask: npt.NDArray[np.bool_], code: str, text: str, fix: str
    ) -> Iterator[Finding]:
        if mask.any():
            ids = self._sites(mask)
            yield Finding(code, "warning", ids, text.format(_some(ids)), fix)

    def _sites(self, which: npt.NDArray[Any]) -> tuple[str | int, ...]:
        """Return the ids of sites, from a mask or positions."""
        places = np.flatnonzero(which) if which.dtype == np.bool_ else which
        return tuple(self.ids[place] for place in places.tolist())

    def _lanes(self, which: Indices) -> tuple[str, ...]:
        ends = (self.network.lanes[name][which].tolist() for name in ("source", "target", "mode"))
        return tuple(f"{s} → {t} ({mode})" for s, t, mode in zip(*ends, strict=True))

    def _named(self, cut: Cut) -> tuple[list[str], tuple[str | int, ...]]:
        """Return the parts of a cut for a sentence, and their ids."""
        lanes, sites = self._lanes(cut.lanes), self._sites(cut.sites)
        supplies = self._sites(cut.supplies)
        names = [
            *(f"lane {lane}" for lane in lanes),
            *(f"the capacity of {site}" for site in sites),
            *(f"the supply of {site}" for site in supplies),
        ]
        return names, tuple(dict.fromkeys([*lanes, *sites, *supplies]))


def _some(names: Sequence[Any]) -> str:
    shown = ", ".join(map(str, names[:_SHOWN]))
    more = len(names) - _SHOWN
    return shown if more <= 0 else f"{shown} and {more:,} more"
