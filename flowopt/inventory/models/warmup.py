"""Compiles the kernels of the textbook models."""

from __future__ import annotations

import time
from typing import Any


def load_model_kernels() -> float:
    """Compile the kernels, or load them from the cache; return the seconds that it took."""
    from flowopt.inventory.models.continuous_review import continuous_review
    from flowopt.inventory.models.lost_sales import (
        lost_sales_base_stock,
        lost_sales_continuous_review,
    )
    from flowopt.inventory.models.newsvendor import newsvendor
    from flowopt.inventory.models.periodic_review import periodic_review

    start = time.perf_counter()
    given: dict[str, Any] = {"reorder_point": 1, "order_quantity": 2}
    for levels in (given, {}):
        continuous_review(5, 1, 9, 4, 2, 1, **levels)
        continuous_review(5, 1, 9, 4, lead_time=1, distribution="poisson", **levels)
    given = {"reorder_point": 1, "order_up_to_level": 5}
    for levels in (given, {}):
        periodic_review(5, 1, 9, 4, **levels)
        periodic_review(5, 1, 9, demand_probabilities=[0.5, 0.5], **levels)
    newsvendor(1, 9, 4, distribution="poisson")
    lost_sales_base_stock(1, 9, 4, 1)
    lost_sales_continuous_review(5, 1, 9, 4, 1)
    return time.perf_counter() - start
