"""The input tables of a network that is played: what each column is called, holds, may hold."""

from __future__ import annotations

from flowopt.core.columns import REQUIRED, Column, Table
from flowopt.inventory.replenishment.spec import LARGEST, UNKNOWN

LONGEST = 10_000
"""Longest time, in periods."""

DISTRIBUTIONS = ("auto", "normal", "gamma", "poisson", "negative_binomial")
"""The distributions of outside demand."""


def _amount(name: str, meaning: str, unit: str, default: float = 0.0) -> Column:
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST)


def _time(name: str, meaning: str) -> Column:
    return Column(name, "int", meaning, "periods", 0, lower=0, upper=LONGEST)


PLAYED_STAGES = Table(
    "stages",
    "Stages of a network that keep base stock: an item at a site, a step of production.",
    (
        Column("stage", "id", "name of the stage"),
        Column(
            "base_stock_level",
            "float",
            "level that on hand + on order − owed is raised to in every period",
            "units",
            REQUIRED,
            lower=-LARGEST,
            upper=LARGEST,
        ),
        _time("stage_time", "from having all inputs to output"),
        _time("service_time", "after which it owes what it was asked for; 0: at once"),
        _amount("demand_mean", "mean outside demand", "units/period"),
        _amount("demand_sd", "its standard deviation; not needed for poisson", "units", UNKNOWN),
        Column(
            "distribution",
            "choice",
            "distribution of outside demand; auto: see `choose_distribution`",
            default="auto",
            choices=DISTRIBUTIONS,
        ),
        _amount("holding_cost", "cost of stock there, or sent from there", "money/unit/period"),
        _amount("stockout_cost", "cost of outside demand that waits", "money/unit/period"),
    ),
    key=("stage",),
)
"""The stages of `simulate_network`."""

PLAYED_LINKS = Table(
    "links",
    "Which stage supplies which. There may be no cycle. A stage that none supplies is supplied "
    "from outside, without end.",
    (
        Column("source", "ref", "stage that supplies", refers_to="stages"),
        Column("target", "ref", "stage that is supplied", refers_to="stages"),
        Column(
            "quantity",
            "float",
            "units of the source in a unit of the target",
            "units/unit",
            1.0,
            above=0,
            upper=LARGEST,
        ),
        _time("lead_time", "from source to target"),
    ),
    key=("source", "target"),
)
"""The links of `simulate_network`."""
