"""The display as the simulated camera sees it."""

import math

import numpy as np
import pytest

from hardware.arrays import U8
from hardware.eyepiece_calibration import centered_fit
from hardware.simulators.beam_splitter import SimulatedBeamSplitter, simulated_truth
from hardware.simulators.microscope import Sensor, SimulatedMicroscope
from hardware.simulators.slides import GLASS, Extent
from tests.hardware.camera_contract import opened, read

CAMERA = (451, 300)
DISPLAY = (320, 240)
DIMMED = 27
"""The gray of 60 with the lamp turned down."""


class EmptySlide:
    """Bare glass, also before it is made ready."""

    name = "empty"
    extent: Extent | None = None

    def start_um(self, width_um: float, height_um: float) -> tuple[float, float]:
        return width_um, height_um

    def region(
        self, x_um: float, y_um: float, width_px: int, height_px: int, um_per_px: float
    ) -> U8:
        assert um_per_px > 0 and np.isfinite((x_um, y_um)).all()
        rgb = np.full((height_px, width_px, 3), GLASS, np.uint8)
        rgb.setflags(write=False)
        return rgb


def gray(level: int = 60) -> U8:
    return np.full((CAMERA[1], CAMERA[0], 3), level, np.uint8)


def lit(splitter: SimulatedBeamSplitter, level: int = 60) -> U8:
    rgb = gray(level)
    splitter.light(rgb)
    return rgb


def display_with(x: int, y: int) -> U8:
    display = np.zeros((DISPLAY[1], DISPLAY[0], 3), np.uint8)
    display[y - 1 : y + 2, x - 1 : x + 2] = (0, 200, 100)
    return display


def middle(light: np.ndarray) -> tuple[float, float]:
    y, x = np.mgrid[: light.shape[0], : light.shape[1]]
    return float((light * x).sum() / light.sum()), float((light * y).sum() / light.sum())


@pytest.fixture
def splitter() -> SimulatedBeamSplitter:
    return SimulatedBeamSplitter()


def test_without_light_nothing_is_touched(splitter: SimulatedBeamSplitter) -> None:
    assert (lit(splitter) == 60).all()


@pytest.mark.parametrize("place", [(160, 120), (60, 60), (250, 200), (33, 180)])
def test_a_point_is_seen_where_the_truth_has_it(
    splitter: SimulatedBeamSplitter, place: tuple[int, int]
) -> None:
    splitter.show(display_with(*place))
    light = lit(splitter).astype(float) - DIMMED
    assert (light >= 0).all(), "a display only adds"
    assert light[..., 0].max() == 0
    expected = simulated_truth(CAMERA, DISPLAY).inverse.apply_to_point(place)
    np.testing.assert_allclose(middle(light[..., 1]), expected, atol=0.1)


def test_every_pixel_is_the_dimmed_tissue_and_the_display_at_its_place(
    splitter: SimulatedBeamSplitter,
) -> None:
    """The literal twin: each camera pixel asks the display where the truth has it."""
    rng = np.random.default_rng(3)
    tissue = rng.integers(0, 256, (31, 43, 3), dtype=np.uint8)
    display = np.zeros((24, 40, 3), np.uint8)
    display[5:20, 9:33] = rng.integers(0, 256, (15, 24, 3), dtype=np.uint8)
    truth = simulated_truth((43, 31), (40, 24))
    expected = np.zeros(tissue.shape)
    for row, column in np.ndindex(31, 43):
        x, y = truth.apply_to_point((column, row))
        left, top = math.floor(x), math.floor(y)
        shown = np.zeros(3)
        for j, i in ((0, 0), (0, 1), (1, 0), (1, 1)):
            if 0 <= top + j < 24 and 0 <= left + i < 40:
                weight = (1 - abs(x - left - i)) * (1 - abs(y - top - j))
                shown += weight * display[top + j, left + i]
        expected[row, column] = np.minimum(255, 0.45 * tissue[row, column] + 0.55 * shown)
    splitter.show(display)
    splitter.light(tissue)
    # The places are rounded to a 32nd of a pixel, and neighbors differ by up to 255 here.
    assert np.abs(tissue - expected).max() <= 0.55 * 255 * 2 / 32 + 1.5


def test_light_is_seen_on_bright_glass(splitter: SimulatedBeamSplitter) -> None:
    splitter.show(display_with(160, 120))
    green = lit(splitter, 245)[..., 1].astype(int)
    assert green.max() > green.min() + 50


def test_dark_or_distant_light_adds_nothing(splitter: SimulatedBeamSplitter) -> None:
    splitter.show(np.zeros((DISPLAY[1], DISPLAY[0], 3), np.uint8))
    assert (lit(splitter) == DIMMED).all()
    splitter.show(display_with(2, 2))  # far outside of what the camera sees
    away = simulated_truth(CAMERA, DISPLAY).inverse.apply_to_point((2, 2))
    assert min(away) < -2
    assert (lit(splitter) == DIMMED).all()
    splitter.show(None)
    assert (lit(splitter) == 60).all()


def test_the_truth_is_not_the_default() -> None:
    corner = (CAMERA[0] - 1.0, CAMERA[1] - 1.0)
    truth = simulated_truth(CAMERA, DISPLAY).apply_to_point(corner)
    default = centered_fit(CAMERA, DISPLAY).apply_to_point(corner)
    assert np.hypot(truth[0] - default[0], truth[1] - default[1]) > 3


def test_the_camera_of_the_microscope_sees_the_display_as_long_as_it_is_shown() -> None:
    sensor = Sensor(*CAMERA, frames_per_s=60, vignetting=0, full_well=0, read_noise=0)
    microscope = SimulatedMicroscope(EmptySlide(), sensor)
    with opened(microscope.camera) as camera:
        before = read(camera).rgb.astype(float)
        microscope.beam_splitter.show(display_with(100, 140))
        picture = read(camera)
        assert not picture.rgb.flags.writeable
        light = picture.rgb[..., 1] - 0.45 * before[..., 1]
        seen = middle(np.where(light > 20, light, 0))
        microscope.beam_splitter.show(None)
        after = read(camera).rgb
    expected = simulated_truth(CAMERA, DISPLAY).inverse.apply_to_point((100, 140))
    np.testing.assert_allclose(seen, expected, atol=0.2)
    assert (after == before).all()
