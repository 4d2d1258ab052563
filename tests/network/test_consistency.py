"""A network is searched for what keeps demand from being met."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from flowopt.network import Network
from flowopt.network.consistency import Finding
from flowopt.network.cuts import arcs_of, reached, tight_cuts, zero_cuts

SITES = {"P": "plant", "W": "warehouse", "C": "customer"}


def build(
    lanes: list[str],
    demand: dict[str, float],
    supply: dict[str, float],
    sites: dict[str, dict[str, Any]] | None = None,
    also: str = "",
    **columns: dict[str, float],
) -> Network:
    """Return a network of lanes "P1>W1"; the first letter of a site tells its kind."""
    ends = [lane.split(">") for lane in lanes]
    ids = sorted({site for pair in ends for site in pair} | {*demand, *also.split()})
    return Network.from_frames(
        [
            {"id": site, "kind": SITES[site[0]], "supply": supply.get(site, 0)}
            | {"capacity": None}
            | (sites or {}).get(site, {})
            for site in ids
        ],
        {
            "source": [source for source, _ in ends],
            "target": [target for _, target in ends],
            "distance": [1.0] * len(ends),
            **{n: [given.get(lane) for lane in lanes] for n, given in columns.items()},
        },
        {"site": list(demand), "demand": list(demand.values())},
    )


def found(network: Network) -> dict[str, Finding]:
    findings = network.check()
    assert all(finding.message and finding.fix for finding in findings)
    codes = [f"{finding.severity[0]}:{finding.code}" for finding in findings]
    assert len(set(codes)) == len(codes), codes
    return dict(zip(codes, findings, strict=True))


def only(network: Network) -> Finding:
    findings = network.check()
    assert len(findings) == 1, [str(finding) for finding in findings]
    return findings[0]


def test_nothing_is_found_in_a_network_that_works(network: Network) -> None:
    assert network.check() == ()


def test_a_customer_that_no_supplier_reaches_is_found() -> None:
    findings = found(build(["P1>C1", "C2>W1", "W1>C2"], {"C1": 1, "C2": 2}, {"P1": 9}))
    finding = findings["e:unreached_customer"]
    assert finding.ids == ("C2",)
    assert "demand 2" in finding.message
    assert findings["w:lane_from_nowhere"].ids == ("C2 → W1 (road)", "W1 → C2 (road)")
    assert len(findings) == 2


def test_a_customer_behind_a_one_way_lane_is_not_reached() -> None:
    findings = found(build(["P1>C1", "C2>C1"], {"C1": 1, "C2": 2}, {"P1": 9}))
    assert findings["e:unreached_customer"].ids == ("C2",)


def test_a_customer_with_enough_of_its_own_needs_no_lane() -> None:
    finding = only(build(["P1>C1"], {"C1": 1, "C2": 2}, {"P1": 9, "C2": 2}))
    assert (finding.code, finding.ids) == ("isolated_site", ("C2",))


def test_a_customer_without_demand_that_is_not_reached_is_a_warning() -> None:
    findings = found(build(["P1>C1"], {"C1": 1}, {"P1": 9}, also="C2"))
    assert set(findings) == {"w:unreached_customer", "w:isolated_site", "w:no_demand"}
    assert all(finding.ids == ("C2",) for finding in findings.values())


def test_supply_short_of_demand_is_found() -> None:
    finding = only(build(["P1>C1", "P2>C1"], {"C1": 10}, {"P1": 3, "P2": 4}))
    assert (finding.code, finding.severity) == ("supply_short", "error")
    assert finding.ids == ("P1", "P2")
    assert "supply is 7" in finding.message
    assert "3 short" in finding.message


def test_supply_short_in_one_part_of_the_network_is_found_though_there_is_enough_in_all() -> None:
    finding = only(build(["P1>C1", "P2>C2"], {"C1": 10, "C2": 10}, {"P1": 90, "P2": 9}))
    assert (finding.code, finding.ids) == ("supply_short", ("P2",))
    assert "C2" in finding.message


def test_a_shortage_that_sums_hide_is_found_by_the_cut() -> None:
    network = build(["P1>C1", "P1>C2", "P2>C2"], {"C1": 10, "C2": 1}, {"P1": 4, "P2": 90})
    finding = only(network)
    assert (finding.code, finding.ids) == ("capacity_short", ("P1",))
    assert "the supply of P1" in finding.message


def test_a_lane_of_capacity_0_that_cuts_a_customer_off_is_found() -> None:
    network = build(
        ["P1>W1", "W1>C1", "W1>C2"], {"C1": 1, "C2": 2}, {"P1": 9}, capacity={"W1>C2": 0}
    )
    finding = only(network)
    assert (finding.code, finding.severity) == ("zero_capacity_cut", "error")
    assert finding.ids == ("W1 → C2 (road)",)
    assert "C2 (demand 2" in finding.message


def test_a_lane_of_capacity_0_beside_another_way_is_no_cut() -> None:
    lanes = ["P1>C1", "P1>W1", "W1>C1"]
    assert build(lanes, {"C1": 1}, {"P1": 9}, capacity={"P1>C1": 0}).check() == ()


def test_a_site_of_capacity_0_that_cuts_customers_off_is_found() -> None:
    network = build(
        ["P1>W1", "W1>C1", "W1>C2"], {"C1": 1, "C2": 2}, {"P1": 9}, {"W1": {"capacity": 0}}
    )
    finding = only(network)
    assert (finding.code, finding.ids) == ("zero_capacity_cut", ("W1",))
    assert "C1, C2 (demand 3" in finding.message
    assert "the capacity of W1" in finding.fix


def test_a_supply_of_0_is_a_cut_and_a_warning() -> None:
    findings = found(build(["P1>C1", "P2>C2"], {"C1": 1, "C2": 2}, {"P1": 9}))
    assert findings["e:zero_capacity_cut"].ids == ("P2",)
    assert findings["e:supply_short"].ids == ("P2",)
    assert findings["w:no_supply"].ids == ("P2",)


def test_two_cuts_are_two_findings() -> None:
    network = build(
        ["P1>C1", "P1>C2", "P1>C3"],
        {"C1": 1, "C2": 2, "C3": 3},
        {"P1": 9},
        capacity={"P1>C1": 0, "P1>C3": 0},
    )
    assert [(finding.code, finding.ids) for finding in network.check()] == [
        ("zero_capacity_cut", ("P1 → C1 (road)",)),
        ("zero_capacity_cut", ("P1 → C3 (road)",)),
    ]


def test_lanes_that_let_too_little_pass_are_found() -> None:
    network = build(
        ["P1>W1", "P2>W1", "W1>C1", "P1>C2"],
        {"C1": 10, "C2": 50},
        {"P1": 90, "P2": 90},
        capacity={"P1>W1": 4, "P2>W1": 3.5},
    )
    finding = only(network)
    assert (finding.code, finding.severity) == ("capacity_short", "error")
    assert finding.ids == ("P1 → W1 (road)", "P2 → W1 (road)")
    assert "at most 7.5 can reach C1 (demand 10 per period)" in finding.message
    assert "by 2.5 together" in finding.fix


def test_a_site_that_lets_too_little_pass_is_found() -> None:
    network = build(["P1>W1", "W1>C1"], {"C1": 10}, {"P1": 90}, {"W1": {"capacity": 8}})
    finding = only(network)
    assert (finding.code, finding.ids) == ("capacity_short", ("W1",))


def test_two_bottlenecks_are_two_findings() -> None:
    lanes = ["P1>C1", "P1>C2"]
    network = build(lanes, {"C1": 3, "C2": 3}, {"P1": 9}, capacity=dict.fromkeys(lanes, 2))
    assert [finding.ids for finding in network.check()] == [
        ("P1 → C1 (road)",),
        ("P1 → C2 (road)",),
    ]


def test_what_just_fits_is_not_short() -> None:
    network = build(["P1>C1", "P2>C1"], {"C1": 0.1 + 0.2}, {"P1": 0.1, "P2": 0.2})
    assert network.check() == ()
    network = build(["P1>C1"], {"C1": 0.1 + 0.2}, {"P1": 1}, capacity={"P1>C1": 0.3})
    assert network.check() == ()


def test_commodities_share_what_there_is() -> None:
    network = Network.from_frames(
        {"id": ["P", "C"], "kind": ["plant", "customer"], "supply": [9, 0]},
        {"source": ["P"], "target": ["C"], "distance": [1], "capacity": [8]},
        {"site": ["C", "C"], "commodity": ["tea", "salt"], "demand": [5, 4]},
    )
    assert only(network).ids == ("P → C (road)",)


def test_an_isolated_site_is_found() -> None:
    finding = only(build(["P1>C1"], {"C1": 1}, {"P1": 9}, also="W1 W2"))
    assert (finding.code, finding.severity) == ("isolated_site", "warning")
    assert finding.ids == ("W1", "W2")


def test_lanes_to_nowhere_are_found() -> None:
    finding = only(build(["P1>C1", "P1>W1", "W1>W2"], {"C1": 1}, {"P1": 9}))
    assert (finding.code, finding.severity) == ("lane_to_nowhere", "warning")
    assert finding.ids == ("P1 → W1 (road)", "W1 → W2 (road)")


def test_a_lane_from_nowhere_is_found() -> None:
    finding = only(build(["P1>C1", "W1>C1"], {"C1": 1}, {"P1": 9}))
    assert (finding.code, finding.ids) == ("lane_from_nowhere", ("W1 → C1 (road)",))


def test_a_minimum_flow_to_or_from_nowhere_is_an_error() -> None:
    lanes = ["P1>C1", "P1>W1", "W2>C1"]
    least = {"P1>W1": 1, "W2>C1": 2}
    findings = found(build(lanes, {"C1": 9}, {"P1": 9}, min_flow=least))
    assert findings["e:lane_to_nowhere"].ids == ("P1 → W1 (road)",)
    assert findings["e:lane_from_nowhere"].ids == ("W2 → C1 (road)",)


def test_minimum_flows_that_no_site_can_take_are_found() -> None:
    lanes = ["P1>W1", "P2>W1", "W1>C1"]
    network = build(
        lanes,
        {"C1": 5},
        {"P1": 9, "P2": 9},
        {"W1": {"capacity": 6}},
        min_flow={"P1>W1": 4, "P2>W1": 3},
    )
    finding = only(network)
    assert (finding.code, finding.severity) == ("min_flow_too_high", "error")
    assert finding.ids == ("W1", "P1 → W1 (road)", "P2 → W1 (road)")


def test_a_plant_that_gives_nothing_is_found() -> None:
    finding = only(build(["P1>C1", "P2>C1"], {"C1": 1}, {"P1": 9}))
    assert (finding.code, finding.severity, finding.ids) == ("no_supply", "warning", ("P2",))


def test_a_network_without_demand_is_found() -> None:
    finding = only(build(["P1>C1"], {}, {"P1": 9}))
    assert (finding.code, finding.severity) == ("no_demand", "warning")


def test_a_site_at_the_zero_of_all_coordinates_is_found() -> None:
    place = {"lat": 0, "lon": 0}
    finding = only(build(["P1>C1"], {"C1": 1}, {"P1": 9}, {"C1": place}))
    assert (finding.code, finding.ids) == ("coordinates_zero", ("C1",))


def test_a_distance_below_the_great_circle_is_found() -> None:
    places = {"P1": {"lat": 48.86, "lon": 2.35}, "C1": {"lat": 45.76, "lon": 4.84}}
    finding = only(build(["P1>C1"], {"C1": 1}, {"P1": 9}, places))
    assert (finding.code, finding.ids) == ("distance_too_short", ("P1 → C1 (road)",))


def test_errors_come_before_warnings() -> None:
    network = build(["P1>C1", "P2>W1"], {"C1": 10}, {"P1": 1}, also="W2")
    severities = [finding.severity for finding in network.check()]
    assert severities == sorted(severities)
    assert {"error", "warning"} == set(severities)


def test_a_message_stays_short_and_the_ids_are_all_there() -> None:
    names = [f"C{number}" for number in range(40)]
    finding = found(build(["P1>C0"], dict.fromkeys(names, 1.0), {"P1": 99}))["e:unreached_customer"]
    assert len(finding.ids) == 39
    assert "and 34 more" in finding.message
    assert len(finding.message) < 100


def test_huge_and_tiny_amounts_are_compared_without_overflow() -> None:
    demand = {"C1": 1e15, "C2": 1e-9}
    assert build(["P1>C1", "P1>C2"], demand, {"P1": np.inf}).check() == ()
    short = build(["P1>C1", "P1>C2"], demand, {"P1": np.inf}, capacity={"P1>C1": 9e14})
    assert only(short).code == "capacity_short"


# ---- against a second opinion


@st.composite
def whole_networks(draw: st.DrawFn) -> Network:
    """Draw a network of up to 7 sites whose amounts are small whole numbers."""
    size = draw(st.integers(2, 7))
    ids = [f"{draw(st.sampled_from('PWC'))}{number}" for number in range(size)]
    pairs = [f"{a}>{b}" for a in ids for b in ids if a != b]
    lanes = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12))
    amounts = st.integers(0, 4)
    some = st.dictionaries(st.sampled_from(ids), amounts)
    limits = draw(st.dictionaries(st.sampled_from(ids), amounts))
    return build(
        lanes,
        draw(some),
        draw(some),
        {site: {"capacity": limit} for site, limit in limits.items()},
        also=" ".join(ids),
        capacity={lane: draw(st.none() | amounts) for lane in lanes},  # type: ignore[misc]
    )


def maximum_flow(network: Network) -> float:
    """Return how much demand can be met, by NetworkX on whole numbers."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["root", "sink"])
    for site, node in network.graph.nodes(data=True):
        graph.add_edge("root", (site, "in"), capacity=min(node["supply"], 999))
        graph.add_edge((site, "in"), (site, "out"), capacity=min(node["capacity"], 999))
        graph.add_edge((site, "out"), "sink", capacity=node["demand"])
    for source, target, lane in network.graph.edges(data=True):
        graph.add_edge((source, "out"), (target, "in"), capacity=min(lane["capacity"], 999))
    return float(nx.maximum_flow_value(graph, "root", "sink"))


@settings(max_examples=80, deadline=None)
@given(whole_networks())
def test_errors_are_found_exactly_where_demand_cannot_be_met(network: Network) -> None:
    errors = [finding for finding in network.check() if finding.severity == "error"]
    can_be_met = maximum_flow(network) == network.total_demand().sum()
    assert can_be_met == (not errors), errors


@settings(max_examples=60, deadline=None)
@given(whole_networks())
def test_what_cuts_hold_back_is_all_that_a_maximum_flow_leaves_unmet(network: Network) -> None:
    arcs = arcs_of(network)
    unreached = ~reached(arcs)[arcs.num_sites : arcs.root]
    held_back = arcs.demand[unreached].sum() + sum(
        cut.demand - cut.capacity for cut in (*zero_cuts(arcs), *tight_cuts(arcs))
    )
    assert held_back == network.total_demand().sum() - maximum_flow(network)


@settings(max_examples=60, deadline=None)
@given(whole_networks())
def test_no_way_leads_past_a_cut(network: Network) -> None:
    arcs = arcs_of(network)
    givers = {site: place for place, site in enumerate(arcs.givers.tolist())}
    for cut in (*zero_cuts(arcs), *tight_cuts(arcs)):
        left = arcs.capacity > 0
        left[cut.lanes] = False
        left[arcs.num_lanes + cut.sites] = False
        supplies = [givers[site] for site in cut.supplies.tolist()]
        left[np.array(supplies, dtype=int) + arcs.num_lanes + arcs.num_sites] = False
        assert not reached(arcs, left)[arcs.num_sites + cut.cut_off].any()
        assert cut.capacity < cut.demand


@settings(max_examples=40, deadline=None)
@given(whole_networks())
def test_every_finding_names_things_of_the_network(network: Network) -> None:
    lanes = network.lanes
    known = {
        f"{source} → {target} ({mode})"
        for source, target, mode in zip(
            lanes["source"], lanes["target"], lanes["mode"], strict=True
        )
    } | set(network.sites["id"].tolist())
    for finding in network.check():
        assert known.issuperset(finding.ids)
        assert len(set(finding.ids)) == len(finding.ids)
