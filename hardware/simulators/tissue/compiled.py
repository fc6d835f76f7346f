"""How the renderer compiles its loops."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile a function of arrays and numbers with numba, without the GIL, cached on disk.

    One core renders one tile; a caller that wants more cores renders tiles in threads.
    """
    return cast(F, numba.njit(nogil=True, cache=True)(function))
