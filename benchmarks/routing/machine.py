"""On what the benchmark ran: machine, versions, the state of the source."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.routing.solvers import solver
from benchmarks.routing.solvers.base import version

_ROOT = Path(__file__).parents[2]


def describe_machine() -> dict[str, Any]:
    """Return processor, cores, memory, system, Python and load as JSON has them."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": None if (size := memory()) is None else round(size / 1024, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_at_start": round(os.getloadavg()[0], 2),
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
    }


def versions(solvers: Iterable[str]) -> dict[str, str]:
    """Return solver → version of its package.

    Parameters
    ----------
    solvers
        Names of solvers.
    """
    return {name: version(solver(name)) for name in solvers}


def memory() -> float | None:
    """Return the memory of the machine in MB, where the system says it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
    except (ValueError, OSError, AttributeError):
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _commit() -> str:
    """Return the commit of the source; with a plus where files of the library were changed."""
    head = _git("rev-parse", "--short", "HEAD")
    return head + ("+" if head and _git("status", "--porcelain", "flowopt") else "")


def _git(*words: str) -> str:
    try:
        result = subprocess.run(
            ["git", *words], cwd=_ROOT, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
