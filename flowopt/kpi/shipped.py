"""The units that were shipped to customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowopt.core.errors import Failures
from flowopt.kpi.calendar import Floats
from flowopt.kpi.history import History, one_word, units_of_deliveries


@dataclass(frozen=True, eq=False)
class Shipped:
    """What left for customers.

    Parameters
    ----------
    quantity
        (n,) units.
    at
        (n,) when they left, or arrived where only that is known; NaN when neither is.
    unit
        Their unit of measure.
    """

    quantity: Floats
    at: Floats
    unit: str


def units_shipped(history: History, failures: Failures) -> Shipped | None:
    """Return the units shipped: those of deliveries, else of outbound shipments; None of neither.

    A delivery counts once it has left, also when it is still on the way or came back later.
    """
    if "deliveries" in history.tables:
        deliveries = history["deliveries"]
        left, arrived = deliveries["shipped_at"], deliveries["delivered_at"]
        at, quantity = np.where(np.isnan(left), arrived, left), deliveries["quantity"]
        name, words, gone = "deliveries", units_of_deliveries(history), history.happened(at)
    elif "shipments" in history.tables:
        shipments = history["shipments"]
        at, quantity, words = shipments["shipped_at"], shipments["quantity"], shipments["unit"]
        name, gone = "shipments", history.not_later(at) & (shipments["leg"] == "outbound")
    else:
        return None
    unit = one_word(name, "unit", words[gone], failures, "mixed_units") or "unit"
    return Shipped(quantity[gone], at[gone], unit)
