"""Serial systems of stages in a line: how much to hold at each."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.problem import Problem
from flowopt.core.tables import Columns, positions, read_table
from flowopt.inventory.arguments import as_array
from flowopt.inventory.cycle import choose_distribution
from flowopt.inventory.echelon.serial.spec import STAGES, SYSTEMS
from flowopt.inventory.echelon.serial.validation import check_systems, too_wide

if TYPE_CHECKING:
    from flowopt.core.options import Run
    from flowopt.inventory.echelon.serial.solution import SerialSystemSolution
    from flowopt.network import Network

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

CERTAIN = 1e-9
"""Of the mean: a smaller standard deviation is none, for what it adds is lost in rounding."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SerialSystemProblem(Problem["SerialSystemSolution"]):
    r"""For each of many serial systems, the echelon base-stock levels of least cost.

    Goods go from a source that never runs out through the stages to the customers. In each period
    every stage orders from the one before it, what was sent a lead time ago arrives, customers come
    to the last stage, and what it cannot serve waits. Stock at a stage, and what is on its way from
    there, costs the holding cost of the stage; demand that waits costs the stock-out cost. The best
    policy of all is to keep the *echelon* position of each stage (its own stock and all that is on
    the way to or at later stages, less what waits) at a level of its own (Clark & Scarf 1960;
    Federgruen & Zipkin 1984 for ever-running systems).

    Parameters
    ----------
    systems, stages
        The validated tables; their columns are those of
        `flowopt.inventory.echelon.serial.spec`.

    Raises
    ------
    ValidationError
        With every fault of the tables.

    Examples
    --------
    Three stages under continuous review (Snyder & Shen, *Fundamentals of Supply Chain Theory*,
    example 6.1, where levels of 22.71, 12.02 and 6.49 are found on a grid):

    >>> problem = SerialSystemProblem.from_frames(
    ...     systems={"system": ["A"], "demand_mean": [5.0], "demand_sd": [1.0],
    ...              "stockout_cost": [37.12], "review_period": [0]},
    ...     stages={"system": ["A", "A", "A"], "stage": ["plant", "hub", "shop"],
    ...             "holding_cost": [2.0, 4.0, 7.0], "lead_time": [2.0, 1.0, 1.0]},
    ... )
    >>> solution = problem.solve()
    >>> solution.to_frame("stages")[["stage", "echelon_base_stock_level"]].round(4)
       stage  echelon_base_stock_level
    0  plant                   22.7055
    1    hub                   12.0176
    2   shop                    6.4909
    >>> round(solution.cost, 4)
    47.6601
    """

    systems: Columns
    stages: Columns

    def __post_init__(self) -> None:
        failures = Failures()
        self._check(failures)
        failures.raise_if_any()

    @classmethod
    def from_frames(cls, systems: Any, stages: Any) -> Self:
        """Read the tables from any frames.

        Parameters
        ----------
        systems, stages
            Pandas, polars or pyarrow frames, dicts of columns, or lists of dicts; the columns are
            those of `flowopt.inventory.echelon.serial.spec`.

        Raises
        ------
        ValidationError
            With every fault of both tables.
        """
        failures = Failures()
        read = read_table(SYSTEMS, systems, failures, required=True)
        refs = {"systems": read["system"]}
        parts = read_table(STAGES, stages, failures, refs, required=True)
        if len(failures):
            _check_tables(read, parts, failures)
            failures.raise_if_any()
        return cls(read, parts)

    @classmethod
    def from_arrays(
        cls,
        *,
        holding_cost: npt.ArrayLike,
        lead_time: npt.ArrayLike,
        demand_mean: npt.ArrayLike,
        stockout_cost: npt.ArrayLike,
        demand_sd: npt.ArrayLike | None = None,
        distribution: Any = "auto",
        review_period: npt.ArrayLike = 1,
    ) -> Self:
        """Read systems of the same number of stages from arrays; a number stands for all systems.

        Parameters
        ----------
        holding_cost, lead_time
            (N,) for all systems, or (n, N): of each stage, from the source to the customers.
        demand_mean, stockout_cost, demand_sd, distribution, review_period
            A value for all systems, or (n,) values.

        Raises
        ------
        ValidationError
            With every fault of the arrays.

        Examples
        --------
        >>> problem = SerialSystemProblem.from_arrays(
        ...     holding_cost=[1, 2], lead_time=[1, 1], demand_mean=[100, 200], demand_sd=15,
        ...     stockout_cost=15)
        >>> problem.solve().to_frame("systems")["cost"].round(2).tolist()
        [184.38, 284.38]
        """
        given = {
            "demand_mean": demand_mean,
            "stockout_cost": stockout_cost,
            "demand_sd": np.nan if demand_sd is None else demand_sd,
            "distribution": distribution,
            "review_period": review_period,
        }
        return cls.from_frames(*_spread(given, holding_cost, lead_time))

    @classmethod
    def from_network(
        cls,
        network: Network,
        *,
        holding_cost: Any,
        stockout_cost: npt.ArrayLike,
        distribution: Any = "auto",
        review_period: npt.ArrayLike = 1,
    ) -> Self:
        """Return the problem of a network whose sites stand in a line, a system each commodity.

        The first site of the line never runs out; each site after it is a stage, supplied in the
        lead time of its lane. Customers hold no stock: what they want is wanted of the last stage.

        Parameters
        ----------
        network
            Sites, lanes and demand with its standard deviation.
        holding_cost
            Site → cost, or (S,) in the order of the sites: money per unit and period.
        stockout_cost, distribution, review_period
            A value for all commodities, or one for each.

        Raises
        ------
        ValidationError
            When the sites stand in no line, with every fault.

        Examples
        --------
        >>> from flowopt import Network
        >>> network = Network.from_frames(
        ...     sites={"id": ["mill", "depot", "shop", "town"],
        ...            "kind": ["plant", "warehouse", "warehouse", "customer"],
        ...            "supply": [99, 0, 0, 0]},
        ...     lanes={"source": ["mill", "depot", "shop"], "target": ["depot", "shop", "town"],
        ...            "lead_time": [2.0, 1.0, 0.0], "distance": [90, 40, 5],
        ...            "unit_cost": [1, 1, 1]},
        ...     demand={"site": ["town"], "demand": [20.0], "demand_sd": [5.0]})
        >>> problem = SerialSystemProblem.from_network(
        ...     network, holding_cost={"depot": 1, "shop": 2}, stockout_cost=18)
        >>> problem.solve().to_frame("stages")[["stage", "echelon_base_stock_level"]].round(1)
           stage  echelon_base_stock_level
        0  depot                      94.4
        1   shop                      51.6
        """
        from flowopt.inventory.echelon.serial.network import chain_frames

        columns = {
            "stockout_cost": stockout_cost,
            "distribution": distribution,
            "review_period": review_period,
        }
        return cls.from_frames(*chain_frames(network, holding_cost, columns))

    def _check(self, failures: Failures) -> None:
        _check_tables(self.systems, self.stages, failures)
        failures.raise_if_any()
        length = self.total_lead_time
        kind = self.systems["distribution"]
        wide = too_wide(self.systems["demand_mean"], self.excess, length) & self.counted
        for row in np.flatnonzero(wide & (kind != "auto")).tolist():
            text, fix = "spreads demand over too many counts to add them up", "take auto or normal"
            failures.add(
                "systems", "distribution", row, kind[row].item(), "out_of_range", text, fix
            )

    def replace(self, **changes: Any) -> Self:
        """Return a copy with another table, or other columns of the systems, validated again.

        Parameters
        ----------
        changes
            ``systems`` or ``stages`` → another table; or a column of either → a value for all rows
            or (n,) values.
        """
        tables = {"systems": self.systems, "stages": self.stages}
        new: dict[str, Any] = {name: dict(table.arrays) for name, table in tables.items()}
        failures = Failures()
        for name, value in changes.items():
            if name in tables:
                new[name] = value
                continue
            home = next((t for t in ("stages", "systems") if name in tables[t].spec.names), None)
            if home is None:
                fix = f"use one of {', '.join((*SYSTEMS.names, *STAGES.names))}"
                failures.add("systems", name, None, None, "unknown_column", "is no column", fix)
            elif isinstance(new[home], dict):
                rows = tables[home].num_rows
                new[home][name] = value if np.ndim(value) else [value] * rows
        failures.raise_if_any()
        if isinstance(new["systems"], dict):
            new["systems"] = {k: _blank(v) for k, v in new["systems"].items()}
        return type(self).from_frames(new["systems"], new["stages"])

    def __repr__(self) -> str:
        return f"<SerialSystemProblem systems={self.num_systems}, stages={self.stages.num_rows}>"

    @property
    def backend(self) -> str:
        """The library of the caller's frame."""
        return self.systems.backend

    @property
    def num_systems(self) -> int:
        """Number of systems."""
        return self.systems.num_rows

    @cached_property
    def system_of(self) -> Rows:
        """(m,) position of each stage's system."""
        return positions(self.stages["system"], self.systems["system"])

    @cached_property
    def flow_order(self) -> Rows:
        """(m,) rows of the stages, system by system, from the customers to the source."""
        rows = np.arange(self.stages.num_rows)
        return np.lexsort((-rows, self.system_of))

    @cached_property
    def first(self) -> Rows:
        """(n + 1,) where each system begins in `flow_order`."""
        counts = np.bincount(self.system_of, minlength=self.num_systems)
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    @cached_property
    def total_lead_time(self) -> Floats:
        """(n,) from the source to the customers, with the review period."""
        lead_time = self.stages["lead_time"]
        sums = np.bincount(self.system_of, weights=lead_time, minlength=self.num_systems)
        return np.asarray(sums + self.systems["review_period"])

    @cached_property
    def demand_sd(self) -> Floats:
        """(n,) standard deviation of the demand of a period; under Poisson, what it must be."""
        mean, sd = self.systems["demand_mean"], self.systems["demand_sd"]
        sd = np.where(np.isnan(sd), np.sqrt(mean), sd)
        return np.where(sd <= CERTAIN * mean, 0.0, sd)

    @cached_property
    def excess(self) -> Floats:
        """(n,) variance / mean - 1 of demand, not below 0."""
        mean = self.systems["demand_mean"]
        ratio = self.demand_sd**2 / np.where(mean > 0, mean, 1.0)
        return np.where(self.systems["distribution"] == "poisson", 0.0, np.maximum(ratio - 1, 0.0))

    @cached_property
    def distribution(self) -> npt.NDArray[np.str_]:
        """(n,) distribution of each system's demand, ``"auto"`` resolved; certain: normal."""
        mean, asked = self.systems["demand_mean"], self.systems["distribution"]
        chosen = choose_distribution(mean, self.demand_sd, self.total_lead_time)
        chosen = np.where(self.demand_sd**2 < mean * (1 - 1e-9), "normal", chosen)
        chosen = np.where(too_wide(mean, self.excess, self.total_lead_time), "normal", chosen)
        kind = np.where(asked == "auto", chosen, asked)
        return np.where(self.demand_sd == 0, "normal", kind)

    @property
    def counted(self) -> npt.NDArray[np.bool_]:
        """(n,) whether demand comes in whole units."""
        return np.asarray(self.distribution != "normal")

    @cached_property
    def echelon_holding_cost(self) -> Floats:
        """(m,) holding cost of each stage less that of the one before it."""
        cost = self.stages["holding_cost"][self.flow_order]
        before = np.append(cost[1:], 0.0)
        before[self.first[1:] - 1] = 0.0
        echelon = np.empty(len(cost))
        echelon[self.flow_order] = cost - before
        return echelon

    @property
    def features(self) -> frozenset[str]:
        """The distributions of demand in the table."""
        return frozenset(np.unique(self.distribution).tolist())

    def _solve(self, run: Run) -> SerialSystemSolution:
        from flowopt.inventory.echelon.serial.solve import solve

        return solve(self, run)


def _check_tables(systems: Columns, stages: Columns, failures: Failures) -> None:
    place = positions(stages["system"], systems["system"])
    counts = np.bincount(place[place >= 0], minlength=systems.num_rows)
    check_systems(systems, counts, failures)


def _spread(
    given: dict[str, Any], holding_cost: npt.ArrayLike, lead_time: npt.ArrayLike
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both tables of values and arrays, spread over all systems."""
    failures = Failures()
    columns = {name: as_array("systems", name, value) for name, value in given.items()}
    own = {"holding_cost": holding_cost, "lead_time": lead_time}
    parts = {name: as_array("stages", name, value) for name, value in own.items()}
    try:
        shape = np.broadcast_shapes(
            *(array.shape for array in parts.values()), *((*c.shape, 1) for c in columns.values())
        )
    except ValueError:
        shape = (0, 0, 0)
    if len(shape) > 2 or any(array.ndim == 0 for array in parts.values()):
        every = {**parts, **columns}
        shown = ", ".join(f"{name} {array.shape}" for name, array in every.items())
        fix = "give (N,) or (n, N) values of stages and (n,) values of systems"
        failures.add("stages", None, None, None, "shape", f"shapes differ: {shown}", fix)
        failures.raise_if_any()
    num, width = (1, *shape)[-2:]
    systems = {name: np.broadcast_to(array, num) for name, array in columns.items()}
    systems["demand_sd"] = _blank(systems["demand_sd"])
    stages = {name: np.broadcast_to(array, (num, width)).ravel() for name, array in parts.items()}
    ids = np.arange(num)
    return {"system": ids, **systems}, {
        "system": np.repeat(ids, width),
        "stage": np.tile(np.arange(width), num),
        **stages,
    }


def _blank(values: Any) -> Any:
    """Return a column with None where it is NaN, when that is all that it holds."""
    array = np.asarray(values)
    if array.dtype.kind == "f" and np.isnan(array).any():
        cells = array.astype(object)
        cells[np.isnan(array)] = None
        return cells
    return array
