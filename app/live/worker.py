"""What the three threads have in common: how they start, wait and end."""

import threading
from abc import ABC, abstractmethod


class Worker(ABC):
    """A plain thread, never a daemon, that ends soon after `stop`."""

    def __init__(self, name: str) -> None:
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=False)

    def start(self) -> None:
        """Start the thread; once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end. May be called from any thread, more than once."""
        self._stopping.set()

    def join(self) -> None:
        """Wait for the end of the thread; returns at once when it was never started."""
        if self._thread.ident is not None:
            self._thread.join()

    @abstractmethod
    def _run(self) -> None:
        """Run until `stop`; no exception may leave it."""


class BackOff:
    """Waits that grow from one failed attempt to the next, so that a lost device costs nothing.

    Parameters
    ----------
    first_s, most_s
        The first wait, and the longest; each is twice the one before.
    """

    def __init__(self, first_s: float = 0.1, most_s: float = 2.0) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._next_s = first_s

    def wait(self, stopping: threading.Event) -> None:
        """Wait, unless the thread is to stop."""
        stopping.wait(self._next_s)
        self._next_s = min(self._most_s, 2 * self._next_s)

    def reset(self) -> None:
        """Begin with the shortest wait again, since an attempt succeeded."""
        self._next_s = self._first_s
