"""The pedal thread: owns the pedal, tells short presses from long ones."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from app.live.trouble import Trouble, one_line
from app.live.worker import BackOff, Worker
from hardware.pedal import Pedal, PedalEvent, PedalLost

POLL_S = 0.1
"""Longest wait for an event; stopping takes no longer."""

_LOOK_S = 0.01
"""How often it is looked whether a press that is long enough is known to last."""


class GestureKind(Enum):
    """What the foot did."""

    DOWN = "down"
    SHORT = "short"
    LONG = "long"


@dataclass(frozen=True)
class Gesture:
    """Something that the foot did, for which an action may stand.

    Every ``DOWN`` is followed by one ``SHORT`` or one ``LONG`` of its switch. On a switch for
    which no long press is wanted ``SHORT`` follows at once; else it comes with the release, and
    ``LONG`` as soon as the switch was down long enough.

    Attributes
    ----------
    kind
        What it was.
    switch
        Number of the switch, from 0.
    time_s
        `time.monotonic` of the moment the switch went down.
    """

    kind: GestureKind
    switch: int
    time_s: float


@dataclass(frozen=True)
class PedalStatus:
    """Whether the pedal is there, told whenever it changes.

    Attributes
    ----------
    present
        Whether it can be used.
    text
        Why not, in one line; else empty.
    pedal
        Its name.
    """

    present: bool
    text: str
    pedal: str


class PedalSink(Protocol):
    """Takes what comes from the pedal; called on the pedal thread."""

    def gesture(self, gesture: Gesture) -> None:
        """Take a gesture; none is ever dropped."""
        ...

    def pedal_status(self, status: PedalStatus) -> None:
        """Take a change of the pedal's state."""
        ...

    def trouble(self, trouble: Trouble) -> None:
        """Take an error that is not the pedal's."""
        ...


class PedalThread(Worker):
    """Reads the pedal, and opens it again when it was lost.

    Parameters
    ----------
    pedal
        Used on this thread alone.
    sink
        Takes gestures and states.
    long_press_s
        Time after which a press is a long one.
    long_switches
        Switches for which a long press means something.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    def __init__(
        self,
        pedal: Pedal,
        sink: PedalSink,
        long_press_s: float = 0.6,
        long_switches: Collection[int] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("pedal")
        self._pedal = pedal
        self._sink = sink
        self.set_long(long_press_s, long_switches)
        self._clock = clock
        self._down: dict[int, float] = {}
        self._present: bool | None = None

    def set_long(self, long_press_s: float, long_switches: Collection[int]) -> None:
        """Take other long presses from the next press on; may be called from any thread."""
        self._long_press_s = long_press_s
        self._long_switches = frozenset(long_switches)

    def _run(self) -> None:
        waits = BackOff()
        while not self._stopping.is_set():
            try:
                self._pedal.open()
                self._say(present=True)
                while not self._stopping.is_set():
                    known_until_s = self._pedal.known_until_s
                    event = self._pedal.read(self._wait_s())
                    waits.reset()
                    if event is not None:
                        self._take(event)
                    else:  # the release of a short press may have been waiting to be read
                        self._end_long(known_until_s)
            except PedalLost as error:
                self._say(present=False, text=str(error))
            except Exception as error:  # a driver may fail in any way
                self._say(present=False, text=f"the pedal failed: {one_line(error)}")
                self._sink.trouble(Trouble.unexpected("pedal", error))
            self._let_go()
            self._close()
            if not self._stopping.is_set():
                waits.wait(self._stopping)

    def _wait_s(self) -> float:
        """Return how long to wait for an event before a press becomes a long one."""
        ends = [since + self._long_press_s for since in self._down.values()]
        return min([POLL_S, *(max(_LOOK_S, end - self._clock()) for end in ends)])

    def _take(self, event: PedalEvent) -> None:
        since = self._down.pop(event.switch, None)
        if since is not None:
            # By the times of the events: this thread may have been late itself.
            held = event.time_s - since
            kind = GestureKind.LONG if held >= self._long_press_s else GestureKind.SHORT
            self._tell(kind, event.switch, since)
        if event.down:
            self._tell(GestureKind.DOWN, event.switch, event.time_s)
            if event.switch in self._long_switches:
                self._down[event.switch] = event.time_s
            else:
                self._tell(GestureKind.SHORT, event.switch, event.time_s)

    def _end_long(self, known_until_s: float) -> None:
        """End the presses of which it is known that the foot was down for long enough.

        The clock alone does not tell: the release of a short press may wait in a busy window,
        and would be taken for a long press, which drops a field.
        """
        for switch, since in list(self._down.items()):
            if known_until_s - since >= self._long_press_s:
                del self._down[switch]
                self._tell(GestureKind.LONG, switch, since)

    def _let_go(self) -> None:
        """End the presses that the pedal can no longer end: they were made, and they count."""
        for switch, since in self._down.items():
            self._tell(GestureKind.SHORT, switch, since)
        self._down.clear()

    def _tell(self, kind: GestureKind, switch: int, time_s: float) -> None:
        try:
            self._sink.gesture(Gesture(kind, switch, time_s))
        except Exception as error:  # travels as data
            self._sink.trouble(Trouble.unexpected("pedal", error))

    def _close(self) -> None:
        try:
            self._pedal.close()
        except Exception as error:  # a lost device may fail to close, too
            self._sink.trouble(Trouble.unexpected("pedal", error))

    def _say(self, *, present: bool, text: str = "") -> None:
        if present is not self._present:
            self._present = present
            self._sink.pedal_status(PedalStatus(present, text, self._pedal.name))
