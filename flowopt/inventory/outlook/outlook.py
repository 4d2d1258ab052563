"""Early warnings from stock, open receipts and a forecast."""

from __future__ import annotations

from typing import Any

from flowopt.core.errors import Failures
from flowopt.inventory.outlook.reading import read_inputs
from flowopt.inventory.outlook.result import StockOutlook
from flowopt.inventory.outlook.risk import assess


def stock_outlook(
    stock: Any, demand: Any, receipts: Any = None, *, alarm: float = 0.1, peak: float = 1.5
) -> StockOutlook:
    """Return what is to be expected of stock: run-outs, units short, peaks.

    In each period receipts arrive, then demand is served; what is short waits. Nothing is ordered
    beyond the receipts given: the outlook says what orders are needed for.

    Parameters
    ----------
    stock
        Items with ``on_hand`` and perhaps ``backorders``, ``reserved``, ``usual_demand``,
        ``distribution``; see `flowopt.inventory.outlook.spec.STOCK`.
    demand
        ``unique_id``, ``ds``, ``y``, ``sd``, as ``DemandForecast.to_frame("periods")`` gives it;
        or sampled paths, with ``sample`` instead of ``sd``.
    receipts
        Open orders: ``item``, ``ds``, ``quantity``; None when there are none.
    alarm
        Probability from which on a stock-out is warned of.
    peak
        Multiple of usual demand from which on a period is a peak.

    Returns
    -------
    StockOutlook
        With warnings for each item.

    Raises
    ------
    ValidationError
        With every fault of the tables.

    Examples
    --------
    >>> outlook = stock_outlook(
    ...     {"item": ["bolt", "pump"], "on_hand": [260, 4]},
    ...     {"unique_id": ["bolt"] * 4 + ["pump"] * 4, "ds": [1, 2, 3, 4] * 2,
    ...      "y": [100, 100, 100, 220, 1, 1, 1, 1], "sd": [20] * 4 + [1.5] * 4},
    ...     {"item": ["bolt"], "ds": [4], "quantity": [400]},
    ... )
    >>> outlook.to_frame()[["item", "cover", "next_receipt", "run_out_probability"]].round(3)
       item  cover  next_receipt  run_out_probability
    0  bolt    2.6           4.0                0.876
    1  pump    inf           NaN                0.360
    >>> outlook.warnings.tolist()
    ['runs_out;peak', 'runs_out']
    """
    failures = Failures()
    for name, value, top in (("alarm", alarm, 1.0), ("peak", peak, float("inf"))):
        if not isinstance(value, (int, float)) or not 0 < value <= top:
            fix = "give a number above 0" + (" and up to 1" if top == 1 else "")
            failures.add("outlook", name, None, value, "out_of_range", "is out of range", fix)
    with failures.collecting():
        inputs = read_inputs(stock, demand, receipts)
    failures.raise_if_any()
    return StockOutlook(inputs, assess(inputs), float(alarm), float(peak))
