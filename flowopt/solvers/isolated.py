"""A function of arrays called in a process of its own, which can be ended at any time.

For solvers that hold Python's lock while they search, so that neither Ctrl-C nor a time limit
would be heeded before they end. Starting the process takes about 0.1 s.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from flowopt.core.errors import EngineError

Array = npt.NDArray[Any]

_SECONDS_BETWEEN_LOOKS = 0.02


def call(
    function: str, arrays: dict[str, Array], stopped: Callable[[], object]
) -> dict[str, Array] | None:
    """Return what a function makes of arrays, None when it was stopped first.

    Parameters
    ----------
    function
        ``"module:name"`` of a function that takes the arrays by name and returns a dict of arrays.
    arrays
        Its arguments.
    stopped
        Asked several times a second; the process is ended when it returns something true.

    Raises
    ------
    EngineError
        When the process fails, or is ended from outside.

    Examples
    --------
    >>> call("flowopt.solvers.isolated:echo", {"numbers": np.arange(3)}, lambda: False)
    {'numbers': array([0, 1, 2])}
    """
    with tempfile.TemporaryDirectory(prefix="flowopt-") as folder:
        place = Path(folder)
        _write(place / "in", arrays)
        (place / "out").mkdir()
        with (place / "log.txt").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", __name__, function, folder],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal is ours to act upon
            )
            try:
                if not _finished(process, stopped):
                    return None
            finally:
                process.kill()
                process.wait()
        if process.returncode:
            words = (place / "log.txt").read_text(errors="replace").strip().splitlines()
            reason = words[-1] if words else f"code {process.returncode}"
            raise EngineError(f"the process of {function} failed: {reason}")
        return _read(place / "out")


def _finished(process: subprocess.Popen[bytes], stopped: Callable[[], object]) -> bool:
    while True:
        try:
            process.wait(_SECONDS_BETWEEN_LOOKS)
            return True
        except subprocess.TimeoutExpired:
            if stopped():
                return False


def _write(place: Path, arrays: dict[str, Array]) -> None:
    place.mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(place / f"{name}.npy", array, allow_pickle=False)


def _read(place: Path) -> dict[str, Array]:
    return {file.stem: np.load(file, allow_pickle=False) for file in sorted(place.glob("*.npy"))}


def echo(**arrays: Array) -> dict[str, Array]:
    """Return the arrays as they came, to try a process out."""
    return arrays


def _main(function: str, folder: str) -> None:
    module, name = function.split(":")
    result = getattr(importlib.import_module(module), name)(**_read(Path(folder) / "in"))
    _write(Path(folder) / "out", result)


if __name__ == "__main__":
    _main(*sys.argv[1:])
