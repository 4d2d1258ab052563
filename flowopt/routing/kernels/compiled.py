"""How kernels are compiled.

They count no references (``_nrt=False``): counting costs more than the work that is counted. So
they allocate nothing, and all arrays come from outside.
"""

from __future__ import annotations

from typing import Any

from numba import njit

_compile: Any = njit  # its types do not know all its options

kernel: Any = _compile(nogil=True, cache=True, _nrt=False)
"""For what Python calls: kept on disk for later processes."""

WITHOUT_WRAPPERS: Any = {
    "nogil": True,
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}

inner: Any = _compile(**WITHOUT_WRAPPERS)
"""For what only kernels call: compiled into them, without a way in from Python."""

inlined: Any = _compile(inline="always", _nrt=False)
"""For the few lines in the innermost loops."""
