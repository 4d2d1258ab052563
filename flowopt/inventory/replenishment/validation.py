"""What the columns of a replenishment problem must hold together, beyond each for itself."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures, FlowoptWarning
from flowopt.core.tables import Columns
from flowopt.inventory.cycle import MOST_COUNTED

MOST_DISPERSED = 1e6
"""Variance to mean of demand; beyond it, levels of counted demand drown in rounding."""

WILDEST_COUNT, WILDEST_TIME, WILDEST = 3.0, 30.0, 1e3
"""Coefficients of variation over the protection interval beyond which levels drown in rounding: of
counted demand that is dispersed further, by the lead time alone, and of larger demand."""

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def check_items(items: Columns, failures: Failures) -> None:
    """Collect every fault between the columns of the table of items.

    Parameters
    ----------
    items
        Its columns.
    failures
        The faults of single cells, which take no part here; more are added.
    """
    rules = Rules(items, failures)
    rules.check_targets()
    rules.check_demand()
    rules.check_times()
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
        names = ("fill_rate", "cycle_service_level")
        fill, cycle = (self.items[name] for name in names)
        fix = "write a value above 0 and below 1, e.g. 0.95"
        for name in names:
            for edge, message in (
                (0, "would need no stock at all"),
                (1, "would need endless stock when demand is uncertain"),
            ):
                wrong = self.items[name] == edge
                self._collect(name, wrong, (name,), "out_of_range", message, fix)
        both = ~np.isnan(fill) & ~np.isnan(cycle)
        message, fix = "stands beside a cycle_service_level", "leave one of the two empty"
        self._collect("fill_rate", both, names, "two_targets", message, fix)
        neither = np.isnan(fill) & np.isnan(cycle)
        message, fix = "is empty, as is cycle_service_level", "fill one of the two"
        self._collect("fill_rate", neither, names, "no_target", message, fix)

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
        wild = _wild(mean * length, sd**2 * length, (mean * lead_sd) ** 2)
        message = "spreads demand too far beyond its mean to set a level for it"
        fix = "correct it, the lead_time_sd or the demand_mean"
        used = (*used, "lead_time", "lead_time_sd", "review_period")
        self._collect("demand_sd", wild & (mean > 0), used, "out_of_range", message, fix)
        counted = items["distribution"] == "negative_binomial"
        narrow = counted & (variance > 0) & (variance < mean * length * (1 - 1e-9))
        message = "needs a variance of at least the mean over lead time + review period"
        fix = "use auto or normal, or correct demand_sd"
        used = (*used, "distribution")
        self._collect("distribution", narrow, used, "underdispersed", message, fix)
        vast = counted & (mean * length > MOST_COUNTED)
        message = f"cannot count more than {MOST_COUNTED:g} units over lead time + review period"
        self._collect("distribution", vast, used, "out_of_range", message, "use auto or normal")

    def check_times(self) -> None:
        """Collect reviews without a period, and uncertain lead times without a length."""
        items = self.items
        unreviewed = (items["policy"] == "rs") & (items["review_period"] == 0)
        message, fix = "is no period to review in", "write a period above 0, or take the policy rQ"
        used: tuple[str, ...] = ("policy", "review_period")
        self._collect("review_period", unreviewed, used, "out_of_range", message, fix)
        instant = (items["lead_time"] == 0) & (items["lead_time_sd"] > 0)
        message, fix = "stands beside a lead_time of 0", "give the mean lead time, or 0 for both"
        used = ("lead_time", "lead_time_sd")
        self._collect("lead_time_sd", instant, used, "sd_without_mean", message, fix)

    def check_quantities(self) -> None:
        """Collect broken packs of counted units and endless quantities; warn of Q beside (R,S)."""
        items = self.items
        counted = items["distribution"] == "negative_binomial"
        broken = counted & (items["pack_size"] != np.floor(items["pack_size"]))
        message, fix = "is no whole number, but the distribution counts units", "use auto or normal"
        used: tuple[str, ...] = ("distribution", "pack_size")
        self._collect("pack_size", broken, used, "broken_pack", message, fix)
        batches, given = items["policy"] == "rq", ~np.isnan(items["order_quantity"])
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
