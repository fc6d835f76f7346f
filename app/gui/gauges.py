"""What the windows do, measured from the time stamps that all carry."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

from app.gui.eyepiece_window import EyepieceWindow
from app.gui.live_view import PictureView
from app.live.preview import Preview
from app.session.events import ShownField

MOST_KEPT = 20_000
"""Of each: a program that runs for weeks must not fill the memory with them."""
BEAT_MS = 4
_LATE_S = 0.004
"""Beats that are later than that are not those of the timer, but of a busy thread."""


@dataclass(frozen=True)
class PaintedFrame:
    """One live picture that came on the screen.

    Attributes
    ----------
    painted_s
        `time.monotonic` after it was painted.
    age_s
        Since the end of its exposure.
    interval_s
        Usual time between two frames then.
    """

    painted_s: float
    age_s: float
    interval_s: float

    @property
    def age_frames(self) -> float:
        """Age in intervals of the camera."""
        return self.age_s / self.interval_s if self.interval_s > 0 else 0.0


class FrameGauge(QObject):
    """Notes each live picture that is painted.

    Parameters
    ----------
    picture
        The live view.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    def __init__(self, picture: PictureView, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(picture)
        self._clock = clock
        self.frames: deque[PaintedFrame] = deque(maxlen=MOST_KEPT)
        picture.painted.connect(self._take)

    def _take(self, item: Preview | ShownField) -> None:
        if isinstance(item, Preview):
            now = self._clock()
            self.frames.append(PaintedFrame(now, now - item.taken_s, item.interval_s))


@dataclass(frozen=True)
class PaintedField:
    """A field whose cells came on the screen.

    Attributes
    ----------
    painted_s
        `time.monotonic` after it was painted.
    live
        Whether it lies over the live picture, and not over its own.
    asked_s, done_s, thresholds_od
        As in `app.session.events.ShownField`.
    """

    painted_s: float
    live: bool
    asked_s: float
    done_s: float
    thresholds_od: Mapping[str, float]


class FieldGauge(QObject):
    """Notes each field that is painted in the main window, again when it is classified again.

    Parameters
    ----------
    picture
        The live view.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    def __init__(self, picture: PictureView, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(picture)
        self._clock = clock
        self.painted: deque[PaintedField] = deque(maxlen=MOST_KEPT)
        picture.painted.connect(self._take)

    def first(self, wanted: Callable[[PaintedField], bool]) -> PaintedField | None:
        """Return the first of them that something holds for."""
        return next(filter(wanted, self.painted), None)

    def _take(self, item: Preview | ShownField) -> None:
        if isinstance(item, ShownField):
            now, live = self._clock(), not item.stored
            self.painted.append(
                PaintedField(now, live, item.asked_s, item.done_s, item.thresholds_od)
            )


class EyepieceGauge(QObject):
    """Notes whenever the overlay in the eyepiece was painted or went out.

    Parameters
    ----------
    eyepiece
        The window.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    def __init__(
        self, eyepiece: EyepieceWindow, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(eyepiece)
        self._clock = clock
        self.paintings: deque[tuple[float, bool]] = deque(maxlen=MOST_KEPT)
        """When, and whether with the overlay."""
        eyepiece.painted.connect(self._take)

    def first(self, after_s: float, *, lit: bool) -> float | None:
        """Return when it was first painted so after a time; None when it was not."""
        return next((at for at, with_it in self.paintings if at > after_s and with_it is lit), None)

    def _take(self, lit: bool) -> None:
        self.paintings.append((self._clock(), lit))


class StallGauge(QObject):
    """A beat of the windows' thread: where it is late, the thread was busy with something else.

    Parameters
    ----------
    clock
        `time.monotonic`, or what a test puts in its place.
    beat_ms
        Time between two beats: shorter stalls may fall between them.
    """

    def __init__(
        self,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
        beat_ms: int = BEAT_MS,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._beat_s = beat_ms / 1000
        self._last_s: float | None = None
        self.stalls_s: deque[tuple[float, float]] = deque(maxlen=MOST_KEPT)
        """Begin and length of each time that no event was answered."""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(beat_ms)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to listen."""
        self._last_s = None
        self._timer.start()

    def stop(self) -> None:
        """Listen no more."""
        self._timer.stop()

    def longest_s(self, from_s: float = float("-inf"), to_s: float = float("inf")) -> float:
        """Return the longest stall that touches a span of time; 0 where there was none."""
        return max(self.lengths_s(from_s, to_s), default=0.0)

    def lengths_s(self, from_s: float, to_s: float) -> list[float]:
        """Return the lengths of all stalls that touch a span of time."""
        return [
            length for begun, length in self.stalls_s if begun + length > from_s and begun < to_s
        ]

    def _beat(self) -> None:
        now, last = self._clock(), self._last_s
        self._last_s = now
        if last is not None:
            late = now - last - self._beat_s
            if late > _LATE_S:
                self.stalls_s.append((last, late))
