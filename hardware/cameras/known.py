"""All makes of camera, by name, and how one is chosen."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from hardware.camera import Camera
from hardware.camera_settings import CameraSettings
from hardware.cameras import aravis
from hardware.cameras.exposure import Driver
from hardware.cameras.grabbing import GrabbingCamera
from hardware.extras import install_command


@dataclass(frozen=True)
class CameraMake:
    """One make.

    Attributes
    ----------
    name
        As it stands in the settings.
    title
        For the user.
    addresses
        What an address looks like.
    install
        The command that brings its packages; empty when they are always there.
    packages
        What the command brings.
    """

    name: str
    title: str
    addresses: str
    install: str = ""
    packages: tuple[str, ...] = ()

    @property
    def installed(self) -> bool:
        """Whether its packages are there; nothing of them is loaded."""
        return all(importlib.util.find_spec(name) is not None for name in self.packages)


class AravisMake(CameraMake):
    """Aravis, whose packages come with the system."""

    @property
    def installed(self) -> bool:
        """Whether PyGObject can be loaded; Aravis is not looked for."""
        return aravis.installed()


@dataclass(frozen=True)
class CameraChoice:
    """A camera as the settings name it.

    Attributes
    ----------
    make
        Name of a make in `MAKES`.
    address
        Which camera of that make.
    settings
        Set at every opening.
    """

    make: str
    address: str
    settings: CameraSettings = field(default_factory=CameraSettings)


MAKES: Final = (
    CameraMake(
        "opencv",
        "USB camera, network stream or video file",
        "number of a camera (0), /dev/video0, http://..., rtsp://..., or a video file",
    ),
    CameraMake(
        "pylon",
        "Basler",
        "usb, gige or emulator, with :SERIAL for a certain camera",
        install_command("pylon"),
        ("pypylon",),
    ),
    CameraMake(
        "genicam",
        "GenICam camera of any maker",
        "the maker's producer (.cti), with #SERIAL for a certain camera",
        install_command("genicam"),
        ("harvesters", "genicam"),
    ),
    AravisMake(
        "aravis",
        "GigE or USB3 Vision camera without its maker's software",
        "IP address of a GigE camera, or usb, or usb:SERIAL",
        aravis.INSTALL,
    ),
    CameraMake(
        "micromanager",
        "Camera of Micro-Manager",
        "FOLDER#Library:Device or FOLDER#configuration.cfg",
        install_command("micromanager"),
        ("pymmcore",),
    ),
)


def _opencv(address: str) -> Driver:
    from hardware.cameras.opencv import OpenCvDriver  # noqa: PLC0415

    return OpenCvDriver(address)


def _pylon(address: str) -> Driver:
    from hardware.cameras.pylon import PylonDriver  # noqa: PLC0415

    return PylonDriver(address)


def _genicam(address: str) -> Driver:
    from hardware.cameras.genicam import GenicamDriver  # noqa: PLC0415

    return GenicamDriver(address)


def _micromanager(address: str) -> Driver:
    from hardware.cameras.micromanager import MicroManagerDriver  # noqa: PLC0415

    return MicroManagerDriver(address)


def _aravis(address: str) -> Driver:
    return aravis.AravisDriver(address)


_DRIVERS: Final[dict[str, Callable[[str], Driver]]] = {
    "opencv": _opencv,
    "pylon": _pylon,
    "genicam": _genicam,
    "aravis": _aravis,
    "micromanager": _micromanager,
}


def camera_of(choice: CameraChoice) -> Camera:
    """Return the camera that was chosen, closed: nothing is looked for before it is opened.

    Raises
    ------
    ValueError
        There is no such make, or the address is none of it; one line for the user.
    """
    driver = _DRIVERS.get(choice.make)
    if driver is None:
        raise ValueError(f"no make of camera {choice.make!r}; there are {', '.join(_DRIVERS)}")
    return GrabbingCamera(driver(choice.address), choice.settings)
