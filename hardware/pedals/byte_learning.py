"""Learning what a serial pedal sends: each switch is held for a second and let go."""

from collections.abc import Sequence

from hardware.pedal import PedalError
from hardware.pedals.byte_patterns import BytePatterns, Edge
from hardware.pedals.serial import SwitchBytes
from hardware.pedals.state_learning import LearnStep

BURST_S = 0.25
"""Bytes with less time between them belong to one burst: a press, a release, or repetitions."""

QUIET_S = 1.5
"""After that nothing more comes of a switch that was held for a second and let go."""

_LONGEST = 256


class ByteLearning:
    """Finds the bytes of press and release of each switch; fed with bytes and time stamps."""

    def __init__(self) -> None:
        self._step = LearnStep.REST
        self._bursts: list[bytes] = []
        self._last_s = 0.0
        self._switches: list[SwitchBytes] = []
        self._trouble = ""

    @property
    def step(self) -> LearnStep:
        """What is waited for; `LearnStep.RELEASE` from the first byte of a press on."""
        return self._step

    @property
    def learned(self) -> int:
        """How many switches are known."""
        return len(self._switches)

    @property
    def trouble(self) -> str:
        """Why the last press was not taken, in one line; empty when it was."""
        return self._trouble

    def begin_presses(self) -> None:
        """End the rest: from now on bytes are those of a switch."""
        if self._step is LearnStep.REST:
            self._step = LearnStep.PRESS

    def feed(self, data: bytes, time_s: float) -> None:
        """Take what the port sent."""
        self.settle(time_s)
        if not data:
            return
        if self._step is LearnStep.REST:
            self._trouble = (
                "the port sends without a foot on the pedal: it is another port, or another speed"
            )
            return
        if self._step is LearnStep.RELEASE and time_s - self._last_s < BURST_S:
            self._bursts[-1] += data
        else:
            self._bursts.append(data)
        self._step = LearnStep.RELEASE
        self._last_s = time_s

    def settle(self, now_s: float) -> None:
        """End a switch after which it was quiet; call it from time to time."""
        if self._step is not LearnStep.RELEASE or now_s - self._last_s < QUIET_S:
            return
        bursts, self._bursts = self._bursts, []
        self._step = LearnStep.PRESS
        try:
            switch = press_and_release(bursts)
            _require_distinct([*self._switches, switch])
        except PedalError as error:
            self._trouble = str(error)
            return
        self._trouble = ""
        self._switches.append(switch)

    def result(self) -> tuple[SwitchBytes, ...]:
        """Return the switches learned so far.

        Raises
        ------
        PedalError
            There is none.
        """
        if not self._switches:
            raise PedalError("nothing was learned: the port sent nothing when it was pressed")
        return tuple(self._switches)


def press_and_release(bursts: Sequence[bytes]) -> SwitchBytes:
    """Return the shortest pair of patterns of which all bursts are made.

    The first burst begins with a press and the last one ends with a release, whatever bounces or
    repetitions stand between. A switch all of whose bursts repeat one pattern is silent when it
    is let go.

    Raises
    ------
    PedalError
        There is no such pair, or press and release are the same.
    """
    whole = b"".join(bursts)
    if not whole or len(whole) > _LONGEST:
        raise PedalError("the pedal sends too much: see to the speed of the port, and press once")
    silent = _unit(whole)
    if all(len(burst) % len(silent) == 0 for burst in bursts) and silent != whole:
        if list(bursts) == [silent, silent]:
            raise PedalError(
                "the pedal sends the same when it is pressed and when it is let go: it cannot be "
                "used, since nobody knows whether it is down"
            )
        return SwitchBytes(down=silent)
    if len(bursts) == 1:
        return SwitchBytes(down=whole)
    first, last = bursts[0], bursts[-1]
    pairs = sorted(
        ((first[:i], last[-j:]) for i in range(1, len(first) + 1) for j in range(1, len(last) + 1)),
        key=lambda pair: len(pair[0]) + len(pair[1]),
    )
    alike: tuple[bytes, bytes] | None = None
    for down, up in pairs:
        if not all(_made_of(burst, down, up) for burst in bursts):
            continue
        if down.startswith(up) or up.startswith(down):
            alike = alike or (down, up)
        elif alike is not None and any(_bounces(row, *alike) for row in (down, up)):
            raise PedalError(
                "press and release begin with the same bytes and cannot be told apart: press "
                "again, hold for a second, and let go, or set the pedal to send others"
            )
        else:
            return SwitchBytes(down=down, up=up)
    raise PedalError("the press was not clear: press again, hold for a second, and let go")


def _unit(row: bytes) -> bytes:
    """Return the shortest row of which the bytes are a repetition."""
    size = next(n for n in range(1, len(row) + 1) if row[:n] * (len(row) // n) == row)
    return row[:size]


def _made_of(row: bytes, down: bytes, up: bytes) -> bool:
    return _parts(row, down, up) is not None


def _bounces(row: bytes, down: bytes, up: bytes) -> bool:
    """Tell whether a pattern is a press, a release and a press, or the other way about.

    As a whole it would never come again.
    """
    parts = _parts(row, down, up)
    return parts is not None and parts[0] == parts[-1] and len(set(parts)) > 1


def _parts(row: bytes, down: bytes, up: bytes) -> list[bytes] | None:
    """Cut a row into both patterns; None if it is not made of them."""
    parts = []
    while row:
        part = down if row.startswith(down) else up
        if not row.startswith(part):
            return None
        parts.append(part)
        row = row[len(part) :]
    return parts


def _require_distinct(switches: Sequence[SwitchBytes]) -> None:
    patterns: dict[bytes, Edge] = {}
    for number, switch in enumerate(switches):
        for row, down in ((switch.down, True), (switch.up, False)):
            if row in patterns:
                raise PedalError(
                    f"switch {number + 1} looks like switch {patterns[row].switch + 1}: "
                    "press another one"
                )
            if row:
                patterns[row] = Edge(number, down)
    BytePatterns(patterns)
