"""The shared libraries of Debian and Ubuntu that Qt (PySide6) loads and its wheel does not bring.

Standard library alone, old Pythons included: this runs before anything is installed.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys

PACKAGES = {
    # every use of Qt, with or without a display
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    # a window under X11
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
"""Library file to the Debian package that holds it."""


def missing_packages() -> list[str]:
    """Return the Debian packages whose library cannot be loaded, in a fixed order."""
    if not sys.platform.startswith("linux"):
        return []
    return [package for library, package in PACKAGES.items() if not _loads(library)]


def install() -> None:
    """Install what is missing, where that is allowed: by root, and with apt-get alone.

    Whether it worked shows in `missing_packages` afterwards; nobody is asked for a password.
    """
    missing = missing_packages()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _apt_get("update")
        _apt_get("install", "--yes", "--no-install-recommends", *missing)


def note(missing: list[str]) -> str:
    """Return the line that tells a person how to get the `missing` packages."""
    names = " ".join(missing)
    if shutil.which("apt-get"):
        return (
            "the window needs system libraries (the command line does not): "
            f"sudo apt-get install {names}"
        )
    return (
        "the window needs system libraries (the command line does not); "
        f"install what your system calls these Debian packages: {names}"
    )


def _loads(library: str) -> bool:
    # Loading is the one honest test: ldconfig may be missing, or out of a user's PATH.
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _apt_get(*arguments: str) -> None:
    # Another apt may be at work; a network that never answers must not hold the start for long.
    patience = ("DPkg::Lock::Timeout=120", "Acquire::http::Timeout=20", "Acquire::Retries=1")
    options = [word for option in patience for word in ("-o", option)]
    subprocess.run(
        ["apt-get", *options, *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
