"""The demand of items of several distributions, and what a table of items says of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns
from flowopt.inventory.cycle import MOST_COUNTED, CycleDemand, choose_distribution
from flowopt.inventory.distributions import COUNTED, Rows

DISTRIBUTIONS = ("auto", "normal", "gamma", "poisson", "negative_binomial")
"""The distributions that an item may ask for."""

WILDEST = 1e3
"""Coefficient of variation over the protection interval beyond which levels drown in rounding."""

Mask = npt.NDArray[np.bool_]


def distributions_of(items: Columns) -> npt.NDArray[np.str_]:
    """Return the distribution of each item's demand, ``"auto"`` resolved; certain demand: normal.

    Parameters
    ----------
    items
        A validated table of items.
    """
    asked = items["distribution"]
    chosen = choose_distribution(
        items["demand_mean"],
        items["demand_sd"],
        items["lead_time"] + items["review_period"],
        items["lead_time_sd"],
        items["pack_size"],
    )
    certain = (_variance(items) == 0) & (asked != "poisson")
    certain |= items["demand_mean"] == 0
    return np.where(certain, "normal", np.where(asked == "auto", chosen, asked))


def demand_groups(
    items: Columns, distribution: npt.NDArray[np.str_], rows: Rows
) -> Iterator[tuple[Rows, CycleDemand]]:
    """Yield places among some rows that share a distribution, and the demand of their items.

    Parameters
    ----------
    items
        A validated table of items.
    distribution
        (n,) distribution of each item.
    rows
        (k,) rows of the table.
    """
    names = distribution[rows]
    for name in np.unique(names).tolist():
        places = np.flatnonzero(names == name)
        part = rows[places]
        yield (
            places,
            CycleDemand(
                name,
                items["demand_mean"][part],
                items["demand_sd"][part],
                items["lead_time"][part],
                items["lead_time_sd"][part],
                items["review_period"][part],
            ),
        )


def _variance(items: Columns) -> npt.NDArray[np.float64]:
    length = items["lead_time"] + items["review_period"]
    variance = items["demand_sd"] ** 2 * length
    return np.asarray(variance + (items["demand_mean"] * items["lead_time_sd"]) ** 2)


class ItemRules:
    """Collects the faults between the columns of a table of items.

    Parameters
    ----------
    items
        The columns of the table.
    failures
        The faults of single cells, whose rows take no part in rules on them; more are added.
    """

    def __init__(self, items: Columns, failures: Failures) -> None:
        self.items, self.failures = items, failures
        self._faulty = {(fault.column, fault.row) for fault in failures if fault.row is not None}
        self._lost = {
            fault.column
            for fault in failures
            if fault.row is None and fault.table == items.spec.name
        }

    def check_demand(self) -> None:
        """Collect spreads without a mean or far beyond it, and counts narrower than Poisson."""
        items = self.items
        mean, sd = items["demand_mean"], items["demand_sd"]
        used: tuple[str, ...] = ("demand_mean", "demand_sd")
        message, fix = "stands beside a demand_mean of 0", "give the mean, or 0 for no demand"
        self.collect("demand_sd", (mean == 0) & (sd > 0), used, "sd_without_mean", message, fix)
        length, variance = items["lead_time"] + items["review_period"], _variance(items)
        used = (*used, "lead_time", "lead_time_sd", "review_period")
        wild = (variance > (WILDEST * mean * length) ** 2) & (mean > 0)
        message = "spreads demand too far beyond its mean to set a level for it"
        fix = "correct it, the lead_time_sd or the demand_mean"
        self.collect("demand_sd", wild, used, "out_of_range", message, fix)
        used = (*used, "distribution")
        asked = items["distribution"]
        narrow = (asked == "negative_binomial") & (variance > 0)
        narrow &= variance < mean * length * (1 - 1e-9)
        message = "needs a variance of at least the mean over lead time + review period"
        fix = "use auto, poisson or normal, or correct demand_sd"
        self.collect("distribution", narrow, used, "underdispersed", message, fix)
        vast = np.isin(asked, COUNTED) & (mean * length > MOST_COUNTED)
        message = f"cannot count more than {MOST_COUNTED:g} units over lead time + review period"
        self.collect("distribution", vast, used, "out_of_range", message, "use auto or normal")

    def check_times(self) -> None:
        """Collect reviews without a period, and uncertain lead times without a length."""
        items = self.items
        message, fix = "is no period to review in", "write a period above 0"
        still = items["review_period"] == 0
        self.collect("review_period", still, ("review_period",), "out_of_range", message, fix)
        instant = (items["lead_time"] == 0) & (items["lead_time_sd"] > 0)
        message, fix = "stands beside a lead_time of 0", "give the mean lead time, or 0 for both"
        used = ("lead_time", "lead_time_sd")
        self.collect("lead_time_sd", instant, used, "sd_without_mean", message, fix)

    def check_packs(self) -> None:
        """Collect broken packs of counted units."""
        items = self.items
        counted = np.isin(items["distribution"], COUNTED)
        broken = counted & (items["pack_size"] != np.floor(items["pack_size"]))
        message = "is no whole number, but the distribution counts units"
        used = ("distribution", "pack_size")
        self.collect("pack_size", broken, used, "broken_pack", message, "use auto or normal")

    def collect(
        self, column: str, rows: Mask, used: tuple[str, ...], code: str, message: str, fix: str
    ) -> None:
        """Collect a fault of each row, unless a cell that the rule uses is faulty itself."""
        if not rows.any() or self._lost & {None, *used}:
            return
        for row in np.flatnonzero(rows).tolist():
            if any((name, row) in self._faulty for name in used):
                continue
            value = self.items[column][row].item()
            shown = None if value != value else value  # an empty cell is NaN here
            self.failures.add(self.items.spec.name, column, row, shown, code, message, fix)
