"""Learning the switches of a pedal that reports its whole state: HID reports, modem lines.

The user is led: nothing (`LearnStep.REST`), then each switch alone, down and up again. The class is
fed with reports and time stamps and knows nothing of devices or windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from hardware.pedal import PedalError
from hardware.pedals.hid_report import HidSwitch

QUIET_S = 0.3
"""A switch counts as let go when the report of the release has held that long: no bounce does."""

STUCK_S = 3.0
"""When a report that is neither the press nor that of the rest has held that long, it is said."""


class LearnStep(Enum):
    """What the user is asked for."""

    REST = "rest"
    PRESS = "press"
    RELEASE = "release"


@dataclass(frozen=True)
class LearnedStates:
    """What was learned.

    Attributes
    ----------
    report_id
        Number of the report that speaks of the switches, 0 where reports have none.
    """

    report_id: int
    switches: tuple[HidSwitch, ...]


class StateLearning:
    """Finds out which bits of which byte each switch changes.

    A pedal may send reports all the time or only when something changes. In the first case the
    reports at rest tell which bits change by themselves (counters); in the second the report of
    the first release is the first one of the pedal at rest.
    """

    def __init__(self) -> None:
        self._step = LearnStep.REST
        self._report_id: int | None = None
        self._rest: dict[int, bytes] = {}
        self._restless: dict[int, bytearray] = {}
        self._first: bytes | None = None
        self._last = b""
        self._last_s = 0.0
        self._presses: list[bytes] = []
        self._trouble = ""

    @property
    def step(self) -> LearnStep:
        """What is waited for."""
        return self._step

    @property
    def learned(self) -> int:
        """How many switches are known; the one that is asked for bears this number, from 0."""
        return len(self._presses)

    @property
    def trouble(self) -> str:
        """Why the last press was not taken, in one line; empty when it was."""
        return self._trouble

    def begin_presses(self) -> None:
        """End the rest: from now on each change is a press. Ask for it after a second or two."""
        if self._step is LearnStep.REST:
            self._step = LearnStep.PRESS

    def feed(self, report_id: int, data: bytes, time_s: float) -> None:
        """Take a report, without its number."""
        self.settle(time_s)
        if self._step is LearnStep.REST:
            self._take_rest(report_id, data)
            return
        if self._report_id is not None and report_id != self._report_id:
            return
        steady = self._steady(report_id, data)
        if self._step is LearnStep.PRESS:
            if steady == self._rest_of(report_id):
                return
            self._report_id = report_id
            self._first = steady
            self._step = LearnStep.RELEASE
        if steady != self._last or self._first == steady:
            self._last_s = time_s
        self._last = steady

    def settle(self, now_s: float) -> None:
        """End a press whose release has lasted; call it from time to time."""
        if self._step is not LearnStep.RELEASE or self._report_id is None:
            return
        rest = self._rest_of(self._report_id)
        changed = self._last != self._first
        up = changed and rest in (None, self._last)
        if changed and not up and now_s - self._last_s >= STUCK_S:
            self._trouble = (
                "the pedal does not report what it reported at rest: let go of all switches, or "
                "begin again"
            )
        if up and now_s - self._last_s >= QUIET_S:
            if rest is None:
                self._rest[self._report_id] = self._last
            self._end_press()

    def result(self) -> LearnedStates:
        """Return what was learned so far.

        Raises
        ------
        PedalError
            No switch was pressed, or two presses cannot be told apart.
        """
        if not self._presses or self._report_id is None:
            raise PedalError("nothing was learned: the pedal said nothing when it was pressed")
        rest = self._rest_of(self._report_id) or b""
        return LearnedStates(self._report_id, told_apart(rest, self._presses))

    def _take_rest(self, report_id: int, data: bytes) -> None:
        before = self._rest.get(report_id)
        restless = self._restless.setdefault(report_id, bytearray(len(data)))
        if before is not None and len(before) == len(data) == len(restless):
            for i, (a, b) in enumerate(zip(before, data, strict=True)):
                restless[i] |= a ^ b
        self._rest[report_id] = data

    def _rest_of(self, report_id: int) -> bytes | None:
        rest = self._rest.get(report_id)
        return None if rest is None else self._steady(report_id, rest)

    def _steady(self, report_id: int, data: bytes) -> bytes:
        """Return a report with the bits at 0 that change by themselves."""
        restless = self._restless.get(report_id, b"")
        return bytes(
            value & ~(restless[i] if i < len(restless) else 0) for i, value in enumerate(data)
        )

    def _end_press(self) -> None:
        press, self._first = self._first, None
        self._step = LearnStep.PRESS
        if press is None or self._report_id is None:
            return
        try:
            told_apart(self._rest_of(self._report_id) or b"", [*self._presses, press])
        except PedalError as error:
            self._trouble = str(error)
            return
        self._trouble = ""
        self._presses.append(press)


def told_apart(rest: bytes, presses: Sequence[bytes]) -> tuple[HidSwitch, ...]:
    """Return for each switch what only its own press shows.

    The bits that it changes are tried first, so that two switches can be down at once; then the
    whole byte, as pedals need that report the code of a key.

    Parameters
    ----------
    rest
        Report of the pedal at rest.
    presses
        Report of each switch, pressed alone.

    Raises
    ------
    PedalError
        A press looks like another one, or like the pedal at rest.
    """
    return tuple(_own_pattern(number, rest, presses) for number in range(len(presses)))


def _own_pattern(number: int, rest: bytes, presses: Sequence[bytes]) -> HidSwitch:
    press = presses[number]
    if len(press) != len(rest):
        raise PedalError("the pedal's reports differ in length: it cannot be learned by reports")
    changed = [(i, a ^ b) for i, (a, b) in enumerate(zip(rest, press, strict=True)) if a != b]
    others = [rest, *(p for i, p in enumerate(presses) if i != number)]
    for whole in (False, True):
        for byte, mask in changed:
            used = 0xFF if whole else mask
            pattern = HidSwitch(byte=byte, mask=used, value=press[byte] & used)
            if not any(byte < len(other) and pattern.down(other) for other in others):
                return pattern
    alike = next((i for i, p in enumerate(presses) if i != number and p == press), None)
    if alike is None:
        raise PedalError(f"the press of switch {number + 1} cannot be told from another: try again")
    one, two = sorted((number + 1, alike + 1))
    raise PedalError(f"switch {two} looks like switch {one}: press another one")
