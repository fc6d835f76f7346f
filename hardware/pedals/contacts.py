"""The pedal behind contacts that a driver can only look at: bouncing, loss and stopping, once."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from hardware.debounce import DEBOUNCE_S, Debounce
from hardware.pedal import PedalEvent, PedalLost

SLICE_S = 0.02
"""Longest look at the device at a time: closing from another thread waits no longer."""


@dataclass(frozen=True)
class ContactChange:
    """What the device said of one switch, bounces and all.

    Attributes
    ----------
    switch
        Number of the switch, from 0.
    down
        True when the contact is closed by the foot.
    time_s
        `time.monotonic` of the moment it was seen.
    """

    switch: int
    down: bool
    time_s: float


class Contacts(Protocol):
    """The make's own part: it opens the device and says what the contacts do."""

    @property
    def name(self) -> str:
        """Make and model, as the user knows it."""
        ...

    @property
    def switch_count(self) -> int:
        """How many switches there are."""
        ...

    def open(self) -> None:
        """Open the device, or raise `PedalLost` when it is not there."""
        ...

    def wait(self, timeout_s: float) -> Sequence[ContactChange]:
        """Return what changed, as soon as something does, or nothing after the time.

        A contact that says again what it said before does no harm.

        Raises
        ------
        PedalLost
            The device is gone.
        """
        ...

    def close(self) -> None:
        """Close what was opened; nothing happens when nothing is open."""
        ...


class SwitchBank:
    """Several switches without their bounces; pure, fed with time stamps.

    Times go up for each switch. The release of one switch may be told after the press of another
    one that came up to 30 ms later, since only then is it certain.

    Parameters
    ----------
    switch_count
        How many switches there are.
    hold_s
        How long a release must last.
    """

    def __init__(self, switch_count: int, hold_s: float = DEBOUNCE_S) -> None:
        self._hold_s = hold_s
        self._switches = tuple(Debounce(hold_s) for _ in range(switch_count))

    @property
    def due_s(self) -> float | None:
        """When `settle` will have something to say; None when nothing is pending."""
        return min((s.due_s for s in self._switches if s.due_s is not None), default=None)

    def known_until_s(self, looked_s: float) -> float:
        """Return up to when everything was told, for contacts last looked at at that time.

        A release that is not yet certain may still become one: the time stops there.
        """
        due = self.due_s
        return looked_s if due is None else min(looked_s, due - self._hold_s)

    def feed(self, change: ContactChange) -> tuple[PedalEvent, ...]:
        """Take what a contact did and return what is certain of that switch now."""
        changes = self._switches[change.switch].feed(change.down, change.time_s)
        return tuple(PedalEvent(change.switch, c.down, c.time_s) for c in changes)

    def settle(self, now_s: float) -> tuple[PedalEvent, ...]:
        """Return the releases that lasted long enough by now, in order of time."""
        events = [
            PedalEvent(number, c.down, c.time_s)
            for number, switch in enumerate(self._switches)
            for c in switch.settle(now_s)
        ]
        return tuple(sorted(events, key=lambda event: event.time_s))


class ContactPedal:
    """A `hardware.pedal.Pedal` made of contacts.

    `open` and `read` belong to the pedal's thread; `close` may come from any thread, and then
    ends a waiting `read` with `PedalLost` at once. A switch that is down while the pedal is
    opened counts from its next press on: plugging a pedal in takes no field.

    Parameters
    ----------
    contacts
        The make's part.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    def __init__(self, contacts: Contacts, clock: Callable[[], float] = time.monotonic) -> None:
        self._contacts = contacts
        self._clock = clock
        self._bank = SwitchBank(contacts.switch_count)
        self._events: deque[PedalEvent] = deque()
        self._using = threading.Lock()
        self._closing = threading.Event()
        self._open = False
        self._looked_s = float("-inf")
        self._why_lost = f"{contacts.name} is not open"

    @property
    def name(self) -> str:
        """Make and model."""
        return self._contacts.name

    @property
    def switch_count(self) -> int:
        """How many switches it has."""
        return self._contacts.switch_count

    @property
    def known_until_s(self) -> float:
        """See `hardware.pedal.Pedal.known_until_s`."""
        return self._bank.known_until_s(self._looked_s)

    def open(self) -> None:
        """Start listening; see `hardware.pedal.Pedal.open`."""
        with self._using:
            if self._open:
                return
            try:
                self._contacts.open()
            except Exception:
                # Half open it would keep the device from the next attempt.
                self._contacts.close()
                raise
            self._events.clear()
            self._bank = SwitchBank(self._contacts.switch_count)
            self._looked_s = self._clock()
            self._open = True

    def read(self, timeout_s: float) -> PedalEvent | None:
        """Return the next event; see `hardware.pedal.Pedal.read`."""
        deadline_s = self._clock() + timeout_s
        while True:
            if self._closing.is_set():
                raise PedalLost(f"{self.name} is not open")
            with self._using:
                if self._events:
                    return self._events.popleft()
                if not self._open:
                    raise PedalLost(self._why_lost)
                self._look(deadline_s)
                if self._events:
                    return self._events.popleft()
                if self._open and self._clock() >= deadline_s:
                    return None

    def close(self) -> None:
        """Stop listening; see `hardware.pedal.Pedal.close`. Events that nobody read are gone."""
        self._closing.set()
        try:
            with self._using:
                self._open = False
                self._why_lost = f"{self.name} is not open"
                self._events.clear()
                self._contacts.close()
        finally:
            self._closing.clear()

    def _look(self, deadline_s: float) -> None:
        now_s = self._clock()
        due_s = self._bank.due_s
        until_s = min(deadline_s, now_s + SLICE_S, *(() if due_s is None else (due_s,)))
        try:
            changes = self._contacts.wait(max(0.0, until_s - now_s))
        except PedalLost as error:
            self._lose(str(error))
            return
        for change in changes:
            self._events.extend(self._bank.feed(change))
        if changes:
            return
        # Only now is it sure that all that happened before the look began has been seen. This
        # thread may have been held up: the press that makes a release a bounce may be waiting.
        self._looked_s = now_s
        self._events.extend(self._bank.settle(now_s))

    def _lose(self, why: str) -> None:
        # A release whose time was not up yet is the last thing that is known of its switch.
        self._events.extend(self._bank.settle(float("inf")))
        self._open = False
        self._why_lost = why
        self._contacts.close()
