"""What may go where: each item on each of its lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from flowopt.core.ids import key_codes, key_positions

if TYPE_CHECKING:
    from flowopt.core.tables import Columns

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Each item on each lane that it may take, between two sites that both have it.

    Parameters
    ----------
    lane
        (K,) row of the lane.
    giver, taker
        (K,) rows of the stock at both ends.
    pack_size
        (K,) units in a pack; 0 for any quantity.
    """

    lane: Rows
    giver: Rows
    taker: Rows
    pack_size: Floats

    def __len__(self) -> int:
        return len(self.lane)


def make_pairs(stock: Columns, lanes: Columns) -> Pairs:
    """Return what may go where.

    Parameters
    ----------
    stock, lanes
        The tables.
    """
    item, site = stock["item"], stock["site"]
    specific = lanes["item"] != ""
    own, general = np.flatnonzero(specific), np.flatnonzero(~specific)
    ends = [
        key_positions([lanes["item"][own], lanes[end][own]], [item, site])
        for end in ("source", "target")
    ]
    lane, giver = _every_item_from(general, lanes, stock)
    taker = key_positions([item[giver], lanes["target"][lane]], [item, site])
    there = taker >= 0
    if len(own):
        source, target = lanes["source"], lanes["target"]
        there &= (
            key_positions(
                [item[giver], source[lane], target[lane]],
                [lanes["item"][own], source[own], target[own]],
            )
            < 0
        )
    lane, giver, taker = lane[there], giver[there], taker[there]
    sound = (ends[0] >= 0) & (ends[1] >= 0)
    lane = np.concatenate([lane, own[sound]])
    giver = np.concatenate([giver, ends[0][sound]])
    taker = np.concatenate([taker, ends[1][sound]])
    order = np.lexsort((taker, giver, lane))
    lane, giver, taker = lane[order], giver[order], taker[order]
    of_lane = lanes["pack_size"][lane]
    pack = np.where(np.isnan(of_lane), stock["pack_size"][giver], of_lane)
    return Pairs(lane, giver, taker, pack)


def _every_item_from(general: Rows, lanes: Columns, stock: Columns) -> tuple[Rows, Rows]:
    """Return lanes for all items, and the rows of stock at their source, each with each."""
    num = stock.num_rows
    codes = key_codes(np.concatenate([stock["site"], lanes["source"][general]]))
    at, wanted = codes[:num], codes[num:]
    rows = np.argsort(at, kind="stable")
    count = np.bincount(at, minlength=int(codes.max(initial=-1)) + 1)
    begins = np.concatenate([[0], np.cumsum(count)])
    lengths = count[wanted]
    lane = np.repeat(general, lengths)
    offset = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return lane, rows[np.repeat(begins[wanted], lengths) + offset]
