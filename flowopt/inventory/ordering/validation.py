"""What the tables of an ordering problem must hold together, beyond each cell for itself."""

from __future__ import annotations

import numpy as np

from flowopt.core.errors import Failures
from flowopt.core.tables import Columns
from flowopt.inventory.ordering.spec import USES
from flowopt.inventory.selection.demand import ItemRules


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


def check_limits(limits: Columns, items: Columns, failures: Failures) -> None:
    """Collect limits of unknown size, of unknown use, or for unknown suppliers.

    Parameters
    ----------
    limits
        The table of limits.
    items
        The table of items.
    failures
        Where faults are collected.
    """
    known = set(items["supplier"].tolist()) | {""}
    for row in range(limits.num_rows):
        cells = {name: limits[name][row].item() for name in limits}
        _check_size(row, cells, failures)
        column = used_column(cells["limit"], cells["uses"])
        if not column:
            fix = f"name a column of items; only {', '.join(USES)} go without"
            failures.add("limits", "uses", row, None, "missing_value", "is empty", fix)
        elif column not in items or items[column].dtype.kind != "f":
            fix = "name a column of items with amounts, such as unit_volume"
            failures.add("limits", "uses", row, column, "unknown_column", "is not known", fix)
        if cells["supplier"] not in known:
            fix = "write a supplier of items, or leave it empty"
            value = cells["supplier"]
            failures.add("limits", "supplier", row, value, "unknown_id", "supplies nothing", fix)


def _check_size(row: int, cells: dict[str, object], failures: Failures) -> None:
    """Collect a limit that does not have one size."""
    numbers = [cells[name] for name in ("capacity", "container_size", "num_containers")]
    has = [number == number for number in numbers]  # NaN is unknown
    if has not in ([True, False, False], [False, True, True]):
        message = "has no single size"
        fix = "give capacity, or else both container_size and num_containers"
        value = cells["limit"]
        failures.add("limits", "capacity", row, value, "no_single_size", message, fix)
    count = cells["num_containers"]
    if isinstance(count, float) and np.isfinite(count) and count != np.floor(count):
        message, fix = "is no number of containers", "write a whole number"
        failures.add("limits", "num_containers", row, count, "out_of_range", message, fix)


def used_column(limit: str, uses: str) -> str:
    """Return the column of items that says what a unit takes of a limit; empty when none does."""
    return uses or USES.get(str(limit).strip().lower(), "")
