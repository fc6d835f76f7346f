"""Photograph the windows on a simulated slide: ``python docs/make_window_pictures.py``.

Five fields of a 2+ slide are taken by script, drawn in memory; the eyepiece is calibrated to a
simulated beam splitter. It takes a few minutes.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QComboBox

from app.case_keeping.folder import open_cases
from app.case_keeping.keeper import CaseKeeper
from app.case_keeping.start import sitting_start
from app.commands.offscreen import draw_offscreen
from app.gui.eyepiece_placement import Place
from app.gui.scripted.pictures import Screenshots
from app.gui.scripted.running import run_scripted
from app.gui.scripted.script import Pause, Script, Until
from app.gui.scripted.simulated import simulated_program
from app.gui.scripted.sitting import ScriptedSitting
from app.gui.scripted.watching import Watch
from hardware.simulators.beam_splitter import simulated_truth
from hardware.simulators.microscope import SimulatedMicroscope
from hardware.simulators.slides import SyntheticSlide
from hardware.simulators.tissue import pattern

FOLDER = Path(__file__).parent / "pictures"
SIZE = QSize(1600, 1000)
EYEPIECE = QRect(128, 0, 1024, 1024)
"""The square in the middle of the eyepiece's display."""
CLOSE = 3.0
"""Zoom at which single cells are seen."""
_READY_S = 120.0


def pictures(watch: Watch, places: Sequence[tuple[float, float]], scratch: Path) -> Script:
    """Take the fields and the photographs."""
    main, second = watch.windows.main, watch.windows.second
    main.resize(SIZE)
    sitting = ScriptedSitting(watch, places, Screenshots(watch.windows, scratch), print)
    yield Until(lambda: watch.preview is not None, "the first picture", _READY_S)
    yield from _calibrate(watch)
    for number, place in enumerate(places, start=1):
        yield from sitting.go(place)
        yield from sitting.press(number)
    yield Until(lambda: second.eyepiece.shows_overlay, "the overlay in the eyepiece")
    yield Until(watch.all_saved, "all steps on disk")
    yield Pause(1.0)  # the figures of rate and age are those of a window at rest
    eyepiece = second.eyepiece.grab()
    whole = main.grab()
    main.picture.zoom(CLOSE)
    watch.windows.wiring.do("light-theme")
    yield Pause(1.0)
    light = main.grab()
    # Nothing is written before all is taken: the eyepiece goes dark when pictures are old.
    _save("eyepiece.jpg", eyepiece.copy(EYEPIECE))
    _save("window.jpg", whole)
    _save("window-light.jpg", light)


def _calibrate(watch: Watch) -> Script:
    """Put the eyepiece on its display, and mark every target where it would be seen."""
    second = watch.windows.second
    box = second.settings.findChild(QComboBox, "eyepiece-display")
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(1)  # the first is none
    yield Until(lambda: second.placement.place is Place.DISPLAY, "the eyepiece on its display")
    yield Pause(0.5)
    preview = watch.preview
    assert preview is not None
    camera_px = preview.field_width_px, preview.field_height_px
    seen = simulated_truth(camera_px, second.eyepiece.size_px).inverse
    second.do("calibrate")
    targets: list[tuple[float, float] | None] = []
    second.calibration.target_changed.connect(targets.append)
    second.calibration.redo()
    while targets[-1] is not None:
        second.calibration.camera_clicked(seen.apply_to_point(targets[-1]))
        second.calibration.confirm()
        yield Pause(0.05)
    second.calibration.accept()
    second.page.hide()


def _save(name: str, picture: QPixmap) -> None:
    image = picture.toImage().convertToFormat(QImage.Format.Format_BGR888)
    height, width = image.height(), image.width()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    bgr = rows[:, : 3 * width].reshape(height, width, 3)
    cv2.imwrite(str(FOLDER / name), bgr, [cv2.IMWRITE_JPEG_QUALITY, 86])


def main() -> None:
    """Take them all."""
    microscope = SimulatedMicroscope(SyntheticSlide(pattern("2+"), 1))
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        draw_offscreen(scratch)
        with open_cases(scratch / "cases") as store:
            keeper = CaseKeeper(store, {})
            keeper.start()
            try:
                start = sitting_start(store, keeper, ("S26-0815", "A1"), resume=False)
                program = simulated_program(microscope, keeper, start, "asco-cap-2018", scratch)
                places = microscope.find_tumor(5)
                run_scripted(program, microscope, lambda watch: pictures(watch, places, scratch))
            finally:
                keeper.close()


if __name__ == "__main__":
    main()
