"""Checks a plan: each part by its own check, and that one part delivers what another decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.report import Report, same

if TYPE_CHECKING:
    from flowopt.core.solution import Solution
    from flowopt.planning.solution import Plan


def check(plan: Plan) -> Report:
    """Return all violations of a plan.

    Parameters
    ----------
    plan
        The plan.
    """
    report = Report()
    parts: dict[str, Solution[Any]] = {"flow": plan.flow}
    parts |= {f"rounds {n}": p.solution for n, p in plan.rounds.items()}
    if plan.replenishment is not None:
        parts["inventory"] = plan.replenishment
    for name, solution in parts.items():
        for violation in solution.check():
            report.add(
                f"{name}: {violation.constraint}",
                violation.subject,
                violation.amount,
                violation.message,
            )
    _check_drops(plan, report)
    _check_stock(plan, report)
    return report


def _check_drops(plan: Plan, report: Report) -> None:
    """Hold each depot's drops against what its lanes carry for the customers' own demand."""
    network = plan.network
    weight = np.zeros(network.sites.num_rows)
    units = network.total_demand()
    rows = network.demand["demand"] * network.commodities["unit_weight"][network.demand_commodity]
    np.add.at(weight, network.demand_site, rows)
    per_unit = np.divide(weight, units, out=np.zeros_like(weight), where=units > 0)
    through = plan.flow.through
    kept = np.divide(units - plan.flow.unmet, through, out=np.zeros_like(weight), where=through > 0)
    kept = np.minimum(kept, 1.0)  # the rest is passed on to others
    carried = plan.flow.flow * (kept * per_unit)[network.lane_target]
    carried[network.sites["kind"][network.lane_target] != "customer"] = 0.0
    carried[network.lanes["mode"] != plan.settings["delivery_mode"]] = 0.0
    for name, rounds in plan.rounds.items():
        drops = rounds.drops
        expected = float(carried[network.lane_source == drops.depot].sum())
        dropped = float(drops.load[:, 0].sum()) if len(drops.client) else 0.0
        if not same(expected, dropped):
            message = f"drops weigh {dropped:,.3f} kg where the lanes carry {expected:,.3f} kg"
            report.add("drops", name, abs(expected - dropped), message)


def _check_stock(plan: Plan, report: Report) -> None:
    """Hold the items planned at each warehouse against the flow out of it."""
    if plan.replenishment is None:
        return
    network, items = plan.network, plan.replenishment.problem.items
    through = np.where(_fed(plan), plan.flow.through, 0.0)
    planned = np.zeros(network.sites.num_rows)
    np.add.at(planned, network.index(items["site"]), items["demand_mean"])
    for site in np.flatnonzero(network.sites["kind"] == "warehouse"):
        if not same(through[site], planned[site]):
            gap, name = abs(through[site] - planned[site]), network.sites["id"][site]
            message = f"stock for {planned[site]:,.3f} units of a flow of {through[site]:,.3f}"
            report.add("stock", name, gap, message)


def _fed(plan: Plan) -> npt.NDArray[np.bool_]:
    """Return (S,) the sites that supply reaches; what minimum flows make circle is no demand."""
    source, target = plan.network.lane_source, plan.network.lane_target
    moves, fed = plan.flow.flow > 0, plan.flow.supplied > 0
    while True:
        onward = target[moves & fed[source]]
        if fed[onward].all():
            return fed
        fed[onward] = True
