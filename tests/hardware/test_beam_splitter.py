"""The display as the simulated camera sees it."""

import numpy as np
import pytest

from hardware.arrays import U8
from hardware.camera import Camera, CameraPicture
from hardware.eyepiece_calibration import centered_fit
from hardware.simulators.beam_splitter import SimulatedBeamSplitter, simulated_truth

CAMERA = (451, 300)
DISPLAY = (320, 240)
DIMMED = 36
"""The gray of 60 with the lamp turned down."""


class Gray:
    """A camera that sees the same gray again and again."""

    name = "Gray"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.rgb = np.full((CAMERA[1], CAMERA[0], 3), 60, np.uint8)
        self.rgb.flags.writeable = False

    def open(self) -> None:
        self.calls.append("open")

    def read(self, timeout_s: float) -> CameraPicture:
        return CameraPicture(7, self.rgb, timeout_s)

    def close(self) -> None:
        self.calls.append("close")


def display_with(x: int, y: int) -> U8:
    display = np.zeros((DISPLAY[1], DISPLAY[0], 3), np.uint8)
    display[y - 1 : y + 2, x - 1 : x + 2] = (0, 200, 100)
    return display


@pytest.fixture
def splitter() -> SimulatedBeamSplitter:
    return SimulatedBeamSplitter(Gray(), simulated_truth(CAMERA, DISPLAY))


def test_it_is_a_camera_and_passes_everything_on() -> None:
    camera = Gray()
    splitter: Camera = SimulatedBeamSplitter(camera, simulated_truth(CAMERA, DISPLAY))
    splitter.open()
    picture = splitter.read(0.5)
    splitter.close()
    assert splitter.name == "Gray"
    assert camera.calls == ["open", "close"]
    assert picture.rgb is camera.rgb, "without light nothing is touched"
    assert (picture.number, picture.taken_s) == (7, 0.5)


@pytest.mark.parametrize("place", [(160, 120), (60, 60), (250, 200), (33, 180)])
def test_a_point_is_seen_where_the_truth_has_it(
    splitter: SimulatedBeamSplitter, place: tuple[int, int]
) -> None:
    splitter.show(display_with(*place))
    picture = splitter.read(0.0)
    assert not picture.rgb.flags.writeable
    light = picture.rgb.astype(float) - DIMMED
    assert (light >= 0).all(), "a display only adds"
    assert light[..., 0].max() == 0
    y, x = np.mgrid[: CAMERA[1], : CAMERA[0]]
    green = light[..., 1]
    seen = ((green * x).sum() / green.sum(), (green * y).sum() / green.sum())
    expected = simulated_truth(CAMERA, DISPLAY).inverse.apply_to_point(place)
    np.testing.assert_allclose(seen, expected, atol=0.1)


def test_light_is_seen_on_bright_glass() -> None:
    camera = Gray()
    camera.rgb = np.full((CAMERA[1], CAMERA[0], 3), 245, np.uint8)
    splitter = SimulatedBeamSplitter(camera, simulated_truth(CAMERA, DISPLAY))
    splitter.show(display_with(160, 120))
    green = splitter.read(0.0).rgb[..., 1].astype(int)
    assert green.max() > green.min() + 50


def test_dark_or_distant_light_adds_nothing(splitter: SimulatedBeamSplitter) -> None:
    splitter.show(np.zeros((DISPLAY[1], DISPLAY[0], 3), np.uint8))
    assert (splitter.read(0.0).rgb == DIMMED).all()
    splitter.show(display_with(2, 2))  # far outside of what the camera sees
    away = simulated_truth(CAMERA, DISPLAY).inverse.apply_to_point((2, 2))
    assert min(away) < -2
    assert (splitter.read(0.0).rgb == DIMMED).all()
    splitter.show(None)
    assert (splitter.read(0.0).rgb == 60).all()


def test_the_truth_is_not_the_default() -> None:
    corner = (CAMERA[0] - 1.0, CAMERA[1] - 1.0)
    truth = simulated_truth(CAMERA, DISPLAY).apply_to_point(corner)
    default = centered_fit(CAMERA, DISPLAY).apply_to_point(corner)
    assert np.hypot(truth[0] - default[0], truth[1] - default[1]) > 3
