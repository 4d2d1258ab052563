"""Published instances of capacitated lot sizing with set-up times; optima as the literature has."""

import pytest

from flowopt import Status, ValidationError
from flowopt.io.trigeiro import read_trigeiro

OPTIMA = {"X11117A": 8375.8}
HARD = {"G53": 74634.0, "G57": 136509.0}  # tr12-15 and tr24-15 of the lot-sizing literature


@pytest.mark.parametrize("name", OPTIMA)
def test_an_easy_instance_is_proven_at_once(instances, name):
    problem = read_trigeiro(instances / "inv" / "clsp_x" / name)
    solution = problem.solve(workers=1)
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(OPTIMA[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", HARD)
def test_a_hard_instance_is_proven(instances, name):
    problem = read_trigeiro(instances / "inv" / "clsp_trigeiro" / f"{name}.DAT")
    solution = problem.solve(workers=1)
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(HARD[name])


def test_what_is_no_instance_is_refused(tmp_path):
    place = tmp_path / "odd.dat"
    for text in ("", "2 3\n1\n", "1 2\n1\n9\n1 1 1 1\n5\n", "words\n"):
        place.write_text(text)
        with pytest.raises(ValidationError, match="states no"):
            read_trigeiro(place)
