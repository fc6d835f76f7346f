"""What waits to be kept: a bounded line that loses nothing and never changes its order."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from app.storage.cases.problem import StorageProblem

MOST_WAITING = 512
MOST_PICTURES = 8
"""Fields that may wait: one of 3008 x 3008 px is 27 MB."""


@dataclass(frozen=True, eq=False)
class Change:
    """One thing to be kept.

    Attributes
    ----------
    what
        For messages, e.g. ``field 3``.
    keep
        Does it, and returns the id or number of what was added.
    picture
        Whether it holds the pixels of a field.
    future
        Done when it is kept.
    """

    what: str
    keep: Callable[[], int]
    picture: bool = False
    future: "Future[int]" = field(default_factory=Future)


class WaitingLine:
    """Changes in the order in which they came; the first stays until it is done with."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque()
        self._news = threading.Condition()
        self._retry = False
        self._closed: str | None = None

    def put(self, change: Change) -> None:
        """Add a change at the end, without waiting.

        Raises
        ------
        StorageProblem
            Too many are waiting, or the line is closed: the change is not going to be kept.
        """
        with self._news:
            if self._closed:
                raise StorageProblem(f"{change.what} is not saved: {self._closed}")
            pictures = sum(waiting.picture for waiting in self._changes)
            if len(self._changes) >= MOST_WAITING or (change.picture and pictures >= MOST_PICTURES):
                raise StorageProblem(
                    f"{change.what} is not saved: too much waits to be saved already"
                )
            change.future.set_running_or_notify_cancel()  # from here on nobody can cancel it
            self._changes.append(change)
            self._news.notify_all()

    def first(self) -> Change | None:
        """Wait for a change and return the first; None when the line is closed and empty."""
        with self._news:
            self._news.wait_for(lambda: self._changes or self._closed)
            return self._changes[0] if self._changes else None

    def drop_first(self) -> None:
        """Let the first go: it is kept, or never can be."""
        with self._news:
            self._changes.popleft()

    def wait_to_retry(self, timeout_s: float) -> bool:
        """Wait until a retry is asked for or is due; False when the line was closed."""
        with self._news:
            self._news.wait_for(lambda: self._retry or self._closed, timeout_s)
            self._retry = False
            return self._closed is None

    def retry(self) -> None:
        """End a wait to retry."""
        with self._news:
            self._retry = True
            self._news.notify_all()

    def close(self, reason: str) -> None:
        """Take no more changes, and say why to whoever brings one."""
        with self._news:
            self._closed = self._closed or reason
            self._news.notify_all()

    def waiting(self) -> tuple[str, ...]:
        """Return what is not kept yet, in order."""
        with self._news:
            return tuple(change.what for change in self._changes)

    def empty(self) -> tuple[Change, ...]:
        """Take all changes out."""
        with self._news:
            left = tuple(self._changes)
            self._changes.clear()
            return left
