"""Work that takes too long for the windows' thread, one piece at a time."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal

Tell = Callable[[object], None]
"""Tells the windows how far the work is; raises `Stopped` when it is wanted no more."""


class Stopped(Exception):
    """The work is wanted no more; whoever does it takes back what it began."""


@dataclass(eq=False)
class _Work:
    """One piece of work with those who wait for it."""

    done: Callable[[object], None]
    failed: Callable[[str], None]
    told: Callable[[object], None]
    stopped: Callable[[], None]
    stopping: threading.Event = field(default_factory=threading.Event)


class Background(QObject):
    """Does one piece of work on a thread of its own; what comes of it is told on the windows'.

    A new piece takes the place of the one before, of which nothing is told any more.

    Parameters
    ----------
    name
        Of the threads.
    """

    _came = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._work: _Work | None = None
        self._threads: list[threading.Thread] = []
        self._came.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether something is being done of which the end was not told yet."""
        return self._work is not None

    def start(
        self,
        do: Callable[[Tell], object],
        done: Callable[[object], None],
        failed: Callable[[str], None],
        *,
        told: Callable[[object], None] = lambda _: None,
        stopped: Callable[[], None] = lambda: None,
    ) -> None:
        """Begin a piece of work.

        Parameters
        ----------
        do
            Runs on the thread; what it returns is for `done`, what it tells for `told`.
        failed
            Called with one line.
        stopped
            Called when `stop` ended it.
        """
        self.stop()
        self._threads = [each for each in self._threads if each.is_alive()]
        work = self._work = _Work(done, failed, told, stopped)
        thread = threading.Thread(target=self._run, args=(work, do), name=self._name)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """Say that the work is wanted no more; it ends the next time that it tells something."""
        if self._work is not None:
            self._work.stopping.set()

    def close(self) -> None:
        """End all work and wait for it; nothing is told afterwards."""
        self.stop()
        self._work = None
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _run(self, work: _Work, do: Callable[[Tell], object]) -> None:
        def tell(news: object) -> None:
            if work.stopping.is_set():
                raise Stopped
            self._came.emit((work, partial(work.told, news), False))

        try:
            result = do(tell)
        except Stopped:
            end: Callable[[], None] = work.stopped
        except Exception as error:  # whatever it was, the window must not wait for it forever
            end = partial(work.failed, _one_line(error))
        else:
            end = partial(work.done, result)
        self._came.emit((work, end, True))

    def _deliver(self, came: tuple[_Work, Callable[[], None], bool]) -> None:
        work, call, ended = came
        if work is not self._work:
            return
        if ended:
            self._work = None
        call()


def _one_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
