"""Service mixes beside one target for all items, out of sample, on published demand histories.

Levels are fitted on the past and played, order by order, on the periods after it, with the lead
times, minimum orders and packs of the items. Each method has one number that moves all levels: the
safety factor z of z·σ under normal demand, a fill rate or a cycle service level for all items,
the target of the mix. It is set so that 90 % of the units demanded afterwards are met from stock;
the value of the stock that this takes is compared with that of the best uniform method.

Items without demand in the past are left out: no method can know of them. The histories are found
by the environment variable FLOWOPT_INSTANCES; without it there are no rows.
"""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from flowopt.core.options import Options, Run
from flowopt.inventory import ServiceMixProblem, simulate_policy
from flowopt.inventory.cycle import CycleDemand
from flowopt.inventory.levels import least_level_for_cycles, least_reorder_point
from flowopt.inventory.selection.demand import demand_groups
from flowopt.inventory.selection.search import select
from flowopt.inventory.service_mix.engines.levels import levels_of, sharing_of

Floats = npt.NDArray[np.float64]

REACHED = 0.9
"""Share of the units demanded out of sample that every method meets."""

TARGET = 0.7
"""Stock value of the mix, as a share of the best uniform method's, on the manufacturer's data."""

_HIGHEST = 0.9999
_BISECTIONS = 14


@dataclass(frozen=True)
class History:
    """Demand of items, and how they are supplied.

    Parameters
    ----------
    demand
        (n, T) units in each period.
    unit_cost, lead_time, min_order_quantity, pack_size
        (n,) columns of the items.
    split
        Number of periods that levels are fitted on.
    begin
        Period that the play begins with, long enough before to forget its start.
    """

    demand: Floats
    unit_cost: Floats
    lead_time: Floats
    min_order_quantity: Floats
    pack_size: Floats
    split: int
    begin: int

    def known(self) -> History:
        """Return the items with demand in the past."""
        keep = self.demand[:, : self.split].sum(axis=1) > 0
        columns = ("demand", "unit_cost", "lead_time", "min_order_quantity", "pack_size")
        return History(*(getattr(self, name)[keep] for name in columns), self.split, self.begin)

    def problem(self, pack_size: Floats | None, to_order: bool) -> ServiceMixProblem:
        """Return the items with mean and spread of the past.

        Parameters
        ----------
        pack_size
            (n,) units in a pack; None for orders of any size above the minimum.
        to_order
            Whether customers may be made to wait until they have asked for a whole order.
        """
        past = self.demand[:, : self.split]
        items: dict[str, Any] = {
            "item": np.arange(len(past)),
            "demand_mean": past.mean(axis=1),
            "demand_sd": past.std(axis=1, ddof=1),
            "lead_time": self.lead_time,
            "unit_cost": self.unit_cost,
            "min_order_quantity": self.min_order_quantity,
        }
        if pack_size is not None:
            items["pack_size"] = pack_size
        if to_order:
            items["least_reorder_point"] = np.full(len(past), -1e9)
        return ServiceMixProblem.from_frames(items)

    def play(self, reorder_point: Floats, quantity: Floats) -> tuple[float, float]:
        """Return the share of units met and the value of the average stock, out of sample."""
        played = simulate_policy(
            self.demand[:, self.begin :],
            reorder_point=reorder_point,
            order_quantity=quantity,
            lead_time=self.lead_time,
            on_hand=np.maximum(reorder_point + np.ceil(quantity / 2), 0.0),  # the mean position
            warmup=self.split - self.begin,
            workers=1,
        )
        asked = self.demand[:, self.split :].sum(axis=1)
        met = np.where(asked > 0, np.nan_to_num(played.fill_rate), 0.0)
        return float(met @ asked / asked.sum()), float(played.average_stock @ self.unit_cost)


def rows(rounds: int = 5, small: bool = False) -> Iterator[dict[str, Any]]:
    """Yield one row for each history, way of ordering and method.

    Parameters
    ----------
    rounds
        Not used: nothing here is a race.
    small
        Whether to take few items, as tests do.
    """
    folder = os.environ.get("FLOWOPT_INSTANCES")
    if not folder:
        return
    home = Path(folder) / "inv" / "demand"
    weekly, monthly = manufacturer(home), spare_parts(home)
    cases = (
        ("manufacturer, minimum orders", weekly, None, False, TARGET),
        ("manufacturer, minimum orders and packs", weekly, weekly.pack_size, False, None),
        (
            "manufacturer, minimum orders and packs, to order",
            weekly,
            weekly.pack_size,
            True,
            TARGET,
        ),
        ("spare parts", monthly, None, False, None),
    )
    for name, history, pack_size, to_order, target in cases:
        step = 20 if small else 1
        part = _every(history, step)
        packs = None if pack_size is None else pack_size[::step]
        yield from _case(name, part, part.problem(packs, to_order), None if small else target)


def _every(history: History, step: int) -> History:
    columns = ("demand", "unit_cost", "lead_time", "min_order_quantity", "pack_size")
    parts = (getattr(history, name)[::step] for name in columns)
    return History(*parts, history.split, history.begin)


def _case(
    name: str, history: History, problem: ServiceMixProblem, target: float | None
) -> Iterator[dict[str, Any]]:
    """Yield the rows of all methods for one way of ordering."""
    quantity = problem.order_quantity
    found = {}
    for method, levels in methods(problem).items():
        begin = time.process_time()
        parameter = _calibrated(lambda at, levels=levels: history.play(levels(at), quantity)[0])
        fill, value = history.play(levels(parameter), quantity)
        found[method] = (time.process_time() - begin, parameter, fill, value)
    best = min(value for method, (_, _, _, value) in found.items() if method != "mix")
    for method, (seconds, parameter, fill, value) in found.items():
        row = {
            "set": "service_mix",
            "instance": name,
            "method": method,
            "items": len(quantity),
            "seconds": seconds,
            "ratio": None,
            "parameter": parameter,
            "fill_rate": fill,
            "stock_value": value,
            "share_of_best_uniform": value / best,
        }
        if method == "mix" and target is not None:
            row |= {"target": target, "agrees": value <= target * best}
        yield row


def methods(problem: ServiceMixProblem) -> dict[str, Callable[[float], Floats]]:
    """Return what makes reorder points of a number from 0 to 1, by the name of the method."""
    with Run(Options()) as run:
        levels = levels_of(problem, _HIGHEST, run)
        assert levels is not None

    def mix(at: float) -> Floats:
        part = problem.replace(fill_rate=min(max(at, 1e-6), _HIGHEST))
        with Run(Options()) as run:
            chosen = select(levels.options, sharing_of(part), run)
        assert chosen is not None
        return levels.reorder_point[chosen.chosen]

    return {
        "z·σ": lambda at: _normal(problem, at),
        "one fill rate": lambda at: _by_item(problem, at, _for_fill),
        "one cycle service level": lambda at: _by_item(problem, at, _for_cycles),
        "mix": mix,
    }


def _normal(problem: ServiceMixProblem, at: float) -> Floats:
    """Return mean + z·σ over the protection interval, at least 0, with z of the chance given."""
    items = problem.items
    length = items["lead_time"] + items["review_period"]
    z = special.ndtri(np.clip(at, 1e-12, 1 - 1e-12))
    level = items["demand_mean"] * length + z * items["demand_sd"] * np.sqrt(length)
    return np.ceil(np.maximum(level, 0.0))


def _by_item(
    problem: ServiceMixProblem,
    at: float,
    level_for: Callable[[CycleDemand, Floats, Floats], Floats],
) -> Floats:
    levels = np.zeros(problem.num_items)
    every = np.arange(problem.num_items)
    for places, demand in demand_groups(problem.items, problem.distribution, every):
        target = np.full(len(places), np.clip(at, 1e-6, 1 - 1e-9))
        levels[places] = level_for(demand, problem.order_quantity[places], target)
    return levels


def _for_fill(demand: CycleDemand, quantity: Floats, target: Floats) -> Floats:
    return least_reorder_point(demand, quantity, target)


def _for_cycles(demand: CycleDemand, quantity: Floats, target: Floats) -> Floats:
    return least_level_for_cycles(demand, target)


def _calibrated(reached: Callable[[float], float]) -> float:
    """Return the least number at which the share of units met is what it should be.

    Bisection over the logarithm of what is missing to 1: the last points of service cost most.
    """
    low, high = 0.0, 16.0  # missing: e^-0 to e^-16
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if reached(1 - float(np.exp(-middle))) < REACHED:
            low = middle
        else:
            high = middle
    return 1 - float(np.exp(-high))


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    import csv

    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        return next(lines), list(lines)


def manufacturer(folder: Path) -> History:
    """Return the manufacturer's weekly demand and its real supply; 104 weeks are past."""
    head, lines = _table(folder / "man_weekly_3451x150.csv.gz")
    cells = np.array([[float(cell) for cell in line] for line in lines])
    column = dict(zip(head, cells.T, strict=True))
    return History(
        np.rint(cells[:, head.index("w001") :]),
        column["cost_price_eur"],
        column["lead_time_weeks"],
        column["moq_units"],
        column["sub_pack"],
        split=104,
        begin=53,
    ).known()


def spare_parts(folder: Path) -> History:
    """Return monthly demand of spare parts of aircraft; the first 60 months are past."""
    _, lines = _table(folder / "raf_monthly_5000x84.csv.gz")
    cells = np.array([[float(cell) for cell in line[2:]] for line in lines])
    one = np.ones(len(cells))
    return History(cells[:, 2:], cells[:, 1], cells[:, 0], one, one, split=60, begin=30).known()
