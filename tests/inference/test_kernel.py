"""Rows are shared among threads: each exactly once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import kernel as module
from inference.kernel import inlined, kernel, over_rows, worker_count


@given(rows=st.integers(0, 700), least=st.integers(1, 200))
def test_the_bands_cover_every_row_once(rows: int, least: int) -> None:
    visits = np.zeros(rows, np.int64)
    bands = []

    def body(first: int, last: int) -> None:
        visits[first:last] += 1
        bands.append((first, last))

    over_rows(body, rows, least)
    assert (visits == 1).all()
    assert len(bands) <= 4 * worker_count()
    if len(bands) > 1:
        assert min(last - first for first, last in bands) >= least


@pytest.mark.parametrize(("workers", "expected"), [(1, 1), (2, 8), (5, 10)])
def test_any_number_of_cores_does_the_same(
    monkeypatch: pytest.MonkeyPatch, workers: int, expected: int
) -> None:
    monkeypatch.setattr(module, "worker_count", lambda: workers)
    bands: list[tuple[int, int]] = []
    over_rows(lambda first, last: bands.append((first, last)), 101, 10)
    assert len(bands) == expected
    edges = sorted(bands)
    assert [edges[0][0], *(last for _, last in edges)] == [*(first for first, _ in edges), 101]


@pytest.mark.parametrize("mine", [True, False])
def test_an_error_in_a_band_of_any_thread_reaches_the_caller(
    monkeypatch: pytest.MonkeyPatch, mine: bool
) -> None:
    monkeypatch.setattr(module, "worker_count", lambda: 2)
    caller, both = threading.get_ident(), threading.Barrier(2, timeout=10)
    after: list[int] = []

    def body(first: int, last: int) -> None:
        both.wait()  # each thread has a band now
        if (threading.get_ident() == caller) is mine:
            raise RuntimeError("this band")
        after.append(last - first)

    with pytest.raises(RuntimeError, match="this band"):
        over_rows(body, 128)
    assert after == [64]  # the other one was waited for


def test_a_thread_that_gets_no_core_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool is taken by others: the caller does all bands by itself."""
    monkeypatch.setattr(module, "worker_count", lambda: 2)
    taken = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(module, "_pool", lambda: pool)
        pool.submit(taken.wait, 30)
        bands: list[tuple[int, int]] = []
        over_rows(lambda first, last: bands.append((first, last)), 640)
        taken.set()
    assert len(bands) == 8


def test_two_threads_may_share_rows_at_once() -> None:
    images = [np.zeros((300, 50), np.int64) for _ in range(4)]

    def fill(image: np.ndarray) -> None:
        for _ in range(20):
            over_rows(lambda first, last: _add_one(image, first, last), len(image))

    threads = [threading.Thread(target=fill, args=(image,)) for image in images]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for image in images:
        assert (image == 20).all()


@inlined
def _one() -> int:
    return 1


@kernel
def _add_one(image: np.ndarray, first: int, last: int) -> None:
    for y in range(first, last):
        for x in range(image.shape[1]):
            image[y, x] += _one()
