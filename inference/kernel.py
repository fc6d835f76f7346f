"""Compiled kernels, and the threads that run them over bands of rows."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile a function of arrays and numbers with numba, without the GIL, cached on disk.

    Numba's own ``parallel=True`` is not used anywhere: its portable threading layer aborts the
    process when two threads enter it at once, as the window and the analysis do. `over_rows`
    shares the work instead.
    """
    return cast(F, numba.njit(nogil=True, cache=True)(function))


def inlined(function: F) -> F:
    """Compile a small function that is inlined into the kernels which call it."""
    return cast(F, numba.njit(nogil=True, cache=True, inline="always")(function))


def worker_count() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(worker_count(), thread_name_prefix="kernel")


def over_rows(body: Callable[[int, int], object], rows: int, least: int = 64) -> None:
    """Call ``body(first, last)`` for bands of rows that together cover ``range(rows)``.

    Parameters
    ----------
    body
        Usually a lambda around a `kernel`; bands run at the same time and must not overlap
        in what they write.
    rows
        Number of rows of the image.
    least
        Fewest rows worth a thread of their own.
    """
    bands = min(worker_count(), max(1, rows // least))
    if bands == 1:
        body(0, rows)
        return
    edges = [rows * i // bands for i in range(bands + 1)]
    futures = [_pool().submit(body, edges[i], edges[i + 1]) for i in range(1, bands)]
    body(edges[0], edges[1])
    for future in futures:
        future.result()
