"""Makes the records of the demo: twelve weeks of orders, deliveries, stock counts and costs.

Every city orders once a week, the large ones half of all items, the others a quarter, each time
what they need until the item's next turn. About 96 % of the lines come on time and in full, fewer
in the `STRIKE` weeks of autumn; what is missing comes days later. About 1 % of the deliveries have
something wrong with them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from flowopt.demo.places import WAREHOUSES, cities

FIRST_MONDAY = dt.date(2025, 9, 1)
NUM_WEEKS = 12
STRIKE = range(5, 7)
CAUSES = ("damaged", "damaged", "damaged", "wrong", "wrong", "undocumented")
LARGE = 150_000  # inhabitants
COST_PER_CASE = {"transport": 0.62, "delivery": 1.05, "handling": 0.40, "storage": 0.55}
Row = Sequence[Any]


@dataclass
class Records:
    """The rows of the records, as they are made."""

    random: Random
    order_lines: list[Row] = field(default_factory=list)
    deliveries: list[Row] = field(default_factory=list)
    quality_events: list[Row] = field(default_factory=list)
    shipped: list[float] = field(default_factory=lambda: [0.0] * NUM_WEEKS)


def tables(demand: list[Row], values: dict[str, float], seed: int) -> dict[str, Any]:
    """Return the tables of records: file name → header, rows.

    Parameters
    ----------
    demand
        Rows of the demand: city, item, cases a day, standard deviation.
    values
        Item → value of a case.
    seed
        Of the noise.
    """
    records = Records(Random(seed))
    daily = {(site, item): mean for site, item, mean, _ in demand}
    items = list(values)
    number = 0
    for week in range(NUM_WEEKS):
        for rank, city in enumerate(cities()):
            turns = 2 if city.population > LARGE else 4
            lines = [item for i, item in enumerate(items) if (i + week + rank) % turns == 0]
            wanted = {item: daily[city.id, item] * 7 * turns for item in lines}
            number += 1
            _order(records, f"SO{number:05d}", city.id, wanted, week)
    return {
        "order_lines": (
            ("order", "line", "site", "commodity", "unit", "quantity", "ordered_at",
             "requested_at", "promised_at"),
            records.order_lines,
        ),
        "deliveries": (
            ("order", "line", "delivery", "quantity", "unit", "shipped_at", "delivered_at"),
            records.deliveries,
        ),
        "quality_events": (
            ("order", "line", "delivery", "cause", "quantity", "at"), records.quality_events
        ),
        "stock_snapshots": (
            ("site", "commodity", "at", "on_hand", "unit", "unit_value"),
            list(_stock_counts(demand, values, records.random)),
        ),
        "costs": (("at", "kind", "amount", "currency"), list(_costs(records))),
    }  # fmt: skip


def _order(records: Records, order: str, site: str, wanted: dict[str, float], week: int) -> None:
    """Add an order of one city, with what came of it."""
    random = records.random
    day = FIRST_MONDAY + dt.timedelta(days=7 * week + (random.random() < 0.5))
    ordered = f"{day} {_clock(random, 8, 17)}"
    due = day + dt.timedelta(days=3)
    punctual = 0.88 if week in STRIKE else 0.975
    late = 0 if random.random() < punctual else 1 + int(3 * random.random())
    arrived, hour = due + dt.timedelta(days=late), _clock(random, 6, 16)
    for line, (item, mean) in enumerate(wanted.items(), start=1):
        quantity = max(1, round(mean * (0.8 + 0.4 * random.random())))
        records.order_lines.append((order, line, site, item, "case", quantity, ordered, due, due))
        complete = random.random() < 0.99 or quantity < 2
        part = quantity if complete else max(1, int(quantity * (0.5 + 0.4 * random.random())))
        _deliver(records, (order, line), f"{order}-A", part, (arrived, hour), week)
        if not complete:
            again = arrived + dt.timedelta(days=4)
            _deliver(records, (order, line), f"{order}-B", quantity - part, (again, hour), week)


def _deliver(
    records: Records,
    what: tuple[str, int],
    name: str,
    quantity: int,
    moment: tuple[dt.date, str],
    week: int,
) -> None:
    """Add a delivery, and now and then what was wrong with it."""
    random = records.random
    day, hour = moment
    left, arrived = f"{day - dt.timedelta(days=1)} 19:00", f"{day} {hour}"
    records.deliveries.append((*what, name, quantity, "case", left, arrived))
    records.shipped[week] += quantity
    if random.random() < 0.011:
        cause = CAUSES[int(len(CAUSES) * random.random())]
        hit = max(1, round(quantity * (0.1 + 0.9 * random.random())))
        records.quality_events.append((*what, name, cause, hit, arrived))


def _stock_counts(demand: list[Row], values: dict[str, float], random: Random) -> Iterator[Row]:
    """Yield a count of every item in every warehouse, each Monday."""
    total = dict.fromkeys(values, 0.0)
    for _, item, mean, _ in demand:
        total[item] += mean
    capacity = sum(house.capacity for house in WAREHOUSES)
    for week in range(NUM_WEEKS):
        day = FIRST_MONDAY + dt.timedelta(days=7 * week)
        for house in WAREHOUSES:
            for item, value in values.items():
                daily = total[item] * house.capacity / capacity
                days = 1.2 + 1.0 * random.random() - 0.02 * week
                on_hand = 0 if random.random() < 0.01 else round(daily * days)
                yield (house.id, item, day, on_hand, "case", value)


def _costs(records: Records) -> Iterator[Row]:
    """Yield the costs of each week by kind, booked on its Friday."""
    for week, cases in enumerate(records.shipped):
        day = FIRST_MONDAY + dt.timedelta(days=7 * week + 4)
        for kind, rate in COST_PER_CASE.items():
            dearer = 1.12 if kind == "delivery" and week in STRIKE else 1.0
            noise = 0.96 + 0.08 * records.random.random()
            yield (day, kind, round(cases * rate * dearer * noise, 2), "EUR")


def _clock(random: Random, first: int, last: int) -> str:
    """Return a time of day between two hours."""
    minutes = 60 * first + 5 * int(12 * (last - first) * random.random())
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
