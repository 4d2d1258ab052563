"""The network: its tables, checked once and for all, and the ways into and out of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import Failures, ValidationError
from flowopt.core.fingerprint import fingerprint
from flowopt.core.tables import Columns, positions
from flowopt.network import as_json, spec
from flowopt.network.assemble import assemble
from flowopt.network.folder import in_lines, read_tables, write_tables
from flowopt.network.graph import frames_of_graph, to_networkx

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

    from flowopt.network.consistency import Finding
    from flowopt.network.over_time import TimeExpandedNetwork

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A logistics network: sites, the lanes between them, commodities, and the demand for them.

    S sites, A lanes, K commodities, D rows of demand. The tables take any frame that narwhals
    reads (pandas, polars, pyarrow, …), a dict of columns or a list of dicts; the columns and units
    are those of `flowopt.network.spec`. Columns of the caller's own are kept.

    Parameters
    ----------
    sites
        The places.
    lanes
        The links between them. What is blank in the input has been filled: distance from the
        coordinates, the other columns from the distance and the mode.
    demand
        What sites want, by commodity, per period.
    commodities
        The goods.
    modes
        The modes of transport.
    stock
        Stock on hand and on order, by site and commodity.

    Raises
    ------
    ValidationError
        When a table cannot be used, with all the faults of all tables.

    Examples
    --------
    >>> network = Network.from_frames(
    ...     sites={"id": ["Lille", "Paris"], "kind": ["plant", "customer"],
    ...            "lat": [50.63, 48.86], "lon": [3.06, 2.35], "supply": [100, 0]},
    ...     lanes={"source": ["Lille"], "target": ["Paris"]},
    ...     demand={"site": ["Paris"], "demand": [40]},
    ... )
    >>> network
    <Network 2 sites (1 plant, 1 customer), 1 lane, 1 commodity, demand 40>
    >>> network.lanes["distance"].round(1)
    array([264.3])
    >>> network.total_demand()
    array([ 0., 40.])
    """

    sites: Columns
    lanes: Columns
    demand: Columns
    commodities: Columns
    modes: Columns
    stock: Columns
    lane_source: Indices = field(init=False)
    """(A,) position of the lane's source in `sites`."""
    lane_target: Indices = field(init=False)
    """(A,) position of the lane's target in `sites`."""
    lane_mode: Indices = field(init=False)
    """(A,) position of the lane's mode in `modes`."""
    demand_site: Indices = field(init=False)
    """(D,) position in `sites`."""
    demand_commodity: Indices = field(init=False)
    """(D,) position in `commodities`."""
    stock_site: Indices = field(init=False)
    """Position of each row of `stock` in `sites`."""
    stock_commodity: Indices = field(init=False)
    """Position of each row of `stock` in `commodities`."""
    given: dict[str, Columns | None] = field(init=False)
    """The tables before blanks were filled; None for those not given."""

    def __post_init__(self) -> None:
        frames = {table.name: getattr(self, table.name) for table in spec.TABLES}
        for name, value in assemble(frames, Failures()).items():
            object.__setattr__(self, name, value)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "graph"}

    # ---- in

    @classmethod
    def from_frames(
        cls,
        sites: Any,
        lanes: Any,
        demand: Any = None,
        commodities: Any = None,
        modes: Any = None,
        stock: Any = None,
    ) -> Self:
        """Make a network of tables.

        Parameters
        ----------
        sites, lanes, demand, commodities, modes, stock
            Frames with the columns of `flowopt.network.spec`. Without `commodities` there is one
            for each name in `demand` and `stock`, or one called ``"goods"``; without `modes` there
            is one, of default values, for each name in `lanes`.

        Raises
        ------
        ValidationError
            When a table cannot be used, with all the faults of all tables.
        """
        return cls(sites, lanes, demand, commodities, modes, stock)

    @classmethod
    def read(cls, folder: str | Path) -> Self:
        """Read a network from a folder of tables.

        Parameters
        ----------
        folder
            A folder with ``sites`` and ``lanes``, and as you like ``demand``, ``commodities``,
            ``modes`` and ``stock``, each as ``.csv`` or ``.parquet``. Other files are left alone.

        Raises
        ------
        ValidationError
            When the folder, a file or a table cannot be used, with all the faults of all files.
        """
        failures = Failures()
        frames = read_tables(folder, spec.TABLES, spec.REQUIRED_TABLES, failures)
        try:
            return cls._of(frames, failures)
        except ValidationError as error:
            raise ValidationError(in_lines(error.failures, folder)) from None

    @classmethod
    def from_networkx(cls, graph: nx.DiGraph) -> Self:
        """Make a network of a NetworkX graph.

        Parameters
        ----------
        graph
            A DiGraph or MultiDiGraph. A node's key is the id of a site, its attributes the columns
            of ``sites``, and its ``demand`` what it receives per period; what is negative becomes
            supply, as NetworkX means it. Without ``kind``, a node that wants goods is a customer,
            one that gives is a supplier, or a plant when edges lead to it; one that does neither
            is a customer when edges only lead to it, a supplier when they only leave it, else a
            warehouse. An edge's attributes are the columns of ``lanes``; its mode is its attribute
            ``mode``, else its key unless that is a number, else ``"road"``.

        Raises
        ------
        ValidationError
            When the graph is not directed or an attribute cannot be used, with all the faults.

        Examples
        --------
        >>> import networkx as nx
        >>> graph = nx.DiGraph()
        >>> graph.add_node("mill", demand=-9)
        >>> graph.add_node("shop", demand=4)
        >>> graph.add_edge("mill", "shop", distance=120, unit_cost=3)
        >>> network = Network.from_networkx(graph)
        >>> network
        <Network 2 sites (1 supplier, 1 customer), 1 lane, 1 commodity, demand 4>
        >>> network.sites["supply"]
        array([9., 0.])
        """
        failures = Failures()
        return cls._of(frames_of_graph(graph, failures), failures)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Make a network of what `to_json` returned.

        Parameters
        ----------
        text
            The JSON text.

        Raises
        ------
        ValidationError
            When the text is not JSON of a network or a table cannot be used.
        """
        failures = Failures()
        return cls._of(as_json.frames_of_json(text, failures), failures)

    @classmethod
    def _of(cls, frames: dict[str, Any], failures: Failures) -> Self:
        """Make a network, or raise for the faults found while reading along with all others."""
        if len(failures):
            told = {failure.table for failure in failures}
            all_told = not told.isdisjoint({"folder", "json", "graph"}) and frames["sites"] is None
            assemble(frames, failures, unreadable=set(frames) if all_told else told)
        return cls.from_frames(**frames)

    # ---- out

    @cached_property
    def graph(self) -> nx.MultiDiGraph:
        """The network as a NetworkX MultiDiGraph, made once and frozen; ``copy()`` is your own.

        Nodes are ids of sites with the columns of `sites`, the total ``demand`` (positive:
        receives), and, where a site has any, ``demand_rows`` and ``stock_rows``. Edges have the
        mode as their key, so that lanes of several modes lie side by side, and the columns of
        `lanes`.
        """
        return to_networkx(self)

    def write(self, folder: str | Path, format: Literal["csv", "parquet"] = "csv") -> None:
        """Write the six tables into a folder, so that `read` returns the same network.

        What was blank in the lanes stays blank, and will follow the sites when they are edited.

        Parameters
        ----------
        folder
            The folder; it is made when it does not exist, and its tables are overwritten.
        format
            ``"csv"`` (ids come back as texts) or ``"parquet"``.

        Raises
        ------
        ValidationError
            When the format is not known, or the folder has one of the tables in the other format.
        """
        write_tables(folder, self._editable(), format)

    def to_json(self) -> str:
        """Return the network as strict JSON text, so that `from_json` returns the same network.

        An unknown value is ``null``, no limit is ``"inf"``.
        """
        return as_json.to_json(self._editable())

    def _editable(self) -> dict[str, Columns]:
        """Return the tables with the lanes as given: what was derived would go stale."""
        lanes = self.given["lanes"]
        assert lanes is not None
        return self.tables | {"lanes": lanes}

    # ---- changes

    def replace(self, **tables: Any) -> Self:
        """Return a copy with some tables changed, validated again.

        What was blank in the lanes is filled anew, so that distances follow sites that move.

        Parameters
        ----------
        tables
            Name of a table → frame, or None to take it away.
        """
        unknown = set(tables) - set(self.given)
        if unknown:
            raise TypeError(f"there is no table {', '.join(sorted(unknown))}; {_TABLE_NAMES}")
        return type(self)(**(self.given | tables))

    # ---- what it holds

    @property
    def tables(self) -> dict[str, Columns]:
        """The six tables by name."""
        return {table.name: getattr(self, table.name) for table in spec.TABLES}

    @property
    def backend(self) -> str:
        """The library of the caller's frames, in which tables of results come out too."""
        return self.sites.backend

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that stand for the content, whatever library it came in."""
        return fingerprint({n: (t.arrays, t.extras) for n, t in self.tables.items()})

    def index(self, ids: npt.ArrayLike) -> Indices:
        """Return the positions of sites.

        Parameters
        ----------
        ids
            (n,) ids of sites, or one id.

        Returns
        -------
        array
            (n,) positions in `sites`.

        Raises
        ------
        ValidationError
            When there is no such site.
        """
        wanted = np.atleast_1d(np.asarray(ids))
        found = positions(wanted, self.sites["id"])
        failures = Failures()
        for row in np.flatnonzero(found < 0):
            fix = "give ids of sites"
            value = wanted[row].item()
            failures.add("sites", "id", int(row), value, "unknown_id", "is not a site", fix)
        failures.raise_if_any()
        return found

    def total_demand(self, commodity: str | int | None = None) -> npt.NDArray[np.float64]:
        """Return the demand of each site per period.

        Parameters
        ----------
        commodity
            Id of a commodity; None adds all up.

        Returns
        -------
        array
            (S,) demand in units per period.

        Raises
        ------
        KeyError
            When there is no such commodity.
        """
        amounts = self.demand["demand"]
        if commodity is not None:
            place = int(positions([commodity], self.commodities["id"])[0])
            if place < 0:
                raise KeyError(f"no commodity {commodity!r}")
            amounts = np.where(self.demand_commodity == place, amounts, 0.0)
        totals = np.zeros(self.sites.num_rows)
        np.add.at(totals, self.demand_site, amounts)
        return totals

    def expand(
        self,
        periods: int | Sequence[str | int],
        *,
        commodity: str | int | None = None,
        demand_calendar: Any = None,
        lane_calendar: Any = None,
        site_calendar: Any = None,
        receipts: Any = None,
        opening_stock: npt.ArrayLike | None = None,
        final_stock: npt.ArrayLike = 0.0,
        storage_capacity: npt.ArrayLike | None = None,
        holding_cost: npt.ArrayLike | None = None,
    ) -> TimeExpandedNetwork:
        """Return the network over periods, with lead times and stock from one to the next.

        Lead times are rounded up to whole periods. What a calendar does not name is as in every
        period.

        Parameters
        ----------
        periods
            Number of periods, which are named 0, 1, …, or their names.
        commodity
            Id of the commodity that moves; None adds up the units of all.
        demand_calendar, lane_calendar, site_calendar, receipts
            Frames with the columns of `flowopt.network.expand_spec`; without `demand_calendar` the
            network's demand comes in every period.
        opening_stock
            Stock at the start, one number or (S,); None takes the table `stock`, or where that is
            empty the column ``opening_stock`` of `sites`.
        final_stock
            Least stock at the end, one number or (S,).
        storage_capacity
            Most in stock at the end of a period, one number, (S,) or (S, T); None for no limit,
            but for cross-docks, which keep none.
        holding_cost
            Cost of one unit in stock at the end of a period, one number, (S,) or (S, T); None takes
            that of the commodity.

        Examples
        --------
        >>> network = Network.from_frames(
        ...     sites={"id": ["mill", "shop"], "kind": ["plant", "customer"], "supply": [30, 0]},
        ...     lanes={"source": ["mill"], "target": ["shop"], "distance": [80], "lead_time": [1]},
        ...     demand={"site": ["shop"], "demand": [28]},
        ... )
        >>> network.expand(4, opening_stock=[0, 28])
        <TimeExpandedNetwork 2 sites, 1 lane, 4 periods: 9 nodes, 11 arcs>
        """
        from flowopt.network.expand import expand

        return expand(
            self,
            periods,
            commodity=commodity,
            demand_calendar=demand_calendar,
            lane_calendar=lane_calendar,
            site_calendar=site_calendar,
            receipts=receipts,
            opening_stock=opening_stock,
            final_stock=final_stock,
            storage_capacity=storage_capacity,
            holding_cost=holding_cost,
        )

    def check(self) -> tuple[Finding, ...]:
        """Look for what will keep demand from being met, or is likely not meant.

        Commodities are added up, minimum flows are looked at by themselves; so no error means
        that the goods can get through, not that every plan over several commodities is possible.

        Returns
        -------
        tuple of Finding
            Errors first. Codes: ``unreached_customer``, ``supply_short`` (in all, or in a part
            that is linked to no other), ``zero_capacity_cut``, ``capacity_short`` (a cut that lets
            less pass than is wanted behind it), ``min_flow_too_high``, ``lane_to_nowhere``,
            ``lane_from_nowhere``, ``isolated_site``, ``no_supply``, ``no_demand``,
            ``coordinates_zero``, ``distance_too_short``.

        Examples
        --------
        >>> network = Network.from_frames(
        ...     sites={"id": ["mill", "shop"], "kind": ["plant", "customer"], "supply": [30, 0]},
        ...     lanes={"source": ["mill"], "target": ["shop"], "distance": [80], "capacity": [25]},
        ...     demand={"site": ["shop"], "demand": [28]},
        ... )
        >>> for finding in network.check():
        ...     print(finding)
        error [capacity_short]: at most 25 can reach shop (demand 28 per period), through lane
        mill → shop (road); raise these by 3 together, add another way, or lower the demand
        """
        from flowopt.network.consistency import findings

        return findings(self)

    # ---- for people

    def __repr__(self) -> str:
        kinds = Counter(self.sites["kind"].tolist())
        by_kind = ", ".join(_counted(kinds[kind], kind) for kind in spec.KINDS if kinds[kind])
        parts = (
            f"{_counted(self.sites.num_rows, 'site')} ({by_kind})",
            _counted(self.lanes.num_rows, "lane"),
            _counted(self.commodities.num_rows, "commodity"),
            f"demand {self.demand['demand'].sum():,.6g}",
        )
        return f"<{type(self).__name__} {', '.join(parts)}>"

    def _repr_html_(self) -> str:
        kinds = Counter(self.sites["kind"].tolist())
        figures = {f"sites: {kind}": kinds[kind] for kind in spec.KINDS if kinds[kind]}
        figures |= {f"lanes: {m}": n for m, n in Counter(self.lanes["mode"].tolist()).items()}
        figures |= {
            "commodities": self.commodities.num_rows,
            "supply per period": self.sites["supply"].sum(),
            "demand per period": self.demand["demand"].sum(),
        }
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th>"
            f"<td style='text-align:right'>{value:,.6g}</td></tr>"
            for name, value in figures.items()
        )
        return f"<table><caption>{type(self).__name__}</caption>{rows}</table>"


_TABLE_NAMES = "there are " + ", ".join(table.name for table in spec.TABLES)


def _counted(number: int, word: str) -> str:
    if number == 1:
        return f"1 {word}"
    return f"{number:,} {word[:-1]}ies" if word.endswith("ity") else f"{number:,} {word}s"
