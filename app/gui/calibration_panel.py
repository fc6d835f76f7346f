"""The calibration of the eyepiece, step by step, beside the live picture."""

from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.model.eyepiece import EyepieceSetting
from app.model.eyepiece_targets import TargetCourse
from hardware.eyepiece_calibration import (
    GOOD_RESIDUAL_UM,
    Affine,
    AffineFit,
    CalibrationProblem,
    EyepieceCalibration,
    Point,
    fit_affine,
)

_NUDGES = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
_LARGE_NUDGE_PX = 10.0
_ROW_PX = 24
_KEYS = frozenset(
    {
        *_NUDGES,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Escape,
    }
)
"""Its own while it runs: the main window, whose keys work here too, would drop a field."""
_HELP = (
    "Look into the eyepiece at the cross, and click the same place\n"
    "in the camera picture. Arrow keys move the mark by one pixel,\n"
    "with Shift by ten. Enter: next target. Backspace: the one\n"
    "before. Delete: take the mark away."
)
_HELP_SIMULATED = _HELP.replace(
    "Look into the eyepiece at the cross, and click the same place\nin the camera picture.",
    "Nobody looks into a simulated eyepiece: the camera sees the\ncross. Click its middle.",
)


@dataclass(frozen=True)
class CalibrationTask:
    """What is to be calibrated.

    Attributes
    ----------
    setting
        Objective, camera and display.
    um_per_px
        Pixel size of the camera with the objective.
    guess
        Map from camera to display to begin with.
    """

    setting: EyepieceSetting
    um_per_px: float
    guess: Affine


class CalibrationPanel(QWidget):
    """Leads through the targets; it shows nothing in the eyepiece itself, it only asks for it.

    Not modal: the live picture goes on, and the stage may be moved between two targets.
    """

    target_changed = Signal(object)
    """(x, y) in display pixels to be shown in the eyepiece; None when it is over."""
    mark_changed = Signal(object)
    """(x, y) in camera pixels to be marked in the live picture; None for no mark."""
    accepted = Signal(object)
    """The finished `EyepieceCalibration`: to be saved and used."""
    ended = Signal()
    """Accepted or given up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("calibration")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._task: CalibrationTask | None = None
        self._course: TargetCourse | None = None
        self._title = QLabel()
        self._title.setObjectName("calibration-title")
        # Broken by hand: of a text that wraps itself the layout does not know how much room it
        # needs, and a page that is there already would cut it off.
        self._help = QLabel(_HELP)
        self._table = _table()
        self._table.cellClicked.connect(self._go_to)
        self._table.installEventFilter(self)
        self._quality = QLabel()
        self._quality.setObjectName("calibration-quality")
        self._quality.setWordWrap(True)
        self._back = _button("Back", self.back)
        self._next = _button("Next", self.confirm)
        self._redo = _button("Start again", self.redo)
        self._accept = _button("Accept", self.accept)
        self._cancel = _button("Cancel", self.cancel)
        column = QVBoxLayout(self)
        column.addWidget(self._title)
        column.addWidget(self._help)
        column.addWidget(self._table, 1)
        column.addWidget(self._quality)
        for row in ((self._back, self._next), (self._redo, self._cancel, self._accept)):
            line = QHBoxLayout()
            for button in row:
                line.addWidget(button)
            column.addLayout(line)
        self._write()

    @property
    def running(self) -> bool:
        """Whether a calibration is going on."""
        return self._task is not None

    @property
    def fit(self) -> AffineFit | None:
        """The fit of the marks so far; None as long as they give none."""
        return self._fit()[0]

    def set_seen_in_camera(self, seen: bool) -> None:
        """Say whether the camera shows the cross, as on a simulated microscope."""
        self._help.setText(_HELP_SIMULATED if seen else _HELP)

    def begin(self, task: CalibrationTask) -> None:
        """Start with the first target."""
        self._task = task
        self._course = TargetCourse.start(task.setting.display_px, task.setting.camera_px)
        self.setFocus()
        self._tell()

    def camera_clicked(self, camera: Point) -> None:
        """Take a click into the live picture, in camera pixels, as the place of the target."""
        if self._course is not None:
            self._course = self._course.marked(camera)
            # The click took the keys to the picture, where they would drive the stage.
            self.activateWindow()
            self.setFocus()
            self._tell()

    def nudge(self, dx_px: float, dy_px: float) -> None:
        """Move the mark by camera pixels; without one it appears where the target should be."""
        if self._course is not None and self._task is not None:
            fit = self._fit()[0]
            guess = self._task.guess if fit is None else fit.camera_to_display
            self._course = self._course.nudged(dx_px, dy_px, guess)
            self._tell()

    def confirm(self) -> None:
        """Go on to the next target, once this one is marked."""
        if self._course is not None:
            self._course = self._course.confirmed()
            self._tell()

    def back(self) -> None:
        """Go to the target before."""
        if self._course is not None:
            self._course = self._course.at_target(self._course.at - 1)
            self._tell()

    def clear_mark(self) -> None:
        """Take the mark of this target away; a fit without it is possible."""
        if self._course is not None:
            self._course = self._course.cleared()
            self._tell()

    def redo(self) -> None:
        """Take all marks away and start with the first target."""
        if self._task is not None:
            self.begin(self._task)

    def accept(self) -> None:
        """Give the calibration out and end."""
        task, course = self._task, self._course
        if task is None or course is None or self._fit()[0] is None:
            return
        setting = task.setting
        calibration = EyepieceCalibration(
            objective=setting.objective or "",
            camera=setting.camera,
            display=setting.display,
            camera_px=setting.camera_px,
            display_px=setting.display_px,
            um_per_px=task.um_per_px,
            pairs=course.pairs,
            made_on=date.today(),
        )
        self._end()
        self.accepted.emit(calibration)
        self.ended.emit()

    def cancel(self) -> None:
        """Give up; what was there before stays."""
        if self.running:
            self._end()
            self.ended.emit()

    def event(self, event: QEvent) -> bool:
        """Keep the keys of the calibration from the main window; Qt calls this."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(self.running and event.key() in _KEYS)
            return event.isAccepted()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Nudge, confirm or go back; Qt calls this."""
        if not self._take_key(event):
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Give up when the page is closed: nobody could end it any more; Qt calls this."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.cancel()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Take the keys of the table, which would walk about in it; Qt calls this."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._take_key(event)
        return super().eventFilter(watched, event)

    def _take_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if not self.running:
            return False
        if key in _NUDGES:
            large = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            step = _LARGE_NUDGE_PX if large else 1.0
            dx, dy = _NUDGES[key]
            self.nudge(dx * step, dy * step)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirm()
        elif key == Qt.Key.Key_Backspace:
            self.back()
        elif key == Qt.Key.Key_Delete:
            self.clear_mark()
        elif key == Qt.Key.Key_Escape:
            self.cancel()
        else:
            return False
        return True

    def _go_to(self, row: int, column: int) -> None:  # noqa: ARG002
        if self._course is not None:
            self._course = self._course.at_target(row)
            self._tell()

    def _fit(self) -> tuple[AffineFit | None, str]:
        """Return the fit of the marks so far, or why there is none."""
        if self._task is None or self._course is None:
            return None, ""
        try:
            return fit_affine(self._course.pairs, self._task.um_per_px), ""
        except CalibrationProblem as problem:
            return None, str(problem)

    def _end(self) -> None:
        self._task = None
        self._course = None
        self._tell()

    def _tell(self) -> None:
        course = self._course
        self.target_changed.emit(None if course is None else course.target)
        self.mark_changed.emit(None if course is None else course.mark)
        self._write()

    def _write(self) -> None:
        task, course = self._task, self._course
        fit, problem = self._fit()
        for button in (self._redo, self._cancel):
            button.setEnabled(self.running)
        self._back.setEnabled(course is not None and course.at > 0)
        self._next.setEnabled(course is not None and course.mark is not None)
        self._accept.setEnabled(fit is not None)
        if task is None or course is None:
            self._title.setText("No calibration is going on")
            self._table.setRowCount(0)
            self._quality.setText("")
            return
        where = "all placed" if course.done else f"target {course.at + 1} of {len(course.targets)}"
        self._title.setText(f"Eyepiece calibration, {task.setting.objective}: {where}")
        self._write_table(course, fit)
        self._quality.setText(problem if fit is None else _quality_text(course, fit))

    def _write_table(self, course: TargetCourse, fit: AffineFit | None) -> None:
        self._table.setRowCount(len(course.targets))
        residuals = {} if fit is None else dict(zip(course.placed, fit.residuals_um, strict=True))
        suspect = None if fit is None or fit.suspect is None else course.placed[fit.suspect]
        for row, mark in enumerate(course.marks):
            place = "" if mark is None else f"{mark[0]:.0f}, {mark[1]:.0f}"
            error = f"{residuals[row]:.2f}" if row in residuals else ""
            note = "look again" if row == suspect else ""
            for column, text in enumerate((f"{row + 1}", place, error, note)):
                self._table.setItem(row, column, QTableWidgetItem(text))
        if course.done:
            self._table.clearSelection()
        else:
            self._table.selectRow(course.at)


def _quality_text(course: TargetCourse, fit: AffineFit) -> str:
    if fit.rms_um is None:
        return "Three points fit any map: place more to see how good it is."
    text = f"Error of one point: {fit.rms_um:.2f} µm over {len(course.placed)} points."
    if fit.suspect is not None:
        number = course.placed[fit.suspect] + 1
        return f"{text} The others contradict target {number}: place it again."
    if fit.rms_um > GOOD_RESIDUAL_UM:
        return f"{text} More than {GOOD_RESIDUAL_UM:g} µm: place the points again."
    return f"{text} Good."


def _table() -> QTableWidget:
    table = QTableWidget(0, 4)
    table.setObjectName("calibration-points")
    table.setHorizontalHeaderLabels(["Target", "Camera px", "Error µm", ""])
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    for column in (0, 1):  # places of four digits are wider than their share
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    table.verticalHeader().setDefaultSectionSize(_ROW_PX)
    # All nine targets and the head.
    table.setMinimumHeight(11 * _ROW_PX)
    return table


def _button(text: str, action: object) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(f"calibration-{text.lower().replace(' ', '-')}")
    # The keys stay with the panel, so that the arrows nudge after a click on a button, too.
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.clicked.connect(action)
    return button
