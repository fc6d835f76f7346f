"""Packages that only some devices need: loaded when one is chosen, with a hint how to get them."""

import importlib
import warnings
from types import ModuleType


class PackageMissing(Exception):
    """A package is not installed, or does not load; the message is one line for the user."""


def install_command(extra: str) -> str:
    """Return what brings an extra, for the `make` of both systems; empty for no extra."""
    return f"make run EXTRAS={extra}" if extra else ""


def install_hint(extra: str) -> str:
    """Return what to type, as a clause for the end of a line."""
    return f"install it with `{install_command(extra)}`, which starts the program again"


def needed(name: str, who_needs: str, extra: str) -> ModuleType:
    """Return a package, loaded now and not before.

    Parameters
    ----------
    name
        Of the module.
    who_needs
        Subject and verb of the line for the user, as ``Basler cameras need``.
    extra
        Extra of HER2Scope that brings it.

    Raises
    ------
    PackageMissing
        It is not installed, or its runtime cannot be loaded.
    """
    try:
        with warnings.catch_warnings():
            # A module of SWIG says so while it is made; where warnings are errors, it crashes.
            warnings.filterwarnings("ignore", "builtin type .* has no __module__")
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise PackageMissing(
            f"{who_needs} the package {error.name}, which is not installed: {install_hint(extra)}"
        ) from error
    except (ImportError, OSError) as error:  # there, but its native libraries do not load
        line = str(error).split("\n", maxsplit=1)[0]
        raise PackageMissing(
            f"{who_needs} the package {name}, which does not load: {line}"
        ) from error
