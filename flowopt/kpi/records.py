"""Indicators from records of operations: order lines, deliveries, stock counts, costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flowopt.core.errors import Failures, ValidationError
from flowopt.kpi.calendar import Period
from flowopt.kpi.cost import cost_per_unit_of
from flowopt.kpi.history import History, read_history
from flowopt.kpi.indicator import Indicator, Indicators, check_targets
from flowopt.kpi.lead_time import delivery_lead_time_of
from flowopt.kpi.quality import non_conformity_rate_of
from flowopt.kpi.rule import LEVELS, Due, Level, Measure, Timing, Window, read_choice, read_rule
from flowopt.kpi.service import service_rate_of
from flowopt.kpi.stock import stock_level_of


def from_records(
    order_lines: Any = None,
    deliveries: Any = None,
    quality_events: Any = None,
    stock_snapshots: Any = None,
    costs: Any = None,
    shipments: Any = None,
    *,
    level: Level,
    date: Due,
    window: Window,
    measure: Measure = "otif",
    timing: Timing = "day",
    as_of: Any = None,
    timezone: str | None = None,
    period: Period = "month",
    targets: Mapping[str, float] | None = None,
) -> Indicators:
    """Return the five indicators, as far as the tables tell.

    All dates and times are with a time zone, or all are without. What lies after `as_of` is not
    known yet, in every table.

    Parameters
    ----------
    order_lines, deliveries, quality_events, stock_snapshots, costs, shipments
        The records, as frames of any library; columns as in `flowopt.kpi.spec`. None for a table
        that there is not: the indicators that need it are NaN, with a note.
    level
        What the service and non-conformity rates count: ``"order"``, ``"line"``, ``"unit"``.
    date
        The date that service is held against: ``"requested"`` or ``"promised"``.
    window
        (days early, days late) that are still on time; ``inf`` for any.
    measure
        What the service rate is: ``"otif"`` (on time in full), ``"on_time"``, ``"in_full"`` or
        ``"perfect_order"`` (on time in full, without a quality event).
    timing
        ``"day"`` compares calendar days, ``"moment"`` the exact times.
    as_of
        The moment up to which the records are complete; a date stands for the end of its day.
        Needed once a line is open, for an open line past due counts late.
    timezone
        The zone whose days and periods count, where times have one; None is UTC.
    period
        The periods of the trends: ``"month"`` or ``"week"``.
    targets
        Key of an indicator → its target.

    Returns
    -------
    Indicators
        Each with its sums, its basis, its breakdown and its trend.

    Raises
    ------
    ValidationError
        When a table or argument cannot be used, or units or currencies are mixed; all is listed.

    Examples
    --------
    >>> indicators = from_records(
    ...     order_lines={"order": ["A", "B"], "quantity": [10, 10],
    ...                  "ordered_at": ["2026-03-02", "2026-03-02"],
    ...                  "requested_at": ["2026-03-05", "2026-03-05"]},
    ...     deliveries={"order": ["A", "B"], "quantity": [10, 10],
    ...                 "delivered_at": ["2026-03-05", "2026-03-06"]},
    ...     level="order", date="requested", window=(0, 0))
    >>> indicators["service_rate"].value, indicators["delivery_lead_time"].value
    (0.5, 3.5)
    >>> indicators["stock_level"].note
    'needs the table stock_snapshots'
    """
    check_targets(targets or {})
    failures = Failures()
    rule = read_rule(
        failures, level=level, date=date, window=window, measure=measure, timing=timing
    )
    tables = {
        "order_lines": order_lines,
        "deliveries": deliveries,
        "quality_events": quality_events,
        "stock_snapshots": stock_snapshots,
        "costs": costs,
        "shipments": shipments,
    }
    history = read_history(tables, failures, as_of=as_of, timezone=timezone, period=period)
    failures.raise_if_any()
    items = (
        service_rate_of(history, rule, failures),
        stock_level_of(history, failures),
        delivery_lead_time_of(history, "order", failures),
        cost_per_unit_of(history, failures),
        non_conformity_rate_of(history, rule.level, failures),
    )
    _raise_once(failures)
    return Indicators(items, history.backend).with_targets(targets or {})


def service_rate(
    order_lines: Any,
    deliveries: Any,
    quality_events: Any = None,
    *,
    level: Level,
    date: Due,
    window: Window,
    measure: Measure = "otif",
    timing: Timing = "day",
    as_of: Any = None,
    timezone: str | None = None,
    period: Period = "month",
    target: float | None = None,
) -> Indicator:
    """Return the service rate: what was delivered on time and in full ÷ what was due.

    There is no standard level, date or window, and the same records give very different rates,
    so all three are arguments, and stand in the result. A line counts once it is due or delivered
    in full. At level ``"line"`` it is good when the units that came within the window, less those
    sent back, reach what was ordered; an order is good when all its lines are; level ``"unit"``
    sums units. Cancelled lines and lines of quantity 0 do not count; an open line past due at
    `as_of` counts late. The trend goes by due date. `breakdown` has the other measures too.

    Parameters
    ----------
    order_lines, deliveries, quality_events
        The records; see `from_records`.
    level, date, window, measure, timing, as_of, timezone, period
        See `from_records`.
    target
        What the rate should be.

    Returns
    -------
    Indicator
        A share of 1; NaN when nothing was due.

    Raises
    ------
    ValidationError
        When a table or argument cannot be used.

    Examples
    --------
    Of two lines one is short by 2 units of 10; no order is complete, 18 of 20 units are:

    >>> orders = {"order": ["A", "A"], "line": [1, 2], "quantity": [10, 10],
    ...           "requested_at": ["2026-03-05", "2026-03-05"]}
    >>> came = {"order": ["A", "A"], "line": [1, 2], "quantity": [10, 8],
    ...         "delivered_at": ["2026-03-05", "2026-03-05"]}
    >>> [service_rate(orders, came, level=level, date="requested", window=(0, 0),
    ...               as_of="2026-03-31").value for level in ("order", "line", "unit")]
    [0.0, 0.5, 0.9]
    """
    failures = Failures()
    rule = read_rule(
        failures, level=level, date=date, window=window, measure=measure, timing=timing
    )
    tables = {
        "order_lines": order_lines,
        "deliveries": deliveries,
        "quality_events": quality_events,
    }
    history = _read(tables, failures, as_of, timezone, period)
    return _finished(service_rate_of(history, rule, failures), failures, target)


def stock_level(
    stock_snapshots: Any,
    deliveries: Any = None,
    shipments: Any = None,
    *,
    as_of: Any = None,
    timezone: str | None = None,
    period: Period = "month",
    target: float | None = None,
) -> Indicator:
    """Return the average stock on hand, weighted by time.

    A count holds until the next of its site and commodity, the last until `as_of` or the last
    count of all. `breakdown` has ``days_of_supply`` (average stock ÷ average daily use) and
    ``turns`` (use of 365 days ÷ average stock) where deliveries or shipments tell the use, and
    ``value`` where every count has a unit value.

    Parameters
    ----------
    stock_snapshots, deliveries, shipments
        The records; see `from_records`.
    as_of, timezone, period
        See `from_records`.
    target
        What the stock should be at most.

    Returns
    -------
    Indicator
        In the unit of measure of the counts.

    Raises
    ------
    ValidationError
        When a table or argument cannot be used, or units are mixed.

    Examples
    --------
    100 for one day, then 40 for three:

    >>> stock_level({"at": ["2026-03-01", "2026-03-02"], "on_hand": [100, 40]},
    ...             as_of="2026-03-04").value
    55.0
    """
    failures = Failures()
    tables = {"stock_snapshots": stock_snapshots, "deliveries": deliveries, "shipments": shipments}
    history = _read(tables, failures, as_of, timezone, period)
    return _finished(stock_level_of(history, failures), failures, target)


def delivery_lead_time(
    order_lines: Any,
    deliveries: Any,
    *,
    level: Level = "order",
    as_of: Any = None,
    timezone: str | None = None,
    period: Period = "month",
    target: float | None = None,
) -> Indicator:
    """Return the delivery lead time: Σ (delivered − ordered) ÷ delivered orders, in days.

    An order is delivered when the last of its lines is, a line when its deliveries reach what was
    ordered. What is open stays out; so do cancelled lines. What was sent back later was delivered.
    `breakdown` has percentiles (``p50``, ``p90``, ``p95``), ``dwell`` (time held at the customer's
    wish) and the mean ``without_dwell``. The trend goes by the date of delivery.

    Parameters
    ----------
    order_lines, deliveries
        The records; see `from_records`.
    level
        ``"order"``, ``"line"``, or ``"unit"`` (every part of a split line, weighted by its units).
    as_of, timezone, period
        See `from_records`.
    target
        What the lead time should be at most, in days.

    Returns
    -------
    Indicator
        In days; NaN when nothing was delivered.

    Raises
    ------
    ValidationError
        When a table or argument cannot be used.

    Examples
    --------
    A split order counts from the order to the delivery that completes it:

    >>> orders = {"order": ["A"], "quantity": [10], "ordered_at": ["2026-03-02"]}
    >>> came = {"order": ["A", "A"], "quantity": [6, 4],
    ...         "delivered_at": ["2026-03-03", "2026-03-06"]}
    >>> delivery_lead_time(orders, came).value
    4.0
    >>> delivery_lead_time(orders, came, level="unit").value  # (6·1 + 4·4) ÷ 10
    2.2
    """
    failures = Failures()
    read_choice(failures, "level", level, LEVELS)
    tables = {"order_lines": order_lines, "deliveries": deliveries}
    history = _read(tables, failures, as_of, timezone, period)
    return _finished(delivery_lead_time_of(history, level, failures), failures, target)


def cost_per_unit(
    costs: Any,
    deliveries: Any = None,
    shipments: Any = None,
    order_lines: Any = None,
    *,
    as_of: Any = None,
    timezone: str | None = None,
    period: Period = "month",
    target: float | None = None,
) -> Indicator:
    """Return the logistics cost per unit shipped: Σ cost ÷ Σ units shipped.

    Units shipped are those of deliveries that have left, also when they came back later; without
    a table of deliveries, those of outbound shipments. `breakdown` has the cost per unit by kind.

    Parameters
    ----------
    costs, deliveries, shipments
        The records; see `from_records`.
    order_lines
        Tells the unit of measure of deliveries that do not name theirs.
    as_of, timezone, period
        See `from_records`.
    target
        What the cost should be at most.

    Returns
    -------
    Indicator
        In currency per unit of measure; NaN when nothing was shipped.

    Raises
    ------
    ValidationError
        When a table or argument cannot be used, or currencies or units are mixed.

    Examples
    --------
    >>> costs = {"kind": ["transport", "handling"], "amount": [300, 100], "currency": ["EUR"] * 2}
    >>> cost = cost_per_unit(costs, shipments={"quantity": [50, 150], "unit": ["kg", "kg"]})
    >>> cost.value, cost.unit, cost.breakdown
    (2.0, 'EUR/kg', {'transport': 1.5, 'handling': 0.5})
    """
    failures = Failures()
    tables = {
        "costs": costs,
        "deliveries": deliveries,
        "shipments": shipments,
        "order_lines": order_lines,
    }
    history = _read(tables, failures, as_of, timezone, period)
    return _finished(cost_per_unit_of(history, failures), failures, target)


def non_conformity_rate(
    deliveries: Any,
    quality_events: Any,
    order_lines: Any = None,
    *,
    level: Level,
    as_of: Any = None,
    timezone: str | None = None,
    period: Period = "month",
    target: float | None = None,
) -> Indicator:
    """Return the non-conformity rate: non-conforming ÷ delivered.

    `breakdown` has the share by cause; several causes may hit the same unit, line or order, which
    counts once in the rate, so that the shares may sum to more.

    Parameters
    ----------
    deliveries, quality_events
        The records; see `from_records`.
    order_lines
        Tells the line and unit of deliveries that do not name theirs.
    level
        ``"order"``, ``"line"`` or ``"unit"``.
    as_of, timezone, period
        See `from_records`.
    target
        What the rate should be at most.

    Returns
    -------
    Indicator
        A share of 1; NaN when nothing was delivered.

    Raises
    ------
    ValidationError
        When a table or argument cannot be used, or units are mixed at level ``"unit"``.

    Examples
    --------
    >>> came = {"order": ["A", "B"], "quantity": [10, 30],
    ...         "delivered_at": ["2026-03-05", "2026-03-06"]}
    >>> wrong = {"order": ["A"], "cause": ["damaged"], "quantity": [2]}
    >>> non_conformity_rate(came, wrong, level="order").value
    0.5
    >>> non_conformity_rate(came, wrong, level="unit").breakdown
    {'damaged': 0.05}
    """
    failures = Failures()
    read_choice(failures, "level", level, LEVELS)
    tables = {
        "deliveries": deliveries,
        "quality_events": quality_events,
        "order_lines": order_lines,
    }
    history = _read(tables, failures, as_of, timezone, period)
    return _finished(non_conformity_rate_of(history, level, failures), failures, target)


def _read(
    tables: Mapping[str, Any], failures: Failures, as_of: Any, timezone: str | None, period: Period
) -> History:
    history = read_history(tables, failures, as_of=as_of, timezone=timezone, period=period)
    failures.raise_if_any()
    return history


def _finished(indicator: Indicator, failures: Failures, target: float | None) -> Indicator:
    _raise_once(failures)
    if target is None:
        return indicator
    check_targets({indicator.key: target})
    return replace(indicator, target=float(target))


def _raise_once(failures: Failures) -> None:
    """Raise what was collected; a fault that two indicators met is listed once."""
    if len(failures):
        raise ValidationError(dict.fromkeys(failures))
