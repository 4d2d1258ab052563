"""Indicators of a logistics operation, from a plan or from records of what happened."""

from flowopt.kpi.indicator import KEYS, Indicator, Indicators
from flowopt.kpi.plan import from_plan
from flowopt.kpi.records import (
    cost_per_unit,
    delivery_lead_time,
    from_records,
    non_conformity_rate,
    service_rate,
    stock_level,
)

__all__ = [
    "KEYS",
    "Indicator",
    "Indicators",
    "cost_per_unit",
    "delivery_lead_time",
    "from_plan",
    "from_records",
    "non_conformity_rate",
    "service_rate",
    "stock_level",
]
