"""Against pylon's camera emulator, which also emulates that its cable is pulled."""

import threading
import time

import cv2
import numpy as np
import pytest

from hardware.camera import Camera, CameraLost, CameraStalled
from hardware.camera_settings import CameraSettings, Region
from hardware.cameras.grabbing import GrabbingCamera
from hardware.cameras.pylon import PylonDriver, address_of
from tests.hardware.camera_contract import CameraContract, opened, read

pytest.importorskip("pypylon", reason="pypylon is missing: make test EXTRAS=pylon")


class Rig:
    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self.driver = PylonDriver("emulator")
        self.grabbing = GrabbingCamera(self.driver)
        self.camera: Camera = self.grabbing
        self._timer: threading.Timer | None = None

    def do(self, name: str) -> None:
        """Execute a feature on the driver's thread.

        From another one the emulator's removal and `RetrieveResult` wait for each other.
        """
        self.grabbing._ask(self.node(name).Execute)

    def node(self, name: str):
        return self.driver.device.GetNodeMap().GetNode(name)

    def trigger(self, mode: str) -> None:
        """On: it waits for a trigger that never comes."""

        def choose() -> None:
            self.node("TriggerSelector").Value = "FrameStart"
            self.node("TriggerSource").Value = "Software"
            self.node("TriggerMode").Value = mode

        self.grabbing._ask(choose)

    def unplug(self) -> None:
        self._patch.setenv("PYLON_CAMEMU", "0")
        self.do("FirePnPCallback")

    def replug(self) -> None:
        self._patch.setenv("PYLON_CAMEMU", "1")

    def stall(self, seconds: float) -> None:
        self.trigger("On")
        ends_s = time.monotonic() + seconds
        with pytest.raises(CameraStalled):
            for _ in range(5):  # what was under way
                self.camera.read(0.05)
        if seconds < 1:
            rest_s = ends_s - time.monotonic()
            self._timer = threading.Timer(rest_s, self.trigger, ["Off"])
            self._timer.start()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.join()

    def break_next(self) -> None:
        self.node("ForceFailedBufferCount").Value = 1
        self.do("ForceFailedBuffer")


@pytest.fixture
def emulated(monkeypatch):
    monkeypatch.setenv("PYLON_CAMEMU", "1")
    rig = Rig(monkeypatch)
    yield rig
    rig.close()


class TestEmulator(CameraContract):
    @pytest.fixture
    def rig(self, emulated):
        return emulated


@pytest.fixture
def colored(emulated, tmp_path):
    """An emulator with a picture of ours of the size of a field."""
    rng = np.random.default_rng(3)
    rgb = rng.integers(40, 250, (47, 47, 3), np.uint8)
    field = cv2.resize(rgb, (3008, 3008), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(tmp_path / "field.png"), field[..., ::-1])
    driver = emulated.driver
    connect = driver.connect

    def connect_and_load() -> None:
        connect()
        nodes = driver.device.GetNodeMap()
        nodes.GetNode("TestImageSelector").Value = "Off"
        nodes.GetNode("ImageFilename").Value = str(tmp_path / "field.png")
        nodes.GetNode("ImageFileMode").Value = "On"

    driver.connect = connect_and_load
    return driver, field


@pytest.mark.parametrize("pixel_format", ["RGB8Packed", "BGR8Packed", "BayerRG8", "BayerGB8"])
def test_a_picture_of_ours_comes_with_its_colors(colored, pixel_format):
    driver, field = colored
    settings = CameraSettings(region=Region(3008, 3008), pixel_format=pixel_format)
    with opened(GrabbingCamera(driver, settings)) as camera:
        rgb = read(camera).rgb
    assert rgb.shape == (3008, 3008, 3)
    apart = np.abs(rgb.astype(int) - field)[4:-4, 4:-4]
    assert np.median(apart) <= 2
    assert apart.max() <= (0 if pixel_format.endswith("Packed") else 40)


def test_pictures_that_pylon_dropped_are_counted(emulated):
    with opened(emulated.camera) as camera:
        first = read(camera)
        time.sleep(0.5)
        assert read(camera).number - first.number >= 5


def test_a_camera_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv("PYLON_CAMEMU", "1")
    with pytest.raises(CameraLost, match="is not there"):
        GrabbingCamera(PylonDriver("emulator:4711")).open()


def test_addresses():
    assert address_of(" USB:23 ").serial == "23"
    assert address_of("gige").device_class == "BaslerGigE"
    with pytest.raises(ValueError, match="usb, gige or emulator"):
        address_of("0")
