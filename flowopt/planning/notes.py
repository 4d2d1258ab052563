"""What the reader of a plan should know: shortages, bottlenecks, what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.status import Limit

if TYPE_CHECKING:
    from flowopt.flow import FlowSolution
    from flowopt.inventory import ReplenishmentSolution
    from flowopt.network import Network
    from flowopt.planning.rounds import Rounds

NOTHING = 1e-9
"""Units per period below which a flow is the rounding of another."""


@dataclass(frozen=True)
class Note:
    """One thing to know about a plan.

    Parameters
    ----------
    code
        A short stable name (``"unmet_demand"``, ``"lane_full"``).
    ids
        What it is about, in the user's ids.
    message
        One sentence.
    fix
        What to do about it.
    """

    code: str
    ids: tuple[str, ...]
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.message}; {self.fix}"


def network_notes(network: Network) -> list[Note]:
    """Return the findings of the network's own check."""
    return [
        Note(finding.code, tuple(map(str, finding.ids)), finding.message, finding.fix)
        for finding in network.check()
    ]


def flow_notes(network: Network, flow: FlowSolution) -> list[Note]:
    """Return unmet demand, and the lanes and sites that are full."""
    ids, notes = network.sites["id"], []
    for site in np.flatnonzero(flow.unmet > NOTHING):
        message = f"{ids[site]} gets {flow.unmet[site]:,.1f} units per period less than it wants"
        fix = "add supply, or capacity on the way to it"
        notes.append(Note("unmet_demand", (str(ids[site]),), message, fix))
    lanes = network.lanes
    full = np.isfinite(lanes["capacity"]) & (lanes["capacity"] > 0)
    full &= flow.flow >= lanes["capacity"] * (1 - 1e-9)
    for lane in np.flatnonzero(full):
        name = tuple(str(lanes[column][lane]) for column in ("source", "target", "mode"))
        message = f"{name[0]} → {name[1]} by {name[2]} is full at {flow.flow[lane]:,.1f} units"
        notes.append(Note("lane_full", name, message, "more capacity there would lower the cost"))
    through, capacity = flow.through, network.sites["capacity"]
    for site in np.flatnonzero((capacity > 0) & (through >= capacity * (1 - 1e-9))):
        message = f"{ids[site]} is full at {through[site]:,.1f} units per period"
        fix = "more capacity there may lower the cost"
        notes.append(Note("site_full", (str(ids[site]),), message, fix))
    return notes


def unknown_stock(network: Network) -> Note:
    """Return that no stock is on record, with the sites whose opening stock is of no commodity."""
    sites = network.sites
    held = (sites["kind"] == "warehouse") & (sites["opening_stock"] > 0)
    ids = tuple(map(str, sites["id"][held].tolist()))
    message = "the stock of the items is not on record: today's orders fill empty shelves"
    return Note("no_stock", ids, message, "give a table stock (site, commodity, on_hand)")


def stock_notes(solution: ReplenishmentSolution) -> list[Note]:
    """Return the items that run out before an order placed today can arrive."""
    items, notes = solution.problem.items, []
    net = items["on_hand"] - items["backorders"]
    time = items["lead_time"]
    short = net + items["on_order"] < items["demand_mean"] * time
    for row in np.flatnonzero(short):
        lasts = max(0.0, net[row]) / items["demand_mean"][row]
        what, where = str(items["item"][row]), str(items["site"][row])
        message = f"{what} at {where} lasts {lasts:.1f} periods, its lead time is {time[row]:.1f}"
        notes.append(
            Note("runs_out", (where, what), message, "expedite, or move stock from elsewhere")
        )
    return notes


def rounds_notes(rounds: Mapping[Any, Rounds]) -> list[Note]:
    """Return whose rounds were stopped, and the drops that none serves, each with its reason."""
    notes = []
    stopped = tuple(str(d) for d, part in rounds.items() if part.solution.limit is Limit.CANCELLED)
    if stopped:
        message = f"the rounds of {', '.join(stopped)} were stopped before their time"
        notes.append(Note("cancelled", stopped, message, "plan again to let the search end"))
    for depot, part in rounds.items():
        for client in part.solution.unserved:
            name = part.drops.client[client.client]
            ids = (str(depot), name)
            message = f"{name} is not delivered from {depot}: {client.message}"
            notes.append(Note(f"unserved_{client.reason}", ids, message, client.fix))
    return notes


def without_vehicles(
    network: Network, flow: FlowSolution, depots: set[Any], mode: str
) -> list[Note]:
    """Return the sites that deliver to customers by the vehicles' mode but have no vehicles."""
    sites = network.sites
    delivers = (sites["kind"][network.lane_target] == "customer") & (flow.flow > NOTHING)
    delivers &= network.lanes["mode"] == mode
    notes = []
    for site in np.unique(network.lane_source[delivers]):
        name = sites["id"][site].item()
        if name not in depots:
            message = f"{name} delivers to customers but has no vehicles: no rounds are planned"
            fix = "add a row for it to vehicle_types"
            notes.append(Note("no_vehicles", (str(name),), message, fix))
    return notes
