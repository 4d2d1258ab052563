"""Items that reach a service target together, at the least value of stock."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures
from flowopt.core.problem import Problem
from flowopt.core.tables import Columns, read_table
from flowopt.inventory.distributions import COUNTED
from flowopt.inventory.orders import whole_packs_up
from flowopt.inventory.selection.demand import distributions_of
from flowopt.inventory.service_mix.spec import CLASSES, MIX_ITEMS
from flowopt.inventory.service_mix.validation import check_classes, check_figures, check_items

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flowopt.core.options import Run
    from flowopt.inventory.distributions import Floats
    from flowopt.inventory.service_mix.pareto import ServiceCurve
    from flowopt.inventory.service_mix.solution import ServiceMixSolution

Weighting = Literal["units", "value", "weight"]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ServiceMixProblem(Problem["ServiceMixSolution"]):
    r"""How much service each item should give, for what all give together to be enough.

    Every item is kept by the policy (R,s,nQ): when a review finds the inventory position at or
    below the reorder point, as many Q are ordered as lift it above. Its fill rate
    :math:`\beta_i` and its average stock :math:`I_i` follow from the reorder point, exactly; those
    are sought with

    .. math:: \min \sum_i c_i I_i, \qquad
              \sum_i w_i \mu_i \beta_i \ge \beta \sum_i w_i \mu_i,
              \qquad \beta_i \ge \beta_i^{\min}

    and the same as the second for the items of each class that has a target. The weights
    :math:`w_i` are 1, the value of a unit, or given. Cheap items then give more service than dear
    ones; how little an item may give is told by its ``min_fill_rate``, by its class, and by
    ``least_reorder_point``.

    The cost is the value of the average stock. Each item has up to `num_levels` reorder points to
    choose from, from the least to where its shortages no longer matter; the bound and the status
    OPTIMAL are about these.

    Parameters
    ----------
    items
        The validated table of items; see `flowopt.inventory.service_mix.spec.MIX_ITEMS`.
    classes
        The validated table of classes; see `flowopt.inventory.service_mix.spec.CLASSES`.
    fill_rate
        Share of all demand to be met from stock.
    weighted_by
        What a unit of demand counts: ``"units"`` 1, ``"value"`` its unit_cost, ``"weight"`` its
        weight.
    num_levels
        Most reorder points of an item to choose from.

    Raises
    ------
    ValidationError
        With every fault.

    Examples
    --------
    >>> problem = ServiceMixProblem.from_frames({
    ...     "item": ["bolt", "pump", "engine"], "demand_mean": [40.0, 4.0, 0.5],
    ...     "demand_sd": [20.0, 4.0, 1.0], "lead_time": [2, 4, 8],
    ...     "unit_cost": [1.0, 40.0, 900.0],
    ... }, fill_rate=0.95)
    >>> solution = problem.solve()
    >>> solution.to_frame("levels")[["item", "reorder_point", "fill_rate"]].round(3)
         item  reorder_point  fill_rate
    0    bolt        202.915      0.998
    1    pump         20.000      0.596
    2  engine         -1.000      0.000
    >>> round(solution.fill_rate, 4)
    0.9504
    """

    items: Columns
    classes: Columns
    fill_rate: float
    weighted_by: Weighting = "units"
    num_levels: int = 100

    def __post_init__(self) -> None:
        failures = Failures()
        check_figures(self.fill_rate, self.weighted_by, self.num_levels, failures)
        check_items(self.items, failures)
        check_classes(self.classes, self.items, failures)
        failures.raise_if_any()
        object.__setattr__(self, "fill_rate", float(self.fill_rate))

    @classmethod
    def from_frames(
        cls,
        items: Any,
        classes: Any = None,
        *,
        fill_rate: float = 0.95,
        weighted_by: Weighting = "units",
        num_levels: int = 100,
    ) -> Self:
        """Read the tables of items and classes from any frames.

        Parameters
        ----------
        items
            A pandas, polars or pyarrow frame, a dict of columns, or a list of dicts; the columns
            are those of `flowopt.inventory.service_mix.spec.MIX_ITEMS`.
        classes
            Classes with a target of their own, with the columns of
            `flowopt.inventory.service_mix.spec.CLASSES`; None for none.
        fill_rate, weighted_by, num_levels
            See the class.

        Raises
        ------
        ValidationError
            With every fault.
        """
        failures = Failures()
        check_figures(fill_rate, weighted_by, num_levels, failures)
        read_items = read_table(MIX_ITEMS, items, failures, required=True)
        check_items(read_items, failures)
        read_classes = read_table(CLASSES, classes, failures)
        if not len(failures):
            check_classes(read_classes, read_items, failures)
        failures.raise_if_any()
        return cls(read_items, read_classes, fill_rate, weighted_by, num_levels)

    def __repr__(self) -> str:
        return f"<ServiceMixProblem items={self.num_items}, fill_rate={self.fill_rate:g}>"

    @property
    def backend(self) -> str:
        """The library of the caller's frame."""
        return self.items.backend

    @property
    def num_items(self) -> int:
        """Number of rows: items at sites."""
        return self.items.num_rows

    @cached_property
    def distribution(self) -> npt.NDArray[np.str_]:
        """(n,) distribution of each item's demand, ``"auto"`` resolved; certain demand: normal."""
        return distributions_of(self.items)

    @cached_property
    def order_quantity(self) -> Floats:
        """(n,) Q, in whole packs: given, the minimum or a pack, whichever is largest."""
        items = self.items
        given = items["order_quantity"]
        wanted = np.maximum(np.where(np.isnan(given), 0.0, given), items["min_order_quantity"])
        return np.maximum(whole_packs_up(wanted, items["pack_size"]), items["pack_size"])

    @cached_property
    def least_level(self) -> Floats:
        """(n,) the lowest reorder point to be thought of: not below -Q."""
        counted = np.isin(self.distribution, COUNTED)
        given = self.items["least_reorder_point"]
        least = np.where(np.isnan(given), np.where(counted, -1.0, 0.0), given)
        least = np.maximum(least, -self.order_quantity)
        return np.where(counted, np.ceil(least), least)

    @cached_property
    def weight(self) -> Floats:
        """(n,) what a unit of demand counts."""
        if self.weighted_by == "units":
            return np.ones(self.num_items)
        return self.items["unit_cost" if self.weighted_by == "value" else "weight"].copy()

    @cached_property
    def weighted_demand(self) -> Floats:
        """(n,) demand of a period, weighted."""
        return np.asarray(self.weight * self.items["demand_mean"])

    @property
    def features(self) -> frozenset[str]:
        """The distributions in the table, and whether classes have targets."""
        found = set(np.unique(self.distribution).tolist())
        return frozenset(found | ({"class_targets"} if self.classes.num_rows else set()))

    def pareto(
        self,
        targets: Sequence[float] | None = None,
        *,
        points: int = 20,
        time_limit: float | None = None,
        seed: int = 0,
    ) -> ServiceCurve:
        """Return what service costs: the cheapest stock for each of many targets.

        Parameters
        ----------
        targets
            Fill rates of all demand; None for some from 0.7 to 0.995, closer together at the top.
        points
            Number of targets, when they are not given.
        time_limit
            Seconds for the whole curve; None for no limit. When it ends, the curve ends early.
        seed
            Seed of the random choices.

        Raises
        ------
        ValidationError
            When a target or option cannot be used.
        NoSolutionError
            When there was no time for a single point.

        Examples
        --------
        >>> problem = ServiceMixProblem.from_frames({
        ...     "item": ["bolt", "pump"], "demand_mean": [40.0, 4.0], "demand_sd": [20.0, 4.0],
        ...     "lead_time": [2, 4], "unit_cost": [1.0, 40.0]})
        >>> curve = problem.pareto([0.8, 0.9, 0.95])
        >>> curve.to_frame()[["target", "cost", "uniform_cost"]].round(2)
           target    cost  uniform_cost
        0    0.80   29.86        354.90
        1    0.90   64.49        538.69
        2    0.95  193.49        696.98
        """
        from flowopt.inventory.service_mix.pareto import pareto

        return pareto(self, targets, points, {"time_limit": time_limit, "seed": seed})

    def _solve(self, run: Run) -> ServiceMixSolution:
        from flowopt.inventory.service_mix.solve import solve

        return solve(self, run)
