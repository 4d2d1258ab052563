r"""Demand over an interval: the tail probabilities and expected shortages that policies rest on.

For demand :math:`D` and a level :math:`x`, every distribution gives, for whole columns at once,

* ``survival``: :math:`P(D > x)`,
* ``loss``: :math:`E[(D - x)^+]`, the units short of :math:`x`,
* ``second_loss``: the loss summed over all levels above :math:`x`, which is
  :math:`\int_x^\infty E[(D - y)^+]\,dy` where demand is continuous and
  :math:`\sum_{y > x} E[(D - y)^+]` where it is counted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from flowopt.inventory.distributions.base import Demand, Floats, Rows, Span, Tail
from flowopt.inventory.distributions.counted import CountDemand, count_density, count_survival
from flowopt.inventory.distributions.empirical import EmpiricalDemand
from flowopt.inventory.distributions.gamma import GammaDemand
from flowopt.inventory.distributions.mixture import MixtureDemand
from flowopt.inventory.distributions.normal import NormalDemand, upper_normal_tail
from flowopt.inventory.distributions.samples import Samples

__all__ = [
    "COUNTED",
    "CountDemand",
    "Demand",
    "EmpiricalDemand",
    "Floats",
    "GammaDemand",
    "MixtureDemand",
    "NormalDemand",
    "Rows",
    "Samples",
    "Span",
    "Tail",
    "count_density",
    "count_survival",
    "demand_of",
    "upper_normal_tail",
]

COUNTED = ("poisson", "negative_binomial")
"""The distributions that count whole units."""

_KINDS: dict[str, Any] = {
    "normal": NormalDemand,
    "gamma": GammaDemand,
    "poisson": CountDemand,
    "negative_binomial": CountDemand,
}


def demand_of(distribution: str, mean: Floats, variance: Floats) -> Demand:
    """Return demand of a distribution named as in the input table.

    A ``"poisson"`` demand has its mean as variance, or more when the interval itself varies: then
    it is a negative binomial.

    Parameters
    ----------
    distribution
        ``"normal"``, ``"gamma"``, ``"poisson"`` or ``"negative_binomial"``.
    mean
        (n,) expected demand.
    variance
        (n,) its variance.
    """
    if distribution == "poisson":
        variance = np.maximum(variance, mean)
    demand: Demand = _KINDS[distribution](mean, variance)
    return demand
