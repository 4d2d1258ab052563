"""A folder of tables in, a plan out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowopt.core.errors import Failures, ValidationError
from flowopt.core.tables import read_table
from flowopt.kpi import from_records
from flowopt.kpi import spec as records_spec
from flowopt.network import Network
from flowopt.network import spec as network_spec
from flowopt.network.folder import in_lines, read_tables
from flowopt.planning.pipeline import plan, read_fleet
from flowopt.routing.spec import VEHICLE_TYPES

if TYPE_CHECKING:
    from flowopt.planning.solution import Plan

REQUIRED = ("sites", "lanes", "demand")
SERVICE: Mapping[str, Any] = {"level": "order", "date": "promised", "window": (0.0, 0.0)}
"""How service is measured from records, when the caller does not say: see `flowopt.kpi`."""


def plan_folder(
    folder: str | Path, *, service: Mapping[str, Any] = SERVICE, **options: Any
) -> Plan:
    """Plan the network whose tables lie in a folder.

    Parameters
    ----------
    folder
        A folder with ``sites``, ``lanes`` and ``demand``, as ``.csv`` or ``.parquet``; also, when
        they are there, the other tables of the network, ``vehicle_types``, ``targets``, and the
        records of operations, ``order_lines``, ``deliveries``, … (see `flowopt.kpi.spec`).
    service
        Keywords of `flowopt.kpi.from_records`: level, date, window, ….
    options
        Keywords of `plan`.

    Raises
    ------
    ValidationError
        When the input cannot be used, with all the faults of all files.
    """
    failures = Failures()
    specs = [*network_spec.TABLES, VEHICLE_TYPES, *records_spec.TABLES, records_spec.TARGETS]
    frames = read_tables(folder, specs, REQUIRED, failures)
    tables = {table.name: frames[table.name] for table in network_spec.TABLES}
    records = {table.name: frames[table.name] for table in records_spec.TABLES}
    vehicles = frames["vehicle_types"]
    network = recorded = None
    if all(tables[name] is not None for name in REQUIRED):
        with failures.collecting():
            network = Network.from_frames(**tables)
    read_fleet(network, vehicles, options.get("delivery_mode", "road"), failures)
    targets = _targets(frames["targets"], failures)
    if any(frame is not None for frame in records.values()):
        with failures.collecting():
            recorded = from_records(**records, **service)
    if len(failures):
        raise ValidationError(in_lines(failures, folder))
    assert network is not None
    return plan(network, vehicle_types=vehicles, recorded=recorded, targets=targets, **options)


def _targets(frame: Any, failures: Failures) -> dict[str, float]:
    """Return the targets by indicator."""
    table = read_table(records_spec.TARGETS, frame, failures)
    return dict(zip(table["indicator"].tolist(), table["target"].tolist(), strict=True))
