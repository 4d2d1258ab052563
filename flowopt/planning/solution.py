"""The plan: its parts, and the trail from each figure back to what it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowopt.core.files import write_file
from flowopt.core.report import Report
from flowopt.core.solution import Solution
from flowopt.core.tables import make_frame
from flowopt.planning import tables

if TYPE_CHECKING:
    from flowopt.flow import FlowSolution
    from flowopt.inventory import ReplenishmentSolution
    from flowopt.kpi import Indicators
    from flowopt.network import Network
    from flowopt.planning.notes import Note
    from flowopt.planning.rounds import Rounds


@dataclass(frozen=True)
class Step:
    """One solve that a plan is made of, so that its figures can be traced back.

    Parameters
    ----------
    part
        ``"flow"``, ``"inventory"``, or ``"rounds <depot>"``.
    engine, status, limit, seed, runtime, cost, bound
        As the solution of the part has them.
    fingerprint
        Of the problem that was solved.
    """

    part: str
    engine: str
    status: str
    limit: str | None
    seed: int
    runtime: float
    cost: float | None
    bound: float | None
    fingerprint: str

    @classmethod
    def of(cls, part: str, solution: Solution[Any]) -> Step:
        """Return the step that a solution records."""
        outcome = solution.outcome
        return cls(
            part,
            outcome.engine,
            str(outcome.status),
            None if outcome.limit is None else str(outcome.limit),
            outcome.seed,
            outcome.runtime,
            outcome.cost,
            outcome.bound,
            solution.problem.fingerprint,
        )


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """A plan of the whole network.

    Parameters
    ----------
    network
        What was planned.
    flow
        How much moves on which lane, per period.
    replenishment
        Policies and today's orders at the warehouses; None when none holds stock.
    rounds
        Id of a depot → its delivery rounds of one period.
    indicators
        The five indicators, as planned.
    recorded
        The same from records of operations; None when there are none.
    notes
        What the reader should know.
    steps
        The solves it is made of.
    settings
        The keywords that it was made with, beside the tables.
    fingerprint
        Of the tables: those of the network, and the vehicle types.

    Examples
    --------
    >>> import flowopt as fo
    >>> network = fo.Network.from_frames(
    ...     sites={"id": ["mill", "shop"], "kind": ["plant", "customer"], "supply": [9, 0]},
    ...     lanes={"source": ["mill"], "target": ["shop"], "unit_cost": [2.0], "distance": [80]},
    ...     demand={"site": ["shop"], "demand": [4]},
    ... )
    >>> result = fo.plan(network)
    >>> result.to_frame("flows")[["source", "target", "flow", "cost"]]
      source target  flow  cost
    0   mill   shop   4.0   8.0
    >>> [step.part for step in result.steps]
    ['flow']
    """

    network: Network
    flow: FlowSolution
    replenishment: ReplenishmentSolution | None
    rounds: Mapping[Any, Rounds]
    indicators: Indicators
    recorded: Indicators | None = None
    notes: tuple[Note, ...] = ()
    steps: tuple[Step, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""

    def tables(self) -> dict[str, dict[str, Any]]:
        """Return all tables of the plan: name → column → (n,) values."""
        return tables.all_tables(self)

    def to_frame(self, name: str = "flows") -> Any:
        """Return a table as a frame of the library that the network came in.

        Parameters
        ----------
        name
            Name of the table; see `tables`.
        """
        every = self.tables()
        if name not in every:
            raise KeyError(f"no table {name!r}; there are {', '.join(every)}")
        return make_frame(every[name], self.network.backend)

    def write(self, folder: Path | str, format: str = "csv") -> list[Path]:
        """Write every table to a folder, which is made when it is not there.

        Figures are written with ten digits, without the noise of floats behind them.

        Parameters
        ----------
        folder
            Where to.
        format
            ``"csv"`` or ``"parquet"``.

        Returns
        -------
        list
            The files written.
        """
        home = Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        paths = []
        for name, columns in self.tables().items():
            paths.append(home / f"{name}.{format}")
            clean = {name: tables.rounded(values) for name, values in columns.items()}
            write_file(make_frame(clean), paths[-1])
        return paths

    def check(self) -> Report:
        """Check every part, and that the parts fit together."""
        from flowopt.planning.check import check

        return check(self)

    def summary(self) -> dict[str, Any]:
        """Return the headline figures: name → value."""
        short = sum(note.code == "unmet_demand" for note in self.notes)
        return {
            "flow_cost": self.flow.cost,
            "units_per_period": float(self.flow.problem.demand.sum() - self.flow.unmet.sum()),
            "rounds": sum(len(part.solution.routes) for part in self.rounds.values()),
            "rounds_cost": sum(part.solution.cost for part in self.rounds.values()),
            "unserved": short + sum(len(part.solution.unserved) for part in self.rounds.values()),
            "notes": len(self.notes),
            "fingerprint": self.fingerprint,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the whole plan as plain Python values, ready for JSON."""
        return {
            "fingerprint": self.fingerprint,
            "settings": self.settings,
            "steps": [asdict(step) for step in self.steps],
            "notes": [asdict(note) for note in self.notes],
            "summary": self.summary(),
            "indicators": self.indicators.to_dict(),
            "recorded": None if self.recorded is None else self.recorded.to_dict(),
            "flow": self.flow.to_dict(),
            "inventory": None if self.replenishment is None else self.replenishment.to_dict(),
            "rounds": {name: part.solution.to_dict() for name, part in self.rounds.items()},
        }

    def __repr__(self) -> str:
        figures = self.summary()
        words = (
            f"{k}={v:,.6g}" if isinstance(v, float) else f"{k}={v}" for k, v in figures.items()
        )
        return f"<Plan {', '.join(words)}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
            for name, value in self.summary().items()
        )
        return f"<table><caption>Plan</caption>{rows}</table>"
