"""How these kernels are compiled: without counting references, which costs more than the work."""

from __future__ import annotations

from typing import Any

from numba import njit

_compile: Any = njit  # its types do not know all its options

kernel: Any = _compile(nogil=True, cache=True, _nrt=False)
"""For functions that allocate nothing; kept on disk for later processes."""

inner: Any = _compile(nogil=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For what only kernels call: compiled into them, without a way in from Python."""
