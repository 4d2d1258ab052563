"""From scenarios in the caller's words to changes of arcs and nodes in whole numbers, and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.flow.expansion import FloatArray, IndexArray
from flowopt.flow.sweeps.kernels.layout import CAPACITY, COST, DEMAND, Changes
from flowopt.flow.sweeps.scenarios import CLOSINGS, KINDS, Scenarios
from flowopt.flow.sweeps.soft import SoftNetwork, Units

if TYPE_CHECKING:
    from flowopt.flow.problem import FlowProblem

_FIRST, _CLOSING = 0, 1  # what is closed stays closed, whatever else a scenario changes


@dataclass(eq=False)
class _Rows:
    """Changes of arcs and nodes as they are found, a block at a time."""

    blocks: list[tuple[npt.NDArray[np.generic], ...]] = field(default_factory=list)

    def add(
        self,
        scenario: IndexArray,
        kind: int,
        place: IndexArray,
        whole: npt.ArrayLike,
        price: npt.ArrayLike = 0.0,
        phase: int = _FIRST,
    ) -> None:
        """Add changes, but those of what a problem does not have (place -1)."""
        there = place >= 0
        given = (scenario, place, whole, price, kind, phase)
        columns = (np.broadcast_to(column, len(place))[there] for column in given)
        self.blocks.append(tuple(columns))

    def changes(self, scenarios: int) -> Changes:
        """Return them sorted by scenario, what is closed last."""
        empty = (np.zeros(0),) * 6
        columns = [np.concatenate(column) for column in zip(empty, *self.blocks, strict=True)]
        scenario, place, whole, price, kind, phase = columns
        order = np.lexsort((phase, scenario))
        start = np.zeros(scenarios + 1, dtype=np.int64)
        counts = np.bincount(scenario.astype(np.int64), minlength=scenarios)
        np.cumsum(counts, out=start[1:])
        return Changes(
            start,
            kind[order].astype(np.uint8),
            place[order].astype(np.int64),
            whole[order].astype(np.int64),
            price[order].astype(np.float64),
        )


def changes_of(
    problem: FlowProblem, network: SoftNetwork, units: Units, scenarios: Scenarios
) -> Changes:
    """Return what each scenario changes of a network.

    Parameters
    ----------
    problem
        Sites and lanes.
    network
        The network of the problem.
    units
        How values become whole numbers.
    scenarios
        What changes.
    """
    rows, places = _Rows(), network.places

    def of(kind: str) -> tuple[IndexArray, IndexArray, FloatArray]:
        found = scenarios.rows(kind)
        return scenarios.scenario[found], scenarios.place[found], scenarios.value[found]

    _change_lanes(problem, network, units, rows, of("capacity"), of("unit_cost"))
    scenario, site, value = of("demand")
    rows.add(scenario, DEMAND, places.exit[site], units.amounts(value, up=False))
    rows.add(scenario, CAPACITY, places.unmet[site], units.amounts(value, up=False))
    scenario, site, value = of("supply")
    forced = places.forced[site] >= 0
    amount = np.where(forced, 0, units.amounts(value, up=True))
    rows.add(scenario, CAPACITY, places.supply[site], amount)
    rows.add(scenario, CAPACITY, places.forced[site], units.amounts(value, up=False))
    scenario, site, value = of("site_capacity")
    rows.add(scenario, CAPACITY, places.through[site], units.amounts(value, up=True))
    scenario, site, value = of("handling_cost")
    rows.add(scenario, COST, places.through[site], units.costs(value, 0), value)
    scenario, lane, _ = of("lane_closed")
    _close_lanes(network, rows, scenario, lane)
    scenario, site, _ = of("site_closed")
    _close_sites(problem, network, rows, scenario, site)
    return rows.changes(len(scenarios))


def _change_lanes(
    problem: FlowProblem,
    network: SoftNetwork,
    units: Units,
    rows: _Rows,
    capacities: tuple[IndexArray, IndexArray, FloatArray],
    costs: tuple[IndexArray, IndexArray, FloatArray],
) -> None:
    places = network.places
    scenario, lane, value = capacities
    for arc in (lane, places.reverse[lane]):
        amount = units.amounts(value - problem.min_flow[lane], up=True)
        rows.add(scenario, CAPACITY, arc, amount)
    scenario, lane, value = costs
    for arc, weight in ((lane, 0), (places.reverse[lane], 0), (places.kept[lane], -1)):
        rows.add(scenario, COST, arc, units.costs(value, weight), value)


def _close_lanes(network: SoftNetwork, rows: _Rows, scenario: IndexArray, lane: IndexArray) -> None:
    for arc in (lane, network.places.reverse[lane], network.places.kept[lane]):
        rows.add(scenario, CAPACITY, arc, 0, phase=_CLOSING)


def _close_sites(
    problem: FlowProblem,
    network: SoftNetwork,
    rows: _Rows,
    scenario: IndexArray,
    site: IndexArray,
) -> None:
    """Close sites with their lanes; what they give and take falls away."""
    if not len(site):
        return
    places = network.places
    for place in (places.through, places.supply, places.forced, places.unmet):
        rows.add(scenario, CAPACITY, place[site], 0, phase=_CLOSING)
    taking = places.unmet[site] >= 0
    rows.add(scenario[taking], DEMAND, places.exit[site[taking]], 0, phase=_CLOSING)
    for ends in (problem.source, problem.target):
        order = np.argsort(ends, kind="stable")
        start = np.searchsorted(ends[order], np.arange(problem.num_sites + 1))
        count = start[site + 1] - start[site]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        lane = order[np.repeat(start[site], count) + within]
        _close_lanes(network, rows, np.repeat(scenario, count), lane)


def changed_problem(problem: FlowProblem, scenarios: Scenarios, scenario: int) -> FlowProblem:
    """Return the problem of one scenario.

    Parameters
    ----------
    problem
        Sites and lanes.
    scenarios
        What changes.
    scenario
        Position of the scenario.
    """
    columns: dict[str, FloatArray] = {}

    def column(name: str) -> FloatArray:
        if name not in columns:
            columns[name] = getattr(problem, name).copy()
        return columns[name]

    rows = np.arange(*np.searchsorted(scenarios.scenario, [scenario, scenario + 1]))
    for code in np.unique(scenarios.kind[rows]).tolist():
        if KINDS[code] not in CLOSINGS:
            some = rows[scenarios.kind[rows] == code]
            column(KINDS[code])[scenarios.place[some]] = scenarios.value[some]
    kinds = scenarios.kind[rows]
    closed_sites = scenarios.place[rows][kinds == KINDS.index("site_closed")]
    lanes = np.zeros(problem.num_lanes, dtype=np.bool_)
    lanes[scenarios.place[rows][kinds == KINDS.index("lane_closed")]] = True
    lanes |= np.isin(problem.source, closed_sites) | np.isin(problem.target, closed_sites)
    if lanes.any():
        for name in ("capacity", "min_flow"):
            column(name)[lanes] = 0.0
    if len(closed_sites):
        for name in ("supply", "demand", "site_capacity"):
            column(name)[closed_sites] = 0.0
    return problem.replace(**columns)
