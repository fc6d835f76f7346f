"""The eyepiece calibrated in the real windows, by whoever looks at the simulated camera picture."""

import math
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.gui.program import NewSlide, Windows
from app.gui.scripted.simulated import simulated_program
from app.live.preview import Preview
from app.storage.eyepiece_file import load_eyepiece
from hardware.simulators.beam_splitter import simulated_truth
from hardware.simulators.microscope import TWENTY, Sensor, SimulatedMicroscope
from hardware.simulators.slides import SyntheticSlide
from hardware.simulators.tissue import pattern
from tests.app.gui.told import told

PATIENCE_MS = 400_000
"""The kernels of the slide are compiled at their first use."""
UM_PER_PX = 0.424

pytestmark = pytest.mark.timeout(900)


class Nothing:
    """Keeps nothing: no field may be taken here."""

    def save_field(self, field: Any, step: Any) -> Future[Any]:
        raise AssertionError("a field was taken")

    def append_step(self, step: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(step)
        return done

    def load_field(self, field: str) -> Any:
        raise AssertionError(field)


class NoAnalysis:
    """Nothing is to be analyzed here."""

    def measure(self, *_: Any) -> Any:
        raise AssertionError("a frame was analyzed")


def seen_cross(windows: Windows) -> QPoint | None:
    """Look for a white cross in the main window's picture, as an eye does; None if there is none.

    Only what is on the screen is used, and how large the cross is about, from how much of the
    display the picture fills.
    """
    picture = windows.main.picture
    image = picture.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    rgb = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    gray = rgb.min(axis=2)
    preview, display = windows.display.preview, windows.second.eyepiece.size_px
    assert preview is not None
    assert picture.transform is not None
    field = preview.field_width_px, preview.field_height_px
    filled = min(there / here for here, there in zip(field, display, strict=True))
    display_to_view = picture.transform.scale / filled
    arm = 0.025 * min(display) * display_to_view
    side = 2 * math.ceil(arm) + 5
    cross = np.zeros((side, side), np.uint8)
    center, width = side // 2, max(1, round(1.6 * display_to_view))
    for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        ends = [
            (round(center + dx * part * arm), round(center + dy * part * arm)) for part in (0.3, 1)
        ]
        cv2.line(cross, ends[0], ends[1], (255,), width)
    cv2.circle(cross, (center, center), max(1, round(1.6 * display_to_view)), (255,), -1)
    # How much brighter than its surroundings each place would be as a cross, in gray levels.
    fine = cv2.subtract(gray, cv2.medianBlur(gray, 15))
    # An eye would not look at the border and at the scale bar.
    left, top, wide, high = picture.transform.rectangle(preview.crop)
    x0, y0 = round(left + 0.12 * wide), round(top + 0.12 * high)
    fine = fine[y0 : y0 + round(0.76 * high), x0 : x0 + round(0.76 * wide)]
    brighter = cv2.matchTemplate(fine, cross, cv2.TM_CCOEFF) / cross.sum(dtype=float)
    _, best, _, (x, y) = cv2.minMaxLoc(brighter)
    return QPoint(x0 + x + center, y0 + y + center) if best > 40 else None


class Person:
    """Sits before the main window."""

    def __init__(self, windows: Windows, qtbot: QtBot) -> None:
        self.windows = windows
        self.qtbot = qtbot
        self.panel = windows.second.calibration

    def see_next_picture(self) -> None:
        """Wait for a picture that was taken after now; those on their way are older."""
        now_s = time.monotonic()
        self.qtbot.waitUntil(lambda: self.preview.taken_s > now_s, timeout=PATIENCE_MS)

    @property
    def preview(self) -> Preview:
        preview = self.windows.display.preview
        assert preview is not None
        return preview

    def click_cross(self) -> None:
        place = seen_cross(self.windows)
        assert place is not None, "no cross is seen"
        picture = self.windows.main.picture
        QTest.mouseClick(
            picture,
            Qt.MouseButton.LeftButton,
            pos=QPoint(*(round(v / picture.devicePixelRatioF()) for v in place.toTuple())),
        )
        QTest.keyClick(self.panel, Qt.Key.Key_Return)

    def label(self, name: str) -> str:
        label = self.panel.findChild(QLabel, name)
        assert isinstance(label, QLabel)
        return label.text()

    def accept(self) -> None:
        button = self.panel.findChild(QPushButton, "calibration-accept")
        assert isinstance(button, QPushButton)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def person(qtbot: QtBot, tmp_path: Path) -> Iterator[Person]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    sensor = Sensor(640, 480, frames_per_s=20.0)
    microscope = SimulatedMicroscope(SyntheticSlide(pattern("2+")), sensor, objectives=(TWENTY,))
    program = simulated_program(
        microscope, Nothing(), NewSlide("case", "slide"), "asco-cap-2018", tmp_path
    )
    windows = Windows(application, replace(program, open_analyzer=NoAnalysis))
    windows.start()
    qtbot.waitUntil(lambda: windows.display.preview is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: microscope.sharp, timeout=PATIENCE_MS)
    yield Person(windows, qtbot)
    windows.stop()


def test_nine_clicks_on_the_cross_find_the_hidden_map(person: Person, tmp_path: Path) -> None:
    windows, second = person.windows, person.windows.second
    person.see_next_picture()
    assert seen_cross(windows) is None
    windows.wiring.do("calibrate")
    for _ in range(9):
        person.see_next_picture()
        person.click_cross()
    assert person.label("calibration-title").endswith("all placed")
    assert person.label("calibration-quality").endswith("Good.")
    person.see_next_picture()
    assert seen_cross(windows) is None
    person.accept()

    memory, problems = load_eyepiece(tmp_path / "eyepiece.json")
    assert problems == ()
    (saved,) = memory.calibrations
    assert saved.objective == "20x"
    assert saved.camera_px == (640, 480)
    assert saved.display_px == second.eyepiece.size_px
    assert saved.fit.rms_um is not None
    assert saved.fit.rms_um < 1.0
    truth = simulated_truth(saved.camera_px, saved.display_px)
    width, height = saved.display_px
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)], float)
    away = saved.fit.camera_to_display.inverse.apply(corners) - truth.inverse.apply(corners)
    assert np.hypot(*away.T).max() * UM_PER_PX < 2.0

    # From now on the overlay lies where the eye sees its cell.
    projection = second._projection
    assert projection is not None
    assert projection.calibrated
    assert projection.camera_to_display == saved.fit.camera_to_display


def test_no_field_is_taken_while_the_cross_is_in_the_picture(person: Person) -> None:
    windows = person.windows
    windows.wiring.do("calibrate")
    person.see_next_picture()
    assert seen_cross(windows) is not None
    windows.wiring.do("analyze")
    person.qtbot.waitUntil(lambda: "being calibrated" in told(windows.main), timeout=PATIENCE_MS)
    windows.session.set_continuous(True)
    person.see_next_picture()
    windows.session.set_continuous(False)
    QTest.keyClick(person.panel, Qt.Key.Key_Escape)
    person.see_next_picture()
    assert seen_cross(windows) is None
    assert windows.display.shown is None
    assert "not analyzed" not in told(windows.main)
