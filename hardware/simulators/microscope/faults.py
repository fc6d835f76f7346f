"""What goes wrong with cameras, on purpose."""

import threading
import time
from collections.abc import Callable

Gains = tuple[float, float, float]


class Faults:
    """Faults of the simulated camera; every method may be called from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._plugged = True
        self._stalled_until_s = 0.0
        self._late_s = 0.0
        self._broken = 0
        self._shrunk = 0
        self._gains: Gains = (1.0, 1.0, 1.0)

    def unplug(self) -> None:
        """Pull the cable: the camera is lost until it is plugged in and opened again."""
        with self._changed:
            self._plugged = False
            self._changed.notify_all()

    def replug(self) -> None:
        """Put the cable back."""
        with self._changed:
            self._plugged = True

    def stall(self, seconds: float) -> None:
        """Let no picture come for a while from now on."""
        with self._changed:
            self._stalled_until_s = time.monotonic() + seconds

    def delay(self, seconds: float) -> None:
        """Let pictures come that late after they were taken, until another delay is set."""
        with self._changed:
            self._late_s = seconds

    def break_next(self, count: int = 1) -> None:
        """Break the next pictures."""
        with self._changed:
            self._broken = count

    def shrink_next(self, count: int = 1) -> None:
        """Let the next pictures come with half of their rows."""
        with self._changed:
            self._shrunk = count

    def drift(self, gains: Gains) -> None:
        """Let red, green and blue drift by these factors; (1, 1, 1) is none."""
        with self._changed:
            self._gains = gains

    @property
    def plugged(self) -> bool:
        """Whether the cable is in."""
        with self._changed:
            return self._plugged

    @property
    def stalled_until_s(self) -> float:
        """`time.monotonic` at which the last stall is over."""
        with self._changed:
            return self._stalled_until_s

    @property
    def late_s(self) -> float:
        """How late pictures come."""
        with self._changed:
            return self._late_s

    @property
    def gains(self) -> Gains:
        """Factors of red, green and blue."""
        with self._changed:
            return self._gains

    def take_broken(self) -> bool:
        """Tell whether the picture that was just taken is broken."""
        with self._changed:
            broken = self._broken > 0
            self._broken -= broken
            return broken

    def take_shrunk(self) -> bool:
        """Tell whether the picture that was just taken has the wrong size."""
        with self._changed:
            shrunk = self._shrunk > 0
            self._shrunk -= shrunk
            return shrunk

    def wake(self) -> None:
        """Let a camera that waits look whether it was closed."""
        with self._changed:
            self._changed.notify_all()

    def sleep_until(self, then_s: float, closed: Callable[[], bool]) -> None:
        """Wait until that time by `time.monotonic`, or for the cable to be pulled, or the end."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._plugged or closed(),
                timeout=max(0.0, then_s - time.monotonic()),
            )
