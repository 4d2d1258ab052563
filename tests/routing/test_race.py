"""How many clients the threads of a search remove at a time."""

from __future__ import annotations

import pytest

from flowopt.routing.engines.race import USUAL, Race, as_long_as_usual


def test_a_thread_alone_removes_the_usual_number_whoever_wins() -> None:
    race = Race(1)
    race.won_by(0)
    assert race.removed(0) == USUAL


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads_spread_from_few_to_many(threads: int) -> None:
    race = Race(threads)
    removed = [race.removed(thread) for thread in range(threads)]
    assert removed == sorted(set(removed))


@pytest.mark.parametrize("winner", [0, 1])
def test_numbers_follow_the_winner_up_to_a_limit(winner: int) -> None:
    race, before = Race(2), Race(2).removed(winner)
    for _ in range(1000):
        race.won_by(winner)
    ends = sorted([before, race.removed(winner)])
    assert ends[winner] == race.removed(winner)
    assert 2.0 < race.removed(winner) < 100.0


def test_one_in_the_middle_of_three_leaves_the_numbers_as_they_are() -> None:
    race = Race(3)
    before = [race.removed(thread) for thread in range(3)]
    race.won_by(1)
    assert [race.removed(thread) for thread in range(3)] == before


def test_who_removes_more_has_fewer_iterations_in_the_same_time() -> None:
    assert as_long_as_usual(600, 5.0) > 600 > as_long_as_usual(600, 20.0) > 0
    assert as_long_as_usual(1, 1000.0) == 1
