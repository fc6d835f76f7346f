"""What waits for the analysis thread: presses in order, then old fields, then the newest frame."""

import threading
from collections import deque
from typing import Literal

from app.live.field_result import AnalysisRequest
from app.live.mailbox import Mailbox

BACKGROUND: Literal["background"] = "background"
"""Stands for a piece of background work: fields that must be classified again."""

Taken = AnalysisRequest | Literal["background"]


class AnalysisInbox:
    """Presses are never dropped; of the frames of continuous mode the newest wins.

    Parameters
    ----------
    most_bytes
        Pixels that may wait in presses. One press is always taken; a press that finds the
        inbox full is refused, and whoever pressed is told.
    """

    def __init__(self, most_bytes: int) -> None:
        self._changed = threading.Condition()
        self._presses: deque[AnalysisRequest] = deque()
        self._most_bytes = most_bytes
        self._bytes = 0
        self._held = False
        self._newest: Mailbox[AnalysisRequest] = Mailbox()
        self._background = False
        self._closed = False

    def press(self, request: AnalysisRequest) -> bool:
        """Queue a press; False when the inbox is full or closed."""
        size = request.frame.rgb.nbytes
        with self._changed:
            full = bool(self._presses) and self._bytes + size > self._most_bytes
            if full or self._closed:
                return False
            self._presses.append(request)
            self._bytes += size
            self._changed.notify()
            return True

    def offer(self, request: AnalysisRequest) -> None:
        """Leave a frame of continuous mode in place of the one that was not yet taken."""
        with self._changed:
            if self._newest.put(request):
                self._changed.notify()

    def forget_offer(self) -> None:
        """Leave out the frame of continuous mode that waits, if one does."""
        self._newest.take(0)

    def ask_background(self) -> None:
        """Ask for background work; asking twice is asking once."""
        with self._changed:
            self._background = True
            self._changed.notify()

    def hold_presses(self, hold: bool) -> None:
        """Let presses wait while the field before them is being saved."""
        with self._changed:
            self._held = hold
            self._changed.notify()

    def take(self) -> Taken | None:
        """Return what is most urgent, waiting for something; None once closed."""
        with self._changed:
            while not self._closed:
                if self._presses and not self._held:
                    request = self._presses.popleft()
                    self._bytes -= request.frame.rgb.nbytes
                    return request
                if self._background:
                    self._background = False
                    return BACKGROUND
                newest = self._newest.take(0)
                if newest is not None:
                    return newest
                self._changed.wait()
            return None

    def close(self) -> tuple[AnalysisRequest, ...]:
        """Wake the taker for the last time and return the presses that it will never take."""
        with self._changed:
            self._closed = True
            left = tuple(self._presses)
            self._presses.clear()
            self._bytes = 0
            self._newest.close()
            self._changed.notify_all()
            return left

    @property
    def waiting(self) -> int:
        """Presses that wait."""
        with self._changed:
            return len(self._presses)

    @property
    def dropped(self) -> int:
        """Frames of continuous mode that a newer one replaced."""
        return self._newest.counts[2]
