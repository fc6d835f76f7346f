"""The one hop from the session's threads into the windows' thread."""

import threading
import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.session.events import Latest, Notice

_TURN_S = 0.008
"""A turn takes no further event after that: with its painting it stays below 50 ms."""
_PAUSE_MS = 1
"""Until the next turn: what waits for the hand or the screen comes first."""


class Bridge(QObject):
    """Takes events on any thread, and hands them over on the thread of the windows.

    A signal for each frame would queue without a bound as soon as painting is slower than the
    camera: the picture is then seconds late and falls further behind. Here at most one call
    waits in the queue, however many events come. Of each kind of state only the newest waits;
    notices all wait, in order. What takes long is spread over several turns of the windows' thread:
    a new field brings many events, and between them the hand is answered.

    Parameters
    ----------
    receive
        Called on the windows' thread, with every notice and then with the newest states.
    clock
        In seconds.
    """

    _woken = Signal()

    def __init__(
        self,
        receive: Callable[[Latest | Notice], None],
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._receive = receive
        self._clock = clock
        self._lock = threading.Lock()
        self._newest: dict[type, Latest] = {}
        self._notices: deque[Notice] = deque()
        self._waking = False
        self._open = True
        self._replaced = 0
        self._woken.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._next_turn = QTimer(self)
        self._next_turn.setSingleShot(True)
        self._next_turn.timeout.connect(self._deliver)

    def latest(self, event: Latest) -> None:
        """Take a state: it replaces the one of its type that was not yet handed over."""
        with self._lock:
            self._replaced += type(event) in self._newest
            self._newest[type(event)] = event
        self._wake()

    def notice(self, event: Notice) -> None:
        """Take something that must not be lost."""
        with self._lock:
            self._notices.append(event)
        self._wake()

    @property
    def replaced(self) -> int:
        """States that a newer one replaced before anyone looked at them."""
        with self._lock:
            return self._replaced

    def close(self) -> None:
        """Hand nothing over any more; what still comes is left."""
        with self._lock:
            self._open = False

    def _wake(self) -> None:
        with self._lock:
            if self._waking or not self._open:
                return
            self._waking = True
        self._woken.emit()

    def _deliver(self) -> None:
        until_s = self._clock() + _TURN_S
        try:
            while (event := self._next()) is not None:
                self._receive(event)
                if self._clock() >= until_s:
                    break
        finally:  # also after an error in one of them: the others are still to come
            with self._lock:
                more = self._waking = self._open and bool(self._notices or self._newest)
            if more:
                self._next_turn.start(_PAUSE_MS)

    def _next(self) -> Latest | Notice | None:
        with self._lock:
            if not self._open:
                return None
            if self._notices:
                return self._notices.popleft()
            return self._newest.pop(next(iter(self._newest))) if self._newest else None
