"""The input tables of serial systems: what each column is called, holds, and may hold."""

from __future__ import annotations

import math

from flowopt.core.columns import REQUIRED, Column, Table

LARGEST = 1e12
"""Largest quantity or cost."""

LONGEST = 1e4
"""Longest lead time, in periods."""

DISTRIBUTIONS = ("auto", "normal", "poisson", "negative_binomial")
"""The distributions of demand."""


def _above_zero(name: str, meaning: str, unit: str) -> Column:
    return Column(name, "float", meaning, unit, REQUIRED, above=0, upper=LARGEST)


SYSTEMS = Table(
    "systems",
    "Serial systems, each an item that goes through stages in a line to its customers.",
    (
        Column("system", "id", "name of the system"),
        Column(
            "demand_mean",
            "float",
            "mean demand of a period",
            "units/period",
            lower=0,
            upper=LARGEST,
        ),
        Column(
            "demand_sd",
            "float",
            "standard deviation of the demand of a period; unknown only under Poisson",
            "units",
            math.nan,
            lower=0,
            upper=LARGEST,
        ),
        Column(
            "distribution",
            "choice",
            "distribution of demand; auto: chosen for each system (see `choose_distribution`)",
            default="auto",
            choices=DISTRIBUTIONS,
        ),
        _above_zero("stockout_cost", "cost of demand that waits", "money/unit/period"),
        Column(
            "review_period",
            "int",
            "1: stages order once a period, and costs are charged at its end; 0: continuously",
            "periods",
            1,
            lower=0,
            upper=1,
        ),
    ),
    key=("system",),
)
"""The table of systems of `SerialSystemProblem.from_frames`."""

STAGES = Table(
    "stages",
    "Stages of the systems; those of a system stand in the order in which goods flow, from the "
    "source to the customers.",
    (
        Column("system", "ref", "the system that it is part of", refers_to="systems"),
        Column("stage", "id", "name of the stage, e.g. of a site"),
        _above_zero("holding_cost", "cost of stock there", "money/unit/period"),
        Column(
            "lead_time",
            "float",
            "from the stage before, or the source, to this one",
            "periods",
            lower=0,
            upper=LONGEST,
        ),
    ),
    key=("system", "stage"),
)
"""The table of stages of `SerialSystemProblem.from_frames`."""
