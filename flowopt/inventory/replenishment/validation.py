"""What the columns of a replenishment problem must hold together, beyond each for itself."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures, FlowoptWarning
from flowopt.core.tables import Columns
from flowopt.inventory.cycle import MOST_COUNTED
from flowopt.inventory.distributions import COUNTED
from flowopt.inventory.replenishment.spec import SMALLEST, TARGETS

MOST_DISPERSED = 1e6
"""Variance to mean of demand; beyond it, levels of counted demand drown in rounding."""

WILDEST_COUNT, WILDEST_TIME, WILDEST = 3.0, 30.0, 1e3
"""Coefficients of variation over the protection interval beyond which levels drown in rounding: of
counted demand that is dispersed further, by the lead time alone, and of larger demand."""

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def check_items(items: Columns, failures: Failures, lead_times: Mask | None = None) -> None:
    """Collect every fault between the columns of the table of items.

    Parameters
    ----------
    items
        Its columns.
    failures
        The faults of single cells, which take no part here; more are added.
    lead_times
        (n,) whether the chances of the item's lead times are known; None where none are.
    """
    rules = Rules(items, failures)
    rules.check_targets()
    rules.check_demand()
    rules.check_times()
    rules.check_lead_times(np.zeros(items.num_rows, np.bool_) if lead_times is None else lead_times)
    rules.check_costs()
    rules.check_quantities()


class Rules:
    """The rules between columns; a cell that is faulty by itself breaks none of them.

    Parameters
    ----------
    items
        The columns of the table.
    failures
        The faults of single cells; more are added.
    """

    def __init__(self, items: Columns, failures: Failures) -> None:
        self.items, self.failures = items, failures
        self._faulty = {
            (failure.column, failure.row) for failure in failures if failure.row is not None
        }
        self._lost = {failure.column for failure in failures if failure.row is None}

    def check_targets(self) -> None:
        """Collect items without exactly one target above 0 and below 1."""
        fix = "write a value above 0 and below 1, e.g. 0.95"
        for name in TARGETS[:2]:
            for edge, message in (
                (0, "would need no stock at all"),
                (1, "would need endless stock when demand is uncertain"),
            ):
                wrong = self.items[name] == edge
                self._collect(name, wrong, (name,), "out_of_range", message, fix)
        given = [~np.isnan(self.items[name]) for name in TARGETS]
        for place, name in enumerate(TARGETS):
            for other in range(place + 1, len(TARGETS)):
                both = given[place] & given[other] & ~np.any(given[place + 1 : other], axis=0)
                message, fix = f"stands beside a {TARGETS[other]}", "leave one of the two empty"
                self._collect(name, both, TARGETS, "two_targets", message, fix)
        message, fix = "is empty, as is cycle_service_level", "fill one of the two"
        self._collect("fill_rate", ~np.any(given, axis=0), TARGETS, "no_target", message, fix)

    def check_demand(self) -> None:
        """Collect spreads without a mean or far beyond it, and counts narrower than Poisson."""
        items = self.items
        mean, sd, lead_sd = items["demand_mean"], items["demand_sd"], items["lead_time_sd"]
        message, fix = "stands beside a demand_mean of 0", "give the mean, or 0 for no demand"
        alone = (mean == 0) & (sd > 0)
        used: tuple[str, ...] = ("demand_mean", "demand_sd")
        self._collect("demand_sd", alone, used, "sd_without_mean", message, fix)
        length = items["lead_time"] + items["review_period"]
        variance = sd**2 * length + (mean * lead_sd) ** 2
        seen = items["distribution"] == "empirical"  # has the spread that was seen
        wild = ~seen & _wild(mean * length, sd**2 * length, (mean * lead_sd) ** 2)
        message = "spreads demand too far beyond its mean to set a level for it"
        fix = "correct it, the lead_time_sd or the demand_mean"
        used = (*used, "lead_time", "lead_time_sd", "review_period")
        self._collect("demand_sd", wild & (mean > 0), used, "out_of_range", message, fix)
        narrow = items["distribution"] == "negative_binomial"
        narrow &= (variance > 0) & (variance < mean * length * (1 - 1e-9))
        message = "needs a variance of at least the mean over lead time + review period"
        fix = "use auto or normal, or correct demand_sd"
        used = (*used, "distribution")
        self._collect("distribution", narrow, used, "underdispersed", message, fix)
        vast = np.isin(items["distribution"], COUNTED) & (mean * length > MOST_COUNTED)
        message = f"cannot count more than {MOST_COUNTED:g} units over lead time + review period"
        self._collect("distribution", vast, used, "out_of_range", message, "use auto or normal")

    def check_times(self) -> None:
        """Collect reviews without a period, and uncertain lead times without a length."""
        items = self.items
        unreviewed = (items["policy"] != "rq") & (items["review_period"] == 0)
        message, fix = "is no period to review in", "write a period above 0, or take the policy rQ"
        used: tuple[str, ...] = ("policy", "review_period")
        self._collect("review_period", unreviewed, used, "out_of_range", message, fix)
        instant = (items["lead_time"] == 0) & (items["lead_time_sd"] > 0)
        message, fix = "stands beside a lead_time of 0", "give the mean lead time, or 0 for both"
        used = ("lead_time", "lead_time_sd")
        self._collect("lead_time_sd", instant, used, "sd_without_mean", message, fix)

    def check_lead_times(self, known: Mask) -> None:
        """Collect uncertain lead times without a table of them beside demand samples."""
        items = self.items
        unknown = (items["distribution"] == "empirical") & (items["lead_time_sd"] > 0) & ~known
        message, fix = "says too little beside demand_samples", "give the table lead_times"
        used = ("distribution", "lead_time_sd")
        self._collect("lead_time_sd", unknown, used, "no_lead_times", message, fix)

    def check_costs(self) -> None:
        """Collect stock that costs nothing beside a cost of being short: it would be endless."""
        items = self.items
        endless = ~np.isnan(items["stockout_cost"]) & (items["holding_cost"] < SMALLEST)
        message, fix = "is so little that no stock is too much", f"write a value ≥ {SMALLEST:g}"
        used = ("holding_cost", "stockout_cost")
        self._collect("holding_cost", endless, used, "out_of_range", message, fix)
        lost = ~np.isnan(items["stockout_cost"]) & (items["unmet_demand"] == "lost_sales")
        message, fix = "has no waiting that a stockout_cost could price", "give a target instead"
        used = ("unmet_demand", "stockout_cost")
        self._collect("unmet_demand", lost, used, "cost_of_lost_sales", message, fix)

    def check_quantities(self) -> None:
        """Collect broken packs of counted units and endless quantities; warn of Q beside (R,S)."""
        items = self.items
        counted = np.isin(items["distribution"], COUNTED)
        broken = counted & (items["pack_size"] != np.floor(items["pack_size"]))
        message, fix = "is no whole number, but the distribution counts units", "use auto or normal"
        used: tuple[str, ...] = ("distribution", "pack_size")
        self._collect("pack_size", broken, used, "broken_pack", message, fix)
        batches, given = items["policy"] != "rs", ~np.isnan(items["order_quantity"])
        endless = batches & ~given & (items["holding_cost"] == 0) & (items["fixed_cost"] > 0)
        message = "is empty, and the economic order quantity is endless at a holding_cost of 0"
        fix = "give order_quantity, or a holding_cost above 0"
        used = ("policy", "order_quantity", "holding_cost", "fixed_cost")
        self._collect("order_quantity", endless, used, "no_quantity", message, fix)
        if (given & ~batches & self._sound("policy", "order_quantity")).any():
            text = "items: the policy RS takes no order_quantity; it is left aside (rQ uses it)"
            warnings.warn(text, FlowoptWarning, stacklevel=2)

    def _sound(self, *columns: str) -> Mask:
        """Return the rows whose cells in some columns have no fault of their own."""
        sound = np.full(self.items.num_rows, not self._lost & {None, *columns})
        for column, row in self._faulty:
            if column in columns and row is not None:
                sound[row] = False
        return sound

    def _collect(
        self, column: str, rows: Mask, used: tuple[str, ...], code: str, message: str, fix: str
    ) -> None:
        """Collect a fault of each row, unless a cell that the rule uses is faulty itself."""
        if not rows.any():
            return
        for row in np.flatnonzero(rows & self._sound(*used)):
            value = self.items[column][row].item()
            shown = None if value != value else value  # an empty cell is NaN here
            self.failures.add(self.items.spec.name, column, int(row), shown, code, message, fix)


def _wild(mean: Floats, by_demand: Floats, by_lead_time: Floats) -> Mask:
    """Return where demand over the protection interval varies too much for a level to be exact."""
    dispersed = by_demand > np.maximum(MOST_DISPERSED * mean, (WILDEST_COUNT * mean) ** 2)
    dispersed |= by_lead_time > (WILDEST_TIME * mean) ** 2
    vast = by_demand + by_lead_time > (WILDEST * mean) ** 2
    return np.where(mean <= MOST_COUNTED, dispersed, vast)
