"""Which camera: looked for, tried with a live picture, and set."""

import time
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.devices.camera_check import CameraCheck, check_camera
from app.devices.station import StationCamera, StationProblem
from app.gui.background import Tell
from app.gui.controls import label
from app.gui.setup.form import add_row, form
from app.gui.setup.section import Section
from app.gui.theme import GRID
from hardware.arrays import U8
from hardware.camera import Camera
from hardware.cameras.known import MAKES, CameraMake, camera_of
from hardware.cameras.listing import list_cameras
from hardware.listing import Listing

TRIAL_S = 30.0
"""A trial ends by itself after that."""
_PICTURE = QSize(26 * GRID, 20 * GRID)
_SHOWN_EVERY_S = 0.1
_NOTHING = "No picture yet: Try opens the camera for half a minute"
_NUMBERS = (
    ("exposure_s", "Exposure, ms", 1000.0),
    ("gain", "Gain", 1.0),
    ("frames_per_s", "Pictures/s", 1.0),
)


@dataclass(frozen=True, eq=False)
class _Seen:
    """What a trial tells the page."""

    line: str
    automatic: tuple[str, ...]
    picture: U8


class CameraSection(Section):
    """The camera of a station, or none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("camera", parent)
        self._kept: dict[str, Any] = {}
        self._make, self._address = QComboBox(), QComboBox()
        self._make.setAccessibleName("Make of the camera")
        self._make.addItem("No camera", "")
        for make in MAKES:
            missing = "" if make.installed else " (not installed)"
            self._make.addItem(f"{make.title}{missing}", make.name)
        self._make.activated.connect(self._choose_make)
        self._address.setEditable(True)
        self._address.setAccessibleName("Address of the camera")
        self._address.editTextChanged.connect(lambda _: self.changed.emit())
        self._look = QPushButton("Look for cameras")
        self._look.setToolTip("Lists what this computer knows of; no camera is opened")
        self._look.clicked.connect(self._look_around)
        self._network = QCheckBox("also on the network")
        self._network.setToolTip("Cameras on the network are found by a call to all of it")
        self._numbers = {name: QLineEdit() for name, *_ in _NUMBERS}
        for name, title, _ in _NUMBERS:
            self._numbers[name].setPlaceholderText("as it is")
            self._numbers[name].setAccessibleName(title)
            self._numbers[name].setFixedWidth(8 * GRID)
            self._numbers[name].editingFinished.connect(self.changed.emit)
        self._locked = QCheckBox("white balance locked")
        self._locked.setToolTip("An automatic one changes the white point from field to field")
        self._locked.clicked.connect(lambda _: self.changed.emit())
        self._try.setToolTip("Opens the camera and shows its picture")
        self._try.clicked.connect(self._try_or_stop)
        self._picture = label(_NOTHING, "quiet", wrap=True)
        self._picture.setFixedSize(_PICTURE)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setProperty("role", "frame")
        self._says.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._lay_out()
        self._show_make()

    def camera(self) -> StationCamera | None:
        """Return what is chosen.

        Raises
        ------
        StationProblem
            A number or the address is wrong; one line.
        """
        make = self._chosen_make()
        if make is None:
            return None
        address = self._address.currentText().strip()
        # The text of a listed camera stands behind its address.
        at = self._address.findText(address)
        if at >= 0 and self._address.itemData(at):
            address = str(self._address.itemData(at))
        if not address:
            raise StationProblem(f"which camera? Give its address: {make.addresses}")
        settings = {k: v for k, v in self._kept.items() if k not in self._numbers}
        settings.pop("white_balance", None)
        for name, title, factor in _NUMBERS:
            text = self._numbers[name].text().strip().replace(",", ".")
            if text:
                try:
                    settings[name] = float(text) / factor
                except ValueError:
                    raise StationProblem(f"{title} must be a number, not {text!r}") from None
        if self._locked.isChecked():
            settings["white_balance"] = "locked"
        elif self._kept.get("white_balance") not in (None, "locked"):
            settings["white_balance"] = self._kept["white_balance"]
        found = StationCamera(make=make.name, address=address, settings=settings)
        found.choice()
        return found

    def set_camera(self, camera: StationCamera | None) -> None:
        """Show another camera, closing one that is tried."""
        self.stop()
        self._kept = {} if camera is None else dict(camera.settings)
        with QSignalBlocker(self._make), QSignalBlocker(self._address):
            at = self._make.findData("" if camera is None else camera.make)
            self._make.setCurrentIndex(max(0, at))
            self._address.clear()
            self._address.setEditText("" if camera is None else camera.address)
        for name, _, factor in _NUMBERS:
            value = self._kept.get(name)
            self._numbers[name].setText("" if value is None else f"{value * factor:g}")
        self._locked.setChecked(self._kept.get("white_balance") == "locked")
        self._show_make()

    def set_in_use(self, *, used: bool) -> None:
        """Say that the camera belongs to a sitting, which has it open."""
        self._in_use = used
        self._show_make()

    def stop(self) -> None:
        """End a look or a trial, and wait until the camera is closed."""
        self._background.close()
        self._rest()
        self._picture.setPixmap(QPixmap())
        self._picture.setText(_NOTHING)

    # What is done

    def _chosen_make(self) -> CameraMake | None:
        name = self._make.currentData()
        return next((make for make in MAKES if make.name == name), None)

    def _choose_make(self) -> None:
        self.stop()
        self._address.clear()
        self._show_make()
        self.changed.emit()

    def _show_make(self) -> None:
        make = self._chosen_make()
        there = make is not None and make.installed
        whole = (self._address, self._look, self._network, self._try, self._locked)
        for each in (*whole, *self._numbers.values()):
            each.setEnabled(there)
        self._try.setEnabled(there and not self._in_use)
        line = self._address.lineEdit()
        if line is not None:
            line.setPlaceholderText("" if make is None else make.addresses)
        if make is None:
            self._say("A station without a camera analyzes nothing.")
        elif not make.installed:
            self._say(f"Its driver is not installed: {make.install} brings it.", "warning")
        else:
            self._say("Nothing is opened before you press Try.")

    def _look_around(self) -> None:
        make = self._chosen_make()
        if make is None:
            return
        name, network = make.name, self._network.isChecked()
        self._say("Looking …")
        self._background.start(
            lambda _tell: list_cameras(name, network=network), self._show_listing, self._fail
        )

    def _show_listing(self, found: object) -> None:
        assert isinstance(found, Listing)
        if found.problem:
            self._say(found.problem, "failure")
            return
        before = self._address.currentText()
        with QSignalBlocker(self._address):
            self._address.clear()
            for device in found.devices:
                same = device.text == device.address
                text = device.address if same else f"{device.address}  ({device.text})"
                self._address.addItem(text, device.address)
            self._address.setEditText(before or (self._address.itemText(0)))
        count = len(found.devices)
        listed = f"{count} camera{'s' if count != 1 else ''} listed" if count else "None is listed"
        self._say(". ".join((listed, *found.notes)) + ".")
        self.changed.emit()

    def _try_or_stop(self) -> None:
        if self._background.busy:
            self._background.stop()
            return
        try:
            chosen = self.camera()
            assert chosen is not None
            camera = camera_of(chosen.choice())
        except (StationProblem, ValueError) as problem:
            self._say(str(problem), "failure")
            return
        self._try.setText("Stop")
        self._say(f"Opening {camera.name} …")
        self._background.start(
            lambda tell: _trial(camera, tell),
            self._show_end,
            self._fail,
            told=self._show_seen,
            stopped=lambda: self._end("Stopped; the camera is closed."),
        )

    def _show_seen(self, seen: object) -> None:
        assert isinstance(seen, _Seen)
        height, width = seen.picture.shape[:2]
        image = QImage(seen.picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._picture.setPixmap(QPixmap.fromImage(image))
        automatic = " and ".join(seen.automatic)
        if automatic:
            self._say(f"{seen.line}. Automatic {automatic}: lock it, or whites drift.", "warning")
        else:
            self._say(f"{seen.line}.", "good")

    def _show_end(self, check: object) -> None:
        assert isinstance(check, CameraCheck)
        if check.problem:
            self._end(check.problem, "failure")
        else:
            self._end(f"{_line(check)}. Half a minute is over; the camera is closed.")

    def _lay_out(self) -> None:
        looking = QHBoxLayout()
        looking.setSpacing(GRID)
        looking.addWidget(self._look)
        looking.addWidget(self._network)
        looking.addStretch(1)
        numbers = QHBoxLayout()
        numbers.setSpacing(GRID)
        for name, title, *_ in _NUMBERS:
            numbers.addWidget(label(title, "quiet"))
            numbers.addWidget(self._numbers[name])
        numbers.addStretch(1)
        grid = form()
        add_row(grid, "Make", self._make)
        add_row(grid, "Address", self._address)
        add_row(grid, "", looking)
        add_row(grid, "Settings", numbers)
        add_row(grid, "", self._locked)
        trial = QHBoxLayout()
        trial.setSpacing(2 * GRID)
        trial.addWidget(self._picture)
        words = QVBoxLayout()
        words.setSpacing(GRID)
        words.addWidget(self._try, 0, Qt.AlignmentFlag.AlignLeft)
        words.addWidget(self._says, 1)
        trial.addLayout(words, 1)
        add_row(grid, "Picture", trial, least=_PICTURE.height() + GRID)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(grid)


def _trial(camera: Camera, tell: Tell) -> CameraCheck:
    shown_s = float("-inf")

    def each(check: CameraCheck) -> None:
        nonlocal shown_s
        now_s = time.monotonic()
        if check.last is None or now_s - shown_s < _SHOWN_EVERY_S:
            return
        shown_s = now_s
        automatic = () if check.settings is None else check.settings.automatic
        tell(_Seen(_line(check), automatic, _reduced(check.last)))

    return check_camera(camera, TRIAL_S, each=each)


def _line(check: CameraCheck) -> str:
    if check.last is None:
        return f"{check.name}: no picture"
    height, width = check.last.shape[:2]
    parts = [f"{check.name}: {width} x {height} px"]
    if check.interval_s is not None:
        parts.append(f"{1 / check.interval_s[0]:.1f} pictures/s")
    if check.age_s is not None:
        parts.append(f"age {1000 * check.age_s[0]:.0f} ms")
    parts.append(f"{check.dropped} dropped")
    if check.broken:
        parts.append(f"{check.broken} broken")
    return ", ".join(parts)


def _reduced(rgb: U8) -> U8:
    height, width = rgb.shape[:2]
    factor = min(_PICTURE.width() / width, _PICTURE.height() / height, 1.0)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.ascontiguousarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
