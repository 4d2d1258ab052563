"""Ends a plan early: by a token, and by Ctrl-C to all processes, as in a terminal."""

import json
import os
import signal
import subprocess
import sys
import threading

import pytest

import flowopt as fo
from flowopt.planning import pipeline

LATE = 60.0  # seconds that the rounds would take if nobody stopped them

SCRIPT = """
import json, os, signal, sys, threading
import flowopt as fo
from flowopt.planning import pipeline

given, routed = json.load(sys.stdin), pipeline.plan_rounds

def routed_until_ctrl_c(*words, **options):
    threading.Timer(1.0, os.killpg, (os.getpgid(0), signal.SIGINT)).start()
    return routed(*words, **options)

pipeline.plan_rounds = routed_until_ctrl_c
network = fo.Network.from_frames(**given["tables"])
engines = {"routing": "ortools"}  # which does not end by itself
vans, workers = given["vans"], given["workers"]
plan = fo.plan(network, vehicle_types=vans, time_limit=60, workers=workers, engines=engines)
print(json.dumps([[step.part, step.limit] for step in plan.steps]))
print(len(plan.to_frame("visits")), plan.notes[-1])
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs groups of processes")
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_returns_the_plan_with_the_rounds_found_so_far(tables, vans, workers):
    tables["lanes"]["capacity"] = [min(value, 1e9) for value in tables["lanes"]["capacity"]]
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps({"tables": tables, "vans": vans, "workers": workers}),
        capture_output=True,
        text=True,
        timeout=LATE,
        start_new_session=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    steps, rest = ended.stdout.splitlines()
    limits = dict(json.loads(steps))
    assert limits["rounds north"] == limits["rounds south"] == "CANCELLED"
    assert rest.startswith("6 the rounds of north, south were stopped before their time")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_token_ends_the_rounds_of_all_depots(network, vans, monkeypatch, workers):
    token, routed = fo.CancelToken(), pipeline.plan_rounds

    def routed_until_cancelled(*words, **options):
        threading.Timer(0.5, token.cancel).start()
        return routed(*words, **options)

    monkeypatch.setattr(pipeline, "plan_rounds", routed_until_cancelled)
    plan = fo.plan(
        network,
        vehicle_types=vans,
        time_limit=LATE,
        workers=workers,
        cancel=token,
        engines={"routing": "ortools"},  # which does not end by itself
    )
    assert [step.limit for step in plan.steps][-2:] == ["CANCELLED", "CANCELLED"]
    assert sum(step.runtime for step in plan.steps) < LATE / 2
    assert plan.check().ok
    assert [note.ids for note in plan.notes if note.code == "cancelled"] == [("north", "south")]


def test_a_plan_that_ends_by_itself_is_not_called_cancelled(made):
    assert "cancelled" not in {note.code for note in made.notes}


def test_a_plan_cancelled_before_its_flow_is_none(network):
    token = fo.CancelToken()
    token.cancel()
    with pytest.raises(fo.NoSolutionError, match="before it had a flow"):
        fo.plan(network, cancel=token)


def test_a_token_that_is_none_is_refused(network):
    with pytest.raises(fo.ValidationError, match="is no token"):
        fo.plan(network, cancel=True)


def test_ctrl_c_is_handled_as_before_afterwards(network, vans):
    before = signal.getsignal(signal.SIGINT)
    fo.plan(network, vehicle_types=vans, time_limit=0.5, workers=2)
    assert signal.getsignal(signal.SIGINT) is before
