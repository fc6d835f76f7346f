"""Learning the switches of a pedal: the user presses one after the other."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from hardware.pedals.byte_learning import ByteLearning
from hardware.pedals.hid import HidApi, HidPlace, HidReports, HidSettings
from hardware.pedals.serial import SerialBytesSettings, SerialLinesSettings
from hardware.pedals.serial_listening import SerialListening, learned_lines
from hardware.pedals.state_learning import LearnStep, StateLearning

REST_S = 1.5
"""How long the pedal is listened to without a foot on it, before the first press."""
_READ_MS = 10


@dataclass(frozen=True)
class LearnNews:
    """How far the learning is.

    Attributes
    ----------
    step
        What the user is asked for.
    learned
        How many switches are known; the next one bears this number, from 0.
    trouble
        Why the last press was not taken, in one line; empty when it was.
    """

    step: LearnStep
    learned: int
    trouble: str


class Lesson(Protocol):
    """One pedal that is learned; `open` to `close` on one thread."""

    def open(self) -> None: ...
    def look(self, now_s: float) -> None: ...
    def begin_presses(self) -> None: ...
    def close(self) -> None: ...
    @property
    def news(self) -> LearnNews: ...
    def record(self) -> dict[str, Any]: ...


class BytesLesson:
    """A pedal that sends bytes over a serial port."""

    def __init__(self, port: str, baud: int = 9600) -> None:
        self._port, self._baud = port, baud
        self._listening = SerialListening(port, baud)
        self._learning = ByteLearning()
        self.open, self.close = self._listening.open, self._listening.close
        self.begin_presses = self._learning.begin_presses

    def look(self, now_s: float) -> None:
        """Take what came."""
        self._learning.feed(self._listening.read(), now_s)

    @property
    def news(self) -> LearnNews:
        """How far it is."""
        learning = self._learning
        return LearnNews(learning.step, learning.learned, learning.trouble)

    def record(self) -> dict[str, Any]:
        """Return what `hardware.pedals.kinds.make_pedal` takes."""
        switches = self._learning.result()
        settings = SerialBytesSettings(port=self._port, baud=self._baud, switches=switches)
        return _record(settings)


class LinesLesson:
    """Contacts on the modem lines of a serial port."""

    def __init__(self, port: str) -> None:
        self._port = port
        self._listening = SerialListening(port)
        self._learning = StateLearning()
        self.open, self.close = self._listening.open, self._listening.close
        self.begin_presses = self._learning.begin_presses

    def look(self, now_s: float) -> None:
        """Take what came."""
        self._learning.feed(0, self._listening.line_states(), now_s)
        self._learning.settle(now_s)

    @property
    def news(self) -> LearnNews:
        """How far it is."""
        learning = self._learning
        return LearnNews(learning.step, learning.learned, learning.trouble)

    def record(self) -> dict[str, Any]:
        """Return what `hardware.pedals.kinds.make_pedal` takes."""
        switches = learned_lines(self._learning.result().switches)
        return _record(SerialLinesSettings(port=self._port, switches=switches))


class HidLesson:
    """A HID device."""

    def __init__(self, place: HidPlace, api: HidApi | None = None) -> None:
        self._place = place
        self._reports = HidReports(place, api)
        self._learning = StateLearning()
        self.open, self.close = self._reports.open, self._reports.close
        self.begin_presses = self._learning.begin_presses

    def look(self, now_s: float) -> None:
        """Take what came."""
        report = self._reports.read(_READ_MS)
        if report is not None:
            self._learning.feed(*report, now_s)
        self._learning.settle(now_s)

    @property
    def news(self) -> LearnNews:
        """How far it is."""
        learning = self._learning
        return LearnNews(learning.step, learning.learned, learning.trouble)

    def record(self) -> dict[str, Any]:
        """Return what `hardware.pedals.kinds.make_pedal` takes."""
        learned, place = self._learning.result(), self._place
        settings = HidSettings(
            vendor=place.vendor,
            product=place.product,
            serial_number=place.serial_number,
            usage_page=place.usage_page,
            usage=place.usage,
            interface=place.interface,
            report_id=learned.report_id,
            switches=learned.switches,
        )
        return _record(settings)


def learn_pedal(
    lesson: Lesson,
    tell: Callable[[LearnNews], None],
    enough: threading.Event,
    rest_s: float = REST_S,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """Open a pedal and learn its switches until it is enough; it is closed afterwards.

    Parameters
    ----------
    tell
        Called several times a second; what it raises ends the lesson and goes on to the caller.
    enough
        Set when all switches were pressed.

    Raises
    ------
    PedalError
        The pedal is not there or was lost, or nothing was learned; one line for the user.
    """
    lesson.open()
    try:
        begun_s = clock()
        while not enough.is_set():
            now_s = clock()
            if now_s - begun_s >= rest_s:
                lesson.begin_presses()
            lesson.look(now_s)
            tell(lesson.news)
        return lesson.record()
    finally:
        lesson.close()


def lesson_words(news: LearnNews) -> str:
    """Return what the user is asked for."""
    if news.trouble:
        return news.trouble
    if news.step is LearnStep.REST:
        return "Leave the pedal alone for a moment …"
    number = news.learned + 1
    if news.step is LearnStep.RELEASE:
        return f"Switch {number}: let go after a second"
    known = f" {news.learned} known; Done when that is all." if news.learned else ""
    return f"Press switch {number} and hold it for a second.{known}"


def _record(settings: HidSettings | SerialBytesSettings | SerialLinesSettings) -> dict[str, Any]:
    return {"kind": settings.kind, **settings.model_dump(mode="json", exclude_defaults=True)}
