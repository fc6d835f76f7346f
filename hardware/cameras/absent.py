"""The camera of a station that cannot even be made: the program starts and says why."""

from hardware.camera import Camera, CameraLost, CameraPicture
from hardware.camera_settings import CameraCapabilities, CameraSettings


class AbsentCamera(Camera):
    """A camera that is always lost.

    Parameters
    ----------
    name
        What the station calls it.
    why
        One line for the user.
    """

    def __init__(self, name: str, why: str) -> None:
        self._name, self._why = name, why

    @property
    def name(self) -> str:
        """What the station calls it."""
        return self._name

    def open(self) -> None:
        """Say why there is none."""
        raise CameraLost(self._why)

    def read(self, timeout_s: float) -> CameraPicture:  # noqa: ARG002 - there is nothing to read
        """Say why there is none."""
        raise CameraLost(self._why)

    def close(self) -> None:
        """Do nothing."""

    def capabilities(self) -> CameraCapabilities:
        """Say why there is none."""
        raise CameraLost(self._why)

    def settings(self) -> CameraSettings:
        """Say why there is none."""
        raise CameraLost(self._why)

    def adjust(self, settings: CameraSettings) -> None:  # noqa: ARG002 - there is nothing to set
        """Say why there is none."""
        raise CameraLost(self._why)
