"""Settings of the eyepiece: which display, how bright, how thick, and how well calibrated."""

from datetime import date

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.model.eyepiece import LOOK_LIMITS, EyepieceLook
from app.model.eyepiece_display import DisplayIdentity
from hardware.eyepiece_calibration import EyepieceCalibration

_STEPS_PER_UNIT = 20
_TEXT_WIDTH_PX = 170
_NAMES = {"brightness": "Brightness", "line_width": "Line width", "point_size": "Point size"}


class EyepiecePanel(QWidget):
    """Lets the user set the eyepiece; it keeps nothing, and tells every change."""

    display_chosen = Signal(object)
    """A `DisplayIdentity`, or None for no display."""
    small_window_wanted = Signal()
    look_changed = Signal(object)
    """An `EyepieceLook`."""
    calibration_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("eyepiece-panel")
        self._displays = QComboBox()
        self._displays.setObjectName("eyepiece-display")
        self._displays.currentIndexChanged.connect(self._choose)
        self._sliders = {name: self._slider(name) for name in _NAMES}
        self._values = {name: QLabel() for name in _NAMES}
        form = QFormLayout()
        form.addRow("Display", self._displays)
        for name, label in _NAMES.items():
            value = self._values[name]
            value.setMinimumWidth(value.fontMetrics().horizontalAdvance("100 % "))
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            row = QHBoxLayout()
            row.addWidget(self._sliders[name])
            row.addWidget(value)
            form.addRow(label, row)
        self._calibration = QLabel()
        self._calibration.setObjectName("eyepiece-calibration")
        self._calibration.setWordWrap(True)
        self._calibration.setMinimumWidth(_TEXT_WIDTH_PX)
        form.addRow("Calibration", self._calibration)
        small = QPushButton("Show in a window")
        small.clicked.connect(self.small_window_wanted)
        self._calibrate = QPushButton("Calibrate")
        self._calibrate.setObjectName("eyepiece-calibrate")
        self._calibrate.clicked.connect(self.calibration_wanted)
        buttons = QHBoxLayout()
        buttons.addWidget(small)
        buttons.addStretch()
        buttons.addWidget(self._calibrate)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addLayout(buttons)
        column.addStretch()
        self.show_look(EyepieceLook())

    @property
    def look(self) -> EyepieceLook:
        """What the sliders say."""
        return EyepieceLook(
            **{name: slider.value() / _STEPS_PER_UNIT for name, slider in self._sliders.items()}
        )

    def show_displays(
        self, usable: tuple[DisplayIdentity, ...], wanted: DisplayIdentity | None
    ) -> None:
        """List the displays, the wanted one too when it is not there."""
        with QSignalBlocker(self._displays):
            self._displays.clear()
            self._displays.addItem("None", None)
            for display in usable:
                self._displays.addItem(display.label, display)
            if wanted is not None:
                labels = [display.label for display in usable]
                if wanted.label not in labels:
                    self._displays.addItem(f"{wanted.label}, not there", wanted)
                    self._displays.setCurrentIndex(self._displays.count() - 1)
                else:
                    self._displays.setCurrentIndex(1 + labels.index(wanted.label))

    def show_look(self, look: EyepieceLook) -> None:
        """Set the sliders without telling it as a change."""
        for name, slider in self._sliders.items():
            with QSignalBlocker(slider):
                slider.setValue(round(getattr(look, name) * _STEPS_PER_UNIT))
        self._write_values()

    def show_calibration(
        self, objective: str | None, calibration: EyepieceCalibration | None, today: date
    ) -> None:
        """Say how well the objective in the light is calibrated for this display."""
        self._calibrate.setEnabled(objective is not None)
        self._calibration.setText(_calibration_text(objective, calibration, today))
        # Of a text that wraps itself the layout does not know how much room it needs.
        self._calibration.setMinimumHeight(self._calibration.heightForWidth(_TEXT_WIDTH_PX))

    def _slider(self, name: str) -> QSlider:
        least, most = LOOK_LIMITS[name]
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName(f"eyepiece-{name.replace('_', '-')}")
        slider.setRange(round(least * _STEPS_PER_UNIT), round(most * _STEPS_PER_UNIT))
        slider.valueChanged.connect(self._look_moved)
        return slider

    def _look_moved(self) -> None:
        self._write_values()
        self.look_changed.emit(self.look)

    def _write_values(self) -> None:
        look = self.look
        self._values["brightness"].setText(f"{look.brightness:.0%}".replace("%", " %"))
        for name in ("line_width", "point_size"):
            self._values[name].setText(f"{getattr(look, name):.2f}")

    def _choose(self) -> None:
        self.display_chosen.emit(self._displays.currentData())


def _calibration_text(
    objective: str | None, calibration: EyepieceCalibration | None, today: date
) -> str:
    if objective is None:
        return "objective not known"
    if calibration is None:
        return f"{objective}: none, the overlay is only centered"
    rms = calibration.fit.rms_um
    quality = "" if rms is None else f", {rms:.2f} µm"
    lines = (f"{objective}: {calibration.made_on.isoformat()}{quality}",)
    return "\n".join((*lines, *calibration.warnings(today)))
