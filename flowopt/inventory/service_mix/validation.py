"""What the tables and figures of a service mix must hold together."""

from __future__ import annotations

import math
from typing import Any

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns
from flowopt.inventory.selection.demand import ItemRules
from flowopt.inventory.service_mix.spec import WEIGHTINGS

FEWEST_LEVELS, MOST_LEVELS = 2, 10_000


def check_items(items: Columns, failures: Failures) -> None:
    """Collect every fault between the columns of the items.

    Parameters
    ----------
    items
        The table of items.
    failures
        The faults of single cells, which take no part here; more are added.
    """
    rules = ItemRules(items, failures)
    rules.check_demand()
    rules.check_times()
    rules.check_packs()
    whole = items["min_fill_rate"] == 1
    message = "would need endless stock when demand is uncertain"
    fix = "write a value below 1, e.g. 0.99"
    rules.collect("min_fill_rate", whole, ("min_fill_rate",), "out_of_range", message, fix)


def check_classes(classes: Columns, items: Columns, failures: Failures) -> None:
    """Collect classes without items, or with a target that is none.

    Parameters
    ----------
    classes
        The table of classes.
    items
        The table of items.
    failures
        Where faults are collected.
    """
    known = set(items["class"].tolist())
    rows = zip(classes["class"].tolist(), classes["fill_rate"].tolist(), strict=True)
    for row, (name, target) in enumerate(rows):
        if name not in known:
            fix = "write a class of items, or remove the row"
            failures.add("classes", "class", row, name, "unknown_id", "has no items", fix)
        if target in (0.0, 1.0):
            message, fix = "is no target", "write a value above 0 and below 1, e.g. 0.9"
            failures.add("classes", "fill_rate", row, target, "out_of_range", message, fix)


def check_figures(fill_rate: Any, weighted_by: Any, num_levels: Any, failures: Failures) -> None:
    """Collect a target, a weighting or a number of levels that cannot be used.

    Parameters
    ----------
    fill_rate, weighted_by, num_levels
        As given to `ServiceMixProblem`.
    failures
        Where faults are collected.
    """
    if not 0 < _number(fill_rate) < 1:
        fix = "give a number above 0 and below 1, e.g. 0.95"
        failures.add("mix", "fill_rate", None, fill_rate, "out_of_range", "is no target", fix)
    if weighted_by not in WEIGHTINGS:
        fix = f"write one of {', '.join(WEIGHTINGS)}"
        message = "is not known"
        failures.add("mix", "weighted_by", None, weighted_by, "unknown_choice", message, fix)
    whole = isinstance(num_levels, int) and not isinstance(num_levels, bool)
    if not whole or not FEWEST_LEVELS <= num_levels <= MOST_LEVELS:
        fix = f"give a whole number from {FEWEST_LEVELS} to {MOST_LEVELS}"
        message = "cannot be used"
        failures.add("mix", "num_levels", None, num_levels, "out_of_range", message, fix)


def _number(value: Any) -> float:
    try:
        return math.nan if isinstance(value, (bool, str)) else float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan
