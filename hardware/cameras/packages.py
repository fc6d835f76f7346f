"""Packages that only some makes of camera need."""

from types import ModuleType

from hardware import extras
from hardware.camera_error import CameraLost


def needed(name: str, make: str, extra: str) -> ModuleType:
    """Return a package, loaded when a camera of that make is opened and not before.

    Raises
    ------
    CameraLost
        It is not installed, or its runtime cannot be loaded.
    """
    try:
        return extras.needed(name, f"{make} cameras need", extra)
    except extras.PackageMissing as error:
        raise CameraLost(str(error)) from error
