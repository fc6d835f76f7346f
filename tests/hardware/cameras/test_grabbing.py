import itertools
import threading
import time

import numpy as np
import pytest

from hardware.camera import BrokenPicture, CameraLost, SettingRefused
from hardware.camera_settings import CameraCapabilities, CameraSettings, Range
from hardware.cameras.exposure import Exposure
from hardware.cameras.grabbing import GrabbingCamera
from hardware.cameras.stamps import Stamps
from tests.hardware.camera_contract import opened, read


class FakeDriver:
    """Gives gray pictures, and notes who calls."""

    name = "fake"

    def __init__(self):
        self.calls = []
        self.threads = set()
        self.fails = {}
        self.count = itertools.count()
        self.released = 0
        self.pixel_format = "Mono8"

    def _note(self, call):
        self.calls.append(call)
        self.threads.add(threading.current_thread().name)
        if call in self.fails:
            raise self.fails[call]

    def connect(self):
        self._note("connect")

    def disconnect(self):
        self._note("disconnect")

    def start(self):
        self._note("start")

    def stop(self):
        self._note("stop")

    def grab(self, timeout_s):
        time.sleep(0.005)
        if "grab" in self.fails:
            raise self.fails["grab"]
        return Exposure(
            np.zeros((4, 4), np.uint8), self.pixel_format, next(self.count), release=self._release
        )

    def _release(self):
        self.released += 1

    def capabilities(self):
        self._note("capabilities")
        return CameraCapabilities(gain=Range(0, 10), pixel_formats=("Mono8", "BayerRG8"))

    def settings(self):
        self._note("settings")
        return CameraSettings()

    def adjust(self, settings):
        self._note(("adjust", settings))


@pytest.fixture
def driver():
    return FakeDriver()


def test_one_thread_alone_calls_the_driver(driver):
    with opened(GrabbingCamera(driver)) as camera:
        camera.settings()
        camera.adjust(CameraSettings(gain=2))
        read(camera)
    assert driver.threads == {"camera"}
    assert driver.calls[0] == "connect"
    assert driver.calls[-1] == "disconnect"


def test_every_picture_is_released_once(driver):
    with opened(GrabbingCamera(driver)) as camera:
        for _ in range(5):
            read(camera)
        time.sleep(0.05)
    assert driver.released == next(driver.count)


def test_settings_are_set_again_after_a_reconnection(driver):
    camera = GrabbingCamera(driver, CameraSettings(gain=1))
    with opened(camera):
        camera.adjust(CameraSettings(gain=3))
    driver.calls.clear()
    with opened(camera):
        pass
    assert ("adjust", CameraSettings(gain=3)) in driver.calls


def test_a_format_is_changed_with_the_stream_stopped(driver):
    with opened(GrabbingCamera(driver)) as camera:
        camera.adjust(CameraSettings(pixel_format="BayerRG8"))
    calls = [call if isinstance(call, str) else call[0] for call in driver.calls]
    assert calls[calls.index("stop") :][:3] == ["stop", "adjust", "start"]


def test_a_setting_that_the_camera_does_not_take_at_its_opening_is_told(driver):
    with pytest.raises(CameraLost, match="does not take its settings: gain 11"):
        GrabbingCamera(driver, CameraSettings(gain=11)).open()
    assert driver.calls[-1] == "disconnect"


def test_a_refused_setting_is_not_kept(driver):
    camera = GrabbingCamera(driver)
    with opened(camera), pytest.raises(SettingRefused, match="it takes 0 to 10"):
        camera.adjust(CameraSettings(gain=11))
    camera.open()
    camera.close()


@pytest.mark.parametrize("call", ["connect", "start"])
def test_whatever_fails_at_the_opening_is_one_line(driver, call):
    driver.fails[call] = ZeroDivisionError("first\nsecond")
    with pytest.raises(CameraLost) as caught:
        GrabbingCamera(driver).open()
    assert str(caught.value) == "fake failed: ZeroDivisionError: first"


def test_whatever_fails_while_it_runs_is_told_until_it_is_opened_again(driver):
    with opened(GrabbingCamera(driver)) as camera:
        read(camera)
        driver.fails["grab"] = OSError("no such device")
        with pytest.raises(CameraLost, match="no such device"):
            while True:
                read(camera)
        for ask in (camera.settings, lambda: camera.read(0)):
            with pytest.raises(CameraLost, match="no such device"):
                ask()
        driver.fails.clear()
        camera.open()
        assert read(camera).number == 0


def test_a_camera_that_is_not_let_go_is_told_once(driver):
    camera = GrabbingCamera(driver)
    camera.open()
    driver.fails["disconnect"] = RuntimeError("busy")
    with pytest.raises(CameraLost, match="busy"):
        camera.close()
    camera.close()


def test_a_picture_of_another_format_is_broken_and_not_the_end(driver):
    with opened(GrabbingCamera(driver)) as camera:
        read(camera)
        driver.pixel_format = "BayerRG12p"
        with pytest.raises(BrokenPicture, match="BayerRG12p cannot be read"):
            for _ in range(3):
                read(camera)
        driver.pixel_format = "Mono8"
        for _ in range(3):
            try:
                read(camera)
                break
            except BrokenPicture:
                continue


def exposure(number=None, device_s=None, taken_s=None):
    return Exposure(None, "", number, taken_s, device_s)


def test_numbers_begin_at_0_and_go_on_when_the_counter_begins_anew():
    stamps = Stamps()
    numbers = [stamps.stamped(exposure(number), 1.0).number for number in (70, 71, 75, 0, 1, None)]
    assert numbers == [0, 1, 5, 6, 7, 8]


def test_a_late_picture_gets_the_time_of_its_exposure():
    stamps = Stamps()
    delays = (0.03, 0.01, 0.01, 0.25, 0.01)
    times = [
        stamps.stamped(exposure(device_s=500 + 0.1 * step), 0.1 * step + delay).taken_s
        for step, delay in enumerate(delays)
    ]
    assert times[3] == pytest.approx(0.31, abs=0.002)
    assert all(a < b for a, b in itertools.pairwise(times))


def test_times_never_lie_in_the_future_nor_go_back():
    stamps = Stamps()
    assert stamps.stamped(exposure(taken_s=5.0), 4.0).taken_s == 4.0
    assert stamps.stamped(exposure(taken_s=3.0), 4.1).taken_s > 4.0
