"""What every camera offers, and how it fails."""

from dataclasses import dataclass
from typing import Protocol

from hardware.arrays import U8


class CameraError(Exception):
    """A camera cannot do what was asked; the message is one line for the user."""


class CameraStalled(CameraError):
    """No picture came in time; the next `Camera.read` may succeed."""


class BrokenPicture(CameraError):
    """A picture came, but not whole; the next one may be good."""


class CameraLost(CameraError):
    """The camera is gone; it must be opened again, and cannot be until it is back."""


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
        `time.monotonic` at the end of the exposure.
    """

    number: int
    rgb: U8
    taken_s: float


class Camera(Protocol):
    """A source of pictures. One thread owns it: all calls come from that thread."""

    @property
    def name(self) -> str:
        """Make and model, for the window and the provenance."""
        ...

    def open(self) -> None:
        """Start taking pictures. Opening an open camera does nothing.

        Raises
        ------
        CameraLost
            The camera is not there.
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
