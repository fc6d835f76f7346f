"""Two displays for windows that nobody sees."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

_SCREENS = (("desk", 0, 0, 1920, 1080), ("eyepiece", 1920, 0, 1280, 1024))
"""Qt takes the first name of the alphabet as the primary display."""


def has_display(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Tell whether windows can be seen: Windows and macOS always, others with a display server.

    Parameters
    ----------
    environ
        Variables of the shell; one that chooses Qt's platform is taken at its word.
    platform
        As in `sys.platform`.
    """
    chosen = environ.get("QT_QPA_PLATFORM", "")
    if chosen:
        return not chosen.startswith(("offscreen", "minimal", "vnc"))
    if platform in ("win32", "darwin"):
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def draw_offscreen(folder: Path) -> None:
    """Let Qt draw into memory, on two displays; before Qt is started.

    Parameters
    ----------
    folder
        Takes the description of the displays, which Qt reads when it starts.
    """
    screens = [
        {"name": name, "x": x, "y": y, "width": w, "height": h, "logicalDpi": 96, "dpr": 1}
        for name, x, y, w, h in _SCREENS
    ]
    path = folder / "screens.json"
    path.write_text(json.dumps({"screens": screens}), "utf-8")
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={path}"
