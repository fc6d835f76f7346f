"""Whatever Micro-Manager drives, through its bare core (pymmcore)."""

import time
from typing import Any, Final

import numpy as np

from hardware.camera_error import CameraLost, SettingRefused
from hardware.camera_settings import CameraCapabilities, CameraSettings, Range, Region
from hardware.cameras.exposure import Exposure
from hardware.cameras.packages import needed
from hardware.cameras.pixel_formats import Raw
from hardware.micromanager import (
    LABEL,
    CoreHold,
    MicroManagerUnavailable,
    address_of,
    core_line,
)

_POLL_S = 0.001
_BUFFER_MB = 256
# Names of what Micro-Manager's cameras send: of its adapters' property, and by what it means.
_FORMATS: Final = {"8bit": "Mono8", "32bitRGB": "BGRa8"}
_PRINTED: Final = ("PixelType", "Gain")


class MicroManagerDriver:
    """A driver for the camera of one Micro-Manager core.

    Parameters
    ----------
    address
        See `hardware.micromanager.address_of`.
    """

    def __init__(self, address: str) -> None:
        self._address = address_of(address)
        self._name = f"Micro-Manager {self._address.what}"
        self._package: Any = None
        self._hold: CoreHold | None = None
        self._camera = ""

    @property
    def name(self) -> str:
        """What it is called in Micro-Manager."""
        return self._name

    @property
    def device(self) -> Any:
        """The core, for what no other make has."""
        return None if self._hold is None else self._hold.core

    def connect(self) -> None:
        """Load the camera; see `Driver.connect`."""
        try:
            # Whoever holds the core, too: a camera that was lost must be found again.
            hold = CoreHold(self._address, fresh=True)
        except MicroManagerUnavailable as error:
            raise CameraLost(str(error)) from error
        core = hold.core
        try:
            if self._address.configuration is None:
                core.setCameraDevice(LABEL)
            self._camera = core.getCameraDevice()
            if not self._camera:
                raise CameraLost(f"{self._name} has no camera")
            core.setCircularBufferMemoryFootprint(_BUFFER_MB)
            # Colors where there are any.
            if "PixelType" in core.getDevicePropertyNames(self._camera):
                types = core.getAllowedPropertyValues(self._camera, "PixelType")
                if "32bitRGB" in types:
                    core.setProperty(self._camera, "PixelType", "32bitRGB")
        except RuntimeError as error:
            hold.release()
            raise CameraLost(f"{self._name} cannot be opened: {core_line(error)}") from error
        except CameraLost:
            hold.release()
            raise
        self._package = needed("pymmcore", "Micro-Manager", "micromanager")
        self._hold = hold

    def disconnect(self) -> None:
        """Let go; see `Driver.disconnect`."""
        hold, self._hold = self._hold, None
        if hold is None:
            return
        try:
            if hold.core.isSequenceRunning():  # else the core keeps the camera
                hold.core.stopSequenceAcquisition()
        finally:
            hold.release()

    def start(self) -> None:
        """Begin the stream."""
        self._connected().startContinuousSequenceAcquisition(0)

    def stop(self) -> None:
        """End the stream."""
        self._connected().stopSequenceAcquisition()

    def grab(self, timeout_s: float) -> Exposure | None:
        """Return the newest picture; see `Driver.grab`."""
        core = self._connected()
        deadline_s = time.monotonic() + timeout_s
        try:
            while core.getRemainingImageCount() == 0:
                if time.monotonic() >= deadline_s:
                    if not core.isSequenceRunning():
                        raise CameraLost(f"{self._name} has stopped by itself")
                    return None
                time.sleep(_POLL_S)
            data = self._package.Metadata()
            picture = core.getLastImageMD(data)
            core.clearCircularBuffer()
            raw, pixel_format = self._shaped(picture)
        except RuntimeError as error:
            raise CameraLost(f"{self._name} was lost: {core_line(error)}") from error
        return Exposure(raw, pixel_format, _tag(data, "ImageNumber"))

    def _shaped(self, picture: Any) -> tuple[Raw, str]:
        if picture.dtype == np.uint32:  # four bytes per pixel in one number: blue is the lowest
            height, width = picture.shape
            return picture.view(np.uint8).reshape(height, width, 4), "BGRa8"
        if picture.dtype == np.uint8:
            return picture, "Mono8"
        depth = self._connected().getImageBitDepth()
        return picture, f"Mono{next((bits for bits in (10, 12, 14) if depth <= bits), 16)}"

    def capabilities(self) -> CameraCapabilities:
        """Ask the core, and the camera's properties; see `Driver.capabilities`."""
        core = self._connected()
        left, top, width, height = core.getROI()
        return CameraCapabilities(
            exposure_s=self._limits("Exposure", 1e-3) or Range(1e-6),
            gain=self._limits("Gain", 1.0),
            width=Range(1, left + width),
            height=Range(1, top + height),
            left=Range(0, left + width),
            top=Range(0, top + height),
            pixel_formats=tuple(_FORMATS[name] for name in self._types() if name in _FORMATS),
        )

    def settings(self) -> CameraSettings:
        """Ask the core; see `Driver.settings`."""
        core = self._connected()
        left, top, width, height = core.getROI()
        names = core.getDevicePropertyNames(self._camera)
        kind, gain = (
            core.getProperty(self._camera, name) if name in names else None for name in _PRINTED
        )
        return CameraSettings(
            exposure_s=core.getExposure() * 1e-3,
            gain=None if gain is None or not _is_number(gain) else float(gain),
            region=Region(width, height, left, top),
            pixel_format=_FORMATS.get(kind or ""),
        )

    def adjust(self, settings: CameraSettings) -> None:
        """Set; see `Driver.adjust`."""
        core = self._connected()
        running = core.isSequenceRunning()
        if running:  # most adapters refuse a change while they run
            core.stopSequenceAcquisition()
        try:
            if settings.pixel_format is not None:
                kinds = {value: name for name, value in _FORMATS.items()}
                core.setProperty(self._camera, "PixelType", kinds[settings.pixel_format])
            if settings.region is not None:
                core.clearROI()
                part = settings.region
                core.setROI(part.left, part.top, part.width, part.height)
            if settings.exposure_s is not None:
                core.setExposure(settings.exposure_s * 1e3)
            if settings.gain is not None:
                core.setProperty(self._camera, "Gain", f"{settings.gain:g}")
        except RuntimeError as error:
            raise SettingRefused(f"{self._name}: {core_line(error)}") from error
        finally:
            if running:
                self.start()

    def _limits(self, name: str, factor: float) -> Range | None:
        core = self._connected()
        if name not in core.getDevicePropertyNames(self._camera):
            return None
        if not core.hasPropertyLimits(self._camera, name):
            return None
        least = core.getPropertyLowerLimit(self._camera, name) * factor
        return Range(least, core.getPropertyUpperLimit(self._camera, name) * factor)

    def _types(self) -> tuple[str, ...]:
        core = self._connected()
        if "PixelType" not in core.getDevicePropertyNames(self._camera):
            return ()
        return tuple(core.getAllowedPropertyValues(self._camera, "PixelType"))

    def _connected(self) -> Any:
        if self._hold is None:
            raise CameraLost(f"{self._name} is not open")
        return self._hold.core


def _tag(data: Any, name: str) -> int | None:
    if name not in data.GetKeys():
        return None
    text = data.GetSingleTag(name).GetValue()
    return int(text) if text.isdigit() else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
