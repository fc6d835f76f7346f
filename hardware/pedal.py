"""Foot pedals: switches that go down and up."""

from dataclasses import dataclass
from typing import Protocol


class PedalError(Exception):
    """A pedal cannot be used; the message is one line for the user."""


class PedalLost(PedalError):
    """The pedal is gone; it must be opened again, and cannot be until it is back."""


@dataclass(frozen=True)
class PedalEvent:
    """A switch went down or came up, already debounced.

    Attributes
    ----------
    switch
        Number of the switch, from 0.
    down
        True when it was pressed, False when it was let go.
    time_s
        `time.monotonic` of the change.
    """

    switch: int
    down: bool
    time_s: float


class Pedal(Protocol):
    """A source of pedal events. One thread owns it."""

    @property
    def name(self) -> str:
        """Make and model."""
        ...

    @property
    def switch_count(self) -> int:
        """How many switches it has."""
        ...

    def open(self) -> None:
        """Start listening. Opening an open pedal does nothing.

        Raises
        ------
        PedalLost
            The pedal is not there.
        """
        ...

    def read(self, timeout_s: float) -> PedalEvent | None:
        """Return the next event, or None when none came in time. No event is ever dropped.

        Raises
        ------
        PedalLost
            The pedal is gone, or was not opened; events of before come first.
        """
        ...

    @property
    def known_until_s(self) -> float:
        """`time.monotonic` up to which everything that happened has come to `read`.

        Where another thread hands the events over, as a window does with keys, it may be busy:
        a switch that is not known to be up need not be down.
        """
        ...

    def close(self) -> None:
        """Stop listening. Closing a closed pedal does nothing."""
        ...
