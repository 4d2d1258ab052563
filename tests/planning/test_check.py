import dataclasses

from flowopt.planning.check import check


def test_a_plan_that_was_made_holds(made):
    assert check(made).ok


def test_a_drop_that_is_lighter_than_its_lane_is_found(made):
    rounds = made.rounds["south"]
    drops = dataclasses.replace(rounds.drops, load=rounds.drops.load * 0.9)
    changed = {**made.rounds, "south": dataclasses.replace(rounds, drops=drops)}
    report = check(dataclasses.replace(made, rounds=changed))
    assert [violation.constraint for violation in report] == ["drops"]


def test_a_flow_that_was_tampered_with_is_found(made):
    values = dataclasses.replace(made.flow.values, flow=made.flow.flow * 0.5)
    flow = dataclasses.replace(made.flow, values=values)
    found = {violation.constraint for violation in check(dataclasses.replace(made, flow=flow))}
    assert any(name.startswith("flow: ") for name in found)
    assert {"drops", "stock"} <= found
