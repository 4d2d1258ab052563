from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flowopt.core import Failure, ValidationError
from flowopt.io.reader import read_instance

TINY_VRP = """NAME : tiny
COMMENT : two clients on a line
TYPE : CVRP
DIMENSION : 3
CAPACITY : 10
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 1 1
3 3 4
DEMAND_SECTION
1 0
2 4
3 5
DEPOT_SECTION
1
-1
EOF
"""

TINY_SOLOMON = """R101

VEHICLE
NUMBER     CAPACITY
  3         20

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE TIME

    0      0         0          0          0       230          0
    1      1         1         10          5       100         10
    2      3         4          7          0       120         10
"""

TINY_MIN = """c a small problem
p min 4 5
n 1 4
n 4 -4
a 1 2 0 4 2
a 1 3 0 2 2
a 2 3 0 2 1
a 2 4 0 3 3
a 3 4 0 5 1
"""


@pytest.fixture
def tiny_vrp() -> str:
    return TINY_VRP


@pytest.fixture
def tiny_solomon() -> str:
    return TINY_SOLOMON


@pytest.fixture
def tiny_min() -> str:
    return TINY_MIN


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file of a name and content, and return its path."""

    def _write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


@pytest.fixture
def faults_of(write: Callable[[str, str | bytes], Path]) -> Callable[..., list[Failure]]:
    """Return the faults of a file of this content; none is a failure of the test."""

    def _faults_of(content: str | bytes, name: str = "input.vrp") -> list[Failure]:
        with pytest.raises(ValidationError) as caught:
            read_instance(write(name, content))
        return list(caught.value.failures)

    return _faults_of
