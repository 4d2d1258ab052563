"""The input tables of safety stock in a network: what each column is called, holds, may hold."""

from __future__ import annotations

import math

from flowopt.core.columns import REQUIRED, Column, Table

UNKNOWN = math.nan
LARGEST = 1e12
"""Largest amount or time; the roots of beyond lose their digits."""


def _amount(name: str, meaning: str, unit: str, default: float = 0.0) -> Column:
    return Column(name, "float", meaning, unit, default, lower=0, upper=LARGEST)


STAGES = Table(
    "stages",
    "Stages of a network that may hold safety stock: an item at a site, a step of production, "
    "a transport.",
    (
        Column("stage", "id", "name of the stage"),
        _amount("stage_time", "time from having all inputs to output", "periods", REQUIRED),
        _amount("stage_time_sd", "standard deviation of the stage time", "periods"),
        Column(
            "max_service_time",
            "float",
            "longest service time it may quote; unknown: 0 where there is outside demand, else "
            "no limit",
            "periods",
            UNKNOWN,
            lower=0,
            upper=LARGEST,
            infinite=True,
        ),
        _amount("inbound_service_time", "time that outside suppliers take to deliver", "periods"),
        _amount("added_cost", "cost that the stage adds to a unit", "money/unit"),
        _amount(
            "holding_cost",
            "cost of keeping a unit in stock; unknown: `holding_rate` × the costs added up to here",
            "money/(unit·time)",
            UNKNOWN,
        ),
        Column(
            "risk_pooling",
            "float",
            "exponent p by which safety stock for several demands pools: 1 not at all, 2 as "
            "independent demands do",
            default=2.0,
            lower=1,
            infinite=True,
        ),
        _amount("demand_mean", "mean outside demand", "units/period", UNKNOWN),
        _amount("demand_sd", "standard deviation of the outside demand of a period", "units"),
        Column(
            "safety_factor",
            "float",
            "standard deviations of outside demand that are covered",
            default=UNKNOWN,
            lower=0,
            upper=100,
        ),
        Column(
            "cycle_service_level",
            "float",
            "probability that outside demand is covered; another way to give `safety_factor`",
            default=UNKNOWN,
            lower=0.5,
            upper=1,
        ),
    ),
    key=("stage",),
)
"""The table of stages of `SafetyStockProblem`."""

LINKS = Table(
    "links",
    "Which stage supplies which. There may be no cycle.",
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
        _amount("lead_time", "time from source to target, after the service time", "periods"),
    ),
    key=("source", "target"),
)
"""The table of links of `SafetyStockProblem`."""
