"""Basler cameras through pypylon."""

import os
from dataclasses import dataclass
from typing import Any, Final

from hardware.camera_error import CameraLost
from hardware.cameras.exposure import Exposure
from hardware.cameras.node_features import NodeFeatures
from hardware.cameras.packages import needed
from hardware.cameras.pixel_formats import shaped
from hardware.cameras.sfnc_driver import SfncDriver

_CLASSES: Final = {"usb": "BaslerUsb", "gige": "BaslerGigE", "emulator": "BaslerCamEmu"}
_EMULATORS: Final = "PYLON_CAMEMU"
_OLD_COUNT_NS: Final = 1e-9
"""Stamps of USB and of newer GigE cameras count nanoseconds."""


@dataclass(frozen=True)
class _Address:
    """The bus, and which camera on it; an empty serial number takes the first one."""

    device_class: str
    serial: str


def address_of(address: str) -> _Address:
    """Read an address: ``usb``, ``gige`` or ``emulator``, with ``:SERIAL`` for a certain camera.

    The bus is asked for by name, since looking for cameras on the network sends to all of it.

    Raises
    ------
    ValueError
        It is none; the message is one line for the user.
    """
    bus, _, serial = address.strip().partition(":")
    if bus.lower() not in _CLASSES:
        raise ValueError(
            f"camera address {address!r} is none of pylon: give usb, gige or emulator, and for a "
            "certain camera its serial number, as in usb:23051234"
        )
    return _Address(_CLASSES[bus.lower()], serial.strip())


class PylonFeatures(NodeFeatures):
    """`hardware.cameras.sfnc.Features` of a camera of pylon."""

    def __init__(self, nodes: Any, genicam: Any) -> None:
        super().__init__((genicam.GenericException, TypeError, ValueError))
        self._nodes = nodes

    def _node(self, name: str) -> Any:
        return self._nodes.GetNode(name)

    def _readable(self, name: str) -> Any:
        node = self._node(name)
        return node if node is not None and node.IsReadable() else None

    def _is_whole(self, node: Any) -> bool:
        return type(node).__name__.startswith("Integer")

    def _step(self, node: Any) -> float | None:
        return node.Inc if hasattr(node, "HasInc") and node.HasInc() else None

    def _spelled(self, what: str) -> str:
        return what.capitalize()


class PylonDriver(SfncDriver):
    """A driver for one Basler camera.

    Parameters
    ----------
    address
        See `address_of`.
    """

    def __init__(self, address: str) -> None:
        self._address = address_of(address)
        super().__init__(f"Basler {address.strip()}")
        self._hardware_clock = self._address.device_class != _CLASSES["emulator"]
        self._pylon: Any = None
        self._pixel_format = ""
        self._ticks_s = 0.0
        self._count = 0

    def connect(self) -> None:
        """Take hold of the camera; see `Driver.connect`."""
        if self._address.device_class == _CLASSES["emulator"]:
            os.environ.setdefault(_EMULATORS, "1")
        pylon = needed("pypylon.pylon", "Basler", "pylon")
        genicam = needed("pypylon.genicam", "Basler", "pylon")
        self._pylon = pylon
        wanted = pylon.DeviceInfo()
        wanted.SetDeviceClass(self._address.device_class)
        if self._address.serial:
            wanted.SetSerialNumber(self._address.serial)
        factory = pylon.TlFactory.GetInstance()
        found = factory.EnumerateDevices([wanted])
        if not found:
            raise CameraLost(f"{self._name} is not there: see to cable and power")
        try:
            camera = pylon.InstantCamera(factory.CreateDevice(found[0]))
            camera.Open()
        except genicam.GenericException as error:
            line = str(error).split(" : ", maxsplit=1)[0].split("\n", maxsplit=1)[0]
            raise CameraLost(f"{self._name} cannot be opened: {line}") from error
        self._camera = camera
        self._name = f"Basler {found[0].GetModelName()} {found[0].GetSerialNumber()}"
        self._features = PylonFeatures(camera.GetNodeMap(), genicam)
        self._take_best_format()
        frequency = self._features.number("GevTimestampTickFrequency")
        self._ticks_s = 1 / frequency if frequency else _OLD_COUNT_NS

    def disconnect(self) -> None:
        """Let go; see `Driver.disconnect`."""
        camera, self._camera, self._features = self._camera, None, None
        if camera is None:
            return
        camera.StopGrabbing()
        camera.Close()
        camera.DestroyDevice()

    def start(self) -> None:
        """Begin the stream; pylon keeps the newest picture alone."""
        camera = self._connected()
        self._pixel_format = self._known().choice("PixelFormat") or "Mono8"
        camera.StartGrabbing(self._pylon.GrabStrategy_LatestImageOnly)

    def stop(self) -> None:
        """End the stream."""
        self._connected().StopGrabbing()

    def grab(self, timeout_s: float) -> Exposure | None:
        """Return the newest picture; see `Driver.grab`."""
        camera = self._connected()
        # The wait object and not `RetrieveResult`: that one may wait for ever on a camera that is
        # pulled while it sends nothing (seen with pypylon 26.9).
        came = camera.GetGrabResultWaitObject().Wait(max(1, round(timeout_s * 1000)))
        if camera.IsCameraDeviceRemoved():
            raise CameraLost(f"{self._name} was unplugged")
        if not came:
            return None
        result = camera.RetrieveResult(0, self._pylon.TimeoutHandling_Return)
        if not result.IsValid():
            return None
        try:
            # pylon drops what nobody took, and says how many.
            self._count += 1 + result.GetNumberOfSkippedImages()
            ticks = result.TimeStamp
            device_s = ticks * self._ticks_s if ticks else None
            if not result.GrabSucceeded():
                problem = str(result.ErrorDescription).split("\n", maxsplit=1)[0]
                return Exposure(None, "", self._count, device_s=device_s, problem=problem)
            # A copy: pylon gives its own memory to the next picture. `Array` knows fewer formats.
            size = (result.Width, result.Height)
            raw = shaped(result.GetBuffer(), self._pixel_format, *size, result.PaddingX)
            return Exposure(raw, self._pixel_format, self._count, device_s=device_s)
        finally:
            result.Release()
