"""A mailbox with one place, in which the newest wins."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Hands the newest item from one thread to another; older ones are dropped and counted.

    At any time ``posted == taken + dropped + (1 if an item waits else 0)``.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._full = False
        self._closed = False
        self._posted = 0
        self._taken = 0
        self._dropped = 0

    def put(self, item: T) -> bool:
        """Leave an item in place of the one that nobody took; False once closed."""
        with self._changed:
            if self._closed:
                return False
            self._posted += 1
            self._dropped += self._full
            self._item, self._full = item, True
            self._changed.notify()
            return True

    def take(self, timeout_s: float | None = None) -> T | None:
        """Return the newest item, waiting for one; None when none came in time or once closed.

        Parameters
        ----------
        timeout_s
            None waits until an item comes or the mailbox is closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._full or self._closed, timeout_s)
            if not self._full:
                return None
            item, self._item, self._full = self._item, None, False
            self._taken += 1
            return item

    def close(self) -> None:
        """Wake all who wait. An item that nobody took is dropped."""
        with self._changed:
            self._closed = True
            self._dropped += self._full
            self._item, self._full = None, False
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        with self._changed:
            return self._closed

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many items were posted, taken and dropped, at one moment."""
        with self._changed:
            return self._posted, self._taken, self._dropped
