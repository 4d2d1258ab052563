"""Sweeps: a flow problem re-solved for thousands of scenarios."""

from flowopt.flow.sweeps.result import SweepResult
from flowopt.flow.sweeps.scenarios import Scenarios, every_lane, every_site, random_demand
from flowopt.flow.sweeps.solve import sweep

__all__ = [
    "Scenarios",
    "SweepResult",
    "every_lane",
    "every_site",
    "random_demand",
    "sweep",
]
