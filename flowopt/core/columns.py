"""Specifications of input tables: what each column is called, holds, and may hold.

The same specifications validate the input (`flowopt.core.tables`) and make the pages of the
documentation that list the input tables (`to_markdown`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["id", "ref", "text", "list", "choice", "float", "int", "bool", "time"]
REQUIRED: Any = ...
"""The default of a column that must be there and filled."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an input table.

    Parameters
    ----------
    name
        Its name.
    kind
        What it holds: ``id`` (names this row's thing), ``ref`` (names a thing of another table),
        ``text``, ``list`` (several texts: with ``;`` between, or a list; read as the former),
        ``choice`` (one of `choices`), ``float``, ``int``, ``bool``, or ``time`` (seconds
        as numbers, ``"HH:MM"`` or ``"HH:MM:SS"``, timedeltas, or datetimes).
    meaning
        One phrase for the documentation.
    unit
        The unit of its values.
    default
        Value of an empty cell or of a column left out; `REQUIRED` when there is none, NaN when it
        stays unknown (NaN in the input means the same then).
    lower, upper
        Bounds, both included.
    above
        Bound that is excluded, for what must be greater than, e.g., 0.
    infinite
        Whether ``inf`` may stand in it.
    choices
        The values of a ``choice``.
    refers_to
        The table whose ids a ``ref`` names.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    default: Any = REQUIRED
    lower: float = -math.inf
    upper: float = math.inf
    above: float = -math.inf
    infinite: bool = False
    choices: tuple[str, ...] = ()
    refers_to: str = ""

    @property
    def required(self) -> bool:
        """Whether the column must be there and filled."""
        return self.default is REQUIRED

    @property
    def blank_is_unknown(self) -> bool:
        """Whether an empty cell stays unknown (NaN), to be filled from other columns or not."""
        return isinstance(self.default, float) and math.isnan(self.default)

    @property
    def domain(self) -> str:
        """The values that it may hold, in words."""
        if self.kind == "choice":
            return " · ".join(self.choices)
        if self.kind == "ref":
            return f"an id of `{self.refers_to}`"
        words = []
        if self.lower > -math.inf:
            words.append(f"≥ {self.lower:g}")
        if self.above > -math.inf:
            words.append(f"> {self.above:g}")
        if self.upper < math.inf:
            words.append(f"≤ {self.upper:g}")
        if self.infinite:
            words.append("or inf")
        return ", ".join(words).replace(", or", " or")


@dataclass(frozen=True, slots=True)
class Table:
    """One input table.

    Parameters
    ----------
    name
        Its name: of the argument, and of the file (``sites.csv``).
    meaning
        One sentence for the documentation.
    columns
        Its columns.
    key
        The columns that together name a row, which may not stand there twice.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)


def to_markdown(table: Table) -> str:
    """Return the documentation of an input table as Markdown.

    Examples
    --------
    >>> spec = Table("sites", "Places.", (Column("id", "id", "name of the site"),), key=("id",))
    >>> print(to_markdown(spec))
    ### `sites`
    <BLANKLINE>
    Places. One row each `id`.
    <BLANKLINE>
    | column | type | unit | default | values | meaning |
    |---|---|---|---|---|---|
    | `id` | id |  | *required* |  | name of the site |
    """
    key = ", ".join(f"`{name}`" for name in table.key)
    lines = [
        f"### `{table.name}`",
        "",
        table.meaning + (f" One row each {key}." if key else ""),
        "",
        "| column | type | unit | default | values | meaning |",
        "|---|---|---|---|---|---|",
    ]
    for column in table.columns:
        default = _default_in_words(column)
        cells = (column.kind, column.unit, default, column.domain, column.meaning)
        lines.append(f"| `{column.name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _default_in_words(column: Column) -> str:
    if column.required:
        return "*required*"
    if column.blank_is_unknown:
        return "*unknown*"
    return "*empty*" if column.default == "" else f"`{column.default}`"
