"""Pixel size, light and parfocality of each objective, measured on the live picture."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import RESEARCH_USE_ONLY
from app.devices.calibrating import (
    MeasuredLight,
    MeasuredPixelSize,
    keep_light,
    keep_pixel_size,
    measure_light,
    measure_pixel_size,
)
from app.gui.background import Background
from app.gui.calibrating.picture import SIDE, light_map, middle, pixmap, reduced
from app.gui.calibrating.table import CalibrationTable
from app.gui.controls import label, rule, set_role
from app.gui.theme import GRID
from app.model.micrometer_lines import draw_lines
from app.model.optics import RawPicture
from app.storage.calibration_file import Calibrations, load_calibrations
from hardware.objective_calibration import VALID_DAYS
from hardware.parfocality import Parcentricity, parcentricity
from inference.arrays import U8

MOST_SHIFT_UM = 50.0
"""Between the middles of two objectives; more is worth a call for service."""
_MOST_PICTURES = 5
_DAYS = (30, 90, 182, VALID_DAYS, 2 * VALID_DAYS)
_NO_PICTURE = "The camera gives no picture."
_NO_OBJECTIVE = "Say first which objective is in the light (M)."


@dataclass(frozen=True, eq=False)
class _Size:
    """A measured pixel size with its pictures, made ready in the background."""

    measured: MeasuredPixelSize
    small: U8
    large: U8


class CalibrationPage(QWidget):
    """Measures on pictures of the sitting's camera, and keeps what the user has looked at.

    Parameters
    ----------
    take
        Returns the newest picture as the camera gave it; None when there is none.
    objectives
        Names, weakest first.
    path
        The file of calibrations.
    today
        `datetime.date.today`, or what a test puts in its place.
    """

    kept = Signal(object)
    """The new `Calibrations`, to be believed from now on."""

    def __init__(
        self,
        take: Callable[[], RawPicture | None],
        objectives: tuple[str, ...],
        path: Path,
        today: Callable[[], date] = date.today,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Calibration")
        self._take, self._objectives, self._path, self._today = take, objectives, path, today
        self._background = Background("calibration", self)
        self._size: _Size | None = None
        self._glass: list[RawPicture] = []
        self._light: MeasuredLight | None = None
        self._weaker: RawPicture | None = None
        self._sure = False
        self._table = CalibrationTable()
        self._pitch = QLineEdit("10")
        self._pitch.setFixedWidth(8 * GRID)
        self._pitch.setAccessibleName("Distance of the lines in um")
        self._days = QComboBox()
        for days in _DAYS:
            self._days.addItem(f"{days} days", days)
        self._days.setCurrentIndex(_DAYS.index(VALID_DAYS))
        self._days.setAccessibleName("How long it is to hold")
        self._find = self._button("Find the scale", "Reads the stage micrometer that is in view")
        self._find.clicked.connect(self._find_scale)
        self._closer = self._button("Camera pixels", "The middle, each camera pixel as it is")
        self._closer.setCheckable(True)
        self._closer.clicked.connect(self._show_picture)
        self._keep_size = self._button("Keep pixel size", "Holds at once")
        self._keep_size.clicked.connect(self._keep_pixel_size)
        self._glass_take = self._button("Take clean glass", "No tissue, in focus, as in a sitting")
        self._glass_take.clicked.connect(self._take_glass)
        self._glass_again = self._button("Begin again", "Forgets the pictures of glass")
        self._glass_again.clicked.connect(self._forget_glass)
        self._keep_glass = self._button("Keep flat field", "Holds at once")
        self._keep_glass.clicked.connect(self._keep_flat_field)
        self._first = self._button("Take with the weaker", "Something with detail in the middle")
        self._first.clicked.connect(self._take_weaker)
        self._second = self._button("Take with the stronger", "The same place; do not focus again")
        self._second.clicked.connect(self._take_stronger)
        self._picture = label("", "frame", wrap=True)
        self._picture.setFixedSize(SIDE + 2, SIDE + 2)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._says = label("", "quiet", wrap=True)
        self._lay_out()
        self._show_buttons()
        self._show_nothing()

    @property
    def says(self) -> str:
        """What the page says."""
        return self._says.text()

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The table."""
        return self._table.rows

    def refresh(self) -> None:
        """Read what is kept, and show it for the camera that is there."""
        calibrations, unusable = load_calibrations(self._path)
        taken = self._take()
        self._table.show_calibrations(
            calibrations,
            None if taken is None else taken.camera,
            None if taken is None else (taken.rgb.shape[1], taken.rgb.shape[0]),
            self._objectives,
            self._today(),
        )
        if unusable:
            self._say(unusable[0], "failure")
        elif taken is None:
            self._say(_NO_PICTURE, "warning")

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Show what is kept now; Qt calls this."""
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Let pictures go; Qt calls this."""
        super().hideEvent(event)
        self.stop()

    def stop(self) -> None:
        """End what is measured and forget the pictures."""
        self._background.close()
        self._size = self._light = self._weaker = None
        self._glass = []
        self._show_nothing()
        self._show_buttons()

    # Pixel size

    def _find_scale(self) -> None:
        taken = self._ready()
        if taken is None or taken.objective is None:
            return
        try:
            pitch_um = float(self._pitch.text().replace(",", "."))
        except ValueError:
            self._say(f"The distance of the lines must be a number, not {self._pitch.text()!r}.")
            return
        self._size, self._sure = None, False
        days, today, objective = int(self._days.currentData()), self._today(), taken.objective.name
        kept, _ = load_calibrations(self._path)

        def measure(_tell: object) -> _Size:
            found = measure_pixel_size(
                taken.rgb, pitch_um, taken.camera, objective, kept, today, days
            )
            drawn = draw_lines(taken.rgb, found.reading)
            return _Size(found, reduced(drawn), middle(drawn))

        self._say("Reading the scale …")
        self._background.start(measure, self._show_size, self._fail)
        self._show_buttons()

    def _show_size(self, size: object) -> None:
        assert isinstance(size, _Size)
        self._size = size
        reading, kept = size.measured.reading, size.measured.calibration
        text = (
            f"{kept.objective}: {reading.um_per_px:.5f} um/px, known to "
            f"{max(0.001, 100 * reading.error):.3f} %; {reading.lines} lines, residual "
            f"{reading.residual_um:.3f} um. Is every line of the scale colored?"
        )
        doubts = " ".join(f"Doubt: {doubt}." for doubt in size.measured.doubts)
        self._say(f"{text} {doubts}".strip(), "warning" if doubts else "quiet")
        self._show_picture()
        self._show_buttons()

    def _show_picture(self) -> None:
        if self._size is not None:
            large = self._closer.isChecked()
            self._picture.setPixmap(pixmap(self._size.large if large else self._size.small))

    def _keep_pixel_size(self) -> None:
        size = self._size
        if size is None:
            return
        if size.measured.doubts and not self._sure:
            self._sure = True
            self._keep_size.setText("Keep it all the same")
            self._say(f"{self.says} A second click keeps it.", "warning")
            return
        kept = self._kept(lambda: keep_pixel_size(self._path, size.measured.calibration))
        if kept is not None:
            calibration = size.measured.calibration
            self._size = None
            self._tell_kept(kept, f"Pixel size of the {calibration.objective}")

    # Empty field

    def _take_glass(self) -> None:
        taken = self._ready()
        if taken is None or taken.objective is None:
            return
        if self._glass and not _same_setting(self._glass[0], taken):
            self._say("Another objective or camera than before: begin again.", "failure")
            return
        pictures = [*self._glass, taken][-_MOST_PICTURES:]
        self._say("Measuring the light …")
        self._background.start(
            lambda _tell: measure_light([each.rgb for each in pictures]),
            lambda light: self._show_light(light, pictures),
            self._fail,
        )
        self._show_buttons()

    def _show_light(self, light: object, pictures: list[RawPicture]) -> None:
        assert isinstance(light, MeasuredLight)
        self._light, self._glass = light, pictures
        width, height = light.light.size_px
        side = SIDE - 96
        part = light.part(side, max(1, round(side * height / width)))
        self._picture.setPixmap(pixmap(light_map(part)))
        white = " ".join(f"{channel:.0f}" for channel in light.light.white)
        more = "" if len(pictures) >= 3 else " Three places are better than one: dirt moves along."
        count = f"{len(pictures)} picture{'s' if len(pictures) > 1 else ''} of glass"
        self._say(
            f"{count}: white point {white}, the light falls by {100 * light.fall:.0f} %.{more}"
        )
        self._show_buttons()

    def _forget_glass(self) -> None:
        self._glass, self._light = [], None
        self._show_nothing()
        self._say("")
        self._show_buttons()

    def _keep_flat_field(self) -> None:
        light, glass = self._light, self._glass
        if light is None or not glass or glass[0].objective is None:
            return
        camera, objective = glass[0].camera, glass[0].objective.name
        days = int(self._days.currentData())
        kept = self._kept(
            lambda: keep_light(self._path, light.light, camera, objective, self._today(), days)
        )
        if kept is not None:
            self._glass, self._light = [], None
            self._tell_kept(kept, f"Flat field of the {objective}")

    # Parfocality

    def _take_weaker(self) -> None:
        taken = self._ready()
        if taken is None or taken.objective is None:
            return
        if taken.objective.um_per_px is None:
            self._say("Keep its pixel size first: the shift is told in um.", "failure")
            return
        self._weaker = taken
        self._say(f"Taken with the {taken.objective.name}. Turn to a stronger objective now.")
        self._show_buttons()

    def _take_stronger(self) -> None:
        weaker, taken = self._weaker, self._ready()
        if taken is None or taken.objective is None:
            return
        if weaker is None or weaker.objective is None:
            return
        coarse, fine = weaker.objective.um_per_px, taken.objective.um_per_px
        if coarse is None or fine is None:
            self._say("Keep its pixel size first: the shift is told in um.", "failure")
            return
        names = (weaker.objective.name, taken.objective.name)
        self._background.start(
            lambda _tell: parcentricity(weaker.rgb, coarse, taken.rgb, fine),
            lambda found: self._show_shift(found, names),
            self._fail,
        )

    def _show_shift(self, found: object, names: tuple[str, str]) -> None:
        assert isinstance(found, Parcentricity)
        far = found.shift_um > MOST_SHIFT_UM
        advice = f"; more than {MOST_SHIFT_UM:g} um: have the nosepiece seen to" if far else ""
        across = f"{abs(found.dx_um):.0f} um to the {'right' if found.dx_um > 0 else 'left'}"
        down = f"{abs(found.dy_um):.0f} um {'down' if found.dy_um > 0 else 'up'}"
        self._say(
            f"The middle of the {names[1]} lies {found.shift_um:.0f} um from that of the "
            f"{names[0]} ({across}, {down}){advice}. Blurred although the {names[0]} was sharp: "
            "the objectives are not parfocal.",
            "warning" if far else "good",
        )

    # The rest

    def _ready(self) -> RawPicture | None:
        """Return a picture with a known objective, or say what is missing."""
        taken = self._take()
        if taken is None:
            self._say(_NO_PICTURE, "failure")
            return None
        if taken.objective is None:
            self._say(_NO_OBJECTIVE, "failure")
            return None
        return taken

    def _kept(self, keep: Callable[[], Calibrations]) -> Calibrations | None:
        try:
            return keep()
        except (ValueError, OSError) as problem:
            self._say(str(problem), "failure")
            return None

    def _tell_kept(self, kept: Calibrations, what: str) -> None:
        self.kept.emit(kept)
        self._show_nothing()
        self.refresh()
        self._say(f"{what} is kept; it holds from now on.", "good")
        self._show_buttons()

    def _fail(self, text: str) -> None:
        self._say(text[:1].upper() + text[1:], "failure")
        self._show_buttons()

    def _show_nothing(self) -> None:
        self._picture.setText("What is found is drawn here")

    def _show_buttons(self) -> None:
        if not self._sure:
            self._keep_size.setText("Keep pixel size")
        self._keep_size.setEnabled(self._size is not None)
        self._closer.setEnabled(self._size is not None)
        self._keep_glass.setEnabled(self._light is not None)
        self._glass_again.setEnabled(bool(self._glass))
        self._second.setEnabled(self._weaker is not None)

    def _say(self, text: str, role: str = "quiet") -> None:
        set_role(self._says, role)
        self._says.setText(text)

    @staticmethod
    def _button(text: str, tip: str) -> QPushButton:
        made = QPushButton(text)
        made.setToolTip(tip)
        return made

    def _lay_out(self) -> None:
        scale = QHBoxLayout()
        scale.addWidget(label("Lines"))
        scale.addWidget(self._pitch)
        scale.addWidget(label("um apart"))
        scale.addStretch(1)
        holds = QHBoxLayout()
        holds.addWidget(label("Holds for"))
        holds.addWidget(self._days)
        holds.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(GRID)
        parts: tuple[tuple[str, tuple[QHBoxLayout | QPushButton, ...]], ...] = (
            ("PIXEL SIZE", (scale, self._find, self._closer, self._keep_size)),
            ("EMPTY FIELD", (self._glass_take, self._glass_again, self._keep_glass)),
            ("PARFOCALITY", (self._first, self._second)),
        )
        for number, (title, controls) in enumerate(parts):
            if number:
                left.addWidget(rule())
            left.addWidget(label(title, "head"))
            for control in controls:
                if isinstance(control, QPushButton):
                    left.addWidget(control)
                else:
                    left.addLayout(control)
        left.addWidget(rule())
        left.addLayout(holds)
        left.addStretch(1)
        beside = QHBoxLayout()
        beside.setSpacing(2 * GRID)
        beside.addLayout(left, 1)
        beside.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self._table)
        layout.addLayout(beside, 1)
        layout.addWidget(self._says)
        layout.addWidget(label(RESEARCH_USE_ONLY, "small"))
        self._says.setMinimumHeight(7 * GRID)
        self._says.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.resize(82 * GRID, 80 * GRID)


def _same_setting(one: RawPicture, other: RawPicture) -> bool:
    same = one.objective is not None and other.objective is not None
    names = same and one.objective.name == other.objective.name  # type: ignore[union-attr]
    return bool(names) and one.camera == other.camera and one.rgb.shape == other.rgb.shape
