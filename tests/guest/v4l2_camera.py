"""A USB camera as Linux sees one: V4L2 is real, the camera is the kernel's virtual one (vivid).

Run by `test_guest.py` in a guest whose kernel has vivid.
"""

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hardware.camera import Camera, SettingRefused
from hardware.camera_settings import CameraSettings, Range, Region
from hardware.cameras.grabbing import GrabbingCamera
from hardware.cameras.listing import list_cameras
from hardware.cameras.opencv import OpenCvDriver
from tests.hardware.camera_contract import CameraContract, drain, opened, read

NODE = Path("/dev/video0")
BUS = Path("/sys/bus/platform/drivers/vivid")


def control(name: str, value: int) -> None:
    subprocess.run(["v4l2-ctl", "-d", str(NODE), "-c", f"{name}={value}"], check=True)


class Rig:
    def __init__(self) -> None:
        control("gain_automatic", 0)  # OpenCV does not know of it, and the gain changes by itself
        self.camera: Camera = GrabbingCamera(OpenCvDriver(str(NODE)))
        self._timer: threading.Timer | None = None

    def unplug(self) -> None:
        (BUS / "unbind").write_text("vivid.0")

    def replug(self) -> None:
        (BUS / "bind").write_text("vivid.0")
        until_s = time.monotonic() + 10
        while not NODE.exists() and time.monotonic() < until_s:
            time.sleep(0.01)
        control("gain_automatic", 0)

    def stall(self, seconds: float) -> None:
        control("percentage_of_dropped_buffers", 100)
        self._timer = threading.Timer(seconds, control, ("percentage_of_dropped_buffers", 0))
        self._timer.name = "rig stall"
        self._timer.start()
        drain(self.camera)

    def break_next(self) -> None:
        pytest.skip("OpenCV takes no picture from V4L2 that is marked as broken, and tells nobody")

    def put_right(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        if not NODE.exists():
            self.replug()
        control("percentage_of_dropped_buffers", 0)


class TestVivid(CameraContract):
    regions = (Region(640, 360), Region(320, 180))

    @pytest.fixture
    def rig(self) -> Iterator[Rig]:
        made = Rig()
        yield made
        made.camera.close()
        made.put_right()


def test_it_is_listed_without_being_opened() -> None:
    listed = list_cameras("opencv")
    assert [(each.address, each.text) for each in listed.devices] == [
        (str(NODE), "vivid-000-vid-cap")
    ]


def test_colors_are_in_order() -> None:
    """The bars of the test picture begin white, yellow, cyan, green, magenta, red, blue, black."""
    control("test_pattern", 0)
    control("horizontal_movement", 3)  # stands still
    with opened(GrabbingCamera(OpenCvDriver(str(NODE)))) as camera:
        rgb = read(camera).rgb
    row = rgb[rgb.shape[0] // 2].astype(int)
    bars = [np.median(row[int((i + 0.5) * len(row) / 8)][None], axis=0) > 128 for i in range(8)]
    expected = [(1, 1, 1), (1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1)]
    assert [tuple(int(part) for part in bar) for bar in bars] == [*expected, (0, 0, 0)]


def test_a_size_that_it_lacks_is_refused_and_the_one_before_holds() -> None:
    with opened(GrabbingCamera(OpenCvDriver(str(NODE)))) as camera:
        before = camera.settings().region
        with pytest.raises(SettingRefused, match="it takes 320 to "):
            camera.adjust(CameraSettings(region=Region(128, 112)))
        with pytest.raises(SettingRefused, match="nearest is 640 x 360 px"):
            camera.adjust(CameraSettings(region=Region(700, 400)))
        assert camera.settings().region == before
        assert before is not None
        assert read(camera).rgb.shape == (before.height, before.width, 3)


def test_it_is_asked_what_it_can_do() -> None:
    with opened(GrabbingCamera(OpenCvDriver(str(NODE)))) as camera:
        can = camera.capabilities()
    assert can.pixel_formats == ("YUYV", "UYVY", "NV12", "BGR3", "RGB3")
    assert can.gain == Range(0, 255, 1)
    assert can.exposure_s is None
    assert can.width is not None
    assert can.height is not None
    assert (can.width.least, can.height.least) == (320, 180)
    assert (can.width.most, can.height.most) == (3840, 2160)
