"""What the base of a sweep comes to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowopt.flow.expansion import FloatArray
from flowopt.flow.sweeps.kernels.layout import HARD, KEPT, PRICED, REVERSE, SUPPLY, Base
from flowopt.flow.sweeps.soft import Units


@dataclass(frozen=True, eq=False)
class Totals:
    """What a flow comes to.

    Parameters
    ----------
    cost, size
        Cost in the caller's money, and the sum of its terms without their signs.
    flow
        (A,) what each lane carries, in the caller's units.
    unmet, hard, missed
        Demand left unmet, the part of it without a price, minimum flows not kept; whole units.
    """

    cost: float
    size: float
    flow: FloatArray
    unmet: int
    hard: int
    missed: int


def base_totals(base: Base, units: Units) -> Totals:
    """Return what the base comes to.

    Parameters
    ----------
    base
        The network and its flow.
    units
        How values became whole numbers.
    """
    carried = base.room[1::2]
    charged = np.where(base.kind == SUPPLY, carried - base.capacity, carried)
    terms = base.price * charged
    terms = terms[terms != 0]
    lanes = base.lane >= 0
    signed = np.where(base.kind == REVERSE, -carried, carried)[lanes]
    flow = np.bincount(base.lane[lanes], weights=signed, minlength=1)
    kept, hard = base.kind == KEPT, base.kind == HARD
    return Totals(
        cost=math.fsum(terms.tolist()) / units.quantity,
        size=float(np.abs(terms).sum()) / units.quantity,
        flow=flow / units.quantity,
        unmet=int(carried[hard | (base.kind == PRICED)].sum()),
        hard=int(carried[hard].sum()),
        missed=int((base.capacity - carried)[kept].sum()),
    )
