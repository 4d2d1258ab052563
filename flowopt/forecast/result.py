"""Forecasts of demand: period by period, over a protection interval, and what they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from flowopt.core.tables import DEFAULT_BACKEND, make_frame
from flowopt.forecast.calendar import Calendar
from flowopt.forecast.flags import flags_of
from flowopt.forecast.reading import Floats
from flowopt.forecast.status import ForecastStatus

if TYPE_CHECKING:
    from flowopt.forecast.classes import Classes
    from flowopt.forecast.history import DemandHistory
    from flowopt.forecast.interval import IntervalDemand


@dataclass(frozen=True, eq=False, repr=False)
class Past:
    """What a forecast rests on: the histories, the methods, and how far they were off.

    Parameters
    ----------
    history
        The histories.
    classes
        How the demand of each item comes.
    method
        (n,) method of each item.
    alpha, beta
        (n,) its smoothing parameters; NaN where it has none.
    errors
        (N,) demand less one-step forecast of each period; NaN where there was no forecast yet.
    num_errors
        (n,) how many there are of each item.
    error_sum, error_size, error_squares
        (n,) sums of the errors, of their sizes, of their squares.
    """

    history: DemandHistory
    classes: Classes
    method: npt.NDArray[np.str_]
    alpha: Floats
    beta: Floats
    errors: Floats
    num_errors: Floats
    error_sum: Floats
    error_size: Floats
    error_squares: Floats

    @cached_property
    def flags(self) -> npt.NDArray[np.str_]:
        """(n,) what a planner should know, with ``;`` between; see `flowopt.forecast.status`."""
        return flags_of(self)

    def columns(self) -> dict[str, Any]:
        """Return the columns that describe the past of each item."""
        count = np.where(self.num_errors > 0, self.num_errors, np.nan)
        return {
            "demand_class": self.classes.demand_class,
            "interval": self.classes.interval,
            "size_cv2": self.classes.size_cv2,
            "method": self.method,
            "alpha": self.alpha,
            "beta": self.beta,
            "bias": -self.error_sum / count,
            "mae": self.error_size / count,
            "rmse": np.sqrt(self.error_squares / count),
            "flags": self.flags,
        }


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DemandForecast:
    """Demand of the periods to come, of many items, with its spread.

    Parameters
    ----------
    items, sites
        (n,) ids of the items, and where each is asked for (empty texts: not said).
    start
        Number of the first period that is forecast.
    calendar
        How periods are counted.
    mean
        (n, horizon) expected demand of each period, units; NaN for items without a usable history.
    sd
        (n, horizon) standard deviation of the error of a forecast for one period, units.
    own_variance
        (n,) variance of the forecast's level relative to that of demand: what the errors of
        several periods have in common (see `flowopt.forecast.methods`).
    status
        (n,) see `flowopt.forecast.status.ForecastStatus`.
    counted
        (n,) whether demand comes in whole units.
    samples
        (n, S, horizon) sampled paths of demand, units; None where there are none.
    past
        What it rests on; None for forecasts made elsewhere.
    backend
        The library of the caller's frame.

    Examples
    --------
    >>> from flowopt.forecast import DemandHistory
    >>> history = DemandHistory.from_lists({"bolt": [9, 11, 10, 12, 9, 10], "pump": [0, 0, 3, 0]})
    >>> forecast = history.forecast(horizon=2, alpha=0.1)
    >>> forecast
    <DemandForecast items=2, horizon=2, forecast=2>
    >>> forecast.to_frame("periods").round(2)
      unique_id  ds      y    sd
    0      bolt   6  10.17  1.43
    1      bolt   7  10.17  1.43
    2      pump   6   0.95  0.95
    3      pump   7   0.95  0.95
    """

    items: npt.NDArray[Any]
    sites: npt.NDArray[Any]
    start: int
    calendar: Calendar
    mean: Floats
    sd: Floats
    own_variance: Floats
    status: npt.NDArray[np.str_]
    counted: npt.NDArray[np.bool_]
    samples: Floats | None = None
    past: Past | None = None
    backend: str = DEFAULT_BACKEND

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @classmethod
    def from_frame(cls, frame: Any, model: str | None = None) -> DemandForecast:
        """Read a forecast that was made elsewhere, in any of four long formats.

        Beside ``unique_id``, ``ds`` and perhaps ``site``, the frame has

        * ``y`` and ``sd``: mean and standard deviation of the error;
        * ``probability`` and ``y``: quantiles;
        * ``MODEL``, ``MODEL-lo-90``, ``MODEL-hi-90``, …: the median (or mean) and central
          intervals, as statsforecast and its relatives write them;
        * ``sample`` and ``y``: sampled paths.

        Every item has the same periods. Negative demand counts as 0.

        Parameters
        ----------
        frame
            A frame of any library; see `flowopt.forecast.spec`.
        model
            Which of several models' intervals to take.

        Raises
        ------
        ValidationError
            With every fault of the frame.

        Examples
        --------
        >>> forecast = DemandForecast.from_frame({
        ...     "unique_id": ["bolt", "bolt"], "ds": ["2026-03-01", "2026-04-01"],
        ...     "AutoETS": [100.0, 120.0],
        ...     "AutoETS-lo-80": [87.2, 101.0], "AutoETS-hi-80": [112.8, 139.0]})
        >>> forecast.over(2).mean.round(1), forecast.over(2).sd.round(1)
        (array([220.]), array([17.9]))
        """
        from flowopt.forecast.external import read_forecast

        return read_forecast(frame, model)

    @property
    def num_items(self) -> int:
        """Number of items."""
        return len(self.items)

    @property
    def horizon(self) -> int:
        """Number of periods."""
        return int(self.mean.shape[1])

    @property
    def flat(self) -> npt.NDArray[np.bool_]:
        """(n,) whether what is forecast holds for every period after the horizon too."""
        if self.past is None:
            return np.zeros(self.num_items, dtype=np.bool_)
        return np.asarray(self.past.method != "seasonal_naive")

    @property
    def flags(self) -> npt.NDArray[np.str_]:
        """(n,) what a planner should know of each item's history, with ``;`` between."""
        return np.full(self.num_items, "") if self.past is None else self.past.flags

    def over(
        self,
        protection_interval: npt.ArrayLike = 1.0,
        *,
        distribution: Any = "auto",
        num_samples: int = 500,
        seed: int = 0,
    ) -> IntervalDemand:
        """Return the demand over an interval, e.g. lead time + review period.

        Parameters
        ----------
        protection_interval
            Periods, or (n,) periods.
        distribution
            ``"auto"``, ``"normal"``, ``"gamma"``, ``"poisson"``, ``"negative_binomial"`` or
            ``"empirical"`` (samples), or one for each item; see `flowopt.forecast.interval`.
        num_samples
            Samples that are drawn for an item whose distribution is empirical.
        seed
            Seed of the draws, 0 or more.
        """
        from flowopt.forecast.interval import demand_over

        return demand_over(self, protection_interval, distribution, num_samples, seed)

    def join(self, items: Any, **options: Any) -> Any:
        """Return a table of items with the forecast in it, as replenishment takes it.

        Each row takes the demand over its own lead time + review period.

        Parameters
        ----------
        items
            A frame with the columns ``item``, perhaps ``site``, ``lead_time`` and perhaps
            ``review_period`` (1), and any others; its rows and columns are kept.
        options
            Those of `over`.

        Returns
        -------
        frame
            Of the library that `items` came in, with the columns ``demand_mean``, ``demand_sd``
            and ``distribution`` added.

        Raises
        ------
        ValidationError
            When an item has no forecast.
        """
        from flowopt.forecast.join import join

        return join(self, items, options)

    def demand_samples(self, items: Any) -> Any:
        """Return the single periods that empirical items are sampled from.

        Parameters
        ----------
        items
            A table of `join` or of the table ``items``; its rows with the distribution
            ``"empirical"`` count.

        Returns
        -------
        frame
            ``item``, ``site``, ``demand``, for ``ReplenishmentProblem.from_frames(items,
            demand_samples=…)``: every period of the history, or of every sampled path (whose
            periods then no longer hang together).
        """
        from flowopt.forecast.join import demand_samples

        return demand_samples(self, items)

    def evaluate(self, actual: DemandHistory) -> Any:
        """Return a frame of error measures against what came; see `flowopt.forecast.measures`.

        Parameters
        ----------
        actual
            A history that has the periods that were forecast, or the first of them.

        Raises
        ------
        ValidationError
            When it has none of them, or lacks an item.
        """
        from flowopt.forecast.measures import evaluate

        return make_frame(evaluate(self, actual), self.backend)

    # ---- ways out

    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables ``items`` (of one period), ``periods`` and ``series``."""
        names = {"item": self.items, "site": self.sites, "status": self.status}
        series = names | (self.past.columns() if self.past is not None else {})
        return {
            "items": self.over().columns(),
            "periods": self._periods(),
            "series": series,
        }

    def _periods(self) -> dict[str, Any]:
        labels = self.calendar.labels(self.start + np.arange(self.horizon))
        columns: dict[str, Any] = {"unique_id": np.repeat(self.items, self.horizon)}
        if (self.sites != "").any():
            columns["site"] = np.repeat(self.sites, self.horizon)
        columns["ds"] = np.tile(labels, self.num_items)
        return columns | {"y": self.mean.reshape(-1), "sd": self.sd.reshape(-1)}

    def to_frame(self, name: str = "items") -> Any:
        """Return a table as a frame of the library that the history came in.

        Parameters
        ----------
        name
            ``"items"``: one row an item, as ``ReplenishmentProblem.from_frames`` takes it;
            ``"periods"``: one row an item and period; ``"series"``: how demand comes, the method,
            its parameters and errors, flags.
        """
        tables = self.tables()
        if name not in tables:
            raise KeyError(f"no table {name!r}; there are {', '.join(tables)}")
        return make_frame(tables[name], self.backend)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        figures: dict[str, Any] = {"items": self.num_items, "horizon": self.horizon}
        for status in ForecastStatus:
            count = int(np.count_nonzero(self.status == status))
            if count:
                figures[str(status)] = count
        return figures

    def plot(self, item: Any, ax: Any = None) -> Any:
        """Draw the history and the forecast of one item.

        Parameters
        ----------
        item
            Its id, or (id, site).
        ax
            Matplotlib axes to draw on; None makes a figure.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        from flowopt.forecast.chart import plot_forecast

        return plot_forecast(self, item, ax)

    def __repr__(self) -> str:
        figures = ", ".join(f"{name}={value}" for name, value in self.summary().items())
        return f"<DemandForecast {figures}>"
