"""The whole program on a small simulated microscope, offscreen: from the press to both windows."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

from app.commands.window import window as window_command
from app.gui.banners import PictureLimits
from app.gui.display import Display
from app.gui.main_window import MainWindow
from app.gui.offer_strip import BEGIN_NEW, GO_ON
from app.gui.program import Ending, NewSlide, Program, Windows, run_windows
from app.gui.scripted.watching import Watch
from app.gui.second_screen import OPENED, SecondScreen
from app.live.analyzer import AnalysisSetup, chosen_analyzer
from app.live.preview import CameraCondition, CameraStatus
from app.session.events import Shown
from app.session.options import Devices
from app.session.session import Session
from app.settings import (
    AnalysisSettings,
    MicroscopeSettings,
    Settings,
    WindowSettings,
    load_settings,
)
from app.storage.eyepiece_file import EyepieceMemory, load_eyepiece
from hardware.pedals.keyboard import KeyboardPedal
from hardware.simulators.microscope import TWENTY, Sensor, SimulatedMicroscope
from hardware.simulators.slides import SyntheticSlide
from hardware.simulators.tissue import pattern
from inference.stain.profile import load_stain_profile

PATIENCE_MS = 400_000
"""The kernels of slide and analysis are compiled at their first use: a minute on an idle computer,
several on one that has other work."""

pytestmark = pytest.mark.timeout(900)
NOW = 10.42


class Memory:
    """Keeps fields as long as a test."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}

    def save_field(self, field: Any, step: Any) -> Future[Any]:
        self.fields[field.field] = field
        return self.append_step(step)

    def append_step(self, step: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(step)
        return done

    def load_field(self, field: str) -> Any:
        return self.fields[field]


def a_microscope() -> SimulatedMicroscope:
    sensor = Sensor(640, 480, frames_per_s=20.0)
    return SimulatedMicroscope(SyntheticSlide(pattern("2+")), sensor, objectives=(TWENTY,))


def a_program(
    folder: Path, start: Any = None, microscope: SimulatedMicroscope | None = None
) -> Program:
    microscope = microscope or a_microscope()
    setup = AnalysisSetup(load_stain_profile("camera"))
    return Program(
        devices=Devices(microscope.camera, microscope.nosepiece, KeyboardPedal()),
        motors=microscope.stage,
        keeper=Memory(),
        open_analyzer=chosen_analyzer("rough", setup),
        settings=Settings(
            microscope=MicroscopeSettings(white=(236.0, 235.0, 238.0)),
            window=WindowSettings(guided=True),
        ),
        settings_path=folder / "settings.json",
        messages=("a setting was left out",),
        start=start or NewSlide("case", "slide"),
    )


@pytest.fixture
def microscope() -> SimulatedMicroscope:
    return a_microscope()


def windows_application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application


@pytest.fixture
def windows(qtbot: QtBot, tmp_path: Path, microscope: SimulatedMicroscope) -> Iterator[Windows]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    made = Windows(application, a_program(tmp_path, microscope=microscope))
    made.start()
    yield made
    made.stop()


def await_sharp(qtbot: QtBot, windows: Windows, microscope: SimulatedMicroscope) -> None:
    """Wait for a picture that no sharper one follows: that one would look like a move."""
    watch, since_s = Watch(windows, microscope), time.monotonic()
    qtbot.waitUntil(lambda: watch.stands_sharp(since_s), timeout=PATIENCE_MS)


def test_a_press_becomes_a_field_in_both_windows(
    windows: Windows, qtbot: QtBot, microscope: SimulatedMicroscope
) -> None:
    display, main = windows.display, windows.main

    def until(holds: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(holds()), timeout=PATIENCE_MS)

    assert main.said == "A setting was left out"
    until(lambda: display.preview is not None and display.desk.sitting is not None)
    until(lambda: display.desk.sitting is not None and display.desk.sitting.slide is not None)
    await_sharp(qtbot, windows, microscope)
    windows.wiring.do("analyze")
    until(lambda: display.shown is not None and display.shown.field is not None)
    until(lambda: main.strip.thumbs)
    until(lambda: display.desk.tally is not None and display.desk.tally.tally.edited.n_fields == 1)
    until(lambda: main.picture.overlay_visible)
    # The small window of the eyepiece shows the same cells on black.
    until(lambda: windows.second.eyepiece.shown_rgb().max() > 190)
    # Both came drawn: the thread of the windows had nothing to draw.
    assert main.picture._layer.renders == 0
    drawn, rendered = display.shown and display.shown.drawings, windows.second._rendered
    assert drawn is not None and rendered is not None
    assert rendered.picture.bgra is drawn[rendered.picture.projection.canvas]

    bar = main.thresholds
    before = display.shown
    bar.plots["weak"].slider.setValue(bar.plots["weak"].threshold + 20)
    until(lambda: bar.dirty)
    assert display.shown is not before
    bar.confirm()
    until(lambda: not bar.dirty)

    name = next(iter(main.strip.thumbs))
    windows.session.open_field(name)
    until(lambda: main.picture.stored)
    until(lambda: not windows.second.eyepiece.shows_overlay)
    windows.wiring.do("cancel")
    until(lambda: not main.picture.stored)

    windows.wiring.do("undo")
    until(lambda: main.menus.is_enabled("redo"))


def test_no_overlay_outlives_a_camera_that_stalls_or_is_unplugged(
    windows: Windows, qtbot: QtBot, microscope: SimulatedMicroscope
) -> None:
    display, main, eyepiece = windows.display, windows.main, windows.second.eyepiece

    def until(holds: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(holds()), timeout=PATIENCE_MS)

    def press() -> None:
        before = len(main.strip.thumbs)
        await_sharp(qtbot, windows, microscope)
        windows.wiring.do("analyze")
        until(lambda: len(main.strip.thumbs) == before + 1)
        until(lambda: main.picture.overlay_visible and eyepiece.shows_overlay)

    until(lambda: display.desk.sitting is not None and display.desk.sitting.slide is not None)
    press()
    microscope.faults.stall(2.0)
    until(lambda: not eyepiece.shows_overlay)
    until(lambda: not main.picture.overlay_visible)
    until(lambda: any("picture is" in each.text for each in main.banners.banners))
    until(lambda: main.picture.overlay_visible and eyepiece.shows_overlay)

    microscope.faults.unplug()
    until(lambda: not eyepiece.shows_overlay and not main.picture.overlay_visible)
    until(lambda: "camera" in main.said.lower())
    microscope.faults.replug()
    place = microscope.stage.position
    microscope.stage.move_to(place.x_um + 300.0, place.y_um)
    press()


def test_settings_of_the_windows_are_saved_at_once(
    windows: Windows, qtbot: QtBot, tmp_path: Path
) -> None:
    windows.wiring.do("light-theme")
    assert load_settings(tmp_path / "settings.json").settings.window.theme == "light"


def test_what_the_pedal_does_is_saved_at_once_and_found_at_the_next_start(
    windows: Windows, qtbot: QtBot, tmp_path: Path
) -> None:
    assert windows.pedal is not None
    keys = windows.main.keys
    setup = windows.pedal.setup.with_key(1, "F13", keys).with_key(0, "F14", keys)
    windows.pedal.take_setup(setup.with_long(1, "undo"))
    saved = load_settings(tmp_path / "settings.json").settings
    assert saved.pedal.keys == ("F14", "F13")
    assert saved.pedal.long == {0: "drop-last-field", 1: "undo"}
    again = Windows(windows_application(), replace(a_program(tmp_path), settings=saved))
    try:
        assert again.pedal is not None
        assert again.pedal.setup == windows.pedal.setup
        assert again.main.keys == windows.main.keys
        assert again.session._bindings == windows.session._bindings
    finally:
        again.stop()


def test_a_broken_stain_profile_of_the_users_own_is_told_and_the_program_starts(
    qtbot: QtBot, tmp_path: Path
) -> None:
    folder = tmp_path / "stain-profiles"
    folder.mkdir()
    (folder / "lab.toml").write_text("name =", "utf-8")
    settings = Settings(analysis=AnalysisSettings(stain="lab"), window=WindowSettings(guided=True))
    program = replace(a_program(tmp_path), messages=(), settings=settings)
    made = Windows(windows_application(), program)
    made.start()
    try:
        assert made.session._desk.stain.name == "camera"
        made.wiring.do("light-theme")
        saved = load_settings(tmp_path / "settings.json").settings
        assert saved.analysis.stain == "lab", "the file may come back"
        assert made.main.said.startswith("Stain profile 'lab' cannot be read")
        assert made.main.thresholds.profile.names == ["camera", "scanner"]
    finally:
        made.stop()


def test_a_folder_that_cannot_be_written_is_told(
    windows: Windows, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "settings.json").mkdir()
    windows.wiring.do("light-theme")
    assert windows.main.said.startswith("Settings cannot be saved")


class Asking:
    """A start that asks first."""

    offer = SimpleNamespace(text="Not finished: A1", go_on="Go on", begin_new="New")

    def __init__(self, *, can_go_on: bool) -> None:
        self.can_go_on = can_go_on
        self.calls: list[str] = []

    def begin(self, session: Session) -> bool:
        self.calls.append("begin")
        return False

    def go_on(self, session: Session) -> bool:
        self.calls.append("go_on")
        return self.can_go_on

    def begin_new(self, session: Session) -> bool:
        self.calls.append("begin_new")
        return True


@pytest.mark.parametrize(
    ("answer", "can_go_on", "calls"),
    [
        (GO_ON, True, ["begin", "go_on"]),
        (GO_ON, False, ["begin", "go_on", "begin_new"]),
        (BEGIN_NEW, True, ["begin", "begin_new"]),
    ],
)
def test_an_unfinished_slide_is_offered(
    qtbot: QtBot, tmp_path: Path, answer: str, can_go_on: bool, calls: list[str]
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    start = Asking(can_go_on=can_go_on)
    made = Windows(application, a_program(tmp_path, start))
    made.start()
    try:
        assert made.main.offer.asking
        made.main.offer.answer(answer)
    finally:
        made.stop()
    assert start.calls == calls


def test_the_program_runs_and_ends_in_order(qtbot: QtBot, tmp_path: Path) -> None:
    assert run_windows(a_program(tmp_path), seconds=0.5) == Ending(0, None)
    saved = load_settings(tmp_path / "settings.json").settings.window
    assert saved.geometry  # where the window was is remembered


# The eyepiece


class Second:
    def __init__(self, qtbot: QtBot, made: SimpleNamespace, memory: EyepieceMemory) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.made = made
        self.window = MainWindow(clock=lambda: NOW)
        qtbot.addWidget(self.window)
        self.display = Display(self.window, PictureLimits(), lambda: NOW)
        self.screen = SecondScreen(application, self.window, self.display, memory, lambda: NOW)
        self.memories: list[EyepieceMemory] = []
        self.screen.memory_changed.connect(self.memories.append)
        self.screen.start()

    def tell(self, *events: Any) -> None:
        for event in events:
            self.display.receive(event)


@pytest.fixture
def second(qtbot: QtBot, made: SimpleNamespace) -> Iterator[Second]:
    found = Second(qtbot, made, EyepieceMemory())
    yield found
    found.screen.stop()


def test_the_eyepiece_shows_what_is_right_and_nothing_else(second: Second) -> None:
    made, eyepiece = second.made, second.screen.eyepiece
    second.tell(CameraStatus(CameraCondition.LIVE, "", "fake", 0.0), made.preview())
    assert not eyepiece.shows_overlay
    second.tell(Shown(1, made.shown()), made.tally())
    second.tell(made.preview())
    assert eyepiece.shows_overlay
    second.tell(made.preview(still_since=6))
    assert not eyepiece.shows_overlay
    second.tell(made.preview())
    assert eyepiece.shows_overlay
    second.tell(Shown(2, made.shown(stored=True)))
    assert not eyepiece.shows_overlay
    assert eyepiece._state is not None
    assert eyepiece._state.dark == OPENED


def test_the_overlay_is_rendered_once_for_the_eyepiece(second: Second) -> None:
    made = second.made
    second.tell(made.preview(), Shown(1, made.shown()), made.preview())
    rendered = second.screen._rendered
    assert rendered is not None
    second.tell(made.preview(), made.preview())
    assert second.screen._rendered is rendered
    second.screen.settings._sliders["point_size"].setValue(40)
    assert second.screen._rendered is not rendered
    assert second.memories[-1].look.point_size == 2.0


def test_a_calibration_takes_clicks_of_the_picture_and_is_kept(
    second: Second, qtbot: QtBot
) -> None:
    made, screen = second.made, second.screen
    screen.do("calibrate")
    assert "choose a calibrated objective" in second.window.said
    second.tell(CameraStatus(CameraCondition.LIVE, "", "fake", 0.0), made.preview())
    screen.do("calibrate")
    assert screen.calibration.running
    assert screen.eyepiece._target is not None
    course = screen.calibration._course
    assert course is not None
    guess = screen._projection
    assert guess is not None
    back = guess.camera_to_display.inverse
    for _ in course.targets:
        target = screen.eyepiece._target
        assert target is not None
        second.window.picture.picked.emit(back.apply_to_point(target))
        screen.calibration.confirm()
    assert second.window.picture._picking
    screen.calibration.accept()
    assert not second.window.picture._picking
    (kept,) = second.memories[-1].calibrations
    assert (kept.objective, kept.camera) == ("20x", "fake")
    second.tell(made.preview())
    assert screen._projection is not None
    assert screen._projection.calibrated


def test_the_settings_of_the_eyepiece_open_and_close(second: Second) -> None:
    second.screen.do("eyepiece")
    assert second.screen.page.isVisible()
    second.screen.do("eyepiece")
    assert not second.screen.page.isVisible()


def test_what_is_set_for_the_eyepiece_is_saved(
    windows: Windows, qtbot: QtBot, tmp_path: Path
) -> None:
    windows.second.settings._sliders["brightness"].setValue(10)
    memory, problems = load_eyepiece(tmp_path / "eyepiece.json")
    assert memory.look.brightness == 0.5
    assert problems == ()


# The command


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--slide", "4+"], "no slide '4+'"),
        (["--slide-file", "nowhere.png"], "nowhere.png"),
    ],
)
def test_a_wrong_call_is_refused_in_one_line(
    tmp_path: Path, arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import typer  # noqa: PLC0415

    monkeypatch.setattr("app.commands.window.settings_path", lambda: tmp_path / "settings.json")
    program = typer.Typer()
    program.command()(window_command)
    result = CliRunner().invoke(program, [*arguments, "--cases", str(tmp_path / "cases")])
    assert result.exit_code == 2
    assert result.output.startswith("her2scope window: ")
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_pixels_of_both_windows_are_there(windows: Windows, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: windows.display.preview is not None, timeout=PATIENCE_MS)
    image = windows.main.grab().toImage()
    assert (image.width(), image.height()) >= (1024, 672)
    assert np.ptp(windows.second.eyepiece.shown_rgb()) > 0
