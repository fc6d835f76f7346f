"""What holds for every test."""

import gc
import signal
import threading
import time
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c() -> None:
    """Let Ctrl-C be heard also where the tests run in the background, where it is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what is measured once per machine in a folder of this run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module", autouse=True)
def _collector_looks_at_the_module_alone() -> None:
    """Set aside what was there before: a look through all of it takes a fifth of a second.

    Tests of windows have one after each test, and it stops the camera of those that have one.
    """
    gc.collect()
    gc.freeze()


GRACE_S = 2.0
"""A thread that was told to stop may need a moment to do so."""


def _started_since(before: set[threading.Thread]) -> list[str]:
    # The pool of the compiled kernels lives as long as the process.
    return [
        thread.name
        for thread in threading.enumerate()
        if thread not in before and not thread.name.startswith("kernel")
    ]


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """Fail a test that leaves a thread behind."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + GRACE_S
    while _started_since(before) and time.monotonic() < deadline:
        time.sleep(0.01)
    leaked = _started_since(before)
    assert not leaked, f"threads left running: {', '.join(leaked)}"
