"""What drivers of machine-vision cameras have in common, whatever binding they stand on."""

from typing import Any

from hardware.camera_error import CameraLost
from hardware.camera_settings import CameraCapabilities, CameraSettings
from hardware.cameras import sfnc


class SfncDriver:
    """The part of a `hardware.cameras.exposure.Driver` that speaks of names and settings.

    Parameters
    ----------
    name
        What the camera is called until it is connected.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._camera: Any = None
        self._features: sfnc.Features | None = None
        self._hardware_clock = False

    @property
    def name(self) -> str:
        """Maker, model and serial number once they are known."""
        return self._name

    @property
    def device(self) -> Any:
        """The binding's own object of the connected camera, for what no other make has."""
        return self._camera

    def capabilities(self) -> CameraCapabilities:
        """Ask the camera; see `Driver.capabilities`."""
        return sfnc.capabilities(self._known(), hardware_clock=self._hardware_clock)

    def settings(self) -> CameraSettings:
        """Ask the camera; see `Driver.settings`."""
        return sfnc.settings(self._known())

    def adjust(self, settings: CameraSettings) -> None:
        """Set; see `Driver.adjust`."""
        sfnc.adjust(self._name, self._known(), settings)

    def _take_best_format(self) -> None:
        best = sfnc.best_format(self._known())
        if best is not None:
            self._known().set_choice("PixelFormat", best)

    def _connected(self) -> Any:
        if self._camera is None:
            raise CameraLost(f"{self._name} is not open")
        return self._camera

    def _known(self) -> sfnc.Features:
        if self._features is None:
            raise CameraLost(f"{self._name} is not open")
        return self._features
