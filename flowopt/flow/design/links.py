"""What flows need open, as part of the model: strong links and single sourcing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from flowopt.flow.design.builder import Builder


def add_links(builder: Builder) -> None:
    """Add that each flow is at most what it can be, times what it needs open.

    Parameters
    ----------
    builder
        The model under way.
    """
    problem, reach = builder.problem, builder.reach
    use = builder.use_of[reach.lane]
    single = problem.single_source[problem.target[reach.lane]]
    exact = single & _all_or_nothing(builder)[problem.target[reach.lane]]
    for name, gate in (
        ("link", use),
        ("link_source", np.where(use < 0, builder.open_of[problem.source[reach.lane]], -1)),
        ("link_target", np.where(use < 0, builder.open_of[problem.target[reach.lane]], -1)),
    ):
        kept = (
            np.flatnonzero(gate >= 0)
            if builder.links
            else np.flatnonzero((gate >= 0) & exact & (name == "link"))
        )
        rows = np.arange(len(kept))
        low = np.where(exact[kept] & (name == "link"), 0.0, -np.inf)
        wanted = problem.demand[problem.target[reach.lane], reach.commodity, reach.period]
        most = np.where(low == 0, wanted[kept], reach.most[kept])
        keys = tuple(key[kept] for key in (reach.lane, reach.commodity, reach.period))
        builder.rows.add(
            name,
            keys,
            len(kept),
            low,
            0.0,
            (rows, builder.flow[kept], 1.0),
            (rows, gate[kept], -most),
        )


def _all_or_nothing(builder: Builder) -> npt.NDArray[np.bool_]:
    """Return which sites take exactly their demand from outside: no more, no less."""
    problem = builder.problem
    passes = np.zeros(problem.num_sites, dtype=np.bool_)
    passes[problem.source[builder.reach.lane]] = True
    nothing_else = builder.undivided & ~problem.supply.any(axis=1) & ~passes
    result: npt.NDArray[np.bool_] = np.isinf(problem.unmet_cost) & nothing_else
    return result


def add_single_sources(builder: Builder) -> None:
    """Add that whoever has a single source is served over one lane at most.

    Parameters
    ----------
    builder
        The model under way.
    """
    problem = builder.problem
    exact = _all_or_nothing(builder) & problem.wanting
    sites = np.flatnonzero(problem.single_source)
    row_of = builder.row_numbers(sites, problem.num_sites)
    lanes = np.flatnonzero((builder.use_of >= 0) & problem.single_source[problem.target])
    builder.rows.add(
        "single_source",
        (sites,),
        len(sites),
        np.where(exact[sites], 1.0, -np.inf),
        1.0,
        (row_of[problem.target[lanes]], builder.use_of[lanes], 1.0),
    )
