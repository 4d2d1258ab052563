import json
import shutil

import pandas as pd
import pytest

from flowopt.cli import main
from flowopt.demo import folder
from flowopt.kpi import KEYS


@pytest.fixture
def tables(tmp_path):
    """A copy of the demo's tables, which a test may damage; without the records, to be quick."""
    home = tmp_path / "tables"
    shutil.copytree(folder(), home)
    for name in ("order_lines", "deliveries", "quality_events", "stock_snapshots", "costs"):
        (home / f"{name}.csv").unlink()
    return home


def run(*words):
    return main([*map(str, words), "--time-limit", "1"])


def test_a_folder_is_planned_into_tables_and_a_report(tables, tmp_path, capsys):
    out = tmp_path / "out"
    assert run("plan", tables, "--out", out) == 0
    assert (out / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    flows = pd.read_csv(out / "flows.csv")
    assert flows["flow"].sum() > 0
    assert str(out / "report.html") in capsys.readouterr().out


def test_the_report_and_the_summary_speak_french(tables, tmp_path, capsys):
    assert run("plan", tables, "--out", tmp_path / "out", "--lang", "fr") == 0
    assert 'lang="fr"' in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Taux de service" in capsys.readouterr().out


def test_tables_can_be_parquet(tables, tmp_path):
    assert run("plan", tables, "--out", tmp_path / "out", "--format", "parquet") == 0
    assert len(pd.read_parquet(tmp_path / "out" / "policies.parquet")) > 0


def test_the_demo_plans_the_shipped_network_with_its_records(tmp_path, capsys):
    assert run("demo", "--out", tmp_path / "out") == 0
    assert "recorded" in capsys.readouterr().out
    recorded = pd.read_csv(tmp_path / "out" / "recorded_indicators.csv")
    assert recorded["value"].notna().all()


def test_one_json_object_carries_the_headline_figures(tables, tmp_path, capsys):
    assert run("plan", tables, "--out", tmp_path / "out", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["summary"]["rounds"] > 0
    assert [one["key"] for one in record["indicators"].values()] == list(KEYS)


def test_faults_of_all_files_are_listed_and_nothing_is_written(tables, tmp_path, capsys):
    for name, old, new in (
        ("sites", "plant", "palace"),
        ("lanes", "WH-PARIS,Paris,", "WH-PARIS,Pariss,"),
        ("demand", "Paris,PASTA,", "Paris,PIZZA,"),
        ("vehicle_types", "WH-PARIS", "WH-BERLIN"),
    ):
        path = tables / f"{name}.csv"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert run("plan", tables, "--out", tmp_path / "out") == 2
    said = capsys.readouterr().err
    for word in ("sites.kind", "lanes.target", "demand.commodity", "Traceback"):
        assert (word in said) == (word != "Traceback")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plan", "nowhere"], "does not exist"),
        (["plan", "{tables}", "--out", "{tables}/sites.csv"], "cannot be written to"),
        (["plan", "{tables}", "--fill-rate", "1.5"], "--fill-rate: "),
        (["plan", "{tables}", "--seed", "-1"], "seed"),
        (["plan", "{tables}/sites.csv"], "is not a folder"),
        (["plan", "{tables}", "--lang", "de"], "invalid choice"),
    ],
)
def test_what_cannot_be_planned_is_said_in_a_line(
    tables, tmp_path, capsys, words, said, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert run(*(word.format(tables=tables) for word in words)) == 2
    message = capsys.readouterr().err
    assert said in message
    assert "Traceback" not in message


def test_the_window_of_on_time_can_be_chosen(tmp_path, capsys):
    rates = []
    for late in (0, 30):
        words = ("demo", "--out", tmp_path / "out", "--json", "--window", 30, late)
        assert run(*words) == 0
        rates.append(json.loads(capsys.readouterr().out)["recorded"]["service_rate"]["value"])
    assert rates[0] < rates[1]


def test_many_faults_of_one_kind_are_counted_after_the_first(tables, tmp_path, capsys):
    demand = pd.read_csv(tables / "demand.csv")
    demand["demand"] = -1.0
    demand.to_csv(tables / "demand.csv", index=False)
    assert run("plan", tables, "--out", tmp_path / "out", "--json") == 2
    said = capsys.readouterr()
    assert said.err.count("demand.demand, ") == 5
    assert f"… and {len(demand) - 5} more like this" in said.err
    assert len(json.loads(said.out)["failures"]) == len(demand)


def test_a_setting_that_cannot_be_used_is_one_fault_of_its_option(tables, tmp_path, capsys):
    words = ("--fill-rate", "1.5", "--seed", "-1")
    assert run("plan", tables, "--out", tmp_path / "out", *words) == 2
    said = capsys.readouterr().err
    assert "2 faults" in said
    assert "--fill-rate: 1.5" in said
    assert "--seed: -1" in said


def test_the_demos_tables_can_be_had_to_be_edited(tmp_path, capsys):
    assert main(["demo", "--tables", str(tmp_path / "mine")]) == 0
    assert {path.name for path in (tmp_path / "mine").iterdir()} >= {"sites.csv", "lanes.csv"}
    assert capsys.readouterr().out.startswith("flowopt plan ")


def test_a_fault_in_a_file_is_named_by_its_line(tables, tmp_path, capsys):
    path = tables / "demand.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[4] = lines[4].rsplit(",", 1)[0] + ",-7"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert run("plan", tables, "--out", tmp_path / "out") == 2
    assert "demand.demand_sd, line 5: '-7'" in capsys.readouterr().err


def test_kernels_can_be_compiled_beforehand(capsys):
    assert main(["warmup"]) == 0
    assert capsys.readouterr().out.startswith("ready in ")
