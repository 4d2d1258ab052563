"""What must hold between the tables of a routing problem: shipments, groups, windows, traffic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from flowopt.core.cells import Array
from flowopt.core.errors import Failures
from flowopt.routing.parts import Clients, Shipments, Traffic


def check_rules(
    parts: Mapping[str, Any],
    num_clients: int,
    num_types: int,
    num_profiles: int,
    failures: Failures,
) -> None:
    """Collect what does not fit between the tables of a problem.

    Parameters
    ----------
    parts
        The columns of `RoutingProblem`, each good in itself.
    num_clients, num_types, num_profiles
        How many there are.
    failures
        Where faults are collected.
    """
    shipments, clients = parts["shipments"], parts["clients"]
    for table, name, most in (
        ("shipments", "pickup", num_clients),
        ("shipments", "delivery", num_clients),
        ("time_windows", "client", num_clients),
        ("breaks", "vehicle_type", num_types),
        ("vehicle_types", "profile", num_profiles + 1),
    ):
        _check_positions(table, name, getattr(parts[table], name), 0, most, failures)
    _check_positions("traffic", "profile", parts["traffic"].profile, -1, num_profiles + 1, failures)
    if "traffic" not in {fault.table for fault in failures}:
        _check_traffic(parts["traffic"], failures)
    if not len(failures):  # positions can be followed from here on
        _check_shipments(clients, shipments, failures)
        _check_groups(clients, shipments, failures)


def _check_positions(
    table: str, name: str, values: Array, lowest: int, most: int, failures: Failures
) -> None:
    for row in np.flatnonzero((values < lowest) | (values >= most)).tolist():
        fix = f"give {lowest} to {most - 1}" if most > lowest else "leave the row out"
        failures.add(table, name, row, int(values[row]), "unknown_id", "names nothing", fix)


def _check_shipments(clients: Clients, shipments: Shipments, failures: Failures) -> None:
    first: dict[int, int] = {}
    for row, (pickup, delivery) in enumerate(
        zip(shipments.pickup, shipments.delivery, strict=True)
    ):
        for name, client in (("pickup", int(pickup)), ("delivery", int(delivery))):
            other = first.setdefault(client, row)
            if other != row or (name == "delivery" and pickup == delivery):
                where = "both ends of this row" if other == row else f"row {other} too"
                message = f"stands in {where}: a client belongs to one shipment"
                fix = "give each visit a client of its own, at the same place"
                value = clients.id[client].item()
                failures.add("shipments", name, row, value, "duplicate_id", message, fix)
        if clients.required[pickup] != clients.required[delivery]:
            message = "is required and the other end of its shipment is not, or the other way round"
            fix = "make both required, or neither"
            value = clients.id[delivery].item()
            failures.add("shipments", "delivery", row, value, "inconsistent", message, fix)
        if clients.sequence[pickup] > clients.sequence[delivery]:  # NaN is never
            message = "has a smaller number in the sequence than the pick-up"
            fix = "let the numbers not fall from pick-up to delivery"
            value = clients.id[delivery].item()
            failures.add("shipments", "delivery", row, value, "inconsistent", message, fix)


def _check_groups(clients: Clients, shipments: Shipments, failures: Failures) -> None:
    in_shipment = np.zeros(len(clients), dtype=np.bool_)
    in_shipment[shipments.pickup] = in_shipment[shipments.delivery] = True
    required: dict[str, bool] = {}
    for row in np.flatnonzero(clients.group != "").tolist():
        group = str(clients.group[row])
        if in_shipment[row]:
            message, fix = "is that of a client in a shipment", "leave the cell empty"
            failures.add("clients", "group", row, group, "inconsistent", message, fix)
        if required.setdefault(group, bool(clients.required[row])) != clients.required[row]:
            message = f"differs within the group {group}"
            fix = "make all clients of a group required, or none"
            value = bool(clients.required[row])
            failures.add("clients", "required", row, value, "inconsistent", message, fix)


def _check_traffic(traffic: Traffic, failures: Failures) -> None:
    seen: set[tuple[int, float]] = set()
    for row, key in enumerate(zip(traffic.profile.tolist(), traffic.start.tolist(), strict=True)):
        if key in seen:
            message, fix = "stands twice for the same ways", "keep one row"
            failures.add("traffic", "start", row, key[1], "duplicate_id", message, fix)
        seen.add(key)
