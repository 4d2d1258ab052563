"""Reads the files of Trigeiro, Thomas and McClain: capacitated lot sizing with set-up times.

Items and periods; a number that is not used; the capacity of a period; then a line an item: time of
a unit, holding cost, time and cost of a set-up; then a line a period with the demand of each item,
in several blocks of lines when there are more items than a line takes. What follows is remarks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures

if TYPE_CHECKING:
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem


def read_trigeiro(path: str | Path) -> LotSizingProblem:
    r"""Return the lot-sizing problem that a file of Trigeiro, Thomas and McClain states.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ValidationError
        When the file is not of that form.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> text = "2 3\n1\n120\n1 2 10 50\n1 1 20 40\n30 20\n0 50\n40 60\n"
    >>> with TemporaryDirectory() as folder:
    ...     place = Path(folder) / "tiny.dat"
    ...     _ = place.write_text(text)
    ...     problem = read_trigeiro(place)
    >>> problem
    <LotSizingProblem 2 items, 3 periods, 1 resources, 0 components>
    >>> problem.demand.tolist(), problem.setup_time.tolist()
    ([[30.0, 0.0, 40.0], [20.0, 50.0, 60.0]], [[10.0], [20.0]])
    """
    from flowopt.inventory.lot_sizing.problem import LotSizingProblem

    rows = _rows(Path(path))
    shaped = len(rows) > 3 and [len(row) for row in rows[:3]] == [2, 1, 1]
    num_items, num_periods = map(int, rows[0]) if shaped else (0, 0)
    items, table = rows[3 : 3 + num_items], rows[3 + num_items :]
    _require(bool(items) and {len(row) for row in items} == {4}, path, "states no items")
    demand = _demand(table, num_items, num_periods)
    _require(demand is not None, path, "states no demand of each item and period")
    assert demand is not None
    unit_time, holding_cost, setup_time, fixed_cost = np.array(items).T
    return LotSizingProblem.from_arrays(
        demand.T,
        unit_time=unit_time[:, None],
        setup_time=setup_time[:, None],
        holding_cost=holding_cost[:, None],
        fixed_cost=fixed_cost[:, None],
        capacity=rows[2][0],
    )


def _rows(path: Path) -> list[list[float]]:
    """Return the lines of numbers down to the first of words."""
    rows = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = [float(word) for word in line.split()]
        except ValueError:
            break
        if row:
            rows.append(row)
    return rows


def _demand(
    table: list[list[float]], num_items: int, num_periods: int
) -> npt.NDArray[np.float64] | None:
    """Return demand by period and item; None when the blocks of lines do not fit."""
    blocks, width = [], 0
    while width < num_items:
        block, table = table[:num_periods], table[num_periods:]
        if len(block) < num_periods or len({len(row) for row in block}) != 1:
            return None
        blocks.append(np.array(block))
        width += len(block[0])
    return np.hstack(blocks) if width == num_items else None


def _require(holds: bool, path: str | Path, message: str) -> None:
    if holds:
        return
    failures, fix = Failures(), "give a file of Trigeiro, Thomas and McClain"
    failures.add("file", None, None, str(path), "wrong_form", message, fix)
    failures.raise_if_any()
