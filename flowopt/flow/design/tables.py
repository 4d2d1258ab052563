"""The input tables of network design: what each column is called, holds, and may hold."""

from __future__ import annotations

import math

from flowopt.core.columns import REQUIRED, Column, Table
from flowopt.flow.design.states import DECISIONS

UNKNOWN = math.nan
_DECISION = "what is decided of it; auto: free when it has a fixed cost or a minimum, else given"


def _amount(name: str, meaning: str, unit: str, default: float = 0.0) -> Column:
    return Column(name, "float", meaning, unit, default, lower=0)


def _limit(name: str, meaning: str, unit: str, default: float = math.inf) -> Column:
    return Column(name, "float", meaning, unit, default, lower=0, infinite=True)


def _decision() -> Column:
    return Column("decision", "choice", _DECISION, default="auto", choices=DECISIONS)


_FACILITY = (
    Column("site", "ref", "the site; empty: a lane", default="", refers_to="sites"),
    Column("source", "ref", "where the lane begins", default="", refers_to="sites"),
    Column("target", "ref", "where the lane ends", default="", refers_to="sites"),
    Column("mode", "text", "mode of the lane; empty when there is one", default=""),
)

DESIGN_SITES = Table(
    "sites",
    "Places that exist or may be opened.",
    (
        Column("id", "id", "name of the site in all tables"),
        _decision(),
        _amount("fixed_cost", "cost of having it open, once for all periods", "money"),
        _limit(
            "capacity",
            "most that goes through it; with modules: what these do not add",
            "units/period",
        ),
        _amount("min_throughput", "least that goes through it when it is open", "units/period"),
        _amount("handling_cost", "cost of what goes through it", "money/unit"),
        _limit(
            "supply",
            "most that it gives, all commodities together; empty: see `supply`",
            "units/period",
            UNKNOWN,
        ),
        _limit("unmet_cost", "price of demand left unmet; inf when all must be met", "money/unit"),
        Column("single_source", "bool", "whether it is served over one lane only", default=False),
        _limit("max_distance", "longest lane that may serve it", "km"),
        _limit("max_lead_time", "slowest lane that may serve it", "periods"),
    ),
    key=("id",),
)
"""The table of sites of `DesignProblem.from_frames`."""

DESIGN_LANES = Table(
    "lanes",
    "Links that exist or may be used; parallel lanes differ in mode or commodity.",
    (
        Column("source", "ref", "site where it begins", refers_to="sites"),
        Column("target", "ref", "site where it ends", refers_to="sites"),
        Column("mode", "text", "how goods move on it", default="road"),
        Column(
            "commodity",
            "ref",
            "the one commodity it takes; empty: all",
            default="",
            refers_to="commodities",
        ),
        _decision(),
        _amount("unit_cost", "cost of what it carries", "money/unit"),
        _amount("fixed_cost", "cost of using it, once for all periods", "money"),
        _limit(
            "capacity", "most that it carries; with modules: what these do not add", "units/period"
        ),
        _amount("min_flow", "least that it carries when it is in use", "units/period"),
        _amount("distance", "length", "km"),
        _amount("lead_time", "time from dispatch to arrival", "periods"),
        _amount("emissions", "emissions of what it carries", "kg CO2e/unit"),
    ),
)
"""The table of lanes of `DesignProblem.from_frames`."""

DESIGN_DEMAND = Table(
    "demand",
    "What sites take.",
    (
        Column("site", "ref", "who wants it", refers_to="sites"),
        Column("commodity", "text", "what is wanted; may be empty when there is one", default=""),
        Column("period", "text", "when; empty: in every period", default=""),
        _amount("demand", "how much", "units/period", REQUIRED),
    ),
    key=("site", "commodity", "period"),
)
"""The table of demand of `DesignProblem.from_frames`."""

DESIGN_SUPPLY = Table(
    "supply",
    "What sites give of each commodity.",
    (
        Column("site", "ref", "who gives it", refers_to="sites"),
        Column("commodity", "text", "what is given; may be empty when there is one", default=""),
        _limit("supply", "most that the site gives of it", "units/period"),
    ),
    key=("site", "commodity"),
)
"""The table of supply of `DesignProblem.from_frames`."""

DESIGN_STEPS = Table(
    "steps",
    "Piecewise costs of a site or a lane: from some flow on, `fixed` + `unit_cost` × flow, paid "
    "in each period in which something flows, on top of its other costs.",
    (
        *_FACILITY,
        _amount("from", "flow from which the row holds, up to that of the next", "units/period"),
        _amount("unit_cost", "cost of all that flows", "money/unit"),
        _amount("fixed", "cost beside it", "money/period"),
    ),
)
"""The table of piecewise costs of `DesignProblem.from_frames`."""

DESIGN_MODULES = Table(
    "modules",
    "Capacity that can be bought for a site or a lane, in steps.",
    (
        *_FACILITY,
        _amount("capacity", "what one module adds", "units/period", REQUIRED),
        _amount("cost", "price of one module, once for all periods", "money"),
        _limit("max_count", "most that can be bought", "modules"),
    ),
)
"""The table of modules of `DesignProblem.from_frames`."""
