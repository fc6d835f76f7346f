"""Against viky, the simulated producer that comes with the package genicam."""

import importlib.util
import threading
import time
from pathlib import Path

import pytest

from hardware.camera import Camera, CameraLost, CameraStalled
from hardware.cameras.genicam import GenicamDriver, address_of
from hardware.cameras.grabbing import GrabbingCamera
from tests.hardware.camera_contract import CameraContract, opened, read

pytest.importorskip("harvesters", reason="harvesters is missing: make test EXTRAS=genicam")
_FOUND = importlib.util.find_spec("genicam")
VIKY = Path(_FOUND.origin).with_name("viky.cti") if _FOUND and _FOUND.origin else Path("viky.cti")
if not VIKY.is_file():
    pytest.skip("the package genicam brings no viky.cti", allow_module_level=True)


class UnpluggedDriver(GenicamDriver):
    """viky cannot be unplugged: this stands where a producer raises, and tests what follows."""

    plugged = True

    def connect(self) -> None:
        if not self.plugged:
            raise CameraLost("no camera at the producer viky.cti")
        super().connect()

    def grab(self, timeout_s: float):
        if not self.plugged:
            raise CameraLost("viky was unplugged")
        return super().grab(timeout_s)


class Rig:
    def __init__(self) -> None:
        self.driver = UnpluggedDriver(str(VIKY))
        self.grabbing = GrabbingCamera(self.driver)
        self.camera: Camera = self.grabbing
        self._timer: threading.Timer | None = None

    def do(self, name: str) -> None:
        nodes = self.driver.device.remote_device.node_map
        self.grabbing._ask(nodes.get_node(name).execute)

    def unplug(self) -> None:
        self.driver.plugged = False

    def replug(self) -> None:
        self.driver.plugged = True

    def stall(self, seconds: float) -> None:
        self.do("AcquisitionStop")
        ends_s = time.monotonic() + seconds
        with pytest.raises(CameraStalled):
            for _ in range(10):  # what was under way
                self.camera.read(0.15)
        if seconds < 1:
            rest_s = ends_s - time.monotonic()
            self._timer = threading.Timer(rest_s, self.do, ["AcquisitionStart"])
            self._timer.start()

    def break_next(self) -> None:
        pytest.skip("viky has no broken pictures")

    def close(self) -> None:
        if self._timer is not None:
            self._timer.join()


@pytest.fixture
def viky():
    rig = Rig()
    yield rig
    rig.close()


class TestViky(CameraContract):
    @pytest.fixture
    def rig(self, viky):
        return viky


def test_a_camera_is_found_by_its_serial_number():
    with opened(GrabbingCamera(GenicamDriver(f"{VIKY}#1"))) as camera:
        assert camera.name.endswith("Viky 1")
        assert read(camera).rgb.size


def test_what_is_not_there_is_told(tmp_path):
    for address, message in (
        (f"{VIKY}#4711", "no camera 4711"),
        (str(tmp_path / "none.cti"), "is not there"),
    ):
        with pytest.raises(CameraLost, match=message):
            GrabbingCamera(GenicamDriver(address)).open()


def test_a_producer_that_is_none_is_told(tmp_path):
    path = tmp_path / "text.cti"
    path.write_text("no library")
    with pytest.raises(CameraLost) as caught:
        GrabbingCamera(GenicamDriver(str(path))).open()
    assert len(str(caught.value).splitlines()) == 1


def test_addresses():
    assert address_of("/opt/a.cti#12").camera == "12"
    with pytest.raises(ValueError, match=r"\.cti"):
        address_of("0")
