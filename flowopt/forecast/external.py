"""Reads forecasts made elsewhere: means with spreads, quantiles, intervals or sampled paths."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from flowopt.core.columns import Column, Table
from flowopt.core.errors import Failures
from flowopt.core.ids import distinct, key_codes
from flowopt.core.tables import Columns, column_names, read_table
from flowopt.forecast.calendar import Calendar, infer_calendar
from flowopt.forecast.reading import Floats, Index
from flowopt.forecast.result import DemandForecast
from flowopt.forecast.spec import LARGEST, MOMENTS, NAMES, PERIOD, QUANTILES, SAMPLES
from flowopt.forecast.status import ForecastStatus

_BOUND = re.compile(r"(?P<model>.+)-(?P<side>lo|hi)-(?P<level>\d+(?:\.\d+)?)")
_LEAST = 1e-6  # a quantile of less is one of this
_POINTS = 400  # of the quantile function that means and spreads are taken from


class Cube(NamedTuple):
    """Cells of a long table, by item, period and what else names a row.

    Parameters
    ----------
    y
        (n, horizon, k) demand.
    rows
        (n,) first row of each item.
    labels
        (k,) what else names a row: probabilities, or names of samples.
    start
        Number of the first period.
    calendar
        How periods are counted.
    """

    y: Floats
    rows: Index
    labels: npt.NDArray[Any]
    start: int
    calendar: Calendar


def read_forecast(frame: Any, model: str | None = None) -> DemandForecast:
    """Read a forecast; see `DemandForecast.from_frame`."""
    names = column_names(frame)
    if "sample" in names:
        return _from_samples(frame)
    if "probability" in names:
        return _from_quantiles(frame)
    bounds = [found for found in map(_BOUND.fullmatch, names) if found]
    if bounds:
        return _from_intervals(frame, bounds, model)
    return _from_moments(frame)


def _from_samples(frame: Any) -> DemandForecast:
    failures = Failures()
    table = read_table(SAMPLES, frame, failures, required=True)
    failures.raise_if_any()
    cube = _cube(table, "sample", failures)
    failures.raise_if_any()
    paths = np.maximum(np.swapaxes(cube.y, 1, 2), 0.0)
    return _forecast(table, cube, paths.mean(axis=1), paths.std(axis=1), paths)


def _from_quantiles(frame: Any) -> DemandForecast:
    failures = Failures()
    table = read_table(QUANTILES, frame, failures, required=True)
    failures.raise_if_any()
    cube = _cube(table, "probability", failures)
    failures.raise_if_any()
    probabilities = cube.labels.astype(np.float64)
    _require_two(probabilities, "quantiles", "probability")
    mean, sd = moments_of_quantiles(probabilities, cube.y)
    return _forecast(table, cube, mean, sd)


def _from_intervals(frame: Any, bounds: list[re.Match[str]], model: str | None) -> DemandForecast:
    """Read a frame with the columns ``MODEL``, ``MODEL-lo-90``, ``MODEL-hi-90``, …."""
    failures = Failures()
    models = list(dict.fromkeys(found["model"] for found in bounds))
    if (model is None and len(models) > 1) or model not in (None, *models):
        fix = f"give model=, one of {', '.join(models)}"
        failures.add("forecast", "model", None, model, "unknown_choice", "is not clear", fix)
    chosen = model or models[0]
    _check_levels([found for found in bounds if found["model"] == chosen], failures)
    failures.raise_if_any()
    mine = {found.string: _probability(found) for found in bounds if found["model"] == chosen}
    probabilities = {p: name for name, p in mine.items()}
    if chosen in column_names(frame):
        probabilities.setdefault(0.5, chosen)
    columns = [
        Column(name, "float", "quantile", "units", lower=-LARGEST, upper=LARGEST)
        for name in probabilities.values()
    ]
    spec = Table("forecast", "Quantiles side by side.", (*NAMES, PERIOD, *columns))
    table = read_table(spec, _only(frame, spec), failures, required=True)
    failures.raise_if_any()
    _check_bounds(table, mine, failures)
    failures.raise_if_any()
    levels = np.array(sorted(probabilities))
    _require_two(levels, "forecast", chosen)
    wide = np.stack([table[probabilities[p]] for p in levels.tolist()], axis=1)
    cube = _cube(table, None, failures)
    failures.raise_if_any()
    order = cube.y[:, :, 0].astype(np.int64)
    mean, sd = moments_of_quantiles(levels, wide[order])
    return _forecast(table, cube._replace(y=wide[order]), mean, sd)


def _check_levels(bounds: list[re.Match[str]], failures: Failures) -> None:
    """Collect columns named as bounds of what is no central interval."""
    for found in bounds:
        if not 0 < float(found["level"]) <= 100:
            message, fix = "bounds no interval", "name it by a percentage above 0, up to 100"
            failures.add("forecast", found.string, None, None, "out_of_range", message, fix)


def _require_two(probabilities: Floats, table: str, column: str) -> None:
    """Raise where quantiles tell no spread: there is one, or all are at the same end."""
    if len(np.unique(_inside(probabilities))) < 2:
        failures = Failures()
        message, fix = "tells no spread", "give two quantiles or more, e.g. of 0.5 and 0.9"
        failures.add(table, column, None, None, "missing", message, fix)
        failures.raise_if_any()


def _inside(probabilities: Floats) -> Floats:
    """Return probabilities, those at the ends of all demand moved a little inside."""
    return np.clip(probabilities, _LEAST, 1 - _LEAST)


def _check_bounds(table: Columns, bounds: dict[str, float], failures: Failures) -> None:
    """Collect lower bounds that lie above the upper bound of their interval."""
    for low in (name for name, probability in bounds.items() if probability < 0.5):
        high = "-hi-".join(low.rsplit("-lo-", 1))
        if high in bounds:
            for row in np.flatnonzero(table[low] > table[high]).tolist():
                message, fix = f"lies above {high}", "correct one of the two"
                value = table[low][row].item()
                failures.add("forecast", low, row, value, "out_of_range", message, fix)


def _from_moments(frame: Any) -> DemandForecast:
    failures = Failures()
    table = read_table(MOMENTS, frame, failures, required=True)
    failures.raise_if_any()
    cube = _cube(table, None, failures)
    failures.raise_if_any()
    order = cube.y[:, :, 0].astype(np.int64)
    cube = cube._replace(y=table["y"][order][:, :, None])
    return _forecast(table, cube, table["y"][order], table["sd"][order])


def _probability(found: re.Match[str]) -> float:
    """Return the probability of demand up to the bound of a central interval."""
    half = float(found["level"]) / 200
    return 0.5 - half if found["side"] == "lo" else 0.5 + half


def _only(frame: Any, spec: Table) -> Any:
    """Return the columns of a frame that a specification has, without a word on the others."""
    if isinstance(frame, dict):
        return {name: values for name, values in frame.items() if name in spec.names}
    if isinstance(frame, list):
        return [{k: v for k, v in row.items() if k in spec.names} for row in frame]
    import narwhals as nw

    native = nw.from_native(frame)
    names = [name for name in native.collect_schema().names() if name in spec.names]
    return native.select(names).to_native()


def _cube(table: Columns, name: str | None, failures: Failures) -> Cube:
    """Return the cells of a table in order; with no name, (n, horizon, 1) places of rows."""
    seconds = table["ds"]
    dated = table.clocks.get("ds") in ("naive", "aware")
    calendar = infer_calendar(seconds) if dated else Calendar()
    codes = key_codes(table["unique_id"], table["site"])
    num_items = int(codes.max(initial=-1)) + 1
    rows = np.full(num_items, len(codes))
    np.minimum.at(rows, codes, np.arange(len(codes)))
    numbers = calendar.numbers(seconds)
    start = int(numbers.min()) if len(numbers) else 0
    horizon = int(numbers.max()) - start + 1 if len(numbers) else 0
    labels, place = np.zeros(1), np.zeros(len(codes), dtype=np.int64)
    if name is not None:
        labels, place = np.unique(table[name], return_inverse=True)
    shape = (num_items, horizon, len(labels))
    if np.prod(shape, dtype=np.float64) != len(codes) or not len(codes):
        _say_incomplete(table, codes, numbers - start, horizon, failures)
        return Cube(np.empty((0, 0, 1)), rows, labels, start, calendar)
    values = table["y"] if name is not None else np.arange(len(codes), dtype=np.float64)
    y = np.full(shape, np.nan)
    y[codes, numbers - start, place] = values
    if np.isnan(y).any():
        _say_incomplete(table, codes, numbers - start, horizon, failures)
    return Cube(y, rows, labels, start, calendar)


def _say_incomplete(
    table: Columns, codes: Index, periods: Index, horizon: int, failures: Failures
) -> None:
    """Collect the items that have not one row for each period and label, as all must have."""
    message, fix = "has not the same rows as other items", "give each item every period once"
    count = np.bincount(codes) if len(codes) else np.zeros(0, dtype=np.int64)
    usual = count.max(initial=0)
    _, ids = distinct(table["unique_id"])
    odd = np.flatnonzero(count < usual)
    for code in odd:
        row = int(np.flatnonzero(codes == code)[0])
        value = table["unique_id"][row].item()
        failures.add(table.spec.name, "ds", row, value, "missing", message, fix)
    if not len(odd):
        message = f"{len(ids)} items over {horizon} periods do not have a row for each"
        failures.add(table.spec.name, "ds", None, None, "missing", message, fix)


def moments_of_quantiles(probabilities: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of demand of which quantiles are known.

    Between the quantiles, and beyond them, demand is a straight line in the quantile of the normal
    distribution of the same probability, so that a normal forecast comes back as it was; it is cut
    at 0. Quantiles that cross are put in order; of several beyond 1e-6 of all demand at an end, the
    lowest counts.

    Parameters
    ----------
    probabilities
        (k,) ascending, between 0 and 1; not all at the same end.
    y
        (…, k) quantiles.

    Examples
    --------
    >>> mean, sd = moments_of_quantiles(np.array([0.1, 0.5, 0.9]), np.array([[87.18, 100, 112.82]]))
    >>> mean.round(1), sd.round(1)
    (array([100.]), array([10.]))
    """
    from scipy import special

    inside, first = np.unique(_inside(probabilities), return_index=True)
    known = special.ndtri(inside)
    at = special.ndtri((np.arange(_POINTS) + 0.5) / _POINTS)
    left = np.clip(np.searchsorted(known, at) - 1, 0, len(known) - 2)
    share = (at - known[left]) / (known[left + 1] - known[left])
    ordered = np.sort(y, axis=-1)[..., first]
    points = ordered[..., left] * (1 - share) + ordered[..., left + 1] * share
    points = np.maximum(points, 0.0)
    lost = np.sqrt(np.mean(at**2))  # the tails beyond the outermost points
    return points.mean(axis=-1), points.std(axis=-1) / lost


def _forecast(
    table: Columns, cube: Cube, mean: Floats, sd: Floats, samples: Floats | None = None
) -> DemandForecast:
    num_items = len(cube.rows)
    counted = (cube.y == np.floor(cube.y)).reshape(num_items, -1).all(axis=1)
    some = (mean > 0).any(axis=1)
    return DemandForecast(
        items=table["unique_id"][cube.rows],
        sites=table["site"][cube.rows],
        start=cube.start,
        calendar=cube.calendar,
        mean=np.maximum(mean, 0.0),
        sd=sd,
        own_variance=np.zeros(num_items),
        status=np.where(some, str(ForecastStatus.FORECAST), str(ForecastStatus.NO_DEMAND)),
        counted=np.asarray(counted),
        samples=samples,
        backend=table.backend,
    )
