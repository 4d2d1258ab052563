"""Files in, files out: benchmark instances, solutions."""

from flowopt.io.dimacs import FlowInstance
from flowopt.io.instance import RoutingInstance
from flowopt.io.reader import read, read_instance
from flowopt.io.sol import SolFile, read_sol, read_solution
from flowopt.io.writer import check_target, write

__all__ = [
    "FlowInstance",
    "RoutingInstance",
    "SolFile",
    "check_target",
    "read",
    "read_instance",
    "read_sol",
    "read_solution",
    "write",
]
