"""The textbook functions of serial systems: levels of least cost, what given levels do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures, ValidationError
from flowopt.inventory.arguments import INVALID, as_array
from flowopt.inventory.echelon.groups import require_word
from flowopt.inventory.echelon.serial.performance import SerialPerformance, evaluate
from flowopt.inventory.echelon.serial.problem import SerialSystemProblem


@dataclass(frozen=True, eq=False)
class SerialLevels:
    """The levels of serial systems, and what they cost.

    Parameters
    ----------
    echelon_base_stock_level
        (N,) or (n, N), from the source to the customers, units; inf where a stage should ask for
        all that the stage before it has.
    base_stock_level
        (N,) or (n, N): levels of each stage's own position that do the same.
    cost
        A number or (n,), money per period.
    status
        A word or (n,): see `flowopt.inventory.echelon.serial.status.SystemStatus`; ``"invalid"``
        for a system with a fault (see `on_bad_items`).
    """

    echelon_base_stock_level: npt.NDArray[np.float64]
    base_stock_level: npt.NDArray[np.float64]
    cost: Any
    status: Any


def serial_base_stock(
    holding_cost: npt.ArrayLike,
    lead_time: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    demand_sd: npt.ArrayLike | None,
    stockout_cost: npt.ArrayLike,
    *,
    review_period: npt.ArrayLike = 1,
    distribution: Any = "auto",
    on_bad_items: str = "raise",
) -> SerialLevels:
    r"""Return the echelon base-stock levels of least cost of serial systems, exactly.

    With echelon holding costs :math:`h_j` (the holding cost of stage j less that of the stage
    before it), stages counted from the customers and :math:`D_j` the demand over the lead time of
    stage j,

    .. math::

        \underline g_0(x) = \Big(p + \sum_i h_i\Big) x^-, \quad
        g_j(y) = E\big[h_j (y - D_j) + \underline g_{j-1}(y - D_j)\big], \quad
        S_j = \arg\min g_j, \quad \underline g_j(x) = g_j(\min(S_j, x))

    (Clark & Scarf 1960; Chen & Zheng 1994; Snyder & Shen, *Fundamentals of Supply Chain Theory*,
    section 6.2). Goods on the way to a stage cost the holding cost of the stage before it.

    Parameters
    ----------
    holding_cost
        (N,) or (n, N) cost of stock at each stage, from the source to the customers, money per unit
        and period, above 0. Textbooks' echelon costs, added up from the source, give these.
    lead_time
        (N,) or (n, N) periods from the stage before, or the source, to each stage.
    demand_mean
        Mean demand of a period, units; a number or (n,), as all that follows.
    demand_sd
        Standard deviation of the demand of a period, units; 0 for certain demand, None under
        Poisson.
    stockout_cost
        p, cost of demand that waits, money per unit and period, above 0.
    review_period
        1: stages order once a period and costs are charged at its end; 0: continuous review.
    distribution
        ``"normal"``, ``"poisson"``, ``"negative_binomial"`` or ``"auto"``.
    on_bad_items
        ``"raise"``, or ``"status"`` to leave the systems with a fault without numbers, status
        ``"invalid"``.

    Returns
    -------
    SerialLevels
        Echelon and own levels, and the cost.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, example 6.1 (there 22.71, 12.02 and 6.49, on a grid):

    >>> best = serial_base_stock([2, 4, 7], [2, 1, 1], 5, 1, 37.12, review_period=0)
    >>> best.echelon_base_stock_level.round(4).tolist(), round(best.cost, 4)
    ([22.7055, 12.0176, 6.4909], 47.6601)

    Many at once:

    >>> many = serial_base_stock([1, 2], [1, 2], [10, 20, 40], [3, 4, 6], 20)
    >>> many.base_stock_level.round(1).tolist()
    [[9.7, 38.8], [19.5, 71.7], [39.3, 137.6]]
    """
    require_word("serial_base_stock", on_bad_items)
    given: dict[str, Any] = {
        "holding_cost": holding_cost,
        "lead_time": lead_time,
        "demand_mean": demand_mean,
        "demand_sd": demand_sd,
        "stockout_cost": stockout_cost,
        "review_period": review_period,
        "distribution": distribution,
    }
    try:
        return _levels(given)
    except ValidationError as error:
        if on_bad_items == "raise":
            raise
        return _sound_levels(given, error)


def _levels(given: dict[str, Any]) -> SerialLevels:
    problem = SerialSystemProblem.from_arrays(**given)
    solution = problem.solve()
    shape = _shape(problem, given["holding_cost"], given["lead_time"], *_of_systems(given).values())
    one = len(shape) == 1
    return SerialLevels(
        solution.echelon_base_stock_level.reshape(shape),
        solution.base_stock_level.reshape(shape),
        float(solution.system_cost[0]) if one else solution.system_cost,
        str(solution.system_status[0]) if one else solution.system_status,
    )


def _of_systems(given: dict[str, Any]) -> dict[str, Any]:
    return {name: v for name, v in given.items() if name not in ("holding_cost", "lead_time")}


def _sound_levels(given: dict[str, Any], error: ValidationError) -> SerialLevels:
    """Return the levels of the systems without a fault, and none for the others."""
    stages = [as_array("stages", name, given[name]) for name in ("holding_cost", "lead_time")]
    width = max(array.shape[-1] for array in stages if array.ndim)
    rows = {
        f.row if f.row is None or f.table == "systems" else f.row // width for f in error.failures
    }
    if None in rows:
        raise error
    columns = {
        name: np.asarray(value)
        for name, value in _of_systems(given).items()
        if value is not None and np.ndim(value)
    }
    lengths = [len(array) for array in (*columns.values(), *(a for a in stages if a.ndim == 2))]
    num = max(lengths, default=1)
    sound = np.setdiff1d(np.arange(num), [row for row in rows if row is not None])
    levels, local = np.full((num, width), np.nan), np.full((num, width), np.nan)
    cost, status = np.full(num, np.nan), np.full(num, INVALID, dtype="U16")
    if len(sound):
        wide = [np.broadcast_to(array, (num, width))[sound] for array in stages]
        taken = {name: np.broadcast_to(array, num)[sound] for name, array in columns.items()}
        part = {**given, **taken, "holding_cost": wide[0], "lead_time": wide[1]}
        found = _levels(part)
        levels[sound], local[sound] = found.echelon_base_stock_level, found.base_stock_level
        cost[sound], status[sound] = found.cost, found.status
    if not lengths:
        return SerialLevels(levels[0], local[0], float(cost[0]), str(status[0]))
    return SerialLevels(levels, local, cost, status)


def serial_performance(
    echelon_base_stock_level: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    lead_time: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    demand_sd: npt.ArrayLike | None,
    stockout_cost: npt.ArrayLike,
    *,
    review_period: npt.ArrayLike = 1,
    distribution: Any = "auto",
) -> SerialPerformance:
    """Return the stock, service and cost of given echelon base-stock levels, exactly.

    Parameters
    ----------
    echelon_base_stock_level
        (N,) or (n, N) level of each stage, from the source to the customers, units; whole numbers
        where demand is counted; inf, save of the first stage, to ask for all that there is.
    holding_cost, lead_time, demand_mean, demand_sd, stockout_cost, review_period, distribution
        As in `serial_base_stock`.

    Returns
    -------
    SerialPerformance
        Mean stock and goods on the way, (N,) or (n, N); the others are numbers or (n,).

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    A level more or less than the best costs more:

    >>> now = serial_performance([[22, 12, 6.5], [24, 13, 8]], [2, 4, 7], [2, 1, 1], 5, 1, 37.12,
    ...                          review_period=0)
    >>> now.cost.round(3).tolist(), now.fill_rate.round(3).tolist()
    ([48.391, 51.972], [0.79, 0.966])
    """
    levels = _given_levels(echelon_base_stock_level)
    num = levels.shape[0] if levels.ndim == 2 else None
    if num is not None and np.ndim(demand_mean) == 0:  # several levels of one system
        demand_mean = np.broadcast_to(demand_mean, num)
    problem = SerialSystemProblem.from_arrays(
        holding_cost=holding_cost,
        lead_time=lead_time,
        demand_mean=demand_mean,
        demand_sd=demand_sd,
        stockout_cost=stockout_cost,
        review_period=review_period,
        distribution=distribution,
    )
    width = _width(holding_cost, lead_time)
    failures = Failures()
    if levels.shape not in ((width,), (problem.num_systems, width)):
        fix = f"give ({width},) or ({problem.num_systems}, {width}) levels"
        text = f"has shape {levels.shape}"
        failures.add(
            "serial_performance", "echelon_base_stock_level", None, None, "shape", text, fix
        )
        failures.raise_if_any()
    levels = np.ascontiguousarray(np.broadcast_to(levels, (problem.num_systems, width)))
    _collect_bad_levels(problem, levels, failures)
    failures.raise_if_any()
    found = evaluate(problem, levels.ravel())
    others = (demand_mean, demand_sd, stockout_cost, review_period)
    shape = _shape(problem, holding_cost, lead_time, *others)
    return _shaped(found, shape if num is None else levels.shape)


def _given_levels(given: npt.ArrayLike) -> npt.NDArray[np.float64]:
    name, failures = ("serial_performance", "echelon_base_stock_level"), Failures()
    try:
        return as_array(*name, given).astype(np.float64)
    except (TypeError, ValueError) as error:
        if isinstance(error, ValidationError):
            raise
        text, fix = "is no array of numbers", "give (N,) or (n, N) numbers"
        failures.add(*name, None, None, "wrong_type", text, fix)
        failures.raise_if_any()
        raise AssertionError from None


def _shaped(found: SerialPerformance, shape: tuple[int, ...]) -> SerialPerformance:
    """Return columns in the shape of the stages; those of the systems as numbers if one."""
    columns = {}
    for name, column in vars(found).items():
        if name in ("mean_stock", "in_transit"):
            columns[name] = column.reshape(shape)
        else:
            columns[name] = column if len(shape) == 2 else float(column[0])
    return SerialPerformance(**columns)


def _collect_bad_levels(
    problem: SerialSystemProblem, levels: npt.NDArray[np.float64], failures: Failures
) -> None:
    broken = problem.counted[:, None] & np.isfinite(levels) & (levels != np.floor(levels))
    endless = np.isinf(levels) & ((levels < 0) | (np.arange(levels.shape[1]) == 0))
    for mask, code, text, fix in (
        (np.isnan(levels), "nan", "is not a number (NaN)", "fill it"),
        (endless, "inf", "is endless", "write a finite level"),
        (broken, "out_of_range", "is no whole number", "round it: demand is counted"),
    ):
        for row, stage in np.argwhere(mask).tolist():
            value = levels[row, stage].item()
            shown = None if value != value else value
            name = "echelon_base_stock_level"
            failures.add("serial_performance", name, row, shown, code, text, fix)


def _shape(problem: SerialSystemProblem, *given: Any) -> tuple[int, ...]:
    """Return (N,) when all that was given is of one system, else (n, N)."""
    num, width = problem.num_systems, _width(*given[:2])
    stages, systems = given[:2], [value for value in given[2:] if value is not None]
    one = all(np.ndim(v) < 2 for v in stages) and all(np.ndim(v) == 0 for v in systems)
    return (width,) if one else (num, width)


def _width(*stages: npt.ArrayLike) -> int:
    """Return how many stages a system has, of arguments that spread over each other."""
    return int(np.broadcast_shapes(*(np.shape(values) for values in stages))[-1])
