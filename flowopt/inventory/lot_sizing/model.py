"""The mixed-integer model of a `LotSizingProblem`, written in PuLP.

The formulation is strong: what is made in a period is told apart by the period that it is made for,
``made[i, t, k] ≤ setup[i, t]`` as a share of what k needs (facility location: Krarup and Bilde
1977), which describes single items without capacity exactly. Items that other items need, that may
be late, lost or come in packs have rows of stock beside it; what is surely needed of them, exploded
through the bill of materials, is told apart in the same way (Pochet and Wolsey 2006, chapter 13).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.options import Run
from flowopt.inventory.lot_sizing.needs import needs_of
from flowopt.inventory.lot_sizing.solution import LotValues
from flowopt.solvers.milp import WritingStopped

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem

FloatArray = npt.NDArray[np.float64]
Key = tuple[int, ...]

_ROUNDING = 1e-9  # of the most that a lot can be: less is what a solver leaves behind
_AHEAD = 6  # periods that stock is told to last for in the small model; more make it slow


@dataclass(eq=False)
class LotModel:
    """The PuLP model of a problem, and what its variables stand for.

    Parameters
    ----------
    model
        The model.
    setup, lot, packs, lost
        (item, period) → variable: whether there is a lot, its units, its packs, sales lost.
    """

    model: Any
    setup: dict[Key, Any] = field(default_factory=dict)
    lot: dict[Key, Any] = field(default_factory=dict)
    packs: dict[Key, Any] = field(default_factory=dict)
    lost: dict[Key, Any] = field(default_factory=dict)

    def values(self, problem: LotSizingProblem, columns: dict[int, float]) -> LotValues:
        """Return the plan that values of the variables stand for.

        Parameters
        ----------
        problem
            The problem.
        columns
            Identity of a variable → its value.
        """
        quantity, lost = np.zeros(problem.shape), np.zeros(problem.shape)
        for key, variable in self.lot.items():
            if columns[id(self.setup[key])] > 0.5:
                quantity[key] = columns[id(variable)]
        for key, variable in self.packs.items():
            quantity[key] = round(columns[id(variable)]) * problem.pack_size[key[0]]
        for key, variable in self.lost.items():
            lost[key] = columns[id(variable)]
        largest = np.maximum(1.0, problem.demand.max(axis=1, initial=0.0))[:, None]
        quantity[quantity <= _ROUNDING * largest] = 0.0
        lost[lost <= _ROUNDING * largest] = 0.0
        return LotValues(quantity, np.minimum(lost, problem.demand))


def build(problem: LotSizingProblem, *, strong: bool = True, run: Run | None = None) -> LotModel:
    """Return the mixed-integer model of a problem.

    Parameters
    ----------
    problem
        What to model.
    strong
        Whether what is made is told apart by what it is made for. Without, the model is small and
        its relaxation, which looks some periods ahead only, a little weaker: nodes take a tenth of
        the time.
    run
        Clock and cancel to heed meanwhile; None for none.

    Raises
    ------
    WritingStopped
        When the run ends before.
    """
    return _Builder(problem, strong, run).build()


def num_shares(problem: LotSizingProblem) -> int:
    """Return about how many variables tell apart what is made by what it is made for."""
    needs = needs_of(problem)
    starts = np.where(needs.late, 1.0, 0.5) * problem.shape[1]
    return int(((needs.amount > 0).sum(axis=1) * starts).sum())


class _Builder:
    """Builds the model of one problem, item by item."""

    def __init__(self, problem: LotSizingProblem, strong: bool, run: Run | None) -> None:
        import pulp

        self.run = run
        self.pulp: Any = pulp  # its types are too incomplete to check against
        self.problem, self.needs, self.strong = problem, needs_of(problem), strong
        self.items, self.periods = problem.shape
        self.result = LotModel(self.pulp.LpProblem("lots", pulp.LpMinimize))
        self.priced: list[tuple[Any, float]] = []
        self.stock: dict[Key, Any] = {}
        self.offset = 0.0
        self.inner = np.isin(np.arange(self.items), problem.component)
        self.held = np.concatenate(
            [np.zeros((self.items, 1)), np.cumsum(problem.holding_cost, axis=1)], axis=1
        )

    def build(self) -> LotModel:
        """Return the model."""
        for item in range(self.items):
            self._lots(item)
        for item in range(self.items):
            if self.strong and self._is_plain(item):
                self._plain(item)
                continue
            self._stock(item)
            if self.strong:
                self._strengthen(item)
            else:
                self._ahead(item)
        self._capacity()
        self.result.model.setObjective(self.pulp.LpAffineExpression(self.priced, self.offset))
        return self.result

    def _is_plain(self, item: int) -> bool:
        """Return whether what is made for each period tells all there is to know of an item."""
        problem = self.problem
        free = self.inner[item] or self.needs.late[item] or problem.loses[item]
        limited = np.isfinite(problem.max_stock[item]).any() or problem.pack_size[item] > 0
        return not (free or limited)

    def _add(
        self,
        name: str,
        upper: float = np.inf,
        cost: float = 0.0,
        lower: float = 0.0,
        kind: str = "",
    ) -> Any:
        top = None if upper == np.inf else upper
        variable = self.result.model.add_variable(name, lower, top, kind or "Continuous")
        if cost:
            self.priced.append((variable, float(cost)))
        return variable

    def _row(self, terms: list[tuple[Any, float]], sense: int, right: float, name: str) -> None:
        if self.run is not None and self.run.stopped():
            raise WritingStopped
        pulp = self.pulp
        row = pulp.LpConstraint(pulp.LpAffineExpression(terms), sense, name, float(right))
        self.result.model.addConstraint(row)

    def _most(self, item: int, period: int) -> float:
        """Return the most that a lot can be."""
        problem, needs = self.problem, self.needs
        most = float(needs.most[item])
        # what is for earlier periods is made already; the strong model knows that by its links
        if not self.strong and needs.known[item] and not needs.late[item]:
            before = needs.amount[item, : period + int(problem.lead_time[item])]
            least = float(problem.min_order_quantity[item] + problem.pack_size[item])
            most = max(most - float(before.sum()), least)
        most = min(most, float(problem.max_order_quantity[item]))
        fixed = np.isinf(problem.overtime_cost[:, period]) & (problem.unit_time[item] > 0)
        left = problem.capacity[fixed, period] - problem.setup_time[item, fixed]
        rates = left / problem.unit_time[item, fixed]
        return max(0.0, min(most, float(rates.min(initial=np.inf))))

    # ---- lots

    def _lots(self, item: int) -> None:
        """Add whether there is a lot in each period, and its units."""
        problem, model = self.problem, self.result
        least, pack = float(problem.min_order_quantity[item]), float(problem.pack_size[item])
        for period in range(self.periods - int(problem.lead_time[item])):
            most = self._most(item, period)
            if most <= 0 or most < least:
                continue
            key, name = (item, period), f"({item},{period})"
            setup = self._add(f"setup{name}", 1.0, problem.fixed_cost[key], kind="Integer")
            lot = self._add(f"lot{name}", most, problem.unit_cost[key])
            model.setup[key], model.lot[key] = setup, lot
            self._row([(lot, 1.0), (setup, -most)], self.pulp.LpConstraintLE, 0.0, f"most{name}")
            if least > 0:
                row = [(lot, 1.0), (setup, -least)]
                self._row(row, self.pulp.LpConstraintGE, 0.0, f"least{name}")
            if pack > 0:
                packs = self._add(f"packs{name}", np.floor(most / pack + 1e-9), kind="Integer")
                row, equal = [(lot, 1.0), (packs, -pack)], self.pulp.LpConstraintEQ
                self._row(row, equal, 0.0, f"whole{name}")
                model.packs[key] = packs

    # ---- what is made for each period

    def _plain(self, item: int) -> None:
        """Add an item whose stock follows from what is made for each period."""
        problem, held = self.problem, self.held[item]
        lead, need = int(problem.lead_time[item]), self.needs.amount[item]
        base = problem.initial_stock[item] + np.cumsum(need - problem.demand[item])
        self.offset += float(problem.holding_cost[item] @ np.maximum(base, 0.0))
        made = self._made(item, lambda start, end: need[end] * (held[end] - held[start + lead]))
        for start in self._starts(item):
            terms = made[start]
            key = (item, start)
            if problem.min_order_quantity[item] > 0:  # a lot may be larger than all needs
                price = held[-1] - held[start + lead]
                terms = [*terms, (self._add(f"over({item},{start})", cost=price), 1.0)]
            row = [*terms, (self.result.lot[key], -1.0)]
            self._row(row, self.pulp.LpConstraintEQ, 0.0, f"made({item},{start})")

    def _starts(self, item: int) -> list[int]:
        return [period for period in range(self.periods) if (item, period) in self.result.setup]

    def _made(
        self, item: int, price: Any, losing: bool = False
    ) -> dict[int, list[tuple[Any, float]]]:
        """Add what share of each period's need is made when; return the units by start."""
        problem, setup = self.problem, self.result.setup
        lead, starts = int(problem.lead_time[item]), self._starts(item)
        need = problem.demand[item] if losing else self.needs.amount[item]
        made: dict[int, list[tuple[Any, float]]] = {start: [] for start in starts}
        used: list[tuple[Any, float]] = []
        for end in np.flatnonzero(need > 0).tolist():
            share = []
            for start in starts:
                if start + lead > end and not self.needs.late[item]:
                    break
                part = self._add(f"made({item},{start},{end})", cost=price(start, end))
                share.append((part, 1.0))
                made[start].append((part, float(need[end])))
                name = f"link({item},{start},{end})"
                row = [(part, 1.0), (setup[item, start], -1.0)]
                self._row(row, self.pulp.LpConstraintLE, 0.0, name)
            if losing:
                share += self._not_made(item, end, used)
            self._row(share, self.pulp.LpConstraintEQ, 1.0, f"need({item},{end})")
        if used:
            stock = problem.initial_stock[item]
            self._row(used, self.pulp.LpConstraintLE, stock, f"first_stock({item})")
        return made

    def _not_made(
        self, item: int, end: int, used: list[tuple[Any, float]]
    ) -> list[tuple[Any, float]]:
        """Return the shares of a period's demand that are lost, or come from the first stock."""
        amount = float(self.problem.demand[item, end])
        share = []
        if (item, end) in self.result.lost:
            share.append((self.result.lost[item, end], 1.0 / amount))
        if self.problem.initial_stock[item] > 0:
            first = self._add(f"first({item},{end})")
            share.append((first, 1.0))
            used.append((first, amount))
        return share

    def _strengthen(self, item: int) -> None:
        """Tell apart what is surely made for each period, where that is known."""
        losing = bool(self.problem.loses[item])
        if losing and self.inner[item]:
            return
        if not losing and not self.needs.known[item]:
            return
        made = self._made(item, lambda start, end: 0.0, losing)
        for start, terms in made.items():
            row = [*terms, (self.result.lot[item, start], -1.0)]
            self._row(row, self.pulp.LpConstraintLE, 0.0, f"made({item},{start})")

    # ---- what is made ahead, in the small model

    def _ahead(self, item: int) -> None:
        """Ask that what is needed until the next lot be made before: (l, S) inequalities.

        Those of consecutive periods suffice where it never pays to make ahead but to save set-ups
        (Pochet and Wolsey, Polyhedra for lot-sizing with Wagner–Whitin costs, Mathematical
        Programming 67, 1994).
        """
        need, lead = self.needs.amount[item], int(self.problem.lead_time[item])
        if self.needs.late[item] or not self.needs.known[item]:
            return
        for first in range(self.periods):
            made, least = self._made_before(item, first)
            shares: list[tuple[Any, float]] = []
            wanted = float(need[first:].sum())
            for last in range(first, min(first + _AHEAD, self.periods)):
                setup = self.result.setup.get((item, last - lead))
                if setup is not None:
                    shares.append((setup, float(need[last:].sum())))
                if need[last] <= 0:
                    continue
                after = float(need[last + 1 :].sum())
                terms = [*made, *((setup, share - after) for setup, share in shares)]
                name, right = f"ahead({item},{first},{last})", least + wanted - after
                self._row(terms, self.pulp.LpConstraintGE, right, name)

    def _made_before(self, item: int, period: int) -> tuple[list[tuple[Any, float]], float]:
        """Return terms for what arrives before a period, and what of them is for periods before."""
        problem, model = self.problem, self.result
        if period == 0:
            return [], 0.0
        before = float(self.needs.amount[item, :period].sum())
        if not self.inner[item]:  # the stock tells it, in one term
            used = float(problem.demand[item, :period].sum())
            stock = self.stock[item, period - 1]
            return [(stock, 1.0)], float(problem.initial_stock[item]) + before - used
        starts = range(period - int(problem.lead_time[item]))
        lots = [(model.lot[item, start], 1.0) for start in starts if (item, start) in model.lot]
        return lots, before

    # ---- stock

    def _stock(self, item: int) -> None:
        """Add the rows of stock of an item, of what waits and of what is lost."""
        problem, model = self.problem, self.result
        lead = int(problem.lead_time[item])
        before: list[tuple[Any, float]] = []
        right = float(problem.initial_stock[item])
        waiting: Any = None
        for period in range(self.periods):
            key, name = (item, period), f"({item},{period})"
            low, high = float(problem.min_stock[key]), float(problem.max_stock[key])
            stock = self._add(f"stock{name}", high, problem.holding_cost[key], low)
            self.stock[key] = stock
            terms = [(stock, -1.0), *before, *self._taken(item, period)]
            wanted = float(problem.demand[key])
            if (item, period - lead) in model.lot:
                terms.append((model.lot[item, period - lead], 1.0))
            lost = None
            if wanted > 0 and np.isfinite(problem.lost_sale_cost[key]):
                lost = self._add(f"lost{name}", wanted, problem.lost_sale_cost[key])
                model.lost[key] = lost
                terms.append((lost, 1.0))
            before, last = [(stock, 1.0)], waiting
            waiting = self._waiting(key)
            if waiting is not None:
                terms.append((waiting, 1.0))
                before.append((waiting, -1.0))
                if self.inner[item]:
                    row = [(waiting, 1.0)] + ([(last, -1.0)] if last is not None else [])
                    row += [(lost, 1.0)] if lost is not None else []
                    self._row(row, self.pulp.LpConstraintLE, wanted, f"own{name}")
            self._row(terms, self.pulp.LpConstraintEQ, wanted - right, f"balance{name}")
            right = 0.0

    def _waiting(self, key: Key) -> Any:
        """Add what waits at the end of a period; None when nothing may, as while stock is kept."""
        price = float(self.problem.backorder_cost[key])
        kept = self.problem.min_stock[key] > 0
        if key[1] == self.periods - 1 or kept or not np.isfinite(price):
            return None
        return self._add(f"waiting({key[0]},{key[1]})", cost=price)

    def _taken(self, item: int, period: int) -> list[tuple[Any, float]]:
        """Return what other items' lots take out of stock, as terms."""
        problem, lot = self.problem, self.result.lot
        return [
            (lot[key], -float(problem.component_quantity[row]))
            for row in np.flatnonzero(problem.component == item)
            if (key := (int(problem.component_of[row]), period)) in lot
        ]

    # ---- capacity

    def _capacity(self) -> None:
        problem, model = self.problem, self.result
        for resource, period in np.argwhere(np.isfinite(problem.capacity)).tolist():
            terms = []
            for item in range(self.items):
                for table, among in (
                    (problem.unit_time, model.lot),
                    (problem.setup_time, model.setup),
                ):
                    amount = float(table[item, resource])
                    if amount > 0 and (item, period) in among:
                        terms.append((among[item, period], amount))
            price = float(problem.overtime_cost[resource, period])
            name = f"({resource},{period})"
            if np.isfinite(price) and terms:
                terms.append((self._add(f"overtime{name}", cost=price), -1.0))
            if terms:
                right = problem.capacity[resource, period]
                self._row(terms, self.pulp.LpConstraintLE, right, f"capacity{name}")
