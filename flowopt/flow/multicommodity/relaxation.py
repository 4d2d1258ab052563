"""Why demand cannot be met: the least that would have to be given up, and the proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from flowopt.core.tables import DEFAULT_BACKEND, make_frame
from flowopt.flow.multicommodity.values import FloatArray, JointPrices

if TYPE_CHECKING:
    from flowopt.flow.multicommodity.problem import MultiCommodityProblem

_SHOWN = 4  # names in a message; all are in the tables


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The least relaxation that makes a problem feasible.

    Parameters
    ----------
    message
        What must stay unmet and what capacity is missing, with names and amounts.
    unmet
        Least demand, in units all together, that must stay unmet: columns of a table.
    extra_capacity
        Least capacity, all together, that would have to be added to meet all demand: columns of a
        table; without rows when that does not help, for there is no way to some demand.
    proven
        How much demand must stay unmet, as `proof` proves it (see `check.provably_unmet`).
    proof
        Lengths of the capacities in the metric inequality that no flow can satisfy.
    lengths
        Those of them above 0: columns of a table.
    """

    message: str
    unmet: Mapping[str, Any]
    extra_capacity: Mapping[str, Any]
    proven: float
    proof: JointPrices = field(repr=False)
    lengths: Mapping[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return self.message

    @property
    def shortage(self) -> float:
        """Least demand that must stay unmet, units per period."""
        return float(np.sum(self.unmet["unmet"]))

    @property
    def extra(self) -> float | None:
        """Least capacity to add so that all demand is met; None when that does not help."""
        amounts = self.extra_capacity["extra"]
        return float(np.sum(amounts)) if len(amounts) else None

    def to_frame(self, name: str = "unmet", backend: str = DEFAULT_BACKEND) -> Any:
        """Return a table.

        Parameters
        ----------
        name
            ``"unmet"``, ``"extra_capacity"`` or ``"lengths"`` (of the proof).
        backend
            Library of the frame.

        Raises
        ------
        KeyError
            When there is no table of this name.
        """
        tables = {
            "unmet": self.unmet,
            "extra_capacity": self.extra_capacity,
            "lengths": self.lengths,
        }
        if name not in tables:
            raise KeyError(f"no table {name!r}; there are {', '.join(tables)}")
        return make_frame(tables[name], backend)


def relaxation(
    problem: MultiCommodityProblem,
    unmet: FloatArray,
    extra: JointPrices | None,
    proof: JointPrices,
    proven: float,
) -> Relaxation:
    """Return the least relaxation in the words of a problem.

    Parameters
    ----------
    problem
        What cannot be met.
    unmet
        (D,) least demand that must stay unmet.
    extra
        Capacity to add instead, kind by kind; None when that does not help.
    proof, proven
        See `Relaxation`.
    """
    rows = np.flatnonzero(unmet > 0)
    short = {
        "commodity": problem.commodity_id[problem.demand_commodity[rows]],
        "site": problem.site_id[problem.demand_site[rows]],
        "demand": problem.demand[rows],
        "unmet": unmet[rows],
    }
    nothing = JointPrices(*(np.zeros(len(v)) for v in vars(proof).values()))
    more = _table(problem, nothing if extra is None else extra, "extra")
    lengths = _table(problem, proof, "length")
    return Relaxation(_message(short, more), short, more, proven, proof, lengths)


def _table(problem: MultiCommodityProblem, amounts: JointPrices, name: str) -> dict[str, Any]:
    """Return what is above 0, kind by kind, with names for people."""

    def own_name(row: int) -> str:
        commodity = problem.commodity_id[problem.own_commodity[row]]
        return f"{commodity} on {problem.lane_name(int(problem.own_lane[row]))}"

    def supply_name(row: int) -> str:
        commodity = problem.commodity_id[problem.supply_commodity[row]]
        return f"{commodity} at {problem.site_id[problem.supply_site[row]]}"

    def site_name(row: int) -> str:
        return str(problem.site_id[row])

    def group_name(row: int) -> str:
        return str(problem.group_id[row])

    parts: list[tuple[str, str, float]] = []
    for kind, column, naming in (
        ("lane", amounts.lane, problem.lane_name),
        ("group", amounts.group, group_name),
        ("site", amounts.site, site_name),
        ("site_supply", amounts.site_supply, site_name),
        ("commodity_lane", amounts.own_lane, own_name),
        ("supply", amounts.supply, supply_name),
    ):
        rows = np.flatnonzero(column > 0).tolist()
        parts += [(kind, naming(row), float(column[row])) for row in rows]
    return {
        "kind": [part[0] for part in parts],
        "name": [part[1] for part in parts],
        name: np.array([part[2] for part in parts]),
    }


def _message(short: dict[str, Any], more: dict[str, Any]) -> str:
    names = [
        f"{commodity} at {site} ({amount:.6g} of {demand:.6g})"
        for commodity, site, amount, demand in zip(
            short["commodity"], short["site"], short["unmet"], short["demand"], strict=True
        )
    ]
    total = float(np.sum(short["unmet"]))
    message = f"{total:.10g} units of demand must stay unmet, at best {_some(names)}"
    if not len(more["extra"]):
        return f"{message}: more capacity does not help, for nothing leads there."
    names = [
        f"{kind.replace('_', ' ')} {name} by {amount:.6g}"
        for kind, name, amount in zip(more["kind"], more["name"], more["extra"], strict=True)
    ]
    return f"{message}; all can be met by raising the capacity of {_some(names)}."


def _some(names: list[str]) -> str:
    """Return names as a list for people, with the number of those left out."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
