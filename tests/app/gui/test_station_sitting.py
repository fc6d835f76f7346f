"""A sitting on a station: a stream as camera, a pseudo-terminal as pedal, kept calibrations."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import cv2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton
from pytestqt.qtbot import QtBot

from app.devices.calibrated import CalibratedOptics
from app.devices.microscope import station_microscope
from app.devices.station import Station, StationCamera, save_station
from app.gui.calibrating.page import CalibrationPage
from app.gui.pedal_page import PedalPage
from app.gui.program import Ending, NewSlide, Program, Windows, run_windows
from app.gui.setup.station_page import StationPage
from app.live.analyzer import AnalysisSetup, chosen_analyzer
from app.session.options import Devices
from app.settings import MicroscopeSettings, Settings, WindowSettings, load_settings
from app.storage.calibration_file import CALIBRATION_FILE, Calibrations, save_calibrations
from hardware.objective_calibration import ObjectiveCalibration
from hardware.simulators.tissue import pattern, render_field
from inference.stain.profile import load_stain_profile
from tests.app.gui.test_program import Memory
from tests.app.gui.told import told
from tests.hardware.cameras.mjpeg import MjpegCamera
from tests.hardware.pedals.serial_rigs import PtyEnd

PATIENCE_MS = 120_000
UM, WIDTH, HEIGHT = 0.424, 640, 480
pytestmark = pytest.mark.timeout(400)


class Room:
    """Everything that stands on the table, and the program's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tissue = render_field(pattern("2+"), 1, 900.0, 900.0, WIDTH, HEIGHT, UM).rgb
        picture = folder / "tissue.jpg"
        cv2.imwrite(str(picture), tissue[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
        self.stream = MjpegCamera([picture], 10.0)
        self.pedal = PtyEnd(folder / "pedal")
        switches = [{"down": "81", "up": "01"}, {"down": "82", "up": "02"}]
        save_station(
            "room 4",
            Station(
                camera=StationCamera(make="opencv", address=self.stream.url),
                objectives=("20x", "40x"),
                pedal={"kind": "serial-bytes", "port": str(self.pedal.link), "switches": switches},
            ),
        )

    def calibrate(self, valid_until: date) -> Calibrations:
        made_on = date.today() - timedelta(days=400)
        camera = station_microscope("room 4").camera.name
        size = (WIDTH, HEIGHT)
        kept = ObjectiveCalibration(camera, "20x", size, UM, 0.01, 40, made_on, valid_until)
        calibrations = Calibrations((kept,))
        save_calibrations(self.folder / CALIBRATION_FILE, calibrations)
        return calibrations

    def program(self, calibrations: Calibrations) -> Program:
        microscope = station_microscope("room 4")
        assert microscope.messages == ()
        return Program(
            devices=Devices(microscope.camera, microscope.nosepiece, microscope.pedal),
            motors=None,
            keeper=Memory(),
            open_analyzer=chosen_analyzer("rough", AnalysisSetup(load_stain_profile("camera"))),
            settings=Settings(
                microscope=MicroscopeSettings(white=(236.0, 235.0, 238.0), station="room 4"),
                window=WindowSettings(guided=True),
            ),
            settings_path=self.folder / "settings.json",
            messages=(),
            start=NewSlide("case", "slide"),
            station="room 4",
            optics=CalibratedOptics(calibrations, self.folder),
        )

    def close(self) -> None:
        self.stream.close()
        self.pedal.close()


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setattr("app.devices.station.station_folder", lambda: tmp_path / "stations")
    made = Room(tmp_path)
    yield made
    made.close()


@pytest.fixture
def opened(qtbot: QtBot, room: Room) -> Iterator[Callable[[Calibrations], Windows]]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    made: list[Windows] = []

    def open_windows(calibrations: Calibrations) -> Windows:
        made.append(Windows(application, room.program(calibrations)))
        made[-1].start()
        return made[-1]

    yield open_windows
    for each in made:
        each.stop()


def banners(windows: Windows) -> list[str]:
    return [banner.text for banner in windows.main.banners.banners]


def press_until_told(windows: Windows, qtbot: QtBot, words: str) -> None:
    """Press until a refusal gives this reason: when the stream stalls a press is refused for it."""
    for _ in range(PATIENCE_MS // 1000):
        windows.wiring.do("analyze")
        qtbot.wait(1000)
        if words in told(windows.main):
            return
    raise AssertionError(told(windows.main))


def test_nothing_is_guessed_and_a_calibrated_objective_gives_fields(
    room: Room, opened: Callable[[Calibrations], Windows], qtbot: QtBot
) -> None:
    windows = opened(room.calibrate(date.today() + timedelta(days=100)))
    display, main = windows.display, windows.main

    def until(holds: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(holds()), timeout=PATIENCE_MS)

    until(lambda: display.preview is not None)
    until(lambda: any("Objective unknown" in text for text in banners(windows)))
    press_until_told(windows, qtbot, "no field taken: the objective is not known")

    windows.session.select_objective("40x")
    until(lambda: any("40x was never calibrated" in text for text in banners(windows)))
    windows.session.select_objective("20x")
    until(lambda: display.preview.objective and display.preview.objective.um_per_px == UM)
    until(lambda: display.preview.frame > display.preview.still_since + 5)

    room.pedal.send(b"\x81")
    qtbot.wait(150)  # a foot is down for longer than contacts bounce
    room.pedal.send(b"\x01")
    until(lambda: main.strip.thumbs)
    assert display.shown is not None and display.shown.um_per_px == UM

    # Its page has no keys, and what is bound there holds at once.
    windows.wiring.do("pedal")
    (page,) = main.findChildren(PedalPage)
    assert len(page._rows) == 2
    assert not any(each.isVisible() for each in page.findChildren(QPushButton))
    box = next(
        b for b in page.findChildren(QComboBox) if b.accessibleName() == "Switch 2, short press"
    )
    box.setCurrentIndex(box.findData("undo"))
    box.activated.emit(box.currentIndex())
    room.pedal.send(b"\x82")
    qtbot.wait(150)
    room.pedal.send(b"\x02")
    until(lambda: main.menus.is_enabled("redo"))
    saved = json.loads((room.folder / "settings.json").read_text())
    assert saved["pedal"]["short"]["1"] == "undo" and saved["pedal"]["keys"] == ["Space"]

    # Beside it the key analyzes, too.
    main.activateWindow()
    until(main.isActiveWindow)
    QTest.keyClick(main, Qt.Key.Key_Space)
    until(lambda: len(main.strip.thumbs) == 1)

    # The pedal is pulled out and put back.
    room.pedal.unplug()
    until(lambda: "no pedal" in main._station.text())
    room.pedal.plug()
    until(lambda: "no pedal" not in main._station.text())


def test_a_calibration_that_ran_out_stops_the_analysis_until_it_is_made_again(
    room: Room, opened: Callable[[Calibrations], Windows], qtbot: QtBot
) -> None:
    windows = opened(room.calibrate(date.today() - timedelta(days=1)))
    windows.session.select_objective("20x")

    def until(holds: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(holds()), timeout=PATIENCE_MS)

    until(lambda: any("20x ran out on" in text for text in banners(windows)))
    press_until_told(windows, qtbot, "no field taken: the pixel size of the 20x ran out on")
    windows.wiring.do("calibrate-objective")
    (page,) = windows.main.findChildren(CalibrationPage)
    until(lambda: page.rows and page.rows[0][4] == "ran out")
    page.kept.emit(room.calibrate(date.today() + timedelta(days=365)))
    until(lambda: not any("ran out" in text for text in banners(windows)))


def test_the_windows_end_with_the_station_that_is_wanted(qtbot: QtBot, room: Room) -> None:
    from PySide6.QtCore import QTimer  # noqa: PLC0415

    def use_simulated() -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        pages = [p for w in application.topLevelWidgets() for p in w.findChildren(StationPage)]
        if not pages:
            windows = next(
                w for w in application.topLevelWidgets() if hasattr(w, "action") and w.isVisible()
            )
            windows.action.emit("microscope")
            QTimer.singleShot(100, use_simulated)
            return
        pages[0].choose("")
        button = next(
            b for b in pages[0].findChildren(QPushButton) if b.text() == "Use this microscope"
        )
        button.click()

    QTimer.singleShot(500, use_simulated)
    ending = run_windows(room.program(Calibrations()), seconds=60)
    assert ending == Ending(0, "")
    assert load_settings(room.folder / "settings.json").settings.microscope.station == ""
