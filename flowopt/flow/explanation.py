"""Why a flow has no answer, in the caller's own ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.tables import DEFAULT_BACKEND, make_frame
from flowopt.flow.expansion import Expansion, FloatArray, IndexArray, PureNetwork

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem

_SHOWN = 4  # names in a message; all are in the fields

LaneId = tuple[str | int, str | int, str | None]


@dataclass(frozen=True)
class Explanation:
    """Why there is no answer.

    Parameters
    ----------
    kind
        ``"shortage"``: not enough can reach `sites`. ``"surplus"``: more is forced upon `sites`
        than can be used there or leave them. ``"cycle"``: cost falls without end around `lanes`.
    message
        One or two sentences with names and amounts.
    sites
        Ids of the sites whose demand cannot be met together (of which too much is forced upon;
        of the cycle).
    shortage
        By how much, units per period; 0 for a cycle.
    lanes
        Lanes (source, target, mode) whose capacity limits what can be done, or that form the
        cycle.
    forced_lanes
        Lanes whose `min_flow` takes away what is short, or brings what is too much.
    supplies
        Ids of the sites whose supply is used up.
    site_capacities
        Ids of the sites whose capacity is used up.
    forced_supplies
        Ids of the sites whose supply must all be used (`unused_cost` inf), and is too much.
    parts
        The cut, or the cycle, a row each: column → values; see `to_frame`.
    fix
        What could be changed, in one sentence.
    """

    kind: str
    message: str
    sites: tuple[str | int, ...]
    shortage: float = 0.0
    lanes: tuple[LaneId, ...] = ()
    forced_lanes: tuple[LaneId, ...] = ()
    supplies: tuple[str | int, ...] = ()
    site_capacities: tuple[str | int, ...] = ()
    forced_supplies: tuple[str | int, ...] = ()
    parts: Mapping[str, Sequence[Any]] = field(default_factory=dict, repr=False, compare=False)
    fix: str = ""

    def __str__(self) -> str:
        return self.message

    def to_frame(self, backend: str = DEFAULT_BACKEND) -> Any:
        """Return the cut as a frame: a row for each demand and each limit that is part of it.

        `part` is ``"demand"``, ``"min_flow"``, ``"supply"``, ``"lane_capacity"`` or
        ``"site_capacity"``; of a site, `source` and `target` are the same. What must be done has
        an `amount` above 0, what can be done one below 0; they add up to `shortage`. Of a cycle,
        `amount` is the cost of a lane.

        Parameters
        ----------
        backend
            Library of the frame.

        Examples
        --------
        >>> from flowopt.flow import FlowProblem
        >>> problem = FlowProblem.from_arrays([0], [1], supply=[5, 0], demand=[0, 6])
        >>> problem.solve().explanation.to_frame()
             part  source  target  amount
        0  demand       1       1     6.0
        1  supply       0       0    -5.0
        """
        return make_frame(self.parts, backend)


def relaxed(network: PureNetwork) -> PureNetwork:
    """Return a network that always has a flow, whose least cost is what must stay undone.

    The lower bounds are shifted to 0. A new node takes, at cost 1 a unit, what nodes cannot ship,
    and gives it free to those that want; all else is free.

    Parameters
    ----------
    network
        A network, most likely without a feasible flow.
    """
    wanted = network.demand.copy()
    wanted[network.root] = -network.demand.sum()
    np.add.at(wanted, network.source, network.lower)
    np.subtract.at(wanted, network.target, network.lower)
    undone = network.num_nodes
    giving, taking = np.flatnonzero(wanted < 0), np.flatnonzero(wanted > 0)
    extra = len(giving) + len(taking)
    return PureNetwork(
        source=np.concatenate([network.source, giving, np.full(len(taking), undone)]),
        target=np.concatenate([network.target, np.full(len(giving), undone), taking]),
        lower=np.zeros(network.num_arcs + extra),
        capacity=np.concatenate([network.capacity - network.lower, np.full(extra, np.inf)]),
        cost=np.concatenate(
            [np.zeros(network.num_arcs), np.ones(len(giving)), np.zeros(len(taking))]
        ),
        demand=np.append(wanted, 0.0),
        root=undone,
    )


def shipping_side(
    network: PureNetwork, soft: PureNetwork, flow: FloatArray
) -> npt.NDArray[np.bool_]:
    """Return the nodes that hold what cannot be shipped: one side of the cut.

    Parameters
    ----------
    network
        The network without a feasible flow.
    soft
        `relaxed` of it.
    flow
        A flow of least cost of `soft`.

    Returns
    -------
    side
        (K,) whether what stays undone can still reach the node; nothing more can cross from there
        to the others.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    arcs = network.num_arcs
    carried, capacity = flow[:arcs], soft.capacity[:arcs]
    forward, backward = carried < capacity, carried > 0
    undone = (soft.target == soft.root) & (flow > 0)
    tail = [network.source[forward], network.target[backward], soft.target[undone]]
    head = [network.target[forward], network.source[backward], soft.source[undone]]
    links = np.concatenate(tail), np.concatenate(head)
    shape = (soft.num_nodes,) * 2
    graph = coo_array((np.ones(len(links[0])), links), shape=shape).tocsr()
    reached = breadth_first_order(graph, soft.root, return_predecessors=False)
    side = np.zeros(soft.num_nodes, dtype=np.bool_)
    side[reached] = True
    return side[: network.num_nodes]


@dataclass(frozen=True, eq=False)
class _Cut:
    """A cut in the words of a problem: sites and lanes, by position."""

    side: npt.NDArray[np.bool_]
    lanes: IndexArray
    forced_lanes: IndexArray
    capacities: IndexArray
    supplies: IndexArray
    forced_supplies: IndexArray
    unmets: IndexArray
    shortage: float


def explain_cut(
    problem: FlowProblem, expansion: Expansion, side: npt.NDArray[np.bool_]
) -> Explanation:
    """Return why a problem is infeasible, from a cut of its network.

    What the shipping side gives, with what the minimum flows bring it, exceeds what all capacities
    to the other side let through (Hoffman 1960).

    Parameters
    ----------
    problem
        The problem.
    expansion
        Its network.
    side
        (K,) the nodes that hold what cannot be shipped.
    """
    cut = _cut(expansion, side)
    if side[expansion.network.root]:
        return _shortage(problem, expansion, cut)
    return _surplus(problem, expansion, cut)


def _cut(expansion: Expansion, side: npt.NDArray[np.bool_]) -> _Cut:
    network = expansion.network
    leaving = side[network.source] & ~side[network.target]
    entering = ~side[network.source] & side[network.target]
    lanes, through, supplies, unmets = expansion.split(leaving.astype(np.float64))
    given = network.demand.copy()
    given[network.root] = -network.demand.sum()
    shortage = network.lower[entering].sum() - network.capacity[leaving].sum() - given[side].sum()
    backward = expansion.reverses[leaving[network.num_arcs - len(expansion.reverses) :]]
    forced, _, forced_supplies, _ = expansion.split(network.lower * entering)
    return _Cut(
        side,
        np.union1d(np.flatnonzero(lanes), backward),
        np.flatnonzero(forced),
        expansion.through[through > 0],
        expansion.supplies[supplies > 0],
        expansion.supplies[forced_supplies > 0],
        expansion.unmets[unmets > 0],
        float(shortage),
    )


def _shortage(problem: FlowProblem, expansion: Expansion, cut: _Cut) -> Explanation:
    wanting = np.flatnonzero(~cut.side[expansion.exit] & (problem.demand > 0))
    must = np.setdiff1d(wanting, cut.unmets)  # the others may go without
    needs = []
    if len(must):
        needs.append(f"sites {_sites(problem, must)} demand {problem.demand[must].sum():.10g}")
    if len(cut.forced_lanes):
        needs.append(f"{_forced_flow(problem, cut)} takes {_amount(problem.min_flow, cut):.10g}")
    limits = [
        f"the {what} {names} ({amounts.sum():.10g})"
        for what, names, amounts in (
            ("supply of", _sites(problem, cut.supplies), problem.supply[cut.supplies]),
            ("capacity of lanes", _lanes(problem, cut.lanes), problem.capacity[cut.lanes]),
            (
                "capacity of sites",
                _sites(problem, cut.capacities),
                problem.site_capacity[cut.capacities],
            ),
        )
        if len(amounts)
    ]
    reach = " and ".join(limits) or "nothing: no lane leads there from where there is supply"
    message = f"{' and '.join(needs)}; all that can reach them is {reach}"
    message += f": {cut.shortage:.10g} short."
    ways = []
    if len(cut.supplies) or not limits:
        ways.append("supply of these sites" if limits else "supply behind a lane that leads there")
    if len(cut.lanes):
        ways.append("capacity of these lanes")
    if len(cut.capacities):
        ways.append("capacity of these sites")
    fix = f"It takes at least {cut.shortage:.10g} more {' or '.join(ways)}"
    fix += ", or less minimum flow" if len(cut.forced_lanes) else ""
    fix += ", or a price for unmet demand (unmet_cost)." if len(must) else "."
    return _explanation(problem, cut, "shortage", message, fix, must, demand=must)


def _amount(column: FloatArray, cut: _Cut) -> float:
    return float(column[cut.forced_lanes].sum())


def _forced_flow(problem: FlowProblem, cut: _Cut) -> str:
    return f"the minimum flow of lanes {_lanes(problem, cut.forced_lanes)}"


def _surplus(problem: FlowProblem, expansion: Expansion, cut: _Cut) -> Explanation:
    inside = np.flatnonzero(cut.side[expansion.entry] | cut.side[expansion.exit])
    brought, ways = [], []
    if len(cut.forced_lanes):
        forced = _amount(problem.min_flow, cut)
        brought.append(f"{_forced_flow(problem, cut)} brings {forced:.10g}")
        ways.append("less minimum flow")
    if len(cut.forced_supplies):
        given = problem.supply[cut.forced_supplies].sum()
        names = _sites(problem, cut.forced_supplies)
        brought.append(f"the supply of {names}, all of which must be used, brings {given:.10g}")
        ways.append("a finite price for unused supply (unused_cost)")
    message = (
        f"{' and '.join(brought)} to sites {_sites(problem, inside)}: {cut.shortage:.10g} more "
        "than they can use or send on."
    )
    fix = f"It takes {' or '.join(ways)}, or ways to use or send on {cut.shortage:.10g} more."
    used = inside[cut.side[expansion.exit[inside]] & (problem.demand[inside] > 0)]
    return _explanation(problem, cut, "surplus", message, fix, inside, used=used)


_NOBODY = np.zeros(0, dtype=np.int64)


def _explanation(
    problem: FlowProblem,
    cut: _Cut,
    kind: str,
    message: str,
    fix: str,
    sites: IndexArray,
    demand: IndexArray = _NOBODY,
    used: IndexArray = _NOBODY,
) -> Explanation:
    parts = [
        _part(problem, "demand", demand, problem.demand[demand]),
        _part(problem, "min_flow", cut.forced_lanes, problem.min_flow[cut.forced_lanes]),
        _part(problem, "supply", cut.forced_supplies, problem.supply[cut.forced_supplies]),
        _part(problem, "demand", used, -problem.demand[used]),
        _part(problem, "supply", cut.supplies, -problem.supply[cut.supplies]),
        _part(problem, "lane_capacity", cut.lanes, -problem.capacity[cut.lanes]),
        _part(problem, "site_capacity", cut.capacities, -problem.site_capacity[cut.capacities]),
    ]
    return Explanation(
        kind,
        message[0].upper() + message[1:],
        tuple(problem.site_id[sites].tolist()),
        cut.shortage,
        tuple(_lane_id(problem, lane) for lane in cut.lanes),
        tuple(_lane_id(problem, lane) for lane in cut.forced_lanes),
        tuple(problem.site_id[cut.supplies].tolist()),
        tuple(problem.site_id[cut.capacities].tolist()),
        tuple(problem.site_id[cut.forced_supplies].tolist()),
        _joined(parts),
        fix,
    )


def _part(
    problem: FlowProblem, part: str, rows: IndexArray, amounts: FloatArray
) -> dict[str, list[Any]]:
    """Return rows of the frame of a cut: lanes, or sites, which are both ends of theirs."""
    lanes = part in ("min_flow", "lane_capacity", "cycle")
    source, target = (problem.source[rows], problem.target[rows]) if lanes else (rows, rows)
    columns = {
        "part": [part] * len(rows),
        "source": problem.site_id[source].tolist(),
        "target": problem.site_id[target].tolist(),
    }
    if problem.mode is not None:
        columns["mode"] = problem.mode[rows].tolist() if lanes else [""] * len(rows)
    return columns | {"amount": amounts.tolist()}


def _joined(parts: list[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    return {name: [cell for part in parts for cell in part[name]] for name in parts[0]}


def explain_cycle(problem: FlowProblem, expansion: Expansion, cycle: IndexArray) -> Explanation:
    """Return why the cost of a problem falls without end.

    Parameters
    ----------
    problem
        The problem.
    expansion
        Its network.
    cycle
        Arcs of a cycle without limit whose cost is below 0, in order.
    """
    lanes = cycle[cycle < expansion.num_lanes]  # an undirected one never gains
    cost = expansion.network.cost[cycle].sum()
    message = (
        f"Each unit sent around {_lanes(problem, lanes)} costs {cost:.10g}, and nothing limits "
        "how many are sent: give one of these lanes a capacity, or correct its cost."
    )
    fix = "Give one of these lanes a capacity, or correct its cost."
    sites = tuple(problem.site_id[problem.source[lanes]].tolist())
    around = tuple(_lane_id(problem, lane) for lane in lanes)
    parts = _part(problem, "cycle", lanes, problem.unit_cost[lanes])
    return Explanation("cycle", message, sites, 0.0, around, parts=parts, fix=fix)


def _lane_id(problem: FlowProblem, lane: int) -> LaneId:
    mode = None if problem.mode is None else str(problem.mode[lane])
    ends = problem.site_id[[problem.source[lane], problem.target[lane]]].tolist()
    return ends[0], ends[1], mode


def _sites(problem: FlowProblem, sites: IndexArray) -> str:
    return _some([str(name) for name in problem.site_id[sites[:_SHOWN]]], len(sites))


def _lanes(problem: FlowProblem, lanes: IndexArray) -> str:
    return _some([problem.lane_name(lane) for lane in lanes[:_SHOWN].tolist()], len(lanes))


def _some(names: list[str], count: int) -> str:
    """Return names as a list for people, with the number of those left out."""
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return ", ".join(names) + more
