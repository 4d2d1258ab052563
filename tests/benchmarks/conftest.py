"""Makes the benchmarks importable: they are beside the package, not in it."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

if (ROOT / "benchmarks" / "routing").is_dir():
    sys.path.append(str(ROOT))  # processes that a test starts have it, too
else:  # there is no source tree around the tests
    collect_ignore_glob = ["test_*.py"]
