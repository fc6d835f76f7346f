"""How soon the windows follow, measured by the program itself while it is used."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject

from app.bench.gui_figures import Aim, Figure
from app.bench.gui_times import (
    AGE,
    EYEPIECE,
    FIELD_BUDGET_MS,
    PICTURES,
    SLIDER,
    STALL,
    LiveTimes,
)
from app.gui.eyepiece_window import EyepieceWindow
from app.gui.gauges import MOST_KEPT, EyepieceGauge, FrameGauge, StallGauge
from app.gui.intents import Intent, TryThresholds
from app.gui.main_window import MainWindow
from app.live.preview import Preview
from app.session.events import ShownField

RECENT_S = 60.0
"""Live pictures and stalls are of the last minute; presses and moves of the whole sitting."""
_BEAT_MS = 20


class Latencies(QObject):
    """Listens to both windows.

    To be made before anyone follows what the main window wishes: a slider's time begins there.

    Parameters
    ----------
    main
        The main window.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    def __init__(
        self,
        main: MainWindow,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(main)
        self._clock = clock
        self._frames = FrameGauge(main.picture, clock)
        self._lit: EyepieceGauge | None = None
        self._stalls = StallGauge(main, clock, _BEAT_MS)
        self._moved: tuple[float, Mapping[str, float]] | None = None
        self._asked_s = 0.0
        self._unlit_since_s: float | None = None
        self._main_s: deque[float] = deque(maxlen=MOST_KEPT)
        self._eyepiece_s: deque[float] = deque(maxlen=MOST_KEPT)
        self._analysis_s: deque[float] = deque(maxlen=MOST_KEPT)
        self._slider_s: deque[float] = deque(maxlen=MOST_KEPT)
        main.thresholds.intent.connect(self._try)
        main.picture.painted.connect(self._take)

    def watch_eyepiece(self, eyepiece: EyepieceWindow) -> None:
        """Listen to the eyepiece too."""
        self._lit = EyepieceGauge(eyepiece, self._clock)
        eyepiece.painted.connect(self._take_light)

    def start(self) -> None:
        """Begin to notice when the windows do not answer."""
        self._stalls.start()

    def stop(self) -> None:
        """Notice it no more."""
        self._stalls.stop()

    def figures(self) -> tuple[Figure, ...]:
        """Return what was measured so far, in ms but for pictures."""
        now = self._clock()
        since = now - RECENT_S
        frames = [each for each in self._frames.frames if each.painted_s > since]
        begun = frames[0].painted_s if frames else now
        per_s = LiveTimes.per_second([each.painted_s for each in frames], begun, now)
        stalls = self._stalls.lengths_s(since, now)
        ages = [each.age_frames for each in frames]
        return (
            Figure.of("Live pictures in a second", "1/s", per_s, PICTURES),
            Figure.of("Age of a picture when painted", "frames", ages, AGE),
            _ms("Age of a picture when painted", [each.age_s for each in frames]),
            _ms("Windows do not answer for", stalls, STALL),
            _ms("From press to result", self._analysis_s, Aim(FIELD_BUDGET_MS)),
            _ms("From press to overlay, main window", self._main_s, EYEPIECE),
            _ms("From press to overlay, eyepiece", self._eyepiece_s, EYEPIECE),
            _ms("From slider to picture", self._slider_s, SLIDER),
        )

    def _try(self, intent: Intent) -> None:
        if isinstance(intent, TryThresholds):
            self._moved = (self._clock(), dict(intent.thresholds_od))

    def _take(self, item: Preview | ShownField) -> None:
        if not isinstance(item, ShownField) or item.stored:
            return
        now = self._clock()
        if item.previewed and self._moved is not None:
            moved_s, thresholds = self._moved
            if all(item.thresholds_od.get(name) == od for name, od in thresholds.items()):
                self._slider_s.append(now - moved_s)
                self._moved = None
        if item.field is not None and item.asked_s > self._asked_s:
            self._asked_s = item.asked_s
            self._analysis_s.append(item.done_s - item.asked_s)
            self._main_s.append(now - item.asked_s)
            lit_s = self._lit.first(item.done_s, lit=True) if self._lit is not None else None
            if lit_s is not None:
                self._eyepiece_s.append(lit_s - item.asked_s)
            self._unlit_since_s = item.asked_s if lit_s is None else None

    def _take_light(self, lit: bool) -> None:
        if lit and self._unlit_since_s is not None:
            self._eyepiece_s.append(self._clock() - self._unlit_since_s)
            self._unlit_since_s = None


def _ms(name: str, values_s: Sequence[float], aim: Aim | None = None) -> Figure:
    return Figure.of(name, "ms", [1000 * each for each in values_s], aim)
