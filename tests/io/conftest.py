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

TINY_FLEET = """NAME : fleet
TYPE : MTVRPTWR
DIMENSION : 6
VEHICLES : 4
VEHICLES_MAX_DURATION : 90
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 0 9
3 1 1
4 2 2
5 3 4
6 8 8
DEMAND_SECTION
1 0
2 0
3 4
4 5
5 6
6 7
SERVICE_TIME_SECTION
1 0
2 0
3 1
4 2
5 3
6 4
TIME_WINDOW_SECTION
1 0 100
2 0 80
3 10 50
4 0 60
5 0 70
6 0 75
RELEASE_TIME_SECTION
1 0
2 0
3 5
4 0
5 6
6 0
PRIZE_SECTION
1 0
2 0
3 0
4 12
5 0
6 9
MUTUALLY_EXCLUSIVE_GROUP_SECTION
1 3 5
CAPACITY_SECTION
1 10
2 10
3 20
4 20
VEHICLES_FIXED_COST_SECTION
1 7
2 7
3 7
4 8
VEHICLES_UNIT_DISTANCE_COST_SECTION
1 1
2 1
3 2
4 2
VEHICLES_DEPOT_SECTION
1 1
2 1
3 2
4 2
VEHICLES_RELOAD_DEPOT_SECTION
1 1
2 1
3 1 2
4 2
VEHICLES_ALLOWED_CLIENTS_SECTION
1 3 4
2 3 4
3 3 4 5 6
4 5 6
DEPOT_SECTION
1
2
-1
EOF
"""

TINY_BACKHAULS = """NAME : backhauls
TYPE : VRPB
DIMENSION : 4
CAPACITY : 10
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 0 5
3 0 10
4 0 15
DEMAND_SECTION
1 0
2 6
3 0
4 4
BACKHAUL_SECTION
1 0
2 0
3 9
4 0
DEPOT_SECTION
1
-1
EOF
"""

TINY_LILIM = """3 50 1
0 0 0 0 0 300 0 0 0
1 3 4 10 0 200 5 0 3
2 0 9 7 10 200 5 0 4
3 6 8 -10 0 250 5 1 0
4 0 12 -7 0 250 5 2 0
"""

TINY_CORDEAU = """6 2 3 2
0 80
200 60
1 3 4 5 7 1 2 1 2 10 90
2 8 9 5 9 1 2 1 2 0 200
3 1 7 5 8 1 2 1 2 0 200
4 0 0 0 0 0 0 0 300
5 9 9 0 0 0 0 0 300
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
def tiny_fleet() -> str:
    return TINY_FLEET


@pytest.fixture
def tiny_backhauls() -> str:
    return TINY_BACKHAULS


@pytest.fixture
def tiny_lilim() -> str:
    return TINY_LILIM


@pytest.fixture
def tiny_cordeau() -> str:
    return TINY_CORDEAU


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
