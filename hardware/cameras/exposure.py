"""What a driver hands over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from hardware.camera_settings import CameraCapabilities, CameraSettings
from hardware.cameras.pixel_formats import Raw


def _nothing() -> None:
    pass


@dataclass(frozen=True, eq=False)
class Exposure:
    """A picture as it came from the camera, before it is turned into RGB.

    Attributes
    ----------
    raw, pixel_format
        See `hardware.cameras.pixel_formats.to_rgb`; None when the picture is not whole.
    number
        The camera's counter; None when it has none.
    taken_s
        `time.monotonic` of the exposure where the driver knows it; None takes the arrival.
    device_s
        The camera's clock; None when it has none.
    problem
        What is wrong with a picture that is not whole.
    release
        Gives the memory of `raw` back; called once, from any thread.
    """

    raw: Raw | None
    pixel_format: str
    number: int | None = None
    taken_s: float | None = None
    device_s: float | None = None
    problem: str = ""
    release: Callable[[], None] = _nothing


class Driver(Protocol):
    """One make of camera. `hardware.cameras.grabbing` calls it from one thread alone.

    Every method may raise `CameraLost` when the camera is not there any more.
    """

    @property
    def name(self) -> str:
        """Make and model, as well as they are known; from any thread."""
        ...

    def connect(self) -> None:
        """Take hold of the camera; what was taken already is let go when that fails.

        Raises
        ------
        CameraLost
            It is not there, or its package is not.
        """
        ...

    def disconnect(self) -> None:
        """Let go of the camera, also when it is gone or was never taken."""
        ...

    def start(self) -> None:
        """Begin the stream."""
        ...

    def stop(self) -> None:
        """End the stream."""
        ...

    def grab(self, timeout_s: float) -> Exposure | None:
        """Return the next picture, or the newest; None when none came in time."""
        ...

    def capabilities(self) -> CameraCapabilities:
        """Ask the connected camera."""
        ...

    def settings(self) -> CameraSettings:
        """Ask the connected camera."""
        ...

    def adjust(self, settings: CameraSettings) -> None:
        """Set what is not None and was checked against the capabilities.

        Raises
        ------
        SettingRefused
            The camera did not take it.
        """
        ...
