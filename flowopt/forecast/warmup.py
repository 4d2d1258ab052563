"""Compiles the kernels of the forecast room, so that no later forecast has to."""

from __future__ import annotations


def load_kernels() -> None:
    """Compile every kernel, or load it from the cache."""
    from flowopt.forecast.history import DemandHistory
    from flowopt.forecast.methods import FITS

    history = DemandHistory.from_lists([[1.0, 0.0, 2.0, 0.0, 1.0], [3.0, 4.0]])
    for method in FITS:
        history.forecast(method, season_length=2).over(1.5, distribution="empirical")
