"""Quantiles of demand over an interval, item by item, of whatever distribution each has."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from flowopt.forecast.reading import Floats


def quantiles(
    distribution: npt.NDArray[np.str_],
    mean: Floats,
    sd: Floats,
    samples: Floats | None,
    probability: Floats,
) -> Floats:
    """Return (n,) the least demand that is exceeded with a chance of at most 1 - `probability`.

    Never below 0; NaN where nothing is forecast.

    Parameters
    ----------
    distribution
        (n,) names.
    mean, sd
        (n,) of demand over the interval.
    samples
        (n, S) samples, of items that are empirical.
    probability
        (n,) between 0 and 1.
    """
    from scipy import special
    from scipy.stats import nbinom as negative_binomial  # type: ignore[attr-defined]
    from scipy.stats import poisson  # type: ignore[attr-defined]  # scipy lists them at run time

    known = ~np.isnan(mean)
    certain = known & (sd == 0)
    out = np.where(certain, mean, np.nan)
    for name in np.unique(distribution).tolist():
        rows = np.flatnonzero(known & ~certain & (distribution == name))
        if not len(rows):
            continue
        m, v, p = mean[rows], sd[rows] ** 2, probability[rows]
        if name == "empirical":
            assert samples is not None
            ordered = np.sort(samples[rows], axis=1)
            count = ordered.shape[1]
            place = np.ceil(p * count - 1e-9).astype(np.int64) - 1
            out[rows] = ordered[np.arange(len(rows)), np.clip(place, 0, count - 1)]
        elif name == "gamma":
            out[rows] = v / m * special.gammaincinv(m * m / v, p)
        elif name == "normal":
            out[rows] = m + np.sqrt(v) * special.ndtri(p)
        else:
            wide = (v > m * (1 + 1e-9)) & (name == "negative_binomial")
            excess = np.where(wide, v - m, 1.0)
            counts = negative_binomial.ppf(p, m * m / excess, m / (m + excess))
            out[rows] = np.where(wide, counts, poisson.ppf(p, m))
    return np.maximum(out, 0.0)
