"""The pedal that types a key: the window sees the key and hands it over here."""

import contextlib
import queue

from hardware.pedal import PedalError, PedalEvent, PedalLost

_MOST_UNREAD = 1024
"""Minutes of wild stamping: when so many wait, nobody reads them any more."""


class KeyboardPedal:
    """A `hardware.pedal.Pedal` that is fed by the thread that sees the keys.

    Parameters
    ----------
    switch_count
        How many keys count as switches.
    """

    def __init__(self, switch_count: int = 1) -> None:
        self._switch_count = switch_count
        self._waiting: queue.Queue[PedalEvent | None] = queue.Queue(_MOST_UNREAD)
        self._listening = False
        self._known_until_s = float("-inf")

    @property
    def name(self) -> str:
        """What it is called in the window."""
        return "Keyboard pedal"

    @property
    def switch_count(self) -> int:
        """How many switches it has."""
        return self._switch_count

    def set_switch_count(self, count: int) -> None:
        """Say how many keys count as switches from now on; called by the window."""
        self._switch_count = count

    def open(self) -> None:
        """Start listening; what came while it was closed is gone."""
        if self._listening:
            return
        self._waiting = queue.Queue(_MOST_UNREAD)
        self._listening = True

    def put_event(self, event: PedalEvent) -> None:
        """Take an event from the window, from any thread, without ever waiting.

        Raises
        ------
        ValueError
            The pedal has no such switch.
        PedalError
            More events wait than anybody will read.
        """
        if not 0 <= event.switch < self._switch_count:
            raise ValueError(f"the keyboard pedal has no switch {event.switch}")
        if not self._listening:
            return
        try:
            self._waiting.put_nowait(event)
        except queue.Full as error:
            raise PedalError(
                "the pedal is not answered any more: finish the slide and start the program again"
            ) from error

    def read(self, timeout_s: float) -> PedalEvent | None:
        """Return the next event, or None when none came in time.

        Raises
        ------
        PedalLost
            It is closed.
        """
        if not self._listening:
            raise PedalLost("the keyboard pedal is closed")
        try:
            event = self._waiting.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if event is None:
            raise PedalLost("the keyboard pedal is closed")
        return event

    @property
    def known_until_s(self) -> float:
        """Time up to which the window has handed over all events."""
        return self._known_until_s

    def note_known(self, until_s: float) -> None:
        """Say that no event of before that time is still to come; called by the window."""
        self._known_until_s = until_s

    def close(self) -> None:
        """Stop listening, and end a waiting `read`. Closing a closed pedal does nothing."""
        self._listening = False
        # Where the queue is full nobody waits.
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
