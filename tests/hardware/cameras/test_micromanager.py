"""Against the DemoCamera of Micro-Manager's own adapters for tests."""

import pytest

from hardware.camera import Camera, CameraLost
from hardware.camera_settings import CameraSettings, Region
from hardware.cameras.grabbing import GrabbingCamera
from hardware.cameras.micromanager import MicroManagerDriver
from hardware.micromanager import address_of
from tests.hardware.camera_contract import CameraContract, opened, read

pytest.importorskip("pymmcore", reason="pymmcore is missing: make test EXTRAS=micromanager")
adapters = pytest.importorskip(
    "mm_test_adapters", reason="mm-test-adapters is missing: pip install mm-test-adapters"
)
ADDRESS = f"{adapters.device_adapter_path()}#DemoCamera:DCam"


class UnpluggedDriver(MicroManagerDriver):
    """The DemoCamera has no cable: its stream ends in its place."""

    plugged = True

    def connect(self) -> None:
        if not self.plugged:
            raise CameraLost("the DemoCamera is not there")
        super().connect()


class Rig:
    def __init__(self) -> None:
        self.driver = UnpluggedDriver(ADDRESS)
        self.grabbing = GrabbingCamera(self.driver)
        self.camera: Camera = self.grabbing

    def unplug(self) -> None:
        self.driver.plugged = False
        self.grabbing._ask(self.driver.stop)

    def replug(self) -> None:
        self.driver.plugged = True

    def stall(self, seconds: float) -> None:
        pytest.skip("the DemoCamera cannot stall")

    def break_next(self) -> None:
        pytest.skip("the DemoCamera has no broken pictures")


class TestDemoCamera(CameraContract):
    @pytest.fixture
    def rig(self):
        return Rig()


def test_what_is_not_there_is_told(tmp_path):
    for address, message in (
        (f"{tmp_path}/none#DemoCamera:DCam", "is not there"),
        (f"{tmp_path}#DemoCamera:DCam", "cannot be opened"),
    ):
        with pytest.raises(CameraLost, match=message) as caught:
            GrabbingCamera(MicroManagerDriver(address)).open()
        assert len(str(caught.value).splitlines()) == 1


def test_a_configuration_is_loaded(tmp_path):
    path = tmp_path / "demo.cfg"
    path.write_text(
        "Device,DHub,DemoCamera,DHub\nDevice,Cam,DemoCamera,DCam\n"
        "Property,Core,Initialize,1\nProperty,Core,Camera,Cam\n"
    )
    driver = MicroManagerDriver(f"{adapters.device_adapter_path()}#{path}")
    with opened(GrabbingCamera(driver, CameraSettings(region=Region(200, 160)))) as camera:
        assert read(camera).rgb.shape == (160, 200, 3)


def test_addresses():
    assert address_of("/opt/mm#A:B").device == "B"
    with pytest.raises(ValueError, match="DemoCamera:DCam"):
        address_of("0")
