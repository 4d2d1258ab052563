"""Rules of thumb for (r,Q) and (s,S) policies, as textbooks have them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from flowopt.inventory.arguments import Arguments, require_choice
from flowopt.inventory.distributions import Floats, NormalDemand, Tail
from flowopt.inventory.models.columns import read, status_column
from flowopt.inventory.models.continuous_review import (
    BatchPolicy,
    certain_quantity,
    continuous_review,
)
from flowopt.inventory.models.eoq import economic_quantity
from flowopt.inventory.models.periodic_review import OrderUpToPolicy
from flowopt.inventory.models.status import ModelStatus

METHODS = ("loss_function", "eoqb", "eoq_safety_stock", "expected_inventory")
"""The rules of thumb for (r,Q)."""

_MOST_STEPS = 1000
_CLOSE = 1e-12


def approximate_continuous_review(
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    demand_sd: npt.ArrayLike,
    lead_time: npt.ArrayLike = 0.0,
    *,
    method: str = "loss_function",
    on_bad_items: str = "raise",
) -> BatchPolicy:
    r"""Return a policy (r,Q) by a rule of thumb; `continuous_review` finds the best one.

    * ``"loss_function"``: :math:`n(r) = h Q / (h + p)` and
      :math:`Q = \sqrt{2 (K \lambda + (h + p)\, n^{(2)}(r)) / h}` in turn (Hadley & Whitin 1963);
    * ``"eoqb"``: the economic order quantity with backorders, and the best r for it;
    * ``"eoq_safety_stock"``: the economic order quantity, and :math:`r = \mu + z \sigma`;
    * ``"expected_inventory"``: :math:`P(D > r) = Q h / p \lambda` and
      :math:`Q = \sqrt{2 \lambda (K + p\, n(r)) / h}` in turn (Whitin 1953), where p is paid once
      for a unit short, however long it waits.

    See Snyder & Shen, *Fundamentals of Supply Chain Theory*, section 5.3.

    Parameters
    ----------
    fixed_cost
        K, cost of placing an order; above 0.
    holding_cost
        h, cost of holding a unit for a period; above 0.
    stockout_cost
        p, cost of a unit that waits for a period; above 0.
    demand_mean
        λ, mean demand of a period, units.
    demand_sd
        Standard deviation of the demand of a period, units.
    lead_time
        L, periods.
    method
        The rule.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    BatchPolicy
        ``reorder_point`` and ``order_quantity`` in units, ``cost`` in money per period, ``status``.
        The cost is the exact one of the policy; by ``"expected_inventory"`` that of its own model.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, examples 5.3 to 5.6:

    >>> for method in METHODS:
    ...     rule = approximate_continuous_review(8, 0.225, 7.5, 1300, 150, 1 / 12, method=method)
    ...     print(round(rule.reorder_point, 2), round(rule.order_quantity, 2), round(rule.cost, 2))
    126.87 328.45 78.07
    128.64 308.57 78.2
    190.34 304.05 87.05
    213.97 318.59 95.45
    """
    given = read(
        "approximate_continuous_review",
        fixed_cost=fixed_cost,
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        demand_mean=demand_mean,
        demand_sd=demand_sd,
        lead_time=lead_time,
    )
    require_choice(given.function, "method", method, METHODS, given.failures)
    _check_normal(given)
    _check_fixed_cost(given)
    given = given.sound(on_bad_items)
    rules = {
        "loss_function": _by_loss_function,
        "eoqb": _by_backorders,
        "eoq_safety_stock": _by_safety_stock,
        "expected_inventory": _by_expected_inventory,
    }
    model = _Rules(given)
    r, q, cost = rules[method](model)
    idle = given["demand_mean"] == 0
    return given.answer(
        BatchPolicy,
        reorder_point=np.where(idle, -1.0, r),
        order_quantity=np.where(idle, 0.0, q),
        cost=np.where(idle, 0.0, cost),
        status=_approximate(given),
    )


def power_approximation(
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    demand_mean: npt.ArrayLike,
    demand_sd: npt.ArrayLike,
    lead_time: npt.ArrayLike = 0.0,
    *,
    on_bad_items: str = "raise",
) -> OrderUpToPolicy:
    r"""Return a policy (s,S) by the power approximation; `periodic_review` finds the best one.

    With :math:`\mu_L` and :math:`\sigma_L` of the demand of L + 1 periods,
    :math:`Q = 1.3 \mu^{0.494} (K / h)^{0.506} (1 + \sigma_L^2 / \mu^2)^{0.116}`,
    :math:`z = \sqrt{Q h / \sigma_L p}`,
    :math:`s = 0.973 \mu_L + \sigma_L (0.183 / z + 1.063 - 2.192 z)` and :math:`S = s + Q`
    (Ehrhardt & Mosier 1984; Snyder & Shen, section 4.4.4).

    Parameters
    ----------
    fixed_cost
        K, cost of placing an order; above 0.
    holding_cost
        h, cost of a unit left over at the end of a period; above 0.
    stockout_cost
        p, cost of a unit that waits at the end of a period; above 0.
    demand_mean
        μ, mean demand of a period, units.
    demand_sd
        Standard deviation of the demand of a period, units; above 0 where there is demand.
    lead_time
        L, periods.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    OrderUpToPolicy
        ``reorder_point`` and ``order_up_to_level`` in units, and ``status``; ``cost`` is NaN, for
        the rule tells none.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, example 4.8:

    >>> rule = power_approximation(2.5, 0.18, 0.70, 50, 8)
    >>> round(rule.reorder_point, 4), round(rule.order_up_to_level, 4)
    (40.1946, 74.2902)
    """
    given = read(
        "power_approximation",
        fixed_cost=fixed_cost,
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        demand_mean=demand_mean,
        demand_sd=demand_sd,
        lead_time=lead_time,
    )
    _check_normal(given)
    _check_fixed_cost(given)
    message, fix = "is 0, which the rule cannot take", "take economic_order_quantity"
    random = (given["demand_sd"] > 0) | (given["demand_mean"] == 0)
    given.require("demand_sd", random, message, fix)
    given = given.sound(on_bad_items)
    idle, length = given["demand_mean"] == 0, given["lead_time"] + 1
    mean = np.where(idle, 1.0, given["demand_mean"])
    sd = np.where(idle, 1.0, given["demand_sd"]) * np.sqrt(length)
    quantity = 1.3 * mean**0.494 * (given["fixed_cost"] / given["holding_cost"]) ** 0.506
    quantity = quantity * (1 + (sd / mean) ** 2) ** 0.116
    z = np.sqrt(quantity / sd * given["holding_cost"] / given["stockout_cost"])
    s = 0.973 * mean * length + sd * (0.183 / z + 1.063 - 2.192 * z)
    return given.answer(
        OrderUpToPolicy,
        reorder_point=np.where(idle, -1.0, s),
        order_up_to_level=np.where(idle, 0.0, s + quantity),
        cost=np.where(idle, 0.0, np.nan),
        status=_approximate(given),
    )


def _check_fixed_cost(given: Arguments) -> None:
    """Collect items that are ordered for nothing: the rules divide by Q."""
    message, fix = "is 0, which the rule cannot take", "take base_stock, or a cost above 0"
    given.require("fixed_cost", given["fixed_cost"] > 0, message, fix)


def _check_normal(given: Arguments) -> None:
    """Collect deviations that are missing, or stand beside no demand."""
    sd, mean = given["demand_sd"], given["demand_mean"]
    given.require("demand_sd", ~np.isnan(sd), "is empty", "give the standard deviation, or 0")
    message, fix = "stands beside a demand_mean of 0", "give the mean, or 0 for no demand"
    given.require("demand_sd", (mean > 0) | ~(sd > 0), message, fix)


def _approximate(given: Arguments) -> npt.NDArray[np.str_]:
    every = np.ones(given.num_items, dtype=np.bool_)
    idle = given["demand_mean"] == 0
    return status_column(
        given.num_items, (ModelStatus.APPROXIMATE, every), (ModelStatus.NO_DEMAND, idle)
    )


class _Rules:
    """The columns that the rules of thumb read, and the tails of the lead-time demand."""

    def __init__(self, given: Arguments) -> None:
        self.given = given
        self.fixed, self.rate = given["fixed_cost"], given["demand_mean"]
        self.holding, self.stockout = given["holding_cost"], given["stockout_cost"]
        variance = given["demand_sd"] ** 2 * given["lead_time"]
        self.demand = NormalDemand(self.rate * given["lead_time"], variance)

    def quantile(self, allowed: Floats) -> Floats:
        """Return the level that demand exceeds with that chance, 0 or more."""
        z = special.ndtri(np.clip(allowed, 0.0, 1.0))
        with np.errstate(invalid="ignore"):  # 0 · ∞ where the lead-time demand is certain
            level = self.demand.mean - np.where(self.demand.sd > 0, self.demand.sd * z, 0.0)
        return np.maximum(level, 0.0)

    def exact_cost(self, r: Floats, q: Floats) -> Floats:
        """Return what policies cost in truth."""
        columns = (self.fixed, self.holding, self.stockout, self.rate, self.given["demand_sd"])
        r, q = (np.where(q > 0, column, np.nan) for column in (r, q))
        lead_time = self.given["lead_time"]
        policy = continuous_review(*columns, lead_time, reorder_point=r, order_quantity=q)
        return np.asarray(policy.cost)


def _by_loss_function(model: _Rules) -> tuple[Floats, Floats, Floats]:
    share = model.holding / (model.holding + model.stockout)
    q = economic_quantity(model.fixed, model.holding, model.rate)
    r = model.demand.mean.copy()
    for _ in range(_MOST_STEPS):
        r = _level_of_loss(model, q * share, r)
        beyond = (model.holding + model.stockout) * model.demand.tail(r).second_loss
        wider = np.sqrt(2 * (model.fixed * model.rate + beyond) / model.holding)
        moved, q = np.abs(wider - q), wider
        if (moved <= _CLOSE * (1 + q)).all():
            break
    return r, q, model.exact_cost(r, q)


def _level_of_loss(model: _Rules, wanted: Floats, start: Floats) -> Floats:
    """Return the level with an expected shortage, by Newton's steps: the loss is convex."""
    level = np.minimum(start, model.demand.mean - wanted)  # no more than that is short here
    for _ in range(_MOST_STEPS):
        tail: Tail = model.demand.tail(level)
        step = (tail.loss - wanted) / np.where(tail.survival > 0, tail.survival, np.inf)
        level = level + step
        if (np.abs(step) <= _CLOSE * (1 + np.abs(level))).all():
            break
    return level


def _by_backorders(model: _Rules) -> tuple[Floats, Floats, Floats]:
    columns = (model.fixed, model.holding, model.stockout, model.rate, model.given["demand_sd"])
    q = certain_quantity(model.given)
    wanted = np.where(q > 0, q, np.nan)
    best: Any = continuous_review(*columns, model.given["lead_time"], order_quantity=wanted)
    return best.reorder_point, q, best.cost


def _by_safety_stock(model: _Rules) -> tuple[Floats, Floats, Floats]:
    q = economic_quantity(model.fixed, model.holding, model.rate)
    r = model.quantile(model.holding / (model.holding + model.stockout))
    return r, q, model.exact_cost(r, q)


def _by_expected_inventory(model: _Rules) -> tuple[Floats, Floats, Floats]:
    q = economic_quantity(model.fixed, model.holding, model.rate)
    r, rate = np.zeros_like(q), np.where(model.rate > 0, model.rate, 1.0)
    for _ in range(_MOST_STEPS):
        r = model.quantile(q * model.holding / (model.stockout * rate))
        short = model.demand.tail(r).loss
        wider = np.sqrt(2 * rate * (model.fixed + model.stockout * short) / model.holding)
        moved, q = np.abs(wider - q), wider
        if (moved <= _CLOSE * (1 + q)).all():
            break
    paid = rate * (model.fixed + model.stockout * model.demand.tail(r).loss)
    cost = model.holding * (r - model.demand.mean + q / 2) + paid / np.where(q > 0, q, 1.0)
    return r, q, cost
