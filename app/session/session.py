"""One sitting: the devices, their threads, and how they meet the slide."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.live.acquisition import AcquisitionThread
from app.live.analysis import AnalysisThread
from app.live.analyzer import AnalysisSetup, OpenAnalyzer
from app.live.field_result import (
    AnalysisFailure,
    AnalysisRequest,
    AnalysisStatus,
    FieldResult,
    Outcome,
)
from app.live.pedal import Gesture, GestureKind, PedalStatus, PedalThread
from app.live.preview import CameraCondition, CameraStatus, Preview
from app.live.trouble import Source, Trouble
from app.live.view import View
from app.model.frame import Frame
from app.model.optics import OpticsOf, RawPicture
from app.model.screen_overlay import Canvas
from app.model.steps import SlideBegun, SlideFinished, saved_step
from app.session.desk import Desk
from app.session.events import ActionAsked, Events, GestureDone, LiveView, PressHeard
from app.session.eyepiece_light import CALIBRATING, EyepieceLight
from app.session.fields import HeldField
from app.session.keeper import Keeper
from app.session.options import Devices, PedalBindings, SessionOptions
from app.session.overlap import SeenTissue
from app.session.press_checks import SAME_PLACE, picture_warnings, refusal, unfit
from app.session.presses import PressBook
from app.session.slide_verbs import SlideVerbs
from app.session.white_point import WhitePoint, judged, measures_otherwise, setup_for
from inference.stain.white import white_from_blank

MOST_LATE_S = 1.0
"""A frame that was taken later than this after a press is not the one that was meant."""


class Session(SlideVerbs):
    """Everything between the devices and the windows.

    All verbs may be called from any thread and return at once; none raises for what a user may
    do wrong. What comes of them is told through `events`; a refusal is a `Trouble`.

    Parameters
    ----------
    devices
        Camera, nosepiece, pedal; the session opens and closes camera and pedal.
    keeper
        Saves; belongs to the caller, who ends it after `stop`.
    events
        Is told everything.
    open_analyzer
        Creates the detector, on the analysis thread.
    options
        What the user set.
    clock
        `time.monotonic`, or what a test puts in its place.

    Raises
    ------
    StepProblem
        A profile that `options` names cannot be loaded.
    """

    def __init__(
        self,
        devices: Devices,
        keeper: Keeper,
        events: Events,
        open_analyzer: OpenAnalyzer,
        options: SessionOptions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        desk = Desk(keeper, options, events, self._ask_background, self._field_kept)
        super().__init__(desk, events, self._renew_setup)
        self._nosepiece = devices.nosepiece
        self._options = options
        self._bindings = options.pedal
        self._clock = clock
        self._white = WhitePoint(options.white, options.white_origin)
        self._continuous = False
        self._light = EyepieceLight(clock)
        self._book = PressBook()
        self._seen = SeenTissue()
        self._down: dict[int, int] = {}
        self._frameless: list[tuple[int, float]] = []
        self._camera_gives_pictures = False
        self._version = 0
        self._canvases: tuple[Canvas, ...] = ()
        self._setup = AnalysisSetup(desk.stain, self._white.rgb, self._white.origin)
        self._acquisition = AcquisitionThread(
            devices.camera,
            devices.nosepiece,
            self,
            options.acquisition,
            clock,
            options.optics_of,
        )
        self._analysis = AnalysisThread(
            open_analyzer, self, desk.background, options.most_waiting_bytes
        )
        self._pedal = (
            PedalThread(
                devices.pedal,
                self,
                options.pedal.long_press_s,
                tuple(options.pedal.long),
                clock,
            )
            if devices.pedal is not None
            else None
        )
        self._actions: dict[str, Callable[[], object]] = {
            "analyze": self.analyze_field,
            "drop-last-field": self.drop_last_field,
            "undo": self.undo,
            "redo": self.redo,
            "continuous": self._toggle_continuous,
        }

    # Life

    def start(self) -> None:
        """Start the threads; once."""
        with self._lock:
            self._post_live()
            self._desk.post_all()
        self._analysis.start()
        self._acquisition.start()
        if self._pedal is not None:
            self._pedal.start()

    def stop(self) -> None:
        """Stop the threads and wait for their end.

        A press in analysis becomes a field; one that waits is answered with a `Trouble`.
        """
        for worker in (self._pedal, self._acquisition, self._analysis):
            if worker is not None:
                worker.stop()
                worker.join()

    # Presses

    def analyze_field(self) -> None:
        """Analyze the frame of this moment and count it."""
        self._press(confirmed=True)

    def do(self, action: str) -> None:
        """Do an action by its name; one that the session does not know is the windows' affair."""
        known = self._actions.get(action)
        if known is not None:
            known()
        else:
            self._events.notice(ActionAsked(action))

    def gesture(self, gesture: Gesture) -> None:
        """Take a gesture of the pedal; called on the pedal thread.

        The frame of a press is that of the moment the foot went down; it is analyzed at once
        and counts when the foot went up again in time.
        """
        switch, bindings = gesture.switch, self._bindings
        short, long = bindings.short.get(switch), bindings.long.get(switch)
        press = self._down.pop(switch, None)
        if gesture.kind is GestureKind.DOWN:
            if short == "analyze":
                begun = self._press(confirmed=False)
                if begun is not None:
                    self._down[switch] = begun
            return
        # Bound otherwise since the foot went down, a long press may have lost its action.
        is_long = gesture.kind is GestureKind.LONG and long is not None
        action = long if is_long else short
        if press is not None and is_long:
            self._cancel(press)
        elif press is not None:
            self._confirm(press)
        if action is not None and (is_long or action != "analyze"):
            self.do(action)
        self._events.latest(GestureDone(switch, is_long, action, gesture.time_s))

    def bind_pedal(self, bindings: PedalBindings) -> None:
        """Let the switches of the pedal do something else from the next press on."""
        self._bindings = bindings
        if self._pedal is not None:
            self._pedal.set_long(bindings.long_press_s, tuple(bindings.long))

    def _press(self, *, confirmed: bool) -> int | None:
        """Take the newest frame; when the camera is late, the next one."""
        frame = self._clean_frame()
        asked_s = self._clock()
        with self._lock:
            press = self._book.begin(confirmed=confirmed)
            waits = self._camera_gives_pictures and not self._light.calibrating
            if frame is None and waits:
                self._frameless.append((press, asked_s))
            elif not self._submit(press, frame, asked_s):
                return None
            self._post_live()
            return press

    def _submit(self, press: int, frame: Frame | None, asked_s: float) -> bool:
        """Hand a press with its frame to the analysis; a refusal is told."""
        calibrating = self._light.calibrating
        problem = CALIBRATING if calibrating else refusal(self._desk.slide, frame)
        if frame is not None and problem is None:
            latest = self._acquisition.latest_preview
            setup = setup_for(frame, self._setup, self._white)
            preview = None if latest is None else judged(latest, setup)
            problem = unfit(preview, frame, self._options.quality)
            if problem is None:
                warnings = picture_warnings(frame, preview, self._desk, self._options)
                quality = {} if preview is None else preview.quality.record()
                request = AnalysisRequest(frame, setup, press, asked_s, warnings, quality)
                if self._analysis.press(request):
                    self._events.notice(PressHeard(press, frame.number, asked_s))
                    return True
                problem = "too many wait to be analyzed; press again later"
        self._book.forget(press)
        self._refuse(f"no field taken: {problem}")
        return False

    def _submit_frameless(self, frame: Frame | None) -> None:
        """Give the frame that came, or none, to the presses that wait for one."""
        with self._lock:
            waiting, self._frameless = self._frameless, []
            for press, asked_s in waiting:
                late = frame is not None and frame.taken_s - asked_s > MOST_LATE_S
                self._submit(press, None if late else frame, asked_s)
            self._post_live()

    def _confirm(self, press: int) -> None:
        with self._lock:
            result = self._book.confirm(press)
            if result is not None:
                self._accept(result)
                self._post_live()

    def _cancel(self, press: int) -> None:
        with self._lock:
            if self._book.cancel(press):
                self._desk.show(None)
            self._post_live()

    def _accept(self, result: FieldResult) -> None:
        if self._try(lambda: self._desk.accept(result, self._clock())):
            self._analysis.hold_presses(self._desk.saving)

    def _field_kept(self) -> None:
        """Let the next press through, since the field before it is saved, or known not to be."""
        with self._lock:
            self._analysis.hold_presses(self._desk.saving)

    # What the threads bring

    def frame(self, frame: Frame) -> None:
        """Take a frame; called on the acquisition thread."""
        if self._light.may_be_in(frame):
            return
        if self._frameless:
            self._submit_frameless(frame)
        if self._continuous:
            setup = setup_for(frame, self._setup, self._white)
            self._analysis.offer(AnalysisRequest(frame, setup, None, self._clock()))

    def preview(self, preview: Preview) -> None:
        """Take a preview; called on the acquisition thread."""
        frame = self._acquisition.latest(self._options.frame_age_s)
        if frame is not None:
            preview = judged(preview, setup_for(frame, self._setup, self._white))
        self._events.latest(preview)

    def camera_status(self, status: CameraStatus) -> None:
        """Take the camera's state; called on the acquisition thread."""
        self._events.latest(status)
        with self._lock:  # else a press could begin to wait for a picture just after the last one
            self._camera_gives_pictures = status.condition is CameraCondition.LIVE
        if status.failing:
            self._tell("camera", status.text)
        if not self._camera_gives_pictures and self._frameless:
            self._submit_frameless(None)

    def pedal_status(self, status: PedalStatus) -> None:
        """Take the pedal's state; called on the pedal thread."""
        self._events.latest(status)
        if not status.present:
            self._tell("pedal", status.text)

    def analysis_status(self, status: AnalysisStatus) -> None:
        """Take the analysis thread's state; called on it."""
        self._events.latest(status)

    def trouble(self, trouble: Trouble) -> None:
        """Take a failure of any thread."""
        self._events.notice(trouble)

    def outcome(self, outcome: Outcome) -> None:
        """Take the answer to a request; called on the analysis thread."""
        press = outcome.request.press
        if isinstance(outcome, FieldResult):  # before the lock, since it takes a while
            if press is not None:
                outcome = self._compared(outcome)
            self._prepare(outcome)
        with self._lock:
            if isinstance(outcome, AnalysisFailure):
                self._failed(outcome)
            elif press is None:
                if self._continuous and not self._field_stands():
                    self._desk.show(HeldField.of(outcome))
            else:
                count = self._book.arrived(press, outcome)
                if count:
                    self._accept(outcome)
                elif count is not None:
                    self._desk.show(HeldField.of(outcome))
            if press is not None:
                self._post_live()

    def _prepare(self, result: FieldResult) -> None:
        """Draw a result ahead; what cannot be drawn is told, and is a field all the same."""
        try:
            self._desk.prepare(result, self._canvases)
        except Exception as error:  # travels as data
            self._events.notice(Trouble.unexpected("analysis", error))

    def _compared(self, result: FieldResult) -> FieldResult:
        """Return the result with a warning for each field that shows the same tissue."""
        request = result.request
        warned = any(each.startswith(SAME_PLACE) for each in request.warnings)
        if warned or request.frame.um_per_px is None:
            return result
        fields = self._desk.seen_at(request.frame.um_per_px)
        found = self._seen.warnings(result.thumbnail, fields)
        return replace(result, request=replace(request, warnings=(*request.warnings, *found)))

    def _failed(self, failure: AnalysisFailure) -> None:
        press = failure.request.press
        if press is not None:
            self._book.forget(press)
        text = f"field not analyzed: {failure.text}"
        self._events.notice(Trouble("analysis", text, failure.detail, self._clock()))

    def _field_stands(self) -> bool:
        """Whether a field of the slide is shown and still lies in the light, to be edited."""
        held, preview = self._desk.shown, self._acquisition.latest_preview
        if held is None or not held.field or preview is None:
            return False
        same = held.result.generation == preview.generation
        return same and held.result.frame >= preview.still_since

    # The live picture

    def set_view(self, view: View) -> None:
        """Say what part of the field the window shows, and how large."""
        self._acquisition.set_view(view)

    def set_canvases(self, canvases: tuple[Canvas, ...]) -> None:
        """Say where the windows draw, so that new fields come drawn."""
        self._canvases = canvases

    def set_continuous(self, on: bool) -> None:
        """Analyze the newest frame again and again; it is shown, and counted only on a press."""
        with self._lock:
            self._continuous = on
            if not on:
                self._analysis.forget_offer()
            self._post_live()

    def set_calibrating(self, on: bool) -> None:
        """Say that targets are lit in the eyepiece, before the first; or no more, after the last.

        Meanwhile nothing is analyzed or measured: the camera may see the targets.
        """
        self._light.set_calibrating(on)
        if on:
            self._submit_frameless(None)

    def _clean_frame(self) -> Frame | None:
        """Return the newest frame; None when it is too old, or may show a target."""
        frame = self._acquisition.latest(self._options.frame_age_s)
        return None if frame is None or self._light.may_be_in(frame) else frame

    def _toggle_continuous(self) -> None:
        self.set_continuous(not self._continuous)

    def select_objective(self, name: str) -> None:
        """Turn to an objective, or note that the user did."""
        try:
            self._nosepiece.select(name)
        except ValueError as error:
            self._refuse(str(error))

    def set_optics(self, optics_of: OpticsOf) -> None:
        """Believe other calibrations from the next frame on."""
        self._acquisition.set_optics(optics_of)

    def raw_picture(self) -> RawPicture | None:
        """Return the newest picture as the camera gave it, to be calibrated with."""
        if self._light.calibrating:
            return None
        return self._acquisition.raw_picture(self._options.frame_age_s)

    def take_white(self) -> None:
        """Take the white point of the station from the live picture of clean glass."""
        frame = self._clean_frame()
        if frame is None:
            why = CALIBRATING if self._light.calibrating else "the camera gives no picture"
            self._refuse(f"no white point taken: {why}")
            return
        try:
            white = white_from_blank(frame.rgb)
        except ValueError as error:
            self._refuse(f"no white point taken: {error}")
            return
        with self._lock:
            self._white = WhitePoint(white, "live picture of clean glass", frame.objective)
            self._renew_setup()
            self._post_live()

    # The beginning and the end of a slide

    def next_slide(self, case: str, name: str) -> bool:
        """Begin a slide, the first or, after the one before was finished, the next."""
        with self._lock:
            slide = self._desk.slide
            if slide is not None and not slide.finished:
                self._refuse(f"finish {slide.name} first")
                return False
            stain = slide.stain if slide else self._options.stain
            rules = slide.rules if slide else self._options.rules
            # The very profile of the slide before: from one slide to the next nothing changes by
            # itself, whatever became of the file.
            profile = self._desk.chosen_stain
            return self._no_press_waits() and self._take(
                SlideBegun(uuid.uuid4().hex, case, name, stain, rules, profile)
            )

    def resume(self, steps: Sequence[tuple[str, Mapping[str, Any]]]) -> bool:
        """Open a saved slide in place of `next_slide`, before any other step.

        Parameters
        ----------
        steps
            Kind and payload of each, as they were kept.
        """

        def resume() -> None:
            self._desk.resume([saved_step(kind, payload) for kind, payload in steps])

        return self._try(resume)

    def finish_slide(self) -> bool:
        """Finish the slide."""
        with self._lock:
            return self._no_press_waits() and self._take(SlideFinished())

    def _no_press_waits(self) -> bool:
        """Keep the fields of two slides apart."""
        if len(self._book) == 0:
            return True
        self._refuse("a field is still being analyzed: try again in a moment")
        return False

    # The rest

    def _ask_background(self) -> None:
        self._analysis.ask_background()

    def _renew_setup(self) -> None:
        """Let the next frames be analyzed as the slide wants it."""
        before = self._setup
        self._setup = AnalysisSetup(self._desk.stain, self._white.rgb, self._white.origin)
        if measures_otherwise(before, self._setup):
            self._acquisition.new_generation()

    def _tell(self, source: Source, text: str) -> None:
        self._events.notice(Trouble(source, text, "", self._clock()))

    def _post_live(self) -> None:
        self._version += 1
        self._events.latest(
            LiveView(
                self._version,
                self._continuous,
                len(self._book),
                self._white.rgb,
                self._white.origin,
            )
        )
