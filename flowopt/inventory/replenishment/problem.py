"""Items to be kept in stock: how much to hold and when to order."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failure, Failures, ValidationError
from flowopt.core.problem import Problem
from flowopt.core.tables import Columns, read_table
from flowopt.inventory.cycle import CycleDemand, LeadTimes, choose_distribution
from flowopt.inventory.distributions import COUNTED, Samples
from flowopt.inventory.orders import whole_packs_down, whole_packs_up
from flowopt.inventory.replenishment.reading import (
    item_rows,
    lead_times_of,
    read_tables,
    samples_of,
)
from flowopt.inventory.replenishment.spec import (
    DEMAND_SAMPLES,
    DISTRIBUTIONS,
    ITEMS,
    LEAD_TIMES,
    POLICIES,
    TARGETS,
)
from flowopt.inventory.replenishment.validation import check_items

if TYPE_CHECKING:
    from flowopt.core.columns import Table
    from flowopt.core.options import Run
    from flowopt.inventory.distributions import Floats
    from flowopt.inventory.replenishment.solution import ReplenishmentSolution
    from flowopt.inventory.simulation.backtest import Backtest

Mask = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ReplenishmentProblem(Problem["ReplenishmentSolution"]):
    """For every item, the least stock that meets its service target, and what to order today.

    Each row is an item at a site, on its own. In each period a review orders, what was ordered a
    lead time ago arrives, demand is served and what is missing waits (backorders), then stock is
    counted and charged. The policy is (R,S), order up to a level at every review; (r,Q), order a
    multiple of Q when a review finds the inventory position at or below the reorder point; or
    (R,s,S), order up to S then.

    The cost is that of holding the average stock and of placing orders, per period, summed over the
    items that a policy could be set for, and of being short where that has a cost. The status is
    OPTIMAL when every item has the least level that meets its target, or the cheapest (or no
    demand, or certain demand, which is covered whole), and then the bound is the cost; FEASIBLE
    when some item cannot be served as asked (its status and the table ``explanations`` say why),
    the cheapest quantity was only searched for (status ``best_found``), or sales are lost, which
    the formulas meet nearly (status ``approximate``); INFEASIBLE when none can.
    Levels for a target are never negative.

    Parameters
    ----------
    items
        The validated table of items; its columns are those of
        `flowopt.inventory.replenishment.spec.ITEMS`.
    lead_times, demand_samples
        The validated tables of lead times and of samples of demand; see `from_frames`.
    faults
        The faults of items that are left out, with harmless values in their rows.

    Raises
    ------
    ValidationError
        With every fault of the table.

    Examples
    --------
    >>> problem = ReplenishmentProblem.from_frames({
    ...     "item": ["bolt", "pump"], "demand_mean": [100.0, 0.4], "demand_sd": [20.0, 0.9],
    ...     "lead_time": [4, 6], "fill_rate": [0.98, 0.95], "on_hand": [310, 2],
    ... })
    >>> solution = problem.solve()
    >>> solution.to_frame("policies")[["item", "distribution", "order_up_to_level"]].round(2)
       item       distribution  order_up_to_level
    0  bolt             normal             558.01
    1  pump  negative_binomial               9.00
    >>> solution.to_frame("orders")[["item", "inventory_position", "quantity"]]
       item  inventory_position  quantity
    0  bolt               310.0     249.0
    1  pump                 2.0       7.0
    """

    items: Columns
    lead_times: Columns = dataclasses.field(default_factory=lambda: _no_rows(LEAD_TIMES))
    demand_samples: Columns = dataclasses.field(default_factory=lambda: _no_rows(DEMAND_SAMPLES))
    faults: tuple[Failure, ...] = ()

    def __post_init__(self) -> None:
        failures = Failures()
        check_items(self.items, failures, self._chances[0])
        failures.raise_if_any()

    @classmethod
    def from_frames(
        cls,
        items: Any,
        lead_times: Any = None,
        demand_samples: Any = None,
        *,
        policy: Any = "RS",
        on_bad_items: str = "raise",
    ) -> Self:
        """Read the tables from any frames.

        Parameters
        ----------
        items
            A pandas, polars or pyarrow frame, a dict of columns, or a list of dicts; the columns
            are those of `flowopt.inventory.replenishment.spec.ITEMS`.
        lead_times
            The lead times that items may have, with probabilities: see
            `flowopt.inventory.replenishment.spec.LEAD_TIMES`. They set the columns ``lead_time``
            and ``lead_time_sd``.
        demand_samples
            Demand of single periods: see
            `flowopt.inventory.replenishment.spec.DEMAND_SAMPLES`. They set ``demand_mean`` and
            ``demand_sd`` of items whose distribution is empirical, or whose cells are empty.
        policy
            ``"RS"``, ``"rQ"`` or ``"RsS"`` for the items whose column ``policy`` is empty or left
            out.
        on_bad_items
            ``"raise"``: every fault is raised. ``"status"``: items that have some are left out,
            with the status ``invalid``, and the table ``explanations`` lists their faults.

        Raises
        ------
        ValidationError
            With every fault of the tables.
        """
        tables = read_tables(items, lead_times, demand_samples, policy, on_bad_items)
        return cls(tables.items, tables.lead_times, tables.demand_samples, tables.faults)

    @classmethod
    def from_arrays(cls, *, policy: Any = "RS", **columns: Any) -> Self:
        """Read the table of items from arrays and numbers; a number stands for all items.

        Parameters
        ----------
        policy
            ``"RS"`` or ``"rQ"``, or one for each item.
        columns
            Name → a value or (n,) values; without ``item``, items are numbered from 0.

        Raises
        ------
        ValidationError
            With every fault of the columns.

        Examples
        --------
        >>> problem = ReplenishmentProblem.from_arrays(
        ...     demand_mean=[10.0, 20.0], demand_sd=4.0, lead_time=2, cycle_service_level=0.9)
        >>> problem.solve().order_up_to_level.round(2).tolist()
        [38.88, 68.88]
        """
        one_policy = isinstance(policy, str)
        values = {**columns} if one_policy else {**columns, "policy": policy}
        lengths = [len(value) for value in values.values() if _is_column(value)]
        num_items = max(lengths, default=1)
        values.setdefault("item", np.arange(num_items))
        full = {
            name: value if _is_column(value) else [value] * num_items
            for name, value in values.items()
        }
        return cls.from_frames(full, policy=policy if one_policy else "RS")

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some columns of the items changed, validated again.

        Parameters
        ----------
        changes
            Column → a value for all items or (n,) values; or ``items``, ``lead_times`` or
            ``demand_samples`` → another table.
        """
        if changes.keys() & {field.name for field in dataclasses.fields(self)}:
            return dataclasses.replace(self, **changes)
        unknown = [name for name in changes if name not in ITEMS.names]
        if unknown:
            fix = f"use one of {', '.join(ITEMS.names)}"
            raise ValidationError(
                Failure("items", name, None, None, "unknown_column", "is no column", fix)
                for name in unknown
            )
        num_items = self.num_items
        new = {
            name: value if _is_column(value) else [value] * num_items
            for name, value in changes.items()
        }
        columns = {**self.items.arrays, **new}
        on_bad_items = "status" if self.faults else "raise"
        changed = read_tables(columns, self.lead_times, self.demand_samples, "RS", on_bad_items)
        extras = dict(self.items.extras)
        return type(self)(
            dataclasses.replace(changed.items, extras=extras, backend=self.backend),
            changed.lead_times,
            changed.demand_samples,
            (*self.faults, *changed.faults),
        )

    def __repr__(self) -> str:
        sites = len(np.unique(self.items["site"]))
        return f"<ReplenishmentProblem items={self.num_items}, sites={sites}>"

    @property
    def backend(self) -> str:
        """The library of the caller's frame."""
        return self.items.backend

    @property
    def num_items(self) -> int:
        """Number of rows: items at sites."""
        return self.items.num_rows

    @cached_property
    def distribution(self) -> npt.NDArray[np.str_]:
        """(n,) distribution of each item's demand, ``"auto"`` resolved; certain demand: normal."""
        items = self.items
        asked = items["distribution"]
        chosen = choose_distribution(
            items["demand_mean"],
            items["demand_sd"],
            items["lead_time"] + items["review_period"],
            items["lead_time_sd"],
            items["pack_size"],
        )
        return np.where(self.certain, "normal", np.where(asked == "auto", chosen, asked))

    @cached_property
    def certain(self) -> Mask:
        """(n,) whether the demand of the protection interval has no variance."""
        items = self.items
        spread = items["demand_sd"] ** 2 * (items["lead_time"] + items["review_period"])
        return np.asarray(spread + (items["demand_mean"] * items["lead_time_sd"]) ** 2 == 0)

    @cached_property
    def invalid(self) -> Mask:
        """(n,) whether the row of the item had faults, and is left out."""
        bad = np.zeros(self.num_items, dtype=np.bool_)
        bad[[fault.row for fault in self.faults if fault.row is not None]] = True
        return bad

    @cached_property
    def _chances(self) -> tuple[Mask, LeadTimes]:
        return lead_times_of(self.items, self.lead_times)

    @cached_property
    def _samples(self) -> tuple[npt.NDArray[np.int64], Samples]:
        """The samples of the items with the distribution empirical, and their places there."""
        empirical = self.distribution == "empirical"
        found = samples_of(self.items, self.demand_samples, empirical)
        return np.cumsum(empirical) - 1, found

    @property
    def num_samples(self) -> npt.NDArray[np.int64]:
        """(n,) number of the demand samples of each item."""
        rows = item_rows(self.items, self.demand_samples)
        return np.bincount(rows[rows >= 0], minlength=self.num_items)

    @cached_property
    def counted(self) -> Mask:
        """(n,) whether demand comes in whole units."""
        counted = np.isin(self.distribution, COUNTED)
        empirical = self.distribution == "empirical"
        if empirical.any():
            counted[empirical] = self._samples[1].whole
        return counted

    @cached_property
    def _kinds(self) -> npt.NDArray[np.int64]:
        """(n,) a number for all that the formulas of an item depend on."""
        items = self.items
        flags = (
            items["policy"] == "rq",
            items["policy"] == "rss",
            ~np.isnan(items["stockout_cost"]),
            self.counted,
            self._chances[0],
        )
        kinds = np.zeros(self.num_items, dtype=np.int64)
        for place, name in enumerate(DISTRIBUTIONS):
            kinds[self.distribution == name] = place
        for flag in flags:
            kinds = 2 * kinds + flag
        return kinds

    def groups(self, rows: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
        """Yield some rows, those of one policy, kind of demand and kind of target together."""
        kinds = self._kinds[rows]
        for kind in np.unique(kinds).tolist():
            yield rows[kinds == kind]

    def cycle_demand(self, rows: npt.NDArray[np.int64]) -> CycleDemand:
        """Return the demand of some rows of one kind (see `groups`)."""
        items, distribution = self.items, str(self.distribution[rows[0]])
        given, lead_times = self._chances
        samples = None
        if distribution == "empirical":
            place, found = self._samples
            samples = found.take(place[rows])
        return CycleDemand(
            distribution,
            items["demand_mean"][rows],
            items["demand_sd"][rows],
            items["lead_time"][rows],
            items["lead_time_sd"][rows],
            items["review_period"][rows],
            lead_times.take(rows) if given[rows[0]] else None,
            samples,
        )

    @cached_property
    def least_order(self) -> Floats:
        """(n,) the minimum order, in whole packs."""
        return whole_packs_up(self.items["min_order_quantity"], self.items["pack_size"])

    @cached_property
    def largest_order(self) -> Floats:
        """(n,) the maximum order, in whole packs; inf where there is none."""
        given = self.items["max_order_quantity"]
        return whole_packs_down(np.where(np.isnan(given), np.inf, given), self.items["pack_size"])

    @cached_property
    def largest_at_once(self) -> Floats:
        """(n,) the largest order that the maximum and an empty shelf allow, in whole packs."""
        shelf = self.items["shelf_space"]
        fits = whole_packs_down(np.where(np.isnan(shelf), np.inf, shelf), self.items["pack_size"])
        return np.minimum(self.largest_order, fits)

    @property
    def shelf_room(self) -> Floats:
        """(n,) units that the shelf has room for today, besides what is on hand and on order."""
        shelf = self.items["shelf_space"]
        room = np.maximum(shelf - self.items["on_hand"] - self.items["on_order"], 0.0)
        return np.where(np.isnan(shelf), np.inf, room)

    @property
    def extra_demand(self) -> Floats:
        """(n,) demand expected while the next order has to wait for longer than a review."""
        later = self.items["next_order_in"] - self.items["review_period"]
        waited = np.where(np.isnan(later), 0.0, np.maximum(later, 0.0))
        return np.asarray(waited * self.items["demand_mean"])

    @property
    def inventory_position(self) -> Floats:
        """(n,) on hand + on order - backorders - reserved."""
        items = self.items
        owed = items["backorders"] + items["reserved"]
        position: Floats = items["on_hand"] + items["on_order"] - owed
        return position

    @property
    def features(self) -> frozenset[str]:
        """The policies, distributions and targets in the table."""
        items = self.items
        found = {name for word, name in POLICIES.items() if (items["policy"] == word).any()}
        found |= {name for name in DISTRIBUTIONS if (self.distribution == name).any()}
        found |= {name for name in TARGETS if not np.isnan(items[name]).all()}
        found |= {"lead_times"} if self.lead_times.num_rows else set()
        found |= {"lost_sales"} if (items["unmet_demand"] == "lost_sales").any() else set()
        return frozenset(found)

    def backtest(
        self,
        history: Any,
        *,
        test_periods: int | None = None,
        refit_every: int | None = None,
        fit: Callable[[Floats], Mapping[str, Any]] | None = None,
        confidence: float = 0.95,
        workers: int | None = None,
    ) -> Backtest:
        """Fit policies on the past, and play them on what came after.

        Mean and standard deviation of demand are those of the past, whatever the problem says; all
        else, lead times, targets, costs, is the problem's. The policies are played from the start
        of the history; the last periods count, of which the first fit knew nothing. Targets are
        met on average by the demand that a policy was made for; what the future brings is another,
        and the service achieved tends to be lower.

        Parameters
        ----------
        history
            (n, T) demand of each period, units, in the order of the items; or a frame, long
            (columns ``item``, ``site``, ``period``, ``demand``, or ``unique_id``, ``ds``, ``y``;
            what has no row is 0) or wide (``item``, ``site``, a column for each period).
        test_periods
            Number of the last periods, which count; None: a third.
        refit_every
            Number of periods after which policies are fitted anew; None: never. An item that cannot
            be fitted anew keeps the policy that it has.
        fit
            Takes (n, t) demand of the past, returns columns of the problem, e.g. of a forecaster;
            None: mean and standard deviation.
        confidence
            Of the intervals.
        workers
            Number of threads; None takes all cores.

        Returns
        -------
        Backtest
            The table ``achieved`` has target, promise and what was achieved side by side.

        Raises
        ------
        ValidationError
            With every fault of the history.

        Examples
        --------
        >>> problem = ReplenishmentProblem.from_arrays(
        ...     demand_mean=[1.0, 1.0], demand_sd=1.0, lead_time=1, fill_rate=0.95)
        >>> past_and_test = [[5, 7, 6, 4, 8, 6, 5, 9, 7], [0, 2, 0, 0, 3, 0, 1, 0, 9]]
        >>> found = problem.backtest(past_and_test, test_periods=3)
        >>> found.to_frame()[["item", "target_fill_rate", "fill_rate"]].round(2)
          item  target_fill_rate  fill_rate
        0     0              0.95        0.8
        1     1              0.95        0.8
        """
        from flowopt.inventory.simulation.backtest import backtest

        return backtest(self, history, test_periods, refit_every, fit, confidence, workers)

    def _solve(self, run: Run) -> ReplenishmentSolution:
        from flowopt.inventory.replenishment.solve import solve

        return solve(self, run)


def _no_rows(spec: Table) -> Columns:
    """Return a table without rows."""
    return read_table(spec, None, Failures())


def _is_column(value: Any) -> bool:
    """Return whether a value is a column rather than one cell."""
    if isinstance(value, (str, Mapping)) or value is None:
        return False
    return np.ndim(value) == 1
