"""The analysis thread: owns the detector, turns frames into results."""

import time
from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np

from app.live.analyzer import FieldAnalyzer, FieldRefused, OpenAnalyzer
from app.live.field_result import (
    AnalysisCondition,
    AnalysisFailure,
    AnalysisRequest,
    AnalysisStatus,
    FieldHistograms,
    FieldResult,
    Outcome,
)
from app.live.inbox import AnalysisInbox
from app.live.thumbnail import thumbnail
from app.live.trouble import Trouble, one_line, traceback_of
from app.live.worker import Worker
from inference.analyser import MeasuredField, classify_field, describe_field
from inference.arrays import I64, U8
from inference.nuclei.choice import DetectorUnavailable

MOST_WAITING_BYTES = 512 * 2**20
"""Nineteen presses at 3008 x 3008: five seconds of pressing without a pause."""


class AnalysisSink(Protocol):
    """Takes what comes from the analysis thread; called on that thread, and must be quick."""

    def outcome(self, outcome: Outcome) -> None:
        """Take the answer to a request."""
        ...

    def analysis_status(self, status: AnalysisStatus) -> None:
        """Take a new state of the thread."""
        ...

    def trouble(self, trouble: Trouble) -> None:
        """Take a failure that belongs to no request."""
        ...


Background = Callable[[FieldAnalyzer], bool]
"""One piece of background work on the analysis thread; True when more is to be done."""


class AnalysisThread(Worker):
    """Analyzes presses in order, and the newest frame in continuous mode.

    No exception of the analysis ends the thread: the request that caused it is answered with
    an `AnalysisFailure`.

    Parameters
    ----------
    open_analyzer
        Creates and warms up the analyzer; called on the thread, again after a failure.
    sink
        Takes outcomes and states.
    background
        Classifies old fields again, one per call, when asked by `ask_background`.
    most_waiting_bytes
        Pixels that may wait in presses.
    """

    def __init__(
        self,
        open_analyzer: OpenAnalyzer,
        sink: AnalysisSink,
        background: Background | None = None,
        most_waiting_bytes: int = MOST_WAITING_BYTES,
    ) -> None:
        super().__init__("analysis")
        self._open_analyzer = open_analyzer
        self._sink = sink
        self._background = background
        self._inbox = AnalysisInbox(most_waiting_bytes)
        self._analyzer: FieldAnalyzer | None = None

    def press(self, request: AnalysisRequest) -> bool:
        """Queue a press; False when no more can wait, or the thread ends."""
        return self._inbox.press(request)

    def offer(self, request: AnalysisRequest) -> None:
        """Offer a frame of continuous mode; the newest wins."""
        self._inbox.offer(request)

    def forget_offer(self) -> None:
        """Continuous mode was switched off."""
        self._inbox.forget_offer()

    def hold_presses(self, hold: bool) -> None:
        """Let presses wait while the field before them is being saved."""
        self._inbox.hold_presses(hold)

    def ask_background(self) -> None:
        """Run the background work when no press waits."""
        self._inbox.ask_background()

    @property
    def waiting(self) -> int:
        """Presses that wait for their turn."""
        return self._inbox.waiting

    @property
    def dropped(self) -> int:
        """Frames of continuous mode that a newer one replaced."""
        return self._inbox.dropped

    def stop(self) -> None:
        """End after the request in work; presses that still wait are answered as failures."""
        super().stop()
        for request in self._inbox.close():
            text = "the program was stopped before this field was analyzed"
            self._deliver(AnalysisFailure(request, text))

    def _run(self) -> None:
        self._opened()
        while (taken := self._inbox.take()) is not None:
            if not isinstance(taken, AnalysisRequest):
                self._work()
                continue
            self._say(AnalysisCondition.BUSY)
            self._deliver(self._answer(taken))
            if self._analyzer is not None:
                self._say(AnalysisCondition.READY)
        self._analyzer = None
        self._say(AnalysisCondition.STOPPED)

    def _opened(self) -> FieldAnalyzer | str:
        """Return the analyzer, or why there is none."""
        if self._analyzer is not None:
            return self._analyzer
        self._say(AnalysisCondition.OPENING)
        try:
            self._analyzer = self._open_analyzer()
        except DetectorUnavailable as error:
            text, trouble = str(error), Trouble.now("analysis", str(error))
        except Exception as error:  # travels as data
            text, trouble = one_line(error), Trouble.unexpected("analysis", error)
        else:
            self._say(AnalysisCondition.READY)
            return self._analyzer
        self._say(AnalysisCondition.FAILED, text)
        self._sink.trouble(trouble)
        return f"the analysis could not be started: {text}"

    def _answer(self, request: AnalysisRequest) -> Outcome:
        analyzer = self._opened()
        if isinstance(analyzer, str):
            return AnalysisFailure(request, analyzer)
        try:
            return _analyzed(analyzer, request)
        except (FieldRefused, DetectorUnavailable) as error:
            return AnalysisFailure(request, str(error))
        except Exception as error:  # travels as data
            return AnalysisFailure(request, one_line(error), traceback_of(error))

    def _work(self) -> None:
        analyzer = self._opened()
        if self._background is None or isinstance(analyzer, str):
            return
        try:
            if self._background(analyzer):
                self._inbox.ask_background()
        except Exception as error:  # travels as data
            self._sink.trouble(Trouble.unexpected("analysis", error))

    def _deliver(self, outcome: Outcome) -> None:
        try:
            self._sink.outcome(outcome)
        except Exception as error:  # travels as data
            self._sink.trouble(Trouble.unexpected("analysis", error))

    def _say(self, condition: AnalysisCondition, text: str = "") -> None:
        self._sink.analysis_status(AnalysisStatus(condition, text, self._inbox.waiting))


def _analyzed(analyzer: FieldAnalyzer, request: AnalysisRequest) -> FieldResult:
    frame, stain = request.frame, request.setup.stain
    if frame.um_per_px is None:
        raise FieldRefused(
            "the objective is not known"
            if frame.objective is None
            else str(frame.objective.unscaled)
        )
    begun = time.monotonic()
    measurement = analyzer.measure(frame.rgb, frame.um_per_px, request.setup)
    measured = time.monotonic()
    description = describe_field(measurement.measured, stain)
    described = time.monotonic()
    cells = classify_field(measurement.measured, description, stain)
    classified = time.monotonic()
    histograms = field_histograms(measurement.measured)
    small = thumbnail(frame.rgb)
    done = time.monotonic()
    seconds = {
        "waited": begun - request.asked_s,
        "measure": measured - begun,
        "describe": described - measured,
        "classify": classified - described,
        "histogram": done - classified,
    }
    return FieldResult(request, measurement, description, cells, histograms, small, seconds, done)


def field_histograms(measured: MeasuredField) -> FieldHistograms:
    """Count the values of a field's contrast and density."""
    enhancement = measured.enhancement
    return FieldHistograms(_histogram(enhancement.contrast), _histogram(enhancement.density))


def _histogram(gray: U8) -> I64:
    counts = cv2.calcHist([gray], [0], None, [256], [0, 256])
    return np.asarray(counts[:, 0], np.int64)
