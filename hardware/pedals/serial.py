"""Pedals on a serial port: those that send bytes, and bare contacts on the modem lines."""

import time
from collections.abc import Callable, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hardware.pedal import PedalError, PedalLost
from hardware.pedals.byte_patterns import BytePatterns, Edge
from hardware.pedals.contacts import ContactChange, ContactPedal
from hardware.pedals.record import HexBytes, PedalRecord
from hardware.serial_port import (
    SerialPort,
    SerialUnavailable,
    open_port,
    port_trouble,
    require_pyserial,
)

Line = Literal["cts", "dsr", "ri", "cd"]

_STALE_S = 0.5
"""A pattern comes in one piece; the beginning of one is noise after that time."""

_LOOK_S = 0.01
"""Two looks at the lines are less far apart, unless the thread was held up."""

_HELD_UP_S = 0.1
"""Longest time for which a thread that was held up is made up for."""

_FIRST_LINES_S = 2.0
"""A port on the network tells its lines some time after it was opened."""

Baud = Annotated[int, Field(ge=50, le=4_000_000)]
Opener = Callable[[], SerialPort]


class SwitchBytes(PedalRecord):
    """What one switch sends.

    Attributes
    ----------
    down
        When it is pressed.
    up
        When it is let go; empty for a pedal that is silent then.
    """

    down: Annotated[HexBytes, Field(min_length=1, max_length=64)]
    up: Annotated[HexBytes, Field(max_length=64)] = b""


class SerialBytesSettings(PedalRecord):
    """A pedal that sends bytes.

    Attributes
    ----------
    port
        Name of the port, or an ``rfc2217://`` URL. Never guessed: the first port of a computer
        may be a console.
    release_after_s
        For a switch that sends nothing when it is let go: it counts as up that long after the
        last time it was heard, so that one that repeats itself while it is held is one press.
    """

    kind: Literal["serial-bytes"] = "serial-bytes"
    port: Annotated[str, Field(min_length=1)]
    baud: Baud = 9600
    dtr: bool = True
    rts: bool = True
    switches: Annotated[tuple[SwitchBytes, ...], Field(min_length=1, max_length=16)]
    release_after_s: Annotated[float, Field(ge=0.05, le=2)] = 0.15

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        said = [row for s in self.switches for row in (s.down, s.up) if row]
        if len(set(said)) < len(said):
            raise ValueError("two switches, or press and release, send the same bytes")
        return self


class SwitchLine(PedalRecord):
    """The modem line of one switch.

    Attributes
    ----------
    inverted
        False when the line is raised by the foot; True when the foot lowers it.
    """

    line: Line
    inverted: bool = False


class SerialLinesSettings(PedalRecord):
    """Contacts between RTS or DTR, which feed them, and the lines that the computer reads."""

    kind: Literal["serial-lines"] = "serial-lines"
    port: Annotated[str, Field(min_length=1)]
    dtr: bool = True
    rts: bool = True
    switches: Annotated[tuple[SwitchLine, ...], Field(min_length=1, max_length=4)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        lines = [switch.line for switch in self.switches]
        if len(set(lines)) < len(lines):
            raise ValueError("two switches are on the same line")
        return self


def require_serial() -> None:
    """Raise `PedalError` when pyserial is not installed."""
    try:
        require_pyserial()
    except SerialUnavailable as error:
        raise PedalError(str(error)) from error


class ListenedPort:
    """A port that is there or lost, and nothing in between."""

    def __init__(self, name: str, opener: Opener) -> None:
        self.name = name
        self._opener = opener
        self._port: SerialPort | None = None

    def open(self) -> None:
        """Open it, or raise `PedalLost`."""
        try:
            self._port = self._opener()
        except (OSError, ValueError) as error:
            raise PedalLost(port_trouble(self.name, error)) from error

    def read(self) -> bytes:
        """Return what came, at the first byte or after a few milliseconds."""
        port = self._there()
        try:
            first = port.read(1)
            return first + port.read(port.in_waiting) if first else b""
        except (OSError, ValueError) as error:
            raise PedalLost(port_trouble(self.name, error)) from error

    def lines(self, lines: Sequence[Line]) -> tuple[bool, ...]:
        """Return which of the lines are raised."""
        port = self._there()
        try:
            return tuple(bool(getattr(port, line)) for line in lines)
        except (OSError, ValueError) as error:  # a pty has none, a lost port has none any more
            raise PedalLost(f"{self.name} does not tell its lines: {_line(error)}") from error

    def close(self) -> None:
        """Close it; a lost port may fail to close, and is gone all the same."""
        port, self._port = self._port, None
        if port is not None:
            try:
                port.close()
            except (OSError, ValueError):
                return

    def _there(self) -> SerialPort:
        if self._port is None:
            raise PedalLost(f"{self.name} is not open")
        return self._port


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


class ByteContacts:
    """The `Contacts` of a pedal that sends bytes.

    Parameters
    ----------
    settings
        Port and patterns.
    opener
        Opens the port; a test may put its own here.

    Raises
    ------
    PedalError
        A pattern begins with another one, or pyserial is missing.
    """

    def __init__(self, settings: SerialBytesSettings, opener: Opener | None = None) -> None:
        if opener is None:
            require_serial()
        self._settings = settings
        self._patterns = BytePatterns(
            {
                row: Edge(number, down)
                for number, switch in enumerate(settings.switches)
                for row, down in ((switch.down, True), (switch.up, False))
                if row
            }
        )
        self._port = ListenedPort(
            settings.port,
            opener
            or (
                lambda: open_port(settings.port, settings.baud, dtr=settings.dtr, rts=settings.rts)
            ),
        )
        self._ends: dict[int, float] = {}
        self._heard_s = float("-inf")

    @property
    def name(self) -> str:
        """What it is called in the window."""
        return f"Serial pedal on {self._settings.port}"

    @property
    def switch_count(self) -> int:
        """How many switches have a pattern."""
        return len(self._settings.switches)

    def open(self) -> None:
        """Open the port; see `Contacts.open`. What was sent before is not read."""
        self._port.open()
        self._port.read()
        self._patterns.forget()
        self._ends.clear()

    def wait(self, timeout_s: float) -> Sequence[ContactChange]:
        """Return what the bytes said; see `Contacts.wait`."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            data = self._port.read()
            now_s = time.monotonic()
            changes = [*self._over(now_s), *self._said(data, now_s)]
            if changes or now_s >= deadline_s:
                return changes

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def _said(self, data: bytes, now_s: float) -> list[ContactChange]:
        if not data:
            return []
        if now_s - self._heard_s > _STALE_S:
            self._patterns.forget()
        self._heard_s = now_s
        edges = self._patterns.feed(data)
        for edge in edges:
            if edge.down and not self._settings.switches[edge.switch].up:
                self._ends[edge.switch] = now_s + self._settings.release_after_s
        return [ContactChange(edge.switch, edge.down, now_s) for edge in edges]

    def _over(self, now_s: float) -> list[ContactChange]:
        """Return the releases of switches that send none."""
        over = sorted((end, switch) for switch, end in self._ends.items() if end <= now_s)
        for _, switch in over:
            del self._ends[switch]
        return [ContactChange(switch, False, end) for end, switch in over]


class LineContacts:
    """The `Contacts` of bare switches on the modem lines.

    The lines are looked at every few milliseconds, a fraction of the debouncing time: no system
    tells of their changes in a way that another thread could end. Nothing keeps what they did
    meanwhile: a press that begins and ends while nobody reads is not seen, so the thread that
    reads must do nothing else for long.

    Parameters
    ----------
    settings
        Port and lines.
    opener
        Opens the port; a test may put its own here.

    Raises
    ------
    PedalError
        pyserial is missing.
    """

    def __init__(self, settings: SerialLinesSettings, opener: Opener | None = None) -> None:
        if opener is None:
            require_serial()
        self._settings = settings
        self._lines: tuple[Line, ...] = tuple(switch.line for switch in settings.switches)
        self._port = ListenedPort(
            settings.port,
            opener or (lambda: open_port(settings.port, 9600, dtr=settings.dtr, rts=settings.rts)),
        )
        self._down: tuple[bool, ...] = ()
        self._looked_s = 0.0

    @property
    def name(self) -> str:
        """What it is called in the window."""
        return f"Contact pedal on {self._settings.port}"

    @property
    def switch_count(self) -> int:
        """How many lines are used."""
        return len(self._lines)

    def open(self) -> None:
        """Open the port; see `Contacts.open`. The lines of this moment are their beginning."""
        self._port.open()
        deadline_s = time.monotonic() + _FIRST_LINES_S
        while True:
            try:
                self._down = self._look()
                self._looked_s = time.monotonic()
                return
            except PedalLost:
                if "://" not in self._settings.port or time.monotonic() >= deadline_s:
                    self._port.close()
                    raise
            time.sleep(0.02)

    def wait(self, timeout_s: float) -> Sequence[ContactChange]:
        """Return which lines changed; see `Contacts.wait`."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            before, self._down = self._down, self._look()
            now_s = time.monotonic()
            # After a gap a press may have come at any time in it. Were it stamped late, a bounce
            # that fell into the gap would be a second press.
            press_s = min(now_s, max(self._looked_s + _LOOK_S, now_s - _HELD_UP_S))
            self._looked_s = now_s
            changes = [
                ContactChange(number, down, press_s if down else now_s)
                for number, (was, down) in enumerate(zip(before, self._down, strict=True))
                if was != down
            ]
            if changes or now_s >= deadline_s:
                return changes
            # Reading waits, and finds out that a port on the network is gone: its lines would
            # stay as they were for ever.
            self._port.read()

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def _look(self) -> tuple[bool, ...]:
        raised = self._port.lines(self._lines)
        return tuple(
            up != switch.inverted
            for up, switch in zip(raised, self._settings.switches, strict=True)
        )


def serial_bytes_pedal(settings: SerialBytesSettings, opener: Opener | None = None) -> ContactPedal:
    """Return a closed pedal that sends bytes; see `ByteContacts`."""
    return ContactPedal(ByteContacts(settings, opener))


def serial_lines_pedal(settings: SerialLinesSettings, opener: Opener | None = None) -> ContactPedal:
    """Return a closed pedal on modem lines; see `LineContacts`."""
    return ContactPedal(LineContacts(settings, opener))
