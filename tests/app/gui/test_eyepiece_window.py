"""The eyepiece window: what it shows, and when it must show nothing."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gui.eyepiece_window import EyepieceWindow
from app.model.eyepiece import (
    WATCHDOG_S,
    EyepieceLook,
    EyepiecePicture,
    EyepieceProjection,
    EyepieceState,
    eyepiece_picture,
)
from app.model.overlay import Overlay
from app.model.palette import CLASS_STYLES
from hardware.eyepiece_calibration import Affine, centered_fit
from inference.arrays import U8
from inference.cells.classes import CellClass

INTERVAL_S = 0.04
SIZE = (400, 300)
FIELD = (600, 600)


class Clock:
    def __init__(self) -> None:
        self.now_s = 50.0

    def __call__(self) -> float:
        return self.now_s


class Bench:
    def __init__(self, qtbot: QtBot) -> None:
        self.clock = Clock()
        self.window = EyepieceWindow(self.clock)
        qtbot.addWidget(self.window)
        self.window.resize(*SIZE)
        self.window.show()
        self.window.set_brightness(1.0)
        self.projection = projected(centered_fit(FIELD, SIZE))
        self.window.set_projection(self.projection)
        self.picture = eyepiece_picture(one_cell((100.0, 100.0)), self.projection)

    def state(self, dark: str | None = None) -> EyepieceState:
        return EyepieceState(self.picture, dark, "HER2 3+", "field 5", self.clock.now_s, INTERVAL_S)

    def color_at(self, x: int, y: int) -> tuple[int, int, int]:
        red, green, blue = self.window.shown_rgb()[y, x].tolist()
        return red, green, blue


def projected(camera_to_display: Affine, *, calibrated: bool = True) -> EyepieceProjection:
    return EyepieceProjection(camera_to_display, *SIZE, EyepieceLook().style, calibrated)


def one_cell(xy_px: tuple[float, float]) -> Overlay:
    return Overlay(
        width_px=FIELD[0],
        height_px=FIELD[1],
        um_per_px=0.212,
        xy_px=np.array([xy_px], np.float32),
        cell_class=np.array([CellClass.INTENSE_COMPLETE], np.uint8),
        counted=np.array([True]),
        membranes=np.zeros(FIELD[::-1], np.uint8),
    )


def light_outside_the_words(rgb: U8) -> int:
    return int(rgb[: int(0.75 * SIZE[1])].max())


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot)


PURPLE = CLASS_STYLES[CellClass.INTENSE_COMPLETE].color


def test_the_cell_is_where_the_projection_puts_it(bench: Bench) -> None:
    bench.window.show_state(bench.state())
    # 600 px onto 300: halved, and 50 px of black at the left.
    assert bench.color_at(50 + 50, 50) == PURPLE
    rgb = bench.window.shown_rgb().copy()
    rgb[45:56, 95:106] = 0
    assert light_outside_the_words(rgb) == 0


@pytest.mark.parametrize("brightness", [1.0, 0.5])
def test_words_are_not_written_over_the_overlay(bench: Bench, brightness: float) -> None:
    x, y = SIZE[0] / 2, 0.9 * SIZE[1]
    behind = bench.projection.camera_to_display.inverse.apply_to_point((x, y))
    bench.picture = eyepiece_picture(one_cell(behind), bench.projection)
    bench.window.set_brightness(brightness)
    bench.window.show_state(bench.state())
    rgb = bench.window.shown_rgb().astype(int)
    assert bench.window.shows_overlay
    assert (rgb[..., 0] - rgb[..., 1]).max() < 20, "the cell shines through"


def test_a_calibration_moves_it(bench: Bench) -> None:
    calibrated = projected(Affine(0.3, 0.05, 40.0, -0.05, 0.3, 80.0))
    bench.picture = eyepiece_picture(one_cell((100.0, 100.0)), calibrated)
    bench.window.set_projection(calibrated)
    bench.window.show_state(bench.state())
    assert bench.color_at(75, 105) == PURPLE


def test_a_picture_for_another_projection_is_not_shown(bench: Bench) -> None:
    bench.window.show_state(bench.state())
    bench.window.set_projection(projected(Affine(0.3, 0.05, 40.0, -0.05, 0.3, 80.0)))
    assert not bench.window.shows_overlay
    assert light_outside_the_words(bench.window.shown_rgb()) == 0


def test_without_a_calibration_it_says_so(bench: Bench) -> None:
    def text_light(calibrated: bool) -> int:
        projection = replace(bench.projection, calibrated=calibrated)
        bench.window.set_projection(projection)
        bench.picture = EyepiecePicture(bench.picture.bgra, projection)
        bench.window.show_state(bench.state())
        return int((bench.window.shown_rgb()[int(0.75 * SIZE[1]) :] > 64).sum())

    assert text_light(False) > 1.3 * text_light(True)


def test_it_goes_dark_in_the_same_moment_it_is_told(bench: Bench) -> None:
    bench.window.show_state(bench.state())
    assert bench.window.shows_overlay
    QTest.qWait(20)
    painted = []
    bench.window.paintEvent = painted.append  # type: ignore[method-assign]
    bench.window.show_state(bench.state(dark="the stage has moved"))
    assert painted, "it waited for the event loop"


@pytest.mark.parametrize("reason", ["the stage has moved", ""])
def test_dark_is_black_but_for_a_few_dim_words(bench: Bench, reason: str) -> None:
    bench.window.show_state(bench.state(dark=reason))
    rgb = bench.window.shown_rgb()
    assert light_outside_the_words(rgb) == 0
    assert rgb.max() < 160


def test_nothing_told_is_dark(bench: Bench) -> None:
    assert light_outside_the_words(bench.window.shown_rgb()) == 0


def test_the_research_line_is_always_there(bench: Bench) -> None:
    for state in (None, bench.state(), bench.state(dark="")):
        if state is not None:
            bench.window.show_state(state)
        bottom = bench.window.shown_rgb()[int(0.9 * SIZE[1]) :]
        assert bottom.max() > 40


def test_it_stays_lit_as_long_as_it_is_told_in_time(bench: Bench) -> None:
    for _ in range(20):
        bench.window.show_state(bench.state())
        bench.clock.now_s += INTERVAL_S + WATCHDOG_S - 0.001
        bench.window.check_freshness()
        assert bench.window.shows_overlay
        assert bench.color_at(100, 50) == PURPLE


def test_without_news_it_goes_dark_by_itself(bench: Bench) -> None:
    bench.window.show_state(bench.state())
    bench.clock.now_s += INTERVAL_S + WATCHDOG_S
    bench.window.check_freshness()
    assert not bench.window.shows_overlay
    assert light_outside_the_words(bench.window.shown_rgb()) == 0
    bench.window.show_state(bench.state())
    assert bench.color_at(100, 50) == PURPLE


def test_news_that_come_late_are_dark_from_the_start(bench: Bench) -> None:
    late = bench.state()
    bench.clock.now_s += INTERVAL_S + WATCHDOG_S
    bench.window.show_state(late)
    assert light_outside_the_words(bench.window.shown_rgb()) == 0


def test_a_repaint_after_a_stall_does_not_show_what_is_old(bench: Bench) -> None:
    bench.window.show_state(bench.state())
    bench.clock.now_s += 1.0  # no timer ran
    assert light_outside_the_words(bench.window.shown_rgb()) == 0


def test_the_watchdog_wakes_by_itself(qtbot: QtBot, bench: Bench) -> None:
    bench.window.show_state(bench.state())
    QTest.qWait(20)
    painted = []
    bench.window.paintEvent = painted.append  # type: ignore[method-assign]
    bench.clock.now_s += 1.0
    qtbot.waitUntil(lambda: bool(painted), timeout=2000)
    assert not bench.window.shows_overlay


def test_a_slow_camera_is_given_its_interval(bench: Bench) -> None:
    bench.window.show_state(replace(bench.state(), interval_s=0.5))
    bench.clock.now_s += 0.5 + WATCHDOG_S - 0.001
    assert bench.window.shows_overlay
    bench.clock.now_s += 0.002
    assert not bench.window.shows_overlay


def test_brightness_scales_the_light(bench: Bench) -> None:
    bench.window.show_state(bench.state())
    bench.window.set_brightness(0.25)
    np.testing.assert_allclose(bench.color_at(100, 50), np.array(PURPLE) / 4, atol=2)


def test_the_same_state_again_is_not_painted_again(bench: Bench) -> None:
    bench.window.show_state(bench.state())
    QTest.qWait(50)
    painted = []
    bench.window.paintEvent = painted.append  # type: ignore[method-assign]
    for _ in range(10):
        bench.window.show_state(bench.state())
    QTest.qWait(20)
    assert painted == []


def test_a_target_stands_alone_and_exactly_on_its_pixel(bench: Bench) -> None:
    bench.window.show_state(bench.state())
    bench.window.show_target((123.0, 77.0))
    light = bench.window.shown_rgb().astype(float).sum(axis=2)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    assert (light * x).sum() / light.sum() == pytest.approx(123, abs=0.05)
    assert (light * y).sum() / light.sum() == pytest.approx(77, abs=0.05)
    assert not bench.window.shows_overlay
    bench.window.show_target(None)
    assert bench.color_at(100, 50) == PURPLE


def test_another_size_asks_for_another_projection(qtbot: QtBot, bench: Bench) -> None:
    with qtbot.waitSignal(bench.window.resized, timeout=1000):
        bench.window.resize(500, 320)
    assert bench.window.size_px == (500, 320)
