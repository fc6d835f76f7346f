import time

import cv2
import numpy as np
import pytest

from hardware.camera import Camera, CameraLost
from hardware.cameras.grabbing import GrabbingCamera
from hardware.cameras.opencv import OpenCvDriver, source_of
from hardware.simulators.microscope import read_number
from tests.hardware.camera_contract import CameraContract, drain, opened, read
from tests.hardware.cameras.mjpeg import MjpegCamera, numbered_pictures


class Rig:
    def __init__(self, server: MjpegCamera) -> None:
        self._server = server
        self.camera: Camera = GrabbingCamera(OpenCvDriver(server.url))

    def unplug(self) -> None:
        self._server.tell("unplug")

    def replug(self) -> None:
        self._server.tell("replug")

    def stall(self, seconds: float) -> None:
        self._server.tell(f"stall {seconds}")
        drain(self.camera)

    def break_next(self) -> None:
        pytest.skip("FFmpeg makes good what is missing in a JPEG, and tells nobody")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return numbered_pictures(tmp_path_factory.mktemp("pictures"), 256, 8)


@pytest.fixture
def server(pictures):
    server = MjpegCamera(pictures, 60)
    yield server
    server.close()


class TestMjpegOverHttp(CameraContract):
    @pytest.fixture
    def rig(self, server):
        return Rig(server)


def test_colors_are_in_order(tmp_path):
    path = tmp_path / "red.jpg"
    cv2.imwrite(str(path), np.full((64, 64, 3), (20, 60, 220), np.uint8))
    server = MjpegCamera([path], 30)
    try:
        with opened(GrabbingCamera(OpenCvDriver(server.url))) as camera:
            rgb = read(camera).rgb
    finally:
        server.close()
    assert np.abs(rgb[32, 32].astype(int) - (220, 60, 20)).max() <= 4


def test_a_stream_that_falls_silent_is_lost_after_two_seconds(server):
    rig = Rig(server)
    with opened(rig.camera) as camera:
        read(camera)
        rig.stall(60)
        began = time.monotonic()
        with pytest.raises(CameraLost, match="sent nothing for 2 s"):
            camera.read(10)
        assert time.monotonic() - began < 4
        server.tell("stall 0")
        camera.open()
        read(camera)


def test_a_whole_field_comes_with_the_newest_number(tmp_path):
    server = MjpegCamera(numbered_pictures(tmp_path, 3008, 16), 10)
    try:
        with opened(GrabbingCamera(OpenCvDriver(server.url))) as camera:
            for _ in range(3):
                assert read(camera).rgb.shape == (3008, 3008, 3)
            time.sleep(0.5)
            # What the camera has sent by now, less what is under way: never what was left lying.
            newest = (int(server.tell("count")) - 1) % 16
            seen = read_number(read(camera).rgb)
            assert (newest - seen) % 16 <= 3 or (seen - newest) % 16 <= 1
    finally:
        server.close()


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "field.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 20, (160, 120))
    for value in range(10):
        writer.write(np.full((120, 160, 3), 20 * value, np.uint8))
    writer.release()
    return path


def test_a_file_is_played_at_its_own_beat_and_ends(video):
    camera = GrabbingCamera(OpenCvDriver(str(video)))
    with opened(camera):
        began = time.monotonic()
        with pytest.raises(CameraLost, match=r"video file field.avi has ended"):
            while True:
                assert read(camera).rgb.shape == (120, 160, 3)
        assert time.monotonic() - began > 0.3
        camera.open()
        assert read(camera).number == 0


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("gone.avi", "is not there"),
        ("97", "no /dev/video97"),
        ("http://127.0.0.1:9/video", "does not answer"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(address, message):
    with pytest.raises(CameraLost, match=message) as caught:
        GrabbingCamera(OpenCvDriver(address)).open()
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_no_video_is_told(tmp_path):
    path = tmp_path / "text.avi"
    path.write_text("no video")
    with pytest.raises(CameraLost, match="cannot be read as a video"):
        GrabbingCamera(OpenCvDriver(str(path))).open()


def test_addresses():
    assert source_of(" 0 ").index == 0
    assert source_of("/dev/video3").index == 3
    assert source_of("HTTP://host/x").stream
    assert source_of("a/b.avi").file is not None
    for wrong in ("", "ftp://host/x"):
        with pytest.raises(ValueError, match="http://"):
            source_of(wrong)


def test_a_password_is_not_shown():
    assert OpenCvDriver("http://me:secret@host/v?key=1").name == "stream http://host/v"
