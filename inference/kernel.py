"""Compiled kernels, and the threads that run them over bands of rows."""

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from itertools import pairwise
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])

_BANDS_PER_THREAD = 4


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

    There are more bands than threads, and each thread takes the next one when it is done: where
    the camera takes a core for a while, the other one does most of them instead of waiting.

    Parameters
    ----------
    body
        Usually a lambda around a `kernel`; bands run at the same time and must not overlap
        in what they write.
    rows
        Number of rows of the image.
    least
        Fewest rows worth a band of their own.
    """
    threads = worker_count()
    bands = min(_BANDS_PER_THREAD * threads, max(1, rows // least))
    if threads == 1 or bands == 1:
        body(0, rows)
        return
    edges = [rows * i // bands for i in range(bands + 1)]
    left = deque(pairwise(edges))

    def work() -> None:
        while True:
            try:
                band = left.popleft()  # of a deque, which several threads may do at once
            except IndexError:
                return
            body(*band)

    others = [_pool().submit(work) for _ in range(min(threads, bands) - 1)]
    try:
        work()
    finally:
        left.clear()
        wait([each for each in others if not each.cancel()])
    for each in others:
        if not each.cancelled():
            each.result()
