import time
from dataclasses import replace

import numpy as np
import pytest

from hardware.camera import BrokenPicture, Camera, CameraLost, CameraStalled
from hardware.objective import Nosepiece
from hardware.simulators.microscope import (
    Faults,
    NoTruth,
    Sensor,
    SimulatedCamera,
    SimulatedMicroscope,
    read_number,
)
from hardware.simulators.slides import GLASS, Extent, Slide, SlideProblem
from tests.hardware.camera_contract import PATIENCE_S, CameraContract, opened, read

SMALL = Sensor(256, 256, frames_per_s=60, vignetting=0, full_well=0, read_noise=0)


class Chart:
    """A slide whose colors tell where they lie: red is x, green is y, blue the pixel size."""

    name = "chart"
    extent: Extent | None = Extent(0.0, 0.0, 400.0, 400.0)
    fails = False

    def start_um(self, _width_um: float, _height_um: float) -> tuple[float, float]:
        return 200.0, 200.0

    def region(self, x_um, y_um, width_px, height_px, um_per_px):
        if self.fails:
            raise SlideProblem("chart.tif: cannot be read (torn)")
        out = np.empty((height_px, width_px, 3), np.uint8)
        out[..., 0] = np.clip(x_um + (np.arange(width_px) + 0.5) * um_per_px, 0, 400)[None] / 2
        out[..., 1] = np.clip(y_um + (np.arange(height_px) + 0.5) * um_per_px, 0, 400)[:, None] / 2
        out[..., 2] = min(255, round(um_per_px * 100))
        out.setflags(write=False)
        return out


class Rig:
    def __init__(self, camera: SimulatedCamera, faults: Faults) -> None:
        self.camera: Camera = camera
        self.unplug = faults.unplug
        self.replug = faults.replug
        self.stall = faults.stall
        self.break_next = faults.break_next


@pytest.fixture
def microscope():
    chart: Slide = Chart()
    return SimulatedMicroscope(chart, SMALL)


def sharp_picture(microscope):
    """Read until all tissue is there, and once more."""
    deadline = time.monotonic() + PATIENCE_S
    read(microscope.camera)
    while not microscope.sharp:
        assert time.monotonic() < deadline
        read(microscope.camera)
    return read(microscope.camera)


class TestContract(CameraContract):
    @pytest.fixture
    def rig(self, microscope):
        return Rig(microscope.camera, microscope.faults)


def test_the_picture_shows_the_tissue_at_the_stage(microscope):
    with opened(microscope.camera):
        microscope.stage.move_to(100.0, 300.0)
        rgb = sharp_picture(microscope).rgb
    assert rgb.shape == (256, 256, 3)
    assert abs(int(rgb[128, 128, 0]) - 50) <= 1
    assert abs(int(rgb[128, 128, 1]) - 150) <= 1
    # 0.212 um per px is 27 um from the middle to the side, and red counts 2 um.
    assert int(rgb[128, 255, 0]) - int(rgb[128, 0, 0]) in (26, 27, 28)
    assert (rgb[..., 2] == 21).all()


def test_turning_the_nosepiece_keeps_the_middle(microscope):
    nosepiece: Nosepiece = microscope.nosepiece
    assert [item.name for item in nosepiece.objectives] == ["20x", "40x"]
    with opened(microscope.camera):
        strong = sharp_picture(microscope).rgb
        nosepiece.select("20x")
        assert nosepiece.current.um_per_px == 0.424
        weak = sharp_picture(microscope).rgb
    assert np.abs(strong[128, 128, :2].astype(int) - weak[128, 128, :2]).max() <= 1
    assert (weak[..., 2] == 42).all()
    assert int(weak[128, 255, 0]) - int(weak[128, 0, 0]) in (53, 54, 55)
    with pytest.raises(ValueError, match="20x, 40x"):
        nosepiece.select("100x")


def test_neighboring_tiles_fit_without_a_seam(microscope):
    with opened(microscope.camera):
        # The corner of four tiles of 512 px is in the middle.
        microscope.stage.move_to(512 * 0.212, 512 * 0.212)
        rgb = sharp_picture(microscope).rgb.astype(int)
    assert np.diff(rgb[..., 0], axis=1).max() <= 1
    assert np.diff(rgb[..., 1], axis=0).max() <= 1
    assert np.diff(rgb[..., 0], axis=1).min() >= 0


def test_each_exposure_has_a_number_that_is_in_the_picture(microscope):
    microscope = SimulatedMicroscope(Chart(), replace(SMALL, numbered=True))
    with opened(microscope.camera) as camera:
        for _ in range(4):
            picture = read(camera)
            assert read_number(picture.rgb) == picture.number


def test_pictures_come_no_faster_than_they_are_taken(microscope):
    began = time.monotonic()
    with opened(microscope.camera) as camera:
        for _ in range(10):
            picture = read(camera)
            assert picture.taken_s >= began + picture.number / SMALL.frames_per_s


def test_a_picture_that_would_come_too_late_is_a_timeout(microscope):
    with opened(microscope.camera) as camera:
        microscope.faults.delay(0.2)
        with pytest.raises(CameraStalled):
            camera.read(0.05)
        picture = read(camera)
        assert time.monotonic() - picture.taken_s >= 0.2
        microscope.faults.delay(0)
        read(camera)


def test_a_picture_of_the_wrong_size_comes_as_it_is(microscope):
    with opened(microscope.camera) as camera:
        microscope.faults.shrink_next()
        assert read(camera).rgb.shape == (128, 256, 3)
        assert read(camera).rgb.shape == (256, 256, 3)


def test_as_many_pictures_break_as_were_asked_for(microscope):
    with opened(microscope.camera) as camera:
        microscope.faults.break_next(2)
        for _ in range(2):
            with pytest.raises(BrokenPicture):
                read(camera)
        read(camera)


def test_the_white_balance_drifts_when_told(microscope):
    with opened(microscope.camera):
        before = sharp_picture(microscope).rgb.astype(float)
        microscope.faults.drift((0.5, 1.0, 1.5))
        after = read(microscope.camera).rgb
    assert np.abs(after - before * (0.5, 1.0, 1.5)).max() <= 1


def test_an_unreadable_slide_is_told_by_the_camera_and_can_be_changed(microscope):
    torn = Chart()
    torn.fails = True
    microscope.insert(torn)
    with opened(microscope.camera) as camera:
        with pytest.raises(CameraLost, match="torn"):
            for _ in range(100):
                read(camera)
        microscope.insert(Chart())
        camera.open()
        sharp_picture(microscope)


def test_another_slide_shows_nothing_of_the_last_one(microscope):
    class Blank(Chart):
        name = "blank"
        extent = None

        def start_um(self, _width_um, _height_um):
            return 5000.0, -5000.0

        def region(self, _x_um, _y_um, width_px, height_px, _um_per_px):
            out = np.full((height_px, width_px, 3), 7, np.uint8)
            out.setflags(write=False)
            return out

    with opened(microscope.camera):
        sharp_picture(microscope)
        microscope.insert(Blank())
        assert microscope.slide.name == "blank"
        assert microscope.stage.position.x_um == 5000.0
        rgb = read(microscope.camera).rgb
        assert (rgb == 7).all() or (rgb == GLASS).all()
        assert (sharp_picture(microscope).rgb == 7).all()


def test_nobody_knows_the_truth_about_a_picture(microscope):
    with pytest.raises(NoTruth, match="chart"):
        microscope.truth_in_view()
    with pytest.raises(NoTruth, match="chart"):
        microscope.find_tumor(1)
