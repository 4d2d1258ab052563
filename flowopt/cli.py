"""The command line: `flowopt plan FOLDER`, `flowopt demo`, `flowopt solve FILE`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shutil
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowopt import __version__
from flowopt.core.errors import Failure, Failures, FlowoptError, FlowoptWarning, ValidationError
from flowopt.core.options import Options

if TYPE_CHECKING:
    from flowopt.core.problem import Problem
    from flowopt.core.solution import Solution
    from flowopt.io import FlowInstance, RoutingInstance

_MOST_ALIKE = 5  # faults of one kind that are shown
PLAN, NO_PLAN, BAD_INPUT, STOPPED = 0, 1, 2, 130
_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 365.25 / 12}
_EXIT_CODES = (
    "exit code: 0 with a plan, 1 without one, 2 when the input cannot be used, 130 when Ctrl-C "
    "comes outside of a search; within one, it ends the search with the best answer so far"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Parameters
    ----------
    argv
        The words after ``flowopt``; None takes those of the process.
    """
    try:
        arguments = _parser().parse_args(argv)
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            code: int = arguments.command(arguments)
        sys.stdout.flush()
    except SystemExit as exit_:  # of argparse, which has said why
        return exit_.code if isinstance(exit_.code, int) else BAD_INPUT
    except KeyboardInterrupt:
        _complain("stopped")
        return STOPPED
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_PLAN
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="flowopt", description="Plans the flows of a network.")
    parser.add_argument("--version", action="version", version=f"flowopt {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_plan(commands)
    _add_demo(commands)
    _add_solve(commands)
    _add_warmup(commands)
    return parser


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if issubclass(category, FlowoptWarning):  # those of libraries are not the user's concern
        _complain(f"warning: {message}")


def _complain(text: str) -> None:
    print(f"flowopt: {text}", file=sys.stderr)


# ---- flowopt plan, flowopt demo


def _add_plan(commands: Any) -> None:
    parser = commands.add_parser(
        "plan",
        help="plan the network of a folder of tables",
        description="Plan a network: flow, stock and orders, delivery rounds, indicators. Writes "
        "the plan's tables and report.html.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument(
        "folder", metavar="FOLDER", help="sites, lanes, demand, … as .csv or .parquet"
    )
    _add_plan_options(parser, "flowopt-plan")
    parser.set_defaults(command=_plan)


def _add_demo(commands: Any) -> None:
    parser = commands.add_parser(
        "demo",
        help="plan the network that comes with flowopt",
        description="Plan the network that comes with flowopt: a distributor in France.",
        epilog=_EXIT_CODES,
    )
    _add_plan_options(parser, "flowopt-demo")
    parser.add_argument("--tables", metavar="DIR", help="only copy its tables there, to be edited")
    parser.set_defaults(command=_demo, folder=None, currency="EUR")


def _add_plan_options(parser: argparse.ArgumentParser, home: str) -> None:
    parser.add_argument(
        "--out", metavar="DIR", default=home, help=f"where to write (default: {home})"
    )
    parser.add_argument(
        "--lang", choices=("en", "fr"), default="en", help="language of the report (default: en)"
    )
    parser.add_argument(
        "--format", choices=("csv", "parquet"), default="csv", help="of the tables (default: csv)"
    )
    parser.add_argument(
        "--period",
        choices=tuple(_DAYS),
        default="day",
        help="of the demand, which the rounds deliver in one go (default: day)",
    )
    parser.add_argument("--currency", default="", metavar="CODE", help="of the costs, as EUR")
    parser.add_argument(
        "--fill-rate", type=float, metavar="B", default=0.98, help="of warehouses (default: 0.98)"
    )
    parser.add_argument(
        "--delivery-mode", metavar="MODE", default="road", help="of the vehicles (default: road)"
    )
    add_search_options(parser, "20")
    records = parser.add_argument_group("how service is measured, where orders are on record")
    records.add_argument("--level", choices=("order", "line", "unit"), default="order")
    records.add_argument("--date", choices=("requested", "promised"), default="promised")
    records.add_argument(
        "--window",
        nargs=2,
        type=float,
        default=(0.0, 0.0),
        metavar=("EARLY", "LATE"),
        help="days that are still on time (default: 0 0)",
    )
    records.add_argument("--as-of", metavar="DATE", help="up to when the records are complete")


def _plan(arguments: argparse.Namespace) -> int:
    from flowopt.demo import folder
    from flowopt.planning import plan_folder
    from flowopt.report import summary_lines, write

    source = arguments.folder or folder()
    limit = {} if arguments.time_limit is None else {"time_limit": arguments.time_limit}
    service = {"level": arguments.level, "date": arguments.date, "window": arguments.window}
    service["as_of"] = arguments.as_of
    style = {"currency": arguments.currency, "period": arguments.period}
    try:
        home = _output_folder(arguments.out)
        plan = plan_folder(
            source,
            service=service,
            seed=arguments.seed,
            workers=arguments.workers,
            fill_rate=arguments.fill_rate,
            delivery_mode=arguments.delivery_mode,
            days_per_period=_DAYS[arguments.period],
            **limit,
        )
        plan.write(home, arguments.format)
        write(plan, home / "report.html", lang=arguments.lang, **style)
    except ValidationError as error:
        return _refuse(arguments, error.failures)
    except (FlowoptError, OSError, MemoryError) as error:
        return _fail(arguments, error)
    report = str(home / "report.html")
    if arguments.json:
        parts = plan.to_dict()
        shown = ("fingerprint", "summary", "indicators", "recorded", "steps", "notes")
        print(json.dumps({"report": report} | {name: parts[name] for name in shown}))
        return PLAN
    print(*summary_lines(plan, arguments.lang, **style), "", report, sep="\n")
    return PLAN


def _demo(arguments: argparse.Namespace) -> int:
    from flowopt.demo import folder

    if arguments.tables is None:
        return _plan(arguments)
    try:
        home = _output_folder(arguments.tables)
        for path in sorted(folder().iterdir()):
            shutil.copy(path, home)
    except ValidationError as error:
        return _refuse(arguments, error.failures)
    except OSError as error:
        return _fail(arguments, error)
    print(f"flowopt plan {home}")
    return PLAN


# ---- flowopt warmup


def _add_warmup(commands: Any) -> None:
    parser = commands.add_parser(
        "warmup",
        help="compile the kernels, so that no later search has to",
        description="Compile what is compiled on first use; later processes load it in a second.",
    )
    parser.set_defaults(command=_warmup)


def _warmup(_: argparse.Namespace) -> int:
    from flowopt.warmup import warm_up

    print(f"ready in {warm_up():.1f} s")
    return PLAN


def _output_folder(path: str) -> Path:
    """Return the folder to write to, made if need be; raise before planning when it cannot be."""
    home, failures = Path(path), Failures()
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not os.access(home, os.W_OK):
            raise PermissionError("permission denied")
    except OSError as error:
        reason = f"cannot be written to ({error.strerror or error})"
        fix = "give a folder that can"
        failures.add("plan", "--out", None, path, "unwritable", reason, fix)
    failures.raise_if_any()
    return home


# ---- flowopt solve


def _add_solve(commands: Any) -> None:
    parser = commands.add_parser(
        "solve",
        help="solve a benchmark file",
        description="Solve a routing or flow problem: VRPLIB (.vrp), the .txt files of Solomon, "
        "Cordeau, and Li and Lim, or DIMACS minimum-cost flow (.min), gzipped or not.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("file", metavar="FILE", help="the problem")
    add_search_options(parser)
    parser.add_argument("--engine", default="auto", metavar="NAME", help="engine (default: auto)")
    parser.add_argument(
        "--round",
        choices=("auto", "round", "trunc", "ceil", "dimacs", "exact", "none"),
        default="auto",
        help="of distances between coordinates (default: as the type of the instance says)",
    )
    parser.add_argument(
        "--best-known",
        type=_best_known,
        metavar="VALUE",
        help="cost to state the gap to, or a .sol file of routes, of which the cost is computed",
    )
    parser.add_argument(
        "--out", metavar="FILE", help="write the solution: .sol, .csv, .parquet or .json"
    )
    parser.set_defaults(command=_solve)


def add_search_options(parser: argparse.ArgumentParser, time_limit: str = "the engine's") -> None:
    """Add the options of every command that searches.

    Parameters
    ----------
    parser
        The parser of the command.
    time_limit
        What the time limit is when it is not given, for the help.
    """
    parser.add_argument(
        "--time-limit",
        type=float,
        metavar="S",
        help=f"seconds to search (default: {time_limit})",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of random choices (default: 0)"
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="threads or processes (default: all cores)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _best_known(text: str) -> float | Path:
    from flowopt.io.text import to_number

    value = to_number(text)
    if value is None and not text.endswith(".sol"):
        raise argparse.ArgumentTypeError(f"{text!r} is no cost, and no .sol file")
    return Path(text) if value is None else value


def _solve(arguments: argparse.Namespace) -> int:
    from flowopt.io.record import answer_record

    try:
        instance = _read(arguments)
        problem = _problem(instance, arguments.round)
        best_known = _cost_of(arguments.best_known, problem)
        solution: Solution[Any] = problem.solve(
            time_limit=arguments.time_limit,
            seed=arguments.seed,
            workers=arguments.workers,
            engine=arguments.engine,
            progress=sys.stderr.isatty(),
        )
        record = answer_record(solution, best_known)
    except ValidationError as error:
        return _refuse(arguments, error.failures)
    except (FlowoptError, MemoryError) as error:
        return _fail(arguments, error)
    good = record["checked"]
    if good and arguments.out:
        good = _write(solution, arguments.out)
        record["written"] = arguments.out if good else None
    _print_answer(arguments, instance, solution, record, best_known)
    return PLAN if good else NO_PLAN


def _read(arguments: argparse.Namespace) -> RoutingInstance | FlowInstance:
    """Return the instance; what is wrong with it, the options and the output is said at once."""
    from flowopt.io import check_target, read_instance

    instance: RoutingInstance | FlowInstance | None = None
    failures = Failures()
    with failures.collecting():
        instance = read_instance(arguments.file)
    with failures.collecting():
        Options(time_limit=arguments.time_limit, seed=arguments.seed, workers=arguments.workers)
    if arguments.out:
        with failures.collecting():
            check_target(arguments.out, source=arguments.file)
    failures.raise_if_any()
    assert instance is not None
    return instance


def _problem(instance: RoutingInstance | FlowInstance, rounding: str) -> Problem[Any]:
    from flowopt.io import RoutingInstance

    if isinstance(instance, RoutingInstance):
        return instance.to_problem(rounding)
    return instance.to_problem()


def _cost_of(best_known: float | Path | None, problem: Problem[Any]) -> float | None:
    """Return a best known cost: that of a file is what its routes cost by this problem."""
    from flowopt.io import read_solution
    from flowopt.routing import RoutingProblem

    if not isinstance(best_known, Path):
        return best_known
    if not isinstance(problem, RoutingProblem):
        message, fix = "is a file of routes, and the problem is a flow", "give the cost"
        fault = Failure("solve", "best_known", None, str(best_known), "wrong_type", message, fix)
        raise ValidationError([fault])
    solution = read_solution(best_known, problem)
    report = solution.check()
    if not report.ok:
        text = f"{best_known} is no plan of this problem: {report.violations[0]}"
        warnings.warn(text, FlowoptWarning, stacklevel=2)
    return solution.cost


def _write(solution: Solution[Any], path: str) -> bool:
    """Write the answer; return whether that went well."""
    from flowopt.io import write

    try:
        write(solution, path)
    except (FlowoptError, OSError) as error:
        _complain(f"{path} cannot be written: {error}")
        return False
    return True


def _print_answer(
    arguments: argparse.Namespace,
    instance: RoutingInstance | FlowInstance,
    solution: Solution[Any],
    record: dict[str, Any],
    best_known: float | None,
) -> None:
    from flowopt.io.record import describe, record_lines, unserved_lines

    if arguments.json:
        print(json.dumps(record, allow_nan=False))
        return
    print(describe(instance, arguments.round))
    for name, text in record_lines(record, best_known):
        print(f"  {name:<18} {text}")
    for line in unserved_lines(solution):
        print(line)


# ---- what goes wrong


def _refuse(arguments: argparse.Namespace, failures: Sequence[Failure]) -> int:
    """Say what is wrong with the input."""
    from flowopt.io.record import failure_record

    count = len(failures)
    _complain(f"{count} fault{'s' if count != 1 else ''} in the input")
    for line in _fault_lines(arguments, failures):
        print(f"  {line}", file=sys.stderr)
    if arguments.json:
        listed = [failure_record(failure) for failure in failures]
        print(json.dumps({"error": "invalid input", "failures": listed}))
    return BAD_INPUT


def _fault_lines(arguments: argparse.Namespace, failures: Sequence[Failure]) -> Iterator[str]:
    """Return the faults in words, the first few of each kind, options as they are typed."""
    kinds: dict[tuple[str, str | None, str], list[Failure]] = {}
    for failure in failures:
        kinds.setdefault((failure.table, failure.column, failure.code), []).append(failure)
    for alike in kinds.values():
        for failure in alike[:_MOST_ALIKE]:
            option = failure.column
            if failure.table in ("solve", "plan") and option and hasattr(arguments, option):
                typed = f"--{option.replace('_', '-')}"
                failure = dataclasses.replace(failure, table=typed, column=None)
            yield str(failure)
        if len(alike) > _MOST_ALIKE:
            yield f"… and {len(alike) - _MOST_ALIKE} more like this"


def _fail(arguments: argparse.Namespace, error: Exception) -> int:
    """Say why there is no answer."""
    reason = str(error) or "there is not enough memory"
    _complain(reason)
    if arguments.json:
        print(json.dumps({"error": reason, "failures": []}))
    return NO_PLAN
