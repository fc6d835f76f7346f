"""Cameras through OpenCV: UVC on every system, MJPEG over HTTP, and video files."""

import math
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from hardware.camera_error import CameraLost, SettingRefused
from hardware.camera_settings import (
    CameraCapabilities,
    CameraSettings,
    Range,
    Region,
    WhiteBalance,
)
from hardware.cameras import v4l2
from hardware.cameras.exposure import Exposure
from hardware.cameras.pixel_formats import Raw

_OPEN_MS = 5000
_SILENCE_MS = 2000
"""A stream that sends nothing for so long is lost: FFmpeg cannot go on with it anyway."""
_STREAMS: Final = ("http://", "https://", "rtsp://")
_SYSTEM: Final = platform.system()
_BACKEND: Final = {
    "Linux": cv2.CAP_V4L2,
    "Windows": cv2.CAP_DSHOW,
    "Darwin": cv2.CAP_AVFOUNDATION,
}.get(_SYSTEM, cv2.CAP_ANY)
_V4L2: Final = _SYSTEM == "Linux"
_POWERS_OF_TWO: Final = _SYSTEM == "Windows"
"""DirectShow counts exposures so, V4L2 in units of 0.1 ms."""
_USUAL_RATE = 25.0
_FOURCCS: Final = ("MJPG", "YUYV", "UYVY", "NV12", "BGR3", "RGB3")
"""Formats that OpenCV turns into colors; MJPG first, since a cable carries the most of it."""
_USUAL: Final = ("MJPG", "YUYV")
# V4L2's menu of exposures; other systems take 0.75 and 0.25.
_V4L2_AUTO, _V4L2_MANUAL = 3.0, 1.0


@dataclass(frozen=True)
class _Source:
    """Where pictures come from: exactly one of the three."""

    index: int | None = None
    stream: str = ""
    file: Path | None = None


def source_of(address: str) -> _Source:
    """Read an address: the number of a camera, ``/dev/video0``, a URL, or a file.

    Raises
    ------
    ValueError
        It is none of them; the message is one line for the user.
    """
    text = address.strip()
    if text.isascii() and text.isdigit():
        return _Source(index=int(text))
    device = text.removeprefix("/dev/video")
    if device != text and device.isascii() and device.isdigit():
        return _Source(index=int(device))
    if text.lower().startswith(_STREAMS):
        return _Source(stream=text)
    if not text or "://" in text:
        raise ValueError(
            f"camera address {address!r} is none: give the number of a camera (0), /dev/video0, "
            "http://..., rtsp://... or a video file"
        )
    return _Source(file=Path(text))


class OpenCvDriver:
    """A driver for whatever OpenCV can read.

    Parameters
    ----------
    address
        See `source_of`.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._source = source_of(address)
        self._capture: cv2.VideoCapture | None = None
        self._free: list[Raw] = []
        self._due_s = 0.0
        self._step_s = 0.0

    @property
    def name(self) -> str:
        """What it is, and where."""
        if self._source.file is not None:
            return f"video file {self._source.file.name}"
        if self._source.stream:
            return f"stream {_without_password(self._source.stream)}"
        return f"camera {self._source.index}"

    def connect(self) -> None:
        """Open it; see `Driver.connect`."""
        source = self._source
        if source.file is not None and not source.file.is_file():
            raise CameraLost(f"{self.name} is not there: {source.file}")
        if source.index is not None:
            if _V4L2 and not Path(f"/dev/video{source.index}").exists():
                # Else OpenCV says so in its own words, on stderr.
                raise CameraLost(f"{self.name} is not there: no /dev/video{source.index}")
            capture = cv2.VideoCapture(source.index, _BACKEND)
        else:
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_MS]
            limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, _SILENCE_MS]
            capture = cv2.VideoCapture(source.stream or str(source.file), cv2.CAP_FFMPEG, limits)
        if not capture.isOpened():
            capture.release()
            raise CameraLost(self._cannot_open())
        self._capture = capture
        rate = capture.get(cv2.CAP_PROP_FPS)
        self._step_s = 1 / (rate if 0 < rate <= 1000 else _USUAL_RATE)

    def _cannot_open(self) -> str:
        if self._source.file is not None:
            return f"{self.name} cannot be read as a video"
        if self._source.stream:
            return f"{self.name} does not answer with a video"
        return f"{self.name} cannot be opened: another program may use it"

    def disconnect(self) -> None:
        """Release it; see `Driver.disconnect`."""
        capture, self._capture = self._capture, None
        self._free.clear()
        if capture is not None:
            capture.release()

    def start(self) -> None:
        """Begin the stream; OpenCV does so with the first picture."""
        self._due_s = time.monotonic()

    def stop(self) -> None:
        """End the stream; OpenCV does so when the next setting needs it."""

    def grab(self, timeout_s: float) -> Exposure | None:
        """Return the next picture; see `Driver.grab`. May wait as long as a stream is silent."""
        capture = self._opened()
        if self._source.file is not None:
            # A file has no clock of its own: it is played at the beat at which it was taken.
            wait_s = self._due_s - time.monotonic()
            if wait_s > timeout_s:
                time.sleep(timeout_s)
                return None
            time.sleep(max(0.0, wait_s))
            self._due_s = max(self._due_s + self._step_s, time.monotonic() - self._step_s)
        if not capture.grab():
            raise CameraLost(self._ended())
        now_s = time.monotonic()
        memory = self._free.pop() if self._free else None
        whole, picture = capture.retrieve(memory)
        if not whole or picture is None:
            return Exposure(None, "BGR8", problem="it cannot be decoded", taken_s=now_s)
        raw: Raw = np.asarray(picture, np.uint8)
        pixel_format = "BGR8" if raw.ndim == 3 else "Mono8"
        taken_s, device_s = self._stamp(capture, now_s)
        return Exposure(
            raw,
            pixel_format,
            taken_s=taken_s,
            device_s=device_s,
            release=lambda: self._free.append(raw),
        )

    def _stamp(self, capture: cv2.VideoCapture, now_s: float) -> tuple[float, float | None]:
        if self._source.index is None or not _V4L2:
            return now_s, None
        # V4L2 stamps by the monotonic clock of the system, unless the driver is an odd one.
        stamp_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if now_s - 1 < stamp_s <= now_s:
            return stamp_s, stamp_s
        return now_s, None

    def _ended(self) -> str:
        if self._source.file is not None:
            return f"{self.name} has ended"
        if self._source.stream:
            return f"{self.name} has ended or sent nothing for {_SILENCE_MS / 1000:g} s"
        return f"{self.name} sends no pictures any more: see to its cable"

    def capabilities(self) -> CameraCapabilities:
        """Ask which controls there are.

        V4L2 tells their limits. OpenCV does not: elsewhere wide ones stand in their place, and
        what the camera does not take is refused when it is set.
        """
        capture = self._opened()
        if self._source.index is None:
            return CameraCapabilities()
        balance = set()
        if _has(capture, cv2.CAP_PROP_AUTO_WB):
            balance = {WhiteBalance.AUTO, WhiteBalance.LOCKED}
        kelvin = _has(capture, cv2.CAP_PROP_WB_TEMPERATURE)
        exposure_s = self._limits(v4l2.EXPOSURE, 1e-4) or Range(1e-6, 60)
        gain = self._limits(v4l2.GAIN) or Range(0)
        width, height = self._sizes(capture)
        return CameraCapabilities(
            exposure_s=exposure_s if _has(capture, cv2.CAP_PROP_EXPOSURE) else None,
            auto_exposure=_has(capture, cv2.CAP_PROP_AUTO_EXPOSURE),
            gain=gain if _has(capture, cv2.CAP_PROP_GAIN) else None,
            white_balance=frozenset(balance | ({WhiteBalance.MANUAL} if kelvin else set())),
            balance_kelvin=Range(1000, 20000) if kelvin else None,
            width=width,
            height=height,
            pixel_formats=self._formats(),
            frames_per_s=Range(0.1, 1000),
            hardware_clock=_V4L2,
        )

    def _formats(self) -> tuple[str, ...]:
        """Return what can be chosen; systems that do not tell leave it to be tried."""
        if not _V4L2:
            return _USUAL
        told = v4l2.pixel_formats(self._node)
        return tuple(code for code in _FOURCCS if code in told)

    def _limits(self, control: int, unit: float = 1.0) -> Range | None:
        return v4l2.limits(self._node, control, unit) if _V4L2 else None

    def _sizes(self, capture: cv2.VideoCapture) -> tuple[Range, Range]:
        told = v4l2.sizes(self._node, _fourcc(capture)) if _V4L2 else None
        return told or (Range(16, 16384, 1), Range(16, 16384, 1))

    @property
    def _node(self) -> Path:
        return Path(f"/dev/video{self._source.index}")

    def settings(self) -> CameraSettings:
        """Ask what holds; see `Driver.settings`."""
        capture = self._opened()
        size = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        width, height = (round(capture.get(prop)) for prop in size)
        region = Region(width, height) if width > 0 and height > 0 else None
        if self._source.index is None:
            return CameraSettings(region=region, frames_per_s=1 / self._step_s)
        auto = _value(capture, cv2.CAP_PROP_AUTO_EXPOSURE)
        balance = _value(capture, cv2.CAP_PROP_AUTO_WB)
        exposure = _value(capture, cv2.CAP_PROP_EXPOSURE)
        return CameraSettings(
            exposure_s=None if exposure is None else _seconds(exposure),
            auto_exposure=None if auto is None else auto in (_V4L2_AUTO, 0.75, 0.0),
            gain=_value(capture, cv2.CAP_PROP_GAIN),
            white_balance=None if balance is None else _balance(balance),
            balance_kelvin=_value(capture, cv2.CAP_PROP_WB_TEMPERATURE),
            region=region,
            pixel_format=_fourcc(capture),
            frames_per_s=capture.get(cv2.CAP_PROP_FPS) or None,
        )

    def adjust(self, settings: CameraSettings) -> None:
        """Set, in the order in which UVC wants it; see `Driver.adjust`."""
        if settings.pixel_format is not None:
            self._set_format(settings.pixel_format)
        if settings.region is not None:
            self._set_size(settings.region)
        if settings.frames_per_s is not None:
            rate = settings.frames_per_s
            self._set(cv2.CAP_PROP_FPS, rate, f"frame rate {rate:g}")
        if settings.auto_exposure is not None or settings.exposure_s is not None:
            automatic = bool(settings.auto_exposure)
            self._set(cv2.CAP_PROP_AUTO_EXPOSURE, _auto_exposure(automatic), "automatic exposure")
        if settings.exposure_s is not None:
            text = f"exposure {settings.exposure_s:g} s"
            self._set(cv2.CAP_PROP_EXPOSURE, _exposure(settings.exposure_s), text)
        if settings.gain is not None:
            self._set(cv2.CAP_PROP_GAIN, settings.gain, f"gain {settings.gain:g}")
        if settings.white_balance is not None:
            automatic = settings.white_balance is WhiteBalance.AUTO
            self._set(cv2.CAP_PROP_AUTO_WB, float(automatic), "automatic white balance")
        if settings.balance_kelvin is not None:
            text = f"color temperature {settings.balance_kelvin:g}"
            self._set(cv2.CAP_PROP_WB_TEMPERATURE, settings.balance_kelvin, text)

    def _set_format(self, wanted: str) -> None:
        capture, text = self._opened(), f"pixel format {wanted}"
        before = _fourcc(capture)
        self._set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*wanted), text)
        got = _fourcc(capture)
        if got != wanted:  # V4L2 takes what it likes, and calls that a success
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*before))
            raise SettingRefused(f"{text} is refused by {self.name}: it sends {got}")

    def _set_size(self, region: Region) -> None:
        text = f"size {region.width} x {region.height} px"
        before = self.settings().region
        got = self._tried_size(region, text)
        if got is not None and (got.width, got.height) != (region.width, region.height):
            if before is not None:
                self._tried_size(before, text)
            raise SettingRefused(
                f"{text} is refused by {self.name}: nearest is {got.width} x {got.height} px"
            )

    def _tried_size(self, region: Region, text: str) -> Region | None:
        self._set(cv2.CAP_PROP_FRAME_WIDTH, region.width, text)
        self._set(cv2.CAP_PROP_FRAME_HEIGHT, region.height, text)
        return self.settings().region

    def _set(self, prop: int, value: float, text: str) -> None:
        if not self._opened().set(prop, value):
            raise SettingRefused(f"{text} is refused by {self.name}")

    def _opened(self) -> cv2.VideoCapture:
        if self._capture is None:
            raise CameraLost(f"{self.name} is not open")
        return self._capture


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


def _fourcc(capture: cv2.VideoCapture) -> str:
    code = int(capture.get(cv2.CAP_PROP_FOURCC))
    return bytes(code >> shift & 0xFF for shift in (0, 8, 16, 24)).decode("latin-1")


def _value(capture: cv2.VideoCapture, prop: int) -> float | None:
    """Return a control's value; None where there is no such control."""
    value = capture.get(prop)
    # DirectShow's exposures are powers of two, negative ones: there -1 is a value like others.
    missing = 0.0 if prop == cv2.CAP_PROP_EXPOSURE and _POWERS_OF_TWO else -1.0
    return None if value == missing else value


def _has(capture: cv2.VideoCapture, prop: int) -> bool:
    return _value(capture, prop) is not None


def _balance(value: float) -> WhiteBalance:
    return WhiteBalance.AUTO if value else WhiteBalance.LOCKED


def _seconds(value: float) -> float:
    return 2.0**value if _POWERS_OF_TWO else value * 1e-4


def _exposure(seconds: float) -> float:
    return math.log2(seconds) if _POWERS_OF_TWO else seconds * 1e4


def _auto_exposure(automatic: bool) -> float:
    if _V4L2:
        return _V4L2_AUTO if automatic else _V4L2_MANUAL
    return 0.75 if automatic else 0.25
