"""Photograph the technician's pages: ``python docs/make_page_pictures.py``.

The camera that is tried is a short film of simulated tissue, the micrometer a simulated one, and
nothing of this user's settings is read or written. It takes some seconds.
"""

import os
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

from app.commands.offscreen import draw_offscreen
from app.devices import station
from app.devices.calibrating import keep_pixel_size
from app.gui.calibrating.page import CalibrationPage
from app.gui.program import started_application
from app.gui.setup.station_page import StationPage
from app.gui.theme import THEMES, style_sheet
from app.model.optics import RawPicture
from app.storage.calibration_file import CALIBRATION_FILE
from hardware.objective import Objective
from hardware.objective_calibration import ObjectiveCalibration
from hardware.simulators.micrometer import SimulatedMicrometer
from hardware.simulators.tissue import pattern, render_field

FOLDER = Path(__file__).resolve().parent / "pictures"
SIZE = (1504, 1504)
_PATIENCE_S = 60.0


def _until(application: QApplication, holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > end_s:
            raise TimeoutError("the page did not come so far")
        application.processEvents()
        time.sleep(0.01)


def _shown(page: QWidget) -> QWidget:
    """Give a page the ground that its window has."""
    ground = QWidget()
    layout = QVBoxLayout(ground)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(page)
    ground.setProperty("role", "panel")
    ground.setStyleSheet(style_sheet(THEMES["dark"]))
    ground.resize(page.size())
    ground.show()
    return ground


def _click(page: QWidget, text: str) -> None:
    next(each for each in page.findChildren(QPushButton) if each.text() == text).click()


def _save(name: str, widget: QWidget) -> None:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_BGR888)
    height, width = image.height(), image.width()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    bgr = rows[:, : 3 * width].reshape(height, width, 3)
    cv2.imwrite(str(FOLDER / name), bgr, [cv2.IMWRITE_JPEG_QUALITY, 88])


def microscope_page(application: QApplication) -> None:
    """Try a camera on the page of the microscopes."""
    film = Path("tissue.avi")
    tissue = render_field(pattern("2+"), 1, 900.0, 900.0, *SIZE, 0.424).rgb
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 25, SIZE)
    for _ in range(200):
        writer.write(tissue[..., ::-1])
    writer.release()
    station.save_station(
        "room 4",
        station.Station(
            camera=station.StationCamera(make="opencv", address=str(film)),
            objectives=("10x", "20x", "40x"),
            pedal={
                "kind": "serial-bytes",
                "port": "/dev/ttyUSB0",
                "switches": [{"down": "81", "up": "01"}, {"down": "82", "up": "02"}],
            },
        ),
    )
    page = StationPage("")
    page.choose("room 4")
    ground = _shown(page)
    _click(page.camera, "Try")
    _until(application, lambda: "pictures/s" in page.camera.says)
    _save("microscope.jpg", ground)
    page.stop()
    ground.close()


def calibration_page(application: QApplication, scratch: Path) -> None:
    """Read a ruler on the page of the calibration."""
    rgb = SimulatedMicrometer(um_per_px=(0.212, 0.212), angle_deg=2.0).picture(*SIZE)
    camera, today, path = "Camera 12 MP", date.today(), scratch / CALIBRATION_FILE
    kept = ObjectiveCalibration(
        camera, "20x", SIZE, 0.424, 0.01, 60, today, today.replace(year=today.year + 1)
    )
    keep_pixel_size(path, kept)
    page = CalibrationPage(
        lambda: RawPicture(rgb, camera, Objective("40x", None)), ("10x", "20x", "40x"), path
    )
    ground = _shown(page)
    _click(page, "Find the scale")
    _until(application, lambda: "um/px" in page.says)
    application.processEvents()
    _save("calibration.jpg", ground)
    page.stop()
    ground.close()


def main() -> None:
    """Take both."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        draw_offscreen(scratch)
        os.chdir(scratch)  # so that no path of this computer is in the picture
        station.station_folder = lambda: scratch / "stations"
        application = started_application()
        microscope_page(application)
        calibration_page(application, scratch)
        os.chdir(FOLDER)


if __name__ == "__main__":
    main()
