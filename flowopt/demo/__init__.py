"""A real network to begin with: a distributor of groceries in France, as CSV files.

The places are real (coordinates and populations of communes: INSEE, legal populations of 2023);
the company, its demand and its costs are made up by `flowopt.demo.make`, which also documents how.
"""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """Return the folder of the demo's tables: ``sites.csv``, ``lanes.csv``, ``demand.csv``, ….

    Examples
    --------
    >>> sorted(path.name for path in folder().glob("[a-l]*.csv"))[0]
    'commodities.csv'
    """
    return Path(__file__).parent / "data"
