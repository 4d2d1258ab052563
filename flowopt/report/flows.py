"""What the report says of the flows: who serves, what moves, what is full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.report.maps import shade

if TYPE_CHECKING:
    from flowopt.flow import FlowSolution
    from flowopt.network import Network
    from flowopt.planning import Plan

NOTHING = 1e-9
"""Units below which a flow is the rounding of another."""

KIND_ORDER = ("supplier", "plant", "crossdock", "warehouse", "customer")
"""The kinds of sites, along the way of the goods."""

MOST_LANES = 24
_FULL = 1 - 1e-9
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SiteRow:
    """A site through which goods pass.

    Parameters
    ----------
    site
        Its position.
    kind, colour
        What it is, and how it is drawn.
    through
        Units per period that arrive there or begin there.
    capacity
        The most that can pass; inf for no limit.
    customers
        How many it delivers to.
    """

    site: int
    kind: str
    colour: str
    through: float
    capacity: float
    customers: int

    @property
    def use(self) -> float | None:
        """Throughput over capacity; None without a limit."""
        return _share(self.through, self.capacity)

    @property
    def full(self) -> bool:
        """Whether nothing more can pass."""
        return self.use is not None and self.use >= _FULL


@dataclass(frozen=True)
class LaneRow:
    """A lane that moves goods.

    Parameters
    ----------
    source, target
        Positions of its ends.
    mode
        Position of its mode.
    flow, capacity
        Units per period.
    unit_cost, distance, lead_time
        As in the table of lanes.
    saving
        What one more unit of capacity would save per period; 0 where it would not.
    """

    source: int
    target: int
    mode: int
    flow: float
    capacity: float
    unit_cost: float
    distance: float
    lead_time: float
    saving: float

    @property
    def use(self) -> float | None:
        """Flow over capacity; None without a limit."""
        return _share(self.flow, self.capacity)

    @property
    def full(self) -> bool:
        """Whether nothing more can move."""
        return self.use is not None and self.use >= _FULL


@dataclass(frozen=True)
class Flows:
    """What the report says of the flows.

    Parameters
    ----------
    demand, served
        Units per period that are wanted, and that arrive.
    transport_cost
        Of all lanes, per period.
    sites
        The sites through which goods pass, customers excepted, the fullest kinds first.
    lanes
        The lanes between them, the largest flows first, at most `MOST_LANES`.
    num_lanes
        How many of them there are.
    num_deliveries
        How many lanes to customers are used.
    split
        Positions of the customers that more than one site delivers to.
    """

    demand: float
    served: float
    transport_cost: float
    sites: list[SiteRow]
    lanes: list[LaneRow]
    num_lanes: int
    num_deliveries: int
    split: list[int]


def depot_colours(network: Network, flow: FlowSolution) -> dict[int, str]:
    """Return the colour of each site that delivers, and of the customers it delivers most to.

    Parameters
    ----------
    network
        The network.
    flow
        The allocation over it.
    """
    last = is_delivery(network) & (flow.flow > NOTHING)
    sources = np.unique(network.lane_source[last]).tolist()
    colour = {site: shade(rank) for rank, site in enumerate(sources)}
    main: dict[int, tuple[float, int]] = {}
    for lane in np.flatnonzero(last).tolist():
        target, source = int(network.lane_target[lane]), int(network.lane_source[lane])
        main[target] = max(main.get(target, (0.0, -1)), (float(flow.flow[lane]), source))
    return {target: colour[source] for target, (_, source) in main.items()} | colour


def is_delivery(network: Network) -> npt.NDArray[np.bool_]:
    """Return (A,) whether a lane ends at a customer."""
    kinds: npt.NDArray[Any] = network.sites["kind"]
    return np.asarray(kinds[network.lane_target] == "customer")


def describe(plan: Plan, colour: dict[int, str]) -> Flows:
    """Return what the report says of the flows of a plan.

    Parameters
    ----------
    plan
        The plan; its flow has a solution.
    colour
        Site's position → colour.
    """
    network, flow = plan.network, plan.flow
    used = flow.flow > NOTHING
    last = is_delivery(network)
    trunk = np.flatnonzero(used & ~last)
    trunk = trunk[np.argsort(-flow.flow[trunk], kind="stable")]
    deliveries = network.lane_target[used & last]
    targets, counts = np.unique(deliveries, return_counts=True)
    wanted = network.total_demand()
    return Flows(
        float(wanted.sum()),
        float(wanted.sum() - flow.unmet.sum()),
        float(flow.flow @ network.lanes["unit_cost"]),
        _sites(network, flow, colour),
        [_lane(network, flow, int(lane)) for lane in trunk[:MOST_LANES]],
        len(trunk),
        len(deliveries),
        targets[counts > 1].tolist(),
    )


def _sites(network: Network, flow: FlowSolution, colour: dict[int, str]) -> list[SiteRow]:
    """Return the sites of a network through which goods pass, customers excepted."""
    sites = network.sites
    used = (flow.flow > NOTHING) & is_delivery(network)
    customers = np.bincount(network.lane_source[used], minlength=sites.num_rows)
    rows = [
        SiteRow(
            site,
            str(sites["kind"][site]),
            colour.get(site, "#1e293b"),
            float(flow.through[site]),
            float(_limit(network, site)),
            int(customers[site]),
        )
        for site in np.flatnonzero(sites["kind"] != "customer").tolist()
    ]
    return sorted(rows, key=lambda row: (KIND_ORDER.index(row.kind), -row.through))


def _limit(network: Network, site: int) -> float:
    """Return the most that can leave a site: its capacity, or its supply where it only gives."""
    capacity = float(network.sites["capacity"][site])
    receives = bool((network.lane_target == site).any())
    return capacity if receives else min(capacity, float(network.sites["supply"][site]))


def _lane(network: Network, flow: FlowSolution, lane: int) -> LaneRow:
    lanes = network.lanes
    at_capacity = flow.flow[lane] >= lanes["capacity"][lane] * _FULL
    reduced = float(flow.reduced_costs[lane])
    return LaneRow(
        int(network.lane_source[lane]),
        int(network.lane_target[lane]),
        int(network.lane_mode[lane]),
        float(flow.flow[lane]),
        float(lanes["capacity"][lane]),
        float(lanes["unit_cost"][lane]),
        float(lanes["distance"][lane]),
        float(lanes["lead_time"][lane]),
        -reduced if at_capacity and reduced < -1e-12 else 0.0,
    )


def _share(part: float, whole: float) -> float | None:
    if not np.isfinite(whole):
        return None
    return part / whole if whole > 0 else 0.0
