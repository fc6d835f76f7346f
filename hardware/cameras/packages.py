"""Packages that only some makes of camera need."""

import importlib
import warnings
from types import ModuleType

from hardware.camera_error import CameraLost
from hardware.extras import install_hint


def needed(name: str, make: str, extra: str) -> ModuleType:
    """Return a package, loaded when a camera of that make is opened and not before.

    Raises
    ------
    CameraLost
        It is not installed, or its runtime cannot be loaded.
    """
    try:
        with warnings.catch_warnings():
            # A module of SWIG says so while it is made; where warnings are errors, it crashes.
            warnings.filterwarnings("ignore", "builtin type .* has no __module__")
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise CameraLost(
            f"{make} cameras need the package {error.name}, which is not installed: "
            f"{install_hint(extra)}"
        ) from error
    except (ImportError, OSError) as error:  # there, but its native libraries do not load
        line = str(error).split("\n", maxsplit=1)[0]
        raise CameraLost(f"the runtime of {make} cameras does not load: {line}") from error
