"""What every camera offers, and how it fails."""

from dataclasses import dataclass
from typing import Protocol

from hardware.arrays import U8
from hardware.camera_error import (
    BrokenPicture,
    CameraError,
    CameraLost,
    CameraStalled,
    SettingRefused,
)
from hardware.camera_settings import CameraCapabilities, CameraSettings

__all__ = [
    "BrokenPicture",
    "Camera",
    "CameraError",
    "CameraLost",
    "CameraPicture",
    "CameraStalled",
    "SettingRefused",
]


@dataclass(frozen=True, eq=False)
class CameraPicture:
    """One picture as the camera took it.

    Attributes
    ----------
    number
        Counts the camera's exposures from 0 since it was opened; a gap means that pictures were
        dropped.
    rgb
        (h, w, 3) uint8, read-only.
    taken_s
        `time.monotonic` at the end of the exposure, as well as it is known.
    device_s
        The camera's own clock, in s from an unknown start; None when it has none.
    """

    number: int
    rgb: U8
    taken_s: float
    device_s: float | None = None


class Camera(Protocol):
    """A source of pictures.

    One thread owns it: `open` and `read` come from that thread. `close` may come from any: it ends
    a `read` that waits, with `CameraLost`.
    """

    @property
    def name(self) -> str:
        """Make and model, for the window and the provenance."""
        ...

    def open(self) -> None:
        """Start taking pictures. Opening an open camera does nothing.

        Raises
        ------
        CameraLost
            The camera is not there, or does not take the settings that were chosen for it.
        """
        ...

    def read(self, timeout_s: float) -> CameraPicture:
        """Return the newest picture that was not yet read, waiting for it if need be.

        Older pictures that nobody read are gone.

        Raises
        ------
        CameraStalled
            None came in time.
        BrokenPicture
            One came, but not whole.
        CameraLost
            The camera is gone, or was not opened.
        """
        ...

    def close(self) -> None:
        """Stop and release the camera. Closing a closed camera does nothing."""
        ...

    def capabilities(self) -> CameraCapabilities:
        """Ask the open camera what can be set about it; from any thread.

        Raises
        ------
        CameraLost
            The camera is not open.
        """
        ...

    def settings(self) -> CameraSettings:
        """Ask the open camera what holds; from any thread.

        Raises
        ------
        CameraLost
            The camera is not open.
        """
        ...

    def adjust(self, settings: CameraSettings) -> None:
        """Set what is not None; from any thread. It holds for every later opening, too.

        Raises
        ------
        SettingRefused
            The camera cannot do that, or the value is out of its range.
        CameraLost
            The camera is not open.
        """
        ...
