"""What the rows say together: means over instances, targets, and who is ahead when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from benchmarks.routing.case import BestKnown
from benchmarks.routing.rows import TENTHS, Row, gap
from benchmarks.routing.sets import SETS

OWN = "flowopt"
_FIRST_SECONDS = 3.0  # from then on the curves are compared
_EQUAL = 1e-9


@dataclass(frozen=True)
class Part:
    """A set, or a group of its instances.

    Parameters
    ----------
    set_name, group
        The set, and the group; the latter empty for the whole set.
    rows
        Its rows of full length.
    """

    set_name: str
    group: str
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """Its name in tables."""
        title = SETS[self.set_name].title
        return f"{title}, {self.group}" if self.group else title

    @property
    def solvers(self) -> list[str]:
        """Who ran on it, in the order of the rows."""
        return list(dict.fromkeys(row.solver for row in self.rows))

    @property
    def instances(self) -> list[str]:
        """Its instances, in the order of the rows."""
        return list(dict.fromkeys(row.instance for row in self.rows))

    @property
    def limits(self) -> list[float]:
        """The limits that it was run with."""
        return sorted({row.limit for row in self.rows})

    def of(self, solver: str) -> list[Row]:
        """Return the rows of a solver."""
        return [row for row in self.rows if row.solver == solver]


def parts(rows: Iterable[Row]) -> list[Part]:
    """Return the sets with their groups, in the order of `SETS`; shorter runs are merged before.

    Parameters
    ----------
    rows
        All rows.
    """
    merged = merge_shorter(list(rows))
    found = []
    for name in SETS:
        own = [row for row in merged if row.set_name == name]
        if own:
            found.append(Part(name, "", tuple(own)))
        groups = sorted({row.group for row in own} - {""})
        found += [Part(name, g, tuple(row for row in own if row.group == g)) for g in groups]
    return found


def merge_shorter(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of full length, their curves completed by runs at tenths of the limit.

    Parameters
    ----------
    rows
        All rows.
    """
    short = {_home(row, row.tenth): row for row in rows if row.tenth < TENTHS}
    full = [row for row in rows if row.tenth == TENTHS]
    return [_completed(row, short) for row in full]


def _home(row: Row, tenth: int) -> tuple[str, str, str, int, int]:
    return row.set_name, row.instance, row.solver, row.seed, tenth


def _completed(row: Row, short: dict[tuple[str, str, str, int, int], Row]) -> Row:
    points = list(row.curve) or [None] * TENTHS
    for tenth in range(1, TENTHS):
        other = short.get(_home(row, tenth))
        if points[tenth - 1] is None and other is not None and other.answered:
            points[tenth - 1] = other.cost
    row.curve = points if any(point is not None for point in points) else []
    return row


# ---- figures of one solver on one part


def gaps(rows: Iterable[Row]) -> dict[str, float]:
    """Return instance → mean gap over its seeds, of those with an answer.

    Parameters
    ----------
    rows
        Rows of a solver.
    """
    return _by_instance(rows, lambda row: row.gap if row.answered else None)


def gaps_at(rows: Iterable[Row], tenth: int) -> dict[str, float]:
    """Return instance → mean gap after so many tenths of the limit, where that is known.

    Parameters
    ----------
    rows
        Rows of a solver.
    tenth
        1 to 10.
    """
    return _by_instance(rows, lambda row: _gap_at(row, tenth))


def _gap_at(row: Row, tenth: int) -> float | None:
    cost = row.curve[tenth - 1] if row.curve else None
    if cost is None or row.gap is None or row.cost is None:
        return None
    best = row.best_cost if row.best_cost is not None else row.cost / (1 + row.gap / 100)
    return gap(cost, None, BestKnown(best))


def _by_instance(rows: Iterable[Row], figure: Callable[[Row], float | None]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for row in rows:
        value = figure(row)
        if value is not None:
            found.setdefault(row.instance, []).append(value)
    return {instance: fmean(values) for instance, values in found.items()}


@dataclass(frozen=True)
class Figures:
    """What a solver reached on a part.

    Parameters
    ----------
    mean
        Mean gap in percent over the instances with an answer; None without any.
    worst
        The largest gap of an instance.
    solved
        Runs within 10⁻⁶ of the best known cost.
    answered, runs
        Number of runs with an answer, and of all.
    late
        Number of answers that came late.
    """

    mean: float | None
    worst: float | None
    solved: int
    answered: int
    runs: int
    late: int


def figures(rows: Sequence[Row]) -> Figures:
    """Return the figures of a solver's rows on a part.

    Parameters
    ----------
    rows
        Its rows.
    """
    values = gaps(rows)
    return Figures(
        mean=fmean(values.values()) if values else None,
        worst=max(values.values(), default=None),
        solved=sum(row.answered and row.gap is not None and row.gap <= _EQUAL for row in rows),
        answered=sum(row.answered for row in rows),
        runs=len(rows),
        late=sum(row.late for row in rows),
    )


def reached(part: Part) -> str:
    """Return whether flowopt reaches the set's targets: yes, no, or nothing where none is set.

    Parameters
    ----------
    part
        A set or group.
    """
    target, own = SETS[part.set_name], part.of(OWN)
    if not own or (target.mean is None and target.worst is None):
        return ""
    found = figures(own)
    if found.mean is None or found.worst is None or found.answered < found.runs:
        return "no"
    held = target.mean is None or found.mean <= target.mean + _EQUAL
    held &= target.worst is None or found.worst <= target.worst + _EQUAL
    return "yes" if held else "no"


# ---- flowopt against a peer


@dataclass(frozen=True)
class Duel:
    """flowopt against one peer, on the instances that both answered.

    Parameters
    ----------
    peer
        The peer.
    common
        Number of those instances.
    own, other
        Mean gaps over them.
    better, worse
        Number of instances on which flowopt is better, and worse.
    only_own, only_other
        Number of instances that only one of them answered.
    behind
        The tenths of the limit, from 3 s on, after which flowopt's mean is the higher.
    """

    peer: str
    common: int
    own: float | None
    other: float | None
    better: int
    worse: int
    only_own: int
    only_other: int
    behind: tuple[int, ...]

    @property
    def won(self) -> bool | None:
        """Whether flowopt is ahead or level in the mean, and answers all that the peer answers.

        None when neither answered anything.
        """
        if not self.common and not self.only_own and not self.only_other:
            return None
        level = self.own is None or self.other is None or self.own <= self.other + _EQUAL
        return level and not self.only_other


def duels(part: Part) -> list[Duel]:
    """Return flowopt against each peer that ran on a part.

    Parameters
    ----------
    part
        A set or group.
    """
    if not part.of(OWN):
        return []
    return [_duel(part, peer) for peer in part.solvers if peer != OWN]


def _duel(part: Part, peer: str) -> Duel:
    mine, theirs = part.of(OWN), part.of(peer)
    own, other = gaps(mine), gaps(theirs)
    common = sorted(own.keys() & other.keys())
    limit = part.limits[-1]
    behind = tuple(
        tenth
        for tenth in range(1, TENTHS + 1)
        if limit * tenth / TENTHS >= _FIRST_SECONDS and _is_behind(mine, theirs, tenth)
    )
    return Duel(
        peer=peer,
        common=len(common),
        own=fmean(own[i] for i in common) if common else None,
        other=fmean(other[i] for i in common) if common else None,
        better=sum(own[i] < other[i] - _EQUAL for i in common),
        worse=sum(own[i] > other[i] + _EQUAL for i in common),
        only_own=len(own.keys() - other.keys()),
        only_other=len(other.keys() - own.keys()),
        behind=behind,
    )


def _is_behind(mine: Sequence[Row], theirs: Sequence[Row], tenth: int) -> bool:
    """Return whether the peer has a lower mean, or an answer where flowopt has none yet."""
    own, other = gaps_at(mine, tenth), gaps_at(theirs, tenth)
    if other.keys() - own.keys():
        return True
    common = own.keys() & other.keys()
    return bool(common) and fmean(own[i] for i in common) > fmean(other[i] for i in common) + _EQUAL
