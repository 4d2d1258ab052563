"""Which runs are made: instances evenly over sets and sizes, within a budget of time."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.routing.case import Case
from benchmarks.routing.rows import TENTHS, Task
from benchmarks.routing.sets import SETS
from benchmarks.routing.solvers import solver as find_solver

_SECONDS_TO_START = 4.0  # of a process and its instance, about
_SECONDS_A_MATRIX = 0.5  # of a thousand clients, to be read, translated and checked
_SHORTER = 0.98  # a step in which limits are shortened
_SECONDS_TO_GO_ON = 0.2  # of one that is kept
LEAST_LIMIT = 1.0
"""Seconds below which no share of a limit shortens a search."""


@dataclass(frozen=True)
class Wish:
    """What is to be run.

    Parameters
    ----------
    solvers
        Names of solvers.
    seeds
        The seeds; a solver without seeds runs once.
    limit
        Seconds of each search; None takes those of the sets.
    share
        What the limit is multiplied by.
    shorter
        Solvers whose curve is made of runs at a tenth, two tenths, … of the limit.
    """

    solvers: tuple[str, ...]
    seeds: tuple[int, ...]
    limit: float | None = None
    share: float = 1.0
    shorter: tuple[str, ...] = ()

    def limit_of(self, set_name: str) -> float:
        """Return the seconds of a search of a set."""
        own = SETS[set_name].limit if self.limit is None else self.limit
        return round(max(own * self.share, min(own, LEAST_LIMIT)), 1)


def tasks(case: Case, wish: Wish) -> Iterator[Task]:
    """Yield the runs of an instance: all solvers with one seed, then with the next.

    Parameters
    ----------
    case
        The instance.
    wish
        What is to be run.
    """
    limit = wish.limit_of(case.set_name)
    for place, seed in enumerate(wish.seeds[:1] if case.set.one_seed else wish.seeds):
        for name in wish.solvers:
            chosen = find_solver(name)
            if case.set.variant not in chosen.variants or (place and not chosen.seeded):
                continue
            yield Task(case, name, seed, limit)
            if name in wish.shorter:
                for tenth in range(1, TENTHS):
                    yield Task(case, name, seed, limit * tenth / TENTHS, tenth)


def seconds(case: Case, wish: Wish) -> tuple[float, float]:
    """Return about how long an instance takes: its searches, and all around them."""
    runs = list(tasks(case, wish))
    around = _SECONDS_TO_START if case.path else _SECONDS_TO_GO_ON
    around += _SECONDS_A_MATRIX * (case.clients / 1000) ** 2
    return sum(task.limit for task in runs), around * len(runs)


def spread(cases: Sequence[Case]) -> list[Case]:
    """Return cases in an order of which every beginning is spread over sizes and groups.

    Parameters
    ----------
    cases
        Cases of a set, the smaller first.
    """
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.set.group(case.name), []).append(case)
    orders = [[group[i] for i in _halving(len(group))] for group in groups.values()]
    longest = max(map(len, orders), default=0)
    return [order[i] for i in range(longest) for order in orders if i < len(order)]


def _halving(count: int) -> list[int]:
    """Return 0 … count - 1: the middle first, then the middles of both halves, and so on."""
    order: list[int] = []
    parts = [(0, count)]
    while parts:
        begin, end = parts.pop(0)
        if begin < end:
            middle = (begin + end - 1) // 2
            order.append(middle)
            parts += [(begin, middle), (middle + 1, end)]
    return order


def choose(
    by_set: dict[str, Sequence[Case]], wish: Wish, budget: float
) -> tuple[dict[str, list[Case]], Wish]:
    """Return the cases that fit into a budget, evenly over the sets, and with what limits.

    The set that has had the least time gets the next instance. Where not even one instance of each
    set fits, all limits are shortened alike.

    Parameters
    ----------
    by_set
        Set → its cases in the order in which they are to be taken.
    wish
        What is to be run.
    budget
        Seconds in all.

    Raises
    ------
    SystemExit
        When the budget is too small for an instance of each set, however short the search.
    """
    wish = _shortened({name: cases for name, cases in by_set.items() if cases}, wish, budget)
    chosen: dict[str, list[Case]] = {name: [] for name in by_set}
    spent = dict.fromkeys(by_set, 0.0)
    left = {name: list(cases) for name, cases in by_set.items() if cases}
    while left:
        name = min(left, key=lambda one: (bool(chosen[one]), spent[one]))
        case = left[name].pop(0)
        cost = sum(seconds(case, wish))
        if sum(spent.values()) + cost > budget + 1e-6:
            del left[name]
            continue
        chosen[name].append(case)
        spent[name] += cost
        if not left[name]:
            del left[name]
    return chosen, wish


def _shortened(by_set: dict[str, Sequence[Case]], wish: Wish, budget: float) -> Wish:
    def total(one: Wish) -> float:
        return sum(sum(seconds(cases[0], one)) for cases in by_set.values())

    while total(wish) > budget:
        if all(wish.limit_of(name) <= LEAST_LIMIT for name in by_set):
            least = f"it takes {math.ceil(total(wish) / 60)} minutes"
            raise SystemExit(f"the budget is too small for so many sets and solvers: {least}")
        wish = dataclasses.replace(wish, share=wish.share * _SHORTER)
    return wish


def describe(chosen: dict[str, list[Case]], wish: Wish) -> str:
    """Return the plan as text, with the time that it takes.

    Parameters
    ----------
    chosen
        Set → its cases.
    wish
        What is to be run.
    """
    lines, total = [], 0.0
    for name, cases in chosen.items():
        time = sum(sum(seconds(case, wish)) for case in cases)
        runs = sum(len(list(tasks(case, wish))) for case in cases)
        names = ", ".join(case.name for case in cases[:4]) + (" …" if len(cases) > 4 else "")
        limit = wish.limit_of(name)
        count = f"{len(cases)} instance{'s' if len(cases) != 1 else ''}"
        lines.append(f"{name:12} {count}, {runs} runs of {limit:g} s, {time / 60:.1f} min: {names}")
        total += time
    lines.append(f"in all about {total / 60:.0f} minutes; solvers: {', '.join(wish.solvers)}")
    return "\n".join(lines)
