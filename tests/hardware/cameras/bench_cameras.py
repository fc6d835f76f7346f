"""Rate of each make through its driver beside what the make alone delivers, in turns.

Usage: python -m tests.hardware.cameras.bench_cameras [SECONDS [TURNS]]; in a network of its own
(``unshare --net sh -c 'ip link set lo up; ...'``) a GigE camera of Aravis' is measured as well.

A make that is not installed is left out. Alone: pictures as the make gives them, with the copy
that is needed to keep one, but not in RGB. Ours: `Camera.read`, so RGB, numbered and stamped.
"""

import importlib.util
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from hardware.camera_error import BrokenPicture
from hardware.camera_settings import CameraSettings, Region
from hardware.cameras.aravis import AravisDriver
from hardware.cameras.exposure import Driver
from hardware.cameras.genicam import GenicamDriver
from hardware.cameras.grabbing import GrabbingCamera
from hardware.cameras.micromanager import MicroManagerDriver
from hardware.cameras.opencv import OpenCvDriver
from hardware.cameras.pylon import PylonDriver
from hardware.micromanager import LABEL
from tests.hardware.cameras.aravis_camera import FAKE
from tests.hardware.cameras.mjpeg import MjpegCamera, numbered_pictures

SIDE_PX = 3008
FIELD = Region(SIDE_PX, SIDE_PX)


def rate(take: Callable[[], object], seconds: float) -> float:
    take()
    began = time.monotonic()
    count = 0
    while time.monotonic() - began < seconds:
        take()
        count += 1
    return count / (time.monotonic() - began)


def ours(driver: Driver, settings: CameraSettings, seconds: float) -> float:
    camera = GrabbingCamera(driver, settings)
    camera.open()
    try:
        return rate(lambda: camera.read(10), seconds)
    finally:
        camera.close()


def whole(driver: Driver, settings: CameraSettings, seconds: float) -> float:
    """Count whole pictures alone, as of a camera whose packets may get lost."""
    camera = GrabbingCamera(driver, settings)
    camera.open()

    def take() -> None:
        while True:
            try:
                camera.read(10)
            except BrokenPicture:
                continue
            return

    try:
        return rate(take, seconds)
    finally:
        camera.close()


def opencv_alone(url: str, seconds: float) -> float:
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG)
    try:
        return rate(capture.read, seconds)
    finally:
        capture.release()


@contextmanager
def started(driver: PylonDriver | GenicamDriver | MicroManagerDriver) -> Iterator[None]:
    driver.connect()
    try:
        if not isinstance(driver, GenicamDriver):
            driver.adjust(CameraSettings(region=FIELD))
        yield
    finally:
        driver.disconnect()


def pylon_alone(pixel_format: str, seconds: float) -> float:
    pylon = importlib.import_module("pypylon.pylon")
    driver = PylonDriver("emulator")
    with started(driver):
        camera = driver.device
        camera.PixelFormat.Value = pixel_format
        camera.StartGrabbing(pylon.GrabStrategy_LatestImageOnly)

        def take() -> None:
            with camera.RetrieveResult(5000) as result:
                assert result.Array.size

        return rate(take, seconds)


def viky_alone(address: str, settings: CameraSettings, seconds: float) -> float:
    driver = large_viky(address)
    with started(driver):
        driver.adjust(settings)
        driver.device.start()

        def take() -> None:
            with driver.device.fetch(timeout=5) as buffer:
                assert buffer.payload.components[0].data.copy().size == SIDE_PX**2

        return rate(take, seconds)


def large_viky(address: str) -> GenicamDriver:
    """Let the simulated producer send whole fields.

    It sends whatever size its registers hold, up to 10 MB; only its description stops at 800 px.
    """
    driver = GenicamDriver(address)
    adjust = driver.adjust

    def adjust_large(settings: CameraSettings) -> None:
        adjust(settings)
        for register in _VIKY_WIDTH_HEIGHT:
            driver.device.remote_device.port.write(register, SIDE_PX.to_bytes(4, "little"))

    driver.adjust = adjust_large  # type: ignore[method-assign]
    return driver


_VIKY_WIDTH_HEIGHT = (0x50000000, 0x50000004)


def micromanager_alone(address: str, seconds: float) -> float:
    driver = _big(address)
    driver.connect()
    try:
        core = driver.device
        core.startContinuousSequenceAcquisition(0)

        def take() -> None:
            while core.getRemainingImageCount() == 0:
                time.sleep(0.001)
            core.getLastImage()
            core.clearCircularBuffer()

        return rate(take, seconds)
    finally:
        driver.disconnect()


def _big(address: str) -> MicroManagerDriver:
    driver = MicroManagerDriver(address)
    connect = driver.connect

    def connect_big() -> None:
        connect()
        for name in ("OnCameraCCDXSize", "OnCameraCCDYSize"):
            driver.device.setProperty(LABEL, name, str(SIDE_PX))

    driver.connect = connect_big  # type: ignore[method-assign]
    return driver


def aravis_alone(address: str, seconds: float) -> float:
    driver = AravisDriver(address)
    driver.connect()
    try:
        driver.adjust(_ARAVIS)
        driver.start()
        stream = driver._stream

        def take() -> None:
            whole = False
            while not whole:  # packets may get lost
                buffer = stream.timeout_pop_buffer(5_000_000)
                whole = bool(buffer.get_image_data())
                stream.push_buffer(buffer)

        return rate(take, seconds)
    finally:
        driver.disconnect()


_ARAVIS = CameraSettings(region=FIELD, frames_per_s=25)


@contextmanager
def large_gige_camera() -> Iterator[str]:
    """Serve Aravis' camera for tests with room for a field, and give its address.

    It sends whatever size its registers hold; only its own description stops at 2048 px.
    """
    address = "127.0.0.1"
    with tempfile.TemporaryDirectory() as folder:
        description = Path(folder, "large.xml")
        with _served(address):
            driver = AravisDriver(address)
            driver.connect()
            text, _ = driver.device.get_device().get_genicam_xml()
            driver.disconnect()
        for side in ("Width", "Height"):
            limit = f"<pMax>Sensor{side}</pMax>"
            assert limit in text
            text = text.replace(limit, f"<Max>{SIDE_PX}</Max>")
        description.write_text(text, "utf-8")
        with _served(address, "-g", str(description)):
            yield address


@contextmanager
def _served(address: str, *more: str) -> Iterator[None]:
    with subprocess.Popen([FAKE, "-i", address, *more]) as camera:
        try:
            time.sleep(0.5)  # until it listens
            yield
        finally:
            camera.kill()


def show(name: str, alone: Callable[[], float], through: Callable[[], float], turns: int) -> None:
    pairs = [(alone(), through()) for _ in range(turns)]
    apart = statistics.median(pair[0] for pair in pairs)
    driver = statistics.median(pair[1] for pair in pairs)
    each = ", ".join(f"{mine / theirs:.2f}" for theirs, mine in pairs)
    line = f"{name:34} alone {apart:6.1f}/s  ours {driver:6.1f}/s  ratio {driver / apart:.2f}"
    print(f"{line}  ({each})", flush=True)  # noqa: T201


def main(seconds: float, turns: int) -> None:
    os.environ["PYLON_CAMEMU"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        server = MjpegCamera(numbered_pictures(Path(folder), SIDE_PX, 8), 0)
        try:
            show(
                f"opencv MJPEG-HTTP {SIDE_PX}^2",
                lambda: opencv_alone(server.url, seconds),
                lambda: ours(OpenCvDriver(server.url), CameraSettings(), seconds),
                turns,
            )
        finally:
            server.close()
    if importlib.util.find_spec("pypylon"):
        for pixel_format in ("Mono8", "BayerRG8", "RGB8Packed"):
            settings = CameraSettings(region=FIELD, pixel_format=pixel_format)
            show(
                f"pylon {pixel_format} {SIDE_PX}^2",
                lambda name=pixel_format: pylon_alone(name, seconds),
                lambda chosen=settings: ours(PylonDriver("emulator"), chosen, seconds),
                turns,
            )
    found = importlib.util.find_spec("genicam")
    if importlib.util.find_spec("harvesters") and found and found.origin:
        address = str(Path(found.origin).with_name("viky.cti"))
        for fps in (20.0, 30.0, 60.0):
            chosen = CameraSettings(pixel_format="Mono8", frames_per_s=fps)
            show(
                f"genicam viky {SIDE_PX}^2 at {fps:g}/s",
                lambda settings=chosen: viky_alone(address, settings, seconds),
                lambda settings=chosen: ours(large_viky(address), settings, seconds),
                turns,
            )
    if importlib.util.find_spec("pymmcore") and importlib.util.find_spec("mm_test_adapters"):
        adapters = importlib.import_module("mm_test_adapters").device_adapter_path()
        address = f"{adapters}#DemoCamera:DCam"
        show(
            f"micromanager DemoCamera {SIDE_PX}^2",
            lambda: micromanager_alone(address, seconds),
            lambda: ours(_big(address), CameraSettings(), seconds),
            turns,
        )
    # Elsewhere it would be looked for by a broadcast.
    if shutil.which(FAKE) and [name for _, name in socket.if_nameindex()] == ["lo"]:
        with large_gige_camera() as address:
            show(
                f"aravis GigE on loopback {SIDE_PX}^2",
                lambda: aravis_alone(address, seconds),
                lambda: whole(AravisDriver(address), _ARAVIS, seconds),
                turns,
            )


if __name__ == "__main__":
    main(
        *(
            kind(text)
            for kind, text in zip((float, int), [*sys.argv[1:], "4", "3"][:2], strict=True)
        )
    )
