"""A GigE camera that Aravis brings along to be tested with; killing it is pulling its cable.

Run by `test_aravis.py` in a network of its own, since discovery is a broadcast.
"""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest

from hardware.camera import Camera, CameraLost
from hardware.cameras.aravis import AravisDriver
from hardware.cameras.grabbing import GrabbingCamera
from hardware.cameras.listing import list_cameras
from tests.hardware.camera_contract import CameraContract, drain, opened, read

FAKE = "arv-fake-gv-camera-0.8"


class PatientDriver(AravisDriver):
    """Gives the camera for tests the time that it needs to notice a new listener.

    It looks only once a picture whether anybody listens: opened again sooner, it would go on
    sending to the port of before.
    """

    def connect(self) -> None:
        time.sleep(0.2)
        super().connect()


class Rig:
    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._timer: threading.Timer | None = None
        self.camera: Camera = GrabbingCamera(PatientDriver("127.0.0.1"))
        self.replug()

    def unplug(self) -> None:
        if self._process is not None:
            with self._process as process:
                process.kill()
        self._process = None

    def replug(self) -> None:
        self._process = subprocess.Popen([FAKE, "-i", "127.0.0.1"])
        time.sleep(0.3)  # until it listens

    def stall(self, seconds: float) -> None:
        assert self._process is not None
        process = self._process
        process.send_signal(signal.SIGSTOP)
        self._timer = threading.Timer(seconds, process.send_signal, (signal.SIGCONT,))
        self._timer.start()
        drain(self.camera)

    def break_next(self) -> None:
        pytest.skip("Aravis' camera for tests has no broken pictures")

    def close(self) -> None:
        self.camera.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        self.unplug()


class TestFakeGigE(CameraContract):
    @pytest.fixture
    def rig(self) -> Iterator[Rig]:
        made = Rig()
        yield made
        made.close()


def test_it_is_found_on_the_network_only_when_asked() -> None:
    rig = Rig()
    try:
        assert list_cameras("aravis").devices == ()
        found = list_cameras("aravis", network=True)
        assert [each.address for each in found.devices] == ["127.0.0.1"]
        with opened(rig.camera) as camera:
            assert "Aravis" in camera.name
            numbers = [read(camera).number for _ in range(5)]
            assert numbers == sorted(set(numbers))
    finally:
        rig.close()


def test_one_that_is_not_there_is_one_line() -> None:
    with pytest.raises(CameraLost, match="is not there") as caught:
        GrabbingCamera(AravisDriver("127.0.0.1")).open()
    assert len(str(caught.value).splitlines()) == 1
