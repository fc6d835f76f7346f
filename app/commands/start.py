"""``her2scope`` alone: the program's main job on this machine."""

import os

import typer

from app.commands.demo import demo
from app.commands.offscreen import has_display
from app.commands.sitting import sitting
from app.commands.window import window

QT_LIBRARIES = "libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0"
"""Debian packages that the windows load, drawn in memory or not."""


def start(context: typer.Context) -> None:
    """Open the windows; without a display let the scripted sitting use them.

    Where Qt cannot be loaded, generated fields are scored without windows.
    """
    try:
        import PySide6.QtWidgets  # noqa: F401, PLC0415 - the question is whether it loads
    except ImportError as error:
        typer.echo(
            f"her2scope: the windows cannot be drawn ({error}): sudo apt-get install "
            f"{QT_LIBRARIES}; generated fields are scored without them",
            err=True,
        )
        context.invoke(demo)
        return
    context.invoke(window if has_display(os.environ) else sitting)
