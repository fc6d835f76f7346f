"""A foot pedal without a foot."""

import threading
import time
from collections import deque

from hardware.pedal import PedalEvent, PedalLost


class SimulatedPedal:
    """A pedal whose switches a program presses.

    `open`, `read` and `close` belong to the pedal's thread; all else may come from any thread.
    Nobody hears a pedal that is not open.

    Parameters
    ----------
    switch_count
        How many switches it has.
    """

    def __init__(self, switch_count: int = 3) -> None:
        self._count = switch_count
        self._changed = threading.Condition()
        self._events: deque[PedalEvent] = deque()
        self._down: set[int] = set()
        self._open = False
        self._plugged = True

    @property
    def name(self) -> str:
        """Make and model."""
        return "simulated pedal"

    @property
    def switch_count(self) -> int:
        """How many switches it has."""
        return self._count

    def open(self) -> None:
        """Start listening; see `Pedal.open`."""
        with self._changed:
            if not self._plugged:
                raise PedalLost("the simulated pedal is unplugged")
            self._open = True

    def read(self, timeout_s: float) -> PedalEvent | None:
        """Return the next event; see `Pedal.read`. What came before a loss comes first."""
        with self._changed:
            self._changed.wait_for(lambda: self._events or not self._open, timeout=timeout_s)
            if self._events:
                return self._events.popleft()
            if not self._open:
                reason = "is not open" if self._plugged else "was unplugged"
                raise PedalLost(f"the simulated pedal {reason}")
            return None

    @property
    def known_until_s(self) -> float:
        """Now; see `Pedal.known_until_s`."""
        return time.monotonic()

    def close(self) -> None:
        """Stop listening; see `Pedal.close`. Events that nobody read are gone."""
        with self._changed:
            self._open = False
            self._events.clear()
            self._down.clear()
            self._changed.notify_all()

    def press(self, switch: int = 0) -> None:
        """Put the foot down; nothing happens where it is down already.

        Raises
        ------
        ValueError
            There is no such switch.
        """
        self._turn(switch, down=True)

    def release(self, switch: int = 0) -> None:
        """Take the foot away; nothing happens where the switch is up already.

        Raises
        ------
        ValueError
            There is no such switch.
        """
        self._turn(switch, down=False)

    def hold(self, seconds: float, switch: int = 0) -> None:
        """Press, wait and release: a long press. Returns when the switch is up."""
        self.press(switch)
        time.sleep(seconds)
        self.release(switch)

    def unplug(self) -> None:
        """Pull the cable: the pedal is lost until it is plugged in and opened again."""
        with self._changed:
            self._plugged = self._open = False
            self._down.clear()
            self._changed.notify_all()

    def replug(self) -> None:
        """Put the cable back."""
        with self._changed:
            self._plugged = True

    def _turn(self, switch: int, *, down: bool) -> None:
        if not 0 <= switch < self._count:
            raise ValueError(f"the pedal has switches 0 to {self._count - 1}, not {switch}")
        with self._changed:
            if not self._open or (switch in self._down) == down:
                return
            (self._down.add if down else self._down.discard)(switch)
            self._events.append(PedalEvent(switch, down, time.monotonic()))
            self._changed.notify_all()
