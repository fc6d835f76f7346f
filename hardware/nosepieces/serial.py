"""A nosepiece that tells over a serial port which objective is in the light.

Every maker has a line protocol of its own, so the protocol is a pattern of the settings.
"""

import re
import threading
import time
from collections.abc import Callable
from typing import Annotated, Self

from pydantic import Field, model_validator

from hardware.nosepieces.positions import NosepieceRecord, Positions
from hardware.objective import Objective, objective_named
from hardware.serial_port import SerialPort, SerialUnavailable, open_port, port_trouble

ASK_S = 0.2
"""How often the nosepiece is asked: turning it by hand takes longer."""

FRESH_S = 1.0
"""After that without an answer it is not known what is in the light."""

_REOPEN_S = 1.0
_LONGEST = 4096

Opener = Callable[[], SerialPort]


class SerialNosepieceSettings(NosepieceRecord):
    r"""Port, line protocol and objectives.

    Attributes
    ----------
    ask
        What is sent to ask for the position, its end included, e.g. ``POS?\r``. Empty for one
        that tells by itself all the time.
    answer
        Regular expression that a whole answer matches, without its end; its group ``position`` is
        the place, e.g. ``POS=(?P<position>\d)``.
    turn
        What is sent to turn it, with ``{position}`` in it; empty for one that is turned by hand.
    line_end
        What ends an answer.
    positions
        Weakest objective first.
    """

    port: Annotated[str, Field(min_length=1)]
    baud: Annotated[int, Field(ge=50, le=4_000_000)] = 9600
    dtr: bool = True
    rts: bool = True
    ask: str = ""
    answer: str
    turn: str = ""
    line_end: Annotated[str, Field(min_length=1, max_length=2)] = "\r"
    positions: Positions

    @model_validator(mode="after")
    def _usable(self) -> Self:
        try:
            groups = re.compile(self.answer).groupindex
        except re.error as error:
            raise ValueError(f"answer is no regular expression: {error}") from error
        if "position" not in groups:
            raise ValueError("answer needs the group (?P<position>...)")
        if self.turn and "{position}" not in self.turn:
            raise ValueError("turn needs {position}")
        if not (self.ask + self.turn + self.line_end).isascii():
            raise ValueError("ask, turn and line_end must be ASCII")
        return self


class SerialNosepiece:
    """A `hardware.objective.Nosepiece` on a serial port; any thread may use it.

    Asking never waits for the answer: `current` reads what has come, asks again when it is time,
    and returns the last answer while it is fresh. Between two places, and while the port is gone,
    the objective is not known and nothing is analyzed; a guess would be a wrong pixel size. What
    is told may be `ASK_S` old, and the time that the answer takes. The port is opened at the first
    question, and again when it was lost, which on a network may take half a second.

    Parameters
    ----------
    settings
        Port and protocol.
    opener
        Opens the port; a test may put its own here.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    def __init__(
        self,
        settings: SerialNosepieceSettings,
        opener: Opener | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._opener = opener or (
            lambda: open_port(settings.port, settings.baud, dtr=settings.dtr, rts=settings.rts)
        )
        self._clock = clock
        self._answer = re.compile(settings.answer)
        self._objectives = {
            each.position: Objective(each.name, None) for each in settings.positions
        }
        self._using = threading.Lock()
        self._port: SerialPort | None = None
        self._waiting = b""
        self._trouble = ""
        self._current: Objective | None = None
        self._answered_s = self._asked_s = self._tried_s = float("-inf")

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """All objectives, weakest first."""
        return tuple(self._objectives.values())

    @property
    def current(self) -> Objective | None:
        """The one in the light; None when it is not known."""
        with self._using:
            now_s = self._clock()
            self._exchange(now_s)
            return self._current if now_s - self._answered_s <= FRESH_S else None

    @property
    def trouble(self) -> str:
        """Why the port cannot be used, in one line; empty when it can."""
        with self._using:
            return self._trouble

    def select(self, name: str) -> None:
        """Turn to an objective; it is not known which is in the light until it has answered.

        Raises
        ------
        ValueError
            There is no objective of that name, the nosepiece is turned by hand, or its port is
            gone.
        """
        chosen = objective_named(self.objectives, name)
        position = next(p for p, objective in self._objectives.items() if objective is chosen)
        if not self._settings.turn:
            raise ValueError(f"this nosepiece is turned by hand: turn it to {name}")
        with self._using:
            self._exchange(self._clock())
            self._current = None
            self._send(self._settings.turn.replace("{position}", position))
            if self._port is None:
                raise ValueError(self._trouble)

    def close(self) -> None:
        """Close the port; the next question opens it again."""
        with self._using:
            self._drop()

    def _exchange(self, now_s: float) -> None:
        if self._port is None and not self._reopened(now_s):
            return
        self._receive(now_s)
        if self._settings.ask and now_s - self._asked_s >= ASK_S:
            self._asked_s = now_s
            self._send(self._settings.ask)

    def _reopened(self, now_s: float) -> bool:
        if now_s - self._tried_s < _REOPEN_S:
            return False
        self._tried_s = now_s
        try:
            self._port = self._opener()
        except SerialUnavailable as error:
            self._trouble = str(error)
        except (OSError, ValueError) as error:
            self._trouble = port_trouble(self._settings.port, error)
        else:
            self._trouble = ""
            self._waiting = b""
            self._asked_s = float("-inf")
        return self._port is not None

    def _receive(self, now_s: float) -> None:
        port = self._port
        if port is None:
            return
        try:
            size = port.in_waiting
            self._waiting += port.read(size) if size else b""
        except (OSError, ValueError) as error:
            self._lose(error)
            return
        *lines, rest = self._waiting.split(self._settings.line_end.encode("ascii"))
        self._waiting = rest[-_LONGEST:]
        for line in lines:
            # The other half of a line end, where the settings name one of two, is no text.
            found = self._answer.fullmatch(line.decode("ascii", "replace").strip())
            if found is not None:
                self._current = self._objectives.get(found["position"])
                self._answered_s = now_s

    def _send(self, text: str) -> None:
        if self._port is None:
            return
        try:
            self._port.write(text.encode("ascii"))
        except (OSError, ValueError) as error:
            self._lose(error)

    def _lose(self, error: Exception) -> None:
        self._trouble = port_trouble(self._settings.port, error)
        self._drop()

    def _drop(self) -> None:
        port, self._port = self._port, None
        self._current = None
        if port is not None:
            try:
                port.close()
            except (OSError, ValueError):  # a lost port may fail to close, and is gone
                return
