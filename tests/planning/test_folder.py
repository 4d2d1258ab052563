import pandas as pd
import pytest

import flowopt as fo
from flowopt.planning import plan_folder


@pytest.fixture
def folder(network, vans, tmp_path):
    network.write(tmp_path)
    pd.DataFrame(vans).to_csv(tmp_path / "vehicle_types.csv", index=False)
    return tmp_path


def test_a_folder_gives_the_same_plan_as_its_frames(folder, made):
    assert plan_folder(folder, time_limit=0.5, workers=1).fingerprint == made.fingerprint


def test_a_plan_is_written_as_a_table_a_file(folder, tmp_path):
    made = plan_folder(folder, time_limit=0.2, workers=1)
    paths = made.write(tmp_path / "out")
    assert {path.stem for path in paths} == set(made.tables())
    flows = pd.read_csv(tmp_path / "out" / "flows.csv")
    assert flows["flow"].sum() == pytest.approx(made.flow.flow.sum())


def test_the_faults_of_all_files_come_in_one_error(folder):
    for name, old, new in (
        ("sites", "plant", "palace"),
        ("lanes", "mill,north,rail", "mill,norht,rail"),
        ("vehicle_types", "60.0", "minus"),
    ):
        path = folder / f"{name}.csv"
        path.write_text(path.read_text().replace(old, new))
    with pytest.raises(fo.ValidationError) as caught:
        plan_folder(folder)
    assert {failure.table for failure in caught.value.failures} == {
        "sites",
        "lanes",
        "vehicle_types",
    }


def test_records_in_the_folder_are_measured(folder):
    pd.DataFrame(
        {
            "order": [1, 2],
            "quantity": [10, 10],
            "ordered_at": ["2026-01-01", "2026-01-02"],
            "promised_at": ["2026-01-05", "2026-01-06"],
        }
    ).to_csv(folder / "order_lines.csv", index=False)
    pd.DataFrame(
        {
            "order": [1, 2],
            "quantity": [10, 10],
            "delivered_at": ["2026-01-05", "2026-01-09"],
        }
    ).to_csv(folder / "deliveries.csv", index=False)
    made = plan_folder(folder, time_limit=0.2, workers=1)
    assert made.recorded["service_rate"].value == 0.5
    assert made.recorded["delivery_lead_time"].value == pytest.approx(5.5)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(fo.ValidationError, match="does not exist"):
        plan_folder(tmp_path / "nothing")


def test_an_empty_folder_lacks_its_three_tables(tmp_path):
    with pytest.raises(fo.ValidationError) as caught:
        plan_folder(tmp_path)
    assert {failure.table for failure in caught.value.failures} == {"sites", "lanes", "demand"}


def test_targets_in_the_folder_stand_beside_the_indicators(folder):
    (folder / "targets.csv").write_text("indicator,target\ncost_per_unit,0.01\n")
    made = plan_folder(folder, time_limit=0.2, workers=1)
    assert made.indicators["cost_per_unit"].on_target is False


def test_a_target_of_an_unknown_indicator_is_refused(folder):
    (folder / "targets.csv").write_text("indicator,target\nhappiness,1\n")
    with pytest.raises(fo.ValidationError, match=r"targets.indicator, line 2: 'happiness'"):
        plan_folder(folder)


def test_written_figures_carry_no_noise_of_floats(folder, tmp_path):
    made = plan_folder(folder, time_limit=0.2, workers=1)
    made.write(tmp_path / "out")
    for path in (tmp_path / "out").glob("*.csv"):
        for cell in path.read_text(encoding="utf-8").replace("\n", ",").split(","):
            digits = cell.split("e")[0].replace(".", "").lstrip("-0")
            assert not digits.isdigit() or len(digits) <= 10, (path.name, cell)
