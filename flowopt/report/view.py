"""The report as plain data: what each section shows, in no language and no form."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import flowopt
from flowopt.report import flows, rounds, stock
from flowopt.report.indicators import Card, cards
from flowopt.report.maps import (
    DASHES,
    Map,
    Places,
    Stream,
    delivery_lines,
    draw,
    project,
    round_lines,
    stream_lines,
)

if TYPE_CHECKING:
    from flowopt.planning import Plan

MOST_STREAMS = 400
UNNAMED_CURRENCY = "money"
"""The unit of costs of which nobody named the currency."""

_ELSEWHERE = ("unmet_demand", "lane_full", "site_full", "runs_out")
"""Codes of the notes that sections of their own tell of."""


@dataclass(frozen=True)
class Action:
    """One thing to do or to know, at the top of the page.

    Parameters
    ----------
    key
        Of its text.
    grade
        ``"bad"``, ``"warn"`` or ``"info"``.
    link
        The section that tells more.
    values
        Placeholder of the text → value.
    """

    key: str
    grade: str
    link: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """Notes of one kind: their code, and for each what it is about, its message and fix."""

    code: str
    entries: list[tuple[list[str], str, str]]


@dataclass(frozen=True)
class View:
    """The report as plain data.

    Parameters
    ----------
    made_on
        The day of the report.
    kinds
        Kind of site → how many.
    site_ids, site_names, item_ids, item_names, modes
        Texts by position.
    cards
        The five indicators.
    actions
        What to do, the gravest first.
    flows, stock, depots, missed, warnings
        The sections.
    flow_map, round_map
        The maps; None when no site has coordinates, or there is nothing to draw.
    legend
        Position of a site that delivers → its colour.
    dashes
        Mode's position → pattern, for the modes on the flow map.
    steps, settings
        Where the figures come from.
    fingerprint, version
        Of the inputs, and of flowopt.
    currency
        Of the recorded costs; empty when there are none.
    """

    made_on: dt.date
    kinds: dict[str, int]
    site_ids: list[str]
    site_names: list[str]
    item_ids: list[str]
    item_names: list[str]
    modes: list[str]
    cards: list[Card]
    actions: list[Action]
    flows: flows.Flows
    stock: stock.Stock | None
    depots: list[rounds.DepotRow]
    missed: list[rounds.Missed]
    warnings: list[Finding]
    flow_map: Map | None
    round_map: Map | None
    legend: dict[int, str]
    dashes: dict[int, str]
    steps: list[Any]
    settings: dict[str, Any]
    fingerprint: str
    version: str
    currency: str


def build(plan: Plan, made_on: dt.date) -> View:
    """Return what the report of a plan shows.

    Parameters
    ----------
    plan
        The plan.
    made_on
        The day to print on it.
    """
    network = plan.network
    colour = flows.depot_colours(network, plan.flow)
    customers = network.sites["kind"] == "customer"
    flow_part, stock_part = flows.describe(plan, colour), stock.describe(plan, colour)
    depots, missed = rounds.describe(plan, colour), rounds.missed(plan)
    names = _names(network.sites)
    places = _places(plan, colour, names, missed)
    dashes = _dashes(plan)
    legend = {site: shade for site, shade in colour.items() if not customers[site]}
    return View(
        made_on,
        dict(Counter(network.sites["kind"].tolist())),
        list(map(str, network.sites["id"])),
        names,
        list(map(str, network.commodities["id"])),
        _names(network.commodities),
        list(map(str, network.modes["id"])),
        cards(plan.indicators, plan.recorded),
        _actions(flow_part, stock_part, depots, missed),
        flow_part,
        stock_part,
        depots,
        missed,
        _warnings(plan, names),
        _flow_map(plan, places, dashes),
        _round_map(places, depots, names),
        legend,
        dashes,
        list(plan.steps),
        dict(plan.settings),
        plan.fingerprint,
        flowopt.__version__,
        _currency(plan),
    )


def _currency(plan: Plan) -> str:
    """Return the currency of the recorded costs; empty when they name none."""
    if plan.recorded is None:
        return ""
    unit = plan.recorded["cost_per_unit"].unit.split("/")[0]
    return "" if unit == UNNAMED_CURRENCY else unit


def _names(table: Any) -> list[str]:
    """Return the names for people: the id where there is none."""
    pairs = zip(table["name"].tolist(), table["id"].tolist(), strict=True)
    return [str(name or key) for name, key in pairs]


# ---- maps


def _places(
    plan: Plan, colour: dict[int, str], names: list[str], missed: list[rounds.Missed]
) -> Places:
    sites = plan.network.sites
    return Places(
        names,
        list(map(str, sites["kind"])),
        sites["lat"],
        sites["lon"],
        np.maximum(plan.flow.through, plan.network.total_demand()),
        colour,
        frozenset(row.site for row in missed),
    )


def _dashes(plan: Plan) -> dict[int, str]:
    """Return the pattern of each mode that moves goods between sites other than customers."""
    network = plan.network
    used = (plan.flow.flow > flows.NOTHING) & ~flows.is_delivery(network)
    modes = np.unique(network.lane_mode[used]).tolist()
    return {mode: DASHES[rank % len(DASHES)] for rank, mode in enumerate(modes)}


def _flow_map(plan: Plan, places: Places, dashes: dict[int, str]) -> Map | None:
    chart = project(places)
    if chart is None:
        return None
    network, flow = plan.network, plan.flow
    drawn = flow.flow > flows.NOTHING
    drawn &= places.placed[network.lane_source] & places.placed[network.lane_target]
    last = flows.is_delivery(network)
    trunk = np.flatnonzero(drawn & ~last)
    trunk = trunk[np.argsort(-flow.flow[trunk], kind="stable")][:MOST_STREAMS]
    streams = [
        Stream(
            int(network.lane_source[lane]),
            int(network.lane_target[lane]),
            float(flow.flow[lane]),
            dashes[int(network.lane_mode[lane])],
            _stream_title(plan, places, int(lane)),
        )
        for lane in trunk
    ]
    ends = np.column_stack([network.lane_source, network.lane_target])[drawn & last]
    pairs = [(int(source), int(target)) for source, target in ends]
    lines = delivery_lines(places, chart, pairs) + stream_lines(places, chart, streams)
    return draw(places, chart, lines)


def _stream_title(plan: Plan, places: Places, lane: int) -> str:
    network = plan.network
    source, target = network.lane_source[lane], network.lane_target[lane]
    mode, moved = network.lanes["mode"][lane], plan.flow.flow[lane]
    return f"{places.name[source]} → {places.name[target]} ({mode}): {moved:,.0f}"


def _round_map(places: Places, depots: list[rounds.DepotRow], names: list[str]) -> Map | None:
    chart = project(places)
    if chart is None or not any(depot.rounds for depot in depots):
        return None
    lines = round_lines(
        chart,
        (
            (
                row.latitudes,
                row.longitudes,
                depot.colour,
                f"{names[row.depot]} {row.number} ({row.vehicle}): "
                + ", ".join(names[stop] for stop in row.stops),
            )
            for depot in depots
            for row in depot.rounds
        ),
    )
    return draw(places, chart, lines)


# ---- notes


def _actions(
    flow_part: flows.Flows,
    stock_part: stock.Stock | None,
    depots: list[rounds.DepotRow],
    missed: list[rounds.Missed],
) -> list[Action]:
    """Return what to do, the gravest first."""
    actions: list[Action] = []
    values: dict[str, Any]
    short = [row for row in missed if row.depot is None]
    if short:
        values = {"count": len(short), "units": sum(row.amount for row in short)}
        actions.append(Action("todo.unmet", "bad", "unserved", values))
    left = [row for row in missed if row.depot is not None]
    if left:
        values = {"count": len(left), "sites": [row.site for row in left]}
        actions.append(Action("todo.unserved", "bad", "unserved", values))
    if stock_part is not None:
        actions += _stock_actions(stock_part)
    full = [row for row in flow_part.lanes if row.full]
    full_sites = [row for row in flow_part.sites if row.full and row.through > flows.NOTHING]
    if full_sites:
        values = {"count": len(full_sites), "sites": [row.site for row in full_sites]}
        actions.append(Action("todo.full_sites", "warn", "flows", values))
    if full:
        best = max(full, key=lambda row: row.saving)
        key = "todo.full_lanes_saving" if best.saving > 0 else "todo.full_lanes"
        actions.append(Action(key, "warn", "flows", {"count": len(full), "lane": best}))
    vehicles = sum(len(depot.rounds) for depot in depots)
    if vehicles:
        values = {
            "count": vehicles,
            "drops": sum(depot.drops for depot in depots),
            "distance": sum(depot.distance for depot in depots),
        }
        actions.append(Action("todo.rounds", "info", "rounds", values))
    return sorted(actions, key=lambda action: ("bad", "warn", "info").index(action.grade))


def _stock_actions(part: stock.Stock) -> list[Action]:
    actions = []
    if part.num_short:
        worst = next(row for row in part.orders if row.short)
        values: dict[str, Any] = {"count": part.num_short, "worst": worst}
        actions.append(Action("todo.short", "bad", "stock", values))
    if part.num_waiting:
        actions.append(Action("todo.waiting", "warn", "stock", {"count": part.num_waiting}))
    if part.num_orders:
        key = "todo.orders" if part.value else "todo.orders_plain"
        values = {"count": part.num_orders, "units": part.units, "value": part.value}
        actions.append(Action(key, "info", "stock", values))
    return actions


def _warnings(plan: Plan, names: list[str]) -> list[Finding]:
    """Return the notes that no other section tells of, those of one code together."""
    ids = {str(key): name for key, name in zip(plan.network.sites["id"], names, strict=True)}
    groups: dict[str, list[tuple[list[str], str, str]]] = {}
    for note in plan.notes:
        if note.code in _ELSEWHERE or note.code.startswith("unserved_"):
            continue
        what = [ids.get(key, key) for key in note.ids]
        groups.setdefault(note.code, []).append((what, note.message, note.fix))
    return [Finding(code, entries) for code, entries in groups.items()]
