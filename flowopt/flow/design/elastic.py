"""What would have to give way for a design to be possible, found by elastic models.

Kind of rule by kind of rule, a slack lets the rule give way at the price of its amount, and all
else stays hard: the least amount tells what would help by itself. When no kind alone helps, all
give way together, by the least amount relative to their limits. (Chinneck: Feasibility and
infeasibility in optimization, 2008.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.flow.design.builder import Builder
from flowopt.flow.design.explanation import Relaxation, Relaxed, message_of
from flowopt.flow.design.model import DesignModel
from flowopt.flow.design.reach import reach_of
from flowopt.solvers.highs import solve_linear

if TYPE_CHECKING:
    from flowopt.flow.design.problem import DesignProblem

FloatArray = npt.NDArray[np.float64]

_SECONDS = 10.0  # for each kind of rule; what is found by then is not always the least
_GAP = 1e-6
_NOTHING = 1e-6  # a slack up to this, relative to its limit, is rounding
_KINDS: dict[str, dict[str, float]] = {
    "demand": {},
    "supply": {"balance": -1.0, "joint_supply": -1.0},
    "capacity": {"site_capacity": -1.0, "lane_capacity": -1.0},
    "minimum": {"min_throughput": 1.0, "min_flow": 1.0},
    "max_sites": {"number_of_sites": -1.0},
    "min_sites": {"number_of_sites": 1.0},
    "budget": {"budget": -1.0},
    "max_emissions": {"max_emissions": -1.0},
    "max_mean_distance": {"max_mean_distance": -1.0},
    "single_source": {"single_source": -1.0},
}
"""Kind of rule → blocks of rows that give way, and the sign with which."""


def explain(problem: DesignProblem, run: Run) -> Relaxation:
    """Return the least relaxations of a problem that has no design.

    Parameters
    ----------
    problem
        A problem without a design.
    run
        The live options; what is not found in time is left out.
    """
    alternatives = []
    for kind in _KINDS:
        if run.stopped():
            break
        found = _relaxed(problem, (kind,), run)
        if found:
            alternatives.append(found)
    together: tuple[Relaxed, ...] = ()
    if not alternatives and not run.stopped():
        together = _relaxed(problem, tuple(_KINDS), run)
    return Relaxation(message_of(tuple(alternatives), together), tuple(alternatives), together)


def _relaxed(problem: DesignProblem, kinds: tuple[str, ...], run: Run) -> tuple[Relaxed, ...]:
    """Return what gives way when rules of some kinds may, by the least amount; empty if none."""
    elastic = _Elastic(problem, kinds)
    if not elastic.slacks:
        return ()
    part = run.part(min(_SECONDS, run.remaining()))
    values = solve_linear(elastic.model.linear, part, gap=_GAP).values
    return () if values is None else elastic.relaxed(values)


Namer = Callable[[int], Relaxed]


class _Elastic:
    """A problem's model in which rules of some kinds may give way."""

    def __init__(self, problem: DesignProblem, kinds: tuple[str, ...]) -> None:
        self.problem = problem
        wide = max(1.0, float(problem.demand.sum(axis=(0, 1)).max(initial=0.0)))
        loose = problem.replace(
            capacity=np.maximum(problem.capacity, wide),
            site_capacity=np.maximum(problem.site_capacity, wide),
            supply=np.where(problem.supply > 0, np.maximum(problem.supply, wide), 0.0),
        )
        if "demand" in kinds:
            self.hard = np.isinf(problem.unmet_cost)
            problem = problem.replace(unmet_cost=np.where(self.hard, 1.0, problem.unmet_cost))
        undivided = "single_source" not in kinds and "demand" not in kinds
        builder = Builder(problem, True, reach_of(loose), undivided=undivided)
        self.builder = builder
        self.slacks: list[tuple[int, float, Relaxed]] = []
        """Column, its weight in the objective, and what it stands for by one unit."""
        self.relative = len(kinds) > 1
        for kind in kinds:
            self._soften(kind)
        model = builder.build()
        cost = np.zeros(len(model.linear.cost))
        for column, weight, _ in self.slacks:
            cost[column] = weight
        self.model: DesignModel = replace(
            model, linear=replace(model.linear, cost=cost, offset=0.0)
        )

    def _soften(self, kind: str) -> None:
        if kind == "demand":
            self._soften_demand()
        for name, sign in _KINDS[kind].items():
            block = self.builder.rows.blocks.get(name)
            if block is None:
                continue
            rows = self._rows(kind, name)
            if not len(rows):
                continue
            column = self.builder.add(f"{kind} {name}", (rows,), 0.0, 0.0, np.inf)
            values = np.full(len(rows), sign)
            self.builder.rows.entries.append((rows + block.start, column, values))
            for place, row in zip(column.tolist(), rows.tolist(), strict=True):
                limit = self._limit(name, row)
                weight = 1.0 / max(1.0, abs(limit)) if self.relative else 1.0
                self.slacks.append((place, weight, self._subject(kind, name, row)))

    def _soften_demand(self) -> None:
        problem, block = self.problem, self.builder.columns["unmet"]
        total = max(1.0, float(problem.demand.sum()))
        for place, key in enumerate(zip(*(part.tolist() for part in block.keys), strict=True)):
            if self.hard[key[0]]:
                weight = 1.0 / total if self.relative else 1.0
                subject = self._named("demand", str(problem.site_id[key[0]]), key[2], key[1])
                self.slacks.append((block.start + place, weight, subject))

    def _rows(self, kind: str, name: str) -> npt.NDArray[np.int64]:
        """Return the rows of a block that may give way."""
        block = self.builder.rows.blocks[name]
        if name == "balance":
            site, goods, _ = block.keys
            supply = self.problem.supply[site, goods]
            return np.flatnonzero(np.isfinite(supply) & (supply > 0))
        if kind == "max_sites" and self.problem.max_sites is None:
            return np.zeros(0, dtype=np.int64)
        if kind == "min_sites" and not self.problem.min_sites:
            return np.zeros(0, dtype=np.int64)
        return np.arange(block.size)

    def _limit(self, name: str, row: int) -> float:
        """Return the size of a rule's limit, to compare amounts with."""
        problem, keys = self.problem, self.builder.rows.blocks[name].keys
        if name in ("site_capacity", "lane_capacity"):
            return float(problem.base_capacity[keys[0][row]])
        if name == "min_throughput":
            return float(problem.min_throughput[keys[0][row]])
        if name == "min_flow":
            return float(problem.min_flow[keys[0][row] - problem.num_sites])
        if name == "balance":
            return float(problem.supply[keys[0][row], keys[1][row]])
        if name == "joint_supply":
            return float(problem.joint_supply[keys[0][row]])
        if name == "max_mean_distance":
            return problem.max_mean_distance * float(problem.demand.sum())
        sizes: dict[str, Any] = {"number_of_sites": 1.0, "single_source": 1.0}
        return float(sizes.get(name, getattr(problem, name, 1.0)))

    def _subject(self, kind: str, name: str, row: int) -> Relaxed:
        problem, keys = self.problem, self.builder.rows.blocks[name].keys
        rule = {"balance": "supply"}.get(name, kind if name == "number_of_sites" else name)
        if name in ("site_capacity", "lane_capacity", "min_throughput", "min_flow"):
            facility, what = int(keys[0][row]), "site" if "_" in name else ""
            what = "site" if facility < problem.num_sites else "lane"
            subject = f"{what} {problem.facility_name(facility)}"
            return self._named(rule, subject, int(keys[1][row]), None)
        if name == "balance":
            return self._named(
                rule, str(problem.site_id[keys[0][row]]), int(keys[2][row]), int(keys[1][row])
            )
        if name == "joint_supply":
            return self._named(rule, str(problem.site_id[keys[0][row]]), int(keys[1][row]), None)
        if name == "single_source":
            return self._named(rule, str(problem.site_id[keys[0][row]]), None, None)
        return self._named(rule, "", None, None)

    def _named(self, rule: str, subject: str, period: int | None, goods: int | None) -> Relaxed:
        """Return what gives way by one unit; period and commodity where there are several."""
        problem = self.problem
        when = None if period is None or len(problem.period_id) < 2 else period
        what = None if goods is None or len(problem.commodity_id) < 2 else goods
        unit = 1.0
        if rule == "max_mean_distance":
            unit = 1.0 / float(problem.demand.sum())
        return Relaxed(
            rule,
            subject,
            unit,
            None if when is None else problem.period_id[when].item(),
            None if what is None else problem.commodity_id[what].item(),
        )

    def relaxed(self, values: FloatArray) -> tuple[Relaxed, ...]:
        """Return the rules that give way in an answer."""
        found = []
        for column, _, rule in self.slacks:
            amount = float(values[column])
            if amount > _NOTHING * max(1.0, amount):
                found.append(replace(rule, amount=float(f"{amount * rule.amount:.12g}")))
        return tuple(found)
