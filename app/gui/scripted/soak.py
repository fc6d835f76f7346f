"""Hours at full rate: a press every few seconds, slide after slide, and what that costs."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt

from app.bench.figures import Spread, slope
from app.bench.memory import resident_mb
from app.gui.gauges import FrameGauge, StallGauge
from app.gui.scripted.hands import click, hold_key
from app.gui.scripted.script import Pause, Script, ScriptProblem, Until
from app.gui.scripted.sitting import PRESS_S
from app.gui.scripted.watching import Watch
from app.session.events import Latest, Notice, PressHeard, Saved

FIELDS_OF_A_SLIDE = 10
_WARM_SHARE = 0.2
"""First part of the time that does not count for the slope: everything is loaded then."""
_TELLING_HOURS = 0.1
"""In a shorter time the memory's growth is that of loading, and a slope would be a guess."""
_REFUSED = "no field taken"
_FAILED = "field not analyzed"
"""How the session begins to say that a press, or its frame, becomes no field."""
_DRIVE_S = 1.0
_ENDING_S = 60.0


@dataclass(frozen=True)
class Sample:
    """A stretch of the soak.

    Attributes
    ----------
    minutes
        Since the begin.
    resident_mb
        None where the system does not tell.
    threads
        That run.
    painted_per_s
        Live pictures on the screen.
    age_ms
        Of these.
    longest_stall_ms
        Of the windows' thread.
    """

    minutes: float
    resident_mb: float | None
    threads: int
    painted_per_s: float
    age_ms: Spread
    longest_stall_ms: float


@dataclass(frozen=True)
class SoakReport:
    """What came of it.

    Attributes
    ----------
    hours
        How long it went.
    pressed, refused, failed, saved
        Presses of the pedal, those that were refused with a message, those whose analysis ended
        in a message, fields on disk.
    slides
        Finished.
    samples
        In order.
    """

    hours: float
    pressed: int
    refused: int
    failed: int
    saved: int
    slides: int
    samples: tuple[Sample, ...]

    @property
    def lost(self) -> int:
        """Presses that have neither a saved field nor a message."""
        return self.pressed - self.refused - self.failed - self.saved

    @property
    def mb_per_hour(self) -> float:
        """By how much the memory grows once everything is loaded; nan where that is not known."""
        if self.hours < _TELLING_HOURS:
            return math.nan
        warm = self.hours * 60 * _WARM_SHARE
        known = [s for s in self.samples if s.resident_mb is not None and s.minutes >= warm]
        return slope([s.minutes / 60 for s in known], [s.resident_mb or 0.0 for s in known])


class Soak:
    """Presses, drives, finishes slides and begins new ones until the time is over.

    Parameters
    ----------
    watch
        What is seen.
    hours, every_s
        How long, and how often a press comes.
    sample_s
        Time between two samples.
    say
        Gets one line for each sample.
    """

    def __init__(
        self,
        watch: Watch,
        hours: float,
        every_s: float,
        say: Callable[[str], None],
        sample_s: float = 60.0,
    ) -> None:
        self._watch = watch
        self._every_s = every_s
        self._say = say
        self._sample_s = sample_s
        self._seconds = 3600 * hours
        self._begun_s = self._sampled_s = 0.0
        self._pressed = self._heard = self._refused = 0
        self._saved: set[str] = set()
        self._slides = 0
        self._samples: list[Sample] = []
        main = watch.windows.main
        self._frames = FrameGauge(main.picture)
        self._stalls = StallGauge(main)
        watch.windows.display.looked.connect(self._take)

    def script(self) -> Script:
        """Return the whole soak."""
        watch = self._watch
        yield Until(lambda: watch.stands_sharp(0.0), "a sharp picture", 120.0)
        self._frames.frames.clear()
        self._begun_s = self._sampled_s = time.monotonic()
        self._stalls.start()
        due_s, way, of_slides_before = self._begun_s, Qt.Key.Key_Right, 0
        while due_s < self._begun_s + self._seconds:
            yield from self._wait(due_s)
            yield from self._press()
            due_s += self._every_s
            yield from hold_key(watch.windows.main.picture, way, _DRIVE_S)
            if self._heard - of_slides_before >= FIELDS_OF_A_SLIDE:
                yield from self._next_slide()
                of_slides_before = self._heard
                way = Qt.Key.Key_Left if way == Qt.Key.Key_Right else Qt.Key.Key_Right
        yield from self._finish()
        self._sample()
        self._stalls.stop()

    @property
    def report(self) -> SoakReport:
        """What came of it so far."""
        hours = (time.monotonic() - self._begun_s) / 3600
        return SoakReport(
            hours,
            self._pressed,
            self._refused,
            self._told(_FAILED),
            len(self._saved),
            self._slides,
            tuple(self._samples),
        )

    def _wait(self, due_s: float) -> Script:
        while (left_s := due_s - time.monotonic()) > 0:
            if time.monotonic() - self._sampled_s >= self._sample_s:
                self._sample()
            yield Pause(min(left_s, 0.25))

    def _press(self) -> Script:
        before, refusals = self._heard, self._told(_REFUSED)
        yield from hold_key(self._watch.windows.main.picture, Qt.Key.Key_Space, PRESS_S, " ")
        self._pressed += 1
        yield Until(
            lambda: self._heard > before or self._told(_REFUSED) > refusals,
            "an answer to the press",
        )
        if self._heard == before:
            self._refused += 1

    def _told(self, how: str) -> int:
        """Count the messages that begin so: any other is no answer to a press."""
        return sum(each.text.startswith(how) for each in self._watch.troubles)

    def _finish(self) -> Script:
        watch = self._watch
        yield Until(
            lambda: len(self._saved) + self._told(_FAILED) >= self._heard,
            "the fields of all presses",
            _ENDING_S,
        )
        finish = watch.button("finish-slide", watch.windows.main.tally)
        yield Until(finish.isEnabled, "a slide that can be finished", _ENDING_S)
        yield from click(finish)
        yield Until(lambda: watch.finished, "the finished slide", _ENDING_S)
        yield Until(watch.all_saved, "all steps on disk", _ENDING_S)
        self._slides += 1

    def _next_slide(self) -> Script:
        watch = self._watch
        yield from self._finish()
        tally = watch.windows.main.tally
        yield from click(watch.button("next-slide", tally))
        watch.fill_in(tally, "Slide", f"slide {self._slides + 1}")
        yield from click(watch.text_button(tally, "Begin"))
        yield Until(lambda: not watch.finished, "the next slide")

    def _sample(self) -> None:
        now = time.monotonic()
        frames = list(self._frames.frames)
        self._frames.frames.clear()
        longest = self._stalls.longest_s()
        self._stalls.stalls_s.clear()
        seconds = now - self._sampled_s
        self._sampled_s = now
        sample = Sample(
            (now - self._begun_s) / 60,
            resident_mb(),
            threading.active_count(),
            len(frames) / seconds,
            Spread.of([1000 * frame.age_s for frame in frames]),
            1000 * longest,
        )
        self._samples.append(sample)
        memory = "?" if sample.resident_mb is None else f"{sample.resident_mb:.0f}"
        self._say(
            f"{sample.minutes:6.1f} min: {memory} MB, {sample.threads} threads, "
            f"{self._pressed} presses, {self._refused} refused, {self._told(_FAILED)} failed, "
            f"{len(self._saved)} saved, "
            f"{sample.painted_per_s:.1f} pictures/s, age {sample.age_ms.median:.0f} ms "
            f"(95 %: {sample.age_ms.p95:.0f}), longest stall {sample.longest_stall_ms:.0f} ms"
        )

    def _take(self, event: Latest | Notice) -> None:
        self._heard += isinstance(event, PressHeard)
        for card in self._watch.cards:
            if card.saved is Saved.SAVED:
                self._saved.add(card.field)


def check_soak(report: SoakReport) -> None:
    """Raise where presses were lost.

    Raises
    ------
    ScriptProblem
        Some have neither a saved field nor a message.
    """
    if report.lost:
        raise ScriptProblem(
            f"of {report.pressed} presses {report.lost} have neither a saved field nor a message"
        )
