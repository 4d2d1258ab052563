"""The command line: `flowopt solve FILE`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flowopt import __version__
from flowopt.core.errors import Failure, FlowoptError, FlowoptWarning, ValidationError
from flowopt.core.options import Options

if TYPE_CHECKING:
    from flowopt.core.solution import Solution
    from flowopt.io import FlowInstance, RoutingInstance

PLAN, NO_PLAN, BAD_INPUT, STOPPED = 0, 1, 2, 130
_EXIT_CODES = "exit code: 0 with a plan, 1 without one, 2 when the input cannot be used"


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
    _add_solve(commands)
    return parser


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if issubclass(category, FlowoptWarning):  # those of libraries are not the user's concern
        _complain(f"warning: {message}")


def _complain(text: str) -> None:
    print(f"flowopt: {text}", file=sys.stderr)


# ---- flowopt solve


def _add_solve(commands: Any) -> None:
    parser = commands.add_parser(
        "solve",
        help="solve a benchmark file",
        description="Solve a routing or flow problem: VRPLIB (.vrp), Solomon (.txt) or DIMACS "
        "minimum-cost flow (.min), gzipped or not.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("file", metavar="FILE", help="the problem")
    add_search_options(parser)
    parser.add_argument("--engine", default="auto", metavar="NAME", help="engine (default: auto)")
    parser.add_argument(
        "--best-known", type=_cost, metavar="VALUE", help="cost to state the gap to"
    )
    parser.add_argument(
        "--out", metavar="FILE", help="write the solution: .sol, .csv, .parquet or .json"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(command=_solve)


def add_search_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that searches.

    Parameters
    ----------
    parser
        The parser of the command.
    """
    parser.add_argument(
        "--time-limit", type=float, metavar="S", help="seconds to search (default: the engine's)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of random choices (default: 0)"
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="threads or processes (default: all cores)"
    )


def _cost(text: str) -> float:
    from flowopt.io.text import to_number

    value = to_number(text)
    if value is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no cost")
    return value


def _solve(arguments: argparse.Namespace) -> int:
    from flowopt.io.record import answer_record

    try:
        instance = _read(arguments)
        solution: Solution[Any] = instance.to_problem().solve(
            time_limit=arguments.time_limit,
            seed=arguments.seed,
            workers=arguments.workers,
            engine=arguments.engine,
            progress=sys.stderr.isatty(),
        )
        record = answer_record(solution, arguments.best_known)
    except ValidationError as error:
        return _refuse(arguments, error.failures)
    except (FlowoptError, MemoryError) as error:
        return _fail(arguments, error)
    good = record["checked"]
    if good and arguments.out:
        good = _write(solution, arguments.out)
        record["written"] = arguments.out if good else None
    _print_answer(arguments, instance, solution, record)
    return PLAN if good else NO_PLAN


def _read(arguments: argparse.Namespace) -> RoutingInstance | FlowInstance:
    """Return the instance; what is wrong with it, the options and the output is said at once."""
    from flowopt.io import check_target, read_instance

    instance: RoutingInstance | FlowInstance | None = None
    faults: list[Failure] = []
    try:
        instance = read_instance(arguments.file)
    except ValidationError as error:
        faults += error.failures
    try:
        Options(time_limit=arguments.time_limit, seed=arguments.seed, workers=arguments.workers)
    except ValidationError as error:
        faults += error.failures
    try:
        if arguments.out:
            check_target(arguments.out, source=arguments.file)
    except ValidationError as error:
        faults += error.failures
    if faults or instance is None:
        raise ValidationError(faults)
    return instance


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
) -> None:
    from flowopt.io.record import describe, record_lines, unserved_lines

    if arguments.json:
        print(json.dumps(record, allow_nan=False))
        return
    print(describe(instance))
    for name, text in record_lines(record, arguments.best_known):
        print(f"  {name:<18} {text}")
    for line in unserved_lines(solution):
        print(line)


# ---- what goes wrong


def _refuse(arguments: argparse.Namespace, failures: Sequence[Failure]) -> int:
    """Say what is wrong with the input."""
    from flowopt.io.record import failure_record

    count = len(failures)
    _complain(f"{count} fault{'s' if count != 1 else ''} in the input")
    for failure in failures:
        print(f"  {failure}", file=sys.stderr)
    if arguments.json:
        listed = [failure_record(failure) for failure in failures]
        print(json.dumps({"error": "invalid input", "failures": listed}))
    return BAD_INPUT


def _fail(arguments: argparse.Namespace, error: Exception) -> int:
    """Say why there is no answer."""
    reason = str(error) or "there is not enough memory"
    _complain(reason)
    if arguments.json:
        print(json.dumps({"error": reason, "failures": []}))
    return NO_PLAN
