"""Order quantities and base stocks where supply breaks down now and then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.inventory.arguments import Arguments, require_choice
from flowopt.inventory.distributions import Floats
from flowopt.inventory.models.columns import read, status_column
from flowopt.inventory.models.eoq import EconomicOrder, economic_quantity
from flowopt.inventory.models.status import ModelStatus

_NUM_GRID = 96
_LEAST = 1e-12
_HALVINGS = 55


@dataclass(frozen=True)
class DisruptedStock:
    """Base-stock levels that outlast disruptions, and what they cost.

    Parameters
    ----------
    base_stock_level
        (n,) S, units.
    cost
        (n,) expected cost of a period: of units left over and of units short.
    cycle_service_level
        (n,) chance of a period without a stock-out.
    status
        (n,) of `ModelStatus`.
    """

    base_stock_level: Any
    cost: Any
    cycle_service_level: Any
    status: Any


def eoq_with_disruptions(
    fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    demand_rate: npt.ArrayLike,
    disruption_rate: npt.ArrayLike,
    recovery_rate: npt.ArrayLike,
    order_quantity: npt.ArrayLike | None = None,
    *,
    approximate: bool = False,
    on_bad_items: str = "raise",
) -> EconomicOrder:
    r"""Return the best order quantity when the supplier is down now and then, and its cost.

    Up and down times are exponential with the rates λ and μ; what is demanded while stock is out is
    lost. With :math:`\psi = \frac{\lambda}{\lambda + \mu} (1 - e^{-(\lambda + \mu) Q / d})`,

    .. math::
        g(Q) = \frac{K + h Q^2 / 2 d + p d \psi / \mu}{Q / d + \psi / \mu}

    (Parlar & Berkin 1991; Berk & Arreola-Risa 1994; Snyder & Shen, *Fundamentals of Supply Chain
    Theory*, section 9.2.1).

    Parameters
    ----------
    fixed_cost
        K, cost of placing an order.
    holding_cost
        h, cost of holding a unit for a period; above 0.
    stockout_cost
        p, cost of a unit lost; above 0.
    demand_rate
        d, demand of a period, units; 0 gives Q = 0.
    disruption_rate
        λ, how often a supplier that is up goes down, per period; above 0.
    recovery_rate
        μ, how often one that is down comes up again, per period; above 0.
    order_quantity
        Q, units, where its cost is asked for; None: the best one.
    approximate
        Whether ψ is taken without its last factor, as it is for all but short cycles: then Q has a
        closed form, and its cost is h Q (Snyder 2014).
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    EconomicOrder
        ``order_quantity`` in units, ``cost`` in money per period, and ``status``.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, examples 9.1 and 9.2:

    >>> best = eoq_with_disruptions(8, 0.225, 5, 1300, 1.5, 14)
    >>> round(best.order_quantity, 3), round(best.cost, 3)
    (772.811, 173.95)
    >>> best = eoq_with_disruptions(8, 0.225, 5, 1300, 1.5, 14, approximate=True)
    >>> round(best.order_quantity, 3), round(best.cost, 3)
    (773.143, 173.957)
    """
    given = read(
        "eoq_with_disruptions",
        fixed_cost=fixed_cost,
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        demand_rate=demand_rate,
        disruption_rate=disruption_rate,
        recovery_rate=recovery_rate,
        order_quantity=order_quantity,
    )
    require_choice(given.function, "approximate", approximate, (True, False), given.failures)
    given = given.sound(on_bad_items)
    idle, wanted = given["demand_rate"] == 0, given["order_quantity"]
    model = _Disrupted(given, long_cycles=approximate)
    best = model.rule_of_thumb() if approximate else model.best()
    quantity = np.where(np.isnan(wanted), np.where(idle, 0.0, best), wanted)
    held = given["holding_cost"] * quantity / 2  # where nothing is demanded
    some = np.where(quantity > 0, quantity, 1.0)
    cost = np.where(quantity > 0, model.cost(some), model.cost_of_nothing())
    status = status_column(
        given.num_items,
        (ModelStatus.APPROXIMATE, np.full(given.num_items, approximate)),
        (ModelStatus.EVALUATED, ~np.isnan(wanted)),
        (ModelStatus.NO_DEMAND, idle),
    )
    cost = np.where(idle, held, cost)
    return given.answer(EconomicOrder, order_quantity=quantity, cost=cost, status=status)


class _Disrupted:
    """The cost of order quantities with disruptions, and the least of them."""

    def __init__(self, given: Arguments, long_cycles: bool) -> None:
        self.fixed, self.holding = given["fixed_cost"], given["holding_cost"]
        self.stockout = given["stockout_cost"]
        self.demand = np.where(given["demand_rate"] > 0, given["demand_rate"], 1.0)
        self.recovery = given["recovery_rate"]
        self.rates = given["disruption_rate"] + self.recovery
        self.share = given["disruption_rate"] / self.rates  # of the time that the supplier is down
        self.long_cycles = long_cycles

    def rule_of_thumb(self) -> Floats:
        """Return the best Q for ψ without its last factor."""
        idle = self.share * self.demand * self.holding
        root = self.fixed * self.demand * self.recovery
        root = root + self.demand**2 * self.stockout * self.share
        square = 2 * self.holding * self.recovery * root
        root = np.sqrt(idle**2 + square)
        return np.asarray(square / (root + idle) / (self.holding * self.recovery))

    def best(self) -> Floats:
        """Return the best Q: on a grid first, so that no second dip is missed, then by halving."""
        rule = self.rule_of_thumb()
        simple = economic_quantity(self.fixed, self.holding, self.demand)
        simple = np.maximum(simple, _LEAST * rule)  # less is nothing: no digit of the cost feels it
        low, high = np.minimum(rule, simple) * 1e-4, np.maximum(rule, simple) * 1e3
        ratio = (high / low) ** (1 / (_NUM_GRID - 1))
        costs = np.array([self.cost(low * ratio**step) for step in range(_NUM_GRID)])
        place = np.argmin(costs, axis=0)
        low, high = low * ratio ** (place - 1.0), low * ratio ** (place + 1.0)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            rising = self._slope(middle) > 0
            low, high = np.where(rising, low, middle), np.where(rising, middle, high)
        best = (low + high) / 2
        return np.where(self.cost_of_nothing() <= self.cost(best), 0.0, best)

    def cost(self, quantity: Floats) -> Floats:
        """Return the cost of a period for Q, above 0."""
        paid, length, _, _ = self._cycle(quantity)
        return paid / length

    def cost_of_nothing(self) -> Floats:
        """Return the cost of a period as Q tends to 0; endless where an order costs something."""
        lost = self.stockout * self.demand * self.share
        if self.long_cycles:
            lost = self.stockout * self.demand
        return np.where(self.fixed > 0, np.inf, lost)

    def _slope(self, quantity: Floats) -> Floats:
        """Return what has the sign of the slope of the cost."""
        paid, length, more_paid, longer = self._cycle(quantity)
        return more_paid * length - paid * longer

    def _cycle(self, quantity: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return cost and length of a cycle, and their slopes."""
        days = quantity / self.demand
        gone = np.zeros_like(days) if self.long_cycles else np.exp(-self.rates * days)
        met = np.ones_like(days) if self.long_cycles else -np.expm1(-self.rates * days)
        down = self.share * met / self.recovery
        deeper = self.share * gone * self.rates / self.recovery  # per period of a cycle
        paid = self.fixed + self.holding * quantity * days / 2 + self.stockout * self.demand * down
        more = self.holding * quantity + self.stockout * self.demand * deeper
        return paid, days + down, more, 1 + deeper


def newsvendor_with_disruptions(
    holding_cost: npt.ArrayLike,
    stockout_cost: npt.ArrayLike,
    demand_rate: npt.ArrayLike,
    disruption_probability: npt.ArrayLike,
    recovery_probability: npt.ArrayLike,
    base_stock_level: npt.ArrayLike | None = None,
    *,
    on_bad_items: str = "raise",
) -> DisruptedStock:
    r"""Return the base stock that covers certain demand through disruptions of supply.

    In the n-th period of a disruption, :math:`(n + 1) d` units have been demanded since the last
    order came; a period is that with the chance :math:`\pi_n = \frac{\alpha \beta}{\alpha + \beta}
    (1 - \beta)^{n-1}`, and without disruption with :math:`\pi_0 = \beta / (\alpha + \beta)`. The
    best S is :math:`d + d F^{-1}(p / (p + h))` (Tomlin 2006; Snyder & Shen, section 9.2.2).

    Parameters
    ----------
    holding_cost
        h, cost of a unit left over at the end of a period; above 0.
    stockout_cost
        p, cost of a unit that waits at the end of a period; above 0.
    demand_rate
        d, demand of a period, units.
    disruption_probability
        α, chance that a supplier that is up is down in the next period; above 0.
    recovery_probability
        β, chance that one that is down is up in the next period; above 0.
    base_stock_level
        S, units, where its cost is asked for; None: the best one.
    on_bad_items
        ``"raise"`` lists every fault; ``"status"`` marks the items that have one ``"invalid"``
        and solves the others.

    Returns
    -------
    DisruptedStock
        ``base_stock_level`` in units, ``cost`` in money per period, ``cycle_service_level`` and
        ``status``.

    Raises
    ------
    ValidationError
        With every fault of the arguments.

    Examples
    --------
    Snyder & Shen, example 9.3:

    >>> best = newsvendor_with_disruptions(0.25, 3, 2000, 0.04, 0.25)
    >>> best.base_stock_level, round(best.cost, 2)
    (8000.0, 2737.07)
    """
    given = read(
        "newsvendor_with_disruptions",
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        demand_rate=demand_rate,
        disruption_probability=disruption_probability,
        recovery_probability=recovery_probability,
        base_stock_level=base_stock_level,
    ).sound(on_bad_items)
    holding, stockout, demand = (
        given[name] for name in ("holding_cost", "stockout_cost", "demand_rate")
    )
    wanted, idle = given["base_stock_level"], demand == 0
    outage = _Outage(given["disruption_probability"], given["recovery_probability"])
    best = demand * (1 + outage.periods_covered(holding / (holding + stockout)))
    level = np.where(np.isnan(wanted), best, wanted)
    covered = level / np.where(idle, 1.0, demand)  # periods of demand
    short = np.where(idle, np.maximum(-level, 0.0), demand * outage.short(covered))
    mean = demand * (1 + outage.mean)
    marks = (ModelStatus.EVALUATED, ~np.isnan(wanted)), (ModelStatus.NO_DEMAND, idle)
    return given.answer(
        DisruptedStock,
        base_stock_level=level,
        cost=holding * (level - mean) + (holding + stockout) * short,
        cycle_service_level=np.where(idle, 1.0, outage.chance_of_cover(covered)),
        status=status_column(given.num_items, *marks),
    )


class _Outage:
    """How many periods supply has been down: a geometric distribution, most often 0."""

    def __init__(self, disruption: Floats, recovery: Floats) -> None:
        self.stay = 1 - recovery
        self.recovery = recovery
        self.down = disruption / (disruption + recovery)
        self.mean = self.down / recovery

    def chance_of_more(self, periods: Floats) -> Floats:
        """Return the chance of more than some whole number of periods."""
        return np.where(periods < 0, 1.0, self.down * self.stay ** np.maximum(periods, 0.0))

    def chance_of_cover(self, covered: Floats) -> Floats:
        """Return the chance that no demand goes beyond what is covered, in periods of demand."""
        near = np.rint(covered)  # whole periods of demand, but for rounding, are whole
        whole = np.where(np.isclose(covered, near, rtol=1e-12, atol=0.0), near, np.floor(covered))
        return 1 - self.chance_of_more(whole - 1)

    def periods_covered(self, allowed: Floats) -> Floats:
        """Return the least number of periods that is exceeded with a chance of at most that."""
        unlikely = self.down <= allowed
        with np.errstate(divide="ignore"):
            ratio = np.log(allowed / self.down) / np.log(self.stay)
        guess = np.where(unlikely | (self.stay == 0), 0.0, np.ceil(ratio))
        guess = np.maximum(guess, np.where(unlikely, 0.0, np.where(self.stay == 0, 1.0, 0.0)))
        fewer = np.maximum(guess - 1, 0.0)  # rounding may have been a period too careful, or bold
        guess = np.where(self.chance_of_more(fewer) <= allowed * (1 + 1e-12), fewer, guess)
        bold = self.chance_of_more(guess) > allowed * (1 + 1e-12)
        return np.where(bold, guess + 1, guess)

    def short(self, covered: Floats) -> Floats:
        """Return the expected demand beyond what is covered, both in periods of demand.

        Chances of n and more fall by 1 - β from n to n + 1: the sum has a closed form.
        """
        first = np.floor(np.maximum(covered, 0.0))  # the least n of which n + 1 exceeds it
        beyond = (first + 1 - covered + self.stay / self.recovery) * self.down
        tail = beyond * self.stay ** np.maximum(first - 1, 0.0)
        return np.where(covered < 1, 1 + self.mean - covered, tail)
