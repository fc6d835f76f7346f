"""The eyepiece beside the main window: what it shows, where it is, how it is calibrated."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.gui.calibration_panel import CalibrationPanel, CalibrationTask
from app.gui.display import Display
from app.gui.displays import Displays
from app.gui.eyepiece_panel import EyepiecePanel
from app.gui.eyepiece_placement import EyepiecePlacement, Place
from app.gui.eyepiece_window import EyepieceWindow
from app.gui.main_window import MainWindow
from app.live.freshness import ShownResult
from app.live.preview import CameraStatus, Preview
from app.model.eyepiece import (
    EyepieceLook,
    EyepiecePicture,
    EyepieceProjection,
    EyepieceSetting,
    EyepieceState,
    applies,
    eyepiece_picture,
    eyepiece_projection,
)
from app.model.eyepiece_display import DisplayIdentity
from app.model.overlay import Overlay
from app.model.screen_overlay import Canvas
from app.session.events import Latest, Notice, ShownField, TallyView
from app.storage.eyepiece_file import EyepieceMemory
from hardware.eyepiece_calibration import EyepieceCalibration, Point
from inference.scoring.profile import Score

OPENED = "A saved field is open on the main screen"
_REST_MS = 30
"""The eyepiece follows a threshold or an edit once nothing new has come for that long: the hand is
at the main window, whose pictures must not wait."""
_LONGEST_S = 0.2
"""It follows at the latest after that time, however fast the hand is."""


@dataclass(frozen=True, eq=False)
class _Rendered:
    """What the eyepiece was rendered of: whose result, and at which thresholds and edits."""

    result: ShownResult
    overlay: Overlay
    picture: EyepiecePicture


class SecondScreen(QObject):
    """Tells the eyepiece at every frame what it is to show.

    Parameters
    ----------
    application
        Knows the displays.
    window, display
        The main window, and what shows events in it.
    memory
        What is remembered of the eyepiece.
    clock
        `time.monotonic`, or what a test puts in its place.
    """

    memory_changed = Signal(object)
    """The new `EyepieceMemory`, to be saved."""

    def __init__(
        self,
        application: QGuiApplication,
        window: MainWindow,
        display: Display,
        memory: EyepieceMemory,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._display = display
        self._memory = memory
        self._clock = clock
        self._camera = ""
        self._score = ""
        self._projection: EyepieceProjection | None = None
        self._rendered: _Rendered | None = None
        self._awaited: Overlay | None = None
        self._behind_since_s = 0.0
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._follow)
        self.eyepiece = EyepieceWindow(clock)
        self._displays = Displays(application, self)
        self.placement = EyepiecePlacement(self.eyepiece, self._displays, self)
        self.page = QWidget(window, Qt.WindowType.Tool)
        self.page.setWindowTitle("Eyepiece")
        self.page.setProperty("role", "panel")
        self.page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.settings = EyepiecePanel()
        self.calibration = CalibrationPanel()
        row = QHBoxLayout(self.page)
        row.addWidget(self.settings)
        row.addWidget(self.calibration)
        self.calibration.hide()
        self._connect()
        self.settings.show_look(memory.look)
        self.eyepiece.set_brightness(memory.look.brightness)
        self._list_displays()

    def start(self) -> None:
        """Show the eyepiece where it was; as a small window when no display was ever chosen."""
        if self._memory.display is None:
            self.placement.show_small()
        else:
            self.placement.restore(self._memory.display)

    def stop(self) -> None:
        """Put the eyepiece away and let go of it."""
        self.placement.put_away()
        self.eyepiece.close()
        self.eyepiece.deleteLater()

    def do(self, action: str) -> None:
        """Open or close the settings, or calibrate."""
        if action == "eyepiece":
            self.page.setVisible(not self.page.isVisible())
        elif action == "calibrate":
            self._calibrate()

    @property
    def canvas(self) -> Canvas | None:
        """What cells are drawn on; None while there is no eyepiece."""
        here = self.placement.place is not Place.AWAY
        return self._projection.canvas if self._projection is not None and here else None

    def look(self, event: Latest | Notice) -> None:
        """Take an event that the main window has taken."""
        match event:
            case Preview():
                self._show()
            case CameraStatus(camera=camera):
                self._camera = camera
            case TallyView(tally=tally):
                score = tally.edited.score
                known = score is not Score.NOT_ASSESSABLE
                self._score = f"HER2 {score} proposed" if known else ""

    @property
    def _setting(self) -> EyepieceSetting | None:
        """What is in the light path and before the eye; None before the first picture."""
        preview = self._display.preview
        if preview is None or self.placement.place is Place.AWAY:
            return None
        return EyepieceSetting(
            preview.objective.name if preview.objective is not None else None,
            self._camera,
            self.placement.display,
            (preview.field_width_px, preview.field_height_px),
            self.eyepiece.size_px,
        )

    def _show(self) -> None:
        preview, setting = self._display.preview, self._setting
        if preview is None or setting is None:
            return
        memory = self._memory
        projection = eyepiece_projection(memory.calibrations, setting, memory.look)
        if projection != self._projection:
            self._projection = projection
            self.eyepiece.set_projection(projection)
            self._write_calibration()
        shown, verdict = self._display.shown, self._window.picture.verdict
        stored = shown is not None and shown.stored
        dark: str | None = None
        if stored or not verdict.visible:
            dark = OPENED if stored else verdict.message
        picture = None
        if shown is not None and dark is None:
            picture = self._picture(shown, projection)
        number = shown.number if shown is not None else None
        words = f"field {number}" if number is not None else ""
        self.eyepiece.show_state(
            EyepieceState(picture, dark, self._score, words, preview.taken_s, preview.interval_s)
        )

    def _picture(self, shown: ShownField, projection: EyepieceProjection) -> EyepiecePicture:
        """Return the picture of a field; for a moment it may be that of its thresholds before."""
        known = self._rendered
        usable = known is not None and known.picture.projection == projection
        if known is None or not usable or known.result is not shown.result:
            known = self._render(shown, projection)
        elif known.overlay is not shown.overlay:
            self._await_rest(shown.overlay)
        return known.picture

    def _render(self, shown: ShownField, projection: EyepieceProjection) -> _Rendered:
        self._rest.stop()
        self._awaited = None
        drawn = shown.drawings.get(projection.canvas)
        if drawn is None:
            picture = eyepiece_picture(shown.overlay, projection)
        else:
            picture = EyepiecePicture(drawn, projection)
        self._rendered = _Rendered(shown.result, shown.overlay, picture)
        return self._rendered

    def _await_rest(self, overlay: Overlay) -> None:
        """Wait until nothing newer than this comes, or nearly as long as the eyepiece may."""
        now_s = self._clock()
        if self._awaited is None:
            self._behind_since_s = now_s
        if overlay is not self._awaited and now_s - self._behind_since_s < _LONGEST_S:
            self._rest.start()
        self._awaited = overlay

    def _follow(self) -> None:
        shown, projection = self._display.shown, self._projection
        if shown is not None and projection is not None:
            self._render(shown, projection)
            self._show()

    def _calibrate(self) -> None:
        preview, setting = self._display.preview, self._setting
        objective = preview.objective if preview is not None else None
        if setting is None or objective is None or objective.um_per_px is None:
            self._window.say("Show the eyepiece and choose a calibrated objective first", "failure")
            return
        assert self._projection is not None
        guess = self._projection.camera_to_display
        self._window.picture.set_picking(True)
        self.calibration.show()
        self.page.show()
        self.calibration.begin(CalibrationTask(setting, objective.um_per_px, guess))

    def _calibrated(self, calibration: EyepieceCalibration) -> None:
        self._remember(self._memory.with_calibration(calibration))
        self._show()

    def _calibration_ended(self) -> None:
        self._window.picture.set_picking(False)
        self.calibration.hide()
        self.page.adjustSize()

    def _take_look(self, look: EyepieceLook) -> None:
        self.eyepiece.set_brightness(look.brightness)
        memory = self._memory
        self._remember(EyepieceMemory(memory.display, look, memory.calibrations))
        self._show()

    def _take_display(self, display: DisplayIdentity | None) -> None:
        memory = self._memory
        self._remember(EyepieceMemory(display, memory.look, memory.calibrations))

    def _remember(self, memory: EyepieceMemory) -> None:
        self._memory = memory
        self.memory_changed.emit(memory)
        self._write_calibration()

    def _write_calibration(self) -> None:
        setting = self._setting
        fitting = [each for each in self._memory.calibrations if setting and applies(each, setting)]
        newest = max(fitting, key=lambda each: each.made_on, default=None)
        objective = setting.objective if setting is not None else None
        self.settings.show_calibration(objective, newest, date.today())

    def _list_displays(self) -> None:
        self.settings.show_displays(self._displays.usable, self.placement.wanted)

    def _placed(self) -> None:
        self._list_displays()
        self._window.menus.check("eyepiece", on=self.placement.place is not Place.AWAY)
        self._show()

    def _target(self, target: Point | None) -> None:
        self.eyepiece.show_target(target)

    def _notice(self, text: str) -> None:
        self._window.say(text or "The eyepiece display is back", "failure" if text else "quiet")

    def _connect(self) -> None:
        window = self._window
        self._display.looked.connect(self.look)
        self._display.showing.connect(self._show)
        self._displays.changed.connect(self._list_displays)
        self.placement.notice.connect(self._notice)
        self.placement.chosen.connect(self._take_display)
        self.placement.placed.connect(self._placed)
        self.eyepiece.resized.connect(self._show)
        self.settings.display_chosen.connect(self.placement.choose)
        self.settings.small_window_wanted.connect(self.placement.show_small)
        self.settings.look_changed.connect(self._take_look)
        self.settings.calibration_wanted.connect(self._calibrate)
        self.calibration.target_changed.connect(self._target)
        self.calibration.mark_changed.connect(window.picture.set_mark)
        self.calibration.accepted.connect(self._calibrated)
        self.calibration.ended.connect(self._calibration_ended)
        window.picture.picked.connect(self.calibration.camera_clicked)
