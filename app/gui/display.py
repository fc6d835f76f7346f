"""What the session tells, shown by the views of the main window."""

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from app.gui.banners import PictureLimits, banners
from app.gui.main_window import MainWindow
from app.gui.tally_panel import SlideDesk
from app.live.field_result import AnalysisStatus
from app.live.pedal import PedalStatus
from app.live.preview import CameraCondition, CameraStatus, Preview
from app.live.trouble import Trouble
from app.session.events import (
    ActionAsked,
    FieldPicture,
    Latest,
    LiveView,
    Notice,
    PressHeard,
    Shown,
    ShownField,
    SittingView,
    TallyView,
)

CHECK_MS = 30
"""How often it is looked whether the overlay may still be seen."""
_CHECKS_PER_READING = 8
"""Numbers that change faster than four times a second cannot be read."""


class Display(QObject):
    """Hands each event to the views that show it, and keeps the newest of each kind.

    Parameters
    ----------
    window
        Its parts are the views.
    limits
        When the picture is called bad.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    asked = Signal(str)
    """The pedal asks for an action."""
    did = Signal(str)
    """Something was done that the guide may wait for: an `app.gui.guide.Deed`."""
    showing = Signal()
    """Another field is shown, in the picture so far: the eyepiece is next, the panels have time."""
    looked = Signal(object)
    """An event, after the views took it."""

    def __init__(
        self,
        window: MainWindow,
        limits: PictureLimits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._limits = limits
        self._clock = clock
        self.desk = SlideDesk()
        self.preview: Preview | None = None
        self._camera: CameraStatus | None = None
        self._analysis: AnalysisStatus | None = None
        self._pedal: PedalStatus | None = None
        self._versions: dict[type, int] = {}
        self._checks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(CHECK_MS)
        self._timer.timeout.connect(self.check)

    @property
    def shown(self) -> ShownField | None:
        """The field whose cells are shown."""
        return self.desk.shown

    def start(self) -> None:
        """Look every 30 ms whether the overlay may still be seen."""
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def receive(self, event: Latest | Notice) -> None:  # noqa: PLR0912 - one line per kind
        """Show an event; on the thread of the windows."""
        if self._is_old(event):
            return
        match event:
            case Preview():
                self._take_preview(event)
            case Shown(field=field):
                self._take_shown(field)
            case FieldPicture(field=field, rgb=rgb):
                self._window.picture.take_picture(field, rgb)
            case SittingView():
                self._take_sitting(event)
            case TallyView():
                self._window.strip.take_tally(event)
                self._show_desk(replace(self.desk, tally=event))
            case LiveView(continuous=continuous):
                self._window.menus.check("continuous", on=continuous)
                self._show_desk(replace(self.desk, live=event))
            case CameraStatus():
                self._camera = event
            case AnalysisStatus():
                self._analysis = event
            case PedalStatus():
                self._pedal = event
            case Trouble():
                self._window.history.take_trouble(event)
                self._window.say(event.text[:1].upper() + event.text[1:], "failure")
            case PressHeard():
                self._window.say("Analyzing …")
                self.did.emit("pressed")
            case ActionAsked(action=action):
                self.asked.emit(action)
        if not isinstance(event, Preview):
            self.check()
        self.looked.emit(event)

    def check(self) -> None:
        """Look whether overlay and banners are still right."""
        now = self._clock()
        picture = self._window.picture
        picture.check()
        self._window.banners.show_banners(
            banners(
                self.preview,
                self._camera,
                self._analysis,
                self.desk.shown,
                picture.verdict,
                now,
                self._limits,
            )
        )
        self._checks += 1
        if self._checks % _CHECKS_PER_READING == 1:
            self._window.top.readouts.refresh(now)
            self._window.say_station(self._station())

    def _is_old(self, event: Latest | Notice) -> bool:
        """Tell whether an event comes after a newer one of its kind."""
        version = getattr(event, "version", None)
        if version is None:
            return False
        newest = self._versions.get(type(event), -1)
        self._versions[type(event)] = max(newest, version)
        return bool(version < newest)

    def _take_preview(self, preview: Preview) -> None:
        before, self.preview = self.preview, preview
        self._window.picture.take_preview(preview)
        self._window.top.readouts.take_preview(preview)
        if before is not None and before.still_since != preview.still_since:
            self.did.emit("drove")

    def _take_shown(self, shown: ShownField | None) -> None:
        before = self.desk.shown
        self.desk = replace(self.desk, shown=shown)
        self._window.picture.take_shown(shown)
        if shown is not None and shown.previewed:
            # A slider is being moved: its picture goes before the eyepiece and all numbers.
            self._window.picture.repaint()
        self.showing.emit()
        self._window.thresholds.take_shown(shown)
        # Its key is Return, which means other things wherever there is nothing to confirm.
        dirty = self._window.thresholds.dirty
        self._window.menus.enable("confirm-thresholds", possible=dirty)
        self._window.strip.set_opened(shown.field if shown is not None and shown.stored else None)
        possible = shown is not None and shown.field is not None
        self._window.menus.enable("drop-field", possible=possible)
        self._show_desk(self.desk)
        new = shown is not None and (before is None or before.done_s != shown.done_s)
        if shown is not None and new and not shown.stored and shown.field is not None:
            took = shown.done_s - shown.asked_s
            cells = int(shown.cells.edited.counted.sum())
            self._window.say(f"Field {shown.number}: {cells} cells, {1000 * took:.0f} ms")

    def _take_sitting(self, sitting: SittingView) -> None:
        window, slide = self._window, sitting.slide
        window.history.take_sitting(sitting)
        window.thresholds.take_sitting(sitting)
        window.strip.take_sitting(sitting)
        window.set_title(f"{slide.case} · {slide.name}" if slide is not None else "")
        for name, text, word in (("undo", sitting.undo, "Undo"), ("redo", sitting.redo, "Redo")):
            shown = word if text is None else f"{word}: {text}"
            window.menus.enable(name, possible=text is not None, text=shown)
            window.top.show_step(name, text)
        self._show_desk(replace(self.desk, sitting=sitting))
        # At once: beside a new step an "all saved" of before would be a promise.
        window.say_station(self._station())
        if slide is not None and slide.finished:
            self.did.emit("finished")

    def _show_desk(self, desk: SlideDesk) -> None:
        self.desk = desk
        self._window.tally.show_desk(desk)

    def _station(self) -> str:
        words = []
        if self._camera is not None:
            live = self._camera.condition is CameraCondition.LIVE
            state = self._camera.camera if live else f"camera {self._camera.condition.value}"
            words.append(state)
        if self._analysis is not None:
            waiting = f", {self._analysis.waiting} waiting" if self._analysis.waiting else ""
            words.append(f"analysis {self._analysis.condition.value}{waiting}")
        if self._pedal is not None and not self._pedal.present:
            words.append("no pedal")
        if self.desk.sitting is not None:
            unsaved = self.desk.sitting.unsaved
            steps = f"{unsaved} step{'' if unsaved == 1 else 's'} not saved yet"
            words.append(steps if unsaved else "all saved")
        return "  ·  ".join(words)
